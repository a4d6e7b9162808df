"""What stands behind a figure: the returns, revisions, people and receipts that it adds up from, exactly."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Session

from jointops.kernel import policy
from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.kernel.types import plain
from jointops.operations import service as operations
from jointops.operations.history import plan_as_known
from jointops.operations.models import Operation
from jointops.operations.planindicators import AskedIndicator, asked
from jointops.returns import facts
from jointops.returns.facts import Source
from jointops.returns.models import FactStatus, Phase, Scope
from jointops.situation.figures import NOT_SPECIFIED, picked_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Which figure is meant: what is ``None`` does not limit it.

    ``category`` and ``action_area`` ``""`` ask for what is not specified. A figure of a ``unit``, ``party`` or type
    of ``authority`` is what it is credited with. ``until`` takes all days up to this one, included.
    """

    indicator: str
    as_known_at: datetime
    status: FactStatus
    category: str | None = None
    unit: str | None = None
    party: str | None = None
    authority: str | None = None
    action_area: str | None = None
    day: date | None = None
    until: date | None = None
    phase: Phase | None = None
    scope: Scope = Scope.OPERATION


class Weight(StrEnum):
    """Whether a line adds to the figure, and if not, why."""

    COUNTS = "counts"
    JOINT = "joint"
    OTHER_DAY = "other-day"


@dataclass(frozen=True, slots=True)
class Line:
    """One reported figure: where it comes from, and whether it adds to the figure that was asked about."""

    source: Source
    weight: Weight


@dataclass(frozen=True, slots=True)
class Trace:
    """A figure with everything behind it: the lines that count add up to ``quantity`` exactly."""

    figure: Figure
    indicator: AskedIndicator
    lines: tuple[Line, ...]

    @property
    def quantity(self) -> Decimal | None:
        """What the lines add up to; ``None`` where there are none: no figure is not zero."""
        counted = [line.source.quantity for line in self.lines if line.weight is Weight.COUNTS]
        return plain(sum(counted, Decimal(0))) if counted else None


def trace(session: Session, actor: Actor, operation: Operation, figure: Figure) -> Trace:
    """Return what stands behind ``figure``; raises NotAllowed, and NotFound (``indicator-unknown``)."""
    policy.require(actor, Action.SITUATION_READ, operations.subject(operation))
    plan = operations.document(plan_as_known(session, operation, figure.as_known_at))
    indicator = asked(plan).get(figure.indicator)
    if indicator is None:
        raise NotFound(
            "indicator-unknown",
            _(
                "${operation} does not count “${indicator}”.",
                mapping={"operation": operation.code, "indicator": figure.indicator},
            ),
        )
    # A category that the plan does not have is told with what is not specified; which it is, is decided here.
    found = facts.sources(
        session,
        operation,
        as_known_at=figure.as_known_at,
        status=figure.status,
        indicator=figure.indicator,
        unit=figure.unit,
        party=figure.party,
        authority=figure.authority,
        day=figure.day,
        until=figure.until,
        scope=figure.scope,
    )
    weights = _weights(found, figure, indicator)
    lines = (Line(source, weight) for source, weight in zip(found, weights, strict=True))
    return Trace(
        figure, indicator, tuple(line for line in lines if _asked_for(line.source, figure, indicator))
    )


def _asked_for(source: Source, figure: Figure, indicator: AskedIndicator) -> bool:
    category = source.category if source.category in indicator.categories else NOT_SPECIFIED
    return (
        figure.category in {None, category}
        and figure.action_area in {None, source.action_area or NOT_SPECIFIED}
        and figure.phase in {None, source.phase}
    )


def _weights(found: list[Source], figure: Figure, indicator: AskedIndicator) -> list[Weight]:
    """Say of each source whether it counts: once for each joint result, and of the day that stands for all."""
    weights = [Weight.COUNTS] * len(found)
    order = sorted(range(len(found)), key=lambda place: (not found[place].counts, found[place].credited_to))
    seen: set[int] = set()
    for place in order:
        joint = found[place].joint
        if joint is not None and joint in seen:
            weights[place] = Weight.JOINT
        elif joint is not None:
            seen.add(joint)
    if indicator.aggregation != "sum" and figure.day is None:
        days: defaultdict[str, defaultdict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for source in found:
            days[source.credited_to][source.day] += source.quantity
        picked = {unit: picked_day(of.items(), indicator.aggregation) for unit, of in days.items()}
        for place, source in enumerate(found):
            if source.day != picked[source.credited_to]:
                weights[place] = Weight.OTHER_DAY
    return weights
