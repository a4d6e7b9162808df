"""One operation from the first draft to the recommendation that comes back in the next policy cycle, in a browser."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from jointops.kernel import clock
from jointops.kernel.policy import Grant, Role
from jointops.operations.rules import today
from tests.journeys.steps import planning, tasks
from tests.journeys.support.visitor import House

pytestmark = pytest.mark.database("sqlite")


def test_story(house: House, tmp_path: Path) -> None:
    # The second of the action days is over and the third has begun, whenever this runs.
    day = today("Europe/Brussels", clock.now())
    first_day = day - timedelta(days=2)
    code, later = f"DANUBE-{day.year}", f"DANUBE-{day.year + 1}"

    coordinator, reviewer = house.demo("coordinator"), house.demo("reviewer")
    romania = house.demo("national")
    spain = house.account("spain", Grant(Role.NATIONAL_COORDINATOR, "ES"))

    planning.reads_the_plan_of_archimedes(coordinator)
    planning.makes_an_operation_from_a_template(coordinator, code, first_day)
    planning.changes_the_plan(coordinator, code)
    planning.makes_an_operation_from_a_file(coordinator, code, later, tmp_path)
    planning.sends_the_plan_to_consultation(coordinator, code)
    planning.answers_the_invitation(romania, code, "Takes part")
    planning.answers_the_invitation(spain, code, "Takes part, with conditions", "Sea patrols only by day.")
    planning.approves_the_plan(reviewer, code)
    planning.starts_the_operation(coordinator, code)

    task = tasks.gives_a_task_to_units(
        coordinator, code, day, "RO-POLICE", "RO-CUSTOMS", "RO-BORDER", "BG-POLICE"
    )
