"""Comparing plans, making plans from templates, who is asked for what, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from jointops.kernel.errors import Invalid
from jointops.kernel.paths import folder
from jointops.operations.plancalendar import deadline, due, freezes_at, late_after, local_day, phase_of
from jointops.operations.plandiff import diff
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planfile import dump, load, load_path, templates
from jointops.operations.planindicators import asked, asked_of
from jointops.operations.planrules import check
from jointops.operations.plantemplate import as_template, instantiate
from jointops.operations.readiness import readiness
from tests.operations.test_planfile import EXAMPLE


@pytest.fixture
def archimedes() -> PlanDocument:
    return load_path(folder("plans") / "archimedes-2014.yaml")


def changed(before: str, after: str) -> list[tuple[str, str]]:
    assert before in EXAMPLE
    changes = diff(load(EXAMPLE), load(EXAMPLE.replace(before, after)))
    return [(change.kind, change.path) for change in changes]


def test_equal_plans_do_not_differ() -> None:
    assert diff(load(EXAMPLE), load(EXAMPLE)) == []


@pytest.mark.parametrize(
    "before, after, change",
    [
        ("en: Example joint", "en: An example of joint", ("changed", "/title/en")),
        ("persons-checked]", "persons-checked, vehicles-checked]", ("added", "/indicators/vehicles-checked")),
        ("  - {party: europol}\n", "", ("removed", "/participants/europol")),
        ('at_least: "100"', 'at_least: "120"', ("changed", "/objectives/O1/target/at_least")),
        ("units: [ES-BORDER, RS-POLICE]", "units: [ES-BORDER]", ("removed", "/tasks/T1/units/RS-POLICE")),
        ("[ES-BORDER, RS-POLICE]", "[RS-POLICE, ES-BORDER]", ("changed", "/tasks/T1/units")),
        ("grace_minutes: 60", "grace_minutes: 90", ("changed", "/reporting/grace_minutes")),
        (", tlp: GREEN", "", ("removed", "/marking/tlp")),
    ],
)
def test_a_change_is_named_by_section_and_code(before: str, after: str, change: tuple[str, str]) -> None:
    assert changed(before, after) == [change]


def test_a_change_carries_what_was_and_what_is() -> None:
    (change,) = diff(load(EXAMPLE), load(EXAMPLE.replace("lead: ES", "lead: RS")))

    assert (change.section, change.before, change.after) == ("lead", "ES", "RS")


@pytest.mark.parametrize("name, template", [(path.stem, plan) for path, plan in templates()])
def test_a_template_becomes_a_plan_that_can_run(name: str, template: PlanDocument) -> None:
    plan = instantiate(
        template, code="AUTUMN-2027", title={"en": f"From {name}"}, start=date(2027, 10, 4), lead="PT"
    )

    assert check(plan) == []
    assert [problem.pointer for problem in readiness(plan)] == ["/safeguards/statement"]
    assert plan.period.start == date(2027, 10, 4)
    assert len(plan.period.days()) == len(template.period.days())
    assert "PT" in {participant.party for participant in plan.participants if participant.units}
    assert not plan.template
    assert all(day in plan.span() for task in plan.tasks for day in task.days)
    assert load(dump(plan)) == plan


def test_the_days_of_a_template_are_numbers_in_its_file(archimedes: PlanDocument) -> None:
    template = as_template(archimedes, code="TEMPLATE-ARCHIMEDES", title={"en": "After Archimedes"})

    assert "period: {start: 1, end: 9}" in dump(template)
    assert load(dump(template)) == template
    again = instantiate(
        template, code="ARCHIMEDES-2028", title={"en": "Again"}, start=date(2028, 9, 11), lead="europol"
    )
    assert check(again) == []
    assert again.tasks[3].days == (date(2028, 9, 11), date(2028, 9, 17))
    assert (again.historical, again.publications) == (False, ())


@pytest.mark.parametrize("lead, start", [("XX", date(2027, 1, 1)), ("ES", date(9999, 12, 31))])
def test_an_impossible_plan_is_not_made(archimedes: PlanDocument, lead: str, start: date) -> None:
    with pytest.raises(Invalid):
        instantiate(archimedes, code="X-1", title={"en": "X"}, start=start, lead=lead)


def test_an_agency_that_joins_as_lead_brings_no_units() -> None:
    plan = instantiate(load(EXAMPLE), code="X-1", title={"en": "X"}, start=date(2027, 6, 1), lead="frontex")

    assert plan.participants[0].party == "frontex"
    assert plan.participants[0].units == ()
    assert plan.action_areas[0].leader == "frontex"


def test_an_indicator_is_completed_from_the_catalogue() -> None:
    indicators = asked(load(EXAMPLE))

    assert list(indicators) == ["persons-arrested", "firearms-seized", "ammunition-seized", "persons-checked"]
    assert list(indicators["persons-arrested"].categories) == ["firearms", "drugs", "other"]
    assert indicators["persons-arrested"].categories["drugs"]["fr"] == "Trafic de stupéfiants"
    assert "pistols" in indicators["firearms-seized"].categories
    assert indicators["ammunition-seized"].unit == "rounds"


def test_a_whole_that_the_plan_does_not_ask_for_is_left_aside(archimedes: PlanDocument) -> None:
    indicators = asked(archimedes)

    assert indicators["minors-safeguarded"].part_of == "victims-identified"
    assert indicators["cocaine-seized"].part_of is None


def test_a_plan_may_count_something_of_its_own() -> None:
    own = "persons-checked, {code: drones-seen, label: {en: Drones seen}, unit: pieces, "
    own += "categories: [{code: small, label: {en: Small}}]}]"
    indicator = asked(load(EXAMPLE.replace("persons-checked]", own)))["drones-seen"]

    assert (indicator.unit, indicator.accepted, indicator.aggregation) == ("pieces", ("pieces",), "sum")
    assert indicator.categories == {"small": {"en": "Small"}}


def test_units_are_asked_only_for_what_concerns_them(archimedes: PlanDocument) -> None:
    def codes(plan: PlanDocument, unit: str) -> set[str]:
        return {item.code for item in asked_of(plan, unit)}

    assert "cigarettes-seized" in codes(archimedes, "LT-CUSTOMS")
    assert "cigarettes-seized" not in codes(archimedes, "LT-BORDER")
    assert codes(archimedes, "XX-POLICE") == set()
    areas = EXAMPLE.replace(
        "{code: RS-POLICE, authority: police}", "{code: RS-POLICE, authority: police, action_areas: [drugs]}"
    )
    areas = areas.replace("leader: ES}]", "leader: ES}, {code: drugs, title: {en: Drugs}, leader: ES}]")
    areas = areas.replace(
        "firearms-seized, ammunition-seized",
        "{code: firearms-seized, action_area: firearms}, ammunition-seized",
    )
    assert codes(load(areas), "RS-POLICE") == {"persons-arrested", "ammunition-seized", "persons-checked"}
    assert "firearms-seized" in codes(load(areas), "ES-POLICE")
    only = EXAMPLE.replace(
        "{code: RS-POLICE, authority: police}",
        "{code: RS-POLICE, authority: police, indicators: [firearms-seized]}",
    )
    assert codes(load(only), "RS-POLICE") == {"firearms-seized"}


def test_deadlines_are_in_the_operations_time_zone_in_summer_and_winter() -> None:
    plan = load(EXAMPLE)
    over_the_change = load(
        EXAMPLE.replace("start: 2027-05-03, end: 2027-05-07", "start: 2027-10-30, end: 2027-10-31").replace(
            "days: [2027-05-03, 2027-05-07]", "days: [2027-10-30]"
        )
    )

    assert deadline(plan, date(2027, 5, 3)) == datetime(2027, 5, 3, 18, 0, tzinfo=UTC)
    assert late_after(plan, date(2027, 5, 3)) == datetime(2027, 5, 3, 19, 0, tzinfo=UTC)
    assert deadline(over_the_change, date(2027, 10, 30)) == datetime(2027, 10, 30, 18, 0, tzinfo=UTC)
    assert deadline(over_the_change, date(2027, 10, 31)) == datetime(2027, 10, 31, 19, 0, tzinfo=UTC)
    assert local_day(plan, datetime(2027, 5, 3, 22, 30, tzinfo=UTC)) == date(2027, 5, 4)


def test_archimedes_stays_open_until_the_end_of_2014(archimedes: PlanDocument) -> None:
    assert deadline(archimedes, date(2014, 9, 23)) == datetime(2014, 9, 24, 8, 0, tzinfo=UTC)
    assert freezes_at(archimedes) == datetime(2014, 12, 31, 23, 0, tzinfo=UTC)
    assert [
        phase_of(archimedes, date(2014, month, day)) for month, day in ((8, 1), (9, 1), (9, 15), (10, 1))
    ] == [
        None,
        "preparatory",
        "action-days",
        "follow-up",
    ]


def test_units_with_an_exception_owe_returns_on_its_days_only() -> None:
    rules = 'reporting: {exceptions: [{units: [RS-POLICE], days: [2027-05-05]}], deadline: "20:00"'
    plan = load(EXAMPLE.replace('reporting: {deadline: "20:00"', rules))
    voluntary = load(EXAMPLE.replace("grace_minutes: 60", "expected: none"))

    assert due(plan, "RS-POLICE") == (date(2027, 5, 5),)
    assert len(due(plan, "ES-POLICE")) == 5
    assert due(voluntary, "ES-POLICE") == ()
