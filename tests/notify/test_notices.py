"""Who is told what: audiences, texts in everybody's language, what counts as read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session, sessionmaker

from jointops.accounts.models import Person
from jointops.kernel.db import unit_of_work
from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.kernel.policy import Actor, Channel, Grant, Role
from jointops.notify import rules, service
from jointops.notify.rules import At, Named
from tests import people
from tests.support.app import Site


def test_an_audience_is_found_by_roles_and_each_person_once(session_factory: sessionmaker[Session]) -> None:
    with unit_of_work(session_factory) as session:
        spain = people.person(
            session, Grant(Role.NATIONAL_COORDINATOR, "ES"), Grant(Role.REPORTER, "ES-POLICE")
        )
        reviewer = people.person(session, Grant(Role.REVIEWER))
        of_one = people.person(session, Grant(Role.COORDINATOR, "EXAMPLE-2027"))
        of_all = people.person(session, Grant(Role.COORDINATOR))
        people.person(session, Grant(Role.COORDINATOR, "OTHER-2027"))
        people.person(session, Grant(Role.NATIONAL_COORDINATOR, "ES")).active = False
        session.flush()

        assert service.audience(session, party="ES", unit=["ES-POLICE", "RS-POLICE"]) == [spain]
        assert service.audience(session, "EXAMPLE-2027", role=Role.REVIEWER) == [reviewer, of_one, of_all]
        assert service.audience(session) == []
        assert service.national_coordinators(session, ["ES", "RS"]) == {"ES": [spain], "RS": []}


def test_nobody_is_told_the_same_twice_and_everybody_reads_only_their_own(
    session_factory: sessionmaker[Session],
) -> None:
    with unit_of_work(session_factory) as session:
        first, second = (people.person(session, Grant(Role.REVIEWER)) for _n in range(2))

        def tell(*recipients: Person) -> int:
            return service.send(
                session, recipients=recipients, subject=_("Tasks"), text=_("Tasks"), path="/", key="tasks"
            )

        assert [tell(first), tell(first, second), tell(first, second)] == [1, 1, 0]
        reader = Actor(first.id, "", (Grant(Role.REVIEWER),), Channel.FORM)
        theirs = service.notices(session, Actor(second.id, "", (Grant(Role.REVIEWER),), Channel.FORM))
        with pytest.raises(NotFound):
            service.mark(session, reader, theirs[0].id)
        assert service.unread(session, first.id) == 1
        assert service.mark_all(session, reader) == 1
        assert (service.unread(session, first.id), service.unread(session, second.id)) == (0, 1)


def test_a_text_is_kept_without_its_language() -> None:
    at = At(datetime(2027, 4, 1, 16, 0, tzinfo=UTC), "Europe/Amsterdam")
    text = _(
        "${a} ${b} ${c} ${d}",
        mapping={"a": _("Tasks"), "b": at, "c": Named({"en": "Days", "fr": "Jours"}), "d": date(2027, 5, 3)},
    )

    kept = rules.encoded(text)

    assert rules.worded(kept, "fr") == "Missions 1 avril 2027, 18:00 (UTC+02:00) Jours 3 mai 2027"
    assert rules.worded(kept, "en") == "Tasks 1 April 2027, 18:00 (UTC+02:00) Days 3 May 2027"
    assert rules.subject_of(kept, "en", exercise=True).startswith("EXERCISE: Tasks")
    with pytest.raises(TypeError):
        rules.encoded(datetime(2027, 4, 1, tzinfo=UTC))


@pytest.mark.database("sqlite")
def test_the_bell_counts_what_is_not_read(site: Site) -> None:
    browser, api = site.browser(Role.REVIEWER), site.api(Role.REVIEWER)
    with site.work() as session:
        recipients = service.audience(session, role=Role.REVIEWER)
        for subject in (_("Tasks"), _("Returns")):
            service.send(session, recipients=recipients, subject=subject, text=subject, path="/operations")

    page = browser.look("/notices")

    assert page.html.select_one(".jo-bell__count").text == "2"
    newest = page.html.select_one(".jo-told__form")["action"]
    assert browser.send(newest, read="1", open="1").headers["Location"].endswith("/operations")
    assert [item["subject"] for item in api.get("/notices?unread=1").json["items"]] == ["Tasks"]
    answer = api.patch(newest.replace("/notices", "/notices"), {"read": False})
    assert answer.json["read_at"] is None
    assert browser.send("/notices/read").status_int == 303
    assert browser.look("/notices").html.select_one(".jo-bell__count") is None


@pytest.mark.database("sqlite")
def test_what_an_exercise_tells_is_read_apart_and_goes_with_it(site: Site) -> None:
    browser, api = site.browser(Role.REVIEWER), site.api(Role.REVIEWER)
    with site.work() as session:
        recipients = service.audience(session, role=Role.REVIEWER)
        for code, exercise in (("EXAMPLE-2027", False), ("EX-EXAMPLE-2027", True)):
            service.send(
                session,
                recipients=recipients,
                subject=_("Tasks"),
                text=_("Tasks"),
                path="/",
                operation=code,
                exercise=exercise,
            )

    page = browser.look("/notices").html
    assert page.select_one(".jo-bell__count").text == "1"
    assert [link.get_text(strip=True) for link in page.select(".jo-told__subject a")] == ["Tasks"]
    apart = browser.look("/notices?exercise=1").html
    assert [link.get_text(strip=True) for link in apart.select(".jo-told__subject a")] == ["EXERCISE: Tasks"]
    assert [item["exercise"] for item in api.get("/notices?exercise=true").json["items"]] == [True]
    assert len(api.get("/notices").json["items"]) == 2
    assert browser.send("/notices/read").status_int == 303
    assert len(api.get("/notices?unread=true").json["items"]) == 1
    assert browser.send("/notices/read", exercise="1").location.endswith("/notices?exercise=1")
    assert api.get("/notices?unread=true").json["items"] == []
    with site.work() as session:
        assert service.forget_exercise(session, "EX-EXAMPLE-2027") == 1
        assert service.forget_exercise(session, "EXAMPLE-2027") == 0
