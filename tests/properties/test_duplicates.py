"""Whatever is linked, dismissed, taken back, corrected or left out: totals hold and everybody sees its own figures."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

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
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotFound
from jointops.kernel.types import canonical_json, quantity_text
from jointops.returns import facts, linking, regrouping, service
from jointops.returns.models import DuplicateDecision, FactStatus
from jointops.returns.sightings import IncidentKey
from jointops.returns.submission import IncidentEntry, Submission
from tests import builders
from tests.support.databases import PostgresDatabases, SqliteDatabases, engine_on, give_back_engine

UNITS = ("ES-POLICE", "ES-CUSTOMS", "ES-BORDER", "RS-POLICE")
DAY = date(2027, 5, 3)
START = datetime(2027, 5, 4, 12, 0, tzinfo=UTC)
REFERENCES = ("1", "2")
INDICATORS = ("cocaine-seized", "ammunition-seized")
KEYS = st.builds(IncidentKey, st.sampled_from(UNITS), st.just(DAY), st.sampled_from(("1", "1", "1", "2")))


class Deciding(RuleBasedStateMachine):
    """Units report, correct and leave out; the coordinator links, dismisses and takes back."""

    databases: SqliteDatabases | PostgresDatabases

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        engine = engine_on(self.stack.enter_context(self.databases.migrated()))
        self.stack.callback(give_back_engine, engine)
        self.session: Session = self.stack.enter_context(make_session_factory(engine)())
        self.minutes = 0
        self.remembered: list[tuple[datetime, FactStatus, str]] = []
        self.reported: dict[IncidentKey, tuple[str, Decimal]] = {}

    def teardown(self) -> None:
        self.stack.close()

    @initialize()
    def start(self) -> None:
        self.operation = builders.operation(self.session, "running")
        for number, unit in enumerate(UNITS):
            self.report(unit, {"1": (INDICATORS[0], 10 * (number + 1))})

    def now(self) -> datetime:
        return START + timedelta(minutes=self.minutes)

    @rule(
        unit=st.sampled_from(UNITS),
        incidents=st.dictionaries(
            st.sampled_from(REFERENCES), st.tuples(st.sampled_from(INDICATORS), st.integers(1, 90))
        ),
    )
    def report(self, unit: str, incidents: dict[str, tuple[str, int]]) -> None:
        self.minutes += 1
        entries = tuple(
            IncidentEntry(reference=reference, indicator=indicator, quantity=str(quantity))
            for reference, (indicator, quantity) in sorted(incidents.items())
        )
        submission = Submission(incidents=entries, nil=not entries, reason="again")
        with clock.fixed(self.now()):
            try:
                with self.session.begin_nested():
                    service.submit(
                        self.session, builders.reporter(unit), self.operation, unit, DAY, submission
                    )
            except Invalid as refused:
                # What was left out and linked elsewhere meanwhile comes back beside it.
                if {problem.code for problem in refused.problems} != {"reference-used"}:
                    raise
                return
        self.reported = {key: said for key, said in self.reported.items() if key.unit != unit} | {
            IncidentKey(unit, DAY, reference): (indicator, Decimal(quantity))
            for reference, (indicator, quantity) in incidents.items()
        }

    @rule(unit=st.sampled_from(UNITS), step=st.sampled_from(["verify", "accept", "send_back"]))
    def review(self, unit: str, step: str) -> None:
        self.minutes += 1
        more = {"question": "Sure?"} if step == "send_back" else {}
        with clock.fixed(self.now()):
            try:
                getattr(service, step)(self.session, builders.COORDINATOR, self.operation, unit, DAY, **more)
            except DomainError:
                return

    @rule(first=KEYS, second=KEYS, choose=st.booleans())
    def link(self, first: IncidentKey, second: IncidentKey, choose: bool) -> None:
        self.minutes += 1
        before = self.credited()
        with clock.fixed(self.now()):
            try:
                with self.session.begin_nested():
                    linking.link(
                        self.session,
                        builders.COORDINATOR,
                        self.operation,
                        first,
                        second,
                        reason="the same lorry",
                        counting=second.unit if choose else None,
                    )
            except (Conflict, Invalid, NotFound):
                return
        assert self.credited() == before

    @rule(first=KEYS, second=KEYS)
    def dismiss(self, first: IncidentKey, second: IncidentKey) -> None:
        self.minutes += 1
        with clock.fixed(self.now()):
            try:
                linking.dismiss(
                    self.session, builders.COORDINATOR, self.operation, first, second, reason="another"
                )
            except (Conflict, Invalid, NotFound):
                return

    @rule(number=st.integers(0, 1))
    def take_back(self, number: int) -> None:
        standing = self.session.scalars(
            select(DuplicateDecision)
            .where(DuplicateDecision.undone_at.is_(None))
            .order_by(DuplicateDecision.id)
        ).all()
        if number >= len(standing):
            return
        self.minutes += 1
        before = self.credited()
        with clock.fixed(self.now()):
            linking.undo(
                self.session, builders.COORDINATOR, self.operation, standing[number].id, reason="mistaken"
            )
        assert self.credited() == before

    @precondition(lambda self: self.minutes)
    @rule(status=st.sampled_from(FactStatus))
    def ask(self, status: FactStatus) -> None:
        at = self.now()
        self.remembered.append((at, status, self.picture(at, status)))
        self.minutes += 1

    def cells(self, at: datetime, status: FactStatus = FactStatus.PROVISIONAL) -> list[facts.Cell]:
        return facts.cells(self.session, self.operation, as_known_at=at, status=status)

    def picture(self, at: datetime, status: FactStatus) -> str:
        return canonical_json(
            [
                [c.indicator, c.unit, c.joint, c.counts, quantity_text(c.quantity)]
                for c in self.cells(at, status)
            ]
        )

    def credited(self) -> dict[tuple[FactStatus, str, str], Decimal]:
        """What each unit sees in its own figures."""
        found: dict[tuple[FactStatus, str, str], Decimal] = defaultdict(Decimal)
        for status in FactStatus:
            for cell in self.cells(self.now(), status):
                found[status, cell.unit, cell.indicator] += cell.quantity
        return found

    @invariant()
    def the_past_stays_as_it_was(self) -> None:
        for at, status, picture in self.remembered:
            assert self.picture(at, status) == picture

    @invariant()
    def each_unit_sees_what_it_reported(self) -> None:
        said: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for key, (indicator, quantity) in self.reported.items():
            said[key.unit, indicator] += quantity
        seen: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for (status, unit, indicator), quantity in self.credited().items() if self.minutes else ():
            if status is FactStatus.PROVISIONAL:
                seen[unit, indicator] += quantity
        assert seen == said

    @invariant()
    def totals_count_each_result_once(self) -> None:
        groups = {key: key for key in self.reported}

        def root(key: IncidentKey) -> IncidentKey:
            while groups.setdefault(key, key) != key:
                key = groups[key]
            return key

        if not self.minutes:
            return
        for decision in self.session.scalars(
            select(DuplicateDecision).where(DuplicateDecision.undone_at.is_(None), DuplicateDecision.linked)
        ):
            one, other = (
                IncidentKey(self.codes()[unit], day, reference)
                for unit, day, reference in regrouping.ends(decision)
            )
            groups[root(one)] = root(other)
        results = {(root(key), indicator) for key, (indicator, _quantity) in self.reported.items()}
        counted = [cell for cell in self.cells(self.now()) if cell.counts]
        by_indicator: dict[str, int] = defaultdict(int)
        for _root, indicator in results:
            by_indicator[indicator] += 1
        figures = dict.fromkeys(by_indicator, 0)
        for cell in counted:
            figures[cell.indicator] += self.facts_in(cell)
        assert figures == by_indicator

    def facts_in(self, cell: facts.Cell) -> int:
        """How many results a cell is the sum of: one for a joint result, else the unit's incidents of their own."""
        if cell.joint is not None:
            return 1
        mine = (cell.unit, cell.indicator)
        joint = [c for c in self.cells(self.now()) if c.joint is not None and (c.unit, c.indicator) == mine]
        own = [key for key, said in self.reported.items() if (key.unit, said[0]) == mine]
        return len(own) - len(joint)

    def codes(self) -> dict[int, str]:
        return {unit.id: unit.code for unit in self.operation.units}


@pytest.fixture(params=["sqlite", "postgresql"])
def machine(request: pytest.FixtureRequest) -> type[Deciding]:
    """Give the machine on each kind of database."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres_databases"
    return type("Machine", (Deciding,), {"databases": request.getfixturevalue(name)})


def test_any_order_of_decisions_keeps_totals_own_figures_and_the_past(machine: type[Deciding]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
