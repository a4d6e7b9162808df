"""Spreadsheets and CSV files: rows grouped by unit and day into submissions, each with the cells it came from.

A sheet takes part when one of its first rows names the columns ``unit`` and ``day`` (see ``columns``). Everything
that cannot be read is collected with its cell; what the figures mean is left to the rules of a return.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Context, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.types import quantity_text
from jointops.operations.models import Operation
from jointops.operations.planindicators import AskedIndicator
from jointops.rendering.spreadsheet import BadCell, Sheet, a1, read_csv, read_sheets, read_tokens
from jointops.rendering.spreadsheet.sheets import CellValue
from jointops.returns import explanations
from jointops.returns.intake import columns
from jointops.returns.intake.batch import Base, Entry, Place, placed
from jointops.returns.intake.defaults import area_said, unit_said
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry

_SEARCHED_ROWS = 30
"""Rows from the top in which the names of the columns are looked for."""

_SHOWN = 60
"""Characters of a cell's value that a problem repeats."""

_SPREADSHEET_DIGITS = Context(prec=15)
"""Spreadsheets show fifteen digits; a calculated 0.1 + 0.2 carries a sixteenth that nobody entered."""

_VERSION = re.compile(r"[0-9]{1,6}")
_OF_THE_WHOLE = (*columns.WHOLE_DAY, *columns.MADE_FROM)
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SIGNATURES = (b"PK", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Intake:
    """What a file says: its returns, what could not be read of it, and how many rows had no quantity.

    ``columns`` are those that its tables have: what has no column is not said at all, which is not the same as empty.
    A return that the file was made with, and of which nothing is left in its rows, is an entry that says nothing.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    left_out: int
    columns: frozenset[str] = frozenset(columns.TABLE)


def read(data: bytes, operation: Operation, indicators: Mapping[str, AskedIndicator]) -> Intake:
    """Read an .xlsx or CSV file as returns of ``operation``; which of the two it is, is told by its content.

    ``indicators`` are those of the plan in force by code.
    Raises Invalid when nothing of it can be read: the codes of ``rendering.spreadsheet``, ``no-returns-sheet``,
    ``other-operation``, ``template-unknown``.
    """
    if data.startswith(_SIGNATURES):
        sheets = read_sheets(data)
        tokens = read_tokens(sheets)
        shown = [sheet for sheet in sheets if not sheet.hidden]
        named = True
    else:
        shown, tokens, named = [read_csv(data)], {}, False
    plan_version = _check_tokens(tokens, operation)
    reader = _Reader(operation, indicators, plan_version, named, tokens)
    for sheet in shown:
        reader.take(sheet)
    if not reader.tables:
        raise Invalid([_no_table(named)])
    return reader.finish()


def _check_tokens(tokens: Mapping[str, str], operation: Operation) -> int | None:
    """Return the plan version that a template was made for, if the file is one."""
    if not tokens:
        return None
    if tokens.get("format") != columns.TOKEN_FORMAT:
        raise Invalid(
            [
                Problem(
                    "template-unknown",
                    _("This workbook was made for something else. Fill in a template for returns."),
                )
            ]
        )
    if tokens.get("operation") != operation.code:
        raise Invalid(
            [
                Problem(
                    "other-operation",
                    _(
                        "This template was made for ${other}, not for ${operation}.",
                        mapping={"other": tokens.get("operation", "")[:80], "operation": operation.code},
                    ),
                )
            ]
        )
    version = tokens.get(columns.PLAN_VERSION, "")
    return int(version) if _VERSION.fullmatch(version) else None


def _no_table(is_workbook: bool) -> Problem:
    needed = ("unit", "day", "indicator", "quantity")
    if is_workbook:
        message = _(
            "No sheet of this workbook has a row that names its columns. Use the template, or name at least: ${names}.",
            mapping={"names": ", ".join(needed)},
        )
    else:
        message = _(
            "The file has no line that names its columns. Use the template, or name at least: ${names}.",
            mapping={"names": ", ".join(needed)},
        )
    return Problem("no-returns-sheet", message, "", columns.TABLE)


@dataclass(slots=True)
class _Row:
    """One row under the names of the columns."""

    sheet: Sheet
    number: int
    columns: Mapping[str, int]
    named: bool

    def value(self, name: str) -> CellValue | None:
        column = self.columns.get(name)
        return None if column is None else self.sheet.at(self.number, column)

    def has(self, *names: str) -> bool:
        return any(self.value(name) not in (None, "") for name in names)

    def place(self, name: str = "") -> Place:
        """Return the place of a column's cell; of the row's first cell where there is no such column."""
        column = self.columns.get(name, min(self.columns.values()))
        ref = a1(self.number, column)
        pointer = f"/{self.sheet.name.replace('~', '~0').replace('/', '~1')}/{ref}"
        return Place(
            pointer, self.sheet.name if self.named else "", ref, _shown(self.sheet.at(self.number, column))
        )


@dataclass(slots=True)
class _Group:
    """The rows of one unit and day, as they are gathered."""

    first: _Row
    values: list[ValueEntry] = field(default_factory=list)
    incidents: list[IncidentEntry] = field(default_factory=list)
    whole: dict[str, tuple[str, _Row]] = field(default_factory=dict)
    rows: dict[str, _Row] = field(default_factory=dict)
    homes: dict[str, _Row] = field(default_factory=dict)
    filled: bool = False
    emptied: bool = False

    def place(self, pointer: str) -> Place:
        """Return the cell that a pointer into the return came from, or where it would have to stand."""
        parts = pointer.split("/")[1:]
        if len(parts) >= 2 and f"{parts[0]}/{parts[1]}" in self.rows:
            row = self.rows[f"{parts[0]}/{parts[1]}"]
            default = "reference" if parts[0] == "incidents" else "quantity"
            name = parts[2] if len(parts) > 2 else default
            return row.place(columns.FIELD_OF.get(name, name))
        name = parts[0] if parts else ""
        if name in self.homes:
            return self.homes[name].place(name)
        return self.first.place(name if name in self.first.columns else "")


class _Reader:
    """Gathers the rows of all sheets."""

    def __init__(
        self,
        operation: Operation,
        indicators: Mapping[str, AskedIndicator],
        plan_version: int | None,
        named: bool,
        tokens: Mapping[str, str],
    ) -> None:
        self.tables = 0
        self._tokens = tokens
        self._said: set[str] = set()
        self._indicators = indicators
        self._zone = ZoneInfo(operation.time_zone)
        self._plan_version = plan_version
        self._named = named
        self._groups: dict[tuple[str, date], _Group] = {}
        self._problems: list[Problem] = []
        self._left_out = 0

    def take(self, sheet: Sheet) -> None:
        """Read one sheet, if it has a row that names its columns."""
        header = _header(sheet)
        if header is None:
            return
        self.tables += 1
        top, names = header
        self._refuse_repeated(sheet, top, names)
        unknown = {
            name: column
            for name, column in names.items()
            if name not in (*columns.TABLE, *columns.SAID_BY_US, columns.EXERCISE)
        }
        for column in unknown.values():
            self._refuse_column(sheet, top, column)
        known = {name: column for name, column in names.items() if name in columns.TABLE}
        self._said |= known.keys()
        last = -1
        for cell in sheet.cells:
            if cell.row > top and cell.row != last and cell.column in known.values():
                last = cell.row
                self._row(_Row(sheet, cell.row, known, self._named))
        if not self._named:
            self._refuse_beyond(sheet, top)

    def finish(self) -> Intake:
        """Return the returns in the order of their first rows."""
        entries = []
        for (unit, day), group in self._groups.items():
            base = self._base(group, unit, day)
            if group.filled or (group.emptied and base is not None and base.revision):
                entries.append(Entry(unit, day, self._submission(group), group.place, base=base))
        return Intake(tuple(entries), tuple(self._problems), self._left_out, frozenset(self._said))

    def _refuse_repeated(self, sheet: Sheet, row: int, names: Mapping[str, int]) -> None:
        """Refuse a name that stands above two columns: which of two figures is meant, nobody can tell."""
        for cell in sheet.cells:
            if (
                cell.row == row
                and isinstance(cell.value, str)
                and names.get(_name(cell.value)) != cell.column
            ):
                message = _(
                    "“${name}” stands above two columns. Leave one of them out.",
                    mapping={"name": cell.value[:_SHOWN]},
                )
                place = _Row(sheet, row, {"": cell.column}, self._named).place("")
                self._problems.append(placed(Problem("column-twice", message), place))

    def _refuse_beyond(self, sheet: Sheet, top: int) -> None:
        """Refuse what stands in a line of a CSV file behind its last column: a comma makes two values of one."""
        width = max(cell.column for cell in sheet.cells if cell.row == top)
        for cell in sheet.cells:
            if cell.row > top and cell.column == width + 1:
                message = _(
                    "This line has more values than there are columns. A comma within a value needs quotation marks "
                    "around it; decimals have a point."
                )
                place = _Row(sheet, cell.row, {"": cell.column}, self._named).place("")
                self._problems.append(placed(Problem("cell-without-column", message), place))

    def _refuse_column(self, sheet: Sheet, row: int, column: int) -> None:
        name = str(sheet.at(row, column))
        message = _(
            "“${name}” is not a column of a return. Leave its name out, or use one of: ${names}.",
            mapping={"name": name[:_SHOWN], "names": ", ".join(columns.TABLE)},
        )
        problem = Problem("column-unknown", message, "", columns.TABLE)
        place = _Row(sheet, row, {name: column}, self._named).place(name)
        self._problems.append(placed(problem, place))

    def _row(self, row: _Row) -> None:
        is_incident = row.has(*columns.INCIDENT) or (
            "reference" in row.columns and "nil" not in row.columns and row.has("quantity")
        )
        is_figure = not is_incident and row.has("quantity", "seizures")
        says_whole = row.has(*columns.WHOLE_DAY)
        if not (is_incident or is_figure or says_whole):
            self._left_out += row.has("indicator")
            self._note_home(row, emptied=row.has("indicator"))
            return
        if self._has_bad_cells(row):
            return
        unit, day = _text(row.value("unit")), self._day(row)
        if not unit:
            self._refuse(row, "unit", "unit-missing", _("This row does not say whose return it is."))
        if not unit or day is None:
            return
        group = self._groups.setdefault((unit, day), _Group(row))
        if not group.filled:
            group.first = row
        group.filled = True
        self._homes(group, row)
        if is_incident:
            group.rows[f"incidents/{len(group.incidents)}"] = row
            group.incidents.append(self._incident(row))
        elif is_figure:
            group.rows[f"values/{len(group.values)}"] = row
            group.values.append(ValueEntry(**self._figure(row)))
        for name in _OF_THE_WHOLE:
            if name in row.columns and row.has(name):
                self._say(group, name, row, unit, day)

    def _note_home(self, row: _Row, *, emptied: bool) -> None:
        """Remember where a unit's day has its cells for a reason or a nil mark, although they are empty."""
        unit, value = _text(row.value("unit")), row.value("day")
        day = _day(value)
        if unit and day is not None:
            group = self._groups.setdefault((unit, day), _Group(row))
            self._homes(group, row)
            if emptied:
                group.emptied = True
                for name in columns.MADE_FROM:
                    if row.has(name):
                        self._say(group, name, row, unit, day)

    @staticmethod
    def _homes(group: _Group, row: _Row) -> None:
        for name in _OF_THE_WHOLE:
            if name in row.columns:
                group.homes.setdefault(name, row)

    def _say(self, group: _Group, name: str, row: _Row, unit: str, day: date) -> None:
        text = _text(row.value(name))
        said = group.whole.get(name)
        if said is None:
            group.whole[name] = (text, row)
            group.homes[name] = row
        elif said[0] != text:
            message = _(
                "For ${unit} on ${day} this says something else than ${cell}. Say it once.",
                mapping={"unit": unit, "day": day.isoformat(), "cell": said[1].place(name).cell},
            )
            self._refuse(row, name, "said-twice", message)

    def _submission(self, group: _Group) -> Submission:
        def said(name: str) -> str:
            return group.whole[name][0] if name in group.whole else ""

        return Submission(
            values=tuple(group.values),
            incidents=tuple(group.incidents),
            narrative=said("narrative"),
            nil=self._yes(group),
            reason=said("reason"),
            plan_version=self._version(group),
            explanations=self._explanations(group),
        )

    def _explanations(self, group: _Group) -> Mapping[str, str]:
        if columns.EXPLANATIONS not in group.whole:
            return {}
        text, row = group.whole[columns.EXPLANATIONS]
        try:
            return explanations.parse(text)
        except Invalid as refused:
            place = row.place(columns.EXPLANATIONS)
            self._problems += [placed(problem, place) for problem in refused.problems]
            return {}

    def _base(self, group: _Group, unit: str, day: date) -> Base | None:
        """Return which revision a return was made from, by its rows or by the workbook's hidden sheet."""
        if columns.REVISION not in group.whole:
            number, _space, digest = self._tokens.get(columns.made_from(unit, day), "").partition(" ")
            return Base(int(number), digest) if _VERSION.fullmatch(number) else None
        text, row = group.whole[columns.REVISION]
        if not _VERSION.fullmatch(text):
            message = _("Leave the number of the revision as it was in the template, or leave it out.")
            self._refuse(row, columns.REVISION, "not-a-version", message)
            return None
        digest, _row = group.whole.get(columns.SHA256, ("", row))
        return Base(int(text), digest)

    def _yes(self, group: _Group) -> bool:
        if "nil" not in group.whole:
            return False
        text, row = group.whole["nil"]
        if text.lower() in columns.YES:
            return True
        if text.lower() not in columns.NO:
            self._refuse(
                row,
                "nil",
                "not-yes-or-no",
                _("Write yes where there was nothing to report, else nothing."),
                ("yes",),
            )
        return False

    def _version(self, group: _Group) -> int | None:
        if columns.PLAN_VERSION not in group.whole:
            return self._plan_version
        text, row = group.whole[columns.PLAN_VERSION]
        if _VERSION.fullmatch(text):
            return int(text)
        self._refuse(
            row,
            columns.PLAN_VERSION,
            "not-a-version",
            _("Write the number of the plan's version, or nothing."),
        )
        return None

    def _incident(self, row: _Row) -> IncidentEntry:
        partners = re.split(r"[,;\s]+", _text(row.value("joint_with")))
        return IncidentEntry(
            **self._figure(row),
            reference=_text(row.value("reference")),
            joint_with=tuple(code for code in partners if code),
            at=self._instant(row.value("at")),
            place=_text(row.value("place")),
            latitude=_quantity(row.value("latitude")) or None,
            longitude=_quantity(row.value("longitude")) or None,
            modus_operandi=_text(row.value("modus_operandi")) or None,
            external_reference=_text(row.value("external_reference")),
            description=_text(row.value("description")),
        )

    def _figure(self, row: _Row) -> dict[str, Any]:
        def optional(name: str) -> str | None:
            return _text(row.value(name)) or None

        indicator = _text(row.value("indicator"))
        known = self._indicators.get(indicator)
        return {
            "indicator": indicator,
            "quantity": _quantity(row.value("quantity")),
            "unit": unit_said(optional("unit_of_measure"), known),
            "category": optional("category"),
            "action_area": area_said(optional("action_area"), known),
            "phase": optional("phase"),
            "scope": optional("scope"),
            "certainty": optional("certainty"),
            "weight": optional("weight"),
            "seizures": _quantity(row.value("seizures")) or None,
        }

    def _instant(self, value: CellValue | None) -> str | None:
        """Return an instant as text; one without an offset is on the clocks of the operation."""
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time())
        moment = value
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value.strip())
            except ValueError:
                return _text(value)
        if isinstance(moment, datetime) and moment.tzinfo is None:
            return moment.replace(tzinfo=self._zone).isoformat()
        return _text(value) or None

    def _day(self, row: _Row) -> date | None:
        value = row.value("day")
        day = _day(value)
        if day is None and value is None:
            self._refuse(row, "day", "day-missing", _("This row does not say for which day it is."))
        elif day is None:
            message = _("This is not a day. Write it as year-month-day, such as 2027-05-03.")
            self._refuse(row, "day", "not-a-day", message)
        return day

    def _has_bad_cells(self, row: _Row) -> bool:
        bad = [(name, value) for name in row.columns if isinstance(value := row.value(name), BadCell)]
        for name, value in bad:
            if value.kind == "formula-error":
                message = _(
                    "The formula in this cell gives an error (${error}). Write the value itself.",
                    mapping={"error": value.text[:_SHOWN]},
                )
            else:
                message = _(
                    "The formula in this cell was never calculated. Open the file, save it, and send it again."
                )
            self._refuse(row, name, value.kind, message)
        return bool(bad)

    def _refuse(self, row: _Row, name: str, code: str, message: str, accepted: Sequence[str] = ()) -> None:
        self._problems.append(placed(Problem(code, message, "", tuple(accepted)), row.place(name)))


def _header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Return the row that names the columns, and the column of each name; the first one counts."""
    for row, cells in _by_row(sheet):
        if row >= _SEARCHED_ROWS:
            return None
        names: dict[str, int] = {}
        for column, value in cells:
            if isinstance(value, str) and value.strip():
                names.setdefault(_name(value), column)
        if names.keys() >= {"unit", "day"}:
            return row, names
    return None


def _name(heading: str) -> str:
    return heading.strip().lower().replace(" ", "_")


def _by_row(sheet: Sheet) -> Iterator[tuple[int, list[tuple[int, CellValue]]]]:
    rows: dict[int, list[tuple[int, CellValue]]] = {}
    for cell in sheet.cells:
        if cell.row < _SEARCHED_ROWS:
            rows.setdefault(cell.row, []).append((cell.column, cell.value))
    yield from sorted(rows.items(), key=lambda entry: entry[0])


def _quantity(value: CellValue | None) -> str:
    """Return a quantity as text: a number as the spreadsheet shows it, anything else as it stands."""
    if isinstance(value, Decimal):
        return quantity_text(_SPREADSHEET_DIGITS.plus(value))
    return _text(value)


def _text(value: CellValue | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return quantity_text(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value.strip() if isinstance(value, str) else str(value)


def _day(value: CellValue | None) -> date | None:
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else None
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _ISO_DAY.fullmatch(value.strip()):
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


def _shown(value: CellValue | None) -> str:
    if isinstance(value, BadCell):
        return value.text[:_SHOWN]
    return _text(value)[:_SHOWN]
