"""Paper forms for when nothing else works: short codes for the fields, a code with check characters for the form.

Plain functions. The codes follow from a version of the plan, so that every form of a version has the same ones,
whoever prints it. What was written on a form is typed as it stands there: ``A1 12 A2 3.5kg``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zlib import crc32

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations import planindicators
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planindicators import AskedIndicator
from jointops.returns.intake.sent import with_its_unit
from jointops.returns.submission import ValueEntry

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without I and O, which are read as 1 and 0."""

_CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O and U; the first three are read as 1, 1 and 0."""

_READ_AS = str.maketrans("ILO", "110", "- ·")

_PRIME = 1021
"""The largest prime below 32²: a remainder by it, in two characters, changes with any one character that is written
wrong and with any two that change places."""

_UNITS, _DAYS, _VERSIONS = 4096, 1024, 1024
_BLANK = _DAYS - 1
_LENGTH = 7
"""Characters for one of 2³² combinations of unit, day and version; two more are the check."""

NIL = "NIL"
"""Typed instead of figures where the box for a nil return is ticked."""

MAX_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form: its code, and what is counted there; ``category`` ``None`` is the total."""

    code: str
    indicator: str
    category: str | None


@dataclass(frozen=True, slots=True)
class FormCode:
    """Whose form it is: the unit, the day (``None``: to be written on it) and the version of the plan."""

    unit: str
    day: date | None
    plan_version: int


def fields(document: PlanDocument) -> Mapping[str, Field]:
    """Return the fields of every form of a plan by their codes: a letter for an indicator, a number for its parts."""
    found: dict[str, Field] = {}
    for position, indicator in enumerate(planindicators.asked(document).values()):
        first, last = divmod(position, len(_LETTERS))
        letters = (_LETTERS[first - 1] if first else "") + _LETTERS[last]
        for number, category in enumerate((None, *indicator.categories), start=1):
            found[f"{letters}{number}"] = Field(f"{letters}{number}", indicator.code, category)
    return found


# --- The form's code -------------------------------------------------------------------------------------------------


def form_code(document: PlanDocument, version: int, unit: str, day: date | None) -> str:
    """Return the code of a form, as it is printed: ``0G40-1K2-7V``."""
    position = [each.code for each in document.units()].index(unit)
    offset = _BLANK if day is None else (day - _first_day(document)).days
    number = (position * _DAYS + offset) * _VERSIONS + version % _VERSIONS
    text = _in_characters(number, _LENGTH) + _in_characters(_check(number, document.code), 2)
    return f"{text[:4]}-{text[4:7]}-{text[7:]}"


def version_of(code: str) -> int:
    """Return the plan version that a form's code names (modulo 1024); raises Invalid (``form-code-wrong``)."""
    return _number(code) % _VERSIONS


def read_form_code(document: PlanDocument, version: int, code: str) -> FormCode:
    """Return whose form a code is, by the version of the plan that it names.

    Raises Invalid (``form-code-wrong``) for one that was mistyped or is of another operation.
    """
    number = _number(code)
    text = code.upper().translate(_READ_AS)
    units = [each.code for each in document.units()]
    position, rest = divmod(number // _VERSIONS, _DAYS)
    check = _CHARACTERS.index(text[_LENGTH]) * 32 + _CHARACTERS.index(text[_LENGTH + 1])
    if check != _check(number, document.code) or position >= len(units):
        raise _wrong(code)
    day = None if rest == _BLANK else _first_day(document) + timedelta(days=rest)
    return FormCode(units[position], day, version)


def _first_day(document: PlanDocument) -> date:
    before = document.phases.preparatory
    return min(document.period.start, before.start) if before is not None else document.period.start


def _number(code: str) -> int:
    text = code.upper().translate(_READ_AS)
    if len(text) != _LENGTH + 2 or any(character not in _CHARACTERS for character in text):
        raise _wrong(code)
    number = 0
    for character in text[:_LENGTH]:
        number = number * 32 + _CHARACTERS.index(character)
    return number


def _check(number: int, operation: str) -> int:
    # The operation's code is in the remainder, so that a form of another operation is noticed too.
    return (number * 1024 + crc32(operation.encode())) % _PRIME


def _in_characters(number: int, length: int) -> str:
    found = ""
    for _place in range(length):
        number, last = divmod(number, 32)
        found = _CHARACTERS[last] + found
    return found


def _wrong(code: str) -> Invalid:
    message = _(
        "“${code}” is not the code of a form of this operation. Look at it again: it has nine characters, the last "
        "two of which check the others.",
        mapping={"code": code[:40]},
    )
    return Invalid([Problem("form-code-wrong", message, "/form")])


# --- What was written on it ------------------------------------------------------------------------------------------

_FIELD = re.compile(r"[A-HJ-NP-Z]{1,2}[1-9][0-9]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """What was typed from a form: its figures, each with the code of its field, or that there was nothing."""

    values: tuple[ValueEntry, ...]
    codes: tuple[str, ...]
    nil: bool


def read_entries(text: str, known: Mapping[str, Field], indicators: Mapping[str, AskedIndicator]) -> Written:
    """Read field codes and quantities in sequence; a unit may stand behind its quantity, with or without a space.

    Raises Invalid with every problem: ``field-unknown``, ``field-twice``, ``quantity-missing``, ``field-missing``,
    ``nil-with-values``.
    """
    problems: list[Problem] = []
    given: dict[str, list[str]] = {}
    current: str | None = None
    nil = False
    for token in text.replace(";", " ").split()[: MAX_ENTRIES * 3]:
        code = token.upper()
        if code == NIL:
            nil, current = True, None
        elif _FIELD.fullmatch(token) and (current is None or given[current] or code in known):
            if code in given:
                problems.append(
                    _problem("field-twice", _("${code} was typed twice.", mapping={"code": code}))
                )
            elif code not in known:
                message = _("There is no field ${code} on this form.", mapping={"code": code})
                problems.append(_problem("field-unknown", message))
            given[code] = []
            current = code
        elif current is None:
            message = _(
                "“${text}” stands behind no field. Type the field’s code first.", mapping={"text": token[:40]}
            )
            problems.append(_problem("field-missing", message))
        else:
            given[current].append(token)
    values = []
    for code, tokens in given.items():
        if not tokens:
            message = _("${code} has no quantity.", mapping={"code": code})
            problems.append(_problem("quantity-missing", message))
        elif code in known:
            values.append(_value(known[code], " ".join(tokens), indicators))
    if nil and given:
        message = _("A nil form has no figures. Take out NIL, or the figures.")
        problems.append(_problem("nil-with-values", message))
    if problems:
        raise Invalid(problems)
    return Written(tuple(values), tuple(given), nil)


def _value(field: Field, text: str, indicators: Mapping[str, AskedIndicator]) -> ValueEntry:
    quantity, unit = with_its_unit(text, "", indicators.get(field.indicator))
    return ValueEntry(
        indicator=field.indicator, category=field.category, quantity=quantity, unit=unit or None
    )


def _problem(code: str, message: str) -> Problem:
    return Problem(code, message, "/entries")
