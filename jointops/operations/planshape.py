"""The shape of a plan: the published JSON Schema, and each way of departing from it in words that help to mend it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, validators
from jsonschema.exceptions import ValidationError

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.paths import folder
from jointops.operations.planyaml import pointer_to
from jointops.reference.catalogue import catalogue
from jointops.reference.measure import parse_decimal

MOST_PROBLEMS = 200
"""Nobody mends more at one sitting; the rest is found at the next check."""

RATE_DECIMALS = 10

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DAY_NUMBER = re.compile(r"-?[0-9]{1,4}", re.ASCII)
_COORDINATE = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,10})?", re.ASCII)


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON Schema of plan files, as published in ``plans/plan.schema.json``."""
    loaded: Mapping[str, Any] = json.loads((folder("plans") / "plan.schema.json").read_text(encoding="utf-8"))
    return loaded


def problems_of(data: Any) -> list[Problem]:
    """Return every departure of ``data`` from the schema, each once, at most :data:`MOST_PROBLEMS`."""
    template = isinstance(data, dict) and data.get("template") is True
    found: dict[tuple[str, str], Problem] = {}
    for error in islice(_validator(template).iter_errors(data), MOST_PROBLEMS):
        for problem in _explain(error, template):
            found.setdefault((problem.pointer, problem.code), problem)
    return [*found.values(), *_written_twice(data)]


def _written_twice(data: Any) -> Iterator[Problem]:
    """Refuse a section that is given under its code of today and under one of before."""
    found = data.get("sections") if isinstance(data, dict) else None
    sections: Mapping[str, Any] = found if isinstance(found, dict) else {}
    for code in sections:
        current = catalogue().section_code(str(code))
        if current != code and current in sections:
            message = _(
                "“${code}” is now a part of “${current}”, which is there too. Put both texts under that one.",
                mapping={"code": code, "current": current},
            )
            yield Problem("duplicate-key", message, pointer_to("/sections", code))


@cache
def _validator(template: bool) -> Any:
    checker = FormatChecker(formats=())
    checker.checks("quantity")(lambda value: _number_problem(value) is None)
    checker.checks("rate")(lambda value: _rate_is_good(value))
    checker.checks("coordinate")(lambda value: _matches(_COORDINATE, value))
    checker.checks("time-of-day")(lambda value: _matches(_TIME, value))
    checker.checks("plan-day")(lambda value: _is_day(value, template))
    checker.checks("instant")(lambda value: _is_instant(value))
    # Codes, days and the like stand in a plan many times over: what was right once is not looked at again.
    right: set[tuple[str, type, str | int]] = set()

    def referred(validator: Any, ref: str, instance: Any, within: Any) -> Iterator[ValidationError]:
        if not isinstance(instance, (str, int)):
            yield from _BY_REFERENCE(validator, ref, instance, within)
            return
        key = (ref, type(instance), instance)
        if key in right:
            return
        errors = list(_BY_REFERENCE(validator, ref, instance, within))
        if not errors and len(right) < _REMEMBERED and len(str(instance)) < _SHORT:
            right.add(key)
        yield from errors

    extend: Any = validators.extend
    kind = extend(Draft202012Validator, {"$ref": referred})
    return kind(schema(), format_checker=checker)


_BY_REFERENCE: Any = Draft202012Validator.VALIDATORS["$ref"]
_REMEMBERED = 20_000
_SHORT = 100


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return not isinstance(value, (str, int, float)) or bool(pattern.fullmatch(str(value)))


def _is_day(value: object, template: bool) -> bool:
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return True
    if template:
        return bool(_DAY_NUMBER.fullmatch(str(value)))
    try:
        return bool(_DAY.fullmatch(str(value)) and date.fromisoformat(str(value)))
    except ValueError:
        return False


def _is_instant(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _number_problem(value: object, pointer: str = "", decimals: int = 6) -> Problem | None:
    if isinstance(value, (dict, list)) or value is None:
        return None
    try:
        parse_decimal(str(value), decimals=decimals, pointer=pointer)
    except Invalid as refused:
        return refused.problems[0]
    return None


def _rate_is_good(value: object) -> bool:
    if isinstance(value, (dict, list)):
        return True
    return _number_problem(value, decimals=RATE_DECIMALS) is None and Decimal(str(value)) > 0


_PATTERN_MESSAGES = {
    "^[A-Z0-9]+(-[A-Z0-9]+)*$": (
        "bad-code",
        _("“${value}” is not a code: capitals, digits and hyphens, such as EXAMPLE-2027."),
    ),
    "^[a-z0-9]+(-[a-z0-9]+)*$": (
        "bad-code",
        _("“${value}” is not a code: lower case, digits and hyphens, such as cocaine-seized."),
    ),
    "^[A-Za-z0-9][A-Za-z0-9._-]*$": (
        "bad-code",
        _("“${value}” is not a code: letters, digits, points and hyphens, such as T-12."),
    ),
    "^([A-Z]{2}|[a-z0-9]+(-[a-z0-9]+)*)$": (
        "bad-code",
        _(
            "“${value}” is not a party: a country is two capitals, such as RO, an agency lower case, such as europol."
        ),
    ),
    "^[A-Z0-9]+(-[A-Z0-9]+)+$": (
        "bad-code",
        _(
            "“${value}” is not the code of a reporting unit: party, hyphen and name in capitals, such as RO-POLICE."
        ),
    ),
    "\\S": ("blank-text", _("The text is blank. Write it, or leave the language out.")),
    "^https?://\\S+$": (
        "bad-address",
        _("“${value}” is not a web address. It begins with https:// or http://."),
    ),
}

_FORMAT_MESSAGES = {
    "rate": (
        "bad-rate",
        _(
            "“${value}” is not an exchange rate: euro for one unit of the currency, more than 0, such as 0.7745."
        ),
        ("0.7745",),
    ),
    "coordinate": (
        "bad-coordinate",
        _("“${value}” is not a coordinate: degrees with a point before the decimals, such as 52.09."),
        ("52.09",),
    ),
    "time-of-day": (
        "bad-time",
        _("“${value}” is not a time of day. Write hours and minutes, such as 20:00."),
        ("20:00",),
    ),
    "instant": (
        "bad-instant",
        _("“${value}” is not an instant. Write date, time and offset, such as 2027-05-03T14:20:00+02:00."),
        ("2027-05-03T14:20:00+02:00",),
    ),
}

_DAY_MESSAGE = _("“${value}” is not a day. Write year, month and day, such as 2027-05-03.")
_DAY_NUMBER_MESSAGE = _(
    "“${value}” is not a day of a template. Write a number: 1 is the first action day, 0 the day before."
)

_TYPE_MESSAGES = {
    "string": _("Write text here, not a list and not keys with values."),
    "integer": _("Write a whole number here."),
    "boolean": _("Write true or false here."),
    "array": _("Write a list here: each entry on a line of its own after a hyphen, or all between [ and ]."),
    "object": _("Write keys with values here."),
}


def _explain(error: ValidationError, template: bool) -> Iterator[Problem]:
    """Turn one error of the validator into problems for people."""
    pointer = ""
    for key in error.absolute_path:
        pointer = pointer_to(pointer, key)
    keyword = str(error.validator)
    wanted: Any = error.validator_value
    value: Any = error.instance
    if keyword == "additionalProperties":
        yield from _unknown_keys(error.schema, value, pointer)
    elif keyword == "required":
        yield from _missing_keys(wanted, value, pointer)
    elif keyword == "format":
        yield _wrong_format(str(wanted), value, pointer, template)
    elif keyword == "pattern":
        code, message = _PATTERN_MESSAGES.get(
            str(wanted), ("unknown-code", _("“${value}” is not one of the codes."))
        )
        yield _problem(code, message, pointer, value=value)
    elif keyword in ("enum", "const"):
        accepted = tuple(str(option) for option in ([wanted] if keyword == "const" else wanted))
        code = "unsupported-format" if keyword == "const" else "unknown-code"
        message = _("“${value}” is not accepted here. Write one of: ${accepted}.")
        yield _problem(code, message, pointer, accepted, value=value, accepted=", ".join(accepted))
    elif keyword == "type":
        yield _wrong_type(wanted, pointer)
    else:
        yield _wrong_amount(keyword, wanted, value, pointer)


def _problem(
    code: str, message: Any, pointer: str, accepted_values: tuple[str, ...] = (), **values: object
) -> Problem:
    shown = {name: str(value)[:80] if name == "value" else value for name, value in values.items()}
    return Problem(code, message % shown, pointer, accepted_values)


def _unknown_keys(found_schema: Any, value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    known = list(found_schema.get("properties", {}))
    patterns = list(found_schema.get("patternProperties", {}))
    for key in value:
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        close = difflib.get_close_matches(key, known, n=1)
        if close:
            message = _(
                "“${key}” is not known here. Did you mean “${close}”?",
                mapping={"key": key, "close": close[0]},
            )
        elif patterns and not known:
            message = _("“${key}” is not accepted as a key here.", mapping={"key": key})
        else:
            message = _(
                "“${key}” is not known here. Remove it, or use one of: ${accepted}.",
                mapping={"key": key, "accepted": ", ".join(known)},
            )
        yield Problem("unknown-key", message, pointer_to(pointer, key), tuple(known))


def _missing_keys(wanted: list[str], value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    for key in wanted:
        if key not in value:
            message = _("“${key}” is missing. Add it.", mapping={"key": key})
            yield Problem("missing-key", message, pointer_to(pointer, key), (key,))


def _wrong_format(name: str, value: object, pointer: str, template: bool) -> Problem:
    if name == "quantity":
        found = _number_problem(value, pointer)
        assert found is not None
        return found
    if name == "plan-day":
        message, accepted = (_DAY_NUMBER_MESSAGE, ("1",)) if template else (_DAY_MESSAGE, ("2027-05-03",))
        return _problem("not-a-day", message, pointer, accepted, value=value)
    code, message, accepted = _FORMAT_MESSAGES[name]
    return _problem(code, message, pointer, accepted, value=value)


def _wrong_type(wanted: str | list[str], pointer: str) -> Problem:
    first = wanted if isinstance(wanted, str) else wanted[0]
    accepted = ("true", "false") if first == "boolean" else ()
    return Problem("wrong-type", _TYPE_MESSAGES[first], pointer, accepted)


_AMOUNT_MESSAGES = {
    "minItems": ("too-few", _("The list is empty. Add an entry.")),
    "maxItems": ("too-many", _("The list may have at most ${limit} entries.")),
    "minProperties": ("empty", _("There is nothing here. Fill it in, or leave the key out.")),
    "minLength": ("blank-text", _("The text is blank. Write it, or leave the key out.")),
    "maxLength": ("too-long", _("The text is longer than ${limit} characters.")),
    "minimum": ("out-of-range", _("“${value}” is too small: at least ${limit}.")),
    "maximum": ("out-of-range", _("“${value}” is too large: at most ${limit}.")),
    "uniqueItems": ("duplicate", _("The list holds the same entry twice. Keep one of them.")),
}


def _wrong_amount(keyword: str, wanted: object, value: object, pointer: str) -> Problem:
    code, message = _AMOUNT_MESSAGES[keyword]
    return _problem(code, message, pointer, value=value, limit=wanted)
