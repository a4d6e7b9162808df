"""Filling the form of a return: from a return on record, as somebody typed it, or from the day before.

Its fields and their names stand in ``fields``; what it says once it is sent in ``sent``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from jointops.kernel import clock
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations.planindicators import AskedIndicator
from jointops.returns import explanations
from jointops.returns.intake.fields import (
    DETAILS,
    FIGURE_FIELDS,
    INCIDENT_FIELDS,
    MAX_ROWS,
    FigureRow,
    Form,
    IncidentRow,
    Line,
)
from jointops.returns.intake.sent import Sent, sent
from jointops.returns.models import Scope

__all__ = [
    "FIGURE_FIELDS",
    "INCIDENT_FIELDS",
    "MAX_ROWS",
    "FigureRow",
    "Form",
    "IncidentRow",
    "Line",
    "Sent",
    "as_the_day_before",
    "lines_of",
    "previous_figures",
    "recorded",
    "sent",
    "typed",
]

_ROW = re.compile(r"([xi])([1-9][0-9]{0,3})\.[a-z_]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Fields(Protocol):
    """What was posted: the first value of a name, or all of them."""

    def get(self, key: str, default: str, /) -> str: ...
    def getall(self, key: str, /) -> Sequence[str]: ...
    def __iter__(self) -> Iterator[str]: ...


def lines_of(indicators: Iterable[AskedIndicator]) -> tuple[Line, ...]:
    """Return the empty lines of a form that asks for ``indicators``."""
    return tuple(
        Line(indicator.code, category, unit=indicator.unit)
        for indicator in indicators
        for category in ("", *indicator.categories)
    )


def typed(
    fields: Fields,
    indicators: Sequence[AskedIndicator],
    others: Mapping[str, AskedIndicator] | None = None,
) -> Form:
    """Return the form as it was posted. ``others`` are the indicators of the plan that may be looked up."""
    more = _looked_up(fields.getall("more"), indicators, others or {})
    shown = (*indicators, *((others or {})[code] for code in more))
    lines = []
    for line in lines_of(shown):
        said = {name: fields.get(line.name_of(name), "") for name in ("quantity", "other", *DETAILS)}
        lines.append(replace(line, unit=fields.get(line.unit_name, "") or line.unit, **said))
    numbers: dict[str, set[int]] = {"x": set(), "i": set()}
    for name in fields:
        match = _ROW.fullmatch(name)
        if match:
            numbers[match[1]].add(int(match[2]))

    for kind in numbers.values():
        if len(kind) > MAX_ROWS:
            # What is left out would be missing in silence.
            message = _(
                "A form takes at most ${n} further figures and as many incidents. Send more by spreadsheet.",
                mapping={"n": MAX_ROWS},
            )
            raise Invalid([Problem("too-many-rows", message)])

    def row(kind: str, number: int, names: Iterable[str]) -> dict[str, Any]:
        return {name: fields.get(f"{kind}{number}.{name}", "") for name in names}

    return Form(
        lines=tuple(lines),
        areas={item.code: fields.get(f"a.{item.code}", "") for item in shown if len(item.action_areas) > 1},
        phases={item.code: text for item in shown if (text := fields.get(f"p.{item.code}", ""))},
        more=more,
        figures=tuple(FigureRow(n, **row("x", n, FIGURE_FIELDS)) for n in sorted(numbers["x"])),
        incidents=tuple(
            IncidentRow(
                n,
                **row("i", n, INCIDENT_FIELDS),
                joint_with=tuple(dict.fromkeys(code for code in fields.getall(f"i{n}.joint_with") if code)),
            )
            for n in sorted(numbers["i"])
        ),
        attachments=tuple(dict.fromkeys(filter(_SHA256.fullmatch, fields.getall("attachment")))),
        explanations={
            name.removeprefix(explanations.FIELD): fields.get(name, "").replace("\r\n", "\n")
            for name in fields
            if name.startswith(explanations.FIELD)
        },
        narrative=fields.get("narrative", "").replace("\r\n", "\n"),
        nil=bool(fields.get("nil", "")),
        reason=fields.get("reason", "").replace("\r\n", "\n"),
        source=fields.get("source", ""),
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
    others: Mapping[str, AskedIndicator] | None = None,
    source: str = "",
) -> Form:
    """Return the form filled with the content of a revision (empty: nothing reported yet).

    A figure stands in its asked line where that says the same; an indicator of ``others`` gets a line of its own;
    any other figure stands among the further ones.
    """
    reported = [value["indicator"] for value in content.get("values", ())]
    more = _looked_up(reported, indicators, others or {})
    shown = (*indicators, *((others or {})[code] for code in more))
    lines = _Lines(shown)
    figures: list[FigureRow] = []
    for value in content.get("values", ()):
        if not lines.take(value):
            kept = {name: str(value.get(name, "")) for name in FIGURE_FIELDS}
            figures.append(FigureRow(len(figures) + 1, **kept))
    return Form(
        lines=tuple(lines.by_key.values()),
        areas=lines.areas,
        phases={code: phase for code, phase in lines.phases.items() if phase},
        more=more,
        figures=tuple(figures),
        incidents=tuple(
            IncidentRow(
                number,
                **{name: str(incident.get(name, "")) for name in INCIDENT_FIELDS if name != "at"},
                at=_local(incident.get("at", ""), time_zone),
                joint_with=tuple(incident.get("joint_with", ())),
            )
            for number, incident in enumerate(content.get("incidents", ()), 1)
        ),
        attachments=tuple(content.get("attachments", ())),
        explanations=dict(content.get("explanations", {})),
        narrative=content.get("narrative", ""),
        nil=bool(content.get("nil")),
        source=source,
        version=version,
        plan_version=plan_version,
    )


class _Lines:
    """The asked lines while they are filled; what an indicator's lines have in common is said by the first."""

    def __init__(self, indicators: Sequence[AskedIndicator]) -> None:
        self.by_key = {(line.indicator, line.category): line for line in lines_of(indicators)}
        self.areas = {item.code: "" for item in indicators if len(item.action_areas) > 1}
        self.phases: dict[str, str] = {}
        self._asks = {item.code: item.asks for item in indicators}
        self._own_units = {item.code: item.unit for item in indicators}
        self._filled: set[tuple[str, str]] = set()

    def take(self, value: Mapping[str, Any]) -> bool:
        """Put a value into its line; false where the line cannot say it."""
        code, category = value["indicator"], value.get("category", "")
        key = (code, category)
        details = {name: str(value[name]) for name in DETAILS if value.get(name) not in (None, "")}
        is_other = value.get("scope") == Scope.OTHER
        if key not in self.by_key or not set(details) <= set(self._asks[code]):
            return False
        if is_other and (details or category):
            return False
        area, phase = value.get("action_area", ""), value.get("phase", "")
        if area and code not in self.areas:
            return False
        begun = any(filled == code for filled, _category in self._filled)
        if begun and (self.areas.get(code, "") != area or self.phases.get(code, "") != phase):
            return False
        line = self.by_key[key]
        unit = value.get("unit", self._own_units[code])
        if is_other:
            if line.other or (key in self._filled and line.unit != unit):
                return False
            self.by_key[key] = replace(line, other=value["quantity"], unit=unit)
        else:
            if key in self._filled:
                return False
            self.by_key[key] = replace(line, quantity=value["quantity"], unit=unit, **details)
        self._filled.add(key)
        if code in self.areas:
            self.areas[code] = area
        self.phases[code] = phase
        return True


def as_the_day_before(form: Form, before: Form) -> Form:
    """Return ``form`` with what stays the same from day to day taken from ``before``, where nothing is typed yet.

    Taken are the units of measure, the action areas, how quantities are known (certainty, gross or net), and the
    further indicators that were looked up. Quantities and numbers of seizures are not, nor whole incidents or texts:
    yesterday's figure left standing by mistake looks like today's, and nobody can tell the two apart afterwards; an
    incident that is half there already is soon a second one. (Where yesterday's incidents were is among the choices
    of a place.) A phase is not taken either, for it changes with the calendar.
    """
    told = {(line.indicator, line.category): line for line in before.lines}
    lines = []
    for line in form.lines:
        source = told.get((line.indicator, line.category))
        if source is None or line.quantity.strip() or line.other.strip():
            lines.append(line)
            continue
        lines.append(
            replace(
                line,
                unit=source.unit,
                certainty=line.certainty or source.certainty,
                weight=line.weight or source.weight,
            )
        )
    have = {line.indicator for line in form.lines}
    added = [line for line in before.lines if line.indicator in before.more and line.indicator not in have]
    blank = {"quantity": "", "other": "", "seizures": ""}
    return replace(
        form,
        lines=(*lines, *(replace(line, **blank) for line in added)),
        areas={**before.areas, **{code: area for code, area in form.areas.items() if area}},
        more=tuple(dict.fromkeys((*form.more, *before.more))),
    )


def previous_figures(content: Mapping[str, Any] | None) -> Mapping[tuple[str, str], tuple[str, str | None]]:
    """Return the figures of the day before by indicator and category: quantity and unit (``None``: the base unit).

    What is not related to the operation is left out, and a figure that was split over action areas or phases as well:
    no single line says it.
    """
    found: dict[tuple[str, str], tuple[str, str | None]] = {}
    several: set[tuple[str, str]] = set()
    for value in (content or {}).get("values", ()):
        if value.get("scope") == Scope.OTHER:
            continue
        key = (value["indicator"], value.get("category", ""))
        if key in found:
            several.add(key)
        found[key] = (value["quantity"], value.get("unit"))
    return {key: figure for key, figure in found.items() if key not in several}


def _looked_up(
    codes: Iterable[str], indicators: Sequence[AskedIndicator], others: Mapping[str, AskedIndicator]
) -> tuple[str, ...]:
    asked = {item.code for item in indicators}
    return tuple(dict.fromkeys(code for code in codes if code in others and code not in asked))


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
