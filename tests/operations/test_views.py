"""Pages that show operations, take steps and answer invitations."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import planfile, rules, service
from jointops.operations.models import Answer, OperationState
from jointops.operations.plandoc import Illustrative
from jointops.operations.shown import next_deadline
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

PATH = "/operations/EXAMPLE-2027"


def given(site: Site, state: str = "draft", **changes: Any) -> None:
    with site.work() as session:
        builders.operation(session, state, **changes)


def state_of(site: Site, code: str = "EXAMPLE-2027") -> OperationState:
    with site.work() as session:
        return service.find(session, builders.ADMINISTRATOR, code).state


def texts(answer: Any, selector: str) -> list[str]:
    return [" ".join(found.get_text(" ", strip=True).split()) for found in answer.html.select(selector)]


# --- The list ---


def test_the_list_shows_what_goes_on_first(site: Site) -> None:
    given(site, "closed", code="OLD-2027")
    given(site, "running")
    given(site, "draft", code="NEW-2027")
    rows = texts(site.browser(Role.COORDINATOR).look("/operations"), "tbody tr")
    assert ["EXAMPLE-2027" in rows[0], "NEW-2027" in rows[1], "OLD-2027" in rows[2]] == [True, True, True]
    assert "Running" in rows[0]
    assert "3 0 answered" in rows[0]


def test_a_running_operation_shows_its_next_deadline(site: Site) -> None:
    given(site, "running")
    with clock.fixed(builders.DURING):
        rows = texts(site.browser(Role.COORDINATOR).look("/operations"), "tbody tr")
    assert "4 May 2027, 20:00" in rows[0]
    with clock.fixed(builders.AFTER):
        rows = texts(site.browser(Role.COORDINATOR).look("/operations"), "tbody tr")
    assert "no return is due" in rows[0]


def test_who_may_not_create_is_not_offered_it(site: Site) -> None:
    assert "New operation" in site.browser(Role.COORDINATOR).look("/operations").text
    assert "New operation" not in site.browser(Role.REVIEWER).look("/operations").text


def test_a_draft_is_not_there_for_its_participants(site: Site) -> None:
    given(site)
    browser = site.browser(Role.NATIONAL_COORDINATOR, "ES")
    assert "EXAMPLE-2027" not in browser.look("/operations").text
    assert browser.look(PATH).status_int == 404
    assert site.browser(Role.NATIONAL_COORDINATOR, "FR").look(PATH).status_int == 404


# --- The plan ---


def test_the_plan_is_read_from_top_to_bottom(site: Site) -> None:
    given(site, "consultation")
    page = site.browser(Role.NATIONAL_COORDINATOR, "RS").look(PATH)
    assert page.status_int == 200
    for words in (
        "Take firearms off the market",
        "at least 100",
        "Illicit firearms",
        "RS-POLICE",
        "Persons arrested",
        "20:00, on the same day",
        "Checks are proportionate and logged.",
        "Fundamental rights office",
        "What holds for concept.",
    ):
        assert words in page.text.replace("\xa0", " "), words


def test_a_country_is_offered_its_own_answer_only(site: Site) -> None:
    given(site, "consultation")
    page = site.browser(Role.NATIONAL_COORDINATOR, "RS").look(PATH)
    links = [link["href"] for link in page.html.select("#parties a")]
    assert links == [f"{PATH}/participants/RS"]


def test_what_is_made_up_is_said_on_every_page_of_the_operation(site: Site) -> None:
    given(site, "running", illustrative=Illustrative(note={"en": "The split is made up."}))
    browser = site.browser(Role.COORDINATOR)
    assert "The split is made up." in browser.look(PATH).text
    for path in (PATH, f"{PATH}/plan/versions", f"{PATH}/plan/source"):
        assert f"{PATH}#illustrative" in browser.look(path).text


def test_what_is_missing_is_listed_with_where_to_mend_it(site: Site) -> None:
    given(site, "consultation", objectives=())
    page = site.browser(Role.COORDINATOR).look(PATH)
    links = {link.get_text(strip=True): link["href"] for link in page.html.select(".jo-panel li a")}
    assert links["“Objectives” has no entry. Add one."] == f"{PATH}/plan/sections/objectives"
    reviewer = site.browser(Role.REVIEWER).look(PATH)
    assert "“Objectives” has no entry. Add one." in reviewer.text
    assert "Not yet" in reviewer.text


def test_the_plan_is_downloaded_as_a_file(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    as_yaml = browser.look(f"{PATH}/plan/file?format=yaml")
    assert as_yaml.headers["Content-Disposition"] == 'attachment; filename="EXAMPLE-2027-plan-1.yaml"'
    assert planfile.load(as_yaml.body) == builders.plan()
    assert json.loads(browser.look(f"{PATH}/plan/file?format=json&version=1").text) == planfile.to_data(
        builders.plan()
    )
    assert browser.look(f"{PATH}/plan/file?version=9").status_int == 404
    assert browser.look(f"{PATH}/plan/file?version=x").status_int == 404


# --- Versions ---


def test_an_earlier_version_says_that_it_is_not_in_force(site: Site) -> None:
    given(site)
    with site.work() as session:
        operation = service.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        service.save_plan(session, builders.ADMINISTRATOR, operation, builders.plan(lead="RS"))
    browser = site.browser(Role.COORDINATOR)
    first = browser.look(f"{PATH}/plan/versions/1")
    assert "This version is not the one in force." in first.text
    assert browser.look(f"{PATH}/plan/versions/7").status_int == 404


def test_an_amendment_waits_until_a_reviewer_approves_it(site: Site) -> None:
    given(site, "running")
    with site.work() as session:
        operation = service.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        service.save_plan(session, builders.ADMINISTRATOR, operation, builders.plan(lead="RS"))
    coordinator, reviewer = site.browser(Role.COORDINATOR), site.browser(Role.REVIEWER)
    assert "An amendment waits" in coordinator.look(PATH).text
    amendments = f"{PATH}/plan/amendments"
    assert "Approve version 2" not in coordinator.look(amendments).text
    assert "Approve version 2" in reviewer.look(amendments).text
    assert reviewer.send(f"{PATH}/plan/versions/2/refuse", reason="").status_int == 422
    approved = reviewer.send(f"{PATH}/plan/versions/2/approve", function="Chair").follow()
    assert "Version 2 of the plan is in force." in approved.text
    assert "An amendment waits" not in approved.text
    assert "Chair" in reviewer.look(amendments).text
    again = reviewer.send(f"{PATH}/plan/versions/2/approve")
    assert again.status_int == 409
    assert "Version 2 is approved already." in again.text
    assert coordinator.send(f"{PATH}/plan/versions/2/approve").status_int == 403


# --- The life cycle ---


def test_a_step_is_taken_by_its_button(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    page = browser.look(PATH)
    button = page.html.find("button", {"value": "consultation"})
    assert button.get_text(strip=True) == "Send to consultation"
    done = browser.send(f"{PATH}/transitions", to="consultation", version="1").follow()
    assert "EXAMPLE-2027 is now: In consultation." in done.text
    assert state_of(site) is OperationState.CONSULTATION


def test_a_step_that_is_not_possible_says_why_and_changes_nothing(site: Site) -> None:
    given(site, "approved")
    browser = site.browser(Role.COORDINATOR)
    early = browser.send(f"{PATH}/transitions", to="running").follow()
    assert "The operation begins on" in early.text
    assert state_of(site) is OperationState.APPROVED
    reasonless = browser.send(f"{PATH}/transitions", to="cancelled", reason=" ").follow()
    assert "Say why." in reasonless.text
    assert state_of(site) is OperationState.APPROVED


def test_a_step_from_an_old_page_is_refused(site: Site) -> None:
    given(site, "consultation")
    browser = site.browser(Role.COORDINATOR)
    stale = browser.send(f"{PATH}/transitions", to="draft", reason="more work", version="1").follow()
    assert "Somebody else changed this meanwhile." in stale.text
    assert state_of(site) is OperationState.CONSULTATION


def test_a_step_that_does_not_exist_is_not_found(site: Site) -> None:
    given(site)
    assert site.browser(Role.COORDINATOR).send(f"{PATH}/transitions", to="paused").status_int == 404


@pytest.mark.parametrize(
    ("role", "scope"), [(Role.AUDITOR, None), (Role.NATIONAL_COORDINATOR, "ES"), (Role.REPORTER, "ES-POLICE")]
)
def test_who_only_reads_is_offered_no_step_and_may_take_none(
    site: Site, role: Role, scope: str | None
) -> None:
    given(site, "consultation")
    browser = site.browser(role, scope)
    assert browser.look(PATH).html.find("button", {"name": "step"}) is None
    assert browser.send(f"{PATH}/transitions", to="draft", reason="why").status_int == 403
    assert state_of(site) is OperationState.CONSULTATION


# --- Answers ---


def test_a_country_answers_with_conditions(site: Site) -> None:
    given(site, "consultation")
    browser = site.browser(Role.NATIONAL_COORDINATOR, "RS")
    path = f"{PATH}/participants/RS"
    form = browser.look(path)
    assert "RS-POLICE" in form.text
    assert "Does Serbia take part?" in form.text
    blank = browser.send(path, answer="with-conditions", conditions="", version="1")
    assert blank.status_int == 422
    assert "Say under which conditions." in blank.text
    done = browser.send(path, answer="with-conditions", conditions="No night work", version="1")
    assert "Your answer is recorded." in done.follow().text
    with site.work() as session:
        operation = service.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        found = service.find_participant(operation, "RS")
        assert (found.answer, found.conditions) == (Answer.WITH_CONDITIONS, "No night work")
    stale = browser.send(path, answer="declined", version="1")
    assert stale.status_int == 412


def test_an_answer_is_chosen(site: Site) -> None:
    given(site, "consultation")
    browser = site.browser(Role.NATIONAL_COORDINATOR, "RS")
    answer = browser.send(f"{PATH}/participants/RS", answer="")
    assert answer.status_int == 422
    assert "Say whether you take part." in answer.text


def test_nobody_answers_for_another_country(site: Site) -> None:
    given(site, "consultation")
    browser = site.browser(Role.NATIONAL_COORDINATOR, "RS")
    assert browser.look(f"{PATH}/participants/ES").status_int == 403
    assert browser.send(f"{PATH}/participants/ES", answer="declined").status_int == 403
    assert browser.look(f"{PATH}/participants/FR").status_int == 404


def test_the_first_page_asks_for_answers_and_approvals(site: Site) -> None:
    given(site, "consultation")
    country = site.browser(Role.NATIONAL_COORDINATOR, "RS").look("/")
    assert f"{PATH}/participants/RS" in country.text
    assert "Read a plan in consultation, and approve it" in site.browser(Role.REVIEWER).look("/").text
    with site.work() as session:
        operation = service.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        service.answer(session, builders.national("RS"), operation, "RS", Answer.TAKES_PART)
    assert f"{PATH}/participants/RS" not in site.browser(Role.NATIONAL_COORDINATOR, "RS").look("/").text


def test_the_pages_are_there_in_french(site: Site) -> None:
    given(site, "running")
    page = site.browser(Role.COORDINATOR).look(f"{PATH}?lang=fr")
    assert page.html.html["lang"] == "fr"
    assert "Espagne" in page.text


def test_the_deadline_of_the_last_day_is_the_last() -> None:
    document = builders.plan()
    last = rules.deadline(document, builders.LAST_DAY)
    assert next_deadline(document, last) == last
    assert next_deadline(document, last + timedelta(seconds=1)) is None
