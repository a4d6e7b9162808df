"""An earlier operation with results, findings and tasks, and a plan that can learn from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from jointops.cycles import service as cycles
from jointops.evaluation import findings
from jointops.evaluation.findings import ObservationEntry, RecommendationEntry
from jointops.evaluation.models import Recommendation
from jointops.kernel import clock
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.plandoc import CycleLink, PlanDocument
from jointops.operations.plantemplate import instantiate
from jointops.tasks import service as tasks
from jointops.tasks.models import AssignmentState
from tests import builders
from tests.builders import ADMINISTRATOR, AFTER, COORDINATOR, DURING
from tests.situation.scenes import report, seizure

CYCLE = CycleLink(code="EMPACT-2022-2025", priorities=("firearms",))
EARLIER, LATER = "EXAMPLE-2027", "NEXT-2028"
KEY = f"{EARLIER}:R1"


def earlier(session: Session, **changes: Any) -> Operation:
    """Return a closed operation: 120 firearms and 22 kg of cocaine (jointly), an observation, a recommendation."""
    cycles.seed(session, ADMINISTRATOR)
    operation = builders.operation(session, "running", **{"policy_cycle": CYCLE, **changes})
    report(session, operation, "ES-POLICE", [("firearms-seized", "100")], accepted=True)
    report(
        session,
        operation,
        "ES-CUSTOMS",
        [("firearms-seized", "20")],
        incidents=[seizure("ES-1", "22", joint_with=["RS-POLICE"])],
        accepted=True,
    )
    report(session, operation, "RS-POLICE", [("persons-arrested", "4"), ("firearms-seized", "1")])
    with clock.fixed(DURING):
        for state in (AssignmentState.ACCEPTED, AssignmentState.UNDER_WAY, AssignmentState.DONE):
            tasks.step(session, COORDINATOR, operation, "T1", "ES-BORDER", state, "Done as planned")
    with clock.fixed(AFTER):
        operations.transition(session, ADMINISTRATOR, operation, OperationState.CLOSED, "over")
        findings.observe(
            session,
            COORDINATOR,
            operation,
            ObservationEntry(
                kind="improvement", text="Units differed.", action_area="firearms", capability="planning"
            ),
        )
        recommend(session, operation)
    return operation


def recommend(session: Session, operation: Operation, **changes: Any) -> Recommendation:
    """Add a recommendation, by default on the action area firearms."""
    entry = RecommendationEntry(
        title="Agree on units before the first day", owner="Spain", capability="planning", observation="I1"
    )
    with clock.fixed(AFTER):
        return findings.recommend(session, COORDINATOR, operation, replace(entry, **changes))


def later_plan(**changes: Any) -> PlanDocument:
    """Return the plan of an operation a year later, ready for approval but for the lessons."""
    model = builders.plan(policy_cycle=CYCLE)
    plan = instantiate(
        model,
        code=LATER,
        title={"en": "Next joint action days"},
        start=builders.FIRST_DAY + timedelta(days=365),
        lead="ES",
    )
    return replace(plan, safeguards=model.safeguards, **changes)


def later(session: Session, state: str = "consultation", **changes: Any) -> Operation:
    """Return the operation of :func:`later_plan`."""
    return builders.operation(session, state, later_plan(**changes))
