"""The form of a return: what its fields hold, from a return on record or as somebody typed it, and the submission.

A form keeps whatever was typed, right or wrong, so that nothing is lost when it is shown again. Field names:

* ``q.<indicator>.<category>`` and ``u.…``: quantity and unit of measure of an asked figure (no category: the total);
  ``a.<indicator>``: the action area of its figures, where it can be one of several;
* ``x<n>.<field>``: further figures; ``i<n>.<field>``: incidents; both numbered from 1;
* ``narrative``, ``nil``, ``reason``, ``version`` (of the return that was shown), ``plan_version``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from jointops.kernel import clock
from jointops.operations.planindicators import AskedIndicator
from jointops.returns.intake.defaults import unit_said
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry

FIGURE_FIELDS = ("indicator", "category", "action_area", "phase", "scope", "quantity", "unit")
INCIDENT_FIELDS = (*FIGURE_FIELDS, "reference", "at", "place", "description")
MAX_ROWS = 200
"""Further figures or incidents in one form: what comes beyond is not from a person."""

_ROW = re.compile(r"([xi])([1-9][0-9]{0,3})\.[a-z_]+")


class Fields(Protocol):
    """What was posted: the first value of a name, or all of them."""

    def get(self, key: str, default: str, /) -> str: ...
    def getall(self, key: str, /) -> Sequence[str]: ...
    def __iter__(self) -> Iterator[str]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One asked figure: its fields hold what is typed."""

    indicator: str
    category: str
    quantity: str = ""
    unit: str = ""

    @property
    def name(self) -> str:
        """Name of the quantity's field."""
        return f"q.{self.indicator}.{self.category}"

    @property
    def unit_name(self) -> str:
        """Name of the unit's field."""
        return f"u.{self.indicator}.{self.category}"


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One further figure."""

    number: int
    indicator: str = ""
    category: str = ""
    action_area: str = ""
    phase: str = ""
    scope: str = ""
    quantity: str = ""
    unit: str = ""

    def name(self, field_name: str) -> str:
        """Return the name of one of its fields."""
        return f"x{self.number}.{field_name}"

    @property
    def is_empty(self) -> bool:
        """Whether there is no figure in it."""
        return not self.quantity.strip()


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident. ``at`` is local date and time in the operation's zone, as the browser's field has it."""

    number: int
    indicator: str = ""
    category: str = ""
    action_area: str = ""
    phase: str = ""
    scope: str = ""
    quantity: str = ""
    unit: str = ""
    reference: str = ""
    at: str = ""
    place: str = ""
    description: str = ""
    joint_with: tuple[str, ...] = ()

    def name(self, field_name: str) -> str:
        """Return the name of one of its fields."""
        return f"i{self.number}.{field_name}"

    @property
    def is_empty(self) -> bool:
        """Whether nothing of an incident is filled in."""
        typed = (self.quantity, self.reference, self.at, self.place, self.description)
        return not any(text.strip() for text in typed) and not self.joint_with


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it stands. ``version`` is that of the return it was opened with: 0 when there was none yet."""

    lines: tuple[Line, ...]
    areas: Mapping[str, str] = field(default_factory=dict)
    figures: tuple[FigureRow, ...] = ()
    incidents: tuple[IncidentRow, ...] = ()
    narrative: str = ""
    nil: bool = False
    reason: str = ""
    version: int = 0
    plan_version: int | None = None

    def with_figure(self) -> Form:
        """Return the form with one more empty row for a further figure."""
        number = max((row.number for row in self.figures), default=0) + 1
        return replace(self, figures=(*self.figures, FigureRow(number)))

    def with_incident(self) -> Form:
        """Return the form with one more empty incident."""
        number = max((row.number for row in self.incidents), default=0) + 1
        return replace(self, incidents=(*self.incidents, IncidentRow(number)))


@dataclass(frozen=True, slots=True)
class Sent:
    """A form's submission, and the field that each pointer into it belongs to, for what is wrong with it."""

    submission: Submission
    fields: Mapping[str, str]


def lines_of(indicators: Sequence[AskedIndicator]) -> tuple[Line, ...]:
    """Return the empty lines of a form that asks for ``indicators``."""
    return tuple(
        Line(indicator.code, category, unit=indicator.unit)
        for indicator in indicators
        for category in ("", *indicator.categories)
    )


def typed(fields: Fields, indicators: Sequence[AskedIndicator]) -> Form:
    """Return the form as it was posted."""
    lines = tuple(
        replace(line, quantity=fields.get(line.name, ""), unit=fields.get(line.unit_name, "") or line.unit)
        for line in lines_of(indicators)
    )
    numbers: dict[str, set[int]] = {"x": set(), "i": set()}
    for name in fields:
        match = _ROW.fullmatch(name)
        if match:
            numbers[match[1]].add(int(match[2]))

    def row(kind: str, number: int, names: Iterable[str]) -> dict[str, Any]:
        return {name: fields.get(f"{kind}{number}.{name}", "") for name in names}

    return Form(
        lines=lines,
        areas={
            item.code: fields.get(f"a.{item.code}", "") for item in indicators if len(item.action_areas) > 1
        },
        figures=tuple(FigureRow(n, **row("x", n, FIGURE_FIELDS)) for n in sorted(numbers["x"])[:MAX_ROWS]),
        incidents=tuple(
            IncidentRow(
                n,
                **row("i", n, INCIDENT_FIELDS),
                joint_with=tuple(dict.fromkeys(code for code in fields.getall(f"i{n}.joint_with") if code)),
            )
            for n in sorted(numbers["i"])[:MAX_ROWS]
        ),
        narrative=fields.get("narrative", "").replace("\r\n", "\n"),
        nil=bool(fields.get("nil", "")),
        reason=fields.get("reason", "").replace("\r\n", "\n"),
        version=_number(fields.get("version", "")) or 0,
        plan_version=_number(fields.get("plan_version", "")),
    )


def recorded(
    content: Mapping[str, Any],
    indicators: Sequence[AskedIndicator],
    time_zone: str,
    *,
    version: int,
    plan_version: int,
) -> Form:
    """Return the form filled with the content of a revision (empty: nothing reported yet).

    A figure stands in its asked line where that says the same; any other stands among the further figures.
    """
    areas = {item.code: "" for item in indicators if len(item.action_areas) > 1}
    lines = {(line.indicator, line.category): line for line in lines_of(indicators)}
    filled: set[tuple[str, str]] = set()
    figures: list[FigureRow] = []
    for value in content.get("values", ()):
        key = (value["indicator"], value.get("category", ""))
        area = value.get("action_area", "")
        plain = "phase" not in value and "scope" not in value and key in lines and key not in filled
        if plain and _shares_area(areas, filled, key[0], area):
            if key[0] in areas:
                areas[key[0]] = area
            line = lines[key]
            lines[key] = replace(line, quantity=value["quantity"], unit=value.get("unit", line.unit))
            filled.add(key)
        else:
            kept = {name: value.get(name, "") for name in FIGURE_FIELDS}
            figures.append(FigureRow(len(figures) + 1, **kept))
    return Form(
        lines=tuple(lines.values()),
        areas=areas,
        figures=tuple(figures),
        incidents=tuple(
            IncidentRow(
                number,
                **{name: incident.get(name, "") for name in INCIDENT_FIELDS if name != "at"},
                at=_local(incident.get("at", ""), time_zone),
                joint_with=tuple(incident.get("joint_with", ())),
            )
            for number, incident in enumerate(content.get("incidents", ()), 1)
        ),
        narrative=content.get("narrative", ""),
        nil=bool(content.get("nil")),
        version=version,
        plan_version=plan_version,
    )


def with_version(form: Form, version: int) -> Form:
    """Return the form as if it had been opened with another version of the return."""
    return replace(form, version=version)


def _shares_area(areas: Mapping[str, str], filled: set[tuple[str, str]], indicator: str, area: str) -> bool:
    """Whether a figure's action area is the one that the asked lines of its indicator have."""
    if indicator not in areas:
        return not area
    return areas[indicator] == area or not any(code == indicator for code, _category in filled)


def sent(form: Form, indicators: Iterable[AskedIndicator], time_zone: str, *, submit: bool) -> Sent:
    """Return the submission that a form makes; rows without a quantity say nothing.

    A unit of measure that is the indicator's own is left out, as in the other ways in, so that the same return has
    the same receipt by whatever way it comes.
    """
    known = {item.code: item for item in indicators}
    fields: dict[str, str] = {
        "/values": "narrative" if not form.lines else form.lines[0].name,
        "/nil": "nil",
        "/narrative": "narrative",
        "/reason": "reason",
        "/plan_version": "",
        "/day": "",
        "/unit": "",
    }
    values: list[ValueEntry] = []
    for line in form.lines:
        if not line.quantity.strip():
            continue
        _note(
            fields, f"/values/{len(values)}", {"quantity": line.name, "unit": f"{line.name}-unit"}, line.name
        )
        values.append(
            ValueEntry(
                indicator=line.indicator,
                category=line.category or None,
                quantity=line.quantity,
                unit=unit_said(line.unit, known.get(line.indicator)),
                action_area=form.areas.get(line.indicator) or None,
            )
        )
    for row in form.figures:
        if row.is_empty:
            continue
        names = {name: row.name(name) for name in FIGURE_FIELDS}
        _note(fields, f"/values/{len(values)}", names, row.name("quantity"))
        values.append(ValueEntry(**_figure(row, known)))
    incidents: list[IncidentEntry] = []
    for incident in form.incidents:
        if incident.is_empty:
            continue
        pointer = f"/incidents/{len(incidents)}"
        names = {name: incident.name(name) for name in (*INCIDENT_FIELDS, "joint_with")}
        _note(fields, pointer, names, incident.name("reference"))
        for place, _code in enumerate(incident.joint_with):
            fields[f"{pointer}/joint_with/{place}"] = f"{incident.name('joint_with')}.{place + 1}"
        incidents.append(
            IncidentEntry(
                **_figure(incident, known),
                reference=incident.reference,
                joint_with=incident.joint_with,
                at=_instant(incident.at, time_zone),
                place=incident.place.strip(),
                description=incident.description.strip(),
            )
        )
    fields["/incidents"] = form.incidents[0].name("reference") if form.incidents else ""
    return Sent(
        Submission(
            values=tuple(values),
            incidents=tuple(incidents),
            narrative=form.narrative,
            nil=form.nil,
            reason=form.reason,
            plan_version=form.plan_version,
            submit=submit,
        ),
        fields,
    )


def _figure(row: FigureRow | IncidentRow, known: Mapping[str, AskedIndicator]) -> dict[str, Any]:
    return {
        "indicator": row.indicator,
        "quantity": row.quantity,
        "unit": unit_said(row.unit, known.get(row.indicator)),
        "category": row.category or None,
        "action_area": row.action_area or None,
        "phase": row.phase or None,
        "scope": row.scope or None,
    }


def _note(fields: dict[str, str], pointer: str, names: Mapping[str, str], default: str) -> None:
    fields[pointer] = default
    for name in FIGURE_FIELDS:
        fields[f"{pointer}/{name}"] = default
    for name, target in names.items():
        fields[f"{pointer}/{name}"] = target


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def _local(instant: str, time_zone: str) -> str:
    """Return an instant as a browser's field for date and time shows it, on the operation's clocks."""
    if not instant:
        return ""
    try:
        return clock.parse_iso(instant).astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%dT%H:%M")
    except ValueError:
        return instant


def _instant(local: str, time_zone: str) -> str | None:
    """Return what was typed as date and time with the operation's offset; what is no such thing as it stands."""
    if not local.strip():
        return None
    try:
        moment = datetime.fromisoformat(local.strip())
    except ValueError:
        return local
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))).isoformat()


def previous_figures(content: Mapping[str, Any] | None) -> Mapping[tuple[str, str], tuple[str, str | None]]:
    """Return the figures of the day before by indicator and category: quantity and unit (``None``: the base unit).

    A figure that was split over action areas, phases or scopes is left out: no single line says it.
    """
    found: dict[tuple[str, str], tuple[str, str | None]] = {}
    several: set[tuple[str, str]] = set()
    for value in (content or {}).get("values", ()):
        key = (value["indicator"], value.get("category", ""))
        if key in found:
            several.add(key)
        found[key] = (value["quantity"], value.get("unit"))
    return {key: figure for key, figure in found.items() if key not in several}
