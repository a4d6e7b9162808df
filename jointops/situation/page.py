"""Who has reported, key figures and controls, as the pages show them: plain texts and addresses, in one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jointops.kernel.i18n import _
from jointops.rendering import numbers
from jointops.returns.models import FactStatus
from jointops.situation import instants
from jointops.situation.breakdown import Href, change
from jointops.situation.figures import Figures
from jointops.situation.names import STATUS_LABELS, Names
from jointops.situation.picture import Situation, UnitLine
from jointops.situation.rules import Cell, Counts, ReturnStatus

KEY_FIGURES = 6


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One large figure; ``delta`` is how it has moved since, ``None`` when it has not or now is shown."""

    label: str
    value: str | None
    unit: str
    href: str
    delta: str | None
    direction: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several views: a link."""

    text: str
    href: str
    active: bool
    data: bool = False
    count: int | None = None


WITHDRAWN = "withdrawn"
"""What a cell shows of a return that was taken back; it counts as missing where one is owed."""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One cell of the matrix, as the macro takes it."""

    status: str
    href: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One unit's row."""

    name: str
    code: str
    href: str | None
    cells: Sequence[MatrixCell]


@dataclass(frozen=True, slots=True)
class MatrixGroup:
    """One party's rows."""

    name: str
    code: str
    href: str | None
    rows: Sequence[MatrixRow]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who has reported: units by days."""

    days: Sequence[Mapping[str, str]]
    groups: Sequence[MatrixGroup]
    totals: Sequence[str]


def key_figures(
    names: Names, then: Figures, now: Figures | None, href: Href, codes: Sequence[str] = ()
) -> list[KeyFigure]:
    """Return the figures to see first: of the objectives' indicators, as far as there is any figure."""
    wanted = codes or [code for code in names.shown if then.total(code) is not None][:KEY_FIGURES]
    return [_key_figure(names, code, then, now, href) for code in wanted]


def _key_figure(names: Names, code: str, then: Figures, now: Figures | None, href: Href) -> KeyFigure:
    value = then.total(code)
    delta = change(names, value, now.total(code)) if now is not None else None
    return KeyFigure(
        label=names.indicator(code),
        value=names.number(value),
        unit=names.measure(code),
        href=href(code),
        delta=delta,
        direction="flat" if delta is None else "down" if delta.startswith("−") else "up",
    )


# --- Who has reported --------------------------------------------------------------------------------------------


def matrix(
    names: Names,
    picture: Situation,
    return_href: Callable[[str, date], str],
    party_href: Callable[[str], str],
    show: str = "all",
) -> Matrix:
    """Return the matrix; ``show`` ``missing`` or ``late`` leaves only the units that have such a day."""
    wanted: Mapping[str, Callable[[Cell], bool]] = {
        "all": lambda _cell: True,
        "missing": lambda cell: cell.status is ReturnStatus.MISSING,
        "late": lambda cell: cell.late,
    }
    lines = [line for line in picture.matrix if any(map(wanted[show], line.cells))]
    counts = [picture.counts_of(day) for day in picture.days]
    return Matrix(
        days=[
            {"text": numbers.axis_day(day, names.locale), "note": numbers.weekday(day, names.locale)}
            for day in picture.days
        ],
        groups=[
            _group(names, party, [line for line in lines if line.party == party], return_href, party_href)
            for party in dict.fromkeys(line.party for line in lines)
        ],
        totals=[f"{of_day.received}/{of_day.expected}" for of_day in counts],
    )


def _group(
    names: Names,
    party: str,
    lines: Sequence[UnitLine],
    return_href: Callable[[str, date], str],
    party_href: Callable[[str], str],
) -> MatrixGroup:
    kinds = [line.authority for line in lines]
    return MatrixGroup(
        name=names.party(party),
        code=party if len(party) == 2 else "",
        href=party_href(party),
        rows=[
            MatrixRow(
                name=names.authority(line.authority)
                if kinds.count(line.authority) == 1
                else names.unit(line.unit),
                code=line.unit,
                href=None,
                cells=[_cell(names, cell, return_href) for cell in line.cells],
            )
            for line in lines
        ],
    )


def _cell(names: Names, cell: Cell, return_href: Callable[[str, date], str]) -> MatrixCell:
    text = None
    if cell.receipt is not None:
        said = [names.short_instant(cell.receipt.first_at)]
        if cell.late and cell.status is ReturnStatus.NIL:
            said.append(names.translate(_("late")))
        if cell.receipt.accepted:
            said.append(names.translate(_("accepted")))
        text = ", ".join(said)
    if cell.withdrawn:
        return MatrixCell(WITHDRAWN, return_href(cell.unit, cell.day), None)
    href = return_href(cell.unit, cell.day) if cell.status is not ReturnStatus.NOT_EXPECTED else None
    return MatrixCell(cell.status.value, href, text)


def share_received(counts: Counts, locale: str) -> str:
    """Write how much of what was expected has come in."""
    return numbers.percentage(counts.received, counts.expected, locale)


# --- Controls ----------------------------------------------------------------------------------------------------


def presets(
    names: Names, last_days: Sequence[date], current: str, link: Callable[[str], str]
) -> list[Choice]:
    """Return the instants that are one click away: now, and the ends of days."""
    found = [Choice(names.translate(_("Now")), link(""), active=not current)]
    for day in last_days:
        value = instants.end_of(day)
        text = names.translate(_("End of ${day}", mapping={"day": numbers.axis_day(day, names.locale)}))
        found.append(Choice(text, link(value), active=current == value))
    return found


def status_choices(current: FactStatus, link: Callable[[str], str], names: Names) -> list[Choice]:
    """Return the three layers of figures as views to choose from."""
    return [
        Choice(names.translate(text), link(status.value), active=status is current)
        for status, text in STATUS_LABELS.items()
    ]
