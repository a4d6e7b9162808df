"""Every route as every role: who gets in is what the table says, and no route is missing from it."""

from __future__ import annotations

from typing import Any

import pytest
from webtest import TestResponse

from jointops.kernel.policy import Role
from tests.web.routes import TABLE, Row
from tests.web.walk import Walk

STATIC = "__static/"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.route}")
def test_a_route_lets_in_whom_the_table_says(walked: Walk, row: Row) -> None:
    outcomes = {role: walked.ask(row, role) for role in (None, *Role)}

    for role, answer in outcomes.items():
        assert answer.status_int != 500, f"{role} broke it"
        assert _got_in(answer) == (role in row.who), f"{role} got {answer.status}"


@pytest.mark.parametrize(
    "row", [row for row in TABLE if None not in row.who], ids=lambda row: f"{row.method} {row.route}"
)
def test_somebody_who_is_not_signed_in_is_turned_away(walked: Walk, row: Row) -> None:
    answer = walked.ask(row, None)

    if row.route.startswith("api:"):
        assert answer.status_int == 401
        assert answer.json.get("error", answer.json)["code"] == "not-signed-in"
    else:
        assert answer.status_int == 303
        assert "/sign-in" in answer.location


def test_every_route_has_a_row(walked: Walk) -> None:
    known = {(row.route, row.method) for row in TABLE}

    assert sorted(_views(walked.site.application) - known) == []
    assert sorted(known - _views(walked.site.application)) == []


def _views(application: Any) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for entry in application.registry.introspector.get_category("views"):
        view = entry["introspectable"]
        route = view.get("route_name")
        if route and not route.startswith(STATIC):
            methods = view.get("request_methods")
            assert methods, f"a view of {route} takes every method"
            taken = (methods,) if isinstance(methods, str) else methods
            found.update((route, method) for method in taken if method != "HEAD")
    return found


def _got_in(answer: TestResponse) -> bool:
    if answer.status_int == 303 and "/sign-in" in answer.location:
        return "signed-out" in answer.location
    return answer.status_int not in {401, 403}
