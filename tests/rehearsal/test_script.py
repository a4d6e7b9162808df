"""The script of a rehearsal: deterministic, complete, and within the plan's days."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from jointops.operations.plandoc import Reporting
from jointops.rehearsal import checks, script
from jointops.rehearsal.events import Kind
from tests import builders
from tests.rehearsal import scenes


def test_a_small_operation_has_every_part_and_the_same_seed_plays_the_same() -> None:
    plan = scenes.plan()
    written = script.write(plan, 1)

    assert written == script.write(plan, 1)
    assert written != script.write(plan, 2)
    assert {event.kind for event in written.events} == set(Kind)
    assert written.declined == "europol"  # with two countries both are needed
    for part in ("late_answers", "joint", "duplicates", "missing", "late", "nil", "corrected"):
        assert getattr(written, part), part
    assert [event.at for event in written.events] == sorted(event.at for event in written.events)
    assert written.end > written.events[-1].at


def test_a_country_without_which_it_goes_on_declines_where_there_are_enough() -> None:
    whole = builders.plan()
    spain, serbia, europol = whole.participants
    many = tuple(
        replace(
            spain,
            party=party,
            units=tuple(replace(u, code=f"{party}-{u.code[3:]}") for u in spain.units),
        )
        for party in ("FR", "PL", "RO")
    )
    written = script.write(scenes.plan(participants=(spain, serbia, europol, *many)), 1)
    assert written.declined in {"FR", "PL", "RO"}
    away = [unit for unit, _day in written.missing if unit.startswith(str(written.declined))]
    assert len(away) == 6


def test_what_was_noticed_names_the_place_in_the_plan() -> None:
    plan = scenes.plan()
    unmeasured = replace(plan.objectives[0], indicator=None, target=None)
    area = replace(plan.action_areas[0], code="cyber", leader=None)
    odd = scenes.plan(
        objectives=(unmeasured,),
        action_areas=(*plan.action_areas, area),
        reporting=Reporting(deadline=time(23, 0)),
        indicators=(
            *plan.indicators,
            replace(plan.indicators[0], code="cash-seized", authorities=("judicial",)),
        ),
    )
    found = {problem.code: problem.pointer for problem in checks.warnings(odd)}
    assert found["indicator-nobody-reports"] == "/indicators/4"
    assert found["area-without-leader"] == "/action_areas/1"
    assert found["deadline-in-the-night"] == "/reporting/deadline"
    assert found["objective-without-indicator"] == "/objectives/0"
    assert {"unit-without-task", "area-without-objective", "area-without-task"} <= set(found)
