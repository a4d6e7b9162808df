"""Plan files are read as they are written, and come back as they were read."""

from __future__ import annotations

import json
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from jointops.kernel.i18n import translator
from jointops.kernel.paths import folder
from jointops.operations import planyaml
from jointops.operations.plancalendar import due
from jointops.operations.plandoc import Period
from jointops.operations.planfile import (
    PlanInvalid,
    dump,
    from_data,
    load,
    load_path,
    stored,
    templates,
    to_data,
)
from jointops.operations.planrules import check
from jointops.operations.readiness import readiness

PLANS = sorted(folder("plans").glob("*.yaml"))

EXAMPLE = """
format: jointops-plan/1
code: EXAMPLE-2027
title: {en: Example joint action days}
kind: joint-action-days            # joint-customs-operation, joint-border-operation, action-week, ...
marking: {classification: unclassified, tlp: GREEN}
time_zone: Europe/Amsterdam
period: {start: 2027-05-03, end: 2027-05-07}
policy_cycle: {code: EMPACT-2026-2029, priorities: [firearms], actions: [OA-2.1]}
lead: ES
action_areas: [{code: firearms, title: {en: Illicit firearms}, leader: ES}]
participants:
  - {party: ES, units: [{code: ES-POLICE, authority: police}, {code: ES-CUSTOMS, authority: customs},
                        {code: ES-BORDER, authority: border-guard}]}
  - {party: RS, units: [{code: RS-POLICE, authority: police}]}
  - {party: europol}
objectives: [{code: O1, action_area: firearms, title: {en: Take firearms off the market},
              indicator: firearms-seized, target: {at_least: "100"}}]
indicators: [{code: persons-arrested, categories: [firearms, drugs, other]}, firearms-seized, ammunition-seized,
             persons-checked]
reporting: {deadline: "20:00", grace_minutes: 60, chain: [submitted, verified, accepted]}
tasks: [{code: T1, title: {en: Checks at the crossing point}, action_area: firearms,
         units: [ES-BORDER, RS-POLICE], days: [2027-05-03, 2027-05-07]}]
safeguards: {fundamental_rights: {en: …}, reviewer: …}
"""


def test_the_example_of_the_format_is_read() -> None:
    plan = load(EXAMPLE)

    assert (plan.code, plan.lead, plan.time_zone) == ("EXAMPLE-2027", "ES", "Europe/Amsterdam")
    assert plan.period == Period(start=date(2027, 5, 3), end=date(2027, 5, 7))
    assert [unit.code for unit in plan.units()] == ["ES-POLICE", "ES-CUSTOMS", "ES-BORDER", "RS-POLICE"]
    assert plan.objectives[0].target is not None
    assert plan.objectives[0].target.at_least == Decimal(100)
    assert plan.reporting.deadline == time(20, 0)
    assert [item.code for item in plan.indicators[0].categories] == ["firearms", "drugs", "other"]
    assert plan.tasks[0].days == (date(2027, 5, 3), date(2027, 5, 7))
    assert plan.safeguards.reviewer == "…"


def test_every_unit_of_the_example_owes_a_return_for_every_day() -> None:
    plan = load(EXAMPLE)

    assert sum(len(due(plan, unit.code)) for unit in plan.units()) == 20


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_plan_that_comes_with_jointops_is_right_and_ready_for_approval(path: Path) -> None:
    plan = load_path(path)

    assert check(plan) == []
    # What a reviewer finds cannot stand in a template: it is said of one operation's plan.
    missing = ["/safeguards/statement"] if plan.template else []
    assert [problem.pointer for problem in readiness(plan)] == missing


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_plan_written_and_read_is_the_same_plan(path: Path) -> None:
    plan = load_path(path)

    assert load(dump(plan)) == plan
    assert dump(load(dump(plan))) == dump(plan)
    assert from_data(to_data(plan)) == plan
    assert stored(json.loads(json.dumps(to_data(plan), sort_keys=True))) == plan
    assert to_data(from_data(json.loads(json.dumps(to_data(plan), sort_keys=True)))) == to_data(plan)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_an_exported_plan_means_the_same_to_other_yaml_software(path: Path) -> None:
    exported = dump(load_path(path))

    assert yaml.safe_load(exported) == to_data(load(exported))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_text_of_the_plans_is_in_english_and_french(path: Path) -> None:
    def texts(value: object, place: str = "") -> list[str]:
        if isinstance(value, dict):
            if "en" in value or "fr" in value:
                return [] if value.get("en") and value.get("fr") else [place]
            return [found for key, item in value.items() for found in texts(item, f"{place}/{key}")]
        if isinstance(value, list):
            return [found for n, item in enumerate(value) for found in texts(item, f"{place}/{n}")]
        return []

    assert texts(to_data(load_path(path))) == []


def test_a_plan_may_be_json() -> None:
    plan = load(EXAMPLE)

    assert load(json.dumps(to_data(plan), indent=1)) == plan


def test_norway_times_and_numbers_stay_as_they_were_written() -> None:
    text = EXAMPLE.replace("party: RS", "party: NO").replace("RS-POLICE", "NO-POLICE")
    text = text.replace('"20:00"', "20:00").replace('"100"', "100")

    plan = load(text)

    assert plan.participants[1].party == "NO"
    assert plan.reporting.deadline == time(20, 0)
    assert 'party: "NO"' in dump(plan).replace("'", '"')


def test_greece_and_the_united_kingdom_may_be_written_as_the_union_does() -> None:
    plan = load(EXAMPLE.replace("party: RS", "party: EL").replace("RS-POLICE", "EL-POLICE"))

    assert plan.participants[1].party == "GR"
    assert plan.units()[3].code == "GR-POLICE"
    assert plan.tasks[0].units == ("ES-BORDER", "GR-POLICE")


def test_one_action_area_of_an_indicator_may_be_written_short() -> None:
    plan = load(
        EXAMPLE.replace(", ammunition-seized,", ", {code: ammunition-seized, action_area: firearms},")
    )

    assert plan.indicators[2].action_areas == ("firearms",)


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(PlanInvalid) as caught:
        load("x" * (planyaml.MAX_BYTES + 1))
    assert caught.value.code == "file-too-large"


@pytest.mark.parametrize(
    "text", ["[" * 200, "[" + "a," * planyaml.MAX_NODES + "a]", "- a\n" * (planyaml.MAX_ITEMS + 1)]
)
def test_a_file_nested_or_repeated_beyond_reason_is_refused(text: str) -> None:
    with pytest.raises(PlanInvalid) as caught:
        load(text)
    assert caught.value.code in {"too-complex", "not-yaml"}


def test_a_file_that_is_not_utf_8_is_refused_with_its_line() -> None:
    with pytest.raises(PlanInvalid) as caught:
        load(EXAMPLE.encode() + "titre: été".encode("latin-1"), "plan.yaml")
    assert caught.value.code == "not-utf-8"
    assert caught.value.problems[0].line == EXAMPLE.count("\n") + 1


def test_a_problem_is_told_on_one_line_with_file_line_path_and_remedy() -> None:
    with pytest.raises(PlanInvalid) as caught:
        load(EXAMPLE.replace("lead: ES", "lead: FR"), "plans/example.yaml")

    assert caught.value.problems[0].line_for_people(translator("en")) == (
        "plans/example.yaml:10:7: /lead: “FR” is not accepted here. Use one of: ES, RS, europol. [not-a-participant]"
    )


def test_data_that_are_not_a_plan_are_refused_without_a_file() -> None:
    with pytest.raises(PlanInvalid) as caught:
        from_data({"format": "jointops-plan/1", "colour": "red"})
    codes = {(problem.code, problem.pointer) for problem in caught.value.problems}
    assert ("unknown-key", "/colour") in codes
    assert ("missing-key", "/period") in codes


def test_policy_cycles_beyond_the_reference_list_are_known_where_they_are_given() -> None:
    text = EXAMPLE.replace("EMPACT-2026-2029", "EMPACT-2030-2033")

    assert load(text, cycles={"EMPACT-2030-2033": ["firearms"]}).code == "EXAMPLE-2027"
    with pytest.raises(PlanInvalid):
        load(text)


def test_the_templates_cover_four_kinds_of_operation() -> None:
    kinds = {plan.kind for _, plan in templates()}

    assert kinds >= {"joint-action-days", "joint-customs-operation", "joint-border-operation", "action-week"}


def test_archimedes_has_what_was_published() -> None:
    plan = load_path(folder("plans") / "archimedes-2014.yaml")
    countries = [p for p in plan.participants if p.units]
    figures = {
        (publication.code, figure.indicator, figure.party, figure.category): figure
        for publication in plan.publications
        for figure in publication.figures
        if figure.adopted
    }

    assert plan.historical
    assert plan.illustrative is not None
    assert plan.period.days()[0] == date(2014, 9, 15)
    assert len(plan.period.days()) == 9
    assert len(plan.action_areas) == 9
    assert len(countries) == 34
    assert all([u.authority for u in p.units] == ["police", "customs", "border-guard"] for p in countries)
    assert figures["P1", "persons-arrested", None, None].quantity == 1027
    assert figures["P3", "persons-arrested", None, None].quantity == 1150
    assert figures["P3", "cannabis-seized", None, None].quantity == Decimal("1.3")
    assert all(objective.illustrative for objective in plan.objectives)
    assert all(task.illustrative for task in plan.tasks)
