"""A unit's return for a day: by form, by spreadsheet, by the unit's own software; corrected; nil."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from playwright.sync_api import expect

from tests.journeys.support.visitor import Visitor
from tests.journeys.support.workbook import filled


def fills_in_the_return_of_today(reporter: Visitor, code: str, unit: str, day: date) -> None:
    """Open the form from the first page and submit it; a mistake is shown at its field, and nothing typed is lost."""
    reporter.go("/")
    reporter.picture("today-with-returns")
    reporter.follow(f"Send the returns due for {code}")
    reporter.picture("returns-of-the-unit")
    reporter.page.locator(f"#asked a[href$='/{unit}/{day}/edit']").click()
    reporter.picture("return-form")
    reporter.fill(
        {
            "Persons checked": "210",
            "Persons arrested": "7",
            "Cocaine seized": "-2",
            "Narrative": "A quiet day.",
        }
    )
    arrested = reporter.page.locator(
        ".jo-figure", has=reporter.page.get_by_label("Persons arrested", exact=True)
    )
    reporter.fill({"Drug trafficking": "5"}, within=reporter.unfold("Of which, by category", within=arrested))
    with reporter.refused(422):
        reporter.press("Submit the return")
    reporter.sees("Cocaine seized: -2 is negative.", within="[data-error-summary]")
    reporter.picture("return-refused")
    cocaine = reporter.field("Cocaine seized")
    expect(cocaine).to_have_attribute("aria-invalid", "true")
    reporter.page.locator("[data-error-summary] a").first.click()
    expect(cocaine).to_be_focused()
    expect(reporter.field("Persons checked")).to_have_value("210")
    expect(reporter.field("Drug trafficking", within=arrested)).to_have_value("5")
    expect(reporter.field("Narrative")).to_have_value("A quiet day.")
    reporter.fill({"Cocaine seized": "1500"})
    reporter.page.get_by_label("Unit of measure for Cocaine seized").select_option(label="g")
    reporter.page.get_by_role("button", name="Add an incident").click()
    incident = reporter.page.locator("#incidents fieldset")
    reporter.fill(
        {
            "Your reference": f"RO-{day:%m%d}-1",
            "Indicator": "Heroin seized",
            "Quantity": "2.5",
            "Date and time": f"{day}T00:00",
            "Place": "Giurgiu",
            "Joint with": "BG-POLICE – Bulgaria, Police",
        },
        within=incident,
    )
    reporter.picture("return-with-an-incident")
    reporter.press("Submit the return")
    reporter.sees("The return was received. Your receipt is below.", "Receipt", "SHA-256")
    reporter.sees("1,500 g", "= 1.5 kg", "BG-POLICE")
    reporter.picture("receipt")


def corrects_the_return(reporter: Visitor, code: str, unit: str, day: date) -> None:
    """Correct it; without a reason that is refused."""
    reporter.go(f"/operations/{code}/returns/{unit}/{day}")
    reporter.follow("Correct")
    reporter.fill({"Persons checked": "240"})
    with reporter.refused(422):
        reporter.press("Submit the correction")
    reporter.fill({"Why the return is corrected": "A late patrol had not been counted."})
    reporter.press("Submit the correction")
    reporter.sees("A late patrol had not been counted.", "210", "240", "Revision 2 against revision 1")
    reporter.picture("corrected-return")


def submits_a_nil_return(reporter: Visitor, code: str, unit: str, day: date) -> None:
    """Say that there was nothing to report, after the deadline; together with a figure that is refused."""
    reporter.go(f"/operations/{code}/returns/{unit}/{day}/edit")
    reporter.fill({"Persons arrested": "1"})
    reporter.tick("Nothing to report for this day (nil return)")
    with reporter.refused(422):
        reporter.press("Submit the return")
    reporter.fill({"Persons arrested": ""})
    reporter.press("Submit the return")
    reporter.sees("A nil return: the unit says that there was nothing to report on this day.")
    reporter.picture("nil-return")


def sends_a_spreadsheet(
    reporter: Visitor, code: str, day: date, units: tuple[str, ...], folder: Path
) -> None:
    """Download the template, fill it in, first with a mistake, have it checked, send it."""
    reporter.go(f"/operations/{code}/returns")
    reporter.follow("By spreadsheet")
    download = reporter.page.locator("#template form")
    download.get_by_label("Day", exact=True).select_option(str(day))
    reporter.picture("by-spreadsheet")
    template = reporter.download(download.get_by_role("button", name="Download"))
    figures = {(unit, "persons-arrested"): "4" for unit in units} | {(units[0], "firearms-seized"): "12"}
    wrong = filled(template, folder / "wrong.xlsx", figures | {(units[0], "cocaine-seized"): "much"})
    right = filled(template, folder / "right.xlsx", figures | {(units[0], "cocaine-seized"): "0.25"})
    field = reporter.field("Filled-in file")
    # The script asks at once what the server thinks of the file.
    with reporter.refused(422):
        field.set_input_files(wrong)
        expect(reporter.page.locator("#send [role=status]")).to_contain_text("much")
    with reporter.refused(422):
        reporter.press("Check and record")
    reporter.sees("much", "Figures!G", within="#problems")
    reporter.picture("spreadsheet-refused")
    field.set_input_files(right)
    reporter.press("Only check")
    reporter.sees("The file is in order. Nothing has been recorded yet.")
    field.set_input_files(right)
    reporter.press("Check and record")
    reporter.sees("The file was recorded. Keep the receipts with it.", *units)
    reporter.picture("spreadsheet-recorded")


def makes_a_token(person: Visitor) -> str:
    """Make an API token on the page of one's own account and return it."""
    person.page.locator(".jo-person__name").click()
    person.fill({"What the token is for": "Duty desk"})
    person.press("Make a token")
    person.sees("Copy it now: it is shown this once.")
    person.picture("account-with-a-token")
    return person.page.locator("#new-token").inner_text()


@dataclass(frozen=True)
class Software:
    """A unit's own software with a token."""

    address: str
    token: str

    def put(self, path: str, content: Any, **headers: str) -> tuple[int, Any, str | None]:
        """PUT JSON to the API and return the status, the answer, and its ETag."""
        request = Request(
            f"{self.address}/api/v1{path}",
            json.dumps(content).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers},
            method="PUT",
        )
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer), answer.headers["ETag"]
        except HTTPError as refused:
            with refused:
                return refused.code, json.load(refused), refused.headers["ETag"]


def sends_by_api(software: Software, code: str, unit: str, day: date) -> None:
    """Send the same return twice, which makes one revision, and correct it; a stale version is refused."""
    path = f"/operations/{code}/returns/{unit}/{day}"
    content = {
        "values": [
            {"indicator": "persons-arrested", "category": "drugs", "quantity": "3"},
            {"indicator": "cannabis-seized", "quantity": "0.1", "unit": "t"},
        ],
        "submit": True,
    }
    status, first, version = software.put(path, content)
    assert (status, first["revision"], first["state"]) == (201, 1, "submitted")
    assert len(first["receipt"]["sha256"]) == 64
    status, again, same_version = software.put(path, content)
    assert (status, again["revision"], again["receipt"]) == (200, 1, first["receipt"])
    assert version is not None
    assert same_version == version
    corrected = content | {"reason": "One more."}
    corrected["values"] = [{"indicator": "persons-arrested", "category": "drugs", "quantity": "4"}]
    status, second, new_version = software.put(path, corrected, **{"If-Match": version})
    assert (status, second["revision"]) == (201, 2)
    status, problem, _etag = software.put(path, content | {"reason": "Old."}, **{"If-Match": version})
    assert (status, problem["code"]) == (412, "stale-version")
    assert (f'"{problem["given"]}"', f'"{problem["current"]}"') == (version, new_version)
