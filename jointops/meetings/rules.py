"""What is right about meetings: plain functions over plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _, said_of
from jointops.meetings.models import ItemKind, MeetingState

TITLE_LENGTH = 200
PLACE_LENGTH = 300
ITEM_LENGTH = 300
TEXT_LENGTH = 4000
MOST_MINUTES = 24 * 60
MOST_ITEMS = 200

_D, _O, _P, _C, _X = (
    MeetingState.DRAFT,
    MeetingState.OPEN,
    MeetingState.IN_PROGRESS,
    MeetingState.CLOSED,
    MeetingState.CANCELLED,
)

STATE_LABELS: Mapping[MeetingState, str] = {
    _D: said_of("meeting", "Draft"),
    _O: said_of("meeting", "Invited"),
    _P: said_of("meeting", "In progress"),
    _C: said_of("meeting", "Closed"),
    _X: said_of("meeting", "Cancelled"),
}

KIND_LABELS: Mapping[ItemKind, str] = {
    ItemKind.OWN: _("Item of its own"),
    ItemKind.INVITATION: _("Invitation not answered"),
    ItemKind.SECTION: _("Section of the plan not complete"),
    ItemKind.COMMENT: _("Open comments on a section of the plan"),
    ItemKind.TASK: _("Task declined or overdue"),
    ItemKind.CONFLICT: _("Tasks in each other's way"),
    ItemKind.QUESTION: _("Question on a return not answered"),
    ItemKind.WARNING: _("Open warning"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step in the life of a meeting, and the word on its button."""

    source: MeetingState
    target: MeetingState
    verb: str


STEPS: tuple[Step, ...] = (
    Step(_D, _O, _("Invite")),
    Step(_O, _P, _("Begin the meeting")),
    Step(_P, _C, _("Close the meeting")),
    Step(_D, _X, _("Cancel the meeting")),
    Step(_O, _X, _("Cancel the meeting")),
)

PREPARED = frozenset({_D, _O})
"""In these states time, place and invitations are changed."""

LIVE = frozenset({_D, _O, _P})
"""In these states the agenda is changed."""


@dataclass(frozen=True, slots=True)
class MeetingInput:
    """What a meeting says of itself: ``starts_at`` is aware; ``invited`` the codes of parties, empty: all."""

    title: str
    starts_at: datetime
    minutes: int = 60
    place: str = ""
    invited: tuple[str, ...] = ()


def steps_from(state: MeetingState) -> list[Step]:
    """Return the steps that lead on from ``state``."""
    return [step for step in STEPS if step.source is state]


def problems_of(given: MeetingInput, parties: Collection[str]) -> list[Problem]:
    """Return everything that is wrong with what a meeting says, each with its place."""
    problems = [
        *text_problems("/title", given.title, TITLE_LENGTH, required=True),
        *text_problems("/place", given.place, PLACE_LENGTH),
    ]
    if not 0 < given.minutes <= MOST_MINUTES:
        message = _("A meeting takes from 1 minute to a day.")
        problems.append(Problem("bad-minutes", message, "/minutes"))
    for place, party in enumerate(given.invited):
        if party not in parties:
            message = _("“${party}” does not take part in the operation.", mapping={"party": party})
            problems.append(Problem("participant-unknown", message, f"/invited/{place}", tuple(parties)))
    return problems


def text_problems(pointer: str, text: str, longest: int, *, required: bool = False) -> list[Problem]:
    """Return what is wrong with a text."""
    if required and not text.strip():
        return [Problem("text-missing", _("Write something here."), pointer)]
    if len(text) > longest:
        message = _("This text has at most ${count} characters.", mapping={"count": longest})
        return [Problem("too-long", message, pointer)]
    return []


def moved(order: Sequence[int], key: int, by: int) -> list[int]:
    """Return the keys in ``order`` with one of them moved ``by`` places (negative: up), as far as there is room."""
    there = list(order)
    place = there.index(key)
    there.insert(max(0, min(len(there) - 1, place + by)), there.pop(place))
    return there
