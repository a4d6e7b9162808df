"""The commands `jointops situation` and `jointops evaluate`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from jointops.cli import main
from jointops.evaluation import service
from jointops.kernel import clock
from jointops.kernel.db import unit_of_work
from jointops.operations import service as operations
from jointops.situation import service as situations
from tests.builders import AFTER, COORDINATOR
from tests.situation.scenes import hours, report, running

pytestmark = pytest.mark.database("sqlite")

Run = Callable[..., Result]


@pytest.fixture
def run(
    database_url: str,
    session_factory: sessionmaker[Session],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Run a command on a database with an operation that is over, in a folder without settings."""
    monkeypatch.chdir(tmp_path)
    with unit_of_work(session_factory) as session:
        operation = running(session)
        report(session, operation, "ES-POLICE", [("persons-arrested", "17")], accepted=True)
        report(
            session,
            operation,
            "ES-POLICE",
            [("persons-arrested", "18")],
            when=hours(9),
            reason="one more",
            accepted=True,
        )
    environment = {
        "DATABASE_URL": database_url,
        "JOINTOPS_SECRETS_FOLDER": str(tmp_path),
        "JOINTOPS_CONFIG": None,
        "LC_ALL": "en_GB.UTF-8",
    }

    def run(*words: str) -> Result:
        with clock.fixed(AFTER):
            return CliRunner().invoke(main, words, env=environment)

    return run


def test_the_situation_is_printed_for_people(run: Run) -> None:
    done = run("situation", "EXAMPLE-2027", "--as-known-at", "2027-05-03T23:59")

    assert done.exit_code == 0
    assert "EXAMPLE-2027 · Provisional · 3 May 2027, 23:59 (UTC+02:00)" in done.stdout
    assert "Received: 1" in done.stdout
    assert "17" in done.stdout


def test_the_situation_as_json_is_the_services(run: Run, session_factory: sessionmaker[Session]) -> None:
    done = run("situation", "EXAMPLE-2027", "--day", "2027-05-03", "--status", "accepted", "--format", "json")

    with unit_of_work(session_factory, read_only=True) as session, clock.fixed(AFTER):
        operation = operations.find(session, COORDINATOR, "EXAMPLE-2027")
        day = operation.starts_on
        expected = situations.situation(session, COORDINATOR, operation, day=day, status="accepted").to_data()
    assert json.loads(done.stdout) == expected


def test_the_evaluation_is_printed_for_people(run: Run) -> None:
    done = run("evaluate", "EXAMPLE-2027")

    assert done.exit_code == 0
    assert "O1" in done.stdout
    assert "No figure" in done.stdout
    assert "18\N{NO-BREAK SPACE}persons" in done.stdout


def test_the_evaluation_as_json_has_the_same_bytes_every_time(
    run: Run, session_factory: sessionmaker[Session]
) -> None:
    words = ("evaluate", "EXAMPLE-2027", "--as-known-at", "2027-05-03T23:59:59+02:00", "--format", "json")

    done = run(*words)

    with unit_of_work(session_factory, read_only=True) as session:
        operation = operations.find(session, COORDINATOR, "EXAMPLE-2027")
        at = hours(0).replace(hour=21, minute=59, second=59)
        expected = service.measure(session, COORDINATOR, operation, as_known_at=at).to_json()
    assert done.stdout == expected + "\n"
    assert run(*words).stdout == done.stdout
    assert json.loads(done.stdout)["results"][0]["quantity"] == "17"


@pytest.mark.parametrize("form, begins", [("pdf", b"%PDF"), ("docx", b"PK"), ("xlsx", b"PK")])
def test_a_document_is_written_to_a_file(run: Run, tmp_path: Path, form: str, begins: bytes) -> None:
    file = tmp_path / f"evaluation.{form}"

    done = run("evaluate", "EXAMPLE-2027", "--format", form, "--output", str(file))

    assert done.exit_code == 0
    assert file.read_bytes().startswith(begins)
    assert str(file) in done.stderr


@pytest.mark.parametrize(
    "words, status, said",
    [
        (("evaluate", "NONE"), 1, "operation-unknown"),
        (("situation", "NONE"), 1, "operation-unknown"),
        (("evaluate", "EXAMPLE-2027", "--as-known-at", "then"), 1, "not-an-instant"),
        (("evaluate", "EXAMPLE-2027", "--as-known-at", "2030-01-01T00:00"), 1, "instant-in-future"),
        (("situation", "EXAMPLE-2027", "--day", "2027-06-01"), 1, "day-outside-operation"),
        (("evaluate", "EXAMPLE-2027", "--format", "pdf"), 2, "--output"),
        (("evaluate", "EXAMPLE-2027", "--status", "final"), 2, "--status"),
        (("situation", "EXAMPLE-2027", "--day", "soon"), 2, "--day"),
    ],
)
def test_refusals_and_misuse_have_their_statuses(
    run: Run, words: tuple[str, ...], status: int, said: str
) -> None:
    done = run(*words)

    assert done.exit_code == status
    assert said in done.stderr
    assert done.stdout == ""
