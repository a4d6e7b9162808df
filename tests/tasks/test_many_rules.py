"""What the views of many tasks are laid out from and how: plain functions, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from jointops.kernel.policy import Action
from jointops.operations.models import AuthorityType, OperationState
from jointops.tasks import board, matrix, places, rows, timeline, today
from jointops.tasks.models import AssignmentState
from jointops.tasks.rows import Area, Part, Row, Unit, Wanted
from jointops.tasks.rules import TaskState, is_overdue, task_state

S = AssignmentState
DAY = date(2027, 5, 4)
FIREARMS = Area("firearms", {"en": "Illicit firearms"}, 1)
ES_POLICE = Unit("ES-POLICE", "ES", AuthorityType.POLICE, {"en": "Spain, Police"}, 1)
ES_CUSTOMS = Unit("ES-CUSTOMS", "ES", AuthorityType.CUSTOMS, {"en": "Spain, Customs"}, 2)
RS_POLICE = Unit("RS-POLICE", "RS", AuthorityType.POLICE, {"en": "Serbia, Police"}, 3)


def row(code: str = "T1", *parts: tuple[Unit, AssignmentState], **changes: Any) -> Row:
    """Return a task of 3 to 5 May in Algeciras."""
    number = int(code[1:])
    made = [Part(unit, state, lead=index == 0) for index, (unit, state) in enumerate(parts)]
    state = task_state([part.state for part in made], cancelled=changes.get("cancelled", False))
    ends_on = changes.get("ends_on", date(2027, 5, 5))
    given: dict[str, Any] = {
        "title": {"en": f"Task {number}"},
        "kind": "other",
        "area": FIREARMS,
        "place": {"kind": "seaport", "name": "Algeciras", "country": "ES", "lat": "36.13", "lon": "-5.44"},
        "starts_on": date(2027, 5, 3),
        "ends_on": ends_on,
        "hours": None,
        "mandatory": False,
        "cancelled": False,
        "version": 1,
        "state": state,
        "overdue": is_overdue(state, ends_on, DAY),
    }
    return Row(id=number, code=code, parts=tuple(made), **{**given, **changes})


# --- Which tasks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted, found",
    [
        (Wanted(), ["T1", "T2", "T3"]),
        (Wanted(text="algeciras TASK"), ["T1", "T3"]),
        (Wanted(text="rs-police"), ["T1"]),
        (Wanted(area="firearms"), ["T1", "T2"]),
        (Wanted(area=rows.NO_AREA), ["T3"]),
        (Wanted(day=date(2027, 5, 9)), ["T3"]),
        (Wanted(mandatory=True), ["T3"]),
        (Wanted(overdue=True), ["T2"]),
        (Wanted(state="under-way"), ["T1"]),
        # With a unit the state is that of the unit, not of the whole task.
        (Wanted(state="under-way", party="RS"), []),
        (Wanted(state="accepted", party="RS"), ["T1"]),
        (Wanted(authority="customs"), ["T2"]),
        (Wanted(unit="ES-POLICE", state="done"), ["T3"]),
    ],
)
def test_tasks_are_chosen_by_what_the_address_says(wanted: Wanted, found: list[str]) -> None:
    every = [
        row("T1", (ES_POLICE, S.UNDER_WAY), (RS_POLICE, S.ACCEPTED)),
        row("T2", (ES_CUSTOMS, S.ASSIGNED), ends_on=date(2027, 5, 3), place=None),
        row("T3", (ES_POLICE, S.DONE), area=None, mandatory=True, ends_on=date(2027, 5, 9)),
    ]

    assert [each.code for each in rows.chosen(every, wanted, DAY)] == found


# --- The board -------------------------------------------------------------------------------------------------------


def everybody(_action: Action, _unit: Unit) -> bool:
    return True


def test_the_board_has_every_column_and_the_first_cards_of_each() -> None:
    many = [row(f"T{number}", (ES_POLICE, S.ACCEPTED)) for number in range(1, 40)]
    late = row("T40", (ES_POLICE, S.ACCEPTED), ends_on=date(2027, 5, 3))

    columns = board.laid_out([*many, late], Wanted(), OperationState.RUNNING, everybody)

    assert [column.state for column in columns] == list(TaskState)
    accepted = columns[list(TaskState).index(TaskState.ACCEPTED)]
    assert (accepted.total, len(accepted.cards), accepted.hidden) == (40, board.FIRST, 15)
    assert accepted.cards[0].row.code == "T40"


def test_a_card_stands_where_the_units_stand_that_are_asked_for() -> None:
    task = row("T1", (ES_POLICE, S.DONE), (RS_POLICE, S.ASSIGNED))

    assert board.standing(task, Wanted()) is TaskState.UNDER_WAY
    assert board.standing(task, Wanted(party="ES")) is TaskState.DONE
    assert board.standing(task, Wanted(party="RS")) is TaskState.ASSIGNED


def test_a_card_can_be_moved_by_the_units_whose_step_it_is_and_no_others() -> None:
    task = row("T1", (ES_POLICE, S.ASSIGNED), (RS_POLICE, S.ASSIGNED), (ES_CUSTOMS, S.ACCEPTED))

    def spain(action: Action, unit: Unit) -> bool:
        return unit.party == "ES" and action is not Action.TASK_ASSIGN

    moves = {
        move.target: (move.units, move.need)
        for move in board.moves(task, task.parts, OperationState.RUNNING, spain)
    }

    assert moves[S.ACCEPTED] == (("ES-POLICE",), None)
    assert moves[S.UNDER_WAY] == (("ES-CUSTOMS",), None)
    assert moves[S.DECLINED][0] == ("ES-POLICE", "ES-CUSTOMS")
    assert S.CANCELLED not in moves
    assert not board.moves(row("T2", cancelled=True), (), OperationState.RUNNING, everybody)
    before = board.moves(task, task.parts, OperationState.APPROVED, spain)
    assert S.UNDER_WAY not in {move.target for move in before}


# --- The matrix ------------------------------------------------------------------------------------------------------


def test_a_cell_counts_the_unit_s_tasks_of_the_day_and_shows_what_presses_most() -> None:
    tasks = [
        row("T1", (ES_POLICE, S.DONE), (RS_POLICE, S.CANCELLED)),
        row("T2", (ES_POLICE, S.ASSIGNED), ends_on=date(2027, 5, 3)),
        row("T3", (ES_POLICE, S.ACCEPTED), cancelled=True),
    ]
    days = [date(2027, 5, 3), date(2027, 5, 4), date(2027, 5, 6)]

    made = matrix.laid_out(tasks, [ES_POLICE, RS_POLICE], days, Wanted(), DAY)

    (group,) = made.groups
    (line,) = group.lines
    assert (group.key, line.unit, line.total, made.totals) == ("ES", ES_POLICE, 2, (2, 1, 0))
    first, second, third = line.cells
    assert third is None
    assert first is not None
    assert second is not None
    assert (first.total, first.pressing, first.states) == (2, "overdue", (("overdue", 1), ("done", 1)))
    assert second.states == (("done", 1),)


def test_the_matrix_is_grouped_by_authority_on_request() -> None:
    tasks = [row("T1", (ES_CUSTOMS, S.ACCEPTED), (RS_POLICE, S.ACCEPTED), (ES_POLICE, S.ACCEPTED))]

    made = matrix.laid_out(tasks, [ES_CUSTOMS, ES_POLICE, RS_POLICE], [DAY], Wanted(), DAY, by_authority=True)

    assert [(group.key, [line.unit.code for line in group.lines]) for group in made.groups] == [
        ("police", ["ES-POLICE", "RS-POLICE"]),
        ("customs", ["ES-CUSTOMS"]),
    ]


def test_long_operations_are_shown_three_weeks_at_a_time() -> None:
    first, last = date(2027, 5, 1), date(2027, 6, 15)

    days, before, after = matrix.window(first, last, None)
    assert (days[0], len(days), before, after) == (first, 21, None, date(2027, 5, 22))
    days, before, after = matrix.window(first, last, date(2027, 6, 12))
    assert (days[-1], before, after) == (last, date(2027, 5, 22), None)
    assert matrix.window(first, last, date(2030, 1, 1))[0] == (last,)


# --- The timeline ----------------------------------------------------------------------------------------------------


def test_the_timeline_says_when_and_what_ends_too_late() -> None:
    tasks = [
        row("T1", (ES_POLICE, S.ACCEPTED), hours={"since": "22:00", "until": "06:00"}),
        row("T2", (ES_POLICE, S.ACCEPTED), starts_on=date(2027, 5, 6), ends_on=date(2027, 5, 7)),
        row("T3", (ES_POLICE, S.ACCEPTED), starts_on=date(2027, 5, 5), area=None),
        row("T4", (ES_POLICE, S.DONE), ends_on=date(2027, 5, 7)),
    ]

    lanes = timeline.laid_out(tasks, {"T2": ("T1", "T4"), "T3": ("T1", "T9"), "T1": ()}, "Europe/Amsterdam")

    bars = {bar.row.code: bar for lane in lanes for bar in lane.bars}
    assert [lane.area for lane in lanes] == [FIREARMS, None]
    assert bars["T1"].begins.isoformat() == "2027-05-03T22:00:00+02:00"
    assert bars["T1"].ends.isoformat() == "2027-05-06T06:00:00+02:00"
    assert bars["T2"].begins.isoformat() == "2027-05-06T00:00:00+02:00"
    # What is over ends no more, and what is not shown is left out.
    assert (bars["T2"].waits_for, bars["T2"].late) == (("T1", "T4"), ("T1",))
    assert (bars["T3"].waits_for, bars["T3"].late) == (("T1",), ("T1",))
    assert timeline.followers(lanes) == {"T1": ("T2", "T3"), "T4": ("T2",)}


# --- The map ---------------------------------------------------------------------------------------------------------


def test_places_are_gathered_by_country_and_a_task_without_one_is_where_its_units_are() -> None:
    tasks = [
        row("T1", (ES_POLICE, S.DONE)),
        row("T2", (ES_POLICE, S.ACCEPTED)),
        row("T3", (RS_POLICE, S.ACCEPTED), place=None),
        row("T4", (RS_POLICE, S.ACCEPTED), place={"kind": "other", "lat": "91", "lon": "x"}),
        row("T5", (Unit("europol", "europol", AuthorityType.OTHER, {}, 9), S.ACCEPTED), place=None),
    ]

    spain, serbia, nowhere = places.laid_out(tasks)

    (port,) = spain.spots
    assert (spain.code, port.name, port.lat, port.states[TaskState.DONE]) == ("ES", "Algeciras", 36.13, 1)
    assert (serbia.code, serbia.total, [spot.lat for spot in serbia.spots]) == ("RS", 2, [None, None])
    assert (nowhere.code, nowhere.total) == ("", 1)


def test_geojson_has_a_point_where_there_are_coordinates_and_a_country_where_not() -> None:
    tasks = [row("T1", (ES_POLICE, S.DONE)), row("T2", (RS_POLICE, S.DONE), place=None)]

    made = places.geojson(tasks, {1: {"code": "T1"}, 2: {"code": "T2"}})

    first, second = made["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [-5.44, 36.13]}
    assert (second["geometry"], second["properties"]) == (None, {"code": "T2", "country": "RS"})


# --- Today -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "starts_on, due, moment",
    [
        (date(2027, 5, 3), datetime(2027, 5, 4, 9, 59, tzinfo=UTC), today.When.OVERDUE),
        (date(2027, 5, 3), datetime(2027, 5, 9, 9, 0, tzinfo=UTC), today.When.TODAY),
        (date(2027, 5, 5), datetime(2027, 5, 9, 9, 0, tzinfo=UTC), today.When.COMING),
        (None, datetime(2027, 5, 4, 20, 0, tzinfo=UTC), today.When.TODAY),
        # Half past eleven in the evening in UTC is tomorrow in Amsterdam.
        (None, datetime(2027, 5, 4, 23, 30, tzinfo=UTC), today.When.COMING),
        (None, None, today.When.TODAY),
    ],
)
def test_the_day_is_that_of_the_operation(
    starts_on: date | None, due: datetime | None, moment: today.When
) -> None:
    now = datetime(2027, 5, 4, 10, 0, tzinfo=UTC)

    assert today.when(starts_on, due, now, "Europe/Amsterdam") is moment
