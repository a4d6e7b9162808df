"""What makes a return right, as plain functions over plain data: no database, no request.

:func:`check` turns a submission into checked lines in base units, or raises everything that is wrong with it at
once. The rules follow the design's invariants: missing is not zero, sums hold, units convert only inside their own
dimension.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from jointops.kernel import clock
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _, said_of
from jointops.kernel.types import quantity_text
from jointops.operations.plandoc import ReturnRule
from jointops.reference.catalogue import catalogue
from jointops.reference.measure import parse_decimal, parse_quantity
from jointops.returns.models import Certainty, Phase, ReturnState, Scope, Weight
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry

MAX_TEXT = 10_000
"""Characters a narrative, a description or a reason may have: several pages."""

MAX_REFERENCE = 80
MAX_ENTRIES = 2_000
"""Values and incidents in one return: far above any real one, low enough to be checked within a second."""

Member = TypeVar("Member", Phase, Scope)

STATE_LABELS: Mapping[ReturnState, str] = {
    ReturnState.DRAFT: said_of("return", "Draft"),
    ReturnState.SUBMITTED: said_of("return", "Submitted"),
    ReturnState.VERIFIED: said_of("return", "Verified"),
    ReturnState.ACCEPTED: said_of("return", "Accepted"),
    ReturnState.SENT_BACK: said_of("return", "Sent back"),
}

NOT_SPECIFIED = ""
"""Category of what a total leaves over after its parts."""


@dataclass(frozen=True, slots=True)
class IndicatorRule:
    """What may be said of one indicator in one operation."""

    code: str
    unit: str
    accepted_units: tuple[str, ...]
    categories: frozenset[str]
    action_areas: tuple[str, ...]
    part_of: str | None
    required: bool = False
    aggregation: str = "sum"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What an operation's plan in force lets a return say.

    Days are in the operation's time zone, all included. ``units`` maps each reporting unit to the indicators it is
    asked for; it may report others too. ``rates`` are euro for one unit of a currency; ``rules`` what has to hold
    between the figures.
    """

    operation: str
    plan_number: int
    first_day: date
    last_day: date
    starts_on: date
    ends_on: date
    indicators: Mapping[str, IndicatorRule]
    action_areas: frozenset[str]
    units: Mapping[str, frozenset[str]]
    rates: Mapping[str, Decimal]
    rules: tuple[ReturnRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One checked figure, in the indicator's base unit; ``number`` is its place in the return.

    ``given_quantity`` and ``given_unit`` are the figure as reported, where that is another unit of measure.
    """

    number: int
    indicator: str
    category: str
    action_area: str | None
    phase: Phase
    scope: Scope
    quantity: Decimal
    certainty: str = ""
    weight: str = ""
    seizures: int | None = None
    given_quantity: Decimal | None = None
    given_unit: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedIncident:
    """One checked incident with its figure."""

    reference: str
    line: Line
    joint_with: tuple[str, ...]
    at: datetime | None
    place: str
    description: str
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    modus_operandi: str = ""
    external_reference: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A return that holds: its figures, its incidents, and its canonical content.

    ``flags`` are the codes of the warnings that were kept with a reason.
    """

    lines: tuple[Line, ...]
    incidents: tuple[CheckedIncident, ...]
    content: dict[str, object]
    flags: tuple[str, ...] = ()


def phase_of(rulebook: Rulebook, day: date) -> Phase:
    """Return the phase that ``day`` lies in: before, on or after the action days."""
    if day < rulebook.starts_on:
        return Phase.PREPARATORY
    return Phase.ACTION_DAYS if day <= rulebook.ends_on else Phase.FOLLOW_UP


def check_day(rulebook: Rulebook, day: date, today: date) -> None:
    """Return when a return for ``day`` can exist.

    Raises :class:`Invalid` with ``day-outside-operation`` or ``day-in-future`` (``today`` in the operation's zone).
    """
    if not rulebook.first_day <= day <= rulebook.last_day:
        raise Invalid(
            [
                Problem(
                    "day-outside-operation",
                    _(
                        "${day} is not a day of ${operation}. Its days run from ${first} to ${last}.",
                        mapping={
                            "day": day,
                            "operation": rulebook.operation,
                            "first": rulebook.first_day,
                            "last": rulebook.last_day,
                        },
                    ),
                    "/day",
                )
            ]
        )
    if day > today:
        raise Invalid(
            [
                Problem(
                    "day-in-future",
                    _(
                        "${day} has not come yet: today is ${today} for this operation. Report a day once it has "
                        "begun.",
                        mapping={"day": day, "today": today},
                    ),
                    "/day",
                )
            ]
        )


def check(submission: Submission, rulebook: Rulebook, unit: str, day: date) -> Checked:
    """Check all that a submission says and return it in base units.

    Raises :class:`Invalid` with every problem found, each with its JSON pointer.
    """
    if submission.withdrawn:
        return Checked((), (), {"withdrawn": True})
    problems: list[Problem] = []
    problems += _whole(submission)
    entries = _checked_values(submission.values, rulebook, day, problems)
    incidents = _checked_incidents(submission.incidents, rulebook, unit, day, problems)
    lines = _with_remainders(entries, problems)
    if not problems:
        problems += _parts_of_others(lines, incidents, rulebook)
        problems += _required(submission, lines, incidents, rulebook, unit)
    if problems:
        raise Invalid(problems)
    base_units = {code: rule.unit for code, rule in rulebook.indicators.items()}
    return Checked(tuple(lines), tuple(incidents), content(submission, base_units))


def content(submission: Submission, base_units: Mapping[str, str] | None = None) -> dict[str, object]:
    """Return what is reported in canonical form: as entered, in a fixed order, without what goes without saying.

    Two submissions that say the same have the same content, whatever the order of their rows: what was left empty
    and what was said though it is the default (the scope of the operation, and with ``base_units`` by indicator the
    base unit) come out alike, and so do 3 and 3.0.
    """
    units = base_units or {}

    def compact(entry: ValueEntry | IncidentEntry) -> dict[str, object]:
        pairs = {name: getattr(entry, name) for name in entry.__slots__}
        kept = {name: value for name, value in pairs.items() if value not in (None, "", ())}
        kept["quantity"] = _plain(entry.quantity)
        if kept.get("unit") == units.get(entry.indicator):
            kept.pop("unit", None)
        if kept.get("scope") == Scope.OPERATION:
            del kept["scope"]
        for name in ("seizures", "latitude", "longitude"):
            if name in kept:
                kept[name] = _plain(str(kept[name]))
        if isinstance(entry, IncidentEntry):
            kept["reference"] = entry.reference.strip()
            kept["joint_with"] = sorted(set(entry.joint_with))
        return {name: value for name, value in kept.items() if value != []}

    order = ("indicator", "action_area", "category", "phase", "scope", "unit", "quantity")
    said: dict[str, object] = {
        "values": sorted(map(compact, submission.values), key=lambda v: [str(v.get(k, "")) for k in order]),
        "incidents": sorted(map(compact, submission.incidents), key=lambda i: str(i["reference"])),
        "narrative": submission.narrative.strip(),
        "nil": submission.nil,
    }
    if submission.attachments:
        said["attachments"] = sorted(set(submission.attachments))
    if submission.explanations:
        said["explanations"] = {key: text.strip() for key, text in submission.explanations.items()}
    return said


def _plain(quantity: str) -> str:
    """Write a quantity that is a plain number without trailing zeros; leave anything else as it is."""
    try:
        return quantity_text(parse_decimal(quantity))
    except Invalid:
        return quantity.strip()


def _whole(submission: Submission) -> list[Problem]:
    problems = []
    has_figures = bool(submission.values or submission.incidents)
    if submission.nil and has_figures:
        problems.append(
            Problem(
                "nil-with-values",
                _(
                    "A nil return says that there was nothing to report. Take out the figures, or take out “nil”."
                ),
                "/nil",
            )
        )
    if submission.submit and not submission.nil and not has_figures:
        problems.append(
            Problem(
                "return-empty",
                _("There is nothing in this return. Give at least one figure, or mark it as a nil return."),
                "/values",
            )
        )
    if len(submission.values) + len(submission.incidents) > MAX_ENTRIES:
        problems.append(
            Problem(
                "too-many-rows",
                _("A return has at most ${n} rows.", mapping={"n": MAX_ENTRIES}),
                "/values",
            )
        )
    for name in ("narrative", "reason"):
        problems += _text(getattr(submission, name), f"/{name}", MAX_TEXT)
    return problems


def _text(text: str, pointer: str, longest: int) -> list[Problem]:
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


def _checked_values(
    values: Iterable[ValueEntry], rulebook: Rulebook, day: date, problems: list[Problem]
) -> list[tuple[str, bool, Line]]:
    """Return the lines with their pointer and whether they are totals (named no category)."""
    lines: list[tuple[str, bool, Line]] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, value in enumerate(values):
        pointer = f"/values/{number}"
        line = _line(value, number, pointer, rulebook, day, problems)
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


def _line(
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
        problems.append(
            Problem(
                "indicator-unknown",
                _(
                    "${indicator} is not an indicator of ${operation}.",
                    mapping={"indicator": entry.indicator, "operation": rulebook.operation},
                ),
                f"{pointer}/indicator",
                tuple(rulebook.indicators),
            )
        )
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
        problems.append(_not_known(text, accepted, code, pointer))
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
        problems.append(_not_known(text, [member.value for member in enumeration], code, pointer))
        return default


def _not_known(text: str, accepted: Iterable[str], code: str, pointer: str) -> Problem:
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


def _checked_incidents(
    entries: Iterable[IncidentEntry], rulebook: Rulebook, unit: str, day: date, problems: list[Problem]
) -> list[CheckedIncident]:
    incidents = []
    seen: dict[str, int] = {}
    # Lines of incidents are numbered behind any value's, so that a value added later does not move them.
    for number, entry in enumerate(entries):
        pointer = f"/incidents/{number}"
        found: list[Problem] = []
        reference = entry.reference.strip()
        found += _text(reference, f"{pointer}/reference", MAX_REFERENCE)
        found += _text(entry.place, f"{pointer}/place", 200)
        found += _text(entry.description, f"{pointer}/description", MAX_TEXT)
        if not reference:
            found.append(
                Problem(
                    "reference-missing",
                    _("An incident needs a reference of your own, such as your case number."),
                    f"{pointer}/reference",
                )
            )
        elif reference in seen:
            found.append(
                Problem(
                    "duplicate-row",
                    _(
                        "Incident ${row} repeats the reference of incident ${first}.",
                        mapping={"row": number + 1, "first": seen[reference] + 1},
                    ),
                    f"{pointer}/reference",
                )
            )
        seen.setdefault(reference, number)
        found += _text(entry.external_reference, f"{pointer}/external_reference", MAX_REFERENCE)
        found += _joint(entry, rulebook, unit, pointer)
        at = _instant(entry.at, f"{pointer}/at", found)
        position = _position(entry, pointer, found)
        if entry.modus_operandi and entry.modus_operandi not in catalogue().modi_operandi:
            found.append(
                _not_known(
                    entry.modus_operandi,
                    catalogue().modi_operandi,
                    "modus-operandi-unknown",
                    f"{pointer}/modus_operandi",
                )
            )
        line = _line(entry, MAX_ENTRIES + number, pointer, rulebook, day, found)
        if found or line is None:
            problems.extend(found)
            continue
        incidents.append(
            CheckedIncident(
                reference,
                line,
                tuple(sorted(set(entry.joint_with))),
                at,
                entry.place,
                entry.description,
                *position,
                entry.modus_operandi or "",
                entry.external_reference.strip(),
            )
        )
    return incidents


def _position(
    entry: IncidentEntry, pointer: str, problems: list[Problem]
) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """Return latitude and longitude; both or neither are given."""
    degrees: list[Decimal] = []
    for name, most in (("latitude", 90), ("longitude", 180)):
        text = (getattr(entry, name) or "").strip()
        if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,10})?", text, re.ASCII) and abs(Decimal(text)) <= most:
            degrees.append(round(Decimal(text), 6))
        elif text or (entry.longitude if name == "latitude" else entry.latitude):
            problems.append(
                Problem(
                    "bad-coordinate",
                    _(
                        "“${text}” is not a coordinate. Give latitude and longitude in degrees with a point before "
                        "the decimals, such as 52.09 and 5.12, or neither.",
                        mapping={"text": text[:40]},
                    ),
                    f"{pointer}/{name}",
                )
            )
    return (degrees[0], degrees[1]) if len(degrees) == 2 else (None, None)


def _joint(entry: IncidentEntry, rulebook: Rulebook, unit: str, pointer: str) -> list[Problem]:
    problems = []
    for place, other in enumerate(entry.joint_with):
        where = f"{pointer}/joint_with/{place}"
        if other == unit:
            problems.append(
                Problem(
                    "joint-with-itself", _("A result is joint with other units; leave out your own."), where
                )
            )
        elif other not in rulebook.units:
            problems.append(
                Problem(
                    "unit-unknown",
                    _(
                        "${unit} is not a reporting unit of ${operation}.",
                        mapping={"unit": other, "operation": rulebook.operation},
                    ),
                    where,
                )
            )
    return problems


def _instant(text: str | None, pointer: str, problems: list[Problem]) -> datetime | None:
    if not text:
        return None
    try:
        return clock.parse_iso(text)
    except (ValueError, OverflowError):
        problems.append(
            Problem(
                "not-an-instant",
                _(
                    "“${text}” is not a time with an offset. Write it like 2027-05-03T14:20:00+02:00.",
                    mapping={"text": text[:40]},
                ),
                pointer,
            )
        )
        return None


def _with_remainders(entries: list[tuple[str, bool, Line]], problems: list[Problem]) -> list[Line]:
    """Replace each total that has parts by what the parts leave over; totals without parts stay as they are."""
    parts: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    for _pointer, is_total, line in entries:
        if not is_total:
            parts[_group(line)] += line.quantity
    lines = []
    for pointer, is_total, line in entries:
        if not is_total or _group(line) not in parts:
            lines.append(line)
            continue
        sum_of_parts = parts[_group(line)]
        if sum_of_parts > line.quantity:
            problems.append(
                Problem(
                    "parts-exceed-total",
                    _(
                        "The categories of ${indicator} add up to ${parts}, more than its total of ${total}.",
                        mapping={
                            "indicator": line.indicator,
                            "parts": quantity_text(sum_of_parts),
                            "total": quantity_text(line.quantity),
                        },
                    ),
                    f"{pointer}/quantity",
                )
            )
        elif sum_of_parts < line.quantity:
            lines.append(
                Line(
                    line.number,
                    line.indicator,
                    NOT_SPECIFIED,
                    line.action_area,
                    line.phase,
                    line.scope,
                    line.quantity - sum_of_parts,
                    line.certainty,
                    line.weight,
                )
            )
    return lines


def _group(line: Line) -> tuple[object, ...]:
    return (line.indicator, line.action_area, line.phase, line.scope)


def _parts_of_others(
    lines: Iterable[Line], incidents: Iterable[CheckedIncident], rulebook: Rulebook
) -> list[Problem]:
    """An indicator that is an "of which" of another never exceeds it, in the same phase and scope.

    Where the whole is not reported nothing is compared: missing is not zero.
    """
    sums: dict[tuple[str, Phase, Scope], Decimal] = defaultdict(Decimal)
    for line in (*lines, *(incident.line for incident in incidents)):
        sums[line.indicator, line.phase, line.scope] += line.quantity
    problems = []
    for (code, phase, scope), quantity in sums.items():
        whole = rulebook.indicators[code].part_of
        if whole is None or (whole, phase, scope) not in sums or quantity <= sums[whole, phase, scope]:
            continue
        problems.append(
            Problem(
                "parts-exceed-total",
                _(
                    "${part} (${quantity}) is a part of ${whole} (${total}) and cannot be more.",
                    mapping={
                        "part": code,
                        "quantity": quantity_text(quantity),
                        "whole": whole,
                        "total": quantity_text(sums[whole, phase, scope]),
                    },
                ),
                "/values",
            )
        )
    return problems


def _required(
    submission: Submission,
    lines: Iterable[Line],
    incidents: Iterable[CheckedIncident],
    rulebook: Rulebook,
    unit: str,
) -> list[Problem]:
    if submission.nil or not submission.submit:
        return []
    given = {line.indicator for line in (*lines, *(incident.line for incident in incidents))}
    return [
        Problem(
            "indicator-missing",
            _(
                "The plan asks for ${indicator} in every return. Give a figure; zero is a figure.",
                mapping={"indicator": code},
            ),
            "/values",
        )
        for code in rulebook.indicators
        if rulebook.indicators[code].required and code in rulebook.units[unit] and code not in given
    ]
