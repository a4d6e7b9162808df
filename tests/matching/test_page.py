from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from jointops.kernel.policy import Role
from jointops.matching import rules
from jointops.matching.models import IdentifierKind, MatchingEntry
from tests import builders, people
from tests.people import grant
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

PAGE = "/operations/EXAMPLE-2027/matching"


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


def test_the_browser_sends_hashes_and_never_what_was_typed(
    running: Site, serve: Callable[[Callable[..., Any]], str], page: Page
) -> None:
    with running.work() as session:
        email = people.person(session, grant(Role.REPORTER, "ES-POLICE")).email
    serbia = running.api(Role.REPORTER, "RS-POLICE")
    key = serbia.post(f"{PAGE}/key", {}).json["key"]
    digest = rules.digest(key, IdentifierKind.PHONE, "+34600112233")
    serbia.post(f"{PAGE}/entries", {"kind": "phone", "entries": [{"digest": digest, "label": "BG-7"}]})
    address = serve(running.application)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data}"))

    page.goto(f"{address}/sign-in?next={PAGE}")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Kind").select_option("phone")
    page.get_by_label("Your reference").fill("File 12")
    page.get_by_label("Identifiers, one on a line").fill("0034 600 11-22-33\n600 11 22 34\n")
    page.get_by_role("button", name="Hash here").click()
    expect(page.get_by_role("alert").filter(has_text="These lines")).to_contain_text("2")
    page.get_by_label("Identifiers, one on a line").fill("0034 600 11-22-33\n+34 600 11 22 34; my own\n")
    # Not the button: a second click within a second is taken for a double click.
    page.locator("form[data-matching]").evaluate("form => form.requestSubmit()")

    expect(page.get_by_text("Matches found: 1.")).to_be_visible()
    expect(page.locator("#matches tbody tr")).to_contain_text("Serbia · RS-POLICE")
    expect(page.locator("#matches tbody tr")).to_contain_text("File 12 · 1")
    assert any(digest in line for line in sent)
    assert not any("600" in line for line in sent if "/matching" in line and "key" not in line.split()[0])
    with running.work() as session:
        labels = {entry.label for entry in session.query(MatchingEntry)}
    assert labels == {"BG-7", "File 12 · 1", "my own"}


def test_without_a_script_nothing_can_be_sent_and_the_page_says_why(running: Site) -> None:
    found = running.browser(Role.REPORTER, "ES-POLICE").look(PAGE).html

    field = found.select_one("#identifiers")
    assert field.get("name") is None
    assert found.select_one("form[data-matching] button")["disabled"] == ""
    assert "needs JavaScript" in found.select_one("noscript").text
    assert "Whoever controls it can try out" in found.select_one("#protection").text


def test_others_see_numbers_only(running: Site) -> None:
    spain, serbia = running.api(Role.REPORTER, "ES-POLICE"), running.api(Role.REPORTER, "RS-POLICE")
    key = spain.post(f"{PAGE}/key", {}).json["key"]
    entry = {"digest": rules.digest(key, IdentifierKind.PHONE, "+34600112233"), "label": "secret file"}
    for api in (spain, serbia):
        api.post(f"{PAGE}/entries", {"kind": "phone", "entries": [entry]})

    assert spain.get(f"{PAGE}/matches").json["items"][0]["other"] == "RS-POLICE"
    for role in (Role.COORDINATOR, Role.REVIEWER):
        assert running.api(role).get(PAGE).json == {"entries": 2, "offices": 2, "matches": 1}
        answer = running.browser(role).look(PAGE)
        assert "secret file" not in answer.text
        assert "RS-POLICE" not in answer.html.main.text
    number = spain.get(f"{PAGE}/entries").json["items"][0]["number"]
    assert serbia.delete(f"{PAGE}/entries/{number}").status_int == 404
    assert spain.delete(f"{PAGE}/entries/{number}").status_int == 204


def test_an_idempotent_repeat_does_not_give_the_key_again(running: Site) -> None:
    spain = running.api(Role.REPORTER, "ES-POLICE")
    spain.post(f"{PAGE}/key", {}, Idempotency_Key="once")

    assert json.loads(spain.post(f"{PAGE}/key", {}, Idempotency_Key="once").text)["key"] == ""
