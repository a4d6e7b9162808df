"""One application in which everything that addresses name exists, to be asked for by somebody of each role."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy.orm import Session
from webtest import TestResponse

from jointops.cycles import service as cycles
from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations.models import Operation
from jointops.returns import service as returns
from jointops.returns.submission import from_data
from tests import builders
from tests.support.app import Browser, Site
from tests.web.routes import WALK, Row

SCOPES = {Role.NATIONAL_COORDINATOR: "ES", Role.REPORTER: "ES-POLICE"}


def _report(session: Session, operation: Operation) -> None:
    """Send, correct and ask about one return, so that its pages have something to say."""
    police, day = builders.reporter("ES-POLICE"), date.fromisoformat(WALK["day"])
    where = (operation, WALK["unit"], day)
    parts = [
        {"indicator": "persons-arrested", "quantity": "17", "scope": "operation"},
        {"indicator": "persons-arrested", "category": "firearms", "quantity": "5", "scope": "operation"},
        {"indicator": "cocaine-seized", "quantity": "1500", "unit": "g"},
    ]
    incident = {
        "reference": "ES-1",
        "indicator": "firearms-seized",
        "quantity": "3",
        "joint_with": ["RS-POLICE"],
        "at": "2027-05-03T14:20:00+02:00",
        "place": "Port",
        "description": "In a container",
    }
    first = {"values": parts[2:], "narrative": "Quiet."}
    returns.submit(session, police, *where, from_data(first))
    returns.submit(
        session, police, *where, from_data({"values": parts, "incidents": [incident], "reason": "Recount"})
    )
    returns.send_back(session, builders.national("ES"), *where, question="All 17?", pointer="/values/0")


class Walk:
    """A running operation of ``tests.builders``, the policy cycles, and one browser and one token of each role."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.work() as session:
            operation = builders.operation(session, "running", code=WALK["code"])
            with clock.fixed(builders.DURING):
                _report(session, operation)
            cycles.seed(session, builders.ADMINISTRATOR)
            cycle = cycles.find(session, builders.REVIEWER, WALK["cycle"])
            cycles.propose_action(session, builders.REVIEWER, cycle, title="Common definitions")

    @cache  # noqa: B019  (there are few walks, and they end with their module)
    def browser(self, role: Role | None) -> Browser:
        """Return the browser of the person of ``role``."""
        return self.site.browser(role, SCOPES.get(role) if role else None)

    @cache  # noqa: B019
    def token(self, role: Role) -> str | None:
        """Return the token of the person of ``role``."""
        return self.site.api(role, SCOPES.get(role)).token

    def address(self, route: str) -> str:
        """Return the address of a route, with WALK's values for what varies."""
        pattern = self.site.application.registry.introspector.get("routes", route)["pattern"]
        return "/" + re.sub(r"{(\w+)}", lambda part: WALK[part[1]], pattern).lstrip("/")

    def ask(self, row: Row, role: Role | None) -> TestResponse:
        """Ask for a row's address as somebody of ``role``, on a day of the operation."""
        with clock.fixed(builders.DURING):
            return self._ask_api(row, role) if row.route.startswith("api:") else self._ask_page(row, role)

    def _ask_api(self, row: Row, role: Role | None) -> TestResponse:
        headers = {"Content-Type": row.media_type}
        if row.method in {"PUT", "PATCH"}:
            headers["If-Match"] = '"999"'
        if role is not None:
            headers["Authorization"] = f"Bearer {self.token(role)}"
        sent: Any = row.body if isinstance(row.body, bytes) else json.dumps(row.body).encode()
        return Browser(self.site.application).request(
            self.address(row.route),
            method=row.method,
            headers=headers,
            body=b"" if row.method in {"GET", "DELETE"} else sent,
            expect_errors=True,
        )

    def _ask_page(self, row: Row, role: Role | None) -> TestResponse:
        path = self.address(row.route)
        # Signing out ends the sign-in that the next step of the walk needs.
        browser = (
            self.site.browser(role, SCOPES.get(role))
            if row.route == "sign-out" and role
            else self.browser(role)
        )
        if row.method == "POST" and role is not None:
            return browser.send(path, **(row.body if isinstance(row.body, dict) else {}))
        if row.method in {"PUT", "DELETE"} and role is not None:
            headers = {"X-CSRF-Token": browser.csrf_token(), "If-Match": '"999"'}
            ask = browser.put_json if row.method == "PUT" else browser.delete_json
            return ask(path, row.body or {}, headers=headers, expect_errors=True)
        return browser.request(path, method=row.method, expect_errors=True)
