"""The chain that a return goes through, and what each step makes of its figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from jointops.kernel.policy import Actor
from jointops.operations.models import Operation
from jointops.returns import layers
from jointops.returns.joint import Figure
from jointops.returns.models import (
    FactStatus,
    Return,
    ReturnState,
    ReviewStep,
    Revision,
    Step,
)

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


def take_step(
    session: Session,
    actor: Actor,
    operation: Operation,
    head: Return,
    revision: Revision,
    step: Step,
    at: datetime,
    figures: Sequence[Figure],
) -> None:
    """Take a step of the chain, and those behind it that the plan leaves out."""
    position = CHAIN.index(step)
    steps = [step]
    for following in CHAIN[position + 1 :]:
        if following.value in operation.chain:
            break
        steps.append(following)
    for taken in steps:
        session.execute(
            insert(ReviewStep).values(
                revision_id=revision.id, step=taken, at=at, actor_name=actor.name, text="", pointer=""
            )
        )
        layers.set_layer(session, head, _LAYER_OF[taken], revision.id, figures, at)
    head.state = _STATE_AFTER[steps[-1]]
