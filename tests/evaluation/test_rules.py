from __future__ import annotations

from decimal import Decimal

import pytest

from jointops.evaluation import rules
from jointops.evaluation.models import Bound, EvaluationState
from jointops.evaluation.rules import Agreement, Rating
from jointops.operations.models import TargetKind

AT_LEAST, AT_MOST = TargetKind.AT_LEAST, TargetKind.AT_MOST


@pytest.mark.parametrize(
    "quantity, kind, target, met",
    [
        ("100", AT_LEAST, "100", True),
        ("99.999999", AT_LEAST, "100", False),
        ("100", AT_MOST, "100", True),
        ("100.000001", AT_MOST, "100", False),
        ("0", AT_MOST, "0", True),
        (None, AT_LEAST, "0", False),
        (None, AT_MOST, "100", False),
    ],
)
def test_a_target_is_met_exactly_or_not(
    quantity: str | None, kind: TargetKind, target: str, met: bool
) -> None:
    known = None if quantity is None else Decimal(quantity)

    assert rules.target_met(known, kind, Decimal(target)) is met


@pytest.mark.parametrize(
    "quantity, kind, target, rating",
    [
        ("100", AT_LEAST, "100", Rating.PERFORMED),
        ("80", AT_LEAST, "100", Rating.SOME_CHALLENGES),
        ("79.9", AT_LEAST, "100", Rating.MAJOR_CHALLENGES),
        ("50", AT_LEAST, "100", Rating.MAJOR_CHALLENGES),
        ("49", AT_LEAST, "100", Rating.UNABLE),
        ("0", AT_LEAST, "100", Rating.UNABLE),
        ("125", AT_MOST, "100", Rating.SOME_CHALLENGES),
        ("200", AT_MOST, "100", Rating.MAJOR_CHALLENGES),
        ("201", AT_MOST, "100", Rating.UNABLE),
        ("1", AT_MOST, "0", Rating.UNABLE),
        ("0", AT_LEAST, "0", Rating.PERFORMED),
        (None, AT_LEAST, "100", None),
    ],
)
def test_a_rating_is_proposed_from_the_share_of_the_target(
    quantity: str | None, kind: TargetKind, target: str, rating: Rating | None
) -> None:
    known = None if quantity is None else Decimal(quantity)

    assert rules.proposed_rating(known, kind, Decimal(target)) is rating


def test_the_share_of_a_target_has_no_meaning_for_nothing() -> None:
    assert rules.share_of_target(None, AT_LEAST, Decimal(10)) is None
    assert rules.share_of_target(Decimal(5), AT_LEAST, Decimal(0)) is None
    assert rules.share_of_target(Decimal(0), AT_MOST, Decimal(10)) is None


@pytest.mark.parametrize(
    "published, bound, computed, expected",
    [
        ("1027", Bound.EXACT, "1027", Agreement.AGREES),
        ("1027", Bound.EXACT, "1150", Agreement.DIFFERS),
        ("0.3", Bound.EXACT, "0.30", Agreement.AGREES),
        ("200", Bound.ABOUT, "180", Agreement.AGREES),
        ("200", Bound.ABOUT, "220", Agreement.AGREES),
        ("200", Bound.ABOUT, "179", Agreement.DIFFERS),
        ("1000000", Bound.MORE_THAN, "1000000.01", Agreement.AGREES),
        ("1000000", Bound.MORE_THAN, "1000000", Agreement.DIFFERS),
        ("200", Bound.ALMOST, "187", Agreement.AGREES),
        ("200", Bound.ALMOST, "200", Agreement.DIFFERS),
        ("200", Bound.ALMOST, "179", Agreement.DIFFERS),
        ("1", Bound.EXACT, None, Agreement.UNKNOWN),
    ],
)
def test_a_published_figure_is_compared_in_its_own_wording(
    published: str, bound: Bound, computed: str | None, expected: Agreement
) -> None:
    known = None if computed is None else Decimal(computed)

    assert rules.agreement(Decimal(published), bound, known) is expected


def test_every_wording_of_a_plan_file_is_known() -> None:
    from jointops.reference.catalogue import catalogue

    assert set(rules.BOUND_OF_WORDING) == set(catalogue().bounds)


def test_an_endorsed_evaluation_goes_nowhere() -> None:
    assert rules.steps_from(EvaluationState.ENDORSED) == ()
    assert not rules.may_write(EvaluationState.ENDORSED)
    assert not rules.may_comment(EvaluationState.ENDORSED)


def test_a_draft_is_not_endorsed_without_a_review() -> None:
    assert rules.transition(EvaluationState.DRAFT, EvaluationState.ENDORSED) is None


def test_sending_back_needs_reasons() -> None:
    step = rules.transition(EvaluationState.IN_REVIEW, EvaluationState.RETURNED)

    assert step is not None
    assert step.reason


def test_in_review_the_text_rests_and_participants_may_still_reply() -> None:
    assert not rules.may_write(EvaluationState.IN_REVIEW)
    assert rules.may_comment(EvaluationState.IN_REVIEW)
