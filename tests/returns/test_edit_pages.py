"""The form of a return in a browser without script: nothing typed is lost, and every refusal has its field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from webtest import Form, TestResponse

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.returns import service
from jointops.returns.models import Return
from jointops.returns.submission import from_data
from tests import builders
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

RETURN = "/operations/EXAMPLE-2027/returns/ES-POLICE/2027-05-04"
EDIT = f"{RETURN}/edit"


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


@pytest.fixture
def browser(running: Site) -> Browser:
    return running.browser(Role.REPORTER, "ES-POLICE")


def form_of(page: TestResponse) -> Form:
    return next(form for form in page.forms.values() if "plan_version" in form.fields)


def press(form: Form, action: str) -> TestResponse:
    """Press one of the form's buttons."""
    return form.submit("action", value=action, expect_errors=True)


def kept(site: Site) -> Return:
    with site.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        return service.find_return(session, builders.COORDINATOR, operation, "ES-POLICE", date(2027, 5, 4))


def sent(site: Site, day: int, values: list[dict[str, str]], **more: Any) -> None:
    with site.work() as session:
        actor = builders.reporter("ES-POLICE")
        operation = operations.find(session, actor, "EXAMPLE-2027")
        submission = from_data({"values": values, **more})
        service.submit(session, actor, operation, "ES-POLICE", date(2027, 5, day), submission)


def test_the_form_asks_for_the_units_indicators_with_the_day_before_beside_them(
    running: Site, browser: Browser
) -> None:
    sent(running, 3, [{"indicator": "cocaine-seized", "quantity": "12500", "unit": "g"}])
    page = browser.look(EDIT)
    form = form_of(page)
    assert {"q.persons-arrested.", "q.persons-arrested.firearms", "q.cocaine-seized."} <= set(form.fields)
    before, so_far = page.html.find(id="q.cocaine-seized.-previous").find_all("p")
    assert (before.text.split(), so_far.text.split()) == (
        ["Day", "before", "12,500", "g"],
        ["Other", "days", "12.5", "kg"],
    )
    assert [choice[0] for choice in form["u.cocaine-seized."].options] == ["kg", "g", "t"]
    assert page.html.select_one("details.jo-definition") is not None


def test_a_filled_form_is_acknowledged_with_a_receipt(running: Site, browser: Browser) -> None:
    form = form_of(browser.look(EDIT))
    form["q.persons-arrested."] = "17"
    form["q.persons-arrested.firearms"] = "5"
    form["q.cocaine-seized."] = "0.25"
    form["narrative"] = "Two teams."
    answer = press(form, "submit")
    assert answer.status_int == 303
    page = answer.follow()
    assert "The return was received" in page.text
    assert page.html.select_one(".jo-receipt") is not None
    content = kept(running).revisions[-1].content
    assert [value["quantity"] for value in content["values"]] == ["0.25", "17", "5"]


def test_a_row_is_added_and_nothing_typed_is_lost(browser: Browser) -> None:
    form = form_of(browser.look(EDIT))
    form["q.persons-arrested."] = "not yet a number"
    more = form_of(press(form, "add-figure"))
    more["x1.indicator"] = "firearms-seized"
    more["x1.quantity"] = "2"
    more["x1.scope"] = "other"
    again = form_of(press(more, "add-incident"))
    again["i1.reference"] = "ES-0001"
    again["i1.joint_with"] = "RS-POLICE"
    last = form_of(press(again, "add-incident"))
    assert last["q.persons-arrested."].value == "not yet a number"
    assert (last["x1.quantity"].value, last["x1.scope"].value) == ("2", "other")
    assert last["i1.reference"].value == "ES-0001"
    assert [choice.value for choice in last.fields["i1.joint_with"]] == ["RS-POLICE", ""]
    assert "i2.reference" in last.fields


def test_each_refusal_is_linked_to_its_field_and_the_form_kept(running: Site, browser: Browser) -> None:
    form = form_of(browser.look(EDIT))
    form["q.persons-arrested."] = "many"
    form["q.cocaine-seized."] = "-1"
    form["narrative"] = "Kept."
    page = press(form, "submit")
    assert page.status_int == 422
    links = [link["href"] for link in page.html.select(".govuk-error-summary a")]
    assert links == ["#q.persons-arrested.", "#q.cocaine-seized."]
    assert all(page.html.find(id=link.removeprefix("#")) is not None for link in links)
    assert page.html.find(id="q.persons-arrested.-error") is not None
    again = form_of(page)
    assert (again["q.persons-arrested."].value, again["narrative"].value) == ("many", "Kept.")
    with running.work() as session:
        assert session.query(Return).count() == 0


def test_an_incident_is_recorded_with_its_time_and_partners(running: Site, browser: Browser) -> None:
    form = form_of(press(form_of(browser.look(EDIT)), "add-incident"))
    form["i1.reference"] = "ES-0001"
    form["i1.indicator"] = "firearms-seized"
    form["i1.quantity"] = "3"
    form["i1.at"] = "2027-05-04T10:20"
    form["i1.place"] = "Port"
    form["i1.joint_with"] = "RS-POLICE"
    assert press(form, "submit").status_int == 303
    incident = kept(running).revisions[-1].content["incidents"][0]
    assert incident["at"] == "2027-05-04T10:20:00+02:00"
    assert (incident["joint_with"], incident["place"]) == (["RS-POLICE"], "Port")
    shown = form_of(browser.look(EDIT))
    assert (shown["i1.at"].value, shown["i1.quantity"].value) == ("2027-05-04T10:20", "3")


def test_a_draft_is_kept_and_continued(running: Site, browser: Browser) -> None:
    form = form_of(browser.look(EDIT))
    form["q.persons-arrested."] = "4"
    page = press(form, "draft").follow()
    assert "The draft is kept" in page.text
    assert form_of(page)["q.persons-arrested."].value == "4"
    assert kept(running).state.value == "draft"
    assert press(form_of(page), "submit").status_int == 303
    assert (kept(running).state.value, kept(running).latest_number) == ("submitted", 1)


def test_a_nil_return_has_no_figures(running: Site, browser: Browser) -> None:
    form = form_of(browser.look(EDIT))
    form["nil"] = True
    form["q.persons-arrested."] = "1"
    page = press(form, "submit")
    assert page.html.find(id="nil-error") is not None
    again = form_of(page)
    again["q.persons-arrested."] = ""
    assert press(again, "submit").status_int == 303
    assert kept(running).revisions[-1].nil


def test_an_empty_form_is_no_nil_return(browser: Browser) -> None:
    page = press(form_of(browser.look(EDIT)), "submit")
    assert (page.status_int, form_of(page).action.endswith("/edit")) == (422, True)
    assert page.html.find("form", {"data-problems": "return-empty"}) is not None


def test_a_correction_says_why(running: Site, browser: Browser) -> None:
    sent(running, 4, [{"indicator": "persons-arrested", "quantity": "17"}])
    form = form_of(browser.look(EDIT))
    form["q.persons-arrested."] = "18"
    page = press(form, "submit")
    assert page.html.find(id="reason-error") is not None
    again = form_of(page)
    again["reason"] = "Recount"
    assert press(again, "submit").status_int == 303
    assert (kept(running).latest_number, kept(running).revisions[-1].reason) == (2, "Recount")


def test_the_same_again_changes_nothing(running: Site, browser: Browser) -> None:
    sent(running, 4, [{"indicator": "persons-arrested", "quantity": "17"}], narrative="Quiet.")
    page = press(form_of(browser.look(EDIT)), "submit").follow()
    assert "on record already" in page.text
    assert kept(running).latest_number == 1


def test_an_edit_that_crosses_another_shows_both(running: Site, browser: Browser) -> None:
    sent(running, 4, [{"indicator": "persons-arrested", "quantity": "17"}])
    mine = form_of(browser.look(EDIT))
    sent(running, 4, [{"indicator": "persons-arrested", "quantity": "18"}], reason="Recount")
    mine["q.persons-arrested."] = "19"
    mine["q.cocaine-seized."] = "2"
    mine["reason"] = "Another recount"
    page = press(mine, "submit")
    assert page.status_int == 412
    sides = [each.text.split("\u00a0")[0] for each in page.html.select(".jo-merge__sides strong")]
    assert sides == ["19", "18", "17"]
    assert [each.text for each in page.html.select(".jo-changes ins")] == ["2\u00a0kg"]
    merge = form_of(page)
    merge[page.html.select_one(".jo-merge input")["name"]] = "theirs"
    # Somebody is faster once more: asked again, and nothing of it is lost.
    sent(running, 4, [{"indicator": "persons-arrested", "quantity": "20"}], reason="Again")
    page = press(merge, "merge")
    assert page.status_int == 412
    merge = form_of(page)
    assert merge["reason"].value == "Another recount"
    merge[page.html.select_one(".jo-merge input")["name"]] = "theirs"
    assert press(merge, "merge").status_int == 303
    revision = kept(running).revisions[-1]
    assert (revision.number, revision.reason) == (4, "Another recount")
    said = {value["indicator"]: value["quantity"] for value in revision.content["values"]}
    assert said == {"persons-arrested": "20", "cocaine-seized": "2"}


def test_two_first_returns_at_once_are_told_too(running: Site, browser: Browser) -> None:
    mine = form_of(browser.look(EDIT))
    mine["q.persons-arrested."] = "19"
    sent(running, 4, [{"indicator": "persons-arrested", "quantity": "18"}])
    assert press(mine, "submit").status_int == 412


@pytest.mark.parametrize(
    "path, status, code",
    [
        ("RS-POLICE/2027-05-04", 403, "unit-not-yours"),
        ("ES-POLICE/2027-05-06", 422, "day-in-future"),
        ("ES-POLICE/2027-04-30", 422, "day-outside-operation"),
        ("XX-POLICE/2027-05-04", 404, "unit-unknown"),
        ("ES-POLICE/2027-05-32", 404, "day-unknown"),
    ],
)
def test_a_form_that_cannot_be_sent_is_not_opened(
    browser: Browser, path: str, status: int, code: str
) -> None:
    page = browser.look(f"/operations/EXAMPLE-2027/returns/{path}/edit")
    assert (page.status_int, code in page.text) == (status, True)


def test_an_auditor_has_no_form(running: Site) -> None:
    auditor = running.browser(Role.AUDITOR)
    assert auditor.look(EDIT).status_int == 403
    assert auditor.send(EDIT, action="add-figure").status_int == 403
    assert auditor.send(EDIT, action="submit", **{"q.persons-arrested.": "1"}).status_int == 403


def test_a_national_coordinator_fills_in_for_the_own_units(running: Site) -> None:
    form = form_of(running.browser(Role.NATIONAL_COORDINATOR, "ES").look(EDIT))
    form["q.persons-arrested."] = "1"
    assert press(form, "submit").status_int == 303
    assert kept(running).revisions[-1].on_behalf


def test_a_frozen_return_keeps_what_was_typed(running: Site) -> None:
    with clock.fixed(clock.parse_iso("2027-07-01T08:00:00Z")):
        form = form_of(running.browser(Role.REPORTER, "ES-POLICE").look(EDIT))
        form["q.persons-arrested."] = "17"
        page = press(form, "submit")
    assert page.status_int == 409
    assert page.html.find("form", {"data-problems": "return-frozen"}) is not None
    assert form_of(page)["q.persons-arrested."].value == "17"


def test_an_indicator_that_is_not_asked_is_one_search_away(site: Site) -> None:
    with site.work() as session:
        spain, *others = builders.plan().participants
        police, *units = spain.units
        short = replace(spain, units=(replace(police, indicators=("persons-arrested",)), *units))
        builders.operation(session, "running", participants=(short, *others))
    browser = site.browser(Role.REPORTER, "ES-POLICE")
    form = form_of(browser.look(EDIT))
    assert "q.cocaine-seized." not in form.fields
    form["find"] = "cocaine"
    form["q.persons-arrested."] = "3"
    found = form_of(press(form, "find"))
    assert found["q.persons-arrested."].value == "3"
    found["q.cocaine-seized."] = "2 kg"
    assert press(found, "submit").status_int == 303
    reported = {value["indicator"]: value["quantity"] for value in kept(site).revisions[-1].content["values"]}
    assert reported == {"persons-arrested": "3", "cocaine-seized": "2"}
    assert "q.cocaine-seized." in form_of(browser.look(f"{EDIT}?more=cocaine-seized")).fields
    several = browser.look(f"{EDIT}?find=seized").html.select(".jo-find__found button")
    assert {button["value"] for button in several} == {"more:firearms-seized", "more:ammunition-seized"}


def test_a_doubt_is_shown_at_its_field_and_taken_with_a_reason(running: Site, browser: Browser) -> None:
    form = form_of(browser.look(EDIT))
    form["q.persons-arrested."] = "1"
    form["narrative"] = "Call Mr Smith at +34 612 345 678."
    page = press(form, "submit")
    assert page.status_int == 422
    box = page.html.find("textarea", {"name": "explain:personal-data:narrative"})
    assert [link["href"] for link in page.html.select(".govuk-error-summary a")] == [f"#{box['id']}"]
    again = form_of(page)
    again["explain:personal-data:narrative"] = "The duty officer's number."
    assert press(again, "submit").status_int == 303
    assert kept(running).revisions[-1].flags == ["personal-data"]


def test_who_enters_for_a_unit_says_where_the_figures_are_from(running: Site, browser: Browser) -> None:
    assert "source" not in form_of(browser.look(EDIT)).fields
    national = running.browser(Role.NATIONAL_COORDINATOR, "ES")
    form = form_of(national.look(EDIT))
    form["q.persons-arrested."] = "1"
    form["source"] = "telephone"
    page = press(form, "submit").follow()
    assert (kept(running).revisions[-1].source, "told by telephone" in page.text) == ("telephone", True)


def test_units_are_taken_from_the_day_before_and_figures_are_not(running: Site, browser: Browser) -> None:
    sent(running, 3, [{"indicator": "cocaine-seized", "quantity": "12500", "unit": "g"}])
    form = form_of(press(form_of(browser.look(EDIT)), "as-the-day-before"))
    assert (form["u.cocaine-seized."].value, form["q.cocaine-seized."].value) == ("g", "")
