"""The board: tasks in columns by where they stand, and the steps that would take each of them to another column.

Plain functions over the rows of ``tasks.rows``. Where the reader asks for certain units, a task stands where those
units stand, and only they are moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from jointops.kernel.policy import Action
from jointops.operations.models import OperationState
from jointops.tasks import rules
from jointops.tasks.models import AssignmentState
from jointops.tasks.rows import Part, Row, Unit, Wanted
from jointops.tasks.rules import TaskState

FIRST = 25
"""Cards of a column that are shown at first: what fits on three screens."""

MORE = 50
"""Cards that every “show more” adds."""

MOST = 500
"""A column never shows more: who looks for one among them takes the filter."""

May = Callable[[Action, Unit], bool]
"""Says whether the reader has a right to the part of a unit."""


@dataclass(frozen=True, slots=True)
class Move:
    """A step to another column: for which units it is possible, in which word, and the text it needs."""

    target: AssignmentState
    verb: str
    need: rules.Need | None
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One task on the board, with the parts that the reader asks for and the moves that they may make."""

    row: Row
    parts: tuple[Part, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """The tasks in one state: how many there are, and the first cards."""

    state: TaskState
    total: int
    cards: tuple[Card, ...]

    @property
    def hidden(self) -> int:
        """How many more there are than are shown."""
        return self.total - len(self.cards)


def laid_out(
    rows: Iterable[Row],
    wanted: Wanted,
    operation: OperationState,
    may: May,
    shown: Mapping[TaskState, int] | None = None,
) -> list[Column]:
    """Return the columns, those with nothing too, the cards in the order of ``rows``, the overdue first.

    ``shown`` says how many cards of a column are wanted where it is not :data:`FIRST`.
    """
    columns: dict[TaskState, list[Row]] = {state: [] for state in TaskState}
    for row in rows:
        columns[standing(row, wanted)].append(row)
    made = []
    for state, members in columns.items():
        first = sorted(members, key=lambda row: not row.overdue)[: (shown or {}).get(state, FIRST)]
        cards = tuple(
            Card(row, wanted.parts_of(row), moves(row, wanted.parts_of(row), operation, may)) for row in first
        )
        made.append(Column(state, len(members), cards))
    return made


def standing(row: Row, wanted: Wanted) -> TaskState:
    """Return the column of a task: where the units stand that are asked for, or where all do."""
    if not wanted.by_unit:
        return row.state
    return rules.task_state([part.state for part in wanted.parts_of(row)], cancelled=row.cancelled)


def moves(row: Row, parts: Sequence[Part], operation: OperationState, may: May) -> tuple[Move, ...]:
    """Return what the reader can do with a task on the board, each possible target once, the usual one first."""
    if row.cancelled:
        return ()
    found: dict[AssignmentState, tuple[rules.Step, list[str]]] = {}
    for part in parts:
        for step in rules.steps_from(part.state):
            if operation in step.during and may(step.action, part.unit):
                found.setdefault(step.target, (step, []))[1].append(part.unit.code)
    ordered = sorted(found.values(), key=lambda item: rules.STEPS.index(item[0]))
    return tuple(Move(step.target, step.verb, step.need, tuple(units)) for step, units in ordered)
