"""What every command of `jointops` shares: settings, a transaction, who acts, the form of the output, exit statuses.

A domain's ``commands.py`` holds its commands and lists the outermost ones in ``COMMANDS``::

    @click.command("situation", cls=DataCommand, help=_("Show who has reported, and the totals."))
    @click.argument("code")
    @pass_work
    def situation(work: Work, code: str) -> None:
        with work.transaction(read_only=True) as (session, actor):
            found = service.situation(session, actor, operations.find(session, actor, code))
        work.show(found.to_data(), text=...)

Exit status 0: done. 1: refused, with the reason on stderr. 2: the command was not understood.
"""

from __future__ import annotations

import configparser
import gettext
import json
import locale as operating_system
import logging.config
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from translationstring import TranslationString

from jointops import config, logs
from jointops.accounts import signin
from jointops.accounts.service import person_by_email
from jointops.config import Settings
from jointops.kernel import clock, ids
from jointops.kernel.db import make_engine, make_session_factory, unit_of_work
from jointops.kernel.errors import DomainError, NotFound
from jointops.kernel.i18n import DEFAULT_LOCALE, DOMAIN, LOCALE_DIR, LOCALES, Translate, _, translator
from jointops.kernel.policy import Actor, Channel, Grant, Role

DONE, REFUSED, USAGE = 0, 1, 2

# Click asks gettext's default domain for its own words ("Usage:"), some of them while commands are declared.
gettext.bindtextdomain("click", str(LOCALE_DIR))
gettext.textdomain("click")

DEFAULT_CONFIG = Path("development.ini")
APPLICATION_SECTION = "app:main"

OPERATOR_GRANTS = (Grant(Role.ADMINISTRATOR), Grant(Role.COORDINATOR))
"""Whoever may run commands on the machine can reach the database anyway: they set up and coordinate."""


@dataclass
class Work:
    """What a command works with; made once for each run. ``about`` is the code of the operation that it names."""

    file: Path | None = None
    format: str = "text"
    email: str | None = None
    about: str = ""
    request_id: str = field(default_factory=ids.request_id)

    @cached_property
    def settings(self) -> Settings:
        """The settings, from the file and the environment."""
        try:
            return config.read(read_file(self.file))
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    @cached_property
    def engine(self) -> Engine:
        """The database; the folder of an embedded one is made where it is missing."""
        engine = make_engine(self.settings.database_url)
        if engine.dialect.name == "sqlite" and engine.url.database:
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        return engine

    @cached_property
    def session_factory(self) -> sessionmaker[Session]:
        """Makes sessions on the database."""
        return make_session_factory(self.engine, self.settings.for_services())

    @cached_property
    def translate(self) -> Translate:
        """Puts lazy texts into the language of the terminal."""
        return translator(self.locale)

    @property
    def locale(self) -> str:
        """The language of the terminal, where there are texts in it."""
        return terminal_locale()

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Iterator[tuple[Session, Actor]]:
        """Open a transaction and say who acts; it is committed at the end, rolled back on an error.

        A command about an exercise works at the exercise's clock, as its pages do.
        """
        with unit_of_work(self.session_factory, read_only=read_only) as session, ExitStack() as stage:
            for staged_at in _exercise_clocks:
                if self.about and (instant := staged_at(session, self.about)) is not None:
                    stage.enter_context(clock.staged(instant))
            yield session, self.actor(session)

    def actor(self, session: Session) -> Actor:
        """Return the person that ``--as`` names, or the operator at the machine.

        Raises :class:`NotFound` with ``person-unknown``.
        """
        if self.email is None:
            return Actor(None, "operator", OPERATOR_GRANTS, Channel.COMMAND, self.request_id)
        person = person_by_email(session, self.email)
        if person is None or not person.active:
            message = _("There is no open account for ${email}.", mapping={"email": self.email})
            raise NotFound("person-unknown", message)
        return signin.identity(person).actor(Channel.COMMAND, self.request_id)

    def show(self, data: Any, text: str) -> None:
        """Print ``data`` (plain data) with ``--format json``, otherwise ``text`` (translated)."""
        if self.format == "json":
            click.echo(json.dumps(data, ensure_ascii=False, indent=2))
        elif text:
            click.echo(text)

    def say(self, text: str) -> None:
        """Print a (lazy) sentence about what was done, on stderr where the output is data."""
        click.echo(self.translate(text), err=self.format == "json")


ExerciseClock = Callable[[Session, str], datetime | None]
"""Says at which instant the clock of the exercise with a code stands; none for what is no exercise."""

_exercise_clocks: list[ExerciseClock] = []


def exercise_clock(function: ExerciseClock) -> ExerciseClock:
    """Have commands about an exercise work at the instant that ``function`` says; a decorator."""
    if function not in _exercise_clocks:
        _exercise_clocks.append(function)
    return function


pass_work = click.make_pass_decorator(Work, ensure=True)


class Command(click.Command):
    """A command: takes ``--as``, tells refusals on stderr, and speaks the language of the terminal."""

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.params = [*self.params, _as_option()]

    def invoke(self, ctx: click.Context) -> Any:
        work = ctx.ensure_object(Work)
        work.email = ctx.params.pop("as_email", None)
        work.about = ctx.params.get("code") or ""
        work.format = ctx.params.pop("output_format", "text")
        token = logs.request_id.set(work.request_id)
        try:
            return super().invoke(ctx)
        except DomainError as error:
            for line in _complaint(error, work.translate):
                click.echo(line, err=True)
            ctx.exit(REFUSED)
        finally:
            logs.request_id.reset(token)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with _translated_help(self):
            super().format_help(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        with _translated_help(self):
            return super().get_short_help_str(limit)


class DataCommand(Command):
    """A command that prints data: takes ``--format`` besides."""

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.params = [*self.params, _format_option()]


class Group(click.Group):
    """A command of commands."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with _translated_help(self):
            super().format_help(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        with _translated_help(self):
            return super().get_short_help_str(limit)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows as lines of text with aligned columns under ``head`` (translated); ``None`` is a dash."""
    cells = [[str(cell) if cell is not None else "–" for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def read_file(file: Path | None) -> Mapping[str, str]:
    """Return the application's section of a settings file; without one, of ``development.ini`` if it is here.

    ``%(here)s`` stands for the folder of the file. Raises :class:`ValueError` for a file that cannot be read.
    """
    found = config_file(file)
    if found is None:
        return {}
    parser = configparser.ConfigParser(defaults={"here": str(found.resolve().parent)})
    try:
        parser.read_string(found.read_text(encoding="utf-8"), str(found))
        return dict(parser[APPLICATION_SECTION])
    except (OSError, KeyError, configparser.Error) as error:
        raise ValueError(f"{found} cannot be read as settings: {error}") from error


def config_file(file: Path | None) -> Path | None:
    """Return the settings file that holds: the given one, that of ``JOINTOPS_CONFIG``, the one that is here."""
    if file is not None:
        return file
    if named := os.environ.get("JOINTOPS_CONFIG"):
        return Path(named)
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


def set_up_logging(file: Path | None) -> None:
    """Log as the settings file says; without one, JSON lines to stderr."""
    found = config_file(file)
    if found is not None and "[loggers]" in found.read_text(encoding="utf-8"):
        logging.config.fileConfig(
            found, {"here": str(found.resolve().parent)}, disable_existing_loggers=False
        )
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logs.JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("jointops").setLevel(logging.INFO)


def terminal_locale() -> str:
    """Return the language of the terminal (``LC_ALL``, ``LC_MESSAGES``, ``LANG``), English where it has no texts."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            language = (operating_system.normalize(value).partition(".")[0]).partition("_")[0]
            return language if language in LOCALES else DEFAULT_LOCALE
    return DEFAULT_LOCALE


def _complaint(error: DomainError, translate: Translate) -> Iterator[str]:
    accepted = translate(_("accepted:"))
    for problem in error.problems:
        place = f" ({problem.pointer})" if problem.pointer else ""
        yield f"{problem.code}{place}: {translate(problem.message)}"
        if problem.accepted:
            yield f"  {accepted} {', '.join(problem.accepted)}"


def _as_option() -> click.Option:
    return click.Option(
        ["--as", "as_email"], metavar="EMAIL", help=_("Act as this person instead of as the operator.")
    )


def _format_option() -> click.Option:
    return click.Option(
        ["--format", "output_format"],
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help=_("How data are printed."),
    )


@contextmanager
def _translated_help(command: click.Command) -> Iterator[None]:
    # Click makes plain text of a lazy one, so the plain text is looked up.
    translate = translator(terminal_locale())
    shown: list[Any] = [command, *(param for param in command.params if isinstance(param, click.Option))]
    kept = [item.help for item in shown]
    for item in shown:
        if item.help:
            item.help = translate(TranslationString(item.help, domain=DOMAIN))
    try:
        yield
    finally:
        for item, text in zip(shown, kept, strict=True):
            item.help = text
