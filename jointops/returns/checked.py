"""What a return may say in an operation, and what it says once it was checked: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from jointops.operations.plandoc import ReturnRule
from jointops.returns.models import Phase, Scope

NOT_SPECIFIED = ""
"""Category of what a total leaves over after its parts."""


@dataclass(frozen=True, slots=True)
class IndicatorRule:
    """What may be said of one indicator in one operation."""

    code: str
    unit: str
    accepted_units: tuple[str, ...]
    categories: frozenset[str]
    action_areas: tuple[str, ...]
    part_of: str | None
    required: bool = False
    aggregation: str = "sum"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What an operation's plan in force lets a return say.

    Days are in the operation's time zone, all included. ``units`` maps each reporting unit to the indicators it is
    asked for; it may report others too. ``rates`` are euro for one unit of a currency; ``rules`` what has to hold
    between the figures. ``countries`` maps the units that are of one country to its ISO 3166-1 code.
    """

    operation: str
    plan_number: int
    first_day: date
    last_day: date
    starts_on: date
    ends_on: date
    indicators: Mapping[str, IndicatorRule]
    action_areas: frozenset[str]
    units: Mapping[str, frozenset[str]]
    rates: Mapping[str, Decimal]
    rules: tuple[ReturnRule, ...] = ()
    countries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One checked figure, in the indicator's base unit; ``number`` is its place in the return.

    ``given_quantity`` and ``given_unit`` are the figure as reported, where that is another unit of measure.
    """

    number: int
    indicator: str
    category: str
    action_area: str | None
    phase: Phase
    scope: Scope
    quantity: Decimal
    certainty: str = ""
    weight: str = ""
    seizures: int | None = None
    given_quantity: Decimal | None = None
    given_unit: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedIncident:
    """One checked incident with its figure."""

    reference: str
    line: Line
    joint_with: tuple[str, ...]
    at: datetime | None
    place: str
    description: str
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    modus_operandi: str = ""
    external_reference: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A return that holds: its figures, its incidents, and its canonical content.

    ``flags`` are the codes of the warnings that were kept with a reason.
    """

    lines: tuple[Line, ...]
    incidents: tuple[CheckedIncident, ...]
    content: dict[str, object]
    flags: tuple[str, ...] = ()


def phase_of(rulebook: Rulebook, day: date) -> Phase:
    """Return the phase that ``day`` lies in: before, on or after the action days."""
    if day < rulebook.starts_on:
        return Phase.PREPARATORY
    return Phase.ACTION_DAYS if day <= rulebook.ends_on else Phase.FOLLOW_UP
