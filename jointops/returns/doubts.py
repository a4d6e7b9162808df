"""What is probably wrong in a return, but may be right: each doubt is a warning that is kept with a reason.

A doubt's ``explain`` key names it in ``Submission.explanations``: ``<code>:<what it is about>``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from jointops.kernel import personal
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.kernel.types import quantity_text
from jointops.reference.catalogue import catalogue
from jointops.reference.outlines import is_within
from jointops.returns.checked import CheckedIncident, Line, Rulebook
from jointops.returns.rules_figures import MAX_ENTRIES
from jointops.returns.rules_sums import Earlier
from jointops.returns.submission import Submission

SHOWN = 3
"""Pieces of personal data that one warning quotes."""

NEAR_BORDER_KM = 25
"""How far from its country a unit's incident may lie: outlines are coarse, and units work on both sides of a border."""

RUNNING_FROM = 10
"""Figures below this (in base units) are not compared with the sum of the days before: small ones often match it."""

RUNNING_DAYS = 4
"""On so many days before there has to be something of it: with fewer, one figure of a day in twenty would match."""


def doubts(
    submission: Submission,
    lines: Sequence[Line],
    incidents: Sequence[CheckedIncident],
    rulebook: Rulebook,
    unit: str,
    earlier: Earlier,
) -> Iterator[Problem]:
    """Yield what is doubtful in a return whose figures hold by themselves.

    ``lines`` are the checked values without those of the incidents; ``earlier`` what the unit reported of some
    indicators on the days before.
    """
    yield from personal_data(submission)
    yield from entered_twice(lines, incidents)
    yield from outside_country(incidents, rulebook, unit)
    yield from running_totals(lines, incidents, rulebook, earlier)


def personal_data(submission: Submission) -> Iterator[Problem]:
    """Yield a warning for each text that seems to hold personal data, with what was found in it.

    Source of the rule: Directive (EU) 2016/680, article 4(1)(c): data are not excessive for their purpose; a return
    is made of figures.
    """
    yield from _in_text(submission.narrative, "/narrative", "narrative")
    yield from _in_text(submission.reason, "/reason", "reason")
    for number, incident in enumerate(submission.incidents):
        for name in ("description", "place", "reference", "external_reference"):
            text = getattr(incident, name)
            # The number of a case looks like that of a document.
            without = personal.NUMBERS if name.endswith("reference") else ()
            subject = f"{incident.reference.strip()}/{name}"
            yield from _in_text(text, f"/incidents/{number}/{name}", subject, without)


def _in_text(text: str, pointer: str, subject: str, without: Collection[str] = ()) -> Iterator[Problem]:
    found = personal.suspicions(text, without=without) if text else []
    if not found:
        return
    message = _(
        "This looks like personal data: ${found}. Take it out: a return says how much and where, not who. If it is "
        "none, or has to stay, say why.",
        mapping={"found": ", ".join(f"“{one.excerpt}”" for one in found[:SHOWN])},
    )
    yield Problem("personal-data", message, pointer, explain=f"personal-data:{subject}")


def entered_twice(lines: Iterable[Line], incidents: Iterable[CheckedIncident]) -> Iterator[Problem]:
    """Yield a warning for each indicator whose value is just the sum of its incidents, which add to it.

    Looked at as a whole, or else category by category.
    """
    of_incidents, values = _sums(incident.line for incident in incidents), _sums(lines := tuple(lines))
    told: set[str] = set()
    for (indicator, category), quantity in of_incidents.items():
        if not quantity or indicator in told or values.get((indicator, category)) != quantity:
            continue
        told.add(indicator)
        message = _(
            "${indicator} is ${quantity}, just as much as its incidents together, which count besides. If it is "
            "the same, leave it out of the values; if it is more of it, say so.",
            mapping={"indicator": indicator, "quantity": quantity_text(quantity)},
        )
        yield Problem(
            "entered-twice",
            message,
            _pointer(lines, indicator, category),
            explain=f"entered-twice:{indicator}",
        )


def _sums(lines: Iterable[Line]) -> dict[tuple[str, str | None], Decimal]:
    """Return the quantities by indicator (and no category), then by indicator and category."""
    whole: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    parts: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    for line in lines:
        whole[line.indicator, None] += line.quantity
        parts[line.indicator, line.category] += line.quantity
    return {**whole, **parts}


def _pointer(lines: Iterable[Line], indicator: str, category: str | None = None) -> str:
    """Return the pointer of the first value of an indicator, of one category or any; of all values if there is none."""
    found = (
        line.number
        for line in lines
        if line.indicator == indicator and category in (None, line.category) and line.number < MAX_ENTRIES
    )
    number = next(found, None)
    return "/values" if number is None else f"/values/{number}/quantity"


def outside_country(incidents: Iterable[CheckedIncident], rulebook: Rulebook, unit: str) -> Iterator[Problem]:
    """Yield a warning for each incident that lies in none of the countries of the units that report it.

    Nothing is said of agencies, which have no country, nor of incidents without a position.
    """
    for incident in incidents:
        if incident.latitude is None or incident.longitude is None:
            continue
        countries = [rulebook.countries.get(code) for code in (unit, *incident.joint_with)]
        where = float(incident.latitude), float(incident.longitude)
        if None in countries or any(
            is_within(country, *where, NEAR_BORDER_KM) is not False
            for country in dict.fromkeys(countries)
            if country is not None
        ):
            continue
        names = [catalogue().countries[country].labels for country in dict.fromkeys(countries) if country]
        swapped = (
            is_within(str(countries[0]), where[1], where[0], NEAR_BORDER_KM) if abs(where[1]) <= 90 else None
        )
        message = (
            _(
                "This position is outside ${country}; with latitude and longitude exchanged it is inside. Exchange "
                "them, or say why it is right.",
                mapping={"country": names[0]},
            )
            if swapped
            else _(
                "This position is outside ${country} and its territorial sea. Correct it, name the unit of the other "
                "country with which it is joint, or say why it is right.",
                mapping={"country": names[0]},
            )
        )
        yield Problem(
            "outside-country",
            message,
            f"/incidents/{incident.line.number - MAX_ENTRIES}/latitude",
            explain=f"outside-country:{incident.reference}",
        )


def compared_with_earlier(
    rulebook: Rulebook, lines: Iterable[Line], incidents: Iterable[CheckedIncident], day: date
) -> set[str]:
    """Return the indicators whose earlier days are needed to tell a running total from a figure of the day."""
    if day < rulebook.first_day + timedelta(days=RUNNING_DAYS):
        return set()
    return {
        indicator
        for (indicator, category), quantity in _sums((*lines, *(one.line for one in incidents))).items()
        if category is not None and _may_run(rulebook, indicator, quantity)
    }


def _may_run(rulebook: Rulebook, indicator: str, quantity: Decimal) -> bool:
    aggregation = rulebook.indicators[indicator].aggregation
    return aggregation == "last" or (aggregation == "sum" and quantity >= RUNNING_FROM)


def running_totals(
    lines: Sequence[Line], incidents: Sequence[CheckedIncident], rulebook: Rulebook, earlier: Earlier
) -> Iterator[Problem]:
    """Yield a warning for each figure of a day that looks like the sum since the beginning, and the other way round.

    A figure that adds up over the days is doubtful when it is the sum of the days before and at most as much more as
    the largest of them, and when all days only rose, to three times the first; one of which the last day counts, when
    it falls though it never fell before.
    """
    if not earlier:
        return
    told: set[str] = set()
    for (indicator, category), quantity in _sums((*lines, *(one.line for one in incidents))).items():
        if category is None or indicator in told or not _may_run(rulebook, indicator, quantity):
            continue
        days = [amount for _day, amount in sorted(earlier.get((indicator, category), {}).items()) if amount]
        if len(days) < RUNNING_DAYS:
            continue
        if rulebook.indicators[indicator].aggregation == "last":
            found = quantity < days[-1] and days == sorted(days) and days[0] < days[-1]
            message = _(
                "${indicator} is ${quantity}, less than the ${before} reported before, though it only rose so far. It "
                "is the figure as it stands, not what the day added. Correct it, or say why it fell.",
                mapping=_said(indicator, quantity, days[-1]),
            )
        else:
            before = sum(days, Decimal())
            rising = days == sorted(days) and quantity >= max(days[-1], 3 * days[0])
            found = rising or before <= quantity <= before + max(days)
            message = (
                _(
                    "${indicator} only rose from day to day, to ${quantity} now. Report the day alone, not the sum "
                    "since the beginning. If each figure is that of its day, say so.",
                    mapping=_said(indicator, quantity, before),
                )
                if rising
                else _(
                    "${indicator} is ${quantity}; the days before come to ${before} together. Report the day alone, "
                    "not the sum since the beginning. If it is the day alone, say so.",
                    mapping=_said(indicator, quantity, before),
                )
            )
        if found:
            told.add(indicator)
            pointer = _pointer(lines, indicator, category)
            yield Problem("running-total", message, pointer, explain=f"running-total:{indicator}")


def _said(indicator: str, quantity: Decimal, before: Decimal) -> dict[str, str]:
    return {"indicator": indicator, "quantity": quantity_text(quantity), "before": quantity_text(before)}
