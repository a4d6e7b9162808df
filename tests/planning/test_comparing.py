"""Versions side by side: rows by their codes, words that changed, and the change log in sentences."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from jointops.operations.plandoc import Participant, PlanUnit, Publication, Risk, Section, Target
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
    assert "What was published: P1 added" in log
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


def test_another_order_is_told_by_the_fewest_entries_that_were_moved() -> None:
    codes = ("R1", "R2", "R3", "R4", "R5")
    risks = [Risk(code=code, title={"en": code}, likelihood="low", impact="low") for code in codes]
    before = plan(risks=tuple(risks))
    after = plan(risks=(risks[4], *risks[:4]))
    log = change_log(compare(before, after, "en"), "en")
    assert log == ["Risks, R5: Place in the list from 5 to 1"]
    assert change_log(compare(after, after, "en"), "en") == []


def test_what_an_indicator_says_of_its_own_is_compared_in_words() -> None:
    before = plan()
    after = plan(indicators=(replace(before.indicators[0], direction="lower"), *before.indicators[1:]))
    section = next(one for one in compare(before, after, "en") if one.code == "objectives")
    (row,) = section.parts[0].rows
    assert (row.key, row.fields[0].label, row.fields[0].new) == (
        "persons-arrested",
        "Better is",
        "lower is better",
    )
