"""The few minutes of a reporting unit's day, for people who use a keyboard alone and for browsers without scripts."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from jointops.kernel.db import unit_of_work
from tests.journeys.support.running import CODE, running_today
from tests.journeys.support.visitor import House

EMAIL = "reporter@jointops.example"

MOST_STOPS = 150
"""A form of thirty figures has about a hundred."""

# The name of what has the focus, and whether it can be seen there: nothing may lie over it.
_FOCUSED = """() => {
  const element = document.activeElement
  const box = element.getBoundingClientRect()
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
  const label = element.labels?.[0] ?? element
  return {
    name: (element.getAttribute("aria-label") ?? label.innerText ?? "").replace(/\\s+/g, " ").trim(),
    seen: element === document.body || element.contains(top) || label.contains(top),
  }
}"""


def test_a_return_is_sent_with_the_keyboard_alone(house: House) -> None:
    with unit_of_work(house.session_factory) as session:
        day = running_today(session)
    visitor = house.newcomer("keyboard")
    visitor.go("/sign-in")
    page = visitor.page
    expect(page.get_by_label("E-mail address")).to_be_focused()
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(house.passwords[EMAIL])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{house.address}/")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to main content"
    page.keyboard.press("Enter")
    go_to(page, f"Send the returns due for {CODE}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/returns")
    go_to(page, f"Fill in the return for {day:%A} {day.day} {day:%B %Y}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit")
    go_to(page, "Persons checked")
    page.keyboard.type("12")
    go_to(page, "Persons arrested")
    page.keyboard.type("2")
    go_to(page, "Of which, by category")
    page.keyboard.press("Enter")
    go_to(page, "Drug trafficking")
    page.keyboard.type("1")
    go_to(page, "Cocaine seized")
    page.keyboard.type("0.5")
    go_to(page, "Submit the return")
    page.keyboard.press("Enter")
    visitor.sees("The return was received. Your receipt is below.", "Receipt", "2 persons", "0.5 kg")


def test_a_return_is_sent_without_scripts(house: House) -> None:
    with unit_of_work(house.session_factory) as session:
        day = running_today(session)
    visitor = house.newcomer("plain", scripts=False)
    visitor.sign_in(EMAIL, house.passwords[EMAIL])
    visitor.follow(f"Send the returns due for {CODE}")
    visitor.page.locator(f"#asked a[href$='/{day}/edit']").click()
    visitor.fill({"Persons arrested": "two"})
    visitor.press("Add an incident")
    incident = visitor.page.locator("#incidents fieldset")
    visitor.fill(
        {"Your reference": "RO-7", "Indicator": "Cocaine seized", "Quantity": "0.5"}, within=incident
    )
    with visitor.refused(422):
        visitor.press("Submit the return")
    expect(visitor.page.locator("[data-error-summary]")).to_contain_text("two")
    expect(visitor.field("Your reference", within=incident)).to_have_value("RO-7")
    visitor.fill({"Persons arrested": "2"})
    visitor.press("Submit the return")
    visitor.sees("The return was received. Your receipt is below.", "RO-7", "0.5 kg")
    visitor.follow("Situation", within=".jo-operation")
    # A chart says that it cannot be drawn, and where its figures are.
    expect(visitor.page.locator("#divided noscript p")).to_be_visible()
    visitor.unfold("The figures as a table", within="#divided")
    expect(visitor.row("2", within="#divided figure")).to_be_visible()


def go_to(page: Page, name: str) -> None:
    """Press Tab until what is called ``name`` has the focus; every stop on the way can be seen."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"{page.url}: Tab does not lead to “{name}”")


def focused(page: Page) -> str:
    """Return the name of what has the focus."""
    found = page.evaluate(_FOCUSED)
    assert found["seen"], f"{page.url}: something lies over “{found['name']}”, which has the focus"
    return str(found["name"])
