"""The chain from policy cycle to result and back: of each thing what it serves (up) and what serves it (down).

Policy cycle → priority → strategic goal → operational action → operation → objective → indicator → task → return →
result → observation → recommendation → the next cycle's operational action. Exercises stand outside of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from jointops.cycles.models import OperationalAction
from jointops.evaluation.models import Observation, Recommendation
from jointops.operations.models import Operation


class Kind(StrEnum):
    """What a link of the chain is."""

    CYCLE = "policy-cycle"
    PRIORITY = "priority"
    GOAL = "strategic-goal"
    ACTION = "operational-action"
    OPERATION = "operation"
    OBJECTIVE = "objective"
    INDICATOR = "indicator"
    TASK = "task"
    RETURN = "return"
    RESULT = "result"
    OBSERVATION = "observation"
    RECOMMENDATION = "recommendation"


@dataclass(frozen=True, slots=True)
class Node:
    """One thing: ``where`` is the code of its cycle or operation (its own for these).

    A return's ``code`` is ``<unit>/<day>``, a result's ``<indicator>`` or ``<indicator>/<category>``.
    """

    kind: Kind
    where: str
    code: str
    title: str | tuple[tuple[str, str], ...] = ""

    @property
    def key(self) -> tuple[Kind, str, str]:
        """What tells it from all others."""
        return self.kind, self.where, self.code


def node(kind: Kind, where: str, code: str, title: str | Mapping[str, str] = "") -> Node:
    """Return a node; titles by language are kept as pairs, so that nodes can be compared."""
    return Node(kind, where, code, title if isinstance(title, str) else tuple(title.items()))


NEEDS_ABOVE: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.CYCLE: (Kind.RECOMMENDATION,),
    Kind.GOAL: (Kind.PRIORITY,),
    Kind.ACTION: (Kind.PRIORITY, Kind.GOAL, Kind.RECOMMENDATION),
    Kind.OPERATION: (Kind.PRIORITY, Kind.ACTION),
    Kind.INDICATOR: (Kind.OBJECTIVE,),
    Kind.TASK: (Kind.OBJECTIVE,),
    Kind.RETURN: (Kind.TASK,),
    Kind.RESULT: (Kind.RETURN,),
    Kind.OBSERVATION: (Kind.OBJECTIVE,),
    Kind.RECOMMENDATION: (Kind.OBSERVATION,),
}
"""What each thing should serve; a page says of what it has none."""

NEEDS_BELOW: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.CYCLE: (Kind.PRIORITY,),
    Kind.PRIORITY: (Kind.GOAL, Kind.ACTION, Kind.OPERATION),
    Kind.GOAL: (Kind.ACTION,),
    Kind.ACTION: (Kind.OPERATION,),
    Kind.OPERATION: (Kind.OBJECTIVE,),
    Kind.OBJECTIVE: (Kind.INDICATOR, Kind.TASK),
    Kind.INDICATOR: (Kind.TASK,),
    Kind.TASK: (Kind.RETURN,),
    Kind.RETURN: (Kind.RESULT,),
    Kind.RESULT: (Kind.OBSERVATION,),
    Kind.OBSERVATION: (Kind.RECOMMENDATION,),
    Kind.RECOMMENDATION: (Kind.ACTION,),
}
"""What each thing should be served by."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A kind of which a thing has none and should have one; ``about`` are codes of parts of it that lack one."""

    kind: Kind
    above: bool
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A thing with what it serves and what serves it, by kind, in the order of the chain, and what is missing."""

    here: Node
    up: tuple[tuple[Kind, tuple[Node, ...]], ...]
    down: tuple[tuple[Kind, tuple[Node, ...]], ...]
    gaps: tuple[Gap, ...] = ()


def neighbours(
    here: Node,
    up: Iterable[Node],
    down: Iterable[Node],
    *,
    hidden: Collection[Kind] = (),
    gaps: Iterable[Gap] = (),
) -> Neighbours:
    """Return a thing with its neighbours sorted by kind, each once.

    Of the kinds ``hidden``, which are not open to the person, nothing is said to be missing; ``gaps`` are more of them.
    """
    above, below = _by_kind(up), _by_kind(down)
    missing = gaps_of(here.kind, [kind for kind, _nodes in above], [kind for kind, _nodes in below], hidden)
    return Neighbours(here, above, below, (*missing, *gaps))


def gaps_of(
    kind: Kind, above: Collection[Kind], below: Collection[Kind], hidden: Collection[Kind] = ()
) -> tuple[Gap, ...]:
    """Return what a thing of this kind lacks, with these kinds above and below it."""
    above = {*above}
    if kind is Kind.OBSERVATION and Kind.RESULT in above:
        # An observation that rests on a figure needs no objective beside it.
        above.add(Kind.OBJECTIVE)
    sides = ((NEEDS_ABOVE, above, True), (NEEDS_BELOW, {*below}, False))
    return tuple(
        Gap(needed, upward)
        for needs, there, upward in sides
        for needed in needs.get(kind, ())
        if needed not in there and needed not in hidden
    )


def _by_kind(nodes: Iterable[Node]) -> tuple[tuple[Kind, tuple[Node, ...]], ...]:
    found: dict[Kind, dict[tuple[Kind, str, str], Node]] = {}
    for each in nodes:
        found.setdefault(each.kind, {}).setdefault(each.key, each)
    return tuple((kind, tuple(found[kind].values())) for kind in Kind if kind in found)


# --- Nodes ---------------------------------------------------------------------------------------------------------


def operation_node(operation: Operation) -> Node:
    """Return an operation as a link of the chain."""
    return node(Kind.OPERATION, operation.code, operation.code, operation.title)


def observation_node(operation: str, one: Observation) -> Node:
    """Return an observation as a link of the chain."""
    return node(Kind.OBSERVATION, operation, one.code, _shortened(one.text))


def recommendation_node(operation: str, one: Recommendation) -> Node:
    """Return a recommendation as a link of the chain."""
    return node(Kind.RECOMMENDATION, operation, one.code, one.title)


def action_node(action: OperationalAction) -> Node:
    """Return an operational action as a link of the chain."""
    return node(Kind.ACTION, action.plan.cycle.code, action.code, action.title)


def _shortened(text: str, longest: int = 80) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def return_node(operation: str, unit: str, day: date) -> Node:
    """Return a return as a link of the chain."""
    return node(Kind.RETURN, operation, f"{unit}/{day.isoformat()}", f"{unit} {day.isoformat()}")


def origin_of(action: OperationalAction) -> Node | None:
    """Return the recommendation that an action was adopted from."""
    if action.origin_operation is None or action.origin_recommendation is None:
        return None
    return node(Kind.RECOMMENDATION, action.origin_operation, action.origin_recommendation)
