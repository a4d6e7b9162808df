"""Plays the script of a rehearsal: each event by the service that everybody uses, as who would do it, at its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from jointops.consultation.contributions import contributions_of, line_of, put_contributions
from jointops.consultation.rules import Line
from jointops.evaluation import findings
from jointops.evaluation import service as evaluation
from jointops.evaluation.findings import ObservationEntry, RecommendationEntry
from jointops.evaluation.models import EvaluationState, ObservationKind
from jointops.kernel import clock
from jointops.kernel.errors import DomainError, Invalid
from jointops.kernel.i18n import DEFAULT_LOCALE, translator
from jointops.kernel.policy import Actor, Channel, Grant, Role
from jointops.meetings import service as meetings
from jointops.meetings.models import MeetingState
from jointops.meetings.rules import MeetingInput
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, OperationState
from jointops.rehearsal.events import Event, Kind
from jointops.returns import service as returns
from jointops.returns.explanations import explained
from jointops.situation import service as situation
from jointops.tasks import service as tasks
from jointops.tasks.conflicts import conflicts
from jointops.tasks.models import AssignmentState
from jointops.warnings import service as warnings
from jointops.warnings.models import FeedbackAnswer, WarningState

MOST_CONFLICTS = 50
MOST_REFUSALS = 50
"""Refusals that are kept of a rehearsal; more say nothing new."""

_OPEN_ITEMS_SPOKEN_OF = 4
"""How many of the open items a meeting has on its agenda, beside its own."""

_MADE_UP = "Made up for the exercise."

_CENTRE = Actor(None, "Coordination centre (exercise)", (Grant(Role.COORDINATOR),), Channel.JOB, "rehearsal")
_REVIEWER = Actor(None, "Reviewer (exercise)", (Grant(Role.REVIEWER),), Channel.JOB, "rehearsal")


@cache
def _country(party: str) -> Actor:
    grants = (Grant(Role.NATIONAL_COORDINATOR, party),)
    return Actor(None, f"{party}, national coordinator (exercise)", grants, Channel.JOB, "rehearsal")


@cache
def _unit(unit: str) -> Actor:
    return Actor(None, f"{unit} (exercise)", (Grant(Role.REPORTER, unit),), Channel.JOB, "rehearsal")


@dataclass(slots=True)
class Played:
    """What came of the events: how many of each kind went well, and what was refused, in words.

    ``conflicts`` is what was in the way among the tasks when the operation started: the kind, and the tasks' codes.
    """

    happened: Counter[str] = field(default_factory=Counter)
    refused: list[dict[str, str]] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)


def play(session: Session, operation: Operation, events: Sequence[Event], played: Played) -> None:
    """Play ``events`` in the session's transaction; what a service refuses is noted, and the others go on."""
    for event in events:
        with clock.staged(event.at):
            try:
                _play_one(session, operation, event)
            except DomainError as refusal:
                played.refused += [_refused(event, refusal)] if len(played.refused) < MOST_REFUSALS else []
                played.happened["refused"] += 1
            else:
                played.happened[event.kind] += 1
                if event.kind is Kind.START:
                    played.conflicts += _in_the_way(session, operation)


def _in_the_way(session: Session, operation: Operation) -> list[dict[str, Any]]:
    found = conflicts(session, _CENTRE, operation).open[:MOST_CONFLICTS]
    return [{"kind": one.kind.value, "tasks": list(one.tasks), "units": list(one.units)} for one in found]


def _play_one(session: Session, operation: Operation, event: Event) -> None:
    act = _ACTS[event.kind]
    if event.kind in _CHECKED_BEFORE and not (event.submission and event.submission.incidents):
        act(session, operation, event)
        return
    with session.begin_nested():
        act(session, operation, event)


_CHECKED_BEFORE = frozenset({Kind.SUBMIT, Kind.VERIFY, Kind.ACCEPT})
"""What is refused, if it is, before anything is written: it needs no savepoint, which counts with thousands."""


def _refused(event: Event, refusal: DomainError) -> dict[str, str]:
    say = translator(DEFAULT_LOCALE)
    problems = getattr(refusal, "problems", ()) or (refusal,)
    return {
        "at": clock.iso(event.at),
        "kind": event.kind.value,
        "about": " ".join(
            filter(None, (event.party, event.unit, event.task, event.warning, str(event.day or "")))
        ),
        "code": refusal.code,
        "message": " ".join(say(problem.message) for problem in problems[:3]),
    }


# --- The acts --------------------------------------------------------------------------------------------------------


def _consult(session: Session, operation: Operation, _event: Event) -> None:
    operations.transition(session, _CENTRE, operation, OperationState.CONSULTATION)


def _answer(session: Session, operation: Operation, event: Event) -> None:
    actor = _country(event.party)
    operations.answer(session, actor, operation, event.party, Answer(event.state), event.text)


def _pledge(session: Session, operation: Operation, event: Event) -> None:
    lines = [
        Line(kind=one.kind, quantity=one.quantity, days=one.days, note="Exercise") for one in event.lines
    ]
    put_contributions(session, _country(event.party), operation, event.party, lines)


def _bring(session: Session, operation: Operation, event: Event) -> None:
    actor = _country(event.party)
    came = {one.kind: one for one in event.lines}
    lines = [
        replace(line_of(row), actual_quantity=came[row.kind].quantity, actual_days=came[row.kind].days)
        for row in contributions_of(session, actor, operation, event.party).lines
    ]
    put_contributions(session, actor, operation, event.party, lines)


def _approve(session: Session, operation: Operation, _event: Event) -> None:
    operations.transition(session, _REVIEWER, operation, OperationState.APPROVED)


def _start(session: Session, operation: Operation, _event: Event) -> None:
    operations.transition(session, _CENTRE, operation, OperationState.RUNNING)


def _task(session: Session, operation: Operation, event: Event) -> None:
    actor = _country(event.unit.partition("-")[0])
    tasks.step(session, actor, operation, event.task, event.unit, AssignmentState(event.state), event.text)


def _submit(session: Session, operation: Operation, event: Event) -> None:
    assert event.submission is not None
    assert event.day is not None
    where = (session, _unit(event.unit), operation, event.unit, event.day)
    try:
        returns.submit(*where, event.submission)
    except Invalid as refused:
        returns.submit(*where, explained(event.submission, refused, _MADE_UP))


def _send_back(session: Session, operation: Operation, event: Event) -> None:
    assert event.day is not None
    actor = _country(event.unit.partition("-")[0])
    returns.send_back(session, actor, operation, event.unit, event.day, question=event.text)


def _reply(session: Session, operation: Operation, event: Event) -> None:
    assert event.day is not None
    returns.answer(session, _unit(event.unit), operation, event.unit, event.day, text=event.text)


def _verify(session: Session, operation: Operation, event: Event) -> None:
    assert event.day is not None
    actor = _country(event.unit.partition("-")[0])
    returns.verify(session, actor, operation, event.unit, event.day)


def _accept(session: Session, operation: Operation, event: Event) -> None:
    assert event.day is not None
    returns.accept(session, _CENTRE, operation, event.unit, event.day)


def _freeze(session: Session, operation: Operation, event: Event) -> None:
    assert event.day is not None
    situation.freeze_report(session, _CENTRE, operation, event.day)


def _warn(session: Session, operation: Operation, event: Event) -> None:
    assert event.sent is not None
    warnings.send(session, _of(event.unit), operation, replace(event.sent, checked=True))


def _feedback(session: Session, operation: Operation, event: Event) -> None:
    answer = FeedbackAnswer(event.state)
    warnings.give_feedback(
        session, _unit(event.unit), operation, event.warning, event.unit, answer, event.text, checked=True
    )


def _link(session: Session, operation: Operation, event: Event) -> None:
    assert event.day is not None
    where = (event.warning, event.unit, event.day, event.reference)
    warnings.link_incident(session, _unit(event.unit), operation, *where)


def _end_warning(session: Session, operation: Operation, event: Event) -> None:
    to = WarningState(event.state)
    warnings.end(session, _of(event.unit), operation, event.warning, to, event.text)


def _invite(session: Session, operation: Operation, event: Event) -> None:
    """Prepare a meeting: what the one before left, its own item, the first of what is open."""
    assert event.meets_at is not None
    given = MeetingInput(
        title="Daily meeting (exercise)", starts_at=event.meets_at, minutes=30, place="By video (exercise)"
    )
    meeting = meetings.create(session, _CENTRE, operation, given)
    number = meeting.number
    meetings.add_own(session, _CENTRE, operation, number, "Returns that are missing (exercise)")
    offered = meetings.offered(session, _CENTRE, operation, meeting)
    references = [item.reference for item in offered[:_OPEN_ITEMS_SPOKEN_OF]]
    if references:
        meetings.add_open(session, _CENTRE, operation, number, references)
    meetings.step(session, _CENTRE, operation, number, MeetingState.OPEN)


def _meet(session: Session, operation: Operation, event: Event) -> None:
    """Hold a meeting: what is spoken of for the first time last is left to the next one."""
    number = event.meeting
    meeting = meetings.step(session, _CENTRE, operation, number, MeetingState.IN_PROGRESS)
    there = [party for party in operation.parties if party not in event.absent]
    meetings.note_attendance(session, _CENTRE, operation, number, there)
    items = list(meeting.items)
    for item in items:
        left = item is items[-1] and len(items) > 1 and item.carried_from is None
        outcome = "To be looked at again tomorrow. Exercise." if left else "Spoken about. Exercise."
        meetings.write_outcome(session, _CENTRE, operation, number, item.id, outcome, settled=not left)
    if event.decided is not None:
        text = "The units that have not reported are asked what they need. Exercise."
        meetings.decide(session, _CENTRE, operation, number, items[0].id, text, event.decided)
    meetings.step(session, _CENTRE, operation, number, MeetingState.CLOSED)


def _of(unit: str) -> Actor:
    """Return who acts for a unit, or for the coordination centre where none is named."""
    return _unit(unit) if unit else _CENTRE


def _close(session: Session, operation: Operation, _event: Event) -> None:
    operations.transition(session, _CENTRE, operation, OperationState.CLOSED, "The exercise is over.")


def _evaluate(session: Session, operation: Operation, _event: Event) -> None:
    strength = ObservationEntry(
        kind=ObservationKind.STRENGTH, text="Joint results were reported under one reference. Exercise."
    )
    weakness = ObservationEntry(
        kind=ObservationKind.IMPROVEMENT,
        text="Some returns came late or not at all. Exercise.",
        root_cause="Nobody was named for the evening. Exercise.",
        capability="organisation",
    )
    findings.observe(session, _CENTRE, operation, strength)
    observed = findings.observe(session, _CENTRE, operation, weakness)
    recommendation = RecommendationEntry(
        title="Name a substitute for every reporting unit. Exercise.",
        owner="Coordination centre",
        observation=observed.code,
    )
    findings.recommend(session, _CENTRE, operation, recommendation)
    summary = "The exercise ran from the invitation to this evaluation. Nothing of it happened."
    evaluation.summarise(session, _CENTRE, operation, summary)
    evaluation.transition(session, _CENTRE, operation, EvaluationState.IN_REVIEW)


_ACTS: dict[Kind, Callable[[Session, Operation, Event], None]] = {
    Kind.CONSULTATION: _consult,
    Kind.ANSWER: _answer,
    Kind.PLEDGE: _pledge,
    Kind.BRING: _bring,
    Kind.APPROVAL: _approve,
    Kind.START: _start,
    Kind.TASK: _task,
    Kind.SUBMIT: _submit,
    Kind.SEND_BACK: _send_back,
    Kind.REPLY: _reply,
    Kind.VERIFY: _verify,
    Kind.ACCEPT: _accept,
    Kind.FREEZE: _freeze,
    Kind.WARN: _warn,
    Kind.FEEDBACK: _feedback,
    Kind.LINK: _link,
    Kind.END_WARNING: _end_warning,
    Kind.INVITE: _invite,
    Kind.MEET: _meet,
    Kind.CLOSE: _close,
    Kind.EVALUATE: _evaluate,
}
