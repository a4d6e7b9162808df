"""Joint results: one result claimed by several units counts once in totals and once for each contributor.

Pure functions: given the claims of one joint result that hold at one status, :func:`rows` says which facts there
must be. ``returns.layers`` compares them with the facts that are open, and closes or adds the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from jointops.returns.models import Phase, Scope


@dataclass(frozen=True, slots=True)
class Figure:
    """One checked figure with the keys of what it is about; ``number`` is its place in its revision.

    The last five are as in :class:`~jointops.returns.models.Fact`.
    """

    number: int
    indicator_id: int
    category: str
    action_area_id: int | None
    phase: Phase
    scope: Scope
    quantity: Decimal
    incident_id: int | None = None
    joint_result_id: int | None = None
    certainty: str = ""
    weight: str = ""
    seizures: int | None = None
    given_quantity: Decimal | None = None
    given_unit: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One unit's own report of a joint result, in one revision of its return.

    ``contributors`` are the keys of the units it names beside itself.
    """

    return_id: int
    revision_id: int
    unit_id: int
    contributors: frozenset[int]
    figure: Figure


@dataclass(frozen=True, slots=True)
class JointRow:
    """One fact of a joint result: whom it is credited to, by which claim, and whether totals count it."""

    unit_id: int
    claim: Claim
    counts: bool


def rows(owner_id: int, claims: Sequence[Claim]) -> tuple[JointRow, ...]:
    """Return the facts that a joint result with these claims consists of.

    Of each indicator exactly one row counts, if there is any claim: the owner's own, else that of the return recorded
    first. Every other claimant is credited with what it reported itself, every contributor who did not report with
    the counting claim's figure. Claims of different indicators are different results, whatever they are called.
    """
    indicators = sorted({claim.figure.indicator_id for claim in claims})
    return tuple(
        row
        for indicator in indicators
        for row in _rows(owner_id, [claim for claim in claims if claim.figure.indicator_id == indicator])
    )


def _rows(owner_id: int, claims: Sequence[Claim]) -> tuple[JointRow, ...]:
    ordered = sorted(claims, key=lambda c: (c.unit_id != owner_id, c.return_id))
    counting = ordered[0]
    own = {claim.unit_id: claim for claim in reversed(ordered)}
    named: frozenset[int] = frozenset().union(*(claim.contributors for claim in claims))
    return (
        *(JointRow(unit_id, claim, claim is counting) for unit_id, claim in sorted(own.items())),
        *(JointRow(unit_id, counting, False) for unit_id in sorted(named - own.keys())),
    )
