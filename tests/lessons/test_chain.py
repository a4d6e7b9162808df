"""The chain from the policy cycle to the next one: walked both ways by following links, one click a step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from jointops.cycles import service as cycles
from jointops.cycles.service import ActionInput, CycleInput
from jointops.evaluation import findings
from jointops.evaluation.findings import AdoptionEntry, ObservationEntry
from jointops.kernel import clock
from jointops.kernel.errors import Invalid
from jointops.kernel.policy import Role
from jointops.lessons import service
from jointops.lessons.rules import AnswerEntry
from jointops.operations import service as operations
from jointops.operations.plandoc import CycleLink
from tests import builders
from tests.builders import ADMINISTRATOR, AFTER, BEFORE, COORDINATOR, REVIEWER
from tests.lessons.scenes import EARLIER, KEY, LATER, earlier, later
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

CYCLE, NEXT = "EMPACT-2026-2029", "EMPACT-2030-2033"
BASE = f"/operations/{EARLIER}"

WAY: Sequence[tuple[str, str]] = (
    ("policy cycle", f"/policy-cycles/{CYCLE}"),
    ("priority", f"/policy-cycles/{CYCLE}/priorities/firearms"),
    ("strategic goal", f"/policy-cycles/{CYCLE}/goals/G1"),
    ("operational action", f"/policy-cycles/{CYCLE}/actions/OA-1/chain"),
    ("operation", BASE),
    ("objective", f"{BASE}/objectives/O1"),
    ("indicator", f"{BASE}/indicators/firearms-seized"),
    ("task", f"{BASE}/tasks/T1"),
    ("return", f"{BASE}/returns/RS-POLICE/2027-05-03"),
    ("result", f"{BASE}/figures?indicator=firearms-seized&status=accepted"),
    ("observation", f"{BASE}/observations/I1"),
    ("recommendation", f"{BASE}/recommendations/R1"),
    ("operational action of the next cycle", f"/policy-cycles/{NEXT}/actions/OA-1/chain"),
)
"""Every link with its address, in the order of the chain."""


@pytest.fixture
def scene(site: Site) -> Iterator[Site]:
    """Give a site on which an operation carries out an action, and its recommendation is adopted in the next cycle."""
    with site.work() as session:
        with clock.fixed(BEFORE):
            cycles.seed(session, ADMINISTRATOR)
            for code, first, last, goals in (
                (CYCLE, 2026, 2029, (("G1", {"en": "Disrupt"}),)),
                (NEXT, 2030, 2033, ()),
            ):
                given = CycleInput(
                    code=code,
                    title={"en": code},
                    starts_on=builders.FIRST_DAY.replace(first, 1, 1),
                    ends_on=builders.FIRST_DAY.replace(last, 12, 31),
                    priorities=(("firearms", {"en": "Illicit firearms"}),),
                    goals=goals,
                )
                if code not in {one.cycle.code for one in cycles.list_cycles(session, REVIEWER)}:
                    cycles.create(session, REVIEWER, given)
            cycle = cycles.find(session, REVIEWER, CYCLE)
            priority = next(one.code for one in cycle.priorities if one.code == "firearms")
            cycles.create_action(
                session,
                REVIEWER,
                cycle,
                ActionInput(title={"en": "Checks on parcels"}, priority=priority, goal=cycle.goals[0].code),
            )
        operation = earlier(
            session, policy_cycle=CycleLink(code=CYCLE, priorities=("firearms",), actions=("OA-1",))
        )
        with clock.fixed(AFTER):
            findings.adopt(session, REVIEWER, operation, "R1", AdoptionEntry(cycle=NEXT, priority="firearms"))
        plan = later(session, policy_cycle=CycleLink(code=NEXT, priorities=("firearms",), actions=("OA-1",)))
        service.answer(session, COORDINATOR, plan, KEY, AnswerEntry(answer="taken-up", section="objectives"))
    with clock.fixed(AFTER):
        yield site


def links(answer: Any) -> set[str]:
    return {link["href"].partition("#")[0] for link in answer.html.select("main a[href]")}


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.COORDINATOR])
def test_the_whole_chain_is_walked_there_and_back_one_click_a_step(scene: Site, role: Role) -> None:
    """From the policy cycle to the next cycle's action and back: every page is reached by a link of the one before."""
    browser = scene.browser(role)
    way = [*WAY, *reversed(WAY[:-1])]
    page = browser.get(way[0][1])
    steps = []
    for (_here, _address), (name, address) in pairwise(way):
        link = page.html.find("a", href=re.compile(rf"^{re.escape(address)}(#.*)?$"))
        steps.append((name, link is not None))
        page = browser.get(link["href"] if link is not None else address)
    assert steps == [(name, True) for name, _address in way[1:]]


def test_the_walk_goes_on_from_the_next_cycle(scene: Site) -> None:
    browser = scene.browser(Role.REVIEWER)
    action = browser.get(WAY[-1][1])

    assert f"/operations/{LATER}" in links(action)
    assert f"/policy-cycles/{NEXT}" in links(action)
    assert f"{BASE}/recommendations/R1" in links(browser.get(f"/policy-cycles/{NEXT}"))


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("", ["It serves no priority of a policy cycle.", "No indicator measures O2."]),
        (
            "/plan/sections/objectives",
            ["It serves no priority of a policy cycle.", "No indicator measures O2."],
        ),
    ],
)
def test_the_plan_says_that_it_serves_no_priority_and_which_objective_nothing_measures(
    scene: Site, route: str, said: list[str]
) -> None:
    with scene.work() as session:
        plan = builders.plan(code="ALONE-2027")
        unmeasured = replace(plan.objectives[0], code="O2", indicator=None, target=None)
        builders.operation(session, "draft", replace(plan, objectives=(*plan.objectives, unmeasured)))
    coordinator = scene.browser(Role.COORDINATOR)
    answer = coordinator.get(f"/operations/ALONE-2027{route}")

    missing = answer.html.select(".jo-chain__missing")
    assert [found.get_text(strip=True) for found in missing] == said
    remedies = [found.find_next_sibling("a")["href"] for found in missing]
    sections = "/operations/ALONE-2027/plan/sections"
    assert remedies == [f"{sections}/strategic-context", f"{sections}/objectives"]
    assert coordinator.get(remedies[0]).status_int == 200
    objective = coordinator.get("/operations/ALONE-2027/objectives/O2")
    assert "No indicator measures it." in objective.html.select_one(".jo-notice--warning").get_text()


def test_a_gap_says_what_to_do_to_those_who_can_and_who_can_to_others(scene: Site) -> None:
    goal = f"/policy-cycles/{CYCLE}/goals/G2"
    texts = {
        role: " ".join(scene.browser(role).get(goal).html.select_one("#down").get_text(" ").split())
        for role in (Role.REVIEWER, Role.COORDINATOR)
    }

    assert texts[Role.REVIEWER].endswith("No operational action pursues it yet. Propose one")
    assert texts[Role.COORDINATOR].endswith("No operational action pursues it yet. A reviewer can do that.")


def test_the_api_gives_every_link_with_its_neighbours(scene: Site) -> None:
    data = scene.api(Role.REVIEWER).get(f"{BASE}/chain").json
    nodes = {(node["type"], node["where"], node["code"]): node for node in data["nodes"]}

    for node in nodes.values():
        for way, back in (("up", "down"), ("down", "up")):
            for other in node[way]:
                neighbour = nodes[other["type"], other["where"], other["code"]]
                assert {"type": node["type"], "where": node["where"], "code": node["code"]} in neighbour[back]
    steps = [
        ("policy-cycle", CYCLE, CYCLE),
        ("priority", CYCLE, "firearms"),
        ("strategic-goal", CYCLE, "G1"),
        ("operational-action", CYCLE, "OA-1"),
        ("operation", EARLIER, EARLIER),
        ("objective", EARLIER, "O1"),
        ("indicator", EARLIER, "firearms-seized"),
        ("task", EARLIER, "T1"),
        ("return", EARLIER, "RS-POLICE"),
        ("result", EARLIER, "firearms-seized"),
        ("observation", EARLIER, "I1"),
        ("recommendation", EARLIER, "R1"),
        ("operational-action", NEXT, "OA-1"),
        ("priority", NEXT, "firearms"),
        ("policy-cycle", NEXT, NEXT),
    ]
    for here, there in pairwise(steps):
        ref = dict(zip(("type", "where", "code"), there, strict=True))
        # The last two steps climb into the next cycle.
        assert ref in nodes[here]["up" if there[1] == NEXT and there[0] != "operational-action" else "down"]
        assert nodes[there]["href"].startswith(("/operations/", "/policy-cycles/"))
    assert nodes["recommendation", EARLIER, "R1"]["down"] == [
        {"type": "operational-action", "where": NEXT, "code": "OA-1"},
        {"type": "operation", "where": LATER, "code": LATER},
    ]
    assert nodes["indicator", EARLIER, "persons-arrested"]["missing"] == ["objective", "task"]


def test_what_is_not_open_is_not_in_the_strip(scene: Site) -> None:
    stranger = scene.browser(Role.NATIONAL_COORDINATOR, "FR")
    action = stranger.get(WAY[3][1])

    assert BASE not in links(action)
    assert stranger.look(WAY[5][1]).status_int == 404


def test_an_observation_that_rests_on_a_figure_stands_at_that_figure_alone(scene: Site) -> None:
    with scene.work() as session:
        operation = operations.find(session, COORDINATOR, EARLIER)
        entry = ObservationEntry(kind="strength", text="Few were missed.", indicator="cocaine-seized")
        findings.observe(session, COORDINATOR, operation, entry)
        with pytest.raises(Invalid) as refused:
            findings.observe(session, COORDINATOR, operation, replace(entry, indicator="fuel-seized"))
    assert [problem.code for problem in refused.value.problems] == ["indicator-unknown"]
    browser, observation = scene.browser(Role.REVIEWER), f"{BASE}/observations/S1"
    figures = f"{BASE}/figures?indicator=%s&status=accepted"

    assert observation in links(browser.get(figures % "cocaine-seized"))
    assert observation not in links(browser.get(figures % "firearms-seized"))
    assert observation not in links(browser.get(f"{BASE}/objectives/O1"))
    assert figures % "cocaine-seized" in links(browser.get(observation))
    (node,) = [
        node
        for node in scene.api(Role.REVIEWER).get(f"{BASE}/chain").json["nodes"]
        if (node["type"], node["code"]) == ("observation", "S1")
    ]
    assert node["up"] == [{"type": "result", "where": EARLIER, "code": "cocaine-seized"}]
    assert node["missing"] == ["recommendation"]
