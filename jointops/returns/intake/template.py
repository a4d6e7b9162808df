"""Templates to fill in and send back: a workbook for people, a CSV file for programs; both read by ``sheets``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import Translate, _, label, translator
from jointops.operations.models import Operation, ReportingUnit
from jointops.operations.planindicators import AskedIndicator
from jointops.reference.catalogue import catalogue
from jointops.rendering.spreadsheet import SheetWriter, Workbook, write_csv
from jointops.returns.asked import Asked
from jointops.returns.intake import columns
from jointops.returns.models import Phase, Scope

MAX_ROWS = 30_000
"""Rows that a template may have: 34 countries with three units each over nine days, and room."""

FREE_ROWS = 40
"""Empty rows at the end of a sheet, for figures that are not asked for line by line."""

HEADINGS: Mapping[str, str] = {
    "unit": _("Reporting unit"),
    "day": _("Day"),
    "indicator": _("Indicator"),
    "category": _("Category"),
    "action_area": _("Action area"),
    "phase": _("Phase"),
    "scope": _("Scope"),
    "quantity": _("Quantity"),
    "unit_of_measure": _("Unit of measure"),
    "reference": _("Your reference"),
    "joint_with": _("Joint with (unit codes)"),
    "at": _("Date and time"),
    "place": _("Place"),
    "description": _("What happened (no names)"),
    "nil": _("Nothing to report"),
    "narrative": _("Narrative (no names)"),
    "reason": _("Reason of a correction"),
}

_TOP = 4
"""Rows above the names of the columns: title, explanation, headings."""

_FIGURES = (
    "unit", "day", "indicator", "", "category", "", "action_area", "phase", "scope", "quantity", "unit_of_measure",
)  # fmt: skip
_FIGURE_WIDTHS = (14, 12, 28, 36, 28, 52, 26, 14, 12, 14, 16)
_INCIDENTS = (
    "unit", "day", "reference", "indicator", "category", "quantity", "unit_of_measure", "joint_with", "at", "place",
    "description", "action_area", "phase", "scope",
)  # fmt: skip
_INCIDENT_WIDTHS = (14, 12, 18, 28, 24, 12, 14, 24, 18, 22, 44, 26, 14, 12)
_DAYS = ("unit", "", "day", "nil", "narrative", "reason")
_DAY_WIDTHS = (14, 36, 12, 20, 70, 44)


@dataclass(frozen=True, slots=True)
class _Line:
    """One asked figure of one unit and day."""

    unit: str
    day: date
    indicator: AskedIndicator
    category: str


def workbook(
    operation: Operation,
    questions: Asked,
    units: Sequence[ReportingUnit],
    days: Sequence[date],
    locale: str,
    produced_at: datetime,
    marking: str = "",
) -> bytes:
    """Return an .xlsx template for ``units`` and ``days``, with labels in the language ``locale``.

    Raises Invalid (``template-too-large``) for more rows than a template may have.
    """
    return _Template(operation, questions, units, days, locale, produced_at, marking).finish()


def csv_file(
    questions: Asked, units: Sequence[ReportingUnit], days: Sequence[date], *, exercise: bool = False
) -> bytes:
    """Return a CSV template: one row for each figure that is asked for; of an ``exercise`` each says so.

    Raises Invalid (``template-too-large``).
    """
    header = (*columns.TABLE, columns.EXERCISE) if exercise else columns.TABLE

    def row(line: _Line) -> list[str | date | int]:
        known: dict[str, str | date | int] = {
            "unit": line.unit,
            "day": line.day,
            "indicator": line.indicator.code,
            "category": line.category,
            "unit_of_measure": line.indicator.unit,
            columns.PLAN_VERSION: questions.plan_version,
            columns.EXERCISE: columns.EXERCISE.upper(),
        }
        return [known.get(name, "") for name in header]

    return write_csv(header, map(row, _lines(questions, units, days)))


def _lines(questions: Asked, units: Sequence[ReportingUnit], days: Sequence[date]) -> list[_Line]:
    of_unit = {unit.code: list(_figures(questions, unit.code)) for unit in units}
    if sum(map(len, of_unit.values())) * len(days) > MAX_ROWS:
        raise Invalid(
            [
                Problem(
                    "template-too-large",
                    _(
                        "This template would have more than ${n} rows. Choose fewer units or one day.",
                        mapping={"n": MAX_ROWS},
                    ),
                )
            ]
        )
    return [
        _Line(unit, day, *figure) for day in days for unit, figures in of_unit.items() for figure in figures
    ]


def _figures(questions: Asked, unit: str) -> Iterator[tuple[AskedIndicator, str]]:
    for indicator in questions.of(unit):
        yield indicator, ""
        for category in indicator.categories:
            yield indicator, category


class _Template:
    """Writes the sheets of one template."""

    def __init__(
        self,
        operation: Operation,
        questions: Asked,
        units: Sequence[ReportingUnit],
        days: Sequence[date],
        locale: str,
        produced_at: datetime,
        marking: str,
    ) -> None:
        self._operation, self._questions = operation, questions
        self._units, self._days, self._locale = units, days, locale
        self._produced_at = produced_at
        self._say: Translate = translator(locale)
        self._title = self._say(_("Returns for ${operation}", mapping={"operation": operation.code}))
        self._lines = _lines(questions, units, days)
        self._book = Workbook(self._title, produced_at, marking=marking, time_zone=operation.time_zone)
        self._areas = list(questions.action_areas)
        self._phases = [phase.value for phase in Phase]
        self._scopes = [scope.value for scope in Scope]
        self._every_unit = list(
            dict.fromkeys(code for indicator in questions.indicators.values() for code in indicator.accepted)
        )
        self._categories = list(
            dict.fromkeys(
                code for indicator in questions.indicators.values() for code in indicator.categories
            )
        )

    def finish(self) -> bytes:
        self._write_figures()
        self._write_incidents()
        self._write_days()
        self._write_codes()
        self._book.tokens(
            {
                "format": columns.TOKEN_FORMAT,
                "operation": self._operation.code,
                columns.PLAN_VERSION: str(self._questions.plan_version),
                "made_at": self._produced_at.isoformat(),
            }
        )
        return self._book.finish()

    def _sheet(
        self, name: str, names: Sequence[str], widths: Sequence[float], note: str, labels: Mapping[int, str]
    ) -> SheetWriter:
        """Add a sheet with its title, explanation, headings in the reader's language and names of columns."""
        sheet = self._book.sheet(
            self._say(name), widths=widths, freeze_rows=_TOP, freeze_columns=2, protected=True
        )
        sheet.write(0, 0, f"{self._title} – {self._say(name)}", "title")
        sheet.merged(1, 0, min(len(names), 9) - 1, self._say(note), "note", height=42)
        for column, code in enumerate(names):
            heading = HEADINGS[code] if code else labels[column]
            sheet.write(2, column, self._say(heading), "header-number" if code == "quantity" else "header")
            sheet.write(3, column, code, "note")
        return sheet

    def _write_figures(self) -> None:
        sheet = self._sheet(
            _("Figures"),
            _FIGURES,
            _FIGURE_WIDTHS,
            _(
                "Fill in the quantities you have and leave the others empty: empty is “no figure”, 0 is zero. A row "
                "with a category is a part of the row without one. More figures go into the empty rows at the end. "
                "The grey row holds the names by which the file is read; leave it."
            ),
            {3: _("Indicator, in words"), 5: _("Category, in words")},
        )
        for row, line in enumerate(self._lines, _TOP):
            self._write_line(sheet, row, line)
        first = _TOP + len(self._lines)
        for row in range(first, first + FREE_ROWS):
            self._write_free_figure(sheet, row)
        last = first + FREE_ROWS - 1
        self._choose(sheet, first, last, _FIGURES)
        at = {name: column for column, name in enumerate(_FIGURES)}
        sheet.choices(_TOP, at["phase"], last, self._phases)
        sheet.choices(_TOP, at["scope"], last, self._scopes)
        self._choose_by_line(sheet, at)

    def _write_line(self, sheet: SheetWriter, row: int, line: _Line) -> None:
        indicator, locale = line.indicator, self._locale
        category = label(indicator.categories[line.category], locale) if line.category else ""
        of_which = (
            self._say(_("of which: ${category}", mapping={"category": category})) if line.category else None
        )
        only_area = indicator.action_areas[0] if len(indicator.action_areas) == 1 else None
        sheet.write(row, 0, line.unit)
        sheet.write(row, 1, line.day, "day")
        sheet.write(row, 2, indicator.code)
        sheet.write(row, 3, label(indicator.labels, locale), "text" if line.category else "label")
        sheet.write(row, 4, line.category or None)
        sheet.write(row, 5, of_which)
        sheet.write(row, 6, only_area, "text" if only_area else "input-text")
        sheet.write(row, 7, None, "input-text")
        sheet.write(row, 8, None, "input-text")
        sheet.write(row, 9, None, "input-quantity")
        sheet.write(row, 10, indicator.unit, "input-text" if len(indicator.accepted) > 1 else "text")

    def _write_free_figure(self, sheet: SheetWriter, row: int) -> None:
        for column, name in enumerate(_FIGURES):
            style = {"quantity": "input-quantity", "day": "input-day", "": "label"}.get(name, "input-text")
            sheet.write(row, column, self._only(name), style)  # type: ignore[arg-type]

    def _only(self, name: str) -> str | date | None:
        """Return what an empty row can hold already: the only unit, the only day."""
        if name == "unit" and len(self._units) == 1:
            return self._units[0].code
        if name == "day" and len(self._days) == 1:
            return self._days[0]
        return None

    def _choose(self, sheet: SheetWriter, first: int, last: int, names: Sequence[str]) -> None:
        """Give the free rows their drop-downs."""
        options: Mapping[str, Sequence[str]] = {
            "unit": [unit.code for unit in self._units],
            "indicator": list(self._questions.indicators),
            "category": self._categories,
            "action_area": self._areas,
            "unit_of_measure": self._every_unit,
        }
        for column, name in enumerate(names):
            if name in options:
                sheet.choices(first, column, last, options[name])
            elif name == "quantity":
                sheet.quantities(first, column, last, self._say(_("A number, zero or more.")))

    def _choose_by_line(self, sheet: SheetWriter, at: Mapping[str, int]) -> None:
        """Give the asked rows their drop-downs, one for each run of rows with the same choices."""
        if self._lines:
            sheet.quantities(
                _TOP, at["quantity"], _TOP + len(self._lines) - 1, self._say(_("A number, zero or more."))
            )
        start = 0
        for number, line in enumerate(self._lines):
            following = self._lines[number + 1] if number + 1 < len(self._lines) else None
            if following is not None and following.indicator is line.indicator:
                continue
            first, last = _TOP + start, _TOP + number
            if len(line.indicator.accepted) > 1:
                sheet.choices(first, at["unit_of_measure"], last, line.indicator.accepted)
            if len(line.indicator.action_areas) != 1:
                sheet.choices(first, at["action_area"], last, line.indicator.action_areas or self._areas)
            start = number + 1

    def _write_incidents(self) -> None:
        sheet = self._sheet(
            _("Incidents"),
            _INCIDENTS,
            _INCIDENT_WIDTHS,
            _(
                "One row for each event that you report by itself, such as a large or a joint seizure. Its quantity "
                "adds to the figures: do not enter it there again. For a joint result, name the other units; all "
                "use the same reference, and it is counted once."
            ),
            {},
        )
        first, last = _TOP, _TOP + FREE_ROWS - 1
        for row in range(first, last + 1):
            for column, name in enumerate(_INCIDENTS):
                style = {"quantity": "input-quantity", "day": "input-day"}.get(name, "input-text")
                sheet.write(row, column, self._only(name), style)  # type: ignore[arg-type]
        self._choose(sheet, first, last, _INCIDENTS)
        at = {name: column for column, name in enumerate(_INCIDENTS)}
        sheet.choices(first, at["phase"], last, self._phases)
        sheet.choices(first, at["scope"], last, self._scopes)

    def _write_days(self) -> None:
        sheet = self._sheet(
            _("Days"),
            _DAYS,
            _DAY_WIDTHS,
            _(
                "For a day on which there was nothing to report, write yes: that is a nil return, and not the same as "
                "no return. A return that was submitted before needs the reason why it is corrected."
            ),
            {1: _("Reporting unit, in words")},
        )
        row = _TOP
        for day in self._days:
            for unit in self._units:
                sheet.write(row, 0, unit.code, "label")
                sheet.write(row, 1, label(unit.title, self._locale), "label")
                sheet.write(row, 2, day, "day")
                for column in (3, 4, 5):
                    sheet.write(row, column, None, "input-text")
                row += 1
        if row > _TOP:
            sheet.choices(_TOP, 3, row - 1, ("yes",))

    def _write_codes(self) -> None:
        """Add a sheet that explains the codes, in the reader's language."""
        known, locale, say = catalogue(), self._locale, self._say
        units = {code: known.units[code].labels for code in self._every_unit if code in known.units}
        sheet = self._book.sheet(say(_("Codes")), widths=(30, 44, 80, 24, 60), protected=True)
        titles = (_("Code"), _("In words"), _("What counts"), _("Units of measure"), _("Categories"))
        row = 0

        def heading(text: str, shown: int) -> None:
            nonlocal row
            sheet.write(row, 0, say(text), "title")
            for column, title in enumerate(titles[:shown]):
                sheet.write(row + 1, column, say(title), "header")
            row += 2

        heading(_("Indicators"), 5)
        for indicator in self._questions.indicators.values():
            values = (
                indicator.code,
                label(indicator.labels, locale),
                label(indicator.definition, locale),
                ", ".join(indicator.accepted),
                ", ".join(indicator.categories),
            )
            for column, value in enumerate(values):
                sheet.write(row, column, value, "note" if column > 1 else "label")
            row += 1
        lists = (
            (_("Action areas"), self._questions.action_areas),
            (_("Units of measure"), units),
            (_("Phases"), {code: known.phases[code].labels for code in self._phases}),
            (_("Scopes"), {code: known.scopes[code].labels for code in self._scopes}),
            (_("Reporting units"), {unit.code: unit.title for unit in self._questions.units.values()}),
        )
        for title, entries in lists:
            row += 1
            heading(title, 2)
            for code, labels in entries.items():
                sheet.write(row, 0, code, "label")
                sheet.write(row, 1, label(labels, locale), "label")
                row += 1
