"""A plan document turned into the rows of daily work: areas, participants, units, indicators, objectives.

Rows are kept by code from version to version, so that whatever refers to them still does. What a new version leaves
out is deleted where nothing refers to it, and otherwise kept beside the plan (``in_plan`` false).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from jointops.cycles.models import PolicyCycle
from jointops.kernel.i18n import LOCALES, label
from jointops.kernel.types import quantity_text
from jointops.operations import plandoc
from jointops.operations.models import (
    ActionArea,
    Aggregation,
    AuthorityType,
    Indicator,
    Marking,
    Objective,
    Operation,
    OperationState,
    Participant,
    ReportingUnit,
    TargetKind,
)
from jointops.operations.planindicators import AskedIndicator, asked
from jointops.operations.rules import due, freezes_at, priority_of
from jointops.reference.catalogue import catalogue
from jointops.reference.measure import convert

_AnyRow = ActionArea | Participant | ReportingUnit | Indicator | Objective


def spell_out(session: Session, operation: Operation, document: plandoc.PlanDocument) -> None:
    """Bring the operation's own fields and its rows in line with ``document``. Flushes."""
    set_frame(session, operation, document)
    areas = _action_areas(operation, document)
    _participants(operation, document)
    indicators = _indicators(operation, document)
    _objectives(operation, document, areas, indicators)
    session.flush()
    _remove_what_is_left_out(session, operation)


def set_frame(session: Session, operation: Operation, document: plandoc.PlanDocument) -> None:
    """Set the operation's own fields from its plan; a closed operation keeps the instant of its freeze."""
    span = document.span()
    operation.title = dict(document.title)
    operation.kind = document.kind
    operation.time_zone = document.time_zone
    operation.starts_on, operation.ends_on = document.period.start, document.period.end
    operation.first_day, operation.last_day = span.start, span.end
    operation.lead = document.lead
    operation.historical = document.historical
    operation.chain = list(document.reporting.chain)
    operation.skips = {
        step: sorted({unit for skip in document.reporting.skips if skip.step == step for unit in skip.units})
        for step in dict.fromkeys(skip.step for skip in document.reporting.skips)
    }
    operation.exchange_rates = {
        currency: quantity_text(rate) for currency, rate in document.reporting.exchange_rates.items()
    }
    operation.parties = [participant.party for participant in document.participants]
    operation.cycle = _cycle(session, document)
    operation.marking = marking(session, document.marking)
    if operation.state is not OperationState.CLOSED:
        operation.frozen_at = freezes_at(document)


def marking(session: Session, wanted: plandoc.Marking) -> Marking:
    """Return the row of a marking, made where there is none yet."""
    values = {
        "classification": wanted.classification,
        "tlp": wanted.tlp or "",
        "handling": ",".join(wanted.handling),
        "releasable_to": [wanted.release],
    }
    found = session.scalar(select(Marking).filter_by(**values))
    if found is not None:
        return found
    made = Marking(**values)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        # Somebody else made it at the same moment; theirs is as good.
        return session.scalars(select(Marking).filter_by(**values)).one()
    return made


def _cycle(session: Session, document: plandoc.PlanDocument) -> PolicyCycle | None:
    if document.policy_cycle is None:
        return None
    wanted = select(PolicyCycle).where(PolicyCycle.code == document.policy_cycle.code)
    return session.scalar(wanted.options(selectinload(PolicyCycle.priorities)))


def _action_areas(operation: Operation, document: plandoc.PlanDocument) -> Mapping[str, ActionArea]:
    priorities = {row.code: row for row in operation.cycle.priorities} if operation.cycle else {}
    rows = {row.code: row for row in operation.action_areas}
    _leave_out(operation.action_areas)
    for position, area in enumerate(document.action_areas):
        row = rows.get(area.code)
        if row is None:
            row = rows[area.code] = ActionArea(code=area.code)
            operation.action_areas.append(row)
        row.title = dict(area.title)
        row.leader = area.leader or ""
        row.priority = priorities.get(priority_of(document, area) or "")
        row.position, row.in_plan = position, True
    return rows


def _participants(operation: Operation, document: plandoc.PlanDocument) -> None:
    rows = {row.party: row for row in operation.participants}
    units = {row.code: row for row in operation.units}
    _leave_out(operation.participants)
    _leave_out(operation.units)
    unit_position = 0
    for position, participant in enumerate(document.participants):
        row = rows.get(participant.party)
        if row is None:
            row = Participant(party=participant.party)
            operation.participants.append(row)
        row.position, row.in_plan = position, True
        for wanted in participant.units:
            unit = units.get(wanted.code)
            if unit is None:
                unit = ReportingUnit(code=wanted.code, participant=row)
                operation.units.append(unit)
            unit.participant = row
            unit.authority = AuthorityType(wanted.authority)
            unit.title = dict(wanted.title) or unit_title(participant.party, wanted.authority)
            unit.action_areas = list(wanted.action_areas)
            unit.indicators = list(wanted.indicators)
            unit.reports = bool(due(document, wanted.code))
            unit.position, unit.in_plan = unit_position, True
            unit_position += 1


def unit_title(party: str, authority: str) -> dict[str, str]:
    """Return what a unit is called that the plan gives no name: its party and its kind of authority."""
    known = catalogue()
    names = known.parties[party].labels
    kinds = known.authority_types[authority].labels
    return {language: f"{label(names, language)}, {label(kinds, language)}" for language in LOCALES}


def _indicators(operation: Operation, document: plandoc.PlanDocument) -> Mapping[str, Indicator]:
    rows = {row.code: row for row in operation.indicators}
    _leave_out(operation.indicators)
    for position, wanted in enumerate(asked(document).values()):
        row = rows.get(wanted.code)
        if row is None:
            row = rows[wanted.code] = Indicator(code=wanted.code)
            operation.indicators.append(row)
        _fill_indicator(row, wanted)
        row.position, row.in_plan = position, True
    return rows


def _fill_indicator(row: Indicator, wanted: AskedIndicator) -> None:
    row.labels = dict(wanted.labels)
    row.definition = dict(wanted.definition)
    row.unit = wanted.unit
    row.accepted_units = list(wanted.accepted)
    row.aggregation = Aggregation(wanted.aggregation)
    row.direction = wanted.direction
    row.categories = [{"code": code, "labels": dict(labels)} for code, labels in wanted.categories.items()]
    row.part_of = wanted.part_of
    row.action_areas = list(wanted.action_areas)
    row.authorities = list(wanted.authorities)
    row.required = wanted.required


def _objectives(
    operation: Operation,
    document: plandoc.PlanDocument,
    areas: Mapping[str, ActionArea],
    indicators: Mapping[str, Indicator],
) -> None:
    rows = {row.code: row for row in operation.objectives}
    _leave_out(operation.objectives)
    for position, wanted in enumerate(document.objectives):
        row = rows.get(wanted.code)
        if row is None:
            row = Objective(code=wanted.code)
            operation.objectives.append(row)
        row.title = dict(wanted.title)
        row.action_area = areas.get(wanted.action_area or "")
        row.indicator = indicators.get(wanted.indicator or "")
        row.category = wanted.category
        row.target_kind, row.target = _target(wanted, row.indicator, document.reporting.exchange_rates)
        row.position, row.in_plan = position, True


def _target(
    objective: plandoc.Objective, indicator: Indicator | None, rates: Mapping[str, Decimal]
) -> tuple[TargetKind | None, Decimal | None]:
    """Return the target in the indicator's base unit."""
    target = objective.target
    if target is None or indicator is None:
        return None, None
    kind = TargetKind.AT_MOST if target.at_least is None else TargetKind.AT_LEAST
    quantity = target.at_most if target.at_least is None else target.at_least
    if quantity is None:
        return None, None
    return kind, convert(quantity, target.unit or indicator.unit, indicator.unit, rates=rates)


def _leave_out(rows: Sequence[_AnyRow]) -> None:
    for row in rows:
        row.in_plan = False


def _remove_what_is_left_out(session: Session, operation: Operation) -> None:
    """Delete the rows that are not in the plan and that nothing refers to.

    The database itself says what refers to a row: the tables of other domains are not known here.
    """
    # What is referred to goes after what refers to it.
    for name in ("objectives", "indicators", "units", "participants", "action_areas"):
        rows: Sequence[_AnyRow] = getattr(operation, name)
        left_out = [row for row in rows if not row.in_plan]
        if not left_out:
            continue
        if not _deleted(session, left_out):
            for row in left_out:
                _deleted(session, [row])
        session.expire(operation, [name])
        if name == "units":
            for participant in operation.participants:
                session.expire(participant, [name])


def _deleted(session: Session, rows: Sequence[_AnyRow]) -> bool:
    table = type(rows[0])
    keys = [row.id for row in rows]
    try:
        with session.begin_nested():
            session.execute(
                delete(table).where(table.id.in_(keys)), execution_options={"synchronize_session": False}
            )
    except IntegrityError:
        return False
    for row in rows:
        session.expunge(row)
    return True
