"""The commands about plan files and operations."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from jointops.command import REFUSED, Command, DataCommand, Group, Work, pass_work, table
from jointops.kernel.clock import iso
from jointops.kernel.i18n import DEFAULT_LOCALE, _, label
from jointops.kernel.paths import folder
from jointops.kernel.policy import Actor
from jointops.operations import planfile, service
from jointops.operations.models import Operation, OperationState, PlanVersion
from jointops.operations.plan_document import plan_report
from jointops.operations.plandiff import diff
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planfile import PlanInvalid
from jointops.operations.plantemplate import instantiate
from jointops.operations.rules import STATE_LABELS
from jointops.rendering.formats import DOCUMENT_FORMATS

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group("plans", cls=Group, help=_("Plan files and the plans of operations."))
def plans() -> None:
    """Hold the commands about plans."""


@plans.command("list", cls=DataCommand, help=_("List the plan files and templates that come with jointops."))
@pass_work
def list_plans(work: Work) -> None:
    """Print the plan files in the folder of plans; needs no database."""
    found = []
    for path in sorted(folder("plans").glob("**/*.yaml")):
        document = planfile.load_path(path)
        found.append(
            {
                "file": str(path),
                "code": document.code,
                "title": label(document.title, work.locale),
                "kind": document.kind,
                "template": document.template,
            }
        )
    head = [work.translate(text) for text in (_("File"), _("Code"), _("Title"), _("Template"))]
    rows = [
        (
            Path(str(one["file"])).name,
            one["code"],
            one["title"],
            work.translate(_("yes") if one["template"] else _("no")),
        )
        for one in found
    ]
    work.show(found, table(head, rows))


@plans.command("check", cls=DataCommand, help=_("Check plan files; needs no database."))
@click.argument("files", nargs=-1, required=True, type=FILE)
@pass_work
def check_plans(work: Work, files: tuple[Path, ...]) -> None:
    """Print every problem with its file, line, column, path and how to mend it; exit 1 where there is one."""
    wrong = False
    report: list[dict[str, Any]] = []
    for path in files:
        problems = _problems(path)
        wrong = wrong or bool(problems)
        report.append(
            {
                "file": str(path),
                "problems": [
                    {
                        "code": problem.code,
                        "line": problem.line,
                        "column": problem.column,
                        "path": problem.pointer,
                        "message": work.translate(problem.message),
                        "accepted": list(problem.accepted),
                    }
                    for problem in problems
                ],
            }
        )
        if work.format == "text":
            for problem in problems:
                click.echo(problem.line_for_people(work.translate), err=True)
            if not problems:
                click.echo(work.translate(_("${file}: in order", mapping={"file": path})))
    work.show(report, "")
    if wrong:
        sys.exit(REFUSED)


@plans.command(
    "import",
    cls=DataCommand,
    help=_("Create an operation from a plan file, or save a new version of its plan."),
)
@click.argument("file", type=FILE)
@click.option("--note", default="", help=_("Why; kept with the version."))
@click.option("--code", help=_("For a template: the code of the new operation."))
@click.option("--title", help=_("For a template: the title of the new operation."))
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help=_("For a template: the first action day."))
@click.option("--lead", help=_("For a template: who leads, such as ES or europol."))
@pass_work
def import_plan(
    work: Work,
    file: Path,
    note: str,
    code: str | None,
    title: str | None,
    start: datetime | None,
    lead: str | None,
) -> None:
    """Import a plan: the same file twice makes nothing twice."""
    with work.transaction() as (session, actor):
        document = _load(file, session)
        if document.template:
            if not (code and title and start and lead):
                raise click.UsageError(
                    work.translate(_("A template needs --code, --title, --start and --lead."))
                )
            document = instantiate(
                document, code=code, title={DEFAULT_LOCALE: title}, start=start.date(), lead=lead
            )
        operation, number, created = _save(session, actor, document, note)
        data = {"operation": operation.code, "plan_version": number, "created": created}
    done = _(
        "${operation}: version ${number} of the plan", mapping={"operation": operation.code, "number": number}
    )
    work.show(data, work.translate(done))


@plans.command(
    "export", cls=Command, help=_("Print the plan of an operation as a plan file, or write it as a document.")
)
@click.argument("code")
@click.option(
    "--version", "number", type=click.IntRange(1), help=_("Which version; by default the one in force.")
)
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help=_("Write to this file.")
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", *DOCUMENT_FORMATS]),
    default="text",
    help=_("How to write it."),
)
@pass_work
def export_plan(work: Work, code: str, number: int | None, output: Path | None, form: str) -> None:
    """Export a plan as YAML, as JSON with ``--format json``, or as a PDF or Word document."""
    if form in DOCUMENT_FORMATS and output is None:
        raise click.UsageError(work.translate(_("Say with --output where the file goes.")))
    with work.transaction(read_only=True) as (session, actor):
        operation = service.find(session, actor, code)
        version = _version_of(session, actor, operation, number)
        if form in DOCUMENT_FORMATS:
            content = DOCUMENT_FORMATS[form].render(plan_report(session, operation, version, work.locale))
        else:
            document = service.document(version)
            data = json.dumps(planfile.to_data(document), ensure_ascii=False, indent=2) + "\n"
            content = (data if form == "json" else planfile.dump(document)).encode()
    if output is not None:
        output.write_bytes(content)
    else:
        click.echo(content.decode(), nl=False)


@plans.command(
    "diff",
    cls=DataCommand,
    help=_("Compare two plans: files, codes of operations, or versions such as CODE@2."),
)
@click.argument("before")
@click.argument("after")
@pass_work
def diff_plans(work: Work, before: str, after: str) -> None:
    """Print the changes; a database is needed only where an operation is named."""
    changes = diff(_named(work, before), _named(work, after))
    marks = {"added": "+", "removed": "-", "changed": "~"}
    lines = [
        f"{marks[change.kind]} {change.path}: {_shown(change.before)} → {_shown(change.after)}"
        for change in changes
    ]
    data = [
        {
            "section": change.section,
            "kind": change.kind,
            "path": change.path,
            "before": change.before,
            "after": change.after,
        }
        for change in changes
    ]
    work.show(data, "\n".join(lines))


@click.group("operations", cls=Group, help=_("Operations and their life cycle."))
def operations() -> None:
    """Hold the commands about operations."""


@operations.command("list", cls=DataCommand, help=_("List the operations."))
@pass_work
def list_operations(work: Work) -> None:
    """Print the operations that the one who acts may read."""
    with work.transaction(read_only=True) as (session, actor):
        found = [_operation_data(one, work) for one in service.list_operations(session, actor)]
    head = [work.translate(text) for text in (_("Code"), _("State"), _("From"), _("To"), _("Title"))]
    states = {state.value: work.translate(text) for state, text in STATE_LABELS.items()}
    rows = [
        (one["code"], states[one["state"]], one["starts_on"], one["ends_on"], one["title"]) for one in found
    ]
    work.show(found, table(head, rows))


@operations.command("transition", cls=DataCommand, help=_("Take an operation a step on in its life cycle."))
@click.argument("code")
@click.argument("state", type=click.Choice([state.value for state in OperationState]))
@click.option("--reason", default="", help=_("Why; needed to cancel, to take back and to close early."))
@pass_work
def transition_operation(work: Work, code: str, state: str, reason: str) -> None:
    """Move an operation on; what stands in the way is named, and the exit status is 1."""
    with work.transaction() as (session, actor):
        operation = service.find(session, actor, code)
        service.transition(session, actor, operation, OperationState(state), reason)
        data = _operation_data(operation, work)
    done = _(
        "${code}: ${state}",
        mapping={"code": code, "state": work.translate(STATE_LABELS[OperationState(state)])},
    )
    work.show(data, work.translate(done))


COMMANDS: Sequence[click.Command] = (plans, operations)


def _problems(path: Path) -> Sequence[planfile.PlanProblem]:
    try:
        planfile.load_path(path)
    except PlanInvalid as refused:
        return refused.problems
    return ()


def _load(path: Path, session: Session | None = None) -> PlanDocument:
    return planfile.load_path(path, service.known_cycles(session) if session is not None else None)


def _save(session: Session, actor: Actor, document: PlanDocument, note: str) -> tuple[Operation, int, bool]:
    """Create the operation, or save a new version of its plan; return it, the version's number, and which it was."""
    there = next((one for one in service.list_operations(session, actor) if one.code == document.code), None)
    if there is None:
        made = service.create(session, actor, document, note)
        return made, service.latest_plan(session, made).number, True
    return there, service.save_plan(session, actor, there, document, note).number, False


def _plan_of(session: Session, actor: Actor, code: str, number: int | None) -> PlanDocument:
    return service.document(_version_of(session, actor, service.find(session, actor, code), number))


def _version_of(session: Session, actor: Actor, operation: Operation, number: int | None) -> PlanVersion:
    if number is None:
        return service.plan_in_force(session, operation)
    return service.find_version(session, actor, operation, number)


def _named(work: Work, name: str) -> PlanDocument:
    """Return the plan that an argument names: a file, an operation's code, or ``CODE@2``."""
    path = Path(name)
    if path.is_file():
        return _load(path)
    code, _at, number = name.partition("@")
    if _at and not number.isdigit():
        raise click.UsageError(work.translate(_("Write a version as CODE@2.")))
    with work.transaction(read_only=True) as (session, actor):
        return _plan_of(session, actor, code, int(number) if number else None)


def _shown(value: Any) -> str:
    return "–" if value is None else str(value)


def _operation_data(operation: Operation, work: Work) -> dict[str, Any]:
    return {
        "code": operation.code,
        "title": label(operation.title, work.locale),
        "state": operation.state.value,
        "starts_on": operation.starts_on.isoformat(),
        "ends_on": operation.ends_on.isoformat(),
        "plan_version": operation.plan_number,
        "frozen_at": iso(operation.frozen_at) if operation.frozen_at else None,
    }
