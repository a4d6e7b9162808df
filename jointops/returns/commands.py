"""The commands about returns: templates to fill in, files to record, files to take away."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from jointops.command import Command, DataCommand, Group, Work, pass_work, table, terminal_locale
from jointops.kernel import clock, ids
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _, translator
from jointops.kernel.policy import Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.returns import asked, batch_api, batches, export, schemas, service
from jointops.returns.intake import batch, files, roundtrip
from jointops.returns.models import ReturnState
from jointops.web.errors import invalid_from

JSON_ENDINGS = (".json",)
CSV_ENDINGS = (".csv", ".txt")


class DayType(click.ParamType[date]):
    """A day as ``YYYY-MM-DD``."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            if len(value) != 10:
                raise ValueError(value)
            return date.fromisoformat(value)
        except ValueError:
            message = _("“${text}” is not a day such as 2027-05-03.", mapping={"text": value})
            self.fail(translator(terminal_locale())(message), param, ctx)


class InstantType(click.ParamType[datetime]):
    """An instant in ISO 8601 with an offset."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return clock.parse_iso(value)
        except (ValueError, OverflowError):
            message = _(
                "“${text}” is not a time with an offset such as 2014-09-24T21:59:00Z.",
                mapping={"text": value},
            )
            self.fail(translator(terminal_locale())(message), param, ctx)


_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("returns", cls=Group, help=_("Daily returns: templates, import and export."))
def returns() -> None:
    """Hold the commands about returns."""


@returns.command(
    "template", cls=Command, help=_("Write a template to fill in: .xlsx, or .csv by the file's name.")
)
@click.argument("code")
@click.argument("file", type=_FILE)
@click.option("--unit", help=_("Only this reporting unit, such as RO-POLICE."))
@click.option("--party", help=_("Only the units of this country or agency."))
@click.option("--day", type=DayType(), help=_("Only this day; without it, every action day."))
@pass_work
def write_template(
    work: Work, code: str, file: Path, unit: str | None, party: str | None, day: date | None
) -> None:
    """Write a template."""
    with work.transaction(read_only=True) as (session, actor):
        operation = operations.find(session, actor, code)
        questions = asked.asked(session, operation)
        units, days = asked.chosen(actor, operation, questions, unit=unit, party=party, day=day)
        is_csv = file.suffix.lower() in CSV_ENDINGS
        content = files.make(session, operation, questions, units, days, work.locale, is_csv=is_csv)
    file.write_bytes(content)
    work.say(
        _(
            "Written to ${file}. Units: ${units}. Days: ${days}.",
            mapping={"file": str(file), "units": len(units), "days": len(days)},
        )
    )


@returns.command(
    "import",
    cls=DataCommand,
    help=_("Record the returns of a file (.xlsx, .csv or .json): all of them or none."),
)
@click.argument("code")
@click.argument("file", type=_EXISTING)
@click.option("--dry-run", is_flag=True, help=_("Say what would come of it, and record nothing."))
@click.option(
    "--recorded-at",
    type=InstantType(),
    help=_("When this was known: for history, while the operation is marked as historical."),
)
@click.option(
    "--on-conflict",
    type=click.Choice(roundtrip.ON_CONFLICT),
    help=_("What holds where the file and the record changed differently since the file was made."),
)
@pass_work
def import_file(
    work: Work,
    code: str,
    file: Path,
    dry_run: bool,
    recorded_at: datetime | None,
    on_conflict: roundtrip.OnConflict | None,
) -> None:
    """Record a file of returns."""
    with work.transaction() as (session, actor):
        operation = operations.find(session, actor, code)
        recorded = _record(session, actor, operation, file, dry_run, recorded_at, on_conflict)
    data = schemas.BatchAnswerSchema().dump(schemas.batch_data(recorded, dry_run=dry_run))
    head = [work.translate(text) for text in (_("Unit"), _("Day"), _("Revision"), _("State"), _("SHA-256"))]
    rows = [
        (one["unit"], one["day"], one["revision"], one["state"], one["receipt"]["sha256"][:16])
        for one in data["returns"]
    ]
    work.show(data, table(head, rows))
    mapping = {"n": len(recorded.returns), "changed": recorded.changed}
    if dry_run:
        work.say(
            _(
                "Returns that would be accepted: ${n}, new or changed: ${changed}. Nothing was recorded.",
                mapping=mapping,
            )
        )
    else:
        work.say(_("Returns on record: ${n}, new or changed: ${changed}.", mapping=mapping))


@returns.command(
    "export",
    cls=Command,
    help=_("Write the returns of an operation to a file: .xlsx, .csv or .json; “-” prints JSON."),
)
@click.argument("code")
@click.argument("file")
@click.option("--unit", help=_("Only this reporting unit, such as RO-POLICE."))
@click.option("--party", help=_("Only the units of this country or agency."))
@click.option("--day", type=DayType(), help=_("Only this day."))
@click.option(
    "--state", type=click.Choice([state.value for state in ReturnState]), help=_("Only in this state.")
)
@pass_work
def export_file(
    work: Work, code: str, file: str, unit: str | None, party: str | None, day: date | None, state: str | None
) -> None:
    """Write returns to a file."""
    ending = Path(file).suffix.lower()
    with work.transaction(read_only=True) as (session, actor):
        operation = operations.find(session, actor, code)
        wanted = operations.find_participant(operation, party).party if party else None
        found = service.list_returns(
            session,
            actor,
            operation,
            unit=unit,
            party=wanted,
            day=day,
            state=ReturnState(state) if state else None,
        )
        items = export.exported(session, found)
        indicators = asked.asked(session, operation).indicators
        if ending in CSV_ENDINGS:
            content = export.csv_file(items, indicators, operation)
        elif ending == ".xlsx":
            marking = export.marking_text(operation, work.locale)
            content = export.workbook(items, indicators, operation, work.locale, clock.now(), marking)
        else:
            data = schemas.ReturnItemSchema(many=True).dump([schemas.item_data(item) for item in items])
            content = (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()
    if file == "-":
        sys.stdout.buffer.write(content)
        return
    Path(file).write_bytes(content)
    work.say(_("Returns written to ${file}: ${n}.", mapping={"n": len(items), "file": file}))


@returns.command("batches", cls=DataCommand, help=_("List what came in at once: files and lists of returns."))
@click.argument("code")
@pass_work
def list_batches(work: Work, code: str) -> None:
    """List the batches of an operation."""
    with work.transaction(read_only=True) as (session, actor):
        operation = operations.find(session, actor, code)
        found = batch_api.BatchSchema(many=True).dump(
            [batch_api.batch_data(one) for one in batches.list_batches(session, actor, operation)]
        )
    head = [
        work.translate(text)
        for text in (_("Batch"), _("Recorded"), _("By"), _("File"), _("Returns"), _("Taken back"))
    ]
    names = ("id", "recorded_at", "recorded_by", "name", "returns", "taken_back_at")
    work.show(found, table(head, [tuple(one[name] or "" for name in names) for one in found]))


@returns.command(
    "take-back",
    cls=DataCommand,
    help=_("Take a batch back as one: its returns are withdrawn, or say again what they said before."),
)
@click.argument("code")
@click.argument("number", type=int)
@click.option("--reason", required=True, help=_("Why it is taken back."))
@pass_work
def take_back(work: Work, code: str, number: int, reason: str) -> None:
    """Take a batch back."""
    with work.transaction() as (session, actor):
        operation = operations.find(session, actor, code)
        done = batches.take_back(session, actor, operation, number, reason=reason)
        data = {
            "batch": number,
            "returns": [
                {"unit": one.unit, "day": one.day.isoformat(), "revision": one.outcome.receipt.revision}
                for one in done
            ],
        }
    sentence = _("The batch was taken back. Returns changed: ${n}.", mapping={"n": len(done)})
    work.show(data, work.translate(sentence))


def _record(
    session: Session,
    actor: Actor,
    operation: Operation,
    file: Path,
    dry_run: bool,
    recorded_at: datetime | None,
    on_conflict: roundtrip.OnConflict | None,
) -> batch.Batch:
    content = file.read_bytes()
    if file.suffix.lower() not in JSON_ENDINGS:
        return files.take(
            session,
            actor,
            operation,
            asked.asked(session, operation),
            content,
            name=file.name,
            dry_run=dry_run,
            recorded_at=recorded_at,
            on_conflict=on_conflict,
        ).recorded
    return batch.record(
        session,
        actor,
        operation,
        _entries(content),
        dry_run=dry_run,
        recorded_at=recorded_at,
        name=file.name,
        sha256=ids.digest(content),
    )


def _entries(content: bytes) -> list[batch.Entry]:
    """Read a JSON list of returns, or one return; what an export adds to it is passed over."""
    try:
        # Numbers stay the text that they are, so that nothing is rounded and NaN is refused as what it is.
        data = json.loads(content, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        message = _("This is not JSON: ${reason}", mapping={"reason": str(error)[:200]})
        raise Invalid([Problem("malformed-json", message)]) from error
    items = data if isinstance(data, list) else [data]
    said_by_us = schemas.ReturnItemSchema().fields.keys() - schemas.BatchItemSchema().fields.keys()
    # A file may come from another installation, whose versions are others.
    said_by_us |= {"version"}
    for item in items:
        if isinstance(item, dict):
            for name in said_by_us:
                item.pop(name, None)
    try:
        loaded = schemas.BatchItemSchema(many=True).load(items)
    except ValidationError as error:
        raise invalid_from(error) from error
    return [
        batch.Entry(sent.unit, sent.day, sent.submission, batch.under(f"/{number}"), sent.recorded_at)
        for number, sent in enumerate(loaded)
    ]


COMMANDS = (returns,)
