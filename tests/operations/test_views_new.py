"""Pages that make an operation: from a template, a file, or another operation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jointops.kernel.policy import Role
from jointops.operations import planfile, service
from jointops.operations.plandoc import PlanDocument
from jointops.operations.views_new import known_templates
from tests import builders
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

NEW = "/operations/new"
FIELDS = {"code": "north-2028", "title": "North 2028", "start": "2028-02-07", "lead": "EE"}


def plan_of(site: Site, code: str) -> PlanDocument:
    with site.work() as session:
        operation = service.find(session, builders.ADMINISTRATOR, code)
        return service.document(service.latest_plan(session, operation))


def codes(site: Site) -> list[str]:
    with site.work() as session:
        return [one.code for one in service.list_operations(session, builders.ADMINISTRATOR)]


def upload(browser: Browser, content: bytes, query: str = "") -> Any:
    return browser.post(
        f"{NEW}/file{query}",
        {"csrf_token": browser.csrf_token(), "note": "from a file"},
        upload_files=[("plan", "north.yaml", content)],
        expect_errors=True,
    )


@pytest.mark.parametrize("template", [template.code for template in known_templates()])
def test_every_template_becomes_a_draft_with_its_days_moved(site: Site, template: str) -> None:
    browser = site.browser(Role.COORDINATOR)
    assert browser.look(NEW).html.find("input", {"value": template}) is not None
    made = browser.send(f"{NEW}/template", template=template, **FIELDS)
    assert made.status_int == 303, made.text
    assert "NORTH-2028 is made, as a draft." in made.follow().text
    plan = plan_of(site, "NORTH-2028")
    assert (plan.lead, plan.period.start, plan.template) == ("EE", date(2028, 2, 7), False)
    assert plan.title == {"en": "North 2028"}


def test_what_is_missing_is_said_beside_its_field(site: Site) -> None:
    browser = site.browser(Role.COORDINATOR)
    none = browser.send(f"{NEW}/template", **FIELDS)
    assert (none.status_int, "Choose a template." in none.text) == (422, True)
    template = known_templates()[0].code
    no_day = browser.send(f"{NEW}/template", template=template, **{**FIELDS, "start": ""})
    assert no_day.html.find(id="template-start-error") is not None
    assert no_day.html.find(id="template-title")["value"] == "North 2028"
    no_lead = browser.send(f"{NEW}/template", template=template, **{**FIELDS, "lead": "Atlantis"})
    assert no_lead.html.find(id="template-lead-error") is not None
    bad_code = browser.send(f"{NEW}/template", template=template, **{**FIELDS, "code": "no good"})
    assert bad_code.html.find(id="template-code-error") is not None
    no_title = browser.send(f"{NEW}/template", template=template, **{**FIELDS, "title": ""})
    assert no_title.html.find(id="template-title-error") is not None
    assert codes(site) == []


def test_a_code_that_is_taken_is_refused(site: Site) -> None:
    with site.work() as session:
        builders.operation(session)
    fields = {**FIELDS, "code": "EXAMPLE-2027"}
    answer = site.browser(Role.COORDINATOR).send(
        f"{NEW}/template", template=known_templates()[0].code, **fields
    )
    assert answer.status_int == 409
    assert "There is an operation “EXAMPLE-2027” already." in answer.text


def test_a_plan_file_becomes_a_draft(site: Site) -> None:
    browser = site.browser(Role.COORDINATOR)
    made = upload(browser, planfile.dump(builders.plan()).encode())
    assert "EXAMPLE-2027 is made, as a draft." in made.follow().text
    assert plan_of(site, "EXAMPLE-2027") == builders.plan()


def test_a_wrong_plan_file_is_refused_line_by_line(site: Site) -> None:
    browser = site.browser(Role.COORDINATOR)
    content = planfile.dump(builders.plan()).replace("lead: ES", "lead: FR").encode()
    answer = upload(browser, content)
    assert answer.status_int == 422
    line = content.decode().splitlines().index("lead: FR") + 1
    row = answer.html.select_one("#problems tbody tr").get_text(" ", strip=True)
    assert row.startswith(f"{line}:7 /lead")
    assert "accepted: ES, RS, europol" in row
    assert codes(site) == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a: [", b"- 1", b"{}"])
def test_what_is_no_plan_file_is_refused(site: Site, content: bytes) -> None:
    assert upload(site.browser(Role.COORDINATOR), content).status_int == 422
    assert codes(site) == []


def test_a_file_is_chosen(site: Site) -> None:
    answer = site.browser(Role.COORDINATOR).send(f"{NEW}/file")
    assert (answer.status_int, "Choose a plan file." in answer.text) == (422, True)


def test_a_file_can_be_checked_without_keeping_it(site: Site) -> None:
    browser = site.browser(Role.COORDINATOR)
    good = upload(browser, planfile.dump(builders.plan()).encode(), "?dry_run=1")
    assert "The file is in order:" in good.text
    assert "Example joint action days" in good.text
    bad = upload(browser, b"format: jointops-plan/1", "?dry_run=1")
    assert "is missing. Add it." in bad.text
    assert codes(site) == []


def test_a_copy_takes_the_plan_and_leaves_what_happened(site: Site) -> None:
    with site.work() as session:
        builders.operation(session, "closed", historical=True)
    made = site.browser(Role.COORDINATOR).send(
        f"{NEW}/copy", source="EXAMPLE-2027", **{**FIELDS, "lead": "RS"}
    )
    assert made.status_int == 303
    plan = plan_of(site, "NORTH-2028")
    assert (plan.historical, plan.lead, plan.period.end) == (False, "RS", date(2028, 2, 11))
    assert plan.units() == builders.plan().units()


def test_what_one_may_not_read_one_may_not_copy(site: Site) -> None:
    with site.work() as session:
        builders.operation(session)
    answer = site.browser(Role.COORDINATOR, "OTHER-2027").send(f"{NEW}/copy", source="EXAMPLE-2027", **FIELDS)
    assert answer.status_int == 404
    blank = site.browser(Role.COORDINATOR).send(f"{NEW}/copy", **FIELDS)
    assert "Choose an operation." in blank.text


def test_a_coordinator_of_one_operation_coordinates_what_it_creates(site: Site) -> None:
    browser = site.browser(Role.COORDINATOR, "OTHER-2027")
    made = browser.send(f"{NEW}/template", template=known_templates()[0].code, **FIELDS)
    assert made.follow().status_int == 200


@pytest.mark.parametrize(
    ("role", "scope"), [(Role.REVIEWER, None), (Role.NATIONAL_COORDINATOR, "ES"), (Role.AUDITOR, None)]
)
def test_others_make_no_operation(site: Site, role: Role, scope: str | None) -> None:
    browser = site.browser(role, scope)
    assert browser.look(NEW).status_int == 403
    assert browser.send(f"{NEW}/template", **FIELDS).status_int == 403
    assert browser.send(f"{NEW}/copy", **FIELDS).status_int == 403
    assert upload(browser, b"").status_int == 403
