"""What operations are about, kept beside them so that a plan can be compared with many without reading theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel.policy import Actor
from jointops.lessons import rules
from jointops.lessons.models import OperationProfile
from jointops.lessons.rules import Facets
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import PlanDocument


@dataclass(frozen=True, slots=True)
class Profile:
    """What an operation is about; ``areas`` are its strands by the code of their action area."""

    facets: Facets
    areas: Mapping[str, Facets]
    actions: tuple[str, ...]
    illustrative: bool


def profile_of(document: PlanDocument) -> Profile:
    """Return what a plan says its operation is about."""
    link = document.policy_cycle
    return Profile(
        rules.facets_of(document),
        {area.code: rules.strand_of(document, area) for area in document.action_areas},
        tuple(link.actions) if link else (),
        document.illustrative is not None,
    )


@operations.on_plan_applied
def keep_profile(session: Session, _actor: Actor, operation: Operation, document: PlanDocument) -> None:
    """Keep what the plan that came into force is about."""
    row = session.scalar(select(OperationProfile).where(OperationProfile.operation_id == operation.id))
    if row is None:
        row = OperationProfile(operation_id=operation.id)
        session.add(row)
    found = profile_of(document)
    row.plan_number = operation.plan_number
    row.priorities = sorted(found.facets.priorities)
    row.crime_areas = sorted(found.facets.crime_areas)
    row.tags = sorted(found.facets.tags)
    row.actions = list(found.actions)
    row.areas = {
        code: {"priorities": sorted(area.priorities), "crime_areas": sorted(area.crime_areas)}
        for code, area in found.areas.items()
    }
    row.illustrative = found.illustrative
    session.flush()


def profiles(session: Session, found: Sequence[Operation]) -> dict[int, Profile]:
    """Return what several operations are about, by their keys, in one query.

    What is not kept yet, of operations made by an earlier release, is read from the plans.
    """
    wanted = select(OperationProfile).where(OperationProfile.operation_id.in_([one.id for one in found]))
    rows = {row.operation_id: row for row in session.scalars(wanted)}
    missing = [one for one in found if one.id not in rows]
    known = {one.id: _of_row(one, rows[one.id]) for one in found if one.id in rows}
    if missing:
        known |= {
            key: profile_of(document)
            for key, document in operations.documents_in_force(session, missing).items()
        }
    return known


def _of_row(operation: Operation, row: OperationProfile) -> Profile:
    whole = {"priorities": row.priorities, "crime_areas": row.crime_areas}
    return Profile(
        rules.facets_from(whole, operation.kind, row.tags),
        {code: rules.facets_from(area) for code, area in row.areas.items()},
        tuple(row.actions),
        row.illustrative,
    )
