"""The command that prints the situation of an operation."""

from __future__ import annotations

from datetime import datetime

import click

from jointops.command import DataCommand, Work, pass_work, table
from jointops.kernel.i18n import _, pair
from jointops.operations import service as operations
from jointops.operations.history import plan_as_known
from jointops.rendering import numbers
from jointops.returns.models import FactStatus
from jointops.situation import instants, service
from jointops.situation.names import STATUS_LABELS, Names
from jointops.situation.picture import Situation

DAY = click.DateTime(["%Y-%m-%d"])
STATUS = click.Choice([status.value for status in FactStatus])


@click.command("situation", cls=DataCommand, help=_("Print who has reported and what it adds up to."))
@click.argument("code")
@click.option("--day", type=DAY, help=_("Only this operational day, such as 2014-09-15."))
@click.option(
    "--as-known-at", "known", default="", help=_("As known at this instant, such as 2014-09-24T23:59.")
)
@click.option(
    "--status", type=STATUS, default=FactStatus.PROVISIONAL.value, help=_("Which layer of figures.")
)
@pass_work
def situation(work: Work, code: str, day: datetime | None, known: str, status: str) -> None:
    """Print the situation of the operation."""
    with work.transaction(read_only=True) as (session, actor):
        operation = operations.find(session, actor, code)
        picture = service.situation(
            session,
            actor,
            operation,
            day=day.date() if day else None,
            as_known_at=instants.as_known_at(known, operation.time_zone, "--as-known-at"),
            status=status,
        )
        plan = operations.document(plan_as_known(session, operation, picture.as_known_at))
        work.show(picture.to_data(), _text(picture, Names(plan, work.locale)))


def _text(picture: Situation, names: Names) -> str:
    say, counts = names.translate, picture.counts
    reported = (
        (_("Expected"), counts.expected),
        (_("Received"), counts.received),
        (_("On time"), counts.on_time),
        (_("Late"), counts.late),
        (_("Nil"), counts.nil),
        (_("Missing"), counts.missing),
        (_("Not yet due"), counts.not_yet_due),
    )
    rows = [
        (
            names.indicator(total.indicator),
            names.number(total.quantity) or numbers.NO_VALUE,
            names.measure(total.indicator),
        )
        for total in picture.figures.totals
    ]
    head = (say(_("Indicator")), say(_("Total")), say(_("Unit")))
    return "\n".join(
        [
            f"{picture.operation} · {say(STATUS_LABELS[picture.status])} · {names.instant(picture.as_known_at)}",
            "",
            *(say(pair(text, numbers.number(value, names.locale))) for text, value in reported),
            "",
            table(head, rows),
        ]
    )


COMMANDS = (situation,)
