"""What can go wrong, in the domain's words. Pages, API and command line turn these into answers, each in one place.

Every error has a stable code (lower-case, hyphenated), a message for people that says what is wrong and how to mend
it, and where it applies the place: a JSON pointer into what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input.

    ``pointer`` is a JSON pointer (RFC 6901) into the input, ``""`` for the whole; ``accepted`` lists what would be
    accepted in its place, where that is a short list. A problem with an ``explain`` key is a warning: the input is
    taken as it is once a reason is given under that key.
    """

    code: str
    message: str
    pointer: str = ""
    accepted: tuple[str, ...] = field(default=())
    explain: str = ""

    @property
    def place(self) -> Mapping[str, str | int]:
        """Where in a file it stands and what stands there, as those name it who filled it in; empty outside files."""
        return {}


class DomainError(Exception):
    """A refusal by the domain, with the HTTP status that fits it."""

    status = 400

    def __init__(self, code: str, message: str, pointer: str = "", accepted: Sequence[str] = ()) -> None:
        super().__init__(code, str(message))
        self.code = code
        self.message = message
        self.problems: tuple[Problem, ...] = (Problem(code, message, pointer, tuple(accepted)),)


class Invalid(DomainError):
    """The input is wrong; ``problems`` names every thing that is, not only the first."""

    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("an Invalid error needs at least one problem")
        super().__init__(problems[0].code, problems[0].message, problems[0].pointer, problems[0].accepted)
        self.problems = tuple(problems)


class NotAllowed(DomainError):
    """The person may not do this to this record, whatever they send."""

    status = 403


class NotSignedIn(DomainError):
    """Nobody is signed in, or the token is not (or no longer) valid."""

    status = 401


class NotFound(DomainError):
    """There is no such thing, or the person may not know of it."""

    status = 404


class Conflict(DomainError):
    """The record's state does not admit this step; the message says which step or condition is missing."""

    status = 409


class Stale(DomainError):
    """The person's copy is not the current one: ``given`` and ``current`` name both versions.

    ``changes`` is plain data about what changed since, where whoever raised it can say so.
    """

    status = 412

    def __init__(self, message: str, *, given: str, current: str) -> None:
        super().__init__("stale-version", message)
        self.given = given
        self.current = current
        self.changes: list[dict[str, Any]] = []
