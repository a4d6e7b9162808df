"""What somebody sends in for one unit and day, as plain data, before anything is checked.

Every channel (form, spreadsheet, API, command line, demo loader) makes the same :class:`Submission`, so that all are
checked by the same rules. Quantities, instants and codes are still text here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueEntry:
    """One value: how much of what. ``category`` ``None`` is the indicator's total; ``unit`` ``None`` its base unit.

    ``action_area``, ``phase`` and ``scope`` may be left out: the indicator's only area, the day's phase, and
    "of the operation" are taken.
    """

    indicator: str
    quantity: str
    unit: str | None = None
    category: str | None = None
    action_area: str | None = None
    phase: str | None = None
    scope: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEntry:
    """One event with its quantity, which adds to the values. ``joint_with`` are the other units that claim it.

    ``at`` is ISO 8601 with an offset; ``reference`` is the unit's own and names the incident for ever.
    """

    reference: str
    indicator: str
    quantity: str
    unit: str | None = None
    category: str | None = None
    action_area: str | None = None
    phase: str | None = None
    scope: str | None = None
    joint_with: tuple[str, ...] = ()
    at: str | None = None
    place: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One return as sent. ``nil`` says that there was nothing to report, which is not the same as no return.

    ``reason`` is needed once a return was submitted before; ``plan_version`` is the version the sender worked from,
    where the channel knows it; ``submit`` false keeps a draft that no total sees.
    """

    values: tuple[ValueEntry, ...] = ()
    incidents: tuple[IncidentEntry, ...] = ()
    narrative: str = ""
    nil: bool = False
    reason: str = ""
    plan_version: int | None = None
    submit: bool = True


def from_data(data: Mapping[str, Any]) -> Submission:
    """Make a submission of plain data in the shape of the API's return (design: "Forms that others write").

    The shape must have been checked; quantities may be text or whole numbers.
    """

    def optional(entry: Mapping[str, Any], *names: str) -> dict[str, str | None]:
        return {name: entry.get(name) for name in names}

    dimensions = ("unit", "category", "action_area", "phase", "scope")
    return Submission(
        values=tuple(
            ValueEntry(indicator=v["indicator"], quantity=str(v["quantity"]), **optional(v, *dimensions))
            for v in data.get("values") or ()
        ),
        incidents=tuple(
            IncidentEntry(
                reference=i["reference"],
                indicator=i["indicator"],
                quantity=str(i["quantity"]),
                joint_with=tuple(i.get("joint_with") or ()),
                at=i.get("at"),
                place=i.get("place") or "",
                description=i.get("description") or "",
                **optional(i, *dimensions),
            )
            for i in data.get("incidents") or ()
        ),
        narrative=data.get("narrative") or "",
        nil=bool(data.get("nil")),
        reason=data.get("reason") or "",
        plan_version=data.get("plan_version"),
        submit=data.get("submit", True),
    )
