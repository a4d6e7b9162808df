"""What is typed into the form of a return is kept on the server, so that another device goes on with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from webtest import TestResponse

from jointops.kernel import clock
from jointops.kernel.errors import NotAllowed, Stale
from jointops.kernel.policy import Actor, Grant, Role
from jointops.operations import service as operations
from jointops.operations.models import Operation, ReportingUnit
from jointops.returns import drafts
from jointops.returns.models import ReturnDraft
from tests import builders, people
from tests.returns.test_edit_pages import EDIT, RETURN, form_of, press, sent
from tests.support.app import Browser, Site

DAY = date(2027, 5, 4)
DRAFT = f"{RETURN}/draft"


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


class AtTheForm:
    """One person at the form of ES-POLICE."""

    def __init__(self, session: Session) -> None:
        self.session = session
        builders.operation(session, "running")
        person = people.person(session, Grant(Role.REPORTER, "ES-POLICE"))
        self.actor = Actor(
            person.id, "Reporter", (Grant(Role.REPORTER, "ES-POLICE"),), builders.COORDINATOR.channel
        )
        self.operation: Operation = operations.find(session, self.actor, "EXAMPLE-2027")
        self.unit: ReportingUnit = operations.find_unit(session, self.operation, "ES-POLICE")

    def save(self, content: dict[str, Any], **more: Any) -> ReturnDraft:
        return drafts.save(
            self.session,
            self.actor,
            self.operation,
            self.unit,
            DAY,
            content,
            plan_version=1,
            return_version=0,
            **more,
        )

    def read(self) -> ReturnDraft | None:
        return drafts.read(self.session, self.actor, self.operation, self.unit, DAY)


@pytest.fixture
def desk(session: Session) -> AtTheForm:
    return AtTheForm(session)


def test_two_devices_notice_each_other_and_one_never_gets_into_its_own_way(desk: AtTheForm) -> None:
    desk.save({"narrative": "a"}, expected_version=0, device="phone.1")
    assert desk.save({"narrative": "b"}, expected_version=0, device="phone.1").version == 2
    with pytest.raises(Stale):
        desk.save({"narrative": "c"}, expected_version=1, device="desk.1")
    taken_over = desk.save({"narrative": "c"}, expected_version=2, device="desk.1")
    assert (taken_over.version, taken_over.content["narrative"]) == (3, "c")


def test_a_draft_that_was_sent_elsewhere_does_not_come_back(desk: AtTheForm) -> None:
    desk.save({"narrative": "a"}, device="phone.1")
    assert drafts.discard(desk.session, desk.actor, desk.operation, desk.unit, DAY)
    with pytest.raises(Stale):
        desk.save({"narrative": "a"}, expected_version=1, device="phone.1")
    assert desk.read() is None


def test_a_draft_is_of_who_may_report_for_the_unit(desk: AtTheForm) -> None:
    stranger = builders.reporter("RS-POLICE")
    with pytest.raises(NotAllowed):
        drafts.read(desk.session, stranger, desk.operation, desk.unit, DAY)


def test_drafts_are_forgotten_two_days_after_the_freeze(desk: AtTheForm) -> None:
    desk.save({"narrative": "a"})
    assert drafts.forget_old(desk.session) == 0
    with clock.fixed(clock.parse_iso("2027-09-01T00:00:00Z")):
        assert drafts.forget_old(desk.session) == 1
    assert desk.session.scalar(select(func.count(ReturnDraft.id))) == 0


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


@pytest.fixture
def browser(running: Site) -> Browser:
    return running.browser(Role.REPORTER, "ES-POLICE")


def kept(browser: Browser, **fields: str) -> TestResponse:
    return browser.send(DRAFT, plan_version="1", **fields)


@pytest.mark.database("sqlite")
def test_another_device_goes_on_where_the_first_one_stopped(running: Site, browser: Browser) -> None:
    answer = kept(
        browser, **{"q.persons-arrested.": "17", "i1.reference": "ES-1", "version": "0", "device": "a.1"}
    )
    assert (answer.status_int, answer.json) == (200, {"version": 1, "saved": "14:00"})
    page = running.browser(Role.REPORTER, "ES-POLICE").look(EDIT)
    assert page.html.select_one(".jo-draft-note") is not None
    form = form_of(page)
    assert (form["q.persons-arrested."].value, form["i1.reference"].value) == ("17", "ES-1")
    assert form["draft_version"].value == "1"


@pytest.mark.database("sqlite")
def test_a_draft_ends_when_the_return_is_sent_or_it_is_discarded(browser: Browser) -> None:
    kept(browser, **{"q.persons-arrested.": "17"})
    assert press(form_of(browser.look(EDIT)), "discard-draft").status_int == 303
    assert form_of(browser.look(EDIT))["q.persons-arrested."].value == ""
    kept(browser, **{"q.persons-arrested.": "18"})
    assert press(form_of(browser.look(EDIT)), "submit").status_int == 303
    page = browser.look(EDIT)
    assert page.html.select_one(".jo-draft-note") is None


@pytest.mark.database("sqlite")
def test_a_draft_of_a_return_that_was_changed_meanwhile_shows_both(running: Site, browser: Browser) -> None:
    kept(browser, **{"q.persons-arrested.": "17", "version": "0"})
    sent(running, 4, [{"indicator": "persons-arrested", "quantity": "18"}])
    page = browser.look(EDIT)
    assert "The return was changed since then" in page.text
    assert press(form_of(page), "submit").status_int == 412


@pytest.mark.database("sqlite")
def test_what_arrives_after_the_return_was_sent_is_no_draft(running: Site, browser: Browser) -> None:
    sent(running, 4, [{"indicator": "persons-arrested", "quantity": "18"}])
    assert (
        kept(browser, **{"q.persons-arrested.": "18", "version": "0", "draft_version": "0"}).status_int == 412
    )
    assert browser.look(EDIT).html.select_one(".jo-draft-note") is None


@pytest.mark.database("sqlite")
def test_a_device_that_comes_late_is_told(browser: Browser) -> None:
    kept(browser, **{"q.persons-arrested.": "17", "device": "a.1"})
    answer = kept(browser, **{"q.persons-arrested.": "1", "device": "b.1", "draft_version": "0"})
    assert answer.status_int == 412
    assert "another device" in answer.json["problem"]
    assert form_of(browser.look(EDIT))["q.persons-arrested."].value == "17"
