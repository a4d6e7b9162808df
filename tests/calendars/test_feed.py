from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlsplit

import icalendar
import pytest

from jointops.accounts.models import RoleGrant
from jointops.calendars.models import CalendarAddress
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.tasks import service as tasks
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

PAGE = "/account/calendar"


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        operation = builders.operation(session, "running")
        tasks.create(
            session,
            builders.ADMINISTRATOR,
            operation,
            tasks.TaskInput(
                title={"en": "Night checks", "fr": "Contrôles de nuit"},
                starts_on=date(2027, 5, 4),
                ends_on=date(2027, 5, 6),
                units=("ES-POLICE",),
                kind="other",
                place={"kind": "other", "name": "La Jonquera", "country": "ES"},
                hours={"since": "22:00", "until": "06:00"},
            ),
        )
    return site


def address(site: Site, role: Role, scope: str | None = None) -> tuple[int, str]:
    """Return a person and the path of the address that they made."""
    person = site.person(role, scope)
    page = site.browser_of(person).send(PAGE)
    return person, urlsplit(page.html.select_one("#calendar-address").text).path


def events(answer: Any) -> dict[str, Any]:
    """Return the events of an answer by their identifiers."""
    assert answer.content_type == "text/calendar"
    return {str(event["uid"]): event for event in icalendar.Calendar.from_ical(answer.body).events}


def test_a_reporter_s_feed_has_their_tasks_deadlines_and_the_action_days(running: Site) -> None:
    _person, path = address(running, Role.REPORTER, "ES-POLICE")

    found = events(running.browser().look(path))

    assert set(found) == {
        "operation.EXAMPLE-2027@jointops",
        "task.T2.EXAMPLE-2027@jointops",
        *(f"returns.2027-05-0{day}.EXAMPLE-2027@jointops" for day in range(3, 8)),
    }
    days = found["operation.EXAMPLE-2027@jointops"]
    assert (days.decoded("dtstart"), days.decoded("dtend")) == (date(2027, 5, 3), date(2027, 5, 8))
    due = found["returns.2027-05-03.EXAMPLE-2027@jointops"]
    assert due.decoded("dtstart").astimezone(UTC) == datetime(2027, 5, 3, 18, tzinfo=UTC)
    assert due.alarms.times[0].trigger.astimezone(UTC) == datetime(2027, 5, 3, 17, tzinfo=UTC)
    night = found["task.T2.EXAMPLE-2027@jointops"]
    assert night["summary"] == "EXAMPLE-2027 T2: Night checks"
    assert night["location"] == "La Jonquera, Spain"
    assert night.decoded("dtstart").time() == time(22)
    assert night.decoded("dtend").date() == date(2027, 5, 5)
    assert night["rrule"]["COUNT"] == [3]
    assert "Unclassified" in str(days["description"])


def test_a_change_of_a_task_is_a_new_sequence_of_the_same_event(running: Site) -> None:
    _person, path = address(running, Role.NATIONAL_COORDINATOR, "ES")
    before = events(running.browser().look(path))["task.T2.EXAMPLE-2027@jointops"]
    with running.work() as session:
        operation = operations.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        tasks.cancel(session, builders.ADMINISTRATOR, operation, "T2", "Called off")

    after = events(running.browser().look(path))["task.T2.EXAMPLE-2027@jointops"]

    assert after["sequence"] > before["sequence"]
    assert after.decoded("last-modified") >= before.decoded("last-modified")
    assert after["status"] == "CANCELLED"


def test_a_feed_gives_what_its_person_may_read_at_that_moment(running: Site) -> None:
    person, path = address(running, Role.REPORTER, "ES-POLICE")
    with running.work() as session:
        session.query(RoleGrant).filter_by(person_id=person).update({"scope": "FR-POLICE"})

    assert events(running.browser().look(path)) == {}


def test_a_replaced_address_opens_nothing_and_only_its_hash_is_kept(running: Site) -> None:
    person, old = address(running, Role.COORDINATOR)
    browser = running.browser_of(person)

    new = urlsplit(browser.send(PAGE).html.select_one("#calendar-address").text).path

    assert running.browser().look(old).status_int == 404
    assert "returns.2027-05-03.EXAMPLE-2027@jointops" in events(running.browser().look(new))
    with running.work() as session:
        assert new.split("/")[-1][:-4] not in str(session.query(CalendarAddress.token_sha256).one())
    assert "shown this once" not in browser.look(PAGE).text
    browser.send(PAGE, action="remove")
    assert running.browser().look(new).status_int == 404


def test_an_exercise_says_so_in_front_of_every_event_in_the_reader_s_language(running: Site) -> None:
    with running.work() as session:
        session.query(Operation).update({"exercise": True})
    api = running.api(Role.REPORTER, "ES-POLICE")

    found = events(api.get("/operations/EXAMPLE-2027/calendar"))

    assert all(str(event["summary"]).startswith("EXERCISE: ") for event in found.values())
    assert "task.T1.EXAMPLE-2027@jointops" in found


def test_a_unit_s_calendar_has_what_that_unit_does(running: Site) -> None:
    api = running.api(Role.AUDITOR)

    found = events(api.get("/operations/EXAMPLE-2027/units/RS-POLICE/calendar"))

    assert "task.T1.EXAMPLE-2027@jointops" in found
    assert "task.T2.EXAMPLE-2027@jointops" not in found
    assert api.get("/operations/EXAMPLE-2027/units/XX-POLICE/calendar").json["code"] == "unit-unknown"


def test_a_calendar_that_did_not_change_is_not_sent_again(running: Site) -> None:
    _person, path = address(running, Role.REPORTER, "ES-POLICE")
    browser = running.browser()

    tag = browser.look(path).headers["ETag"]

    assert browser.look(path, headers={"If-None-Match": tag}).status_int == 304
