"""Writing answers as OData's JSON: exact numbers, instants in UTC; errors in OData's form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jointops.kernel import clock
from jointops.kernel.errors import Problem
from jointops.kernel.types import quantity_text

VERSION = "4.0"
"""The version of OData that answers speak: that of Excel and Power BI."""


def write(value: Any, *, numbers_as_text: bool = False) -> str:
    """Return ``value`` as JSON. ``numbers_as_text`` writes decimals and 64-bit numbers as text (IEEE754Compatible).

    Decimals are written digit by digit: nothing passes through binary floating point.
    """
    match value:
        case str() | bool() | None:
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return f'"{quantity_text(value)}"' if numbers_as_text else quantity_text(value)
        case int():
            return str(value)
        case datetime():
            return f'"{clock.iso(value)}"'
        case date():
            return f'"{value.isoformat()}"'
        case Mapping():
            pairs = (
                f"{json.dumps(name)}:{write(_wide(name, item, numbers_as_text), numbers_as_text=numbers_as_text)}"
                for name, item in value.items()
            )
            return "{" + ",".join(pairs) + "}"
        case Sequence():
            return "[" + ",".join(write(item, numbers_as_text=numbers_as_text) for item in value) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} is nothing of the feed")


_WIDE = frozenset({"id", "incident_id", "joint_result"})
"""The properties of type ``Edm.Int64``."""


def _wide(name: str, value: Any, numbers_as_text: bool) -> Any:
    wide = name in _WIDE or name.endswith("@odata.count")
    return str(value) if numbers_as_text and wide and value is not None else value


def error(code: str, message: str, problems: Sequence[Problem], reference: str = "") -> dict[str, Any]:
    """Return a refusal in OData's form; the messages are translated. ``target`` names the option, without the path."""
    first = problems[0] if problems else None
    body: dict[str, Any] = {"code": code, "message": _with_accepted(message, first)}
    if first is not None and first.pointer:
        body["target"] = _target(first.pointer)
    if len(problems) > 1:
        body["details"] = [
            {
                "code": item.code,
                "message": _with_accepted(item.message, item),
                "target": _target(item.pointer),
            }
            for item in problems
        ]
    if reference:
        body["innererror"] = {"reference": reference}
    return {"error": body}


def _target(pointer: str) -> str:
    return pointer.removeprefix("/query/")


def _with_accepted(message: str, problem: Problem | None) -> str:
    """OData's errors have no place for what would be accepted: it goes with the message."""
    if problem is None or not problem.accepted:
        return message
    return f"{message} ({', '.join(problem.accepted)})"
