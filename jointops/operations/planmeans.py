"""What an operation works with must mean something: its contacts, shifts, resources, money, channels and risks."""

from __future__ import annotations

from collections.abc import Iterator

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planrefs import Known, one_of, unique
from jointops.reference.catalogue import catalogue
from jointops.reference.measure import parse_quantity


def means(document: PlanDocument, known: Known) -> Iterator[Problem]:
    """Check that contacts, shifts, resources, money, channels and risks name what exists."""
    yield from _contacts(document, known)
    yield from _shifts(document, known)
    codes, areas, parties = catalogue(), known.areas, known.parties
    for n, resource in enumerate(document.resources):
        pointer = f"/resources/{n}"
        yield from one_of("unknown-resource", resource.kind, f"{pointer}/kind", codes.contribution_kinds)
        yield from one_of("unknown-action-area", resource.action_area, f"{pointer}/action_area", areas)
    for n, line in enumerate(document.budget):
        yield from one_of("unknown-source", line.source, f"/budget/{n}/source", codes.budget_sources)
        yield from one_of("not-a-participant", line.party, f"/budget/{n}/party", parties)
        try:
            parse_quantity(line.amount, "EUR", pointer=f"/budget/{n}/amount")
        except Invalid as refused:
            yield from refused.problems
    for n, channel in enumerate(document.channels):
        yield from one_of("unknown-channel", channel.code, f"/channels/{n}/code", codes.channels)
    yield from unique((risk.code for risk in document.risks), "/risks")
    for n, risk in enumerate(document.risks):
        yield from one_of("unknown-level", risk.likelihood, f"/risks/{n}/likelihood", codes.risk_levels)
        yield from one_of("unknown-level", risk.impact, f"/risks/{n}/impact", codes.risk_levels)
        yield from one_of("not-a-participant", risk.owner, f"/risks/{n}/owner", parties)


def _contacts(document: PlanDocument, known: Known) -> Iterator[Problem]:
    roles = catalogue().contact_roles
    for n, contact in enumerate(document.contacts):
        yield from one_of("not-a-participant", contact.party, f"/contacts/{n}/party", known.parties)
        yield from one_of("unknown-contact-role", contact.role, f"/contacts/{n}/role", roles)


def _shifts(document: PlanDocument, known: Known) -> Iterator[Problem]:
    for n, shift in enumerate(document.coordination.shifts if document.coordination else ()):
        pointer = f"/coordination/shifts/{n}"
        yield from one_of("not-a-participant", shift.lead, f"{pointer}/lead", known.parties)
        if shift.since == shift.until:
            message = _("The shift begins and ends at the same time. Write when it really ends.")
            yield Problem("bad-period", message, f"{pointer}/until")
