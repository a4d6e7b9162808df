"""An operation that runs today, made by the services from a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.lessons import service as lessons
from jointops.lessons.rules import AnswerEntry
from jointops.operations import planfile, service
from jointops.operations.models import OperationState
from jointops.operations.plandoc import Participant
from jointops.operations.plantemplate import instantiate
from jointops.operations.rules import today
from tests.builders import ADMINISTRATOR

CODE = "RUNNING-TODAY"
TEMPLATE = "TEMPLATE-JOINT-ACTION-DAYS"


def running_today(session: Session, chosen: Mapping[str, tuple[str, ...]] | None = None) -> date:
    """Make the operation, whose action days began yesterday, and return the day that it is there.

    ``chosen`` are the indicators that units are asked for, by their codes.
    """
    template = next(document for _path, document in planfile.templates() if document.code == TEMPLATE)
    day = today(template.time_zone, clock.now())
    plan = instantiate(
        template, code=CODE, title={"en": "Joint action days"}, start=day - timedelta(days=1), lead="ES"
    )
    statement = {"en": "The office has read the plan and asks for nothing more."}
    plan = replace(plan, safeguards=replace(plan.safeguards, statement=statement))
    if chosen:
        plan = replace(plan, participants=tuple(_choosing(each, chosen) for each in plan.participants))
    operation = service.create(session, ADMINISTRATOR, plan)
    taken_up = AnswerEntry(answer="taken-up", section="concept")
    fitting = lessons.matches(session, ADMINISTRATOR, operation)
    lessons.answer_several(session, ADMINISTRATOR, operation, {match.key: (taken_up, 0) for match in fitting})
    for state in (OperationState.CONSULTATION, OperationState.APPROVED, OperationState.RUNNING):
        service.transition(session, ADMINISTRATOR, operation, state)
    return day


def _choosing(participant: Participant, chosen: Mapping[str, tuple[str, ...]]) -> Participant:
    units = tuple(
        replace(unit, indicators=chosen[unit.code]) if unit.code in chosen else unit
        for unit in participant.units
    )
    return replace(participant, units=units)
