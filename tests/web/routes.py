"""Who gets in where: one row for every route and method. A new route without a row fails a test.

The rows are checked by ``test_routes.py``, which asks for every address as everybody, with nothing sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from jointops.kernel.policy import Role

EVERYBODY = frozenset({None, *Role})
"""Also those who are not signed in."""

SIGNED_IN = frozenset(Role)

A, U, C = Role.ADMINISTRATOR, Role.AUDITOR, Role.COORDINATOR
N, R, V = Role.NATIONAL_COORDINATOR, Role.REPORTER, Role.REVIEWER


@dataclass(frozen=True)
class Row:
    """One route and method, and who gets in: who does not is told to sign in, or that they may not.

    Getting in is any other answer: a request with nothing in it may well be refused for that.
    """

    route: str
    method: str
    who: frozenset[Role | None]


def rows(route: str, methods: str, who: frozenset[Role | None]) -> list[Row]:
    """Return the rows of a route for several methods (separated by spaces)."""
    return [Row(route, method, who) for method in methods.split()]


TABLE: list[Row] = [
    # accounts
    *rows("sign-in", "GET POST", EVERYBODY),
    *rows("sign-out", "POST", SIGNED_IN),
    *rows("account", "GET", SIGNED_IN),
    *rows("account.tokens", "POST", SIGNED_IN),
    *rows("account.token", "POST", SIGNED_IN),
    *rows("account.password", "POST", SIGNED_IN),
    *rows("api:/me", "GET", SIGNED_IN),
    *rows("api:/tokens", "GET POST", SIGNED_IN),
    *rows("api:/tokens/{id}", "DELETE", SIGNED_IN),
    # the edge
    *rows("home", "GET", SIGNED_IN),
    *rows("healthz", "GET", EVERYBODY),
    *rows("readyz", "GET", EVERYBODY),
    *rows("metrics", "GET", frozenset({A, U})),
    *rows("audit", "GET", frozenset({A, U})),
    *rows("api:/audit", "GET", frozenset({A, U})),
    *rows("api.openapi", "GET", EVERYBODY),
    *rows("api.docs", "GET", SIGNED_IN),
]

WALK: dict[str, str] = {"code": "EXAMPLE-2027", "id": "999"}
"""Values for the varying parts of addresses: an operation of `tests.builders` that runs, its parts, and numbers."""
