"""The working page of a plan: what is typed is kept as a draft, drafts become a version, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from webtest import Form, TestResponse

from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.operations.plandoc import PlanDocument, Risk
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


def test_a_form_that_is_sent_as_it_is_changes_nothing(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    for section in ("objectives", "participants"):
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


def test_rows_are_added_and_taken_out_without_script(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    form = form_of(browser.look(f"{SECTIONS}/objectives"))
    form["/objectives/1/code"] = "O2"
    form["/objectives/1/title/en"] = "Cocaine"
    form["/objectives/1/indicator"] = "cocaine-seized"
    form["/objectives/1/target/at_least"] = "12.5"
    form.get("/objectives/0/@remove", index=1).checked = True
    form.submit("action", value="next").follow()
    keep(browser)
    assert [objective.code for objective in latest(site)[1].objectives] == ["O2"]


def test_the_grid_invites_and_keeps_what_is_wrong_in_sight(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    form = form_of(browser.look(f"{SECTIONS}/participants"))
    form.get("/participants/@RO/customs", index=0).checked = True
    form.get("/participants/@ES", index=0).checked = False
    for authority in ("police", "customs", "border-guard"):
        form.get(f"/participants/@ES/{authority}", index=0).checked = False
    answer = form.submit("action", value="save").follow()
    assert answer.html.select_one("[data-problems]").find_all("a")
    assert "1 go on without them" in answer.text
    refused = keep(browser, "participants")
    assert "is not one of the participants" in refused.text or "Lead" in refused.text
    assert latest(site)[0] == 1
    form = form_of(browser.look(f"{SECTIONS}/participants"))
    form.get("/participants/@ES", index=0).checked = True
    form.get("/participants/@ES/police", index=0).checked = True
    form.submit("action", value="save")
    keep(browser, "participants")
    assert [unit.code for unit in latest(site)[1].units()] == ["ES-POLICE", "RS-POLICE", "RO-CUSTOMS"]


def test_the_script_is_told_what_is_wrong_and_nobody_overwrites_unseen(site: Site) -> None:
    given(site)
    browser, other = site.browser(Role.COORDINATOR), site.browser(Role.ADMINISTRATOR)
    path, field = f"{SECTIONS}/objectives", "/objectives/0/target/at_least"

    def typed(who: Any, text: str, version: str) -> TestResponse:
        sent = {"csrf_token": who.csrf_token(), "base": "1", "version": version, field: text}
        return who.post(path, sent, headers=SCRIPT, expect_errors=True)

    first = typed(browser, "many", "0").json
    assert first["version"] == 1
    assert list(first["errors"]) == ["f-objectives-0-target-at_least"]
    assert first["problems"][0]["href"] == "#f-objectives-0-target-at_least"
    newer = typed(other, "200", "0")
    assert (newer.status_int, newer.json["current"]) == (412, 1)
    assert typed(other, "200", "1").json["errors"] == {}
    form = form_of(browser.look(path))
    assert form[field].value == "200"
    form["version"], form[field] = "1", "300"
    stale = form.submit("action", value="save", expect_errors=True)
    assert stale.status_int == 412
    assert form_of(stale)[field].value == "300"
    assert form_of(browser.look(path))[field].value == "200"


def test_texts_are_written_in_the_readers_language_with_the_other_beside(site: Site) -> None:
    given(site)
    browser = site.browser(Role.COORDINATOR)
    answer = browser.look(f"{SECTIONS}/safeguards?lang=fr")
    assert "Complaints go to the national authority." in answer.html.select_one(".jo-plan-form").get_text()
    form = form_of(answer)
    form["/safeguards/complaints/fr"] = "Les plaintes sont suivies."
    form.submit("action", value="save")
    keep(browser)
    assert latest(site)[1].safeguards.complaints == {
        "en": "Complaints go to the national authority.",
        "fr": "Les plaintes sont suivies.",
    }


def test_who_may_only_read_reads_and_comments(site: Site) -> None:
    given(site, "consultation")
    spain = site.browser(Role.NATIONAL_COORDINATOR, "ES")
    page = spain.look(f"{SECTIONS}/objectives")
    assert "section-form" not in page.forms
    assert "Take firearms off the market" in page.text
    answer = spain.send(f"{SECTIONS}/objectives/comments", text="Why 100?").follow()
    assert "Why 100?" in answer.html.select_one("#comments").get_text()
    key = answer.html.select_one(".jo-talk__item")["id"].removeprefix("comment-")
    coordinator = site.browser(Role.COORDINATOR)
    coordinator.send(f"{SECTIONS}/objectives/comments", text="As last year.", answers=key)
    settled = coordinator.send(f"/operations/EXAMPLE-2027/plan/comments/{key}", resolved="true").follow()
    assert "As last year." in settled.text
    assert "Settled by" in settled.text


def test_versions_tell_what_changed_and_are_compared(site: Site) -> None:
    given(site)
    with site.work() as session:
        operation = operations.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        operations.save_plan(
            session, builders.ADMINISTRATOR, operation, builders.plan(lead="RS"), "Serbia leads"
        )
    browser = site.browser(Role.COORDINATOR)
    listed = browser.look("/operations/EXAMPLE-2027/plan/versions").html.select(".jo-plan-log__item")
    assert "Lead from Spain to Serbia" in listed[0].get_text()
    assert "First version" in listed[1].get_text()
    compared = browser.look("/operations/EXAMPLE-2027/plan/compare?from=1&to=2").html
    assert [one.get_text(strip=True) for one in compared.select("del, ins")] == [
        "[taken out:Spain]",
        "[added:Serbia]",
    ]
    same = browser.look("/operations/EXAMPLE-2027/plan/compare?from=1&to=1")
    assert "The two versions say the same." in same.text
    assert browser.look("/operations/EXAMPLE-2027/plan/compare?from=1").status_int == 404
    form = form_of(browser.look(f"{SECTIONS}/general"))
    form["/title/en"] = "Autumn days"
    form.submit("action", value="save")
    assert "Autumn" in browser.look("/operations/EXAMPLE-2027/plan/compare?to=draft").text


def test_an_entry_is_moved_without_script_and_said_to_be(site: Site) -> None:
    with site.work() as session:
        risks = tuple(
            Risk(code=f"R{n}", title={"en": f"Risk {n}"}, likelihood="low", impact="low", measure={"en": "-"})
            for n in range(1, 24)
        )
        builders.operation(session, "draft", risks=risks)
    browser = site.browser(Role.COORDINATOR)
    form = form_of(browser.look(f"{SECTIONS}/risks"))
    answer = form.submit("move", value="/risks/19/down")
    assert answer.location.endswith("/risks?page=2#f-risks-19")
    shown = answer.follow()
    assert "R20 is now 21 of 23." in shown.text
    titles = [one.text for one in shown.html.select("[data-rows='/risks'] > [data-row] [data-title]")]
    assert titles == ["R20", "R22", "R23"]
    keep(browser)
    codes = [risk.code for risk in latest(site)[1].risks]
    assert codes == [*(f"R{n}" for n in range(1, 20)), "R21", "R20", "R22", "R23"]
    assert "Place in the list from 21 to 20" in browser.look("/operations/EXAMPLE-2027/plan/versions").text


def test_what_is_behind_one_of_very_many_entries_is_shown_when_it_is_asked_for(site: Site) -> None:
    with site.work() as session:
        (task,) = builders.plan().tasks
        builders.operation(session, "draft", tasks=tuple(replace(task, code=f"T{n}") for n in range(1, 30)))
    browser = site.browser(Role.COORDINATOR)
    page = browser.look(f"{SECTIONS}/tasks")
    assert len(page.html.select("[data-open]")) == 21
    assert not page.html.select("#f-tasks-3-place-name")
    form = form_of(browser.look(f"{SECTIONS}/tasks?page=2"))
    form["/tasks/23/title/en"] = "Another name"
    opened = form.submit("open", value="/tasks/24").follow()
    assert opened.html.select_one("#f-tasks-24-place-name") is not None
    assert form_of(opened)["/tasks/23/title/en"].value == "Another name"
    keep(browser)
    assert latest(site)[1].tasks[23] == replace(task, code="T24", title={**task.title, "en": "Another name"})


def test_a_comparison_draws_some_of_very_many_entries_and_says_how_many_more(site: Site) -> None:
    with site.work() as session:
        (task,) = builders.plan().tasks
        many = tuple(replace(task, code=f"T{n}") for n in range(1, 121))
        operation = builders.operation(session, "draft", tasks=many)
        renamed = replace(
            builders.plan(tasks=many), tasks=tuple(replace(one, mandatory=not one.mandatory) for one in many)
        )
        operations.save_plan(session, builders.COORDINATOR, operation, renamed)
    browser = site.browser(Role.COORDINATOR)
    whole = browser.look("/operations/EXAMPLE-2027/plan/compare?from=1&to=2")
    assert len(whole.html.select(".jo-diff__row")) == 50
    assert "70 more entries" in whole.text
    rest = browser.look(whole.html.select_one(".jo-diff__more a")["href"] + "&page=3")
    assert len(rest.html.select(".jo-diff__row")) == 20
    assert "101–120 / 120" in rest.text
