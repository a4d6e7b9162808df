"""What the edge does for every endpoint: formats, malformed input, versions, retries, long lists."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from jointops.accounts.models import ApiToken
from jointops.kernel import audit
from jointops.kernel.policy import Action, Role
from jointops.web.models import IdempotentAnswer
from tests import people
from tests.support.app import Api, Site


@pytest.mark.database("sqlite")
class TestInput:
    """What is sent is looked at before anything is done."""

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b'{"name": NaN}',
            b'{"name": "a\\u0000b"}',
            b'{"name": "\\ud800"}',
            b"[" * 100_000,
            b"\xff",
        ],
        ids=["empty", "cut off", "not a number", "NUL", "half a character", "deep", "no UTF-8"],
    )
    def test_what_is_no_json_is_malformed(self, site: Site, body: bytes) -> None:
        answer = site.api(Role.REVIEWER).send("POST", "/tokens", body, "application/json")

        assert (answer.status_int, answer.json["code"]) == (400, "malformed-json")
        assert answer.content_type == "application/problem+json"

    @pytest.mark.parametrize(
        "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/yaml"]
    )
    def test_what_is_no_format_of_this_address_is_unsupported(self, site: Site, media_type: str) -> None:
        answer = site.api(Role.REVIEWER).send("POST", "/tokens", b"name=x", media_type)

        assert (answer.status_int, answer.json["code"]) == (415, "unsupported-media-type")
        assert answer.json["errors"][0]["accepted"] == ["application/json"]

    def test_everything_that_is_wrong_is_named_with_its_place(self, site: Site) -> None:
        answer = site.api(Role.REVIEWER).post("/tokens", {"name": "", "days": "30", "a/b": 1})

        assert answer.status_int == 422
        assert {error["pointer"]: error["code"] for error in answer.json["errors"]} == {
            "/name": "wrong-length",
            "/days": "not-an-integer",
            "/a~1b": "unknown-field",
        }

    @pytest.mark.parametrize("data", [[], "x", None, 3])
    def test_an_object_is_asked_for(self, site: Site, data: object) -> None:
        answer = site.api(Role.REVIEWER).post("/tokens", data)

        assert (answer.status_int, answer.json["code"]) == (422, "wrong-type")

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("limit=0", "/query/limit"),
            ("limit=x", "/query/limit"),
            ("nonsense=1", "/query/nonsense"),
            ("cursor=%21", "/query/cursor"),
        ],
    )
    def test_the_query_is_looked_at_too(self, site: Site, query: str, pointer: str) -> None:
        answer = site.api(Role.REVIEWER).get(f"/tokens?{query}")

        assert answer.status_int == 422
        assert answer.json["errors"][0]["pointer"] == pointer

    def test_a_path_that_cannot_be_is_not_found(self, site: Site) -> None:
        assert site.api(Role.REVIEWER).delete("/tokens/x").status_int == 404

    def test_an_answer_in_a_format_that_is_not_there_is_refused(self, site: Site) -> None:
        api = site.api(Role.REVIEWER)

        assert api.get("/me", Accept="text/csv").status_int == 406
        assert api.get("/me", Accept="text/csv, */*;q=0.1").status_int == 200
        assert api.get("/me", Accept="application/json").content_type == "application/json"

    @pytest.mark.parametrize("value", ["Bearer jo_wrong", "Bearer ", "Basic YTpi", "jo_x"])
    def test_a_token_that_is_none_is_not_signed_in(self, site: Site, value: str) -> None:
        answer = site.api().get("/me", Authorization=value)

        assert (answer.status_int, answer.json["code"]) == (401, "not-signed-in")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="jointops"'


class TestRetries:
    """A POST under an Idempotency-Key is done once."""

    def test_the_same_request_gets_the_same_answer(self, site: Site) -> None:
        api = site.api(Role.REVIEWER)

        first, again = (api.post("/tokens", {"name": "x"}, Idempotency_Key="a") for _time in range(2))

        assert first.json["id"] == again.json["id"]
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"

    def test_a_key_is_one_person_s_own(self, site: Site) -> None:
        mine = site.api(Role.REVIEWER).post("/tokens", {"name": "x"}, Idempotency_Key="a")
        theirs = site.api(Role.AUDITOR).post("/tokens", {"name": "x"}, Idempotency_Key="a")

        assert mine.json["id"] != theirs.json["id"]

    def test_what_was_refused_may_be_tried_again_under_the_same_key(self, site: Site) -> None:
        api = site.api(Role.REVIEWER)

        refused = api.post("/tokens", {"name": " "}, Idempotency_Key="a")
        mended = api.post("/tokens", {"name": "x"}, Idempotency_Key="a")

        assert (refused.status_int, mended.status_int) == (422, 201)

    @pytest.mark.parametrize("key", ["", "x" * 201])
    def test_a_key_has_a_length(self, site: Site, key: str) -> None:
        answer = site.api(Role.REVIEWER).post("/tokens", {"name": "x"}, Idempotency_Key=key)

        assert (answer.status_int, answer.json["code"]) == (422, "idempotency-key-invalid")

    def test_secrets_are_not_remembered(self, site: Site) -> None:
        made = site.api(Role.REVIEWER).post("/tokens", {"name": "x"}, Idempotency_Key="a")

        with site.work() as session:
            assert made.json["token"] not in session.scalars(select(IdempotentAnswer.body)).one()

    def test_two_at_once_are_done_once(self, site: Site) -> None:
        api = site.api(Role.REVIEWER)

        def ask(_number: int) -> Any:
            twin = Api(site.application, api.token)
            return twin.post("/tokens", {"name": "twin"}, Idempotency_Key="a").status_int

        with ThreadPoolExecutor(6) as pool:
            statuses = set(pool.map(ask, range(6)))

        assert statuses == {201}
        with site.work() as session:
            assert session.scalar(select(func.count()).where(ApiToken.name == "twin")) == 1


@pytest.mark.database("sqlite")
class TestLists:
    """Long lists come in pieces, without gaps and repetitions."""

    def test_a_list_is_read_to_its_end(self, site: Site) -> None:
        api = site.api(Role.REVIEWER)
        for number in range(6):
            api.post("/tokens", {"name": f"t{number}"})

        pieces = [api.get("/tokens?limit=3").json]
        while pieces[-1]["next"]:
            pieces.append(api.get(f"/tokens?limit=3&cursor={pieces[-1]['next']}").json)
        names = [item["name"] for piece in pieces for item in piece["items"]]

        assert names == ["test", "t0", "t1", "t2", "t3", "t4", "t5"]
        assert len(pieces) == 3

    def test_what_is_added_meanwhile_shifts_nothing(self, site: Site) -> None:
        with site.work() as session:
            for number in range(5):
                audit.record(
                    session, people.operator(), Action.TASK_CREATE, "task", str(number), operation="X"
                )
        api = site.api(Role.AUDITOR)

        first = api.get("/audit?limit=2&operation=X").json
        with site.work() as session:
            audit.record(session, people.operator(), Action.TASK_CREATE, "task", "5", operation="X")
        second = api.get(f"/audit?limit=2&operation=X&cursor={first['next']}").json

        assert [item["object_key"] for item in first["items"] + second["items"]] == ["4", "3", "2", "1"]

    def test_the_log_is_filtered_by_the_beginning_of_an_action(self, site: Site) -> None:
        with site.work() as session:
            audit.record(session, people.operator(), Action.TASK_CREATE, "task", "1")
            audit.record(session, people.operator(), Action.TASK_UPDATE, "task", "2")
            audit.record(session, people.operator(), "tasks_", "task", "3")

        found = site.api(Role.AUDITOR).get("/audit?action=tasks:").json

        assert [item["action"] for item in found["items"]] == ["tasks:task:update", "tasks:task:create"]


@pytest.mark.database("sqlite")
class TestDescription:
    """The API describes itself."""

    def test_the_description_is_public_and_complete(self, site: Site) -> None:
        described = site.api().get("/openapi.json").json

        assert described["openapi"] == "3.1.0"
        token = described["paths"]["/tokens"]["post"]
        assert set(token["responses"]) == {
            "201",
            "400",
            "401",
            "403",
            "405",
            "406",
            "409",
            "412",
            "413",
            "415",
            "422",
        }
        assert "Idempotency-Key" in [parameter["name"] for parameter in token["parameters"]]
        assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"

    def test_every_endpoint_is_described_once_under_a_name_of_its_own(self, site: Site) -> None:
        endpoints = site.application.registry["api"]
        described = site.api().get("/openapi.json").json
        operations = [
            operation["operationId"] for path in described["paths"].values() for operation in path.values()
        ]

        assert len(operations) == len(set(operations)) == len(endpoints)
        assert all(endpoint.summary for endpoint in endpoints)

    def test_people_can_read_it(self, site: Site) -> None:
        page = site.browser(Role.REPORTER).get("/api/v1/docs")

        heads = [head.get_text(" ", strip=True) for head in page.html.select("th[scope=row]")]
        assert "POST /api/v1/tokens" in heads
