"""What calendars show of a plan: when which returns are due. Plain functions over plain data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from jointops.operations import plancalendar
from jointops.operations.plandoc import PlanDocument


@dataclass(frozen=True, slots=True)
class Deadline:
    """The returns of ``units`` (their codes) for ``day`` are due at ``at`` (aware, UTC)."""

    operation: str
    day: date
    at: datetime
    units: tuple[str, ...]


def deadlines(
    operation: str, document: PlanDocument, parties: Collection[str] | None, units: Collection[str]
) -> list[Deadline]:
    """Return when the returns are due of the units that are named by their code or their party's, day by day.

    ``parties`` ``None``: of all units. Days and deadline are those of the plan, in its time zone.
    """
    owed: dict[date, list[str]] = {}
    for participant in document.participants:
        for unit in participant.units:
            if parties is None or participant.party in parties or unit.code in units:
                for day in plancalendar.due(document, unit.code):
                    owed.setdefault(day, []).append(unit.code)
    return [
        Deadline(operation, day, plancalendar.deadline(document, day), tuple(codes))
        for day, codes in sorted(owed.items())
    ]
