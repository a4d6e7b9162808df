"""Questions about figures that are far from what a unit, or units like it, reported before. None is ever in the way.

What is usual is read for many units and days in one query; whoever shows it has asked for access.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jointops.kernel.errors import Invalid
from jointops.kernel.i18n import Translate, _, label
from jointops.kernel.types import quantity_text
from jointops.operations.models import Indicator, Operation, ReportingUnit
from jointops.operations.planindicators import AskedIndicator
from jointops.reference.catalogue import catalogue
from jointops.reference.measure import parse_quantity
from jointops.rendering import numbers
from jointops.returns.asked import Asked, unit_of_measure
from jointops.returns.explanations import UNUSUAL
from jointops.returns.models import Fact, FactStatus, Return
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry
from jointops.returns.unusual import Usual, usual

DAYS = 60
"""How many days back what is usual is taken from."""

LEAST_PEERS = 3
"""Other units whose figures say what is usual: of fewer, one could tell whose they are."""

LEAST_PEER_DAYS = 10
"""Days of other units that say what is usual."""

OWN, PEERS = "own", "peers"

_Reported = Mapping[tuple[int, str], Mapping[date, Decimal]]


@dataclass(frozen=True, slots=True)
class Expected:
    """What is usual of an indicator: by the unit's own days (``whose`` is own), or by those of units like it (peers).

    ``by`` are the codes of the units whose days they are.
    """

    whose: str
    usual: Usual
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A figure of a return that is far from what is usual. ``key`` names the answer, which nobody has to give."""

    indicator: str
    quantity: Decimal
    expected: Expected

    @property
    def key(self) -> str:
        """The key of the answer among a return's explanations."""
        return f"{UNUSUAL}:{self.indicator}"


class Histories:
    """What units reported on the days before one, read at once: two queries, however many units are asked about.

    Quantities are in base units, each unit's own returns only, and what is known now.
    """

    def __init__(
        self, session: Session, operation: Operation, before: date, units: Collection[str] | None = None
    ) -> None:
        """Read the days before ``before`` of ``units`` (None: all) and of the units of their types of authority."""
        every = session.execute(
            select(ReportingUnit.id, ReportingUnit.code, ReportingUnit.authority).where(
                ReportingUnit.operation_id == operation.id
            )
        ).all()
        kinds = {kind for _id, code, kind in every if units is None or code in units}
        self._units = {code: key for key, code, kind in every if kind in kinds}
        self._codes = {key: code for code, key in self._units.items()}
        self._kinds = {key: kind for key, _code, kind in every if kind in kinds}
        self._reported: dict[tuple[int, str], dict[date, Decimal]] = defaultdict(dict)
        found = session.execute(
            select(Fact.unit_id, Indicator.code, Fact.day, func.sum(Fact.quantity))
            .join(Return, Return.id == Fact.return_id)
            .join(Indicator, Indicator.id == Fact.indicator_id)
            .where(
                Fact.operation_id == operation.id,
                Fact.status == FactStatus.PROVISIONAL,
                Fact.day < before,
                Fact.day >= before - timedelta(days=DAYS),
                Fact.unit_id == Return.unit_id,
                Fact.unit_id.in_(self._codes),
                Fact.known_to.is_(None),
            )
            .group_by(Fact.unit_id, Indicator.code, Fact.day)
        )
        for unit_id, indicator, day, quantity in found:
            self._reported[unit_id, indicator][day] = quantity

    def expected(self, unit: str, day: date, indicators: Mapping[str, AskedIndicator]) -> dict[str, Expected]:
        """Return what is usual for a unit by what was reported before ``day``, by indicator, where it is known."""
        if unit not in self._units:
            return {}
        found = ((code, self._expected(self._units[unit], day, item)) for code, item in indicators.items())
        return {code: one for code, one in found if one is not None}

    def _expected(self, unit: int, day: date, item: AskedIndicator) -> Expected | None:
        is_count = catalogue().units[item.unit].decimals == 0
        own = usual(self._before(unit, item.code, day), is_count=is_count)
        if own is not None:
            return Expected(OWN, own, (self._codes[unit],))
        peers = {
            peer: days
            for peer, kind in self._kinds.items()
            if peer != unit and kind == self._kinds[unit] and any(days := self._before(peer, item.code, day))
        }
        if len(peers) < LEAST_PEERS:
            return None
        together = [quantity for days in peers.values() for quantity in days]
        found = usual(together, is_count=is_count, units=len(peers), least_days=LEAST_PEER_DAYS)
        codes = tuple(sorted(self._codes[peer] for peer in peers))
        return None if found is None else Expected(PEERS, found, codes)

    def _before(self, unit: int, indicator: str, day: date) -> list[Decimal]:
        days = self._reported.get((unit, indicator), {})
        return [quantity for reported_on, quantity in days.items() if reported_on < day]


def questions(quantities: Mapping[str, Decimal], expected: Mapping[str, Expected]) -> Iterator[Question]:
    """Yield a question for each figure of a return (by indicator, in base units) that is far from what is usual."""
    for code, quantity in quantities.items():
        known = expected.get(code)
        if known is not None and known.usual.is_far(quantity):
            yield Question(code, quantity, known)


def questions_about(
    session: Session,
    operation: Operation,
    asked: Asked,
    returns: Sequence[tuple[str, date, Submission]],
) -> list[tuple[str, date, Question]]:
    """Return the questions about returns that are to be sent, by unit and day; two queries however many they are."""
    if not returns:
        return []
    histories = Histories(
        session, operation, max(day for _unit, day, _sent in returns), {unit for unit, _day, _sent in returns}
    )
    rates = {code: Decimal(rate) for code, rate in operation.exchange_rates.items()}
    return [
        (unit, day, question)
        for unit, day, submission in returns
        for question in questions(
            _said_in(submission, asked.indicators, rates),
            histories.expected(unit, day, asked.indicators),
        )
    ]


def _said_in(
    submission: Submission, indicators: Mapping[str, AskedIndicator], rates: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """Return what a submission comes to by indicator, in base units; a total counts in the place of its parts."""
    totals: dict[tuple[object, ...], Decimal] = {}
    parts: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    entries: list[ValueEntry | IncidentEntry] = [*submission.values, *submission.incidents]
    for place, entry in enumerate(entries):
        item = indicators.get(entry.indicator)
        if item is None:
            continue
        try:
            quantity = parse_quantity(entry.quantity, entry.unit or item.unit, item.unit, rates=rates)
        except Invalid:
            continue
        own = place if isinstance(entry, IncidentEntry) else None
        group: tuple[object, ...] = (entry.indicator, entry.action_area, entry.phase, entry.scope, own)
        if entry.category:
            parts[group] += quantity
        else:
            totals[group] = quantity
    found: dict[str, Decimal] = defaultdict(Decimal)
    for said_of, quantity in {**parts, **totals}.items():
        found[str(said_of[0])] += quantity
    return dict(found)


def reported(session: Session, head: Return) -> dict[str, Decimal]:
    """Return what a unit's return comes to now, by indicator, in base units; nothing for a draft."""
    found = session.execute(
        select(Indicator.code, func.sum(Fact.quantity))
        .join(Indicator, Indicator.id == Fact.indicator_id)
        .where(
            Fact.return_id == head.id,
            Fact.unit_id == head.unit_id,
            Fact.status == FactStatus.PROVISIONAL,
            Fact.known_to.is_(None),
        )
        .group_by(Indicator.code, Indicator.position)
        .order_by(Indicator.position)
    )
    return dict(found.all())


def said(expected: Expected, write: Callable[[Decimal], str]) -> str:
    """Return the figures behind a question as a sentence (lazy); ``write`` writes a quantity for people."""
    found = expected.usual
    mapping = {
        "median": write(found.median),
        "least": write(found.least),
        "most": write(found.most),
        "days": found.days,
        "units": found.units,
    }
    if expected.whose == OWN:
        own: str = _(
            "Usual for this unit: ${median} (the median of its ${days} days with some; ${least} to ${most}).",
            mapping=mapping,
        )
        return own
    peers: str = _(
        "Usual for ${units} other units of this kind: ${median} (the median of their ${days} days with some; ${least} "
        "to ${most}).",
        mapping=mapping,
    )
    return peers


def usual_data(
    session: Session,
    operation: Operation,
    asked: Asked,
    unit: str,
    day: date,
    translate: Translate,
    locale: str,
) -> list[dict[str, Any]]:
    """Return what is usual for a unit before a day as JSON: quantities as text in base units, sentences to show.

    ``factors`` say how many base units one of each other unit of measure is; currencies go by the operation's rates.
    """
    histories = Histories(session, operation, day, {unit})
    rates = {code: Decimal(rate) for code, rate in operation.exchange_rates.items()}
    expected = histories.expected(unit, day, asked.indicators)
    return [_as_data(asked.indicators[code], one, rates, translate, locale) for code, one in expected.items()]


def _as_data(
    item: AskedIndicator,
    expected: Expected,
    rates: Mapping[str, Decimal],
    translate: Translate,
    locale: str,
) -> dict[str, Any]:
    found = expected.usual
    return {
        "indicator": item.code,
        "label": label(item.labels, locale),
        "unit": item.unit,
        "factors": dict(_factors(item, rates)),
        "whose": expected.whose,
        "low": None if found.low is None else quantity_text(found.low),
        "high": quantity_text(found.high),
        "median": quantity_text(found.median),
        "least": quantity_text(found.least),
        "most": quantity_text(found.most),
        "days": found.days,
        "units": found.units,
        "text": translate(said(expected, writer(item, locale))),
    }


def writer(item: AskedIndicator, locale: str) -> Callable[[Decimal], str]:
    """Return what writes quantities of an indicator with its unit, in a language."""
    return lambda quantity: numbers.quantity(quantity, unit_of_measure(item.unit, locale), locale)


def _factors(item: AskedIndicator, rates: Mapping[str, Decimal]) -> Iterator[tuple[str, str]]:
    known = catalogue().units
    base = known[item.unit].factor or rates.get(item.unit)
    for code in item.accepted:
        factor = known[code].factor or rates.get(code)
        if base and factor:
            yield code, quantity_text(round(factor / base, 12))
