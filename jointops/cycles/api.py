"""Policy cycles and their operational actions over the API."""

from __future__ import annotations

from jointops.cycles import service
from jointops.cycles.models import PolicyCycle
from jointops.cycles.schemas import (
    ActionChangesSchema,
    ActionInputSchema,
    ActionQuery,
    ActionSchema,
    CycleInputSchema,
    CycleSchema,
)
from jointops.web.api import PREFIX, Call, Reply, endpoint
from jointops.web.paging import PageQuery, paged, paginate


@endpoint(
    "GET",
    "/policy-cycles",
    summary="List the policy cycles",
    answers={200: paged(CycleSchema)},
    query=PageQuery,
)
def list_policy_cycles(call: Call) -> Reply:
    """List all policy cycles, the earliest first."""
    cycles = [summary.cycle for summary in service.list_cycles(call.db, call.actor)]
    return Reply(paginate(cycles, call.query, key=lambda cycle: f"{cycle.starts_on} {cycle.id:09}"))


@endpoint(
    "POST",
    "/policy-cycles",
    summary="Add a policy cycle",
    answers={201: CycleSchema},
    body=CycleInputSchema,
    problems=("code-taken", "title-missing", "period-reversed", "duplicate-code"),
)
def create_policy_cycle(call: Call) -> Reply:
    """Add a policy cycle with its priorities and goals, and one action plan over all its days."""
    cycle = service.create(call.db, call.actor, call.body)
    return Reply(cycle, status=201, location=f"{PREFIX}/policy-cycles/{cycle.code}")


@endpoint("GET", "/policy-cycles/{cycle}", summary="Read a policy cycle", answers={200: CycleSchema})
def read_policy_cycle(call: Call) -> Reply:
    """Give a policy cycle with its priorities, goals and action plans."""
    return Reply(_cycle(call))


@endpoint(
    "GET",
    "/policy-cycles/{cycle}/actions",
    summary="List operational actions",
    answers={200: paged(ActionSchema)},
    query=ActionQuery,
)
def list_operational_actions(call: Call) -> Reply:
    """List the operational actions of a cycle, in the order in which they were added."""
    wanted = service.ActionFilter(call.query["state"], call.query["priority"], call.query["origin_operation"])
    actions = service.list_actions(call.db, call.actor, _cycle(call), wanted)
    actions.sort(key=lambda action: action.id)
    return Reply(paginate(actions, call.query, key=lambda action: action.id))


@endpoint(
    "POST",
    "/policy-cycles/{cycle}/actions",
    summary="Propose an operational action",
    answers={201: ActionSchema},
    body=ActionInputSchema,
    problems=("title-missing", "priority-unknown", "goal-unknown", "plan-unknown"),
)
def create_operational_action(call: Call) -> Reply:
    """Add an operational action as a proposal."""
    cycle = _cycle(call)
    action = service.create_action(call.db, call.actor, cycle, call.body)
    location = f"{PREFIX}/policy-cycles/{cycle.code}/actions/{action.code}"
    return Reply(action, status=201, etag=action.version, location=location)


@endpoint(
    "GET",
    "/policy-cycles/{cycle}/actions/{action}",
    summary="Read an operational action",
    answers={200: ActionSchema},
    problems=("action-unknown",),
)
def read_operational_action(call: Call) -> Reply:
    """Give one operational action."""
    action = service.find_action(call.db, call.actor, _cycle(call), call.path["action"])
    return Reply(action, etag=action.version)


@endpoint(
    "PATCH",
    "/policy-cycles/{cycle}/actions/{action}",
    summary="Change an operational action",
    answers={200: ActionSchema},
    body=ActionChangesSchema,
    conditional=True,
    problems=("action-unknown", "no-such-step", "title-missing", "priority-unknown", "goal-unknown"),
)
def update_operational_action(call: Call) -> Reply:
    """Change what an operational action says, or its state; what is not sent stays."""
    action = service.update_action(
        call.db,
        call.actor,
        _cycle(call),
        call.path["action"],
        call.body,
        expected_version=call.expected_version(),
    )
    return Reply(action, etag=action.version)


def _cycle(call: Call) -> PolicyCycle:
    return service.find(call.db, call.actor, call.path["cycle"])
