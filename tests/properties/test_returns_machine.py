"""Whatever people do with returns and in whatever order, totals hold, receipts are found, and the past stays as it was.

Units submit, send again, correct and withdraw; national coordinators verify; the coordination centre accepts, sends
back, links incidents into joint results and takes that back; figures are frozen and permits given. Beside them runs a
model in plain Python of what is reported at each status, and the database is held to it after every step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
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

from jointops.kernel import clock, ids
from jointops.kernel.db import make_session_factory
from jointops.kernel.errors import DomainError
from jointops.kernel.policy import Actor
from jointops.kernel.types import canonical_json, quantity_text
from jointops.operations import service as operations
from jointops.operations.models import Indicator, OperationState, ReportingUnit
from jointops.returns import facts, linking, service
from jointops.returns.models import (
    DuplicateDecision,
    Fact,
    FactStatus,
    Incident,
    Return,
    ReturnState,
    Revision,
)
from jointops.returns.recording import Outcome
from jointops.returns.sightings import IncidentKey
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry
from tests import builders
from tests.support.databases import PostgresDatabases, SqliteDatabases, engine_on, give_back_engine

UNITS = ("ES-POLICE", "ES-CUSTOMS", "RS-POLICE")
DAYS = (date(2027, 5, 3), date(2027, 5, 4))
REFERENCES = ("JR-1", "JR-2")
START = datetime(2027, 5, 4, 12, 0, tzinfo=UTC)
ARRESTS, COCAINE = "persons-arrested", "cocaine-seized"

FREEZE_AFTER = 20
"""Minutes, of which each step takes one, before figures may be frozen."""

EXAMPLES = {"sqlite": 25, "postgresql": 6}

Key = tuple[str, date]
Node = tuple[str, date, str]

units, days = st.sampled_from(UNITS), st.sampled_from(DAYS)
keys = st.tuples(units, st.sampled_from((DAYS[0], DAYS[0], DAYS[0], DAYS[1])))
incidents = st.lists(
    st.tuples(st.sampled_from(REFERENCES), st.integers(1, 5000), st.sets(units, max_size=1)),
    max_size=2,
    unique_by=lambda one: one[0],
)


@dataclass(frozen=True)
class Said:
    """What a revision says: arrests (``None``: withdrawn or nil), and grams of cocaine by reference."""

    arrests: int | None = None
    grams: Mapping[str, int] = field(default_factory=dict)


NOTHING = Said()


@dataclass
class Modelled:
    """A return as it must stand: what it says, its state, and what counts at each status."""

    said: Said
    submission: Submission
    state: ReturnState = ReturnState.SUBMITTED
    withdrawn: bool = False
    layers: dict[FactStatus, Said] = field(default_factory=lambda: dict.fromkeys(FactStatus, NOTHING))
    receipts: list[tuple[int, str]] = field(default_factory=list)


class Reporting(RuleBasedStateMachine):
    """Several people at one operation, each step a transaction of its own."""

    databases: SqliteDatabases | PostgresDatabases
    examples: int

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        engine = engine_on(self.stack.enter_context(self.databases.migrated()))
        self.stack.callback(give_back_engine, engine)
        self.session: Session = self.stack.enter_context(make_session_factory(engine)())
        self.minutes = 0
        self.frozen = False
        self.permits: set[Key] = set()
        self.returns: dict[Key, Modelled] = {}
        self.named: dict[Node, set[Node]] = defaultdict(set)
        self.links: dict[int, tuple[Node, Node]] = {}
        self.remembered: list[tuple[datetime, str]] = []

    def teardown(self) -> None:
        try:
            for at, picture in self.remembered:
                assert self.picture(at) == picture, "what was known then has changed"
        finally:
            self.stack.close()

    @initialize()
    def start(self) -> None:
        self.operation = builders.operation(self.session, "running")
        self.session.commit()
        for number, unit in enumerate(UNITS):
            self.report(unit, DAYS[0], number, [(REFERENCES[number % 2], 40 + number, set())])

    # --- Steps -------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return START + timedelta(minutes=self.minutes)

    def attempt(self, do: Callable[..., Any], actor: Actor, *what: Any, **more: Any) -> Any:
        """Do a step in a transaction; answers what it returned, or the code of its refusal."""
        self.minutes += 1
        with clock.fixed(self.now()):
            try:
                done = do(self.session, actor, self.operation, *what, **more)
            except DomainError as refusal:
                self.session.rollback()
                return refusal.code
        self.session.commit()
        return done

    @rule(unit=units, day=days, arrests=st.integers(0, 5), found=incidents)
    def report(self, unit: str, day: date, arrests: int, found: list[tuple[str, int, set[str]]]) -> None:
        entries = tuple(
            IncidentEntry(
                reference=reference,
                indicator=COCAINE,
                quantity=str(grams),
                unit="g",
                joint_with=tuple(partners - {unit}),
            )
            for reference, grams, partners in found
        )
        submission = Submission(
            values=(ValueEntry(indicator=ARRESTS, quantity=str(arrests)),), incidents=entries, reason="again"
        )
        self.send(unit, day, submission, Said(arrests, {ref: grams for ref, grams, _partners in found}))

    @rule(key=keys)
    def retry(self, key: Key) -> None:
        unit, day = key
        known = self.returns.get((unit, day))
        if known is not None and not known.withdrawn:
            settled = known.state is not ReturnState.SENT_BACK
            outcome = self.send(unit, day, known.submission, known.said)
            if isinstance(outcome, Outcome):
                assert outcome.changed is not settled
                assert (outcome.receipt.revision, outcome.receipt.sha256) == known.receipts[-1]

    @rule(key=keys)
    def withdraw(self, key: Key) -> None:
        unit, day = key
        known = self.returns.get((unit, day))
        done = self.attempt(service.withdraw, builders.reporter(unit), unit, day, reason="not ours")
        if known is None:
            assert done == "return-unknown"
        elif known.withdrawn:
            assert done == "return-withdrawn"
        elif self.shut(unit, day):
            assert done == "return-frozen"
        else:
            self.take(unit, day, done, Submission(withdrawn=True, reason="not ours"), NOTHING)

    def send(self, unit: str, day: date, submission: Submission, said: Said) -> Outcome | str:
        done: Outcome | str = self.attempt(service.submit, builders.reporter(unit), unit, day, submission)
        if self.shut(unit, day):
            assert done == "return-frozen"
        elif isinstance(done, Outcome):
            self.take(unit, day, done, submission, said)
            for entry in submission.incidents:
                self.name(unit, day, entry)
        else:
            assert done == "reference-used", done
        return done

    def take(self, unit: str, day: date, done: Outcome, submission: Submission, said: Said) -> None:
        known = self.returns.setdefault((unit, day), Modelled(said, submission))
        if done.changed:
            known.said, known.submission, known.withdrawn = said, submission, submission.withdrawn
            known.state = ReturnState.SUBMITTED
            known.layers[FactStatus.PROVISIONAL] = said
        receipt = (done.receipt.revision, done.receipt.sha256)
        if receipt not in known.receipts:
            known.receipts.append(receipt)
        assert done.state is known.state

    def name(self, unit: str, day: date, entry: IncidentEntry) -> None:
        """Note with which incidents one may be a joint result, by what it says: those of its reference."""
        node = (unit, day, entry.reference)
        for other in {*self.named, node}:
            if other[2] == entry.reference:
                self.named[node].add(other)
                self.named[other].add(node)

    def shut(self, unit: str, day: date) -> bool:
        return self.frozen and (unit, day) not in self.permits

    @rule(key=keys)
    def verify(self, key: Key) -> None:
        unit, day = key
        known = self.returns.get((unit, day))
        done = self.attempt(service.verify, builders.national(unit[:2]), unit, day)
        if known is None or known.state is not ReturnState.SUBMITTED:
            assert done in {"return-unknown", "return-not-submitted"}
        else:
            assert isinstance(done, Return)
            known.state, known.layers[FactStatus.VERIFIED] = ReturnState.VERIFIED, known.said

    @rule(key=keys)
    def accept(self, key: Key) -> None:
        unit, day = key
        known = self.returns.get((unit, day))
        done = self.attempt(service.accept, builders.COORDINATOR, unit, day)
        if known is None or known.state is not ReturnState.VERIFIED:
            assert done in {"return-unknown", "return-not-verified"}
        else:
            assert isinstance(done, Return)
            known.state, known.layers[FactStatus.ACCEPTED] = ReturnState.ACCEPTED, known.said

    @rule(key=keys)
    def send_back(self, key: Key) -> None:
        unit, day = key
        known = self.returns.get((unit, day))
        done = self.attempt(service.send_back, builders.COORDINATOR, unit, day, question="Sure?")
        if known is None or known.state not in {ReturnState.SUBMITTED, ReturnState.VERIFIED}:
            assert done in {"return-unknown", "return-not-in-review"}
            return
        assert isinstance(done, Return)
        if known.state is ReturnState.VERIFIED:
            known.layers[FactStatus.VERIFIED] = known.layers[FactStatus.ACCEPTED]
        known.state = ReturnState.SENT_BACK

    @rule(key=keys)
    def answer(self, key: Key) -> None:
        unit, day = key
        known = self.returns.get((unit, day))
        done = self.attempt(service.answer, builders.reporter(unit), unit, day, text="Yes.")
        if known is None or known.state is not ReturnState.SENT_BACK:
            assert done in {"return-unknown", "return-not-sent-back"}
        else:
            assert isinstance(done, Return)
            known.state = ReturnState.SUBMITTED

    @rule(key=keys, to_the_end=st.booleans())
    def review(self, key: Key, to_the_end: bool) -> None:
        """Take the step that is due, as most steps of a review are, or all that are left."""
        while (known := self.returns.get(key)) is not None and known.state in self.due:
            self.due[known.state](self, key)
            if not to_the_end:
                return

    @precondition(lambda self: len({node[0] for node in self.reported()}) > 1)
    @rule(data=st.data())
    def link(self, data: st.DataObject) -> None:
        reported = sorted(self.reported())
        one = data.draw(st.sampled_from(reported))
        other = data.draw(st.sampled_from([node for node in reported if node[0] != one[0]]))
        done = self.attempt(
            linking.link, builders.COORDINATOR, IncidentKey(*one), IncidentKey(*other), reason="the same"
        )
        if isinstance(done, str):
            assert done in {"already-decided", "already-joint", "unit-in-both"}, done
            return
        latest = select(DuplicateDecision.id).order_by(DuplicateDecision.id.desc()).limit(1)
        self.links[self.session.scalars(latest).one()] = (one, other)

    @precondition(lambda self: self.links)
    @rule(data=st.data())
    def take_link_back(self, data: st.DataObject) -> None:
        decision = data.draw(st.sampled_from(sorted(self.links)))
        done = self.attempt(linking.undo, builders.COORDINATOR, decision, reason="not the same")
        assert isinstance(done, DuplicateDecision), done
        del self.links[decision]

    @precondition(lambda self: self.minutes > FREEZE_AFTER and not self.frozen)
    @rule()
    def freeze(self) -> None:
        done = self.attempt(_close, builders.ADMINISTRATOR)
        assert not isinstance(done, str), done
        self.frozen = True

    @precondition(lambda self: self.frozen)
    @rule(unit=units, day=days)
    def permit(self, unit: str, day: date) -> None:
        until = START + timedelta(days=9)
        done = self.attempt(
            service.grant_permit, builders.COORDINATOR, unit, day, reason="late", expires_at=until
        )
        assert not isinstance(done, str), done
        self.permits.add((unit, day))

    @precondition(lambda self: self.minutes)
    @rule()
    def ask(self) -> None:
        self.remembered.append((self.now(), self.picture(self.now())))
        self.minutes += 1

    due = {ReturnState.SUBMITTED: verify, ReturnState.VERIFIED: accept, ReturnState.SENT_BACK: answer}

    # --- What must hold ----------------------------------------------------------------------------------------------

    def reported(self) -> set[Node]:
        """Return the incidents that are reported at present."""
        return {
            (unit, day, reference)
            for (unit, day), known in self.returns.items()
            for reference in known.layers[FactStatus.PROVISIONAL].grams
        }

    def picture(self, at: datetime) -> str:
        """Return all that was known at an instant."""
        cells = [
            [
                status.value,
                c.indicator,
                c.unit,
                c.day.isoformat(),
                c.counts,
                c.joint,
                quantity_text(c.quantity),
            ]
            for status in FactStatus
            for c in facts.cells(self.session, self.operation, as_known_at=at, status=status)
        ]
        sent = facts.submitted(self.session, self.operation, as_known_at=at)
        return canonical_json(
            [cells, [[one.unit, one.day.isoformat(), one.revisions, one.withdrawn] for one in sent]]
        )

    @invariant()
    def the_past_stays_as_it_was(self) -> None:
        if self.remembered:
            at, picture = self.remembered[-1]
            assert self.picture(at) == picture

    @invariant()
    def totals_are_the_sum_of_what_is_on_record_with_joint_results_once(self) -> None:
        if not self.returns:
            return
        for status in FactStatus:
            layers = {key: known.layers[status] for key, known in self.returns.items()}
            cells = facts.cells(self.session, self.operation, as_known_at=self.now(), status=status)
            totals: dict[str, Decimal] = defaultdict(Decimal)
            for cell in cells:
                totals[cell.indicator] += cell.quantity if cell.counts else 0
            assert totals[ARRESTS] == sum(said.arrests or 0 for said in layers.values())
            groups = self.groups(status)
            claimed = {node: grams for group in groups for node, (grams, _counts) in group.items()}
            expected = {
                (*key, reference): Decimal(grams) / 1000
                for key, said in layers.items()
                for reference, grams in said.grams.items()
            }
            assert claimed == expected, "every incident that is reported at this status is somebody's figure"
            for group in groups:
                assert [counts for _grams, counts in group.values()].count(True) == 1, "it counts once"
            counted = [grams for group in groups for grams, counts in group.values() if counts]
            assert totals[COCAINE] == sum(counted)
            self.check_groups([set(group) for group in groups])

    def groups(self, status: FactStatus) -> list[dict[Node, tuple[Decimal, bool]]]:
        """Return what is on record now of each result: its figures by incident, and whether each counts."""
        rows = self.session.execute(
            select(
                ReportingUnit.code,
                Fact.day,
                Incident.reference,
                Fact.joint_result_id,
                Fact.quantity,
                Fact.counts,
            )
            .join(Incident, Incident.id == Fact.incident_id)
            .join(Indicator, Indicator.id == Fact.indicator_id)
            .join(Return, Return.id == Fact.return_id)
            .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
            .where(
                Fact.status == status,
                Fact.known_to.is_(None),
                Fact.unit_id == Return.unit_id,
                Indicator.code == COCAINE,
            )
        )
        found: dict[object, dict[Node, tuple[Decimal, bool]]] = defaultdict(dict)
        for unit, day, reference, joint, quantity, counts in rows:
            node = (unit, day, reference)
            found[node if joint is None else joint][node] = (quantity, counts)
        return list(found.values())

    def check_groups(self, groups: list[set[Node]]) -> None:
        """Hold the results to the links: what is linked is one, what nothing connects is not."""
        connected = _components(self.named, self.links.values())
        for group in groups:
            assert len({connected[node] for node in group}) == 1, "nothing makes these one result"
        of = {node: number for number, group in enumerate(groups) for node in group}
        for one, other in self.links.values():
            if one in of and other in of:
                assert of[one] == of[other], "a link holds for what is reported"

    @invariant()
    def every_acknowledged_revision_is_there(self) -> None:
        kept: dict[Key, list[tuple[int, str]]] = defaultdict(list)
        for unit, day, number, sha256, content in self.session.execute(
            select(ReportingUnit.code, Return.day, Revision.number, Revision.sha256, Revision.content)
            .join(Return, Revision.return_id == Return.id)
            .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
            .order_by(Revision.number)
        ):
            assert ids.digest(canonical_json(content)) == sha256, "the receipt proves what it was given for"
            kept[unit, day].append((number, sha256))
        assert kept == {key: known.receipts for key, known in self.returns.items()}


def _close(session: Session, actor: Actor, operation: Any) -> Any:
    return operations.transition(session, actor, operation, OperationState.CLOSED, "The days are over.")


def _components(named: Mapping[Node, set[Node]], links: Iterable[tuple[Node, Node]]) -> dict[Node, int]:
    """Return a number for each incident that is the same for all that are connected with it."""
    near: dict[Node, set[Node]] = defaultdict(set, {node: set(others) for node, others in named.items()})
    for one, other in links:
        near[one].add(other)
        near[other].add(one)
    found: dict[Node, int] = {}
    for number, begin in enumerate(sorted(near)):
        stack = [begin]
        while stack:
            node = stack.pop()
            if node not in found:
                found[node] = number
                stack.extend(near[node])
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def machine(request: pytest.FixtureRequest) -> type[Reporting]:
    """Give the machine on each kind of database."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres_databases"
    given = {"databases": request.getfixturevalue(name), "examples": EXAMPLES[request.param]}
    return type("Machine", (Reporting,), given)


def test_any_order_of_steps_keeps_totals_receipts_and_the_past(machine: type[Reporting]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=machine.examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
