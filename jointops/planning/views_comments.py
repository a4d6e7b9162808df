"""Comments on the sections of a plan: writing, answering and settling them, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError
from jointops.kernel.policy import Action
from jointops.operations import reading
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.views import find
from jointops.planning import service
from jointops.planning.models import PlanComment
from jointops.rendering import numbers
from jointops.web.page import flash, see_other


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment with its answers, ready to be shown."""

    id: int
    author: str
    party: str
    when: str
    at: str
    number: int
    text: str
    resolved: str | None
    may_settle: bool
    answers: Sequence[CommentView] = ()


@view_config(route_name="operation.plan.comments", request_method="POST")
def write_comment(request: Request) -> Response:
    """Keep a comment on the section, or an answer to one."""
    operation = find(request)
    section = request.matchdict["section"]
    given = request.POST.get("answers", "")
    try:
        service.comment(
            request.db,
            request.actor,
            operation,
            section,
            request.POST.get("text", ""),
            answers=int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None,
        )
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        request.tm.doom()
        flash(request, "error", error.message)
    return see_other(
        request, "operation.plan.section", code=operation.code, section=section, _anchor="comments"
    )


@view_config(route_name="operation.plan.comment", request_method="POST")
def settle_comment(request: Request) -> Response:
    """Settle a comment, or open it again."""
    operation = find(request)
    key = request.matchdict["comment"]
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else 0
    settled = service.settle_comment(
        request.db, request.actor, operation, number, resolved=request.POST.get("resolved", "true") == "true"
    )
    return see_other(
        request, "operation.plan.section", code=operation.code, section=settled.section, _anchor="comments"
    )


def comments_of(request: Request, operation: Operation, section: str) -> list[CommentView]:
    """Return the comments on a section with their answers, for those who read it."""
    subject = operations.subject(operation)
    may_change = policy.allows(request.actor, Action.PLAN_UPDATE, subject)
    found = service.comments(request.db, request.actor, operation, section)
    return [_comment(request, operation, item, may_change) for item in found]


def _comment(request: Request, operation: Operation, item: PlanComment, may_change: bool) -> CommentView:
    own = request.actor.id is not None and item.author_id == request.actor.id
    resolved = None
    if item.resolved_at is not None:
        when = numbers.short_instant(item.resolved_at, request.locale, operation.time_zone)
        resolved = f"{item.resolved_by}, {when}"
    return CommentView(
        id=item.id,
        author=item.author,
        party=reading.party_name(item.party, request.locale) if item.party else "",
        when=numbers.short_instant(item.created_at, request.locale, operation.time_zone),
        at=clock.iso(item.created_at),
        number=item.plan_number,
        text=item.text,
        resolved=resolved,
        may_settle=item.parent_id is None and (own or may_change),
        answers=[_comment(request, operation, answer, may_change) for answer in item.answers]
        if item.parent_id is None
        else (),
    )
