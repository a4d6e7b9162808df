"""What the pages of operations show: small view models, in the reader's language, made from operations and plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.request import Request

from jointops.kernel import clock, policy
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import reading, rules, service
from jointops.operations.models import Answer, Operation, OperationState, PlanVersion
from jointops.operations.plandiff import Change
from jointops.operations.plandoc import PlanDocument
from jointops.operations.readiness import Status, section_of, section_states
from jointops.operations.readingmodel import Reading
from jointops.rendering import numbers
from jointops.web.navigation import Link

STATE_TONES = {
    OperationState.DRAFT: "muted",
    OperationState.CONSULTATION: "info",
    OperationState.APPROVED: "accent",
    OperationState.RUNNING: "good",
    OperationState.CLOSED: "neutral",
    OperationState.CANCELLED: "bad",
}

LIFE = (
    OperationState.DRAFT,
    OperationState.CONSULTATION,
    OperationState.APPROVED,
    OperationState.RUNNING,
    OperationState.CLOSED,
)

URGENCY = (
    OperationState.RUNNING,
    OperationState.APPROVED,
    OperationState.CONSULTATION,
    OperationState.DRAFT,
    OperationState.CLOSED,
    OperationState.CANCELLED,
)
"""The order of the list: what goes on comes first."""


@dataclass(frozen=True, slots=True)
class OperationRow:
    """An operation in the list; ``deadline`` is the next one of a running operation."""

    code: str
    title: str
    href: str
    state: str
    tone: str
    period: str
    lead: str
    participants: int
    answered: int
    deadline: str | None


@dataclass(frozen=True, slots=True)
class StepView:
    """A step that can come next: a button, or why there is none."""

    to: str
    verb: str
    allowed: bool
    needs_reason: bool
    obstacles: Sequence[str]
    danger: bool


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of the plan, as the history shows it."""

    number: int
    author: str
    when: str
    at: str
    note: str
    approved_by: str | None
    approved_when: str | None
    approved_as: str
    statement: str
    refused_by: str | None
    refused_when: str | None
    refusal: str
    in_force: bool
    sha256: str
    href: str
    compare: str | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change between two versions, its values written out."""

    kind: str
    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing before approval, with where it is mended."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class ReadyView:
    """How many sections of a plan are done, and where to go on: the first that is not."""

    done: int
    total: int
    percent: int
    next_title: str | None
    next_href: str


def ready_of(request: Request, operation: Operation, document: PlanDocument) -> ReadyView:
    """Return how ready a plan is."""
    states = section_states(document)
    incomplete = [state.section for state in states if state.status is Status.INCOMPLETE]
    code = incomplete[0].code if incomplete else states[0].section.code
    return ReadyView(
        done=len(states) - len(incomplete),
        total=len(states),
        percent=round(100 * (len(states) - len(incomplete)) / len(states)),
        next_title=label(incomplete[0].labels, request.locale) if incomplete else None,
        next_href=request.route_path("operation.plan.section", code=operation.code, section=code),
    )


def contents_of(request: Request, plan: Reading) -> list[Link]:
    """Return the sections that the page has."""
    sections = [
        ("glance", _("At a glance"), True, None),
        ("objectives", _("Objectives"), True, len(plan.objectives)),
        ("action-areas", _("Action areas"), True, len(plan.areas)),
        ("participants", _("Participants"), True, len(plan.parties)),
        ("indicators", _("Indicators"), True, plan.indicator_count),
        ("reporting", _("Reporting"), True, None),
        ("tasks", _("Tasks"), bool(plan.tasks), plan.task_count),
        ("safeguards", _("Safeguards"), True, None),
        ("sections", _("Sections"), True, None),
        ("publications", _("Publications"), bool(plan.publications), len(plan.publications)),
        ("sources", _("Sources"), bool(plan.sources), len(plan.sources)),
    ]
    return [
        Link(request.translate(text), f"#{anchor}", count=count)
        for anchor, text, there, count in sections
        if there
    ]


def row_of(request: Request, operation: Operation, document: PlanDocument | None) -> OperationRow:
    """Return an operation as a row of the list; ``document`` is the plan of a running one."""
    participants = [row for row in operation.participants if row.in_plan]
    due = next_deadline(document, clock.now()) if document is not None else None
    return OperationRow(
        code=operation.code,
        title=label(operation.title, request.locale),
        href=request.route_path("operation.plan", code=operation.code),
        state=request.translate(rules.STATE_LABELS[operation.state]),
        tone=STATE_TONES[operation.state],
        period=numbers.day_range(operation.starts_on, operation.ends_on, request.locale),
        lead=reading.party_name(operation.lead, request.locale),
        participants=len(participants),
        answered=sum(row.answer is not Answer.INVITED for row in participants),
        deadline=numbers.short_instant(due, request.locale, operation.time_zone) if due else None,
    )


def written(value: Any) -> str | None:
    """Write a value of a plan for people: lists with commas, keys before their values; ``None`` stays."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {written(item)}" for key, item in value.items())
    if isinstance(value, Sequence):
        return ", ".join(written(item) or "" for item in value)
    return str(value)


def next_deadline(document: PlanDocument, now: datetime) -> datetime | None:
    """Return the first deadline of a return that is still to come, ``None`` after the last."""
    return next(
        (due for due in (rules.deadline(document, day) for day in document.period.days()) if due >= now), None
    )


def changes_of(request: Request, changes: Sequence[Change]) -> list[tuple[str, list[ChangeView]]]:
    """Return changes between two versions by their sections, in the order in which they come."""
    sections: dict[str, list[ChangeView]] = {}
    for change in changes:
        view = ChangeView(change.kind, change.path, written(change.before), written(change.after))
        sections.setdefault(change.section, []).append(view)
    return [(request.translate(reading.section_title(name)), items) for name, items in sections.items()]


def life_of(request: Request, operation: Operation) -> list[Mapping[str, str]]:
    """Return the states of an operation's life with where it is; none of a cancelled one."""
    if operation.state is OperationState.CANCELLED:
        return []
    place = LIFE.index(operation.state)
    return [
        {
            "text": request.translate(rules.STATE_LABELS[state]),
            "state": "done" if n < place else "current" if n == place else "ahead",
        }
        for n, state in enumerate(LIFE)
    ]


def steps_of(request: Request, operation: Operation) -> list[StepView]:
    """Return the steps that can come next, each with what stands in its way."""
    standing = service.standing(request.db, operation)
    subject = service.subject(operation)
    views = []
    for step in rules.steps_from(operation.state):
        # What is missing in the plan has a list of its own beside the steps.
        obstacles = [
            request.translate(problem.message)
            for problem in rules.obstacles(standing, step.target)
            if problem.code != "not-ready"
        ]
        views.append(
            StepView(
                to=step.target.value,
                verb=request.translate(step.verb),
                allowed=policy.allows(request.actor, step.action, subject),
                needs_reason=rules.needs_reason(standing, step.target),
                obstacles=obstacles,
                danger=step.target is OperationState.CANCELLED,
            )
        )
    return views


def gap_of(request: Request, operation: Operation, problem: Problem) -> Gap:
    """Return something that is missing, with the page of its section, on which it is written."""
    section = section_of(problem.pointer)
    if section is None:
        href = request.route_path("operation.plan.source", code=operation.code)
    else:
        href = request.route_path("operation.plan.section", code=operation.code, section=section)
    return Gap(request.translate(problem.message), href)


def version_of(request: Request, operation: Operation, version: PlanVersion) -> VersionView:
    """Return a version of the plan as the history shows it."""
    approval, refusal = version.approval, version.refusal
    code = operation.code
    compare = None
    if version.number > 1:
        query = {"from": version.number - 1, "to": version.number}
        compare = request.route_path("operation.plan.compare", code=code, _query=query)
    return VersionView(
        number=version.number,
        author=version.author,
        when=numbers.short_instant(version.created_at, request.locale, operation.time_zone),
        at=clock.iso(version.created_at),
        note=version.note,
        approved_by=approval.approved_by if approval else None,
        approved_when=numbers.short_instant(approval.approved_at, request.locale, operation.time_zone)
        if approval
        else None,
        approved_as=approval.function if approval else "",
        statement=approval.statement if approval else "",
        refused_by=refusal.refused_by if refusal else None,
        refused_when=numbers.short_instant(refusal.refused_at, request.locale, operation.time_zone)
        if refusal
        else None,
        refusal=refusal.reason if refusal else "",
        in_force=version.number == operation.plan_number,
        sha256=version.sha256,
        href=request.route_path("operation.plan.version", code=code, number=version.number),
        compare=compare,
    )


def answers_of(request: Request, operation: Operation) -> Mapping[str, str]:
    """Return the addresses of the answers that the reader may give, by party."""
    if operation.state in rules.ENDED:
        return {}
    return {
        row.party: request.route_path("operation.answer", code=operation.code, party=row.party)
        for row in operation.participants
        if row.in_plan
        and policy.allows(
            request.actor, Action.PARTICIPANT_ANSWER, service.subject(operation, party=row.party)
        )
    }
