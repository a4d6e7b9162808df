"""How a table is laid out on A4, whatever the format: the widths of its columns, its size, and which way the page lies.

Measured in characters. The limits were found by looking at pages: A4 holds about 95 characters in a row at nine points
upright, and about 160 lying.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from jointops.rendering import text
from jointops.rendering.document import Document, Table, Text

_NORMAL_WIDTH = 92
_DENSE_WIDTH = 122
_LYING_WIDTH = 160
_NORMAL_SIZE, _DENSE_SIZE, _SMALLEST_SIZE = 9.0, 8.0, 6.0
_LONG_CELL = 22
_WIDEST_COLUMN = 40
_GAP = 3
_BOLD = 1.2  # how much wider bold letters are
# A table of at most so many lines, even if every column were this narrow, fits on a page and is not broken.
_LINES_KEPT_TOGETHER, _LINES_KEPT_TOGETHER_LYING = 48, 22
_NARROWEST_COLUMN = 12
_RUNNING_TITLE = 80


@dataclass(frozen=True, slots=True)
class TableLayout:
    """``widths`` are characters a column; ``weights`` share out the width left, 0 fits the content; ``size`` is points.

    ``wide`` tables lie on a page of their own; those kept ``together`` are not broken over pages.
    """

    widths: tuple[int, ...]
    weights: tuple[int, ...]
    size: float
    wide: bool
    together: bool


def table_layout(table: Table) -> TableLayout:
    """Return how ``table`` is laid out, from the longest text of each column unless its columns say their weights."""
    widths = tuple(_column_width(table, place) for place in range(len(table.columns)))
    total = sum(widths)
    wide = total > _DENSE_WIDTH and not table.upright
    weights = [column.weight for column in table.columns]
    if not any(weights):
        weights = [math.ceil(width**0.8) if width >= _LONG_CELL else 0 for width in widths]
    if not any(weights) and total < _NORMAL_WIDTH:
        weights[0] = 1
    return TableLayout(
        widths=widths,
        weights=tuple(weights),
        size=max(_size(total), _DENSE_SIZE) if table.upright else _size(total),
        wide=wide,
        together=_most_lines(table) <= (_LINES_KEPT_TOGETHER_LYING if wide else _LINES_KEPT_TOGETHER),
    )


def plain(value: Text) -> str:
    """Return the text of a value, whether there is an address behind it or not."""
    return value if isinstance(value, str) else value.text


def running_title(document: Document) -> str:
    """Return the document's code and title, cut to what fits at the top of a page."""
    running = " · ".join(text.one_line(part) for part in (document.code, document.title) if part)
    return running if len(running) <= _RUNNING_TITLE else running[: _RUNNING_TITLE - 1] + "…"


def _size(total: int) -> float:
    if total < _NORMAL_WIDTH:
        return _NORMAL_SIZE
    if total <= _DENSE_WIDTH:
        return _DENSE_SIZE
    return max(_SMALLEST_SIZE, min(_DENSE_SIZE, round(_NORMAL_SIZE * _LYING_WIDTH / total, 1)))


def _column_width(table: Table, place: int) -> int:
    cells = [row[place] for row in (*table.rows, *([table.totals] if table.totals else []))]
    longest = max((len(plain(cell)) for cell in cells), default=0)
    if place == 0 and table.row_headers:
        longest = math.ceil(longest * _BOLD)
    # The longest word of the title is never broken.
    word = max((len(word) for word in table.columns[place].title.split()), default=0)
    return min(max(longest, math.ceil(word * _BOLD)), _WIDEST_COLUMN) + _GAP


def _most_lines(table: Table) -> int:
    return sum(
        max(math.ceil(len(plain(cell)) / _NARROWEST_COLUMN) or 1 for cell in row) for row in table.rows
    )
