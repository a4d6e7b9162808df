"""Reasons for doubts as lines of text, and which of them stay with a return."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointops.kernel.errors import Invalid, Problem
from jointops.returns.explanations import explained, from_form, kept, parse, write
from jointops.returns.submission import Submission

REASONS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1)
SUBJECTS = st.text(st.sampled_from("ab-/=% \n1"), min_size=1).map(lambda text: f"x{text}x")


@given(st.dictionaries(SUBJECTS.map(lambda subject: f"personal-data:{subject}"), REASONS))
def test_what_is_written_is_read_again(reasons: dict[str, str]) -> None:
    assert parse(write(reasons)) == reasons


@pytest.mark.parametrize("line", ["because", "no key = because", "a:b", "a:b = 1\na:b = 2"])
def test_a_line_that_is_no_reason_is_named(line: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(f"rule:x = so\n\n{line}", "/Figures/K12")
    assert [(problem.code, problem.pointer) for problem in refused.value.problems] == [
        ("bad-explanation", "/Figures/K12")
    ]


def test_a_form_holds_reasons_by_their_keys() -> None:
    assert from_form([("explain:rule:x", " so "), ("explain:rule:y", " "), ("q.x.", "3")]) == {"rule:x": "so"}


def test_only_what_is_needed_or_answers_a_question_about_the_return_is_kept() -> None:
    given_ones = {"rule:x": "so", "rule:y": "so", "unusual:a": "so", "unusual:b": "so"}
    assert kept(given_ones, ["rule:x"], ["a"]) == {"rule:x": "so", "unusual:a": "so"}


def test_what_is_wrong_is_not_explained() -> None:
    doubt, wrong = Problem("a", "A", "", explain="rule:a"), Problem("b", "B", "")
    assert explained(Submission(), Invalid([doubt]), "so").explanations == {"rule:a": "so"}
    with pytest.raises(Invalid):
        explained(Submission(), Invalid([doubt, wrong]), "so")
