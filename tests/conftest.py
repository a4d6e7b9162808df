"""Fixtures of the whole suite: databases of both kinds, the served application, the browser.

Every test gets a migrated, empty database of its own. Servers and browsers that are missing are errors: a test that
did not run has not passed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from jointops.kernel.db import make_engine, make_session_factory
from tests.support.browser import WIDE, running_browser
from tests.support.databases import BACKENDS, PostgresDatabases, SqliteDatabases
from tests.support.postgres import Server, running_server
from tests.support.server import serving


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Give out SQLite databases."""
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Run the PostgreSQL server of this test session, started when the first test asks for it."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: Server) -> PostgresDatabases:
    """Give out PostgreSQL databases."""
    return PostgresDatabases(postgres_server)


@pytest.fixture(params=BACKENDS)
def databases(request: pytest.FixtureRequest) -> SqliteDatabases | PostgresDatabases:
    """Give out databases of each kind in turn."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres_databases"
    given: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    return given


@pytest.fixture
def database_url(databases: SqliteDatabases | PostgresDatabases) -> Iterator[str]:
    """Address of a migrated, empty database; the test runs once on each kind."""
    with databases.migrated() as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    """Address of a migrated, empty SQLite database, for what does not depend on the kind of database."""
    with sqlite_databases.migrated() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """Address of a migrated, empty PostgreSQL database, for what only PostgreSQL does."""
    with postgres_databases.migrated() as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Engine on the test's database, of each kind in turn."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Makes sessions on the test's database, of each kind in turn."""
    return make_session_factory(engine)


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    """Session on the test's database, of each kind in turn; what it did not commit is rolled back."""
    with session_factory() as session:
        yield session


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[..., Any]], str]]:
    """Return a function that serves a WSGI application until the test ends and gives its address."""
    with ExitStack() as stack:

        def start(application: Callable[..., Any]) -> str:
            served: AbstractContextManager[str] = serving(application)
            return stack.enter_context(served)

        yield start


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run headless Chromium for the tests of a module."""
    with running_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page in a browser profile of its own, on a wide screen."""
    context = browser.new_context(viewport=WIDE, locale="en-GB", timezone_id="Europe/Brussels")
    yield context.new_page()
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count a skipped test as a failed one."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"A test that does not run has not passed. {reason}"
    return report
