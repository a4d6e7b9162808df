"""The upper part of the chain: policy cycles, priorities, strategic goals, operational actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.cycles import service as cycles
from jointops.cycles.models import OperationalAction, PolicyCycle
from jointops.kernel import policy
from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.lessons import profiles
from jointops.lessons.chain import Kind, Neighbours, Node, neighbours, node, operation_node, origin_of
from jointops.lessons.profiles import Profile
from jointops.operations import service as operations
from jointops.operations.models import Operation


@dataclass(frozen=True, slots=True)
class CycleView:
    """A policy cycle with its actions, and those of its operations that are open to the person."""

    cycle: PolicyCycle
    actions: Sequence[OperationalAction]
    operations: Sequence[tuple[Operation, Profile]]

    @property
    def node(self) -> Node:
        """The cycle itself."""
        return node(Kind.CYCLE, self.cycle.code, self.cycle.code, self.cycle.title)

    def priority(self, code: str) -> Node:
        """Return one of its priorities; raises NotFound (``priority-unknown``)."""
        found = next((one for one in self.cycle.priorities if one.code == code), None)
        if found is None:
            message = _(
                "The cycle ${cycle} has no priority ${code}.",
                mapping={"cycle": self.cycle.code, "code": code},
            )
            raise NotFound("priority-unknown", message)
        return node(Kind.PRIORITY, self.cycle.code, code, found.title)

    def goal(self, code: str) -> Node:
        """Return one of its strategic goals; raises NotFound (``goal-unknown``)."""
        found = next((one for one in self.cycle.goals if one.code == code), None)
        if found is None:
            message = _(
                "The cycle ${cycle} has no strategic goal ${code}.",
                mapping={"cycle": self.cycle.code, "code": code},
            )
            raise NotFound("goal-unknown", message)
        return node(Kind.GOAL, self.cycle.code, code, found.title)

    def action(self, action: OperationalAction) -> Node:
        """Return one of its operational actions."""
        return node(Kind.ACTION, self.cycle.code, action.code, action.title)

    def serving(self, *, priority: str = "", action: str = "") -> list[Node]:
        """Return the operations that serve a priority or carry out an action."""
        return [
            operation_node(operation)
            for operation, about in self.operations
            if priority in about.facets.priorities or action in about.actions
        ]


def cycle_view(session: Session, actor: Actor, code: str) -> CycleView:
    """Return a policy cycle as the chain sees it. Raises NotFound (``cycle-unknown``)."""
    cycle = cycles.find(session, actor, code)
    wanted = select(Operation).where(Operation.cycle_id == cycle.id, Operation.exercise.is_(False))
    every = session.scalars(wanted.order_by(Operation.starts_on, Operation.code)).all()
    readable = [one for one in every if policy.allows(actor, Action.OPERATION_READ, operations.subject(one))]
    about = profiles.profiles(session, readable)
    return CycleView(
        cycle,
        cycles.list_actions(session, actor, cycle),
        [(one, about[one.id]) for one in readable if one.id in about],
    )


def of_cycle(view: CycleView) -> Neighbours:
    """Return what a cycle grew from and what serves it: recommendations adopted into it, and its priorities."""
    origins = [origin_of(action) for action in view.actions]
    return neighbours(
        view.node,
        [origin for origin in origins if origin is not None],
        [view.priority(one.code) for one in view.cycle.priorities],
    )


def of_priority(view: CycleView, code: str) -> Neighbours:
    """Return a priority's cycle, the goals it is pursued by, its actions, and the operations that serve it.

    Strategic goals hold for all priorities of a cycle; those that an action of the priority pursues stand first.
    """
    actions = [one for one in view.actions if one.priority is not None and one.priority.code == code]
    pursued = [one.goal.code for one in actions if one.goal is not None]
    goals = [*pursued, *(goal.code for goal in view.cycle.goals)]
    return neighbours(
        view.priority(code),
        [view.node],
        [
            *(view.goal(goal) for goal in goals),
            *(view.action(action) for action in actions),
            *view.serving(priority=code),
        ],
    )


def of_goal(view: CycleView, code: str) -> Neighbours:
    """Return the priorities of a goal's cycle, for all of which it holds, and the actions that pursue it.

    Those priorities stand first for which an action pursues it.
    """
    actions = [one for one in view.actions if one.goal is not None and one.goal.code == code]
    pursued = [one.priority.code for one in actions if one.priority is not None]
    priorities = [*pursued, *(one.code for one in view.cycle.priorities)]
    return neighbours(
        view.goal(code),
        [view.node, *(view.priority(priority) for priority in priorities)],
        [view.action(action) for action in actions],
    )


def of_action(view: CycleView, code: str) -> Neighbours:
    """Return an action's goal and priority, the recommendation it came from, and the operations that carry it out."""
    action = next((one for one in view.actions if one.code == code), None)
    if action is None:
        message = _(
            "The cycle ${cycle} has no operational action ${code}.",
            mapping={"cycle": view.cycle.code, "code": code},
        )
        raise NotFound("action-unknown", message)
    origin = origin_of(action)
    up = [
        view.node,
        *([view.priority(action.priority.code)] if action.priority else []),
        *([view.goal(action.goal.code)] if action.goal else []),
        *([origin] if origin else []),
    ]
    # A cycle without goals asks for none.
    hidden = () if view.cycle.goals else (Kind.GOAL,)
    return neighbours(view.action(action), up, view.serving(action=code), hidden=hidden)
