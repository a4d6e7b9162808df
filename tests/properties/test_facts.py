"""Whatever people do with returns and in whatever order, totals hold and the past stays as it was."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.db import make_session_factory
from jointops.kernel.errors import DomainError
from jointops.kernel.types import canonical_json, quantity_text
from jointops.operations.models import ReportingUnit
from jointops.returns import facts, service
from jointops.returns.models import FactStatus, Return, Revision
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry
from tests import builders
from tests.support.databases import PostgresDatabases, SqliteDatabases, engine_on, give_back_engine

UNITS = ("ES-POLICE", "ES-CUSTOMS", "RS-POLICE")
DAYS = (date(2027, 5, 3), date(2027, 5, 4))
START = datetime(2027, 5, 4, 12, 0, tzinfo=UTC)


class Reporting(RuleBasedStateMachine):
    """Units submit, retry and correct, others review, all in any order; answers about the past are remembered."""

    databases: SqliteDatabases | PostgresDatabases

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        engine = engine_on(self.stack.enter_context(self.databases.migrated()))
        self.stack.callback(give_back_engine, engine)
        self.session: Session = self.stack.enter_context(make_session_factory(engine)())
        self.minutes = 0
        self.remembered: list[tuple[datetime, FactStatus, str]] = []
        self.current: dict[tuple[str, date], dict[str, Decimal]] = {}
        self.receipts: dict[tuple[str, date], list[str]] = defaultdict(list)

    def teardown(self) -> None:
        self.stack.close()

    @initialize()
    def start(self) -> None:
        self.operation = builders.operation(self.session, "running")

    def now(self) -> datetime:
        return START + timedelta(minutes=self.minutes)

    @rule(
        unit=st.sampled_from(UNITS),
        day=st.sampled_from(DAYS),
        arrests=st.integers(0, 5),
        grams=st.one_of(st.none(), st.integers(0, 5000)),
        partner=st.sampled_from(UNITS),
    )
    def report(self, unit: str, day: date, arrests: int, grams: int | None, partner: str) -> None:
        self.minutes += 1
        incidents: tuple[IncidentEntry, ...] = ()
        if grams is not None and partner != unit:
            incidents = (
                IncidentEntry(
                    reference=f"JR-{day}",
                    indicator="cocaine-seized",
                    quantity=str(grams),
                    unit="g",
                    joint_with=(partner,),
                ),
            )
        submission = Submission(
            values=(ValueEntry(indicator="persons-arrested", quantity=str(arrests)),),
            incidents=incidents,
            reason="again",
        )
        with clock.fixed(self.now()):
            outcome = service.submit(
                self.session, builders.reporter(unit), self.operation, unit, day, submission
            )
        self.current[unit, day] = {"persons-arrested": Decimal(arrests)}
        if outcome.changed:
            self.receipts[unit, day].append(outcome.receipt.sha256)
        self.session.flush()

    @rule(
        unit=st.sampled_from(UNITS),
        day=st.sampled_from(DAYS),
        step=st.sampled_from(["verify", "accept", "send_back"]),
    )
    def review(self, unit: str, day: date, step: str) -> None:
        self.minutes += 1
        more: dict[str, Any] = {"question": "Sure?"} if step == "send_back" else {}
        with clock.fixed(self.now()):
            try:
                getattr(service, step)(self.session, builders.COORDINATOR, self.operation, unit, day, **more)
            except DomainError:
                return

    @precondition(lambda self: self.minutes)
    @rule(status=st.sampled_from(FactStatus))
    def ask(self, status: FactStatus) -> None:
        at = self.now()
        self.remembered.append((at, status, self.picture(at, status)))
        self.minutes += 1

    def picture(self, at: datetime, status: FactStatus) -> str:
        cells = facts.cells(self.session, self.operation, as_known_at=at, status=status)
        return canonical_json(
            [[c.indicator, c.unit, c.day.isoformat(), c.counts, quantity_text(c.quantity)] for c in cells]
        )

    @invariant()
    def the_past_stays_as_it_was(self) -> None:
        for at, status, picture in self.remembered:
            assert self.picture(at, status) == picture

    @invariant()
    def totals_are_the_sum_of_what_is_reported(self) -> None:
        if not self.current:
            return
        cells = facts.cells(
            self.session, self.operation, as_known_at=self.now(), status=FactStatus.PROVISIONAL
        )
        total = sum((c.quantity for c in cells if c.counts and c.indicator == "persons-arrested"), Decimal(0))
        assert total == sum((v["persons-arrested"] for v in self.current.values()), Decimal(0))

    @invariant()
    def a_joint_result_counts_once(self) -> None:
        if not self.current:
            return
        for status in FactStatus:
            cells = facts.cells(
                self.session,
                self.operation,
                as_known_at=self.now(),
                status=status,
                indicators=["cocaine-seized"],
            )
            counted = [c.joint for c in cells if c.counts]
            assert len(counted) == len(set(counted))
            assert {c.joint for c in cells} == set(counted)

    @invariant()
    def every_acknowledged_revision_is_there(self) -> None:
        kept = {
            tuple(row)
            for row in self.session.execute(
                select(ReportingUnit.code, Return.day, Revision.sha256)
                .join(Return, Revision.return_id == Return.id)
                .join(ReportingUnit, Return.unit_id == ReportingUnit.id)
            )
        }
        acknowledged = {
            (unit, day, digest) for (unit, day), digests in self.receipts.items() for digest in digests
        }
        assert kept >= acknowledged


@pytest.fixture(params=["sqlite", "postgresql"])
def machine(request: pytest.FixtureRequest) -> type[Reporting]:
    """Give the machine on each kind of database."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres_databases"
    return type("Machine", (Reporting,), {"databases": request.getfixturevalue(name)})


def test_any_order_of_steps_keeps_totals_receipts_and_the_past(machine: type[Reporting]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
