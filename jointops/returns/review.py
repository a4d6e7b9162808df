"""Reviewing a return: verified for the country, accepted for the operation, sent back with a question, answered."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import audit, clock, db
from jointops.kernel.errors import Conflict, Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations.models import Operation
from jointops.returns import layers, rules
from jointops.returns.chain import take_step
from jointops.returns.heads import (
    OnRecord,
    instant_of,
    key_of,
    latest_revision,
    locked_head,
    require_for_unit,
    require_version,
    return_unknown,
)
from jointops.returns.models import (
    FactStatus,
    Return,
    ReturnState,
    ReviewStep,
    Revision,
    Step,
)
from jointops.returns.rulebooks import Unit, unit_of


def verify(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    expected_version: int | None = None,
    recorded_at: datetime | None = None,
) -> Return:
    """Confirm a submitted return for the country. Raises Conflict (``return-not-submitted``) in any other state."""
    return _advance(
        session,
        actor,
        operation,
        unit_code,
        day,
        Step.VERIFIED,
        Action.RETURN_VERIFY,
        expected_version,
        recorded_at,
    )


def accept(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    expected_version: int | None = None,
    recorded_at: datetime | None = None,
) -> Return:
    """Accept a verified return for the operation. Raises Conflict (``return-not-verified``) in any other state."""
    return _advance(
        session,
        actor,
        operation,
        unit_code,
        day,
        Step.ACCEPTED,
        Action.RETURN_ACCEPT,
        expected_version,
        recorded_at,
    )


def _advance(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    step: Step,
    action: Action,
    expected_version: int | None,
    recorded_at: datetime | None,
) -> Return:
    unit, head, at = _for_review(
        session, actor, operation, unit_code, day, action, expected_version, recorded_at
    )
    before = ReturnState.SUBMITTED if step is Step.VERIFIED else ReturnState.VERIFIED
    if head.state is not before:
        if step is Step.VERIFIED:
            raise Conflict(
                "return-not-submitted",
                _(
                    "The return of ${unit} for ${day} is not waiting to be verified (it is: ${state}).",
                    mapping={
                        "unit": unit.code,
                        "day": day,
                        "state": rules.STATE_LABELS[head.state],
                    },
                ),
            )
        raise Conflict(
            "return-not-verified",
            _(
                "The return of ${unit} for ${day} is not waiting to be accepted (it is: ${state}). It is "
                "verified first.",
                mapping={"unit": unit.code, "day": day, "state": rules.STATE_LABELS[head.state]},
            ),
        )
    revision = latest_revision(session, head)
    figures = layers.figures_of(session, head, revision.id)
    take_step(session, actor, operation, unit.code, head, revision, step, at, figures)
    head.version += 1
    session.flush()
    _log(session, actor, action, operation, unit, head, revision, {})
    return head


def send_back(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    question: str,
    pointer: str = "",
    expected_version: int | None = None,
) -> Return:
    """Send a submitted or verified return back to its unit with a question; ``pointer`` names the value it is about.

    The figures stay provisional; what was verified of this revision no longer is. Raises Conflict
    (``return-not-in-review``) or Invalid (``question-missing``).
    """
    unit, head, at = _for_review(
        session, actor, operation, unit_code, day, Action.RETURN_SEND_BACK, expected_version, None
    )
    if head.state not in {ReturnState.SUBMITTED, ReturnState.VERIFIED}:
        raise Conflict(
            "return-not-in-review",
            _(
                "The return of ${unit} for ${day} is not in review (it is: ${state}). Only one that is can be "
                "sent back.",
                mapping={"unit": unit.code, "day": day, "state": rules.STATE_LABELS[head.state]},
            ),
        )
    if not question.strip():
        raise Invalid([Problem("question-missing", _("Say what is to be answered or mended."), "/question")])
    revision = latest_revision(session, head)
    if head.state is ReturnState.VERIFIED:
        accepted = _last_accepted(session, head)
        figures = layers.figures_of(session, head, accepted) if accepted is not None else []
        layers.set_layer(session, head, FactStatus.VERIFIED, accepted, figures, at)
    head.state = ReturnState.SENT_BACK
    head.version += 1
    session.add(
        ReviewStep(
            revision_id=revision.id,
            step=Step.SENT_BACK,
            at=at,
            actor_name=actor.name,
            text=question.strip()[: rules.MAX_TEXT],
            pointer=pointer,
        )
    )
    session.flush()
    _log(
        session,
        actor,
        Action.RETURN_SEND_BACK,
        operation,
        unit,
        head,
        revision,
        {"question": question.strip()},
    )
    return head


def _last_accepted(session: Session, head: Return) -> int | None:
    return session.scalars(
        select(Revision.id)
        .join(ReviewStep, ReviewStep.revision_id == Revision.id)
        .where(Revision.return_id == head.id, ReviewStep.step == Step.ACCEPTED)
        .order_by(Revision.number.desc())
        .limit(1)
    ).first()


def answer(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    text: str,
    expected_version: int | None = None,
) -> Return:
    """Answer the question a return was sent back with, leaving its figures as they are: it is submitted again.

    Raises Conflict (``return-not-sent-back``) or Invalid (``answer-missing``).
    """
    unit, head, at = _for_review(
        session, actor, operation, unit_code, day, Action.RETURN_ANSWER, expected_version, None
    )
    if head.state is not ReturnState.SENT_BACK:
        raise Conflict(
            "return-not-sent-back",
            _(
                "There is no open question on the return of ${unit} for ${day}.",
                mapping={"unit": unit.code, "day": day},
            ),
        )
    if not text.strip():
        raise Invalid([Problem("answer-missing", _("Write an answer, or correct the return."), "/text")])
    revision = latest_revision(session, head)
    head.state = ReturnState.SUBMITTED
    head.version += 1
    session.add(
        ReviewStep(
            revision_id=revision.id,
            step=Step.ANSWERED,
            at=at,
            actor_name=actor.name,
            text=text.strip()[: rules.MAX_TEXT],
            pointer="",
        )
    )
    session.flush()
    _log(session, actor, Action.RETURN_ANSWER, operation, unit, head, revision, {"text": text.strip()})
    return head


def _for_review(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    action: Action,
    expected_version: int | None,
    recorded_at: datetime | None,
) -> tuple[Unit, Return, datetime]:
    unit = unit_of(session, operation, unit_code)
    if recorded_at is None:
        require_for_unit(actor, action, operation, unit)
    db.share(session, operation.id)
    instant_of(actor, operation, recorded_at)
    head = locked_head(session, operation, unit, day)
    if head is None:
        raise return_unknown(unit.code, day)
    require_version(head, False, expected_version)
    return unit, head, recorded_at or clock.now()


def _log(
    session: Session,
    actor: Actor,
    action: Action,
    operation: Operation,
    unit: Unit,
    head: Return,
    revision: OnRecord,
    details: dict[str, object],
) -> None:
    audit.record(
        session,
        actor,
        action,
        "return",
        key_of(operation, unit, head.day),
        operation=operation.code,
        details={"revision": revision.number, "state": head.state.value, **details},
    )
