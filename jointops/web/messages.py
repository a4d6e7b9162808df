"""What marshmallow says about an input, in our words: a stable code and a sentence in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "Missing data for required field.": ("missing", _("This is needed.")),
    "Field may not be null.": ("missing", _("This may not be null.")),
    "Unknown field.": ("unknown-field", _("There is no such field.")),
    "Invalid input type.": ("wrong-type", _("Send an object here.")),
    "Not a valid mapping type.": ("wrong-type", _("Send an object here.")),
    "Not a valid list.": ("wrong-type", _("Send a list here.")),
    "Not a valid string.": ("wrong-type", _("Send text here.")),
    "Not a valid boolean.": ("wrong-type", _("Send true or false here.")),
    "Not a valid integer.": ("not-an-integer", _("Send a whole number here.")),
    "Number too large.": ("not-an-integer", _("Send a smaller whole number here.")),
    "Not a valid number.": ("not-a-number", _("Send an exact number as text here, such as “12.5”.")),
    "Must not be negative.": ("negative-quantity", _("A quantity may not be negative.")),
    "Not a valid date.": ("not-a-day", _("Send a day here, such as 2027-05-03.")),
    "Not a valid datetime.": (
        "not-an-instant",
        _("Send a time with its offset here, such as 2027-05-03T20:00:00+02:00."),
    ),
    "Not a valid time.": ("not-a-time", _("Send a time of day here, such as 20:00.")),
    "String does not match expected pattern.": (
        "wrong-form",
        _("This does not have the form that is asked for."),
    ),
}

_PATTERNS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"Length must be between (?P<min>\d+) and (?P<max>\d+)\."),
        "wrong-length",
        _("Send from ${min} to ${max} characters or items."),
    ),
    (
        re.compile(r"Longer than maximum length (?P<max>\d+)\."),
        "wrong-length",
        _("Send at most ${max} characters or items."),
    ),
    (
        re.compile(r"Shorter than minimum length (?P<min>\d+)\."),
        "wrong-length",
        _("Send at least ${min} characters or items."),
    ),
    (
        re.compile(r"Must be greater than or equal to (?P<min>\S+) and less than or equal to (?P<max>\S+)\."),
        "out-of-range",
        _("Send a number from ${min} to ${max}."),
    ),
    (
        re.compile(r"Must be greater than or equal to (?P<min>\S+)\."),
        "out-of-range",
        _("Send ${min} or more."),
    ),
    (re.compile(r"Must be less than or equal to (?P<max>\S+)\."), "out-of-range", _("Send ${max} or less.")),
)

_CHOICES = re.compile(r"Must be one of: (?P<choices>.*)\.")


def problem(message: str, pointer: str) -> Problem:
    """Return marshmallow's ``message`` about the input at ``pointer`` as a problem of ours.

    A message that is not known here is told as it is, under the code ``invalid-value``.
    """
    if message in _SENTENCES:
        code, text = _SENTENCES[message]
        return Problem(code, text, pointer)
    if choices := _CHOICES.fullmatch(message):
        accepted = tuple(choices["choices"].split(", "))
        return Problem("not-accepted", _("Choose one of what is accepted here."), pointer, accepted)
    for pattern, code, text in _PATTERNS:
        if found := pattern.fullmatch(message):
            return Problem(code, text % found.groupdict(), pointer)
    return Problem("invalid-value", message, pointer)
