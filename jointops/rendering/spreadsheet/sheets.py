"""What comes out of a spreadsheet or a CSV file: sheets of cells with exact values and their addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from jointops.kernel.errors import Invalid, Problem

TOKENS_SHEET = "_jointops"
"""The hidden sheet that carries what a workbook was made for, as pairs of name and value."""

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class BadCell:
    """Stands where a cell has no usable value: a formula's error (``#DIV/0!``), or one that was never calculated."""

    kind: Literal["formula-error", "formula-not-calculated"]
    text: str


CellValue = str | Decimal | date | datetime | time | timedelta | bool | BadCell
"""Numbers are exact decimals; instants have no time zone, as spreadsheets know none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty. ``row`` and ``column`` count from 0; ``ref`` is its address, such as ``B7``."""

    sheet: str
    row: int
    column: int
    value: CellValue

    @property
    def ref(self) -> str:
        return a1(self.row, self.column)


@dataclass(frozen=True)
class Sheet:
    """A sheet with its cells from top to bottom and left to right; empty ones are left out."""

    name: str
    cells: tuple[Cell, ...]
    hidden: bool = False
    _by_place: Mapping[tuple[int, int], Cell] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_place", {(cell.row, cell.column): cell for cell in self.cells})

    def at(self, row: int, column: int) -> CellValue | None:
        """Return the value in ``row`` and ``column`` (from 0), ``None`` if the cell is empty."""
        cell = self._by_place.get((row, column))
        return None if cell is None else cell.value

    def value(self, ref: str) -> CellValue | None:
        """Return the value at an address such as ``B7``. Raises ``ValueError`` for what is no address."""
        match = _REFERENCE.fullmatch(ref)
        if match is None:
            raise ValueError(f"{ref!r} is no cell address")
        return self.at(int(match.group(2)) - 1, column_number(match.group(1)))

    @property
    def row_count(self) -> int:
        """One more than the last row that holds anything."""
        return max((cell.row for cell in self.cells), default=-1) + 1

    @property
    def column_count(self) -> int:
        """One more than the last column that holds anything."""
        return max((cell.column for cell in self.cells), default=-1) + 1

    def rows(self) -> list[list[CellValue | None]]:
        """Return the sheet as rows of equal length, empty cells as ``None``."""
        width = self.column_count
        grid: list[list[CellValue | None]] = [[None] * width for _row in range(self.row_count)]
        for cell in self.cells:
            grid[cell.row][cell.column] = cell.value
        return grid


def a1(row: int, column: int) -> str:
    """Return the address of a cell from its row and column counted from 0: ``a1(6, 1)`` is ``B7``."""
    letters = ""
    rest = column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def column_number(letters: str) -> int:
    """Return the column, counted from 0, that capital letters name: ``A`` is 0, ``AA`` is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def refusal(code: str, message: str) -> Invalid:
    """Return the error that refuses a whole file."""
    return Invalid([Problem(code, message)])
