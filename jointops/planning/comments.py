"""Comments on the sections of a plan, by whoever takes part and may read it; answers; what is settled.

Part of the service of this domain (``service`` gives its names on): the same rules hold here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.planning.drafts import outline_of
from jointops.planning.models import PlanComment

LONGEST_COMMENT = 4000


def comments(
    session: Session, actor: Actor, operation: Operation, section: str | None = None
) -> Sequence[PlanComment]:
    """Return the comments (of a section) with their answers, open ones first, then in the order they were written."""
    policy.require(actor, Action.OPERATION_READ, operations.subject(operation))
    wanted = (
        select(PlanComment)
        .where(PlanComment.operation_id == operation.id, PlanComment.parent_id.is_(None))
        .order_by(PlanComment.resolved_at.is_not(None), PlanComment.id)
        .options(selectinload(PlanComment.answers))
    )
    if section is not None:
        wanted = wanted.where(PlanComment.section == section)
    return session.scalars(wanted).all()


def open_comments(session: Session, operation: Operation) -> Mapping[str, int]:
    """Return how many comments are open, by section; nothing for a section without."""
    wanted = (
        select(PlanComment.section, func.count())
        .where(
            PlanComment.operation_id == operation.id,
            PlanComment.parent_id.is_(None),
            PlanComment.resolved_at.is_(None),
        )
        .group_by(PlanComment.section)
    )
    return {section: int(count) for section, count in session.execute(wanted)}


def find_comment(session: Session, actor: Actor, operation: Operation, key: int) -> PlanComment:
    """Return a comment of the operation's plan; raises NotFound (``comment-unknown``)."""
    policy.require(actor, Action.OPERATION_READ, operations.subject(operation))
    found = session.get(PlanComment, key)
    if found is None or found.operation_id != operation.id:
        raise NotFound("comment-unknown", _("There is no such comment on this plan."))
    return found


def comment(
    session: Session,
    actor: Actor,
    operation: Operation,
    section: str,
    text: str,
    *,
    answers: int | None = None,
) -> PlanComment:
    """Write a comment on a section of the plan as it is in force, or an answer to the comment ``answers``.

    Raises NotFound (``section-unknown``, ``comment-unknown``), Invalid (``comment-missing``, ``too-long``), Conflict
    (``comment-is-answer``: only comments are answered; ``comment-settled``).
    """
    policy.require(actor, Action.PLAN_COMMENT, operations.subject(operation))
    outline_of(section)
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid([Problem("comment-missing", _("Write your comment."), "/text")])
    if len(text) > LONGEST_COMMENT:
        message = _("The comment is longer than ${limit} characters.", mapping={"limit": LONGEST_COMMENT})
        raise Invalid([Problem("too-long", message, "/text")])
    parent = None if answers is None else _answered(session, actor, operation, section, answers)
    written = PlanComment(
        operation_id=operation.id,
        parent_id=parent.id if parent is not None else None,
        section=section,
        plan_number=operation.plan_number,
        text=text,
        author=actor.name,
        author_id=actor.id,
        party=min(actor.parties & set(operation.parties), default=""),
        created_at=clock.now(),
    )
    session.add(written)
    session.flush()
    _record(session, actor, operation, written, "answered" if parent is not None else "written")
    return written


def settle_comment(
    session: Session, actor: Actor, operation: Operation, key: int, *, resolved: bool = True
) -> PlanComment:
    """Settle a comment, or open it again: who wrote it may, and who may change the plan.

    Raises NotFound (``comment-unknown``), NotAllowed, Conflict (``comment-is-answer``).
    """
    subject = operations.subject(operation)
    policy.require(actor, Action.PLAN_COMMENT, subject)
    found = find_comment(session, actor, operation, key)
    own = actor.id is not None and found.author_id == actor.id
    if not own and not policy.allows(actor, Action.PLAN_UPDATE, subject):
        message = _("Who wrote the comment settles it, or who may change the plan.")
        raise NotAllowed("not-allowed", message)
    if found.parent_id is not None:
        message = _("An answer is settled with the comment that it answers.")
        raise Conflict("comment-is-answer", message)
    if resolved != (found.resolved_at is not None):
        found.resolved_at = clock.now() if resolved else None
        found.resolved_by = actor.name if resolved else None
        session.flush()
        _record(session, actor, operation, found, "settled" if resolved else "opened")
    return found


def _answered(session: Session, actor: Actor, operation: Operation, section: str, key: int) -> PlanComment:
    found = find_comment(session, actor, operation, key)
    if found.section != section:
        raise NotFound("comment-unknown", _("There is no such comment on this section."))
    if found.parent_id is not None:
        raise Conflict("comment-is-answer", _("Answer the comment itself; its answers stand below it."))
    if found.resolved_at is not None:
        raise Conflict("comment-settled", _("The comment is settled. Open it again to answer it."))
    return found


def _record(session: Session, actor: Actor, operation: Operation, written: PlanComment, what: str) -> None:
    details: dict[str, Any] = {"section": written.section, "comment": what, "text": written.text}
    if written.parent_id is not None:
        details["answers"] = written.parent_id
    audit.record(
        session,
        actor,
        Action.PLAN_COMMENT,
        "plan-comment",
        str(written.id),
        operation=operation.code,
        details=details,
    )
