"""What a right plan still lacks before it can be approved: the checklist of the coordinator."""

from __future__ import annotations

from collections.abc import Iterator

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.operations.plandoc import PlanDocument
from jointops.reference.catalogue import catalogue


def readiness(document: PlanDocument) -> list[Problem]:
    """Return what the plan still lacks before it can be approved; nothing when it is ready.

    Every problem has the code ``not-ready`` and points to where the missing part belongs.
    """
    return [Problem("not-ready", message, pointer) for pointer, message in _gaps(document)]


def advice(document: PlanDocument) -> list[Problem]:
    """Return what a complete plan says beyond what approval waits for: sections and safeguards not written yet.

    Every problem has the code ``not-written``. The checklist follows Art. 38(3) of Regulation (EU) 2019/1896.
    """
    return [Problem("not-written", message, pointer) for pointer, message in _unwritten(document)]


def _gaps(document: PlanDocument) -> Iterator[tuple[str, str]]:
    if not document.action_areas:
        yield "/action_areas", _("The plan has no action area.")
    if not document.units():
        yield "/participants", _("No participant has a reporting unit.")
    if not document.objectives:
        yield "/objectives", _("The plan has no objective.")
    if not document.indicators:
        yield "/indicators", _("The plan asks for no indicator.")
    if not document.safeguards.fundamental_rights:
        yield (
            "/safeguards/fundamental_rights",
            _("The safeguard “${code}” is not written.", mapping={"code": "fundamental_rights"}),
        )
    if not document.safeguards.reviewer:
        yield "/safeguards/reviewer", _("Nobody is named to review the safeguards.")
    yield from _unfinished(document)


def _unfinished(document: PlanDocument) -> Iterator[tuple[str, str]]:
    for n, area in enumerate(document.action_areas):
        if area.leader is None:
            message = _("Action area ${code} has no leader.", mapping={"code": area.code})
            yield f"/action_areas/{n}/leader", message
    for n, objective in enumerate(document.objectives):
        if objective.indicator is None or objective.target is None:
            message = _("Objective ${code} has no indicator and target.", mapping={"code": objective.code})
            yield f"/objectives/{n}", message


def _unwritten(document: PlanDocument) -> Iterator[tuple[str, str]]:
    for code, safeguard in catalogue().safeguards.items():
        if safeguard.required and code != "fundamental_rights" and not getattr(document.safeguards, code):
            message = _("The safeguard “${code}” is not written.", mapping={"code": code})
            yield f"/safeguards/{code}", message
    for code, section in catalogue().plan_sections.items():
        if section.required and code not in document.sections:
            message = _(
                "The section “${code}” is neither written nor marked as not applicable.",
                mapping={"code": code},
            )
            yield f"/sections/{code}", message
