"""The form of a return as its page shows it: every field with its definition, what was reported before, and doubts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jointops.kernel.i18n import label
from jointops.kernel.types import quantity_text
from jointops.operations.planindicators import AskedIndicator
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.returns import explanations, export
from jointops.returns.asked import Asked, unit_of_measure
from jointops.returns.beside import SoFar
from jointops.returns.intake import form as intake
from jointops.returns.intake.fields import DETAILS, FigureRow, Form, IncidentRow
from jointops.returns.intake.sent import Place
from jointops.returns.models import Phase, Scope
from jointops.returns.shown import Words


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something doubtful, shown at its field with a box for the reason. ``number`` makes its element's id.

    ``field`` is the name of the field that it is about; without one it stands above the form.
    """

    number: int
    key: str
    text: str
    field: str
    reason: str

    @property
    def id(self) -> str:
        """Identifier of the box in the page."""
        return f"why-{self.number}"

    @property
    def name(self) -> str:
        """Name of the box."""
        return f"{explanations.FIELD}{self.key}"


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the fields: the day before as it was reported, and what the other days come to."""

    before: Mapping[str, Any] | None
    so_far: SoFar
    places: Sequence[Place] = ()


@dataclass
class FormView:
    """Turns a form into what its template shows."""

    questions: Asked
    words: Words
    form: Form
    beside: Beside
    day_phase: Phase
    by_field: Mapping[str, str] = field(default_factory=dict)
    doubts: Sequence[Doubt] = ()

    def __post_init__(self) -> None:
        self._locale = self.words.locale
        self._lines = {(line.indicator, line.category): line for line in self.form.lines}
        self._previous = intake.previous_figures(self.beside.before)
        self._by_doubt: dict[str, list[Doubt]] = {}
        for doubt in self.doubts:
            self._by_doubt.setdefault(doubt.field, []).append(doubt)

    def groups(self, unit: str) -> list[dict[str, Any]]:
        """Return the asked figures under the headings of the catalogue's groups, then those that were looked up."""
        headings = catalogue().indicator_groups
        found: list[dict[str, Any]] = []
        for indicator in self.questions.of(unit):
            if not found or found[-1]["code"] != indicator.group:
                heading = headings.get(indicator.group)
                title = label(heading.labels, self._locale) if heading else indicator.group
                found.append({"code": indicator.group, "title": title, "indicators": []})
            found[-1]["indicators"].append(self._indicator(indicator))
        return found

    def looked_up(self) -> list[dict[str, Any]]:
        """Return the further indicators of the plan that have a line in this form."""
        return [self._indicator(self.questions.indicators[code]) for code in self.form.more]

    def at(self, *names: str) -> list[Doubt]:
        """Return the doubts about fields."""
        return [doubt for name in names for doubt in self._by_doubt.get(name, ())]

    def elsewhere(self) -> list[Doubt]:
        """Return the doubts whose field is not in the page."""
        shown = {"narrative", "reason"}
        for line in self.form.lines:
            shown |= {line.name_of(name) for name in ("quantity", "unit", "other", *DETAILS)}
            shown |= {f"p.{line.indicator}", f"a.{line.indicator}"}
        for row in self.form.figures:
            shown |= {row.name(name) for name in intake.FIGURE_FIELDS}
        for incident in self.form.incidents:
            shown |= {incident.name(name) for name in intake.INCIDENT_FIELDS}
        return [doubt for doubt in self.doubts if doubt.field not in shown]

    def _indicator(self, indicator: AskedIndicator) -> dict[str, Any]:
        total = self._line(indicator, "", label(indicator.labels, self._locale))
        parts = [
            self._line(indicator, code, label(labels, self._locale))
            for code, labels in indicator.categories.items()
        ]
        area = None
        if len(indicator.action_areas) > 1:
            name = f"a.{indicator.code}"
            area = {
                "name": name,
                "value": self.form.areas.get(indicator.code, ""),
                "choices": [
                    (code, self.questions.area_label(code, self._locale)) for code in indicator.action_areas
                ],
                "error": self.by_field.get(name),
            }
        line = self._lines[indicator.code, ""]
        phase_name = f"p.{indicator.code}"
        besides = {
            "name": line.name_of("other"),
            "value": line.other,
            "error": self.by_field.get(line.name_of("other")),
            "phase_name": phase_name,
            "phase": self.form.phases.get(indicator.code, ""),
            "phase_error": self.by_field.get(phase_name),
            "previous": self._quantity(indicator, self.beside.so_far.other.get((indicator.code, ""))),
        }
        return {
            "code": indicator.code,
            "units": [(code, unit_of_measure(code, self._locale)) for code in indicator.accepted],
            "base": indicator.unit,
            "definition": label(indicator.definition, self._locale),
            "required": indicator.required,
            "asks": indicator.asks,
            "total": total,
            "parts": parts,
            "open": any(part["said"] or part["error"] or part["doubts"] for part in parts),
            "area": area,
            "besides": besides,
            "besides_open": bool(
                line.other or besides["error"] or besides["phase"] or besides["phase_error"]
            ),
            "may_be_other": Scope.OTHER in indicator.scopes,
        }

    def _line(self, indicator: AskedIndicator, category: str, name: str) -> dict[str, Any]:
        line = self._lines[indicator.code, category]
        before = self._previous.get((indicator.code, category))
        total = self.beside.so_far.of(indicator, category)
        names = {part: line.name_of(part) for part in ("quantity", "unit", "other", *DETAILS)}
        fields = (line.name, f"{line.name}-unit", *(names[part] for part in DETAILS))
        return {
            "category": category,
            "name": line.name,
            "unit_name": line.unit_name,
            "label": name,
            "value": line.quantity,
            "unit": line.unit,
            "said": not line.is_empty,
            "error": next((self.by_field[each] for each in fields if each in self.by_field), None),
            "details": [
                {"of": part, "name": names[part], "value": getattr(line, part)}
                for part in DETAILS
                if part in indicator.asks and (not category or getattr(line, part))
            ],
            "doubts": self.at(*fields, *([line.name_of("other")] if not category else [])),
            "previous": self.words.quantity(before[0], before[1] or indicator.unit) if before else None,
            "so_far": self._quantity(indicator, total),
            "so_far_plain": quantity_text(total) if total is not None else None,
        }

    def _quantity(self, indicator: AskedIndicator, quantity: Decimal | None) -> str | None:
        if quantity is None:
            return None
        return numbers.quantity(quantity, unit_of_measure(indicator.unit, self._locale), self._locale)

    def figure(self, row: FigureRow) -> dict[str, Any]:
        """Return one further figure: its values, names and errors by field."""
        return self._row(row, intake.FIGURE_FIELDS)

    def incident(self, row: IncidentRow) -> dict[str, Any]:
        """Return one incident: its values, names and errors by field; one more choice of a unit than are chosen."""
        shown_row = self._row(row, intake.INCIDENT_FIELDS)
        name = row.name("joint_with")
        shown_row["joint_with"] = [
            {
                "id": f"{name}.{number}",
                "name": name,
                "value": code,
                "error": self.by_field.get(f"{name}.{number}"),
            }
            for number, code in enumerate((*row.joint_with, ""), 1)
        ]
        wrong = any(each["error"] for each in shown_row["joint_with"])
        shown_row["summary"] = self._summary(row)
        shown_row["open"] = row.is_empty or wrong or shown_row["wrong"] or bool(shown_row["doubts"])
        return shown_row

    def _summary(self, row: IncidentRow) -> str:
        """Return an incident on one line: what, how much, where, when."""
        unit = unit_of_measure(row.unit, self._locale) if row.unit else ""
        indicator = self.questions.indicators.get(row.indicator)
        if not unit and indicator is not None:
            unit = unit_of_measure(indicator.unit, self._locale)
        what = label(indicator.labels, self._locale) if indicator else ""
        amount = f"{row.quantity.strip()} {unit}".strip() if row.quantity.strip() else ""
        parts = (row.reference, what, amount, row.place, row.at.replace("T", " "))
        return " · ".join(part.strip() for part in parts if part.strip())

    def _row(self, row: FigureRow | IncidentRow, names: Sequence[str]) -> dict[str, Any]:
        fields = {
            name: {
                "name": row.name(name),
                "value": getattr(row, name),
                "error": self.by_field.get(row.name(name)),
            }
            for name in names
        }
        return {
            "number": row.number,
            "fields": fields,
            "wrong": any(item["error"] for item in fields.values()),
            "doubts": self.at(*(item["name"] for item in fields.values())),
            "details_open": any(getattr(row, name) for name in ("phase", "scope", *DETAILS)),
        }

    def choices(self, unit: str) -> dict[str, Any]:
        """Return what the further rows choose from, and ``of_indicator``: what goes with which indicator."""
        questions, locale = self.questions, self._locale
        known = catalogue()
        every = questions.indicators.values()
        categories = {
            code: label(labels, locale) for item in every for code, labels in item.categories.items()
        }
        units = dict.fromkeys(code for item in every for code in item.accepted)
        own = {item.code for item in questions.of(unit)}
        return {
            "indicators": [
                (item.code, label(item.labels, locale))
                for item in sorted(every, key=lambda item: item.code not in own)
            ],
            "categories": sorted(categories.items(), key=lambda choice: choice[1]),
            "areas": [(code, label(labels, locale)) for code, labels in questions.action_areas.items()],
            "phases": [(phase.value, label(known.phases[phase.value].labels, locale)) for phase in Phase],
            "day_phase": label(known.phases[self.day_phase.value].labels, locale),
            "scopes": [(scope.value, label(known.scopes[scope.value].labels, locale)) for scope in Scope],
            "certainties": _labelled(known.certainties, locale),
            "weights": _labelled(known.weights, locale),
            "modi_operandi": _labelled(known.modi_operandi, locale),
            "sources": _labelled(known.return_sources, locale),
            "units": [(code, unit_of_measure(code, locale)) for code in units],
            "others": [
                (code, f"{code} – {label(other.title, locale)}")
                for code, other in questions.units.items()
                if code != unit
            ],
        }

    def for_script(self) -> dict[str, Any]:
        """Return what the page's script counts with: units of measure, rates, what goes with which indicator."""
        every = self.questions.indicators.values()
        units = catalogue().units
        used = dict.fromkeys(code for item in every for code in (item.unit, *item.accepted))
        return {
            "locale": self._locale,
            "measures": {
                code: {
                    "dimension": units[code].dimension,
                    "factor": _plain(units[code].factor),
                    "decimals": units[code].decimals,
                    "symbol": unit_of_measure(code, self._locale),
                }
                for code in used
                if code in units
            },
            "rates": {
                currency: quantity_text(rate)
                for currency, rate in export.rates_of(self.words.operation).items()
                if currency in used
            },
            "places": [[place.name, place.latitude, place.longitude] for place in self.beside.places],
            "indicators": {
                item.code: {
                    "category": list(item.categories),
                    "unit": list(item.accepted),
                    **({"action_area": list(item.action_areas)} if item.action_areas else {}),
                    "base": item.unit,
                }
                for item in every
            },
        }

    def findable(self, unit: str) -> list[tuple[str, str]]:
        """Return the indicators of the plan that have no line in this form: code and name."""
        have = {item.code for item in self.questions.of(unit)} | set(self.form.more)
        return [
            (code, label(item.labels, self._locale))
            for code, item in self.questions.indicators.items()
            if code not in have
        ]


def matching(text: str, choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the choices whose code or name holds every word of ``text``; an exact name stands alone."""
    wanted = text.casefold().split()
    if not wanted:
        return []
    every = list(choices)
    exact = [choice for choice in every if text.strip().casefold() in {choice[0], choice[1].casefold()}]
    return exact or [
        (code, name) for code, name in every if all(word in f"{code} {name}".casefold() for word in wanted)
    ]


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else quantity_text(number)


def _labelled(codes: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    return [(code, label(entry.labels, locale)) for code, entry in codes.items()]
