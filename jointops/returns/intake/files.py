"""A file of returns from its bytes to what is on record: the same for the page, the API and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from jointops.kernel import clock, ids
from jointops.kernel.policy import Actor
from jointops.operations.models import Operation, ReportingUnit
from jointops.returns import export
from jointops.returns.asked import Asked
from jointops.returns.intake import batch, roundtrip, sheets, template
from jointops.returns.intake.batch import Batch, BatchRefused, Entry
from jointops.returns.intake.roundtrip import Meeting, OnConflict


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file: its returns, rows without a quantity, and what met with changes on record.

    ``sent`` are the returns as they were recorded, but for those that are on record already.
    """

    recorded: Batch
    left_out: int
    meetings: tuple[Meeting, ...]
    sent: tuple[Entry, ...]


class FileRefused(BatchRefused):
    """Nothing of a file was recorded; ``meetings`` are the returns that changed on record since it was made."""

    def __init__(self, refused: BatchRefused, meetings: Sequence[Meeting]) -> None:
        super().__init__(refused.problems, refused.status)
        self.meetings = tuple(meetings)


def make(
    session: Session,
    operation: Operation,
    asks: Asked,
    units: Sequence[ReportingUnit],
    days: Sequence[date],
    locale: str,
    *,
    is_csv: bool,
) -> bytes:
    """Return a template filled with what is on record; ``units`` are those that the person reports for.

    Raises Invalid (``template-too-large``).
    """
    recorded = roundtrip.on_record(session, operation, {unit.code for unit in units}, set(days))
    if is_csv:
        return template.csv_file(
            asks,
            units,
            days,
            time_zone=operation.time_zone,
            recorded=recorded,
            exercise=operation.exercise,
        )
    marking = export.marking_text(operation, locale)
    return template.workbook(operation, asks, units, days, locale, clock.now(), marking, recorded)


def take(
    session: Session,
    actor: Actor,
    operation: Operation,
    asks: Asked,
    content: bytes,
    *,
    name: str = "",
    dry_run: bool = False,
    recorded_at: datetime | None = None,
    choices: Mapping[str, str] | None = None,
    on_conflict: OnConflict | None = None,
) -> Taken:
    """Record the returns of a workbook or CSV file, all or none; with ``dry_run`` only say what would come of it.

    ``choices`` and ``on_conflict`` settle what changed on record since the file was made (:mod:`roundtrip`). Raises
    Invalid for a file that cannot be read, and :class:`FileRefused` with every problem.
    """
    intake = sheets.read(content, operation, asks.indicators)
    prepared = roundtrip.prepare(
        session, actor, operation, asks, intake, choices=choices, on_conflict=on_conflict
    )
    try:
        recorded = batch.record(
            session,
            actor,
            operation,
            prepared.entries,
            problems=prepared.problems,
            dry_run=dry_run,
            recorded_at=recorded_at,
            name=name,
            sha256=ids.digest(content),
        )
    except BatchRefused as refused:
        raise FileRefused(refused, prepared.meetings) from refused
    sent = tuple(entry for entry in prepared.entries if entry.settled is None)
    return Taken(recorded, intake.left_out, prepared.meetings, sent)
