"""The frame of the working page: every section with how far it is, its draft and its comments; what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyramid.request import Request

from jointops.kernel.i18n import _, label
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import PlanDocument
from jointops.operations.readiness import SectionState, Status, section_states
from jointops.planning import service
from jointops.planning.service import Desk

STATUS_WORDS = {
    Status.COMPLETE: _("Complete"),
    Status.INCOMPLETE: _("Incomplete"),
    Status.NOT_APPLICABLE: _("Not applicable"),
}

STATUS_ICONS = {Status.COMPLETE: "ok", Status.INCOMPLETE: "half", Status.NOT_APPLICABLE: "none"}


@dataclass(frozen=True, slots=True)
class SectionLink:
    """A section in the list at the side; ``missing`` and ``comments`` are how many."""

    code: str
    title: str
    href: str
    status: str
    word: str
    icon: str
    missing: int
    comments: int
    draft: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Workspace:
    """All sections of a plan, and how many of them are done."""

    sections: Sequence[SectionLink]
    done: int
    total: int
    first_incomplete: SectionLink | None
    previous: SectionLink | None = None
    next: SectionLink | None = None

    @property
    def percent(self) -> int:
        """How far the plan is, in whole hundredths."""
        return round(100 * self.done / self.total) if self.total else 100


def states_of(document: PlanDocument) -> Mapping[str, SectionState]:
    """Return how far each section of a plan is, by its code."""
    return {state.section.code: state for state in section_states(document)}


def document_on(request: Request, operation: Operation, desk: Desk | None) -> PlanDocument:
    """Return the plan that a reader looks at: with all drafts for those who write it, else the one in force."""
    if desk is None:
        return operations.document(operations.plan_in_force(request.db, operation))
    return desk.effect.document or operations.document(desk.latest)


def workspace(
    request: Request,
    operation: Operation,
    states: Mapping[str, SectionState],
    desk: Desk | None,
    active: str | None = None,
) -> Workspace:
    """Return the sections for the list at the side; ``active`` is the open one."""
    comments = service.open_comments(request.db, operation)
    links = [
        SectionLink(
            code=code,
            title=label(state.section.labels, request.locale),
            href=request.route_path("operation.plan.section", code=operation.code, section=code),
            status=state.status.value,
            word=request.translate(STATUS_WORDS[state.status]),
            icon=STATUS_ICONS[state.status],
            missing=len(state.missing),
            comments=comments.get(code, 0),
            draft=desk is not None and code in desk.works,
            active=code == active,
        )
        for code, state in states.items()
    ]
    here = next((n for n, link in enumerate(links) if link.active), None)
    incomplete = [link for link in links if link.status == Status.INCOMPLETE]
    return Workspace(
        sections=links,
        done=len(links) - len(incomplete),
        total=len(links),
        first_incomplete=incomplete[0] if incomplete else None,
        previous=links[here - 1] if here else None,
        next=links[here + 1] if here is not None and here + 1 < len(links) else None,
    )
