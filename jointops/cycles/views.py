"""Pages of the policy cycles: all cycles in their order, one cycle, and its operational actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.cycles import rules, service
from jointops.cycles.models import ActionState, OperationalAction, PolicyCycle
from jointops.cycles.service import ActionInput
from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError, Invalid, NotFound, Problem
from jointops.kernel.i18n import LOCALES, _, label
from jointops.kernel.policy import Action
from jointops.reference.catalogue import catalogue
from jointops.web.chain import ChainLink
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, page, see_other

TONES: Mapping[ActionState, tuple[str, str]] = {
    ActionState.PROPOSED: ("neutral", "due"),
    ActionState.PLANNED: ("info", "calendar"),
    ActionState.ONGOING: ("info", "half"),
    ActionState.COMPLETED: ("good", "ok"),
    ActionState.POSTPONED: ("warn", "clock"),
    ActionState.CANCELLED: ("muted", "cross"),
}
"""Tone and icon of each state; every state has its own icon, so that it is told apart without colour."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A state as the pages show it."""

    text: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class Serving:
    """What a higher domain knows of a priority, goal or action: its own page, and the operations that serve it."""

    href: str
    operations: tuple[ChainLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Links:
    """What serves the parts of a cycle, by their codes. Where nothing is known of a part, it stands for itself."""

    priorities: Mapping[str, Serving] = field(default_factory=dict)
    goals: Mapping[str, Serving] = field(default_factory=dict)
    actions: Mapping[str, Serving] = field(default_factory=dict)


LINKS = "cycle links"
"""In the registry: a function of request and cycle that gives :class:`Links`; a higher domain puts it there."""


@view_config(route_name="cycles", request_method="GET", renderer="cycles/list.jinja2")
def list_cycles(request: Request) -> dict[str, Any]:
    """Show all cycles, one after the other."""
    today = clock.now().date()
    return {
        "page": page(request, _("Policy cycle")),
        "cycles": [
            {
                "code": summary.cycle.code,
                "title": label(summary.cycle.title, request.locale),
                "href": request.route_path("cycle", cycle=summary.cycle.code),
                "years": _years(summary.cycle),
                "when": _when(summary.cycle, today),
                "priorities": len(summary.cycle.priorities),
                "actions": summary.total,
                "states": [
                    {"tag": state_tag(state), "count": summary.actions[state]}
                    for state in ActionState
                    if summary.actions.get(state)
                ],
            }
            for summary in service.list_cycles(request.db, request.actor)
        ],
    }


@view_config(route_name="cycle", request_method="GET", renderer="cycles/cycle.jinja2")
def show_cycle(request: Request) -> dict[str, Any]:
    """Show one cycle with its priorities, goals, action plans and operational actions."""
    cycle = _cycle(request)
    wanted = _filter(request)
    every = service.list_actions(request.db, request.actor, cycle)
    shown = service.list_actions(request.db, request.actor, cycle, wanted) if wanted else every
    links = request.registry.get(LINKS, lambda _request, _cycle: Links())(request, cycle)
    numbers = {priority.code: 0 for priority in cycle.priorities}
    for action in every:
        if action.priority is not None:
            numbers[action.priority.code] += 1
    return {
        **_frame(request, cycle),
        "neighbours": _neighbours(request, cycle),
        "priorities": [
            {
                "code": priority.code,
                "title": label(priority.title, request.locale),
                "count": numbers[priority.code],
                "actions_href": request.route_path(
                    "cycle", cycle=cycle.code, _query={"priority": priority.code}, _anchor="actions"
                ),
                "serving": links.priorities.get(priority.code),
            }
            for priority in cycle.priorities
        ],
        "goals": [
            {
                "term": goal.code,
                "term_data": True,
                "text": label(goal.title, request.locale),
                "href": links.goals[goal.code].href if goal.code in links.goals else None,
            }
            for goal in cycle.goals
        ],
        "plans": [
            {
                "code": plan.code,
                "title": label(plan.title, request.locale),
                "starts_on": plan.starts_on,
                "ends_on": plan.ends_on,
                "actions": [
                    _row(request, cycle, action, links.actions.get(action.code))
                    for action in shown
                    if action.plan_id == plan.id
                ],
            }
            for plan in cycle.action_plans
        ],
        "total": len(every),
        "filter": wanted,
        "state_choices": [
            (state.value, request.translate(text)) for state, text in rules.STATE_LABELS.items()
        ],
        "new_href": request.route_path("cycle.new-action", cycle=cycle.code),
        "priority_choices": _choices(request, cycle.priorities),
        "may_create": policy.allows(request.actor, Action.CYCLE_ACTION_CREATE),
        "may_change": policy.allows(request.actor, Action.CYCLE_ACTION_UPDATE),
        "unverified": _unverified(cycle.code),
    }


@view_config(route_name="cycle.new-action", request_method="GET", renderer="cycles/action-form.jinja2")
def new_action(request: Request) -> dict[str, Any]:
    """Show the empty form of an operational action."""
    policy.require(request.actor, Action.CYCLE_ACTION_CREATE)
    return _form(request, _cycle(request), None, {})


@view_config(route_name="cycle.new-action", request_method="POST", renderer="cycles/action-form.jinja2")
def create_action(request: Request) -> dict[str, Any] | Response:
    """Add an operational action, or show the form again with what is wrong."""
    cycle = _cycle(request)
    try:
        action = service.create_action(
            request.db,
            request.actor,
            cycle,
            ActionInput(**_given(request), plan=request.POST.get("plan") or None),
        )
    except Invalid as error:
        request.response.status_int = error.status
        return _form(request, cycle, None, request.POST, _errors(request, error))
    flash(request, "success", _("${code} is proposed.", mapping={"code": action.code}))
    return see_other(request, "cycle", cycle=cycle.code, _anchor=action.code)


@view_config(route_name="cycle.action", request_method="GET", renderer="cycles/action-form.jinja2")
def edit_action(request: Request) -> dict[str, Any]:
    """Show an operational action in its form."""
    policy.require(request.actor, Action.CYCLE_ACTION_UPDATE)
    cycle = _cycle(request)
    action = service.find_action(request.db, request.actor, cycle, request.matchdict["action"])
    return _form(request, cycle, action, _values(action))


@view_config(route_name="cycle.action", request_method="POST", renderer="cycles/action-form.jinja2")
def save_action(request: Request) -> dict[str, Any] | Response:
    """Change an operational action, or show the form again with what is wrong."""
    cycle = _cycle(request)
    try:
        action = service.update_action(
            request.db,
            request.actor,
            cycle,
            request.matchdict["action"],
            _given(request),
            expected_version=_version(request),
        )
    except NotFound:
        raise
    except DomainError as error:
        if error.status not in {412, 422}:
            raise
        request.response.status_int = error.status
        action = service.find_action(request.db, request.actor, cycle, request.matchdict["action"])
        return _form(request, cycle, action, request.POST, _errors(request, error))
    flash(request, "success", _("${code} is saved.", mapping={"code": action.code}))
    return see_other(request, "cycle", cycle=cycle.code, _anchor=action.code)


@view_config(route_name="cycle.action-state", request_method="POST")
def change_state(request: Request) -> Response:
    """Change the state of an operational action."""
    policy.require(request.actor, Action.CYCLE_ACTION_UPDATE)
    cycle = _cycle(request)
    action = service.update_action(
        request.db,
        request.actor,
        cycle,
        request.matchdict["action"],
        {"state": _state(request.POST.get("state", ""))},
        expected_version=_version(request),
    )
    flash(
        request,
        "success",
        _(
            "${code} is now: ${state}.",
            mapping={"code": action.code, "state": request.translate(rules.STATE_LABELS[action.state])},
        ),
    )
    return see_other(request, "cycle", cycle=cycle.code, _anchor=action.code)


def state_tag(state: ActionState) -> Tag:
    """Return a state as the pages show it."""
    tone, icon = TONES[state]
    return Tag(rules.STATE_LABELS[state], tone, icon)


def _cycle(request: Request) -> PolicyCycle:
    return service.find(request.db, request.actor, request.matchdict["cycle"])


def _frame(request: Request, cycle: PolicyCycle, *more: Link, title: str | None = None) -> dict[str, Any]:
    name = label(cycle.title, request.locale)
    home = Link(request.translate(_("Policy cycle")), request.route_path("cycles"))
    here = Link(name, request.route_path("cycle", cycle=cycle.code), data=True)
    return {
        "page": page(request, title or name, breadcrumbs=[home, *([here, *more] if title else [])]),
        "cycle": {
            "code": cycle.code,
            "title": name,
            "years": _years(cycle),
            "when": _when(cycle, clock.now().date()),
            "starts_on": cycle.starts_on,
            "ends_on": cycle.ends_on,
            "href": here.href,
        },
    }


def _years(cycle: PolicyCycle) -> str:
    return f"{cycle.starts_on.year}–{cycle.ends_on.year}"


def _when(cycle: PolicyCycle, today: date) -> str:
    if cycle.ends_on < today:
        return "past"
    return "ahead" if today < cycle.starts_on else "current"


def _neighbours(request: Request, cycle: PolicyCycle) -> list[dict[str, Any]]:
    return [
        {
            "text": _years(summary.cycle),
            "href": request.route_path("cycle", cycle=summary.cycle.code),
            "active": summary.cycle.id == cycle.id,
            "count": summary.total or None,
        }
        for summary in service.list_cycles(request.db, request.actor)
    ]


def _filter(request: Request) -> service.ActionFilter | None:
    state, priority = request.GET.get("state") or None, request.GET.get("priority") or None
    if state is None and priority is None:
        return None
    known = state if state in {s.value for s in ActionState} else None
    return service.ActionFilter(state=ActionState(known) if known else None, priority=priority)


def _row(
    request: Request, cycle: PolicyCycle, action: OperationalAction, serving: Serving | None
) -> dict[str, Any]:
    address = {"cycle": cycle.code, "action": action.code}
    return {
        "code": action.code,
        "title": label(action.title, request.locale),
        "description": action.description,
        "leader": _leader(request, action.leader),
        "priority": label(action.priority.title, request.locale) if action.priority else None,
        "goal": action.goal.code if action.goal else None,
        "due_on": action.due_on,
        "overdue": rules.overdue(action.state, action.due_on, clock.now().date()),
        "state": state_tag(action.state),
        "next_states": [(s.value, rules.STATE_LABELS[s]) for s in rules.NEXT_STATES[action.state]],
        "origin": _origin(request, action),
        "serving": serving,
        "version": action.version,
        "edit": request.route_path("cycle.action", **address),
        "state_href": request.route_path("cycle.action-state", **address),
    }


def _leader(request: Request, leader: str) -> str | None:
    party = catalogue().parties.get(leader)
    if party is None:
        return leader or None
    return label(party.labels, request.locale) if party.kind == "country" else party.short


def _origin(request: Request, action: OperationalAction) -> dict[str, str | None] | None:
    if action.origin_operation is None:
        return None
    return {
        "operation": action.origin_operation,
        "recommendation": action.origin_recommendation,
        "href": _evaluation(request, action.origin_operation, action.origin_recommendation),
    }


def _evaluation(request: Request, operation: str, recommendation: str | None) -> str | None:
    # Evaluations stand above this domain and bring their own pages, which it can name but must not need.
    routes = request.registry.queryUtility(IRoutesMapper)
    if recommendation and routes.get_route("operation.recommendation") is not None:
        return str(
            request.route_path("operation.recommendation", code=operation, recommendation=recommendation)
        )
    if routes.get_route("operation.evaluation") is None:
        return None
    anchor = recommendation or "recommendations"
    return str(request.route_path("operation.evaluation", code=operation, _anchor=anchor))


def _choices(request: Request, parts: Any) -> list[tuple[str, str]]:
    return [(part.code, label(part.title, request.locale)) for part in parts]


def _unverified(code: str) -> bool:
    """Say whether the reference data mark something of the cycle as general knowledge."""
    entry = catalogue().cycles.get(code)
    if entry is None:
        return False
    checked = [entry.verified]
    checked += [priority.verified for priority in entry.priorities.values()]
    checked += [goal.verified for goal in entry.goals.values()]
    return not all(checked)


# --- The form of an action -------------------------------------------------------------------------------------------


def _given(request: Request) -> dict[str, Any]:
    """Read the form. Raises :class:`Invalid` with code ``bad-day`` for a due day that is none."""
    form = request.POST
    due = form.get("due_on", "").strip()
    try:
        due_on = date.fromisoformat(due) if due else None
    except ValueError:
        message = _("Write the day as year, month and day, such as 2027-06-30.")
        raise Invalid([Problem("bad-day", message, "/due_on")]) from None
    return {
        "title": {language: form.get(f"title-{language}", "") for language in LOCALES},
        "description": form.get("description", ""),
        "leader": form.get("leader", ""),
        "priority": form.get("priority") or None,
        "goal": form.get("goal") or None,
        "due_on": due_on,
    }


def _values(action: OperationalAction) -> dict[str, str]:
    return {
        **{f"title-{language}": text for language, text in action.title.items()},
        "description": action.description,
        "leader": action.leader,
        "priority": action.priority.code if action.priority else "",
        "goal": action.goal.code if action.goal else "",
        "due_on": action.due_on.isoformat() if action.due_on else "",
        "version": str(action.version),
    }


def _form(
    request: Request,
    cycle: PolicyCycle,
    action: OperationalAction | None,
    values: Mapping[str, str],
    errors: FormErrors | None = None,
) -> dict[str, Any]:
    title = (
        _("Propose an operational action")
        if action is None
        else _("Change ${code}", mapping={"code": action.code})
    )
    parties = catalogue().parties
    return {
        **_frame(request, cycle, title=request.translate(title)),
        "action": action.code if action else None,
        "values": values,
        "languages": list(LOCALES.items()),
        "priority_choices": _choices(request, cycle.priorities),
        "goal_choices": [(code, f"{code} · {text}") for code, text in _choices(request, cycle.goals)],
        "plan_choices": _choices(request, cycle.action_plans),
        "leaders": [(code, label(party.labels, request.locale)) for code, party in parties.items()],
        "errors": errors or FormErrors((), {}),
    }


def _errors(request: Request, error: DomainError) -> FormErrors:
    first = next(iter(LOCALES))
    fields = {"/title": f"title-{first}", **{f"/title/{lang}": f"title-{lang}" for lang in LOCALES}}
    return form_errors(request, error, fields)


def _version(request: Request) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _state(text: str) -> ActionState:
    try:
        return ActionState(text)
    except ValueError:
        accepted = [state.value for state in ActionState]
        message = _("There is no state “${state}”.", mapping={"state": text})
        raise Invalid([Problem("state-unknown", message, "/state", tuple(accepted))]) from None
