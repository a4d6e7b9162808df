"""How far a plan is: each section complete, incomplete with what is missing, or not applicable for a reason.

What a section asks for is data (``reference/data/plan_sections.yaml``); what no list can say is a plain function here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.operations.plandoc import ActionArea, PlanDocument, Section, Text
from jointops.reference.catalogue import Column, Part, PlanSection, catalogue

NOT_READY = "not-ready"

Gap = tuple[str, str]
"""A JSON pointer to where something is missing, and what is missing there."""


class Status(StrEnum):
    """How far a section is."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class SectionState:
    """A section with its status: ``missing`` when it is incomplete, ``reason`` when it is not applicable."""

    section: PlanSection
    status: Status
    missing: tuple[Problem, ...] = ()
    reason: Text | None = None


def section_states(document: PlanDocument) -> tuple[SectionState, ...]:
    """Return the state of every section, in their order.

    Every missing thing has the code ``not-ready`` and points to where it belongs in the plan's plain data.
    """
    return tuple(_state(document, section) for section in catalogue().plan_sections.values())


def readiness(document: PlanDocument) -> list[Problem]:
    """Return what the plan still lacks before it can be approved: what its sections lack, in their order."""
    return [problem for state in section_states(document) for problem in state.missing]


def section_of(pointer: str) -> str | None:
    """Return the code of the section that ``pointer`` (into a plan's plain data) belongs to; None for none.

    A pointer to something that several sections share belongs to the first of them.
    """
    places = _places()
    if pointer.startswith("/sections/"):
        code = catalogue().section_code(pointer.split("/")[2])
        return code if code in catalogue().plan_sections else None
    inside = [place for place in places if pointer == place or pointer.startswith(f"{place}/")]
    if inside:
        return places[max(inside, key=len)]
    return next((code for place, code in places.items() if place.startswith(f"{pointer}/")), None)


def priority_of(document: PlanDocument, area: ActionArea) -> str | None:
    """Return the code of the priority that an action area serves: the one it names, else the one of its own code."""
    if document.policy_cycle is None:
        return None
    if area.priority is not None:
        return area.priority
    return area.code if area.code in document.policy_cycle.priorities else None


def _state(document: PlanDocument, section: PlanSection) -> SectionState:
    written = document.sections.get(section.code, Section())
    if written.not_applicable:
        gaps = list(_against_not_applicable(document, section))
        if not gaps:
            return SectionState(section, Status.NOT_APPLICABLE, (), written.not_applicable)
    else:
        gaps = [*_gaps(document, section, written), *_MORE.get(section.code, _nothing)(document)]
    missing = tuple(Problem(NOT_READY, message, pointer) for pointer, message in gaps)
    return SectionState(section, Status.INCOMPLETE if missing else Status.COMPLETE, missing)


def _gaps(document: PlanDocument, section: PlanSection, written: Section) -> Iterator[Gap]:
    if section.text_required and not written.text:
        message = (
            _("Write the section “${section}”, or say why it does not apply.")
            if section.may_be_not_applicable
            else _("Write the section “${section}”.")
        )
        yield f"/sections/{section.code}", message % {"section": section.labels}
    for part in section.parts:
        value = _value(document, part.path)
        if part.kind == "rows":
            yield from _row_gaps(section, part, value or ())
        else:
            yield from _field_gaps(part, value)


def _row_gaps(section: PlanSection, part: Part, rows: tuple[Any, ...]) -> Iterator[Gap]:
    if len(rows) < part.min:
        message = (
            _("“${part}” has no entry. Add one, or say why the section does not apply.")
            if section.may_be_not_applicable
            else _("“${part}” has no entry. Add one.")
        )
        yield part.pointer, message % {"part": part.labels}
    for n, row in enumerate(rows):
        for column in part.columns:
            if column.required and not _is_given(_value(row, column.path)):
                message = _(
                    "“${column}” is missing in entry ${entry} of “${part}”.",
                    mapping={"column": column.labels, "entry": _name(row, n), "part": part.labels},
                )
                yield f"{part.pointer}/{n}/{column.field}", message


def _field_gaps(part: Part, value: Any) -> Iterator[Gap]:
    for column in part.columns:
        if column.required and not _is_given(_value(value, column.path)):
            message = _("Fill in “${column}”.", mapping={"column": column.labels})
            yield f"{part.pointer}/{column.field}", message


def _against_not_applicable(document: PlanDocument, section: PlanSection) -> Iterator[Gap]:
    """Give why a section may not be marked as not applicable."""
    place = f"/sections/{section.code}/not_applicable"
    if not section.may_be_not_applicable:
        message = _("Every operation has the section “${section}”. Write it.")
        yield place, message % {"section": section.labels}
    for part in section.parts:
        if part.kind == "rows" and _value(document, part.path):
            message = _(
                "“${section}” is marked as not applicable, but “${part}” has entries. Remove the one or the others."
            )
            yield place, message % {"section": section.labels, "part": part.labels}
    if section.code == "strategic-context" and document.policy_cycle is not None:
        message = _(
            "“${section}” is marked as not applicable, but the plan names a policy cycle. Remove one of the two."
        )
        yield place, message % {"section": section.labels}
    if section.code == "third-countries":
        from_outside = _from_outside(document)
        if from_outside:
            message = _(
                "Partners from outside the Union take part: ${parties}. Write on what basis and what they receive.",
                mapping={"parties": from_outside},
            )
            yield place, message


def _from_outside(document: PlanDocument) -> tuple[str, ...]:
    """Return the codes of the participants that are third countries or partners on the first action day."""
    parties = catalogue().parties
    return tuple(
        participant.party
        for participant in document.participants
        if participant.party in parties
        and parties[participant.party].release_group(document.period.start) == "third"
    )


def _nothing(_document: PlanDocument) -> Iterator[Gap]:
    yield from ()


def _strategic_context(document: PlanDocument) -> Iterator[Gap]:
    if document.policy_cycle is None or not document.policy_cycle.priorities:
        message = _(
            "The operation serves no priority of a policy cycle. Choose one, or say why the section does not apply."
        )
        yield "/policy_cycle/priorities", message


def _objectives(document: PlanDocument) -> Iterator[Gap]:
    for n, objective in enumerate(document.objectives):
        if objective.target is None:
            message = _("Objective ${code} has no target.", mapping={"code": objective.code})
            yield f"/objectives/{n}/target", message


def _action_areas(document: PlanDocument) -> Iterator[Gap]:
    for n, area in enumerate(document.action_areas if document.policy_cycle else ()):
        if priority_of(document, area) is None:
            message = _(
                "Action area ${code} is tied to no priority of the policy cycle.", mapping={"code": area.code}
            )
            yield f"/action_areas/{n}/priority", message


def _participants(document: PlanDocument) -> Iterator[Gap]:
    if not document.units():
        yield "/participants", _("No participant has a reporting unit.")


def _command(document: PlanDocument) -> Iterator[Gap]:
    coordination = document.coordination
    if coordination is not None and coordination.around_the_clock and not coordination.shifts:
        yield (
            "/coordination/shifts",
            _("The coordination centre is staffed day and night, but has no shifts."),
        )


_MORE: Mapping[str, Callable[[PlanDocument], Iterator[Gap]]] = {
    "strategic-context": _strategic_context,
    "objectives": _objectives,
    "action-areas": _action_areas,
    "participants": _participants,
    "command": _command,
}
"""What sections need beyond what their description can say."""


def _value(of: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        of = getattr(of, key, None)
    return of


def _is_given(value: Any) -> bool:
    """Say whether something is there; zero and no are."""
    return value is not None and value != "" and value != () and value != {}


def _name(row: Any, n: int) -> str:
    """Return what an entry is called: its code or party, else its number, counted from 1."""
    return str(getattr(row, "code", None) or getattr(row, "party", None) or n + 1)


def _places() -> Mapping[str, str]:
    """Return where the sections' parts stand in a plan: pointer to code."""
    return {
        place: section.code
        for section in catalogue().plan_sections.values()
        for part in section.parts
        for place in ([part.pointer] if part.kind == "rows" else _field_places(part.pointer, part.columns))
    }


def _field_places(pointer: str, columns: tuple[Column, ...]) -> Iterator[str]:
    for column in columns:
        yield f"{pointer}/{column.field}"


__all__ = [
    "NOT_READY",
    "SectionState",
    "Status",
    "priority_of",
    "readiness",
    "section_of",
    "section_states",
]
