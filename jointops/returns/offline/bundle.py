"""What a device needs to know to report for one unit of one operation without a network, as JSON.

Everything is in the reader's language where people read it. It is for one signed-in person, who may report for the
unit; the device keeps it encrypted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import clock, ids
from jointops.kernel.i18n import label
from jointops.kernel.policy import Actor
from jointops.kernel.types import canonical_json
from jointops.operations import rules as operation_rules
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState, ReportingUnit
from jointops.operations.planindicators import AskedIndicator
from jointops.reference.catalogue import Code, catalogue
from jointops.returns import asked, history
from jointops.returns.asked import Asked, unit_of_measure
from jointops.returns.models import Return, Revision
from jointops.returns.offline.rules_data import rules_data
from jointops.returns.rulebooks import rulebook_of

FORMAT = 1
"""Raised when a device that has an earlier form of the data has to fetch it anew."""

_TAKES_RETURNS = frozenset({OperationState.RUNNING, OperationState.CLOSED})


@dataclass(frozen=True, slots=True)
class Reportable:
    """A unit that somebody reports for, in an operation that takes returns."""

    operation: Operation
    unit: ReportingUnit


def reportable(session: Session, actor: Actor) -> Iterator[Reportable]:
    """Give the units that ``actor`` reports for, operation by operation, as long as figures are not frozen."""
    now = clock.now()
    for operation in operations.list_operations(session, actor):
        if operation.state not in _TAKES_RETURNS:
            continue
        if operation.frozen_at is not None and operation.frozen_at <= now:
            continue
        for unit in asked.reportable(actor, operation, asked.asked(session, operation)):
            yield Reportable(operation, unit)


def bundle(
    session: Session, operation: Operation, questions: Asked, unit: ReportingUnit, locale: str
) -> dict[str, Any]:
    """Return all that is asked of ``unit``, the rules for it, and what is on record; access was asked for.

    Days are ISO 8601 in the operation's time zone, instants ISO 8601 in UTC, quantities text. ``version`` is a digest
    of all the rest.
    """
    found = {
        "format": FORMAT,
        "locale": locale,
        "operation": operation.code,
        "title": label(operation.title, locale),
        "exercise": operation.exercise,
        "time_zone": operation.time_zone,
        "unit": unit.code,
        "unit_title": questions.unit_title(unit.code, locale),
        "plan_version": questions.plan_version,
        "rules": rules_data(rulebook_of(session, operation).rules, unit.code),
        "days": _days(operation, questions, unit),
        **_words(questions, unit, locale),
        "returns": _returns(session, operation, unit),
    }
    return {**found, "version": ids.digest(canonical_json(found))[:16]}


def on_record(head: Return, revision: Revision) -> dict[str, Any]:
    """Return what a unit's return for a day says now, and what it takes to change it."""
    return {
        "version": head.version,
        "revision": revision.number,
        "state": head.state.value,
        "submitted": head.first_submitted_at is not None,
        "withdrawn": head.withdrawn,
        "sha256": revision.sha256,
        "recorded_at": clock.iso(revision.recorded_at),
        "recorded_by": revision.recorded_by,
        "reason": revision.reason,
        "content": revision.content,
    }


def _days(operation: Operation, questions: Asked, unit: ReportingUnit) -> list[dict[str, Any]]:
    due = set(operation_rules.due(questions.document, unit.code))
    length = (operation.last_day - operation.first_day).days + 1
    return [
        {
            "day": day.isoformat(),
            "due": clock.iso(operation_rules.deadline(questions.document, day)) if day in due else None,
        }
        for day in (operation.first_day + timedelta(days=number) for number in range(length))
    ]


def _words(questions: Asked, unit: ReportingUnit, locale: str) -> dict[str, Any]:
    known = catalogue()
    own = [item.code for item in questions.of(unit.code)]
    every = questions.indicators
    others = [code for code in every if code not in set(own)]
    units = dict.fromkeys(code for item in every.values() for code in (item.unit, *item.accepted))
    return {
        "asked": own,
        "indicators": {code: _indicator(every[code], locale) for code in (*own, *others)},
        "groups": _labels(known.indicator_groups, locale),
        "areas": {code: label(labels, locale) for code, labels in questions.action_areas.items()},
        "measures": {code: unit_of_measure(code, locale) for code in units},
        "phases": _labels(known.phases, locale),
        "scopes": _labels(known.scopes, locale),
        "certainties": _labels(known.certainties, locale),
        "weights": _labels(known.weights, locale),
        "modi_operandi": _labels(known.modi_operandi, locale),
        "others": {
            code: label(other.title, locale) for code, other in questions.units.items() if code != unit.code
        },
    }


def _indicator(item: AskedIndicator, locale: str) -> dict[str, Any]:
    return {
        "group": item.group,
        "label": label(item.labels, locale),
        "definition": label(item.definition, locale),
        "unit": item.unit,
        "accepted": list(item.accepted),
        "categories": {code: label(labels, locale) for code, labels in item.categories.items()},
        "areas": list(item.action_areas),
        "required": item.required,
        "asks": list(item.asks),
    }


def _labels(codes: Mapping[str, Code], locale: str) -> dict[str, str]:
    return {code: label(entry.labels, locale) for code, entry in codes.items()}


def _returns(session: Session, operation: Operation, unit: ReportingUnit) -> dict[str, Any]:
    heads: Sequence[Return] = session.scalars(
        select(Return)
        .where(Return.operation_id == operation.id, Return.unit_id == unit.id)
        .order_by(Return.day)
    ).all()
    latest = history.latest_revisions(session, heads)
    return {head.day.isoformat(): on_record(head, latest[head.id]) for head in heads}
