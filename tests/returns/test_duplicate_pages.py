"""Suspected duplicates as people and programs see them: side by side, linked, dismissed, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from jointops.kernel import clock
from jointops.kernel.policy import Grant, Role
from jointops.notify.models import Notice
from jointops.operations import service as operations
from jointops.returns import facts, service
from jointops.returns.models import FactStatus
from jointops.returns.submission import IncidentEntry, Submission
from tests import builders
from tests.people import person
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

CODE = "EXAMPLE-2027"
PAGE = f"/operations/{CODE}/duplicates"
DAY = date(2027, 5, 3)
FIRST, SECOND = "ES-CUSTOMS/2027-05-03/C/77", "ES-POLICE/2027-05-03/P-4711"


def seizure(reference: str, quantity: str, **more: Any) -> Submission:
    entry = IncidentEntry(
        reference=reference,
        indicator="cocaine-seized",
        quantity=quantity,
        unit="kg",
        at="2027-05-03T14:05:00+02:00",
        place="Algeciras",
        latitude="36.13",
        longitude="-5.44",
        **more,
    )
    return Submission(incidents=(entry,), reason="again")


LATER = builders.DURING + timedelta(hours=3)


@pytest.fixture
def running(site: Site) -> Iterator[Site]:
    """A running operation in which one seizure was reported twice, by the police and by customs."""
    with site.work() as session, clock.fixed(builders.DURING):
        person(session, Grant(Role.REPORTER, "ES-POLICE"))
        operation = builders.operation(session, "running")
        for unit, sent in (
            ("ES-POLICE", seizure("P-4711", "41.25")),
            ("ES-CUSTOMS", seizure("C/77", "41", modus_operandi="hidden-in-load")),
        ):
            service.submit(session, builders.reporter(unit), operation, unit, DAY, sent)
    with clock.fixed(builders.DURING + timedelta(hours=1)):
        yield site


def total(site: Site) -> list[tuple[str, str, bool]]:
    with site.work() as session:
        operation = operations.find(session, builders.COORDINATOR, CODE)
        cells = facts.cells(session, operation, as_known_at=LATER, status=FactStatus.PROVISIONAL)
        return [(cell.unit, str(cell.quantity.normalize()), cell.counts) for cell in cells]


def test_a_pair_stands_side_by_side_and_is_linked_with_a_reason(running: Site) -> None:
    browser = running.browser(Role.COORDINATOR)
    page = browser.look(PAGE)
    assert [cell.get_text() for cell in page.html.select(".jo-pair thead a")] == ["ES-CUSTOMS", "ES-POLICE"]
    assert page.html.select_one(".jo-pair__row--differs") is not None
    assert page.html.select_one(".jo-pair svg circle") is not None
    refused = browser.send(PAGE, action="link", first=FIRST, second=SECOND)
    assert (refused.status_code, "Say why." in refused.html.get_text()) == (422, True)
    browser.send(PAGE, action="link", first=FIRST, second=SECOND, because="joint-check", counting="ES-POLICE")
    assert total(running) == [("ES-CUSTOMS", "41", False), ("ES-POLICE", "41.25", True)]
    done = browser.look(PAGE)
    assert done.html.select_one(".jo-pair") is None
    assert "ES-CUSTOMS C/77" in done.html.select_one("#decided").get_text()
    joint = browser.look(done.html.select_one("#decided a[href*=joint-results]")["href"])
    assert "In totals counts the figure of: ES-POLICE" in " ".join(joint.html.get_text().split())


def test_both_units_are_told_and_taking_back_splits_them_again(running: Site) -> None:
    browser = running.browser(Role.COORDINATOR)
    browser.send(PAGE, action="link", first=FIRST, second=SECOND, reason="one lorry")
    with running.work() as session:
        paths = {notice.path for notice in session.scalars(select(Notice))}
    assert paths == {f"/operations/{CODE}/joint-results/1"}
    number = browser.look(PAGE).html.select_one("#decided input[name=decision]")["value"]
    browser.send(PAGE, action="undo", decision=number, reason="two lorries after all")
    assert total(running) == [("ES-CUSTOMS", "41", True), ("ES-POLICE", "41.25", True)]
    assert browser.look(PAGE).html.select_one(".jo-pair") is not None


def test_what_was_dismissed_is_not_suggested_again(running: Site) -> None:
    browser = running.browser(Role.COORDINATOR)
    situation = f"/operations/{CODE}/situation"
    assert "1 suspected duplicate is open" in browser.look(situation).html.get_text()
    browser.send(PAGE, action="dismiss", first=FIRST, second=SECOND, because="other-goods")
    assert browser.look(PAGE).html.select_one(".jo-pair") is None
    assert "suspected duplicate" not in browser.look(situation).html.select_one("main").get_text()


def test_the_link_holds_for_corrections_and_ends_when_the_incident_is_left_out(running: Site) -> None:
    running.browser(Role.COORDINATOR).send(
        PAGE, action="link", first=FIRST, second=SECOND, reason="one lorry", counting="ES-POLICE"
    )
    with running.work() as session, clock.fixed(LATER):
        operation = operations.find(session, builders.COORDINATOR, CODE)
        police = builders.reporter("ES-POLICE")
        service.submit(session, police, operation, "ES-POLICE", DAY, seizure("P-4711", "42"))
    assert total(running) == [("ES-CUSTOMS", "41", False), ("ES-POLICE", "42", True)]
    with running.work() as session, clock.fixed(LATER):
        operation = operations.find(session, builders.COORDINATOR, CODE)
        service.submit(
            session, police, operation, "ES-POLICE", DAY, Submission(nil=True, reason="it was theirs")
        )
    assert total(running) == [("ES-CUSTOMS", "41", True)]


def test_a_program_lists_decides_and_takes_back(running: Site) -> None:
    api = running.api(Role.COORDINATOR)
    (pair,) = api.get(f"/operations/{CODE}/duplicates").json["items"]
    keys = {
        side: {name: pair[side][name] for name in ("unit", "day", "reference")}
        for side in ("first", "second")
    }
    made = api.post(
        f"/operations/{CODE}/duplicates/decisions", {"decision": "link", **keys, "reason": "one lorry"}
    )
    assert (made.status_code, made.json["counting"]) == (201, "ES-POLICE")
    again = api.post(
        f"/operations/{CODE}/duplicates/decisions", {"decision": "dismiss", **keys, "reason": "no"}
    )
    assert (again.status_code, again.json["code"]) == (409, "already-decided")
    joint = api.get(f"/operations/{CODE}/joint-results/{made.json['joint_result']}").json
    assert [(claim["unit"], claim["counts"]) for claim in joint["claims"]] == [
        ("ES-POLICE", True),
        ("ES-CUSTOMS", False),
    ]
    undo = f"/operations/{CODE}/duplicates/decisions/{made.json['id']}/undo"
    assert api.post(undo, {"reason": "two after all"}).status_code == 204
    assert api.post(undo, {"reason": "two after all"}).json["code"] == "already-undone"


def test_a_unit_reads_its_joint_result_but_not_the_suspicions(running: Site) -> None:
    running.browser(Role.COORDINATOR).send(PAGE, action="link", first=FIRST, second=SECOND, reason="one")
    reporter = running.browser(Role.REPORTER, "ES-CUSTOMS")
    assert reporter.look(PAGE).status_code == 403
    assert reporter.look(f"/operations/{CODE}/joint-results/1").status_code == 200
    assert (
        running.browser(Role.REPORTER, "RS-POLICE").look(f"/operations/{CODE}/joint-results/1").status_code
        == 404
    )
