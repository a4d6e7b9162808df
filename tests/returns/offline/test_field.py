"""What a device fetches and sends: for whom, by which version, with which answer."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from webtest import TestResponse

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.returns import service
from jointops.returns.offline.views import ASSETS
from jointops.returns.submission import from_data
from jointops.web.assets import content_of
from tests import builders
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

UNIT = "/field/units/EXAMPLE-2027/ES-POLICE"
RETURN = "/field/returns/EXAMPLE-2027/ES-POLICE/2027-05-03"

HEAVIEST_SHELL = 100_000
"""Bytes, compressed, of everything that opening the page for the first time brings."""


@pytest.fixture(autouse=True)
def running(site: Site) -> Any:
    with site.work() as session:
        builders.operation(session, "running")
    with clock.fixed(builders.DURING):
        yield


@pytest.fixture
def reporter(site: Site) -> Browser:
    return site.browser(Role.REPORTER, "ES-POLICE")


def put(browser: Browser, quantity: str, *, version: int = 0, seen: int = 0, **more: Any) -> TestResponse:
    """Send a return as the device does."""
    content = {"values": [{"indicator": "persons-arrested", "quantity": quantity}], **more}
    match = {"If-Match": f'"{version}"'} if version else {"If-None-Match": "*"}
    headers = {"X-CSRF-Token": browser.csrf_token(), **match}
    return browser.put_json(f"{RETURN}?seen={seen}", content, headers=headers, expect_errors=True)


def corrected_by_another(site: Site, quantity: str) -> None:
    with site.work() as session:
        operation = operations.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        content = {"values": [{"indicator": "persons-arrested", "quantity": quantity}], "reason": "Recount"}
        service.submit(
            session, builders.national("ES"), operation, "ES-POLICE", builders.FIRST_DAY, from_data(content)
        )


def test_the_page_itself_is_for_everybody_and_knows_no_operation(site: Site, reporter: Browser) -> None:
    page = site.browser().look("/field")
    assert page.status_int == 200
    assert page.text == reporter.look("/field").text
    assert "EXAMPLE-2027" not in page.text
    assert "manifest-src 'self'" in page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]


def test_a_browser_can_install_the_page(site: Site) -> None:
    manifest = site.browser().look("/field/manifest.webmanifest")
    assert manifest.content_type == "application/manifest+json"
    assert (manifest.json["start_url"], manifest.json["scope"], manifest.json["display"]) == (
        "/field", "/field", "standalone",
    )  # fmt: skip
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest.json["icons"]}
    worker = site.browser().look("/field/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/field"
    kept = json.loads(worker.text.split("\n", 1)[0].removeprefix("self.KEPT = ").rstrip(";"))
    assert "/field" in kept
    assert all(site.browser().look(path).status_int == 200 for path in kept)


def test_opening_the_page_for_the_first_time_brings_little(site: Site) -> None:
    page = site.browser().look("/field")
    assert site.browser().look("/field", headers={"If-None-Match": page.headers["ETag"]}).status_int == 304
    beside = ("texts/en", "texts/fr", "worker.js", "manifest.webmanifest")
    fetched = [
        page.body,
        *(site.browser().look(f"/field/{name}").body for name in beside),
        *(content_of(name) for name in ASSETS),
    ]
    assert sum(len(gzip.compress(part)) for part in fetched) < HEAVIEST_SHELL


def test_a_device_gets_what_its_unit_is_asked_for_and_only_when_it_is_new(
    site: Site, reporter: Browser
) -> None:
    assert [each["unit"] for each in reporter.look("/field/units").json["units"]] == ["ES-POLICE"]
    answer = reporter.look(UNIT)
    assert answer.json["rules"]["indicators"]["persons-arrested"]["unit"] == "persons"
    assert answer.json["returns"] == {}
    again = reporter.look(UNIT, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_int == 304
    assert put(reporter, "7").status_int == 201
    fresh = reporter.look(UNIT, headers={"If-None-Match": answer.headers["ETag"]})
    assert fresh.json["returns"]["2027-05-03"]["content"]["values"][0]["quantity"] == "7"
    assert fresh.headers["Cache-Control"] == "no-store"
    refused = reporter.look("/field/units/EXAMPLE-2027/RS-POLICE")
    assert (refused.status_int, refused.json["code"]) == (403, "unit-not-yours")


def test_sending_again_gives_the_same_receipt(reporter: Browser) -> None:
    first = put(reporter, "7")
    again = put(reporter, "7")
    assert (first.status_int, again.status_int) == (201, 200)
    assert again.json["receipt"] == first.json["receipt"]
    assert again.json["revision"] == 1


def test_a_return_that_somebody_corrected_before_its_receipt_came_is_known(
    site: Site, reporter: Browser
) -> None:
    first = put(reporter, "7")
    corrected_by_another(site, "9")
    again = put(reporter, "7")
    assert (again.status_int, again.json["revision"], again.json["superseded"]) == (200, 1, True)
    assert again.json["receipt"] == first.json["receipt"]


def test_a_version_that_is_no_longer_current_brings_what_is_on_record(site: Site, reporter: Browser) -> None:
    put(reporter, "7")
    corrected_by_another(site, "9")
    refused = put(reporter, "8", version=1, seen=1, reason="Mine")
    assert (refused.status_int, refused.json["code"]) == (412, "stale-version")
    on_record = refused.json["on_record"]
    assert (on_record["version"], on_record["revision"], on_record["reason"]) == (2, 2, "Recount")
    assert on_record["content"]["values"][0]["quantity"] == "9"
    # An older revision with the same content, which the person had seen, is not taken for this one.
    assert put(reporter, "7", version=1, seen=1, reason="Back").status_int == 412
    assert reporter.look(RETURN).json["on_record"]["revision"] == 2


def test_what_is_refused_comes_with_its_places(reporter: Browser) -> None:
    refused = put(reporter, "-1")
    assert refused.status_int == 422
    assert [(each["code"], each["pointer"]) for each in refused.json["errors"]] == [
        ("negative-quantity", "/values/0/quantity")
    ]
    headers = {"X-CSRF-Token": reporter.csrf_token(), "Content-Type": "application/json"}
    for body, code in ((b"{", "malformed-json"), (b"[]", "malformed-json"), (b'{"values": 1}', "wrong-type")):
        answer = reporter.put(RETURN, body, headers=headers, expect_errors=True)
        assert (answer.status_int, answer.json["code"]) == (422, code)


def test_nothing_is_taken_without_the_token_of_the_form(reporter: Browser) -> None:
    answer = reporter.put_json(RETURN, {"nil": True}, expect_errors=True)
    assert answer.status_int == 400
    assert reporter.look(RETURN).json["on_record"] is None


def test_a_device_sends_with_its_own_token_until_that_is_ended(site: Site, reporter: Browser) -> None:
    headers = {"X-CSRF-Token": reporter.csrf_token(), "User-Agent": "Mozilla/5.0 (Linux; Android 16)"}
    device = reporter.post("/field/devices", headers=headers).json
    bearer = {"Authorization": f"Bearer {device['token']}"}
    phone = Browser(site.application)
    assert phone.get("/field/session", headers=bearer).json["person"]["name"]
    sent = phone.put_json(RETURN, {"nil": True}, headers={**bearer, "If-None-Match": "*"})
    assert sent.json["revision"] == 1
    # A token makes no other, and opens no page.
    assert phone.post("/field/devices", headers=bearer, expect_errors=True).status_int == 403
    assert phone.get("/operations", headers=bearer, expect_errors=True).status_int == 303
    assert "Android" in reporter.look("/account").text
    phone.delete(f"/field/devices/{device['id']}", headers=bearer)
    assert phone.get("/field/session", headers=bearer, expect_errors=True).status_int == 303


# --- The file of a queue ---------------------------------------------------------------------------------------------


def a_file(*returns: dict[str, Any], **more: Any) -> bytes:
    content = {"format": "jointops-queue/1", "person": "Somebody", "returns": list(returns), **more}
    return json.dumps(content).encode()


def a_return(unit: str = "ES-POLICE", quantity: str = "7", **more: Any) -> dict[str, Any]:
    submission = {"values": [{"indicator": "persons-arrested", "quantity": quantity}]}
    place = {"operation": "EXAMPLE-2027", "unit": unit, "day": "2027-05-03", "version": 0}
    return {**place, "submission": submission, **more}


def take_in(browser: Browser, content: bytes, **fields: str) -> TestResponse:
    return browser.post(
        "/operations/EXAMPLE-2027/returns/queue",
        {"csrf_token": browser.csrf_token(), "action": "record", **fields},
        upload_files=[("file", "queue.json", content)],
        expect_errors=True,
    )


def test_a_queue_is_taken_in_whole_or_without_what_cannot_be(site: Site) -> None:
    national = site.browser(Role.NATIONAL_COORDINATOR, "ES")
    wrong = a_return("ES-BORDER", "-2")
    elsewhere = a_return(operation="OTHER-2027")
    content = a_file(a_return(), wrong, elsewhere)
    refused = take_in(national, content)
    assert refused.status_int == 422
    assert "ES-BORDER 2027-05-03" in refused.text
    checked = take_in(national, content, action="check", partly="yes")
    assert checked.status_int == 200
    assert national.look(RETURN).json["on_record"] is None
    recorded = take_in(national, content, partly="yes")
    assert "Returns of other operations in this file: 1." in recorded.text
    assert national.look(RETURN).json["on_record"]["revision"] == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not JSON", "This is not the file of a queue."),
        (b'{"format": "jointops-queue/2", "returns": []}', "This is not the file of a queue."),
        (b'{"format": "jointops-queue/1", "sealed": {}}', "The file is sealed."),
        (a_file({"unit": "ES-POLICE"}), "/returns/0"),
        (a_file(a_return(version="1")), "/returns/0/version"),
    ],
)
def test_a_file_that_is_no_queue_is_refused(site: Site, content: bytes, said: str) -> None:
    answer = take_in(site.browser(Role.NATIONAL_COORDINATOR, "ES"), content)
    assert answer.status_int == 422
    assert said in answer.text
