"""What is wrong with a file, as a file: a line each with sheet, cell, what stands there, why not, and what would do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import Translate, _
from jointops.rendering.spreadsheet import SheetColumn, Workbook, write_csv

HEADINGS = (
    _("Sheet"),
    _("Cell"),
    _("What stands there"),
    _("What is wrong"),
    _("What would be accepted"),
    _("Code"),
    _("If it is right: key of the reason"),
    _("Cell of the reason"),
)
_WIDTHS = (18, 10, 24, 80, 40, 24, 36, 16)


def rows(problems: Sequence[Problem], say: Translate) -> list[list[str]]:
    """Return the problems as rows under :data:`HEADINGS`; what is outside a file has a pointer instead of a cell."""
    return [
        [
            str(problem.place.get("sheet", "")),
            str(problem.place.get("cell", problem.pointer)),
            str(problem.place.get("value", "")),
            say(problem.message),
            ", ".join(problem.accepted),
            problem.code,
            problem.explain,
            str(problem.place.get("explain_cell", "")),
        ]
        for problem in problems
    ]


def csv_file(problems: Sequence[Problem], say: Translate) -> bytes:
    """Return the problems as CSV with headings in the reader's language."""
    return write_csv([say(text) for text in HEADINGS], rows(problems, say))


def workbook(problems: Sequence[Problem], say: Translate, produced_at: datetime) -> bytes:
    """Return the problems as an .xlsx workbook with one table."""
    title = say(_("What is wrong with the file"))
    book = Workbook(title, produced_at)
    sheet = book.sheet(say(_("Problems")), freeze_rows=1)
    head = [SheetColumn(say(text), width=width) for text, width in zip(HEADINGS, _WIDTHS, strict=True)]
    sheet.table(0, head, rows(problems, say))
    return book.finish()
