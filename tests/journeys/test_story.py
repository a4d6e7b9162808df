"""One operation from the first draft to the recommendation that comes back in the next policy cycle, in a browser.

The demonstration, Operation Archimedes, is read and evaluated; a second operation is planned and runs today, whenever
the test is run. Every page that is visited leaves pictures in ``build/screenshots/story``.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from jointops.kernel import clock
from jointops.kernel.policy import Grant, Role
from jointops.operations.rules import today
from tests.journeys.steps import evaluation, planning, reporting, review, situation, tasks
from tests.journeys.support.visitor import House

SPANISH_UNITS = ("ES-POLICE", "ES-CUSTOMS", "ES-BORDER")


@pytest.mark.timeout(600)
def test_story(house: House, tmp_path: Path) -> None:
    # The last of the four action days has begun; the returns of the first two are overdue at any hour.
    day = today("Europe/Brussels", clock.now())
    first_day = day - timedelta(days=3)
    code, later = f"DANUBE-{day.year}", f"DANUBE-{day.year + 1}"

    coordinator, reviewer = house.demo("coordinator"), house.demo("reviewer")
    romania, romanian_police = house.demo("national"), house.demo("reporter")
    spain = house.account("spain", Grant(Role.NATIONAL_COORDINATOR, "ES"))
    spanish_desk = house.account("spanish-desk", *(Grant(Role.REPORTER, unit) for unit in SPANISH_UNITS))

    planning.reads_the_plan_of_archimedes(coordinator)
    planning.makes_an_operation_from_a_template(coordinator, code, first_day)
    planning.changes_the_plan(coordinator, code)
    planning.answers_the_lessons(coordinator, code)
    planning.takes_what_earlier_operations_suggest(coordinator, code)
    planning.makes_an_operation_from_a_file(coordinator, code, later, tmp_path)
    planning.answers_the_lessons(coordinator, later)
    planning.sends_the_plan_to_consultation(coordinator, code)
    planning.answers_the_invitation(romania, code, "Takes part")
    planning.answers_the_invitation(spain, code, "Takes part, with conditions", "Sea patrols only by day.")
    planning.approves_the_plan(reviewer, code)
    planning.starts_the_operation(coordinator, code)
    planning.cannot_start_before_the_first_day(coordinator, reviewer, later, day + timedelta(days=300))

    tasks.gives_a_task_to_units(coordinator, code, day, "RO-POLICE", "RO-CUSTOMS", "RO-BORDER", "BG-POLICE")
    tasks.answers_for_the_country(romania, code, "RO-POLICE", "RO-BORDER")
    tasks.reports_the_task_done(romanian_police, code, "RO-POLICE")

    reporting.fills_in_the_return_of_today(romanian_police, code, "RO-POLICE", day)
    reporting.corrects_the_return(romanian_police, code, "RO-POLICE", day)
    reporting.submits_a_nil_return(romanian_police, code, "RO-POLICE", first_day)
    reporting.sends_a_spreadsheet(spanish_desk, code, day, SPANISH_UNITS[:2], tmp_path)
    software = reporting.Software(house.address, reporting.makes_a_token(spanish_desk))
    reporting.sends_by_api(software, code, SPANISH_UNITS[2], day)

    review.verifies_one_return(romania, code, "RO-POLICE", day)
    review.verifies_the_rest(spain, code, *SPANISH_UNITS)
    review.sends_one_back(coordinator, code, "RO-POLICE", day)
    review.accepts_what_was_verified(coordinator, code, *SPANISH_UNITS)
    situation.sees_who_has_reported(coordinator, code)
    review.answers_the_question(romanian_police, code, "RO-POLICE", day)

    situation.compares_archimedes_now_and_then(coordinator)
    situation.follows_a_figure_to_its_returns(coordinator)

    evaluation.reads_the_evaluation(coordinator)
    evaluation.writes_what_was_learnt(coordinator)
    evaluation.takes_the_documents_away(coordinator)
    evaluation.submits_it(coordinator)
    evaluation.endorses_it(reviewer)
    evaluation.adopts_the_recommendation(reviewer)
    evaluation.explains_what_was_not_done(coordinator, code)
    evaluation.closes_the_operation(coordinator, code)
