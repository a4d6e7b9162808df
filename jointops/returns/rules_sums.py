"""Rules between figures: parts and their total, and what the plan says has to hold."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.kernel.types import quantity_text
from jointops.operations.plandoc import ReturnRule, Term
from jointops.returns.checked import NOT_SPECIFIED, CheckedIncident, Line, Rulebook
from jointops.returns.models import Phase, Scope
from jointops.returns.rules_figures import MAX_ENTRIES


def with_remainders(entries: list[tuple[str, bool, Line]], problems: list[Problem]) -> list[Line]:
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


def parts_of_others(
    lines: Iterable[Line], incidents: Iterable[CheckedIncident], rulebook: Rulebook
) -> list[Problem]:
    """An indicator that is an "of which" of another never exceeds it, in the same phase and scope.

    Where the whole is not reported nothing is compared: missing is not zero.
    """
    sums: dict[tuple[str, Phase, Scope], Decimal] = defaultdict(Decimal)
    first: dict[tuple[str, Phase, Scope], str] = {}
    for line in (*lines, *(incident.line for incident in incidents)):
        sums[line.indicator, line.phase, line.scope] += line.quantity
        first.setdefault((line.indicator, line.phase, line.scope), pointer_of(line))
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
                first[code, phase, scope],
            )
        )
    return problems


def pointer_of(line: Line) -> str:
    """Return where the quantity of a line stands: lines of incidents are numbered behind any value's."""
    if line.number < MAX_ENTRIES:
        return f"/values/{line.number}/quantity"
    return f"/incidents/{line.number - MAX_ENTRIES}/quantity"


Earlier = Mapping[tuple[str, str], Mapping[date, Decimal]]
"""What a unit reported on its days before the return's, by indicator and category and then by day, in base units."""

_HOLDS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "at-most": operator.le,
    "less-than": operator.lt,
    "equal": operator.eq,
    "different": operator.ne,
    "at-least": operator.ge,
    "more-than": operator.gt,
}


def plan_rules(
    lines: Sequence[Line], incidents: Sequence[CheckedIncident], rulebook: Rulebook, earlier: Earlier
) -> Iterator[Problem]:
    """Yield what does not hold of the rules; one that only warns gives a problem that can be explained."""
    figures = _Figures(lines, incidents, earlier)
    for rule in rulebook.rules:
        if rule.when and not figures.total(rule.when, "zero"):
            continue
        left, right = figures.total(rule.left, rule.missing), figures.total(rule.right, rule.missing)
        if left is None or right is None or _HOLDS[rule.operator](left, right):
            continue
        message = _(
            "${rule} (${left} against ${right})",
            mapping={
                "rule": rule.message or {"en": rule.code},
                "left": quantity_text(left),
                "right": quantity_text(right),
            },
        )
        explain = f"rule:{rule.code}" if rule.severity == "warning" else ""
        yield Problem("rule-broken", message, figures.place(rule), explain=explain)


def compared_with_earlier(
    rulebook: Rulebook, lines: Iterable[Line], incidents: Iterable[CheckedIncident]
) -> set[str]:
    """Return the indicators whose earlier days are needed to hold these figures to the rules."""
    reported = {line.indicator for line in (*lines, *(one.line for one in incidents)) if line.quantity}
    return {
        term.indicator
        for rule in rulebook.rules
        for terms in [(*rule.left, *rule.right)]
        if any(term.of == "so-far" for term in terms) and any(term.indicator in reported for term in terms)
        for term in terms
        if term.of == "so-far" and term.indicator is not None
    }


class _Figures:
    """The figures of one return as the terms of rules name them."""

    def __init__(self, lines: Sequence[Line], incidents: Sequence[CheckedIncident], earlier: Earlier) -> None:
        self._values = lines
        self._incidents = [incident.line for incident in incidents]
        self._earlier = earlier

    def total(self, terms: Sequence[Term], missing: str) -> Decimal | None:
        """Return the sum of ``terms``; ``None`` when a figure is not reported and the rule is left out then."""
        found = [self._term(term) for term in terms]
        if missing == "skip" and None in found:
            return None
        return sum(
            (one * term.times for one, term in zip(found, terms, strict=True) if one is not None), Decimal()
        )

    def place(self, rule: ReturnRule) -> str:
        """Return the pointer of the first figure that a rule is about."""
        for term in (*rule.left, *rule.right):
            for line in self._lines(term):
                return pointer_of(line)
        return "/values"

    def _term(self, term: Term) -> Decimal | None:
        if term.indicator is None:
            return term.number
        lines = self._lines(term)
        if term.of == "incident-count":
            return Decimal(len(lines))
        if term.of == "seizures":
            counts = [line.seizures for line in lines if line.seizures is not None]
            return Decimal(sum(counts)) if counts else None
        quantities = [line.quantity for line in lines]
        if term.of == "so-far":
            quantities += [
                sum(days.values(), Decimal())
                for (indicator, category), days in self._earlier.items()
                if indicator == term.indicator and term.category in (None, category)
            ]
        return sum(quantities, Decimal()) if quantities else None

    def _lines(self, term: Term) -> list[Line]:
        values = self._values if term.of not in {"incidents", "incident-count"} else ()
        incidents = self._incidents if term.of != "values" else ()
        return [
            line
            for line in (*values, *incidents)
            if line.indicator == term.indicator and term.category in (None, line.category)
        ]
