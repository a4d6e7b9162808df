"""Sessions: they commit and roll back with their transaction, and are given back to the pool whatever happens."""

from __future__ import annotations

from datetime import date

import pytest
import transaction
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

from jointops.cycles.models import PolicyCycle
from jointops.kernel.db import open_session, unit_of_work


def add_a_row(session: Session) -> None:
    # A Core statement, which the session itself does not notice.
    session.execute(
        insert(PolicyCycle).values(
            code="C", title={"en": "Cycle"}, starts_on=date(2026, 1, 1), ends_on=date(2029, 12, 31)
        )
    )


def rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(PolicyCycle)) or 0


def borrowed(engine: Engine) -> int:
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout()


def test_what_a_unit_of_work_did_is_kept(session_factory: sessionmaker[Session]) -> None:
    with unit_of_work(session_factory) as session:
        add_a_row(session)
    with unit_of_work(session_factory, read_only=True) as session:
        assert rows(session) == 1


def test_what_a_failed_unit_of_work_did_is_not(session_factory: sessionmaker[Session]) -> None:
    def add_and_fail(session: Session) -> None:
        add_a_row(session)
        raise RuntimeError

    with pytest.raises(RuntimeError), unit_of_work(session_factory) as session:
        add_and_fail(session)
    with unit_of_work(session_factory, read_only=True) as session:
        assert rows(session) == 0


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("end", ["commit", "abort"])
def test_a_connection_is_given_back_at_the_end_of_the_transaction(
    engine: Engine, session_factory: sessionmaker[Session], read_only: bool, end: str
) -> None:
    manager = transaction.TransactionManager(explicit=True)
    manager.begin()
    session = open_session(session_factory, manager, read_only=read_only)
    rows(session)
    assert borrowed(engine) == 1

    getattr(manager, end)()

    assert borrowed(engine) == 0


def test_readers_see_the_state_before_a_writer_commits(session_factory: sessionmaker[Session]) -> None:
    with unit_of_work(session_factory) as writer:
        add_a_row(writer)
        with unit_of_work(session_factory, read_only=True) as reader:
            assert rows(reader) == 0
