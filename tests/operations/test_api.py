"""Operations, plans and participants over the API."""

from __future__ import annotations

from typing import Any

import pytest

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import planfile
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

YAML = "application/yaml"
JSON = "application/json"
PATH = "/operations/EXAMPLE-2027"


def given(site: Site, state: str = "draft", **changes: Any) -> None:
    with site.work() as session:
        builders.operation(session, state, **changes)


def plan_text(**changes: Any) -> bytes:
    return planfile.dump(builders.plan(**changes)).encode()


def plan_data(**changes: Any) -> dict[str, Any]:
    return planfile.to_data(builders.plan(**changes))


def test_a_plan_file_becomes_an_operation(site: Site) -> None:
    api = site.api(Role.COORDINATOR)
    made = api.send("POST", "/operations?note=first", plan_text(), YAML)
    assert made.status_int == 201
    assert made.headers["Location"] == "http://localhost/api/v1/operations/EXAMPLE-2027"
    assert made.json["state"] == "draft"
    found = api.get(PATH)
    assert found.json == made.json
    assert found.headers["ETag"] == '"1"'
    assert found.json["starts_on"] == "2027-05-03"
    assert found.json["marking"]["classification"] == "unclassified"


def test_a_plan_in_json_becomes_an_operation_and_comes_back_unchanged(site: Site) -> None:
    api = site.api(Role.COORDINATOR)
    assert api.post("/operations", plan_data()).status_int == 201
    assert api.get(f"{PATH}/plan").json == plan_data()
    as_file = api.get(f"{PATH}/plan", Accept=YAML)
    assert as_file.headers["ETag"] == '"1"'
    assert planfile.load(as_file.body) == builders.plan()


def test_a_wrong_plan_file_is_refused_with_every_problem(site: Site) -> None:
    api = site.api(Role.COORDINATOR)
    wrong = plan_text().replace(b"lead: ES", b"lead: FR").replace(b"Europe/Amsterdam", b"Mars/Base")
    answer = api.send("POST", "/operations", wrong, YAML)
    assert answer.status_int == 422
    assert {error["pointer"] for error in answer.json["errors"]} == {"/lead", "/time_zone"}
    assert api.get("/operations").json["items"] == []


def test_an_operation_is_created_once_whatever_is_repeated(site: Site) -> None:
    api = site.api(Role.COORDINATOR)
    first = api.post("/operations", plan_data(), Idempotency_Key="one")
    again = api.post("/operations", plan_data(), Idempotency_Key="one")
    assert (again.status_int, again.json) == (201, first.json)
    other = api.post("/operations", plan_data())
    assert (other.status_int, other.json["code"]) == (409, "operation-exists")


def test_operations_are_listed_in_pieces(site: Site) -> None:
    for n in range(3):
        given(site, code=f"EXAMPLE-{n}")
    api = site.api(Role.COORDINATOR)
    first = api.get("/operations?limit=2").json
    assert [item["code"] for item in first["items"]] == ["EXAMPLE-0", "EXAMPLE-1"]
    rest = api.get(f"/operations?limit=2&cursor={first['next']}").json
    assert [item["code"] for item in rest["items"]] == ["EXAMPLE-2"]
    assert rest["next"] is None
    assert api.get("/operations?state=running").json["items"] == []


def test_what_is_not_open_to_somebody_is_not_there(site: Site) -> None:
    given(site)
    api = site.api(Role.NATIONAL_COORDINATOR, "ES")
    for path in (PATH, f"{PATH}/plan", f"{PATH}/plan/versions", f"{PATH}/participants", f"{PATH}/steps"):
        answer = api.get(path)
        assert (answer.status_int, answer.json["code"]) == (404, "operation-unknown")
    assert api.get("/operations").json["items"] == []


def test_saving_a_plan_makes_a_version_and_saving_it_again_none(site: Site) -> None:
    given(site)
    api = site.api(Role.COORDINATOR)
    changed = plan_data(lead="RS")
    saved = api.put(f"{PATH}/plan?note=new%20lead", changed, If_Match='"1"')
    assert (saved.status_int, saved.json["number"], saved.json["note"]) == (201, 2, "new lead")
    assert saved.headers["ETag"] == '"2"'
    again = api.put(f"{PATH}/plan", changed, If_Match='"2"')
    assert (again.status_int, again.json["number"]) == (200, 2)
    assert api.get(PATH).json["lead"] == "RS"


def test_a_stale_plan_is_refused_with_both_versions(site: Site) -> None:
    given(site)
    api = site.api(Role.COORDINATOR)
    api.send("PUT", f"{PATH}/plan", plan_text(lead="RS"), YAML)
    answer = api.send("PUT", f"{PATH}/plan", plan_text(), YAML, If_Match='"1"')
    assert (answer.status_int, answer.json["given"], answer.json["current"]) == (412, "1", "2")


def test_versions_are_listed_read_and_compared(site: Site) -> None:
    given(site)
    api = site.api(Role.COORDINATOR)
    api.put(f"{PATH}/plan", plan_data(lead="RS"))
    listed = api.get(f"{PATH}/plan/versions").json["items"]
    assert [version["number"] for version in listed] == [1, 2]
    first = api.get(f"{PATH}/plan/versions/1").json
    assert (first["plan"]["lead"], first["approved_by"]) == ("ES", None)
    assert api.get(f"{PATH}/plan/versions/1?format=yaml").body == plan_text()
    assert api.get(f"{PATH}/plan/diff?from=1&to=2").json["items"] == [
        {"section": "lead", "kind": "changed", "path": "/lead", "before": "ES", "after": "RS"}
    ]
    assert api.get(f"{PATH}/plan/versions/9").json["code"] == "plan-version-unknown"
    assert api.get(f"{PATH}/plan/versions/x").status_int == 404
    assert api.get(f"{PATH}/plan/diff?from=1").status_int == 422


def test_basics_change_by_patch(site: Site) -> None:
    given(site)
    api = site.api(Role.COORDINATOR)
    answer = api.patch(
        PATH, {"start": "2027-05-10", "title": {"en": "A week later"}, "deadline": "19:00"}, If_Match='"1"'
    )
    assert answer.status_int == 200
    assert (answer.json["starts_on"], answer.json["ends_on"]) == ("2027-05-10", "2027-05-14")
    assert answer.json["title"]["en"] == "A week later"
    plan = api.get(f"{PATH}/plan").json
    assert plan["reporting"]["deadline"] == "19:00"
    assert plan["tasks"][0]["days"] == ["2027-05-10", "2027-05-14"]
    stale = api.patch(PATH, {"lead": "RS"}, If_Match='"1"')
    assert (stale.status_int, stale.json["code"]) == (412, "stale-version")
    wrong = api.patch(PATH, {"lead": "FR"})
    assert (wrong.status_int, wrong.json["errors"][0]["pointer"]) == (422, "/lead")


def test_the_life_cycle_over_the_api(site: Site) -> None:
    given(site)
    coordinator, reviewer = site.api(Role.COORDINATOR), site.api(Role.REVIEWER)
    path = f"{PATH}/transitions"
    assert coordinator.post(path, {"to": "consultation"}, If_Match='"1"').json["state"] == "consultation"
    assert coordinator.post(path, {"to": "approved"}).json["code"] == "not-allowed"
    assert reviewer.post(path, {"to": "approved"}).json["state"] == "approved"
    early = coordinator.post(path, {"to": "running"})
    assert (early.status_int, early.json["code"]) == (409, "before-first-day")
    with clock.fixed(builders.DURING):
        coordinator = site.api(Role.COORDINATOR)
        assert coordinator.post(path, {"to": "running"}).json["state"] == "running"
        closing = coordinator.post(path, {"to": "closed"})
        assert (closing.status_int, closing.json["code"]) == (422, "reason-missing")
        closed = coordinator.post(path, {"to": "closed", "reason": "done early"})
        assert closed.json["state"] == "closed"
        assert coordinator.post(path, {"to": "nowhere"}).status_int == 422
        assert coordinator.post(path, {"to": "draft"}, If_Match='"1"').status_int == 412


def test_the_next_steps_say_what_is_missing(site: Site) -> None:
    given(site, "consultation", objectives=())
    steps = {step["to"]: step for step in site.api(Role.COORDINATOR).get(f"{PATH}/steps").json["items"]}
    assert set(steps) == {"approved", "draft", "cancelled"}
    assert steps["approved"]["allowed"] is False
    assert [found["pointer"] for found in steps["approved"]["obstacles"]] == ["", "/objectives"]
    assert (steps["draft"]["needs_reason"], steps["draft"]["obstacles"]) == (True, [])


def test_an_amendment_is_approved_by_the_reviewer(site: Site) -> None:
    given(site, "running")
    coordinator, reviewer = site.api(Role.COORDINATOR), site.api(Role.REVIEWER)
    coordinator.put(f"{PATH}/plan", plan_data(lead="RS"))
    assert coordinator.get(PATH).json["lead"] == "ES"
    assert coordinator.get(f"{PATH}/plan?version=in-force").json["lead"] == "ES"
    assert coordinator.get(f"{PATH}/plan").json["lead"] == "RS"
    path = f"{PATH}/plan/versions/2/approve"
    assert coordinator.post(path, None).json["code"] == "not-allowed"
    approved = reviewer.post(path, None)
    assert (approved.status_int, approved.json["approved_by"] is None) == (200, False)
    assert coordinator.get(PATH).json["plan_version"] == 2
    assert reviewer.post(path, None).json["code"] == "already-approved"


def test_a_country_answers_its_invitation(site: Site) -> None:
    given(site, "consultation")
    serbia = site.api(Role.NATIONAL_COORDINATOR, "RS")
    path = f"{PATH}/participants/RS"
    assert serbia.get(path).json["answer"] == "invited"
    answered = serbia.post(f"{path}/answer", {"answer": "takes-part"}, If_Match='"1"')
    assert (answered.status_int, answered.json["answer"]) == (200, "takes-part")
    assert serbia.post(f"{path}/answer", {"answer": "declined"}, If_Match='"1"').status_int == 412
    missing = serbia.post(f"{path}/answer", {"answer": "with-conditions"})
    assert (missing.status_int, missing.json["code"]) == (422, "conditions-missing")
    assert serbia.post(f"{PATH}/participants/ES/answer", {"answer": "declined"}).status_int == 403
    assert serbia.get(f"{PATH}/participants/FR").json["code"] == "participant-unknown"


def test_participants_and_units_are_put_into_the_plan(site: Site) -> None:
    given(site)
    api = site.api(Role.COORDINATOR)
    units = [{"code": "RO-POLICE", "authority": "police"}]
    assert api.put(f"{PATH}/participants/RO", {"units": units}).json["number"] == 2
    listed = api.get(f"{PATH}/participants").json["items"]
    assert [item["party"] for item in listed] == ["ES", "RO", "RS", "europol"]
    assert api.put(f"{PATH}/units/RO-CUSTOMS", {"authority": "customs"}).json["number"] == 3
    unit = api.get(f"{PATH}/units/RO-CUSTOMS").json
    assert (unit["authority"], unit["title"]["en"]) == ("customs", "Romania, Customs")
    wrong = api.put(f"{PATH}/participants/RO", {"units": [{"code": "FR-POLICE", "authority": "police"}]})
    assert (wrong.status_int, wrong.json["errors"][0]["pointer"]) == (422, "/units/0/code")
    assert api.put(f"{PATH}/units/FR-POLICE", {"authority": "police"}).json["code"] == "participant-unknown"
    assert api.get(f"{PATH}/units/FR-POLICE").json["code"] == "unit-unknown"
    assert api.put(f"{PATH}/participants/RO", {"units": units}, If_Match='"99"').status_int == 412


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REVIEWER])
def test_readers_change_nothing(site: Site, role: Role) -> None:
    given(site)
    api = site.api(role)
    assert api.get(PATH).status_int == 200
    assert api.post("/operations", plan_data(code="OTHER-2027")).status_int == 403
    assert api.put(f"{PATH}/plan", plan_data(lead="RS")).status_int == 403
    assert api.patch(PATH, {"lead": "RS"}).status_int == 403
    assert api.post(f"{PATH}/transitions", {"to": "consultation"}).status_int == 403
    assert api.put(f"{PATH}/participants/RO", {}).status_int == 403
    assert api.put(f"{PATH}/units/ES-OTHER", {"authority": "other"}).status_int == 403
