"""Advice on a plan that binds nobody: it may be approved all the same."""

from __future__ import annotations

from collections.abc import Iterator

from jointops.kernel.i18n import _
from jointops.operations import planindicators
from jointops.operations.plandoc import PlanDocument

MOST_ASKED = 15
"""Indicators that a unit reports on every day in the two minutes that it has; it finds the rest when it needs them."""

MOST_NAMED = 6


def advice(document: PlanDocument) -> Iterator[str]:
    """Yield what could be better about what a plan asks its units for."""
    many = {
        unit.code: count
        for unit in document.units()
        if (count := len(planindicators.asked_of(document, unit.code))) > MOST_ASKED
    }
    if many:
        names = ", ".join(f"{code} ({count})" for code, count in list(many.items())[:MOST_NAMED])
        yield _(
            "More than ${n} indicators are asked of: ${units}. Choose ten to fifteen for each unit (its “indicators”): "
            "every other indicator of the plan is one search away in the form.",
            mapping={"n": MOST_ASKED, "units": names + (" …" if len(many) > MOST_NAMED else "")},
        )
