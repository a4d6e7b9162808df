"""A return from a telephone with one bar: opened, filled in, sent, and its receipt read, in under two minutes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jointops.kernel.db import unit_of_work
from tests.journeys.support.running import CODE, running_today
from tests.journeys.support.thumb import Line, Thumb
from tests.journeys.support.visitor import PHONE, House

MOST_SECONDS = 120
MOST_FIRST = 100_000
MOST_LATER = 15_000

ASKED = (
    *(
        "persons-checked",
        "vehicles-checked",
        "premises-searched",
        "persons-arrested",
        "facilitators-arrested",
    ),
    *("victims-identified", "minors-safeguarded", "drugs-seized", "cocaine-seized", "heroin-seized"),
    *("cannabis-seized", "firearms-seized", "ammunition-seized", "vehicles-seized", "cash-seized"),
)
"""Fifteen, as a plan should choose them for a unit."""

FIGURES = ("210", "85", "2", "7", "1", "2", "1", "14", "3", "4.5", "2", "12")


@pytest.mark.timeout(300)
def test_phone(house: House, record_property: Callable[[str, object], None]) -> None:
    with unit_of_work(house.session_factory) as session:
        day = running_today(session, {"RO-POLICE": ASKED})
    reporter = house.demo("reporter")
    page = reporter.page
    page.set_viewport_size(PHONE)
    form = f"/operations/{CODE}/returns/RO-POLICE/{day}/edit"
    line = Line(page)
    line.forget()
    line.slow_down()

    thumb = Thumb(page)
    with line.weighing() as first:
        reporter.go(form)
        page.wait_for_load_state("networkidle")
    cells = page.locator("[data-cell]:visible")
    thumb.tap(cells.first)
    for number, figure in enumerate(FIGURES):
        thumb.type(figure)
        if number < len(FIGURES) - 1:
            thumb.next()
    thumb.tap(page.get_by_role("button", name="Add an incident"))
    incident = page.locator("#incidents fieldset")
    thumb.type("RO-77")
    thumb.choose(incident.get_by_label("Indicator"), "Heroin seized")
    thumb.tap(incident.get_by_label("Quantity", exact=True))
    thumb.type("2.5")
    thumb.tap(incident.get_by_label("Place"))
    thumb.type("Giurgiu")
    reporter.sees("Kept at", within="[data-draft-state]")
    thumb.sends(page.get_by_role("button", name="Submit the return"))
    reporter.sees("The return was received. Your receipt is below.", "RO-77", "2.5 kg")
    seconds = thumb.seconds
    with line.weighing() as later:
        reporter.go(form)
        page.wait_for_load_state("networkidle")

    for name, value in (("seconds", seconds), ("first load", first.bytes), ("later load", later.bytes)):
        record_property(name, value)
    record_property("parts", first.by_address)
    assert first.bytes < MOST_FIRST, first.by_address
    assert later.bytes < MOST_LATER, later.by_address
    assert seconds < MOST_SECONDS
    assert cells.nth(0).input_value() == FIGURES[0]
