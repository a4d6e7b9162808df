from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from webtest import Form, TestResponse, Upload

from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.tasks import service
from jointops.tasks.models import AssignmentState
from tests import builders
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

TASKS = "/operations/EXAMPLE-2027/tasks"


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


@pytest.fixture
def coordinator(running: Site) -> Browser:
    return running.browser(Role.COORDINATOR)


@pytest.fixture
def spain(running: Site) -> Browser:
    return running.browser(Role.NATIONAL_COORDINATOR, "ES")


def step_form(page: TestResponse, unit: str, to: str) -> Form:
    """Return the form that takes a unit to a state."""
    return next(
        form
        for form in page.forms.values()
        if "to" in form.fields and (form["unit"].value, form["to"].value) == (unit, to)
    )


def offered(page: TestResponse, unit: str) -> set[str]:
    """Return the states that the page offers to take a unit to."""
    return {
        form["to"].value for form in page.forms.values() if "to" in form.fields and form["unit"].value == unit
    }


# --- The list --------------------------------------------------------------------------------------------------------


def test_the_list_shows_who_stands_where_by_authority(coordinator: Browser) -> None:
    page = coordinator.look(TASKS)

    row = next(
        row for row in page.html.select("#tasks tbody tr") if "Checks at the crossing point" in row.text
    )
    chips = [chip["title"] for chip in row.select(".jo-chip")]
    assert [chip.split(": ")[1] for chip in chips] == ["Assigned", "Assigned"]
    assert [cell["data-label"] for cell in row.select("td")[1:-1]] == ["Police", "Customs", "Border guard"]
    assert page.html.select_one(".jo-tasks__area").get_text(strip=True) == "Illicit firearms"


def test_a_national_coordinator_answers_with_one_click(spain: Browser) -> None:
    page = spain.look(TASKS)
    assert [item.select_one("a").text for item in page.html.select(".jo-asked__item")] == [
        "Checks at the crossing point"
    ]
    assert offered(page, "ES-BORDER") == {"accepted", "declined"}

    answer = step_form(page, "ES-BORDER", "accepted").submit()

    assert answer.location.endswith(TASKS)
    page = answer.follow()
    assert "T1, ES-BORDER: Accepted." in page.text
    assert offered(page, "ES-BORDER") == {"under-way", "declined"}


def test_declining_takes_a_reason(spain: Browser) -> None:
    form = step_form(spain.look(TASKS), "ES-BORDER", "declined")

    refused = form.submit(expect_errors=True)
    assert refused.status_int == 422
    assert "Say why." in refused.html.select_one(".govuk-error-summary").text

    form["text"] = "No staff on these days"
    page = form.submit().follow()
    assert "Nothing is asked of you" in page.text


def test_a_unit_starts_and_reports_done(running: Site, spain: Browser) -> None:
    step_form(spain.look(TASKS), "ES-BORDER", "accepted").submit()
    unit = running.browser(Role.REPORTER, "ES-BORDER")

    page = step_form(unit.look(TASKS), "ES-BORDER", "under-way").submit().follow()
    form = step_form(page, "ES-BORDER", "done")
    form["text"] = "212 vehicles checked"
    form.submit()

    assert "212 vehicles checked" in unit.look(f"{TASKS}/T1").text


def test_the_list_is_filtered(coordinator: Browser, spain: Browser) -> None:
    step_form(spain.look(TASKS), "ES-BORDER", "accepted").submit()

    def found(query: str) -> bool:
        return bool(coordinator.look(f"{TASKS}?{query}").html.select("#tasks"))

    assert found("party=ES&state=accepted")
    assert found("area=firearms&authority=police")
    assert not found("authority=customs")
    assert not found("state=done")
    assert not found("state=overdue")
    assert not found("state=nonsense")


def test_what_is_proposed_is_assigned_at_once(site: Site) -> None:
    with site.work() as session:
        builders.operation(session, "approved")
    coordinator = site.browser(Role.COORDINATOR)
    page = coordinator.look(TASKS)
    assert "2 assignments are only proposed" in " ".join(page.html.main.text.split())

    form = next(form for form in page.forms.values() if form.action == f"{TASKS}/assign")
    page = form.submit().follow()

    assert "Assignments given out: 2." in page.text
    assert "only proposed" not in page.text


def test_a_draft_says_why_nothing_is_assigned_yet(site: Site) -> None:
    with site.work() as session:
        builders.operation(session, "draft")
    coordinator = site.browser(Role.COORDINATOR)

    page = coordinator.look(TASKS)

    assert "The plan is still a draft." in page.text
    assert not [form for form in page.forms.values() if form.action == f"{TASKS}/assign"]
    assert coordinator.send(f"{TASKS}/assign").status_int == 409


def test_many_units_are_folded_behind_their_counts(site: Site) -> None:
    parties = ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR")
    units = [f"{party}-POLICE" for party in parties]
    plan = builders.plan()
    participants = tuple(
        type(plan.participants[0])(
            party=party,
            units=(type(plan.units()[0])(code=f"{party}-POLICE", authority="police"),),
        )
        for party in parties
    )
    task = type(plan.tasks[0])(code="T1", title={"en": "Everybody"}, units=tuple(units))
    with site.work() as session:
        builders.operation(session, "running", participants=participants, tasks=(task,))

    page = site.browser(Role.COORDINATOR).look(TASKS)

    assert "13 Assigned" in page.html.select_one(".jo-chips-more__summary").get_text(" ", strip=True)
    assert len(page.html.select(".jo-chips-more .jo-chips .jo-chip")) == 13


def test_an_operation_without_tasks_says_so(site: Site) -> None:
    with site.work() as session:
        builders.operation(session, "running", tasks=())

    assert "No task yet" in site.browser(Role.COORDINATOR).look(TASKS).text
    assert "New task" not in site.browser(Role.REVIEWER).look(TASKS).text


def test_the_first_page_tells_what_the_tasks_ask(running: Site, spain: Browser) -> None:
    assert "Answer the tasks given to you in EXAMPLE-2027" in spain.look("/").text
    # Only the country answers: its unit is asked once it has.
    unit = running.browser(Role.REPORTER, "ES-BORDER")
    assert "EXAMPLE-2027" not in unit.look("/").html.main.text

    step_form(spain.look(TASKS), "ES-BORDER", "accepted").submit()

    assert "Do the tasks of EXAMPLE-2027" in unit.look("/").text


# --- One task --------------------------------------------------------------------------------------------------------


def test_a_task_shows_what_can_be_done_and_why_not_the_rest(running: Site, spain: Browser) -> None:
    page = spain.look(f"{TASKS}/T1")

    assert offered(page, "ES-BORDER") == {"accepted", "declined"}
    assert offered(page, "RS-POLICE") == set()
    assert (
        "Only the country's national coordinator answers for its units."
        in page.html.find(id="T1-RS-POLICE").text
    )
    assert offered(running.browser(Role.COORDINATOR).look(f"{TASKS}/T1"), "RS-POLICE") == {
        "accepted",
        "declined",
        "cancelled",
    }


def test_the_log_tells_together_what_befell_several_units_at_once(running: Site, spain: Browser) -> None:
    step_form(spain.look(f"{TASKS}/T1"), "ES-BORDER", "accepted").submit()

    items = spain.look(f"{TASKS}/T1").html.select("#log li")

    heads = [item.select_one(".jo-timeline__what").text for item in items]
    assert heads == ["Accepted", "Assigned", "Proposed", "Task created"]
    assert "ES-BORDER, RS-POLICE · " in items[1].text


@pytest.mark.parametrize(
    "values, status",
    [
        ({"unit": "ES-BORDER", "to": "done", "text": "x", "version": "2"}, 409),
        ({"unit": "ES-BORDER", "to": "accepted", "version": "1"}, 412),
        ({"unit": "ES-BORDER", "to": "dancing"}, 422),
        ({"unit": "ES-POLICE", "to": "accepted"}, 404),
        ({"unit": "RS-POLICE", "to": "accepted"}, 403),
    ],
)
def test_a_step_that_cannot_be_is_refused(spain: Browser, values: dict[str, str], status: int) -> None:
    assert spain.send(f"{TASKS}/T1/steps", **values).status_int == status


def test_a_task_that_does_not_exist_is_not_found(coordinator: Browser) -> None:
    assert coordinator.look(f"{TASKS}/T9").status_int == 404
    assert coordinator.send(f"{TASKS}/T9/steps", unit="ES-BORDER", to="accepted").status_int == 404


def test_a_whole_task_is_cancelled_with_a_reason(coordinator: Browser) -> None:
    page = coordinator.look(f"{TASKS}/T1")
    form = next(form for form in page.forms.values() if form.action == f"{TASKS}/T1/cancel")

    refused = form.submit(expect_errors=True)
    assert refused.status_int == 422
    assert refused.html.find("a", href="#cancel-text")

    form["text"] = "The crossing is closed"
    page = form.submit().follow()
    assert "T1 is cancelled." in page.text
    assert offered(page, "ES-BORDER") == set()
    assert not [form for form in page.forms.values() if form.action == f"{TASKS}/T1/cancel"]


def test_a_task_is_assigned_to_all_its_units(site: Site) -> None:
    with site.work() as session:
        builders.operation(session, "approved")
    page = site.browser(Role.COORDINATOR).look(f"{TASKS}/T1")

    form = next(form for form in page.forms.values() if form.action == f"{TASKS}/T1/assign")

    assert "T1 is assigned." in form.submit().follow().text


def test_our_own_reasons_are_told_in_words(running: Site, coordinator: Browser) -> None:
    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        service.update(session, builders.COORDINATOR, operation, "T1", {"units": ("ES-BORDER",)})

    page = coordinator.look(f"{TASKS}/T1")

    assert "Taken out of the task" in page.html.find(id="T1-RS-POLICE").text
    assert "taken-out" not in page.text


# --- The form --------------------------------------------------------------------------------------------------------


def task_form(page: TestResponse) -> Form:
    return next(form for form in page.forms.values() if "title-en" in form.fields)


def test_a_task_is_created_from_the_grid_of_units(coordinator: Browser) -> None:
    form = task_form(coordinator.look(f"{TASKS}/new"))
    assert (form["starts_on"].value, form["ends_on"].value) == ("2027-05-03", "2027-05-07")
    form["title-en"], form["kind"], form["action_area"] = "Search the warehouse", "search", "firearms"
    form["hours-since"], form["hours-until"] = "22:00", "06:00"
    form["place-kind"], form["place-name"], form["place-country"] = "free-zone", "Free zone", "ES"
    next(box for box in form.fields["units"] if box._value == "ES-CUSTOMS").checked = True
    next(box for box in form.fields["all"] if box._value == "police").checked = True
    form["lead"] = "ES-CUSTOMS"

    page = form.submit().follow()

    assert "T2 is created." in page.text
    units = [row["id"].removeprefix("T2-") for row in page.html.select("#task-units tbody tr")]
    assert sorted(units) == ["ES-CUSTOMS", "ES-POLICE", "RS-POLICE"]
    assert "22:00–06:00" in page.text
    assert "Free zone, Spain" in page.text


def test_a_form_that_is_refused_is_shown_again_with_what_is_wrong(coordinator: Browser) -> None:
    answer = coordinator.send(
        f"{TASKS}/new",
        **{"title-fr": "Fouille", "starts_on": "2027-05-05", "ends_on": "2027-05-04", "units": "ES-POLICE"},
    )
    assert answer.status_int == 422
    assert answer.html.find("a", href="#ends_on")
    assert answer.html.find("input", {"name": "title-fr"})["value"] == "Fouille"
    assert answer.html.find("input", {"value": "ES-POLICE"}).has_attr("checked")

    answer = coordinator.send(f"{TASKS}/new", starts_on="soon", ends_on="")
    assert {link["href"] for link in answer.html.select(".govuk-error-summary a")} == {
        "#starts_on",
        "#ends_on",
    }

    answer = coordinator.send(f"{TASKS}/new", starts_on="2027-05-04", ends_on="2027-05-05")
    assert {link["href"] for link in answer.html.select(".govuk-error-summary a")} == {"#title-en", "#units"}


def test_a_task_is_changed(running: Site, coordinator: Browser) -> None:
    form = task_form(coordinator.look(f"{TASKS}/T1/edit"))
    assert [box._value for box in form.fields["units"] if box.checked] == ["ES-BORDER", "RS-POLICE"]
    form["ends_on"] = "2027-05-06"
    next(box for box in form.fields["units"] if box._value == "RS-POLICE").checked = False

    assert "T1 is saved." in form.submit().follow().text

    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        task = service.find(session, builders.COORDINATOR, operation, "T1")
        assert task.ends_on == date(2027, 5, 6)
        assert {a.unit.code: a.state for a in task.assignments}["RS-POLICE"] is AssignmentState.CANCELLED
    stale = form.submit(expect_errors=True)
    assert stale.status_int == 412


def test_a_unit_that_has_reported_cannot_be_unticked(running: Site, coordinator: Browser) -> None:
    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        for state in (AssignmentState.ACCEPTED, AssignmentState.UNDER_WAY, AssignmentState.DONE):
            service.step(session, builders.COORDINATOR, operation, "T1", "RS-POLICE", state, "Done")
    form = task_form(coordinator.look(f"{TASKS}/T1/edit"))
    next(box for box in form.fields["units"] if box._value == "RS-POLICE").checked = False

    answer = form.submit(expect_errors=True)

    assert answer.status_int == 409
    assert "cannot be taken out" in answer.html.select_one(".govuk-error-summary").text


@pytest.mark.parametrize(
    "role, scope",
    [
        (Role.NATIONAL_COORDINATOR, "ES"),
        (Role.REPORTER, "ES-BORDER"),
        (Role.REVIEWER, None),
        (Role.AUDITOR, None),
    ],
)
def test_others_are_not_offered_the_coordinators_forms_and_are_refused(
    running: Site, role: Role, scope: str | None
) -> None:
    browser = running.browser(role, scope)

    assert browser.look(TASKS).status_int == 200
    assert "New task" not in browser.look(TASKS).text
    for path in ("/new", "/T1/edit"):
        assert browser.look(TASKS + path).status_int == 403
        assert browser.send(TASKS + path, **{"title-en": "No"}).status_int == 403
    assert browser.send(f"{TASKS}/T1/cancel", text="No").status_int == 403
    assert browser.send(f"{TASKS}/T1/assign").status_int == 403
    assert browser.send(f"{TASKS}/assign").status_int == 403


def test_who_does_not_take_part_finds_nothing(running: Site) -> None:
    assert running.browser(Role.NATIONAL_COORDINATOR, "FR").look(TASKS).status_int == 404
    assert running.browser().look(TASKS).status_int == 303


def test_a_coordinator_explains_a_mandatory_task_and_units_ask_each_other(running: Site) -> None:
    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        service.update(session, builders.COORDINATOR, operation, "T1", {"mandatory": True})
    coordinator = running.browser(Role.COORDINATOR)
    border = running.browser(Role.REPORTER, "ES-BORDER")

    refused = coordinator.send(f"{TASKS}/T1/explanation", text=" ")
    coordinator.send(f"{TASKS}/T1/explanation", text="No lorries came")
    coordinator.send(f"{TASKS}/T1/requests", unit="ES-BORDER", question="Which lanes?")
    page = border.look(f"{TASKS}/T1")
    border.send(f"{TASKS}/T1/requests/1/answer", answer="Lanes 1 to 4")

    assert refused.status_int == 422
    assert "Which lanes?" in page.html.select_one("#request-1").text
    assert page.html.select_one("#request-1 textarea[name=answer]") is not None
    shown = coordinator.look(f"{TASKS}/T1").html
    assert "Lanes 1 to 4" in shown.select_one("#requests").text
    assert "No lorries came" in shown.select_one("aside").text


def test_what_is_typed_is_checked_for_conflicts_and_saving_is_not_kept_up(coordinator: Browser) -> None:
    values = {
        "title-en": "Joint patrol",
        "starts_on": "2027-05-04",
        "ends_on": "2027-05-04",
        "units": "ES-POLICE",
        "authorities": "customs",
        "resource-officers": "4",
        "depends_on": "T1",
    }

    piece = coordinator.send(f"{TASKS}/findings", **values)
    saved = coordinator.send(f"{TASKS}/new", **values).follow()

    assert len(piece.html.select(".jo-clashes__item")) == 2
    assert "such as ES-CUSTOMS" in piece.text
    assert len(saved.html.select(".jo-clashes__item")) == 2
    listed = coordinator.look(f"{TASKS}/conflicts").html
    assert len(listed.select("ol .jo-clashes__item")) == 2
    key = listed.select_one("input[name=key]")["value"]
    coordinator.send(f"{TASKS}/conflicts", key=key, reason="They join on the day.")
    assert len(coordinator.look(f"{TASKS}/conflicts").html.select("ol .jo-clashes__item")) == 1


def test_ticked_tasks_are_changed_after_a_summary(coordinator: Browser) -> None:
    form = coordinator.send(f"{TASKS}/bulk", task="T1")
    summary = coordinator.send(f"{TASKS}/bulk", task="T1", step="check", ends_on="2027-05-05")
    wrong = coordinator.send(f"{TASKS}/bulk", task="T1", step="check", ends_on="2027-06-05")
    done = coordinator.send(f"{TASKS}/bulk", task="T1", step="do", ends_on="2027-05-05")

    assert form.html.select_one("select[name=action_area]") is not None
    assert "5 May 2027" in summary.html.select_one("#summary ins").text
    assert summary.html.select_one("button[value=do]") is not None
    assert wrong.html.select_one("button[value=do]") is None
    assert done.status_int == 303
    assert "7 May" not in coordinator.look(f"{TASKS}/T1").html.select_one("aside").text


def test_a_spreadsheet_is_checked_and_taken_over(coordinator: Browser) -> None:
    page = coordinator.look(f"{TASKS}/import")
    form = next(form for form in page.forms.values() if "workbook" in form.fields)
    form["workbook"] = Upload("tasks.csv", b"title,units,type\nWatch,ES-POLICE,nap\n")
    refused = form.submit("action", value="take", status="*")
    form["workbook"] = Upload("tasks.csv", b"title,units\nWatch,ES-POLICE\n")
    taken = form.submit("action", value="take")

    assert refused.status_int == 422
    row = refused.html.select_one("#problems tbody tr").text
    assert "C2" in row
    assert "patrol" in row
    problems = next(form for form in refused.forms.values() if "problems" in form.fields)
    file = problems.submit("action", value="problems-csv")
    assert "kind-unknown" in file.text
    assert [link.text for link in taken.html.select(".govuk-list a.jo-code")] == ["T2"]
    template = coordinator.look(f"{TASKS}/template?format=csv")
    assert template.text.lstrip("\ufeff").startswith("code,title,type,")


def test_a_plan_file_that_is_taken_over_says_what_is_in_the_way_among_its_tasks(site: Site) -> None:
    lacking = replace(builders.plan().tasks[0], authorities=("judicial",))
    with site.work() as session:
        builders.operation(session, "draft", tasks=(lacking,))
    page = site.browser(Role.COORDINATOR).look("/operations/EXAMPLE-2027/plan/source")
    form = next(form for form in page.forms.values() if "version" in form.fields)
    form["plan"] = form["plan"].value.replace("\r\n", "\n").replace("lead: ES", "lead: RS")

    said = form.submit().follow()

    assert "Tasks in each other’s way or beyond what was pledged: 1." in said.text
