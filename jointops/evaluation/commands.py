"""The command that evaluates an operation."""

from __future__ import annotations

from pathlib import Path

import click

from jointops.command import Command, Work, pass_work, table
from jointops.evaluation import page, service, wording
from jointops.evaluation.measured import Measured
from jointops.evaluation.report import evaluation_report
from jointops.evaluation.workbook import evaluation_workbook
from jointops.kernel.i18n import _, pair
from jointops.kernel.types import canonical_json
from jointops.operations import service as operations
from jointops.operations.history import plan_as_known
from jointops.operations.page import exercise_word, marking_line
from jointops.rendering import numbers
from jointops.rendering.formats import DOCUMENT_FORMATS
from jointops.returns.models import FactStatus
from jointops.situation import instants
from jointops.situation.names import STATUS_LABELS, Names

BINARY = ("xlsx", *DOCUMENT_FORMATS)
FORMATS = ("text", "json", *BINARY)


@click.command("evaluate", cls=Command, help=_("Measure what an operation achieved of what was meant."))
@click.argument("code")
@click.option(
    "--as-known-at", "known", default="", help=_("As known at this instant, such as 2014-09-24T23:59.")
)
@click.option(
    "--status",
    type=click.Choice([status.value for status in FactStatus]),
    default=service.STATUS.value,
    help=_("Which layer of figures."),
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help=_("How to write it."))
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help=_("Write to this file.")
)
@pass_work
def evaluate(work: Work, code: str, known: str, status: str, form: str, output: Path | None) -> None:
    """Print or write the evaluation of an operation."""
    if form in BINARY and output is None:
        raise click.UsageError(work.translate(_("Say with --output where the file goes.")))
    with work.transaction(read_only=True) as (session, actor):
        operation = operations.find(session, actor, code)
        at = instants.as_known_at(known, operation.time_zone, "--as-known-at")
        measured = service.measure(session, actor, operation, as_known_at=at, status=status)
        names = Names(
            operations.document(plan_as_known(session, operation, measured.as_known_at)), work.locale
        )
        if form in BINARY:
            evaluation = service.find(session, actor, operation)
            # On the command line no address is known at which the figures can be looked behind.
            marking, watermark = marking_line(operation, work.locale), exercise_word(operation, work.locale)
            document = evaluation_report(
                measured, evaluation, names, lambda *_args, **_about: "", marking, watermark
            )
            content = (
                evaluation_workbook(measured, names, marking)
                if form == "xlsx"
                else DOCUMENT_FORMATS[form].render(document)
            )
        else:
            text = canonical_json(measured.to_data()) if form == "json" else _text(measured, names)
            content = f"{text}\n".encode()
    if output is None:
        click.echo(content.decode(), nl=False)
    else:
        output.write_bytes(content)
        click.echo(work.translate(_("Written to ${file}.", mapping={"file": str(output)})), err=True)


def _text(measured: Measured, names: Names) -> str:
    say = names.translate
    objectives = [
        (
            item.code,
            wording.counted(names, item),
            names.quantity(item.indicator or "", item.quantity) or numbers.NO_VALUE,
            wording.target(names, item) or numbers.NO_VALUE,
            wording.met(names, item),
        )
        for item in measured.objectives
    ]
    results = [
        (
            names.indicator(total.indicator),
            names.quantity(total.indicator, total.quantity) or numbers.NO_VALUE,
        )
        for total in measured.figures.totals
    ]
    objective_head = [
        say(_("Code")),
        say(_("Objective")),
        say(_("Result")),
        say(_("Target")),
        say(_("Target met")),
    ]
    return "\n".join(
        [
            f"{measured.operation} · {say(STATUS_LABELS[measured.status])} · {names.instant(measured.as_known_at)}",
            "",
            table(objective_head, objectives),
            "",
            table([say(_("Indicator")), say(_("Total"))], results),
            "",
            *wording.quality(names, measured),
            "",
            *(say(pair(term, number)) for term, number in page.tasks(names, measured)),
            *(say(pair(term, number)) for term, number in page.warnings(names, measured)),
        ]
    )


COMMANDS = (evaluate,)
