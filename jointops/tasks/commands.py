"""Tasks on the command line: a template, a file taken over, the tasks as a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from jointops.command import Command, DataCommand, Group, Work, pass_work, table
from jointops.kernel import clock
from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.operations.page import marking_line
from jointops.tasks import service
from jointops.tasks.intake import importing, writing
from jointops.tasks.schemas import ImportedSchema

CSV_ENDINGS = frozenset({".csv", ".txt"})

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("tasks", cls=Group, help=_("Tasks: templates, import and export."))
def tasks() -> None:
    """Hold the commands about tasks."""


@tasks.command(
    "template", cls=Command, help=_("Write a table of tasks to fill in: .xlsx, or .csv by the file's name.")
)
@click.argument("code")
@click.argument("file", type=_FILE)
@pass_work
def write_template(work: Work, code: str, file: Path) -> None:
    """Write a template."""
    with work.transaction(read_only=True) as (session, actor):
        operation = operations.find(session, actor, code)
        if file.suffix.lower() in CSV_ENDINGS:
            content = writing.csv_file([])
        else:
            marking = marking_line(operation, work.locale)
            content = writing.workbook(operation, [], work.locale, clock.now(), marking)
    file.write_bytes(content)
    work.say(_("Written to ${file}.", mapping={"file": str(file)}))


@tasks.command(
    "import",
    cls=DataCommand,
    help=_("Take over the tasks of a file (.xlsx or .csv): all of them or none."),
)
@click.argument("code")
@click.argument("file", type=_EXISTING)
@click.option("--dry-run", is_flag=True, help=_("Say what would come of it, and change nothing."))
@pass_work
def import_file(work: Work, code: str, file: Path, dry_run: bool) -> None:
    """Take a file of tasks over."""
    with work.transaction() as (session, actor):
        operation = operations.find(session, actor, code)
        done = importing.take_over(session, actor, operation, file.read_bytes(), dry_run=dry_run)
    head = [work.translate(text) for text in (_("New"), _("Changed"), _("As they are"), _("Conflicts"))]
    row = (len(done.created), len(done.changed), done.unchanged, len(done.conflicts))
    work.show(ImportedSchema().dump(done), table(head, [row]))
    if dry_run:
        work.say(_("The file is in order. Nothing was changed."))


@tasks.command(
    "export",
    cls=Command,
    help=_("Write the tasks of an operation to a file: .xlsx or .csv; “-” prints CSV."),
)
@click.argument("code")
@click.argument("file")
@pass_work
def export_file(work: Work, code: str, file: str) -> None:
    """Write tasks to a file."""
    with work.transaction(read_only=True) as (session, actor):
        operation = operations.find(session, actor, code)
        found = service.list_tasks(session, actor, operation)
        found.sort(key=lambda task: task.id)
        if Path(file).suffix.lower() == ".xlsx":
            marking = marking_line(operation, work.locale)
            content = writing.workbook(operation, found, work.locale, clock.now(), marking)
        else:
            content = writing.csv_file(found)
    if file == "-":
        sys.stdout.buffer.write(content)
        return
    Path(file).write_bytes(content)
    work.say(_("Tasks written to ${file}: ${n}.", mapping={"n": len(found), "file": file}))


COMMANDS = (tasks,)
