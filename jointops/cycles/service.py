"""What can be done with policy cycles and their operational actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from jointops.cycles import rules
from jointops.cycles.models import (
    ActionState,
    OperationalAction,
    OperationalActionPlan,
    PolicyCycle,
    Priority,
    StrategicGoal,
)
from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.reference.catalogue import Cycle, catalogue

TITLE_LENGTH = 300
LEADER_LENGTH = 200
DESCRIPTION_LENGTH = 10_000

PLAN_TITLE = {"en": "Operational action plan {years}", "fr": "Plan d’action opérationnel {years}"}
"""Title of the one action plan that a cycle begins with. It is data, so it is kept in every language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleInput:
    """A new cycle: its code, titles by language, and its days, both included."""

    code: str
    title: Mapping[str, str]
    starts_on: date
    ends_on: date
    priorities: tuple[tuple[str, Mapping[str, str]], ...] = ()
    goals: tuple[tuple[str, Mapping[str, str]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionInput:
    """What an operational action says. ``plan`` is the code of one of the cycle's action plans, by default the one
    that the due day (else today) falls into; ``priority`` and ``goal`` are codes of the cycle's.
    """

    title: Mapping[str, str]
    description: str = ""
    leader: str = ""
    priority: str | None = None
    goal: str | None = None
    due_on: date | None = None
    plan: str | None = None
    origin_operation: str | None = None
    origin_recommendation: str | None = None


@dataclass(frozen=True, slots=True)
class ActionFilter:
    """Which actions of a cycle are wanted; what is ``None`` does not limit."""

    state: ActionState | None = None
    priority: str | None = None
    origin_operation: str | None = None


@dataclass(slots=True)
class CycleSummary:
    """One cycle with the number of its actions in each state."""

    cycle: PolicyCycle
    actions: dict[ActionState, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of all its actions."""
        return sum(self.actions.values())


def seed(session: Session, actor: Actor) -> int:
    """Add the cycles of the reference data with their priorities, goals and one action plan each.

    Only what is missing is added, so it can be run at every start; nothing that is there is changed. Returns how
    many rows were added.
    """
    policy.require(actor, Action.CYCLE_CREATE)
    known = {cycle.code: cycle for cycle in session.scalars(_with_parts())}
    added = 0
    for entry in catalogue().cycles.values():
        cycle = known.get(entry.code)
        new = _seed_cycle(session, entry, cycle)
        if new:
            audit.record(
                session, actor, Action.CYCLE_CREATE, "policy-cycle", entry.code, details={"rows_added": new}
            )
        added += new
    session.flush()
    return added


def list_cycles(session: Session, actor: Actor) -> list[CycleSummary]:
    """Return all cycles in the order of their days, each with its parts and the count of its actions by state."""
    policy.require(actor, Action.CYCLE_READ)
    found = [CycleSummary(cycle) for cycle in session.scalars(_with_parts().order_by(PolicyCycle.starts_on))]
    by_id = {summary.cycle.id: summary for summary in found}
    rows = session.execute(
        select(OperationalActionPlan.cycle_id, OperationalAction.state, func.count())
        .join(OperationalAction.plan)
        .group_by(OperationalActionPlan.cycle_id, OperationalAction.state)
    )
    for cycle_id, state, number in rows:
        by_id[cycle_id].actions[state] = number
    return found


def find(session: Session, actor: Actor, code: str) -> PolicyCycle:
    """Return the cycle with its parts. Raises :class:`NotFound` with code ``cycle-unknown``."""
    policy.require(actor, Action.CYCLE_READ)
    cycle = session.scalar(_with_parts().where(PolicyCycle.code == code))
    if cycle is None:
        raise NotFound(
            "cycle-unknown", _("There is no policy cycle with the code ${code}.", mapping={"code": code})
        )
    return cycle


def next_cycle(session: Session, cycle: PolicyCycle) -> PolicyCycle | None:
    """Return the first cycle that begins after ``cycle`` ends, or ``None`` while there is none."""
    return session.scalar(
        _with_parts()
        .where(PolicyCycle.starts_on > cycle.ends_on)
        .order_by(PolicyCycle.starts_on, PolicyCycle.id)
        .limit(1)
    )


def current_cycle(session: Session, day: date) -> PolicyCycle | None:
    """Return the cycle that ``day`` falls into, or ``None``."""
    return session.scalar(
        _with_parts().where(PolicyCycle.starts_on <= day, PolicyCycle.ends_on >= day).limit(1)
    )


def create(session: Session, actor: Actor, given: CycleInput) -> PolicyCycle:
    """Create a cycle with one action plan over all its days.

    Raises :class:`Invalid` with codes ``code-missing``, ``code-taken``, ``title-missing``, ``period-reversed``,
    ``duplicate-code``.
    """
    policy.require(actor, Action.CYCLE_CREATE)
    problems = _cycle_problems(session, given)
    if problems:
        raise Invalid(problems)
    cycle = _new_cycle(session, given.code, given.title, given.starts_on, given.ends_on)
    _add_parts(session, cycle, Priority, given.priorities)
    _add_parts(session, cycle, StrategicGoal, given.goals)
    session.flush()
    audit.record(
        session,
        actor,
        Action.CYCLE_CREATE,
        "policy-cycle",
        cycle.code,
        details={"starts_on": cycle.starts_on.isoformat(), "ends_on": cycle.ends_on.isoformat()},
    )
    return find(session, actor, cycle.code)


def list_actions(
    session: Session, actor: Actor, cycle: PolicyCycle, wanted: ActionFilter | None = None
) -> list[OperationalAction]:
    """Return the cycle's actions in the order of their plans and numbers, with plan, priority and goal loaded."""
    policy.require(actor, Action.CYCLE_READ)
    wanted = wanted or ActionFilter()
    query = (
        select(OperationalAction)
        .join(OperationalAction.plan)
        .where(OperationalActionPlan.cycle_id == cycle.id)
        .options(
            selectinload(OperationalAction.plan),
            selectinload(OperationalAction.priority),
            selectinload(OperationalAction.goal),
        )
        .order_by(OperationalActionPlan.starts_on, OperationalAction.id)
    )
    if wanted.state is not None:
        query = query.where(OperationalAction.state == wanted.state)
    if wanted.priority is not None:
        query = query.join(OperationalAction.priority).where(Priority.code == wanted.priority)
    if wanted.origin_operation is not None:
        query = query.where(OperationalAction.origin_operation == wanted.origin_operation)
    return list(session.scalars(query))


def find_action(session: Session, actor: Actor, cycle: PolicyCycle, code: str) -> OperationalAction:
    """Return one action of the cycle. Raises :class:`NotFound` with code ``action-unknown``."""
    policy.require(actor, Action.CYCLE_READ)
    action = session.scalar(
        select(OperationalAction)
        .join(OperationalAction.plan)
        .where(OperationalActionPlan.cycle_id == cycle.id, OperationalAction.code == code)
        .options(selectinload(OperationalAction.plan))
    )
    if action is None:
        raise NotFound(
            "action-unknown",
            _(
                "The cycle ${cycle} has no operational action ${code}.",
                mapping={"cycle": cycle.code, "code": code},
            ),
        )
    return action


def create_action(
    session: Session, actor: Actor, cycle: PolicyCycle, given: ActionInput
) -> OperationalAction:
    """Add an action in the state *proposed*, with the cycle's next code ``OA-<n>``.

    Raises :class:`Invalid`, see :func:`update_action`, and with code ``plan-unknown``.
    """
    policy.require(actor, Action.CYCLE_ACTION_CREATE)
    # Two people adopting at once must not both take the same number.
    session.execute(select(PolicyCycle.id).where(PolicyCycle.id == cycle.id).with_for_update())
    given = _tidied(given)
    plan, problems = _plan_of(cycle, given)
    problems = [*problems, *_action_problems(cycle, given)]
    if problems or plan is None:
        raise Invalid(problems)
    taken = session.scalars(
        select(OperationalAction.code)
        .join(OperationalAction.plan)
        .where(OperationalActionPlan.cycle_id == cycle.id)
    )
    action = OperationalAction(
        plan=plan,
        code=rules.next_code(taken),
        state=ActionState.PROPOSED,
        created_at=clock.now(),
        origin_operation=given.origin_operation,
        origin_recommendation=given.origin_recommendation,
        version=1,
    )
    _write(cycle, action, given)
    session.add(action)
    session.flush()
    audit.record(
        session,
        actor,
        Action.CYCLE_ACTION_CREATE,
        "operational-action",
        f"{cycle.code}/{action.code}",
        operation=given.origin_operation,
        details=_told(action),
    )
    return action


def propose_action(
    session: Session,
    actor: Actor,
    cycle: PolicyCycle,
    *,
    title: str | Mapping[str, str],
    description: str = "",
    leader: str = "",
    due_on: date | None = None,
    priority_code: str | None = None,
    origin_operation: str | None = None,
    origin_recommendation: str | None = None,
) -> OperationalAction:
    """Add what an evaluation recommends as a proposed action of ``cycle``; a plain title counts as English.

    A priority that this cycle does not have any more is left out: priorities change between cycles.
    """
    known = {priority.code for priority in cycle.priorities}
    return create_action(
        session,
        actor,
        cycle,
        ActionInput(
            title={"en": title} if isinstance(title, str) else title,
            description=description,
            leader=leader,
            due_on=due_on,
            priority=priority_code if priority_code in known else None,
            origin_operation=origin_operation,
            origin_recommendation=origin_recommendation,
        ),
    )


def update_action(
    session: Session,
    actor: Actor,
    cycle: PolicyCycle,
    code: str,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> OperationalAction:
    """Change some of an action's fields: ``title``, ``description``, ``leader``, ``priority``, ``goal``, ``due_on``
    (as in :class:`ActionInput`) and ``state``. Nothing changes when everything already is as asked for.

    Raises :class:`NotFound`, :class:`Stale` when ``expected_version`` is not the current one, :class:`Conflict` with
    code ``no-such-step`` for a state that cannot follow, and :class:`Invalid` with codes ``title-missing``,
    ``too-long``, ``priority-unknown``, ``goal-unknown``.
    """
    policy.require(actor, Action.CYCLE_ACTION_UPDATE)
    action = find_action(session, actor, cycle, code)
    session.refresh(action, with_for_update=True)
    if expected_version is not None and expected_version != action.version:
        raise Stale(
            _("Somebody changed this operational action since you opened it. Look at it again."),
            given=str(expected_version),
            current=str(action.version),
        )
    before = _told(action)
    wanted = {key: value for key, value in changes.items() if key != "state"}
    given = _tidied(replace(_as_input(action), **wanted))
    problems = _action_problems(cycle, given)
    if problems:
        raise Invalid(problems)
    _write(cycle, action, given)
    if "state" in changes:
        _step(action, ActionState(changes["state"]))
    after = _told(action)
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if changed:
        action.version += 1
        session.flush()
        audit.record(
            session,
            actor,
            Action.CYCLE_ACTION_UPDATE,
            "operational-action",
            f"{cycle.code}/{action.code}",
            operation=action.origin_operation,
            details=changed,
        )
    return action


def _with_parts() -> Select[PolicyCycle]:
    return select(PolicyCycle).options(
        selectinload(PolicyCycle.priorities),
        selectinload(PolicyCycle.goals),
        selectinload(PolicyCycle.action_plans),
    )


def _seed_cycle(session: Session, entry: Cycle, cycle: PolicyCycle | None) -> int:
    added = 0
    if cycle is None:
        cycle = _new_cycle(session, entry.code, entry.labels, entry.start, entry.end)
        added += 2
    priorities = [(priority.code, priority.labels) for priority in entry.priorities.values()]
    goals = [(goal.code, goal.labels) for goal in entry.goals.values()]
    return (
        added
        + _add_parts(session, cycle, Priority, priorities)
        + _add_parts(session, cycle, StrategicGoal, goals)
    )


def _new_cycle(
    session: Session, code: str, title: Mapping[str, str], starts_on: date, ends_on: date
) -> PolicyCycle:
    years = f"{starts_on.year}–{ends_on.year}"
    cycle = PolicyCycle(code=code, title=dict(title), starts_on=starts_on, ends_on=ends_on)
    cycle.action_plans.append(
        OperationalActionPlan(
            code=f"OAP-{starts_on.year}-{ends_on.year}",
            title={language: text.format(years=years) for language, text in PLAN_TITLE.items()},
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )
    session.add(cycle)
    return cycle


def _add_parts(
    session: Session,
    cycle: PolicyCycle,
    kind: type[Priority] | type[StrategicGoal],
    entries: Sequence[tuple[str, Mapping[str, str]]],
) -> int:
    present: Sequence[Priority | StrategicGoal] = cycle.priorities if kind is Priority else cycle.goals
    known = {part.code for part in present}
    position = len(present)
    added = 0
    for code, title in entries:
        if code not in known:
            session.add(kind(cycle=cycle, code=code, title=dict(title), position=position + added))
            added += 1
    return added


def _cycle_problems(session: Session, given: CycleInput) -> list[Problem]:
    problems = []
    if not given.code.strip():
        problems.append(
            Problem("code-missing", _("Give the cycle a code, such as EMPACT-2026-2029."), "/code")
        )
    elif session.scalar(select(PolicyCycle.id).where(PolicyCycle.code == given.code)) is not None:
        problems.append(
            Problem(
                "code-taken",
                _("There already is a policy cycle with the code ${code}.", mapping={"code": given.code}),
                "/code",
            )
        )
    problems += _title_problems(given.title)
    if given.ends_on < given.starts_on:
        problems.append(Problem("period-reversed", _("The last day is before the first."), "/ends_on"))
    for name, entries in (("priorities", given.priorities), ("goals", given.goals)):
        codes = [code for code, _title in entries]
        problems += [
            Problem(
                "duplicate-code",
                _("The code ${code} stands there twice.", mapping={"code": code}),
                f"/{name}/{index}/code",
            )
            for index, code in enumerate(codes)
            if code in codes[:index]
        ]
    return problems


def _title_problems(title: Mapping[str, str]) -> list[Problem]:
    if not any(text.strip() for text in title.values()):
        return [Problem("title-missing", _("Give it a title in at least one language."), "/title")]
    return [
        Problem(
            "too-long",
            _("A title has at most ${count} characters.", mapping={"count": TITLE_LENGTH}),
            f"/title/{language}",
        )
        for language, text in title.items()
        if len(text) > TITLE_LENGTH
    ]


def _action_problems(cycle: PolicyCycle, given: ActionInput) -> list[Problem]:
    problems = _title_problems(given.title)
    for name, text, limit in (
        ("leader", given.leader, LEADER_LENGTH),
        ("description", given.description, DESCRIPTION_LENGTH),
    ):
        if len(text) > limit:
            message = _("This text has at most ${count} characters.", mapping={"count": limit})
            problems.append(Problem("too-long", message, f"/{name}"))
    priorities = [priority.code for priority in cycle.priorities]
    if given.priority is not None and given.priority not in priorities:
        message = _(
            "The cycle ${cycle} has no priority ${code}.",
            mapping={"cycle": cycle.code, "code": given.priority},
        )
        problems.append(Problem("priority-unknown", message, "/priority", tuple(priorities)))
    goals = [goal.code for goal in cycle.goals]
    if given.goal is not None and given.goal not in goals:
        message = _(
            "The cycle ${cycle} has no strategic goal ${code}.",
            mapping={"cycle": cycle.code, "code": given.goal},
        )
        problems.append(Problem("goal-unknown", message, "/goal", tuple(goals)))
    return problems


def _plan_of(cycle: PolicyCycle, given: ActionInput) -> tuple[OperationalActionPlan | None, list[Problem]]:
    if given.plan is None:
        plan = rules.holding(cycle.action_plans, given.due_on or clock.now().date())
        missing = _("The cycle ${cycle} has no action plan yet.", mapping={"cycle": cycle.code})
    else:
        plan = next((plan for plan in cycle.action_plans if plan.code == given.plan), None)
        missing = _(
            "The cycle ${cycle} has no action plan ${code}.",
            mapping={"cycle": cycle.code, "code": given.plan},
        )
    if plan is not None:
        return plan, []
    return None, [Problem("plan-unknown", missing, "/plan", tuple(plan.code for plan in cycle.action_plans))]


def _tidied(given: ActionInput) -> ActionInput:
    """Take away spare space and empty languages, and write a party's code the one way it is kept."""
    return replace(
        given,
        title={language: text.strip() for language, text in given.title.items() if text.strip()},
        description=given.description.strip(),
        leader=catalogue().party_code(given.leader.strip()),
        priority=given.priority or None,
        goal=given.goal or None,
    )


def _as_input(action: OperationalAction) -> ActionInput:
    return ActionInput(
        title=action.title,
        description=action.description,
        leader=action.leader,
        priority=action.priority.code if action.priority else None,
        goal=action.goal.code if action.goal else None,
        due_on=action.due_on,
    )


def _write(cycle: PolicyCycle, action: OperationalAction, given: ActionInput) -> None:
    action.title = dict(given.title)
    action.description = given.description
    action.leader = given.leader
    action.due_on = given.due_on
    action.priority = next((p for p in cycle.priorities if p.code == given.priority), None)
    action.goal = next((g for g in cycle.goals if g.code == given.goal), None)


def _step(action: OperationalAction, target: ActionState) -> None:
    if target is action.state:
        return
    if not rules.can_become(action.state, target):
        accepted = tuple(state.value for state in rules.NEXT_STATES[action.state])
        message = _(
            "An operational action that is “${state}” cannot become “${target}”. From here it can become: ${accepted}.",
            mapping={
                "state": rules.STATE_LABELS[action.state],
                "target": rules.STATE_LABELS[target],
                "accepted": tuple(rules.STATE_LABELS[state] for state in rules.NEXT_STATES[action.state]),
            },
        )
        raise Conflict("no-such-step", message, "/state", accepted)
    action.state = target


def _told(action: OperationalAction) -> dict[str, Any]:
    return {
        "title": action.title,
        "description": action.description,
        "leader": action.leader,
        "priority": action.priority.code if action.priority else None,
        "goal": action.goal.code if action.goal else None,
        "due_on": action.due_on.isoformat() if action.due_on else None,
        "state": action.state.value,
        "origin_recommendation": action.origin_recommendation,
    }
