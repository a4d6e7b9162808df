"""How far a plan is, section by section: what is missing is found, and nothing incomplete passes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointops.kernel.i18n import translator
from jointops.operations import plandoc
from jointops.operations.plancodec import decode, field_types, spelled_out
from jointops.operations.plandoc import Coordination, CycleLink, PlanDocument, Safeguards, Section
from jointops.operations.planfile import PlanInvalid, dump, from_data, load
from jointops.operations.readiness import Status, readiness, section_of, section_states
from jointops.reference.catalogue import Column, catalogue
from tests.builders import plan
from tests.operations.test_planfile import EXAMPLE

SECTIONS = catalogue().plan_sections
NOT_APPLICABLE = Section(not_applicable={"en": "Nothing of the kind."})


def pointers(document: PlanDocument) -> set[str]:
    return {problem.pointer for problem in readiness(document)}


def status(document: PlanDocument, code: str) -> Status:
    return next(state.status for state in section_states(document) if state.section.code == code)


def with_section(document: PlanDocument, code: str, section: Section | None) -> PlanDocument:
    others = {name: text for name, text in document.sections.items() if name != code}
    return dataclasses.replace(document, sections={**others, **({code: section} if section else {})})


def test_every_part_and_column_of_the_sections_stands_in_the_plan() -> None:
    def follow(kind: Any, path: tuple[str, ...]) -> Any:
        for key in path:
            kind = next((k for k in get_args(kind) if k is not type(None) and k is not Ellipsis), kind)
            # A value of a mapping, such as the rate of a currency, is given by its key.
            kind = (
                field_types(kind)[key]
                if isinstance(kind, type) and dataclasses.is_dataclass(kind)
                else Decimal
            )
        return kind

    def walk(kind: Any, columns: tuple[Column, ...]) -> None:
        for column in columns:
            found = follow(kind, column.path)
            assert (column.kind == "rows") == (get_origin(found) is tuple and bool(column.columns))
            if column.columns:
                walk(get_args(found)[0], column.columns)

    for section in SECTIONS.values():
        for part in section.parts:
            kind = follow(PlanDocument, part.path)
            walk(get_args(kind)[0] if part.kind == "rows" else kind, part.columns)


def test_everything_that_a_plan_may_say_belongs_to_one_section() -> None:
    loose = {"format", "code", "template", "historical", "illustrative", "publications"}
    for field in dataclasses.fields(PlanDocument):
        if field.name not in loose | {"sections"}:
            assert section_of(f"/{field.name}") is not None, field.name


@pytest.mark.parametrize(
    ("pointer", "code"),
    [
        ("/risks/0/title/en", "risks"),
        ("/coordination/shifts/0", "command"),
        ("/policy_cycle", "strategic-context"),
        ("/period/start", "general"),
        ("/sections/concept/en", "concept"),
        ("/sections/teams-and-equipment/en", "resources"),
        ("/sections/nothing", None),
        ("/publications/0", "communication"),
        ("/reporting/exchange_rates", "reporting"),
        ("/historical", None),
    ],
)
def test_a_place_in_the_plan_is_found_in_its_section(pointer: str, code: str | None) -> None:
    assert section_of(pointer) == code


def test_a_complete_plan_lacks_nothing() -> None:
    states = section_states(plan())
    assert [state.section.code for state in states] == list(SECTIONS)
    assert {state.status for state in states} == {Status.COMPLETE, Status.NOT_APPLICABLE}
    assert all(state.reason for state in states if state.status is Status.NOT_APPLICABLE)


def test_the_short_plan_of_the_format_is_read_and_told_what_it_lacks() -> None:
    found = pointers(load(EXAMPLE))
    assert {
        "/summary",
        "/sections/concept",
        "/safeguards/complaints",
        "/safeguards/statement",
        "/risks",
    } <= found
    assert not found & {"/objectives", "/action_areas", "/policy_cycle/priorities", "/reporting/deadline"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"objectives": ()}, "/objectives"),
        ({"indicators": (), "objectives": ()}, "/indicators"),
        ({"action_areas": (), "objectives": (), "tasks": ()}, "/action_areas"),
        ({"safeguards": Safeguards()}, "/safeguards/fundamental_rights"),
        ({"safeguards": Safeguards()}, "/safeguards/reviewer"),
        ({"safeguards": Safeguards()}, "/safeguards/statement"),
        ({"coordination": None}, "/coordination/centre"),
        ({"coordination": Coordination(centre={"en": "C"}, around_the_clock=True)}, "/coordination/shifts"),
        ({"participants": (plandoc.Participant(party="ES"),), "tasks": ()}, "/participants"),
        ({"policy_cycle": CycleLink(code="EMPACT-2026-2029")}, "/policy_cycle/priorities"),
    ],
)
def test_what_is_missing_is_pointed_to_and_named_in_both_languages(
    changes: dict[str, Any], pointer: str
) -> None:
    found = {problem.pointer: problem for problem in readiness(plan(**changes))}
    assert pointer in found
    texts = [translator(locale)(found[pointer].message) for locale in ("en", "fr")]
    assert all(text.endswith(".") and "${" not in text and "{" not in text for text in texts)


def test_an_operation_that_serves_no_priority_says_so_or_why() -> None:
    unsaid = with_section(plan(), "strategic-context", Section(text={"en": "Why now."}))
    assert pointers(unsaid) == {"/policy_cycle/priorities"}
    assert status(plan(), "strategic-context") is Status.NOT_APPLICABLE


def test_an_objective_has_an_indicator_and_a_target_and_an_area_its_leader() -> None:
    objective = plandoc.Objective(code="O2", title={"en": "Do good"})
    area = plandoc.ActionArea(code="drugs", title={"en": "Drugs"})
    found = plan(objectives=(objective,), action_areas=(*plan().action_areas, area))
    assert pointers(found) == {"/objectives/0/indicator", "/objectives/0/target", "/action_areas/1/leader"}


@pytest.mark.parametrize("code", SECTIONS)
def test_only_some_sections_may_be_marked_as_not_applicable(code: str) -> None:
    marked = with_section(plan(tasks=()), code, NOT_APPLICABLE)
    allowed = SECTIONS[code].may_be_not_applicable and code != "third-countries"
    assert status(marked, code) is (Status.NOT_APPLICABLE if allowed else Status.INCOMPLETE)


def test_a_section_with_entries_or_partners_is_not_marked_as_not_applicable() -> None:
    assert status(with_section(plan(), "tasks", NOT_APPLICABLE), "tasks") is Status.INCOMPLETE
    europeans = plan(participants=(plan().participants[0],), tasks=())
    assert status(with_section(europeans, "third-countries", NOT_APPLICABLE), "third-countries") is (
        Status.NOT_APPLICABLE
    )


def test_a_text_under_a_former_code_is_read_under_todays() -> None:
    old = load(EXAMPLE + "sections: {teams-and-equipment: {en: Six teams.}}\n")
    assert old.sections == {"resources": Section(text={"en": "Six teams."})}
    assert load(dump(old)) == old
    with pytest.raises(PlanInvalid) as caught:
        load(EXAMPLE + "sections: {teams-and-equipment: {en: Six teams.}, resources: {en: Teams.}}\n")
    assert [problem.code for problem in caught.value.problems] == ["duplicate-key"]


def test_spelled_out_every_entry_has_its_fields_and_means_the_same() -> None:
    document = load(EXAMPLE)
    data = spelled_out(document)
    assert data["indicators"][0]["categories"][0] == {"code": "firearms"}
    assert data["indicators"][1] == {"code": "firearms-seized"}
    assert decode(data) == document
    assert from_data(data) == document


def emptied(value: Any) -> Any:
    """Return the empty value that stands for ``value``."""
    if isinstance(value, (tuple, str)):
        return type(value)()
    return {} if isinstance(value, Mapping) else None


COMPLETE = plan(
    policy_cycle=CycleLink(code="EMPACT-2026-2029", priorities=("firearms",)),
    resources=(plandoc.Resource(kind="officers", quantity=12),),
    budget=(plandoc.BudgetLine(source="national", amount=Decimal(5000)),),
    coordination=Coordination(
        centre={"en": "Centre"},
        around_the_clock=True,
        shifts=(plandoc.Shift(name={"en": "Night"}, since=time(20), until=time(8)),),
    ),
)
REMOVABLE = [f"sections/{code}" for code in COMPLETE.sections] + [
    "action_areas",
    "channels",
    "coordination",
    "coordination/shifts",
    "indicators",
    "objectives",
    "policy_cycle",
    "policy_cycle/priorities",
    "resources",
    "risks",
    "safeguards/complaints",
    "safeguards/data_protection",
    "safeguards/fundamental_rights",
    "safeguards/reviewer",
    "safeguards/statement",
    "safeguards/vulnerable_persons",
    "summary",
    "tasks",
]


def without(document: PlanDocument, path: str) -> PlanDocument:
    """Return ``document`` without what stands at ``path``."""
    first, _slash, rest = path.partition("/")
    value = getattr(document, first)
    if not rest:
        return dataclasses.replace(document, **{first: emptied(value)})
    if value is None:
        return document
    if first == "sections":
        return dataclasses.replace(document, sections={k: v for k, v in value.items() if k != rest})
    inner = dataclasses.replace(value, **{rest: emptied(getattr(value, rest))})
    return dataclasses.replace(document, **{first: inner})


@given(st.lists(st.sampled_from(REMOVABLE), unique=True, max_size=6))
def test_no_plan_with_an_incomplete_section_passes(removed: list[str]) -> None:
    assert readiness(COMPLETE) == []
    document = COMPLETE
    for path in removed:
        document = without(document, path)

    states = section_states(document)
    incomplete = [state.section.code for state in states if state.status is Status.INCOMPLETE]
    assert bool(incomplete) == bool(removed)
    assert bool(readiness(document)) == bool(incomplete)
    assert {section_of(problem.pointer) for problem in readiness(document)} == set(incomplete)
    assert all(bool(state.missing) == (state.status is Status.INCOMPLETE) for state in states)
