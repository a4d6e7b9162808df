"""The frame of every page of one operation: its band, its tabs, its marking, and what has to be said of its plan."""

from __future__ import annotations

from collections.abc import Sequence

from pyramid.request import Request

from jointops.kernel.i18n import _, label, translator
from jointops.operations import service
from jointops.operations.models import Operation
from jointops.operations.rules import STATE_LABELS
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.web import page as frame
from jointops.web.navigation import Link, operation_tabs


def operation_page(
    request: Request,
    operation: Operation,
    title: str,
    active: str | None = None,
    *,
    breadcrumbs: Sequence[Link] = (),
    notices: Sequence[frame.Notice] = (),
    counts: dict[str, int | None] | None = None,
) -> frame.Page:
    """Return the frame of a page about ``operation`` called ``title``.

    ``active`` is the open tab: plan, tasks, returns, situation or evaluation (by default the one whose address begins
    the page's). ``breadcrumbs`` follow those of the operation; ``counts`` gives numbers beside tabs.
    """
    href = request.route_path("operation.plan", code=operation.code)
    return frame.page(
        request,
        title,
        operation=frame.OperationBand(
            code=operation.code,
            title=label(operation.title, request.locale),
            href=href,
            state=request.translate(STATE_LABELS[operation.state]),
            period=numbers.day_range(operation.starts_on, operation.ends_on, request.locale),
            exercise=operation.exercise,
        ),
        operation_nav=operation_tabs(
            request,
            operation.code,
            service.subject(operation),
            f"operation.{active}" if active else None,
            **(counts or {}),
        ),
        breadcrumbs=[
            Link(request.translate(_("Operations")), request.route_path("operations")),
            Link(operation.code, href, data=True),
            *breadcrumbs,
        ],
        marking=marking_of(request, operation),
        notices=[*_illustrative(request, operation), *notices],
    )


def exercise_word(operation: Operation, locale: str) -> str:
    """Return the word that lies across every page of a document of an exercise; empty for an operation."""
    return translator(locale)(_("EXERCISE")) if operation.exercise else ""


def marking_of(request: Request, operation: Operation) -> frame.Marking:
    """Return the operation's marking in the reader's language."""
    return _marking(operation, request.locale)


def marking_line(operation: Operation, locale: str) -> str:
    """Return the operation's marking in one line, as it stands on every page of a document.

    What leaves an exercise says so before anything else.
    """
    marking = _marking(operation, locale)
    parts = (
        exercise_word(operation, locale),
        f"TLP:{marking.tlp}" if marking.tlp else "",
        marking.classification,
        marking.release,
    )
    return " · ".join(part for part in parts if part)


def _marking(operation: Operation, locale: str) -> frame.Marking:
    known, marking = catalogue(), operation.marking
    groups = [known.release_groups[code] for code in marking.releasable_to if code in known.release_groups]
    classification = known.classifications.get(marking.classification)
    return frame.Marking(
        tlp=marking.tlp,
        classification=label(classification.labels, locale) if classification else marking.classification,
        release=", ".join(label(group.labels, locale) for group in groups),
    )


def _illustrative(request: Request, operation: Operation) -> list[frame.Notice]:
    document = service.document(service.plan_in_force(request.db, operation))
    if document.illustrative is None:
        return []
    text = _("Part of this operation is made up for illustration.")
    href = request.route_path("operation.plan", code=operation.code, _anchor="illustrative")
    return [
        frame.Notice(
            request.translate(text), href=href, link_text=request.translate(_("What is illustrative"))
        )
    ]
