"""Entering hashes and who learns of a match; what stores in several steps, on both kinds of database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from jointops.kernel.policy import Actor, Role
from jointops.matching import rules, service
from jointops.matching.jobs import erase_compared_identifiers
from jointops.matching.models import IdentifierKind, IdentifierMatch, MatchingEntry, MatchingKey
from jointops.matching.rules import Hashed
from jointops.notify.models import Notice
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, OperationState
from tests import builders, people
from tests.people import grant

pytestmark = pytest.mark.database("sqlite")

ES, CUSTOMS, RS = (builders.reporter(unit) for unit in ("ES-POLICE", "ES-CUSTOMS", "RS-POLICE"))
NATION = builders.national("RS")
PHONE = IdentifierKind.PHONE


@pytest.fixture
def running(session: Session) -> Operation:
    return builders.operation(session, "running")


def enter(session: Session, actor: Actor, operation: Operation, *typed: str) -> service.Entered:
    key = service.key(session, actor, operation)
    hashed = [Hashed(rules.digest(key, PHONE, text), f"ref {text}") for text in typed]
    return service.enter(session, actor, operation, PHONE, hashed)


@pytest.mark.database("sqlite", "postgresql")
def test_two_parties_with_the_same_number_learn_of_it_and_nobody_else(
    session: Session, running: Operation
) -> None:
    spain = people.person(session, grant(Role.REPORTER, "ES-POLICE"))
    serbia = people.person(session, grant(Role.REPORTER, "RS-POLICE"))
    people.person(session, grant(Role.COORDINATOR))
    people.person(session, grant(Role.NATIONAL_COORDINATOR, "ES"))

    assert enter(session, ES, running, "+34600112233", "+34600112234").matches == 0
    assert enter(session, RS, running, "+34600112233").matches == 1

    [own] = service.matches(session, ES, running)
    assert (own.own.label, own.other.code) == ("ref +34600112233", "RS-POLICE")
    [theirs] = service.matches(session, RS, running)
    assert (theirs.match.number, theirs.other.code) == (own.match.number, "ES-POLICE")
    for actor in (CUSTOMS, NATION, builders.national("ES"), builders.COORDINATOR):
        assert service.matches(session, actor, running) == []
        assert service.entries(session, actor, running) == []
    told = {notice.person_id for notice in session.scalars(select(Notice))}
    assert told == {spain.id, serbia.id}
    assert service.numbers(session, builders.COORDINATOR, running) == service.Numbers(3, 2, 1)


def test_offices_of_one_party_do_not_match_one_another(session: Session, running: Operation) -> None:
    enter(session, ES, running, "+34600112233")

    assert enter(session, CUSTOMS, running, "+34600112233").matches == 0
    assert enter(session, builders.COORDINATOR, running, "+34600112233").matches == 2


def test_the_same_number_entered_again_changes_nothing(session: Session, running: Operation) -> None:
    enter(session, ES, running, "+34600112233")
    enter(session, RS, running, "+34600112233")

    assert enter(session, ES, running, "+34600112233") == service.Entered(0, 1, 0)


def test_the_key_is_given_to_those_who_take_part_and_that_is_logged(
    session: Session, running: Operation
) -> None:
    first = service.key(session, ES, running)
    assert len(rules.key_bytes(first)) == 32
    assert service.key(session, builders.COORDINATOR, running) == first
    given = session.scalar(
        select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "matching:key:read")
    )
    assert given == 2
    with clock.fixed(builders.DURING):
        operations.answer(session, NATION, running, "RS", Answer.DECLINED)
    for actor in (RS, NATION, builders.REVIEWER, builders.ADMINISTRATOR, builders.reporter("FR-POLICE")):
        with pytest.raises(NotAllowed):
            service.key(session, actor, running)


def test_nothing_is_entered_without_a_key_or_that_is_no_hash(session: Session, running: Operation) -> None:
    with pytest.raises(Conflict, match="no-key"):
        service.enter(session, ES, running, PHONE, [Hashed("a" * 64, "ref")])
    service.key(session, ES, running)
    with pytest.raises(Invalid) as caught:
        service.enter(session, ES, running, PHONE, [Hashed("+34600112233", "ref"), Hashed("a" * 64, " ")])
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [
        ("bad-digest", "/entries/0/digest"),
        ("bad-label", "/entries/1/label"),
    ]


def test_an_office_cannot_try_out_whole_ranges(
    session: Session, running: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST", 2)
    enter(session, ES, running, "+34600112233", "+34600112234")

    with pytest.raises(Conflict, match="too-many-entries"):
        enter(session, ES, running, "+34600112235")


@pytest.mark.database("sqlite", "postgresql")
def test_an_entry_is_withdrawn_by_its_owner_with_its_matches(session: Session, running: Operation) -> None:
    enter(session, ES, running, "+34600112233")
    enter(session, RS, running, "+34600112233")
    [entry] = service.entries(session, ES, running)
    with pytest.raises(NotFound, match="entry-unknown"):
        service.withdraw(session, RS, running, [entry.id])

    assert service.withdraw(session, ES, running, [entry.id]) == 1

    assert service.matches(session, RS, running) == []
    assert service.numbers(session, ES, running) == service.Numbers(1, 1, 0)


@pytest.mark.database("sqlite", "postgresql")
def test_key_and_hashes_are_deleted_a_month_after_the_end(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        running = builders.operation(session, "running")
        enter(session, ES, running, "+34600112233")
        enter(session, RS, running, "+34600112233")
        with clock.fixed(builders.AFTER):
            operations.transition(session, builders.COORDINATOR, running, OperationState.CLOSED)
            with pytest.raises(NotAllowed):
                service.key(session, ES, running)

    with clock.fixed(builders.AFTER + rules.KEPT_AFTER_END - timedelta(seconds=1)):
        erase_compared_identifiers(session_factory)
    with session_factory.begin() as session:
        assert session.scalar(select(func.count()).select_from(MatchingEntry)) == 2
    with clock.fixed(builders.AFTER + rules.KEPT_AFTER_END):
        erase_compared_identifiers(session_factory)

    with session_factory.begin() as session:
        for table in (MatchingKey, MatchingEntry, IdentifierMatch):
            assert session.scalar(select(func.count()).select_from(table)) == 0
