"""The demonstration, loaded through the services."""

from __future__ import annotations

import stat
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from jointops.demo import accounts, load
from jointops.evaluation import service as evaluation
from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.db import make_engine, make_session_factory, unit_of_work
from jointops.matching import service as matching
from jointops.meetings import service as meetings
from jointops.meetings.models import MeetingState
from jointops.notify.models import Notice
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.returns import facts
from jointops.returns.models import FactStatus, Revision
from jointops.tasks import service as tasks
from tests.support.databases import SqliteDatabases

FIRST = datetime(2014, 9, 24, 21, 59, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def loaded(
    sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[sessionmaker[Session], Path]]:
    """Give a database with the demonstration in it, and the folder of its secrets."""
    secrets = tmp_path_factory.mktemp("secrets")
    with sqlite_databases.migrated() as url:
        engine = make_engine(url)
        factory = make_session_factory(engine)
        with unit_of_work(factory) as session:
            load.load(session, secrets)
        yield factory, secrets
        engine.dispose()


def totals(session: Session, at: datetime) -> dict[str, Decimal]:
    operation = session.scalars(select(Operation).where(Operation.code == load.CODE)).one()
    figures: dict[str, Decimal] = defaultdict(Decimal)
    for cell in facts.cells(session, operation, as_known_at=at, status=FactStatus.ACCEPTED):
        if cell.counts:
            figures[cell.indicator] += cell.quantity
    return figures


def test_accepted_totals_are_the_published_ones_at_their_instants(
    loaded: tuple[sessionmaker[Session], Path],
) -> None:
    with unit_of_work(loaded[0], read_only=True) as session:
        first, now = totals(session, FIRST), totals(session, clock.now())
    assert [first[i] for i in ("persons-arrested", "cocaine-seized", "heroin-seized", "cannabis-seized")] == [
        1027,
        599,
        200,
        1300,
    ]
    assert (now["persons-arrested"], now["vehicles-seized"], now["cigarettes-seized"]) == (
        1150,
        21,
        1_500_000,
    )


def test_every_revision_is_marked_as_history_and_as_illustrative(
    loaded: tuple[sessionmaker[Session], Path],
) -> None:
    with unit_of_work(loaded[0], read_only=True) as session:
        plain = select(func.count()).select_from(Revision).where(Revision.historical.is_(False))
        assert session.scalar(plain) == 0
        assert set(session.scalars(select(Revision.recorded_by))) == {"Demonstration data (illustrative)"}
        assert set(session.scalars(select(AuditEntry.channel))) == {"demo"}


def test_loading_again_changes_nothing(loaded: tuple[sessionmaker[Session], Path]) -> None:
    factory, secrets = loaded
    with unit_of_work(factory, read_only=True) as session:
        before = session.scalar(select(func.count()).select_from(AuditEntry))
    with unit_of_work(factory) as session:
        again = load.load(session, secrets)
    with unit_of_work(factory, read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == before
        operation = session.scalars(select(Operation)).one()
        assert operation.state is OperationState.CLOSED
    assert again.revisions == 0
    assert again.passwords.keys() == {account.email for account in accounts.ACCOUNTS}


def test_passwords_are_kept_where_only_the_owner_reads_them(
    loaded: tuple[sessionmaker[Session], Path],
) -> None:
    file = loaded[1] / accounts.PASSWORDS_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_counts_by_its_highest_day_comes_out_as_published(
    loaded: tuple[sessionmaker[Session], Path],
) -> None:
    with unit_of_work(loaded[0], read_only=True) as session:
        operation = operations.find(session, load.LOADER, load.CODE)
        measured = evaluation.measure(session, load.LOADER, operation, as_known_at=FIRST).to_data()
    totals_at_first = {r["indicator"]: r["quantity"] for r in measured["results"] if r["category"] is None}
    assert (totals_at_first["officers-deployed"], totals_at_first["places-covered"]) == ("20000", "300")
    assert totals_at_first["persons-arrested"] == "1027"


def test_tasks_were_done_in_september_2014(loaded: tuple[sessionmaker[Session], Path]) -> None:
    factory, _secrets = loaded
    with unit_of_work(factory, read_only=True) as session:
        operation = session.scalars(select(Operation).where(Operation.code == load.CODE)).one()
        before, amid, after = (
            tasks.counts(session, operation, datetime(2014, 9, day, 20, tzinfo=UTC)) for day in (1, 17, 25)
        )
        now = tasks.counts(session, operation)

    assert before.done == 0
    assert amid.under_way > 0
    assert (after.done, after.assigned) == (19, 19)
    # One more was decided at a meeting in October.
    assert (now.done, now.assigned) == (20, 20)


def test_countries_warned_met_compared_and_brought_what_they_pledged_in_2014(
    loaded: tuple[sessionmaker[Session], Path],
) -> None:
    factory, _secrets = loaded
    with unit_of_work(factory, read_only=True) as session:
        operation = operations.find(session, load.LOADER, load.CODE)
        at_first, now = (
            evaluation.measure(session, load.LOADER, operation, as_known_at=at).to_data()
            for at in (FIRST, clock.now())
        )
        met = meetings.list_meetings(session, load.LOADER, operation)
        compared = matching.numbers(session, load.LOADER, operation)
        told = session.scalar(select(func.count()).select_from(Notice))
        answered = {participant.answered_at for participant in operation.participants}

    assert at_first["warnings"] == now["warnings"]
    assert [now["warnings"][name] for name in ("sent", "with_result", "withdrawn")] == [7, 5, 1]
    assert {meeting.state for meeting in met} == {MeetingState.CLOSED}
    assert {meeting.starts_at.year for meeting in met} == {2014}
    assert (compared.entries, compared.matches) == (10, 3)
    officers = [one["actual"] for one in now["contributions"] if one["kind"] == "officers"]
    assert sum(officers) == 20_000
    assert {at.year for at in answered if at} == {2014}
    assert told == 0  # what is put on record of the past is no news
