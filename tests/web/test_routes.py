"""Every route as every role: who gets in is what the table says, and no route is missing from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from webtest import TestResponse

from jointops.kernel.policy import Role
from tests import builders
from tests.support.app import Browser, Site
from tests.support.databases import SqliteDatabases
from tests.web.routes import TABLE, WALK, Row

STATIC = "__static/"


@pytest.fixture(scope="module")
def walked(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with sqlite_databases.migrated() as url:
        walk = Walk(Site(url, tmp_path_factory.mktemp("walk")))
        yield walk
        walk.site.close()


class Walk:
    """One application, in which what WALK names exists, and one browser and client of each role."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.work() as session:
            builders.operation(session, "running", code=WALK["code"])

    @cache  # noqa: B019  (one walk, gone with the module)
    def browser(self, role: Role | None) -> Browser:
        return self.site.browser(role, _scope(role))

    @cache  # noqa: B019
    def token(self, role: Role | None) -> str | None:
        return self.site.api(role, _scope(role)).token

    def ask(self, row: Row, role: Role | None) -> TestResponse:
        path = _address(self.site.application, row.route)
        if row.route.startswith("api:"):
            browser = Browser(self.site.application)
            headers = {"Authorization": f"Bearer {self.token(role)}"} if role else {}
            return browser.request(path, method=row.method, headers=headers, expect_errors=True)
        # Signing out ends the sign-in that the next step of the walk needs.
        browser = self.site.browser(role, _scope(role)) if row.route == "sign-out" else self.browser(role)
        if row.method == "POST" and role is not None:
            return browser.send(path)
        return browser.request(path, method=row.method, expect_errors=True)


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
        assert answer.json["code"] == "not-signed-in"
    else:
        assert answer.status_int == 303
        assert "/sign-in" in answer.location


def test_every_route_has_a_row(walked: Walk) -> None:
    known = {(row.route, row.method) for row in TABLE}

    assert sorted(_views(walked.site.application) - known) == []
    assert sorted(known - _views(walked.site.application)) == []


def _views(application: Any) -> set[tuple[str, str]]:
    found = set()
    for entry in application.registry.introspector.get_category("views"):
        view = entry["introspectable"]
        route = view.get("route_name")
        if route and not route.startswith(STATIC):
            methods = view.get("request_methods")
            assert methods, f"a view of {route} takes every method"
            taken = (methods,) if isinstance(methods, str) else methods
            found.update((route, method) for method in taken if method != "HEAD")
    return found


def _address(application: Any, route: str) -> str:
    introspector = application.registry.introspector
    pattern = introspector.get("routes", route)["pattern"]
    return "/" + re.sub(r"{(\w+)}", lambda part: WALK[part[1]], pattern).lstrip("/")


def _scope(role: Role | None) -> str | None:
    return {Role.NATIONAL_COORDINATOR: "ES", Role.REPORTER: "ES-POLICE"}.get(role) if role else None


def _got_in(answer: TestResponse) -> bool:
    if answer.status_int == 303 and "/sign-in" in answer.location:
        return "signed-out" in answer.location
    return answer.status_int not in {401, 403}
