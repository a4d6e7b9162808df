"""Writes workbooks for people: titles, tables, fields to fill in with choices, and what they were made for.

Text is always written as text, never as a formula or a link. Numbers are exact: what a spreadsheet cannot hold
exactly is written as text. The same calls give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from jointops.rendering import text, theme
from jointops.rendering.spreadsheet.sheets import TOKENS_SHEET, a1

Value = str | Decimal | int | date | datetime | bool | None
Style = Literal[
    "text",
    "title",
    "note",
    "header",
    "header-number",
    "label",
    "number",
    "quantity",
    "day",
    "instant",
    "total",
    "input-text",
    "input-quantity",
    "input-day",
]

LONGEST_TEXT = 32_767
"""Characters that a cell can hold; a longer text is cut, with ``CUT`` at its end."""
CUT = " […]"

_LONGEST_NAME = 31
_NAME_FORBIDS = str.maketrans("", "", "[]:*?/\\")
_LONGEST_CHOICES = 255
_LONGEST_PROMPT = 255
_LONGEST_HEADER = 120
_CHOICES_SHEET = "_choices"
_A4 = 9
_LAST_COLUMN = 16_383
_EXACT_DIGITS = 15
_LARGEST_EXPONENT = 300
_NUMERIC_STYLES = frozenset({"number", "quantity", "total", "input-quantity"})
_DAY_FORMAT = "yyyy-mm-dd"
_INSTANT_FORMAT = "yyyy-mm-dd hh:mm"
_PROTECTION = {
    "select_locked_cells": True,
    "select_unlocked_cells": True,
    "format_columns": True,
    "format_rows": True,
    "sort": True,
    "autofilter": True,
}


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a table: its title, the style of its cells, and its width in characters (0 fits the content)."""

    title: str
    style: Style = "text"
    width: float = 0


class Workbook:
    """A workbook in the making. ``produced_at`` is an aware instant; instants in cells are shown in ``time_zone``."""

    def __init__(
        self,
        title: str,
        produced_at: datetime,
        *,
        marking: str = "",
        author: str = "",
        time_zone: str = "UTC",
    ) -> None:
        self._target = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._target,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._book.set_properties(
            {
                "title": text.one_line(title),
                "author": text.one_line(author),
                "comments": text.one_line(marking),
                "created": produced_at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        self.time_zone = ZoneInfo(time_zone)
        self.marking = text.one_line(marking)
        self._formats: dict[tuple[Style, str], Format] = {}
        self._names: set[str] = set()
        self._choices: Worksheet | None = None
        self._first_visible: Worksheet | None = None
        self._choice_columns: dict[tuple[str, ...], str] = {}

    def sheet(
        self,
        name: str,
        *,
        widths: Sequence[float] = (),
        freeze_rows: int = 0,
        freeze_columns: int = 0,
        protected: bool = False,
        hidden: bool = False,
    ) -> SheetWriter:
        """Add a sheet. Its name is made to fit (31 characters, no brackets or slashes, unique in the workbook).

        In a ``protected`` sheet only cells with an ``input-*`` style can be changed; there is no password, since it is
        against slips and not against people.
        """
        worksheet = self._book.add_worksheet(self._free_name(name))
        worksheet.set_paper(_A4)
        worksheet.set_landscape()
        worksheet.fit_to_pages(1, 0)
        marking = self.marking[:_LONGEST_HEADER].replace("&", "&&")
        worksheet.set_header(f"&C{marking}")
        worksheet.set_footer(f"&L{marking}&R&P / &N")
        for column, width in enumerate(widths):
            worksheet.set_column(column, column, width)
        if freeze_rows or freeze_columns:
            worksheet.freeze_panes(freeze_rows, freeze_columns)
        if freeze_rows:
            worksheet.repeat_rows(0, freeze_rows - 1)
        if protected:
            worksheet.protect("", _PROTECTION)
        if hidden:
            worksheet.hide()
        elif self._first_visible is None:
            self._first_visible = worksheet
        return SheetWriter(self, worksheet)

    def tokens(self, pairs: Mapping[str, str]) -> None:
        """Add what the workbook was made for to a sheet that people do not see; read back by ``read_tokens``."""
        worksheet = self._book.add_worksheet(TOKENS_SHEET)
        self._names.add(TOKENS_SHEET)
        for row, (name, value) in enumerate(pairs.items()):
            worksheet.write_string(row, 0, fitting(name))
            worksheet.write_string(row, 1, fitting(value))
        worksheet.protect("", _PROTECTION)
        worksheet.very_hidden()

    def finish(self) -> bytes:
        """Return the workbook as an .xlsx file. Nothing can be added after."""
        first = self._first_visible or self._book.add_worksheet()
        first.activate()
        first.set_first_sheet()
        self._book.close()
        return self._target.getvalue()

    def format_of(self, style: Style, number_format: str = "") -> Format:
        """Return the format of a style, made once for each number format."""
        key = (style, number_format)
        if key not in self._formats:
            self._formats[key] = self._book.add_format(_properties(style, number_format))
        return self._formats[key]

    def choice_source(self, options: Sequence[str]) -> list[str] | str:
        """Return the source of a drop-down: the options if they are short, else a range on a hidden sheet."""
        cleaned = tuple(fitting(option) for option in options)
        if len(",".join(cleaned)) <= _LONGEST_CHOICES and not any("," in option for option in cleaned):
            return list(cleaned)
        if cleaned not in self._choice_columns:
            if self._choices is None:
                self._choices = self._book.add_worksheet(_CHOICES_SHEET)
                self._names.add(_CHOICES_SHEET)
                self._choices.very_hidden()
            column = len(self._choice_columns)
            for row, option in enumerate(cleaned):
                self._choices.write_string(row, column, option)
            letters = a1(0, column).removesuffix("1")
            self._choice_columns[cleaned] = f"={_CHOICES_SHEET}!${letters}$1:${letters}${len(cleaned)}"
        return self._choice_columns[cleaned]

    def _free_name(self, wanted: str) -> str:
        plain = (
            text.one_line(wanted).translate(_NAME_FORBIDS).strip("' ")[:_LONGEST_NAME].strip("' ") or "Sheet"
        )
        if plain.lower() == "history":
            plain = f"{plain} 1"
        name, attempt = plain, 2
        while name.lower() in self._names:
            ending = f" ({attempt})"
            name = plain[: _LONGEST_NAME - len(ending)] + ending
            attempt += 1
        self._names.add(name.lower())
        return name


class SheetWriter:
    """One sheet of a workbook in the making. Rows and columns count from 0."""

    def __init__(self, book: Workbook, worksheet: Worksheet) -> None:
        self._book = book
        self._worksheet = worksheet

    @property
    def name(self) -> str:
        """The sheet's name, as it was made to fit."""
        return str(self._worksheet.get_name())

    def write(self, row: int, column: int, value: Value, style: Style = "text") -> None:
        """Write one value. ``None`` leaves an empty cell that still has its style, such as a field to fill in.

        Raises ``ValueError`` for an instant without a time zone.
        """
        sheet, book = self._worksheet, self._book
        if value is None or value == "":
            sheet.write_blank(row, column, None, book.format_of(style, _empty_format(style)))
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, book.format_of(style))
        elif isinstance(value, datetime):
            if value.utcoffset() is None:
                raise ValueError("an instant needs a time zone")
            local = value.astimezone(book.time_zone).replace(tzinfo=None)
            sheet.write_datetime(row, column, local, book.format_of(style, _INSTANT_FORMAT))
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, book.format_of(style, _DAY_FORMAT))
        elif isinstance(value, str):
            sheet.write_string(row, column, fitting(value), book.format_of(style))
        else:
            self._write_number(row, column, Decimal(value), style)

    def table(self, top_row: int, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Value]]) -> int:
        """Write a table whose header stands in ``top_row``, with a filter on it; return the first row below."""
        row = top_row
        widest = [len(column.title) for column in columns]
        for column, facts in enumerate(columns):
            numeric = facts.style in _NUMERIC_STYLES
            self.write(top_row, column, facts.title, "header-number" if numeric else "header")
        for row, values in enumerate(rows, top_row + 1):
            for column, (facts, value) in enumerate(zip(columns, values, strict=True)):
                self.write(row, column, value, facts.style)
                widest[column] = max(widest[column], _shown_width(value))
        for column, facts in enumerate(columns):
            self._worksheet.set_column(column, column, facts.width or min(max(widest[column] + 2, 8), 60))
        if columns:
            self._worksheet.autofilter(top_row, 0, max(row, top_row), len(columns) - 1)
        return row + 1

    def choices(
        self, first_row: int, column: int, last_row: int, options: Sequence[str], message: str = ""
    ) -> None:
        """Let the cells of a column take only one of ``options`` from a drop-down; ``message`` says what to choose."""
        if options:
            self._validate(
                first_row,
                column,
                last_row,
                {"validate": "list", "source": self._book.choice_source(options)},
                message,
            )

    def quantities(self, first_row: int, column: int, last_row: int, message: str = "") -> None:
        """Let the cells of a column take only numbers that are not negative."""
        rule = {"validate": "decimal", "criteria": ">=", "value": 0}
        self._validate(first_row, column, last_row, rule, message)

    def days(
        self, first_row: int, column: int, last_row: int, first_day: date, last_day: date, message: str = ""
    ) -> None:
        """Let the cells of a column take only days from ``first_day`` to ``last_day``, both included."""
        rule = {"validate": "date", "criteria": "between", "minimum": first_day, "maximum": last_day}
        self._validate(first_row, column, last_row, rule, message)

    def merged(
        self,
        row: int,
        first_column: int,
        last_column: int,
        value: str,
        style: Style = "text",
        height: float = 0,
    ) -> None:
        """Write a text across columns, in a row of ``height`` points (0 leaves it to the program)."""
        self._worksheet.merge_range(
            row, first_column, row, last_column, fitting(value), self._book.format_of(style)
        )
        if height:
            self._worksheet.set_row(row, height)

    def hide_column(self, column: int) -> None:
        """Hide a column that carries codes for reading back."""
        self._worksheet.set_column(
            min(column, _LAST_COLUMN), min(column, _LAST_COLUMN), None, None, {"hidden": True}
        )

    def _write_number(self, row: int, column: int, value: Decimal, style: Style) -> None:
        # Spreadsheets calculate in binary floats, which tell decimals of fifteen digits apart. The decimal itself is
        # handed on: the writer prints a float with sixteen digits, and 88.207 would come back as 88.20699999999999.
        exact = (
            value.is_finite()
            and len(value.normalize().as_tuple().digits) <= _EXACT_DIGITS
            and abs(value.adjusted()) <= _LARGEST_EXPONENT
        )
        if not exact:
            self._worksheet.write_string(row, column, f"{value:f}", self._book.format_of(style))
            return
        digits = max(0, -int(value.normalize().as_tuple().exponent)) if value else 0
        grouped = "#,##0" + ("." + "0" * digits if digits else "")
        shown = "General" if style.startswith("input-") else grouped
        self._worksheet.write_number(row, column, value, self._book.format_of(style, shown))

    def _validate(
        self, first_row: int, column: int, last_row: int, rule: Mapping[str, Any], message: str
    ) -> None:
        options = dict(rule)
        if message:
            options["input_message"] = text.clean(message)[:_LONGEST_PROMPT]
            options["error_message"] = text.clean(message)[:_LONGEST_PROMPT]
        self._worksheet.data_validation(first_row, column, last_row, column, options)


def fitting(value: str) -> str:
    """Return a text that a cell can hold: cleaned, and cut where it is longer than a cell."""
    cleaned = text.clean(value)
    if len(cleaned.encode("utf-16-le")) // 2 <= LONGEST_TEXT:
        return cleaned
    kept = cleaned.encode("utf-16-le")[: 2 * (LONGEST_TEXT - len(CUT))]
    return kept.decode("utf-16-le", "ignore") + CUT


def _shown_width(value: Value) -> int:
    if isinstance(value, str):
        return max((len(line) for line in value.split("\n")), default=0)
    if isinstance(value, datetime):
        return len(_INSTANT_FORMAT)
    return 0 if value is None else len(str(value)) + 2


def _empty_format(style: Style) -> str:
    if style in {"day", "input-day"}:
        return _DAY_FORMAT
    return _INSTANT_FORMAT if style == "instant" else ""


def _properties(style: Style, number_format: str) -> dict[str, Any]:
    accent, line = theme.colour("accent"), theme.colour("line")
    look: dict[str, Any] = {"font_name": "Arial", "font_size": 10, "valign": "top"}
    if number_format:
        look["num_format"] = number_format
    if style in _NUMERIC_STYLES or style == "header-number":
        look["align"] = "right"
    match style:
        case "title":
            look |= {"bold": True, "font_size": 16, "font_color": accent}
        case "note":
            look |= {"font_color": theme.colour("muted"), "text_wrap": True}
        case "header" | "header-number":
            look |= {
                "bold": True,
                "font_color": "#ffffff",
                "bg_color": accent,
                "text_wrap": True,
                "valign": "vcenter",
            }
        case "label":
            look |= {"bold": True, "font_color": accent, "text_wrap": True}
        case "text":
            look["text_wrap"] = True
        case "total":
            look |= {"bold": True, "top": 1, "top_color": accent}
        case "input-text" | "input-quantity" | "input-day":
            look |= {"locked": False, "bg_color": "#fffbe8", "border": 1, "border_color": line}
            if style == "input-text":
                look["text_wrap"] = True
    return look
