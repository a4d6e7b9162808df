"""The plan file as a page: it saves a version, and none loses what somebody else wrote."""

from __future__ import annotations

from typing import Any

import pytest
from webtest import Form, TestResponse

from jointops.kernel.policy import Role
from jointops.operations import planfile, service, views_plan
from jointops.operations.plandoc import PlanDocument
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

PAGE = "/operations/EXAMPLE-2027/plan/source"


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


def test_the_plan_file_is_changed_as_text(site: Site) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(PAGE))
    text = form["plan"].value.replace("\r\n", "\n")
    assert planfile.load(text) == builders.plan()
    form["plan"] = text.replace("lead: ES", "lead: RS")
    form.submit().follow()
    assert latest(site)[1].lead == "RS"


def test_a_wrong_plan_file_is_told_by_line_and_stays_in_the_form(site: Site) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(PAGE))
    text = form["plan"].value.replace("\r\n", "\n").replace("lead: ES", "lead: FR")
    form["plan"] = text
    answer = form.submit(expect_errors=True)
    assert answer.status_int == 422
    line = text.splitlines().index("lead: FR") + 1
    assert f"{line}:7" in answer.html.select_one("#problems tbody tr").get_text(" ", strip=True)
    assert "lead: FR" in answer.html.find("textarea").get_text()


def test_a_plan_too_long_to_be_typed_is_sent_in_as_a_file(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_plan, "TASKS_TYPED", 0)
    given(site)
    page = site.browser(Role.COORDINATOR).look(PAGE)
    assert page.html.find("textarea", {"name": "plan"}) is None
    file = page.click(href="plan/file")
    form = form_of(page)
    refused = form.submit(expect_errors=True)
    assert (refused.status_int, "Choose a plan file." in refused.text) == (422, True)
    form["plan"] = ("plan.yaml", file.body.replace(b"lead: ES", b"lead: RS"))
    form.submit().follow()
    assert latest(site)[1].lead == "RS"


def test_another_code_is_another_operation(site: Site) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(PAGE))
    form["plan"] = form["plan"].value.replace("EXAMPLE-2027", "OTHER-2027")
    answer = form.submit(expect_errors=True)
    assert answer.status_int == 422
    assert "This is the plan of OTHER-2027." in answer.text


def test_a_form_that_is_sent_as_it_is_changes_nothing(site: Site) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(PAGE))
    assert "Nothing was changed." in form.submit().follow().text
    assert latest(site)[0] == 1


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(site: Site) -> None:
    given(site)
    form = form_of(site.browser(Role.COORDINATOR).look(PAGE))
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
    assert latest(site)[:2] == (2, builders.plan(lead="RS"))


def test_who_may_not_change_the_plan_sees_no_form(site: Site) -> None:
    given(site, "consultation")
    for role, scope in (
        (Role.REVIEWER, None),
        (Role.NATIONAL_COORDINATOR, "ES"),
        (Role.COORDINATOR, "OTHER-2027"),
    ):
        browser = site.browser(role, scope)
        assert browser.look(PAGE).status_int in {403, 404}
        assert browser.send(PAGE, version="1").status_int in {403, 404}
    assert latest(site)[0] == 1


def test_the_plan_of_an_ended_operation_is_not_changed(site: Site) -> None:
    given(site, "closed")
    answer = site.browser(Role.COORDINATOR).look(PAGE)
    assert answer.status_int == 409
    assert "has ended" in answer.text
