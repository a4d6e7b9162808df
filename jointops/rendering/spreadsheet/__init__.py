"""Spreadsheets and CSV: writing them for people to fill in or analyse, and reading what comes back from anywhere."""

from jointops.rendering.spreadsheet.csv_text import read_csv, write_csv
from jointops.rendering.spreadsheet.guard import LIMITS, Limits
from jointops.rendering.spreadsheet.reading import read_sheets, read_tokens
from jointops.rendering.spreadsheet.sheets import BadCell, Cell, CellValue, Sheet, a1
from jointops.rendering.spreadsheet.writing import SheetColumn, SheetWriter, Workbook

__all__ = [
    "LIMITS",
    "BadCell",
    "Cell",
    "CellValue",
    "Limits",
    "Sheet",
    "SheetColumn",
    "SheetWriter",
    "Workbook",
    "a1",
    "read_csv",
    "read_sheets",
    "read_tokens",
    "write_csv",
]
