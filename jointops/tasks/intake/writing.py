"""Tasks as a table to look at, to change and to send back: a workbook with drop-downs, or a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from jointops.kernel.i18n import LOCALES, Translate, _, label, translator
from jointops.operations.models import Operation
from jointops.reference.catalogue import catalogue
from jointops.rendering.spreadsheet import SheetWriter, Workbook, write_csv
from jointops.tasks import rules
from jointops.tasks.book import TaskInput, as_input
from jointops.tasks.finding import state_of
from jointops.tasks.intake import columns
from jointops.tasks.models import Task

FREE_ROWS = 100
"""Empty rows of a template, and below the tasks of an export, with drop-downs for new ones."""

_TOP = 4
"""Rows above the first task: title, explanation, headings, names of the columns."""

_CHOICES = ("type", "action_area", "lead", "place_kind", "country", "mandatory")

Cell = str | date | Decimal | None


def csv_file(tasks: Iterable[Task]) -> bytes:
    """Return tasks as a CSV file; none make a template with the names of the columns alone."""
    every = list(tasks)
    names = [*columns.ordered(_languages(every)), *columns.SAID_BY_US]
    return write_csv(names, ([_text(cell) for cell in row] for row in _rows(every, names)))


def workbook(
    operation: Operation, tasks: Iterable[Task], locale: str, produced_at: datetime, marking: str = ""
) -> bytes:
    """Return tasks as an .xlsx workbook in the reader's language; none make a template to fill in."""
    every = list(tasks)
    return _Workbook(operation, every, locale, produced_at, marking).finish()


def _languages(tasks: Iterable[Task]) -> set[str]:
    return {language for task in tasks for texts in (task.title, task.instructions) for language in texts}


def _rows(tasks: Iterable[Task], names: Sequence[str]) -> Iterable[list[Cell]]:
    for task in tasks:
        cells = {**_cells(task.code, as_input(task)), "state": state_of(task).value}
        yield [cells.get(name) for name in names]


def _cells(code: str, given: TaskInput) -> dict[str, Cell]:
    place, hours = given.place or {}, given.hours
    return {
        "code": code,
        **_texts("title", given.title),
        "type": given.kind,
        "action_area": given.action_area,
        "units": ", ".join(given.units),
        "lead": given.lead,
        "first_day": given.starts_on,
        "last_day": given.ends_on,
        "hours": f"{hours['since']}-{hours['until']}" if hours else None,
        "place_kind": place.get("kind"),
        "place_name": place.get("name"),
        "country": place.get("country"),
        "lat": _number(place.get("lat")),
        "lon": _number(place.get("lon")),
        "authorities": ", ".join(given.authorities),
        "resources": ", ".join(f"{item.kind}: {item.quantity}" for item in given.resources),
        "depends_on": ", ".join(given.depends_on),
        "mandatory": "yes" if given.mandatory else None,
        **_texts("description", given.instructions),
    }


def _texts(name: str, texts: Mapping[str, str]) -> dict[str, Cell]:
    return {name if language == "en" else f"{name}_{language}": text for language, text in texts.items()}


def _number(text: str | None) -> Cell:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return text


def _text(cell: Cell) -> str | date | Decimal:
    return "" if cell is None else cell


class _Workbook:
    """Writes the sheets of one workbook."""

    def __init__(
        self, operation: Operation, tasks: Sequence[Task], locale: str, produced_at: datetime, marking: str
    ) -> None:
        self._operation, self._tasks, self._locale = operation, tasks, locale
        self._say: Translate = translator(locale)
        languages = _languages(tasks) | ({locale} & LOCALES.keys())
        self._names = columns.ordered(languages)
        if tasks:
            self._names = [*self._names, *columns.SAID_BY_US]
        self._title = self._say(_("Tasks of ${operation}", mapping={"operation": operation.code}))
        self._book = Workbook(self._title, produced_at, marking=marking, time_zone=operation.time_zone)

    def finish(self) -> bytes:
        """Return the workbook."""
        self._write_tasks()
        self._write_codes()
        self._book.tokens({"format": columns.TOKEN_FORMAT, "operation": self._operation.code})
        return self._book.finish()

    def _write_tasks(self) -> None:
        say = self._say
        widths = [columns.WIDTHS.get(columns.split(name)[0], columns.USUAL_WIDTH) for name in self._names]
        sheet = self._book.sheet(say(_("Tasks")), widths=widths, freeze_rows=_TOP, freeze_columns=2)
        sheet.write(0, 0, self._title, "title")
        sheet.merged(
            1,
            0,
            8,
            say(
                _(
                    "One row is one task. A row with a code that exists changes that task, one without makes a new "
                    "one; tasks that are not here stay. Several codes in a cell are parted by commas. The grey row "
                    "holds the names by which the file is read; leave it."
                )
            ),
            "note",
            height=42,
        )
        for column, name in enumerate(self._names):
            plain, language = columns.split(name)
            heading = columns.HEADINGS[plain]
            if plain in columns.TEXTS:
                heading = heading % {"language": LOCALES.get(language, language)}
            sheet.write(2, column, say(heading), "header")
            sheet.write(3, column, name, "note")
        row = _TOP
        for cells in _rows(self._tasks, self._names):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell, "input-day" if isinstance(cell, date) else "input-text")
            row += 1
        for free in range(row, row + FREE_ROWS):
            for column, name in enumerate(self._names):
                sheet.write(
                    free, column, None, "input-day" if name in {"first_day", "last_day"} else "input-text"
                )
        self._choose(sheet, row + FREE_ROWS - 1)

    def _choose(self, sheet: SheetWriter, last: int) -> None:
        known, operation = catalogue(), self._operation
        options: Mapping[str, Sequence[str]] = {
            "type": list(known.task_types),
            "action_area": [area.code for area in operation.action_areas if area.in_plan],
            "lead": [unit.code for unit in operation.units if unit.in_plan],
            "place_kind": list(known.place_kinds),
            "country": list(known.countries),
            "mandatory": ["yes", "no"],
        }
        for column, name in enumerate(self._names):
            if name in _CHOICES:
                sheet.choices(_TOP, column, last, options[name])
            elif name in {"first_day", "last_day"}:
                first, end = operation.first_day, operation.last_day
                say = _("A day from ${first} to ${last}.", mapping={"first": first, "last": end})
                sheet.days(_TOP, column, last, first, end, self._say(say))

    def _write_codes(self) -> None:
        """Add a sheet that explains the codes, in the reader's language."""
        known, operation, say = catalogue(), self._operation, self._say
        sheet = self._book.sheet(say(_("Codes")), widths=(30, 60))
        areas = {area.code: area.title for area in operation.action_areas if area.in_plan}
        units = {unit.code: unit.title for unit in operation.units if unit.in_plan}
        parts: Sequence[tuple[str, Mapping[str, Mapping[str, str]]]] = (
            (_("Units"), units),
            (_("Type"), {code: entry.labels for code, entry in known.task_types.items()}),
            (_("Action area"), areas),
            (_("Kind of place"), {code: entry.labels for code, entry in known.place_kinds.items()}),
            (
                _("Authorities it takes"),
                {code: entry.labels for code, entry in known.authority_types.items()},
            ),
            (_("What it needs"), {code: entry.labels for code, entry in known.contribution_kinds.items()}),
            (_("State"), {code: {self._locale: say(text)} for code, text in rules.STATE_LABELS.items()}),
        )
        row = 0
        for title, labels in parts:
            sheet.write(row, 0, say(title), "header")
            sheet.write(row, 1, say(_("In words")), "header")
            for place, (code, texts) in enumerate(labels.items(), row + 1):
                sheet.write(place, 0, code)
                sheet.write(place, 1, label(texts, self._locale))
            row += len(labels) + 2
