"""The command `jointops`: exit statuses, output, who acts; people, tokens and the database."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from jointops import logs
from jointops.accounts import signin
from jointops.accounts.models import Person
from jointops.cli import main
from jointops.command import Command, DataCommand, config_file, read_file, table, terminal_locale
from jointops.kernel.audit import AuditEntry

pytestmark = pytest.mark.database("sqlite")


class Terminal:
    """Runs commands on a database, in a folder without settings."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.environment = {
            "DATABASE_URL": database_url,
            "JOINTOPS_SECRETS_FOLDER": str(folder),
            "JOINTOPS_CONFIG": None,
            "LC_ALL": "en_GB.UTF-8",
        }

    def run(self, *words: str, typed: str | None = None, **environment: str) -> Result:
        return CliRunner().invoke(main, words, input=typed, env=self.environment | environment)


@pytest.fixture
def terminal(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal(database_url, tmp_path)


def all_commands(
    command: click.Command, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, part in command.commands.items():
            yield from all_commands(part, (*words, name))


COMMANDS = dict(all_commands(main))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help(terminal: Terminal, words: tuple[str, ...]) -> None:
    done = terminal.run(*words, "--help")

    assert done.exit_code == 0
    assert COMMANDS[words].help


@pytest.mark.parametrize(
    "words", [words for words in COMMANDS if not isinstance(COMMANDS[words], click.Group)], ids=" ".join
)
def test_every_command_is_of_our_kind_and_can_be_run_as_somebody(words: tuple[str, ...]) -> None:
    assert isinstance(COMMANDS[words], Command)
    assert [param.name for param in COMMANDS[words].params].count("as_email") == 1


@pytest.mark.parametrize(
    "words",
    [("nonsense",), ("users", "add"), ("users", "list", "--format", "xml"), ("--config", "no.ini", "db")],
)
def test_a_command_that_is_not_understood_ends_with_2(terminal: Terminal, words: tuple[str, ...]) -> None:
    done = terminal.run(*words)

    assert done.exit_code == 2
    assert done.stderr
    assert not done.stdout


def test_a_refusal_ends_with_1_and_says_every_reason_on_stderr(terminal: Terminal) -> None:
    done = terminal.run("users", "add", "ann", "--name", "", "--password-stdin", typed="short\n")

    assert done.exit_code == 1
    assert done.stdout == ""
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "email-invalid (/email)",
        "name-invalid (/name)",
        "password-too-short (/password)",
    ]


def test_a_refusal_names_what_would_be_accepted(terminal: Terminal) -> None:
    done = terminal.run("users", "add", "ann@example.org", "--name", "Ann", "--role", "boss")

    assert done.exit_code == 1
    assert "accepted: administrator, auditor, coordinator" in done.stderr


def test_people_are_made_listed_and_changed(terminal: Terminal) -> None:
    made = terminal.run("users", "add", "ann@example.org", "--name", "Ann", "--role", "reporter:RO-POLICE")
    assert made.exit_code == 0
    assert len(made.stdout.strip()) == 19

    assert terminal.run("users", "grant", "ann@example.org", "auditor").exit_code == 0
    assert terminal.run("users", "revoke", "ann@example.org", "reporter:RO-POLICE").exit_code == 0
    assert terminal.run("users", "close", "ann@example.org").exit_code == 0

    listed = terminal.run("users", "list", "--format", "json")
    assert json.loads(listed.stdout) == [
        {"email": "ann@example.org", "name": "Ann", "locale": "en", "active": False, "roles": ["auditor"]}
    ]
    assert terminal.run("users", "open", "ann@example.org").exit_code == 0
    assert "ann@example.org  Ann   auditor  yes" in terminal.run("users", "list").stdout


def test_the_printed_password_signs_in(terminal: Terminal, session_factory: sessionmaker[Session]) -> None:
    made = json.loads(
        terminal.run("users", "add", "ann@example.org", "--name", "Ann", "--format", "json").stdout
    )
    reset = terminal.run("users", "password", "ann@example.org").stdout.strip()

    with session_factory() as session:
        assert signin.sign_in(session, "ann@example.org", made["password"]) is signin.Refusal.WRONG_PASSWORD
        assert not isinstance(signin.sign_in(session, "ann@example.org", reset), signin.Refusal)


def test_a_typed_password_is_printed_nowhere(terminal: Terminal) -> None:
    done = terminal.run(
        "users",
        "add",
        "ann@example.org",
        "--name",
        "Ann",
        "--password-stdin",
        typed="correct-horse-battery\n",
    )

    assert done.exit_code == 0
    assert "horse" not in done.output


def test_what_is_done_on_the_machine_is_logged_as_such(
    terminal: Terminal, session_factory: sessionmaker[Session]
) -> None:
    terminal.run("users", "add", "ann@example.org", "--name", "Ann", "--role", "administrator")
    terminal.run("users", "add", "bob@example.org", "--name", "Bob", "--as", "ann@example.org")

    with session_factory() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.actor_name, entry.channel) for entry in entries] == [
        ("operator", "command"),
        ("Ann", "command"),
    ]
    assert all(entry.request_id for entry in entries)


def test_as_somebody_one_may_do_what_they_may(terminal: Terminal) -> None:
    terminal.run("users", "add", "ann@example.org", "--name", "Ann", "--role", "reviewer")

    refused = terminal.run("users", "list", "--as", "ann@example.org")
    unknown = terminal.run("users", "list", "--as", "nobody@example.org")

    assert (refused.exit_code, refused.stderr.split(":")[0]) == (1, "not-allowed")
    assert (unknown.exit_code, unknown.stderr.split(":")[0]) == (1, "person-unknown")


def test_what_is_refused_leaves_nothing_behind(
    terminal: Terminal, session_factory: sessionmaker[Session]
) -> None:
    terminal.run("users", "add", "ann@example.org", "--name", "Ann", "--role", "reporter")

    with session_factory() as session:
        assert session.scalars(select(Person)).all() == []


def test_tokens_are_made_listed_and_revoked(
    terminal: Terminal, session_factory: sessionmaker[Session]
) -> None:
    terminal.run("users", "add", "ann@example.org", "--name", "Ann")
    text = terminal.run(
        "tokens", "create", "ann@example.org", "--name", "export", "--days", "5"
    ).stdout.strip()
    with session_factory() as session:
        assert signin.by_token(session, text) is not None

    (listed,) = json.loads(terminal.run("tokens", "list", "ann@example.org", "--format", "json").stdout)
    assert listed["name"] == "export"
    assert "token" not in listed
    assert terminal.run("tokens", "revoke", str(listed["id"])).exit_code == 0
    assert terminal.run("tokens", "revoke", "999").exit_code == 1
    with session_factory() as session:
        assert signin.by_token(session, text) is None


def test_the_database_is_made_and_upgraded_however_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(f"sqlite:///{tmp_path}/new/jointops.sqlite", tmp_path)

    before = json.loads(terminal.run("db", "status", "--format", "json").stdout)
    first, again = terminal.run("db", "upgrade"), terminal.run("db", "upgrade")
    after = json.loads(terminal.run("db", "status", "--format", "json").stdout)

    assert before["up_to_date"] is False
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert after["up_to_date"] is True


def test_an_outdated_database_is_not_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("jointops.cli.set_up_logging", lambda _file: None)

    done = Terminal(f"sqlite:///{tmp_path}/empty.sqlite", tmp_path).run("serve", "--port", "0")

    assert done.exit_code == 1
    assert "jointops db upgrade" in done.stderr


def test_settings_come_from_the_file_that_is_named_or_here(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "development.ini"
    file.write_text("[app:main]\njointops.database_url = sqlite:///%(here)s/x.sqlite\n")

    assert read_file(file)["jointops.database_url"] == f"sqlite:///{tmp_path}/x.sqlite"
    assert config_file(None) == Path("development.ini")
    file.write_text("[app:main]\njointops.databse_url = typo\n")
    misspelt = terminal.run("db", "status")
    assert misspelt.exit_code == 2
    assert "jointops.databse_url" in misspelt.stderr


def test_the_terminal_s_language_is_spoken_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, expected in (("fr_BE.UTF-8", "fr"), ("nl_NL.UTF-8", "en"), ("C", "en"), ("", "en")):
        monkeypatch.setenv("LC_ALL", value)
        monkeypatch.delenv("LC_MESSAGES", raising=False)
        monkeypatch.delenv("LANG", raising=False)
        assert terminal_locale() == expected


def test_tables_are_aligned_and_a_missing_figure_is_a_dash() -> None:
    assert table(["Code", "n"], [["A", 1], ["LONGER", None]]) == "Code    n\nA       1\nLONGER  –"


def test_commands_that_print_data_say_in_which_form() -> None:
    for words, command in COMMANDS.items():
        if isinstance(command, DataCommand):
            assert "output_format" in [param.name for param in command.params], words


def test_a_log_line_is_json_with_the_request_and_the_fields() -> None:
    record = logging.LogRecord("jointops.x", logging.INFO, "", 0, "request %s", ("GET",), None)
    record.fields = {"status": 200}
    token = logs.request_id.set("abc")
    try:
        line = json.loads(logs.JsonLines().format(record))
    finally:
        logs.request_id.reset(token)

    assert line["message"] == "request GET"
    assert (line["request"], line["status"], line["level"]) == ("abc", 200, "info")
    assert line["time"].endswith("+00:00")
