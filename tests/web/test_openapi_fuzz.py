"""A fuzzer that reads the API's own description finds no server error and no answer that is not described.

Bounded: a few examples for each operation, the same ones every time. The fuzzer acts as somebody who holds every role,
in a running operation, so that it gets beyond the refusals at the door.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.web.api import FORMATS
from tests import builders, people
from tests.support.app import Api, Site
from tests.support.application import Application, make_application
from tests.support.databases import SqliteDatabases
from tests.web.routes import WALK

EXAMPLES = 10
DESCRIPTION = "/api/v1/openapi.json"

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]

OTHER_TOKENS = 40
"""The fuzzer may revoke tokens. Its own has a number that it does not come upon."""


@schemathesis.serializer(FORMATS["xlsx"], FORMATS["csv"])
def damaged_file(_context: Any, value: object) -> bytes:
    """Send whatever was made up as a file that is none."""
    return str(value).encode()


class Door:
    """What the fuzzer speaks to: an application without data while tests are collected, a real one while they run."""

    def __init__(self) -> None:
        with TemporaryDirectory() as folder:
            self.application: Application = make_application("sqlite://", Path(folder))

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.application(environ, start_response)


DOOR = Door()
SCHEMA = schemathesis.openapi.from_wsgi(DESCRIPTION, DOOR)
OPERATIONS = [found.ok().label for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
load_all_checks()


@pytest.fixture(scope="module")
def fuzzed(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with sqlite_databases.migrated() as url:
        site = Site(url, tmp_path_factory.mktemp("fuzz"))
        with site.work() as session:
            builders.operation(session, "running", code=WALK["code"])
            scopes = {Role.NATIONAL_COORDINATOR: "ES", Role.REPORTER: "ES-POLICE"}
            somebody = people.person(session, *(people.grant(role, scopes.get(role)) for role in Role))
            with clock.fixed(builders.DURING):
                for _number in range(OTHER_TOKENS):
                    people.token(session, somebody)
                _token, text = people.token(session, somebody)
        DOOR.application = site.application
        api = Api(site.application, text)
        yield api
        with clock.fixed(builders.DURING):
            assert api.get("/me").status_int == 200, "the fuzzer lost its token on the way"
        site.close()


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def ask(case: Any, fuzzed: Api) -> None:
    """Ask for what the fuzzer made up, and hold the answer against the description."""
    for name, value in WALK.items():
        # Made-up names are not found; a real one lets the rest of the request be looked at.
        if name in case.path_parameters and case.meta.generation.mode.is_positive:
            case.path_parameters[name] = value
    with clock.fixed(builders.DURING):
        # Read in the process: nothing in between unpacks what is packed.
        answer = case.call(headers={"Authorization": f"Bearer {fuzzed.token}", "Accept-Encoding": "identity"})
    case.validate_response(answer, checks=CHECKS)


def test_every_operation_is_described_so_that_it_can_be_asked_for() -> None:
    assert [found.err() for found in SCHEMA.get_all_operations() if not isinstance(found, Ok)] == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_answer_is_an_error_of_ours_or_undescribed(operation: str, fuzzed: Api) -> None:
    # SCHEMA.parametrize() would make up everything while tests are collected, in each worker.
    (built,) = get_all_tests(
        schema=SCHEMA.include(name=operation), test_func=ask, settings=None, given_kwargs=None
    )
    assert isinstance(built, Ok)
    _operation, test = built.ok()
    test(fuzzed=fuzzed)
