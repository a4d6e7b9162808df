"""Reminders of returns: each once, in steps, outside the quiet hours, and only for what is owed and has not come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.accounts.models import Person
from jointops.kernel import clock
from jointops.kernel.policy import Grant, Role
from jointops.notify import rules
from jointops.notify.models import Notice
from jointops.operations.models import Operation
from jointops.operations.plandoc import Hours, Period, PlanDocument, Reminder, ReportingException
from jointops.returns import reminders, service
from jointops.returns.jobs import remind
from jointops.returns.submission import from_data
from tests import builders
from tests.people import person

DAY = date(2027, 5, 4)
DEADLINE = datetime(2027, 5, 4, 18, 0, tzinfo=UTC)
"""20:00 in Amsterdam."""


def started(session: Session, plan: PlanDocument | None = None) -> Operation:
    operation = builders.operation(session, "running", plan)
    for role, scope in (
        (Role.REPORTER, "ES-POLICE"),
        (Role.REPORTER, "RS-POLICE"),
        (Role.NATIONAL_COORDINATOR, "ES"),
        (Role.COORDINATOR, None),
    ):
        person(session, Grant(role, scope))
    return operation


def told(session: Session, operation: Operation, minutes: int) -> list[tuple[str, str]]:
    """Run the job so many minutes after the deadline; return whom it told what."""
    before = set(session.scalars(select(Notice.id)))
    with clock.fixed(DEADLINE + timedelta(minutes=minutes)):
        remind(session, operation)
    found = session.execute(
        select(Person.name, Notice).join(Person, Person.id == Notice.person_id).order_by(Notice.id)
    )
    return [
        (name, rules.subject_of(notice.subject, "en", exercise=notice.exercise))
        for name, notice in found
        if notice.id not in before
    ]


def test_reminders_go_out_once_in_steps_to_the_unit_the_country_and_the_centre(session: Session) -> None:
    operation = started(session)
    with clock.fixed(builders.DURING):
        service.submit(
            session, builders.reporter("RS-POLICE"), operation, "RS-POLICE", DAY, from_data({"nil": True})
        )

    assert told(session, operation, -61) == []
    before = told(session, operation, -60)
    assert [subject for _name, subject in before] == ["The return of ES-POLICE for 4 May 2027 is due soon"]
    assert told(session, operation, -59) == []
    assert [subject for _name, subject in told(session, operation, 15)] == [
        "The return of ES-POLICE for 4 May 2027 is missing"
    ]
    (country,) = told(session, operation, 60)
    assert country[1] == "3 returns for 4 May 2027 are missing"
    (centre,) = told(session, operation, 180)
    assert centre[1] == "3 returns for 4 May 2027 are missing"
    assert len({before[0][0], country[0], centre[0]}) == 3
    assert told(session, operation, 181) == []


def test_what_is_not_owed_is_not_reminded_of_and_the_plan_says_when_and_to_whom(session: Session) -> None:
    plan = builders.plan()
    reporting = replace(
        plan.reporting,
        exceptions=(ReportingException(units=("ES-CUSTOMS", "ES-BORDER"), days=()),),
        reminders=(Reminder(minutes=200, to="national-coordinator"),),
        quiet_hours=Hours(since=time(22, 0), until=time(6, 30)),
    )
    operation = started(session, replace(plan, reporting=reporting))

    assert told(session, operation, 200) == []
    assert told(session, operation, 10 * 60 + 29) == []
    assert [subject for _name, subject in told(session, operation, 10 * 60 + 30)] == [
        "The return of ES-POLICE for 4 May 2027 is missing"
    ]


def test_a_withdrawn_return_is_reminded_of_and_an_exercise_says_so(session: Session) -> None:
    operation = started(session)
    with clock.fixed(builders.DURING):
        actor = builders.reporter("ES-POLICE")
        service.submit(session, actor, operation, "ES-POLICE", DAY, from_data({"nil": True}))
    with clock.fixed(builders.DURING + timedelta(minutes=1)):
        service.withdraw(session, actor, operation, "ES-POLICE", DAY, reason="Another day")
    operation.exercise = True
    subjects = [subject for _name, subject in told(session, operation, 15)]
    assert "EXERCISE: The return of ES-POLICE for 4 May 2027 is missing" in subjects


_ZONES = st.sampled_from(["Europe/Amsterdam", "Europe/Lisbon", "Europe/Chisinau", "America/New_York", "UTC"])
_TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
_DAYS = st.one_of(
    st.dates(date(2027, 3, 26), date(2027, 3, 30)),
    st.dates(date(2027, 10, 29), date(2027, 11, 2)),
    st.dates(date(2027, 1, 1), date(2027, 12, 31)),
)


@given(_DAYS, _TIMES, _TIMES, _TIMES, _ZONES)
def test_quiet_hours_put_off_but_never_for_longer_than_they_last(
    day: date, minute: time, since: time, until: time, zone: str
) -> None:
    at = datetime.combine(day, minute, UTC)
    put_off = reminders.after_quiet_hours(at, Hours(since=since, until=until), zone)
    lasts = (datetime.combine(DAY, until, UTC) - datetime.combine(DAY, since, UTC)) % timedelta(days=1)
    assert timedelta(0) <= put_off - at <= lasts + timedelta(hours=1)
    assert reminders.after_quiet_hours(put_off, Hours(since=since, until=until), zone) == put_off


@given(
    st.dates(date(2027, 3, 25), date(2027, 4, 2)) | st.dates(date(2027, 10, 25), date(2027, 11, 2)), _ZONES
)
def test_steps_are_counted_from_the_deadline_on_the_operations_clocks(day: date, zone: str) -> None:
    plan = replace(builders.plan(), time_zone=zone, period=Period(start=day, end=day))
    local = datetime.combine(day, time(20, 0), ZoneInfo(zone))
    for minutes, to in ((-60, "unit"), (15, "unit"), (60, "national-coordinator"), (180, "coordinator")):
        at = local.astimezone(UTC) + timedelta(minutes=minutes)
        assert f"{minutes:+d}:{to}" in {item.step for item in reminders.due(plan, at)}
        assert f"{minutes:+d}:{to}" not in {
            item.step for item in reminders.due(plan, at - timedelta(seconds=1))
        }
