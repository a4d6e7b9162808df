"""The picture of the day, now and as it was known before, and what stands behind a figure."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.journeys.steps.planning import ARCHIMEDES
from tests.journeys.support.visitor import Visitor


def sees_who_has_reported(coordinator: Visitor, code: str) -> None:
    """Read who reported, who is late and who is missing, and what it adds up to so far."""
    coordinator.go(f"/operations/{code}")
    coordinator.follow("Situation", within=".jo-operation")
    romania = coordinator.row("Romania", within="#reporting table")
    coordinator.sees("Nil", "late", "Missing", "On time", within=romania)
    coordinator.sees("Not yet due", within=coordinator.page.locator("#reporting .jo-keys"))
    _shows_figure(coordinator, "Received", "5")
    _shows_figure(coordinator, "Late", "1")
    _shows_figure(coordinator, "Nil", "1")
    coordinator.sees("19 persons", within=coordinator.row("Persons arrested", within="#totals"))
    draws_its_charts(coordinator)
    coordinator.picture("situation")
    coordinator.page.locator("#reporting .jo-subtabs").get_by_role("link", name=re.compile("^Late")).click()
    coordinator.misses("Spain", within="#reporting table")
    coordinator.follow("Accepted")
    coordinator.sees("12 persons", within=coordinator.row("Persons arrested", within="#totals"))
    freezing = coordinator.unfold("Freeze a report by hand")
    coordinator.press("Freeze", within=freezing)
    expect(coordinator.page.locator("#reports tbody tr")).to_have_count(1)
    coordinator.picture("situation-accepted")


def compares_archimedes_now_and_then(coordinator: Visitor) -> None:
    """Read the accepted totals as known now, and as they were known when they were first published."""
    coordinator.go(f"{ARCHIMEDES}/situation")
    coordinator.follow("Accepted")
    coordinator.sees("1,150 persons", within=_arrests(coordinator))
    coordinator.sees("By country", "By day", "By action area", "By type of authority", within="#divided")
    coordinator.sees("250", within=coordinator.row("Spain", within="#divided"))
    draws_its_charts(coordinator)
    coordinator.picture("situation-of-archimedes")
    coordinator.follow("End of 24 Sept")
    coordinator.sees("You are looking at what was known then.")
    coordinator.sees("1,027 persons", "1,150", "+123", within=_arrests(coordinator))
    coordinator.picture("situation-as-known-then")


def follows_a_figure_to_its_returns(coordinator: Visitor) -> None:
    """Go from the figure of that day to the returns it adds up from, and to one of them."""
    _arrests(coordinator).get_by_role("link", name="1,027 persons").click()
    coordinator.sees("What stands behind a figure", "24 September 2014, 23:59", "1,027 persons")
    coordinator.picture("behind-a-figure")
    coordinator.page.get_by_role("link", name="Next").click()
    coordinator.page.get_by_label("Find in this list").fill("Spain")
    coordinator.page.locator("#sources tbody tr:visible").first.get_by_role("link").first.click()
    coordinator.sees("Return of", "Receipt", "SHA-256", "Persons arrested")
    coordinator.picture("return-behind-a-figure")


def draws_its_charts(visitor: Visitor) -> None:
    """Be sure that each chart of the page is there, with its figures as a table."""
    charts = visitor.page.locator("figure.jo-chart")
    assert charts.count() > 0, f"{visitor.page.url} has no chart"
    for chart in charts.all():
        expect(chart.locator("svg, canvas").first).to_be_visible()
        expect(chart.locator("details")).to_have_count(1)


def _arrests(visitor: Visitor) -> Locator:
    return visitor.row("Persons arrested", within="#totals")


def _shows_figure(visitor: Visitor, name: str, value: str) -> None:
    figure = visitor.page.locator("#reporting .jo-key", has_text=name).first.locator(".jo-key__value")
    expect(figure).to_have_text(re.compile(rf"^{value}( |$)"))
