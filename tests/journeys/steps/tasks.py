"""Work given to units, answered by their country, reported done."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import expect

from tests.journeys.support.visitor import Visitor

TITLE = "Checks of coaches at the Danube bridge"


def gives_a_task_to_units(coordinator: Visitor, code: str, day: date, *units: str) -> None:
    """Make a task for units of several authorities; those of the plan were given out when the operation started."""
    coordinator.go(f"/operations/{code}")
    coordinator.follow("Tasks", within=".jo-operation")
    coordinator.sees(
        "Checks at crossing points towards the Union", "Police", "Customs", "Border guard", within="#all"
    )
    coordinator.misses("Proposed", within="#tasks")
    coordinator.picture("tasks")
    coordinator.follow("New task")
    coordinator.fill(
        {
            "Title (English)": TITLE,
            "Instructions (English)": "Stop every second coach. Speak with passengers apart from the driver.",
            "Type": "Border checks and surveillance",
            "First day": str(day),
            "Last day": str(day),
            "Kind of place": "Land border crossing point",
            "Place": "Giurgiu – Ruse",
            "Country": "Romania",
        }
    )
    with coordinator.refused(422):
        coordinator.press("Create")
    coordinator.picture("task-without-units")
    for unit in units:
        coordinator.page.locator(f"input[name=units][value={unit}]").check()
    coordinator.press("Create")
    coordinator.sees(TITLE, "Giurgiu – Ruse", *units)
    expect(coordinator.page.locator("#task-units tbody tr", has_text="Assigned")).to_have_count(len(units))
    coordinator.picture("task")


def answers_for_the_country(national: Visitor, code: str, accepted: str, declined: str) -> None:
    """Accept for one unit; decline for another, with a reason, without which it is refused."""
    national.go("/")
    national.sees(f"Answer the tasks given to you in {code}")
    national.go(f"/operations/{code}/tasks")
    national.picture("tasks-asked-of-the-country")
    national.press("Accept", within=_asked(national, accepted))
    national.sees(f"{accepted}: Accepted.")
    refusal = national.unfold("Decline", within=_asked(national, declined))
    refusal.get_by_label("Reason", exact=True).fill("All officers are at the airport on these days.")
    national.press("Decline", within=refusal)
    national.sees(f"{declined}: Declined.")


def reports_the_task_done(reporter: Visitor, code: str, unit: str) -> None:
    """Begin it, and say in the end what came of it."""
    reporter.go(f"/operations/{code}/tasks")
    reporter.press("Start", within=_asked(reporter, unit))
    reporter.picture("task-under-way")
    report = reporter.unfold("Report done", within=_asked(reporter, unit))
    report.get_by_label("What was done, and what came of it", exact=True).fill(
        "31 coaches checked, two men arrested."
    )
    reporter.press("Report done", within=report)
    reporter.sees(f"{unit}: Done.")
    reporter.page.locator("#tasks").get_by_role("link", name=TITLE).click()
    reporter.sees("31 coaches checked, two men arrested.", "All officers are at the airport")
    reporter.picture("task-done")


def _asked(visitor: Visitor, unit: str) -> str:
    return f"#asked li:has-text('{TITLE}'):has-text('{unit}')"
