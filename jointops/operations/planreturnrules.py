"""The rules that hold between the figures of returns in an operation: the usual ones, and those of its plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from jointops.kernel.i18n import LOCALES, _, translator
from jointops.operations.plandoc import PlanDocument, ReturnRule, Term
from jointops.operations.planindicators import AskedIndicator, asked
from jointops.reference.catalogue import UsualRule, UsualTerm, catalogue

# Of the side that has to be the smaller one, summands may be left out and what is left still holds.
_SMALLER_SIDE = {"at-most": "left", "less-than": "left", "at-least": "right", "more-than": "right"}

MOST = "most-"
"""Codes of rules that hold an indicator to the most that its plan allows begin with this."""


def rules_in_force(document: PlanDocument) -> tuple[ReturnRule, ...]:
    """Return every rule between the figures of returns: usual ones, the plan's own, and the most of its indicators.

    A usual rule applies where the plan asks for its indicators, unless the plan has a rule of the same code or does
    without it. Summands that are not in the plan are left out where the rule allows it.
    """
    own = {rule.code: rule for rule in document.reporting.rules}
    gone = {*own, *document.reporting.without_rules}
    indicators = asked(document)
    usual = (
        _applied(rule, indicators) for rule in catalogue().return_rules.values() if rule.code not in gone
    )
    most = (rule for rule in _mosts(indicators.values()) if rule.code not in gone)
    return (*(rule for rule in usual if rule is not None), *most, *own.values())


def _applied(rule: UsualRule, indicators: Iterable[str]) -> ReturnRule | None:
    codes = set(indicators)
    sides: dict[str, tuple[Term, ...]] = {}
    for side in ("left", "right", "when"):
        terms: Sequence[UsualTerm] = getattr(rule, side)
        there = tuple(_term(term) for term in terms if term.indicator is None or term.indicator in codes)
        may_lack = side == "when" or _SMALLER_SIDE.get(rule.operator) == side
        if terms and (not there or (len(there) < len(terms) and not may_lack)):
            return None
        sides[side] = there
    return ReturnRule(
        code=rule.code,
        left=sides["left"],
        operator=rule.operator,
        right=sides["right"],
        missing=rule.missing,
        severity=rule.severity,
        message=dict(rule.message),
        when=sides["when"],
    )


def _term(term: UsualTerm) -> Term:
    return Term(
        indicator=term.indicator, category=term.category, of=term.of, number=term.number, times=term.times
    )


def _mosts(indicators: Iterable[AskedIndicator]) -> Iterator[ReturnRule]:
    for item in indicators:
        if item.most is None:
            continue
        message = {
            language: translator(language)(
                _(
                    "${indicator}: more than the plan expects of any unit on one day. Look at the figure and its "
                    "unit of measure.",
                    mapping={"indicator": item.labels},
                )
            )
            for language in LOCALES
        }
        yield ReturnRule(
            code=f"{MOST}{item.code}",
            left=(Term(indicator=item.code),),
            operator="at-most",
            right=(Term(number=item.most),),
            severity="warning",
            message=message,
        )
