"""The reference data are complete, consistent and say what the code lists of the field say."""

from __future__ import annotations

from datetime import date

import pytest

from jointops.reference.catalogue import catalogue

DESIGN_INDICATORS = [
    "persons-checked",
    "persons-arrested",
    "persons-refused-entry",
    "victims-identified",
    "minors-safeguarded",
    "cocaine-seized",
    "heroin-seized",
    "cannabis-seized",
    "synthetic-drugs-seized",
    "drugs-seized",
    "cigarettes-seized",
    "alcohol-seized",
    "fuel-seized",
    "firearms-seized",
    "ammunition-seized",
    "vehicles-checked",
    "vehicles-seized",
    "premises-searched",
    "parcels-checked",
    "forged-documents-detected",
    "illegal-entries-detected",
    "cash-seized",
    "duties-evaded",
    "investigations-opened",
    "officers-deployed",
]


def _lists() -> list[tuple[str, object]]:
    loaded = catalogue()
    return [
        (name, entry)
        for name in loaded.__dataclass_fields__
        if name != "party_inputs"
        for entry in getattr(loaded, name).values()
    ]


def test_every_entry_has_labels_in_english_and_french() -> None:
    incomplete = [
        (name, getattr(entry, "code", None))
        for name, entry in _lists()
        if not all(getattr(entry, "labels", {}).get(language, "").strip() for language in ("en", "fr"))
    ]
    assert incomplete == []


def test_every_code_is_text() -> None:
    assert [entry for _, entry in _lists() if not isinstance(getattr(entry, "code", None), str)] == []


@pytest.mark.parametrize("code", DESIGN_INDICATORS)
def test_the_indicators_that_other_software_relies_on_exist(code: str) -> None:
    indicator = catalogue().indicators[code]
    assert indicator.definition["en"]
    assert indicator.definition["fr"]
    assert indicator.aggregation in {"sum", "max", "last"}
    assert indicator.direction in {"higher", "lower", "neutral"}


def test_norway_is_a_country_and_not_a_boolean() -> None:
    assert catalogue().parties["NO"].labels == {"en": "Norway", "fr": "Norvège"}


def test_greece_and_the_united_kingdom_are_accepted_under_their_other_codes() -> None:
    assert [catalogue().party_code(code) for code in ("EL", "UK", "GR", "GB", "RO")] == [
        "GR",
        "GB",
        "GR",
        "GB",
        "RO",
    ]


def test_the_union_had_28_members_during_archimedes_and_has_27_since_february_2020() -> None:
    def members(day: date) -> set[str]:
        return {code for code, party in catalogue().countries.items() if party.is_member(day)}

    assert len(members(date(2014, 9, 15))) == 28
    assert members(date(2020, 1, 31)) - members(date(2020, 2, 1)) == {"GB"}
    assert len(members(date(2026, 1, 1))) == 27


@pytest.mark.parametrize(
    "code, group",
    [
        ("RO", "eu"),
        ("europol", "eu"),
        ("NO", "associated"),
        ("CH", "associated"),
        ("GB", "third"),
        ("us-ice", "third"),
    ],
)
def test_a_partys_release_group_follows_its_relation_to_the_union(code: str, group: str) -> None:
    assert catalogue().parties[code].release_group(date(2026, 11, 1)) == group


def test_the_cycle_of_archimedes_has_its_nine_priorities() -> None:
    cycle = catalogue().cycles["EMPACT-2014-2017"]
    assert len(cycle.priorities) == 9
    assert all(priority.verified for priority in cycle.priorities.values())
    assert [len(c.priorities) for c in catalogue().cycles.values()] == [8, 9, 10, 11, 7]


def test_what_is_not_verified_says_so() -> None:
    assert not catalogue().cycles["EMPACT-2012-2013"].verified
    assert not any(goal.verified for goal in catalogue().cycles["EMPACT-2026-2029"].goals.values())


def test_parts_are_counted_in_the_unit_of_their_whole() -> None:
    indicators = catalogue().indicators
    parts = {code: entry.part_of for code, entry in indicators.items() if entry.part_of}
    assert parts["minors-safeguarded"] == "victims-identified"
    assert parts["cocaine-seized"] == "drugs-seized"
    assert all(indicators[part].unit == indicators[whole].unit for part, whole in parts.items())


def test_reference_data_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        catalogue().parties["NO"] = catalogue().parties["SE"]  # type: ignore[index]
