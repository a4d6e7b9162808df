"""Pages of what earlier comparable operations suggest for a plan: targets and tasks, and taking them into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import DomainError, Stale
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.lessons import proposals, wording
from jointops.lessons.frame import frame, operation_of, whole_number
from jointops.lessons.proposals import TASKS_SHOWN, Comparable, Suggested, UsedTask
from jointops.lessons.proposing import Level
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import PlanDocument
from jointops.operations.rules import ENDED
from jointops.planning import service as planning
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.returns.models import FactStatus
from jointops.situation.links import figure_path
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other


@view_config(route_name="operation.plan.proposals", request_method="GET", renderer="lessons/proposals.jinja2")
def proposals_page(request: Request) -> dict[str, Any]:
    """Show what earlier comparable operations came to, and what that suggests for this plan."""
    operation = operation_of(request)
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
        **frame(request, operation, _("Targets and tasks of earlier operations"), "operation.plan.proposals"),
        "exercise": operation.exercise,
        "version": version.number,
        "may_change": may_change,
        "drafts": _drafts(request, operation) if may_change else [],
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


@dataclass(frozen=True, slots=True)
class DraftView:
    """The draft of a section that stays open when a new version is written under it; ``clashes`` with that version."""

    title: str
    href: str
    author: str
    clashes: bool


def _drafts(request: Request, operation: Operation) -> list[DraftView]:
    """Return the drafts of the plan: what is taken from this page becomes a version without them."""
    found = planning.desk(request.db, request.actor, operation)
    return [
        DraftView(
            wording.section_name(work.section, request.locale),
            request.route_path("operation.plan.section", code=operation.code, section=work.section),
            work.author,
            bool(work.clashes),
        )
        for work in found.works.values()
    ]


def _taken(request: Request, operation: Operation, anchor: str, **query: str) -> Response:
    """Lead back to what was taken, or to the drafts that now say something else than the new version."""
    clashing = any(draft.clashes for draft in _drafts(request, operation))
    about: dict[str, Any] = {"_query": query} if query else {}
    about |= {"_anchor": "drafts" if clashing else anchor}
    return see_other(request, "operation.plan.proposals", code=operation.code, **about)


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
    page = max(1, whole_number(request.GET.get("page", "")))
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
    operation = operation_of(request)
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
        expected_version=whole_number(given.get("version", "")),
    )
    flash(
        request,
        "success",
        _("The target is in the plan: version ${number}.", mapping={"number": version.number}),
    )
    return _taken(request, operation, "targets")


@view_config(route_name="operation.plan.proposals.tasks", request_method="POST")
def take_tasks(request: Request) -> Response:
    """Take the ticked tasks of an earlier operation into the plan as a new version."""
    operation = operation_of(request)
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
            expected_version=whole_number(request.POST.get("version", "")),
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
    return _taken(request, operation, "tasks", tasks_of=source)


def landing(request: Request, operation: Operation) -> str | None:
    """Name the page on which planning goes on once an operation is made: what earlier ones suggest, if any do."""
    document = operations.document(operations.latest_plan(request.db, operation))
    found = proposals.like(request.db, operation, document)
    readable = any(
        policy.allows(request.actor, Action.SITUATION_READ, operations.subject(one)) for one, *_rest in found
    )
    return "operation.plan.proposals" if readable else None
