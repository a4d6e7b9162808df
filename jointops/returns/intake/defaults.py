"""What need not be said: a form and a template show the usual unit of measure and the only action area ready-made.

They are left out of the submission, so that the same return has the same content, and the same receipt, whether it
was typed into the form, filled into a template or sent without them.
"""

from __future__ import annotations

from jointops.operations.planindicators import AskedIndicator


def unit_said(unit: str | None, indicator: AskedIndicator | None) -> str | None:
    """Return the unit of measure if it is another than the indicator's own."""
    return None if not unit or (indicator is not None and unit == indicator.unit) else unit


def area_said(area: str | None, indicator: AskedIndicator | None) -> str | None:
    """Return the action area if the indicator does not have it as its only one."""
    return None if not area or (indicator is not None and (area,) == indicator.action_areas) else area
