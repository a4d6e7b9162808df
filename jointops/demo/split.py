"""An illustrative split of Operation Archimedes' published totals into daily returns of units.

Published are totals and a few national figures (``plans/archimedes-2014.yaml``, ``publications``). Everything finer
is made up here, by arithmetic alone, so that it comes out the same every time: shares follow fixed weights and the
digest of what they are for. The accepted figures known at the end of 24 September 2014 equal the first published ones,
those known now the later ones; where two sources disagree, Europol's.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from jointops.operations.plandoc import PlanDocument
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry

_Key = TypeVar("_Key")

ZONE = ZoneInfo("Europe/Amsterdam")
NOTE = "Illustrative: part of a made-up split of published totals."

LARGE = ("DE", "ES", "FR", "GB", "IT", "PL", "RO", "US")
MEDIUM = ("AT", "AU", "BE", "BG", "CH", "CO", "CZ", "GR", "HU", "NL", "PT", "RS", "SE")

# --- What was published, and how we spread it ---------------------------------------------------------------

ARRESTS_BY_COUNTRY = {"ES": 250, "BG": 187, "NL": 83, "CO": 13}
"""Published on 24 and 25 September (NL: "over 80"); the other countries share what is left of 1,027."""

FIRST_ARRESTS = 1027
LATER_ARRESTS = 1150

ARRESTS_BY_AREA = {
    "trafficking-in-human-beings": 170,
    "cocaine-and-heroin": 214,
    "illegal-immigration": 187,
    "organised-property-crime": 161,
    "cybercrime": 64,
    "synthetic-drugs": 72,
    "firearms": 58,
    "excise-and-mtic-fraud": 49,
    "counterfeit-goods": 52,
}
"""170 is published (BBC); the rest is ours and adds up to 1,027."""

LATER_ARRESTS_BY_AREA = {
    "organised-property-crime": 41,
    "cocaine-and-heroin": 38,
    "illegal-immigration": 27,
    "firearms": 17,
}
"""What the later figure of 1,150 adds, by area; the split is ours."""

JOINT_COCAINE = (
    ("ES-CUSTOMS", ("CO-POLICE",), date(2014, 9, 17), "ES-2014-0917", Decimal(64), "Container terminal"),
    ("NL-CUSTOMS", ("BE-CUSTOMS",), date(2014, 9, 19), "NL-2014-0919", Decimal(38), "Seaport"),
)
"""Cocaine seizures of two countries each, part of the 599 kg: owner, contributors, day, reference, kg, place."""

CLAIMED_TWICE = "NL-2014-0919"
"""The contributor of this one reports it too; it still counts once."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One revision of one return, with the instants at which it was recorded, verified and accepted."""

    unit: str
    day: date
    submission: Submission
    recorded_at: datetime
    verified_at: datetime
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class _Cell:
    unit: str
    day: date


Figures = dict[_Cell, dict[tuple[str, str | None, str | None], Decimal]]
"""Figures by unit and day, then by indicator, category and action area, in base units."""


def sent(plan: PlanDocument) -> list[Sent]:
    """Return every revision of the illustrative returns, in the order in which they were recorded.

    ``plan`` is the plan of ARCHIMEDES-2014; units and days come from it.
    """
    first = _first_figures(plan)
    later = _later_figures(plan)
    units = [unit.code for unit in plan.units()]
    days = plan.period.days()
    revisions: list[Sent] = []
    for day in days:
        for unit in units:
            cell = _Cell(unit, day)
            extra = later.get(cell, {})
            if _is_missing(cell, first) and not extra:
                continue
            if not _is_missing(cell, first):
                revisions.append(_first_revision(cell, first.get(cell, {})))
            if extra:
                revisions.append(_later_revision(cell, first.get(cell, {}), extra, _is_missing(cell, first)))
    return sorted(revisions, key=lambda s: (s.recorded_at, s.unit, s.day))


def officers(plan: PlanDocument) -> dict[str, int]:
    """Return how many of the 20,000 officers are each country's, by its code: the same split as in the returns."""
    found: dict[str, int] = defaultdict(int)
    for unit, share in _officers([p.party for p in plan.participants if p.units]).items():
        found[unit.partition("-")[0]] += int(share)
    return dict(found)


def size_of(party: str) -> int:
    """Return how large a country counts in the split: 5, 3 or 1."""
    return 5 if party in LARGE else 3 if party in MEDIUM else 1


# --- Figures ------------------------------------------------------------------------------------------------


def _first_figures(plan: PlanDocument) -> Figures:
    figures: Figures = defaultdict(lambda: defaultdict(Decimal))
    parties = [p.party for p in plan.participants if p.units]
    days = plan.period.days()
    _spread_arrests(figures, parties, days)
    police = [f"{party}-POLICE" for party in parties]
    customs = [f"{party}-CUSTOMS" for party in parties]
    border = [f"{party}-BORDER" for party in parties]
    joint_kg = sum(kg for *_rest, kg, _place in JOINT_COCAINE)

    def put(
        indicator: str, total: int, units: Sequence[str], area: str | None, category: str | None = None
    ) -> None:
        cells = [_Cell(unit, day) for unit in units for day in days]
        for cell, share in _shares(f"{indicator}/{category}", total, cells).items():
            figures[cell][indicator, category, area] += share

    drugs = "cocaine-and-heroin"
    put("cocaine-seized", 599 - int(joint_kg), _some(customs + police, "cocaine", 24), drugs)
    put("heroin-seized", 200, _some(customs + border, "heroin", 14), drugs)
    put("cannabis-seized", 1300, _some(police + customs, "cannabis", 30), drugs)
    # More than half of the parcels of cocaine were seized in Colombia (cocaineroute.eu).
    put("drug-parcels-seized", 24, ["CO-POLICE"], drugs)
    put("drug-parcels-seized", 19, _some(customs, "parcels", 9), drugs)
    put(
        "victims-identified",
        140,
        _some(police, "victims", 18, without=("RO",)),
        "trafficking-in-human-beings",
    )
    for day, children in _shares("children", 30, list(days)).items():
        if children:
            cell = figures[_Cell("RO-POLICE", day)]
            cell["minors-safeguarded", None, "trafficking-in-human-beings"] += children
            cell["victims-identified", None, "trafficking-in-human-beings"] += 2 * children
    put("irregular-migrants-checked", 10_000, border, "illegal-immigration")
    put(
        "cigarettes-seized",
        1_120_000,
        _some(customs, "cigarettes", 16),
        "excise-and-mtic-fraud",
        "counterfeit",
    )
    put("cash-seized", 684_300, _some(police + customs, "cash", 22), None)
    put("vehicles-seized", 13, _some(police, "vehicles", 9), "organised-property-crime")
    put("firearms-seized", 97, _some(police, "firearms", 20), "firearms")
    put("ammunition-seized", 4_310, _some(police, "ammunition", 15), "firearms")
    put("actions-carried-out", 250, police, None)
    put("investigations-opened", 118, police, None)
    for unit, share in _officers(parties).items():
        for day in days:
            figures[_Cell(unit, day)]["officers-deployed", None, None] += share
    # Of places, as of officers, a unit's highest day counts.
    for unit, places in _shares("places", 300, police + customs + border).items():
        figures[_Cell(unit, days[0])]["places-covered", None, None] += places
    return figures


def _officers(parties: Sequence[str]) -> dict[str, Decimal]:
    units = [f"{party}-{authority}" for authority in ("POLICE", "CUSTOMS", "BORDER") for party in parties]
    return _shares("officers", 20_000, units)


def _spread_arrests(figures: Figures, parties: Sequence[str], days: Sequence[date]) -> None:
    """Split 1,027 arrests so that both the national figures and those by area come out."""
    others = [party for party in parties if party not in ARRESTS_BY_COUNTRY]
    rest = FIRST_ARRESTS - sum(ARRESTS_BY_COUNTRY.values())
    by_country = {
        **ARRESTS_BY_COUNTRY,
        **{party: int(share) for party, share in _shares("arrests", rest, others).items()},
    }
    # One arrest at a time is dealt out: countries in a fixed order take from a shuffled pack of areas.
    pack = [area for area, n in ARRESTS_BY_AREA.items() for _one in range(n)]
    dealt = iter(sorted(range(len(pack)), key=lambda place: _hash(f"deal/{place}")))
    for party, n in by_country.items():
        for number in range(n):
            area = pack[next(dealt)]
            unit = f"{party}-{_authority_of(area, number)}"
            day = days[_hash(f"day/{party}/{number}") % len(days)]
            figures[_Cell(unit, day)]["persons-arrested", area, area] += 1


def _authority_of(area: str, number: int) -> str:
    if area == "illegal-immigration":
        return "BORDER"
    if area in {"excise-and-mtic-fraud", "counterfeit-goods"}:
        return "CUSTOMS"
    return "CUSTOMS" if area == "cocaine-and-heroin" and number % 3 == 0 else "POLICE"


def _later_figures(plan: PlanDocument) -> Figures:
    """What came after 24 September: arrests to 1,150, cars to 21, cigarettes to 1.5 million, over a million in cash."""
    figures: Figures = defaultdict(lambda: defaultdict(Decimal))
    parties = [p.party for p in plan.participants if p.units and p.party not in ARRESTS_BY_COUNTRY]
    days = plan.period.days()
    for area, n in LATER_ARRESTS_BY_AREA.items():
        chosen = _some([f"{party}-POLICE" for party in parties], f"later/{area}", 7)
        for unit, more in _shares(f"later/{area}", n, chosen).items():
            figures[_Cell(unit, days[_hash(f"late/{unit}/{area}") % len(days)])][
                "persons-arrested", area, area
            ] += more
    for unit, more in _shares("later/cars", 8, ["DE-POLICE", "FR-POLICE", "PL-POLICE", "HU-POLICE"]).items():
        figures[_Cell(unit, days[5])]["vehicles-seized", None, "organised-property-crime"] += more
    for unit, more in _shares(
        "later/cigarettes", 380_000, ["LT-CUSTOMS", "PL-CUSTOMS", "IT-CUSTOMS"]
    ).items():
        figures[_Cell(unit, days[6])]["cigarettes-seized", "counterfeit", "excise-and-mtic-fraud"] += more
    for unit, more in _shares("later/cash", 358_050, ["GB-POLICE", "IT-POLICE", "FR-CUSTOMS"]).items():
        figures[_Cell(unit, days[7])]["cash-seized", None, None] += more
    return {cell: dict(sums) for cell, sums in figures.items() if any(sums.values())}


# --- Revisions ----------------------------------------------------------------------------------------------


def _first_revision(cell: _Cell, figures: Mapping[tuple[str, str | None, str | None], Decimal]) -> Sent:
    due = _local(cell.day + timedelta(days=1), time(10, 0))
    minutes = _hash(f"when/{cell}") % 220
    late = _hash(f"late/{cell}") % 23 == 0
    recorded = due + timedelta(minutes=minutes + 150) if late else due - timedelta(minutes=minutes)
    verified = recorded + timedelta(minutes=40 + _hash(f"verified/{cell}") % 90)
    accepted = max(verified + timedelta(minutes=20), due + timedelta(hours=8))
    submission = replace(_submission(cell, figures), incidents=_incidents(cell))
    if _is_quiet(cell, figures) and _hash(f"nil/{cell}") % 6 == 0:
        submission = Submission(nil=True, narrative=NOTE)
    return Sent(cell.unit, cell.day, submission, recorded, verified, accepted)


def _later_revision(
    cell: _Cell,
    before: Mapping[tuple[str, str | None, str | None], Decimal],
    extra: Mapping[tuple[str, str | None, str | None], Decimal],
    first: bool,
) -> Sent:
    recorded = _local(date(2014, 10, 1) + timedelta(days=_hash(f"correction/{cell}") % 45), time(15, 30))
    sums = defaultdict(Decimal, before)
    for key, more in extra.items():
        sums[key] += more
    reason = "" if first else "Results that came in after the action days. Illustrative."
    submission = replace(_submission(cell, sums), incidents=_incidents(cell), reason=reason)
    return Sent(
        cell.unit,
        cell.day,
        submission,
        recorded,
        recorded + timedelta(hours=20),
        recorded + timedelta(hours=44),
    )


def _submission(cell: _Cell, figures: Mapping[tuple[str, str | None, str | None], Decimal]) -> Submission:
    values = [
        ValueEntry(indicator=indicator, category=category, action_area=area, quantity=f"{quantity:f}")
        for (indicator, category, area), quantity in sorted(figures.items(), key=lambda item: str(item[0]))
        if quantity
    ]
    if (values or _incidents(cell)) and not any(value.indicator == "persons-arrested" for value in values):
        # The plan asks for arrests in every return; none is a figure too.
        values.append(ValueEntry(indicator="persons-arrested", quantity="0"))
    return Submission(values=tuple(values), narrative=NOTE)


def _incidents(cell: _Cell) -> tuple[IncidentEntry, ...]:
    entries = []
    for owner, contributors, day, reference, kg, place in JOINT_COCAINE:
        claims = cell.unit == owner or (reference == CLAIMED_TWICE and cell.unit in contributors)
        if cell.day == day and claims:
            others = tuple(unit for unit in (owner, *contributors) if unit != cell.unit)
            entries.append(
                IncidentEntry(
                    reference=reference,
                    indicator="cocaine-seized",
                    action_area="cocaine-and-heroin",
                    quantity=f"{kg:f}",
                    joint_with=others,
                    at=_local(day, time(5, 40)).isoformat(),
                    place=place,
                    description="A seizure of two countries together. Illustrative.",
                )
            )
    return tuple(entries)


def _is_missing(cell: _Cell, figures: Figures) -> bool:
    """A few of the returns with nothing to report never came, as happens."""
    return _is_quiet(cell, figures.get(cell, {})) and _hash(f"missing/{cell}") % 23 == 0


def _is_quiet(cell: _Cell, figures: Mapping[tuple[str, str | None, str | None], Decimal]) -> bool:
    """Whether a day had no results. The first never counts as one, so that every unit's officers are reported."""
    indicators = {indicator for (indicator, _c, _a), quantity in figures.items() if quantity}
    return indicators <= {"officers-deployed"} and not _incidents(cell) and cell.day > date(2014, 9, 15)


# --- Arithmetic ---------------------------------------------------------------------------------------------


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def _local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZONE).astimezone(UTC)


def _weight(key: object) -> int:
    party = str(getattr(key, "unit", key))[:2]
    return size_of(party) * (20 + _hash(f"weight/{key}") % 60)


def _some(units: Sequence[str], purpose: str, n: int, without: Iterable[str] = ()) -> list[str]:
    """Choose ``n`` of ``units`` in a way that depends on the purpose alone, larger countries first."""
    left_out = tuple(without)
    eligible = [unit for unit in units if not unit.startswith(left_out)] if left_out else list(units)
    ranked = sorted(eligible, key=lambda unit: (-_weight(f"{unit}/{purpose}"), unit))
    return ranked[:n]


def _shares(purpose: str, total: int, keys: Sequence[_Key]) -> dict[_Key, Decimal]:
    """Split ``total`` into whole shares by weight; the largest remainders get what is left, so that the sum holds."""
    weights = [_weight(key) * (1 + _hash(f"{purpose}/{key}") % 7) for key in keys]
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    order = sorted(range(len(keys)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return {key: Decimal(share) for key, share in zip(keys, shares, strict=True)}
