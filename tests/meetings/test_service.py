"""Meetings from their preparation to the next one; what stores in several steps, on both kinds of database."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from jointops.kernel.policy import Role
from jointops.meetings import service
from jointops.meetings.models import ItemKind, Meeting, MeetingState
from jointops.meetings.rules import MeetingInput
from jointops.notify.models import Notice
from jointops.operations.models import Operation
from jointops.returns import service as returns
from jointops.returns.submission import Submission
from jointops.tasks import service as tasks
from jointops.tasks.models import AssignmentState
from jointops.tasks.service import TaskInput
from jointops.warnings import service as warnings
from jointops.warnings.models import WarningKind
from jointops.warnings.rules import WarningInput
from tests import builders, people
from tests.people import grant

pytestmark = pytest.mark.database("sqlite")

COORDINATOR, SPAIN = builders.COORDINATOR, builders.national("ES")

BRIEFING = MeetingInput(title="Morning briefing", starts_at=datetime(2027, 5, 5, 7, tzinfo=UTC))


@pytest.fixture
def running(session: Session) -> Operation:
    return builders.operation(session, "running")


def held(session: Session, operation: Operation) -> Meeting:
    """Return a meeting in progress with one item."""
    meeting = service.create(session, COORDINATOR, operation, BRIEFING)
    service.add_own(session, COORDINATOR, operation, meeting.number, "Weather")
    service.step(session, COORDINATOR, operation, meeting.number, MeetingState.OPEN)
    return service.step(session, COORDINATOR, operation, meeting.number, MeetingState.IN_PROGRESS)


def test_what_is_open_is_offered_for_the_agenda(session: Session, running: Operation) -> None:
    with clock.fixed(builders.DURING):
        tasks.step(session, SPAIN, running, "T1", "ES-BORDER", AssignmentState.DECLINED, "No staff")
        day = date(2027, 5, 3)
        returns.submit(
            session, builders.reporter("ES-POLICE"), running, "ES-POLICE", day, Submission(nil=True)
        )
        returns.send_back(session, COORDINATOR, running, "ES-POLICE", day, question="Really nothing?")
        warning = WarningInput(
            kind=WarningKind.VEHICLE, title="Secret lorries", watch_for="x", units=("RS-POLICE",)
        )
        warnings.send(session, COORDINATOR, running, warning)
        meeting = service.create(session, COORDINATOR, running, BRIEFING)

        offered = service.offered(session, COORDINATOR, running, meeting)

    references = [item.reference for item in offered]
    for reference in ("invitation/ES", "task/T1", "question/ES-POLICE/2027-05-03", "warning/W1"):
        assert reference in references
    # An agenda is read by everybody: what only some may know is not in it.
    assert "Secret lorries" not in str(offered)
    service.add_open(session, COORDINATOR, running, 1, ["warning/W1", "task/T1"])
    found = service.find(session, COORDINATOR, running, 1)
    assert [(item.position, item.kind) for item in found.items] == [(1, ItemKind.WARNING), (2, ItemKind.TASK)]
    left = service.offered(session, COORDINATOR, running, found)
    assert {"warning/W1", "task/T1"}.isdisjoint(item.reference for item in left)


def test_a_plan_s_gaps_are_offered_while_it_is_planned(session: Session) -> None:
    draft = builders.operation(session, "draft", sections={})
    meeting = service.create(session, COORDINATOR, draft, BRIEFING)

    kinds = {item.kind for item in service.offered(session, COORDINATOR, draft, meeting)}

    assert ItemKind.SECTION in kinds
    assert ItemKind.INVITATION not in kinds


def test_a_draft_is_seen_by_the_coordination_only_until_it_invites(
    session: Session, running: Operation
) -> None:
    spain = people.person(session, grant(Role.NATIONAL_COORDINATOR, "ES"))
    people.person(session, grant(Role.NATIONAL_COORDINATOR, "RS"))
    only_spain = MeetingInput(title="Bilateral", starts_at=BRIEFING.starts_at, invited=("ES",))
    service.create(session, COORDINATOR, running, only_spain)
    with pytest.raises(NotFound):
        service.find(session, SPAIN, running, 1)
    with pytest.raises(Conflict, match="agenda-empty"):
        service.step(session, COORDINATOR, running, 1, MeetingState.OPEN)
    service.add_own(session, COORDINATOR, running, 1, "Weather")

    service.step(session, COORDINATOR, running, 1, MeetingState.OPEN)

    assert service.find(session, SPAIN, running, 1).title == "Bilateral"
    assert [notice.person_id for notice in session.scalars(select(Notice))] == [spain.id]
    assert len(service.of_person(session, SPAIN, [running])) == 1
    assert service.of_person(session, builders.national("RS"), [running]) == []


@pytest.mark.database("sqlite", "postgresql")
def test_items_are_ordered_and_taken_off(session: Session, running: Operation) -> None:
    service.create(session, COORDINATOR, running, BRIEFING)
    for title in ("A", "B", "C"):
        meeting = service.add_own(session, COORDINATOR, running, 1, title)
    keys = {item.title: item.id for item in meeting.items}

    service.move_item(session, COORDINATOR, running, 1, keys["C"], -1)
    service.remove_item(session, COORDINATOR, running, 1, keys["A"])

    found = service.find(session, COORDINATOR, running, 1)
    assert [(item.position, item.title) for item in found.items] == [(1, "C"), (2, "B")]


def test_outcomes_and_decisions_are_written_only_while_the_meeting_is_in_progress(
    session: Session, running: Operation
) -> None:
    service.create(session, COORDINATOR, running, BRIEFING)
    [item] = service.add_own(session, COORDINATOR, running, 1, "Weather").items
    for state in (MeetingState.OPEN, None):
        with pytest.raises(Conflict, match="meeting-not-in-progress"):
            service.write_outcome(session, COORDINATOR, running, 1, item.id, "Rain")
        if state:
            service.step(session, COORDINATOR, running, 1, state)
    service.step(session, COORDINATOR, running, 1, MeetingState.IN_PROGRESS)
    service.write_outcome(session, COORDINATOR, running, 1, item.id, "Rain", settled=False)
    service.note_attendance(session, COORDINATOR, running, 1, ["RS", "ES"])
    with pytest.raises(Conflict, match="meeting-begun"):
        service.update(session, COORDINATOR, running, 1, {"place": "Room 2"})
    with pytest.raises(NotAllowed):
        service.write_outcome(session, SPAIN, running, 1, item.id, "Sun")

    service.step(session, COORDINATOR, running, 1, MeetingState.CLOSED)

    with pytest.raises(Conflict, match="meeting-not-in-progress"):
        service.decide(session, COORDINATOR, running, 1, item.id, "Umbrellas")
    found = service.find(session, SPAIN, running, 1)
    assert (found.items[0].outcome, found.attended) == ("Rain", ["ES", "RS"])


@pytest.mark.database("sqlite", "postgresql")
def test_a_decision_becomes_a_task_linked_both_ways(session: Session, running: Operation) -> None:
    [item] = held(session, running).items
    work = TaskInput(
        title={"en": "Night checks"},
        kind="coordination",
        starts_on=date(2027, 5, 5),
        ends_on=date(2027, 5, 6),
        units=("ES-POLICE",),
    )
    with pytest.raises(Invalid) as caught:
        service.decide(
            session,
            COORDINATOR,
            running,
            1,
            item.id,
            "Check at night",
            TaskInput(
                title={"en": "x"},
                kind="coordination",
                starts_on=work.ends_on,
                ends_on=work.starts_on,
                units=("XX",),
            ),
        )
    assert {problem.pointer for problem in caught.value.problems} == {"/task/ends_on", "/task/units/0"}

    decision = service.decide(session, COORDINATOR, running, 1, item.id, "Check at night", work)

    assert decision.task is not None
    task = tasks.find(session, SPAIN, running, decision.task.code)
    assert task.assignments[0].state is AssignmentState.ASSIGNED
    assert [one.number for one in service.decisions_of(session, SPAIN, running, task)] == [1]
    with pytest.raises(Conflict, match="item-decided"):
        service.remove_item(session, COORDINATOR, running, 1, item.id)


@pytest.mark.database("sqlite", "postgresql")
def test_the_next_meeting_takes_over_what_was_left_open_once(session: Session, running: Operation) -> None:
    held(session, running)
    service.add_own(session, COORDINATOR, running, 1, "Fuel")
    weather, _fuel = service.find(session, COORDINATOR, running, 1).items
    service.write_outcome(session, COORDINATOR, running, 1, weather.id, "Rain")
    service.step(session, COORDINATOR, running, 1, MeetingState.CLOSED)

    second = service.create(session, COORDINATOR, running, BRIEFING)
    third = service.create(session, COORDINATOR, running, BRIEFING)

    assert [(item.title, item.carried_from) for item in second.items] == [("Fuel", 1)]
    assert second.previous is not None
    assert third.items == []


def test_a_meeting_somebody_else_changed_is_not_changed_unseen(session: Session, running: Operation) -> None:
    service.create(session, COORDINATOR, running, BRIEFING)
    service.update(session, COORDINATOR, running, 1, {"place": "Room 1"}, expected_version=1)

    with pytest.raises(Stale):
        service.update(session, COORDINATOR, running, 1, {"place": "Room 2"}, expected_version=1)
    with pytest.raises(Invalid, match="participant-unknown"):
        service.update(session, COORDINATOR, running, 1, {"invited": ("FR",)})
