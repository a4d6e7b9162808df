"""What the plan page shows: plain texts in one language, made by ``reading``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A term of ours and what it says; ``words`` when that is ours too. ``None``: not given."""

    term: str
    text: str | None
    words: bool = False
    href: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """One objective; ``target`` and ``baseline`` are written with their unit."""

    code: str
    title: str
    description: str
    area: str
    indicator: str
    target: str | None
    baseline: str | None
    note: str
    illustrative: bool


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One action area."""

    code: str
    title: str
    description: str
    priority: str | None
    leader: str | None
    co_leaders: str
    crime_areas: str
    units: int


@dataclass(frozen=True, slots=True)
class PartyRow:
    """One participant; ``cells`` are its units' codes under each authority of :attr:`Reading.authorities`."""

    code: str
    name: str
    observer: bool
    lead: bool
    note: str
    answer: str
    tone: str
    conditions: str
    cells: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One indicator as the plan asks for it."""

    code: str
    label: str
    definition: str
    unit: str
    aggregation: str
    categories: str
    part_of: str
    asked_of: str
    required: bool


@dataclass(frozen=True, slots=True)
class IndicatorGroup:
    """Indicators of one kind."""

    title: str
    rows: Sequence[IndicatorRow]


@dataclass(frozen=True, slots=True)
class PhaseStep:
    """One phase with its days; ``state`` is done, current or ahead, as the page's steps want it."""

    text: str
    state: str


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One free-text section; without ``text`` it is ``not_applicable`` for a reason, or missing."""

    code: str
    title: str
    text: str
    not_applicable: str
    required: bool


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """One publication with its figures, each written as it was published."""

    code: str
    by: str
    when: str
    wording: str
    note: str
    figures: Sequence[Fact]
    sources: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything the plan page shows of a plan."""

    summary: str
    illustrative: str
    facts: Sequence[Fact]
    phases: Sequence[PhaseStep]
    objectives: Sequence[ObjectiveRow]
    areas: Sequence[AreaRow]
    authorities: Sequence[str]
    parties: Sequence[PartyRow]
    unit_count: int
    unit_counts: Sequence[int]
    indicators: Sequence[IndicatorGroup]
    indicator_count: int
    reporting: Sequence[Fact]
    tasks: Sequence[tuple[str, int]]
    task_count: int
    safeguards: Sequence[SectionRow]
    reviewer: str
    sections: Sequence[SectionRow]
    publications: Sequence[PublicationRow]
    sources: Sequence[Fact]
