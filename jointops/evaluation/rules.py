"""What holds for evaluations: targets and ratings, published against computed figures, and the sign-off."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jointops.evaluation.models import Bound, EvaluationState, RecommendationState
from jointops.kernel.i18n import _, said_of
from jointops.kernel.policy import Action
from jointops.operations.models import TargetKind

# --- Targets and ratings -----------------------------------------------------------------------------------------


class Rating(StrEnum):
    """How well an objective was performed, after the scale of after-action reports in civil protection (HSEEP)."""

    PERFORMED = "P"
    SOME_CHALLENGES = "S"
    MAJOR_CHALLENGES = "M"
    UNABLE = "U"


RATING_LABELS = {
    Rating.PERFORMED: _("Performed without challenges"),
    Rating.SOME_CHALLENGES: _("Performed with some challenges"),
    Rating.MAJOR_CHALLENGES: _("Performed with major challenges"),
    Rating.UNABLE: _("Unable to be performed"),
}

# From which share of the target on a rating is proposed. Only a proposal: people rate, the figures help them.
_SOME_FROM = Decimal("0.8")
_MAJOR_FROM = Decimal("0.5")


def target_met(quantity: Decimal | None, kind: TargetKind, target: Decimal) -> bool:
    """Say whether a target is met. What is not known meets none: missing is not zero, not even for an upper bound."""
    if quantity is None:
        return False
    return quantity >= target if kind is TargetKind.AT_LEAST else quantity <= target


def share_of_target(quantity: Decimal | None, kind: TargetKind, target: Decimal) -> Decimal | None:
    """Return how much of the target is reached: 1 is all of it, more is better, for both kinds.

    ``None`` where the quantity is not known or the share has no meaning: at least nothing, or nothing at most.
    """
    if quantity is None:
        return None
    part, whole = (quantity, target) if kind is TargetKind.AT_LEAST else (target, quantity)
    return part / whole if whole else None


def proposed_rating(quantity: Decimal | None, kind: TargetKind, target: Decimal) -> Rating | None:
    """Propose a rating from the figures alone: P when met, S from 80 % of the target, M from half, U below.

    ``None`` where nothing is known.
    """
    if quantity is None:
        return None
    if target_met(quantity, kind, target):
        return Rating.PERFORMED
    share = share_of_target(quantity, kind, target) or Decimal(0)
    if share >= _SOME_FROM:
        return Rating.SOME_CHALLENGES
    return Rating.MAJOR_CHALLENGES if share >= _MAJOR_FROM else Rating.UNABLE


# --- Published figures -------------------------------------------------------------------------------------------


class Agreement(StrEnum):
    """How a published figure stands to the computed one."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


ABOUT = Decimal("0.1")
"""A figure "about" x agrees within a tenth of x, and one "almost" x is short of it by no more than that."""


def agreement(published: Decimal, bound: Bound, computed: Decimal | None) -> Agreement:
    """Compare a published figure, in its wording, with the one computed from the returns (same unit).

    ``exact`` agrees with the same quantity, ``about`` within a tenth either way, ``more than`` with anything larger,
    ``almost`` with what is short of it by a tenth at most. Without a computed figure nothing can be said.
    """
    if computed is None:
        return Agreement.UNKNOWN
    margin = published * ABOUT
    agrees = {
        Bound.EXACT: computed == published,
        Bound.ABOUT: abs(computed - published) <= margin,
        Bound.MORE_THAN: computed > published,
        Bound.ALMOST: published - margin <= computed < published,
    }[bound]
    return Agreement.AGREES if agrees else Agreement.DIFFERS


BOUND_OF_WORDING = {
    "exactly": Bound.EXACT,
    "about": Bound.ABOUT,
    "over": Bound.MORE_THAN,
    "almost": Bound.ALMOST,
}
"""How a plan file words a figure, and how it is kept."""


# --- Observations and recommendations ------------------------------------------------------------------------------

CAPABILITIES = {
    "planning": _("Planning"),
    "organisation": _("Organisation"),
    "equipment": _("Equipment"),
    "training": _("Training"),
    "exercises": _("Exercises"),
    "cooperation": _("Cooperation and information exchange"),
    "other": _("Other"),
}
"""What an observation is about: the elements of a capability after HSEEP, and what joint operations live by."""


TAG_RULE = _("A tag is one word of lower-case letters, digits and hyphens, at most 40, such as night-shifts.")

_TAG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TAG_LENGTH = 40


def tidy_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are kept: in lower case, each once, without blank ones."""
    return tuple(dict.fromkeys(tag.strip().lower() for tag in tags if tag.strip()))


def is_tag(text: str) -> bool:
    """Say whether ``text`` can be a tag."""
    tidied = text.strip().lower()
    return len(tidied) <= _TAG_LENGTH and _TAG.fullmatch(tidied) is not None


# --- Sign-off ----------------------------------------------------------------------------------------------------

_DRAFT, _REVIEW = EvaluationState.DRAFT, EvaluationState.IN_REVIEW
_RETURNED, _ENDORSED = EvaluationState.RETURNED, EvaluationState.ENDORSED

STATE_LABELS = {
    _DRAFT: said_of("evaluation", "Draft"),
    _REVIEW: said_of("evaluation", "In review"),
    _RETURNED: said_of("evaluation", "Sent back"),
    _ENDORSED: said_of("evaluation", "Endorsed"),
}

RECOMMENDATION_LABELS = {
    RecommendationState.OPEN: said_of("recommendation", "Open"),
    RecommendationState.ADOPTED: said_of("recommendation", "Adopted"),
    RecommendationState.REJECTED: said_of("recommendation", "Rejected"),
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of the sign-off: ``action`` is the right it needs, ``reason`` whether a reason has to be given."""

    source: EvaluationState
    target: EvaluationState
    action: Action
    verb: str
    reason: bool = False


TRANSITIONS: tuple[Transition, ...] = (
    Transition(_DRAFT, _REVIEW, Action.EVALUATION_SUBMIT, _("Submit for review")),
    Transition(_RETURNED, _REVIEW, Action.EVALUATION_SUBMIT, _("Submit for review again")),
    Transition(_REVIEW, _ENDORSED, Action.EVALUATION_ENDORSE, _("Endorse")),
    Transition(_REVIEW, _RETURNED, Action.EVALUATION_ENDORSE, _("Send back"), reason=True),
)
"""The sign-off. What is not here is not possible; an endorsed evaluation stays as it is for ever."""


def transition(source: EvaluationState, target: EvaluationState) -> Transition | None:
    """Return the step from one state to another, or ``None`` where there is none."""
    return next((step for step in TRANSITIONS if (step.source, step.target) == (source, target)), None)


def steps_from(source: EvaluationState) -> tuple[Transition, ...]:
    """Return the steps that lead on from ``source``."""
    return tuple(step for step in TRANSITIONS if step.source is source)


def may_write(state: EvaluationState, *, reviewer: bool = False) -> bool:
    """Say whether the summary and the list of recommendations may change.

    Not while they are reviewed, but for what the reviewer adds, and never once they are endorsed.
    """
    return state in {_DRAFT, _RETURNED} or (reviewer and state is _REVIEW)


def may_comment(state: EvaluationState) -> bool:
    """Say whether observations may be added: the participants' right of reply lasts until the endorsement."""
    return state is not _ENDORSED
