"""The names of everything that figures are about, in one language, as the plan and the reference data have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from jointops.kernel.i18n import _, label, translator
from jointops.operations.plandoc import PlanDocument, PlanUnit
from jointops.operations.planindicators import AskedIndicator, asked
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.returns.models import FactStatus
from jointops.situation.figures import NOT_SPECIFIED

STATUS_LABELS = {
    FactStatus.PROVISIONAL: _("Provisional"),
    FactStatus.VERIFIED: _("Verified"),
    FactStatus.ACCEPTED: _("Accepted"),
}

STATUS_NOTES = {
    FactStatus.PROVISIONAL: _("Everything that was submitted, checked or not."),
    FactStatus.VERIFIED: _("What the national coordinators have verified."),
    FactStatus.ACCEPTED: _("What the coordination centre has accepted."),
}

TOTALS_NOTE = _(
    "A joint result of several units adds once to a total. A dash means that nobody has given a figure: it is not zero."
)


class Names:
    """Looks codes of one operation up. A code that is not known (any more) is its own name."""

    def __init__(self, plan: PlanDocument, locale: str) -> None:
        self.plan = plan
        self.locale = locale
        self.translate = translator(locale)

    @cached_property
    def indicators(self) -> Mapping[str, AskedIndicator]:
        """The plan's indicators by code, in the plan's order."""
        return asked(self.plan)

    def indicator(self, code: str) -> str:
        """Return an indicator's name."""
        known = self.indicators.get(code)
        return label(known.labels, self.locale) if known else code

    def definition(self, code: str) -> str:
        """Return what counts for an indicator."""
        return label(self.indicators[code].definition, self.locale)

    def category(self, indicator: str, code: str) -> str:
        """Return the name of one of an indicator's categories; ``""`` is what is not specified."""
        if code == NOT_SPECIFIED:
            return self.translate(_("Not specified"))
        labels = self.indicators[indicator].categories.get(code) if indicator in self.indicators else None
        return label(labels, self.locale) if labels else code

    def action_area(self, code: str) -> str:
        """Return the title of an action area; ``""`` is what is not specified."""
        if code == NOT_SPECIFIED:
            return self.translate(_("Not specified"))
        found = next((area for area in self.plan.action_areas if area.code == code), None)
        return label(found.title, self.locale) if found else code

    def party(self, code: str) -> str:
        """Return the name of a country, agency or partner."""
        known = catalogue().parties.get(code)
        return label(known.labels, self.locale) if known else code

    def authority(self, code: str) -> str:
        """Return the name of a type of authority."""
        known = catalogue().authority_types.get(code)
        return label(known.labels, self.locale) if known else code

    @cached_property
    def _units(self) -> Mapping[str, tuple[str, PlanUnit]]:
        return {unit.code: (p.party, unit) for p in self.plan.participants for unit in p.units}

    def unit(self, code: str) -> str:
        """Return what a reporting unit is called: its own title, or its party and its kind of authority."""
        if code not in self._units:
            return code
        party, unit = self._units[code]
        return label(unit.title, self.locale) or f"{self.party(party)}, {self.authority(unit.authority)}"

    def phase(self, code: str) -> str:
        """Return the name of a phase."""
        known = catalogue().phases.get(code)
        return label(known.labels, self.locale) if known else code

    def measure(self, indicator: str) -> str:
        """Return what an indicator is measured in: the symbol where there is one (kg), else the name (persons)."""
        known = self.indicators.get(indicator)
        unit = catalogue().units.get(known.unit) if known else None
        if unit is None:
            return known.unit if known else ""
        return unit.symbol or label(unit.labels, self.locale)

    def number(self, quantity: Decimal | None) -> str | None:
        """Write a quantity without its unit; nothing for no figure."""
        return None if quantity is None else numbers.number(quantity, self.locale)

    def quantity(self, indicator: str, quantity: Decimal | None) -> str | None:
        """Write a quantity with its unit; nothing for no figure."""
        return None if quantity is None else numbers.quantity(quantity, self.measure(indicator), self.locale)

    def signed(self, difference: Decimal) -> str:
        """Write a difference with its sign."""
        sign = "+" if difference > 0 else "−" if difference < 0 else "±"
        return f"{sign}{numbers.number(abs(difference), self.locale)}"

    def instant(self, at: datetime) -> str:
        """Write an instant on the operation's clock."""
        return numbers.instant(at, self.locale, self.plan.time_zone)

    def short_instant(self, at: datetime) -> str:
        """Write an instant on the operation's clock, for a table cell."""
        return numbers.short_instant(at, self.locale, self.plan.time_zone)

    @property
    def shown(self) -> tuple[str, ...]:
        """The indicators that stand first: those of the objectives, in their order, then the plan's others."""
        first = [
            objective.indicator
            for objective in self.plan.objectives
            if objective.indicator in self.indicators
        ]
        return tuple(dict.fromkeys(code for code in [*first, *self.indicators] if code is not None))
