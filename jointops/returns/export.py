"""Returns as files: CSV and .xlsx in the columns that are read back, and the data that JSON is written from.

The columns are those of ``intake.columns``: an export can be changed and sent back, and what was not changed is
recognised as nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from jointops.kernel.errors import Invalid
from jointops.kernel.i18n import _, label, translator
from jointops.kernel.types import quantity_text
from jointops.operations.models import Operation
from jointops.operations.planindicators import AskedIndicator
from jointops.reference.catalogue import catalogue
from jointops.reference.measure import parse_quantity
from jointops.rendering.spreadsheet import SheetColumn, Workbook, write_csv
from jointops.returns import explanations
from jointops.returns.history import latest_revisions
from jointops.returns.intake import columns
from jointops.returns.models import Return, Revision

HEADER = (*columns.TABLE, *columns.SAID_BY_US)

WITHDRAWN = "withdrawn"
"""The state of a return that was taken back, whatever the review has made of that."""

Cell = str | date | datetime | Decimal | int | None


@dataclass(frozen=True, slots=True)
class Exported:
    """One return as it is exported: its head, its latest revision, and the code of its unit."""

    head: Return
    revision: Revision

    @property
    def unit(self) -> str:
        """Code of the reporting unit."""
        return self.head.unit.code


def exported(session: Session, returns: Sequence[Return]) -> list[Exported]:
    """Return the latest revision of each return beside its head, in the order given."""
    latest = latest_revisions(session, returns)
    return [Exported(head, latest[head.id]) for head in returns if head.id in latest]


def csv_file(
    returns: Sequence[Exported], indicators: Mapping[str, AskedIndicator], operation: Operation
) -> bytes:
    """Return the returns as CSV, one row for each figure and incident; quantities as they were reported."""
    rates, header = rates_of(operation), _header(operation)
    return write_csv(
        header,
        (
            [row.get(name, "") for name in header]
            for item in returns
            for row in _rows(item, indicators, rates)
        ),
    )


def _header(operation: Operation) -> tuple[str, ...]:
    return (*HEADER, columns.EXERCISE) if operation.exercise else HEADER


def workbook(
    returns: Sequence[Exported],
    indicators: Mapping[str, AskedIndicator],
    operation: Operation,
    locale: str,
    produced_at: datetime,
    marking: str = "",
) -> bytes:
    """Return the returns as an .xlsx workbook with one table; instants are on the operation's clocks."""
    rates, say, header = rates_of(operation), translator(locale), _header(operation)
    title = say(_("Returns for ${operation}", mapping={"operation": operation.code}))
    book = Workbook(title, produced_at, marking=marking, time_zone=operation.time_zone)
    sheet = book.sheet(say(_("Returns")), freeze_rows=1, freeze_columns=2)
    styles = {"quantity": "quantity", "base_quantity": "quantity", "day": "day", "recorded_at": "instant"}
    sheet.table(
        0,
        [SheetColumn(name, styles.get(name, "text")) for name in header],  # type: ignore[arg-type]
        (
            [_cell(name, row.get(name)) for name in header]
            for item in returns
            for row in _rows(item, indicators, rates)
        ),
    )
    return book.finish()


def marking_text(operation: Operation, locale: str) -> str:
    """Return the operation's marking in one line, as it is printed on what leaves the system."""
    known, marking = catalogue(), operation.marking
    classification = known.classifications.get(marking.classification)
    words = label(classification.labels, locale) if classification else marking.classification
    exercise = translator(locale)(_("EXERCISE")) if operation.exercise else ""
    return " · ".join(part for part in (exercise, words, f"TLP:{marking.tlp}" if marking.tlp else "") if part)


def rates_of(operation: Operation) -> dict[str, Decimal]:
    """Return the operation's exchange rates: euro for one unit of a currency."""
    return {currency: Decimal(rate) for currency, rate in operation.exchange_rates.items()}


def in_base_unit(
    entry: Mapping[str, Any], indicator: AskedIndicator | None, rates: Mapping[str, Decimal]
) -> Decimal | None:
    """Return a value's quantity in its indicator's own unit; ``None`` where the plan in force cannot say it."""
    if indicator is None:
        return None
    try:
        return parse_quantity(
            entry["quantity"], entry.get("unit") or indicator.unit, indicator.unit, rates=rates
        )
    except Invalid:
        return None


def _rows(
    item: Exported, indicators: Mapping[str, AskedIndicator], rates: Mapping[str, Decimal]
) -> Iterator[Mapping[str, Cell]]:
    content, revision, head = item.revision.content, item.revision, item.head
    common: dict[str, Cell] = {
        "unit": item.unit,
        "day": head.day,
        "state": WITHDRAWN if revision.withdrawn else head.state.value,
        "revision": revision.number,
        "recorded_at": revision.recorded_at,
        "recorded_by": revision.recorded_by,
        "sha256": revision.sha256,
        "correction_reason": revision.reason,
        columns.EXERCISE: columns.EXERCISE.upper(),
    }
    whole: dict[str, Cell] = {
        "nil": "yes" if revision.nil else "",
        "narrative": content.get("narrative", ""),
        columns.EXPLANATIONS: explanations.write(content.get("explanations", {})),
    }
    entries = [*content.get("values", ()), *content.get("incidents", ())]
    if not entries:
        yield common | whole
    for number, entry in enumerate(entries):
        indicator = indicators.get(entry["indicator"])
        base = in_base_unit(entry, indicator, rates)
        figure: dict[str, Cell] = {
            name: entry.get("unit" if name == "unit_of_measure" else name, "") for name in columns.DIMENSIONS
        }
        incident: dict[str, Cell] = {
            name: entry.get(name, "") for name in columns.INCIDENT if name != "joint_with"
        }
        yield (
            common
            | figure
            | incident
            | {
                "joint_with": ", ".join(entry.get("joint_with", ())),
                "base_quantity": None if base is None else quantity_text(base),
                "base_unit_of_measure": indicator.unit if indicator and base is not None else "",
            }
            | (whole if number == 0 else {})
        )


def _cell(name: str, value: Cell) -> Cell:
    """Return a quantity as a number where its text comes back the same; 1.50 stays a text."""
    if name not in {"quantity", "base_quantity"} or not isinstance(value, str) or not value:
        return value
    number = Decimal(value)
    return number if quantity_text(number) == value else value
