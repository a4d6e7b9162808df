"""Targets and tasks taken from earlier operations while sections of the plan have drafts: nothing of either is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.lessons import proposals
from jointops.operations import service as operations
from jointops.planning import service as planning
from tests.builders import AFTER, COORDINATOR
from tests.lessons.scenes import EARLIER, LATER, earlier, later
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

PROPOSALS = f"/operations/{LATER}/plan/proposals"
TARGET = "/objectives/0/target/at_least"
OWN_TASK = {"/tasks/1/code": "T7", "/tasks/1/title/en": "Watch", "/tasks/1/units": "ES-POLICE"}


@dataclass(frozen=True)
class Case:
    """A draft of a section, what is taken meanwhile, and what the plan says once the draft is kept."""

    section: str
    cells: Mapping[str, str]
    taken: str
    clash: bool
    kept: tuple[str, ...]


CASES = {
    "another field of the objective": Case(
        "objectives", {"/objectives/0/title/en": "Fewer arms"}, "target", False, ("Fewer arms", "120", "T1")
    ),
    "the target itself": Case(
        "objectives", {TARGET: "77"}, "target", True, ("Take firearms off the market", "77", "T1")
    ),
    "a task beside": Case(
        "tasks", OWN_TASK, "task", False, ("Take firearms off the market", "100", "T1", "T1-2", "T7")
    ),
    "another section": Case(
        "general", {"/title/en": "Arms"}, "task", False, ("Take firearms off the market", "100", "T1", "T1-2")
    ),
}


@pytest.fixture
def scene(site: Site) -> Iterator[Site]:
    """Give a site with a closed operation and a plan in consultation that can learn from it."""
    with site.work() as session:
        earlier(session)
        later(session)
    with clock.fixed(AFTER):
        yield site


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_draft_begun_before_is_kept_over_what_was_taken_or_shows_the_conflict(
    scene: Site, case: Case
) -> None:
    with scene.work() as session:
        plan = operations.find(session, COORDINATOR, LATER)
        planning.save_draft(
            session, COORDINATOR, plan, case.section, case.cells, base_number=1, expected_version=0
        )
        if case.taken == "target":
            proposals.take_target(session, COORDINATOR, plan, objective="O1", expected_version=1)
        else:
            proposals.take_tasks(session, COORDINATOR, plan, EARLIER, ["T1"], expected_version=1)
    browser = scene.browser(Role.COORDINATOR)
    page = browser.get(PROPOSALS).html.select_one("#drafts")
    section = browser.get(f"/operations/{LATER}/plan/sections/{case.section}")

    with scene.work() as session:
        plan = operations.find(session, COORDINATOR, LATER)
        work = planning.desk(session, COORDINATOR, plan).work(case.section)
        assert [clash.name for clash in work.clashes] == ([TARGET] if case.clash else [])
        assert ("says something else" in page.get_text()) is case.clash
        assert page.select_one("a")["href"] == f"/operations/{LATER}/plan/sections/{case.section}"
        assert ("changed the same fields" in section.text) is case.clash
        if case.clash:
            # Saved again with the newer version in view, the draft is the answer to the conflict.
            planning.save_draft(
                session,
                COORDINATOR,
                plan,
                case.section,
                case.cells,
                base_number=2,
                expected_version=work.version,
            )
        version = planning.keep_drafts(session, COORDINATOR, plan)
        document = operations.document(version)
        (objective,) = document.objectives
        assert objective.target is not None
        assert (
            objective.title["en"],
            str(objective.target.at_least),
            *sorted(task.code for task in document.tasks),
        ) == case.kept
        # The version in between says what was taken, and stays.
        assert [each.number for each in operations.versions(session, COORDINATOR, plan)] == [3, 2, 1]


def test_a_press_on_a_page_that_is_older_than_the_plan_writes_nothing(scene: Site) -> None:
    browser = scene.browser(Role.COORDINATOR)
    with scene.work() as session:
        plan = operations.find(session, COORDINATOR, LATER)
        planning.save_draft(
            session, COORDINATOR, plan, "objectives", {TARGET: "77"}, base_number=1, expected_version=0
        )
        planning.keep_drafts(session, COORDINATOR, plan)
    answer = browser.send(f"{PROPOSALS}/target", objective="O1", level="median", version="1")

    assert answer.status_int == 412
    with scene.work() as session:
        plan = operations.find(session, COORDINATOR, LATER)
        assert operations.latest_plan(session, plan).number == 2
