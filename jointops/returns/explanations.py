"""Reasons for what is doubtful in a return, as text and as fields of a form; and which of them are kept.

A reason is named by its key: ``<code>:<what it is about>``, as told in a problem's ``explain``. The key of an answer to
a question about an unusual figure is ``unusual:<indicator>``; nobody has to give one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.returns.submission import Submission

UNUSUAL = "unusual"
"""Code of questions about figures that are far from the usual ones."""

FIELD = "explain:"
"""Fields of a form that hold a reason are named by this and the key."""

MAX_REASON = 2_000
"""Characters of one reason."""

_ESCAPED = (("%", "%25"), ("=", "%3D"), ("\n", "%0A"), ("\r", "%0D"))


def write(explanations: Mapping[str, str]) -> str:
    """Return reasons as text, a line each: ``key = reason``; line breaks within a reason become spaces."""
    return "\n".join(
        f"{_escaped(key)} = {' '.join(reason.split())}" for key, reason in sorted(explanations.items())
    )


def parse(text: str, pointer: str = "/explanations") -> dict[str, str]:
    """Read reasons from lines ``key = reason``; blank lines are left out, and so are keys without a reason.

    Raises :class:`Invalid` (``bad-explanation``) that names each line which is none, at ``pointer``.
    """
    found: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        key, sign, reason = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not sign or ":" not in key or _unescaped(key) in found:
            message = _(
                "Line ${line}, “${text}”, is no reason. Write a line each: the key told with the warning, an equals "
                "sign, and why, such as ${example}.",
                mapping={
                    "line": number,
                    "text": line.strip()[:60],
                    "example": "entered-twice:cocaine-seized = a second find",
                },
            )
            problems.append(Problem("bad-explanation", message, pointer))
        elif reason:
            found[_unescaped(key)] = reason
    if problems:
        raise Invalid(problems)
    return found


def from_form(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the reasons that a form holds in fields named ``explain:<key>``; blank ones are left out."""
    return {
        name.removeprefix(FIELD): text.strip()
        for name, text in fields
        if name.startswith(FIELD) and text.strip()
    }


def kept(explanations: Mapping[str, str], needed: Iterable[str], indicators: Iterable[str]) -> dict[str, str]:
    """Return the reasons that stay with a return: those that were ``needed``, and answers about its ``indicators``."""
    keys = {*needed, *(f"{UNUSUAL}:{code}" for code in indicators)}
    return {key: text for key, text in explanations.items() if key in keys and text.strip()}


def explained(submission: Submission, refused: Invalid, reason: str) -> Submission:
    """Return a refused submission with ``reason`` for all that is doubtful in it; for figures that are made up.

    Raises ``refused`` where something is wrong and not only doubtful.
    """
    keys = [problem.explain for problem in refused.problems]
    if not all(keys):
        raise refused
    return replace(submission, explanations={**submission.explanations, **dict.fromkeys(keys, reason)})


def _escaped(key: str) -> str:
    for sign, code in _ESCAPED:
        key = key.replace(sign, code)
    return key


def _unescaped(text: str) -> str:
    for sign, code in reversed(_ESCAPED):
        text = text.replace(code, sign)
    return text
