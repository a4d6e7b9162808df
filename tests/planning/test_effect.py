"""What drafts make of a plan: days that move along, units that leave their tasks, problems told by field."""

from __future__ import annotations

from datetime import date
from typing import Any

from jointops.operations import planfile
from jointops.planning import effect as effects
from jointops.planning.effect import Effect, effect_of
from tests import builders
from tests.builders import plan


def effect(section: str, cells: dict[str, str], **changed: Any) -> Effect:
    return effect_of(planfile.to_data(plan(**changed)), {section: cells})


def test_another_first_day_moves_every_day_along() -> None:
    moved = effect("general", {"/period/start": "2027-05-10"}).document
    assert moved is not None
    assert (moved.period.start, moved.period.end) == (date(2027, 5, 10), date(2027, 5, 14))
    assert moved.tasks[0].days == (date(2027, 5, 10), date(2027, 5, 14))


def test_a_unit_that_is_taken_out_leaves_its_tasks() -> None:
    made = effect("participants", {"/participants/@RS": "", "/participants/@ES/border-guard": ""})
    assert (list(made.tasks_lost), list(made.tasks_changed)) == (["T1"], [])
    assert made.document is not None
    assert made.document.tasks == ()
    assert list(effect("participants", {"/participants/@RS": ""}).tasks_changed) == ["T1"]


def test_what_is_wrong_is_told_at_its_field_and_its_section() -> None:
    cells = {"/objectives/0/target/at_least": "many", "/objectives/1/code": "O2"}
    found = {(item.section, item.name, item.problem.code) for item in effect("objectives", cells).problems}
    assert found == {
        ("objectives", "/objectives/0/target/at_least", "not-a-number"),
        ("objectives", "/objectives/1/title", "missing-key"),
    }
    lead = effect("participants", {"/participants/@ES": ""})
    assert lead.document is None
    assert {item.section for item in lead.problems} >= {"general", "action-areas"}


def test_a_text_and_a_reason_contradict_each_other() -> None:
    cells = {"/sections/judicial/en": "Ready.", "/sections/judicial/not_applicable/en": "No arrests."}
    (found,) = effect("judicial", cells).of("judicial")
    assert found.problem.code == "text-and-reason"


def test_very_many_tasks_are_checked_where_they_changed(monkeypatch: Any) -> None:
    monkeypatch.setattr(effects, "MANY_TASKS", 0)
    wrong = effect("tasks", {"/tasks/1/code": "T2", "/tasks/0/title/en": "Other"})
    assert {item.name for item in wrong.problems} == {"/tasks/1/title", "/tasks/1/units"}
    right = effect("tasks", {"/tasks/0/title/en": "Other", "/tasks/0/lead": "ES-POLICE"})
    assert [item.name for item in right.problems] == ["/tasks/0/lead"]
    fine = effect("tasks", {"/tasks/0/title/en": "Other"}).document
    assert fine is not None
    assert fine.tasks[0].title == {"en": "Other"}
    assert builders.plan().tasks[0].title != fine.tasks[0].title
