"""What can go wrong, as exceptions: by what the caller can do about it, with every problem and its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class JointopsError(Exception):
    """Anything that this client raises on purpose."""


class Unreachable(JointopsError):
    """No answer came, however often it was tried. Whether it was done is not known: send the same again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what was sent.

    ``code`` is stable, ``message`` for people. ``pointer`` is a JSON pointer (RFC 6901) into what was sent, such as
    ``/values/0/quantity``; in a batch it begins with the place in the list. ``accepted`` lists what would be
    accepted instead, where that is a short list. A problem with an ``explain`` key is a warning: the return is taken
    as it is once ``Return.explanations`` gives a reason under that key.
    """

    code: str
    message: str
    pointer: str = ""
    accepted: tuple[str, ...] = ()
    explain: str = ""


class Refused(JointopsError):
    """The server answered that it did not do it. Nothing was changed.

    ``reference`` names the request in the server's log, where it failed.
    """

    def __init__(
        self, status: int, code: str, detail: str, problems: tuple[Problem, ...] = (), reference: str = ""
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.problems = problems
        self.reference = reference

    @property
    def pointers(self) -> dict[str, Problem]:
        """The problems by the place of the bad value."""
        return {problem.pointer: problem for problem in self.problems}

    @property
    def questions(self) -> tuple[Problem, ...]:
        """The problems that are only warnings, and go away with a reason."""
        return tuple(problem for problem in self.problems if problem.explain)


class NotSignedIn(Refused):
    """The token is missing, expired or revoked."""


class NotAllowed(Refused):
    """The token's owner may not do this, whatever is sent."""


class NotFound(Refused):
    """There is no such thing, or the token's owner may not know of it."""


class Conflict(Refused):
    """The state of the operation or of the return does not admit this."""


class Stale(Refused):
    """Somebody else changed the return: ``given`` is the version that was sent, ``current`` the one that it has."""

    given: str = ""
    current: str = ""


class Invalid(Refused):
    """Something in what was sent is wrong; ``problems`` names every thing that is."""


class ServerFailed(Refused):
    """The server failed, or was too busy however often it was tried."""


_BY_STATUS: Mapping[int, type[Refused]] = {
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: Stale,
    422: Invalid,
}


def refusal(status: int, body: Mapping[str, Any]) -> Refused:
    """Return the exception for an answer of problem details (RFC 9457), or of OData's errors."""
    told: Mapping[str, Any] = body["error"] if isinstance(body.get("error"), Mapping) else body
    problems = tuple(
        Problem(
            code=str(item.get("code", "")),
            message=str(item.get("message", "")),
            pointer=str(item.get("pointer", "")),
            accepted=tuple(map(str, item.get("accepted", ()))),
            explain=str(item.get("explain", "")),
        )
        for item in told.get("errors", ())
    )
    kind = _BY_STATUS.get(status, ServerFailed if status >= 500 else Refused)
    detail = told.get("detail") or told.get("message") or told.get("title") or f"HTTP {status}"
    code = told.get("code") or f"http-{status}"
    error = kind(status, str(code), str(detail), problems, str(told.get("reference", "")))
    if isinstance(error, Stale):
        error.given, error.current = str(told.get("given", "")), str(told.get("current", ""))
    return error
