"""Board, matrix, timeline and map of the tasks, used with the keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from jointops.kernel.db import unit_of_work
from tests.journeys.support.running import CODE, running_today
from tests.journeys.support.visitor import House, Visitor

TASKS = f"/operations/{CODE}/tasks"

MOST_STOPS = 80


def test_the_views_of_tasks_are_used_with_the_keyboard_alone(house: House) -> None:
    with unit_of_work(house.session_factory) as session:
        running_today(session)
    coordinator = house.demo("coordinator")

    moves_a_card_on_the_board(coordinator)
    gives_a_reason_on_the_board(coordinator)
    opens_a_cell_of_the_matrix(coordinator)
    walks_along_the_timeline(coordinator)
    finds_a_place_on_the_map(coordinator)


def moves_a_card_on_the_board(coordinator: Visitor) -> None:
    """Take the first card up, carry it to “Accepted”, and find it there."""
    coordinator.go(f"{TASKS}/board?state=assigned")
    page = coordinator.page
    tab_to(page, "[data-card]")
    task = page.evaluate("document.activeElement.dataset.card")
    said = page.locator("[data-board-said]")
    page.keyboard.press("Space")
    expect(said).to_contain_text(f"{task} is taken up.")
    page.keyboard.press("Escape")
    expect(said).to_contain_text(f"{task} stays where it was.")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.card") != task
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Put down in Accepted")
    page.keyboard.press("Enter")
    # Of several units each can be left out: the dialog asks.
    expect(page.locator("dialog[open] input[name=unit]").first).to_be_checked()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    coordinator.sees(f"{task}, ", ": Accepted.")
    coordinator.picture("board")


def gives_a_reason_on_the_board(coordinator: Visitor) -> None:
    """Decline another task: the dialog waits for the reason."""
    coordinator.go(f"{TASKS}/board?state=assigned")
    page = coordinator.page
    tab_to(page, "[data-card]")
    task = page.evaluate("document.activeElement.dataset.card")
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-board-said]")).to_contain_text("Put down in Declined")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] textarea")).to_be_focused()
    coordinator.picture("board-reason")
    page.keyboard.type("All officers are at the airport.")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    coordinator.sees(f"{task}, ", ": Declined.")


def opens_a_cell_of_the_matrix(coordinator: Visitor) -> None:
    """Go to a cell and find the tasks that it counts."""
    coordinator.go(f"{TASKS}/matrix")
    page = coordinator.page
    coordinator.picture("matrix")
    tab_to(page, ".jo-loads__cell a")
    number = page.evaluate("document.activeElement.textContent.trim()")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".jo-shown__count")).to_have_text(re.compile(rf"^{number} of \d+ tasks$"))


def walks_along_the_timeline(coordinator: Visitor) -> None:
    """Go from task to task, hear what it is, look closer, open it."""
    coordinator.go(f"{TASKS}/timeline")
    page = coordinator.page
    page.locator("[data-timeline][data-drawn]").wait_for()
    coordinator.picture("timeline")
    tab_to(page, "[data-view]")
    told = page.locator("[data-told]")
    first = told.inner_text()
    page.keyboard.press("ArrowDown")
    expect(told).not_to_have_text(first)
    page.keyboard.press("+")
    expect(page.locator("[data-zoom=hour]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("-")
    code = told.inner_text().split()[0]
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith(f"{TASKS}/{code}")


def finds_a_place_on_the_map(coordinator: Visitor) -> None:
    """Move the map, then open a task by the list beside it."""
    coordinator.go(f"{TASKS}/map")
    page = coordinator.page
    page.locator("[data-map][data-drawn]").wait_for()
    coordinator.picture("map")
    tab_to(page, "[data-svg]")
    box = page.locator("[data-svg]").get_attribute("viewBox")
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    assert page.locator("[data-svg]").get_attribute("viewBox") != box
    tab_to(page, "[data-spot] > summary")
    page.keyboard.press("Enter")
    tab_to(page, "[data-spot][open] li a")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert re.search(rf"{TASKS}/T\d+$", page.url)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something that fits the selector has the focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{page.url}: Tab does not lead to {selector}")
