"""A file of tasks, read: rows under the names of their columns, each cell with its place. Their meaning comes later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.types import quantity_text
from jointops.rendering.spreadsheet import BadCell, Cell, Sheet, a1, read_csv, read_sheets, read_tokens
from jointops.rendering.spreadsheet.sheets import CellValue
from jointops.tasks.intake import columns

MOST_ROWS = 10_000
"""Tasks in one file: five times the largest operation."""

_SEARCHED_ROWS = 30
"""Rows from the top in which the names of the columns are looked for."""

_SHOWN = 60
"""Characters of a cell's value that a problem repeats."""

_SIGNATURES = (b"PK", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class SheetProblem(Problem):
    """A problem in a file, with its place: sheet (empty in a CSV file), line, column and cell, and the value there."""

    sheet: str = ""
    line: int = 0
    column: str = ""
    cell: str = ""
    value: str = ""

    @property
    def where(self) -> str:
        """The place as people name it: ``Tasks!C12``, or the cell of the only sheet."""
        return f"{self.sheet}!{self.cell}" if self.sheet else self.cell

    @property
    def place(self) -> Mapping[str, str | int]:
        """Line, column and value, and the sheet of a workbook."""
        sheet = {"sheet": self.sheet} if self.sheet else {}
        return {**sheet, "line": self.line, "column": self.column, "value": self.value}


@dataclass(slots=True)
class Row:
    """One task in the file. ``values`` holds what its cells say by column; ``problems`` gathers what is wrong."""

    sheet: str
    number: int
    columns: Mapping[str, int]
    values: dict[str, CellValue]
    problems: list[SheetProblem] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a cell as text without surrounding space; empty for an empty cell."""
        return text_of(self.values.get(name))

    def refuse(self, name: str, code: str, message: str, accepted: Sequence[str] = ()) -> None:
        """Note that the cell in a column is wrong."""
        column = self.columns.get(name, self.columns.get("code", min(self.columns.values())))
        ref = a1(self.number, column)
        sheet = self.sheet.replace("~", "~0").replace("/", "~1")
        self.problems.append(
            SheetProblem(
                code,
                message,
                f"/{sheet}/{ref}" if sheet else f"/{ref}",
                tuple(accepted),
                sheet=self.sheet,
                line=self.number + 1,
                column=name if name in self.columns else "",
                cell=ref,
                value=_shown(self.values.get(name)),
            )
        )


@dataclass(frozen=True, slots=True)
class Sheets:
    """What a file says: its rows, and what is wrong with the names of its columns."""

    rows: Sequence[Row]
    problems: Sequence[SheetProblem]


def read(data: bytes, operation: str) -> Sheets:
    """Read an .xlsx or CSV file as tasks of the operation with this code; which of the two it is, its content tells.

    Raises Invalid when nothing of it can be read: the codes of ``rendering.spreadsheet``, ``no-tasks-sheet``,
    ``other-operation``, ``template-unknown``, ``too-many-rows``.
    """
    if data.startswith(_SIGNATURES):
        sheets = read_sheets(data)
        _check_tokens(read_tokens(sheets), operation)
        tables = [
            (sheet.name, table)
            for sheet in sheets
            if not sheet.hidden and (table := _table(sheet)) is not None
        ]
    else:
        table = _table(read_csv(data))
        tables = [] if table is None else [("", table)]
    if not tables:
        message = _(
            "The file has no line that names its columns. Use the template, or name at least: ${names}.",
            mapping={"names": "title, units"},
        )
        raise Invalid([Problem("no-tasks-sheet", message, "", columns.TABLE)])
    rows = [row for name, table in tables for row in _rows(name, table.known, table.lines)]
    if len(rows) > MOST_ROWS:
        message = _("One file holds at most ${most} tasks. Part it.", mapping={"most": MOST_ROWS})
        raise Invalid([Problem("too-many-rows", message)])
    problems = [one for name, table in tables for one in _unknown(name, table.top, table.unknown)]
    return Sheets(rows, problems)


def _check_tokens(tokens: Mapping[str, str], operation: str) -> None:
    if not tokens:
        return
    if tokens.get("format") != columns.TOKEN_FORMAT:
        message = _("This workbook was made for something else. Fill in a template for tasks.")
        raise Invalid([Problem("template-unknown", message)])
    if tokens.get("operation") != operation:
        message = _(
            "This workbook was made for ${other}, not for ${operation}.",
            mapping={"other": tokens.get("operation", "")[:80], "operation": operation},
        )
        raise Invalid([Problem("other-operation", message)])


@dataclass(frozen=True, slots=True)
class _Table:
    """The row with the names, the columns by name, those with other names, and the rows below with their cells."""

    top: int
    known: Mapping[str, int]
    unknown: Sequence[tuple[int, str]]
    lines: Sequence[tuple[int, list[Cell]]]


def _table(sheet: Sheet) -> _Table | None:
    lines = [(row, list(cells)) for row, cells in groupby(sheet.cells, key=lambda cell: cell.row)]
    best, top = 0, None
    for row, cells in lines:
        if row >= _SEARCHED_ROWS:
            break
        score = _score(cells)
        if score > best:
            best, top = score, (row, cells)
    if top is None:
        return None
    row, cells = top
    known: dict[str, int] = {}
    unknown = []
    for cell in cells:
        name = columns.named(cell.value) if isinstance(cell.value, str) else None
        if name is None or name in known:
            unknown.append((cell.column, _shown(cell.value)))
        else:
            known[name] = cell.column
    return _Table(row, known, unknown, [line for line in lines if line[0] > row])


def _score(cells: Sequence[Cell]) -> int:
    """Say how much a row looks like the names of the columns; what is written exactly counts twice."""
    names = [(cell.value, columns.named(cell.value)) for cell in cells if isinstance(cell.value, str)]
    found = {name for _text, name in names if name}
    if len(found) < 2 or not found & {"title", "code"}:
        return 0
    return sum(1 + (text == name) for text, name in names if name)


def _unknown(sheet: str, top: int, names: Sequence[tuple[int, str]]) -> list[SheetProblem]:
    """Refuse headings that name no column, or one that stands there already."""
    head = Row(sheet, top, {text: column for column, text in names}, {text: text for _c, text in names})
    for _column, text in names:
        message = _(
            "“${name}” is no column of tasks, or stands there twice. Leave its name out, or use one of: ${names}.",
            mapping={"name": text, "names": ", ".join(columns.TABLE)},
        )
        head.refuse(text, "column-unknown", message, columns.TABLE)
    return head.problems


def _rows(
    sheet: str,
    known: Mapping[str, int],
    lines: Sequence[tuple[int, list[Cell]]],
) -> list[Row]:
    names = {column: name for name, column in known.items() if name not in columns.SAID_BY_US}
    places = {name: column for column, name in names.items()}
    rows = []
    for number, cells in lines:
        values = {
            names[cell.column]: cell.value for cell in cells if cell.column in names and cell.value != ""
        }
        if not values:
            continue
        row = Row(sheet, number, places, values)
        for name, value in values.items():
            if isinstance(value, BadCell):
                _refuse_bad(row, name, value)
        rows.append(row)
    return rows


def _refuse_bad(row: Row, name: str, value: BadCell) -> None:
    if value.kind == "formula-error":
        message = _(
            "The formula in this cell gives an error (${error}). Write the value itself.",
            mapping={"error": value.text[:_SHOWN]},
        )
    else:
        message = _(
            "The formula in this cell was never calculated. Open the file, save it, and send it again."
        )
    row.refuse(name, value.kind, message)


def text_of(value: CellValue | None) -> str:
    """Return a cell's value as the text that it stands for."""
    if value is None or isinstance(value, BadCell):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return quantity_text(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value.strip() if isinstance(value, str) else str(value)


def _shown(value: CellValue | None) -> str:
    text = value.text if isinstance(value, BadCell) else text_of(value)
    return text[:_SHOWN]
