"""One return: as it was reported, where it stands, everything that happened to it, and the steps of its review."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError, Invalid, NotAllowed, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.operations import rules as operation_rules
from jointops.operations import service as operations
from jointops.operations.models import Operation, ReportingUnit
from jointops.operations.page import operation_page
from jointops.returns import asked, comparing, history, overview, rules, service, shown
from jointops.returns.asked import Asked
from jointops.returns.attachment_rows import of_revision
from jointops.returns.kept import doubts_of
from jointops.returns.models import Return, ReturnState, Revision
from jointops.returns.shown import Words
from jointops.web import related
from jointops.web.errors import form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_DONE = {
    "verified": _("The return is verified."),
    "accepted": _("The return is accepted."),
    "sent-back": _("The return was sent back with your question."),
    "answered": _("Your answer was sent. The return is submitted again."),
    "withdrawn": _("The return is withdrawn. It can be sent again."),
}


@view_config(route_name="returns.return", request_method="GET", renderer="returns/return.jinja2")
def show_return(request: Request) -> dict[str, Any]:
    """Show a return, by default its latest revision."""
    return _page(request, *_place(request))


@view_config(route_name="returns.step", request_method="POST", renderer="returns/return.jinja2")
def step(request: Request) -> Any:
    """Verify, accept, send back with a question, answer or withdraw; refused, the page says why."""
    operation, unit, day = _place(request)
    to = request.POST.get("to", "")
    try:
        _step(request, operation, unit, day, to)
    except NotAllowed:
        raise
    except DomainError as error:
        request.response.status_int = error.status
        return _page(request, operation, unit, day, error)
    flash(request, "success", _DONE[to])
    return _back(request, operation, unit, day)


@view_config(route_name="returns.permit", request_method="POST", renderer="returns/return.jinja2")
def permit(request: Request) -> Any:
    """Let the unit record its return after the freeze."""
    operation, unit, day = _place(request)
    try:
        expires_at = _local_instant(request.POST.get("expires_at", ""), operation.time_zone)
        service.grant_permit(
            request.db,
            request.actor,
            operation,
            unit.code,
            day,
            reason=request.POST.get("reason", ""),
            expires_at=expires_at,
        )
    except NotAllowed:
        raise
    except DomainError as error:
        request.response.status_int = error.status
        return _page(request, operation, unit, day, error)
    flash(request, "success", _("The permit was given."))
    return _back(request, operation, unit, day)


def _fields(request: Request) -> Mapping[str, str]:
    return {"/reason": "why"} if request.POST.get("to") == "withdrawn" else {}


def _step(request: Request, operation: Operation, unit: ReportingUnit, day: date, to: str) -> None:
    where = (request.db, request.actor, operation, unit.code, day)
    version = request.POST.get("version", "")
    expected = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None
    match to:
        case "verified":
            service.verify(*where, expected_version=expected)
        case "accepted":
            service.accept(*where, expected_version=expected)
        case "sent-back":
            service.send_back(
                *where,
                question=request.POST.get("question", ""),
                pointer=request.POST.get("pointer", "")[:200],
                expected_version=expected,
            )
        case "answered":
            service.answer(*where, text=request.POST.get("text", ""), expected_version=expected)
        case "withdrawn":
            service.withdraw(*where, reason=request.POST.get("why", ""), expected_version=expected)
        case _:
            raise Invalid([Problem("step-unknown", _("There is no such step."), "/to", tuple(_DONE))])


def _local_instant(text: str, time_zone: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=ZoneInfo(time_zone))
    except ValueError:
        message = _("Give date and time until which the return may be recorded.")
        raise Invalid([Problem("not-an-instant", message, "/expires_at")]) from None


def _back(request: Request, operation: Operation, unit: ReportingUnit, day: date) -> HTTPSeeOther:
    return see_other(request, "returns.return", code=operation.code, unit=unit.code, day=day.isoformat())


def find_place(request: Request) -> tuple[Operation, ReportingUnit, date]:
    """Return what the address names: operation, unit and day.

    Raises NotFound (``operation-unknown``, ``unit-unknown``, ``day-unknown``).
    """
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    unit = operations.find_unit(request.db, operation, request.matchdict["unit"])
    text = request.matchdict["day"]
    if not _DAY.fullmatch(text):
        raise _no_day(text)
    try:
        return operation, unit, date.fromisoformat(text)
    except ValueError:
        raise _no_day(text) from None


def _no_day(text: str) -> NotFound:
    return NotFound("day-unknown", _("“${day}” is not a day.", mapping={"day": text}))


def _place(request: Request) -> tuple[Operation, ReportingUnit, date]:
    operation, unit, day = find_place(request)
    policy.require(request.actor, Action.RETURN_READ, _subject(operation, unit))
    return operation, unit, day


def _subject(operation: Operation, unit: ReportingUnit) -> policy.Subject:
    return operations.subject(operation, party=unit.participant.party, unit=unit.code)


# --- The page --------------------------------------------------------------------------------------------------------


def _page(
    request: Request, operation: Operation, unit: ReportingUnit, day: date, error: DomainError | None = None
) -> dict[str, Any]:
    questions = asked.asked(request.db, operation)
    words = Words(operation, questions, request.locale, request.translate)
    head = _head(request, operation, unit, day)
    if head is None and not operation.first_day <= day <= operation.last_day:
        message = _(
            "${day} is not a day of ${operation}.",
            mapping={"day": day, "operation": operation.code},
        )
        raise NotFound("day-outside-operation", message)
    allowed = _allowed(request, operation, unit, head)
    permits = history.permits(request.db, unit, day)
    title = _("Return of ${unit} for ${day}", mapping={"unit": unit.code, "day": words.day(day)})
    place = {"code": operation.code, "unit": unit.code, "day": day.isoformat()}
    return {
        "page": operation_page(
            request,
            operation,
            title,
            "returns",
            breadcrumbs=[
                Link(
                    request.translate(_("Returns")),
                    request.route_path("operation.returns", code=operation.code),
                )
            ],
        ),
        "operation": operation,
        "unit": unit.code,
        "unit_title": questions.unit_title(unit.code, request.locale),
        "day": words.day(day),
        "place": place,
        "due": _due(questions, unit, day),
        "errors": form_errors(request, error, _fields(request)) if error else None,
        "code": error.code if error else "",
        "typed": {
            name: request.POST.get(name, "")
            for name in ("question", "pointer", "text", "why", "reason", "expires_at")
        },
        "allowed": allowed,
        "frozen": operation.frozen_at is not None and clock.now() >= operation.frozen_at,
        "permits": [
            {
                "granted": words.instant(item.granted_at),
                "by": item.granted_by,
                "until": words.instant(item.expires_at),
                "reason": item.reason,
                "open": history.is_open(item, clock.now()),
            }
            for item in permits
        ],
        "shown": _shown(request, words, head, place) if head else None,
        **_doubts(request, words, head),
        "related": related.links(request, "return", operation, unit, day) if head else [],
    }


def _doubts(request: Request, words: Words, head: Return | None) -> dict[str, Any]:
    """Return what was kept with a reason in the revision that is shown, and what is unusual in the return."""
    if head is None:
        return {"kept": [], "unusual": []}
    revision = _chosen(request.GET.get("revision", ""), head.revisions) or head.revisions[-1]
    return doubts_of(request.db, request.actor, words, words.operation, head, revision)


def _head(request: Request, operation: Operation, unit: ReportingUnit, day: date) -> Return | None:
    try:
        return service.find_return(request.db, request.actor, operation, unit.code, day)
    except NotFound:
        return None


def _allowed(
    request: Request, operation: Operation, unit: ReportingUnit, head: Return | None
) -> Mapping[str, bool]:
    """Return which buttons the page has: what the table allows and the state admits."""
    subject = _subject(operation, unit)
    state = head.state if head else None

    def may(action: Action, *states: ReturnState) -> bool:
        return state in states and policy.allows(request.actor, action, subject)

    submitted, verified, sent_back = ReturnState.SUBMITTED, ReturnState.VERIFIED, ReturnState.SENT_BACK
    return {
        "report": overview.takes_returns(operation)
        and policy.allows(request.actor, Action.RETURN_SUBMIT, subject),
        "verify": may(Action.RETURN_VERIFY, submitted),
        "accept": may(Action.RETURN_ACCEPT, verified),
        "send_back": may(Action.RETURN_SEND_BACK, submitted, verified),
        "answer": may(Action.RETURN_ANSWER, sent_back),
        "withdraw": head is not None
        and not head.withdrawn
        and overview.takes_returns(operation)
        and policy.allows(request.actor, Action.RETURN_WITHDRAW, subject),
        "permit": policy.allows(request.actor, Action.RETURN_PERMIT, subject),
    }


def _due(questions: Asked, unit: ReportingUnit, day: date) -> datetime | None:
    if day not in operation_rules.due(questions.document, unit.code):
        return None
    return operation_rules.deadline(questions.document, day)


def _shown(request: Request, words: Words, head: Return, place: Mapping[str, str]) -> dict[str, Any]:
    revision = _chosen(request.GET.get("revision", ""), head.revisions) or head.revisions[-1]
    earlier = _chosen(request.GET.get("compare", ""), head.revisions)
    if earlier is None and revision.number > 1:
        earlier = head.revisions[revision.number - 2]
    claims = history.joint_claims(request.db, revision.incidents)
    values = shown.value_rows(words, revision.content)
    incidents = shown.incident_rows(words, revision.content, revision.incidents, claims, head.unit.code)
    question = next((step for step in reversed(head.revisions[-1].steps) if step.text), None)

    def href(number: int) -> str:
        address: str = request.route_path("returns.return", **place, _query={"revision": number})
        return address

    return {
        "state": shown.state_name(head.state),
        "is_latest": revision is head.revisions[-1],
        "latest": head.latest_number,
        "version": head.version,
        "steps": _progress(request, words.operation, head),
        "first": words.instant(head.first_submitted_at) if head.first_submitted_at else None,
        "revision": revision.number,
        "nil": revision.nil,
        "withdrawn": revision.withdrawn,
        "values": values,
        "files": of_revision(request, words.operation, head.unit, head.day, place, revision.content),
        "incidents": incidents,
        "narrative": revision.content.get("narrative", ""),
        "reason": revision.reason,
        "sha256": revision.sha256,
        "recorded_at": words.instant(revision.recorded_at),
        "recorded_by": revision.recorded_by,
        "how": ", ".join(
            [request.translate(shown.CHANNEL_LABELS[revision.channel])]
            + ([request.translate(_("on behalf of the unit"))] if revision.on_behalf else [])
            + [
                request.translate(text)
                for source, text in shown.SOURCE_LABELS.items()
                if source == revision.source
            ]
        ),
        "next": request.translate(_next(head)),
        "by_plan": _by_plan(request, words.operation, revision),
        "question": None
        if question is None or head.state is not ReturnState.SENT_BACK
        else {
            "text": question.text,
            "by": question.actor_name,
            "at": words.instant(question.at),
            "about": words.place_of(question.pointer, head.revisions[-1].content)
            if question.pointer
            else None,
            "pointer": question.pointer,
        },
        "pointers": [
            *((row.pointer, words.place_of(row.pointer, revision.content)) for row in values if row.pointer),
            *((row.pointer, row.reference) for row in incidents),
        ],
        "history": shown.history_rows(words, head.revisions, href),
        "compared": earlier.number if earlier else None,
        "changes": comparing.compared(words, earlier.content, revision.content) if earlier else [],
        "others": [(item.number, item.number) for item in head.revisions if item is not revision],
    }


def _chosen(text: str, revisions: Sequence[Revision]) -> Revision | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        return None
    return next((revision for revision in revisions if revision.number == int(text)), None)


def _by_plan(request: Request, operation: Operation, revision: Revision) -> list[str]:
    """Return the sentences about steps that nobody took, because the plan leaves them out."""
    pairs = zip([None, *revision.steps], revision.steps, strict=False)
    taken = [step.step for before, step in pairs if shown.by_plan(operation, revision, before, step)]
    return [request.translate(shown.BY_PLAN_LABELS[step]) for step in dict.fromkeys(taken)]


def _progress(request: Request, operation: Operation, head: Return) -> list[dict[str, str]]:
    """Return the plan's chain of steps with where the return stands."""
    chain = ["draft", *operation.chain]
    # What was sent back is still submitted: it waits for an answer, not for a new return.
    at = "submitted" if head.state is ReturnState.SENT_BACK else head.state.value
    reached = chain.index(at) if at in chain else 0
    last = len(chain) - 1
    return [
        {
            "text": request.translate(rules.STATE_LABELS[ReturnState(name)]),
            "state": "done"
            if number < reached or reached == last
            else "current"
            if number == reached
            else "ahead",
        }
        for number, name in enumerate(chain)
    ]


def _next(head: Return) -> str:
    """Return what happens next, for whoever sent the return."""
    texts: Mapping[ReturnState, str] = {
        ReturnState.DRAFT: _("This is a draft. Nobody counts it until it is submitted."),
        ReturnState.SUBMITTED: _("Next, your national coordinator verifies it. You need not do anything."),
        ReturnState.VERIFIED: _("Next, the coordination centre accepts it. You need not do anything."),
        ReturnState.ACCEPTED: _(
            "It counts in the accepted totals. A mistake can still be corrected, with a reason."
        ),
        ReturnState.SENT_BACK: _("It was sent back with a question: answer it, or correct the return."),
    }
    text: str = texts[head.state]
    if head.withdrawn:
        text = _("There is no return for this day after all. It can be sent again.")
    return text
