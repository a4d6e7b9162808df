"""What the working page of a section shows: its form with what is said of it, what is missing and wrong, notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from jointops.cycles.models import OperationalAction, OperationalActionPlan, PolicyCycle
from jointops.kernel import policy
from jointops.kernel.errors import Stale
from jointops.kernel.i18n import LOCALES, _, label
from jointops.kernel.policy import Action
from jointops.operations import planadvice, rules
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.operations.plandoc import PlanDocument
from jointops.operations.views_new import language
from jointops.planning import service
from jointops.planning.cells import changes, ticks
from jointops.planning.choices import Choices
from jointops.planning.forms import GroupView, Remarks, SectionForm, field_id, field_named, form_of
from jointops.planning.service import Desk, Work
from jointops.planning.shape import Outline
from jointops.planning.told import Told, told_section
from jointops.planning.views_comments import comments_of
from jointops.planning.workspace import STATUS_WORDS, Workspace, document_on, states_of, workspace
from jointops.rendering import numbers
from jointops.web.navigation import Link
from jointops.web.page import Notice

REPORTING = "reporting"
"""The section that says what units are asked for."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing or wrong, with the address where it is mended."""

    text: str
    href: str


def section_view(
    request: Request, operation: Operation, outline: Outline, desk: Desk | None, *, stale: Stale | None = None
) -> dict[str, Any]:
    """Return what the page shows; with ``stale`` what was sent stands in the place of the newer draft."""
    document = document_on(request, operation, desk)
    states = states_of(document)
    frame = workspace(request, operation, states, desk, outline.code)
    state = states[outline.code]
    title = label(outline.labels, request.locale)
    form: SectionForm | None = None
    problems: list[Gap] = []
    gaps: list[Gap] = [Gap(request.translate(problem.message), "") for problem in state.missing]
    work = Work(outline.code, {})
    if desk is not None:
        if stale is not None:
            desk = _as_sent(request, outline, desk)
        form, _said = _form(request, operation, outline, desk, states)
        work = desk.work(outline.code)
        gaps = _gaps(request, operation, outline, form, state.missing)
        problems = _problems(request, operation, outline, desk, form)
    may_comment = policy.allows(request.actor, Action.PLAN_COMMENT, operations.subject(operation))
    written = language(request)
    return {
        "page": operation_page(
            request,
            operation,
            title,
            "plan",
            breadcrumbs=[
                Link(request.translate(_("Sections of the plan")), None),
            ],
            notices=[
                *_notices(request, operation, desk, work, stale),
                *_advice(request, outline, desk, document),
            ],
        ),
        "code": operation.code,
        "section": outline.code,
        "title": title,
        "help": label(outline.help, request.locale),
        "source": label(outline.source, request.locale),
        "state": {
            "code": state.status.value,
            "word": request.translate(STATUS_WORDS[state.status]),
            "tone": {"complete": "good", "incomplete": "warn", "not-applicable": "muted"}[state.status.value],
        },
        "frame": frame,
        "progress": _progress(request, frame),
        "form": form,
        "told": _told(request, operation, outline) if form is None else None,
        "gaps": gaps,
        "problems": problems,
        "stale": stale is not None,
        "work": work,
        "saved": _saved_at(request, operation, work),
        "base": desk.latest.number if desk else 0,
        "drafts": [link for link in frame.sections if link.draft],
        "next_number": desk.latest.number + 1 if desk else 0,
        "amends": operation.state not in rules.PLANNING,
        "writing_in": LOCALES.get(written, written),
        "comments": comments_of(request, operation, outline.code),
        "may_comment": may_comment,
        "detailed": desk is not None and _detailed(request, outline, desk),
    }


def said_after_saving(request: Request, operation: Operation, outline: Outline, work: Work) -> dict[str, Any]:
    """Return what the page's script shows once a draft is saved: what is wrong, how far all sections are."""
    desk = service.desk(request.db, request.actor, operation)
    states = states_of(document_on(request, operation, desk))
    frame = workspace(request, operation, states, desk, outline.code)
    form, remarks = _form(request, operation, outline, desk, states)
    state = states[outline.code]
    return {
        "version": work.version,
        "saved": _saved_at(request, operation, work),
        "errors": _named(remarks.errors),
        "missing": _named(remarks.missing),
        "gaps": [_data(gap) for gap in _gaps(request, operation, outline, form, state.missing)],
        "problems": [_data(gap) for gap in _problems(request, operation, outline, desk, form)],
        "moved": {field_id(name): text for name, text in _moved(form).items()},
        "status": {
            "code": state.status.value,
            "word": request.translate(STATUS_WORDS[state.status]),
        },
        "states": {
            link.code: {
                "status": link.status,
                "word": link.word,
                "icon": link.icon,
                "draft": link.draft,
            }
            for link in frame.sections
        },
        "progress": _progress(request, frame),
        "percent": frame.percent,
        "drafts": len(desk.works),
    }


def _told(request: Request, operation: Operation, outline: Outline) -> Told:
    """Return what the section says in the plan in force, for those who do not write it."""
    version = operations.plan_in_force(request.db, operation)
    return told_section(outline, operations.document(version), request.locale, service.plain(version))


def _as_sent(request: Request, outline: Outline, desk: Desk) -> Desk:
    """Return the desk with what was typed in the place of somebody else's newer draft, which stays kept."""
    work = desk.work(outline.code)
    cells = changes(outline, service.kept_cells(desk.latest, outline), sent(request))
    mine = Work(outline.code, cells, (), work.version, work.author, work.saved_at, desk.latest.number)
    return Desk(desk.latest, desk.data, {**desk.works, outline.code: mine}, desk.effect)


def _notices(
    request: Request, operation: Operation, desk: Desk | None, work: Work, stale: Stale | None
) -> list[Notice]:
    found = []
    if stale is not None:
        href = request.route_path("operation.plan.section", code=operation.code, section=work.section)
        found.append(
            Notice(
                request.translate(stale.message), "warning", href, request.translate(_("Show theirs instead"))
            )
        )
    if desk is not None and work.clashes:
        text = _(
            "Version ${number} by ${author} changed the same fields since this draft was begun. What it says stands "
            "below each of them; saving keeps what is in the fields.",
            mapping={"number": desk.latest.number, "author": desk.latest.author},
        )
        found.append(Notice(request.translate(text), "warning"))
    if desk is not None and (desk.effect.tasks_lost or desk.effect.tasks_changed):
        text = _(
            "Units that are taken out leave their tasks: ${changed} go on without them, ${lost} have nobody left and "
            "are taken out.",
            mapping={"changed": len(desk.effect.tasks_changed), "lost": len(desk.effect.tasks_lost)},
        )
        found.append(Notice(request.translate(text), "warning"))
    return found


def _advice(
    request: Request, outline: Outline, desk: Desk | None, document: PlanDocument
) -> Iterator[Notice]:
    """Yield what binds nobody, for those who write the plan's reporting."""
    if desk is not None and outline.code == REPORTING:
        for text in planadvice.advice(document):
            yield Notice(request.translate(text), "info")


def _gaps(
    request: Request, operation: Operation, outline: Outline, form: SectionForm, missing: Sequence[Any]
) -> list[Gap]:
    written = language(request)
    found = []
    for problem in missing:
        name = field_named(problem.pointer, form.names, written) or problem.pointer
        found.append(Gap(request.translate(problem.message), f"#{field_id(name)}"))
    return found


def _problems(
    request: Request, operation: Operation, outline: Outline, desk: Desk, form: SectionForm
) -> list[Gap]:
    """Return everything that keeps the drafts from becoming a version, with where it stands."""
    written = language(request)
    found = []
    for item in desk.effect.problems:
        text = request.translate(item.problem.message)
        if item.section == outline.code:
            name = field_named(item.name, form.names, written) or item.name
            found.append(Gap(text, f"#{field_id(name)}"))
        elif item.section is not None:
            title = label(service.outline_of(item.section).labels, request.locale)
            href = request.route_path(
                "operation.plan.section",
                code=operation.code,
                section=item.section,
                _anchor=field_id(field_named(item.name, (), written) or item.name),
            )
            words = _("${section}: ${problem}", mapping={"section": title, "problem": text})
            found.append(Gap(request.translate(words), href))
        else:
            found.append(Gap(text, request.route_path("operation.plan.source", code=operation.code)))
    return found


def _moved(form: SectionForm) -> dict[str, str]:
    return {
        field.name: field.value
        for part in form.parts
        if isinstance(part, GroupView)
        for field in part.fields
        if field.widget == "day" and not field.changed
    }


def _named(said: Mapping[str, str]) -> dict[str, str]:
    return {field_id(name): text for name, text in said.items()}


def _data(gap: Gap) -> dict[str, str]:
    return {"text": gap.text, "href": gap.href}


def _progress(request: Request, frame: Workspace) -> str:
    text = _("${done} of ${total} sections done", mapping={"done": frame.done, "total": frame.total})
    return str(request.translate(text))


def _saved_at(request: Request, operation: Operation, work: Work) -> str:
    if work.saved_at is None:
        return ""
    return numbers.time_of_day(work.saved_at, request.locale, operation.time_zone)


def choices_of(request: Request, data: Mapping[str, Any]) -> Choices:
    """Return what can be chosen in the fields of a plan with these data."""
    code = (data.get("policy_cycle") or {}).get("code")
    cycles = request.db.scalars(
        select(PolicyCycle).order_by(PolicyCycle.starts_on).options(selectinload(PolicyCycle.priorities))
    ).all()
    actions = request.db.scalars(
        select(OperationalAction)
        .join(OperationalAction.plan)
        .join(OperationalActionPlan.cycle)
        .where(PolicyCycle.code == code)
        .order_by(OperationalAction.id)
    ).all()
    return Choices(data, request.locale, cycles, actions)


def _form(
    request: Request, operation: Operation, outline: Outline, desk: Desk, states: Mapping[str, Any]
) -> tuple[SectionForm, Remarks]:
    """Return the form of a section with what is said of its fields."""
    work, written = desk.work(outline.code), language(request)
    said: list[Remarks] = []

    def remarks(names: frozenset[str]) -> Remarks:
        said.append(_remarks(request, outline, desk, states, names, written))
        return said[0]

    form = form_of(
        outline,
        desk.data,
        work.cells,
        choices_of(request, desk.effect.data),
        written,
        kept=service.kept_cells(desk.latest, outline),
        effective=desk.effect.data,
        page=number_in(request.params.get("page", "1")) or 1,
        opened=request.params.get("open", ""),
        detailed=_detailed(request, outline, desk),
        remarks=remarks,
    )
    return form, said[0]


def _detailed(request: Request, outline: Outline, desk: Desk) -> bool:
    """Say whether the grid shows what stands behind it: asked for, or because something in it is wrong."""
    wrong = any(item.name.startswith("/participants/") for item in desk.effect.of(outline.code))
    return bool(request.params.get("details")) or (wrong and outline.code == "participants")


def _remarks(
    request: Request,
    outline: Outline,
    desk: Desk,
    states: Mapping[str, Any],
    names: frozenset[str],
    written: str,
) -> Remarks:
    errors: dict[str, str] = {}
    for item in desk.effect.of(outline.code):
        name = field_named(item.name, names, written) or item.name
        errors.setdefault(name, request.translate(item.problem.message))
    missing: dict[str, str] = {}
    if desk.effect.document is not None:
        for problem in states[outline.code].missing:
            name = field_named(problem.pointer, names, written) or problem.pointer
            missing.setdefault(name, request.translate(problem.message))
    theirs = {clash.name: clash.theirs for clash in desk.work(outline.code).clashes}
    return Remarks(errors, missing, theirs)


def desk_of(request: Request, operation: Operation) -> Desk | None:
    """Return the drafts of the plan for those who may change it, None for others."""
    if not service.may_change(request.actor, operation):
        return None
    return service.desk(request.db, request.actor, operation)


def sent(request: Request) -> dict[str, str]:
    """Return the fields of the form: a box that is not ticked leaves the blank that is sent before it.

    The grid of participants has too many boxes for that: it says itself that it was there.
    """
    names = dict.fromkeys(name for name in request.POST if name.startswith("/"))
    if request.POST.get("grid"):
        names |= dict.fromkeys(ticks())
    return {name: ",".join(value for value in request.POST.getall(name) if value) for name in names}


def number_in(text: str) -> int:
    """Return a whole number that a form sent, 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
