"""What somebody sends in for one unit and day, as plain data, before anything is checked.

Every channel (form, spreadsheet, API, command line, demo loader) makes the same :class:`Submission`, so that all are
checked by the same rules. Quantities, instants and codes are still text here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueEntry:
    """One value: how much of what. ``category`` ``None`` is the indicator's total; ``unit`` ``None`` its base unit.

    ``action_area``, ``phase`` and ``scope`` may be left out: the indicator's only area, the day's phase, and
    "of the operation" are taken. ``certainty`` says how the quantity is known, ``weight`` whether it is gross or
    net, ``seizures`` (a whole number, as text) how many seizures it is the sum of.
    """

    indicator: str
    quantity: str
    unit: str | None = None
    category: str | None = None
    action_area: str | None = None
    phase: str | None = None
    scope: str | None = None
    certainty: str | None = None
    weight: str | None = None
    seizures: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEntry:
    """One event with its quantity, which adds to the values. ``joint_with`` are the other units that claim it.

    ``at`` is ISO 8601 with an offset; ``reference`` is the unit's own and names the incident for ever,
    ``external_reference`` is that of another system or authority. ``latitude`` and ``longitude`` are degrees in
    WGS 84, as text; ``modus_operandi`` a code of the reference list.
    """

    reference: str
    indicator: str
    quantity: str
    unit: str | None = None
    category: str | None = None
    action_area: str | None = None
    phase: str | None = None
    scope: str | None = None
    certainty: str | None = None
    weight: str | None = None
    seizures: str | None = None
    joint_with: tuple[str, ...] = ()
    at: str | None = None
    place: str = ""
    latitude: str | None = None
    longitude: str | None = None
    modus_operandi: str | None = None
    external_reference: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One return as sent. ``nil`` says that there was nothing to report, which is not the same as no return.

    ``reason`` is needed once a return was submitted before; ``plan_version`` is the version the sender worked from,
    where the channel knows it; ``submit`` false keeps a draft that no total sees. ``attachments`` are the SHA-256 of
    files that were sent before. ``explanations`` gives the reason for each warning that is known to be right, by the
    warning's ``explain`` key. ``source`` says where a return came from that was not typed by the unit itself
    (telephone, paper, device), ``withdrawn`` that there is no return for this day after all.
    """

    values: tuple[ValueEntry, ...] = ()
    incidents: tuple[IncidentEntry, ...] = ()
    narrative: str = ""
    nil: bool = False
    reason: str = ""
    plan_version: int | None = None
    submit: bool = True
    attachments: tuple[str, ...] = ()
    explanations: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    withdrawn: bool = False


def from_data(data: Mapping[str, Any]) -> Submission:
    """Make a submission of plain data in the shape of the API's return (design: "Forms that others write").

    The shape must have been checked; quantities may be text or whole numbers.
    """

    def optional(entry: Mapping[str, Any], *names: str) -> dict[str, str | None]:
        return {name: entry.get(name) for name in names}

    def count(entry: Mapping[str, Any]) -> str | None:
        given = entry.get("seizures")
        return None if given is None else str(given)

    dimensions = ("unit", "category", "action_area", "phase", "scope", "certainty", "weight")
    incident = ("latitude", "longitude", "modus_operandi")
    return Submission(
        values=tuple(
            ValueEntry(
                indicator=v["indicator"],
                quantity=str(v["quantity"]),
                seizures=count(v),
                **optional(v, *dimensions),
            )
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
                external_reference=i.get("external_reference") or "",
                description=i.get("description") or "",
                seizures=count(i),
                **optional(i, *dimensions, *incident),
            )
            for i in data.get("incidents") or ()
        ),
        narrative=data.get("narrative") or "",
        nil=bool(data.get("nil")),
        reason=data.get("reason") or "",
        plan_version=data.get("plan_version"),
        submit=data.get("submit", True),
        attachments=tuple(data.get("attachments") or ()),
        explanations=dict(data.get("explanations") or {}),
        source=data.get("source") or "",
    )
