"""The walk through all addresses, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.app import Site
from tests.support.databases import SqliteDatabases
from tests.web.walk import Walk


@pytest.fixture(scope="module")
def walked(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Give a running operation, and a browser and a token of each role."""
    with sqlite_databases.migrated() as url:
        walk = Walk(Site(url, tmp_path_factory.mktemp("walk")))
        yield walk
        walk.site.close()
