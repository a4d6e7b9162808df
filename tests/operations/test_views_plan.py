"""Pages that change a plan: each saves a version, and none loses what somebody else wrote."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from webtest import Form, TestResponse

from jointops.kernel.policy import Role
from jointops.operations import planfile, service
from jointops.operations.plandoc import PlanDocument, Section
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

PLAN = "/operations/EXAMPLE-2027/plan"
PAGES = ("basics", "participants", "texts", "source")


def given(site: Site, state: str = "draft", **changes: Any) -> None:
    with site.work() as session:
        builders.operation(session, state, **changes)


def latest(site: Site) -> tuple[int, PlanDocument, str]:
    with site.work() as session:
        operation = service.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        version = service.latest_plan(session, operation)
        return version.number, service.document(version), version.note


def form_of(answer: TestResponse) -> Form:
    """Return the form that changes the plan: the one after that of signing out."""
    return next(form for form in answer.forms.values() if "version" in form.fields)


@pytest.mark.parametrize("name", PAGES)
def test_a_form_that_is_sent_as_it_is_changes_nothing(site: Site, name: str) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    form = form_of(browser.look(f"{PLAN}/{name}"))
    answer = form.submit().follow()
    assert "Nothing was changed." in answer.text
    assert latest(site)[0] == 1


def test_basics_and_objectives_are_changed_by_form(site: Site) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(f"{PLAN}/basics"))
    form["title"] = "Spring days"
    form["start"] = "2027-05-10"
    form["end"] = "2027-05-14"
    form["objective-0-quantity"] = "150"
    form["objective-1-code"] = "O2"
    form["objective-1-title"] = "Cocaine"
    form["objective-1-indicator"] = "cocaine-seized"
    form["objective-1-quantity"] = "12.5"
    form["note"] = "a week later"
    answer = form.submit().follow()
    assert "Version 2 of the plan is kept." in answer.text
    number, plan, note = latest(site)
    assert (number, note, plan.title["en"]) == (2, "a week later", "Spring days")
    assert plan.title["fr"] == "Journées d’action communes"
    assert [objective.target.at_least for objective in plan.objectives if objective.target] == [
        Decimal(150),
        Decimal("12.5"),
    ]
    assert plan.tasks[0].days[0].isoformat() == "2027-05-10"


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(site: Site) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(f"{PLAN}/basics"))
    form["title"] = "Kept"
    form["end"] = "2027-05-01"
    answer = form.submit(expect_errors=True)
    assert answer.status_int == 422
    assert answer.html.find(id="end-error") is not None
    assert answer.html.find(id="title")["value"] == "Kept"
    form["end"] = "2027-05-07"
    form["objective-0-quantity"] = "1.5 kg"
    wrong = form.submit(expect_errors=True)
    assert wrong.html.find(id="objective-0-quantity-error") is not None
    form["objective-0-quantity"] = "1.5"
    fraction = form.submit(expect_errors=True)
    assert fraction.status_int == 422
    assert fraction.html.find(id="objective-0-quantity-error") is not None
    assert latest(site)[0] == 1


def test_the_grid_invites_and_takes_out(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    ticked = [
        ("csrf_token", browser.csrf_token()),
        ("version", "1"),
        ("party", "ES"),
        ("unit", "ES:police"),
        ("unit", "RO:customs"),
    ]
    assert "Version 2 of the plan is kept." in browser.post(f"{PLAN}/participants", ticked).follow().text
    assert [unit.code for unit in latest(site)[1].units()] == ["ES-POLICE", "RO-CUSTOMS"]


def test_taking_out_the_lead_is_refused_with_the_ticks_kept(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    ticked = [("csrf_token", browser.csrf_token()), ("version", "1"), ("party", "RS"), ("unit", "RS:police")]
    answer = browser.post(f"{PLAN}/participants", ticked, expect_errors=True)
    assert answer.status_int == 422
    assert answer.html.find("input", {"value": "RS"}).has_attr("checked")
    assert not answer.html.find("input", {"value": "ES"}).has_attr("checked")


def test_texts_are_written_in_the_readers_language(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    form = form_of(browser.look(f"{PLAN}/texts?lang=fr"))
    form["safeguards-complaints"] = "Les plaintes sont suivies."
    form["not-applicable-training"] = "Aucune formation prévue."
    form.submit().follow()
    plan = latest(site)[1]
    assert plan.safeguards.complaints == {
        "en": "Complaints go to the national authority.",
        "fr": "Les plaintes sont suivies.",
    }
    assert plan.sections["training"] == Section(not_applicable={"fr": "Aucune formation prévue."})


def test_the_plan_file_is_changed_as_text(site: Site) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(f"{PLAN}/source"))
    text = form["plan"].value.replace("\r\n", "\n")
    assert planfile.load(text) == builders.plan()
    form["plan"] = text.replace("lead: ES", "lead: RS")
    form.submit().follow()
    assert latest(site)[1].lead == "RS"


def test_a_wrong_plan_file_is_told_by_line_and_stays_in_the_form(site: Site) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(f"{PLAN}/source"))
    text = form["plan"].value.replace("\r\n", "\n").replace("lead: ES", "lead: FR")
    form["plan"] = text
    answer = form.submit(expect_errors=True)
    assert answer.status_int == 422
    line = text.splitlines().index("lead: FR") + 1
    assert f"{line}:7" in answer.html.select_one("#problems tbody tr").get_text(" ", strip=True)
    assert "lead: FR" in answer.html.find("textarea").get_text()


def test_another_code_is_another_operation(site: Site) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(f"{PLAN}/source"))
    form["plan"] = form["plan"].value.replace("EXAMPLE-2027", "OTHER-2027")
    answer = form.submit(expect_errors=True)
    assert answer.status_int == 422
    assert "This is the plan of OTHER-2027." in answer.text


@pytest.mark.parametrize("name", ["basics", "texts", "source"])
def test_what_somebody_else_saved_meanwhile_is_not_overwritten(site: Site, name: str) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(f"{PLAN}/{name}"))
    with site.work() as session:
        operation = service.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        service.save_plan(session, builders.ADMINISTRATOR, operation, builders.plan(lead="RS"))
    form["note"] = "mine"
    for _attempt in ("first", "second"):
        answer = form.submit(expect_errors=True)
        assert answer.status_int == 412
        assert "saved version 2 meanwhile" in answer.text
        assert answer.html.find(id="note")["value"] == "mine"
        form = form_of(answer)
    assert latest(site)[0] == 2
    assert latest(site)[1].lead == "RS"


def test_once_approved_a_change_is_an_amendment(site: Site) -> None:
    given(site, "running")
    form = form_of(site.browser(Role.COORDINATOR).look(f"{PLAN}/basics"))
    form["lead"] = "RS"
    answer = form.submit().follow()
    assert "Version 2 is kept as an amendment." in answer.text
    with site.work() as session:
        operation = service.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        assert (operation.lead, operation.plan_number) == ("ES", 1)


@pytest.mark.parametrize("name", PAGES)
def test_who_may_not_change_the_plan_sees_no_form(site: Site, name: str) -> None:
    given(site, "consultation")
    for role, scope in (
        (Role.REVIEWER, None),
        (Role.NATIONAL_COORDINATOR, "ES"),
        (Role.COORDINATOR, "OTHER-2027"),
    ):
        browser = site.browser(role, scope)
        assert browser.look(f"{PLAN}/{name}").status_int in {403, 404}
        assert browser.send(f"{PLAN}/{name}", version="1").status_int in {403, 404}
    assert latest(site)[0] == 1


@pytest.mark.parametrize("name", PAGES)
def test_the_plan_of_an_ended_operation_is_not_changed(site: Site, name: str) -> None:
    given(site, "closed")
    answer = site.browser(Role.COORDINATOR).look(f"{PLAN}/{name}")
    assert answer.status_int == 409
    assert "has ended" in answer.text


@pytest.mark.parametrize("name", PAGES)
def test_a_form_with_nothing_in_it_breaks_nothing(site: Site, name: str) -> None:
    given(site)
    answer = site.browser(Role.COORDINATOR).send(f"{PLAN}/{name}", version="1")
    assert answer.status_int in {303, 422}
