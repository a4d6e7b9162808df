"""The Python client against the application as it is served."""

from __future__ import annotations

import ast
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from jointops_client import (
    Client,
    Entry,
    Incident,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Return,
    ServerFailed,
    Stale,
    Unreachable,
    Value,
)

from jointops.kernel.policy import Role
from jointops.operations.plandoc import Period
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

TODAY = datetime.now(UTC).date()
DAY = TODAY - timedelta(days=1)
CODE = "EXAMPLE-2027"
ARRESTS = Return(values=[Value("persons-arrested", 17, category="firearms")])


@pytest.fixture
def server(site: Site, serve: Callable[[Callable[..., Any]], str]) -> str:
    """Serve an operation that runs today; its address."""
    with site.work() as session:
        period = Period(start=TODAY - timedelta(days=2), end=TODAY + timedelta(days=2))
        builders.operation(session, "running", period=period, tasks=())
    return serve(site.application)


def client(
    site: Site, server: str, role: Role = Role.NATIONAL_COORDINATOR, scope: str | None = "ES"
) -> Client:
    """Return a client of somebody with this role."""
    token = site.api(role, scope).token
    assert token is not None
    return Client(server, token, sleep=lambda _seconds: None)


def test_a_return_is_sent_read_and_corrected(site: Site, server: str) -> None:
    spain = client(site, server)
    incident = Incident(
        "firearms-seized",
        Decimal("3"),
        reference="ES-1",
        at=datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(hours=12),
        place="Port",
        latitude=Decimal("39.45"),
        longitude="-0.32",
        joint_with=["RS-POLICE"],
    )
    sent = Return(values=[*ARRESTS.values, Value("cocaine-seized", "0.3")], incidents=[incident])

    first = spain.submit(CODE, "ES-POLICE", DAY, sent, version=0)
    again = spain.submit(CODE, "ES-POLICE", DAY, sent)
    corrected = spain.submit(
        CODE, "ES-POLICE", DAY, Return(nil=True, reason="Wrong day"), version=first.version
    )

    assert (first.revision, first.state, first.changed, len(first.sha256)) == (1, "submitted", True, 64)
    assert (again.sha256, again.changed) == (first.sha256, False)
    assert corrected.revision == 2
    stored = spain.read(CODE, "ES-POLICE", DAY)
    assert (stored.nil, stored.version, stored.sha256) == (True, corrected.version, corrected.sha256)
    revisions = spain.revisions(CODE, "ES-POLICE", DAY)
    assert [item.revision for item in revisions] == [1, 2]
    assert {value["quantity"] for value in revisions[0].values} == {"17", "0.3"}
    assert revisions[0].incidents[0]["reference"] == "ES-1"


def test_figures_are_exact(site: Site, server: str) -> None:
    spain = client(site, server)
    for unit, grams in (("ES-POLICE", "0.1"), ("ES-CUSTOMS", "0.2")):
        spain.submit(CODE, unit, DAY, Return(values=[Value("cocaine-seized", grams)]))
    centre = client(site, server, Role.COORDINATOR, None)
    totals = {
        item.indicator: item.quantity for item in centre.figures(CODE, day=DAY) if item.category is None
    }
    assert totals["cocaine-seized"] == Decimal("0.3")
    rows = list(centre.feed(CODE, filter="indicator eq 'cocaine-seized'", orderby="quantity desc"))
    assert [row["quantity"] for row in rows] == [Decimal("0.2"), Decimal("0.1")]


def test_many_returns_are_sent_as_one(site: Site, server: str) -> None:
    spain = client(site, server)
    entries = [
        Entry("ES-POLICE", DAY, ARRESTS, version=0),
        Entry("ES-CUSTOMS", DAY, Return(nil=True), version=0),
    ]
    tried = spain.submit_many(CODE, entries, dry_run=True)
    receipts = spain.submit_many(CODE, entries, key="the night of the 3rd")
    repeated = spain.submit_many(CODE, entries, key="the night of the 3rd")
    assert tried.batch is None
    assert receipts == repeated
    assert [item.unit for item in receipts.receipts] == ["ES-POLICE", "ES-CUSTOMS"]
    bad = Entry("ES-BORDER", DAY, Return(values=[Value("none-such", 1)]))
    with pytest.raises(Invalid) as refused:
        spain.submit_many(CODE, [Entry("ES-POLICE", DAY, ARRESTS), bad])
    assert refused.value.pointers["/1/values/0/indicator"].code == "indicator-unknown"


def test_refusals_say_what_is_wrong_and_where(site: Site, server: str) -> None:
    spain = client(site, server)
    with pytest.raises(Invalid) as invalid:
        spain.submit(
            CODE, "ES-POLICE", DAY, Return(values=[Value("persons-arrested", -1), Value("nothing", 1)])
        )
    assert set(invalid.value.pointers) == {"/values/0/quantity", "/values/1/indicator"}
    spain.submit(CODE, "ES-POLICE", DAY, ARRESTS)
    with pytest.raises(Stale) as stale:
        spain.submit(CODE, "ES-POLICE", DAY, Return(nil=True, reason="No"), version=7)
    assert (stale.value.given, stale.value.current) == ("7", "1")
    with pytest.raises(NotAllowed) as not_allowed:
        spain.submit(CODE, "RS-POLICE", DAY, ARRESTS)
    assert not_allowed.value.code == "unit-not-yours"
    with pytest.raises(NotFound):
        spain.read(CODE, "ES-CUSTOMS", DAY)
    with pytest.raises(NotSignedIn):
        Client(server, "jo_none").read(CODE, "ES-POLICE", DAY)
    with pytest.raises(Exception, match="odata-property-unknown"):
        list(spain.feed(CODE, filter="nothing eq 1"))


@pytest.mark.parametrize("quantity", [0.1, True])
def test_what_is_not_exact_is_not_sent(quantity: Any) -> None:
    with pytest.raises(TypeError, match="exact"):
        Value("cocaine-seized", quantity)


def test_a_token_is_not_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="https"):
        Client("http://jointops.example.org", "jo_x")


def test_the_client_needs_nothing_but_python() -> None:
    folder = Path(__file__).parents[2] / "client" / "jointops_client"
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.partition(".")[0]
                assert top == "jointops_client" or top in sys.stdlib_module_names, f"{file.name}: {name}"


# --- When the network is bad -----------------------------------------------------------------------------------------


@dataclass
class Moody:
    """A server that answers as told, one answer for each request, and remembers what it was sent."""

    answers: list[tuple[int, dict[str, str], bytes]]
    seen: list[dict[str, str]] = field(default_factory=list)


RECEIPT = json.dumps(
    {
        "revision": 1,
        "version": 1,
        "state": "submitted",
        "changed": True,
        "receipt": {"sha256": "0" * 64, "recorded_at": "2027-05-03T20:00:00Z"},
    }
).encode()


@contextmanager
def moody(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[str, Moody]]:
    """Serve these answers; the status 0 breaks the connection off."""
    mood = Moody(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            mood.seen.append(dict(self.headers))
            status, headers, body = mood.answers.pop(0)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT  # noqa: N815

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", mood
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_it_tries_again_with_the_same_key_until_there_is_a_receipt() -> None:
    pauses: list[float] = []
    broken_off = (200, {"Content-Length": "5000"}, RECEIPT)
    busy = (503, {"Retry-After": "7"}, b"")
    with moody((0, {}, b""), broken_off, busy, (502, {}, b"<html>"), (201, {}, RECEIPT)) as (address, mood):
        receipt = Client(address, "jo_x", sleep=pauses.append).submit(CODE, "ES-POLICE", DAY, ARRESTS)
    assert receipt.revision == 1
    keys = {seen["Idempotency-Key"] for seen in mood.seen}
    assert (len(mood.seen), len(keys)) == (5, 1)
    assert 0.5 <= pauses[0] <= 1 <= pauses[1] <= 2
    assert pauses[2] == 7
    assert 4 <= pauses[3] <= 8


def test_it_gives_up_after_the_attempts_it_was_given() -> None:
    with moody((0, {}, b""), (0, {}, b"")) as (address, mood):
        with pytest.raises(Unreachable):
            Client(address, "jo_x", attempts=2, sleep=lambda _s: None).read(CODE, "ES-POLICE", DAY)
        assert len(mood.seen) == 2
    with moody((503, {}, b"{}")) as (address, _mood), pytest.raises(ServerFailed):
        Client(address, "jo_x", attempts=1).read(CODE, "ES-POLICE", DAY)


def test_what_is_refused_is_not_sent_again() -> None:
    with moody((422, {}, b'{"code": "nil-with-values", "detail": "No"}')) as (address, mood):
        with pytest.raises(Invalid, match="nil-with-values"):
            Client(address, "jo_x").submit(CODE, "ES-POLICE", DAY, ARRESTS)
        assert len(mood.seen) == 1


def test_a_token_does_not_follow_a_redirect() -> None:
    with (
        moody((200, {}, b"{}")) as (elsewhere, other),
        moody((302, {"Location": elsewhere}, b"")) as (address, _own),
    ):
        with pytest.raises(Exception, match="302"):
            Client(address, "jo_x").read(CODE, "ES-POLICE", DAY)
        assert other.seen == []
