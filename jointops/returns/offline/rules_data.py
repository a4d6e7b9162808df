"""The rules of a return as data, so that a device without a network checks what the server will check.

``frontend/js/offline/rules.js`` reads them; ``tests/returns/offline/test_same_rules.py`` holds the two together.
"""

from __future__ import annotations

from typing import Any

from jointops.kernel.types import QUANTITY_INTEGER_DIGITS, quantity_text
from jointops.operations.plandoc import ReturnRule, Term
from jointops.reference.catalogue import catalogue
from jointops.reference.measure import units_like
from jointops.returns.models import Certainty, Phase, Scope, Weight
from jointops.returns.rules import MAX_ENTRIES, MAX_REFERENCE, MAX_TEXT, Rulebook

MAX_PLACE = 200


def rules_data(rulebook: Rulebook, unit: str) -> dict[str, Any]:
    """Return the rules for returns of ``unit`` as JSON: days ISO 8601, factors and rates as exact text."""
    known = catalogue()
    measures = {
        code
        for rule in rulebook.indicators.values()
        for code in (rule.unit, *rule.accepted_units)
        if code in known.units
    }
    return {
        "operation": rulebook.operation,
        "plan_version": rulebook.plan_number,
        "first_day": rulebook.first_day.isoformat(),
        "last_day": rulebook.last_day.isoformat(),
        "starts_on": rulebook.starts_on.isoformat(),
        "ends_on": rulebook.ends_on.isoformat(),
        "indicators": {
            code: {
                "unit": rule.unit,
                "accepted": list(rule.accepted_units),
                "categories": sorted(rule.categories),
                "action_areas": list(rule.action_areas),
                "part_of": rule.part_of,
                "required": rule.required,
                "aggregation": rule.aggregation,
            }
            for code, rule in rulebook.indicators.items()
        },
        "action_areas": sorted(rulebook.action_areas),
        "units": list(rulebook.units),
        "asked": sorted(rulebook.units.get(unit, ())),
        "rates": {currency: quantity_text(rate) for currency, rate in rulebook.rates.items()},
        "measures": {
            code: {
                "dimension": known.units[code].dimension,
                "factor": _text(known.units[code].factor),
                "decimals": known.units[code].decimals,
                "alike": list(units_like(code)),
            }
            for code in sorted(measures)
        },
        "codes": {
            "phases": [member.value for member in Phase],
            "scopes": [member.value for member in Scope],
            "certainties": [member.value for member in Certainty],
            "weights": [member.value for member in Weight],
            "modi_operandi": list(known.modi_operandi),
        },
        "limits": {
            "entries": MAX_ENTRIES,
            "text": MAX_TEXT,
            "reference": MAX_REFERENCE,
            "place": MAX_PLACE,
            "digits": QUANTITY_INTEGER_DIGITS,
        },
        "rules": [_rule(rule) for rule in rulebook.rules],
    }


def _text(factor: Any) -> str | None:
    return None if factor is None else f"{factor:f}"


def _rule(rule: ReturnRule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "left": [_term(term) for term in rule.left],
        "operator": rule.operator,
        "right": [_term(term) for term in rule.right],
        "missing": rule.missing,
        "severity": rule.severity,
        "when": [_term(term) for term in rule.when],
        "message": dict(rule.message),
    }


def _term(term: Term) -> dict[str, Any]:
    return {
        "indicator": term.indicator,
        "category": term.category,
        "of": term.of,
        "number": _text(term.number),
        "times": _text(term.times),
    }
