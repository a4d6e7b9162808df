"""Templates to fill in and send back: a workbook for people, a CSV file for programs; both read by ``sheets``.

They hold what is on record, and which revision that is, so that what comes back can be told from it (``roundtrip``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from jointops.kernel.i18n import Translate, _, label, pair, translator
from jointops.kernel.types import quantity_text
from jointops.operations.models import Operation, ReportingUnit
from jointops.reference.catalogue import catalogue
from jointops.rendering.spreadsheet import SheetWriter, Workbook, write_csv
from jointops.returns import explanations
from jointops.returns.asked import Asked
from jointops.returns.intake import columns
from jointops.returns.intake.lines import Line, OnFile, incidents, lines
from jointops.returns.models import Phase, Scope
from jointops.returns.rules import STATE_LABELS

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
    "certainty": _("How it is known"),
    "weight": _("Gross or net"),
    "seizures": _("Seizures"),
    "latitude": _("Latitude"),
    "longitude": _("Longitude"),
    "modus_operandi": _("Modus operandi"),
    "external_reference": _("Other reference"),
    "explanations": _("Reasons for what is doubtful (key = reason)"),
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
    "unit", "day", "indicator", "", "category", "", "quantity", "unit_of_measure", "certainty", "weight", "seizures",
    "action_area", "phase", "scope",
)  # fmt: skip
_FIGURE_WIDTHS = (14, 12, 24, 36, 24, 54, 14, 16, 14, 12, 10, 22, 14, 12)
_INCIDENTS = (
    "unit", "day", "reference", "indicator", "category", "quantity", "unit_of_measure", "certainty", "weight",
    "seizures", "joint_with", "at", "place", "latitude", "longitude", "modus_operandi", "description",
    "external_reference", "action_area", "phase", "scope",
)  # fmt: skip
_INCIDENT_WIDTHS = (14, 12, 18, 24, 20, 12, 14, 14, 12, 10, 20, 18, 22, 11, 11, 22, 44, 18, 22, 14, 12)
_DAYS = ("unit", "", "day", "", "nil", "narrative", "reason", "explanations")
_DAY_WIDTHS = (14, 36, 12, 22, 14, 60, 40, 44)
_QUANTITIES = frozenset({"quantity", "seizures", "latitude", "longitude"})

_FileCell = str | date | int | Decimal | None


def workbook(
    operation: Operation,
    questions: Asked,
    units: Sequence[ReportingUnit],
    days: Sequence[date],
    locale: str,
    produced_at: datetime,
    marking: str = "",
    recorded: OnFile | None = None,
) -> bytes:
    """Return an .xlsx template for ``units`` and ``days``, with labels in the language ``locale``.

    ``recorded`` is what is on record of them, which is filled in. Raises Invalid (``template-too-large``) for more
    rows than a template may have.
    """
    return _Template(operation, questions, units, days, locale, produced_at, marking, recorded or {}).finish()


def csv_file(
    questions: Asked,
    units: Sequence[ReportingUnit],
    days: Sequence[date],
    *,
    time_zone: str = "UTC",
    recorded: OnFile | None = None,
    exercise: bool = False,
) -> bytes:
    """Return a CSV template: one row for each figure that is asked for, and what is on record in ``recorded``.

    Of an ``exercise`` each row says so. Raises Invalid (``template-too-large``).
    """
    header = (*columns.TABLE, columns.EXERCISE) if exercise else columns.TABLE
    known, zone = recorded or {}, ZoneInfo(time_zone)
    every = lines(questions, units, days, known, zone)
    by_return: dict[tuple[str, date], list[dict[str, _FileCell]]] = {
        (unit.code, day): [] for day in days for unit in units
    }
    for line in every:
        by_return[line.unit, line.day].append(_figure_cells(line))
    for unit, day, incident in incidents(questions, units, days, known, zone):
        by_return[unit, day].append({name: _cell(incident, name) for name in _INCIDENTS})
    rows = []
    for (unit_code, day), found in by_return.items():
        on_file = known.get((unit_code, day))
        made_from: dict[str, _FileCell] = {
            "unit": unit_code,
            "day": day,
            columns.PLAN_VERSION: questions.plan_version,
            columns.REVISION: on_file.number if on_file else 0,
            columns.SHA256: on_file.sha256 if on_file else "",
            columns.EXERCISE: columns.EXERCISE.upper(),
        }
        for number, cells in enumerate(found or [{}]):
            whole = _whole_cells(on_file.content if on_file else {}) if number == 0 else {}
            said = {**cells, **whole, **made_from}
            rows.append([said.get(name) for name in header])
    return write_csv(header, rows)


def _figure_cells(line: Line) -> dict[str, _FileCell]:
    cells = {name: _cell(line.value, name) for name in columns.DIMENSIONS} if line.value else {}
    cells |= {"indicator": line.code, "category": line.category}
    cells["unit_of_measure"] = cells.get("unit_of_measure") or (
        line.indicator.unit if line.indicator else None
    )
    return cells


def _whole_cells(content: Mapping[str, Any]) -> dict[str, _FileCell]:
    return {
        "nil": "yes" if content.get("nil") else None,
        "narrative": content.get("narrative") or None,
        columns.EXPLANATIONS: explanations.write(content.get("explanations", {})) or None,
    }


def _cell(entry: Mapping[str, Any], name: str) -> _FileCell:
    """Return what stands in a column; a number where its text comes back the same from a spreadsheet."""
    value = entry.get("unit" if name == "unit_of_measure" else name)
    if isinstance(value, list):
        return ", ".join(value)
    if name in _QUANTITIES and value:
        try:
            number = Decimal(value)
        except ArithmeticError:
            return str(value)
        return number if quantity_text(number) == value else str(value)
    return value or None


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
        recorded: OnFile,
    ) -> None:
        self._operation, self._questions = operation, questions
        self._recorded = recorded
        self._units, self._days, self._locale = units, days, locale
        self._produced_at = produced_at
        self._say: Translate = translator(locale)
        self._title = self._say(_("Returns for ${operation}", mapping={"operation": operation.code}))
        zone = ZoneInfo(operation.time_zone)
        self._lines = lines(questions, units, days, recorded, zone)
        self._incidents = list(incidents(questions, units, days, recorded, zone))
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
                **dict(self._made_from()),
            }
        )
        return self._book.finish()

    def _made_from(self) -> Iterator[tuple[str, str]]:
        """Yield the tokens that say which revision each unit and day was made from."""
        for day in self._days:
            for unit in self._units:
                known = self._recorded.get((unit.code, day))
                token = f"{known.number} {known.sha256}" if known else "0"
                yield columns.made_from(unit.code, day), token

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
            sheet.write(2, column, self._say(heading), "header-number" if code in _QUANTITIES else "header")
            sheet.write(3, column, code, "note")
        return sheet

    def _write_figures(self) -> None:
        sheet = self._sheet(
            _("Figures"),
            _FIGURES,
            _FIGURE_WIDTHS,
            _(
                "Fill in the quantities you have and leave the others empty: empty is “no figure”, 0 is zero. What is "
                "on record is filled in; to take a figure back, empty its cell. A row with a category is a part of "
                "the row without one. More figures go into the empty rows at the end. The grey row holds the names by "
                "which the file is read; leave it."
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
        self._choose_everywhere(sheet, _TOP, last, at)
        self._choose_by_line(sheet, at)

    def _write_line(self, sheet: SheetWriter, row: int, line: Line) -> None:
        indicator, locale, value = line.indicator, self._locale, line.value or {}
        category = self._questions.category_label(line.code, line.category, locale) if line.category else ""
        of_which = self._say(_("of which: ${category}", mapping={"category": category})) if category else None
        areas = indicator.action_areas if indicator else ()
        accepted = indicator.accepted if indicator else ()
        asks = indicator.asks if indicator else ()
        cells: dict[str, tuple[_FileCell, str]] = {
            "unit": (line.unit, "text"),
            "day": (line.day, "day"),
            "indicator": (line.code, "text"),
            "category": (line.category or None, "text"),
            "quantity": (_cell(value, "quantity"), "input-quantity"),
            "unit_of_measure": (
                value.get("unit") or (indicator.unit if indicator else None),
                "input-text" if len(accepted) > 1 else "text",
            ),
            "action_area": (
                value.get("action_area") or (areas[0] if len(areas) == 1 else None),
                "text" if len(areas) == 1 else "input-text",
            ),
            "phase": (_cell(value, "phase"), "input-text"),
            "scope": (_cell(value, "scope"), "input-text"),
        }
        for name in columns.DETAILS:
            filled = _cell(value, name)
            style = "input-quantity" if name in _QUANTITIES else "input-text"
            cells[name] = (filled, style if name in asks or filled is not None else "text")
        for column, name in enumerate(_FIGURES):
            if name:
                sheet.write(row, column, *cells[name])  # type: ignore[arg-type]
        sheet.write(
            row,
            3,
            self._questions.indicator_label(line.code, locale),
            "text" if line.category else "label",
        )
        sheet.write(row, 5, of_which)

    def _write_free_figure(self, sheet: SheetWriter, row: int) -> None:
        for column, name in enumerate(_FIGURES):
            sheet.write(row, column, self._only(name), "label" if not name else _input(name))  # type: ignore[arg-type]

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

    def _choose_everywhere(self, sheet: SheetWriter, first: int, last: int, at: Mapping[str, int]) -> None:
        """Give the columns whose choices are the same in all rows their drop-downs."""
        known = catalogue()
        options: Mapping[str, Sequence[str]] = {
            "phase": self._phases,
            "scope": self._scopes,
            "certainty": list(known.certainties),
            "weight": list(known.weights),
            "modus_operandi": list(known.modi_operandi),
        }
        for name, choices in options.items():
            if name in at:
                sheet.choices(first, at[name], last, choices)
        sheet.quantities(first, at["seizures"], last, self._say(_("A whole number.")))

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
            indicator = line.indicator
            if indicator is not None and len(indicator.accepted) > 1:
                sheet.choices(first, at["unit_of_measure"], last, indicator.accepted)
            if indicator is not None and len(indicator.action_areas) != 1:
                sheet.choices(first, at["action_area"], last, indicator.action_areas or self._areas)
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
        for row, (unit, day, incident) in enumerate(self._incidents, _TOP):
            for column, name in enumerate(_INCIDENTS):
                value = {"unit": unit, "day": day}.get(name) or _cell(incident, name)
                sheet.write(row, column, value, _input(name))  # type: ignore[arg-type]
        first = _TOP + len(self._incidents)
        last = first + FREE_ROWS - 1
        for row in range(first, last + 1):
            for column, name in enumerate(_INCIDENTS):
                sheet.write(row, column, self._only(name), _input(name))  # type: ignore[arg-type]
        self._choose(sheet, _TOP, last, _INCIDENTS)
        self._choose_everywhere(sheet, _TOP, last, {name: column for column, name in enumerate(_INCIDENTS)})

    def _write_days(self) -> None:
        sheet = self._sheet(
            _("Days"),
            _DAYS,
            _DAY_WIDTHS,
            _(
                "For a day on which there was nothing to report, write yes: that is a nil return, and not the same as "
                "no return. A return that was submitted before needs the reason why it is corrected. Where the check "
                "finds something doubtful that is right all the same, write the key that it tells, an equals sign, "
                "and why."
            ),
            {1: _("Reporting unit, in words"), 3: _("On record")},
        )
        row = _TOP
        for day in self._days:
            for unit in self._units:
                sheet.write(row, 0, unit.code, "label")
                sheet.write(row, 1, label(unit.title, self._locale), "label")
                sheet.write(row, 2, day, "day")
                known = self._recorded.get((unit.code, day))
                standing = _("Withdrawn") if known and known.content.get("withdrawn") else None
                if known:
                    said = pair(
                        _("Revision ${number}", mapping={"number": known.number}),
                        standing or STATE_LABELS[known.state],
                    )
                    sheet.write(row, 3, self._say(said), "note")
                whole = _whole_cells(known.content if known else {})
                for column, name in enumerate(_DAYS[4:], 4):
                    sheet.write(row, column, whole.get(name), "input-text")
                row += 1
        if row > _TOP:
            sheet.choices(_TOP, _DAYS.index("nil"), row - 1, ("yes",))

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
            (_("How it is known"), {code: one.labels for code, one in known.certainties.items()}),
            (_("Gross or net"), {code: one.labels for code, one in known.weights.items()}),
            (_("Modus operandi"), {code: one.labels for code, one in known.modi_operandi.items()}),
            (_("Reporting units"), {unit.code: unit.title for unit in self._questions.units.values()}),
        )
        for title, entries in lists:
            row += 1
            heading(title, 2)
            for code, labels in entries.items():
                sheet.write(row, 0, code, "label")
                sheet.write(row, 1, label(labels, locale), "label")
                row += 1


def _input(name: str) -> str:
    """Return the style of a cell to fill in."""
    if name in _QUANTITIES:
        return "input-quantity"
    return "input-day" if name == "day" else "input-text"
