"""The few minutes of a reporting unit's day, for people who use a keyboard alone and for browsers without scripts."""

from __future__ import annotations

from playwright.sync_api import expect

from jointops.kernel.db import unit_of_work
from tests.journeys.support.keyboard import Keyboard
from tests.journeys.support.running import CODE, running_today
from tests.journeys.support.visitor import House

EMAIL = "reporter@jointops.example"


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
    keyboard = Keyboard(page)
    keyboard.to_the_content()
    assert keyboard.keys == 2
    keyboard.go_to(f"Send the returns due for {CODE}")
    keyboard.press("Enter")
    page.wait_for_url("**/returns")
    keyboard.go_to(f"Fill in the return for {day:%A} {day.day} {day:%B %Y}")
    keyboard.press("Enter")
    page.wait_for_url("**/edit")
    keyboard.go_to("Persons checked")
    keyboard.type("12")
    keyboard.go_to("Persons arrested")
    keyboard.type("2")
    keyboard.go_to("Of which, by category")
    keyboard.press("Enter")
    keyboard.go_to("Drug trafficking")
    keyboard.type("1")
    keyboard.go_to("Cocaine seized")
    keyboard.type("0.5")
    keyboard.go_to("Submit the return")
    keyboard.press("Enter")
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
