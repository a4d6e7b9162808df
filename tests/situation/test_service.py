from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from jointops.kernel.errors import Conflict, Invalid, NotAllowed
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import PlanIndicator
from jointops.returns.models import FactStatus
from jointops.situation import service
from jointops.situation.figures import NOT_SPECIFIED, Share
from jointops.situation.picture import Situation
from jointops.situation.rules import ReturnStatus
from tests import builders
from tests.builders import COORDINATOR, FIRST_DAY
from tests.situation.scenes import SECOND_DAY, at, hours, report, running, seizure

ARRESTS, COCAINE = "persons-arrested", "cocaine-seized"


def picture(
    session: Session,
    operation: Operation,
    when: float = 1,
    day: date | None = None,
    status: str = "provisional",
) -> Situation:
    return service.situation(session, COORDINATOR, operation, day=day, as_known_at=hours(when), status=status)


def share(shares: tuple[Share, ...], key: str, indicator: str = COCAINE) -> tuple[Any, Any]:
    found = next(item for item in shares if (item.key, item.indicator) == (key, indicator))
    return found.quantity, found.credited


def test_the_matrix_tells_on_time_late_nil_missing_and_not_yet_due_apart(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-POLICE", [(ARRESTS, "3")])
    report(session, operation, "ES-CUSTOMS", [(ARRESTS, "0")], when=hours(4))
    report(session, operation, "RS-POLICE", nil=True)

    seen = picture(session, operation, when=24)

    first = {line.unit: line.cells[0].status for line in seen.matrix}
    assert first == {
        "ES-POLICE": ReturnStatus.ON_TIME,
        "ES-CUSTOMS": ReturnStatus.LATE,
        "ES-BORDER": ReturnStatus.MISSING,
        "RS-POLICE": ReturnStatus.NIL,
    }
    assert {line.cells[1].status for line in seen.matrix} == {ReturnStatus.NOT_YET_DUE}
    assert (seen.counts.expected, seen.counts.received, seen.counts.missing) == (20, 3, 1)


def test_missing_nil_and_zero_are_three_things(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-POLICE", [(ARRESTS, "0")])
    report(session, operation, "RS-POLICE", nil=True)

    figures = picture(session, operation).figures

    assert figures.total(ARRESTS) == 0
    assert figures.total(COCAINE) is None
    assert share(figures.by_unit, "ES-POLICE", ARRESTS) == (0, 0)
    assert not [item for item in figures.by_unit if item.key != "ES-POLICE"]


def test_categories_are_parts_and_the_rest_is_not_specified(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-POLICE", [(ARRESTS, "17"), (ARRESTS, "5", "firearms")])
    report(session, operation, "RS-POLICE", [(ARRESTS, "2", "firearms")])

    figures = picture(session, operation).figures

    assert figures.total(ARRESTS) == 19
    assert figures.total(ARRESTS, "firearms") == 7
    assert figures.total(ARRESTS, "drugs") is None
    assert figures.total(ARRESTS, NOT_SPECIFIED) == 12


def test_tenths_add_up_exactly(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-POLICE", [(COCAINE, "0.1")])
    report(session, operation, "RS-POLICE", [(COCAINE, "0.2")])

    assert picture(session, operation).to_data()["totals"][-1]["quantity"] == "0.3"


def test_a_joint_result_counts_once_and_is_credited_to_each(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-CUSTOMS", [], incidents=[seizure("ES-1", "10", joint_with=["RS-POLICE"])])
    report(session, operation, "RS-POLICE", [(COCAINE, "1")])

    figures = picture(session, operation).figures

    assert figures.total(COCAINE) == 11
    assert share(figures.by_party, "ES") == (10, 10)
    assert share(figures.by_party, "RS") == (1, 11)
    assert share(figures.by_authority, "customs") == (10, 10)
    assert share(figures.by_day, FIRST_DAY.isoformat()) == (11, 11)


def test_two_units_of_one_country_are_credited_once_for_it(session: Session) -> None:
    operation = running(session)
    report(
        session, operation, "ES-CUSTOMS",
        incidents=[seizure("ES-1", "10", joint_with=["ES-POLICE", "ES-BORDER", "RS-POLICE"])],
    )  # fmt: skip

    figures = picture(session, operation).figures

    assert figures.total(COCAINE) == 10
    assert share(figures.by_party, "ES") == (10, 10)
    assert share(figures.by_party, "RS") == (None, 10)
    assert share(figures.by_unit, "ES-POLICE") == (None, 10)
    assert figures.of_party("RS", COCAINE) == 10


def test_what_was_found_on_the_way_stands_beside_the_total(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-POLICE", [(ARRESTS, "3")])
    report(session, operation, "RS-POLICE", [(ARRESTS, "4")], scope="other")

    total = picture(session, operation).figures.totals[0]

    assert total.quantity == 3
    assert total.other_scope == 4
    assert total.phases == (("action-days", Decimal(3)),)


@pytest.mark.parametrize("aggregation, arrests, firearms", [("max", 12, 4), ("last", 6, 1), ("sum", 18, 5)])
def test_the_largest_or_last_day_of_a_unit_brings_its_own_parts(
    session: Session, aggregation: str, arrests: int, firearms: int
) -> None:
    indicators = (PlanIndicator(code=ARRESTS, aggregation=aggregation),)
    objective = replace(builders.plan().objectives[0], indicator=ARRESTS)
    operation = running(session, indicators=indicators, objectives=(objective,))
    report(session, operation, "ES-POLICE", [(ARRESTS, "10"), (ARRESTS, "4", "firearms")])
    report(
        session,
        operation,
        "ES-POLICE",
        [(ARRESTS, "6"), (ARRESTS, "1", "firearms")],
        day=SECOND_DAY,
        when=hours(24),
    )
    report(session, operation, "RS-POLICE", [(ARRESTS, "2")])
    if aggregation == "last":
        report(session, operation, "RS-POLICE", [(ARRESTS, "0")], day=SECOND_DAY, when=hours(24))

    seen = picture(session, operation, when=25).figures

    assert seen.total(ARRESTS) == arrests
    assert seen.total(ARRESTS, "firearms") == firearms
    assert share(seen.by_day, FIRST_DAY.isoformat(), ARRESTS)[0] == 12


def test_each_status_is_a_layer_of_its_own(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-POLICE", [(ARRESTS, "3")], accepted=True)
    report(session, operation, "RS-POLICE", [(ARRESTS, "4")])

    totals = {
        status: picture(session, operation, status=status).figures.total(ARRESTS)
        for status in ("provisional", "verified", "accepted")
    }

    assert totals == {"provisional": 7, "verified": 3, "accepted": 3}
    assert picture(session, operation).counts.accepted == 1


def test_a_day_has_its_own_figures_and_those_to_date(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-POLICE", [(ARRESTS, "3")])
    report(session, operation, "ES-POLICE", [(ARRESTS, "4")], day=SECOND_DAY, when=hours(24))

    second = picture(session, operation, when=30, day=SECOND_DAY)

    assert second.figures.total(ARRESTS) == 4
    assert second.to_date is not None
    assert second.to_date.total(ARRESTS) == 7
    assert {len(line.cells) for line in second.matrix} == {1}


def test_the_same_instant_gives_the_same_bytes_after_corrections_and_a_new_plan(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-POLICE", [(ARRESTS, "17"), (ARRESTS, "5", "firearms")], accepted=True)
    report(session, operation, "RS-POLICE", nil=True)
    before = [
        picture(session, operation, when=5, day=day, status=status).to_json()
        for day in (None, FIRST_DAY)
        for status in FactStatus
    ]

    report(
        session,
        operation,
        "ES-POLICE",
        [(ARRESTS, "16")],
        when=hours(6),
        reason="one counted twice",
        accepted=True,
    )
    report(
        session,
        operation,
        "ES-CUSTOMS",
        [],
        when=hours(7),
        incidents=[seizure("E", "2", joint_with=["RS-POLICE"])],
    )
    report(session, operation, "RS-POLICE", [(ARRESTS, "1")], when=hours(8), reason="found later")
    with at(hours(9)):
        plan = builders.plan(reporting=replace(builders.plan().reporting, grace_minutes=0))
        version = operations.save_plan(session, builders.ADMINISTRATOR, operation, plan)
        operations.approve_plan(session, builders.ADMINISTRATOR, operation, version.number)

    after = [
        picture(session, operation, when=5, day=day, status=status).to_json()
        for day in (None, FIRST_DAY)
        for status in FactStatus
    ]
    assert after == before
    assert picture(session, operation, when=10).figures.total(ARRESTS) == 17
    assert picture(session, operation, when=10).plan_version == version.number


def test_a_unit_that_left_the_plan_stays_visible_with_what_it_reported(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-BORDER", [(ARRESTS, "3")])
    plan = builders.plan()
    spain = replace(plan.participants[0], units=plan.participants[0].units[:2])
    task = replace(plan.tasks[0], units=("RS-POLICE",))
    with at(hours(2)):
        changed = replace(plan, participants=(spain, *plan.participants[1:]), tasks=(task,))
        operations.save_plan(session, builders.ADMINISTRATOR, operation, changed)
        operations.approve_plan(session, builders.ADMINISTRATOR, operation)

    seen = picture(session, operation, when=3)

    last = seen.matrix[-1]
    assert (last.unit, last.party, last.authority) == ("ES-BORDER", "ES", "border-guard")
    assert seen.figures.total(ARRESTS) == 3
    assert seen.counts.voluntary == 1


def test_a_report_freezes_the_day_as_known_at_its_deadline(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-POLICE", [(ARRESTS, "3")])
    report(session, operation, "RS-POLICE", [(ARRESTS, "4")], when=hours(5))

    with at(hours(8)):
        frozen = service.freeze_report(session, COORDINATOR, operation, FIRST_DAY)
        again = service.freeze_report(session, COORDINATOR, operation, FIRST_DAY)

    assert again.id == frozen.id
    assert frozen.content["totals"][0]["quantity"] == "3"
    assert frozen.content["as_known_at"] == "2027-05-03T19:00:00Z"
    same = picture(session, operation, when=3, day=FIRST_DAY).to_data()
    assert frozen.content == same
    assert service.reports(session, COORDINATOR, operation) == [frozen]


def test_a_report_is_not_frozen_before_its_deadline(session: Session) -> None:
    operation = running(session)

    with at(hours(3)), pytest.raises(Conflict) as refusal:
        service.freeze_report(session, COORDINATOR, operation, FIRST_DAY)

    assert refusal.value.code == "before-deadline"


def test_reports_are_due_for_days_whose_deadline_has_passed(session: Session) -> None:
    operation = running(session)

    assert [day for _operation, day in service.due_reports(session, hours(27))] == [FIRST_DAY]
    assert service.due_reports(session, hours(3)) == []
    assert len(service.due_reports(session, hours(24 * 30))) == 5
    with at(hours(27)):
        service.freeze_report(session, COORDINATOR, operation, FIRST_DAY)
    assert service.due_reports(session, hours(27)) == []


@pytest.mark.parametrize(
    "change, code",
    [({"status": "final"}, "unknown-status"), ({"day": date(2027, 6, 1)}, "day-outside-operation")],
)
def test_what_makes_no_sense_is_refused(session: Session, change: dict[str, object], code: str) -> None:
    operation = running(session)

    with pytest.raises(Invalid) as refusal:
        service.situation(session, COORDINATOR, operation, **change)  # type: ignore[arg-type]

    assert refusal.value.code == code


def test_only_who_takes_part_sees_the_situation(session: Session) -> None:
    operation = running(session)

    service.situation(session, builders.national("RS"), operation)
    with pytest.raises(NotAllowed):
        service.situation(session, builders.national("FR"), operation)
    with pytest.raises(NotAllowed), at(hours(27)):
        service.freeze_report(session, builders.national("RS"), operation, FIRST_DAY)
