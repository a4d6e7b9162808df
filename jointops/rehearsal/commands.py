"""The command ``jointops rehearse``: plays a whole operation as an exercise and prints its evaluation."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click
from sqlalchemy.orm import Session

from jointops.command import DataCommand, Work, exercise_clock, pass_work, table
from jointops.evaluation import page as evaluation_page
from jointops.evaluation import wording
from jointops.kernel.db import unit_of_work
from jointops.kernel.i18n import _, pair
from jointops.kernel.paths import folder
from jointops.kernel.policy import Actor
from jointops.operations import planfile
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import PlanDocument
from jointops.rehearsal import service
from jointops.rehearsal.result import Result, result_of
from jointops.rendering import numbers


@click.command(
    "rehearse",
    cls=DataCommand,
    help=_(
        "Play a whole operation as an exercise, kept apart from real ones, and evaluate it. PLAN is the code of an "
        "operation, a plan file, or the name of a template."
    ),
)
@click.argument("plan")
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, help=_("Another number, another course."))
@pass_work
def rehearse(work: Work, plan: str, seed: int) -> None:
    """Prepare and play a rehearsal, with signs of progress on stderr, and print what it found."""
    with work.transaction() as (session, actor):
        document, operation, version = _plan(session, actor, plan)
        key = service.prepare(
            session, actor, document, seed=seed, source_operation=operation, source_version=version
        ).id
    label = work.translate(_("Rehearsing"))
    with click.progressbar(length=100, label=label, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.update(100 * done // total - bar.pos)

        played = service.play(partial(unit_of_work, work.session_factory), key, progress)
    with work.transaction(read_only=True) as (session, actor):
        found = result_of(session, actor, service.find(session, actor, played.code))
        work.show(found.to_data(work.translate), _text(work, found))


def _plan(session: Session, actor: Actor, name: str) -> tuple[PlanDocument, Operation | None, int | None]:
    path = Path(name)
    if path.is_file():
        return (
            planfile.load(path.read_bytes(), path.name, cycles=operations.known_cycles(session)),
            None,
            None,
        )
    template = folder("plans") / f"{name}.yaml"
    if template.is_file() and "/" not in name:
        return planfile.load_path(template), None, None
    operation = operations.find(session, actor, name)
    version = operations.latest_plan(session, operation)
    return operations.document(version), operation, version.number


def _text(work: Work, found: Result) -> str:
    say, names = work.translate, found.names(work.locale)
    code = found.rehearsal.operation.code
    lines = [say(_("EXERCISE ${code}: nothing of this happened.", mapping={"code": code})), ""]
    for heading, problems in (
        (_("What the plan lacks before approval:"), found.readiness),
        (_("What was noticed:"), found.warnings),
    ):
        if problems:
            lines += [say(heading), *(f"- {say(problem.message)}" for problem in problems), ""]
    if found.refused:
        refused = [f"- {one['at']} {one['about']}: {one['message']}" for one in found.refused]
        lines += [say(_("What was refused:")), *refused, ""]
    measured = found.measured
    if measured is None:
        return "\n".join(lines)
    head = [say(text) for text in (_("Code"), _("Objective"), _("Result"), _("Target"), _("Target met"))]
    rows = [
        (
            item.code,
            wording.counted(names, item),
            names.quantity(item.indicator or "", item.quantity) or numbers.NO_VALUE,
            wording.target(names, item) or numbers.NO_VALUE,
            wording.met(names, item),
        )
        for item in measured.objectives
    ]
    totals = [
        (
            names.indicator(total.indicator),
            names.quantity(total.indicator, total.quantity) or numbers.NO_VALUE,
        )
        for total in measured.figures.totals
    ]
    return "\n".join(
        [
            *lines,
            table(head, rows),
            "",
            table([say(_("Indicator")), say(_("Total"))], totals),
            "",
            *wording.quality(names, measured),
            "",
            *(say(pair(term, number)) for term, number in evaluation_page.tasks(names, measured)),
            *(say(pair(term, number)) for term, number in evaluation_page.warnings(names, measured)),
        ]
    )


exercise_clock(service.staged_at)

COMMANDS = (rehearse,)
