"""What people add to an evaluation: observations, recommendations, and what the reviewer decides on these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from jointops.cycles import service as cycles
from jointops.cycles.models import PolicyCycle
from jointops.evaluation import rules, service
from jointops.evaluation.models import (
    Evaluation,
    Observation,
    ObservationKind,
    Recommendation,
    RecommendationState,
)
from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Role
from jointops.operations import service as operations
from jointops.operations.models import ActionArea, Operation

MAX_TEXT = 10_000
"""Characters an observation or a recommendation may have: several pages."""

MAX_TITLE = 300
MAX_OWNER = 200

_LETTERS = {ObservationKind.STRENGTH: "S", ObservationKind.IMPROVEMENT: "I"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationEntry:
    """An observation as sent. ``capability`` is a key of ``rules.CAPABILITIES`` or empty; ``source`` says who or what
    it comes from (a debriefing, a document), ``indicator`` whose figure it rests on.
    """

    kind: str
    text: str
    root_cause: str = ""
    capability: str = ""
    action_area: str | None = None
    indicator: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationEntry:
    """A recommendation as sent. ``owner`` is an authority or body, ``observation`` the code of what it answers.

    ``tags`` are words by which later plans find it; they are kept in lower case.
    """

    title: str
    owner: str
    text: str = ""
    capability: str = ""
    due_on: date | None = None
    observation: str | None = None
    source: str = ""
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionEntry:
    """Where a recommendation is adopted to.

    ``cycle`` is a policy cycle's code, ``None`` for the one that follows the operation's own; ``priority`` is the
    code of one of its priorities, where one fits; ``decision`` is the reviewer's remark.
    """

    cycle: str | None = None
    priority: str | None = None
    decision: str = ""


def observe(session: Session, actor: Actor, operation: Operation, entry: ObservationEntry) -> Observation:
    """Add an observation and return it; its code is ``S`` or ``I`` (strength, area for improvement) and a number.

    Raises NotAllowed, :class:`Invalid` with everything that is wrong, and :class:`Conflict` ``evaluation-endorsed``.
    """
    policy.require(actor, Action.OBSERVATION_CREATE, operations.subject(operation))
    evaluation = service.for_change(session, operation)
    if not rules.may_comment(evaluation.state):
        raise service.endorsed()
    problems = [*_text_problems(entry.text, "/text"), *_capability_problems(entry.capability)]
    problems += [
        Problem("text-too-long", _too_long(MAX_TEXT), pointer)
        for pointer, text in (("/root_cause", entry.root_cause), ("/source", entry.source))
        if len(text) > MAX_TEXT
    ]
    kinds = tuple(kind.value for kind in ObservationKind)
    if entry.kind not in kinds:
        problems.append(
            Problem(
                "unknown-kind",
                _("An observation is a strength or an area for improvement."),
                "/kind",
                accepted=kinds,
            )
        )
    area = _action_area(operation, entry.action_area, problems)
    problems += _indicator_problems(operation, entry.indicator)
    if problems:
        raise Invalid(problems)
    kind = ObservationKind(entry.kind)
    observation = Observation(
        evaluation=evaluation,
        action_area=area,
        indicator=entry.indicator or "",
        code=_next_code(_LETTERS[kind], [item.code for item in evaluation.observations]),
        kind=kind,
        capability=entry.capability,
        text=entry.text.strip(),
        root_cause=entry.root_cause.strip(),
        source=entry.source.strip(),
        author=actor.name,
        party=_party(actor, operation),
        created_at=clock.now(),
    )
    session.add(observation)
    evaluation.version += 1
    session.flush()
    _log(
        session, actor, Action.OBSERVATION_CREATE, operation, observation.code, "observation", kind=kind.value
    )
    return observation


def recommendations(session: Session, actor: Actor, operation: Operation) -> Sequence[Recommendation]:
    """Return the recommendations of the operation's evaluation, in the order in which they were made."""
    policy.require(actor, Action.EVALUATION_READ, operations.subject(operation))
    return session.scalars(
        select(Recommendation)
        .join(Recommendation.evaluation)
        .where(Evaluation.operation_id == operation.id)
        .order_by(Recommendation.id)
        .options(selectinload(Recommendation.observation), selectinload(Recommendation.adopted_as))
    ).all()


def find_recommendation(session: Session, actor: Actor, operation: Operation, code: str) -> Recommendation:
    """Return one recommendation by its code. Raises :class:`NotFound` ``recommendation-unknown``."""
    found = next((item for item in recommendations(session, actor, operation) if item.code == code), None)
    if found is None:
        raise NotFound(
            "recommendation-unknown",
            _(
                "${operation} has no recommendation ${code}.",
                mapping={"operation": operation.code, "code": code},
            ),
        )
    return found


def recommend(
    session: Session, actor: Actor, operation: Operation, entry: RecommendationEntry
) -> Recommendation:
    """Add a recommendation and return it; its code is ``R`` and a number.

    Raises NotAllowed, :class:`Invalid` with everything that is wrong, and :class:`Conflict` while the evaluation is
    under review (for all but the reviewer) or endorsed.
    """
    policy.require(actor, Action.RECOMMENDATION_CREATE, operations.subject(operation))
    evaluation = service.for_change(session, operation)
    _require_open(evaluation, actor)
    observation = _checked(evaluation, entry)
    recommendation = Recommendation(
        evaluation=evaluation,
        code=_next_code("R", [item.code for item in evaluation.recommendations]),
        state=RecommendationState.OPEN,
        created_at=clock.now(),
    )
    _fill(recommendation, entry, observation)
    session.add(recommendation)
    evaluation.version += 1
    session.flush()
    _log(
        session, actor, Action.RECOMMENDATION_CREATE, operation, recommendation.code, "recommendation",
        title=recommendation.title,
    )  # fmt: skip
    return recommendation


def revise(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    entry: RecommendationEntry,
    *,
    expected_version: int | None = None,
) -> Recommendation:
    """Replace what a recommendation says and return it.

    Raises NotAllowed, NotFound, :class:`Invalid`, :class:`Stale`, and :class:`Conflict` under review, once the
    evaluation is endorsed, or once the recommendation is decided.
    """
    policy.require(actor, Action.RECOMMENDATION_UPDATE, operations.subject(operation))
    evaluation = service.for_change(session, operation)
    recommendation = find_recommendation(session, actor, operation, code)
    _require_version(recommendation, expected_version)
    _require_open(evaluation, actor)
    _require_undecided(recommendation)
    _fill(recommendation, entry, _checked(evaluation, entry))
    recommendation.version += 1
    evaluation.version += 1
    session.flush()
    _log(
        session, actor, Action.RECOMMENDATION_UPDATE, operation, code, "recommendation",
        title=recommendation.title,
    )  # fmt: skip
    return recommendation


def adopt(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    entry: AdoptionEntry,
    *,
    expected_version: int | None = None,
) -> Recommendation:
    """Adopt a recommendation into a policy cycle as a proposed operational action, linked both ways; return it.

    Without a cycle in ``entry`` it goes into the one after the operation's own. Raises NotAllowed, NotFound
    (recommendation or cycle), :class:`Invalid` (an unknown priority, no cycle to go to), :class:`Stale`, and
    :class:`Conflict` ``recommendation-decided`` when it was adopted or rejected before.
    """
    policy.require(actor, Action.RECOMMENDATION_ADOPT, operations.subject(operation))
    service.for_change(session, operation)
    recommendation = find_recommendation(session, actor, operation, code)
    _require_version(recommendation, expected_version)
    _require_undecided(recommendation)
    recommendation.adopted_as = cycles.propose_action(
        session,
        actor,
        _cycle(session, actor, operation, entry.cycle),
        title=recommendation.title,
        description=recommendation.text,
        leader=recommendation.owner,
        due_on=recommendation.due_on,
        priority_code=entry.priority,
        origin_operation=operation.code,
        origin_recommendation=recommendation.code,
    )
    recommendation.state = RecommendationState.ADOPTED
    recommendation.decision = entry.decision.strip()
    recommendation.version += 1
    session.flush()
    _log(
        session, actor, Action.RECOMMENDATION_ADOPT, operation, code, "recommendation",
        decision="adopted", operational_action=recommendation.adopted_as.code,
    )  # fmt: skip
    return recommendation


def reject(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    reason: str,
    *,
    expected_version: int | None = None,
) -> Recommendation:
    """Reject a recommendation with a reason and return it.

    Raises NotAllowed, NotFound, :class:`Invalid` ``reason-missing``, :class:`Stale`, and :class:`Conflict`
    ``recommendation-decided``.
    """
    policy.require(actor, Action.RECOMMENDATION_ADOPT, operations.subject(operation))
    service.for_change(session, operation)
    recommendation = find_recommendation(session, actor, operation, code)
    _require_version(recommendation, expected_version)
    _require_undecided(recommendation)
    if not reason.strip():
        raise Invalid([Problem("reason-missing", _("Say why the recommendation is not adopted."), "/reason")])
    recommendation.state = RecommendationState.REJECTED
    recommendation.decision = reason.strip()
    recommendation.version += 1
    session.flush()
    _log(
        session, actor, Action.RECOMMENDATION_ADOPT, operation, code, "recommendation",
        decision="rejected", reason=recommendation.decision,
    )  # fmt: skip
    return recommendation


def following_cycle(session: Session, operation: Operation) -> PolicyCycle | None:
    """Return the policy cycle that a recommendation goes into by itself: the one after the operation's own."""
    return cycles.next_cycle(session, operation.cycle) if operation.cycle is not None else None


def _cycle(session: Session, actor: Actor, operation: Operation, code: str | None) -> PolicyCycle:
    if code:
        return cycles.find(session, actor, code)
    following = following_cycle(session, operation)
    if following is None:
        message = _("Name the policy cycle: none is known that follows the operation's own.")
        raise Invalid([Problem("cycle-missing", message, "/cycle")])
    return following


def _fill(
    recommendation: Recommendation, entry: RecommendationEntry, observation: Observation | None
) -> None:
    recommendation.title = entry.title.strip()
    recommendation.text = entry.text.strip()
    recommendation.owner = entry.owner.strip()
    recommendation.capability = entry.capability
    recommendation.tags = list(rules.tidy_tags(entry.tags))
    recommendation.due_on = entry.due_on
    recommendation.source = entry.source.strip()
    recommendation.observation = observation


def _checked(evaluation: Evaluation, entry: RecommendationEntry) -> Observation | None:
    """Return the observation that a recommendation answers; raises :class:`Invalid` with all that is wrong."""
    problems = [*_capability_problems(entry.capability)]
    if not entry.title.strip():
        problems.append(Problem("text-missing", _("Say in one sentence what is recommended."), "/title"))
    if not entry.owner.strip():
        problems.append(Problem("owner-missing", _("Name the authority or body that is to do it."), "/owner"))
    limits = (
        ("/title", entry.title, MAX_TITLE),
        ("/owner", entry.owner, MAX_OWNER),
        ("/text", entry.text, MAX_TEXT),
        ("/source", entry.source, MAX_TEXT),
    )
    problems += [
        Problem("text-too-long", _too_long(limit), pointer)
        for pointer, text, limit in limits
        if len(text) > limit
    ]
    problems += [
        Problem("bad-tag", rules.TAG_RULE, f"/tags/{place}")
        for place, tag in enumerate(entry.tags)
        if tag.strip() and not rules.is_tag(tag)
    ]
    observation = None
    if entry.observation:
        observation = next((o for o in evaluation.observations if o.code == entry.observation), None)
        if observation is None:
            problems.append(
                Problem(
                    "observation-unknown",
                    _("There is no observation ${code}.", mapping={"code": entry.observation}),
                    "/observation",
                    accepted=tuple(o.code for o in evaluation.observations),
                )
            )
    if problems:
        raise Invalid(problems)
    return observation


def _action_area(operation: Operation, code: str | None, problems: list[Problem]) -> ActionArea | None:
    if not code:
        return None
    area = next((area for area in operation.action_areas if area.code == code and area.in_plan), None)
    if area is None:
        accepted = tuple(area.code for area in operation.action_areas if area.in_plan)
        message = _("The plan has no action area ${code}.", mapping={"code": code})
        problems.append(Problem("action-area-unknown", message, "/action_area", accepted))
    return area


def _indicator_problems(operation: Operation, code: str | None) -> list[Problem]:
    accepted = tuple(indicator.code for indicator in operation.indicators if indicator.in_plan)
    if not code or code in accepted:
        return []
    message = _("The plan does not count “${code}”.", mapping={"code": code})
    return [Problem("indicator-unknown", message, "/indicator", accepted)]


def _text_problems(text: str, pointer: str) -> list[Problem]:
    if not text.strip():
        return [Problem("text-missing", _("Say what was observed."), pointer)]
    return [Problem("text-too-long", _too_long(MAX_TEXT), pointer)] if len(text) > MAX_TEXT else []


def _capability_problems(capability: str) -> list[Problem]:
    if not capability or capability in rules.CAPABILITIES:
        return []
    message = _("“${code}” is none of the capabilities.", mapping={"code": capability})
    return [Problem("capability-unknown", message, "/capability", tuple(rules.CAPABILITIES))]


def _too_long(limit: int) -> str:
    message: str = _("The text is too long: at most ${limit} characters.", mapping={"limit": limit})
    return message


def _require_open(evaluation: Evaluation, actor: Actor) -> None:
    if not rules.may_write(evaluation.state, reviewer=actor.has(Role.REVIEWER)):
        raise service.locked(evaluation)


def _require_undecided(recommendation: Recommendation) -> None:
    if recommendation.state is not RecommendationState.OPEN:
        raise Conflict(
            "recommendation-decided",
            _(
                "Recommendation ${code} was decided before: ${state}.",
                mapping={
                    "code": recommendation.code,
                    "state": rules.RECOMMENDATION_LABELS[recommendation.state],
                },
            ),
        )


def _require_version(recommendation: Recommendation, expected: int | None) -> None:
    if expected is not None and expected != recommendation.version:
        raise Stale(
            _("The recommendation was changed by somebody else. Read it again and repeat your change."),
            given=str(expected),
            current=str(recommendation.version),
        )


def _next_code(letter: str, taken: Sequence[str]) -> str:
    numbers = [int(code[len(letter) :]) for code in taken if code.startswith(letter) and code[1:].isdigit()]
    return f"{letter}{max(numbers, default=0) + 1}"


def _party(actor: Actor, operation: Operation) -> str:
    """Return the party of the operation for which the actor speaks; empty for the coordination and the reviewer."""
    taking_part = [participant.party for participant in operation.participants]
    return next((party for party in taking_part if party in actor.parties), "")


def _log(
    session: Session, actor: Actor, action: Action, operation: Operation, code: str, what: str, **details: str
) -> None:
    key = f"{operation.code}/{code}"
    audit.record(session, actor, action, what, key, operation=operation.code, details=details)
