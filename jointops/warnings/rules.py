"""What is right about warnings: plain functions over plain data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from jointops.kernel import personal
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _, said_of
from jointops.warnings.models import FeedbackAnswer, WarningKind, WarningState

TITLE_LENGTH = 200
PLACE_LENGTH = 300
TEXT_LENGTH = 4000

KIND_LABELS: Mapping[WarningKind, str] = {
    WarningKind.CONSIGNMENT: _("Consignment"),
    WarningKind.VEHICLE: _("Vehicle"),
    WarningKind.PATTERN: _("Pattern, of no single person"),
}

STATE_LABELS: Mapping[WarningState, str] = {
    WarningState.OPEN: said_of("warning", "Open"),
    WarningState.CLOSED: said_of("warning", "Closed"),
    WarningState.WITHDRAWN: said_of("warning", "Withdrawn"),
}

ANSWER_LABELS: Mapping[FeedbackAnswer, str] = {
    FeedbackAnswer.FOUND: _("Found"),
    FeedbackAnswer.CHECKED: _("Checked, nothing found"),
    FeedbackAnswer.NOT_SEEN: _("Not seen"),
    FeedbackAnswer.CANNOT_CHECK: _("Cannot check"),
}


@dataclass(frozen=True, slots=True)
class WarningInput:
    """A warning to be sent.

    ``sender`` is the warning unit's code (``None``: the coordination centre); ``units`` the codes of those to warn,
    ``authority`` a type of authority in place of them. ``since`` ``None`` is now. ``checked`` says that the writer
    has looked at the text again for personal data.
    """

    kind: WarningKind
    title: str
    watch_for: str
    sender: str | None = None
    expected_at: str = ""
    since: datetime | None = None
    until: datetime | None = None
    units: tuple[str, ...] = ()
    authority: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True)
class WarningCounts:
    """What became of warnings: how many were sent, and of those how many have feedback, led to a result, and so on.

    A warning that was withdrawn counts as sent and as withdrawn. ``asked`` is how many units were warned, each once
    for every warning; ``answered`` how many of them gave feedback; ``results`` how many results are linked.
    """

    sent: int = 0
    withdrawn: int = 0
    with_feedback: int = 0
    with_result: int = 0
    asked: int = 0
    answered: int = 0
    results: int = 0

    def to_data(self) -> dict[str, int]:
        """Return it as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a warning is checked against: the codes of the operation's units, and of the types of authority."""

    units: Collection[str]
    authorities: Collection[str]


def problems_of(given: WarningInput, frame: Frame) -> list[Problem]:
    """Return everything that is wrong with a warning, each with its place."""
    problems = [
        *_text("/title", given.title, TITLE_LENGTH, required=True),
        *_text("/watch_for", given.watch_for, TEXT_LENGTH, required=True),
        *_text("/expected_at", given.expected_at, PLACE_LENGTH),
    ]
    if given.sender is not None and given.sender not in frame.units:
        problems.append(_unknown(given.sender, "/sender", frame))
    problems += [
        _unknown(unit, f"/units/{place}", frame)
        for place, unit in enumerate(given.units)
        if unit not in frame.units
    ]
    if given.authority and given.authority not in frame.authorities:
        message = _("There is no type of authority “${code}”.", mapping={"code": given.authority})
        problems.append(Problem("authority-unknown", message, "/authority", tuple(frame.authorities)))
    if bool(given.units) == bool(given.authority):
        message = _("Choose the units to warn, or a type of authority: one of the two.")
        problems.append(Problem("recipients-missing", message, "/units"))
    if given.since and given.until and given.until < given.since:
        message = _("This lies before the beginning.")
        problems.append(Problem("window-reversed", message, "/until"))
    return problems


def personal_data(checked: bool, texts: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each text (by its place) that looks like personal data and was not looked at again."""
    if checked:
        return []
    return [
        Problem(
            "personal-data-suspected",
            _(
                "This looks like ${what}: “${excerpt}”. Write it so that no person can be told, or say that you "
                "have checked it.",
                mapping={"what": personal.LABELS[found.kind], "excerpt": found.excerpt},
            ),
            pointer,
        )
        for pointer, text in texts.items()
        for found in personal.suspicions(text)[:1]
    ]


def feedback_problems(text: str) -> list[Problem]:
    """Return what is wrong with the text of feedback."""
    return _text("/text", text, TEXT_LENGTH)


def next_code(taken: Iterable[str]) -> str:
    """Return the code of the next warning: ``W1``, ``W2`` and so on."""
    used = [int(code[1:]) for code in taken if code[1:].isdigit()]
    return f"W{max(used, default=0) + 1}"


def _text(pointer: str, text: str, longest: int, *, required: bool = False) -> list[Problem]:
    if required and not text.strip():
        return [Problem("text-missing", _("Write something here."), pointer)]
    if len(text) > longest:
        message = _("This text has at most ${count} characters.", mapping={"count": longest})
        return [Problem("too-long", message, pointer)]
    return []


def _unknown(unit: str, pointer: str, frame: Frame) -> Problem:
    message = _("The operation has no unit “${unit}”.", mapping={"unit": unit})
    return Problem("unit-unknown", message, pointer, tuple(frame.units))
