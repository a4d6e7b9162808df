"""What can be done with an evaluation: measure, summarise, submit, send back and endorse it.

What people add to it (observations, recommendations) is in :mod:`jointops.evaluation.findings`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from jointops.cycles.models import OperationalAction, OperationalActionPlan
from jointops.evaluation import rules
from jointops.evaluation.measured import Measured
from jointops.evaluation.measuring import in_base_unit, measured
from jointops.evaluation.models import (
    Evaluation,
    EvaluationState,
    EvaluationStep,
    Observation,
    Publication,
    PublishedFigure,
    Recommendation,
)
from jointops.kernel import audit, clock, db, ids, policy
from jointops.kernel.errors import Conflict, Invalid, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.kernel.types import canonical_json
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planindicators import asked
from jointops.operations.rules import today
from jointops.returns.models import FactStatus
from jointops.situation.service import fact_status

MAX_SUMMARY = 20_000
MAX_REASON = 10_000

STATUS = FactStatus.ACCEPTED
"""Status of the figures that an evaluation is about, and that its endorsement seals."""


def measure(
    session: Session,
    actor: Actor,
    operation: Operation,
    *,
    as_known_at: datetime | None = None,
    status: FactStatus | str = STATUS,
) -> Measured:
    """Measure what the operation achieved, as known at ``as_known_at`` (aware; default: now) at ``status``.

    The answer for a past instant never changes. Raises NotAllowed and :class:`Invalid` (``unknown-status``).
    """
    policy.require(actor, Action.EVALUATION_READ, operations.subject(operation))
    return measured(session, operation, as_known_at or clock.now(), fact_status(status))


def find(session: Session, actor: Actor, operation: Operation) -> Evaluation:
    """Return the operation's evaluation with all that people added to it.

    Before anything was added it is an empty draft of version 0 that is not kept yet.
    """
    policy.require(actor, Action.EVALUATION_READ, operations.subject(operation))
    found = session.scalar(_of(operation).options(*_WITH_PARTS))
    return found or _empty(operation)


def waiting(session: Session, actor: Actor) -> list[tuple[Operation, EvaluationState]]:
    """Return the closed operations whose evaluation waits for the actor, to be finished or to be reviewed."""
    closed = {
        operation.id: operation
        for operation in operations.list_operations(session, actor)
        if operation.state is OperationState.CLOSED
    }
    rows = session.execute(
        select(Evaluation.operation_id, Evaluation.state).where(Evaluation.operation_id.in_(closed))
    )
    states = {row.operation_id: row.state for row in rows}
    found = []
    for key, operation in closed.items():
        state = states.get(key, EvaluationState.DRAFT)
        action = _WAITS_FOR.get(state)
        if action is not None and policy.allows(actor, action, operations.subject(operation)):
            found.append((operation, state))
    return found


_WAITS_FOR = {
    EvaluationState.DRAFT: Action.EVALUATION_SUBMIT,
    EvaluationState.RETURNED: Action.EVALUATION_SUBMIT,
    EvaluationState.IN_REVIEW: Action.EVALUATION_ENDORSE,
}
"""The right that the next step of an evaluation needs."""


def for_change(session: Session, operation: Operation) -> Evaluation:
    """Return the operation's evaluation, locked until the end of the transaction; made where there is none."""
    wanted = _of(operation).options(*_WITH_PARTS).with_for_update(of=Evaluation)
    wanted = wanted.execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is not None:
        return found
    made = _empty(operation)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        return session.scalars(wanted).one()
    return made


_WITH_PARTS = (
    selectinload(Evaluation.steps),
    selectinload(Evaluation.observations).selectinload(Observation.action_area),
    selectinload(Evaluation.recommendations).selectinload(Recommendation.observation),
    selectinload(Evaluation.recommendations)
    .selectinload(Recommendation.adopted_as)
    .joinedload(OperationalAction.plan)
    .joinedload(OperationalActionPlan.cycle),
)


def _of(operation: Operation) -> Select[Evaluation]:
    return select(Evaluation).where(Evaluation.operation_id == operation.id)


def _empty(operation: Operation) -> Evaluation:
    return Evaluation(
        operation_id=operation.id,
        state=EvaluationState.DRAFT,
        summary="",
        as_known_at=None,
        sealed=None,
        sealed_sha256=None,
        version=0,
    )


def summarise(
    session: Session, actor: Actor, operation: Operation, summary: str, *, expected_version: int | None = None
) -> Evaluation:
    """Replace the evaluation's summary and return the evaluation.

    Raises NotAllowed, :class:`Invalid` (``text-too-long``), :class:`Stale`, and :class:`Conflict` while it is under
    review (``evaluation-in-review``) or once it is endorsed (``evaluation-endorsed``).
    """
    policy.require(actor, Action.EVALUATION_SUBMIT, operations.subject(operation))
    evaluation = for_change(session, operation)
    _require_version(evaluation, expected_version)
    if not rules.may_write(evaluation.state):
        raise locked(evaluation)
    text = summary.strip()
    if len(text) > MAX_SUMMARY:
        message = _("The text is too long: at most ${limit} characters.", mapping={"limit": MAX_SUMMARY})
        raise Invalid([Problem("text-too-long", message, "/summary")])
    if text != evaluation.summary:
        evaluation.summary = text
        evaluation.version += 1
        session.flush()
        _log(session, actor, Action.EVALUATION_SUBMIT, operation, {"summary": f"{len(text)} characters"})
    return evaluation


def transition(
    session: Session,
    actor: Actor,
    operation: Operation,
    to: EvaluationState | str,
    text: str = "",
    *,
    expected_version: int | None = None,
) -> Evaluation:
    """Take the next step of the sign-off and return the evaluation.

    Submitting for review settles the instant as known at which it is judged; endorsing seals what is measured at that
    instant with its SHA-256, so that later corrections leave the endorsed figures as they are; sending back needs
    reasons in ``text``. Raises NotAllowed, :class:`Stale`, :class:`Invalid` (``reason-missing``, ``unknown-state``),
    and :class:`Conflict` (``no-such-step``, ``operation-not-over``).
    """
    policy.require(actor, Action.EVALUATION_READ, operations.subject(operation))
    evaluation = for_change(session, operation)
    target = _state(to)
    step = rules.transition(evaluation.state, target)
    if step is None:
        policy.require(actor, _ACTION_FOR[target], operations.subject(operation))
        raise _no_such_step(evaluation, target)
    policy.require(actor, step.action, operations.subject(operation))
    _require_version(evaluation, expected_version)
    reason = text.strip()
    if step.reason and not reason:
        message = _("Say what has to change before the evaluation can be endorsed.")
        raise Invalid([Problem("reason-missing", message, "/text")])
    if len(reason) > MAX_REASON:
        message = _("The text is too long: at most ${limit} characters.", mapping={"limit": MAX_REASON})
        raise Invalid([Problem("text-too-long", message, "/text")])
    if target is EvaluationState.IN_REVIEW:
        # What is being written now would be known before the instant that is settled here, and seen only after it.
        db.wait_for_writers(session, operation.id)
    now = clock.now()
    if target is EvaluationState.IN_REVIEW:
        _require_over(operation, now)
        evaluation.as_known_at = now
    if target is EvaluationState.ENDORSED:
        _seal(session, operation, evaluation)
    evaluation.state = target
    evaluation.version += 1
    evaluation.steps.append(EvaluationStep(to_state=target, at=now, actor_name=actor.name, text=reason))
    session.flush()
    details = {
        "to": target.value,
        "text": reason,
        "as_known_at": clock.iso(evaluation.as_known_at or now),
        "sha256": evaluation.sealed_sha256 or "",
    }
    _log(session, actor, step.action, operation, details)
    return evaluation


_ACTION_FOR = {
    EvaluationState.DRAFT: Action.EVALUATION_SUBMIT,
    EvaluationState.IN_REVIEW: Action.EVALUATION_SUBMIT,
    EvaluationState.RETURNED: Action.EVALUATION_ENDORSE,
    EvaluationState.ENDORSED: Action.EVALUATION_ENDORSE,
}


def _seal(session: Session, operation: Operation, evaluation: Evaluation) -> None:
    at = evaluation.as_known_at or clock.now()
    evaluation.as_known_at = at
    evaluation.sealed = measured(session, operation, at, STATUS).to_data()
    evaluation.sealed_sha256 = ids.digest(canonical_json(evaluation.sealed))


def seal_holds(evaluation: Evaluation, again: Measured) -> bool:
    """Say whether an endorsed evaluation's sealed figures are whole, and equal what is measured ``again`` now for
    the same instant. What is measured only since it was sealed is not held against it.
    """
    sealed = canonical_json(evaluation.sealed)
    now = {name: value for name, value in again.to_data().items() if name in (evaluation.sealed or {})}
    return ids.digest(sealed) == evaluation.sealed_sha256 and sealed == canonical_json(now)


def _require_over(operation: Operation, now: datetime) -> None:
    over = operation.state is OperationState.CLOSED or (
        operation.state is OperationState.RUNNING and today(operation.time_zone, now) > operation.ends_on
    )
    if not over:
        raise Conflict(
            "operation-not-over",
            _(
                "${operation} is not over: it can be submitted for review after its last action day, ${day}.",
                mapping={"operation": operation.code, "day": operation.ends_on},
            ),
        )


def _state(to: EvaluationState | str) -> EvaluationState:
    try:
        return EvaluationState(to)
    except ValueError:
        accepted = tuple(state.value for state in EvaluationState)
        message = _("“${state}” is no state of an evaluation.", mapping={"state": str(to)})
        raise Invalid([Problem("unknown-state", message, "/to", accepted)]) from None


def _no_such_step(evaluation: Evaluation, target: EvaluationState) -> Conflict:
    if evaluation.state is EvaluationState.ENDORSED:
        return endorsed()
    message = _(
        "An evaluation with the state “${state}” cannot become “${target}”.",
        mapping={"state": rules.STATE_LABELS[evaluation.state], "target": rules.STATE_LABELS[target]},
    )
    return Conflict("no-such-step", message)


def endorsed() -> Conflict:
    """Return the refusal to change an endorsed evaluation."""
    return Conflict("evaluation-endorsed", _("The evaluation is endorsed, and stays as it is."))


def locked(evaluation: Evaluation) -> Conflict:
    """Return the refusal to change an evaluation that is under review or endorsed."""
    if evaluation.state is EvaluationState.ENDORSED:
        return endorsed()
    message = _("The evaluation is under review. It can be changed again when it is sent back.")
    return Conflict("evaluation-in-review", message)


def _require_version(evaluation: Evaluation, expected: int | None) -> None:
    if expected is not None and expected != evaluation.version:
        raise Stale(
            _("The evaluation was changed by somebody else. Read it again and repeat your change."),
            given=str(expected),
            current=str(evaluation.version),
        )


def _log(
    session: Session, actor: Actor, action: Action, operation: Operation, details: dict[str, str]
) -> None:
    audit.record(
        session, actor, action, "evaluation", operation.code, operation=operation.code, details=details
    )


# --- Publications --------------------------------------------------------------------------------------------------


@operations.on_plan_applied
def keep_publications(session: Session, _actor: Actor, operation: Operation, plan: PlanDocument) -> None:
    """Keep the publications that the plan tells of as rows, in line with the plan in force."""
    indicators = asked(plan)
    rows = {
        row.code: row
        for row in session.scalars(
            select(Publication)
            .where(Publication.operation_id == operation.id)
            .options(selectinload(Publication.figures))
        )
    }
    for told in plan.publications:
        row = rows.pop(told.code, None)
        if row is None:
            row = Publication(operation_id=operation.id, code=told.code)
            session.add(row)
        row.title = dict(told.wording)
        row.published_on, row.as_known_at = told.published, told.known_at
        row.publisher = told.by
        row.audience = next(iter(told.audience.values()), "")[:80]
        row.source = "; ".join(source.url or source.title for source in told.sources)
        for figure in list(row.figures):
            session.delete(figure)
        row.figures = [
            PublishedFigure(
                indicator=figure.indicator,
                category=figure.category,
                party=figure.party,
                quantity=in_base_unit(figure, plan, indicators[figure.indicator]),
                bound=rules.BOUND_OF_WORDING[figure.bound],
                note=next(iter(figure.note.values()), ""),
            )
            for figure in told.figures
            if figure.indicator in indicators
        ]
    for gone in rows.values():
        for figure in list(gone.figures):
            session.delete(figure)
        session.delete(gone)
    session.flush()
