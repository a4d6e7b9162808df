"""Errors of the domain: code, message, place, and the status that fits."""

from __future__ import annotations

import pytest

from jointops.kernel.errors import (
    Conflict,
    DomainError,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Problem,
    Stale,
)


@pytest.mark.parametrize(
    ("kind", "status"),
    [(DomainError, 400), (NotSignedIn, 401), (NotAllowed, 403), (NotFound, 404), (Conflict, 409)],
)
def test_a_kind_of_refusal_has_its_status(kind: type[DomainError], status: int) -> None:
    error = kind("some-code", "Some message.", "/place", ["this", "that"])

    assert error.status == status
    assert error.problems == (Problem("some-code", "Some message.", "/place", ("this", "that")),)


def test_an_invalid_input_names_everything_that_is_wrong() -> None:
    problems = [Problem("first", "One."), Problem("second", "Two.", "/two")]

    error = Invalid(problems)

    assert (error.status, error.code, error.message) == (422, "first", "One.")
    assert error.problems == tuple(problems)


def test_an_invalid_input_without_a_problem_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        Invalid([])


def test_a_stale_copy_names_both_versions() -> None:
    error = Stale("Somebody was faster.", given="3", current="4")

    assert (error.status, error.code, error.given, error.current) == (412, "stale-version", "3", "4")
