"""Pages of the lessons for a plan: recommendations to be answered, and what earlier operations suggest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.evaluation.models import ObservationKind
from jointops.evaluation.page import RECOMMENDATION_TONES
from jointops.evaluation.rules import CAPABILITIES, RECOMMENDATION_LABELS
from jointops.kernel import policy
from jointops.kernel.errors import DomainError, Stale
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.lessons import proposals, rules, service, wording
from jointops.lessons.proposals import TASKS_SHOWN, Comparable, Suggested, UsedTask
from jointops.lessons.proposing import Level
from jointops.lessons.rules import AnswerEntry
from jointops.lessons.service import Match, Observed
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.operations.plandoc import PlanDocument
from jointops.operations.rules import ENDED
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.returns.models import FactStatus
from jointops.situation.links import figure_path
from jointops.web.chain import ChainLink, Group, Strip
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import Page, flash, see_other

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


# --- Recommendations and observations --------------------------------------------------------------------------------


@view_config(route_name="operation.plan.lessons", request_method="GET", renderer="lessons/lessons.jinja2")
def lessons_page(request: Request) -> dict[str, Any]:
    """Show what earlier operations teach the plan, and ask what it makes of their recommendations."""
    return _lessons(request, _operation(request))


@view_config(route_name="operation.plan.lessons", request_method="POST", renderer="lessons/lessons.jinja2")
def save_answers(request: Request) -> dict[str, Any] | Response:
    """Keep what was answered, all or none, or show the form again with what is wrong."""
    operation = _operation(request)
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
            _number(given.get(f"{_id(key)}-version", "")),
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
        **_frame(request, operation, _("Lessons for this plan"), "operation.plan.lessons"),
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


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


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
        version=_number(values["version"]),
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


# --- Proposals -------------------------------------------------------------------------------------------------------


@view_config(route_name="operation.plan.proposals", request_method="GET", renderer="lessons/proposals.jinja2")
def proposals_page(request: Request) -> dict[str, Any]:
    """Show what earlier comparable operations came to, and what that suggests for this plan."""
    operation = _operation(request)
    policy.require(request.actor, Action.LESSON_READ, operations.subject(operation))
    version = operations.latest_plan(request.db, operation)
    document = operations.document(version)
    found = proposals.comparables(request.db, request.actor, operation, document)
    suggested = proposals.suggestions(request.db, operation, document, found)
    source = next((one for one in found if one.operation.code == request.GET.get("tasks_of")), None)
    source = source or next(iter(found), None)
    may_change = (
        policy.allows(request.actor, Action.PLAN_UPDATE, operations.subject(operation))
        and operation.state not in ENDED
    )
    return {
        **_frame(
            request, operation, _("Targets and tasks of earlier operations"), "operation.plan.proposals"
        ),
        "exercise": operation.exercise,
        "version": version.number,
        "may_change": may_change,
        "comparables": [_comparable(request, one) for one in found],
        "targets": [_suggestion(request, operation, one) for one in suggested if one.objective],
        "others": [
            _suggestion(request, operation, one)
            for one in suggested
            if one.objective is None and one.proposal is not None
        ],
        "levels": [(level.value, request.translate(text)) for level, text in wording.LEVEL_LABELS.items()],
        "tasks": _tasks(request, operation, source, document) if source else None,
        "sources": [
            Link(
                one.operation.code,
                request.route_path(
                    "operation.plan.proposals",
                    code=operation.code,
                    _query={"tasks_of": one.operation.code},
                    _anchor="tasks",
                ),
                active=one is source,
                data=True,
            )
            for one in found
        ],
    }


def _comparable(request: Request, one: Comparable) -> dict[str, Any]:
    return {
        "code": one.operation.code,
        "title": label(one.operation.title, request.locale),
        "href": request.route_path("operation.plan", code=one.operation.code),
        "evaluation": request.route_path("operation.evaluation", code=one.operation.code),
        "when": numbers.day_range(one.operation.starts_on, one.operation.ends_on, request.locale),
        "why": wording.reasons(one.reasons, request.locale),
        "countries": one.countries,
        "days": one.days,
        "returns": f"{numbers.number(one.accepted, request.locale)} / {numbers.number(one.expected, request.locale)}",
        "illustrative": one.illustrative,
    }


def _suggestion(request: Request, operation: Operation, one: Suggested) -> dict[str, Any]:
    locale, unit = request.locale, wording.measure(one.indicator, request.locale)
    objective, proposal = one.objective, one.proposal
    at_most = objective is not None and objective.target is not None and objective.target.at_least is None

    def quantity(value: Decimal) -> str:
        return numbers.quantity(value, unit, locale)

    return {
        "id": f"objective-{objective.code}" if objective else f"indicator-{one.indicator.code}",
        "objective": objective.code if objective else None,
        "indicator": one.indicator.code,
        "href": request.route_path("operation.objective", code=operation.code, objective=objective.code)
        if objective
        else request.route_path("operation.indicator", code=operation.code, indicator=one.indicator.code),
        "title": label(objective.title, locale) if objective else label(one.indicator.labels, locale),
        "counted": wording.counted(one.indicator, one.category, locale),
        "current": _current(objective, one, locale),
        "without": one.without,
        "proposal": proposal
        and {
            "unit": unit,
            "per_day": proposal.per_day,
            "countries": proposal.countries,
            "days": proposal.days,
            "levels": [
                {
                    "value": level.value,
                    "text": request.translate(text if len(proposal.sources) > 1 else _("Earlier result")),
                    "rate": wording.rate(proposal.rates[level], locale),
                    "target": wording.target(
                        quantity(proposal.targets[level]), at_most=at_most, locale=locale
                    ),
                    "median": level is Level.MEDIAN,
                }
                for level, text in wording.LEVEL_LABELS.items()
                # One earlier result is no range.
                if level is Level.MEDIAN or len(proposal.sources) > 1
            ],
            "sources": [
                {
                    "code": source.operation,
                    "quantity": quantity(source.quantity),
                    "about": _(
                        "${countries} countries, ${days} days",
                        mapping={
                            "countries": numbers.number(source.countries, locale),
                            "days": numbers.number(source.days, locale),
                        },
                    ),
                    "illustrative": source.illustrative,
                    "href": figure_path(
                        request,
                        source.operation,
                        one.indicator.code,
                        FactStatus.ACCEPTED,
                        None,
                        **({} if one.category is None else {"category": one.category}),
                    ),
                }
                for source in proposal.sources
            ],
            "caveats": [request.translate(wording.CAVEAT_LABELS[caveat]) for caveat in proposal.caveats],
        },
    }


def _current(objective: Any, one: Suggested, locale: str) -> str | None:
    target = objective.target if objective else None
    if target is None:
        return None
    value = target.at_most if target.at_least is None else target.at_least
    unit = catalogue().units.get(target.unit or one.indicator.unit)
    named = (unit.symbol or label(unit.labels, locale)) if unit else (target.unit or "")
    return wording.target(
        numbers.quantity(value, named, locale), at_most=target.at_least is None, locale=locale
    )


def _tasks(
    request: Request, operation: Operation, source: Comparable, document: PlanDocument
) -> dict[str, Any] | None:
    if not policy.allows(request.actor, Action.TASK_READ, operations.subject(source.operation)):
        return None
    page = max(1, _number(request.GET.get("page", "")))
    used, count = proposals.used_tasks(request.db, request.actor, source.operation, document, page=page)
    last = max(1, -(-count // TASKS_SHOWN))

    def href(number: int) -> str:
        query = {"tasks_of": source.operation.code, "page": str(number)}
        path: str = request.route_path(
            "operation.plan.proposals", code=operation.code, _query=query, _anchor="tasks"
        )
        return path

    return {
        "source": source.operation.code,
        "count": count,
        "rows": [_task(request, source.operation, one) for one in used],
        "previous": href(page - 1) if page > 1 else None,
        "next": href(page + 1) if page < last else None,
        "text": f"{page} / {last}",
    }


def _task(request: Request, source: Operation, one: UsedTask) -> dict[str, Any]:
    kind = catalogue().task_types.get(one.task.type)
    fitted = one.fitted
    return {
        "code": one.task.code,
        "title": label(one.task.title, request.locale),
        "href": request.route_path("operation.task", code=source.code, task=one.task.code),
        "kind": label(kind.labels, request.locale) if kind else one.task.type,
        "units": one.units,
        "done": one.done,
        "declined": one.declined,
        "days": numbers.day_range(fitted.days[0], fitted.days[-1], request.locale)
        if fitted and fitted.days
        else None,
        "fits": fitted is not None,
        "for": _units_text(fitted.units) if fitted else "",
    }


def _units_text(units: Sequence[str], most: int = 4) -> str:
    return ", ".join(units[:most]) + (f" … ({len(units)})" if len(units) > most else "")


@view_config(route_name="operation.plan.proposals.target", request_method="POST")
def take_target(request: Request) -> Response:
    """Write a proposed target into the plan as a new version."""
    operation = _operation(request)
    given = request.POST
    objective, indicator = given.get("objective") or None, given.get("indicator") or None
    level = given.get("level", "")
    version = proposals.take_target(
        request.db,
        request.actor,
        operation,
        objective=objective,
        indicator=None if objective else indicator,
        level=Level(level) if level in {one.value for one in Level} else Level.MEDIAN,
        note=request.translate(
            _("Target from earlier results: ${code}", mapping={"code": objective or indicator or ""})
        ),
        expected_version=_number(given.get("version", "")),
    )
    flash(
        request,
        "success",
        _("The target is in the plan: version ${number}.", mapping={"number": version.number}),
    )
    return see_other(request, "operation.plan.proposals", code=operation.code, _anchor="targets")


@view_config(route_name="operation.plan.proposals.tasks", request_method="POST")
def take_tasks(request: Request) -> Response:
    """Take the ticked tasks of an earlier operation into the plan as a new version."""
    operation = _operation(request)
    source = request.POST.get("source", "")
    policy.require(request.actor, Action.PLAN_UPDATE, operations.subject(operation))
    try:
        version, taken = proposals.take_tasks(
            request.db,
            request.actor,
            operation,
            source,
            request.POST.getall("task"),
            note=request.translate(_("Tasks of ${code}", mapping={"code": source})),
            expected_version=_number(request.POST.get("version", "")),
        )
    except DomainError as error:
        if error.status not in {409, 422} or isinstance(error, Stale):
            raise
        # Nothing has been written: what is wrong is said where the boxes are.
        flash(request, "error", error.message)
        return see_other(
            request,
            "operation.plan.proposals",
            code=operation.code,
            _query={"tasks_of": source},
            _anchor="tasks",
        )
    text = _(
        "Tasks taken into the plan: ${count}. It is version ${number} now.",
        mapping={"count": len(taken), "number": version.number},
    )
    flash(request, "success", text)
    query = {"tasks_of": source}
    return see_other(request, "operation.plan.proposals", code=operation.code, _query=query, _anchor="tasks")


def lessons_strip(request: Request) -> Strip | None:
    """Lead from the plan to what earlier operations teach it, while it can still learn."""
    operation = _operation(request)
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


def landing(request: Request, operation: Operation) -> str | None:
    """Name the page on which planning goes on once an operation is made: what earlier ones suggest, if any do."""
    document = operations.document(operations.latest_plan(request.db, operation))
    found = proposals.like(request.db, operation, document)
    readable = any(
        policy.allows(request.actor, Action.SITUATION_READ, operations.subject(one)) for one, *_rest in found
    )
    return "operation.plan.proposals" if readable else None


# --- The frame -------------------------------------------------------------------------------------------------------


def _operation(request: Request) -> Operation:
    return operations.find(request.db, request.actor, request.matchdict["code"])


def _frame(request: Request, operation: Operation, title: str, route: str) -> dict[str, Any]:
    tabs = (
        ("operation.plan.lessons", _("Recommendations and observations")),
        ("operation.plan.proposals", _("Targets and tasks")),
    )
    page: Page = operation_page(
        request, operation, title, "plan", breadcrumbs=[Link(request.translate(title), None)]
    )
    return {
        "page": page,
        "code": operation.code,
        "tabs": [
            Link(request.translate(text), request.route_path(name, code=operation.code), active=name == route)
            for name, text in tabs
        ],
        "plan_href": request.route_path("operation.plan", code=operation.code),
    }
