"""Lessons in words: why something fits, what to take with care, rates and targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from jointops.kernel.i18n import _, label, pair, translator
from jointops.lessons.models import Disposition
from jointops.lessons.proposing import FAR_COUNTRIES, FAR_YEARS, Caveat, Level
from jointops.lessons.rules import Ground, Reason
from jointops.operations.planindicators import AskedIndicator
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers

GROUND_LABELS = {
    Ground.TAG: _("Tag"),
    Ground.PRIORITY: _("Priority"),
    Ground.CRIME_AREA: _("Crime area"),
    Ground.KIND: _("Kind of operation"),
}

CAVEAT_LABELS = {
    Caveat.ONE_SOURCE: _("One earlier operation only."),
    Caveat.ILLUSTRATIVE: _("Some of the figures are made up for illustration."),
    Caveat.INCOMPLETE: _(
        "Some returns of the earlier operations are missing or not accepted: the totals may be low."
    ),
    Caveat.COUNTRIES: _(
        "The numbers of countries are far apart: ${times} times or more.", mapping={"times": FAR_COUNTRIES}
    ),
    Caveat.YEARS: _("Some results are more than ${years} years away.", mapping={"years": FAR_YEARS}),
    Caveat.WITHOUT_FIGURE: _("Not every comparable operation has this figure; missing is not zero."),
}

LEVEL_LABELS = {Level.LOW: _("Low"), Level.MEDIAN: _("Median"), Level.HIGH: _("High")}

TONES: Mapping[Disposition, tuple[str, str]] = {
    Disposition.TAKEN_UP: ("good", "check"),
    Disposition.REJECTED: ("muted", "cross"),
    Disposition.DEFERRED: ("warn", "clock"),
}

SECTION_OF_CAPABILITY = {
    "planning": "concept",
    "organisation": "command",
    "equipment": "resources",
    "training": "training",
    "exercises": "training",
    "cooperation": "information-exchange",
}
"""Where a recommendation on a capability is most likely met: a first choice, no more."""


def reasons(found: Iterable[Reason], locale: str) -> str:
    """Return why two things are alike, in one line: ``Priority: Firearms, Cybercrime +7 · Kind of operation: …``."""
    say = translator(locale)
    grounds: dict[Ground, list[str]] = {}
    for one in found:
        grounds.setdefault(one.ground, []).append(name_of(one, locale))
    return " · ".join(say(pair(GROUND_LABELS[ground], _some(names))) for ground, names in grounds.items())


def _some(names: Sequence[str], most: int = 2) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" +{rest}" if rest > 0 else "")


def name_of(reason: Reason, locale: str) -> str:
    """Return the name of what two things have in common."""
    known = catalogue()
    match reason.ground:
        case Ground.TAG:
            return reason.code
        case Ground.KIND:
            entry = known.operation_kinds.get(reason.code)
        case Ground.CRIME_AREA:
            entry = known.crime_areas.get(reason.code)
        case Ground.PRIORITY:
            return priority_name(reason.code, locale)
    return label(entry.labels, locale) if entry else reason.code


def priority_name(code: str, locale: str) -> str:
    """Return what the latest policy cycle that has a priority calls it."""
    for cycle in reversed(tuple(catalogue().cycles.values())):
        if code in cycle.priorities:
            return label(cycle.priorities[code].labels, locale)
    return code


def section_choices(locale: str) -> list[tuple[str, str]]:
    """Return the sections of a plan to choose from."""
    return [(code, label(section.labels, locale)) for code, section in catalogue().plan_sections.items()]


def section_name(code: str, locale: str) -> str:
    """Return the name of a plan's section."""
    section = catalogue().plan_sections.get(code)
    return label(section.labels, locale) if section else code


def rate(quantity: Decimal, locale: str) -> str:
    """Return a rate with three figures."""
    if quantity == 0:
        return numbers.number(quantity, locale)
    step = Decimal(1).scaleb(min(quantity.adjusted() - 2, 0))
    return numbers.number(quantity.quantize(step, ROUND_HALF_EVEN).normalize() + 0, locale)


def measure(indicator: AskedIndicator, locale: str) -> str:
    """Return what an indicator is measured in."""
    return unit_name(indicator.unit, locale)


def counted(indicator: AskedIndicator, category: str | None, locale: str) -> str:
    """Return what is counted: the indicator, and the category where only that one is."""
    name = label(indicator.labels, locale)
    if category is None:
        return name
    labels = indicator.categories.get(category)
    return f"{name} ({label(labels, locale) if labels else category})"


def target(quantity: str, *, at_most: bool, locale: str) -> str:
    """Return a target in words: ``at least 1,200 kg``."""
    if at_most:
        return translator(locale)(_("at most ${quantity}", mapping={"quantity": quantity}))
    return translator(locale)(_("at least ${quantity}", mapping={"quantity": quantity}))


def unit_name(code: str, locale: str) -> str:
    """Return what a unit of measure is called: its symbol where there is one."""
    unit = catalogue().units.get(code)
    return (unit.symbol or label(unit.labels, locale)) if unit else code


def category_name(code: str, locale: str) -> str:
    """Return the name of a category of indicators; empty is what is not specified."""
    if not code:
        return translator(locale)(_("Not specified"))
    known = catalogue().categories.get(code)
    return label(known.labels, locale) if known else code
