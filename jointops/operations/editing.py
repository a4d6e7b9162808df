"""Changes to a plan as people make them: documents in, documents out. What they mean is checked on saving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import TypeVar

from jointops.operations.plandoc import (
    Contact,
    Participant,
    Period,
    PlanDocument,
    PlanTask,
    Reporting,
    ReportingException,
    Text,
)
from jointops.operations.plantemplate import shifted
from jointops.reference.catalogue import catalogue

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basics:
    """What changes at the head of a plan; ``None`` stays as it is. Texts are merged language by language."""

    title: Text | None = None
    summary: Text | None = None
    start: date | None = None
    end: date | None = None
    lead: str | None = None
    deadline: time | None = None
    deadline_day: str | None = None
    grace_minutes: int | None = None
    freeze_days_after_end: int | None = None


def with_basics(document: PlanDocument, basics: Basics) -> PlanDocument:
    """Return ``document`` with other basics.

    Another first day moves every day of the plan along with it. Days that would lie outside the new period then are
    brought to its nearest day, and phases to its edge.
    """
    if basics.start is not None and basics.start != document.period.start:
        document = shifted(document, basics.start - document.period.start)
    if basics.end is not None and basics.end != document.period.end:
        document = _ending(document, basics.end)
    reporting = document.reporting
    changed: PlanDocument = replace(
        document,
        title=merged(document.title, basics.title),
        summary=merged(document.summary, basics.summary),
        lead=catalogue().party_code(_given(basics.lead, document.lead)),
        reporting=replace(
            reporting,
            deadline=_given(basics.deadline, reporting.deadline),
            deadline_day=_given(basics.deadline_day, reporting.deadline_day),
            grace_minutes=_given(basics.grace_minutes, reporting.grace_minutes),
            freeze_days_after_end=_given(basics.freeze_days_after_end, reporting.freeze_days_after_end),
        ),
    )
    return changed


def merged(texts: Text, new: Text | None) -> Text:
    """Return ``texts`` with the languages of ``new`` put in; a blank text takes its language out."""
    together = {**texts, **(new or {})}
    return {language: text for language, text in together.items() if text.strip()}


def with_participant(document: PlanDocument, participant: Participant) -> PlanDocument:
    """Return ``document`` with ``participant`` in the place of the same party, or after the others."""
    others = document.participants
    if any(other.party == participant.party for other in others):
        places = tuple(participant if other.party == participant.party else other for other in others)
    else:
        places = (*others, participant)
    return _without_lost_units(replace(document, participants=places))


def with_contacts(document: PlanDocument, party: str, contacts: Sequence[Contact]) -> PlanDocument:
    """Return ``document`` with exactly these contact points of ``party``, in the place of those that it had."""
    there = [n for n, contact in enumerate(document.contacts) if contact.party == party]
    place = there[0] if there else len(document.contacts)
    others = [contact for contact in document.contacts if contact.party != party]
    return replace(document, contacts=(*others[:place], *contacts, *others[place:]))


def _without_lost_units(document: PlanDocument) -> PlanDocument:
    """Take units that are no longer in the plan out of its tasks and exceptions; a task without units goes too."""
    units = {unit.code for unit in document.units()}
    return replace(
        document,
        tasks=tuple(_tasks_of(document.tasks, units)),
        reporting=replace(
            document.reporting, exceptions=tuple(_exceptions_of(document.reporting.exceptions, units))
        ),
    )


def _tasks_of(tasks: Iterable[PlanTask], units: set[str]) -> Iterable[PlanTask]:
    for task in tasks:
        left = tuple(unit for unit in task.units if unit in units)
        if left:
            yield replace(task, units=left, lead=task.lead if task.lead in units else None)


def _exceptions_of(exceptions: Iterable[ReportingException], units: set[str]) -> Iterable[ReportingException]:
    for exception in exceptions:
        left = tuple(unit for unit in exception.units if unit in units)
        if left:
            yield replace(exception, units=left)


def _ending(document: PlanDocument, end: date) -> PlanDocument:
    """Return ``document`` with another last action day, and everything that hangs on it."""
    period = Period(start=document.period.start, end=end)
    follow_up = document.phases.follow_up
    if follow_up is not None:
        start = max(follow_up.start + (end - document.period.end), period.start)
        follow_up = Period(start=start, end=max(follow_up.end, start))
    moved: PlanDocument = replace(
        document, period=period, phases=replace(document.phases, follow_up=follow_up)
    )
    span = moved.span()
    return replace(
        moved,
        tasks=tuple(
            replace(task, days=tuple(min(max(day, span.start), span.end) for day in task.days))
            for task in moved.tasks
        ),
        reporting=_within(moved.reporting, period),
    )


def _within(reporting: Reporting, period: Period) -> Reporting:
    exceptions = tuple(
        replace(exception, days=tuple(day for day in exception.days if day in period))
        for exception in reporting.exceptions
    )
    return replace(reporting, exceptions=exceptions)


def _given(new: _Value | None, old: _Value) -> _Value:
    return old if new is None else new
