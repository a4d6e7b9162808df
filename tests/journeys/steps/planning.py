"""From the first look at a plan to an operation that runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.support.visitor import PHONE, Visitor

ARCHIMEDES = "/operations/ARCHIMEDES-2014"


def reads_the_plan_of_archimedes(coordinator: Visitor) -> None:
    """Find the operation and read its plan from top to bottom."""
    coordinator.picture("today")
    coordinator.follow("Operations", within="header")
    coordinator.picture("operations")
    coordinator.follow("Operation Archimedes")
    coordinator.sees("made up for illustration", "How the totals split by day and by unit")
    coordinator.sees("Arrest suspects of the most threatening groups", within="#objectives")
    coordinator.sees("at least 1,100 persons", within="#objectives")
    expect(coordinator.page.locator("#action-areas tbody tr")).to_have_count(9)
    units = coordinator.row("Romania", within="#participants").locator("td")
    expect(units.locator("abbr")).to_have_count(3)
    countries = coordinator.page.locator("#participants tbody tr").filter(
        has=coordinator.page.locator("td abbr")
    )
    expect(countries).to_have_count(34)
    coordinator.sees("Police", "Customs", "Border guard", within="#participants thead")
    coordinator.sees("Persons arrested", "Cocaine seized", within="#indicators")
    coordinator.sees("10:00, on the following day", within="#reporting")
    coordinator.sees("Cocaine and heroin", within="#tasks")
    coordinator.sees("Fundamental rights", "Data protection", "Complaints", within="#safeguards")
    coordinator.picture("plan-of-archimedes")
    coordinator.follow("All versions")
    coordinator.picture("versions")


def makes_an_operation_from_a_template(coordinator: Visitor, code: str, first_day: date) -> None:
    """Choose a template, and fill in what is new about the operation; a mistake costs nothing that was typed."""
    coordinator.go("/operations")
    coordinator.follow("New operation")
    form = coordinator.page.locator("form[action$='/new/template']")
    coordinator.tick("Joint action days over many crime areas", within=form)
    coordinator.fill(
        {"Title": "Joint action days on the Danube", "First action day": str(first_day), "Lead": "Spain"},
        within=form,
    )
    coordinator.fill({"Code": "danube days"}, within=form)
    with coordinator.refused(422):
        coordinator.press("Make the draft", within=form)
    expect(form.get_by_label("Title", exact=True)).to_have_value("Joint action days on the Danube")
    coordinator.picture("new-operation-refused")
    coordinator.fill({"Code": code}, within=form)
    coordinator.press("Make the draft", within=form)
    coordinator.sees(f"{code} is made, as a draft.")
    coordinator.sees("Joint action days on the Danube", within=".jo-operation")
    coordinator.picture("draft")


def makes_an_operation_from_a_file(coordinator: Visitor, template: str, code: str, folder: Path) -> None:
    """Take another operation's plan away as a file, change it, send in one with a mistake, then the right one."""
    coordinator.go(f"/operations/{template}")
    plan = coordinator.download(coordinator.page.get_by_role("link", name="Plan file (YAML)")).read_text(
        "utf-8"
    )
    plan = plan.replace(f"code: {template}", f"code: {code}", 1)
    wrong = plan.replace("indicator: firearms-seized", "indicator: firearms-siezed", 1)
    line = wrong[: wrong.index("firearms-siezed")].count("\n") + 1
    coordinator.go("/operations/new")
    form = coordinator.page.locator("form[action$='/new/file']")
    field = form.get_by_label("Plan file", exact=True)
    field.set_input_files(_file(folder, "wrong.yaml", wrong))
    # The script asks at once what the server thinks of the file.
    expect(form.get_by_role("status")).to_contain_text("firearms-siezed")
    with coordinator.refused(422):
        coordinator.press("Make the draft", within=form)
    coordinator.sees(f"{line}:", "/objectives/0/indicator", "firearms-seized", within="#problems")
    coordinator.picture("plan-file-refused")
    field.set_input_files(_file(folder, "right.yaml", plan))
    coordinator.press("Make the draft", within=form)
    coordinator.sees(f"{code} is made, as a draft.")


def changes_the_plan(coordinator: Visitor, code: str) -> None:
    """Change a target, the deadline and the safeguards on the working page, keep them, and look at what changed."""
    coordinator.go(f"/operations/{code}")
    coordinator.follow("Change the plan")
    coordinator.picture("change-the-plan")
    types(coordinator, code, "objectives", {"/objectives/0/target/at_least": "200"})
    types(coordinator, code, "reporting", {"/reporting/deadline": "10:30"})
    statement = "The safeguards are sufficient for the tasks of this plan."
    types(coordinator, code, "safeguards", {"/safeguards/statement/en": statement})
    keeps_the_drafts(coordinator, "More firearms are expected than the template says")
    coordinator.go(f"/operations/{code}")
    coordinator.sees("at least 200 pieces", within="#objectives")
    for section in ("participants", "risks", "tasks"):
        coordinator.go(f"/operations/{code}/plan/sections/{section}")
        coordinator.picture(f"change-{section}")
    coordinator.go(f"/operations/{code}/plan/versions")
    coordinator.sees("from 150 to 200")
    coordinator.press("Compare")
    coordinator.sees("150", "200")
    coordinator.picture("compared-versions")


def types(coordinator: Visitor, code: str, section: str, fields: Mapping[str, str]) -> None:
    """Type into fields of a section, by their names, and save the draft."""
    coordinator.go(f"/operations/{code}/plan/sections/{section}")
    for name, text in fields.items():
        coordinator.page.locator(f"[name='{name}']").fill(text)
    coordinator.press("Save draft")
    coordinator.sees("Draft saved")


def keeps_the_drafts(coordinator: Visitor, note: str = "") -> None:
    """Make a version of all drafts."""
    box = coordinator.unfold("Keep as version")
    box.locator("[name=note]").fill(note)
    with coordinator.page.expect_navigation():
        box.get_by_role("button").click()
    coordinator.sees("of the plan is kept.")


def answers_the_lessons(coordinator: Visitor, code: str) -> None:
    """Say what the plan makes of each recommendation that fits it: the first is taken up, the rest put off."""
    coordinator.go(f"/operations/{code}")
    coordinator.page.locator(".jo-chain a[href$='/plan/lessons']").click()
    coordinator.picture("lessons")
    fitting = coordinator.page.locator(".jo-lesson")
    expect(fitting).to_have_count(5)
    for number in range(fitting.count()):
        answer = fitting.nth(number)
        if number == 0:
            coordinator.tick("Taken up", within=answer)
            coordinator.fill(
                {"Met in section (where it is taken up)": "Operational concept and phases"}, within=answer
            )
        else:
            coordinator.tick("Put off", within=answer)
            coordinator.fill(
                {"Reason (needed where it is not taken up)": "Decided when the analysis is in"}, within=answer
            )
    coordinator.press("Save the answers")
    coordinator.sees("Answers kept: 5.")
    expect(coordinator.page.locator(".jo-lesson--waits")).to_have_count(0)


def takes_what_earlier_operations_suggest(coordinator: Visitor, code: str) -> None:
    """Take a target from the results of Archimedes, and a task that it used."""
    coordinator.go(f"/operations/{code}/plan/proposals")
    coordinator.sees("ARCHIMEDES-2014", "34", within="#comparable")
    coordinator.picture("proposals")
    coordinator.page.locator("#targets .jo-proposal__take").first.click()
    coordinator.sees("The target is in the plan")
    coordinator.page.locator("#used-tasks tbody input[type=checkbox]").first.check()
    coordinator.press("Take the ticked tasks into the plan")
    coordinator.sees("Tasks taken into the plan: 1.")


def sends_the_plan_to_consultation(coordinator: Visitor, code: str) -> None:
    """Take the step twice, the second time in a window that was left open: it is refused with the reason."""
    stale = Visitor(
        coordinator.page.context.new_page(), coordinator.address, coordinator.album, coordinator.faults
    )
    stale.go(f"/operations/{code}")
    coordinator.go(f"/operations/{code}")
    coordinator.press("Send to consultation")
    coordinator.sees("In consultation", "Approve the plan: your role does not do this step.")
    coordinator.picture("in-consultation")
    stale.press("Send to consultation")
    stale.sees("Refused:", "Somebody else changed this meanwhile")
    stale.picture("step-refused")
    stale.page.close()


def answers_the_invitation(national: Visitor, code: str, answer: str, conditions: str = "") -> None:
    """Answer for one's country."""
    national.go("/")
    national.picture("today-with-an-invitation")
    national.page.locator("main a[href*='/participants/']").first.click()
    national.page.set_viewport_size(PHONE)
    national.tick(answer)
    national.page.locator("#lines select[name$=-kind]").last.select_option("officers")
    national.page.locator("#lines input[name$=-quantity]").last.fill("12")
    national.page.locator("#lines input[name$=-days]").last.fill("5")
    national.page.locator("#contacts input[name$=-office]").first.fill("National coordination office")
    national.page.locator("#contacts input[name$=-reach]").first.fill("office@example.org")
    if answer.endswith("with conditions"):
        with national.refused(422):
            national.press("Send the answer")
        national.fill({"Conditions or reason": conditions})
    national.picture("answer")
    national.press("Send the answer")
    national.sees(answer, "12", within="#answers")
    national.picture("consultation")


def approves_the_plan(reviewer: Visitor, code: str) -> None:
    """Approve what was consulted on."""
    reviewer.go(f"/operations/{code}")
    reviewer.sees("Nothing that approval waits for is missing.")
    reviewer.picture("plan-to-approve")
    reviewer.follow("Approve the plan")
    reviewer.picture("approval")
    reviewer.fill({"Your function": "Chair of the steering group"})
    reviewer.press("Approve this version")
    reviewer.sees("Approved", "Chair of the steering group")


def starts_the_operation(coordinator: Visitor, code: str) -> None:
    """Start it."""
    coordinator.go(f"/operations/{code}")
    coordinator.picture("approved")
    coordinator.press("Start the operation")
    coordinator.sees("Running")
    coordinator.picture("running")


def cannot_start_before_the_first_day(
    coordinator: Visitor, reviewer: Visitor, code: str, first_day: date
) -> None:
    """Move an operation to days that lie ahead, have it approved, and read why it does not start yet."""
    last = first_day + timedelta(days=3)
    types(coordinator, code, "general", {"/period/start": str(first_day), "/period/end": str(last)})
    keeps_the_drafts(coordinator)
    coordinator.go(f"/operations/{code}")
    coordinator.press("Send to consultation")
    reviewer.go(f"/operations/{code}")
    reviewer.follow("Approve the plan")
    reviewer.press("Approve this version")
    coordinator.go(f"/operations/{code}")
    coordinator.sees("Start the operation", "Not yet", "The operation begins on")
    assert coordinator.page.get_by_role("button", name="Start the operation").count() == 0
    coordinator.picture("not-yet")


def _file(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file
