"""What an operation achieved, as plain, immutable data measured from its facts, and its plain form for JSON.

Nothing in it is anybody's opinion: the same instant and status give the same bytes, for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jointops.consultation.rules import Brought
from jointops.evaluation.models import Bound
from jointops.evaluation.rules import Agreement, Rating
from jointops.kernel import clock
from jointops.kernel.types import canonical_json
from jointops.operations.models import TargetKind
from jointops.returns.models import FactStatus
from jointops.situation.figures import Figures, share_data, text
from jointops.situation.picture import holds
from jointops.situation.rules import Counts

FORMAT = "jointops-evaluation/1"


@dataclass(frozen=True, slots=True)
class ObjectiveResult:
    """What became of one objective; quantities in ``unit``, the indicator's base unit.

    An objective without indicator or target is judged by people alone: ``met`` and ``rating`` are ``None``.
    """

    code: str
    action_area: str | None
    indicator: str | None
    category: str | None
    unit: str | None
    quantity: Decimal | None
    kind: TargetKind | None
    target: Decimal | None
    baseline: Decimal | None
    met: bool | None
    rating: Rating | None
    illustrative: bool


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """One published figure beside the computed ones: as known when it was published, and as known now.

    ``then`` is ``None`` also where the publication tells no instant; ``agreement`` then is with ``now``. ``adopted``
    is false where another source is followed instead.
    """

    indicator: str
    category: str | None
    party: str | None
    unit: str
    quantity: Decimal
    bound: Bound
    adopted: bool
    then: Decimal | None
    now: Decimal | None
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class PublicationResult:
    """What was told to whom and when, compared with what is computed from the returns."""

    code: str
    published: date | None
    by: str
    known_at: datetime | None
    figures: tuple[PublishedResult, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """The measured part of an evaluation, as known at ``as_known_at`` (aware, UTC), at one ``status``.

    ``reporting`` is over the whole operation, ``reporting_by_party`` over each participant. ``tasks`` counts tasks by
    what became of them, ``warnings`` what units warned one another of. ``contributions`` are what participants pledged
    and brought. ``plan_version`` is the plan that the objectives come from.
    """

    operation: str
    as_known_at: datetime
    status: FactStatus
    time_zone: str
    plan_version: int
    figures: Figures
    objectives: tuple[ObjectiveResult, ...]
    reporting: Counts
    reporting_by_party: tuple[tuple[str, Counts], ...]
    reporting_by_day: tuple[tuple[date, Counts], ...]
    tasks: Mapping[str, int]
    warnings: Mapping[str, int]
    contributions: tuple[Brought, ...]
    publications: tuple[PublicationResult, ...]

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data, in the form that other software relies on."""
        figures = self.figures
        return {
            "format": FORMAT,
            "operation": self.operation,
            "as_known_at": clock.iso(self.as_known_at),
            "status": self.status.value,
            "time_zone": self.time_zone,
            "plan_version": self.plan_version,
            "holds": holds(figures),
            "results": figures.results_data(),
            "objectives": [_objective_data(objective) for objective in self.objectives],
            "reporting": reporting_data(self.reporting),
            "reporting_by_party": [
                {"party": party, **reporting_data(counts)} for party, counts in self.reporting_by_party
            ],
            "reporting_by_day": [
                {"day": day.isoformat(), **reporting_data(counts)} for day, counts in self.reporting_by_day
            ],
            "tasks": dict(self.tasks),
            "warnings": dict(self.warnings),
            "by_day": share_data(figures.by_day, "day"),
            "by_action_area": share_data(figures.by_action_area, "action_area"),
            "by_party": share_data(figures.by_party, "party", credited=True),
            "by_authority": share_data(figures.by_authority, "authority", credited=True),
            "contributions": [_brought_data(item) for item in self.contributions],
            "publications": [_publication_data(publication) for publication in self.publications],
        }

    def to_json(self) -> str:
        """Return its canonical JSON."""
        return canonical_json(self.to_data())


def reporting_data(counts: Counts) -> dict[str, int]:
    """Return reporting discipline as plain data.

    Looking back over an operation, ``missing`` is every return that was expected and is not there; ``not_yet_due``
    says of how many of them the deadline has not passed.
    """
    return {**asdict(counts), "missing": counts.missing + counts.not_yet_due}


def _objective_data(objective: ObjectiveResult) -> dict[str, Any]:
    return {
        "code": objective.code,
        "action_area": objective.action_area,
        "indicator": objective.indicator,
        "category": objective.category,
        "quantity": text(objective.quantity),
        "unit": objective.unit,
        "target": text(objective.target),
        "target_kind": objective.kind.value if objective.kind else None,
        "baseline": text(objective.baseline),
        "met": objective.met,
        "rating": objective.rating.value if objective.rating else None,
        "illustrative": objective.illustrative,
    }


def _brought_data(item: Brought) -> dict[str, Any]:
    return {
        "party": item.party,
        "kind": item.kind,
        "pledged": item.pledged.quantity if item.pledged else None,
        "pledged_days": item.pledged.days if item.pledged else None,
        "actual": item.actual.quantity if item.actual else None,
        "actual_days": item.actual.days if item.actual else None,
        "unrecorded": item.unrecorded,
    }


def _publication_data(publication: PublicationResult) -> dict[str, Any]:
    return {
        "code": publication.code,
        "published": publication.published.isoformat() if publication.published else None,
        "by": publication.by,
        "known_at": clock.iso(publication.known_at) if publication.known_at else None,
        "figures": [
            {
                "indicator": figure.indicator,
                "category": figure.category,
                "party": figure.party,
                "unit": figure.unit,
                "quantity": text(figure.quantity),
                "bound": figure.bound.value,
                "adopted": figure.adopted,
                "computed_then": text(figure.then),
                "computed_now": text(figure.now),
                "agreement": figure.agreement.value,
            }
            for figure in publication.figures
        ],
    }
