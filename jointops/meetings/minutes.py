"""A meeting as a document: its agenda before, its minutes from when it is in progress."""

from __future__ import annotations

from datetime import timedelta

from jointops.kernel.i18n import _, label, translator
from jointops.meetings import names, rules
from jointops.meetings.models import AgendaItem, Decision, ItemKind, Meeting, MeetingState
from jointops.operations.models import Operation
from jointops.operations.page import exercise_word
from jointops.rendering import numbers
from jointops.rendering.document import (
    Block,
    Column,
    Document,
    Endorsement,
    Heading,
    Link,
    Paragraph,
    Table,
    Text,
)

HELD = frozenset({MeetingState.IN_PROGRESS, MeetingState.CLOSED})


def minutes_of(
    operation: Operation, meeting: Meeting, locale: str, url: names.Href, marking: str = ""
) -> Document:
    """Return the document of a meeting; ``url`` makes absolute addresses. The same meeting gives the same bytes."""
    say = translator(locale)
    held = meeting.state in HELD
    title = _("Minutes: ${title}") if held else _("Agenda: ${title}")
    return Document(
        title=say(title % {"title": meeting.title}),
        subtitle=label(operation.title, locale),
        code=f"{operation.code} · {meeting.number}",
        produced_at=meeting.changed_at,
        time_zone=operation.time_zone,
        locale=locale,
        marking=marking,
        metadata=_facts(operation, meeting, locale, held=held),
        watermark=exercise_word(operation, locale),
        blocks=(
            *_agenda(meeting, locale),
            *(_outcomes(operation, meeting, locale, url) if held else ()),
            *(_decisions(operation, meeting, locale, url) if held else ()),
            *(_closing(operation, meeting, locale) if meeting.state is MeetingState.CLOSED else ()),
        ),
    )


def _facts(
    operation: Operation, meeting: Meeting, locale: str, *, held: bool
) -> tuple[tuple[str, Text], ...]:
    say, zone = translator(locale), operation.time_zone
    end = meeting.starts_at + timedelta(minutes=meeting.minutes)
    when = f"{numbers.instant(meeting.starts_at, locale, zone)} – {numbers.time_of_day(end, locale, zone)}"
    state = say(rules.STATE_LABELS[meeting.state])
    facts: list[tuple[str, Text]] = [(say(_("State")), state), (say(_("When")), when)]
    if meeting.place:
        facts.append((say(_("Where")), meeting.place))
    invited = names.parties_text(meeting.invited, locale) if meeting.invited else say(_("All participants"))
    facts.append((say(_("Invited")), invited))
    if held:
        there = names.presence(meeting, operation, locale)
        facts += [(say(term), text) for term, text in there or [(_("Present"), say(_("Not noted")))]]
    if meeting.previous is not None:
        facts.append((say(_("Follows meeting")), str(meeting.previous.number)))
    return tuple(facts)


def _agenda(meeting: Meeting, locale: str) -> list[Block]:
    say = translator(locale)
    rows = tuple(
        (
            str(place),
            names.title_of(item.kind, item.title, locale),
            say(rules.KIND_LABELS[item.kind]) if item.kind is not ItemKind.OWN else numbers.NO_VALUE,
            str(item.carried_from) if item.carried_from else numbers.NO_VALUE,
        )
        for place, item in enumerate(meeting.items, 1)
    )
    columns = (
        Column(say(_("No.")), "end"),
        Column(say(_("Item")), weight=4),
        Column(say(_("What it is about")), weight=2),
        Column(say(_("Open since meeting")), "end"),
    )
    return [Heading(say(_("Agenda"))), Table(say(_("Items of the agenda")), columns, rows)]


def _outcomes(operation: Operation, meeting: Meeting, locale: str, url: names.Href) -> list[Block]:
    say = translator(locale)
    blocks: list[Block] = [Heading(say(_("Outcomes")))]
    for item in meeting.items:
        blocks.append(Heading(names.title_of(item.kind, item.title, locale), 2))
        if item.note:
            blocks.append(Paragraph(item.note, "small"))
        blocks += [
            Paragraph(part.strip())
            for part in (item.outcome or say(_("No outcome was written."))).split("\n\n")
            if part.strip()
        ]
        blocks += [
            Paragraph(say(_("Decided: ${text}", mapping={"text": decision.text})))
            for decision in item.decisions
        ]
        blocks.append(Paragraph(_settled(item, locale), "small"))
    return blocks


def _settled(item: AgendaItem, locale: str) -> str:
    say = translator(locale)
    return say(_("Settled.")) if item.settled else say(_("Open: the next meeting takes it over."))


def _decisions(operation: Operation, meeting: Meeting, locale: str, url: names.Href) -> list[Block]:
    say = translator(locale)
    found = [(place, d) for place, item in enumerate(meeting.items, 1) for d in item.decisions]
    if not found:
        return []
    rows = tuple(
        (str(place), decision.text, *_task(operation, decision, locale, url)) for place, decision in found
    )
    columns = (
        Column(say(_("Item")), "end"),
        Column(say(_("Decision")), weight=4),
        Column(say(_("Task")), weight=2),
        Column(say(_("Units")), weight=2),
        Column(say(_("Until"))),
    )
    return [Heading(say(_("Decisions"))), Table(say(_("Decisions and the tasks they became")), columns, rows)]


def _task(operation: Operation, decision: Decision, locale: str, url: names.Href) -> tuple[Text, Text, Text]:
    task = decision.task
    if task is None:
        return (numbers.NO_VALUE, numbers.NO_VALUE, numbers.NO_VALUE)
    name = f"{task.code} {label(task.title, locale)}"
    return (
        Link(name, url("operation.task", code=operation.code, task=task.code)),
        ", ".join(assignment.unit.code for assignment in task.assignments),
        numbers.short_day(task.ends_on, locale),
    )


def _closing(operation: Operation, meeting: Meeting, locale: str) -> list[Block]:
    say = translator(locale)
    assert meeting.closed_at is not None
    return [
        Endorsement(
            say(_("These are the minutes of the meeting.")),
            name=meeting.closed_by,
            role=say(_("Operation coordinator")),
            signed_at=numbers.instant(meeting.closed_at, locale, operation.time_zone),
        )
    ]
