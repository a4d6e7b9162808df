"""An operation of the size of Archimedes, from the template to its approval, by three people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from jointops.kernel import clock
from jointops.kernel.policy import Grant, Role
from jointops.operations.rules import today
from tests.journeys.steps import planning
from tests.journeys.support.keyboard import Keyboard
from tests.journeys.support.visitor import House, Visitor

CODE = "ARCHIMEDES-NEXT"

MOST_MINUTES = 15
"""What planning may take a coordinator alone at the keyboard, their waiting for others left out."""

MORE_COUNTRIES = (
    *(
        "Belgium",
        "Cyprus",
        "Czechia",
        "Denmark",
        "Estonia",
        "Finland",
        "Ireland",
        "Latvia",
        "Lithuania",
        "Luxembourg",
    ),
    *("Malta", "Netherlands", "Portugal"),
)

AUTHORITIES = ("Police", "Customs", "Border guard")

FILTER = "Find a country, agency or partner"

TARGET = "Target, at least"

STATEMENT = "The office has read the plan. Checks are based on risk, and complaints reach the centre."


@pytest.mark.timeout(600)
def test_planning(house: House, record_property: Callable[[str, object], None]) -> None:
    coordinator, reviewer = house.demo("coordinator"), house.demo("reviewer")
    spain = house.account("spain", Grant(Role.NATIONAL_COORDINATOR, "ES"))
    keyboard = Keyboard(coordinator.page)
    first_day = today("Europe/Brussels", clock.now()) + timedelta(days=200)
    makes_the_draft(coordinator, keyboard, first_day)
    invites_more_countries(coordinator, keyboard)
    sets_a_target(coordinator, keyboard)
    adds_the_statement(coordinator, keyboard)
    keeps_the_version(coordinator, keyboard)
    answers_the_recommendations(coordinator, keyboard)
    takes_a_suggested_target(coordinator, keyboard)
    sends_it_to_consultation(coordinator, keyboard, first_day - timedelta(days=100))
    minutes = keyboard.minutes
    record_property("minutes", minutes)
    assert minutes < MOST_MINUTES

    planning.answers_the_invitation(spain, CODE, "Takes part, with conditions", "Sea patrols only by day.")
    coordinator.go(f"/operations/{CODE}/consultation")
    coordinator.sees("Takes part, with conditions")
    planning.approves_the_plan(reviewer, CODE)


def makes_the_draft(coordinator: Visitor, keyboard: Keyboard, first_day: date) -> None:
    """Choose the template, and fill in what is new about the operation."""
    coordinator.go("/operations/new")
    keyboard.to_the_content()
    keyboard.go_to("Action week against labour exploitation")
    keyboard.press("ArrowDown")
    assert keyboard.focused() == "Joint action days over many crime areas"
    keyboard.fill("Code", CODE)
    keyboard.fill("Title", "Second Operation Archimedes")
    keyboard.go_to("First action day")
    keyboard.type(f"{first_day:%m%d%Y}")
    keyboard.go_to("Lead")
    keyboard.type("Europol")
    keyboard.go_to("Make the draft")
    keyboard.opens()
    coordinator.sees(f"{CODE} is made, as a draft.")


def invites_more_countries(coordinator: Visitor, keyboard: Keyboard) -> None:
    """Tick the countries that the template lacks, with three authorities each."""
    coordinator.go(f"/operations/{CODE}/plan/sections/participants")
    keyboard.to_the_content()
    keyboard.go_to("Invite others")
    keyboard.press("Enter")
    for number, country in enumerate(MORE_COUNTRIES):
        if number:
            keyboard.back_to(FILTER)
            keyboard.press("Control+a")
            keyboard.type(country)
        else:
            keyboard.fill(FILTER, country)
        for name in (f"Invite {country}", *(f"Returns by {country}, {each}" for each in AUTHORITIES)):
            keyboard.go_to(name)
            keyboard.press("Space")
    keyboard.press("Control+s")
    coordinator.sees("Saved", within="[data-status]")
    coordinator.picture("participants")


def sets_a_target(coordinator: Visitor, keyboard: Keyboard) -> None:
    """Write another target into the objectives and go on to the next section."""
    coordinator.go(f"/operations/{CODE}/plan/sections/objectives")
    keyboard.to_the_content()
    keyboard.fill(TARGET, "400")
    keyboard.opens("Control+Enter")


def adds_the_statement(coordinator: Visitor, keyboard: Keyboard) -> None:
    """Write down what the reviewer of the safeguards found; the section is complete then."""
    coordinator.go(f"/operations/{CODE}/plan/sections/safeguards")
    coordinator.sees("Incomplete")
    keyboard.to_the_content()
    keyboard.fill("The reviewer's statement", STATEMENT)
    keyboard.press("Control+s")
    coordinator.sees("Saved", within="[data-status]")
    coordinator.sees("25 of 25 sections done")


def keeps_the_version(coordinator: Visitor, keyboard: Keyboard) -> None:
    """Keep all drafts together as the next version of the plan."""
    keyboard.go_to("Keep as version 2")
    keyboard.press("Enter")
    keyboard.fill("What was changed, and why (optional)", "Thirty-four countries, as in 2014")
    keyboard.go_to("Keep as version 2")
    keyboard.opens()
    coordinator.sees("Version 2 of the plan is kept.")


def answers_the_recommendations(coordinator: Visitor, keyboard: Keyboard) -> None:
    """Say what the plan makes of what Archimedes recommended."""
    coordinator.go(f"/operations/{CODE}/plan/lessons")
    coordinator.sees("the plan cannot be approved before each has one")
    keyboard.to_the_content()
    count = coordinator.page.locator("article.jo-lesson").count()
    for number in range(count):
        keyboard.go_to("Taken up")
        keyboard.press("Space")
        if number == count - 1:
            keyboard.press("ArrowRight", "ArrowRight")
            keyboard.fill(
                "Reason (needed where it is not taken up)",
                "It is for the whole cycle.",
            )
    coordinator.picture("recommendations")
    keyboard.go_to("Save the answers")
    keyboard.opens()
    coordinator.misses("wait for an answer")


def takes_a_suggested_target(coordinator: Visitor, keyboard: Keyboard) -> None:
    """Take a target that follows from what Archimedes reached."""
    coordinator.go(f"/operations/{CODE}/plan/proposals")
    coordinator.picture("proposals")
    keyboard.to_the_content()
    take = coordinator.page.locator("#targets button").first
    keyboard.go_to(" ".join(take.inner_text().split()))
    keyboard.opens()
    coordinator.sees("The target is in the plan: version 3.")


def sends_it_to_consultation(coordinator: Visitor, keyboard: Keyboard, answers_by: date) -> None:
    """Say until when participants are to answer, and send the plan to them."""
    coordinator.go(f"/operations/{CODE}/consultation")
    keyboard.to_the_content()
    keyboard.go_to("Answers until")
    keyboard.type(f"{answers_by:%m%d%Y}")
    keyboard.press("Tab")
    keyboard.type("0600PM")
    keyboard.go_to("Send to consultation")
    keyboard.opens()
    coordinator.sees("In consultation", within=".jo-operation")
    coordinator.picture("consultation")
