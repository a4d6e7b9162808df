"""A small plan to rehearse: two countries with units, two days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from jointops.kernel.db import unit_of_work
from jointops.operations.plandoc import Period, PlanDocument
from jointops.rehearsal import service
from jointops.rehearsal.service import Played
from tests import builders

SECOND_DAY = date(2027, 5, 4)


def plan(**changes: Any) -> PlanDocument:
    """Return the builders' plan with two days only; ``changes`` replace fields."""
    whole = builders.plan()
    tasks = tuple(replace(task, days=(builders.FIRST_DAY, SECOND_DAY)) for task in whole.tasks)
    period = Period(start=builders.FIRST_DAY, end=SECOND_DAY)
    return replace(whole, **{"period": period, "tasks": tasks, **changes})


def rehearsed(factory: sessionmaker[Session], document: PlanDocument | None = None, seed: int = 1) -> Played:
    """Prepare and play a rehearsal as the administrator, and return what came of it."""
    with unit_of_work(factory) as session:
        key = service.prepare(session, builders.ADMINISTRATOR, document or plan(), seed=seed).id
    return service.play(partial(unit_of_work, factory), key)
