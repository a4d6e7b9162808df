"""Reads .xlsx workbooks from anywhere into sheets of exact values, after the guard has looked at them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import python_calamine

from jointops.rendering.spreadsheet import guard
from jointops.rendering.spreadsheet.sheets import (
    TOKENS_SHEET,
    BadCell,
    Cell,
    CellValue,
    Sheet,
)

_Raw = int | float | str | bool | time | date | datetime | timedelta


def read_sheets(data: bytes, limits: guard.Limits = guard.LIMITS) -> list[Sheet]:
    """Return the sheets of the .xlsx workbook in ``data``, hidden ones too, in their order.

    A number comes back as the decimal that a person sees (0.1 stays 0.1); a formula as the value it had when the
    workbook was saved; a date without a time as a day. Raises ``Invalid`` with the guard's codes.
    """
    workbook = guard.checked(data, limits)
    try:
        return _parse(workbook)
    except (python_calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise guard.damaged() from error
    except BaseException as error:
        # A panic inside the parser is not an Exception; every other one that is none must pass.
        if type(error).__name__ == "PanicException":
            raise guard.damaged() from error
        raise


def read_tokens(sheets: Sequence[Sheet]) -> dict[str, str]:
    """Return the pairs that the workbook was made with (``Workbook.tokens``); empty if it carries none."""
    for sheet in sheets:
        if sheet.name == TOKENS_SHEET:
            return {
                str(name): str(value)
                for name, value in ((sheet.at(row, 0), sheet.at(row, 1)) for row in range(sheet.row_count))
                if name is not None and value is not None
            }
    return {}


def _parse(workbook: guard.Workbook) -> list[Sheet]:
    with python_calamine.load_workbook(io.BytesIO(workbook.packed)) as parsed:
        sheets = []
        for facts in parsed.sheets_metadata:
            if facts.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            rows = parsed.get_sheet_by_name(facts.name).to_python(skip_empty_area=False)
            bad = workbook.bad_cells.get(facts.name, {})
            hidden = facts.visible != python_calamine.SheetVisibleEnum.Visible
            sheets.append(Sheet(facts.name, _cells(facts.name, rows, bad), hidden))
        return sheets


def _cells(
    sheet: str, rows: Sequence[Sequence[_Raw]], bad: Mapping[tuple[int, int], BadCell]
) -> tuple[Cell, ...]:
    cells = [
        Cell(sheet, row, column, _exact(value))
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
        if value != "" and (row, column) not in bad
    ]
    if bad:
        cells += [Cell(sheet, row, column, value) for (row, column), value in bad.items()]
        cells.sort(key=lambda cell: (cell.row, cell.column))
    return tuple(cells)


def _exact(value: _Raw) -> CellValue:
    if isinstance(value, bool | str | date | datetime | time | timedelta):
        return value
    if isinstance(value, float) and not value.is_integer():
        return Decimal(repr(value))
    return Decimal(int(value))
