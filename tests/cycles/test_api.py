from __future__ import annotations

from typing import Any

import pytest

from jointops.cycles import service
from jointops.kernel.policy import Role
from tests import builders
from tests.support.app import Api, Site

pytestmark = pytest.mark.database("sqlite")

ACTIONS = "/policy-cycles/EMPACT-2026-2029/actions"


@pytest.fixture
def reviewer(site: Site) -> Api:
    with site.work() as session:
        service.seed(session, builders.ADMINISTRATOR)
    return site.api(Role.REVIEWER)


def test_cycles_are_listed_in_pieces_the_earliest_first(reviewer: Api) -> None:
    first = reviewer.get("/policy-cycles?limit=2").json
    rest = reviewer.get(f"/policy-cycles?cursor={first['next']}").json

    assert [cycle["code"] for cycle in first["items"]] == ["EMPACT-2012-2013", "EMPACT-2014-2017"]
    assert [cycle["starts_on"] for cycle in rest["items"]] == ["2018-01-01", "2022-01-01", "2026-01-01"]
    assert rest["next"] is None


def test_one_cycle_holds_its_priorities_goals_and_plans(reviewer: Api) -> None:
    cycle = reviewer.get("/policy-cycles/EMPACT-2026-2029").json

    assert cycle["action_plans"][0]["code"] == "OAP-2026-2029"
    assert cycle["priorities"][0]["title"]["fr"]
    assert len(cycle["goals"]) == 7


def test_an_action_is_proposed_read_and_changed(reviewer: Api) -> None:
    made = reviewer.post(
        ACTIONS, {"title": {"en": "Common definitions"}, "priority": "drugs", "due_on": "2027-06-30"}
    )
    assert (made.status_int, made.json["code"], made.json["state"]) == (201, "OA-1", "proposed")
    assert (made.headers["ETag"], made.headers["Location"]) == (
        '"1"',
        f"http://localhost/api/v1{ACTIONS}/OA-1",
    )

    changed = reviewer.patch(f"{ACTIONS}/OA-1", {"state": "planned", "priority": None}, If_Match='"1"')
    assert (changed.status_int, changed.headers["ETag"]) == (200, '"2"')
    assert reviewer.get(f"{ACTIONS}/OA-1").json == {
        "code": "OA-1",
        "plan": "OAP-2026-2029",
        "priority": None,
        "goal": None,
        "title": {"en": "Common definitions"},
        "description": "",
        "leader": "",
        "state": "planned",
        "due_on": "2027-06-30",
        "origin_operation": None,
        "origin_recommendation": None,
        "created_at": made.json["created_at"],
        "version": 2,
    }


def test_actions_are_listed_by_what_is_asked_for(reviewer: Api) -> None:
    for priority in ("drugs", "firearms", "drugs"):
        reviewer.post(ACTIONS, {"title": {"en": "An action"}, "priority": priority})

    def listed(query: str) -> list[str]:
        return [action["code"] for action in reviewer.get(f"{ACTIONS}?{query}").json["items"]]

    assert listed("") == ["OA-1", "OA-2", "OA-3"]
    assert listed("priority=drugs") == ["OA-1", "OA-3"]
    assert listed("state=planned") == []
    assert listed("limit=1") == ["OA-1"]


@pytest.mark.parametrize(
    "method, path, data, status, code",
    [
        ("post", ACTIONS, {"title": {"en": " "}}, 422, "title-missing"),
        ("post", ACTIONS, {"title": {"en": "A"}, "priority": "dragons"}, 422, "priority-unknown"),
        ("post", ACTIONS, {"title": {"en": "A"}, "color": "red"}, 422, None),
        ("patch", f"{ACTIONS}/OA-1", {"state": "completed"}, 409, "no-such-step"),
        ("patch", f"{ACTIONS}/OA-9", {"state": "planned"}, 404, "action-unknown"),
        ("post", "/policy-cycles/EMPACT-1999/actions", {"title": {"en": "A"}}, 404, "cycle-unknown"),
        (
            "post",
            "/policy-cycles",
            {
                "code": "EMPACT-2026-2029",
                "title": {"en": "A"},
                "starts_on": "2026-01-01",
                "ends_on": "2025-01-01",
            },
            422,
            "code-taken",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(
    reviewer: Api, method: str, path: str, data: dict[str, Any], status: int, code: str | None
) -> None:
    reviewer.post(ACTIONS, {"title": {"en": "The first"}})

    answer = getattr(reviewer, method)(path, data)

    assert answer.status_int == status
    assert code is None or answer.json["code"] == code


def test_a_stale_change_names_both_versions(reviewer: Api) -> None:
    reviewer.post(ACTIONS, {"title": {"en": "The first"}})

    answer = reviewer.patch(f"{ACTIONS}/OA-1", {"state": "planned"}, If_Match='"7"')

    assert (answer.status_int, answer.json["given"], answer.json["current"]) == (412, "7", "1")


def test_a_cycle_is_added_with_its_parts(reviewer: Api) -> None:
    given = {
        "code": "EMPACT-2030-2033",
        "title": {"en": "EMPACT 2030–2033"},
        "starts_on": "2030-01-01",
        "ends_on": "2033-12-31",
        "priorities": [{"code": "drugs", "title": {"en": "Drugs"}}],
    }

    made = reviewer.post("/policy-cycles", given)

    assert (made.status_int, made.headers["Location"]) == (
        201,
        "http://localhost/api/v1/policy-cycles/EMPACT-2030-2033",
    )
    assert made.json["priorities"] == given["priorities"]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.NATIONAL_COORDINATOR, Role.REPORTER, Role.AUDITOR])
def test_others_read_and_do_not_write(site: Site, reviewer: Api, role: Role) -> None:
    other = site.api(role)

    assert other.get(ACTIONS).status_int == 200
    assert other.post(ACTIONS, {"title": {"en": "No"}}).status_int == 403
