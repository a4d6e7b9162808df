"""What a plan must mean, beyond its shape: everything it names exists, and nothing contradicts itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta

from jointops.kernel import clock
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.operations.plandoc import (
    FIRST_YEAR,
    LAST_YEAR,
    TEMPLATE_FIRST_DAY,
    Period,
    PlanDocument,
)
from jointops.operations.planfigures import indicators, objectives, publications, return_rules
from jointops.operations.planindicators import asked
from jointops.operations.planmeans import means
from jointops.operations.planrefs import Known, among, one_of, outside, unique, unknown
from jointops.operations.plantasks import tasks
from jointops.reference.catalogue import catalogue

LONGEST_ACTION_DAYS = 366
LONGEST_PHASE_DAYS = 3 * 366

CyclePriorities = Mapping[str, Collection[str]]
"""Code of a policy cycle to the codes of its priorities."""


def check(document: PlanDocument, cycles: CyclePriorities | None = None) -> list[Problem]:
    """Return everything that is wrong in ``document``, with JSON pointers into its plain form.

    ``cycles`` are the policy cycles that exist; by default those of the reference data.
    """
    known = Known(
        parties=tuple(participant.party for participant in document.participants),
        areas=tuple(area.code for area in document.action_areas),
        units=tuple(dict.fromkeys(unit.code for unit in document.units())),
        indicators=asked(document),
        span=document.span(),
        rates=document.reporting.exchange_rates,
    )
    if cycles is None:
        cycles = {code: tuple(cycle.priorities) for code, cycle in catalogue().cycles.items()}
    return [
        *_frame(document, known),
        *_periods(document),
        *_marking(document),
        *_cycle(document, cycles),
        *_action_areas(document, known),
        *_participants(document, known),
        *indicators(document, known),
        *objectives(document, known),
        *_reporting(document, known),
        *tasks(document, known),
        *means(document, known),
        *publications(document, known),
        *_template(document),
    ]


def _frame(document: PlanDocument, known: Known) -> Iterator[Problem]:
    yield from one_of("unknown-kind", document.kind, "/kind", catalogue().operation_kinds)
    if document.time_zone not in clock.time_zones():
        message = _(
            "“${value}” is not a time zone. Use a name of the IANA list, such as Europe/Amsterdam.",
            mapping={"value": document.time_zone},
        )
        yield Problem(
            "unknown-time-zone", message, "/time_zone", ("Europe/Amsterdam", "Europe/Brussels", "UTC")
        )
    yield from one_of("not-a-participant", document.lead, "/lead", known.parties)
    yield from among("not-a-participant", document.co_leads, "/co_leads", known.parties)
    yield from among("unknown-threat", document.threats, "/threats", catalogue().threats)
    if document.coordination is not None:
        country = document.coordination.country
        yield from one_of("unknown-party", country, "/coordination/country", catalogue().countries)
    for code in document.sections:
        yield from one_of("unknown-section", code, f"/sections/{code}", catalogue().plan_sections)


def _periods(document: PlanDocument) -> Iterator[Problem]:
    period, before, after = document.period, document.phases.preparatory, document.phases.follow_up
    yield from _period("/period", period, LONGEST_ACTION_DAYS)
    if before is not None:
        yield from _period("/phases/preparatory", before, LONGEST_PHASE_DAYS)
        if before.end >= period.start:
            message = _("The preparatory phase must end before the first action day.")
            yield Problem("phases-overlap", message, "/phases/preparatory/end")
    if after is not None:
        yield from _period("/phases/follow_up", after, LONGEST_PHASE_DAYS)
        if after.start <= period.end:
            message = _("The follow-up must begin after the last action day.")
            yield Problem("phases-overlap", message, "/phases/follow_up/start")


def _period(pointer: str, period: Period, longest: int) -> Iterator[Problem]:
    out_of_range = False
    for name, day in (("start", period.start), ("end", period.end)):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            message = _(
                "The year must be between ${first} and ${last}.",
                mapping={"first": FIRST_YEAR, "last": LAST_YEAR},
            )
            yield Problem("bad-period", message, f"{pointer}/{name}")
            out_of_range = True
    if period.end < period.start:
        message = _("The end is before the start. Exchange them, or correct one.")
        yield Problem("bad-period", message, f"{pointer}/end")
    elif period.end - period.start >= timedelta(days=longest) and not out_of_range:
        message = _("The period is longer than ${limit} days.", mapping={"limit": longest})
        yield Problem("bad-period", message, f"{pointer}/end")


def _marking(document: PlanDocument) -> Iterator[Problem]:
    marking, codes = document.marking, catalogue()
    classification = marking.classification
    yield from one_of("unknown-marking", classification, "/marking/classification", codes.classifications)
    yield from one_of("unknown-marking", marking.tlp, "/marking/tlp", codes.tlp)
    yield from among("unknown-marking", marking.handling, "/marking/handling", codes.handling)
    yield from one_of("unknown-marking", marking.release, "/marking/release", codes.release_groups)


def _cycle(document: PlanDocument, cycles: CyclePriorities) -> Iterator[Problem]:
    link = document.policy_cycle
    if link is None:
        return
    if link.code not in cycles:
        yield unknown("unknown-policy-cycle", link.code, "/policy_cycle/code", cycles)
        return
    yield from among("unknown-priority", link.priorities, "/policy_cycle/priorities", cycles[link.code])


def _action_areas(document: PlanDocument, known: Known) -> Iterator[Problem]:
    priorities = document.policy_cycle.priorities if document.policy_cycle else ()
    yield from unique(known.areas, "/action_areas")
    for n, area in enumerate(document.action_areas):
        pointer = f"/action_areas/{n}"
        yield from one_of("not-a-participant", area.leader, f"{pointer}/leader", known.parties)
        yield from among("not-a-participant", area.co_leaders, f"{pointer}/co_leaders", known.parties)
        yield from one_of("unknown-priority", area.priority, f"{pointer}/priority", priorities)
        crime_areas = catalogue().crime_areas
        yield from among("unknown-crime-area", area.crime_areas, f"{pointer}/crime_areas", crime_areas)


def _participants(document: PlanDocument, known: Known) -> Iterator[Problem]:
    yield from unique(known.parties, "/participants", "party")
    seen: set[str] = set()
    for n, participant in enumerate(document.participants):
        pointer, party = f"/participants/{n}", participant.party
        if party not in catalogue().parties:
            message = _(
                "“${value}” is neither a country (two capitals, ISO 3166-1) nor an agency or partner of the list.",
                mapping={"value": party},
            )
            yield Problem("unknown-party", message, f"{pointer}/party")
        if participant.role == "observer" and participant.units:
            message = _("An observer owes no returns. Remove the units, or make it a participant.")
            yield Problem("observer-with-units", message, f"{pointer}/units")
        for m, unit in enumerate(participant.units):
            place = f"{pointer}/units/{m}"
            if not unit.code.startswith(f"{party.upper()}-"):
                message = _(
                    "The unit ${unit} does not belong to ${party}. Its code begins with ${prefix}.",
                    mapping={"unit": unit.code, "party": party, "prefix": f"{party.upper()}-"},
                )
                yield Problem("unit-of-another-party", message, f"{place}/code", (f"{party.upper()}-…",))
            if unit.code in seen:
                message = _(
                    "The unit ${unit} stands more than once in the plan.", mapping={"unit": unit.code}
                )
                yield Problem("duplicate-code", message, f"{place}/code")
            seen.add(unit.code)
            yield from one_of(
                "unknown-authority", unit.authority, f"{place}/authority", catalogue().authority_types
            )
            yield from among("unknown-action-area", unit.action_areas, f"{place}/action_areas", known.areas)
            yield from among("unknown-indicator", unit.indicators, f"{place}/indicators", known.indicators)


def _reporting(document: PlanDocument, known: Known) -> Iterator[Problem]:
    reporting = document.reporting
    steps = list(catalogue().return_steps)
    if reporting.chain[:1] != ("submitted",) or list(reporting.chain) != [
        s for s in steps if s in reporting.chain
    ]:
        message = _(
            "The chain begins with submitted and keeps the order ${steps}; steps may be left out after the first.",
            mapping={"steps": ", ".join(steps)},
        )
        yield Problem("bad-chain", message, "/reporting/chain", tuple(steps))
    currencies = [
        unit.code for unit in catalogue().units.values() if unit.dimension == "money" and unit.factor is None
    ]
    for code in reporting.exchange_rates:
        yield from one_of("unknown-currency", code, f"/reporting/exchange_rates/{code}", currencies)
    yield from _chain(document, known)
    yield from return_rules(document, known)
    excepted: set[str] = set()
    for n, exception in enumerate(reporting.exceptions):
        pointer = f"/reporting/exceptions/{n}"
        yield from among("unknown-unit-code", exception.units, f"{pointer}/units", known.units)
        for m, unit in enumerate(exception.units):
            if unit in excepted:
                message = _("The unit ${unit} already has an exception.", mapping={"unit": unit})
                yield Problem("duplicate-code", message, f"{pointer}/units/{m}")
        excepted.update(exception.units)
        for m, day in enumerate(exception.days):
            if day not in document.period and document.period.start <= document.period.end:
                yield outside(day, document.period, f"{pointer}/days/{m}", document.template)


def _chain(document: PlanDocument, known: Known) -> Iterator[Problem]:
    for n, skip in enumerate(document.reporting.skips):
        pointer = f"/reporting/skips/{n}"
        yield from among("unknown-unit-code", skip.units, f"{pointer}/units", known.units)
        yield from one_of("unknown-step", skip.step, f"{pointer}/step", document.reporting.chain[1:])


def _template(document: PlanDocument) -> Iterator[Problem]:
    if not document.template:
        return
    if document.historical:
        message = _("A template is not an operation of the past. Remove one of the two.")
        yield Problem("bad-template", message, "/historical")
    if document.publications:
        message = _("A template has no publications. Remove them.")
        yield Problem("bad-template", message, "/publications")
    if document.period.start != TEMPLATE_FIRST_DAY:
        yield Problem("bad-template", _("A template begins on day 1."), "/period/start")
