"""What can happen in a rehearsal: its events, the script that they make, and chance that comes out the same each time.

Plain data: ``script`` writes it, ``stage`` has the services play it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypedDict

from jointops.returns.submission import Submission
from jointops.tasks.book import TaskInput
from jointops.warnings.rules import WarningInput


class Kind(StrEnum):
    """What can happen."""

    CONSULTATION = "consultation"
    ANSWER = "answer"
    PLEDGE = "pledge"
    APPROVAL = "approval"
    START = "start"
    BRING = "bring"
    TASK = "task"
    SUBMIT = "submit"
    SEND_BACK = "send-back"
    REPLY = "reply"
    VERIFY = "verify"
    ACCEPT = "accept"
    FREEZE = "freeze"
    WARN = "warn"
    FEEDBACK = "feedback"
    LINK = "link"
    END_WARNING = "end-warning"
    INVITE = "invite"
    MEET = "meet"
    CLOSE = "close"
    EVALUATE = "evaluate"


@dataclass(frozen=True, slots=True)
class Pledge:
    """What a participant pledges or brings: how many of a kind, for how many days each."""

    kind: str
    quantity: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that somebody does at the instant ``at``: which fields are filled depends on ``kind``.

    ``state`` is the answer of a participant, the state that a unit takes a task to, what a unit tells of a warning, or
    how a warning ends; ``text`` what goes with it. ``lines`` are what a participant pledges or brings. ``warning`` is
    the code of a warning, ``sent`` what it says, ``reference`` the incident that it led to. ``meeting`` is the number
    of a meeting, ``meets_at`` when it begins, ``absent`` the parties that are not there, ``decided`` the task that
    comes of its first decision.
    """

    at: datetime
    kind: Kind
    party: str = ""
    unit: str = ""
    day: date | None = None
    task: str = ""
    state: str = ""
    text: str = ""
    lines: tuple[Pledge, ...] = ()
    submission: Submission | None = None
    warning: str = ""
    sent: WarningInput | None = None
    reference: str = ""
    meeting: int = 0
    meets_at: datetime | None = None
    absent: tuple[str, ...] = ()
    decided: TaskInput | None = None


class About(TypedDict, total=False):
    """What an event is about: the fields of :class:`Event` beside its instant and kind."""

    party: str
    unit: str
    day: date | None
    task: str
    state: str
    text: str
    lines: tuple[Pledge, ...]
    submission: Submission | None
    warning: str
    sent: WarningInput | None
    reference: str
    meeting: int
    meets_at: datetime | None
    absent: tuple[str, ...]
    decided: TaskInput | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The events in their order, and what was put into them that people are to notice.

    ``end`` is the instant at which the exercise's clock stops. What is late, missing and so on are unit and day.
    ``found`` names the warnings that lead to a result with the unit that finds it, ``withdrawn`` the mistaken ones;
    ``meetings`` is how many are held, ``decided`` the tasks that are decided there.
    """

    events: tuple[Event, ...]
    end: datetime
    answer_by: datetime
    late_answers: tuple[str, ...]
    declined: str | None
    joint: tuple[tuple[str, str, date], ...]
    duplicates: tuple[tuple[str, str, date], ...]
    missing: tuple[tuple[str, date], ...]
    late: tuple[tuple[str, date], ...]
    nil: tuple[tuple[str, date], ...]
    corrected: tuple[tuple[str, date], ...]
    sent_back: tuple[tuple[str, date], ...]
    found: tuple[tuple[str, str], ...]
    withdrawn: tuple[str, ...]
    meetings: int
    decided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dice:
    """Chance that comes out the same each time."""

    seed: int

    def below(self, bound: int, *about: object) -> int:
        """Return a number from 0 to ``bound`` - 1, always the same for what it is ``about``."""
        text = "/".join(map(str, (self.seed, *about)))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % bound

    def shuffled(self, items: Iterable[str], *about: object) -> list[str]:
        """Return the items in an order that is settled by what it is about."""
        return sorted(items, key=lambda item: (self.below(1 << 40, *about, item), item))


Cell = tuple[str, date]
"""A unit and a day for which it owes a return."""
