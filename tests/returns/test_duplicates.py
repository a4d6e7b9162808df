"""Which incidents look like one event, and why; how well that is told apart on a generated operation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from benchmarks import duplicates as benchmark
from jointops.returns import duplicates
from jointops.returns.duplicates import Pair
from jointops.returns.sightings import IncidentKey, Sighting

DAY = date(2014, 9, 15)
NOON = datetime(2014, 9, 15, 10, 0, tzinfo=UTC)
ZONE = "Europe/Amsterdam"

SEIZURE = Sighting(
    key=IncidentKey("BE-POLICE", DAY, "BE-2014-0815"),
    party="BE",
    indicator="cocaine-seized",
    measure="kg",
    quantity=Decimal("41.25"),
    at=NOON,
    place="Port of Antwerp",
    latitude=51.27,
    longitude=4.33,
)


def other(unit: str = "BE-CUSTOMS", day: date = DAY, **changes: Any) -> Sighting:
    """The same seizure as another unit reports it."""
    key = IncidentKey(unit, day, "C/77-2014")
    return replace(SEIZURE, key=key, party=unit[:2], **changes)


def found(*incidents: Sighting) -> list[Pair]:
    return duplicates.pairs(incidents, ZONE)


def codes(*incidents: Sighting) -> set[str]:
    return {reason.code for pair in found(*incidents) for reason in pair.reasons}


def test_the_same_seizure_by_two_units_is_suspected_with_its_reasons() -> None:
    (pair,) = found(other(at=NOON + timedelta(minutes=5)), SEIZURE)
    assert [key.unit for key in pair.keys] == ["BE-CUSTOMS", "BE-POLICE"]
    assert {reason.code for reason in pair.reasons} == {
        "quantity-same",
        "time-near",
        "place-near",
        "same-country",
    }
    assert pair.score == pytest.approx(sum(reason.points for reason in pair.reasons))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"quantity": Decimal(41)}, "quantity-rounded"),
        ({"quantity": Decimal(47), "weight": "gross"}, "quantity-packing"),
        ({"quantity": Decimal(50), "certainty": "estimated", "modus_operandi": ""}, "quantity-estimated"),
        ({"place": "Anvers", "latitude": None, "longitude": None}, "place-same"),
        ({"at": None, "external_reference": "SIENA 1234567"}, "same-day"),
    ],
)
def test_a_distorted_report_is_suspected_for_a_reason_that_fits(changes: dict[str, Any], reason: str) -> None:
    first = SEIZURE if changes.get("latitude", 1) else replace(SEIZURE, latitude=None, longitude=None)
    assert reason in codes(first, other(**changes))


def test_packing_explains_a_difference_only_the_right_way_round() -> None:
    net = replace(SEIZURE, weight="net")
    assert "quantity-packing" in codes(net, other(quantity=Decimal(50), weight="gross"))
    assert found(net, other(quantity=Decimal(33), weight="gross")) == []


def test_neighbouring_days_are_compared_around_midnight() -> None:
    late = replace(SEIZURE, at=datetime(2014, 9, 15, 21, 30, tzinfo=UTC))
    assert "around-midnight" in codes(late, other(day=DAY + timedelta(days=1), at=None))
    assert found(SEIZURE, other(day=DAY + timedelta(days=1), at=None)) == []


def test_one_external_reference_outweighs_another_place_name_and_no_time() -> None:
    first = replace(SEIZURE, external_reference="SIENA 123-4567", latitude=None, longitude=None, at=None)
    assert "external-same" in codes(first, other(external_reference="siena1234567", place="", at=None))


def test_a_reference_that_the_other_names_is_enough_on_its_own_day() -> None:
    naming = other(description="Joint check, their BE-2014-0815", at=None, latitude=None, longitude=None)
    assert "reference-named" in codes(SEIZURE, naming)


@pytest.mark.parametrize(
    "changes",
    [
        {"indicator": "heroin-seized"},
        {"quantity": Decimal("4.1")},
        {"at": NOON + timedelta(hours=9)},
        {"latitude": 43.3, "longitude": 5.37, "place": "Marseille"},
    ],
)
def test_what_cannot_be_one_event_is_not_suspected(changes: dict[str, Any]) -> None:
    assert found(SEIZURE, other(**changes)) == []


def test_incidents_of_one_unit_or_of_one_joint_result_are_not_suspected() -> None:
    assert found(SEIZURE, replace(SEIZURE, key=IncidentKey("BE-POLICE", DAY, "again"))) == []
    assert found(replace(SEIZURE, joint_result_id=1), other(joint_result_id=1)) == []


def test_the_order_of_incidents_does_not_matter() -> None:
    generated = benchmark.generate(7, 600, 50)
    shuffled = list(generated.incidents)
    shuffled.reverse()
    assert duplicates.pairs(shuffled, ZONE) == duplicates.pairs(generated.incidents, ZONE)


def test_known_duplicates_are_found_and_little_else() -> None:
    quality = benchmark.quality(benchmark.generate())
    assert quality.precision >= 0.88
    assert quality.recall >= 0.83
