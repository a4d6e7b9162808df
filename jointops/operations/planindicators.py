"""What a plan asks to be counted: its indicators, completed from the catalogue, and who is asked for which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from jointops.operations.plandoc import PlanDocument, PlanIndicator
from jointops.reference.catalogue import Indicator, Labels, catalogue

OWN_INDICATOR_GROUP = "other"


@dataclass(frozen=True, slots=True)
class AskedIndicator:
    """An indicator as one operation asks for it.

    Figures are kept in ``unit`` and may be reported in any of ``accepted``. ``categories`` maps code to labels; they
    never overlap, and a figure without a category counts as not specified. ``part_of`` names the indicator of the
    same plan that contains this one. ``action_areas`` and ``authorities`` limit who is asked (empty: everybody);
    a ``required`` indicator must be in every return that is not nil. ``asks`` is what is asked beside its quantity
    (certainty, weight, seizures). A return with more than ``most``, in ``unit``, needs a reason.
    """

    code: str
    group: str
    labels: Labels
    definition: Labels
    unit: str
    accepted: tuple[str, ...]
    categories: Mapping[str, Labels]
    aggregation: str
    direction: str
    part_of: str | None
    scopes: tuple[str, ...]
    crime_areas: tuple[str, ...]
    action_areas: tuple[str, ...]
    authorities: tuple[str, ...]
    required: bool
    asks: tuple[str, ...] = ()
    most: Decimal | None = None


def asked(document: PlanDocument) -> dict[str, AskedIndicator]:
    """Return the plan's indicators by code, in the plan's order, completed from the catalogue."""
    codes = {item.code for item in document.indicators}
    return {item.code: _complete(item, codes) for item in document.indicators}


def asked_of(document: PlanDocument, unit_code: str) -> tuple[AskedIndicator, ...]:
    """Return the indicators that the reporting unit is asked for, in the plan's order; none for an unknown unit."""
    unit = next((unit for unit in document.units() if unit.code == unit_code), None)
    if unit is None:
        return ()
    every = asked(document).values()
    if unit.indicators:
        return tuple(item for item in every if item.code in unit.indicators)
    return tuple(
        item
        for item in every
        if (not item.authorities or unit.authority in item.authorities)
        and (
            not item.action_areas
            or not unit.action_areas
            or not set(item.action_areas).isdisjoint(unit.action_areas)
        )
    )


def _complete(item: PlanIndicator, codes: set[str]) -> AskedIndicator:
    base = catalogue().indicators.get(item.code) or _own(item)
    part_of = item.part_of or base.part_of
    own_labels = {category.code: category.label for category in item.categories}
    known = catalogue().categories
    return AskedIndicator(
        code=item.code,
        group=base.group,
        labels=item.label or base.labels,
        definition=item.definition or base.definition,
        unit=base.unit,
        accepted=tuple(dict.fromkeys((*base.accepted, *item.accepted))),
        categories={
            code: own_labels.get(code) or (known[code].labels if code in known else {"en": code})
            for code in (own_labels or base.categories)
        },
        aggregation=item.aggregation or base.aggregation,
        direction=item.direction or base.direction,
        part_of=part_of if part_of in codes else None,
        scopes=base.scopes,
        crime_areas=base.crime_areas,
        action_areas=item.action_areas,
        authorities=item.authorities,
        required=item.required,
        asks=item.asks or base.asks,
        most=item.most,
    )


def _own(item: PlanIndicator) -> Indicator:
    """Return what a plan's own indicator starts from."""
    unit = item.unit or ""
    return Indicator(item.code, OWN_INDICATOR_GROUP, item.label, item.definition, unit, (unit,))
