from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointops.kernel.i18n import translator
from jointops.tasks import deconfliction
from jointops.tasks.deconfliction import DAY, Entry, Finding, Kind, Pledge, Scene, Unit, findings
from jointops.tasks.deconfliction.days_used_up import lack_of

FIRST, LAST = date(2027, 5, 3), date(2027, 5, 7)
ES_POLICE, ES_CUSTOMS = Unit("ES-POLICE", "ES", "police"), Unit("ES-CUSTOMS", "ES", "customs")
ES_BORDER, RS_POLICE = Unit("ES-BORDER", "ES", "border-guard"), Unit("RS-POLICE", "RS", "police")
UNITS = (ES_POLICE, ES_CUSTOMS, ES_BORDER, RS_POLICE)
SCENE = Scene(first_day=FIRST, last_day=LAST, units=UNITS)
SIX, TWO, TEN = 6 * 60, 14 * 60, 22 * 60


def task(code: str, *units: Unit, **changes: Any) -> Entry:
    given: dict[str, Any] = {"starts_on": date(2027, 5, 4), "ends_on": date(2027, 5, 5), **changes}
    return Entry(code=code, units=units or (ES_POLICE,), **given)


def found(*tasks: Entry, scene: Scene = SCENE) -> list[tuple[str, tuple[str, ...]]]:
    return [(finding.kind.value, finding.tasks) for finding in findings(tasks, scene)]


def words(finding: Finding) -> tuple[str, list[str]]:
    say = translator("en")
    return say(finding.message), [say(solution) for solution in finding.solutions]


def only(*tasks: Entry, scene: Scene = SCENE) -> Finding:
    (finding,) = findings(tasks, scene)
    return finding


def test_two_units_at_the_same_place_at_the_same_time_are_found() -> None:
    finding = only(
        task("T1", ES_POLICE, place="Algeciras", country="ES", hours=(SIX, TWO)),
        task("T2", RS_POLICE, place="algeciras", country="ES", hours=(TWO - 60, TEN)),
    )

    message, solutions = words(finding)
    assert (finding.kind, finding.tasks) == (Kind.SAME_PLACE, ("T1", "T2"))
    assert message.endswith("Algeciras, 4 May 2027 (ES-POLICE, RS-POLICE).")
    assert "Let T2 begin at 14:00, when T1 is over." in solutions


@pytest.mark.parametrize(
    "changes",
    [
        {"hours": (TWO, TEN)},
        {"starts_on": date(2027, 5, 6), "ends_on": date(2027, 5, 6)},
        {"place": "Barajas"},
        {"country": "PT"},
        {"ended": True},
        {"units": (ES_POLICE,)},
    ],
)
def test_other_hours_days_or_places_are_no_conflict(changes: dict[str, Any]) -> None:
    here = {"place": "Algeciras", "country": "ES"}
    other = replace(task("T2", RS_POLICE, **here, hours=(SIX, TWO)), **changes)

    kinds = [kind for kind, _tasks in found(task("T1", ES_POLICE, **here, hours=(SIX, TWO)), other)]
    assert "same-place" not in kinds


@pytest.mark.parametrize(("lon", "meets"), [(-5.4400, True), (-5.4500, True), (-5.4520, False)])
def test_places_within_a_kilometre_are_the_same(lon: float, meets: bool) -> None:
    tasks = task("T1", ES_POLICE, point=(36.13, -5.44)), task("T2", RS_POLICE, point=(36.13, lon))

    assert (found(*tasks) == [("same-place", ("T1", "T2"))]) is meets


def test_a_night_meets_the_morning_after() -> None:
    night = task("T1", starts_on=date(2027, 5, 4), ends_on=date(2027, 5, 4), hours=(TEN, SIX))
    morning = task("T2", starts_on=date(2027, 5, 5), ends_on=date(2027, 5, 5), hours=(SIX - 60, TWO))

    finding = only(night, morning)

    assert (finding.kind, finding.day) == (Kind.UNIT_TWICE, date(2027, 5, 5))


def test_a_unit_with_two_tasks_in_the_same_hours_is_found_with_who_could_do_one() -> None:
    deputy = Unit("ES-POLICE-2", "ES", "police")
    finding = only(
        task("T1", hours=(SIX, TWO)),
        task("T2", hours=(TWO - 60, TEN)),
        scene=replace(SCENE, units=(*UNITS, deputy)),
    )

    assert finding.units == ("ES-POLICE",)
    assert words(finding)[1] == [
        "Let T2 begin at 14:00 or later.",
        "Give T2 to ES-POLICE-2 instead.",
        "Take ES-POLICE out of one of the two tasks.",
    ]


def test_a_joint_patrol_without_one_of_its_authorities_is_told_whom_to_add() -> None:
    finding = only(task("T1", RS_POLICE, ES_BORDER, authorities=("police", "customs")))

    assert finding.kind is Kind.AUTHORITY_MISSING
    assert words(finding)[1][0] == "Add a unit of ES of that type, such as ES-CUSTOMS."


def test_a_dependency_that_ends_too_late_is_told_when_to_begin() -> None:
    finding = only(task("T1"), task("T2", RS_POLICE, depends_on=("T1",)))

    assert (finding.kind, finding.tasks) == (Kind.DEPENDENCY_LATE, ("T2", "T1"))
    assert words(finding)[1] == [
        "Let T2 begin on 6 May 2027 or later.",
        "Take T1 off what T2 waits for.",
    ]


def test_a_dependency_is_in_time_when_its_hours_are_over() -> None:
    day = {"starts_on": FIRST, "ends_on": FIRST}

    assert (
        found(task("T1", **day, hours=(SIX, TWO)), task("T2", **day, hours=(TWO, TEN), depends_on=("T1",)))
        == []
    )
    assert found(task("T1", **day, ended=True), task("T2", **day, depends_on=("T1",))) == []
    assert found(task("T1", **day, ended=True, cancelled=True), task("T2", **day, depends_on=("T1",))) == [
        ("dependency-cancelled", ("T2", "T1"))
    ]


def test_a_task_outside_the_operation_is_told_where_it_fits() -> None:
    finding = only(task("T1", starts_on=date(2027, 5, 6), ends_on=date(2027, 5, 9)))

    assert (finding.kind, finding.field) == (Kind.OUTSIDE, "ends_on")
    assert words(finding)[1] == ["Move T1 to 4 May 2027 – 7 May 2027."]


def test_a_party_asked_for_more_than_it_pledged_is_told_how_much_is_missing_and_where_there_is_room() -> None:
    scene = replace(SCENE, pledges=(Pledge("ES", "officers", 4), Pledge("ES", "officers", 1)))
    first = task("T1", ES_POLICE, ES_CUSTOMS, resources={"officers": 4})
    second = task("T2", ES_BORDER, RS_POLICE, resources={"officers": 6})

    finding = only(first, second, scene=scene)

    message, solutions = words(finding)
    assert (finding.kind, finding.units) == (Kind.OVERBOOKED, ("ES",))
    assert message == "Officers: on 4 May 2027 ES is asked for 7 at a time and has pledged 5 (T1, T2)."
    assert solutions[:2] == ["Ask ES for 2 more (Officers).", "Move T2 to 6 May 2027, when they are free."]


def test_a_unit_is_held_to_its_own_pledge_and_who_pledged_nothing_to_none() -> None:
    scene = replace(SCENE, pledges=(Pledge("ES", "vehicles", 2, "ES-POLICE"), Pledge("ES", "vehicles", 9)))
    asked = {"resources": {"vehicles": 3}}

    assert [finding.units for finding in findings([task("T1", **asked)], scene)] == [("ES-POLICE",)]
    assert found(task("T1", ES_CUSTOMS, **asked), scene=scene) == []
    assert found(task("T1", RS_POLICE, **asked), scene=scene) == []


def test_a_party_whose_tasks_use_up_the_days_of_its_pledge_is_told_how_long_to_pledge_and_what_to_shorten() -> (
    None
):
    scene = replace(SCENE, pledges=(Pledge("ES", "officers", 4, days=3),))
    asked = {"resources": {"officers": 4}}
    first = task("T1", starts_on=FIRST, ends_on=FIRST + timedelta(1), **asked)
    second = task("T2", ES_CUSTOMS, starts_on=FIRST + timedelta(2), ends_on=LAST, **asked)

    finding = only(first, second, scene=scene)

    message, solutions = words(finding)
    assert (finding.kind, finding.units, finding.day) == (Kind.DAYS_USED_UP, ("ES",), FIRST)
    assert message == (
        "Officers: on 5 days ES is asked for 20 days’ work and has pledged 12, 4 × 3 (T1, T2)."
    )
    assert solutions[:2] == [
        "Ask ES to pledge its 4 for 5 days instead of 3 (Officers).",
        "Let T2 end on 5 May 2027 or earlier.",
    ]
    assert found(first, replace(second, ends_on=FIRST + timedelta(2)), scene=scene) == []


def test_days_are_used_once_a_day_and_by_what_is_done_too() -> None:
    scene = replace(SCENE, pledges=(Pledge("ES", "officers", 4, "ES-POLICE", days=1),))
    asked = {"resources": {"officers": 4}, "ends_on": date(2027, 5, 4)}
    early, late = task("T1", **asked, hours=(SIX, TWO)), task("T2", **asked, hours=(TWO, TEN))
    done = task("T3", **{**asked, "starts_on": FIRST, "ends_on": FIRST}, ended=True)

    assert found(early, late, scene=scene) == []
    assert [(f.kind, f.tasks, f.units) for f in findings([early, late, done], scene)] == [
        (Kind.DAYS_USED_UP, ("T1", "T2"), ("ES",)),
        (Kind.DAYS_USED_UP, ("T1", "T2"), ("ES-POLICE",)),
    ]
    assert found(early, late, replace(done, cancelled=True), scene=scene) == []


def test_where_one_task_is_not_enough_as_many_are_named_as_it_takes() -> None:
    scene = replace(SCENE, pledges=(Pledge("ES", "officers", 2, days=2),))
    days = [FIRST + timedelta(number) for number in range(5)]
    tasks = [
        task(f"T{number}", starts_on=day, ends_on=day, resources={"officers": 2})
        for number, day in enumerate(days, 1)
    ]

    assert words(only(*tasks, scene=scene))[1] == [
        "Ask ES to pledge its 2 for 5 days instead of 2 (Officers).",
        "Move or shorten T5, T4, T3, or give them to others than ES.",
        "Take units of others into one of the tasks, or lower what it needs.",
    ]


def test_a_task_could_move_to_a_day_on_which_they_are_at_work_at_other_hours() -> None:
    scene = replace(SCENE, pledges=(Pledge("ES", "officers", 4, days=1), Pledge("ES", "officers", 1)))
    asked = {"resources": {"officers": 5}}
    day = date(2027, 5, 4)
    first = task("T1", starts_on=day, ends_on=day, hours=(SIX, TWO), **asked)
    second = task("T2", starts_on=LAST, ends_on=LAST, hours=(TWO, TEN), **asked)

    assert words(only(first, second, scene=scene))[1][:2] == [
        "Ask ES to pledge its 4 for 2 days instead of 1 (Officers).",
        "Move T2 to 4 May 2027, when they are free.",
    ]


def test_a_finding_keeps_its_key_until_its_tasks_move() -> None:
    one, other = task("T1", hours=(SIX, TWO)), task("T2", hours=(SIX, TWO))

    assert only(one, other).key == only(replace(one, authorities=("police",)), other).key
    assert only(one, other).key != only(replace(one, hours=(SIX, TEN)), other).key


# --- Whatever the tasks ----------------------------------------------------------------------------------------------

minutes = st.sampled_from([0, SIX, SIX + 1, TWO, TEN, DAY - 1])
entries = st.builds(
    lambda number, start, length, hours, place, point, units: Entry(
        code=f"T{number}",
        starts_on=FIRST + timedelta(start),
        ends_on=FIRST + timedelta(start + length),
        hours=hours if hours is None or hours[0] != hours[1] else None,
        place=place,
        point=point,
        units=units,
    ),
    st.integers(0, 10**9),
    st.integers(-1, 4),
    st.integers(0, 3),
    st.one_of(st.none(), st.tuples(minutes, minutes)),
    st.sampled_from(["", "A", "B"]),
    st.one_of(
        st.none(),
        st.tuples(st.floats(60.0, 60.03), st.floats(24.0, 24.06)),
        st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)),
    ),
    st.lists(st.sampled_from(UNITS), max_size=2, unique=True).map(tuple),
)
schedules = st.lists(entries, max_size=14, unique_by=lambda entry: entry.code)


def overlap(one: Entry, other: Entry) -> bool:
    def taken(entry: Entry) -> set[int]:
        since, until = entry.hours or (0, DAY)
        length = (until - since) % DAY or DAY
        # Minutes that matter are those at which something begins.
        return {
            day * DAY + since + minute
            for day in range(entry.starts_on.toordinal(), entry.ends_on.toordinal() + 1)
            for minute in range(length)
        }

    return bool(taken(one) & taken(other))


def meet(one: Entry, other: Entry) -> bool:
    if not one.units or not other.units or (len(one.units) == 1 and one.units == other.units):
        return False
    near = one.point and other.point and deconfliction.distance(one.point, other.point) <= 1.0
    return bool((one.place and one.place == other.place) or near) and overlap(one, other)


@given(schedules)
@settings(max_examples=60, deadline=None)
def test_exactly_those_that_are_in_each_other_s_way_are_named(tasks: list[Entry]) -> None:
    by_code = {entry.code: entry for entry in tasks}
    meeting = {
        code for one, other in combinations(tasks, 2) if meet(one, other) for code in (one.code, other.code)
    }
    twice = {
        (unit.code, code)
        for one, other in combinations(tasks, 2)
        if one.hours and other.hours and overlap(one, other)
        for unit in set(one.units) & set(other.units)
        for code in (one.code, other.code)
    }

    every = findings(tasks, SCENE)

    pairs = [finding for finding in every if finding.kind is Kind.SAME_PLACE]
    assert all(meet(*(by_code[code] for code in finding.tasks)) for finding in pairs)
    assert {code for finding in pairs for code in finding.tasks} == meeting
    told = [finding for finding in every if finding.kind is Kind.UNIT_TWICE]
    assert {(finding.units[0], code) for finding in told for code in finding.tasks} == twice
    outside = {entry.code for entry in tasks if entry.starts_on < FIRST or entry.ends_on > LAST}
    assert {f.tasks[0] for f in every if f.kind is Kind.OUTSIDE} == outside
    for code in list(by_code)[:2]:
        mine = {finding.kind for finding in findings(tasks, SCENE, code)}
        assert mine == {finding.kind for finding in every if code in finding.tasks}


@given(schedules, st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_a_party_is_overbooked_when_at_some_minute_it_is(tasks: list[Entry], pledge: int) -> None:
    tasks = [replace(entry, resources={"officers": 3}) for entry in tasks]
    scene = replace(SCENE, pledges=(Pledge("ES", "officers", pledge),))
    starts = {
        day * DAY + (entry.hours or (0, DAY))[0]
        for entry in tasks
        for day in range(entry.starts_on.toordinal(), entry.ends_on.toordinal() + 1)
    }

    def asked(minute: int) -> int:
        return sum(
            share
            for entry in tasks
            if overlap(entry, _instant(minute))
            for unit, _kind, share in deconfliction.shares(entry)
            if unit.party == "ES"
        )

    over = any(asked(minute) > pledge for minute in starts)

    assert bool([f for f in findings(tasks, scene) if f.kind is Kind.OVERBOOKED]) is over


@given(
    st.lists(st.integers(0, 9), max_size=8),
    st.lists(st.tuples(st.integers(1, 4), st.one_of(st.none(), st.integers(1, 5))), max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_days_are_missing_exactly_when_no_roster_mans_everything(
    needs: list[int], lines: list[tuple[int, int | None]]
) -> None:
    pledges = [Pledge("ES", "officers", quantity, days=days) for quantity, days in lines]
    # A roster: each day goes to those who have most days left, which never makes it harder for the days to come.
    left = [days or len(needs) for quantity, days in lines for _one in range(quantity)]
    unmanned = 0
    for need in needs:
        left.sort(reverse=True)
        for number in range(min(need, len(left))):
            unmanned += left[number] == 0
            left[number] = max(0, left[number] - 1)

    assert lack_of(dict(enumerate(needs)), pledges).missing == unmanned


def _instant(minute: int) -> Entry:
    day, since = date.fromordinal(minute // DAY), minute % DAY
    return Entry(code="now", starts_on=day, ends_on=day, hours=(since, (since + 1) % DAY))


def test_two_thousand_tasks_are_looked_through_at_once() -> None:
    days = [FIRST + timedelta(number) for number in range(9)]
    tasks = [
        Entry(
            code=f"T{number}",
            starts_on=days[number % 8],
            ends_on=days[number % 8 + 1],
            hours=((number * 30) % DAY, (number * 30 + 240) % DAY),
            place=f"Place {number % 300}",
            point=(40 + (number % 300) * 0.01, -3 + (number % 300) * 0.01),
            units=(
                Unit(f"U{number % 150}", f"P{number % 34}", "police"),
                Unit(f"U{number * 7 % 150}", f"P{number * 7 % 34}", "customs"),
            ),
            authorities=("police", "border-guard"),
            resources={"officers": 4},
            depends_on=(f"T{number - 1}",) if number % 2 else (),
        )
        for number in range(2000)
    ]
    scene = Scene(
        first_day=FIRST,
        last_day=days[-1],
        units=tuple(Unit(f"U{n}", f"P{n % 34}", "border-guard") for n in range(150)),
        pledges=tuple(Pledge(f"P{n}", "officers", 10, days=3) for n in range(34)),
    )
    begun = process_time()

    every = findings(tasks, scene)

    for finding in every[-34:]:
        finding.tell()

    assert process_time() - begun < 1.0
    assert {finding.kind for finding in every} >= {
        Kind.SAME_PLACE,
        Kind.UNIT_TWICE,
        Kind.OVERBOOKED,
        Kind.DAYS_USED_UP,
    }
