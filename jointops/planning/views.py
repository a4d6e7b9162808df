"""The working page of a plan: one section at a time, kept as a draft while it is typed, with what others say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from jointops.cycles.models import OperationalAction, OperationalActionPlan, PolicyCycle
from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError, Stale
from jointops.kernel.i18n import LOCALES, _, label
from jointops.kernel.policy import Action
from jointops.operations import reading, rules
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.operations.readiness import section_of
from jointops.operations.views import find
from jointops.operations.views_new import language
from jointops.planning import service
from jointops.planning.cells import changes
from jointops.planning.choices import Choices
from jointops.planning.forms import GroupView, Remarks, SectionForm, field_id, field_named, form_of
from jointops.planning.models import PlanComment
from jointops.planning.service import Desk, Work
from jointops.planning.shape import Outline
from jointops.planning.told import told_section
from jointops.planning.workspace import STATUS_WORDS, Workspace, document_on, states_of, workspace
from jointops.rendering import numbers
from jointops.web.navigation import Link
from jointops.web.page import Notice, flash, see_other


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing or wrong, with the address where it is mended."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment with its answers, ready to be shown."""

    id: int
    author: str
    party: str
    when: str
    at: str
    number: int
    text: str
    resolved: str | None
    may_settle: bool
    answers: Sequence[CommentView] = ()


@view_config(route_name="operation.plan.sections", request_method="GET")
def first_section(request: Request) -> Response:
    """Lead to the first section that is incomplete."""
    operation = find(request)
    desk = _desk(request, operation)
    states = states_of(document_on(request, operation, desk))
    frame = workspace(request, operation, states, desk)
    link = frame.first_incomplete or frame.sections[0]
    return see_other(request, "operation.plan.section", code=operation.code, section=link.code)


@view_config(route_name="operation.plan.section", request_method="GET", renderer="planning/section.jinja2")
def section_page(request: Request) -> dict[str, Any]:
    """Show a section: its form to those who may change the plan, what it says to others."""
    operation = find(request)
    outline = service.outline_of(request.matchdict["section"])
    return _page(request, operation, outline, _desk(request, operation))


@view_config(route_name="operation.plan.section", request_method="POST", renderer="planning/section.jinja2")
def save_section(request: Request) -> dict[str, Any] | Response:
    """Keep the section's form as a draft, and go on to where the button leads."""
    operation = find(request)
    outline = service.outline_of(request.matchdict["section"])
    try:
        work = _save(request, operation, outline)
    except Stale as stale:
        request.response.status_int = stale.status
        return _page(
            request, operation, outline, service.desk(request.db, request.actor, operation), stale=stale
        )
    action = request.POST.get("action", "save")
    saved = (
        _("Draft saved.")
        if work.version
        else _("Nothing differs from the latest version: there is no draft.")
    )
    if action == "next":
        frame = workspace(request, operation, states_of(_latest(request, operation)), None, outline.code)
        if frame.next is not None:
            flash(request, "success", saved)
            return see_other(request, "operation.plan.section", code=operation.code, section=frame.next.code)
    flash(request, "success", saved)
    query = {"page": request.POST["page"]} if request.POST.get("page", "1") != "1" else {}
    if request.POST.get("details"):
        query["details"] = "1"
    return see_other(
        request, "operation.plan.section", code=operation.code, section=outline.code, _query=query
    )


@view_config(route_name="operation.plan.section", request_method="POST", xhr=True, renderer="json")
def autosave(request: Request) -> dict[str, Any]:
    """Keep what was typed so far, and say what is wrong and missing; asked for by the page's script."""
    operation = find(request)
    outline = service.outline_of(request.matchdict["section"])
    try:
        work = _save(request, operation, outline)
    except Stale as stale:
        request.response.status_int = stale.status
        return {"problem": request.translate(stale.message), "current": int(stale.current)}
    except DomainError as error:
        request.response.status_int = error.status
        return {"problem": request.translate(error.message)}
    desk = service.desk(request.db, request.actor, operation)
    states = states_of(document_on(request, operation, desk))
    frame = workspace(request, operation, states, desk, outline.code)
    form, remarks = _form(request, operation, outline, desk, states)
    state = states[outline.code]
    return {
        "version": work.version,
        "saved": _time(request, operation, work),
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
            link.code: {"status": link.status, "word": link.word, "draft": link.draft}
            for link in frame.sections
        },
        "progress": _progress(request, frame),
        "percent": frame.percent,
        "drafts": len(desk.works),
    }


@view_config(route_name="operation.plan.draft", request_method="POST")
def keep_or_discard(request: Request) -> Response:
    """Make one version of all drafts, or throw the draft of one section (or all) away."""
    operation = find(request)
    section = request.POST.get("section", "")
    action = request.POST.get("action", "")
    if action == "keep":
        return _keep(request, operation, section)
    count = service.discard_drafts(
        request.db, request.actor, operation, section if action == "discard" else None
    )
    flash(request, "success", _("The draft is thrown away.") if count else _("There was no draft."))
    return _back(request, operation, section)


def _keep(request: Request, operation: Operation, section: str) -> Response:
    try:
        version = service.keep_drafts(request.db, request.actor, operation, request.POST.get("note", ""))
    except DomainError as error:
        if error.status == 403:
            raise
        request.tm.doom()
        flash(request, "error", _refusal(request, error))
        return _back(request, operation, _place_of(error) or section)
    if operation.state in rules.PLANNING:
        text = _("Version ${number} of the plan is kept.", mapping={"number": version.number})
    else:
        text = _(
            "Version ${number} is kept as an amendment. It is in force once a reviewer has approved it.",
            mapping={"number": version.number},
        )
    flash(request, "success", text)
    return _back(request, operation, section)


def _refusal(request: Request, error: DomainError) -> str:
    """Say what stands in the way of a new version: the first problem, and how many more there are."""
    first: str = request.translate(error.problems[0].message)
    place = _place_of(error)
    if place is not None:
        title = label(service.outline_of(place).labels, request.locale)
        first = request.translate(_("${section}: ${problem}", mapping={"section": title, "problem": first}))
    more = len(error.problems) - 1
    if not more:
        return first
    text = _("${problem} (and ${count} more)", mapping={"problem": first, "count": more})
    return str(request.translate(text))


def _place_of(error: DomainError) -> str | None:
    pointer = error.problems[0].pointer
    return section_of(pointer) if pointer else None


def _back(request: Request, operation: Operation, section: str) -> Response:
    if not section:
        return see_other(request, "operation.plan.sections", code=operation.code)
    return see_other(request, "operation.plan.section", code=operation.code, section=section)


# --- Comments --------------------------------------------------------------------------------------------------------


@view_config(route_name="operation.plan.comments", request_method="POST")
def write_comment(request: Request) -> Response:
    """Keep a comment on the section, or an answer to one."""
    operation = find(request)
    section = request.matchdict["section"]
    given = request.POST.get("answers", "")
    try:
        service.comment(
            request.db,
            request.actor,
            operation,
            section,
            request.POST.get("text", ""),
            answers=int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None,
        )
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        request.tm.doom()
        flash(request, "error", error.message)
    return see_other(
        request, "operation.plan.section", code=operation.code, section=section, _anchor="comments"
    )


@view_config(route_name="operation.plan.comment", request_method="POST")
def settle_comment(request: Request) -> Response:
    """Settle a comment, or open it again."""
    operation = find(request)
    key = request.matchdict["comment"]
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else 0
    settled = service.settle_comment(
        request.db, request.actor, operation, number, resolved=request.POST.get("resolved", "true") == "true"
    )
    return see_other(
        request, "operation.plan.section", code=operation.code, section=settled.section, _anchor="comments"
    )


def _comments(request: Request, operation: Operation, section: str) -> list[CommentView]:
    subject = operations.subject(operation)
    may_change = policy.allows(request.actor, Action.PLAN_UPDATE, subject)
    found = service.comments(request.db, request.actor, operation, section)
    return [_comment(request, operation, item, may_change) for item in found]


def _comment(request: Request, operation: Operation, item: PlanComment, may_change: bool) -> CommentView:
    own = request.actor.id is not None and item.author_id == request.actor.id
    resolved = None
    if item.resolved_at is not None:
        when = numbers.short_instant(item.resolved_at, request.locale, operation.time_zone)
        resolved = f"{item.resolved_by}, {when}"
    return CommentView(
        id=item.id,
        author=item.author,
        party=reading.party_name(item.party, request.locale) if item.party else "",
        when=numbers.short_instant(item.created_at, request.locale, operation.time_zone),
        at=clock.iso(item.created_at),
        number=item.plan_number,
        text=item.text,
        resolved=resolved,
        may_settle=item.parent_id is None and (own or may_change),
        answers=[_comment(request, operation, answer, may_change) for answer in item.answers]
        if item.parent_id is None
        else (),
    )


# --- The page --------------------------------------------------------------------------------------------------------


def _desk(request: Request, operation: Operation) -> Desk | None:
    if not service.may_change(request.actor, operation):
        return None
    return service.desk(request.db, request.actor, operation)


def _latest(request: Request, operation: Operation) -> Any:
    return operations.document(operations.latest_plan(request.db, operation))


def _save(request: Request, operation: Operation, outline: Outline) -> Work:
    return service.save_draft(
        request.db,
        request.actor,
        operation,
        outline.code,
        _sent(request),
        base_number=_number(request.POST.get("base", "")),
        expected_version=_number(request.POST.get("version", "")),
    )


def _sent(request: Request) -> dict[str, str]:
    """Return the fields of the form: a box that is not ticked leaves the blank that is sent before it."""
    names = dict.fromkeys(name for name in request.POST if name.startswith("/"))
    return {name: ",".join(value for value in request.POST.getall(name) if value) for name in names}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _choices(request: Request, data: Mapping[str, Any]) -> Choices:
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
        _choices(request, desk.effect.data),
        written,
        kept=service.kept_cells(desk.latest, outline),
        effective=desk.effect.data,
        page=_number(request.params.get("page", "1")) or 1,
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


def _page(
    request: Request, operation: Operation, outline: Outline, desk: Desk | None, *, stale: Stale | None = None
) -> dict[str, Any]:
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
            notices=_notices(request, operation, desk, work, stale),
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
        "told": told_section(outline, document, request.locale) if form is None else None,
        "gaps": gaps,
        "problems": problems,
        "stale": stale is not None,
        "work": work,
        "saved": _time(request, operation, work),
        "base": desk.latest.number if desk else 0,
        "drafts": [link for link in frame.sections if link.draft],
        "next_number": desk.latest.number + 1 if desk else 0,
        "amends": operation.state not in rules.PLANNING,
        "writing_in": LOCALES.get(written, written),
        "comments": _comments(request, operation, outline.code),
        "may_comment": may_comment,
        "detailed": desk is not None and _detailed(request, outline, desk),
    }


def _as_sent(request: Request, outline: Outline, desk: Desk) -> Desk:
    """Return the desk with what was typed in the place of somebody else's newer draft, which stays kept."""
    work = desk.work(outline.code)
    cells = changes(outline, service.kept_cells(desk.latest, outline), _sent(request))
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


def _time(request: Request, operation: Operation, work: Work) -> str:
    if work.saved_at is None:
        return ""
    return numbers.time_of_day(work.saved_at, request.locale, operation.time_zone)
