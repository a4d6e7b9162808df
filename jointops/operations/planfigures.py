"""Rules about what a plan counts: its indicators, its objectives with their targets, and figures already published."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from decimal import Decimal

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations.plandoc import Figure, Objective, PlanDocument, PlanIndicator, Term
from jointops.operations.planindicators import AskedIndicator
from jointops.operations.planrefs import Known, among, one_of, unique, unknown
from jointops.reference.catalogue import catalogue
from jointops.reference.measure import parse_quantity, units_like


def indicators(document: PlanDocument, known: Known) -> Iterator[Problem]:
    """Check the indicators: known or complete, with units, categories and wholes that fit."""
    yield from unique((item.code for item in document.indicators), "/indicators")
    for n, item in enumerate(document.indicators):
        pointer = f"/indicators/{n}"
        yield from one_of("unknown-unit", item.unit, f"{pointer}/unit", catalogue().units)
        yield from _indicator_unit(item, pointer, known.rates)
        yield from _categories(item, pointer)
        yield from _part_of(item, pointer, known)
        yield from among("unknown-action-area", item.action_areas, f"{pointer}/action_areas", known.areas)
        authorities = catalogue().authority_types
        yield from among("unknown-authority", item.authorities, f"{pointer}/authorities", authorities)


def objectives(document: PlanDocument, known: Known) -> Iterator[Problem]:
    """Check the objectives and that their targets can be measured."""
    yield from unique((objective.code for objective in document.objectives), "/objectives")
    for n, objective in enumerate(document.objectives):
        pointer = f"/objectives/{n}"
        yield from one_of("unknown-action-area", objective.action_area, f"{pointer}/action_area", known.areas)
        yield from one_of("unknown-indicator", objective.indicator, f"{pointer}/indicator", known.indicators)
        indicator = known.indicators.get(objective.indicator or "")
        if indicator is None:
            if objective.indicator is None and (objective.target or objective.category):
                message = _("A target or category needs an indicator to be measured by.")
                yield Problem("missing-key", message, f"{pointer}/indicator")
            continue
        yield from one_of("unknown-category", objective.category, f"{pointer}/category", indicator.categories)
        yield from _target(objective, indicator, pointer, known.rates)


def return_rules(document: PlanDocument, known: Known) -> Iterator[Problem]:
    """Check the rules of returns: each term is a figure of the plan or a number, and the rule has words."""
    rules = document.reporting.rules
    yield from unique((rule.code for rule in rules), "/reporting/rules")
    usual = catalogue().return_rules
    yield from among("unknown-rule", document.reporting.without_rules, "/reporting/without_rules", usual)
    for n, rule in enumerate(rules):
        for side in ("left", "right", "when"):
            for m, term in enumerate(getattr(rule, side)):
                yield from _term(term, f"/reporting/rules/{n}/{side}/{m}", known)


def _term(term: Term, pointer: str, known: Known) -> Iterator[Problem]:
    if (term.indicator is None) == (term.number is None):
        message = _("A term of a rule is either a figure of an indicator or a number. Give one of them.")
        yield Problem("bad-term", message, pointer)
        return
    yield from one_of("unknown-indicator", term.indicator, f"{pointer}/indicator", known.indicators)
    indicator = known.indicators.get(term.indicator or "")
    if indicator is not None:
        yield from one_of("unknown-category", term.category, f"{pointer}/category", indicator.categories)


def publications(document: PlanDocument, known: Known) -> Iterator[Problem]:
    """Check that published figures are of indicators of the plan, in units that fit."""
    yield from unique((publication.code for publication in document.publications), "/publications")
    for n, publication in enumerate(document.publications):
        for m, figure in enumerate(publication.figures):
            yield from _figure(figure, f"/publications/{n}/figures/{m}", known)


def _indicator_unit(item: PlanIndicator, pointer: str, rates: Mapping[str, Decimal]) -> Iterator[Problem]:
    known = catalogue().indicators.get(item.code)
    if known is None and not (item.label and item.unit):
        yield _not_in_catalogue(item, pointer)
        return
    unit = known.unit if known else str(item.unit)
    if item.unit is not None and item.unit != unit:
        message = _(
            "Figures of ${code} are kept in ${unit}. Leave the unit out, or list others under accepted.",
            mapping={"code": item.code, "unit": unit},
        )
        yield Problem("unit-mismatch", message, f"{pointer}/unit", (unit,))
    convertible = units_like(unit)
    for n, accepted in enumerate(item.accepted):
        if accepted not in convertible and not (unit == "EUR" and accepted in rates):
            options = (*convertible, *rates) if unit == "EUR" else convertible
            yield unknown("unit-mismatch", accepted, f"{pointer}/accepted/{n}", options)


def _not_in_catalogue(item: PlanIndicator, pointer: str) -> Problem:
    close = difflib.get_close_matches(item.code, catalogue().indicators, n=1)
    if close and not (item.label or item.unit):
        message = _(
            "“${value}” is not in the catalogue of indicators. Did you mean “${close}”?",
            mapping={"value": item.code, "close": close[0]},
        )
        return Problem("unknown-indicator", message, f"{pointer}/code", tuple(close))
    message = _(
        "“${value}” is not in the catalogue of indicators. Correct it, or give it a label and a unit of your own.",
        mapping={"value": item.code},
    )
    return Problem("unknown-indicator", message, f"{pointer}/code")


def _categories(item: PlanIndicator, pointer: str) -> Iterator[Problem]:
    yield from unique((category.code for category in item.categories), f"{pointer}/categories")
    for n, category in enumerate(item.categories):
        if category.code not in catalogue().categories and not category.label:
            message = _(
                "“${value}” is not a category of the list. Correct it, or write it as code and label of your own.",
                mapping={"value": category.code},
            )
            yield Problem("unknown-category", message, f"{pointer}/categories/{n}")


def _part_of(item: PlanIndicator, pointer: str, known: Known) -> Iterator[Problem]:
    if item.part_of is None:
        return
    if item.part_of not in known.indicators or item.part_of == item.code:
        others = [code for code in known.indicators if code != item.code]
        yield unknown("unknown-indicator", item.part_of, f"{pointer}/part_of", others)
        return
    whole, part = known.indicators[item.part_of], known.indicators[item.code]
    if whole.unit != part.unit:
        message = _(
            "${part} is counted in ${unit} and ${whole} in ${other}: one cannot be part of the other.",
            mapping={"part": part.code, "unit": part.unit, "whole": whole.code, "other": whole.unit},
        )
        yield Problem("unit-mismatch", message, f"{pointer}/part_of")
    seen = {item.code}
    above: str | None = item.part_of
    while above is not None and above not in seen:
        seen.add(above)
        above = known.indicators[above].part_of
    if above is not None:
        message = _("${code} would be a part of itself.", mapping={"code": item.code})
        yield Problem("circular-part", message, f"{pointer}/part_of")


def _target(
    objective: Objective, indicator: AskedIndicator, pointer: str, rates: Mapping[str, Decimal]
) -> Iterator[Problem]:
    target = objective.target
    if target is None or indicator.unit not in catalogue().units:
        return
    bounds = {"at_least": target.at_least, "at_most": target.at_most}
    given = [(name, bound) for name, bound in bounds.items() if bound is not None]
    if len(given) != 1:
        message = _("A target is either at_least or at_most. Give exactly one of them.")
        yield Problem("bad-target", message, f"{pointer}/target", ("at_least", "at_most"))
    unit = target.unit or indicator.unit
    baseline = [] if objective.baseline is None else [("baseline", objective.baseline)]
    for name, quantity in [*given, *baseline]:
        place = f"{pointer}/baseline" if name == "baseline" else f"{pointer}/target/{name}"
        unit_place = f"{pointer}/target/unit" if target.unit else f"{pointer}/indicator"
        yield from _quantity(quantity, unit, indicator.unit, rates, place, unit_place)


def _figure(figure: Figure, pointer: str, known: Known) -> Iterator[Problem]:
    yield from one_of("unknown-indicator", figure.indicator, f"{pointer}/indicator", known.indicators)
    yield from one_of("not-a-participant", figure.party, f"{pointer}/party", known.parties)
    indicator = known.indicators.get(figure.indicator)
    if indicator is None or indicator.unit not in catalogue().units:
        return
    yield from one_of("unknown-category", figure.category, f"{pointer}/category", indicator.categories)
    unit_place = f"{pointer}/unit" if figure.unit else f"{pointer}/indicator"
    unit = figure.unit or indicator.unit
    yield from _quantity(
        figure.quantity, unit, indicator.unit, known.rates, f"{pointer}/quantity", unit_place
    )


def _quantity(
    quantity: Decimal, unit: str, base: str, rates: Mapping[str, Decimal], pointer: str, unit_pointer: str
) -> Iterator[Problem]:
    try:
        parse_quantity(quantity, unit, base, rates=rates, pointer=pointer, unit_pointer=unit_pointer)
    except Invalid as refused:
        yield from refused.problems
