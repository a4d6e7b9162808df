"""How well suspected duplicates are found: precision and recall on a generated operation whose duplicates are known.

Five thousand incidents of 150 units of 30 countries on nine days, of which 400 events were reported by two units each.
The second report is distorted as second reports are: rounded or estimated figures, gross instead of net, grams instead
of kilograms, other clocks, names of places in another language or misspelt, no coordinates. Two fifths happen at three
busy places; some of the others are made to look like their neighbours on purpose.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from jointops.returns import duplicates
from jointops.returns.sightings import IncidentKey, Sighting

INCIDENTS = 5000
TWICE = 400
UNITS = 150
DAYS = 9
FIRST_DAY = date(2014, 9, 15)
TIME_ZONE = "Europe/Amsterdam"
SEED = 2014
TUNING_SEEDS = (1, 2, 3)
"""Other sets than the one measured: the threshold is chosen on them."""

_COUNTRY_CODES = "AT BE BG CH CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL NO PL PT RO RS SE SI SK"
_COUNTRIES = _COUNTRY_CODES.split()

# Name in the generated operation, latitude, longitude, countries whose units work there, how others write it.
_PLACES: tuple[tuple[str, float, float, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "Port of Antwerp",
        51.27,
        4.33,
        ("BE", "NL"),
        ("Antwerpen", "Anvers", "Haven van Antwerpen", "Antwerp, quay 869"),
    ),
    (
        "Rotterdam Maasvlakte",
        51.95,
        4.03,
        ("NL", "BE"),
        ("Rotterdam", "Maasvlakte", "Rotterdam Maasvlakte II"),
    ),
    ("Port of Piraeus", 37.94, 23.63, ("GR", "CY"), ("Πειραιάς", "Le Pirée", "Piraeus", "Pireas")),
    ("Vienna", 48.21, 16.37, ("AT", "HU"), ("Wien", "Vienne", "Wien Hbf")),
    (
        "Kapitan Andreevo",
        41.72,
        26.32,
        ("BG", "GR"),
        ("Капитан Андреево", "Kapitan Andreewo", "BCP Kapitan Andreevo"),
    ),
    ("Ruse", 43.86, 25.97, ("BG", "RO"), ("Русе", "Rousse", "Ruse, Danube bridge")),
    ("Giurgiu", 43.90, 25.97, ("RO", "BG"), ("Giurgiu", "Gurgevo", "PTF Giurgiu")),
    ("Horgos", 46.15, 19.97, ("RS", "HU"), ("Horgoš", "Хоргош", "Horgos border crossing")),
    ("Roszke", 46.19, 20.03, ("HU", "RS"), ("Röszke", "Roeszke", "Röszke autópálya")),
    ("Algeciras", 36.13, -5.44, ("ES", "PT"), ("Algésiras", "Puerto de Algeciras", "Algeciras puerto")),
    ("Valencia", 39.45, -0.32, ("ES", "FR"), ("València", "Valence (ES)", "Puerto de Valencia")),
    ("Le Havre", 49.48, 0.11, ("FR", "BE"), ("Le Havre port", "Havre", "LE HAVRE")),
    ("Marseille", 43.31, 5.37, ("FR", "IT"), ("Marsiglia", "Marseilles", "Port de Marseille")),
    ("Genoa", 44.41, 8.92, ("IT", "FR"), ("Genova", "Gênes", "Porto di Genova")),
    ("Trieste", 45.65, 13.76, ("IT", "SI"), ("Trst", "Triest", "Porto di Trieste")),
    ("Hamburg", 53.54, 9.97, ("DE", "DK"), ("Hambourg", "Hamburg Hafen", "Hamburgo")),
    ("Frankfurt Airport", 50.03, 8.56, ("DE", "LU"), ("Flughafen Frankfurt", "FRA", "Francfort")),
    ("Warsaw", 52.23, 21.01, ("PL", "LT"), ("Warszawa", "Varsovie", "Warschau")),
    ("Medyka", 49.80, 22.93, ("PL", "SK"), ("Medyka", "Медика", "Medyka-Shehyni")),
    ("Gothenburg", 57.70, 11.94, ("SE", "NO"), ("Göteborg", "Goteborg", "Göteborgs hamn")),
    ("Tallinn", 59.44, 24.75, ("EE", "FI"), ("Tallinna sadam", "Reval", "Tallin")),
    ("Helsinki", 60.17, 24.94, ("FI", "EE"), ("Helsingfors", "Helsinki Vuosaari")),
    ("Lisbon", 38.71, -9.14, ("PT", "ES"), ("Lisboa", "Lisbonne", "Porto de Lisboa")),
    ("Zagreb", 45.81, 15.98, ("HR", "SI"), ("Zagreb GK", "Agram", "Zagreb")),
    ("Prague", 50.08, 14.44, ("CZ", "SK"), ("Praha", "Prag", "Praha-Ruzyně")),
    ("Riga", 56.95, 24.11, ("LV", "LT"), ("Rīga", "Рига", "Riga port")),
    ("Basel", 47.56, 7.59, ("CH", "FR"), ("Bâle", "Basilea", "Basel/Weil")),
    ("Luxembourg", 49.61, 6.13, ("LU", "DE"), ("Lëtzebuerg", "Luxemburg", "Luxembourg Gare")),
    ("Dublin", 53.35, -6.26, ("IE", "MT"), ("Dublin Port", "Baile Átha Cliath", "Dublin")),
    ("Limassol", 34.68, 33.04, ("CY", "MT"), ("Lemesos", "Λεμεσός", "Limassol port")),
)
_BUSY = 3

# Indicator, unit of measure, how often, least and most (logarithmic for what is measured).
_INDICATORS: tuple[tuple[str, str, int, float, float], ...] = (
    ("cocaine-seized", "kg", 24, 0.02, 900),
    ("cannabis-seized", "kg", 16, 0.05, 600),
    ("heroin-seized", "kg", 8, 0.01, 90),
    ("amphetamine-seized", "kg", 6, 0.01, 120),
    ("tobacco-seized", "kg", 7, 1, 4000),
    ("cigarettes-seized", "pieces", 13, 200, 4_000_000),
    ("counterfeit-goods-seized", "pieces", 8, 50, 90_000),
    ("cash-seized", "EUR", 7, 2_000, 400_000),
    ("persons-arrested", "persons", 6, 1, 7),
    ("firearms-seized", "pieces", 5, 1, 14),
)
_MODI = ("hidden-in-load", "hidden-in-vehicle", "rip-on-rip-off", "in-luggage", "on-the-body", "by-post")


@dataclass(frozen=True, slots=True)
class Generated:
    """A generated operation's incidents, and the pairs of keys (in order) that are one event."""

    incidents: Sequence[Sighting]
    true: frozenset[tuple[IncidentKey, IncidentKey]]


@dataclass(frozen=True, slots=True)
class Quality:
    """What was found: suspected pairs, those of them that are true, true pairs there are, and the seconds it took."""

    suspected: int
    right: int
    true: int
    seconds: float

    @property
    def precision(self) -> float:
        """The share of the suspected pairs that are true."""
        return self.right / self.suspected if self.suspected else 1.0

    @property
    def recall(self) -> float:
        """The share of the true pairs that are suspected."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def generate(seed: int = SEED, incidents: int = INCIDENTS, twice: int = TWICE) -> Generated:
    """Return the operation that ``seed`` stands for."""
    return _Generator(random.Random(seed)).operation(incidents, twice)


def quality(generated: Generated, threshold: float = duplicates.THRESHOLD) -> Quality:
    """Return how well the true pairs of a generated operation are found."""
    begin = time.perf_counter()
    found = duplicates.pairs(generated.incidents, TIME_ZONE, threshold=threshold)
    seconds = time.perf_counter() - begin
    right = sum(pair.keys in generated.true for pair in found)
    return Quality(len(found), right, len(generated.true), seconds)


def best_threshold(seeds: Sequence[int] = TUNING_SEEDS) -> tuple[float, float]:
    """Return the threshold with the best F1 over several sets, by halves of a point, and that F1."""
    scored = []
    true = 0
    for seed in seeds:
        generated = generate(seed)
        true += len(generated.true)
        found = duplicates.pairs(generated.incidents, TIME_ZONE, threshold=2.0)
        scored += [(pair.score, pair.keys in generated.true) for pair in found]
    best = (0.0, 0.0)
    for half in range(4, 41):
        above = [right for score, right in scored if score >= half / 2]
        f1 = 2 * sum(above) / (len(above) + true) if above else 0.0
        best = max(best, (f1, half / 2))
    return best[1], best[0]


def report() -> str:
    """Return the measured figures as a table in Markdown."""
    rows = [
        f"| {name} | {_line(quality(generate(SEED, many, TWICE)))} |"
        for name, many in (
            (f"{INCIDENTS:,} incidents, {TWICE} twice", INCIDENTS),
            (f"10,000 incidents, {TWICE} twice", 10_000),
        )
    ]
    head = "| suspected duplicates | precision | recall | F1 | seconds |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *rows])


def _line(found: Quality) -> str:
    return f"{found.precision:.3f} | {found.recall:.3f} | {found.f1:.3f} | {found.seconds:.2f}"


class _Generator:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        each = UNITS // len(_COUNTRIES)
        kinds = ("POLICE", "CUSTOMS", "BORDER", "COAST", "TAX")[:each]
        self._units = {country: [f"{country}-{kind}" for kind in kinds] for country in _COUNTRIES}
        self._number = 0

    def operation(self, incidents: int, twice: int) -> Generated:
        events = [self._event() for _ in range(incidents - twice - twice // 2)]
        # Neighbours that are not the same: same place, day and commodity, a like quantity, another unit, other hours.
        events += [self._neighbour(self._chance.choice(events)) for _ in range(twice // 2)]
        shared = self._chance.sample(events, 40)
        for event in shared:
            events[events.index(event)] = replace(event, external_reference="OP-2014/77")
        again = self._chance.sample(events, twice)
        true = set()
        for event in again:
            second = self._reported_again(event)
            events.append(second)
            true.add((min(event.key, second.key), max(event.key, second.key)))
        self._chance.shuffle(events)
        return Generated(tuple(self._as_reported(event) for event in events), frozenset(true))

    def _event(self) -> Sighting:
        chance = self._chance
        place = chance.choice(_PLACES[:_BUSY]) if chance.random() < 0.4 else chance.choice(_PLACES)
        indicator, measure, _often, least, most = chance.choices(
            _INDICATORS, [row[2] for row in _INDICATORS]
        )[0]
        country = place[3][0] if chance.random() < 0.8 else place[3][1]
        hours = chance.gauss(13, 5) % 24
        day = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
        at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours - 2)
        where = self._around(place)
        return Sighting(
            key=self._key(chance.choice(self._units[country]), day),
            party=country,
            indicator=indicator,
            measure=measure,
            quantity=self._quantity(measure, least, most),
            certainty=chance.choice(("", "weighed", "weighed")) if measure == "kg" else "",
            weight=chance.choice(("", "net", "net", "gross")) if measure == "kg" else "",
            at=at,
            place=place[0] if chance.random() < 0.7 else chance.choice(place[4]),
            latitude=where[0],
            longitude=where[1],
            modus_operandi=chance.choice(_MODI),
            external_reference=f"SIENA {chance.randrange(10**6, 10**7)}" if chance.random() < 0.25 else "",
            description="Seized in a check." if chance.random() < 0.5 else "",
        )

    def _key(self, unit: str, day: date) -> IncidentKey:
        self._number += 1
        return IncidentKey(unit, day, f"{unit[:2]}-{day:%d}-{self._number:05d}")

    def _around(
        self, place: tuple[str, float, float, tuple[str, ...], tuple[str, ...]]
    ) -> tuple[float, float]:
        return (
            round(place[1] + self._chance.gauss(0, 0.006), 5),
            round(place[2] + self._chance.gauss(0, 0.009), 5),
        )

    def _quantity(self, measure: str, least: float, most: float) -> Decimal:
        chance = self._chance
        if (measure == "persons" or most < 100) and measure != "kg":
            return Decimal(min(int(most), 1 + int(chance.expovariate(0.8))))
        value = least * (most / least) ** chance.random()
        if measure == "kg":
            # Many loads are round, because they are packed in bricks of a kilogram.
            return Decimal(round(value)) if value > 5 and chance.random() < 0.4 else Decimal(f"{value:.3f}")
        return Decimal(round(value / 10) * 10)

    def _neighbour(self, event: Sighting) -> Sighting:
        chance = self._chance
        place = self._place_of(event)
        others = [unit for unit in self._units[event.party] if unit != event.key.unit]
        assert event.at is not None
        at = event.at + timedelta(hours=chance.choice((-1, 1)) * chance.uniform(1, 6))
        quantity = event.quantity
        if quantity > 20 or event.measure == "kg":
            value = float(quantity) * chance.uniform(0.9, 1.1)
            quantity = _kilograms(value) if event.measure == "kg" else Decimal(round(value))
        where = self._around(place)
        return replace(
            event,
            key=self._key(chance.choice(others), event.key.day),
            at=at,
            quantity=quantity,
            latitude=where[0],
            longitude=where[1],
            modus_operandi=chance.choice(_MODI),
            external_reference=f"SIENA {chance.randrange(10**6, 10**7)}" if chance.random() < 0.25 else "",
        )

    def _place_of(self, event: Sighting) -> tuple[str, float, float, tuple[str, ...], tuple[str, ...]]:
        return next(row for row in _PLACES if event.place == row[0] or event.place in row[4])

    def _reported_again(self, event: Sighting) -> Sighting:
        chance = self._chance
        place = self._place_of(event)
        country = event.party if chance.random() < 0.6 else next(c for c in place[3] if c != event.party)
        unit = chance.choice([unit for unit in self._units[country] if unit != event.key.unit])
        at, day = self._time_again(event)
        external = event.external_reference
        if external and chance.random() < 0.7:
            external = chance.choice((external, external.replace(" ", "-"), external.lower()))
        else:
            external = ""
        where = self._around(place)
        described = f"Together with {event.key.unit}, their case {event.key.reference}."
        modus = event.modus_operandi if chance.random() < 0.85 else chance.choice(_MODI)
        return replace(
            self._measured_again(event),
            key=self._key(unit, day),
            party=country,
            at=at,
            place=self._spelt_again(place),
            latitude=where[0],
            longitude=where[1],
            modus_operandi=modus,
            external_reference=external,
            description=described if chance.random() < 0.12 else "",
            joint_with=(event.key.unit,) if chance.random() < 0.15 else (),
        )

    def _time_again(self, event: Sighting) -> tuple[datetime, date]:
        chance = self._chance
        assert event.at is not None
        usual = chance.random() < 0.8
        shift = chance.gauss(0, 20) if usual else chance.choice((-1, 1)) * chance.uniform(45, 120)
        at = event.at + timedelta(minutes=shift)
        day = event.key.day
        if at.date() > day:
            day = min(day + timedelta(days=1), FIRST_DAY + timedelta(days=DAYS - 1))
        return (at, day)

    def _as_reported(self, event: Sighting) -> Sighting:
        """Leave out what reports leave out: the time, the coordinates, how it was done."""
        chance = self._chance
        placed = chance.random() < 0.55
        return replace(
            event,
            at=event.at if chance.random() < 0.8 else None,
            latitude=event.latitude if placed else None,
            longitude=event.longitude if placed else None,
            modus_operandi=event.modus_operandi if chance.random() < 0.6 else "",
        )

    def _spelt_again(self, place: tuple[str, float, float, tuple[str, ...], tuple[str, ...]]) -> str:
        chance = self._chance
        name = place[0] if chance.random() < 0.3 else chance.choice(place[4])
        if chance.random() < 0.12 and len(name) > 5:
            at = chance.randrange(1, len(name) - 1)
            name = name[:at] + name[at + 1 :]
        return name if chance.random() < 0.95 else ""

    def _measured_again(self, event: Sighting) -> Sighting:
        chance = self._chance
        value, roll = float(event.quantity), chance.random()
        if event.measure in {"persons", "EUR"} or (value < 20 and event.measure == "pieces"):
            more = chance.choice((-1, 1)) if event.measure != "EUR" and roll > 0.9 else 0
            return replace(event, quantity=max(Decimal(1), event.quantity + more))
        if roll < 0.4:
            return event
        if roll < 0.65:
            return replace(event, quantity=Decimal(f"{value:.2g}") + 0)
        if event.measure != "kg":
            return replace(event, quantity=Decimal(round(value * chance.uniform(0.98, 1.02))))
        if roll < 0.8:
            packed = value * chance.uniform(1.03, 1.25)
            net = replace(
                event, weight="gross" if chance.random() < 0.75 else "", quantity=_kilograms(packed)
            )
            return (
                net
                if event.weight != "gross"
                else replace(net, weight="net", quantity=_kilograms(value / 1.1))
            )
        if roll < 0.95:
            certainty = "estimated" if chance.random() < 0.8 else ""
            return replace(event, certainty=certainty, quantity=_kilograms(value * chance.uniform(0.8, 1.25)))
        return replace(event, quantity=_kilograms(value * 1000))


def _kilograms(value: float) -> Decimal:
    return max(Decimal("0.001"), Decimal(f"{value:.3g}") if value > 1 else Decimal(f"{value:.3f}"))


if __name__ == "__main__":
    print(report())
