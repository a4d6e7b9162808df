"""Lessons of earlier operations for a plan: which recommendations fit it, and what it makes of each.

No plan is approved while an open recommendation that fits it has no answer. Exercises neither give nor need lessons.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from jointops.cycles.models import OperationalAction, OperationalActionPlan
from jointops.evaluation.models import (
    Evaluation,
    Observation,
    ObservationKind,
    Recommendation,
    RecommendationState,
)
from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.lessons import profiles, rules
from jointops.lessons.models import Disposition, RecommendationAnswer
from jointops.lessons.profiles import Profile
from jointops.lessons.rules import AnswerEntry, Facets, Finding, Reason
from jointops.operations import planning
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.plandoc import PlanDocument
from jointops.operations.rules import ENDED

SEPARATOR = ":"
"""Between an operation and the recommendation of its evaluation: ``ARCHIMEDES-2014:R1``."""


@dataclass(frozen=True, slots=True)
class Match:
    """A recommendation of an earlier operation that fits a plan, why it does, and what the plan makes of it.

    ``reasons`` is empty where it was answered before the plan changed and fits no more. ``carried_out`` says that it
    was adopted as an operational action which this plan carries out.
    """

    recommendation: Recommendation
    reasons: tuple[Reason, ...]
    answer: RecommendationAnswer | None
    carried_out: bool = False

    @property
    def operation(self) -> Operation:
        """The earlier operation."""
        return self.recommendation.evaluation.operation

    @property
    def key(self) -> str:
        """What the recommendation is called in addresses: ``ARCHIMEDES-2014:R1``."""
        return key_of(self.recommendation)

    @property
    def waits(self) -> bool:
        """Whether the plan cannot be approved before this is answered."""
        return (
            self.answer is None
            and bool(self.reasons)
            and self.recommendation.state is RecommendationState.OPEN
        )


def key_of(recommendation: Recommendation) -> str:
    """Return what a recommendation is called outside its own evaluation."""
    return f"{recommendation.evaluation.operation.code}{SEPARATOR}{recommendation.code}"


# --- Recommendations that fit -------------------------------------------------------------------------------------


def matches(
    session: Session, actor: Actor, operation: Operation, document: PlanDocument | None = None
) -> list[Match]:
    """Return the recommendations of earlier operations that fit the latest plan, what waits for an answer first.

    Those who plan see all of them, for they have to answer; others those of evaluations that are open to them.
    """
    subject = operations.subject(operation)
    policy.require(actor, Action.LESSON_READ, subject)
    document = document or operations.document(operations.latest_plan(session, operation))
    found = matching(session, operation, document)
    if not policy.allows(actor, Action.LESSON_ANSWER, subject):
        found = [
            match
            for match in found
            if policy.allows(actor, Action.EVALUATION_READ, operations.subject(match.operation))
        ]
    return sorted(found, key=_order)


def _order(match: Match) -> tuple[bool, bool, int, float, int]:
    return (
        not match.waits,
        match.answer is not None,
        -rules.likeness(match.reasons),
        -match.operation.starts_on.toordinal(),
        match.recommendation.id,
    )


def matching(session: Session, operation: Operation, document: PlanDocument) -> list[Match]:
    """Return the recommendations that fit ``document`` or are answered by its operation; access is not asked here.

    A recommendation that answers an observation about one action area is about what that strand is about, any other
    about all that its operation was; tags are its own.
    """
    if operation.exercise:
        return []
    found = session.scalars(
        _recommendations()
        .where(
            Operation.exercise.is_(False),
            Operation.id != operation.id,
            Operation.starts_on < document.period.start,
            Recommendation.state.in_([RecommendationState.OPEN, RecommendationState.ADOPTED]),
        )
        .order_by(Operation.starts_on.desc(), Recommendation.id)
    ).all()
    wanted = select(RecommendationAnswer).where(RecommendationAnswer.operation_id == operation.id)
    answers = {answer.recommendation_id: answer for answer in session.scalars(wanted)}
    known = profiles.profiles(
        session, list({one.evaluation.operation_id: _whose(one) for one in found}.values())
    )
    plan = rules.facets_of(document)
    actions = set(document.policy_cycle.actions) if document.policy_cycle else set()
    cycle = document.policy_cycle.code if document.policy_cycle else ""
    every = [
        Match(
            one,
            rules.reasons(plan, _facets(one, known[one.evaluation.operation_id])),
            answers.get(one.id),
            one.adopted_as is not None
            and one.adopted_as.plan.cycle.code == cycle
            and one.adopted_as.code in actions,
        )
        for one in found
    ]
    return [match for match in every if match.reasons or match.answer]


def _recommendations() -> Select[Recommendation]:
    return (
        select(Recommendation)
        .join(Recommendation.evaluation)
        .join(Evaluation.operation)
        .options(
            contains_eager(Recommendation.evaluation).contains_eager(Evaluation.operation),
            joinedload(Recommendation.observation).joinedload(Observation.action_area),
            joinedload(Recommendation.adopted_as)
            .joinedload(OperationalAction.plan)
            .joinedload(OperationalActionPlan.cycle),
        )
    )


def _whose(recommendation: Recommendation) -> Operation:
    return recommendation.evaluation.operation


def _facets(recommendation: Recommendation, profile: Profile) -> Facets:
    area = recommendation.observation.action_area if recommendation.observation else None
    about = profile.areas.get(area.code, profile.facets) if area else profile.facets
    return Facets(
        kind=profile.facets.kind,
        priorities=about.priorities,
        crime_areas=about.crime_areas,
        tags=frozenset(recommendation.tags),
    )


@operations.on_check
def unanswered(
    session: Session, operation: Operation, to: OperationState, document: PlanDocument
) -> Sequence[Problem]:
    """Return a problem for each open recommendation that fits the plan and has no answer, before its approval."""
    if to is not OperationState.APPROVED:
        return []
    return [
        Problem(
            "recommendation-unanswered",
            _(
                "Recommendation ${code} of ${operation} fits this plan and has no answer: ${title}",
                mapping={
                    "code": match.recommendation.code,
                    "operation": match.operation.code,
                    "title": match.recommendation.title,
                },
            ),
            "/lessons",
        )
        for match in sorted(matching(session, operation, document), key=_order)
        if match.waits
    ]


# --- Answers -----------------------------------------------------------------------------------------------------


def find(session: Session, actor: Actor, operation: Operation, key: str) -> Match:
    """Return one recommendation that fits the plan, by its key. Raises NotFound (``recommendation-unknown``)."""
    found = next((match for match in matches(session, actor, operation) if match.key == key), None)
    if found is None:
        raise _unknown(operation, key)
    return found


def _unknown(operation: Operation, key: str) -> NotFound:
    message = _(
        "No recommendation “${key}” of an earlier operation fits the plan of ${operation}.",
        mapping={"key": key, "operation": operation.code},
    )
    return NotFound("recommendation-unknown", message)


def answer(
    session: Session,
    actor: Actor,
    operation: Operation,
    key: str,
    entry: AnswerEntry,
    *,
    expected_version: int | None = None,
) -> RecommendationAnswer:
    """Say what the plan makes of a recommendation; it may be said anew as long as the operation goes on.

    ``expected_version`` is the version of the answer that the person saw, 0: none yet. The same answer again changes
    nothing. Raises NotFound (``recommendation-unknown``), Conflict (``operation-ended``), Stale, and Invalid with
    everything that is wrong.
    """
    _require_open(session, actor, operation)
    match = find(session, actor, operation, key)
    operations.require_version(match.answer.version if match.answer else 0, expected_version)
    problems = rules.answer_problems(entry)
    if problems:
        raise Invalid(problems)
    return _keep(session, actor, operation, match, entry)


def answer_several(
    session: Session, actor: Actor, operation: Operation, entries: Mapping[str, tuple[AnswerEntry, int]]
) -> int:
    """Say what the plan makes of several recommendations at once, all or none; return how many answers changed.

    Each entry comes with the version of the answer that the person saw. Problems point to ``/<key>/reason`` and so on.
    """
    _require_open(session, actor, operation)
    known = {match.key: match for match in matches(session, actor, operation)}
    problems = []
    for key, (entry, version) in entries.items():
        if key not in known:
            raise _unknown(operation, key)
        given = known[key].answer
        operations.require_version(given.version if given else 0, version)
        problems += [
            replace(problem, pointer=f"/{key}{problem.pointer}") for problem in rules.answer_problems(entry)
        ]
    if problems:
        raise Invalid(problems)
    before = {key: match.answer.version if match.answer else 0 for key, match in known.items()}
    after = {
        key: _keep(session, actor, operation, known[key], entry).version
        for key, (entry, _v) in entries.items()
    }
    return sum(before[key] != version for key, version in after.items())


def _require_open(session: Session, actor: Actor, operation: Operation) -> None:
    policy.require(actor, Action.LESSON_ANSWER, operations.subject(operation))
    planning.lock(session, operation)
    if operation.state in ENDED:
        raise planning.ended(operation)


def _keep(
    session: Session, actor: Actor, operation: Operation, match: Match, entry: AnswerEntry
) -> RecommendationAnswer:
    disposition = Disposition(entry.answer)
    section = entry.section if disposition is Disposition.TAKEN_UP else ""
    content = (disposition, entry.reason.strip(), section)
    given = match.answer
    if given is not None and (given.answer, given.reason, given.section) == content:
        return given
    if given is None:
        given = RecommendationAnswer(
            operation_id=operation.id, recommendation_id=match.recommendation.id, version=0
        )
    given.answer, given.reason, given.section = content
    given.answered_by = actor.name
    given.answered_at = clock.now()
    given.version += 1
    session.add(given)
    session.flush()
    audit.record(
        session,
        actor,
        Action.LESSON_ANSWER,
        "recommendation-answer",
        f"{operation.code}/{match.key}",
        operation=operation.code,
        details={"answer": disposition.value, "reason": given.reason, "section": section},
    )
    return given


def answers_to(
    session: Session, actor: Actor, recommendations: Collection[int]
) -> dict[int, list[RecommendationAnswer]]:
    """Return what later plans made of recommendations, by the recommendations' keys, the earliest plan first.

    Plans that are not open to the person are left out.
    """
    wanted = (
        select(RecommendationAnswer)
        .join(RecommendationAnswer.operation)
        .where(RecommendationAnswer.recommendation_id.in_(recommendations), Operation.exercise.is_(False))
        .options(contains_eager(RecommendationAnswer.operation))
        .order_by(Operation.starts_on, Operation.code)
    )
    found: dict[int, list[RecommendationAnswer]] = {}
    for given in session.scalars(wanted):
        if policy.allows(actor, Action.OPERATION_READ, operations.subject(given.operation)):
            found.setdefault(given.recommendation_id, []).append(given)
    return found


# --- What was observed -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Observed:
    """An observation of an earlier operation that fits a plan, and why."""

    observation: Observation
    reasons: tuple[Reason, ...]

    @property
    def operation(self) -> Operation:
        """The earlier operation."""
        return self.observation.evaluation.operation


def observed(session: Session, actor: Actor, operation: Operation, document: PlanDocument) -> list[Observed]:
    """Return what was observed in earlier operations that are like the plan and open to the person, latest first."""
    policy.require(actor, Action.LESSON_READ, operations.subject(operation))
    if operation.exercise:
        return []
    found = session.scalars(
        select(Observation)
        .join(Observation.evaluation)
        .join(Evaluation.operation)
        .where(
            Operation.exercise.is_(False),
            Operation.id != operation.id,
            Operation.starts_on < document.period.start,
        )
        .order_by(Operation.starts_on.desc(), Observation.id)
        .options(
            contains_eager(Observation.evaluation).contains_eager(Evaluation.operation),
            joinedload(Observation.action_area),
        )
    ).all()
    readable = [
        one
        for one in found
        if policy.allows(actor, Action.EVALUATION_READ, operations.subject(one.evaluation.operation))
    ]
    whose = {one.evaluation.operation_id: one.evaluation.operation for one in readable}
    known = profiles.profiles(session, list(whose.values()))
    plan = rules.facets_of(document)
    every = []
    for one in readable:
        profile = known[one.evaluation.operation_id]
        about = profile.areas.get(one.action_area.code, profile.facets) if one.action_area else profile.facets
        facets = Facets(kind=profile.facets.kind, priorities=about.priorities, crime_areas=about.crime_areas)
        every.append(Observed(one, rules.reasons(plan, facets)))
    return [one for one in every if one.reasons]


def recurring(found: Sequence[Match], seen: Sequence[Observed]) -> list[rules.Recurring]:
    """Return what several earlier operations found about the same, of what fits the plan."""
    findings = [
        Finding(
            one.operation.code,
            one.recommendation.code,
            one.recommendation.title,
            one.recommendation.capability,
            tuple(one.recommendation.tags),
        )
        for one in found
    ]
    findings += [
        Finding(one.operation.code, one.observation.code, one.observation.text, one.observation.capability)
        for one in seen
        if one.observation.kind is ObservationKind.IMPROVEMENT
    ]
    return rules.recurring(findings)
