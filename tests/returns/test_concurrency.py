"""Several people at once: nothing acknowledged is lost or doubled, whoever comes first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from jointops.kernel import clock
from jointops.kernel.db import unit_of_work
from jointops.kernel.errors import DomainError, Stale
from jointops.operations import service as operations
from jointops.returns import facts, service
from jointops.returns.models import FactStatus, Return, Revision
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry
from tests import builders

DAY = date(2027, 5, 3)
EVENING = datetime(2027, 5, 3, 17, 0, tzinfo=UTC)
SENDERS = 8


def arrests(quantity: int, **more: object) -> Submission:
    return Submission(values=(ValueEntry(indicator="persons-arrested", quantity=str(quantity)),), **more)  # type: ignore[arg-type]


def at_once(factory: sessionmaker[Session], act: Callable[[Session, int], object]) -> list[object]:
    """Have every sender act in a transaction of its own at the same moment; return results and refusals."""
    with unit_of_work(factory) as session:
        builders.operation(session, "running")
    barrier = Barrier(SENDERS)

    def run(number: int) -> object:
        barrier.wait(timeout=30)
        try:
            with clock.fixed(EVENING + timedelta(seconds=number)), unit_of_work(factory) as session:
                return act(session, number)
        except DomainError as error:
            return error

    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(run, range(SENDERS)))


def test_the_same_return_from_many_senders_makes_one_revision(session_factory: sessionmaker[Session]) -> None:
    def act(session: Session, _number: int) -> object:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        return service.submit(
            session, builders.reporter("ES-POLICE"), operation, "ES-POLICE", DAY, arrests(5)
        )

    outcomes = at_once(session_factory, act)
    assert {outcome.receipt.revision for outcome in outcomes if isinstance(outcome, service.Outcome)} == {1}
    assert len(outcomes) == SENDERS
    with unit_of_work(session_factory, read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(Return)) == 1
        assert session.scalar(select(func.count()).select_from(Revision)) == 1


def test_of_many_corrections_of_the_same_version_one_wins_and_the_others_are_told(
    session_factory: sessionmaker[Session],
) -> None:
    def act(session: Session, number: int) -> object:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        return service.submit(
            session,
            builders.reporter("ES-POLICE"),
            operation,
            "ES-POLICE",
            DAY,
            arrests(number, reason="mine"),
            expected_version=0,
        )

    outcomes = at_once(session_factory, act)
    assert sum(isinstance(outcome, service.Outcome) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Stale) for outcome in outcomes) == SENDERS - 1


def test_a_joint_result_claimed_by_two_units_at_once_counts_once(
    session_factory: sessionmaker[Session],
) -> None:
    units = ("ES-POLICE", "RS-POLICE")

    def act(session: Session, number: int) -> object:
        unit, other = units[number % 2], units[1 - number % 2]
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        incident = IncidentEntry(
            reference="JR-1", indicator="cocaine-seized", quantity="40", unit="kg", joint_with=(other,)
        )
        submission = Submission(incidents=(incident,), reason="again")
        return service.submit(session, builders.reporter(unit), operation, unit, DAY, submission)

    outcomes = at_once(session_factory, act)
    assert all(isinstance(outcome, service.Outcome) for outcome in outcomes), outcomes
    with unit_of_work(session_factory, read_only=True) as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        cells = facts.cells(
            session, operation, as_known_at=EVENING + timedelta(hours=1), status=FactStatus.PROVISIONAL
        )
        assert sum(cell.quantity for cell in cells if cell.counts) == 40
