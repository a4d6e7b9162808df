"""The reference data as typed, read-only values, loaded once from the YAML files in ``data/``.

``catalogue()`` gives everything; each list is a mapping from code to entry, in the order in which it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import yaml
from babel import Locale

from jointops.kernel.i18n import LOCALES
from jointops.reference.sections import Column, Part, PlanSection, sections

Labels = Mapping[str, str]
"""Language code to text; choose one with ``kernel.i18n.label``."""


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of a plain code list."""

    code: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class AuthorityType(Code):
    """A type of authority; ``unit_suffix`` ends the code of such a reporting unit, as in ``RO-POLICE``."""

    unit_suffix: str


@dataclass(frozen=True, slots=True)
class Party:
    """A country, EU agency or partner that can take part in an operation.

    ``kind`` is country, agency or partner; ``country`` is the ISO code for a country and for a partner that is an
    authority of one; ``eu`` is the first and last day of membership of the European Union (last: None while it goes
    on).
    """

    code: str
    kind: str
    labels: Labels
    short: str
    country: str | None = None
    eu: tuple[date, date | None] | None = None
    associated: bool = False
    note: Labels = field(default_factory=dict)

    def is_member(self, day: date) -> bool:
        """Say whether the country was a Member State of the European Union on ``day``."""
        if self.eu is None:
            return False
        since, until = self.eu
        return since <= day and (until is None or day <= until)

    def release_group(self, day: date) -> str:
        """Return ``eu``, ``associated`` or ``third``: the group of recipients this party was in on ``day``."""
        if self.kind == "agency" or self.is_member(day):
            return "eu"
        return "associated" if self.associated else "third"


@dataclass(frozen=True, slots=True)
class CrimeArea(Code):
    """A field of crime; ``threat`` is the common threat it belongs to."""

    threat: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: ``factor`` turns it exactly into the base unit of its ``dimension``.

    ``factor`` is None for a currency other than the euro; ``decimals`` is how many decimals a quantity in this unit
    may have (0: whole numbers); ``symbol`` is what is printed behind a figure, empty where the label is.
    """

    code: str
    dimension: str
    factor: Decimal | None
    decimals: int
    symbol: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something counted.

    ``unit`` is the unit of every stored figure, ``accepted`` all units in which it may be reported (``unit`` first).
    ``aggregation`` combines one reporting unit's days: sum, max or last; over reporting units figures add up.
    ``part_of`` names the indicator in which this one is contained: alone it never exceeds it. Parts may overlap one
    another; categories never do. ``direction`` says which way is better: higher, lower or neutral.
    ``asks`` is what is asked beside its quantity: certainty, weight, seizures.
    """

    code: str
    group: str
    labels: Labels
    definition: Labels
    unit: str
    accepted: tuple[str, ...]
    categories: tuple[str, ...] = ()
    aggregation: str = "sum"
    direction: str = "neutral"
    part_of: str | None = None
    crime_areas: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("operation", "other")
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UsualTerm:
    """A summand of a usual rule, as in a plan's own rules."""

    indicator: str | None = None
    category: str | None = None
    of: str = "quantity"
    number: Decimal | None = None
    times: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class UsualRule(Code):
    """What has to hold between the figures of every return, as in a plan's own rules; ``message`` says it is broken.

    It applies where the plan has its indicators, and can be replaced or left out there.
    """

    left: tuple[UsualTerm, ...]
    operator: str
    right: tuple[UsualTerm, ...]
    missing: str
    severity: str
    message: Labels
    when: tuple[UsualTerm, ...] = ()


@dataclass(frozen=True, slots=True)
class Priority(Code):
    """A priority of a policy cycle; not ``verified``: general knowledge, to be checked."""

    crime_areas: tuple[str, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class Goal(Code):
    """A strategic goal of a policy cycle."""

    verified: bool


@dataclass(frozen=True, slots=True)
class Cycle(Code):
    """A policy cycle from ``start`` to ``end`` (both included)."""

    start: date
    end: date
    priorities: Mapping[str, Priority]
    goals: Mapping[str, Goal]
    verified: bool
    source: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All reference data; every field maps code to entry in display order."""

    authority_types: Mapping[str, AuthorityType]
    parties: Mapping[str, Party]
    threats: Mapping[str, Code]
    crime_areas: Mapping[str, CrimeArea]
    categories: Mapping[str, Code]
    units: Mapping[str, Unit]
    indicators: Mapping[str, Indicator]
    indicator_groups: Mapping[str, Code]
    operation_kinds: Mapping[str, Code]
    task_types: Mapping[str, Code]
    place_kinds: Mapping[str, Code]
    contribution_kinds: Mapping[str, Code]
    budget_sources: Mapping[str, Code]
    channels: Mapping[str, Code]
    contact_roles: Mapping[str, Code]
    risk_levels: Mapping[str, Code]
    participant_roles: Mapping[str, Code]
    deadline_days: Mapping[str, Code]
    expectations: Mapping[str, Code]
    phases: Mapping[str, Code]
    scopes: Mapping[str, Code]
    certainties: Mapping[str, Code]
    weights: Mapping[str, Code]
    return_sources: Mapping[str, Code]
    modi_operandi: Mapping[str, Code]
    return_steps: Mapping[str, Code]
    return_rules: Mapping[str, UsualRule]
    rule_operators: Mapping[str, Code]
    rule_subjects: Mapping[str, Code]
    rule_missing: Mapping[str, Code]
    rule_severities: Mapping[str, Code]
    reminder_recipients: Mapping[str, Code]
    asked_beside: Mapping[str, Code]
    bounds: Mapping[str, Code]
    aggregations: Mapping[str, Code]
    directions: Mapping[str, Code]
    adoptions: Mapping[str, Code]
    plan_sections: Mapping[str, PlanSection]
    safeguards: Mapping[str, Code]
    classifications: Mapping[str, Code]
    tlp: Mapping[str, Code]
    handling: Mapping[str, Code]
    release_groups: Mapping[str, Code]
    cycles: Mapping[str, Cycle]
    party_inputs: Mapping[str, str]

    def party_code(self, text: str) -> str:
        """Return the code kept for ``text``: EL becomes GR and UK becomes GB, anything else stays as it is."""
        return self.party_inputs.get(text, text)

    @property
    def countries(self) -> Mapping[str, Party]:
        """The parties that are countries."""
        return {code: party for code, party in self.parties.items() if party.kind == "country"}

    def section_code(self, text: str) -> str:
        """Return the code of the plan section that ``text`` names now or named formerly; else ``text`` itself."""
        return next((code for code, section in self.plan_sections.items() if text in section.formerly), text)

    def base_unit(self, dimension: str) -> Unit:
        """Return the unit of ``dimension`` whose factor is 1."""
        return next(unit for unit in self.units.values() if unit.dimension == dimension and unit.factor == 1)


@cache
def catalogue() -> Catalogue:
    """Load the reference data (once) and check that its cross-references hold; raises ValueError if they do not."""
    codes = _read("codes")
    markings = _read("markings")
    countries = _read("countries")
    crime_areas = _by_code(CrimeArea(e["code"], _labels(e), e["threat"]) for e in _read("crime-areas"))
    categories = {area.code: Code(area.code, area.labels) for area in crime_areas.values()}
    categories.update(_codes(_read("categories")))
    units = _by_code(_unit(entry) for entry in _read("units"))
    # Currencies other than the euro, whose rates each operation fixes.
    currencies = {
        code: {language: f"{code}, {text}" for language, text in unit.labels.items()}
        for code, unit in units.items()
        if unit.dimension == "money" and not unit.factor
    }
    loaded = Catalogue(
        authority_types=_by_code(
            AuthorityType(e["code"], _labels(e), e["unit_suffix"]) for e in codes["authority_types"]
        ),
        parties=_by_code([*_countries(countries), *(_body(entry) for entry in _read("parties"))]),
        threats=_codes(codes["threats"]),
        crime_areas=crime_areas,
        categories=MappingProxyType(categories),
        units=units,
        indicators=_by_code(_indicator(entry) for entry in _read("indicators")),
        indicator_groups=_codes(codes["indicator_groups"]),
        operation_kinds=_codes(codes["operation_kinds"]),
        task_types=_codes(codes["task_types"]),
        place_kinds=_codes(codes["place_kinds"]),
        contribution_kinds=_codes(codes["contribution_kinds"]),
        budget_sources=_codes(codes["budget_sources"]),
        channels=_codes(codes["channels"]),
        contact_roles=_codes(codes["contact_roles"]),
        risk_levels=_codes(codes["risk_levels"]),
        participant_roles=_codes(codes["participant_roles"]),
        deadline_days=_codes(codes["deadline_days"]),
        expectations=_codes(codes["expectations"]),
        phases=_codes(codes["phases"]),
        scopes=_codes(codes["scopes"]),
        certainties=_codes(codes["certainties"]),
        weights=_codes(codes["weights"]),
        return_sources=_codes(codes["return_sources"]),
        modi_operandi=_codes(codes["modi_operandi"]),
        return_steps=_codes(codes["return_steps"]),
        return_rules=_by_code(_usual_rule(entry) for entry in _read("return_rules")),
        rule_operators=_codes(codes["rule_operators"]),
        rule_subjects=_codes(codes["rule_subjects"]),
        rule_missing=_codes(codes["rule_missing"]),
        rule_severities=_codes(codes["rule_severities"]),
        reminder_recipients=_codes(codes["reminder_recipients"]),
        asked_beside=_codes(codes["asked_beside"]),
        bounds=_codes(codes["bounds"]),
        aggregations=_codes(codes["aggregations"]),
        directions=_codes(codes["directions"]),
        adoptions=_codes(codes["adoptions"]),
        plan_sections=sections(
            _read("plan_sections"),
            _labels,
            (*Catalogue.__dataclass_fields__, "countries"),
            {"currencies": currencies},
        ),
        safeguards=_codes(codes["safeguards"]),
        classifications=_codes(markings["classifications"]),
        tlp=_codes(markings["tlp"]),
        handling=_codes(markings["handling"]),
        release_groups=_codes(markings["release_groups"]),
        cycles=_by_code(_cycle(entry) for entry in _read("cycles")),
        party_inputs=MappingProxyType(dict(countries["inputs"])),
    )
    _check(loaded)
    return loaded


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


_Entry = TypeVar("_Entry", bound=_Coded)


def _read(name: str) -> Any:
    text = (files("jointops.reference") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    # Every command reads this when it starts: the loader in C takes a tenth of the time.
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def _by_code(entries: Iterable[_Entry]) -> Mapping[str, _Entry]:
    found: dict[str, _Entry] = {}
    for entry in entries:
        if entry.code in found:
            raise ValueError(f"reference data: {entry.code} stands twice in one list")
        found[entry.code] = entry
    return MappingProxyType(found)


def _labels(entry: Mapping[str, Any], key: str = "labels") -> Labels:
    labels = {language: str(text) for language, text in entry[key].items()}
    missing = [language for language in LOCALES if not labels.get(language)]
    if missing:
        raise ValueError(f"reference data: {entry['code']} has no {key} in {', '.join(missing)}")
    return MappingProxyType(labels)


def _codes(entries: Iterable[Mapping[str, Any]]) -> Mapping[str, Code]:
    return _by_code(Code(entry["code"], _labels(entry)) for entry in entries)


def _countries(data: Mapping[str, Any]) -> Iterable[Party]:
    names = {language: Locale.parse(language).territories for language in LOCALES}
    for code in data["codes"].split():
        membership = data["eu"].get(code)
        labels = data["names"].get(code) or {language: names[language][code] for language in LOCALES}
        yield Party(
            code=code,
            kind="country",
            labels=_labels({"code": code, "labels": labels}),
            short=code,
            country=code,
            eu=(membership["since"], membership.get("until")) if membership else None,
            associated=code in data["associated"],
            note=MappingProxyType(dict(data["notes"].get(code, {}))),
        )


def _body(entry: Mapping[str, Any]) -> Party:
    return Party(entry["code"], entry["kind"], _labels(entry), entry["short"], entry.get("country"))


def _unit(entry: Mapping[str, Any]) -> Unit:
    factor = Decimal(entry["factor"]) if "factor" in entry else None
    return Unit(
        entry["code"],
        entry["dimension"],
        factor,
        entry["decimals"],
        entry.get("symbol", ""),
        _labels(entry),
    )


def _indicator(entry: Mapping[str, Any]) -> Indicator:
    return Indicator(
        code=entry["code"],
        group=entry["group"],
        labels=_labels(entry),
        definition=_labels(entry, "definition"),
        unit=entry["unit"],
        accepted=(entry["unit"], *entry.get("accepted", ())),
        categories=tuple(entry.get("categories", ())),
        aggregation=entry.get("aggregation", "sum"),
        direction=entry.get("direction", "neutral"),
        part_of=entry.get("part_of"),
        crime_areas=tuple(entry.get("crime_areas", ())),
        scopes=tuple(entry.get("scopes", ("operation", "other"))),
        asks=tuple(entry.get("asks", ())),
    )


def _usual_rule(entry: Mapping[str, Any]) -> UsualRule:
    return UsualRule(
        code=entry["code"],
        labels=_labels(entry),
        left=_usual_terms(entry["left"]),
        operator=entry["operator"],
        right=_usual_terms(entry["right"]),
        missing=entry.get("missing", "skip"),
        severity=entry.get("severity", "error"),
        message=_labels(entry, "message"),
        when=_usual_terms(entry.get("when", ())),
    )


def _usual_terms(entries: Iterable[Mapping[str, Any]]) -> tuple[UsualTerm, ...]:
    return tuple(
        UsualTerm(
            indicator=entry.get("indicator"),
            category=entry.get("category"),
            of=entry.get("of", "quantity"),
            number=Decimal(str(entry["number"])) if "number" in entry else None,
            times=Decimal(str(entry.get("times", 1))),
        )
        for entry in entries
    )


def _cycle(entry: Mapping[str, Any]) -> Cycle:
    return Cycle(
        code=entry["code"],
        labels=_labels(entry),
        start=entry["start"],
        end=entry["end"],
        priorities=_by_code(
            Priority(e["code"], _labels(e), tuple(e["crime_areas"]), e.get("verified", True))
            for e in entry["priorities"]
        ),
        goals=_by_code(Goal(e["code"], _labels(e), e.get("verified", True)) for e in entry.get("goals", ())),
        verified=entry.get("verified", True),
        source=entry.get("source", ""),
    )


def _check(loaded: Catalogue) -> None:
    """Refuse reference data that point at codes which do not exist."""
    for area in loaded.crime_areas.values():
        _known(area.code, [area.threat], loaded.threats)
    for indicator in loaded.indicators.values():
        _check_indicator(loaded, indicator)
    for rule in loaded.return_rules.values():
        _check_usual_rule(loaded, rule)
    for cycle in loaded.cycles.values():
        for priority in cycle.priorities.values():
            _known(f"{cycle.code}/{priority.code}", priority.crime_areas, loaded.crime_areas)


def _check_indicator(loaded: Catalogue, indicator: Indicator) -> None:
    _known(indicator.code, [indicator.group], loaded.indicator_groups)
    _known(indicator.code, indicator.accepted, loaded.units)
    _known(indicator.code, indicator.categories, loaded.categories)
    _known(indicator.code, indicator.crime_areas, loaded.crime_areas)
    _known(indicator.code, indicator.scopes, loaded.scopes)
    if len({loaded.units[unit].dimension for unit in indicator.accepted}) != 1:
        raise ValueError(f"reference data: {indicator.code} accepts units of different dimensions")
    if indicator.part_of is not None:
        _known(indicator.code, [indicator.part_of], loaded.indicators)
        if loaded.indicators[indicator.part_of].unit != indicator.unit:
            raise ValueError(f"reference data: {indicator.code} and its whole have different units")


def _check_usual_rule(loaded: Catalogue, rule: UsualRule) -> None:
    _known(rule.code, [rule.operator], loaded.rule_operators)
    _known(rule.code, [rule.missing], loaded.rule_missing)
    _known(rule.code, [rule.severity], loaded.rule_severities)
    for term in (*rule.left, *rule.right, *rule.when):
        _known(rule.code, [term.of], loaded.rule_subjects)
        if term.indicator is not None:
            _known(rule.code, [term.indicator], loaded.indicators)
            if term.category is not None:
                _known(
                    rule.code, [term.category], dict.fromkeys(loaded.indicators[term.indicator].categories)
                )


def _known(what: str, codes: Iterable[str], where: Mapping[str, Any]) -> None:
    missing = [code for code in codes if code not in where]
    if missing:
        raise ValueError(f"reference data: {what} names {', '.join(missing)}, which does not exist")


__all__ = [
    "AuthorityType",
    "Catalogue",
    "Code",
    "Column",
    "CrimeArea",
    "Cycle",
    "Goal",
    "Indicator",
    "Labels",
    "Part",
    "Party",
    "PlanSection",
    "Priority",
    "Unit",
    "UsualRule",
    "UsualTerm",
    "catalogue",
]
