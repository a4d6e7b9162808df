"""The part of a rehearsal's script in which units warn one another, and meet every morning.

Pure, as the rest of the script. Warnings and meetings get the codes that the services give them in their order:
``W1``, ``W2`` and so on, and 1, 2 and so on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from jointops.operations.plandoc import PlanDocument
from jointops.rehearsal.events import Cell, Dice, Event, Kind
from jointops.tasks.book import TaskInput
from jointops.tasks.models import AssignmentState
from jointops.warnings.models import FeedbackAnswer, WarningKind, WarningState
from jointops.warnings.rules import WarningInput

_ALSO_WARNED = 4
"""So many units are warned of a consignment beside the one that finds it."""

_SILENT_SHARE = 5
"""One warned unit in so many does not answer."""

_DECIDED_EVERY = 3
"""At the first meeting, and at each so-manieth after it, something is decided that becomes a task."""

_ABSENT_SHARE = 12
"""One party in so many misses a meeting."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The events of warnings; ``found`` and ``withdrawn`` as in :class:`jointops.rehearsal.events.Script`."""

    events: tuple[Event, ...]
    found: tuple[tuple[str, str], ...]
    withdrawn: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Met:
    """The events of meetings; ``held`` is how many there are, ``decided`` the tasks that come of them."""

    events: tuple[Event, ...]
    held: int
    decided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Warned:
    """One warning with what follows, its code still to be given: warnings are numbered as they are sent."""

    events: tuple[Event, ...]
    finder: str = ""
    mistaken: bool = False


def joint_reference(owner: str, number: int) -> str:
    """Return the reference of a rehearsal's joint result: its owner's party and its number."""
    return f"{owner.partition('-')[0]}-JOINT-{number}"


# --- Warnings --------------------------------------------------------------------------------------------------------


def warnings(
    plan: PlanDocument,
    dice: Dice,
    start: datetime,
    joint: Sequence[tuple[str, str, date]],
    sent: Mapping[Cell, datetime],
    away: Collection[str],
) -> Watched:
    """Return the warnings of a rehearsal that starts at ``start``.

    Each of the first joint results (``joint``: who seized, with whom, on which day; its return is sent at ``sent``)
    follows from a warning of the partner; the coordination centre warns of a pattern that nobody sees, and one warning
    was a mistake. Units that are ``away`` are not asked.
    """
    units = [unit for unit in plan.units() if unit.code not in away]
    codes = [unit.code for unit in units]
    found = [
        _consignment(plan, dice, codes, one, joint_reference(one[0], number), sent[one[0], one[2]])
        for number, one in enumerate(joint, 1)
    ]
    first = max(_local(plan, plan.period.start, 9, 15), start + timedelta(minutes=40))
    authority = Counter(unit.authority for unit in units).most_common(1)[0][0]
    alike = [unit.code for unit in units if unit.authority == authority]
    several = [*found, _pattern(plan, dice, first, authority, alike)]
    if len(codes) > 1:
        several.append(_mistake(plan, dice, first + timedelta(hours=2), codes))
    several.sort(key=lambda one: one.events[0].at)
    coded = [(f"W{number}", one) for number, one in enumerate(several, 1)]
    return Watched(
        events=tuple(replace(event, warning=code) for code, one in coded for event in one.events),
        found=tuple((code, one.finder) for code, one in coded if one.finder),
        withdrawn=tuple(code for code, one in coded if one.mistaken),
    )


def _consignment(
    plan: PlanDocument,
    dice: Dice,
    codes: Sequence[str],
    joint: tuple[str, str, date],
    reference: str,
    returned: datetime,
) -> _Warned:
    """Return a warning on the eve, what those who were warned tell, and that it led to an incident."""
    finder, sender, day = joint
    eve = _local(plan, day - timedelta(days=1), 15, dice.below(40, "warning", finder))
    party = sender.partition("-")[0]
    others = [code for code in codes if code != finder and code.partition("-")[0] != party]
    asked = (finder, *islice(dice.shuffled(others, "warned", finder), _ALSO_WARNED))
    given = WarningInput(
        kind=WarningKind.CONSIGNMENT,
        title="A container whose seal was changed on the way (exercise)",
        watch_for="The seal differs from the papers, and the weight from what was declared. Exercise.",
        sender=sender,
        expected_at="Container terminal. Exercise.",
        until=_local(plan, day, 23, 0),
        units=asked,
    )
    events = [Event(at=eve, kind=Kind.WARN, unit=sender, sent=given)]
    for unit in asked:
        answer, text, at = FeedbackAnswer.FOUND, "Found at the terminal. Exercise.", _local(plan, day, 6, 10)
        if unit != finder:
            answer, text = FeedbackAnswer.NOT_SEEN, ""
            at = _local(plan, day, 18, dice.below(50, "feedback", unit))
            if dice.below(_SILENT_SHARE, "silent", unit, finder) == 0:
                continue
        events.append(Event(at=at, kind=Kind.FEEDBACK, unit=unit, state=answer.value, text=text))
    linked = returned + timedelta(minutes=10)
    events.append(Event(at=linked, kind=Kind.LINK, unit=finder, day=day, reference=reference))
    over = max(linked + timedelta(hours=1), _local(plan, day, 23, 10))
    events.append(Event(at=over, kind=Kind.END_WARNING, unit=sender, state=WarningState.CLOSED.value))
    return _Warned(tuple(events), finder=finder)


def _pattern(plan: PlanDocument, dice: Dice, at: datetime, authority: str, alike: Sequence[str]) -> _Warned:
    """Return a warning of the coordination centre to a type of authority, which nobody comes across."""
    given = WarningInput(
        kind=WarningKind.PATTERN,
        title="Hire vans that travel in pairs at night (exercise)",
        watch_for="Two vans of the same hirer, some minutes apart, both without a load. Exercise.",
        authority=authority,
    )
    events = [Event(at=at, kind=Kind.WARN, sent=given)]
    for unit in alike:
        if dice.below(_SILENT_SHARE, "silent", unit) and len(alike) > 1:
            seen = dice.below(2, "checked", unit)
            answer = FeedbackAnswer.CHECKED if seen else FeedbackAnswer.NOT_SEEN
            told = at + timedelta(minutes=60 + dice.below(480, "feedback on a pattern", unit))
            events.append(Event(at=told, kind=Kind.FEEDBACK, unit=unit, state=answer.value))
    over = max(_local(plan, plan.period.end, 21, 30), at + timedelta(hours=10))
    events.append(Event(at=over, kind=Kind.END_WARNING, state=WarningState.CLOSED.value))
    return _Warned(tuple(events))


def _mistake(plan: PlanDocument, dice: Dice, at: datetime, codes: Sequence[str]) -> _Warned:
    """Return a warning that its sender takes back within the hour."""
    sender, *others = dice.shuffled(codes, "warns by mistake")
    given = WarningInput(
        kind=WarningKind.VEHICLE,
        title="A lorry with a false floor (exercise)",
        watch_for="A white lorry with fresh welding below. Exercise.",
        sender=sender,
        until=_local(plan, plan.period.end, 23, 0),
        units=tuple(others[:2]),
    )
    withdrawn = Event(
        at=at + timedelta(minutes=45),
        kind=Kind.END_WARNING,
        unit=sender,
        state=WarningState.WITHDRAWN.value,
        text="It was another lorry, and it is empty. Exercise.",
    )
    return _Warned((Event(at=at, kind=Kind.WARN, unit=sender, sent=given), withdrawn), mistaken=True)


# --- Meetings --------------------------------------------------------------------------------------------------------


def meetings(
    plan: PlanDocument, dice: Dice, start: datetime, declined: str | None, away: Collection[str]
) -> Met:
    """Return a meeting on the morning of each action day, prepared on its eve, and the tasks that are decided there.

    A party that ``declined`` is never there, and nothing is decided for units that are ``away``.
    """
    units = dice.shuffled([unit.code for unit in plan.units() if unit.code not in away], "decided for")
    taken = {task.code for task in plan.tasks}
    free = (code for number in range(1, 1000) if (code := f"D{number}") not in taken)
    parties = [participant.party for participant in plan.participants]
    events: list[Event] = []
    decided: list[str] = []
    days = plan.period.days()
    for number, day in enumerate(days, 1):
        held = max(_local(plan, day, 9, 0), start + timedelta(minutes=90))
        invited = max(held - timedelta(hours=15), start + timedelta(minutes=15))
        absent = [
            party
            for party in parties
            if party == declined or not dice.below(_ABSENT_SHARE, "misses the meeting", party, number)
        ]
        task = None
        if (number - 1) % _DECIDED_EVERY == 0:
            unit = units[number % len(units)]
            task = _decided(plan, next(free), unit, day)
            decided.append(str(task.code))
            events += _carried_out(task, held)
        events += [
            Event(at=invited, kind=Kind.INVITE, meeting=number, meets_at=held),
            Event(at=held, kind=Kind.MEET, meeting=number, absent=tuple(absent), decided=task),
        ]
    return Met(tuple(events), len(days), tuple(decided))


def _decided(plan: PlanDocument, code: str, unit: str, day: date) -> TaskInput:
    return TaskInput(
        title={
            "en": "Ask the units that have not reported what they need (exercise)",
            "fr": "Demander aux unités qui n’ont pas rendu compte ce qu’il leur faut (exercice)",
        },
        kind="coordination",
        starts_on=day,
        ends_on=min(day + timedelta(days=1), plan.period.end),
        units=(unit,),
        lead=unit,
        code=code,
    )


def _carried_out(task: TaskInput, held: datetime) -> list[Event]:
    steps = (
        (AssignmentState.ACCEPTED, "", 60),
        (AssignmentState.UNDER_WAY, "", 90),
        (AssignmentState.DONE, "They were asked, and have what they need. Exercise.", 420),
    )
    return [
        Event(
            at=held + timedelta(minutes=minutes),
            kind=Kind.TASK,
            unit=task.units[0],
            task=str(task.code),
            state=state.value,
            text=text,
        )
        for state, text, minutes in steps
    ]


def _local(plan: PlanDocument, day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), ZoneInfo(plan.time_zone)).astimezone(UTC)
