"""The application as browsers and other software meet it, with somebody of every role to be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker
from webtest import TestApp, TestResponse

from jointops.accounts.models import Person
from jointops.kernel.db import unit_of_work
from jointops.kernel.policy import Grant, Role
from tests import people
from tests.support.application import borrow_application, give_back_application


class Site:
    """An application on a database of its own.

    ``browser(Role.COORDINATOR)`` is a signed-in WebTest browser, ``browser()`` one of nobody; ``api(Role.REPORTER)``
    a client with a bearer token. Each role is one person, made when first asked for.
    """

    def __init__(self, database_url: str, folder: Path, **settings: str) -> None:
        self._settings = settings
        self.application = borrow_application(database_url, folder, **settings)
        self.session_factory: sessionmaker[Session] = self.application.registry["session_factory"]
        self._people: dict[tuple[Role, str | None], int] = {}

    @contextmanager
    def work(self) -> Iterator[Session]:
        """Open a transaction on the site's database, committed at the end of the block."""
        with unit_of_work(self.session_factory) as session:
            yield session

    def person(self, role: Role, scope: str | None = None) -> int:
        """Return the key of the person who holds ``role``."""
        held = people.grant(role, scope)
        if (role, held.scope) not in self._people:
            email = "-".join(filter(None, (role.value, held.scope))).lower() + "@example.org"
            with self.work() as session:
                self._people[role, held.scope] = people.person(session, held, email=email).id
        return self._people[role, held.scope]

    def person_with(self, *grants: Grant) -> int:
        """Return the key of a new person who holds all of ``grants``."""
        with self.work() as session:
            return people.person(session, *grants).id

    def browser(self, role: Role | None = None, scope: str | None = None) -> Browser:
        """Return a browser, signed in as the person who holds ``role``."""
        return self.browser_of(None if role is None else self.person(role, scope))

    def browser_of(self, person: int | None) -> Browser:
        """Return a browser, signed in as the person with that key."""
        browser = Browser(self.application)
        if person is not None:
            with self.work() as session:
                email = session.get_one(Person, person).email
            browser.sign_in(email)
        return browser

    def api(self, role: Role | None = None, scope: str | None = None) -> Api:
        """Return an API client with a token of the person who holds ``role``."""
        if role is None:
            return Api(self.application)
        with self.work() as session:
            whose = session.get_one(Person, self.person(role, scope))
            _token, text = people.token(session, whose)
        return Api(self.application, text)

    def close(self) -> None:
        """Let go of the database and of the application."""
        give_back_application(self.application, **self._settings)


class Browser(TestApp):
    """A browser without JavaScript: keeps cookies, submits forms. Errors are answers, not exceptions."""

    def sign_in(self, email: str, password: str = people.PASSWORD) -> TestResponse:
        """Sign in by the form and return the answer."""
        form = self.get("/sign-in").form
        form["email"], form["password"] = email, password
        return form.submit(expect_errors=True)

    def look(self, path: str, **kw: Any) -> TestResponse:
        """Get a page, whatever its status."""
        return self.get(path, expect_errors=True, **kw)

    def send(self, path: str, **values: Any) -> TestResponse:
        """Post values to an address with a valid CSRF token, as the page's form would, whatever the status."""
        return self.post(path, {"csrf_token": self.csrf_token(), **values}, expect_errors=True)

    def csrf_token(self) -> str:
        """Return the token that this browser's forms carry."""
        field = self.get("/account").html.find("input", {"name": "csrf_token"})
        return str(field["value"])


class Api:
    """A client of the API with a bearer token. Errors are answers, not exceptions."""

    def __init__(self, application: Any, token: str | None = None) -> None:
        self.application = application
        self._app = TestApp(application)
        self.token = token

    def get(self, path: str, **headers: str) -> TestResponse:
        """GET ``/api/v1`` + ``path``; headers as keywords, ``If_None_Match='"3"'``."""
        return self._ask("get", path, headers)

    def post(self, path: str, data: Any, **headers: str) -> TestResponse:
        """POST JSON."""
        return self._ask("post_json", path, headers, data)

    def put(self, path: str, data: Any, **headers: str) -> TestResponse:
        """PUT JSON."""
        return self._ask("put_json", path, headers, data)

    def patch(self, path: str, data: Any, **headers: str) -> TestResponse:
        """PATCH JSON."""
        return self._ask("patch_json", path, headers, data)

    def delete(self, path: str, **headers: str) -> TestResponse:
        """DELETE."""
        return self._ask("delete", path, headers)

    def send(self, method: str, path: str, body: bytes, media_type: str, **headers: str) -> TestResponse:
        """Send bytes of any type."""
        return self._ask(method.lower(), path, {**headers, "Content-Type": media_type}, body)

    def _ask(self, method: str, path: str, headers: dict[str, str], *body: Any) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        return getattr(self._app, method)(f"/api/v1{path}", *body, headers=sent, expect_errors=True)
