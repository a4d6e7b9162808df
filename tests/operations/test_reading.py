"""A plan as people read it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from jointops.kernel.paths import folder
from jointops.operations import planfile, reading
from jointops.operations.models import Answer
from jointops.operations.models import Participant as ParticipantRow
from jointops.operations.plandoc import Objective, Period, Phases, Target
from jointops.operations.shown import written
from tests.builders import plan

DAY = date(2027, 5, 4)


def test_an_objective_is_written_with_its_unit() -> None:
    heavy = Objective(
        code="O2",
        title={"en": "Cocaine", "fr": "Cocaïne"},
        indicator="cocaine-seized",
        target=Target(at_most=Decimal("1.5"), unit="t"),
        baseline=Decimal(2),
    )
    (row,) = reading.read(plan(objectives=(heavy,)), {}, DAY, "en").objectives
    assert (row.title, row.indicator, row.area) == ("Cocaine", "Cocaine seized", "")
    assert (row.target, row.baseline) == ("at most 1.5\xa0t", "2\xa0t")
    (french,) = reading.read(plan(objectives=(heavy,)), {}, DAY, "fr").objectives
    assert french.title == "Cocaïne"
    assert french.target is not None
    assert "1,5" in french.target


def test_units_stand_under_their_authority() -> None:
    read = reading.read(plan(), {}, DAY, "en")
    assert read.authorities == ["Police", "Customs", "Border guard"]
    assert [(party.name, party.cells) for party in read.parties] == [
        ("Spain", [["ES-POLICE"], ["ES-CUSTOMS"], ["ES-BORDER"]]),
        ("Serbia", [["RS-POLICE"], [], []]),
        ("Europol", [[], [], []]),
    ]
    assert (read.unit_counts, read.unit_count) == ([2, 1, 1], 4)


def test_answers_stand_with_the_participants() -> None:
    row = ParticipantRow(party="RS", answer=Answer.WITH_CONDITIONS, conditions="No weapons")
    serbia = reading.read(plan(), {"RS": row}, DAY, "en").parties[1]
    assert (serbia.answer, serbia.tone, serbia.conditions) == (
        "Takes part, with conditions",
        "warn",
        "No weapons",
    )


@pytest.mark.parametrize(
    ("today", "states"),
    [
        (date(2027, 3, 1), ["ahead", "ahead", "ahead"]),
        (date(2027, 4, 1), ["current", "ahead", "ahead"]),
        (date(2027, 5, 7), ["done", "current", "ahead"]),
        (date(2027, 7, 1), ["done", "done", "done"]),
    ],
)
def test_phases_say_where_one_is(today: date, states: list[str]) -> None:
    phases = Phases(
        preparatory=Period(start=date(2027, 4, 1), end=date(2027, 5, 2)),
        follow_up=Period(start=date(2027, 5, 8), end=date(2027, 6, 30)),
    )
    read = reading.read(plan(phases=phases), {}, today, "en")
    assert [phase.state for phase in read.phases] == states


@pytest.mark.parametrize("locale", ["en", "fr", "qps"])
@pytest.mark.parametrize("path", sorted(folder("plans").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_plan_that_comes_along_can_be_read(path: object, locale: str) -> None:
    document = planfile.load_path(path)  # type: ignore[arg-type]
    read = reading.read(document, {}, document.period.start, locale)
    assert len(read.parties) == len(document.participants)
    assert sum(len(group.rows) for group in read.indicators) == len(document.indicators)


def test_values_of_a_plan_are_written_for_people() -> None:
    assert written(None) is None
    assert written(["NL", "BE"]) == "NL, BE"
    assert written({"en": "Lead", "count": 2, "open": True}) == "en: Lead; count: 2; open: true"
