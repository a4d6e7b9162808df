"""The working page of a plan: one section at a time, kept as a draft while it is typed."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel.errors import DomainError, NotFound, Stale
from jointops.kernel.i18n import _, label
from jointops.operations import rules
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.readiness import section_of
from jointops.operations.views import find
from jointops.planning import service
from jointops.planning.cells import ORDER
from jointops.planning.choices import SOURCES
from jointops.planning.forms import field_id, page_of, places_of
from jointops.planning.ordering import moved, runs
from jointops.planning.section_page import (
    choices_of,
    desk_of,
    number_in,
    said_after_saving,
    section_view,
    sent,
)
from jointops.planning.service import Work
from jointops.planning.shape import Outline
from jointops.planning.workspace import document_on, states_of, workspace
from jointops.web.page import flash, see_other


@view_config(route_name="operation.plan.sections", request_method="GET")
def first_section(request: Request) -> Response:
    """Lead to the first section that is incomplete."""
    operation = find(request)
    desk = desk_of(request, operation)
    states = states_of(document_on(request, operation, desk))
    frame = workspace(request, operation, states, desk)
    link = frame.first_incomplete or frame.sections[0]
    return see_other(request, "operation.plan.section", code=operation.code, section=link.code)


@view_config(route_name="operation.plan.section", request_method="GET", renderer="planning/section.jinja2")
def sectionsection_view(request: Request) -> dict[str, Any]:
    """Show a section: its form to those who may change the plan, what it says to others."""
    operation = find(request)
    outline = service.outline_of(request.matchdict["section"])
    return section_view(request, operation, outline, desk_of(request, operation))


@view_config(route_name="operation.plan.section", request_method="POST", renderer="planning/section.jinja2")
def save_section(request: Request) -> dict[str, Any] | Response:
    """Keep the section's form as a draft, and go on to where the button leads."""
    operation = find(request)
    outline = service.outline_of(request.matchdict["section"])
    try:
        work = _save(request, operation, outline)
    except Stale as stale:
        request.response.status_int = stale.status
        return section_view(
            request, operation, outline, service.desk(request.db, request.actor, operation), stale=stale
        )
    action = request.POST.get("action", "save")
    saved = (
        _("Draft saved.")
        if work.version
        else _("Nothing differs from the latest version: there is no draft.")
    )
    if action == "next":
        frame = workspace(
            request,
            operation,
            states_of(operations.document(operations.latest_plan(request.db, operation))),
            None,
            outline.code,
        )
        if frame.next is not None:
            flash(request, "success", saved)
            return see_other(request, "operation.plan.section", code=operation.code, section=frame.next.code)
    page, anchor = number_in(request.POST.get("page", "1")), None
    move, opened = request.POST.get("move"), request.POST.get("open")
    query = {"details": "1"} if request.POST.get("details") else {}
    if opened:
        query["open"], anchor = opened[:200], field_id(opened[:200])
    if move:
        said, page, anchor = _move(request, operation, outline, work, move)
        flash(request, "success", said)
    else:
        flash(request, "success", saved)
    if page > 1 and not opened:
        query["page"] = str(page)
    return see_other(
        request,
        "operation.plan.section",
        code=operation.code,
        section=outline.code,
        _query=query,
        **({"_anchor": anchor} if anchor else {}),
    )


def _move(
    request: Request, operation: Operation, outline: Outline, work: Work, move: str
) -> tuple[Any, int, str]:
    """Move an entry by one step; return what to say, and the page and the place where it stands then.

    ``move`` is what the entry's button sends: its pointer in the form, and up or down.
    """
    entry, _slash, way = move.rpartition("/")
    pointer, _slash, place = entry.rpartition("/")
    step = {"up": -1, "down": 1}.get(way, 0)
    number = work.base_number or number_in(request.POST.get("base", ""))
    version = operations.find_version(request.db, request.actor, operation, number)
    kept = service.kept_cells(version, outline)
    before = places_of(kept, work.cells, pointer)
    after = moved(before, number_in(place), step)
    if after != before:
        service.save_draft(
            request.db,
            request.actor,
            operation,
            outline.code,
            {f"{pointer}/{ORDER}": runs(after)},
            base_number=version.number,
            expected_version=work.version,
        )
    if number_in(place) not in after:
        return _("Draft saved."), number_in(request.POST.get("page", "1")), field_id(pointer)
    now = after.index(number_in(place))
    name = work.cells.get(f"{entry}/code") or kept.get(f"{entry}/code") or str(now + 1)
    said = _(
        "${entry} is now ${place} of ${count}.",
        mapping={"entry": name, "place": now + 1, "count": len(after)},
    )
    return (
        said,
        page_of(now) if pointer.count("/") == 1 else number_in(request.POST.get("page", "1")),
        field_id(entry),
    )


@view_config(route_name="operation.plan.choices", request_method="GET", renderer="json")
def plan_choices(request: Request) -> list[tuple[str, str]]:
    """Give a list of choices that is too long for the page, as codes and what they are called."""
    operation = find(request)
    desk = service.desk(request.db, request.actor, operation)
    choices = choices_of(request, desk.effect.data)
    source = request.matchdict["source"]
    if source not in SOURCES:
        raise NotFound("not-found", _("There is no list “${name}”.", mapping={"name": source[:80]}))
    return list(choices.of(source))


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
    return said_after_saving(request, operation, outline, work)


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


def _save(request: Request, operation: Operation, outline: Outline) -> Work:
    return service.save_draft(
        request.db,
        request.actor,
        operation,
        outline.code,
        sent(request),
        base_number=number_in(request.POST.get("base", "")),
        expected_version=number_in(request.POST.get("version", "")),
    )
