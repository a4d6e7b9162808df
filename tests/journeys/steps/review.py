"""What the country and the coordination centre do with returns: verify, accept, ask back, answer."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import expect

from tests.journeys.support.visitor import Visitor

QUESTION = "Were the two other arrests at the bridge as well?"


def verifies_one_return(national: Visitor, code: str, unit: str, day: date) -> None:
    """Read one return of the country and stand by it."""
    national.go("/")
    national.sees(f"Verify returns of {code}")
    national.picture("today-with-returns-to-verify")
    national.go(f"/operations/{code}/returns/{unit}/{day}")
    national.picture("return-to-verify")
    national.press("Verify")
    national.sees("Verified for the country", within="#history")


def verifies_the_rest(national: Visitor, code: str, *units: str) -> None:
    """Tick all that waits, look at what would happen, and say yes."""
    national.go("/")
    national.follow(f"Verify returns of {code}")
    national.picture("returns-to-verify")
    _ticks_all(national, "Verify those ticked", len(units))
    national.sees(*units)
    national.picture("about-to-verify")
    national.press("Yes, verify them")
    national.sees("They go to the coordination centre next.")


def sends_one_back(coordinator: Visitor, code: str, unit: str, day: date) -> None:
    """Ask about a figure before accepting it; an empty question is refused."""
    coordinator.go(f"/operations/{code}/returns/{unit}/{day}")
    coordinator.picture("return-to-accept")
    asking = coordinator.unfold("Send back with a question")
    with coordinator.refused(422):
        coordinator.press("Send back", within=asking)
    asking = coordinator.unfold("Send back with a question")
    asking.get_by_label("About", exact=True).select_option(label="Persons arrested")
    asking.get_by_label("Question", exact=True).fill(QUESTION)
    coordinator.press("Send back", within=asking)
    coordinator.sees(QUESTION, "Persons arrested")
    coordinator.picture("sent-back")


def answers_the_question(reporter: Visitor, code: str, unit: str, day: date) -> None:
    """Find the question on the first page and answer it."""
    reporter.go("/")
    reporter.follow(f"Answer the questions about your returns in {code}")
    reporter.page.locator(f"#asked a[href$='/{unit}/{day}']").click()
    reporter.picture("question")
    reporter.fill({"Answer, if the figures are right": "Yes, all seven at the bridge."})
    reporter.press("Send the answer")
    reporter.sees("Yes, all seven at the bridge.", within="#history")


def accepts_what_was_verified(coordinator: Visitor, code: str, *units: str) -> None:
    """Accept everything that the countries stand by."""
    coordinator.go("/")
    coordinator.follow(f"Accept returns of {code}")
    coordinator.picture("returns-to-accept")
    _ticks_all(coordinator, "Accept those ticked", len(units))
    coordinator.press("Yes, accept them")
    coordinator.sees("count in the operation’s accepted totals.")
    coordinator.picture("accepted")


def _ticks_all(visitor: Visitor, step: str, count: int) -> None:
    visitor.page.get_by_label("Tick all on this page").check()
    expect(visitor.page.locator("#all-table input[name=return]:checked")).to_have_count(count)
    visitor.press(step)
