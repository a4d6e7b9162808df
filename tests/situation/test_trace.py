from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from jointops.kernel.errors import NotAllowed, NotFound
from jointops.operations.models import Operation
from jointops.operations.plandoc import PlanIndicator
from jointops.returns.models import FactStatus
from jointops.situation import service
from jointops.situation.figures import NOT_SPECIFIED
from jointops.situation.trace import Figure, Weight, trace
from tests import builders
from tests.builders import COORDINATOR
from tests.situation.scenes import SECOND_DAY, hours, report, running, seizure

ARRESTS, COCAINE = "persons-arrested", "cocaine-seized"
NOW = hours(40)


@pytest.fixture
def operation(session: Session) -> Operation:
    """Give an operation with categories, areas, corrections, joint results, two scopes and two days."""
    indicators = (
        PlanIndicator(code=ARRESTS),
        PlanIndicator(code="firearms-seized"),
        PlanIndicator(code=COCAINE),
        PlanIndicator(code="officers-deployed", aggregation="max"),
    )
    operation = running(session, indicators=indicators)
    report(
        session,
        operation,
        "ES-POLICE",
        [(ARRESTS, "17"), (ARRESTS, "5", "firearms"), ("officers-deployed", "30")],
    )
    report(
        session,
        operation,
        "ES-POLICE",
        [(ARRESTS, "2"), ("officers-deployed", "40")],
        day=SECOND_DAY,
        when=hours(24),
    )
    report(
        session, operation, "ES-CUSTOMS", [(COCAINE, "0.1"), ("officers-deployed", "7")],
        incidents=[seizure("ES-1", "10", joint_with=["ES-POLICE", "RS-POLICE"])],
    )  # fmt: skip
    report(session, operation, "RS-POLICE", [(COCAINE, "0.2"), ("officers-deployed", "5")])
    report(session, operation, "RS-POLICE", [(COCAINE, "0.5")], when=hours(3), reason="weighed again")
    report(session, operation, "ES-BORDER", [(ARRESTS, "4")], scope="other")
    return operation


def figure(indicator: str, **about: object) -> Figure:
    return Figure(indicator=indicator, as_known_at=NOW, status=FactStatus.PROVISIONAL, **about)  # type: ignore[arg-type]


def test_every_figure_adds_up_exactly_from_what_stands_behind_it(
    session: Session, operation: Operation
) -> None:
    figures = service.situation(session, COORDINATOR, operation, as_known_at=NOW).figures

    def behind(indicator: str, **about: object) -> object:
        return trace(session, COORDINATOR, operation, figure(indicator, **about)).quantity

    compared = 0
    for total in figures.totals:
        assert behind(total.indicator) == total.quantity
        assert behind(total.indicator, category=NOT_SPECIFIED) == total.not_specified
        for category, quantity in total.categories:
            assert behind(total.indicator, category=category) == quantity
        for shares, name in (
            (figures.by_action_area, "action_area"),
            (figures.by_party, "party"),
            (figures.by_authority, "authority"),
            (figures.by_unit, "unit"),
        ):
            for share in shares:
                if share.indicator == total.indicator:
                    assert behind(share.indicator, **{name: share.key}) == share.credited, share
                    compared += 1
        for share in figures.by_day:
            if share.indicator == total.indicator:
                assert behind(share.indicator, day=date.fromisoformat(share.key)) == share.quantity
    assert compared > 15


def test_a_line_names_the_return_its_revision_its_receipt_and_who_recorded_it(
    session: Session, operation: Operation
) -> None:
    lines = trace(session, COORDINATOR, operation, figure(COCAINE, unit="RS-POLICE")).lines

    own = next(line.source for line in lines if line.source.reference is None)
    assert (own.unit, own.revision, str(own.quantity)) == ("RS-POLICE", 2, "0.5")
    assert own.recorded_by == "reporter"
    assert len(own.sha256) == 64
    joint = next(line.source for line in lines if line.source.reference == "ES-1")
    assert (joint.unit, joint.credited_to) == ("ES-CUSTOMS", "RS-POLICE")


def test_a_joint_result_is_listed_for_each_unit_and_counts_once_for_the_country(
    session: Session, operation: Operation
) -> None:
    lines = trace(session, COORDINATOR, operation, figure(COCAINE, party="ES")).lines

    weights = {line.source.credited_to: line.weight for line in lines if line.source.joint is not None}
    assert weights == {"ES-CUSTOMS": Weight.COUNTS, "ES-POLICE": Weight.JOINT}


def test_a_day_that_is_not_the_largest_is_listed_and_does_not_count(
    session: Session, operation: Operation
) -> None:
    lines = trace(session, COORDINATOR, operation, figure("officers-deployed", unit="ES-POLICE")).lines

    assert [(str(line.source.quantity), line.weight) for line in lines] == [
        ("30", Weight.OTHER_DAY),
        ("40", Weight.COUNTS),
    ]


def test_the_figure_of_then_is_traced_to_the_revision_of_then(session: Session, operation: Operation) -> None:
    earlier = replace(figure(COCAINE, unit="RS-POLICE", category=None), as_known_at=hours(2))

    found = trace(session, COORDINATOR, operation, earlier)

    assert [line.source.revision for line in found.lines if line.source.unit == "RS-POLICE"] == [1]


def test_no_figure_is_no_figure(session: Session, operation: Operation) -> None:
    assert trace(session, COORDINATOR, operation, figure("firearms-seized")).quantity is None


def test_an_indicator_that_is_not_counted_is_unknown(session: Session, operation: Operation) -> None:
    with pytest.raises(NotFound) as refusal:
        trace(session, COORDINATOR, operation, figure("heroin-seized"))

    assert refusal.value.code == "indicator-unknown"


def test_only_who_takes_part_looks_behind_a_figure(session: Session, operation: Operation) -> None:
    with pytest.raises(NotAllowed):
        trace(session, builders.national("FR"), operation, figure(COCAINE))
