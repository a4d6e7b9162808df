"""Rules of single figures: the indicator, category, area, phase, scope, unit of measure and quantity of each row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import TypeVar

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.reference.measure import parse_decimal, parse_quantity
from jointops.returns.checked import NOT_SPECIFIED, IndicatorRule, Line, Rulebook, phase_of
from jointops.returns.models import Certainty, Phase, Scope, Weight
from jointops.returns.submission import IncidentEntry, ValueEntry

MAX_TEXT = 10_000
"""Characters a narrative, a description or a reason may have: several pages."""

MAX_ENTRIES = 2_000
"""Values and incidents in one return: far above any real one, low enough to be checked within a second."""

Member = TypeVar("Member", Phase, Scope)


def checked_values(
    values: Iterable[ValueEntry], rulebook: Rulebook, day: date, problems: list[Problem]
) -> list[tuple[str, bool, Line]]:
    """Return the lines with their pointer and whether they are totals (named no category)."""
    lines: list[tuple[str, bool, Line]] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, value in enumerate(values):
        pointer = f"/values/{number}"
        line = line_of(value, number, pointer, rulebook, day, problems)
        if line is None:
            continue
        key = (line.indicator, line.category, line.action_area, line.phase, line.scope)
        if key in seen:
            problems.append(
                Problem(
                    "duplicate-row",
                    _(
                        "Row ${row} repeats row ${first}: the same indicator, category, action area, phase and scope. "
                        "Put both into one row.",
                        mapping={"row": number + 1, "first": seen[key] + 1},
                    ),
                    pointer,
                )
            )
            continue
        seen[key] = number
        lines.append((pointer, value.category in (None, ""), line))
    return lines


def line_of(
    entry: ValueEntry | IncidentEntry,
    number: int,
    pointer: str,
    rulebook: Rulebook,
    day: date,
    problems: list[Problem],
) -> Line | None:
    """Check one figure; add what is wrong with it to ``problems`` and return None, or return the line."""
    found: list[Problem] = []
    indicator = rulebook.indicators.get(entry.indicator)
    if indicator is None:
        message = _indicator_unknown(entry.indicator, rulebook)
        accepted = tuple(rulebook.indicators)
        problems.append(Problem("indicator-unknown", message, f"{pointer}/indicator", accepted))
        return None
    category = entry.category or NOT_SPECIFIED
    if category and category not in indicator.categories:
        found.append(
            Problem(
                "category-unknown",
                _(
                    "${category} is not a category of ${indicator}.",
                    mapping={"category": category, "indicator": indicator.code},
                ),
                f"{pointer}/category",
                tuple(sorted(indicator.categories)),
            )
        )
    area = entry.action_area or (indicator.action_areas[0] if len(indicator.action_areas) == 1 else None)
    if area is not None and area not in rulebook.action_areas:
        found.append(
            Problem(
                "action-area-unknown",
                _(
                    "${area} is not an action area of ${operation}.",
                    mapping={"area": area, "operation": rulebook.operation},
                ),
                f"{pointer}/action_area",
                tuple(sorted(rulebook.action_areas)),
            )
        )
    phase = _one_of(Phase, entry.phase, phase_of(rulebook, day), "phase-unknown", f"{pointer}/phase", found)
    scope = _one_of(Scope, entry.scope, Scope.OPERATION, "scope-unknown", f"{pointer}/scope", found)
    quantity = _quantity(entry, indicator, rulebook, pointer, found)
    certainty = _code(Certainty, entry.certainty, "certainty-unknown", f"{pointer}/certainty", found)
    weight = _code(Weight, entry.weight, "weight-unknown", f"{pointer}/weight", found)
    seizures = _count(entry.seizures, f"{pointer}/seizures", found)
    if found or quantity is None:
        problems.extend(found)
        return None
    given = _given(entry, indicator)
    return Line(
        number, indicator.code, category, area, phase, scope, quantity, certainty, weight, seizures, *given
    )


def _indicator_unknown(given: str, rulebook: Rulebook) -> str:
    """Return what is said of an indicator that there is none of, with the one that may be meant."""
    if not given.strip():
        empty: str = _("Say of which indicator this is a figure.")
        return empty
    code = re.sub(r"[^0-9a-z]+", "-", given.lower()).strip("-")
    mapping = {"indicator": given[:80], "operation": rulebook.operation}
    near = get_close_matches(code, rulebook.indicators, n=1, cutoff=0.8) if len(code) <= 80 else []
    if near:
        suggestion: str = _(
            "${indicator} is not an indicator of ${operation}. Did you mean ${near}?",
            mapping={**mapping, "near": near[0]},
        )
        return suggestion
    message: str = _("${indicator} is not an indicator of ${operation}.", mapping=mapping)
    return message


def _given(
    entry: ValueEntry | IncidentEntry, indicator: IndicatorRule
) -> tuple[Decimal, str] | tuple[None, None]:
    """Return a checked figure as it was reported, where that is in another unit of measure.

    A figure of more digits than are kept of any quantity, such as milligrams, stands in the content alone.
    """
    if not entry.unit or entry.unit == indicator.unit:
        return None, None
    try:
        return parse_decimal(entry.quantity), entry.unit
    except Invalid:
        return None, None


def _code(
    enumeration: type[Certainty | Weight], text: str | None, code: str, pointer: str, problems: list[Problem]
) -> str:
    if not text:
        return ""
    accepted = tuple(member.value for member in enumeration)
    if text not in accepted:
        problems.append(not_known(text, accepted, code, pointer))
    return text


def _count(text: str | None, pointer: str, problems: list[Problem]) -> int | None:
    if text is None or not text.strip():
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text.strip(), re.ASCII):
        problems.append(
            Problem(
                "not-a-count",
                _(
                    "“${text}” is not a number of seizures: a whole number from 0 to 999999.",
                    mapping={"text": text[:40]},
                ),
                pointer,
            )
        )
        return None
    return int(text)


def _one_of(
    enumeration: type[Member],
    text: str | None,
    default: Member,
    code: str,
    pointer: str,
    problems: list[Problem],
) -> Member:
    if not text:
        return default
    try:
        return enumeration(text)
    except ValueError:
        problems.append(not_known(text, [member.value for member in enumeration], code, pointer))
        return default


def not_known(text: str, accepted: Iterable[str], code: str, pointer: str) -> Problem:
    """Refuse a code that is not one of ``accepted``."""
    known = tuple(accepted)
    message = _(
        "“${text}” is not known here. Give one of: ${accepted}.",
        mapping={"text": text[:40], "accepted": ", ".join(known)},
    )
    return Problem(code, message, pointer, known)


def _quantity(
    entry: ValueEntry | IncidentEntry,
    indicator: IndicatorRule,
    rulebook: Rulebook,
    pointer: str,
    problems: list[Problem],
) -> Decimal | None:
    try:
        unit = entry.unit or indicator.unit
        if unit not in indicator.accepted_units and unit != indicator.unit:
            raise Invalid(
                [
                    Problem(
                        "unit-mismatch",
                        _(
                            "${indicator} cannot be given in ${unit}. Give it in one of: ${accepted}.",
                            mapping={
                                "indicator": indicator.code,
                                "unit": unit,
                                "accepted": ", ".join(indicator.accepted_units) or indicator.unit,
                            },
                        ),
                        f"{pointer}/unit",
                        indicator.accepted_units or (indicator.unit,),
                    )
                ]
            )
        return parse_quantity(
            entry.quantity,
            unit,
            indicator.unit,
            rates=rulebook.rates,
            pointer=f"{pointer}/quantity",
            unit_pointer=f"{pointer}/unit",
        )
    except Invalid as error:
        problems.extend(error.problems)
        return None


def text_problems(text: str, pointer: str, longest: int) -> list[Problem]:
    """Return what is wrong with a text that people wrote: longer than ``longest`` characters, or no plain text."""
    if len(text) > longest:
        return [
            Problem(
                "text-too-long",
                _(
                    "The text has ${n} characters; at most ${longest} are kept.",
                    mapping={"n": len(text), "longest": longest},
                ),
                pointer,
            )
        ]
    if any(ord(c) < 32 and c not in "\n\r\t" for c in text):
        return [
            Problem(
                "text-unreadable",
                _("The text has control characters in it. Type it again as plain text."),
                pointer,
            )
        ]
    return []
