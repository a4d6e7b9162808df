"""The chain: what is withdrawn, compared, permitted, asked about and left out by the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.operations.plandoc import Skip
from jointops.returns import facts, service
from jointops.returns.models import FactStatus, ReturnState
from jointops.returns.submission import from_data
from jointops.situation import service as situations
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

RETURN = "/operations/EXAMPLE-2027/returns/ES-POLICE/2027-05-04"
DAY = date(2027, 5, 4)


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


def send(site: Site, quantity: str = "17", **more: Any) -> None:
    with site.work() as session:
        actor = builders.reporter("ES-POLICE")
        operation = operations.find(session, actor, "EXAMPLE-2027")
        said = {"values": [{"indicator": "persons-arrested", "quantity": quantity}], **more}
        service.submit(session, actor, operation, "ES-POLICE", DAY, from_data(said))


def total(site: Site, status: FactStatus) -> list[str]:
    with site.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        return [
            str(each.quantity)
            for each in facts.cells(session, operation, as_known_at=clock.now(), status=status)
        ]


def test_a_withdrawn_return_is_missing_goes_through_the_chain_and_can_be_sent_again(running: Site) -> None:
    with clock.fixed(builders.DURING + timedelta(hours=1)):
        send(running)
        with running.work() as session:
            operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
            service.verify(session, builders.national("ES"), operation, "ES-POLICE", DAY)
            service.accept(session, builders.COORDINATOR, operation, "ES-POLICE", DAY)
    later = builders.DURING + timedelta(days=1)
    with clock.fixed(later):
        browser = running.browser(Role.REPORTER, "ES-POLICE")
        refused = browser.send(f"{RETURN}/steps", to="withdrawn", why=" ", version="3")
        assert (refused.status_int, refused.html.find(id="why-error") is not None) == (422, True)
        assert (
            browser.send(f"{RETURN}/steps", to="withdrawn", why="Another unit's day", version="3").status_int
            == 303
        )
        page = browser.look(RETURN)
        assert {"Withdrawn", "Send again"} <= {
            each.text.strip() for each in page.html.select(".jo-tag, .govuk-button")
        }
        with running.work() as session:
            operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
            picture = situations.situation(session, builders.COORDINATOR, operation, day=DAY)
            cell = next(line for line in picture.matrix if line.unit == "ES-POLICE").cells[0]
            assert (cell.status, cell.withdrawn, cell.received) == ("missing", True, False)
            before = situations.situation(
                session, builders.COORDINATOR, operation, day=DAY, as_known_at=later - timedelta(hours=1)
            )
            assert before.counts.received == 1
        assert total(running, FactStatus.PROVISIONAL) == []
        assert total(running, FactStatus.ACCEPTED) == ["17"]
        with running.work() as session:
            operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
            service.verify(session, builders.national("ES"), operation, "ES-POLICE", DAY)
            service.accept(session, builders.COORDINATOR, operation, "ES-POLICE", DAY)
    with clock.fixed(later + timedelta(hours=1)):
        assert total(running, FactStatus.ACCEPTED) == []
        send(running, "3")
        with running.work() as session:
            operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
            came = facts.received(session, operation, as_known_at=clock.now())
            head = service.find_return(session, builders.COORDINATOR, operation, "ES-POLICE", DAY)
        assert [item.first_submitted_at for item in came] == [clock.now()]
        assert (head.withdrawn, head.latest_number, head.first_submitted_at) == (False, 3, clock.now())


def test_the_api_withdraws_says_what_changed_and_compares(running: Site) -> None:
    api = running.api(Role.REPORTER, "ES-POLICE")
    said = {"values": [{"indicator": "persons-arrested", "quantity": "1"}]}
    assert api.put(RETURN, said).status_int == 201
    more = {**said, "narrative": "Two crossings.", "reason": "Recount"}
    more["values"] = [{"indicator": "persons-arrested", "quantity": "2"}]
    assert api.put(RETURN, more, If_Match='"1"').status_int == 201
    lost = api.put(RETURN, {**said, "nil": False, "narrative": "Mine.", "reason": "x"}, If_Match='"1"')
    assert (lost.status_int, lost.json["current"]) == (412, "2")
    changed = [(each["of"], each["field"], each["before"], each["after"]) for each in lost.json["changes"]]
    assert changed == [
        ("value", "quantity", {"quantity": "1"}, {"quantity": "2"}),
        ("narrative", "", "", "Two crossings."),
    ]
    compared = api.get(f"{RETURN}/compare?from=1&to=2").json
    assert compared["changes"] == lost.json["changes"]
    assert api.get(f"{RETURN}/compare?from=1&to=9").status_int == 404
    assert api.send("DELETE", f"{RETURN}?reason=", b"", "application/json").json["code"] == "reason-missing"
    gone = api.send("DELETE", f"{RETURN}?reason=Twice", b"", "application/json", If_Match='"2"')
    assert (gone.status_int, gone.json["revision"]) == (200, 3)
    (item,) = api.get("/operations/EXAMPLE-2027/returns").json["items"]
    assert (item["withdrawn"], item["values"]) == (True, [])
    assert ",withdrawn," in api.get("/operations/EXAMPLE-2027/returns?format=csv").text
    assert (
        api.send("DELETE", f"{RETURN}?reason=Twice", b"", "application/json").json["code"]
        == "return-withdrawn"
    )


def test_any_two_revisions_are_compared_field_by_field(running: Site) -> None:
    cocaine = {"indicator": "cocaine-seized", "quantity": "1500", "unit": "g"}
    send(running, "1", narrative="One.")
    send(running, "2", reason="Recount")
    send(running, "2", reason="More", incidents=[{"reference": "A", "place": "Cluj", **cocaine}])
    page = running.browser(Role.AUDITOR).look(f"{RETURN}/compare?from=1&to=3")
    changed = [
        [cell.get_text(" ", strip=True) for cell in row.select("td")[1:]]
        for row in page.html.select(".jo-changes tbody tr")
    ]
    assert [row[0] for row in changed] == ["Persons arrested", "Incident A", "Narrative"]
    assert changed[1][2] == "1,500\u00a0g = 1.5\u00a0kg"
    same = running.browser(Role.AUDITOR).look(f"{RETURN}/compare?from=2&to=2")
    assert not same.html.select(".jo-changes")
    assert "Persons arrested" in same.text


def test_a_question_stands_at_the_value_that_it_is_about(running: Site) -> None:
    send(running)
    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        service.send_back(
            session,
            builders.COORDINATOR,
            operation,
            "ES-POLICE",
            DAY,
            question="Really 17?",
            pointer="/values/0",
        )
    browser = running.browser(Role.REPORTER, "ES-POLICE")
    row = browser.look(RETURN).html.select_one("#figures tbody tr")
    assert "Really 17?" in row.text
    assert "Really 17?" in browser.look(f"{RETURN}/edit").text
    assert (
        browser.send(f"{RETURN}/steps", to="answered", text="Yes, counted twice", version="2").status_int
        == 303
    )
    page = browser.look(RETURN)
    assert page.html.find(id="asked") is None
    assert "Yes, counted twice" in page.text


def test_a_step_that_the_plan_leaves_out_for_a_unit_is_taken_with_the_one_before(site: Site) -> None:
    plan = builders.plan()
    skips = (Skip(step="verified", units=("ES-POLICE",), reason={"en": "One officer does both."}),)
    with site.work() as session:
        builders.operation(session, "running", replace(plan, reporting=replace(plan.reporting, skips=skips)))
    send(site)
    page = site.browser(Role.COORDINATOR).look(RETURN)
    assert "Verified with its submission: the plan says so" in page.text
    assert total(site, FactStatus.VERIFIED) == ["17"]
    with site.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        head = service.accept(session, builders.COORDINATOR, operation, "ES-POLICE", DAY)
        assert head.state is ReturnState.ACCEPTED
        customs = builders.reporter("ES-CUSTOMS")
        service.submit(session, customs, operation, "ES-CUSTOMS", DAY, from_data({"nil": True}))
        head = service.find_return(session, builders.COORDINATOR, operation, "ES-CUSTOMS", DAY)
        assert head.state is ReturnState.SUBMITTED


def test_after_acceptance_a_correction_reopens_only_that_return_and_after_the_freeze_needs_a_permit(
    running: Site,
) -> None:
    send(running)
    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        customs = builders.reporter("ES-CUSTOMS")
        service.submit(session, customs, operation, "ES-CUSTOMS", DAY, from_data({"nil": True}))
        for unit in ("ES-POLICE", "ES-CUSTOMS"):
            service.verify(session, builders.national("ES"), operation, unit, DAY)
            service.accept(session, builders.COORDINATOR, operation, unit, DAY)
    api = running.api(Role.REPORTER, "ES-POLICE")
    said = {"values": [{"indicator": "persons-arrested", "quantity": "18"}]}
    assert api.put(RETURN, said).json["code"] == "reason-missing"
    with clock.fixed(builders.DURING + timedelta(minutes=1)):
        assert api.put(RETURN, {**said, "reason": "Recount"}).json["state"] == "submitted"
    assert api.get(RETURN.replace("POLICE", "CUSTOMS")).status_int in {200, 403}
    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        other = service.find_return(session, builders.COORDINATOR, operation, "ES-CUSTOMS", DAY)
        assert other.state is ReturnState.ACCEPTED
        operation.frozen_at = builders.DURING + timedelta(hours=1)
    with clock.fixed(builders.DURING + timedelta(hours=2)):
        frozen = api.put(RETURN, {**said, "narrative": "Late.", "reason": "Late"})
        assert (frozen.status_int, frozen.json["code"]) == (409, "return-frozen")
        ends = clock.iso(builders.DURING + timedelta(hours=3))
        centre = running.api(Role.COORDINATOR)
        assert (
            centre.post(f"{RETURN}/permits", {"reason": "Found a sheet", "expires_at": ends}).status_int
            == 201
        )
        permits = centre.get("/operations/EXAMPLE-2027/permits").json["items"]
        assert [(each["unit"], each["used"], each["open"]) for each in permits] == [("ES-POLICE", None, True)]
        assert api.put(RETURN, {**said, "narrative": "Late.", "reason": "Late"}).status_int == 201
        page = running.browser(Role.COORDINATOR).look("/operations/EXAMPLE-2027/returns/permits")
        assert {"ES-POLICE", "Found a sheet"} <= {each.text for each in page.html.select("td, th a")}
        assert "not used" not in page.text


def test_many_are_verified_after_a_look_at_what_happens_without_what_changed_meanwhile(running: Site) -> None:
    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        for unit in ("ES-POLICE", "ES-CUSTOMS", "RS-POLICE"):
            service.submit(session, builders.reporter(unit), operation, unit, DAY, from_data({"nil": True}))
    here = "/operations/EXAMPLE-2027/returns"
    browser = running.browser(Role.NATIONAL_COORDINATOR, "ES")
    page = browser.look(f"{here}?state=submitted&unit=ES-POLICE&mark=behalf")
    assert not page.html.select(".jo-tick__box")
    page = browser.look(f"{here}?state=submitted&day=2027-05-04")
    keys = [box["value"] for box in page.html.select("tbody .jo-tick__box")]
    assert keys == ["ES-POLICE/2027-05-04/1", "ES-CUSTOMS/2027-05-04/1"]
    with running.work() as session:
        customs = builders.reporter("ES-CUSTOMS")
        later = from_data({"nil": True, "narrative": "Quiet.", "reason": "Said more"})
        service.submit(session, customs, operation, "ES-CUSTOMS", DAY, later)
    preview = browser.send(f"{here}/review", **{"step": "verified", "return": keys})
    assert [row.text.strip() for row in preview.html.select("#refused tbody .jo-code")] == ["stale-version"]
    confirm = next(form for form in preview.forms.values() if "confirmed" in form.fields)
    done = confirm.submit()
    assert "1 return is verified" in done.text
    every = browser.send(f"{here}/review", step="every:verified", day="2027-05-04")
    assert [item["value"] for item in every.html.select("input[name=return]")] == ["ES-CUSTOMS/2027-05-04/2"]


def test_the_matrix_goes_on_by_itself_and_shows_every_standing(running: Site) -> None:
    browser = running.browser(Role.COORDINATOR)
    page = browser.look("/operations/EXAMPLE-2027/situation")
    place = page.html.select_one("[data-live]")["data-live"]
    first = browser.look(place)
    tag = first.headers["ETag"]
    assert browser.get(place, headers={"If-None-Match": tag}, expect_errors=True).status_int == 304
    send(running)
    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        for unit, day in (("ES-CUSTOMS", DAY), ("ES-BORDER", DAY), ("RS-POLICE", date(2027, 5, 3))):
            service.submit(session, builders.reporter(unit), operation, unit, day, from_data({"nil": True}))
    with running.work() as session:
        border = builders.reporter("ES-BORDER")
        service.withdraw(session, border, operation, "ES-BORDER", DAY, reason="Not on duty")
    again = browser.get(place, headers={"If-None-Match": tag})
    assert again.headers["ETag"] != tag
    classes = {name for cell in again.html.select("td") for name in cell.get("class", [])}
    shown = {name.partition("--")[2] for name in classes if "--" in name}
    assert {"on-time", "nil", "missing", "withdrawn", "not-yet-due"} <= shown
    assert (
        "data-live"
        not in browser.look("/operations/EXAMPLE-2027/situation?as_known_at=2027-05-04T10:00").text
    )
