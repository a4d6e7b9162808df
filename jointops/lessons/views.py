"""Pages of the lessons for a plan: recommendations to be answered, and what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.evaluation.models import ObservationKind
from jointops.evaluation.page import RECOMMENDATION_TONES
from jointops.evaluation.rules import CAPABILITIES, RECOMMENDATION_LABELS
from jointops.kernel import policy
from jointops.kernel.errors import DomainError
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.lessons import rules, service, wording
from jointops.lessons.frame import frame, operation_of, whole_number
from jointops.lessons.rules import AnswerEntry
from jointops.lessons.service import Match, Observed
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.rules import ENDED
from jointops.rendering import numbers
from jointops.web.chain import ChainLink, Group, Strip
from jointops.web.errors import FormErrors, form_errors
from jointops.web.page import flash, see_other

OBSERVATIONS_SHOWN = 30
"""So many observations of earlier operations stand on the page; the rest stand in their evaluations."""

_NO_ERRORS = FormErrors((), {})


@dataclass(frozen=True, slots=True)
class MatchView:
    """A recommendation that fits, as the page shows it; ``id`` begins the names of its form's fields."""

    id: str
    key: str
    title: str
    text: str
    owner: str
    why: str
    href: str
    operation: str
    operation_title: str
    state: str
    tone: str
    icon: str
    adopted: str | None
    adopted_href: str | None
    carried_out: bool
    capability: str | None
    tags: Sequence[str]
    waits: bool
    answer: str
    answer_text: str | None
    answer_tone: tuple[str, str]
    answered: str | None
    reason: str
    section: str
    section_text: str
    version: int


@view_config(route_name="operation.plan.lessons", request_method="GET", renderer="lessons/lessons.jinja2")
def lessons_page(request: Request) -> dict[str, Any]:
    """Show what earlier operations teach the plan, and ask what it makes of their recommendations."""
    return _lessons(request, operation_of(request))


@view_config(route_name="operation.plan.lessons", request_method="POST", renderer="lessons/lessons.jinja2")
def save_answers(request: Request) -> dict[str, Any] | Response:
    """Keep what was answered, all or none, or show the form again with what is wrong."""
    operation = operation_of(request)
    policy.require(request.actor, Action.LESSON_ANSWER, operations.subject(operation))
    given = request.POST
    keys = [key for key in given.getall("key") if given.get(f"{_id(key)}-answer")]
    entries = {
        key: (
            AnswerEntry(
                answer=given.get(f"{_id(key)}-answer", ""),
                reason=given.get(f"{_id(key)}-reason", ""),
                section=given.get(f"{_id(key)}-section", ""),
            ),
            whole_number(given.get(f"{_id(key)}-version", "")),
        )
        for key in keys
    }
    try:
        changed = service.answer_several(request.db, request.actor, operation, entries)
    except DomainError as error:
        if error.status not in {412, 422}:
            raise
        request.response.status_int = error.status
        named = {
            f"/{key}/{name}": f"{_id(key)}-{name}" for key in keys for name in ("answer", "reason", "section")
        }
        return _lessons(request, operation, form_errors(request, error, named), given)
    if changed:
        flash(request, "success", _("Answers kept: ${count}.", mapping={"count": changed}))
    else:
        flash(request, "info", _("Nothing was changed."))
    return see_other(request, "operation.plan.lessons", code=operation.code)


def _lessons(
    request: Request, operation: Operation, errors: FormErrors = _NO_ERRORS, sent: Any = None
) -> dict[str, Any]:
    document = operations.document(operations.latest_plan(request.db, operation))
    found = service.matches(request.db, request.actor, operation, document)
    seen = service.observed(request.db, request.actor, operation, document)
    allowed = policy.allows(request.actor, Action.LESSON_ANSWER, operations.subject(operation))
    return {
        **frame(request, operation, _("Lessons for this plan"), "operation.plan.lessons"),
        "exercise": operation.exercise,
        "matches": [_match(request, match, sent) for match in found],
        "waiting": sum(match.waits for match in found),
        "may_answer": allowed and operation.state not in ENDED,
        "choices": [
            (disposition.value, request.translate(text))
            for disposition, text in rules.DISPOSITION_LABELS.items()
        ],
        "sections": wording.section_choices(request.locale),
        "longest": rules.MAX_REASON,
        "errors": errors,
        "recurring": [_recurring(request, one) for one in service.recurring(found, seen)],
        "strengths": _observations(request, seen, ObservationKind.STRENGTH),
        "improvements": _observations(request, seen, ObservationKind.IMPROVEMENT),
    }


def _id(key: str) -> str:
    return "rec-" + key.replace(service.SEPARATOR, "-")


def _match(request: Request, match: Match, sent: Any) -> MatchView:
    one, answer, name = match.recommendation, match.answer, _id(match.key)
    tone, icon = RECOMMENDATION_TONES[one.state]
    action = one.adopted_as
    cycle = action.plan.cycle.code if action else ""
    values = {
        "answer": answer.answer.value if answer else "",
        "reason": answer.reason if answer else "",
        "section": answer.section
        if answer and answer.section
        else wording.SECTION_OF_CAPABILITY.get(one.capability, ""),
        "version": str(answer.version if answer else 0),
    }
    if sent is not None and f"{name}-version" in sent:
        values = {field: sent.get(f"{name}-{field}", "") for field in values}
    say = request.translate
    return MatchView(
        id=name,
        key=match.key,
        title=one.title,
        text=one.text,
        owner=one.owner,
        why=wording.reasons(match.reasons, request.locale),
        href=recommendation_path(request, match.operation.code, one.code),
        operation=match.operation.code,
        operation_title=label(match.operation.title, request.locale),
        state=say(RECOMMENDATION_LABELS[one.state]),
        tone=tone,
        icon=icon,
        adopted=f"{cycle} · {action.code}" if action else None,
        adopted_href=request.route_path("cycle.action.chain", cycle=cycle, action=action.code)
        if action
        else None,
        carried_out=match.carried_out,
        capability=say(CAPABILITIES[one.capability]) if one.capability in CAPABILITIES else None,
        tags=one.tags,
        waits=match.waits,
        answer=values["answer"],
        answer_text=say(rules.DISPOSITION_LABELS[answer.answer]) if answer else None,
        answer_tone=wording.TONES[answer.answer] if answer else ("warn", "late"),
        answered=f"{answer.answered_by}, {numbers.short_instant(answer.answered_at, request.locale, 'UTC')}"
        if answer
        else None,
        reason=values["reason"],
        section=values["section"],
        section_text=wording.section_name(answer.section, request.locale)
        if answer and answer.section
        else "",
        version=whole_number(values["version"]),
    )


def recommendation_path(request: Request, operation: str, code: str) -> str:
    """Return the address of a recommendation's own page."""
    path: str = request.route_path("operation.recommendation", code=operation, recommendation=code)
    return path


def _recurring(request: Request, one: rules.Recurring) -> dict[str, Any]:
    capability = CAPABILITIES.get(one.capability)
    return {
        "tag": one.tag,
        "capability": request.translate(capability) if capability else one.capability,
        "operations": one.operations,
        "findings": [
            {
                "text": finding.text,
                "where": f"{finding.operation} · {finding.code}",
                "href": finding_path(request, finding.operation, finding.code),
            }
            for finding in one.findings[:6]
        ],
        "more": max(0, len(one.findings) - 6),
    }


def finding_path(request: Request, operation: str, code: str) -> str:
    """Return the address of a recommendation or observation by its code."""
    if code.startswith("R"):
        return recommendation_path(request, operation, code)
    path: str = request.route_path("operation.observation", code=operation, observation=code)
    return path


def _observations(request: Request, seen: Sequence[Observed], kind: ObservationKind) -> list[dict[str, Any]]:
    wanted = [one for one in seen if one.observation.kind is kind]
    return [
        {
            "text": one.observation.text,
            "cause": one.observation.root_cause,
            "where": f"{one.operation.code} · {one.observation.code}",
            "href": finding_path(request, one.operation.code, one.observation.code),
            "why": wording.reasons(one.reasons, request.locale),
        }
        for one in wanted[:OBSERVATIONS_SHOWN]
    ]


def lessons_strip(request: Request) -> Strip | None:
    """Lead from the plan to what earlier operations teach it, while it can still learn."""
    operation = operation_of(request)
    may_read = policy.allows(request.actor, Action.LESSON_READ, operations.subject(operation))
    if operation.exercise or operation.state in ENDED or not may_read:
        return None
    found = service.matches(request.db, request.actor, operation)
    waiting = sum(match.waits for match in found)
    text = (
        _("${waiting} of ${count} recommendations wait for an answer")
        if waiting
        else _("Recommendations that fit: ${count}")
    )
    count = {"count": len(found), "waiting": waiting}
    links = [
        ChainLink(
            request.translate(text % count),
            request.route_path("operation.plan.lessons", code=operation.code),
            words=True,
        ),
        ChainLink(
            request.translate(_("Targets and tasks of earlier operations")),
            request.route_path("operation.plan.proposals", code=operation.code),
            words=True,
        ),
    ]
    return Strip(down=[Group(request.translate(_("Lessons")), links)])


LESSONS_STRIPS = ("operation.plan", "operation.plan.sections", "operation.plan.section")
"""The pages that lead to the lessons, by their routes."""
