"""The chain from the policy cycle to the next one: walked both ways by following links, one click a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest

from jointops.cycles import service as cycles
from jointops.cycles.service import ActionInput, CycleInput
from jointops.evaluation import findings
from jointops.evaluation.findings import AdoptionEntry
from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.lessons import service
from jointops.lessons.rules import AnswerEntry
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


def test_the_whole_chain_is_walked_both_ways_one_click_a_step(scene: Site) -> None:
    reviewer = scene.browser(Role.REVIEWER)
    pages = [reviewer.get(address) for _name, address in WAY]

    broken = [
        f"{WAY[n][0]} → {WAY[m][0]}"
        for n in range(len(WAY))
        for m in (n - 1, n + 1)
        if 0 <= m < len(WAY) and WAY[m][1] not in links(pages[n])
    ]
    assert broken == []
    # The next cycle's action is carried out by the next operation, and the walk begins anew.
    assert f"/operations/{LATER}" in links(pages[-1])


def test_the_strip_says_what_is_missing(scene: Site) -> None:
    with scene.work() as session:
        builders.operation(session, "draft", builders.plan(code="ALONE-2027", objectives=()))
    answer = scene.browser(Role.COORDINATOR).get("/operations/ALONE-2027")

    missing = [found.get_text(strip=True) for found in answer.html.select(".jo-chain__missing")]
    assert missing == ["It serves no priority of a policy cycle.", "It serves no objective."]


def test_the_api_gives_every_link_with_its_neighbours(scene: Site) -> None:
    data = scene.api(Role.REVIEWER).get(f"{BASE}/chain").json
    nodes = {(node["type"], node["where"], node["code"]): node for node in data["nodes"]}

    for node in nodes.values():
        for way, back in (("up", "down"), ("down", "up")):
            for other in node[way]:
                neighbour = nodes[other["type"], other["where"], other["code"]]
                assert {"type": node["type"], "where": node["where"], "code": node["code"]} in neighbour[back]
    path = [
        ("policy-cycle", CYCLE, CYCLE),
        ("priority", CYCLE, "firearms"),
        ("strategic-goal", CYCLE, nodes["operational-action", CYCLE, "OA-1"]["up"][0]["code"]),
        ("operational-action", CYCLE, "OA-1"),
        ("operation", EARLIER, EARLIER),
        ("objective", EARLIER, "O1"),
        ("indicator", EARLIER, "firearms-seized"),
        ("task", EARLIER, "T1"),
        ("return", EARLIER, "RS-POLICE"),
    ]
    for above, below in pairwise(path):
        assert dict(zip(("type", "where", "code"), below, strict=True)) in nodes[above]["down"]
    assert nodes["recommendation", EARLIER, "R1"]["down"] == [
        {"type": "operational-action", "where": NEXT, "code": "OA-1"},
        {"type": "operation", "where": LATER, "code": LATER},
    ]


def test_what_is_not_open_is_not_in_the_strip(scene: Site) -> None:
    stranger = scene.browser(Role.NATIONAL_COORDINATOR, "FR")
    action = stranger.get(WAY[3][1])

    assert BASE not in links(action)
    assert stranger.look(WAY[5][1]).status_int == 404
