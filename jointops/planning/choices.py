"""What can be chosen in a field: a list of the reference data, or what the plan itself names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jointops.cycles.models import OperationalAction, PolicyCycle
from jointops.kernel import clock
from jointops.kernel.i18n import label
from jointops.operations.reading import party_name
from jointops.reference.catalogue import catalogue

Choice = tuple[str, str]
"""A code and what it is called."""

ZONES = "time_zones"


class Choices:
    """The choices of one plan (its plain data) in one language; each list is made once.

    ``cycles`` are the policy cycles there are, ``actions`` the operational actions of the plan's own.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        locale: str,
        cycles: Sequence[PolicyCycle] = (),
        actions: Sequence[OperationalAction] = (),
    ) -> None:
        self.data = data
        self.locale = locale
        self.cycles = {cycle.code: cycle for cycle in cycles}
        self.cycle_actions = actions
        self._made: dict[str, tuple[Choice, ...]] = {}
        self._words: dict[str, dict[str, str]] = {}

    def of(self, source: str) -> tuple[Choice, ...]:
        """Return the choices of a source; none for one that is free."""
        if source not in self._made:
            maker = _MAKERS.get(source)
            self._made[source] = tuple(maker(self)) if maker else self._reference(source)
        return self._made[source]

    def word(self, source: str, code: str) -> str:
        """Return what a code is called, the code itself where it is unknown."""
        if source not in self._words:
            self._words[source] = dict(self.of(source))
        return self._words[source].get(code, code)

    def _reference(self, source: str) -> tuple[Choice, ...]:
        entries: Mapping[str, Any] = getattr(catalogue(), source, {}) or {}
        return tuple((code, label(entry.labels, self.locale)) for code, entry in entries.items())

    def _rows(self, name: str) -> Sequence[Any]:
        return [row for row in self.data.get(name, ()) if isinstance(row, dict) and row.get("code")]

    def parties(self) -> list[Choice]:
        return [(code, party_name(code, self.locale)) for code in catalogue().parties]

    def countries(self) -> list[Choice]:
        return [(code, party_name(code, self.locale)) for code in catalogue().countries]

    def participants(self) -> list[Choice]:
        codes = [row.get("party", "") for row in self.data.get("participants", ())]
        return [(code, party_name(code, self.locale)) for code in codes if code]

    def plan_units(self) -> list[Choice]:
        found = []
        for participant in self.data.get("participants", ()):
            name = party_name(participant.get("party", ""), self.locale)
            for unit in participant.get("units", ()):
                kind = catalogue().authority_types.get(unit.get("authority", ""))
                own = label(unit.get("title", {}), self.locale)
                text = own or (f"{name}, {label(kind.labels, self.locale)}" if kind else name)
                found.append((unit.get("code", ""), text))
        return [(code, text) for code, text in found if code]

    def plan_areas(self) -> list[Choice]:
        rows = self._rows("action_areas")
        return [(row["code"], label(row.get("title", {}), self.locale) or row["code"]) for row in rows]

    def plan_tasks(self) -> list[Choice]:
        rows = self._rows("tasks")
        return [(row["code"], label(row.get("title", {}), self.locale) or row["code"]) for row in rows]

    def plan_indicators(self) -> list[Choice]:
        found = []
        for item in self.data.get("indicators", ()):
            row: Mapping[str, Any] = {"code": item} if isinstance(item, str) else item
            known = catalogue().indicators.get(row.get("code", ""))
            text = label(row.get("label") or (known.labels if known else {}), self.locale)
            found.append((row.get("code", ""), text or row.get("code", "")))
        return [(code, text) for code, text in found if code]

    def units(self) -> list[Choice]:
        return [
            (code, unit.symbol or label(unit.labels, self.locale)) for code, unit in catalogue().units.items()
        ]

    def plan_cycles(self) -> list[Choice]:
        known = {code: label(cycle.labels, self.locale) for code, cycle in catalogue().cycles.items()}
        known.update((code, label(cycle.title, self.locale)) for code, cycle in self.cycles.items())
        return list(known.items())

    def priorities(self) -> list[Choice]:
        code = (self.data.get("policy_cycle") or {}).get("code", "")
        found: dict[str, str] = {}
        if code in catalogue().cycles:
            entries = catalogue().cycles[code].priorities
            found = {key: label(entry.labels, self.locale) for key, entry in entries.items()}
        if code in self.cycles:
            found.update((one.code, label(one.title, self.locale)) for one in self.cycles[code].priorities)
        return list(found.items())

    def actions(self) -> list[Choice]:
        return [(one.code, f"{one.code} {label(one.title, self.locale)}") for one in self.cycle_actions]

    def zones(self) -> list[Choice]:
        return [(zone, zone) for zone in sorted(clock.time_zones()) if "/" in zone or zone == "UTC"]


_MAKERS: Mapping[str, Callable[[Choices], list[Choice]]] = {
    "parties": Choices.parties,
    "countries": Choices.countries,
    "plan.participants": Choices.participants,
    "plan.units": Choices.plan_units,
    "plan.action_areas": Choices.plan_areas,
    "plan.tasks": Choices.plan_tasks,
    "plan.indicators": Choices.plan_indicators,
    "units": Choices.units,
    "cycles": Choices.plan_cycles,
    "cycle.priorities": Choices.priorities,
    "cycle.actions": Choices.actions,
    ZONES: Choices.zones,
}

SOURCES = frozenset(_MAKERS)
"""The lists that a plan makes."""
