"""Drafts and comments: kept as typed, never lost, never overwritten, and made into one version of the plan."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from jointops.kernel.errors import Conflict, DomainError, Invalid, NotAllowed, Stale
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.planning import service
from jointops.planning.service import Work
from tests import builders
from tests.builders import ADMINISTRATOR, COORDINATOR, REVIEWER, actor, national

TARGET = "/objectives/0/target/at_least"


def save(
    session: Session,
    operation: Operation,
    section: str,
    cells: dict[str, str],
    base: int = 1,
    version: int = 0,
) -> Work:
    return service.save_draft(
        session, COORDINATOR, operation, section, cells, base_number=base, expected_version=version
    )


def test_drafts_of_several_sections_become_one_version(session: Session) -> None:
    operation = builders.operation(session)
    assert save(session, operation, "objectives", {TARGET: "150"}).version == 1
    assert save(session, operation, "objectives", {TARGET: "1x0"}, version=1).version == 2
    save(session, operation, "general", {"/title/fr": "Journées"})
    with pytest.raises(Invalid) as refused:
        service.keep_drafts(session, COORDINATOR, operation)
    assert [problem.pointer for problem in refused.value.problems] == [TARGET]
    assert service.drafted_sections(session, operation) == ["objectives", "general"]
    save(session, operation, "objectives", {TARGET: "160"}, version=2)
    version = service.keep_drafts(session, COORDINATOR, operation, "more")
    document = operations.document(version)
    assert (version.number, version.note, document.title["fr"]) == (2, "more", "Journées")
    assert service.drafted_sections(session, operation) == []
    with pytest.raises(Conflict, match="no-draft"):
        service.keep_drafts(session, COORDINATOR, operation)


def test_a_newer_draft_is_not_overwritten_and_one_without_a_change_is_none(session: Session) -> None:
    operation = builders.operation(session)
    save(session, operation, "objectives", {TARGET: "150"})
    with pytest.raises(Stale) as stale:
        save(session, operation, "objectives", {TARGET: "170"})
    assert stale.value.current == "1"
    assert save(session, operation, "objectives", {TARGET: "100"}, version=1).version == 0
    assert service.drafted_sections(session, operation) == []
    save(session, operation, "objectives", {TARGET: "170"})
    assert service.discard_drafts(session, COORDINATOR, operation) == 1


def test_a_draft_goes_on_over_a_later_version_unless_both_changed_the_same(session: Session) -> None:
    operation = builders.operation(session)
    save(session, operation, "objectives", {TARGET: "150", "/objectives/0/title/fr": "Armes"})
    operations.save_plan(session, ADMINISTRATOR, operation, builders.plan(lead="RS"))
    assert not service.desk(session, COORDINATOR, operation).work("objectives").clashes
    changed = builders.plan(lead="RS", objectives=())
    operations.save_plan(session, ADMINISTRATOR, operation, changed)
    (clash, *_more) = service.desk(session, COORDINATOR, operation).work("objectives").clashes
    with pytest.raises(Conflict, match="plan-changed-meanwhile"):
        service.keep_drafts(session, COORDINATOR, operation)
    assert clash.mine in {"150", "Armes"}
    save(session, operation, "objectives", {"/objectives/0/title/en": "Arms"}, 3, 1)
    number = service.keep_drafts(session, COORDINATOR, operation).number
    (objective,) = operations.document(operations.latest_plan(session, operation)).objectives
    assert (number, operation.lead, objective.title) == (4, "RS", {"en": "Arms", "fr": "Armes"})


def test_who_may_read_comments_and_who_may_change_settles(session: Session) -> None:
    operation = builders.operation(session, "consultation")
    spain, serbia = national("ES"), national("RS")
    written = service.comment(session, spain, operation, "risks", "Weather?")
    assert (written.party, written.plan_number) == ("ES", 1)
    answer = service.comment(session, REVIEWER, operation, "risks", "Yes.", answers=written.id)
    assert service.open_comments(session, operation) == {"risks": 1}
    refused: list[Callable[[], object]] = [
        lambda: service.comment(session, spain, operation, "risks", " "),
        lambda: service.comment(session, spain, operation, "nothing", "x"),
        lambda: service.comment(session, spain, operation, "risks", "x", answers=answer.id),
        lambda: service.comment(session, spain, operation, "area", "x", answers=written.id),
        lambda: service.settle_comment(session, COORDINATOR, operation, answer.id),
        lambda: service.settle_comment(session, serbia, operation, written.id),
        lambda: service.comment(session, actor(builders.AUDITOR.grants[0].role), operation, "risks", "x"),
    ]
    for wrong in refused:
        with pytest.raises(DomainError):
            wrong()
    service.settle_comment(session, COORDINATOR, operation, written.id)
    assert service.open_comments(session, operation) == {}
    with pytest.raises(Conflict, match="comment-settled"):
        service.comment(session, spain, operation, "risks", "More", answers=written.id)
    (listed,) = service.comments(session, serbia, operation, "risks")
    assert [one.text for one in listed.answers] == ["Yes."]


def test_only_who_may_change_the_plan_drafts_and_nobody_after_its_end(session: Session) -> None:
    operation = builders.operation(session, "consultation")
    for person in (REVIEWER, national("ES")):
        with pytest.raises(NotAllowed):
            service.desk(session, person, operation)
    closed = builders.operation(session, "cancelled", builders.plan(code="OVER-2027"))
    with pytest.raises(Conflict, match="operation-ended"):
        save(session, closed, "objectives", {TARGET: "1"})
