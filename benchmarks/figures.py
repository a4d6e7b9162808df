"""Repeated measurements of two things beside each other, their ratio, and how they are printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure: ours and the bare database's, measured in turn. All numbers are medians of the repeats.

    ``ratio`` is the median of the repeats' own ratios, so that what disturbs both sides of a repeat falls out of it;
    ``lowest`` and ``highest`` are the extremes of these.
    """

    name: str
    database: str
    ours: float
    bare: float
    unit: str
    ratio: float
    lowest: float
    highest: float


def compare(
    name: str,
    database: str,
    unit: str,
    ours: Callable[[], float],
    bare: Callable[[], float],
    *,
    repeats: int,
) -> Comparison:
    """Measure ``ours`` and ``bare`` in turn, ``repeats`` times after one that does not count."""
    ours()
    bare()
    pairs = [(ours(), bare()) for _ in range(repeats)]
    ratios = sorted(mine / theirs for mine, theirs in pairs)
    return Comparison(
        name,
        database,
        median(mine for mine, _theirs in pairs),
        median(theirs for _mine, theirs in pairs),
        unit,
        median(ratios),
        ratios[0],
        ratios[-1],
    )


def table(comparisons: Sequence[Comparison]) -> str:
    """Return the comparisons as a table in Markdown."""
    head = ("figure", "database", "ratio", "range", "ours", "bare", "unit")
    rows = [
        (
            found.name,
            found.database,
            _number(found.ratio),
            f"{_number(found.lowest)}–{_number(found.highest)}",
            _number(found.ours),
            _number(found.bare),
            found.unit,
        )
        for found in comparisons
    ]
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in (head, *rows)
    ]
    ruler = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in (lines[0], ruler, *lines[1:]))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
