"""The versions of a plan: what each changed, and any two (or the drafts and their version) side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.operations.plandoc import PlanDocument
from jointops.operations.reading import section_title
from jointops.operations.shown import ChangeView, version_of, written
from jointops.operations.views import find
from jointops.planning import service
from jointops.planning.comparing import SectionDiff, Window, compare
from jointops.web.navigation import Link

DRAFT = "draft"

VERSIONS_SHOWN = 20

ENTRIES_SHOWN = 50
"""Entries of one list that are compared on a page: of more the others are on further pages of their section."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a version, or the drafts."""

    title: str
    document: PlanDocument
    data: Mapping[str, Any]
    href: str
    author: str = ""
    when: str = ""
    note: str = ""


@view_config(route_name="operation.plan.versions", request_method="GET", renderer="planning/versions.jinja2")
def versions_page(request: Request) -> dict[str, Any]:
    """Show the versions of the plan with who wrote and approved them, and what each changed."""
    operation = find(request)
    versions = operations.versions(request.db, request.actor, operation)
    page = max(1, _number(request.GET.get("page", "1")))
    first = (page - 1) * VERSIONS_SHOWN
    shown = versions[first : first + VERSIONS_SHOWN + 1]
    logs = service.change_logs(request.db, request.actor, operation, shown, request.locale)
    title = _("Versions of the plan")
    address = request.route_path("operation.plan.versions", code=operation.code)
    return {
        "page": operation_page(
            request, operation, title, "plan", breadcrumbs=[Link(request.translate(title), None)]
        ),
        "versions": [
            (version_of(request, operation, version), logs.get(version.number, ()))
            for version in shown[:VERSIONS_SHOWN]
        ],
        "in_force": operation.plan_number,
        "numbers": [(str(version.number), str(version.number)) for version in versions],
        "compare": request.route_path("operation.plan.compare", code=operation.code),
        "drafts": len(service.drafted_sections(request.db, operation))
        if service.may_change(request.actor, operation)
        else 0,
        "previous": f"{address}?page={page - 1}" if page > 1 else None,
        "next": f"{address}?page={page + 1}" if len(shown) > VERSIONS_SHOWN else None,
    }


@view_config(route_name="operation.plan.compare", request_method="GET", renderer="planning/compare.jinja2")
def compare_page(request: Request) -> dict[str, Any]:
    """Show two versions side by side; ``?to=draft`` compares the drafts with the latest version."""
    operation = find(request)
    if request.GET.get("to") == DRAFT:
        before, after = _draft_sides(request, operation)
    else:
        before, after = (_side(request, operation, request.GET.get(end, "")) for end in ("from", "to"))
    section, page = request.GET.get("section", ""), _page_asked(request)
    window = Window(ENTRIES_SHOWN, section, (page - 1) * ENTRIES_SHOWN)
    sections = compare(
        before.document, after.document, request.locale, data=(before.data, after.data), window=window
    )
    if section:
        sections = [one for one in sections if one.code == section]
    title = _("${before} and ${after}", mapping={"before": before.title, "after": after.title})
    versions = request.route_path("operation.plan.versions", code=operation.code)
    return {
        "page": operation_page(
            request,
            operation,
            title,
            "plan",
            breadcrumbs=[Link(request.translate(_("Versions of the plan")), versions)],
        ),
        "code": operation.code,
        "before": before,
        "after": after,
        "sections": [section for section in sections if section.count],
        "same": [section for section in sections if not section.count],
        "others": _others(request, sections),
        "count": sum(section.count for section in sections),
        "versions": versions,
        "paged": _paged(request, sections, section, page),
        "more": {
            one.code: _compare_address(request, operation, section=one.code)
            for one in sections
            if not section and any(part.count > len(part.rows) for part in one.parts)
        },
        "whole": _compare_address(request, operation) if section else None,
        "numbers": [
            (str(version.number), str(version.number))
            for version in operations.versions(request.db, request.actor, operation)
        ],
        "chosen": (request.GET.get("from", ""), request.GET.get("to", "")),
        "address": request.route_path("operation.plan.compare", code=operation.code),
    }


def _side(request: Request, operation: Operation, number: str) -> Side:
    version = operations.find_version(request.db, request.actor, operation, _number(number))
    view = version_of(request, operation, version)
    return Side(
        request.translate(_("Version ${number}", mapping={"number": version.number})),
        operations.document(version),
        service.plain(version),
        view.href,
        view.author,
        view.when,
        view.note,
    )


def _draft_sides(request: Request, operation: Operation) -> tuple[Side, Side]:
    desk = service.desk(request.db, request.actor, operation)
    before = _side(request, operation, str(desk.latest.number))
    if desk.effect.document is None:
        message = _(
            "Something in the drafts is wrong, so that they cannot be compared: it stands on their sections' pages."
        )
        raise NotFound("draft-not-readable", message)
    authors = ", ".join(dict.fromkeys(work.author for work in desk.works.values()))
    href = request.route_path("operation.plan.sections", code=operation.code)
    return before, Side(
        request.translate(_("Drafts")), desk.effect.document, desk.effect.canonical, href, authors
    )


def _page_asked(request: Request) -> int:
    page = request.GET.get("page", "1")
    return max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1


def _compare_address(request: Request, operation: Operation, **further: str) -> str:
    query = {end: request.GET[end] for end in ("from", "to") if end in request.GET}
    address: str = request.route_path(
        "operation.plan.compare", code=operation.code, _query={**query, **further}
    )
    return address


def _paged(
    request: Request, sections: Sequence[SectionDiff], section: str, page: int
) -> dict[str, Any] | None:
    """Return where the pages of one section lead, for a section whose entries do not fit on one."""
    count = max((part.count for one in sections for part in one.parts), default=0)
    if not section or count <= ENTRIES_SHOWN:
        return None

    def address(number: int) -> str:
        return f"{request.path}?{urlencode({**request.GET, 'page': number})}"

    first = (page - 1) * ENTRIES_SHOWN
    return {
        "previous": address(page - 1) if page > 1 else None,
        "next": address(page + 1) if first + ENTRIES_SHOWN < count else None,
        "text": f"{first + 1}–{min(first + ENTRIES_SHOWN, count)} / {count}",
    }


def _others(request: Request, sections: Sequence[SectionDiff]) -> list[tuple[str, ChangeView]]:
    return [
        (
            request.translate(section_title(change.section)),
            ChangeView(change.kind, change.path, written(change.before), written(change.after)),
        )
        for section in sections
        for change in section.others
    ]


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise NotFound("not-found", _("There is no version “${text}”.", mapping={"text": text[:40]}))
