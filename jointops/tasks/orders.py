"""The task order of a reporting unit: on one page who, where, when, what, with whom, and whom to call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from jointops.kernel import clock, policy
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation, ReportingUnit
from jointops.operations.page import exercise_word, marking_line
from jointops.operations.plan_words import PlanWords
from jointops.operations.plandoc import PlanDocument
from jointops.operations.reading import SCOPE_OF_DEADLINE
from jointops.rendering import numbers
from jointops.rendering.document import (
    Block,
    Column,
    Definitions,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Table,
    Text,
)
from jointops.tasks import finding, rules
from jointops.tasks.models import Task, TaskAssignment

LONGEST_INSTRUCTION, SHORTEST_INSTRUCTION = 180, 55
"""Characters of a task's instructions on the order; all of them stand on the task's page."""

INSTRUCTIONS_ON_A_PAGE = 1400
"""Characters of all tasks' instructions together for which a page has room: with more tasks each gets less."""

LONGEST_SAFEGUARD = 170
MOST_CONTACTS = 4


def order_of(session: Session, actor: Actor, operation: Operation, unit: str, locale: str) -> Document:
    """Return the task order of one unit. Raises NotAllowed, NotFound (``unit-unknown``)."""
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    return _document(session, actor, operation, [operations.find_unit(session, operation, unit)], locale)


def orders_of(
    session: Session, actor: Actor, operation: Operation, locale: str, party: str | None = None
) -> Document:
    """Return the task orders of all units, or of those of one party, each beginning on a page of its own."""
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    units = [
        unit
        for participant in operations.participants(session, actor, operation)
        for unit in participant.units
        if unit.in_plan and (party is None or participant.party == party)
    ]
    return _document(session, actor, operation, units, locale)


def _document(
    session: Session, actor: Actor, operation: Operation, units: Sequence[ReportingUnit], locale: str
) -> Document:
    plan = operations.document(operations.plan_in_force(session, operation))
    writer = _Writer(operation, plan, PlanWords(plan, locale))
    asked: dict[int, list[tuple[Task, TaskAssignment]]] = {}
    for task in finding.list_tasks(session, actor, operation):
        for assignment in task.assignments:
            if not task.cancelled and assignment.state not in rules.GIVEN_UP:
                asked.setdefault(assignment.unit_id, []).append((task, assignment))
    blocks: list[Block] = []
    for place, unit in enumerate(units):
        blocks += [PageBreak()] if place else []
        blocks += writer.order(unit, asked.get(unit.id, []))
    now = clock.now()
    say = writer.words.say
    names = label(units[0].title, locale) if len(units) == 1 else say(_("Task orders"))
    return Document(
        title=f"{names} – {label(operation.title, locale)}",
        subtitle=say(_("Task order")),
        code=operation.code,
        produced_at=now,
        as_known_at=now,
        time_zone=operation.time_zone,
        locale=locale,
        marking=marking_line(operation, locale),
        blocks=tuple(blocks),
        watermark=exercise_word(operation, locale),
        opening="none",
        contents=False,
        numbered=False,
        running_headings=True,
    )


class _Writer:
    """Writes orders of one operation in one language."""

    def __init__(self, operation: Operation, plan: PlanDocument, words: PlanWords) -> None:
        self.operation = operation
        self.plan = plan
        self.words = words
        self.locale = words.locale

    def order(self, unit: ReportingUnit, asked: Sequence[tuple[Task, TaskAssignment]]) -> list[Block]:
        say = self.words.say
        title = say(
            _(
                "Task order: ${unit} (${code})",
                mapping={"unit": label(unit.title, self.locale), "code": unit.code},
            )
        )
        blocks: list[Block] = [Heading(title), Definitions(tuple(self._head(unit)))]
        if asked:
            ordered = sorted(asked, key=lambda one: (one[0].starts_on, finding.natural(one[0].code)))
            blocks.append(self._tasks(ordered))
        else:
            blocks.append(Paragraph(say(_("No task is given to this unit."))))
        safeguards = [
            shortened(self.words.text(text), LONGEST_SAFEGUARD)
            for text in (self.plan.safeguards.fundamental_rights, self.plan.safeguards.complaints)
        ]
        shown = "\n".join(filter(None, safeguards))
        return [*blocks, Paragraph(shown, "small")] if shown else blocks

    def _head(self, unit: ReportingUnit) -> list[tuple[str, Text]]:
        say, plan = self.words.say, self.plan
        days = numbers.day_range(self.operation.starts_on, self.operation.ends_on, self.locale)
        found = [
            (say(_("Operation")), f"{label(self.operation.title, self.locale)}, {days}"),
            (say(_("Coordination centre")), self._centre()),
            (say(_("Contacts")), "; ".join(self._contacts(unit))),
            (say(_("Returns due")), self._deadline(unit)),
        ]
        areas = [area for area in plan.action_areas if area.code in unit.action_areas]
        if areas:
            found.append((say(_("Action areas")), ", ".join(self.words.text(area.title) for area in areas)))
        return [(term, value) for term, value in found if value]

    def _centre(self) -> str:
        centre = self.plan.coordination
        if centre is None:
            return ""
        country = self.words.word("countries", centre.country) if centre.country else ""
        staffed = self.words.say(_("Day and night")) if centre.around_the_clock else ""
        return ", ".join(filter(None, (self.words.text(centre.centre), centre.place, country, staffed)))

    def _contacts(self, unit: ReportingUnit) -> list[str]:
        """Return whom the unit calls: the lead, the host of the centre, its own contact points."""
        party = unit.participant.party
        host = self.plan.coordination.country if self.plan.coordination else None
        order = {one: place for place, one in enumerate((self.plan.lead, host, party)) if one}
        near = [contact for contact in self.plan.contacts if contact.party in order]
        near.sort(key=lambda contact: (order[contact.party], contact.role != "duty-officer"))
        return [
            ": ".join(filter(None, (f"{self.words.word('parties', one.party)}, {one.office}", one.reach)))
            for one in near[:MOST_CONTACTS]
        ]

    def _deadline(self, unit: ReportingUnit) -> str:
        if not unit.reports:
            return self.words.say(_("No returns are asked of this unit."))
        reporting = self.plan.reporting
        when = f"{reporting.deadline:%H:%M} {self.words.say(SCOPE_OF_DEADLINE[reporting.deadline_day])}"
        return f"{when} ({self.plan.time_zone})"

    def _tasks(self, asked: Sequence[tuple[Task, TaskAssignment]]) -> Table:
        say = self.words.say
        columns = (
            Column(say(_("When")), weight=3),
            Column(say(_("Task")), weight=9),
            Column(say(_("Where")), weight=4),
            Column(say(_("With (lead first)")), weight=4),
        )
        longest = max(SHORTEST_INSTRUCTION, min(LONGEST_INSTRUCTION, INSTRUCTIONS_ON_A_PAGE // len(asked)))
        rows = tuple(self._row(task, longest) for task, _assignment in asked)
        mandatory = any(task.mandatory for task, _assignment in asked)
        notes = (say(_("! Mandatory: done, or explained before the operation closes.")),) if mandatory else ()
        return Table(say(_("Tasks of the unit")), columns, rows, notes=notes, row_headers=False, upright=True)

    def _row(self, task: Task, longest: int) -> tuple[Text, ...]:
        title = f"{task.code}{' !' if task.mandatory else ''}  {label(task.title, self.locale)}"
        instructions = shortened(label(task.instructions, self.locale), longest)
        needed = [
            f"{one['quantity']} {self.words.word('contribution_kinds', one['kind'])}"
            for one in task.resources
        ]
        what = "\n".join(filter(None, (title, instructions, ", ".join(needed))))
        return (
            self._when(task.starts_on, task.ends_on, task.hours),
            what,
            self._where(task),
            self._who(task),
        )

    def _when(self, first: date, last: date, hours: dict[str, str] | None) -> str:
        days = numbers.day_range(first, last, self.locale)
        return f"{days}\n{hours['since']}–{hours['until']}" if hours else days

    def _where(self, task: Task) -> str:
        place = task.place
        if not place:
            return ""
        kind = self.words.word("place_kinds", place.get("kind", ""))
        country = self.words.word("countries", place["country"]) if place.get("country") else ""
        return ", ".join(filter(None, (kind, place.get("name", ""), country)))

    def _who(self, task: Task) -> str:
        parts = [one for one in task.assignments if one.state not in rules.GIVEN_UP]
        parts.sort(key=lambda one: not one.is_lead)
        leads = self.words.say(_("leads"))
        named = [f"{one.unit.code} ({leads})" if one.is_lead else one.unit.code for one in parts]
        return ", ".join(named) if len(parts) > 1 else self.words.say(_("alone"))


def shortened(text: str, longest: int) -> str:
    """Return a text on one line, cut at the end of a sentence or a word where it is longer than ``longest``."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    cut = line[:longest]
    sentence = max(cut.rfind(". "), cut.rfind("! "), cut.rfind("? "))
    if sentence > longest // 3:
        return cut[: sentence + 1]
    return cut[: cut.rfind(" ")].rstrip(",;:") + " …"
