"""The chain that a return goes through, and what each step makes of its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from jointops.kernel.audit import AuditEntry
from jointops.kernel.inserts import Inserts, Part
from jointops.kernel.policy import Actor
from jointops.operations.models import Operation
from jointops.returns import layers
from jointops.returns.heads import OnRecord
from jointops.returns.joint import Figure
from jointops.returns.models import Fact, FactStatus, Return, ReturnState, ReviewStep, Step

_STATE_AFTER = {
    Step.SUBMITTED: ReturnState.SUBMITTED,
    Step.VERIFIED: ReturnState.VERIFIED,
    Step.ACCEPTED: ReturnState.ACCEPTED,
    Step.SENT_BACK: ReturnState.SENT_BACK,
    Step.ANSWERED: ReturnState.SUBMITTED,
}

_LAYER_OF = {
    Step.SUBMITTED: FactStatus.PROVISIONAL,
    Step.VERIFIED: FactStatus.VERIFIED,
    Step.ACCEPTED: FactStatus.ACCEPTED,
}

CHAIN = (Step.SUBMITTED, Step.VERIFIED, Step.ACCEPTED)

_TAKEN = Inserts(Part("step", ReviewStep), Part("fact", Fact), Part("entry", AuditEntry))


def steps_taken(operation: Operation, unit: str, step: Step) -> tuple[Step, ...]:
    """Return ``step`` and those behind it that the plan leaves out, for all or for ``unit``: they are taken with it."""
    position = CHAIN.index(step)
    steps = [step]
    for following in CHAIN[position + 1 :]:
        if following.value in operation.chain and unit not in operation.skips.get(following.value, ()):
            break
        steps.append(following)
    return tuple(steps)


def state_after(operation: Operation, unit: str, step: Step) -> ReturnState:
    """Return the state of a return of ``unit`` once ``step`` is taken."""
    return _STATE_AFTER[steps_taken(operation, unit, step)[-1]]


def take_step(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit: str,
    head: Return,
    revision: OnRecord,
    step: Step,
    at: datetime,
    figures: Sequence[Figure],
    *,
    created: bool = False,
    entry: Mapping[str, Any] | None = None,
) -> None:
    """Take a step of the chain for a return of ``unit``, and those behind it that the plan leaves out.

    ``created`` says that the return was made just now, so that there is nothing yet that its figures replace;
    ``entry`` is the log's entry about it, where that is added along with it.
    """
    steps, facts = [], []
    touched: dict[FactStatus, set[int]] = {}
    for taken in steps_taken(operation, unit, step):
        status = _LAYER_OF[taken]
        touched[status] = set() if created else layers.close(session, head, status, at)
        steps.append(
            {
                "revision_id": revision.id,
                "step": taken,
                "at": at,
                "actor_name": actor.name,
                "text": "",
                "pointer": "",
            }
        )
        facts += layers.own_facts(head, status, revision.id, figures, at)
    _TAKEN.add(session, {"step": steps, "fact": facts, "entry": [entry] if entry else []})
    for status, before in touched.items():
        layers.settle(session, head, status, revision.id, figures, at, before)
    head.state = state_after(operation, unit, step)
