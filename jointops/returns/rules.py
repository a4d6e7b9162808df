"""What makes a return right, as plain functions over plain data: no database, no request.

:func:`check` turns a submission into checked lines in base units, or raises everything that is wrong with it at
once. The rules follow the design's invariants: missing is not zero, sums hold, units convert only inside their own
dimension. Rules of single figures stand in ``rules_figures``, of incidents in ``rules_incidents``, between figures in
``rules_sums``, and what is only doubtful in ``doubts``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _, said_of
from jointops.kernel.types import quantity_text
from jointops.reference.measure import parse_decimal
from jointops.returns import doubts, explanations
from jointops.returns.checked import Checked, CheckedIncident, IndicatorRule, Line, Rulebook, phase_of
from jointops.returns.models import ReturnState, Scope
from jointops.returns.rules_figures import MAX_ENTRIES, MAX_TEXT, checked_values, text_problems
from jointops.returns.rules_incidents import MAX_REFERENCE, checked_incidents
from jointops.returns.rules_sums import (
    Earlier,
    compared_with_earlier,
    parts_of_others,
    plan_rules,
    with_remainders,
)
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry

__all__ = [
    "MAX_ENTRIES",
    "MAX_REFERENCE",
    "MAX_TEXT",
    "STATE_LABELS",
    "Checked",
    "CheckedIncident",
    "Earlier",
    "IndicatorRule",
    "Line",
    "Rulebook",
    "check",
    "check_day",
    "content",
    "phase_of",
]

STATE_LABELS: Mapping[ReturnState, str] = {
    ReturnState.DRAFT: said_of("return", "Draft"),
    ReturnState.SUBMITTED: said_of("return", "Submitted"),
    ReturnState.VERIFIED: said_of("return", "Verified"),
    ReturnState.ACCEPTED: said_of("return", "Accepted"),
    ReturnState.SENT_BACK: said_of("return", "Sent back"),
}


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


def check(
    submission: Submission,
    rulebook: Rulebook,
    unit: str,
    day: date,
    earlier_days: Callable[[Collection[str]], Earlier] | None = None,
) -> Checked:
    """Check all that a submission says and return it in base units.

    ``earlier_days`` returns what the unit reported of some indicators on the days before; it is asked at most once,
    and only where a figure is to be compared with them. What is doubtful is kept with the reasons that the submission
    gives, and so are answers about unusual figures; a draft needs none.

    Raises :class:`Invalid` with every problem found, each with its JSON pointer.
    """
    if submission.withdrawn:
        return Checked((), (), {"withdrawn": True})
    if len(submission.values) + len(submission.incidents) > MAX_ENTRIES:
        raise Invalid(
            [
                Problem(
                    "too-many-rows",
                    _("A return has at most ${n} rows.", mapping={"n": MAX_ENTRIES}),
                    "/values",
                )
            ]
        )
    problems: list[Problem] = []
    problems += _whole(submission)
    entries = checked_values(submission.values, rulebook, day, problems)
    incidents = checked_incidents(submission.incidents, rulebook, unit, day, problems)
    lines = with_remainders(entries, problems)
    explained: dict[str, Problem] = {}
    if not problems:
        problems += parts_of_others(lines, incidents, rulebook)
        problems += _required(submission, lines, incidents, rulebook, unit)
        earlier: Earlier = {}
        if earlier_days is not None and day > rulebook.first_day:
            needed = compared_with_earlier(rulebook, lines, incidents)
            needed |= doubts.compared_with_earlier(rulebook, lines, incidents, day)
            earlier = earlier_days(needed) if needed else {}
        for doubt in (
            *plan_rules(lines, incidents, rulebook, earlier),
            *doubts.doubts(submission, lines, incidents, rulebook, unit, earlier),
        ):
            if doubt.explain and submission.explanations.get(doubt.explain, "").strip():
                explained[doubt.explain] = doubt
            elif submission.submit or not doubt.explain:
                problems.append(doubt)
    if problems:
        raise Invalid(problems)
    base_units = {code: rule.unit for code, rule in rulebook.indicators.items()}
    reported = {line.indicator for line in (*lines, *(incident.line for incident in incidents))}
    reasons = (
        explanations.kept(submission.explanations, explained, reported) if submission.explanations else {}
    )
    said = content(replace(submission, explanations=reasons), base_units)
    flags = tuple(sorted({doubt.code for doubt in explained.values()}))
    return Checked(tuple(lines), tuple(incidents), said, flags)


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
    for name in ("narrative", "reason"):
        problems += text_problems(getattr(submission, name), f"/{name}", MAX_TEXT)
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
