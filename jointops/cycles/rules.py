"""What holds for operational actions: their states, their codes, and the plan they belong in. Plain functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol, TypeVar

from jointops.cycles.models import ActionState
from jointops.kernel.i18n import said_of

STATE_LABELS: Mapping[ActionState, str] = {
    ActionState.PROPOSED: said_of("action", "Proposed"),
    ActionState.PLANNED: said_of("action", "Planned"),
    ActionState.ONGOING: said_of("action", "Ongoing"),
    ActionState.COMPLETED: said_of("action", "Completed"),
    ActionState.POSTPONED: said_of("action", "Postponed"),
    ActionState.CANCELLED: said_of("action", "Cancelled"),
}

NEXT_STATES: Mapping[ActionState, tuple[ActionState, ...]] = {
    ActionState.PROPOSED: (ActionState.PLANNED, ActionState.POSTPONED, ActionState.CANCELLED),
    ActionState.PLANNED: (ActionState.ONGOING, ActionState.POSTPONED, ActionState.CANCELLED),
    ActionState.ONGOING: (ActionState.COMPLETED, ActionState.POSTPONED, ActionState.CANCELLED),
    ActionState.COMPLETED: (ActionState.ONGOING,),
    ActionState.POSTPONED: (ActionState.PLANNED, ActionState.ONGOING, ActionState.CANCELLED),
    ActionState.CANCELLED: (ActionState.PROPOSED,),
}
"""What can follow each state. Completed and cancelled lead back one step, so that a mistake can be mended."""

FINISHED = frozenset({ActionState.COMPLETED, ActionState.CANCELLED})
"""States in which nothing is owed any more."""

_CODE = re.compile(r"OA-(\d+)")


def can_become(source: ActionState, target: ActionState) -> bool:
    """Say whether an action may go from ``source`` to ``target``; staying as it is is no step."""
    return target in NEXT_STATES[source]


def next_code(taken: Iterable[str]) -> str:
    """Return ``OA-<n>`` with the number after the highest one in use; codes of another form do not count."""
    numbers = (int(match[1]) for code in taken if (match := _CODE.fullmatch(code)))
    return f"OA-{max(numbers, default=0) + 1}"


def overdue(state: ActionState, due_on: date | None, today: date) -> bool:
    """Say whether an action should have been finished before ``today``."""
    return due_on is not None and due_on < today and state not in FINISHED


class _Period(Protocol):
    @property
    def starts_on(self) -> date: ...

    @property
    def ends_on(self) -> date: ...


_P = TypeVar("_P", bound=_Period)


def holding(periods: Sequence[_P], day: date) -> _P | None:
    """Return the period that ``day`` falls into, else the first that begins later, else the last; None of none."""
    if not periods:
        return None
    return next((period for period in periods if day <= period.ends_on), periods[-1])
