"""Tables and charts of a plan document that say more than a list of all columns would."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from jointops.kernel.i18n import _
from jointops.operations.plan_words import PlanWords
from jointops.operations.plandoc import Hours, Place, PlanDocument, PlanTask
from jointops.operations.readingmodel import Fact, Reading
from jointops.rendering import charts, numbers
from jointops.rendering.charts import Span
from jointops.rendering.document import Block, Chart, Column, Definitions, Heading, Link, Table, Text

MOST_SPANS = 36
"""Bars of a timeline that fit on a page; of more tasks it shows the action areas."""


def objectives(read: Reading, words: PlanWords) -> list[Block]:
    """Return the objectives with what measures them and their targets."""
    say = words.say
    if not read.objectives:
        return []
    columns = (
        Column(say(_("Code"))),
        Column(say(_("Objective")), weight=5),
        Column(say(_("Action area")), weight=3),
        Column(say(_("Measured by")), weight=3),
        Column(say(_("Target")), "end", weight=2),
        Column(say(_("Baseline")), "end", weight=2),
    )
    rows: list[tuple[Text, ...]] = [
        (
            row.code,
            "\n".join(filter(None, (row.title, row.description, row.note))),
            row.area or say(_("All")),
            row.indicator,
            row.target or numbers.NO_VALUE,
            row.baseline or numbers.NO_VALUE,
        )
        for row in read.objectives
    ]
    return [Table(say(_("Objectives with their targets")), columns, tuple(rows), upright=True)]


def indicators(read: Reading, words: PlanWords) -> list[Block]:
    """Return what is counted, by kind, with the definition that holds for everybody."""
    say = words.say
    columns = (
        Column(say(_("Indicator")), weight=3),
        Column(say(_("Definition")), weight=6),
        Column(say(_("Unit of measure"))),
        Column(say(_("Over the days")), weight=2),
        Column(say(_("Asked of")), weight=3),
    )
    return [
        Table(
            group.title,
            columns,
            tuple(
                (
                    f"{row.label} *" if row.required else row.label,
                    "\n".join(filter(None, (row.definition, row.categories))),
                    row.unit,
                    row.aggregation,
                    row.asked_of or say(_("All")),
                )
                for row in group.rows
            ),
            notes=(say(_("* In every return that is not nil.")),)
            if any(row.required for row in group.rows)
            else (),
            upright=True,
        )
        for group in read.indicators
    ]


def participants(plan: PlanDocument, read: Reading, words: PlanWords) -> list[Block]:
    """Return who was invited with which units, and what they answered."""
    say = words.say
    units = {participant.party: participant.units for participant in plan.participants}
    rows: list[tuple[Text, ...]] = []
    for row in read.parties:
        role = (say(_("Lead")) if row.lead else "", say(_("Observer")) if row.observer else "", row.note)
        named = [f"{unit.code} ({words.word('authority_types', unit.authority)})" for unit in units[row.code]]
        answer = f"{row.answer}: {row.conditions}" if row.conditions else row.answer
        rows.append((row.name, "\n".join(named), answer, "\n".join(filter(None, role))))
    columns = (
        Column(say(_("Participant")), weight=3),
        Column(say(_("Reporting units")), weight=5),
        Column(say(_("Answer")), weight=3),
        Column(say(_("Role and note")), weight=3),
    )
    return (
        [Table(say(_("Participants with their reporting units")), columns, tuple(rows), upright=True)]
        if rows
        else []
    )


def reporting(read: Reading) -> list[Block]:
    """Return when returns are due and how they are confirmed."""
    pairs = [(fact.term, _said(fact)) for fact in read.reporting]
    return [Definitions(tuple(pairs))]


def _said(fact: Fact) -> str:
    return fact.text or numbers.NO_VALUE


def publications(read: Reading, words: PlanWords) -> list[Block]:
    """Return what was published: by whom, when and in which words, each with its figures."""
    say = words.say
    found: list[Block] = []
    for row in read.publications:
        title = f"{row.code} {row.by}"
        pairs: list[tuple[str, Text]] = [
            (say(term), text)
            for term, text in (
                (_("When"), row.when),
                (_("In which words"), row.wording),
                (_("Note"), row.note),
            )
            if text
        ]
        pairs += [(say(_("Source")), _source(fact)) for fact in row.sources]
        found += [Heading(title, 2), Definitions(tuple(pairs))] if pairs else [Heading(title, 2)]
        if row.figures:
            columns = (
                Column(say(_("Indicator")), weight=5),
                Column(say(_("Published figure")), "end", weight=2),
            )
            figures: list[tuple[Text, ...]] = [(fact.term, _said(fact)) for fact in row.figures]
            found.append(
                Table(say(_("Figures published by ${by}", mapping={"by": row.by})), columns, tuple(figures))
            )
    return found


def _source(fact: Fact) -> Text:
    return Link(fact.term, fact.href) if fact.href else fact.term


def budget(plan: PlanDocument, words: PlanWords) -> list[Block]:
    """Return who pays what, with the sum."""
    say = words.say
    if not plan.budget:
        return []
    rows: list[tuple[Text, ...]] = [
        (
            words.word("budget_sources", line.source),
            words.word("parties", line.party) if line.party else "",
            words.text(line.purpose),
            numbers.quantity(line.amount, "€", words.locale),
        )
        for line in plan.budget
    ]
    total = sum((line.amount for line in plan.budget), Decimal(0))
    columns = (
        Column(say(_("Source")), weight=3),
        Column(say(_("Participant")), weight=3),
        Column(say(_("Purpose")), weight=5),
        Column(say(_("Amount")), "end"),
    )
    totals = (say(_("Total")), "", "", numbers.quantity(total, "€", words.locale))
    return [Table(say(_("Budget by source")), columns, tuple(rows), totals, upright=True)]


def tasks(plan: PlanDocument, words: PlanWords) -> list[Block]:
    """Return the tasks in one table for each action area: what, where, when, who, and what has to be done before."""
    say = words.say
    areas: list[tuple[str | None, str]] = [(area.code, words.text(area.title)) for area in plan.action_areas]
    known = {code for code, _title in areas}
    by_area: dict[str | None, list[PlanTask]] = {}
    for task in plan.tasks:
        by_area.setdefault(task.action_area if task.action_area in known else None, []).append(task)
    columns = (
        Column(say(_("Code"))),
        Column(say(_("Task")), weight=6),
        Column(say(_("Where")), weight=3),
        Column(say(_("When")), weight=3),
        Column(say(_("Who (lead first)")), weight=4),
        Column(say(_("After")), weight=2),
    )
    found: list[Block] = []
    for code, title in [*areas, (None, say(_("Across action areas")))]:
        chosen = by_area.get(code)
        if chosen:
            found += [Heading(title, 2)] if len(by_area) > 1 else []
            rows = tuple(_task(task, plan, words) for task in chosen)
            notes = (say(_("! Mandatory.")),) if any(task.mandatory for task in chosen) else ()
            found.append(Table(title, columns, rows, notes=notes, upright=True))
    return found


def _task(task: PlanTask, plan: PlanDocument, words: PlanWords) -> tuple[Text, ...]:
    what = [words.text(task.title), words.text(task.description)]
    needed = [f"{one.quantity} {words.word('contribution_kinds', one.kind)}" for one in task.resources]
    what += [", ".join(needed)] if needed else []
    return (
        f"{task.code} !" if task.mandatory else task.code,
        "\n".join(filter(None, what)),
        place_of(task.place, words),
        when_of(task, plan, words),
        ", ".join(units_of(task)),
        ", ".join(task.depends_on),
    )


def place_of(place: Place | None, words: PlanWords) -> str:
    """Return where a task is done: the kind of place, its name, its country."""
    if place is None:
        return ""
    country = words.word("countries", place.country) if place.country else ""
    return ", ".join(filter(None, (words.word("place_kinds", place.kind), place.name, country)))


def when_of(task: PlanTask, plan: PlanDocument, words: PlanWords) -> str:
    """Return on which days and at which hours a task is done."""
    days = task.days or (plan.period.start, plan.period.end)
    shown = numbers.day_range(days[0], days[-1], words.locale)
    return f"{shown}\n{hours_of(task.hours)}" if task.hours else shown


def hours_of(hours: Hours) -> str:
    """Return times of day as people write them."""
    return f"{hours.since:%H:%M}–{hours.until:%H:%M}"


def units_of(task: PlanTask) -> list[str]:
    """Return the codes of a task's units, the leading one first."""
    return sorted(task.units, key=lambda unit: unit != task.lead)


def timeline(plan: PlanDocument, words: PlanWords) -> list[Block]:
    """Return the chart of phases and tasks over the days; of many tasks their action areas instead."""
    say = words.say
    spans = [
        Span(words.word("phases", code), period.start, period.end, say(_("Phase")))
        for code, period in (
            ("preparatory", plan.phases.preparatory),
            ("action-days", plan.period),
            ("follow-up", plan.phases.follow_up),
        )
        if period is not None
    ]
    several = len(plan.tasks) > MOST_SPANS - len(spans)
    spans += _area_spans(plan, words) if several else _task_spans(plan, words)
    summary = say(
        _(
            "${tasks} tasks between ${first} and ${last}.",
            mapping={
                "tasks": numbers.number(len(plan.tasks), words.locale),
                "first": min(span.start for span in spans),
                "last": max(span.end for span in spans),
            },
        )
    )
    title = say(_("Phases and tasks over the days"))
    spec = charts.timeline(spans, title=title, series_title="", locale=words.locale)
    return [Chart(title, summary, spec)]


def _task_spans(plan: PlanDocument, words: PlanWords) -> list[Span]:
    kind = words.say(_("Task"))
    chosen = []
    for task in plan.tasks:
        days = task.days or (plan.period.start, plan.period.end)
        chosen.append(Span(f"{task.code} {words.text(task.title)}", days[0], days[-1], kind))
    return _sorted(chosen)


def _area_spans(plan: PlanDocument, words: PlanWords) -> list[Span]:
    kind = words.say(_("Tasks of an action area"))
    found = []
    for area in plan.action_areas:
        own = [
            task.days or (plan.period.start, plan.period.end)
            for task in plan.tasks
            if task.action_area == area.code
        ]
        if own:
            first, last = min(days[0] for days in own), max(days[-1] for days in own)
            found.append(Span(f"{words.text(area.title)} ({len(own)})", first, last, kind))
    return _sorted(found)


def _sorted(spans: Sequence[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (span.start, span.end))
