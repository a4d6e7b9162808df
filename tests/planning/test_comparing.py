"""Versions side by side: rows by their codes, words that changed, and the change log in sentences."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from jointops.operations.plandoc import Participant, PlanUnit, Publication, Section, Target
from jointops.planning.comparing import Words, change_log, compare, words
from tests.builders import plan


def test_words_that_differ_are_marked_on_their_side() -> None:
    before, after = words("Checks are proportionate.", "Checks are always proportionate.")
    assert before == [Words("same", "Checks are "), Words("same", "proportionate.")]
    assert after == [Words("same", "Checks are "), Words("added", "always "), Words("same", "proportionate.")]
    assert words("", "New")[1] == [Words("added", "New")]


def test_the_same_plan_differs_nowhere() -> None:
    assert not any(section.count for section in compare(plan(), plan(), "en"))


def test_a_change_log_says_in_words_what_changed() -> None:
    before = plan()
    units = (PlanUnit(code="RO-POLICE", authority="police"),)
    after = plan(
        objectives=(replace(before.objectives[0], target=Target(at_least=Decimal(150))),),
        participants=(*before.participants, Participant(party="RO", units=units)),
        sections={**before.sections, "risks": Section(text={"en": "Weather."})},
        publications=(Publication(code="P1", by="Europol"),),
    )
    log = change_log(compare(before, after, "en"), "en")
    assert "Objectives, O1: Target, at least from 100 to 150" in log
    assert "Participants: Romania added" in log
    assert "text of “Risks and how they are met” written" in log
    assert "Publications changed" in log
    french = change_log(compare(before, after, "fr"), "fr")
    assert len(french) == len(log)
    assert any("Roumanie" in sentence for sentence in french)


def test_what_changed_in_another_language_is_seen_too() -> None:
    before = plan()
    (objective,) = before.objectives
    after = plan(objectives=(replace(objective, title={**objective.title, "fr": "Retirer les armes"}),))
    section = next(one for one in compare(before, after, "en") if one.code == "objectives")
    (row,) = section.parts[0].rows
    assert [field.label for field in row.fields] == ["Objective (Français)"]


def test_what_an_entry_says_beside_its_columns_is_compared_by_the_plan_files_keys() -> None:
    before = plan()
    after = plan(indicators=(replace(before.indicators[0], direction="lower"), *before.indicators[1:]))
    section = next(one for one in compare(before, after, "en") if one.code == "objectives")
    (row,) = section.parts[0].rows
    assert (row.key, row.fields[0].label, row.fields[0].new) == ("persons-arrested", "direction", "lower")
