"""Fixtures of the journeys: the demonstration, served, with people at their browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.support.demonstration import Demonstration, loaded_into
from tests.journeys.support.visitor import Album, House
from tests.support.application import make_application


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Demonstration:
    """Give a database with the demonstration, loaded once for all workers of the test run."""
    base = tmp_path_factory.getbasetemp()
    return loaded_into((base.parent if hasattr(request.config, "workerinput") else base) / "demonstration")


@pytest.fixture
def house(
    demonstration: Demonstration,
    tmp_path: Path,
    browser: Browser,
    serve: Callable[[Callable[..., Any]], str],
    request: pytest.FixtureRequest,
) -> Iterator[House]:
    """Serve a copy of the demonstration; at the end nothing may have gone wrong in any browser."""
    application = make_application(
        demonstration.copy_to(tmp_path), demonstration.secrets, pseudo_locale="false"
    )
    album = Album(request.node.name.removeprefix("test_"))
    house = House(
        browser, serve(application), album, application.registry["session_factory"], demonstration.passwords
    )
    yield house
    house.leave()
    application.registry["engine"].dispose()
