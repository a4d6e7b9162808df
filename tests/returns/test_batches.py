"""A batch is taken back as one: withdrawn or as before, all or nothing, by who may, with what is in the way named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from jointops.operations.models import Operation
from jointops.returns import batches, service
from jointops.returns.intake import batch
from jointops.returns.intake.batch import BatchRefused
from jointops.returns.models import Fact, FactStatus, Return, ReturnState, Revision
from jointops.returns.submission import from_data
from tests import builders

MONDAY = builders.FIRST_DAY
TUESDAY = MONDAY + timedelta(days=1)
WHO = builders.national("ES")


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


@pytest.fixture
def operation(session: Session) -> Operation:
    return builders.operation(session, "running")


def arrests(quantity: int, **more: Any) -> Mapping[str, Any]:
    return {"values": [{"indicator": "persons-arrested", "quantity": str(quantity)}], "reason": "x", **more}


def record(session: Session, operation: Operation, *returns: tuple[str, date, int]) -> int:
    entries = [
        batch.Entry(unit, day, from_data(arrests(quantity)), batch.under(f"/{number}"))
        for number, (unit, day, quantity) in enumerate(returns)
    ]
    done = batch.record(session, WHO, operation, entries, name="figures.xlsx", sha256="ab" * 32)
    assert done.id is not None
    return done.id


def total(session: Session, status: FactStatus = FactStatus.PROVISIONAL) -> Decimal:
    query = select(func.coalesce(func.sum(Fact.quantity), 0)).where(
        Fact.status == status, Fact.known_to.is_(None)
    )
    return Decimal(session.scalar(query) or 0)


def test_a_batch_is_taken_back_whole(session: Session, operation: Operation) -> None:
    service.submit(session, WHO, operation, "ES-POLICE", MONDAY, from_data(arrests(5)))
    number = record(session, operation, ("ES-POLICE", MONDAY, 50), ("ES-BORDER", TUESDAY, 7))
    assert total(session) == 57

    done = batches.take_back(session, WHO, operation, number, reason="The wrong file")

    assert [(one.unit, one.outcome.receipt.revision) for one in done] == [("ES-POLICE", 3), ("ES-BORDER", 2)]
    assert total(session) == 5
    heads = {(head.unit.code, head.withdrawn) for head in session.scalars(select(Return))}
    assert heads == {("ES-POLICE", False), ("ES-BORDER", True)}
    assert set(session.scalars(select(Revision.reason).where(Revision.number > 1))) >= {"The wrong file"}
    found, made = batches.find_batch(session, WHO, operation, number)
    assert (found.taken_back_by, found.reason, len(made)) == (WHO.name, "The wrong file", 2)
    logged = session.scalars(select(AuditEntry).where(AuditEntry.object_type == "batch")).one()
    assert logged.object_key == f"EXAMPLE-2027/{number}"
    with pytest.raises(Conflict) as refused:
        batches.take_back(session, WHO, operation, number, reason="Again")
    assert refused.value.code == "batch-taken-back"


def test_what_was_changed_since_is_named_and_nothing_is_taken_back(
    session: Session, operation: Operation
) -> None:
    number = record(session, operation, ("ES-POLICE", MONDAY, 50), ("ES-BORDER", TUESDAY, 7))
    service.submit(session, WHO, operation, "ES-BORDER", TUESDAY, from_data(arrests(8)))
    with pytest.raises(BatchRefused) as refused:
        batches.take_back(session, WHO, operation, number, reason="The wrong file")
    assert [(problem.code, problem.pointer) for problem in refused.value.problems] == [
        ("return-changed-since", "/ES-BORDER/2027-05-04")
    ]
    assert refused.value.status == 409
    assert total(session) == 58


def test_an_accepted_return_is_reopened_with_the_reason(session: Session, operation: Operation) -> None:
    number = record(session, operation, ("ES-POLICE", MONDAY, 50))
    for step in (service.verify, service.accept):
        step(session, builders.COORDINATOR, operation, "ES-POLICE", MONDAY)
    (done,) = batches.take_back(session, WHO, operation, number, reason="The wrong file")
    assert done.outcome.state is ReturnState.SUBMITTED
    assert (total(session), total(session, FactStatus.ACCEPTED)) == (0, 50)


def test_after_the_freeze_nothing_is_taken_back_without_a_permit(
    session: Session, operation: Operation
) -> None:
    number = record(session, operation, ("ES-POLICE", MONDAY, 50), ("ES-BORDER", TUESDAY, 7))
    operation.frozen_at = builders.DURING
    with pytest.raises(BatchRefused) as refused:
        batches.take_back(session, WHO, operation, number, reason="The wrong file")
    assert [problem.code for problem in refused.value.problems] == ["return-frozen", "return-frozen"]
    assert total(session) == 57


def test_only_who_may_withdraw_all_of_it_takes_a_batch_back(session: Session, operation: Operation) -> None:
    number = record(session, operation, ("ES-POLICE", MONDAY, 50), ("ES-BORDER", TUESDAY, 7))
    police = builders.reporter("ES-POLICE")
    _found, made = batches.find_batch(session, police, operation, number)
    assert [one.unit for one in made] == ["ES-POLICE"]
    with pytest.raises(NotAllowed):
        batches.take_back(session, police, operation, number, reason="Not mine")
    with pytest.raises(NotFound):
        batches.take_back(session, builders.national("RS"), operation, number, reason="Not mine")
    assert batches.list_batches(session, builders.national("RS"), operation) == []
    assert [one.id for one in batches.list_batches(session, police, operation)] == [number]
    with pytest.raises(Invalid):
        batches.take_back(session, WHO, operation, number, reason=" ")
