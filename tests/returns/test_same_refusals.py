"""One way in: the form, a spreadsheet, the API, the command line and a plain call refuse the same bad returns alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from jointops.cli import main
from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.errors import DomainError
from jointops.kernel.policy import Actor, Channel, Grant, Role
from jointops.operations import service as operations
from jointops.rendering.spreadsheet import SheetColumn, Workbook
from jointops.returns import service
from jointops.returns.intake import columns
from jointops.returns.models import Fact, Return, ReviewStep, Revision
from jointops.returns.submission import from_data
from tests import builders
from tests.support.app import Site

OPERATION = "EXAMPLE-2027"
RETURNS = f"/operations/{OPERATION}/returns"
FROZEN = datetime(2027, 7, 1, 8, 0, tzinfo=UTC)
ARRESTS = {"indicator": "persons-arrested", "quantity": "17"}


@dataclass(frozen=True)
class Bad:
    """A return that must be refused with ``code``."""

    code: str
    values: tuple[Mapping[str, str], ...] = (ARRESTS,)
    unit: str = "ES-POLICE"
    day: date = builders.FIRST_DAY
    nil: bool = False
    plan_version: int | None = None
    at: datetime = field(default=builders.DURING)

    @property
    def body(self) -> dict[str, Any]:
        """The return as JSON."""
        body: dict[str, Any] = {"values": [dict(value) for value in self.values], "nil": self.nil}
        return body | ({"plan_version": self.plan_version} if self.plan_version is not None else {})


BAD_RETURNS = {
    "a day outside the operation": Bad("day-outside-operation", day=date(2027, 5, 2)),
    "a future day": Bad("day-in-future", day=date(2027, 5, 6)),
    "a unit of another country": Bad("unit-not-yours", unit="RS-POLICE"),
    "an unknown indicator": Bad("indicator-unknown", ({"indicator": "dragons-slain", "quantity": "1"},)),
    "a negative quantity": Bad("negative-quantity", ({"indicator": "persons-arrested", "quantity": "-1"},)),
    "a quantity that is not finite": Bad(
        "not-finite", ({"indicator": "persons-arrested", "quantity": "NaN"},)
    ),
    "a wrong unit of measure": Bad(
        "unit-mismatch", ({"indicator": "cocaine-seized", "quantity": "1", "unit": "pieces"},)
    ),
    "a category that is not the indicator's": Bad(
        "category-unknown", ({"indicator": "persons-arrested", "quantity": "1", "category": "cocaine"},)
    ),
    "a duplicate row": Bad("duplicate-row", (ARRESTS, ARRESTS)),
    "text in a number": Bad("not-a-number", ({"indicator": "persons-arrested", "quantity": "about 17"},)),
    "a return after the freeze": Bad("return-frozen", at=FROZEN),
    "a nil return with values": Bad("nil-with-values", nil=True),
    "a plan version that is not current": Bad("plan-version-not-current", plan_version=7),
}


class Ways:
    """The ways in, as one reporter of ES-POLICE uses them; each gives the codes of what it refused."""

    NAMES = ("form", "spreadsheet", "api", "command", "plain call")

    def __init__(self, site: Site, folder: Path) -> None:
        self._site, self._folder = site, folder
        self._browser = site.browser(Role.REPORTER, "ES-POLICE")
        self._token = self._browser.csrf_token()
        self._api = site.api(Role.REPORTER, "ES-POLICE")

    def refuse(self, bad: Bad) -> dict[str, str]:
        """Send a bad return by every way."""
        ways = (self.form, self.spreadsheet, self.api, self.command, self.plain_call)
        return {name: " ".join(sorted(set(way(bad)))) for name, way in zip(self.NAMES, ways, strict=True)}

    def form(self, bad: Bad) -> list[str]:
        """Post the form of a return."""
        fields = {"csrf_token": self._token, "action": "submit", "version": "0"}
        fields["plan_version"] = str(bad.plan_version or 1)
        if bad.nil:
            fields["nil"] = "true"
        for number, value in enumerate(bad.values, 1):
            fields |= {f"x{number}.{name}": text for name, text in value.items()}
        answer = self._browser.post(f"{RETURNS}/{bad.unit}/{bad.day}/edit", fields, expect_errors=True)
        assert answer.status_int in {403, 409, 422}
        form = answer.html.find("form", {"data-problems": True})
        shown = form["data-problems"] if form else answer.html.select_one("main .jo-note span").text
        return str(shown).split()

    def spreadsheet(self, bad: Bad) -> list[str]:
        """Upload a workbook."""
        book = Workbook("Returns", builders.DURING)
        rows = []
        for value in bad.values:
            said: dict[str, Any] = {
                **value,
                "unit_of_measure": value.get("unit", ""),
                "unit": bad.unit,
                "day": bad.day,
            }
            said["nil"] = "yes" if bad.nil else ""
            said[columns.PLAN_VERSION] = "" if bad.plan_version is None else str(bad.plan_version)
            rows.append([said.get(name, "") for name in columns.TABLE])
        book.sheet("Figures").table(0, [SheetColumn(name) for name in columns.TABLE], rows)
        answer = self._browser.post(
            f"{RETURNS}/upload",
            {"csrf_token": self._token, "action": "record"},
            upload_files=[("workbook", "returns.xlsx", book.finish())],
            expect_errors=True,
        )
        assert answer.status_int in {403, 409, 422}
        return [code.text for code in answer.html.select("#problems .jo-code")]

    def api(self, bad: Bad) -> list[str]:
        """Put JSON."""
        answer = self._api.put(f"{RETURNS}/{bad.unit}/{bad.day}", bad.body)
        assert answer.status_int in {403, 409, 422}
        return [error["code"] for error in answer.json["errors"]]

    def command(self, bad: Bad) -> list[str]:
        """Import a file."""
        file = self._folder / "returns.json"
        file.write_text(json.dumps([{"unit": bad.unit, "day": str(bad.day), **bad.body}]), encoding="utf-8")
        arguments = ["returns", "import", OPERATION, str(file), "--as", "reporter-es-police@example.org"]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 1, result.output
        return [line.partition(" ")[0] for line in result.stderr.splitlines() if not line.startswith(" ")]

    def plain_call(self, bad: Bad) -> list[str]:
        """Call the service, as the loader of the demo does."""
        loader = Actor(None, "loader", (Grant(Role.REPORTER, "ES-POLICE"),), Channel.DEMO)
        try:
            with self._site.work() as session:
                operation = operations.find(session, loader, OPERATION)
                service.submit(session, loader, operation, bad.unit, bad.day, from_data(bad.body))
        except DomainError as error:
            return [problem.code for problem in error.problems]
        return ["not refused"]


def run_commands_on(site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have commands work on the site's database, in English and without a settings file."""
    monkeypatch.setattr("jointops.command.make_engine", lambda _url: site.application.registry["engine"])
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(folder)


def kept(site: Site) -> list[int | None]:
    """Count the rows of everything that a return writes."""
    with site.work() as session:
        logged = select(func.count()).select_from(AuditEntry).where(AuditEntry.object_type == "return")
        counts = [select(func.count()).select_from(table) for table in (Return, Revision, ReviewStep, Fact)]
        return [session.scalar(count) for count in (*counts, logged)]


def test_every_way_in_refuses_a_bad_return_with_the_same_code(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_commands_on(site, tmp_path, monkeypatch)
    with site.work() as session:
        builders.operation(session, "running")
    refused: dict[str, dict[str, str]] = {}
    for at in (builders.DURING, FROZEN):
        with clock.fixed(at):
            ways = Ways(site, tmp_path)
            refused |= {name: ways.refuse(bad) for name, bad in BAD_RETURNS.items() if bad.at == at}
    assert refused == {name: dict.fromkeys(Ways.NAMES, bad.code) for name, bad in BAD_RETURNS.items()}
    assert kept(site) == [0, 0, 0, 0, 0]


def test_the_same_good_return_is_the_same_by_every_way(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_commands_on(site, tmp_path, monkeypatch)
    with site.work() as session:
        builders.operation(session, "running")
    with clock.fixed(builders.DURING):
        body = {"values": [dict(ARRESTS)]}
        made = site.api(Role.REPORTER, "ES-POLICE").put(f"{RETURNS}/ES-POLICE/2027-05-03", body)
        assert made.status_int == 201
        browser = site.browser(Role.REPORTER, "ES-POLICE")
        form = browser.look(f"{RETURNS}/ES-POLICE/2027-05-03/edit").forms
        filled = next(one for one in form.values() if "plan_version" in one.fields)
        assert filled["q.persons-arrested."].value == "17"
        assert filled.submit("action", value="submit", status=303).location.endswith("/2027-05-03")
        browser.post(
            f"{RETURNS}/upload",
            {"csrf_token": browser.csrf_token(), "action": "record"},
            upload_files=[
                (
                    "workbook",
                    "r.csv",
                    b"unit,day,indicator,quantity\nES-POLICE,2027-05-03,persons-arrested,17",
                )
            ],
        )
        file = tmp_path / "r.json"
        file.write_text(json.dumps({"unit": "ES-POLICE", "day": "2027-05-03", **body}), encoding="utf-8")
        assert CliRunner().invoke(main, ["returns", "import", OPERATION, str(file)]).exit_code == 0
    assert kept(site)[:2] == [1, 1]
