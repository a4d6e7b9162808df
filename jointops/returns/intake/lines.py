"""The rows that a template has: a line for each figure that is asked for, and all that is on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations.models import ReportingUnit
from jointops.operations.planindicators import AskedIndicator
from jointops.returns.asked import Asked
from jointops.returns.intake.roundtrip import Known, plain

MAX_ROWS = 30_000
"""Rows that a template may have: 34 countries with three units each over nine days, and room."""

OnFile = Mapping[tuple[str, date], Known]
"""What is on record, by unit and day."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of one unit and day; ``value`` is what is on record. The plan may not have the indicator any more."""

    unit: str
    day: date
    code: str
    category: str
    indicator: AskedIndicator | None
    value: Mapping[str, Any] | None = None


def lines(
    questions: Asked, units: Sequence[ReportingUnit], days: Sequence[date], recorded: OnFile, zone: ZoneInfo
) -> list[Line]:
    """Return the figures of a template by day and unit: those asked for, and those on record besides.

    Raises Invalid (``template-too-large``) for more than :data:`MAX_ROWS`.
    """
    of_unit = {
        unit.code: [
            (item, category) for item in questions.of(unit.code) for category in ("", *item.categories)
        ]
        for unit in units
    }
    if sum(map(len, of_unit.values())) * len(days) > MAX_ROWS:
        raise Invalid(
            [
                Problem(
                    "template-too-large",
                    _(
                        "This template would have more than ${n} rows. Choose fewer units or one day.",
                        mapping={"n": MAX_ROWS},
                    ),
                )
            ]
        )
    return [
        line
        for day in days
        for unit, figures in of_unit.items()
        for line in _of_return(questions, unit, day, figures, recorded, zone)
    ]


def _of_return(
    questions: Asked,
    unit: str,
    day: date,
    figures: Sequence[tuple[AskedIndicator, str]],
    recorded: OnFile,
    zone: ZoneInfo,
) -> Iterator[Line]:
    values: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    known = recorded.get((unit, day))
    for value in plain(known.content, questions.indicators, zone).get("values", ()) if known else ():
        values.setdefault((value["indicator"], value.get("category", "")), []).append(value)
    for indicator, category in figures:
        own = values.pop((indicator.code, category), ())
        for each in own or (None,):
            yield Line(unit, day, indicator.code, category, indicator, each)
    for (code, category), own_values in values.items():
        for value in own_values:
            yield Line(unit, day, code, category, questions.indicators.get(code), value)


def incidents(
    questions: Asked, units: Sequence[ReportingUnit], days: Sequence[date], recorded: OnFile, zone: ZoneInfo
) -> Iterator[tuple[str, date, Mapping[str, Any]]]:
    """Yield the incidents on record by day and unit, their times on the clocks of ``zone``."""
    for day in days:
        for unit in units:
            known = recorded.get((unit.code, day))
            for incident in (
                plain(known.content, questions.indicators, zone).get("incidents", ()) if known else ()
            ):
                yield unit.code, day, {**incident, "at": _on_the_clock(incident.get("at"), zone)}


def _on_the_clock(at: str | None, zone: ZoneInfo) -> str | None:
    """Return an instant as people write it, where it is read back as the same; else with its offset."""
    if not at:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return at
    local = moment.replace(tzinfo=None)
    if (
        local.second
        or local.microsecond
        or local.replace(tzinfo=zone, fold=0).isoformat() != moment.isoformat()
    ):
        return at
    return local.strftime("%Y-%m-%d %H:%M")
