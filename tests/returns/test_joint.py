"""How the facts of a joint result follow from its claims."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from jointops.returns import joint
from jointops.returns.joint import Claim, Figure
from jointops.returns.models import Phase, Scope

UNITS = st.integers(1, 6)


def claim(unit: int, contributors: set[int], quantity: int = 1) -> Claim:
    figure = Figure(0, 1, "", None, Phase.ACTION_DAYS, Scope.OPERATION, Decimal(quantity), 10 + unit, 1)
    return Claim(100 + unit, 200 + unit, unit, frozenset(contributors - {unit}), figure)


CLAIMS = st.lists(
    st.builds(claim, UNITS, st.sets(UNITS), st.integers(0, 9)), max_size=6, unique_by=lambda c: c.unit_id
)


def test_without_claims_there_is_nothing() -> None:
    assert joint.rows(1, []) == ()


def test_the_owners_own_figure_counts_whoever_reported_first() -> None:
    rows = joint.rows(2, [claim(1, {2}, 41), claim(2, {1}, 40)])
    assert [(r.unit_id, r.counts, r.claim.figure.quantity) for r in rows] == [(1, False, 41), (2, True, 40)]


def test_a_contributor_who_did_not_report_is_credited_with_the_counted_figure() -> None:
    rows = joint.rows(1, [claim(1, {2, 3}, 40)])
    assert [(r.unit_id, r.counts, r.claim.figure.quantity) for r in rows] == [
        (1, True, 40),
        (2, False, 40),
        (3, False, 40),
    ]


@given(owner=UNITS, claims=CLAIMS)
def test_a_joint_result_counts_exactly_once(owner: int, claims: list[Claim]) -> None:
    assert sum(row.counts for row in joint.rows(owner, claims)) == (1 if claims else 0)


@given(owner=UNITS, claims=CLAIMS)
def test_everybody_named_is_credited_once(owner: int, claims: list[Claim]) -> None:
    rows = joint.rows(owner, claims)
    named = {c.unit_id for c in claims}.union(*(c.contributors for c in claims)) if claims else set()
    assert sorted(row.unit_id for row in rows) == sorted(named)


@given(owner=UNITS, claims=CLAIMS, seed=st.randoms())
def test_the_order_of_claims_does_not_matter(owner: int, claims: list[Claim], seed: object) -> None:
    shuffled = list(claims)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert joint.rows(owner, shuffled) == joint.rows(owner, claims)
