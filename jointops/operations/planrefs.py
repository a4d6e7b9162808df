"""References inside a plan: what its parts may name, and refusals that say what exists."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.operations.plandoc import Period
from jointops.operations.planindicators import AskedIndicator

MOST_ACCEPTED_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Known:
    """What the parts of a plan may refer to."""

    parties: tuple[str, ...]
    areas: tuple[str, ...]
    units: tuple[str, ...]
    indicators: Mapping[str, AskedIndicator]
    span: Period
    rates: Mapping[str, Decimal]


def unknown(code: str, value: str, pointer: str, accepted: Iterable[str]) -> Problem:
    """Refuse a reference to something that does not exist, showing what does, or what comes closest to it."""
    options = tuple(accepted)
    # What is no text was refused for its shape before; what it comes closest to is looked for all the same.
    close = difflib.get_close_matches(str(value), options, n=1)
    if 0 < len(options) <= MOST_ACCEPTED_SHOWN:
        message = _(
            "“${value}” is not accepted here. Use one of: ${accepted}.",
            mapping={"value": value, "accepted": ", ".join(options)},
        )
    elif close:
        message = _(
            "“${value}” is not accepted here. Did you mean “${close}”?",
            mapping={"value": value, "close": close[0]},
        )
    else:
        message = _(
            "“${value}” is not accepted here. Correct it, or add it where it is defined.",
            mapping={"value": value},
        )
    return Problem(code, message, pointer, options)


def among(code: str, values: Iterable[str], pointer: str, accepted: Collection[str]) -> Iterator[Problem]:
    """Check a list of references, each at its own pointer."""
    for n, value in enumerate(values):
        if value not in accepted:
            yield unknown(code, value, f"{pointer}/{n}", accepted)


def one_of(code: str, value: str | None, pointer: str, accepted: Collection[str]) -> Iterator[Problem]:
    """Check one reference, if it is given."""
    if value is not None and value not in accepted:
        yield unknown(code, value, pointer, accepted)


def unique(values: Iterable[str], pointer: str, key: str = "code") -> Iterator[Problem]:
    """Refuse the second and later of equal codes in a list of things."""
    seen: dict[str, int] = {}
    for n, value in enumerate(values):
        if value in seen:
            message = _(
                "“${value}” is already entry ${first} of this list. Give each its own.",
                mapping={"value": value, "first": seen[value] + 1},
            )
            yield Problem("duplicate-code", message, f"{pointer}/{n}/{key}")
        seen.setdefault(value, n)


def outside(day: date, span: Period, pointer: str, template: bool) -> Problem:
    """Refuse a day that is not in the operation."""
    if template:
        message = _("The day is outside the operation. Count from day 1, the first action day.")
        return Problem("day-outside-operation", message, pointer)
    message = _(
        "${day} is outside the operation, which goes from ${start} to ${end}.",
        mapping={"day": day.isoformat(), "start": span.start.isoformat(), "end": span.end.isoformat()},
    )
    return Problem("day-outside-operation", message, pointer, (f"{span.start}/{span.end}",))
