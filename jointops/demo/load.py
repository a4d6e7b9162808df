"""Loads the demonstration through the same services as everybody: accounts, cycles, Operation Archimedes.

Running it again changes nothing: what is there already is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.cycles import service as cycles
from jointops.demo import accounts, consultation, cooperation, split
from jointops.evaluation import findings
from jointops.evaluation.findings import ObservationEntry, RecommendationEntry
from jointops.kernel import clock
from jointops.kernel.errors import Invalid
from jointops.kernel.paths import folder
from jointops.kernel.policy import Actor, Channel, Grant, Role
from jointops.operations import planfile
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.plandoc import PlanDocument
from jointops.returns import service as returns
from jointops.returns.explanations import explained
from jointops.returns.submission import Submission
from jointops.tasks import service as tasks
from jointops.tasks.models import AssignmentState

CODE = "ARCHIMEDES-2014"
PLAN_FILE = "archimedes-2014.yaml"
FINDINGS_FILE = Path(__file__).with_name("findings.yaml")

LOADER = Actor(
    None,
    "Demonstration data (illustrative)",
    (Grant(Role.ADMINISTRATOR), Grant(Role.COORDINATOR)),
    Channel.DEMO,
    "demo",
)

_STRIDE = 100
"""Steps between two signs of progress."""

_ILLUSTRATIVE = "The split of the published total by days is illustrative."

_TASK_OUTCOME = "Carried out as planned. Illustrative."
_ANSWERED_BEFORE = 5
"""Days before the first action day on which units are taken to have answered."""

Progress = Callable[[int, int], None]
"""Told how many steps of how many are done."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a run did: the accounts' passwords by e-mail address, and how many revisions of returns were added."""

    passwords: dict[str, str]
    revisions: int


def load(session: Session, secrets_folder: Path, progress: Progress = lambda done, total: None) -> Loaded:
    """Load what is missing of the demonstration, in the session's transaction."""
    cycles.seed(session, LOADER)
    passwords = accounts.ensure(session, LOADER, secrets_folder)
    if session.scalar(select(Operation.id).where(Operation.code == CODE)) is not None:
        return Loaded(passwords, 0)
    plan = planfile.load_path(folder("plans") / PLAN_FILE)
    operation = consultation.record(session, LOADER, plan)
    _do_tasks(session, operation, plan)
    revisions = _record_returns(session, operation, plan, progress)
    cooperation.record(session, LOADER, operation)
    consultation.write_down_what_came(session, LOADER, operation, plan)
    operations.transition(session, LOADER, operation, OperationState.CLOSED)
    _record_findings(session, operation)
    return Loaded(passwords, revisions)


def _do_tasks(session: Session, operation: Operation, plan: PlanDocument) -> None:
    """Have every task done but one, which one unit declined; what became of the real ones was not published.

    The steps are recorded with the instants at which they are taken to have been known: the answer days before the
    action days, the start on the task's first day, the report on the evening of its last.
    """
    with clock.staged(consultation.STARTED - timedelta(days=3)):
        tasks.assign_proposed(session, LOADER, operation)
    zone = ZoneInfo(plan.time_zone)
    answered = datetime.combine(plan.period.start, time(9), zone) - timedelta(days=_ANSWERED_BEFORE)
    for number, task in enumerate(plan.tasks):
        days = task.days or plan.period.days()
        begun, ended = (
            datetime.combine(day, hour, zone) for day, hour in ((days[0], time(8)), (days[-1], time(18)))
        )
        for unit in task.units:
            if number == len(plan.tasks) - 1 and unit == task.units[-1]:
                reason = "No officers free on these days. Illustrative."
                steps = [(AssignmentState.DECLINED, reason, answered)]
            else:
                steps = [
                    (AssignmentState.ACCEPTED, "", min(answered, begun)),
                    (AssignmentState.UNDER_WAY, "", begun),
                    (AssignmentState.DONE, _TASK_OUTCOME, ended),
                ]
            for state, text, at in steps:
                tasks.step(session, LOADER, operation, task.code, unit, state, text, recorded_at=at)


def _record_returns(session: Session, operation: Operation, plan: PlanDocument, progress: Progress) -> int:
    """Record the illustrative returns with the instants at which they are taken to have been known, in that order."""
    steps: list[tuple[datetime, int, Callable[[], Any]]] = []
    every = split.sent(plan)
    for item in every:
        at = (item.recorded_at, item.verified_at, item.accepted_at)
        where = (session, LOADER, operation, item.unit, item.day)
        steps.append((at[0], 0, partial(_submit, *where, item.submission, recorded_at=at[0])))
        steps.append((at[1], 1, partial(returns.verify, *where, recorded_at=at[1])))
        steps.append((at[2], 2, partial(returns.accept, *where, recorded_at=at[2])))
    steps.sort(key=lambda step: step[:2])
    for number, (_at, _order, act) in enumerate(steps):
        act()
        if number % _STRIDE == 0:
            progress(number, len(steps))
    progress(len(steps), len(steps))
    return len(every)


def _submit(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit: str,
    day: date,
    submission: Submission,
    *,
    recorded_at: datetime,
) -> None:
    where = (session, actor, operation, unit, day)
    try:
        returns.submit(*where, submission, recorded_at=recorded_at)
    except Invalid as refused:
        # The split by day is made up: what is published is right though a day of it may look odd.
        known = explained(submission, refused, _ILLUSTRATIVE)
        returns.submit(*where, known, recorded_at=recorded_at)


def _record_findings(session: Session, operation: Operation) -> None:
    data = yaml.safe_load(FINDINGS_FILE.read_text(encoding="utf-8"))
    codes = {}
    for entry in data["observations"]:
        key = entry.pop("key")
        codes[key] = findings.observe(session, LOADER, operation, ObservationEntry(**entry)).code
    for entry in data["recommendations"]:
        entry["observation"] = codes[entry["observation"]]
        findings.recommend(session, LOADER, operation, RecommendationEntry(**entry))
