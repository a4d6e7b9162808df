"""Measuring: from the plan and the facts, as known at an instant, to what was achieved of what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from jointops.consultation import service as consultation
from jointops.evaluation import rules
from jointops.evaluation.measured import Measured, ObjectiveResult, PublicationResult, PublishedResult
from jointops.operations import service as operations
from jointops.operations.history import plan_as_known
from jointops.operations.models import Operation, TargetKind
from jointops.operations.plancalendar import local_day
from jointops.operations.plandoc import Figure, Objective, PlanDocument, Publication
from jointops.operations.planindicators import AskedIndicator, asked
from jointops.reference.measure import convert
from jointops.returns.models import FactStatus
from jointops.returns.sums import Selection
from jointops.situation.figures import Figures, figures
from jointops.situation.rules import count
from jointops.situation.service import completeness
from jointops.tasks import service as tasks
from jointops.warnings import service as warnings


def measured(session: Session, operation: Operation, at: datetime, status: FactStatus) -> Measured:
    """Measure ``operation`` as known at ``at`` (aware) at ``status``; access is checked by the service."""
    version = plan_as_known(session, operation, at)
    plan = operations.document(version)
    indicators = asked(plan)
    matrix, days = completeness(session, operation, plan, at)
    now = figures(session, operation, indicators, Selection(at, status))
    parties = list(dict.fromkeys(line.party for line in matrix))
    return Measured(
        operation=operation.code,
        as_known_at=at,
        status=status,
        time_zone=plan.time_zone,
        plan_version=version.number,
        figures=now,
        objectives=tuple(_objective(objective, plan, indicators, now) for objective in plan.objectives),
        reporting=count(cell for line in matrix for cell in line.cells),
        reporting_by_party=tuple(
            (party, count(cell for line in matrix if line.party == party for cell in line.cells))
            for party in parties
        ),
        reporting_by_day=tuple(
            (day, count(cell for line in matrix for cell in line.cells if cell.day == day)) for day in days
        ),
        tasks=tasks.counts(session, operation, at).to_data(),
        warnings=warnings.counts(session, operation, at).to_data(),
        contributions=tuple(consultation.brought(session, operation, at)),
        publications=_publications(session, operation, plan, at, status, now),
    )


def _objective(
    objective: Objective, plan: PlanDocument, indicators: Mapping[str, AskedIndicator], now: Figures
) -> ObjectiveResult:
    indicator = indicators.get(objective.indicator or "")
    kind, target, baseline = None, None, None
    if indicator is not None and objective.target is not None:
        rates = plan.reporting.exchange_rates
        wanted = objective.target
        unit = wanted.unit or indicator.unit
        bound = wanted.at_most if wanted.at_least is None else wanted.at_least
        kind = TargetKind.AT_MOST if wanted.at_least is None else TargetKind.AT_LEAST
        target = None if bound is None else convert(bound, unit, indicator.unit, rates=rates)
        if objective.baseline is not None:
            baseline = convert(objective.baseline, unit, indicator.unit, rates=rates)
    quantity = now.total(indicator.code, objective.category) if indicator else None
    met, rating = None, None
    if kind is not None and target is not None:
        met = rules.target_met(quantity, kind, target)
        rating = rules.proposed_rating(quantity, kind, target)
    return ObjectiveResult(
        code=objective.code,
        action_area=objective.action_area,
        indicator=objective.indicator,
        category=objective.category,
        unit=indicator.unit if indicator else None,
        quantity=quantity,
        kind=kind,
        target=target,
        baseline=baseline,
        met=met,
        rating=rating,
        illustrative=objective.illustrative,
    )


def _publications(
    session: Session, operation: Operation, plan: PlanDocument, at: datetime, status: FactStatus, now: Figures
) -> tuple[PublicationResult, ...]:
    """Compare what was published by ``at`` with what is computed."""
    return tuple(
        _publication(session, operation, plan, item, status, now)
        for item in _told(plan, local_day(plan, at), at)
    )


def _told(plan: PlanDocument, today: date, at: datetime) -> list[Publication]:
    """Return what was told by ``at``; what has no day of its own was told after what the plan lists before it."""
    found: list[Publication] = []
    for item in plan.publications:
        if item.known_at is not None or item.published is not None:
            told = (item.known_at is None or item.known_at <= at) and (
                item.published is None or item.published <= today
            )
        else:
            told = len(found) == plan.publications.index(item)
        if told:
            found.append(item)
    return found


def _publication(
    session: Session,
    operation: Operation,
    plan: PlanDocument,
    publication: Publication,
    status: FactStatus,
    now: Figures,
) -> PublicationResult:
    every = asked(plan)
    named = {
        figure.indicator: every[figure.indicator]
        for figure in publication.figures
        if figure.indicator in every
    }
    then = None
    if publication.known_at is not None:
        then = figures(session, operation, named, Selection(publication.known_at, status))
    return PublicationResult(
        code=publication.code,
        published=publication.published,
        by=publication.by,
        known_at=publication.known_at,
        figures=tuple(
            _published(figure, plan, named[figure.indicator], then, now)
            for figure in publication.figures
            if figure.indicator in named
        ),
    )


def _published(
    figure: Figure, plan: PlanDocument, indicator: AskedIndicator, then: Figures | None, now: Figures
) -> PublishedResult:
    published = in_base_unit(figure, plan, indicator)
    bound = rules.BOUND_OF_WORDING[figure.bound]
    computed_then = _computed(figure, then) if then is not None else None
    computed_now = _computed(figure, now)
    against = computed_then if then is not None else computed_now
    return PublishedResult(
        indicator=figure.indicator,
        category=figure.category,
        party=figure.party,
        unit=indicator.unit,
        quantity=published,
        bound=bound,
        adopted=figure.adopted,
        then=computed_then,
        now=computed_now,
        agreement=rules.agreement(published, bound, against),
    )


def in_base_unit(figure: Figure, plan: PlanDocument, indicator: AskedIndicator) -> Decimal:
    """Return a published figure in its indicator's base unit."""
    return convert(
        figure.quantity, figure.unit or indicator.unit, indicator.unit, rates=plan.reporting.exchange_rates
    )


def _computed(figure: Figure, computed: Figures) -> Decimal | None:
    if figure.party is not None:
        return computed.of_party(figure.party, figure.indicator, figure.category)
    return computed.total(figure.indicator, figure.category)
