"""What an operation asks its units for, with labels: the ground of the form, the templates and the pages.

Everything comes from the plan in force, which is kept in memory; only the units are read from the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from jointops.kernel import policy
from jointops.kernel.errors import Invalid, NotAllowed, NotFound, Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action, Actor
from jointops.operations import planindicators, service
from jointops.operations.models import Operation, ReportingUnit
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planindicators import AskedIndicator
from jointops.reference.catalogue import Labels, catalogue


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation's questions. ``units`` are its reporting units in the plan's order, by code."""

    document: PlanDocument
    plan_version: int
    indicators: Mapping[str, AskedIndicator]
    action_areas: Mapping[str, Labels]
    units: Mapping[str, ReportingUnit]

    def of(self, unit: str) -> tuple[AskedIndicator, ...]:
        """Return the indicators that the plan asks ``unit`` for, in the catalogue's groups and the plan's order."""
        groups = list(catalogue().indicator_groups)
        found = planindicators.asked_of(self.document, unit)
        return tuple(
            sorted(found, key=lambda item: groups.index(item.group) if item.group in groups else len(groups))
        )

    def indicator_label(self, code: str, locale: str) -> str:
        """Return the indicator's name; the code itself for one that the plan does not have (any more)."""
        found = self.indicators.get(code)
        return label(found.labels, locale) if found else code

    def category_label(self, indicator: str, category: str, locale: str) -> str:
        """Return the category's name, or its code where it is not known."""
        found = self.indicators.get(indicator)
        labels = found.categories.get(category) if found else None
        if labels is None:
            known = catalogue().categories.get(category)
            labels = known.labels if known else None
        return label(labels, locale) if labels else category

    def area_label(self, code: str, locale: str) -> str:
        """Return the action area's title, or its code where it is not known."""
        labels = self.action_areas.get(code)
        return label(labels, locale) if labels else code

    def unit_title(self, code: str, locale: str) -> str:
        """Return what a reporting unit is called, or its code where it is not known."""
        unit = self.units.get(code)
        return (label(unit.title, locale) if unit else "") or code

    def days(self) -> tuple[date, ...]:
        """Return the action days, for which returns are owed."""
        return self.document.period.days()


def asked(session: Session, operation: Operation) -> Asked:
    """Return what ``operation`` asks for by its plan in force; two queries."""
    version = service.plan_in_force(session, operation)
    document = service.document(version)
    units = session.scalars(
        select(ReportingUnit)
        .where(ReportingUnit.operation_id == operation.id, ReportingUnit.in_plan)
        .options(joinedload(ReportingUnit.participant))
        .order_by(ReportingUnit.position)
    )
    return Asked(
        document=document,
        plan_version=version.number,
        indicators=planindicators.asked(document),
        action_areas={area.code: area.title for area in document.action_areas},
        units={unit.code: unit for unit in units},
    )


def reportable(actor: Actor, operation: Operation, questions: Asked) -> Sequence[ReportingUnit]:
    """Return the units that the person may report for, in the plan's order."""
    return _allowed(actor, operation, questions, Action.RETURN_SUBMIT)


def readable(actor: Actor, operation: Operation, questions: Asked) -> Sequence[ReportingUnit]:
    """Return the units whose returns the person may read, in the plan's order."""
    return _allowed(actor, operation, questions, Action.RETURN_READ)


def require_reportable(actor: Actor, operation: Operation, unit: ReportingUnit) -> None:
    """Return when the person may report for ``unit``; raises NotAllowed (``unit-not-yours``, ``not-allowed``)."""
    subject = service.subject(operation, party=unit.participant.party, unit=unit.code)
    if actor.parties and not policy.allows(actor, Action.RETURN_SUBMIT, subject):
        message = _(
            "${unit} is not a unit that you report for. You report for: ${yours}.",
            mapping={"unit": unit.code, "yours": ", ".join(sorted(actor.units or actor.parties))},
        )
        raise NotAllowed("unit-not-yours", message, "/unit")
    policy.require(actor, Action.RETURN_SUBMIT, subject)


def chosen(
    actor: Actor,
    operation: Operation,
    questions: Asked,
    *,
    unit: str | None = None,
    party: str | None = None,
    day: date | None = None,
) -> tuple[Sequence[ReportingUnit], Sequence[date]]:
    """Return the units and days that a template is for: one unit, one country's or all that the person reports for,
    on one day or on all action days.

    Raises NotFound (``unit-unknown``, ``participant-unknown``), NotAllowed (``unit-not-yours``) or Invalid
    (``day-outside-operation``).
    """
    if unit and unit not in questions.units:
        message = _(
            "${operation} has no reporting unit “${code}”.",
            mapping={"operation": operation.code, "code": unit},
        )
        raise NotFound("unit-unknown", message, "/unit")
    wanted = service.find_participant(operation, party).party if party else None
    units = [
        own
        for own in reportable(actor, operation, questions)
        if (not unit or own.code == unit) and (wanted is None or own.participant.party == wanted)
    ]
    if not units:
        raise NotAllowed(
            "unit-not-yours", _("You do not report for this, so there is no template for you."), "/unit"
        )
    if day is not None and not operation.first_day <= day <= operation.last_day:
        message = _(
            "${day} is not a day of ${operation}. Its days run from ${first} to ${last}.",
            mapping={
                "day": day,
                "operation": operation.code,
                "first": operation.first_day,
                "last": operation.last_day,
            },
        )
        raise Invalid([Problem("day-outside-operation", message, "/day")])
    return units, questions.days() if day is None else (day,)


def _allowed(actor: Actor, operation: Operation, questions: Asked, action: Action) -> Sequence[ReportingUnit]:
    return [
        unit
        for unit in questions.units.values()
        if policy.allows(
            actor, action, service.subject(operation, party=unit.participant.party, unit=unit.code)
        )
    ]


def unit_of_measure(code: str, locale: str) -> str:
    """Return how a unit of measure is written behind a figure: its symbol, else its name."""
    unit = catalogue().units.get(code)
    return code if unit is None else unit.symbol or label(unit.labels, locale)
