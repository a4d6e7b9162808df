"""What is asked of one person today: what is overdue, what is for today, what is coming. Plain functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")


class When(StrEnum):
    """When something is to be done, as somebody reads it in the morning."""

    OVERDUE = "overdue"
    TODAY = "today"
    COMING = "coming"


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """What is to be done then: how much there is, and the first of it."""

    when: When
    total: int
    items: Sequence[T]


def when(starts_on: date | None, due: datetime | None, now: datetime, zone: str) -> When:
    """Return when something is to be done that may begin on ``starts_on`` and is due at an instant.

    What is under way or due today is for today; days are those of ``zone``. Without a due instant it is never late.
    """
    clock = ZoneInfo(zone)
    if due is not None and due < now:
        return When.OVERDUE
    today = now.astimezone(clock).date()
    begins = starts_on or (due.astimezone(clock).date() if due is not None else today)
    return When.TODAY if begins <= today else When.COMING


def grouped(items: Iterable[T], of: Callable[[T], When], first: int) -> list[Group[T]]:
    """Return the items by when, in their order, at most ``first`` of each; what there is nothing of is left out."""
    found: dict[When, list[T]] = {each: [] for each in When}
    for item in items:
        found[of(item)].append(item)
    return [Group(each, len(members), members[:first]) for each, members in found.items() if members]
