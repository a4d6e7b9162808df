"""Whatever is done to a plan: earlier versions stay as they were, and none that is incomplete is approved."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import clock, ids
from jointops.kernel.errors import DomainError
from jointops.kernel.types import canonical_json
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState, PlanVersion
from jointops.operations.readiness import readiness
from jointops.planning import service
from tests import builders
from tests.builders import ADMINISTRATOR, BEFORE

CELLS = [
    ("objectives", "/objectives/0/target/at_least", ["150", "many", ""]),
    ("objectives", "/objectives/0/@remove", ["true", ""]),
    ("situation", "/sections/situation/en", ["Other", ""]),
    ("judicial", "/sections/judicial/not_applicable/en", ["None", ""]),
    ("safeguards", "/safeguards/statement/en", ["", "Fine."]),
    ("participants", "/participants/@RO/police", ["true", ""]),
    ("general", "/period/start", ["2027-05-10", "2027-05-03"]),
]

STEPS = st.one_of(
    st.sampled_from(CELLS).flatmap(
        lambda cell: st.tuples(st.just("type"), st.just(cell), st.sampled_from(cell[2]))
    ),
    st.tuples(st.sampled_from(["keep", "keep", "discard", "consultation", "approved", "approve"])),
)

_codes = count(1)


def take(session: Session, operation: Operation, step: tuple[object, ...]) -> None:
    match step:
        case ("type", (str(section), str(name), _texts), str(text)):
            latest = operations.latest_plan(session, operation).number
            service.save_draft(
                session,
                ADMINISTRATOR,
                operation,
                section,
                {name: text},
                base_number=latest,
                expected_version=None,
            )
        case ("keep",):
            service.keep_drafts(session, ADMINISTRATOR, operation)
        case ("discard",):
            service.discard_drafts(session, ADMINISTRATOR, operation)
        case ("approve",):
            operations.approve_plan(session, ADMINISTRATOR, operation)
        case (str(state),):
            operations.transition(session, ADMINISTRATOR, operation, OperationState(state))


AMENDED = [("type", CELLS[2], "Other"), ("keep",), ("approve",)]
UNDONE = [("type", CELLS[4], ""), ("keep",)]


@pytest.mark.database("sqlite")
@example(state="consultation", steps=[*UNDONE, ("approved",)])
@example(state="approved", steps=[*AMENDED, *UNDONE, ("approve",)])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    state=st.sampled_from(["draft", "consultation", "approved"]),
    steps=st.lists(STEPS, min_size=4, max_size=12),
)
def test_versions_are_immutable_and_approved_ones_complete(
    session: Session, state: str, steps: list[tuple[object, ...]]
) -> None:
    with clock.fixed(BEFORE):
        operation = builders.operation(session, state, builders.plan(code=f"PLAN-{next(_codes)}"))
        seen: dict[int, tuple[str, str]] = {}
        for step in steps:
            try:
                with session.begin_nested():
                    take(session, operation, step)
            except DomainError:
                session.refresh(operation)
            session.expire_all()
            versions = session.scalars(
                select(PlanVersion).where(PlanVersion.operation_id == operation.id)
            ).all()
            for version in versions:
                kept = (canonical_json(version.data), version.sha256)
                assert seen.setdefault(version.number, kept) == kept
                assert ids.digest(kept[0]) == version.sha256
                if version.approval is not None:
                    assert readiness(operations.document(version)) == []
        if steps[: len(AMENDED)] == AMENDED and state == "approved":
            assert operations.plan_in_force(session, operation).number > 1
