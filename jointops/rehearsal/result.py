"""What a rehearsal found, put together for people and for software: the page, the command and the API say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from jointops.evaluation import service as evaluation
from jointops.evaluation.measured import Measured
from jointops.kernel import clock, policy
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import Translate, pair
from jointops.kernel.policy import Action, Actor
from jointops.operations import rules
from jointops.operations import service as operations
from jointops.operations.plandoc import PlanDocument
from jointops.rehearsal import checks, script
from jointops.rehearsal.events import Script
from jointops.rehearsal.models import Rehearsal, RehearsalState
from jointops.situation.names import Names
from jointops.tasks.deconfliction import Kind
from jointops.tasks.shown_conflicts import KIND_LABELS


@dataclass(frozen=True, slots=True)
class Result:
    """``readiness`` is what the plan lacks before approval, ``warnings`` what else was noticed in it and in the play.

    ``measured`` is the evaluation's figures at the end of the exercise, none before.
    """

    rehearsal: Rehearsal
    plan: PlanDocument
    script: Script
    readiness: Sequence[Problem]
    warnings: Sequence[Problem]
    measured: Measured | None

    @property
    def happened(self) -> dict[str, int]:
        """How many events of each kind went well."""
        return dict(self.rehearsal.outcome.get("happened", {}))

    @property
    def refused(self) -> list[dict[str, str]]:
        """What a service refused, in words."""
        return list(self.rehearsal.outcome.get("refused", []))

    def to_data(self, say: Translate) -> dict[str, Any]:
        """Return it all as plain data; texts in the language of ``say``."""
        rehearsal, played = self.rehearsal, self.script
        return {
            "exercise": rehearsal.operation.code,
            "of": rehearsal.source,
            "of_version": rehearsal.source_version,
            "seed": rehearsal.seed,
            "state": rehearsal.state.value,
            "done": rehearsal.done,
            "total": rehearsal.total,
            "staged_at": clock.iso(rehearsal.staged_at),
            "started_at": clock.iso(rehearsal.started_at),
            "started_by": rehearsal.started_by,
            "readiness": [_said(problem, say) for problem in self.readiness],
            "warnings": [_said(problem, say) for problem in self.warnings],
            "refused": self.refused,
            "happened": self.happened,
            "played": {
                "declined": played.declined,
                "late_answers": list(played.late_answers),
                "joint_results": [_pair(one) for one in played.joint],
                "duplicates": [_pair(one) for one in played.duplicates],
                "missing_returns": len(played.missing),
                "late_returns": len(played.late),
                "nil_returns": len(played.nil),
                "corrected": [f"{unit}/{day.isoformat()}" for unit, day in played.corrected],
                "sent_back": [f"{unit}/{day.isoformat()}" for unit, day in played.sent_back],
                "warnings_with_result": [code for code, _unit in played.found],
                "warnings_withdrawn": list(played.withdrawn),
                "meetings": played.meetings,
                "decided_tasks": list(played.decided),
            },
            "evaluation": self.measured.to_data() if self.measured else None,
        }

    def names(self, locale: str) -> Names:
        """Return the names of the exercise's plan in a language."""
        return Names(self.plan, locale)


def result_of(session: Session, actor: Actor, rehearsal: Rehearsal) -> Result:
    """Return what a rehearsal found so far; of one that is over always the same, whatever people do in it since."""
    policy.require(actor, Action.EVALUATION_READ, operations.subject(rehearsal.operation))
    key = (rehearsal.id, rehearsal.moved_at)
    if key in _over:
        return replace(_over[key], rehearsal=rehearsal)
    operation = rehearsal.operation
    plan = operations.document(operations.plan_in_force(session, operation))
    written = script.write(plan, rehearsal.seed)
    measured = None
    if rehearsal.state is RehearsalState.DONE:
        with clock.staged(rehearsal.staged_at):
            measured = evaluation.measure(session, actor, operation)
    found = Result(
        rehearsal,
        plan,
        written,
        rules.readiness(plan),
        [*checks.warnings(plan), *_conflicts(rehearsal), *checks.lessons(plan, written)],
        measured,
    )
    if rehearsal.state is RehearsalState.DONE:
        while len(_over) >= _KEPT:
            _over.pop(next(iter(_over)))
        _over[key] = found
    return found


_KEPT = 8

_over: dict[tuple[int, datetime], Result] = {}
"""What the last rehearsals that were looked at found: it takes a second of work and never changes."""


def _conflicts(rehearsal: Rehearsal) -> list[Problem]:
    """Return what was in the way among the tasks when the operation started."""
    found = []
    for one in rehearsal.outcome.get("conflicts", ()):
        about = ", ".join(dict.fromkeys((*one["tasks"], *one["units"])))
        message = pair(KIND_LABELS[Kind(one["kind"])], about)
        found.append(Problem(f"tasks-{one['kind']}", message, "/tasks"))
    return found


def _said(problem: Problem, say: Translate) -> dict[str, str]:
    return {"code": problem.code, "message": say(problem.message), "pointer": problem.pointer or ""}


def _pair(one: tuple[str, str, Any]) -> dict[str, str]:
    return {"units": f"{one[0]} {one[1]}", "day": one[2].isoformat()}
