"""The rulebook of an operation, made from its plan in force and kept until the plan changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from jointops.operations import service as operations
from jointops.operations.models import ActionArea, Indicator, Operation, Participant, ReportingUnit
from jointops.operations.planreturnrules import rules_in_force
from jointops.reference.catalogue import catalogue
from jointops.returns.rules import IndicatorRule, Rulebook


@dataclass(frozen=True, slots=True)
class Unit:
    """A reporting unit of the plan in force, as far as its returns depend on it: its key, its code, its party."""

    id: int
    code: str
    party: str


@dataclass(frozen=True, slots=True)
class KeyedRulebook:
    """A rulebook with the database keys of what it names."""

    rules: Rulebook
    indicators: Mapping[str, int]
    action_areas: Mapping[str, int]
    units: Mapping[str, Unit]
    operation_id: int


# By engine, because keys of one database mean nothing in another; by plan version, because it is what rules follow.
_kept: WeakKeyDictionary[Engine, dict[int, tuple[tuple[int, int], KeyedRulebook]]] = WeakKeyDictionary()


def rulebook_of(session: Session, operation: Operation) -> KeyedRulebook:
    """Return the rulebook of ``operation`` by its plan in force; four queries the first time, none afterwards."""
    engine = session.get_bind().engine
    kept = _kept.setdefault(engine, {})
    edition = (operation.plan_number, operation.version)
    found = kept.get(operation.id)
    if found is None or found[0] != edition:
        kept[operation.id] = found = (edition, _make(session, operation))
    return found[1]


def unit_of(session: Session, operation: Operation, code: str) -> Unit:
    """Return the reporting unit with ``code``; raises NotFound (``unit-unknown``)."""
    known = rulebook_of(session, operation).units.get(code)
    if known is not None:
        return known
    found = operations.find_unit(session, operation, code)
    return Unit(found.id, found.code, found.participant.party)


def _make(session: Session, operation: Operation) -> KeyedRulebook:
    def in_plan(table: type[Indicator] | type[ActionArea] | type[ReportingUnit]) -> list[object]:
        return list(
            session.scalars(
                select(table)
                .where(table.operation_id == operation.id, table.in_plan)
                .order_by(table.position)
            )
        )

    indicators = [row for row in in_plan(Indicator) if isinstance(row, Indicator)]
    areas = [row for row in in_plan(ActionArea) if isinstance(row, ActionArea)]
    units = [row for row in in_plan(ReportingUnit) if isinstance(row, ReportingUnit)]
    codes = {indicator.code for indicator in indicators}
    parties = {
        participant.id: participant.party
        for participant in session.scalars(
            select(Participant).where(Participant.operation_id == operation.id)
        )
    }
    rules = Rulebook(
        operation=operation.code,
        plan_number=operation.plan_number,
        first_day=operation.first_day,
        last_day=operation.last_day,
        starts_on=operation.starts_on,
        ends_on=operation.ends_on,
        indicators={
            i.code: IndicatorRule(
                code=i.code,
                unit=i.unit,
                accepted_units=tuple(i.accepted_units),
                categories=frozenset(category["code"] for category in i.categories),
                action_areas=tuple(i.action_areas),
                part_of=i.part_of if i.part_of in codes else None,
                required=i.required,
                aggregation=i.aggregation.value,
            )
            for i in indicators
        },
        action_areas=frozenset(area.code for area in areas),
        units={unit.code: asked_of(unit, indicators) for unit in units},
        rates={currency: Decimal(rate) for currency, rate in operation.exchange_rates.items()},
        rules=rules_in_force(operations.document(operations.plan_in_force(session, operation))),
        countries={
            unit.code: country
            for unit in units
            if (country := catalogue().parties[parties[unit.participant_id]].country)
        },
    )
    return KeyedRulebook(
        rules,
        {i.code: i.id for i in indicators},
        {a.code: a.id for a in areas},
        {u.code: Unit(u.id, u.code, parties[u.participant_id]) for u in units},
        operation.id,
    )


def asked_of(unit: ReportingUnit, indicators: list[Indicator]) -> frozenset[str]:
    """Return the codes of the indicators that the plan asks ``unit`` for."""
    if unit.indicators:
        return frozenset(unit.indicators)
    return frozenset(
        i.code
        for i in indicators
        if (not i.authorities or unit.authority.value in i.authorities)
        and (not i.action_areas or not unit.action_areas or set(i.action_areas) & set(unit.action_areas))
    )
