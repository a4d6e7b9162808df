"""The operational plan as plain, immutable data: what a plan file says and what a plan version keeps.

A plan document knows nothing of YAML, JSON or tables: ``planfile`` reads and writes it, ``plancodec`` turns it into
plain data, ``planrules`` checks what it means. In a template all days are relative to its first day; in memory they
stand in a calendar that begins on :data:`TEMPLATE_FIRST_DAY`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated

FORMAT = "jointops-plan/1"

TEMPLATE_FIRST_DAY = date(2001, 1, 1)
"""Day 1 of every template; a Monday, so that a template of five days is a working week."""

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""The years that plans may be in; what is outside is a slip of the keyboard."""

WRITTEN = {"written": True}
"""Marks a field that is written to the plan file even where it equals its default."""

Text = Mapping[str, str]
"""Language code to text; choose one with ``kernel.i18n.label``."""

PartyCode = Annotated[str, "party"]
"""A country (ISO 3166-1 alpha-2, or XK), agency or partner; EL and UK become GR and GB when read."""

UnitCode = Annotated[str, "unit"]
"""A reporting unit's code, beginning with that of its party: RO-POLICE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days from ``start`` to ``end``, both included, in the operation's time zone."""

    start: date
    end: date

    def days(self) -> tuple[date, ...]:
        """Return every day of the period in order; none if it ends before it starts."""
        return tuple(self.start + timedelta(days=n) for n in range((self.end - self.start).days + 1))

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """The phases around the action days, which are the plan's period."""

    preparatory: Period | None = None
    follow_up: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Illustrative:
    """Says that something in the plan or its figures is made up for illustration, and what."""

    note: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """Who may see it: classification, Traffic Light Protocol, handling codes, group to which it may be released."""

    classification: str = field(default="unclassified", metadata=WRITTEN)
    tlp: str | None = None
    handling: tuple[str, ...] = ()
    release: str = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleLink:
    """The policy cycle, its priorities and the operational actions that the operation carries out."""

    code: str
    priorities: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A watch of the coordination centre; ``since`` and ``until`` as in :class:`Hours`, ``lead`` a participant."""

    name: Text
    since: time
    until: time
    lead: PartyCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """The coordination centre of the operation."""

    centre: Text
    place: str = ""
    country: PartyCode | None = None
    around_the_clock: bool = False
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where a participant is reached: an office, never a person; ``reach`` is its telephone, mailbox or channel."""

    party: PartyCode
    role: str
    office: str
    reach: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionArea:
    """A strand of the operation under one priority (``priority``: by default the one with the same code)."""

    code: str
    title: Text
    description: Text = field(default_factory=dict)
    leader: PartyCode | None = None
    co_leaders: tuple[PartyCode, ...] = ()
    priority: str | None = None
    crime_areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUnit:
    """One authority of one participant that owes returns.

    It is asked for the indicators of its ``action_areas`` (none given: all), or only for ``indicators`` if given.
    """

    code: UnitCode
    authority: str
    title: Text = field(default_factory=dict)
    action_areas: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    note: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A country, agency or partner invited to the operation; ``role`` is participant or observer."""

    party: PartyCode
    role: str = "participant"
    units: tuple[PlanUnit, ...] = ()
    note: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an objective is to reach: exactly one of the two bounds, in ``unit`` (by default the indicator's)."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A measurable objective; ``baseline`` is an earlier figure to compare with, in the target's unit."""

    code: str
    title: Text
    description: Text = field(default_factory=dict)
    action_area: str | None = None
    indicator: str | None = None
    category: str | None = None
    target: Target | None = None
    baseline: Decimal | None = None
    illustrative: bool = False
    note: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category of an indicator; ``label`` only for categories of the plan's own."""

    code: str
    label: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIndicator:
    """An indicator asked for in this operation: one of the catalogue, or (with label and unit) the plan's own.

    What is not given comes from the catalogue. ``action_areas`` and ``authorities`` limit who is asked (none: all);
    ``required`` indicators must be in every return that is not nil. ``asks`` is what is asked beside each quantity:
    certainty (weighed, estimated, analysed), weight (gross, net), seizures (their number). A return with more than
    ``most`` of it, in its unit, needs a reason.
    """

    code: str
    label: Text = field(default_factory=dict)
    definition: Text = field(default_factory=dict)
    unit: str | None = None
    accepted: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    aggregation: str | None = None
    direction: str | None = None
    part_of: str | None = None
    action_areas: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    required: bool = False
    asks: tuple[str, ...] = ()
    most: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingException:
    """Units that owe returns on ``days`` only (none: never)."""

    units: tuple[UnitCode, ...]
    days: tuple[date, ...] = ()
    reason: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Times of day in the operation's time zone; ``until`` before ``since`` is on the following day."""

    since: time
    until: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A message about a return that is not there ``minutes`` after the deadline (negative: before it).

    ``to`` is unit, national-coordinator or coordinator.
    """

    minutes: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Units whose returns go past a step of the chain: it is taken for them together with the step before."""

    step: str
    units: tuple[UnitCode, ...]
    reason: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A summand of a rule: ``times`` the figure of an indicator (of one ``category``, or all), or a fixed ``number``.

    ``of`` says what is taken of the indicator in the return: its ``values`` and ``incidents`` together
    (``quantity``), either alone, the number of ``seizures``, how many incidents there are of it (``incident-count``),
    or the unit's sum over all days so far (``so-far``).
    """

    indicator: str | None = None
    category: str | None = None
    of: str = "quantity"
    number: Decimal | None = None
    times: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRule:
    """What has to hold between the figures of a return: sum of ``left``, ``operator``, sum of ``right``.

    Operators: at-most, less-than, equal, different, at-least, more-than. ``missing`` says what a figure that is not
    reported means: the rule is left out (skip), or it counts as zero (zero). A broken rule is an ``error``, or a
    ``warning`` that needs a reason. With ``when`` it only has to hold where the sum of those figures is above zero.
    """

    code: str
    left: tuple[Term, ...]
    operator: str
    right: tuple[Term, ...]
    missing: str = "skip"
    severity: str = "error"
    message: Text = field(default_factory=dict)
    when: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """When returns are due and how they are confirmed.

    ``deadline`` is a time of day in the operation's time zone, on the ``same`` or the ``next`` day
    (``deadline_day``); after ``grace_minutes`` more a return is late. ``chain`` is the steps of confirmation in
    order. ``expected`` is all (every unit owes a return for every action day) or none (returns are voluntary).
    Figures may change until the end of the day ``freeze_days_after_end`` days after the last action day.
    ``exchange_rates`` are euro for one unit of a currency, fixed for the operation. ``skips`` are steps that some
    units need not take. ``reminders`` go out in this order (none given: the usual ones), in ``quiet_hours`` only
    once they are over. ``rules`` are what has to hold between the figures of a return, beside the usual rules of the
    reference data: one of the same code stands in for the usual one, and ``without_rules`` names usual ones that do
    not hold here.
    """

    deadline: time = field(default=time(20, 0), metadata=WRITTEN)
    deadline_day: str = "same"
    grace_minutes: int = 0
    chain: tuple[str, ...] = field(default=("submitted", "verified", "accepted"), metadata=WRITTEN)
    expected: str = "all"
    exceptions: tuple[ReportingException, ...] = ()
    freeze_days_after_end: int = 30
    exchange_rates: Mapping[str, Decimal] = field(default_factory=dict)
    skips: tuple[Skip, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    quiet_hours: Hours | None = None
    rules: tuple[ReturnRule, ...] = ()
    without_rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something happens; ``lat`` and ``lon`` are degrees in WGS 84."""

    kind: str
    name: str = ""
    country: PartyCode | None = None
    lat: Decimal | None = None
    lon: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResource:
    """What a task needs: so many of one kind (officers, vehicles, ...) at a time."""

    kind: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTask:
    """Work for one or more units. ``days`` is one day, or the first and the last; none: every action day.

    ``depends_on`` are the codes of the tasks that end before this one begins; ``authorities`` the types of authority
    that it takes; ``resources`` what it needs.
    """

    code: str
    title: Text
    units: tuple[UnitCode, ...]
    description: Text = field(default_factory=dict)
    type: str = "other"
    action_area: str | None = None
    lead: UnitCode | None = None
    place: Place | None = None
    days: tuple[date, ...] = ()
    hours: Hours | None = None
    mandatory: bool = False
    indicators: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    resources: tuple[TaskResource, ...] = ()
    illustrative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What the operation asks its participants for: ``quantity`` of one kind, each for ``days`` days if given."""

    kind: str
    quantity: int
    days: int | None = None
    action_area: str | None = None
    purpose: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """Money for the operation: ``amount`` euro from one kind of source; ``party`` is who pays or receives it."""

    source: str
    amount: Decimal
    party: PartyCode | None = None
    purpose: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel by which information is exchanged, and what for."""

    code: str
    purpose: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What may go wrong, how likely and how grave it is (low, medium, high), what is done, and which party does it."""

    code: str
    title: Text
    likelihood: str
    impact: str
    measure: Text = field(default_factory=dict)
    owner: PartyCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Safeguards:
    """How people are protected; ``reviewer`` is the office that reviews it, never a person's name.

    ``statement`` is what the reviewer says of the safeguards of this plan; approval waits for it.
    """

    fundamental_rights: Text = field(default_factory=dict)
    data_protection: Text = field(default_factory=dict)
    vulnerable_persons: Text = field(default_factory=dict)
    complaints: Text = field(default_factory=dict)
    reviewer: str = ""
    statement: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A free-text section: its ``text``, or the reason why it is ``not_applicable``."""

    text: Text = field(default_factory=dict)
    not_applicable: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where something in the plan comes from."""

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure as it was published; ``bound`` keeps its wording (exactly, about, over, almost).

    ``party`` is the country it is limited to; ``adopted`` is false where another source is followed instead.
    """

    indicator: str
    quantity: Decimal
    unit: str | None = None
    category: str | None = None
    party: PartyCode | None = None
    bound: str = "exactly"
    adopted: bool = True
    source: str = ""
    note: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What was told to whom, when, in which words.

    ``published`` is None where the day is not known, ``published_note`` then says what is; ``known_at`` is the
    instant whose figures it gave.
    """

    code: str
    by: str
    published: date | None = None
    published_note: Text = field(default_factory=dict)
    audience: Text = field(default_factory=dict)
    known_at: datetime | None = None
    wording: Text = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    note: Text = field(default_factory=dict)
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDocument:
    """An operational plan. ``period`` is the action days; ``code`` is the operation's."""

    code: str
    title: Text
    kind: str
    time_zone: str
    period: Period
    lead: PartyCode
    format: str = FORMAT
    template: bool = False
    historical: bool = False
    summary: Text = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    illustrative: Illustrative | None = None
    marking: Marking = field(default_factory=Marking, metadata=WRITTEN)
    phases: Phases = field(default_factory=Phases)
    policy_cycle: CycleLink | None = None
    threats: tuple[str, ...] = ()
    co_leads: tuple[PartyCode, ...] = ()
    coordination: Coordination | None = None
    contacts: tuple[Contact, ...] = ()
    action_areas: tuple[ActionArea, ...] = ()
    participants: tuple[Participant, ...] = ()
    objectives: tuple[Objective, ...] = ()
    indicators: tuple[PlanIndicator, ...] = ()
    reporting: Reporting = field(default_factory=Reporting, metadata=WRITTEN)
    tasks: tuple[PlanTask, ...] = ()
    resources: tuple[Resource, ...] = ()
    budget: tuple[BudgetLine, ...] = ()
    channels: tuple[Channel, ...] = ()
    risks: tuple[Risk, ...] = ()
    safeguards: Safeguards = field(default_factory=Safeguards)
    sections: Mapping[str, Section] = field(default_factory=dict)
    publications: tuple[Publication, ...] = ()
    sources: tuple[Source, ...] = ()

    def units(self) -> tuple[PlanUnit, ...]:
        """Return the reporting units of all participants, in the plan's order."""
        return tuple(unit for participant in self.participants for unit in participant.units)

    def span(self) -> Period:
        """Return the days from the first phase to the last: preparatory, action days and follow-up."""
        before, after = self.phases.preparatory, self.phases.follow_up
        return Period(
            start=min(before.start, self.period.start) if before else self.period.start,
            end=max(after.end, self.period.end) if after else self.period.end,
        )
