"""The working page of a plan: what is typed is kept as a draft, drafts become a version, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from webtest import Form, TestResponse

from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.operations.plandoc import PlanDocument
from jointops.planning.shape import outlines
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

SECTIONS = "/operations/EXAMPLE-2027/plan/sections"
DRAFT = "/operations/EXAMPLE-2027/plan/draft"
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


def given(site: Site, state: str = "draft", **changes: Any) -> None:
    with site.work() as session:
        builders.operation(session, state, **changes)


def latest(site: Site) -> tuple[int, PlanDocument]:
    with site.work() as session:
        operation = operations.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        version = operations.latest_plan(session, operation)
        return version.number, operations.document(version)


def form_of(answer: TestResponse) -> Form:
    """Return the form of the section."""
    form: Form = answer.forms["section-form"]
    return form


def keep(browser: Any, section: str = "general") -> TestResponse:
    return browser.send(DRAFT, action="keep", section=section).follow()


def test_every_section_is_a_form_that_changes_nothing_when_it_is_sent_as_it_is(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    for section in outlines():
        answer = form_of(browser.look(f"{SECTIONS}/{section}")).submit("action", value="save").follow()
        assert "there is no draft" in answer.text, section
    assert "There is no draft to keep" in keep(browser).text
    assert latest(site)[0] == 1


def test_what_is_typed_becomes_a_version_in_two_steps(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    form = form_of(browser.look(f"{SECTIONS}/objectives"))
    form["/objectives/0/target/at_least"] = "150"
    answer = form.submit("action", value="save").follow()
    assert "Draft saved." in answer.text
    assert latest(site)[0] == 1
    form = form_of(answer)
    assert form["/objectives/0/target/at_least"].value == "150"
    assert "Version 2 of the plan is kept." in keep(browser).text
    number, plan = latest(site)
    target = plan.objectives[0].target
    assert (number, target and str(target.at_least)) == (2, "150")
