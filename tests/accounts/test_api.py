"""Tokens over the API."""

from __future__ import annotations

import pytest

from jointops.kernel.policy import Role
from tests.support.app import Api, Site

pytestmark = pytest.mark.database("sqlite")


def test_a_token_says_whose_it_is(site: Site) -> None:
    answer = site.api(Role.REPORTER).get("/me")

    assert answer.json["email"] == "reporter-ro-police@example.org"
    assert answer.json["grants"] == [{"role": "reporter", "scope": "RO-POLICE"}]


def test_a_token_is_shown_once_and_works_until_it_is_revoked(site: Site) -> None:
    api = site.api(Role.REVIEWER)

    made = api.post("/tokens", {"name": "nightly export", "days": 7})
    other = Api(site.application, made.json["token"])

    assert made.status_int == 201
    assert other.get("/me").status_int == 200
    assert made.json["token"] not in api.get("/tokens").text
    assert api.delete(f"/tokens/{made.json['id']}").status_int == 204
    assert other.get("/me").status_int == 401


def test_repeating_the_request_makes_no_second_token_and_shows_no_secret(site: Site) -> None:
    api = site.api(Role.REVIEWER)

    first = api.post("/tokens", {"name": "export"}, Idempotency_Key="k1")
    again = api.post("/tokens", {"name": "export"}, Idempotency_Key="k1")
    other = api.post("/tokens", {"name": "import"}, Idempotency_Key="k1")

    assert (again.status_int, again.json) == (201, {**first.json, "token": None})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_int, other.json["code"]) == (422, "idempotency-key-reused")
    assert [token["name"] for token in api.get("/tokens").json["items"]] == ["test", "export"]
