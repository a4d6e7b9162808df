"""Warnings from their sending to their result; what stores in several steps, on both kinds of database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jointops.evaluation import service as evaluation
from jointops.kernel import clock
from jointops.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from jointops.kernel.policy import Actor, Role
from jointops.notify.models import Notice
from jointops.operations.models import Operation
from jointops.returns import service as returns
from jointops.returns.submission import IncidentEntry, Submission
from jointops.warnings import service
from jointops.warnings.models import FeedbackAnswer, WarningKind, WarningState
from jointops.warnings.rules import WarningInput
from tests import builders, people
from tests.people import grant

pytestmark = pytest.mark.database("sqlite")

ES, CUSTOMS, RS = (builders.reporter(unit) for unit in ("ES-POLICE", "ES-CUSTOMS", "RS-POLICE"))

LORRY = WarningInput(
    kind=WarningKind.CONSIGNMENT,
    title="Bananas with more in them",
    watch_for="White refrigerated lorries from the south, pallets wrapped in green.",
    sender="ES-POLICE",
    expected_at="A6, northbound",
    units=("RS-POLICE",),
)


def at(hour: int) -> datetime:
    return datetime(2027, 5, 4, hour, tzinfo=UTC)


@pytest.fixture
def running(session: Session) -> Operation:
    return builders.operation(session, "running")


def codes(session: Session, actor: Actor, operation: Operation) -> list[str]:
    return [warning.code for warning in service.list_warnings(session, actor, operation)]


def test_only_those_concerned_know_of_a_warning(session: Session, running: Operation) -> None:
    service.send(session, ES, running, LORRY)

    for actor in (ES, RS, builders.national("RS"), builders.COORDINATOR, builders.REVIEWER, builders.AUDITOR):
        assert codes(session, actor, running) == ["W1"]
    assert codes(session, CUSTOMS, running) == []
    with pytest.raises(NotFound):
        service.find(session, CUSTOMS, running, "W1")
    with pytest.raises(NotAllowed):
        service.list_warnings(session, builders.ADMINISTRATOR, running)


def test_a_type_of_authority_stands_for_its_units_but_the_sender(
    session: Session, running: Operation
) -> None:
    people.person(session, grant(Role.REPORTER, "RS-POLICE"))
    people.person(session, grant(Role.NATIONAL_COORDINATOR, "RS"))
    people.person(session, grant(Role.REPORTER, "ES-CUSTOMS"))

    warning = service.send(session, ES, running, replace(LORRY, units=(), authority="police"))

    assert [one.unit.code for one in warning.recipients] == ["RS-POLICE"]
    assert session.scalar(select(func.count()).select_from(Notice)) == 2


def test_a_warning_says_everything_that_is_wrong_with_it(session: Session, running: Operation) -> None:
    with pytest.raises(Invalid) as caught:
        service.send(
            session, ES, running, replace(LORRY, title="", units=("XX-1",), until=at(8), since=at(9))
        )

    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [
        ("text-missing", "/title"),
        ("unit-unknown", "/units/0"),
        ("window-reversed", "/until"),
    ]


def test_text_that_looks_like_a_person_is_sent_only_when_it_was_looked_at_again(
    session: Session, running: Operation
) -> None:
    named = replace(LORRY, watch_for="The driver is Mr Novak.")

    with pytest.raises(Invalid, match="personal-data-suspected"):
        service.send(session, ES, running, named)

    assert service.send(session, ES, running, replace(named, checked=True)).code == "W1"


def test_a_unit_warns_in_its_own_name_only(session: Session, running: Operation) -> None:
    for sender in (None, "ES-CUSTOMS"):
        with pytest.raises(NotAllowed):
            service.send(session, ES, running, replace(LORRY, sender=sender))
    assert service.send(session, builders.COORDINATOR, running, replace(LORRY, sender=None)).sender is None


@pytest.mark.database("sqlite", "postgresql")
def test_feedback_is_given_by_the_warned_and_what_was_found_needs_words(
    session: Session, running: Operation
) -> None:
    service.send(session, ES, running, LORRY)
    with pytest.raises(Invalid, match="text-missing"):
        service.give_feedback(session, RS, running, "W1", "RS-POLICE", FeedbackAnswer.FOUND)
    with pytest.raises(NotFound, match="unit-not-warned"):
        service.give_feedback(session, ES, running, "W1", "ES-POLICE", FeedbackAnswer.NOT_SEEN)
    with pytest.raises(NotAllowed):
        service.give_feedback(session, ES, running, "W1", "RS-POLICE", FeedbackAnswer.NOT_SEEN)

    service.give_feedback(session, RS, running, "W1", "RS-POLICE", FeedbackAnswer.NOT_SEEN)
    service.give_feedback(session, RS, running, "W1", "RS-POLICE", FeedbackAnswer.FOUND, "Under the floor")

    warning = service.find(session, ES, running, "W1")
    assert [one.answer.value for one in warning.feedback] == ["not-seen", "found"]
    assert [one.text for one in service.latest(warning).values()] == ["Under the floor"]
    assert service.unanswered(session, RS) == []


@pytest.mark.database("sqlite", "postgresql")
def test_the_evaluation_counts_what_warnings_led_to_as_known_at_an_instant(
    session: Session, running: Operation
) -> None:
    with clock.fixed(at(8)):
        service.send(session, ES, running, LORRY)
        service.send(session, ES, running, LORRY)
    with clock.fixed(at(9)):
        service.give_feedback(
            session, RS, running, "W1", "RS-POLICE", FeedbackAnswer.FOUND, "Under the floor"
        )
    with clock.fixed(at(10)):
        seized = IncidentEntry(reference="RS-1", indicator="cocaine-seized", quantity="12", unit="kg")
        returns.submit(session, RS, running, "RS-POLICE", date(2027, 5, 4), Submission(incidents=(seized,)))
        linked = service.link_incident(session, RS, running, "W1", "RS-POLICE", date(2027, 5, 4), "RS-1")
        service.link_task(session, RS, running, "W2", "T1")
    with clock.fixed(at(11)):
        service.take_back(session, RS, running, "W2", service.find(session, RS, running, "W2").results[0].id)
        service.end(session, ES, running, "W2", WarningState.WITHDRAWN, "A mistake")

    with clock.fixed(at(12)):

        def measured(hour: int) -> tuple[int, int, int, int]:
            found = evaluation.measure(session, builders.REVIEWER, running, as_known_at=at(hour)).to_data()[
                "warnings"
            ]
            return found["sent"], found["with_feedback"], found["with_result"], found["withdrawn"]

        assert [measured(hour) for hour in (7, 8, 9, 10, 11)] == [
            (0, 0, 0, 0),
            (2, 0, 0, 0),
            (2, 1, 0, 0),
            (2, 1, 2, 0),
            (2, 1, 1, 1),
        ]
    assert linked.reference == "RS-1"


def test_an_incident_that_nobody_reported_is_not_linked(session: Session, running: Operation) -> None:
    service.send(session, ES, running, LORRY)
    day = date(2027, 5, 4)
    with pytest.raises(NotFound, match="return-unknown"):
        service.link_incident(session, RS, running, "W1", "RS-POLICE", day, "RS-1")
    with clock.fixed(at(10)):
        returns.submit(session, RS, running, "RS-POLICE", day, Submission(nil=True))

    with pytest.raises(Invalid, match="incident-unknown"):
        service.link_incident(session, RS, running, "W1", "RS-POLICE", day, "RS-1")


def test_a_warning_is_ended_by_its_sender_and_withdrawn_for_a_reason(
    session: Session, running: Operation
) -> None:
    service.send(session, ES, running, LORRY)
    with pytest.raises(NotAllowed):
        service.end(session, RS, running, "W1", WarningState.CLOSED)
    with pytest.raises(Invalid, match="reason-missing"):
        service.end(session, ES, running, "W1", WarningState.WITHDRAWN)

    service.end(session, builders.national("ES"), running, "W1", WarningState.WITHDRAWN, "Wrong road")

    with pytest.raises(Conflict, match="warning-ended"):
        service.end(session, ES, running, "W1", WarningState.CLOSED)
    with pytest.raises(Conflict, match="warning-withdrawn"):
        service.give_feedback(session, RS, running, "W1", "RS-POLICE", FeedbackAnswer.NOT_SEEN)
