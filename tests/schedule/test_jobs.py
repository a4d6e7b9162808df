from __future__ import annotations

import logging
import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from jointops import schedule
from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.db import unit_of_work
from jointops.schedule import Timed
from jointops.situation.jobs import freeze_due_reports
from jointops.situation.models import SituationReport
from tests.builders import FIRST_DAY
from tests.situation.scenes import hours, report, running


def count(factory: sessionmaker[Session], table: type[SituationReport] | type[AuditEntry]) -> int:
    with unit_of_work(factory, read_only=True) as session:
        query = select(func.count()).select_from(table)
        if table is AuditEntry:
            query = query.where(AuditEntry.object_type == "situation-report")
        return session.scalars(query).one()


def test_each_report_is_frozen_once_after_its_deadline(session_factory: sessionmaker[Session]) -> None:
    with unit_of_work(session_factory) as session:
        report(session, running(session), "ES-POLICE", [("persons-arrested", "3")])

    with clock.fixed(hours(1)):
        freeze_due_reports(session_factory)
    assert count(session_factory, SituationReport) == 0
    for later in (4, 5, 28):
        with clock.fixed(hours(later)):
            freeze_due_reports(session_factory)

    assert count(session_factory, SituationReport) == 2
    assert count(session_factory, AuditEntry) == 2
    with unit_of_work(session_factory, read_only=True) as session:
        first = session.scalars(select(SituationReport).where(SituationReport.day == FIRST_DAY)).one()
        assert first.frozen_by == "jointops"
        assert first.content["totals"][0]["quantity"] == "3"


def test_two_processes_make_one_report(session_factory: sessionmaker[Session]) -> None:
    with unit_of_work(session_factory) as session:
        running(session)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with clock.fixed(hours(4)):
                freeze_due_reports(session_factory)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert count(session_factory, SituationReport) == 1
    assert count(session_factory, AuditEntry) == 1


@pytest.mark.database("sqlite")
def test_the_scheduler_runs_its_jobs_and_outlives_a_failure(
    session_factory: sessionmaker[Session], caplog: pytest.LogCaptureFixture
) -> None:
    done = threading.Event()
    calls: list[int] = []

    def job(_factory: sessionmaker[Session]) -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise RuntimeError("made to fail")
        done.set()

    with caplog.at_level(logging.ERROR):
        scheduler = schedule.start(session_factory, (Timed(job, 1),))
        try:
            assert done.wait(30)
        finally:
            scheduler.shutdown()

    assert "made to fail" in caplog.text


def test_the_reports_are_among_the_jobs_of_a_served_application() -> None:
    assert Timed(freeze_due_reports, 60) in schedule.JOBS
