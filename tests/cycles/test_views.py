from __future__ import annotations

import pytest

from jointops.cycles import service
from jointops.kernel.policy import Role
from tests import builders
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

CYCLE = "/policy-cycles/EMPACT-2018-2021"


@pytest.fixture
def seeded(site: Site) -> Site:
    with site.work() as session:
        service.seed(session, builders.ADMINISTRATOR)
        service.propose_action(
            session,
            builders.REVIEWER,
            service.find(session, builders.REVIEWER, "EMPACT-2018-2021"),
            title="Spread action days over the year",
            description="One theme after the other.\n\nEach with its own analysis.",
            leader="europol",
            priority_code="firearms",
            origin_operation="ARCHIMEDES-2014",
            origin_recommendation="R1",
        )
    return site


@pytest.fixture
def reviewer(seeded: Site) -> Browser:
    return seeded.browser(Role.REVIEWER)


def test_the_cycles_stand_in_the_order_of_their_years(seeded: Site) -> None:
    page = seeded.browser(Role.NATIONAL_COORDINATOR).look("/policy-cycles")

    years = [stop.get_text(strip=True) for stop in page.html.select(".jo-road__years")]
    assert years == ["2012–2013", "2014–2017", "2018–2021", "2022–2025", "2026–2029"]
    assert len(page.html.select(".jo-road__stop--current")) == 1


def test_without_cycles_the_page_says_where_they_come_from(site: Site) -> None:
    assert "No policy cycle yet" in site.browser(Role.AUDITOR).look("/policy-cycles").text


def test_a_cycle_shows_its_actions_with_state_and_origin(seeded: Site) -> None:
    page = seeded.browser(Role.REPORTER).look(CYCLE)

    row = page.html.find(id="OA-1")
    assert "Spread action days over the year" in row.text
    assert "Proposed" in row.text
    assert "Europol" in row.text
    assert "ARCHIMEDES-2014 · R1" in row.text
    assert not page.html.find("form", {"method": "post", "action": f"{CYCLE}/actions/OA-1/state"})


def test_actions_are_filtered(reviewer: Browser) -> None:
    assert reviewer.look(f"{CYCLE}?state=proposed&priority=firearms").html.find(id="OA-1")
    assert not reviewer.look(f"{CYCLE}?state=completed").html.find(id="OA-1")
    assert reviewer.look(f"{CYCLE}?state=nonsense").status_int == 200


def test_a_cycle_that_does_not_exist_is_not_found(reviewer: Browser) -> None:
    assert reviewer.look("/policy-cycles/EMPACT-1999").status_int == 404


def test_a_reviewer_changes_a_state_in_the_table(reviewer: Browser) -> None:
    form = next(
        form for form in reviewer.look(CYCLE).forms.values() if form.action == f"{CYCLE}/actions/OA-1/state"
    )
    form["state"] = "planned"

    answer = form.submit().follow()

    assert "OA-1 is now: Planned." in answer.text
    assert "Planned" in answer.html.find(id="OA-1").text


@pytest.mark.parametrize(
    "values, status",
    [
        ({"state": "completed", "version": "1"}, 409),
        ({"state": "planned", "version": "9"}, 412),
        ({"state": "nonsense"}, 422),
    ],
)
def test_a_state_that_cannot_be_is_refused(reviewer: Browser, values: dict[str, str], status: int) -> None:
    assert reviewer.send(f"{CYCLE}/actions/OA-1/state", **values).status_int == status


def test_a_reviewer_proposes_an_action_by_the_form(reviewer: Browser) -> None:
    form = next(
        form for form in reviewer.look(f"{CYCLE}/actions/new").forms.values() if "title-en" in form.fields
    )
    form["title-en"], form["title-fr"] = "Common definitions", "Définitions communes"
    form["leader"], form["priority"], form["due_on"] = "EL", "drugs", "2019-06-30"

    answer = form.submit().follow()

    row = answer.html.find(id="OA-2")
    assert "Common definitions" in row.text
    assert "Greece" in row.text
    assert "Overdue" in row.text


def test_a_form_that_is_refused_is_shown_again_with_what_is_wrong(reviewer: Browser) -> None:
    answer = reviewer.send(f"{CYCLE}/actions/new", **{"title-en": " ", "leader": "ES", "due_on": "soon"})
    assert answer.status_int == 422
    assert answer.html.find("a", href="#due_on")
    assert answer.html.find("input", {"name": "leader"})["value"] == "ES"

    answer = reviewer.send(f"{CYCLE}/actions/new", **{"title-en": " "})
    assert answer.html.find("a", href="#title-en")


def test_an_action_is_edited(reviewer: Browser) -> None:
    page = reviewer.look(f"{CYCLE}/actions/OA-1")
    assert page.html.find("input", {"name": "title-en"})["value"] == "Spread action days over the year"

    answer = reviewer.send(
        f"{CYCLE}/actions/OA-1", **{"title-en": "Spread them", "leader": "europol", "version": "1"}
    )
    assert "Spread them" in answer.follow().text

    stale = reviewer.send(f"{CYCLE}/actions/OA-1", **{"title-en": "Again", "version": "1"})
    assert stale.status_int == 412
    assert stale.html.find("input", {"name": "title-en"})["value"] == "Again"


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.NATIONAL_COORDINATOR, Role.REPORTER, Role.AUDITOR])
def test_others_see_no_forms_and_are_refused(seeded: Site, role: Role) -> None:
    browser = seeded.browser(role)

    assert not browser.look(CYCLE).html.select("form[method=post] select[name=state]")
    assert browser.look(f"{CYCLE}/actions/new").status_int == 403
    assert browser.look(f"{CYCLE}/actions/OA-1").status_int == 403
    assert browser.send(f"{CYCLE}/actions/new", **{"title-en": "No"}).status_int == 403
    assert browser.send(f"{CYCLE}/actions/OA-1/state", state="planned").status_int == 403


def test_nobody_gets_in_without_signing_in(seeded: Site) -> None:
    assert seeded.browser().look(CYCLE).status_int == 303
