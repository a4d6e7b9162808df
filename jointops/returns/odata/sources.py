"""Where the rows of each entity set come from: facts and incidents by one statement, units and days from the plan.

Every source answers the same questions, for one operation as it is known at one instant and status, and only of the
units whose returns the person may read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, String, func, select, tuple_, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from jointops.kernel import policy
from jointops.kernel.i18n import label
from jointops.kernel.policy import Action, Actor
from jointops.operations import plancalendar
from jointops.operations import service as operations
from jointops.operations.history import plan_as_known
from jointops.operations.models import ActionArea, Indicator, Operation, Participant, ReportingUnit
from jointops.returns import facts
from jointops.returns.models import Fact, FactStatus, Incident, Return, Revision
from jointops.returns.odata import plain
from jointops.returns.odata.filters import Condition, Order
from jointops.returns.odata.model import DAY, INCIDENT, UNIT, VALUE, EntityType
from jointops.returns.odata.sql import Writer

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Among:
    """Only entities whose properties ``names`` have one of these ``values``; ``skip`` and ``limit`` hold for each."""

    names: tuple[str, ...]
    values: Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entities are wanted, and in which order. ``after`` are the last one's places in the order and its key.

    ``limit`` is of those that belong to the same, where they are ``among`` those of several; ``at_most`` of all.
    """

    condition: Condition | None = None
    order: tuple[Order, ...] = ()
    among: Among | None = None
    after: tuple[Any, ...] | None = None
    skip: int = 0
    limit: int | None = None
    at_most: int | None = None


class Source(Protocol):
    """The rows of one entity set."""

    def rows(self, wanted: Wanted) -> list[Row]:
        """Return the entities that are wanted, every property by its name."""

    def count(self, condition: Condition | None, among: Among | None = None) -> int:
        """Return how many entities there are."""

    def place(self, row: Row, order: Sequence[Order]) -> tuple[Any, ...]:
        """Return where ``row``, which was found in this ``order``, stands: its values in the terms and its key."""


class Snapshot:
    """One operation as known at an instant and a status, as far as one person may read it."""

    def __init__(
        self,
        session: Session,
        actor: Actor,
        operation: Operation,
        status: FactStatus,
        as_known_at: datetime,
        locale: str,
    ) -> None:
        self.session, self.operation = session, operation
        self.status, self.as_known_at, self.locale = status, as_known_at, locale
        every = session.scalars(
            select(ReportingUnit)
            .where(ReportingUnit.operation_id == operation.id)
            .options(joinedload(ReportingUnit.participant))
            .order_by(ReportingUnit.position)
        ).all()
        self.units = [
            unit
            for unit in every
            if policy.allows(
                actor,
                Action.RETURN_READ,
                operations.subject(operation, party=unit.participant.party, unit=unit.code),
            )
        ]
        self.everything = len(self.units) == len(every)

    def source(self, entity: EntityType) -> Source:
        """Return where the entities of a type come from."""
        return self._sources[entity.entity_set]

    @cached_property
    def _sources(self) -> dict[str, Source]:
        units = _Units(self)
        return {
            VALUE.entity_set: _Values(self),
            INCIDENT.entity_set: _Incidents(self),
            UNIT.entity_set: units,
            DAY.entity_set: _Days(self, units),
        }


class _Table:
    """Entities that a statement finds. ``columns`` are those of the statement, by path."""

    entity: EntityType

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._columns = self._all_columns()
        self._writer = Writer(snapshot.session, self._columns)

    def rows(self, wanted: Wanted) -> list[Row]:
        key = self.entity.key
        columns = {name: self._columns[name] for name in self.entity.properties}
        columns |= {_ordinal(place): self._writer.of(term.by) for place, term in enumerate(wanted.order)}
        query = self._matching(wanted, [column.label(name) for name, column in columns.items()])
        terms = self._writer.order(wanted.order, key)
        if wanted.after is not None:
            query = query.where(self._writer.after(wanted.order, key, wanted.after))
        if wanted.among is not None:
            # For each of those that they belong to apart, so that one with many does not hide the next one's.
            place = func.row_number().over(
                partition_by=[self._columns[name] for name in wanted.among.names], order_by=terms
            )
            inner = query.add_columns(place.label("place_")).subquery()
            query = select(*(inner.c[name] for name in columns)).order_by(inner.c.place_)
            query = query.where(inner.c.place_ > wanted.skip)
            if wanted.limit is not None:
                query = query.where(inner.c.place_ <= wanted.skip + wanted.limit)
            query = query.limit(wanted.at_most)
        else:
            query = query.order_by(*terms).offset(wanted.skip or None).limit(wanted.limit)
        return [self._row(found._mapping) for found in self._snapshot.session.execute(query)]

    def count(self, condition: Condition | None, among: Among | None = None) -> int:
        query = self._matching(Wanted(condition, among=among), [func.count()])
        return self._snapshot.session.scalar(query) or 0

    def place(self, row: Row, order: Sequence[Order]) -> tuple[Any, ...]:
        return (
            *(row[_ordinal(place)] for place in range(len(order))),
            *(row[name] for name in self.entity.key),
        )

    def _matching(self, wanted: Wanted, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        query = self._from(select(*columns)).where(*self._readable())
        if wanted.condition is not None:
            query = query.where(self._writer.condition(wanted.condition))
        if wanted.among is not None:
            names = [self._columns[name] for name in wanted.among.names]
            if len(names) == 1:
                query = query.where(names[0].in_([value for (value,) in wanted.among.values]))
            else:
                query = query.where(tuple_(*names).in_(wanted.among.values))
        return query

    def _readable(self) -> list[ColumnElement[bool]]:
        snapshot = self._snapshot
        conditions = [
            Fact.operation_id == snapshot.operation.id,
            facts.known(snapshot.status, snapshot.as_known_at),
        ]
        if not snapshot.everything:
            conditions.append(Fact.unit_id.in_([unit.id for unit in snapshot.units]))
        return conditions

    def _row(self, found: Mapping[Any, Any]) -> Row:
        operation = self._snapshot.operation
        return {**found, "exercise": operation.exercise, "joint": bool(found["joint"])}

    def _all_columns(self) -> dict[str, ColumnElement[Any]]:
        raise NotImplementedError

    def _from(self, query: Select[Any]) -> Select[Any]:
        raise NotImplementedError


def _ordinal(place: int) -> str:
    """Name of the column that holds what the entities are sorted by in this place."""
    return f"order_{place}"


_OF_UNIT: Mapping[str, ColumnElement[Any]] = {
    "unit_code": type_coerce(ReportingUnit.code, String),
    "party": type_coerce(Participant.party, String),
    "authority": type_coerce(ReportingUnit.authority, String),
    "day": type_coerce(Fact.day, Fact.day.type),
    "Unit/code": type_coerce(ReportingUnit.code, String),
    "Unit/party": type_coerce(Participant.party, String),
    "Unit/authority": type_coerce(ReportingUnit.authority, String),
    "Unit/in_plan": type_coerce(ReportingUnit.in_plan, ReportingUnit.in_plan.type),
}


def _or_nothing(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """A text that may be empty: nothing was said."""
    return func.nullif(column, "", type_=String)


def _figure(snapshot: Snapshot) -> dict[str, ColumnElement[Any]]:
    return {
        **_OF_UNIT,
        "indicator": type_coerce(Indicator.code, String),
        "category": _or_nothing(Fact.category),
        "action_area": type_coerce(ActionArea.code, String),
        "phase": type_coerce(Fact.phase, String),
        "scope": type_coerce(Fact.scope, String),
        "quantity": type_coerce(Fact.quantity, Fact.quantity.type),
        "unit_of_measure": type_coerce(Indicator.unit, String),
        "given_quantity": type_coerce(Fact.given_quantity, Fact.given_quantity.type),
        "given_unit": _or_nothing(Fact.given_unit),
        "certainty": _or_nothing(Fact.certainty),
        "weight": _or_nothing(Fact.weight),
        "seizures": type_coerce(Fact.seizures, Fact.seizures.type),
        "joint": Fact.joint_result_id.is_not(None),
        "joint_result": type_coerce(Fact.joint_result_id, Fact.joint_result_id.type),
        "revision": type_coerce(Revision.number, Revision.number.type),
        "status": type_coerce(Fact.status, String),
        "known_from": type_coerce(Fact.known_from, Fact.known_from.type),
        "exercise": type_coerce(Operation.exercise, Operation.exercise.type),
    }


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(Fact)
        .join(Operation, Operation.id == Fact.operation_id)
        .join(Revision, Revision.id == Fact.revision_id)
        .join(ReportingUnit, ReportingUnit.id == Fact.unit_id)
        .join(Participant, Participant.id == ReportingUnit.participant_id)
        .join(Indicator, Indicator.id == Fact.indicator_id)
        .outerjoin(ActionArea, ActionArea.id == Fact.action_area_id)
    )


class _Values(_Table):
    """One row for each fact."""

    entity = VALUE

    def _all_columns(self) -> dict[str, ColumnElement[Any]]:
        self._incident = aliased(Incident)
        incident = self._incident
        return {
            **_figure(self._snapshot),
            "id": type_coerce(Fact.id, Fact.id.type),
            "counts": type_coerce(Fact.counts, Fact.counts.type),
            "incident_id": type_coerce(incident.id, Fact.id.type),
            "Incident/reference": type_coerce(incident.reference, String),
            "Incident/at": type_coerce(incident.at, Incident.at.type),
            "Incident/place": _or_nothing(incident.place),
            "Incident/modus_operandi": _or_nothing(incident.modus_operandi),
            "Incident/external_reference": _or_nothing(incident.external_reference),
        }

    def _from(self, query: Select[Any]) -> Select[Any]:
        incident, snapshot = self._incident, self._snapshot
        # An incident is told in its owner's return: who may not read that sees the figure alone.
        meets = incident.id == Fact.incident_id
        if not snapshot.everything:
            own = select(Return.id).where(Return.unit_id.in_([unit.id for unit in snapshot.units]))
            meets &= Fact.return_id.in_(own)
        return _joined(query).outerjoin(incident, meets)


class _Incidents(_Table):
    """One row for each incident behind a fact: that of its owner."""

    entity = INCIDENT

    def _all_columns(self) -> dict[str, ColumnElement[Any]]:
        return {
            **_figure(self._snapshot),
            "id": type_coerce(Incident.id, Incident.id.type),
            "reference": type_coerce(Incident.reference, String),
            "at": type_coerce(Incident.at, Incident.at.type),
            "place": _or_nothing(Incident.place),
            "latitude": type_coerce(Incident.latitude, Incident.latitude.type),
            "longitude": type_coerce(Incident.longitude, Incident.longitude.type),
            "modus_operandi": _or_nothing(Incident.modus_operandi),
            "external_reference": _or_nothing(Incident.external_reference),
            "description": _or_nothing(Incident.description),
            "joint_with": type_coerce(Incident.joint_with, Incident.joint_with.type),
        }

    def _from(self, query: Select[Any]) -> Select[Any]:
        return (
            _joined(query)
            .join(Incident, Incident.id == Fact.incident_id)
            .join(Return, (Return.id == Fact.return_id) & (Return.unit_id == Fact.unit_id))
        )


class _Rows:
    """Entities that are few and are worked out from the plan."""

    entity: EntityType

    @property
    def _found(self) -> Sequence[Row]:
        raise NotImplementedError

    def rows(self, wanted: Wanted) -> list[Row]:
        found = plain.ordered(self._matching(wanted.condition, wanted.among), wanted.order, self.entity.key)
        if wanted.after is not None:
            places = [self.place(row, wanted.order) for row in found]
            found = found[places.index(wanted.after) + 1 :] if wanted.after in places else []
        last = None if wanted.limit is None else wanted.skip + wanted.limit
        if wanted.among is None:
            return found[wanted.skip : last]
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in found:
            groups.setdefault(tuple(row[name] for name in wanted.among.names), []).append(row)
        return [row for group in groups.values() for row in group[wanted.skip : last]]

    def count(self, condition: Condition | None, among: Among | None = None) -> int:
        return len(self._matching(condition, among))

    def _matching(self, condition: Condition | None, among: Among | None) -> list[Row]:
        found = list(self._found)
        if among is not None:
            values = set(among.values)
            found = [row for row in found if tuple(row[name] for name in among.names) in values]
        return found if condition is None else [row for row in found if plain.holds(condition, row)]

    def place(self, row: Row, order: Sequence[Order]) -> tuple[Any, ...]:
        return (
            *(plain.value_of(term.by, row) for term in order),
            *(row[name] for name in self.entity.key),
        )


class _Units(_Rows):
    """The reporting units that the person may read returns of."""

    entity = UNIT

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def _found(self) -> Sequence[Row]:
        return [self._row(unit) for unit in self._snapshot.units]

    def by_code(self) -> Mapping[str, Row]:
        """Return the units by their code."""
        return {row["code"]: row for row in self._found}

    def _row(self, unit: ReportingUnit) -> Row:
        return {
            "code": unit.code,
            "title": label(unit.title, self._snapshot.locale) or unit.code,
            "party": unit.participant.party,
            "authority": unit.authority.value,
            "in_plan": unit.in_plan,
            "position": unit.position,
            "exercise": self._snapshot.operation.exercise,
        }


class _Days(_Rows):
    """Units by days, for which a return was owed or came in, by the plan of the instant that is asked about."""

    entity = DAY

    def __init__(self, snapshot: Snapshot, units: _Units) -> None:
        self._snapshot, self._units = snapshot, units

    @cached_property
    def _found(self) -> Sequence[Row]:
        snapshot = self._snapshot
        session, operation, at = snapshot.session, snapshot.operation, snapshot.as_known_at
        plan = operations.document(plan_as_known(session, operation, at))
        came: dict[str, dict[date, facts.Received]] = {}
        for item in facts.received(session, operation, as_known_at=at):
            came.setdefault(item.unit, {})[item.day] = item
        rows: list[Row] = []
        planned = {unit.code for unit in plan.units()}
        for code, unit in self._units.by_code().items():
            owed = frozenset(plancalendar.due(plan, code)) if code in planned else frozenset()
            received = came.get(code, {})
            for day in sorted(owed | received.keys()):
                due_at = plancalendar.deadline(plan, day) if day in owed else None
                late_after = plancalendar.late_after(plan, day) if day in owed else None
                rows.append(_day(unit, day, due_at, late_after, received.get(day), at))
        return rows


def _day(
    unit: Row,
    day: date,
    due_at: datetime | None,
    late_after: datetime | None,
    came: facts.Received | None,
    at: datetime,
) -> Row:
    """Return a unit's day. A return that was not expected is neither in time nor late: nothing was owed."""
    if late_after is None:
        timeliness = "not-expected"
    elif came is not None:
        timeliness = "late" if came.first_submitted_at > late_after else "on-time"
    else:
        timeliness = "missing" if at > late_after else "not-yet-due"
    return {
        "unit_code": unit["code"],
        "day": day,
        "party": unit["party"],
        "timeliness": timeliness,
        "expected": late_after is not None,
        "due_at": due_at,
        "received": came is not None,
        "first_submitted_at": None if came is None else came.first_submitted_at,
        "on_time": timeliness == "on-time",
        "late": timeliness == "late",
        "missing": timeliness == "missing",
        "nil": None if came is None else came.nil,
        "revisions": 0 if came is None else came.revisions,
        "accepted": came is not None and came.accepted,
        "exercise": unit["exercise"],
        **{f"Unit/{name}": unit[name] for name in ("code", "party", "authority", "in_plan")},
    }
