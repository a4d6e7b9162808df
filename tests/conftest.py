"""Fixtures of the whole suite: databases of both kinds, the application, a server, the browser.

Every test gets a migrated, empty database of its own, the same for all its fixtures. A test that uses one runs once on
SQLite and once on PostgreSQL, unless it is marked ``@pytest.mark.database("sqlite")`` or ``("postgresql")``.
Servers and browsers that are missing are errors: a test that did not run has not passed.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from argon2 import PasswordHasher, profiles
from hypothesis import settings
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from webtest import TestApp

from jointops.accounts import passwords
from jointops.kernel.db import make_session_factory
from tests.support.browser import WIDE, running_browser
from tests.support.databases import (
    BACKENDS,
    PostgresDatabases,
    SqliteDatabases,
    engine_on,
    give_back_engine,
)
from tests.support.postgres import Server, quick_folder, running_server
from tests.support.server import serving

# How long an example takes says more of the machine's other work than of the code: nothing here is timed. Where the
# suite runs unattended it tries the same examples every time.
settings.register_profile("unhurried", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("unhurried")


# Looking for garbage in all that the suite imports and collects took a third of its time: it is looked for more rarely,
# and what is there when the first test begins is left out, as in a served application.
gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later search for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def sqlite_databases() -> Iterator[SqliteDatabases]:
    """Give out SQLite databases."""
    with TemporaryDirectory(prefix="jointops-sqlite-", dir=quick_folder()) as folder:
        yield SqliteDatabases(Path(folder))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Run the PostgreSQL server of this test session, started when the first test asks for it."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: Server) -> Iterator[PostgresDatabases]:
    """Give out PostgreSQL databases."""
    databases = PostgresDatabases(postgres_server)
    yield databases
    databases.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses a database on each kind, or on the kinds that its mark names."""
    if "databases" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("database")
        metafunc.parametrize("databases", mark.args if mark else BACKENDS, indirect=True)


@pytest.fixture(scope="session", autouse=True)
def _own_settings() -> None:
    """Keep the tests away from the database of whoever runs them: the environment comes before the settings."""
    for name in ("DATABASE_URL", "JOINTOPS_SECRETS_FOLDER"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hash passwords with the least work there is: what an installation takes is what thousands of sign-ins cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher.from_parameters(profiles.CHEAPEST))
        yield


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> SqliteDatabases | PostgresDatabases:
    """Give out databases of the kind that it is the turn of."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres_databases"
    given: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    return given


@pytest.fixture
def database_url(databases: SqliteDatabases | PostgresDatabases) -> Iterator[str]:
    """Address of the test's migrated, empty database."""
    with databases.migrated() as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Engine on the test's database."""
    engine = engine_on(database_url)
    yield engine
    give_back_engine(engine)


@pytest.fixture
def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Makes sessions on the test's database."""
    return make_session_factory(engine)


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    """Session on the test's database; what it did not commit is rolled back."""
    with session_factory() as session:
        yield session


@pytest.fixture
def application(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Give the WSGI application on the test's database."""
    # Imported here because it imports everything, which a test of one rule need not wait for.
    from tests.support.application import borrow_application, give_back_application

    application: Any = borrow_application(database_url, tmp_path / "secrets")
    yield application
    give_back_application(application)


@pytest.fixture
def client(application: Callable[..., Any]) -> TestApp:
    """Ask the application on the test's database for pages, without a server; it keeps cookies."""
    return TestApp(application, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Any]:
    """Give the application on the test's database with somebody of every role: a ``tests.support.app.Site``."""
    from tests.support.app import Site

    site = Site(database_url, tmp_path / "secrets")
    yield site
    site.close()


@pytest.fixture
def live_server(serve: Callable[[Callable[..., Any]], str], application: Callable[..., Any]) -> str:
    """Serve the application on the test's database; its address."""
    return serve(application)


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
