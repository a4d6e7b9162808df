"""What holds for lessons: which fit a plan and why, what has to be answered, and which findings come again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.lessons.models import Disposition
from jointops.operations.plandoc import ActionArea, PlanDocument
from jointops.operations.rules import priority_of
from jointops.reference.catalogue import catalogue

DISPOSITION_LABELS = {
    Disposition.TAKEN_UP: _("Taken up"),
    Disposition.REJECTED: _("Not for this operation"),
    Disposition.DEFERRED: _("Put off"),
}

# --- What an operation is about ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What an operation, a strand of it or a recommendation is about: codes by which like finds like."""

    kind: str = ""
    priorities: frozenset[str] = frozenset()
    crime_areas: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


class Ground(StrEnum):
    """By what two things are alike, the strongest first."""

    TAG = "tag"
    PRIORITY = "priority"
    CRIME_AREA = "crime-area"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that two operations have in common."""

    ground: Ground
    code: str


def facets_of(document: PlanDocument) -> Facets:
    """Return what a plan is about: its kind and tags, and the priorities and crime areas of all its strands."""
    strands = [strand_of(document, area) for area in document.action_areas]
    named = document.policy_cycle.priorities if document.policy_cycle else ()
    priorities = frozenset(named).union(*(strand.priorities for strand in strands))
    return Facets(
        kind=document.kind,
        priorities=priorities,
        crime_areas=_crime_areas(document, priorities).union(*(strand.crime_areas for strand in strands)),
        tags=frozenset(document.tags),
    )


def strand_of(document: PlanDocument, area: ActionArea) -> Facets:
    """Return what one action area is about: its priority and crime areas."""
    priority = priority_of(document, area)
    priorities = frozenset() if priority is None else frozenset({priority})
    known = catalogue().crime_areas
    own = frozenset(area.crime_areas) or frozenset({area.code} & known.keys())
    return Facets(priorities=priorities, crime_areas=own | _crime_areas(document, priorities))


def _crime_areas(document: PlanDocument, priorities: Collection[str]) -> frozenset[str]:
    """Return the crime areas that the priorities of the plan's cycle stand for."""
    cycle = catalogue().cycles.get(document.policy_cycle.code) if document.policy_cycle else None
    if cycle is None:
        return frozenset()
    found = (cycle.priorities[code].crime_areas for code in priorities if code in cycle.priorities)
    return frozenset(code for areas in found for code in areas)


def reasons(plan: Facets, other: Facets) -> tuple[Reason, ...]:
    """Return all that two have in common, the strongest first; nothing in common: they do not match.

    A crime area that is called like a priority they share is not said twice.
    """
    priorities = plan.priorities & other.priorities
    crime_areas = (plan.crime_areas & other.crime_areas) - priorities
    kinds = {plan.kind} & {other.kind} - {""}
    shared: tuple[tuple[Ground, Collection[str]], ...] = (
        (Ground.TAG, plan.tags & other.tags),
        (Ground.PRIORITY, priorities),
        (Ground.CRIME_AREA, crime_areas),
        (Ground.KIND, kinds),
    )
    return tuple(Reason(ground, code) for ground, codes in shared for code in sorted(codes))


def likeness(found: Collection[Reason]) -> int:
    """Return how alike two are, to put the most alike first."""
    weight = {Ground.TAG: 3, Ground.PRIORITY: 2, Ground.CRIME_AREA: 2, Ground.KIND: 3}
    return sum(weight[reason.ground] for reason in found)


# --- Answers -----------------------------------------------------------------------------------------------------

MAX_REASON = 2_000
"""Characters a reason may have: half a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerEntry:
    """What a plan makes of a recommendation, as sent. ``section`` is the code of the plan's section that meets it."""

    answer: str
    reason: str = ""
    section: str = ""


def answer_problems(entry: AnswerEntry) -> list[Problem]:
    """Return what is wrong with an answer: codes ``unknown-answer``, ``reason-missing`` and so on."""
    known = tuple(each.value for each in Disposition)
    if entry.answer not in known:
        return [
            Problem("unknown-answer", _("Say whether it is taken up, rejected or put off."), "/answer", known)
        ]
    problems = []
    if len(entry.reason) > MAX_REASON:
        message = _("The text is too long: at most ${limit} characters.", mapping={"limit": MAX_REASON})
        problems.append(Problem("text-too-long", message, "/reason"))
    sections = tuple(catalogue().plan_sections)
    if entry.answer != Disposition.TAKEN_UP:
        if not entry.reason.strip():
            problems.append(
                Problem(
                    "reason-missing",
                    _("Say why, for those who plan the operation after this one."),
                    "/reason",
                )
            )
    elif not entry.section:
        message = _("Say which section of the plan meets it.")
        problems.append(Problem("section-missing", message, "/section", sections))
    elif entry.section not in sections:
        message = _("A plan has no section “${code}”.", mapping={"code": entry.section})
        problems.append(Problem("section-unknown", message, "/section", sections))
    return problems


# --- What comes again --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in one operation: an area for improvement or a recommendation."""

    operation: str
    code: str
    text: str
    capability: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recurring:
    """What several operations found about the same: ``tag`` or ``capability`` is what they share."""

    tag: str
    capability: str
    findings: tuple[Finding, ...]

    @property
    def operations(self) -> tuple[str, ...]:
        """The codes of the operations, in the order of the findings."""
        return tuple(dict.fromkeys(finding.operation for finding in self.findings))


def recurring(findings: Iterable[Finding]) -> list[Recurring]:
    """Return what at least two operations found, tags before capabilities, what came most often first."""
    by_tag: dict[str, list[Finding]] = {}
    by_capability: dict[str, list[Finding]] = {}
    for finding in findings:
        for tag in finding.tags:
            by_tag.setdefault(tag, []).append(finding)
        if finding.capability:
            by_capability.setdefault(finding.capability, []).append(finding)
    tags = [Recurring(tag, "", tuple(found)) for tag, found in by_tag.items()]
    capabilities = [Recurring("", code, tuple(found)) for code, found in by_capability.items()]
    return [*_often(tags), *_often(capabilities)]


def _often(found: list[Recurring]) -> list[Recurring]:
    several = [one for one in found if len(one.operations) > 1]
    return sorted(
        several, key=lambda one: (-len(one.operations), -len(one.findings), one.tag, one.capability)
    )


def facets_from(profile: Mapping[str, Collection[str]], kind: str = "", tags: Collection[str] = ()) -> Facets:
    """Return facets from what is kept of an operation or of one of its strands."""
    return Facets(
        kind=kind,
        priorities=frozenset(profile.get("priorities", ())),
        crime_areas=frozenset(profile.get("crime_areas", ())),
        tags=frozenset(tags),
    )
