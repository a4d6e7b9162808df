"""The command `jointops`: its parts are the commands of the domains, found in their ``commands.py``."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from jointops import serving
from jointops.command import REFUSED, Command, DataCommand, Group, Work, pass_work, set_up_logging

# Puts what participants pledged into the plan documents that commands write.
from jointops.consultation import in_plan_document as in_plan_document
from jointops.kernel import migrate
from jointops.kernel.i18n import _

DEFAULT_HOST = "localhost"
DEFAULT_PORT = 6543

WITH_COMMANDS = (
    "accounts",
    "demo",
    "evaluation",
    "lessons",
    "operations",
    "rehearsal",
    "returns",
    "situation",
    "tasks",
)
"""The packages that bring commands, in their ``commands.py``."""


@click.group("jointops", cls=Group, help=_("Plan, run and evaluate joint operations."))
@click.option(
    "--config",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=_("The settings file; by default JOINTOPS_CONFIG, or development.ini in the present folder."),
)
@click.version_option(package_name="jointops")
@click.pass_context
def main(ctx: click.Context, file: Path | None) -> None:
    """Take the settings file, and leave the rest to the command that follows."""
    ctx.obj = Work(file=file)


@main.command("serve", cls=Command, help=_("Serve the pages and the API until interrupted."))
@click.option("--host", default=DEFAULT_HOST, show_default=True, help=_("The name or address to listen at."))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help=_("The port.")
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help=_("How many processes serve; more than one on PostgreSQL only."),
)
@click.option(
    "--trusted-proxy",
    metavar="ADDRESS",
    help=_("The address of the proxy in front, whose X-Forwarded headers are believed; * for any."),
)
@pass_work
def serve(work: Work, host: str, port: int, processes: int, trusted_proxy: str | None) -> None:
    """Listen, and serve here or in processes of their own."""
    set_up_logging(work.file)
    serving.require_many_possible(work, processes)
    refuse_outdated(work)
    shared = serving.Serving(work.file, trusted_proxy)
    sockets = serving.listen(host, port)
    port = sockets[0].getsockname()[1]
    work.say(_("Serving at http://${host}:${port}", mapping={"host": host, "port": port}))
    if processes == 1:
        serving.serve(work, shared, sockets)
        return
    work.engine.dispose()
    if not serving.serve_in_processes(shared, sockets, processes):
        sys.exit(REFUSED)


@main.group("db", cls=Group, help=_("Look after the database."))
def db() -> None:
    """Hold the database's commands."""


@db.command(
    "upgrade", cls=Command, help=_("Create the tables or bring them up to this version; harmless to repeat.")
)
@pass_work
def upgrade(work: Work) -> None:
    """Run the migrations."""
    migrate.upgrade(work.engine)
    work.say(_("The database is at revision ${revision}.", mapping={"revision": migrate.head()}))


@db.command(
    "status", cls=DataCommand, help=_("Say which revision the database has and which this version needs.")
)
@pass_work
def status(work: Work) -> None:
    """Compare the database with the code."""
    found, needed = migrate.revision_of(work.engine), migrate.head()
    text = _(
        "The database has revision ${found}; this version needs ${needed}.",
        mapping={"found": found or "–", "needed": needed},
    )
    work.show({"revision": found, "head": needed, "up_to_date": found == needed}, work.translate(text))


def refuse_outdated(work: Work) -> None:
    """End the command when the database lacks tables that this version needs, saying what to run."""
    if migrate.revision_of(work.engine) != migrate.head():
        text = _("The database is not at this version's revision. Run: jointops db upgrade")
        click.echo(f"database-outdated: {work.translate(text)}", err=True)
        sys.exit(REFUSED)


def _add_domains() -> None:
    for package in WITH_COMMANDS:
        for command in import_module(f"jointops.{package}.commands").COMMANDS:
            main.add_command(command)


_add_domains()
