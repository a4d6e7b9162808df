"""The commands about returns, run as from a shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from jointops.cli import main
from jointops.kernel import clock
from jointops.kernel.db import unit_of_work
from jointops.kernel.policy import Role
from jointops.rendering.spreadsheet import read_sheets
from jointops.returns.models import Fact, Revision
from tests import builders, people

pytestmark = pytest.mark.database("sqlite")

Run = Callable[..., Result]


@pytest.fixture
def run(
    database_url: str, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Run:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    with unit_of_work(session_factory) as session:
        builders.operation(session, "running")
        people.person(session, people.grant(Role.REPORTER, "ES-POLICE"), email="police@example.org")

    def command(*arguments: str) -> Result:
        with clock.fixed(builders.DURING):
            return CliRunner().invoke(main, ["returns", *arguments])

    return command


def written(path: Path, data: Any) -> str:
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return str(path)


ONE = [
    {
        "unit": "ES-POLICE",
        "day": "2027-05-03",
        "values": [{"indicator": "persons-arrested", "quantity": "17"}],
    }
]


def test_a_template_is_written_for_a_unit_and_day(run: Run, tmp_path: Path) -> None:
    result = run("template", "EXAMPLE-2027", "t.xlsx", "--unit", "ES-POLICE", "--day", "2027-05-03")
    assert result.exit_code == 0, result.output
    names = [sheet.name for sheet in read_sheets((tmp_path / "t.xlsx").read_bytes()) if not sheet.hidden]
    assert names == ["Figures", "Incidents", "Days", "Codes"]
    assert run("template", "EXAMPLE-2027", "t.csv", "--party", "ES").exit_code == 0
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbfunit,day,indicator")


def test_a_template_for_nobody_is_refused(run: Run) -> None:
    result = run("template", "EXAMPLE-2027", "t.xlsx", "--unit", "FR-POLICE")
    assert result.exit_code == 1
    assert result.stderr.startswith("unit-unknown")
    other = run("template", "EXAMPLE-2027", "t.xlsx", "--unit", "RS-POLICE", "--as", "police@example.org")
    assert (other.exit_code, other.stderr.partition(" ")[0]) == (1, "unit-not-yours")


def test_a_file_is_checked_recorded_and_recognised(
    run: Run, tmp_path: Path, session_factory: sessionmaker[Session]
) -> None:
    def rows(table: type) -> int:
        with unit_of_work(session_factory, read_only=True) as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    file = written(tmp_path / "r.json", ONE)
    checked = run("import", "EXAMPLE-2027", file, "--dry-run", "--format", "json")
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.stdout)["dry_run"] is True
    assert rows(Revision) == 0
    done = run("import", "EXAMPLE-2027", file, "--format", "json")
    assert json.loads(done.stdout)["returns"][0]["receipt"]["sha256"]
    again = run("import", "EXAMPLE-2027", file)
    assert "new or changed: 0" in again.output
    assert (rows(Revision), rows(Fact)) == (1, 1)


def test_what_is_wrong_goes_to_stderr_with_its_place(run: Run, tmp_path: Path) -> None:
    text = "unit,day,indicator,quantity\nES-POLICE,2027-05-03,persons-arrested,many\n"
    result = run("import", "EXAMPLE-2027", written(tmp_path / "r.csv", text))
    assert result.exit_code == 1
    assert result.stderr.startswith("not-a-number (/csv/D2):")
    bad = run("import", "EXAMPLE-2027", written(tmp_path / "r.json", "[{"))
    assert (bad.exit_code, bad.stderr.partition(":")[0]) == (1, "malformed-json")
    shape = run("import", "EXAMPLE-2027", written(tmp_path / "r.json", [{"unit": "ES-POLICE"}]))
    assert (shape.exit_code, shape.stderr.partition(":")[0]) == (1, "missing (/0/day)")


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "EXAMPLE-2027", "missing.csv"),
        ("template", "EXAMPLE-2027", "t.xlsx", "--day", "3 May"),
        ("import", "EXAMPLE-2027", ".", "--recorded-at", "now"),
    ],
)
def test_what_is_not_understood_is_told_as_usage(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_an_export_comes_back_unchanged(run: Run, tmp_path: Path) -> None:
    run("import", "EXAMPLE-2027", written(tmp_path / "r.json", ONE))
    for name in ("out.xlsx", "out.csv", "out.json"):
        assert run("export", "EXAMPLE-2027", name).exit_code == 0
        again = run("import", "EXAMPLE-2027", name)
        assert "new or changed: 0" in again.output, again.output
    printed = run("export", "EXAMPLE-2027", "-", "--state", "submitted")
    assert json.loads(printed.stdout)[0]["values"] == ONE[0]["values"]


def test_history_needs_a_historical_operation(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "r.json", ONE)
    result = run("import", "EXAMPLE-2027", file, "--recorded-at", "2027-05-03T20:00:00Z")
    assert (result.exit_code, result.stderr.partition(" ")[0]) == (1, "not-historical")
