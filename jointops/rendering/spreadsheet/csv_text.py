"""CSV as people's programs write and open it: any usual encoding and separator in, guarded against formulas out."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from jointops.kernel.i18n import _
from jointops.rendering.spreadsheet.guard import LIMITS, Limits
from jointops.rendering.spreadsheet.sheets import Cell, Sheet, refusal

SEPARATORS = (",", ";", "\t")

# A spreadsheet program runs a text that begins like this as a formula; an apostrophe in front makes it text again.
# Texts that begin with apostrophes before such a letter get one more, so that reading takes exactly one away.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DECLARED_SEPARATOR = re.compile(r"sep=(.)\r?\n")

Value = str | Decimal | int | date | datetime | bool | None


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Value]], separator: str = ",") -> bytes:
    """Return rows under ``header`` as UTF-8 with a byte order mark, lines ended as RFC 4180 says.

    Numbers are written in full with a decimal point, days and instants in ISO 8601, ``None`` as nothing. A text that
    a spreadsheet program would run as a formula gets an apostrophe in front, which :func:`read_csv` takes away.
    """
    target = io.StringIO()
    writer = csv.writer(target, delimiter=separator, lineterminator="\r\n")
    writer.writerow([_guarded(title) for title in header])
    for row in rows:
        writer.writerow([_written(value) for value in row])
    return target.getvalue().encode("utf-8-sig", "replace")


def read_csv(data: bytes, name: str = "csv", limits: Limits = LIMITS) -> Sheet:
    """Return the CSV text in ``data`` as one sheet whose values are texts without surrounding spaces.

    Accepts UTF-8 and UTF-16, with or without a byte order mark, separated by comma, semicolon or tab, also with a
    first line ``sep=;``. Raises ``Invalid`` with the code ``empty-file``, ``not-text``, ``quotes-not-closed`` or
    ``spreadsheet-too-large``.
    """
    if len(data) > limits.file_bytes:
        raise _too_large()
    text = _decoded(data)
    if not text.strip():
        raise refusal("empty-file", _("The file is empty."))
    separator, text = _separator(text)
    cells: list[Cell] = []
    # Unless it is strict, a quote that is never closed swallows all lines that follow, and their figures.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    last = 0
    try:
        for row, values in enumerate(reader):
            last = reader.line_num
            if row >= limits.rows or len(values) > limits.columns or len(cells) > limits.cells:
                raise _too_large()
            cells.extend(
                Cell(name, row, column, _unguarded(value).strip())
                for column, value in enumerate(values)
                if value.strip()
            )
    except csv.Error as error:
        if "field larger" in str(error):
            raise _not_text() from error
        raise _quotes(last + 1) from error
    return Sheet(name, tuple(cells))


def _written(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return _guarded(value) if isinstance(value, str) else str(value)


def _guarded(text: str) -> str:
    text = text.replace("\x00", "")
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _decoded(data: bytes) -> str:
    """Return the text, told by its byte order mark or, without one, by where the zero bytes of UTF-16 stand."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data[1:2] == b"\x00":
        encoding = "utf-16-le"
    elif data[:1] == b"\x00":
        encoding = "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_text() from error
    if "\x00" in text:
        raise _not_text()
    return text


def _separator(text: str) -> tuple[str, str]:
    """Return the separator and the text after a line that declares it.

    Without a declaration it is the one that stands most often outside quotes in the first line that has any text.
    """
    declared = _DECLARED_SEPARATOR.match(text)
    if declared and declared.group(1) in SEPARATORS:
        return declared.group(1), text[declared.end() :]
    first = next(line for line in text.splitlines() if line.strip())
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=unquoted.count), text


def _not_text() -> Exception:
    return refusal(
        "not-text",
        _("The file is not readable as text. Save it as CSV in UTF-8, or as an Excel workbook (.xlsx)."),
    )


def _quotes(line: int) -> Exception:
    return refusal(
        "quotes-not-closed",
        _(
            "In the row that begins on line ${line} a quotation mark is not closed, or does not stand around a whole "
            "value. Put each value that holds a quotation mark into quotation marks, and write it twice within.",
            mapping={"line": line},
        ),
    )


def _too_large() -> Exception:
    return refusal("spreadsheet-too-large", _("The file is too large. Send fewer rows at a time."))
