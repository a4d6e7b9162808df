"""What is sent and what is answered. Quantities are exact: a ``float`` is refused before it is sent.

Instants are aware, days those of the operation's time zone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

Quantity = Decimal | int | str
"""An exact decimal: ``Decimal("0.25")``, ``17``, ``"0.25"``."""


@dataclass(frozen=True, slots=True)
class Value:
    """How much of what. Without a ``category`` it is the indicator's total; without a ``unit`` in its own unit.

    ``phase``: preparatory, action-days or follow-up (else that of the day); ``scope``: operation or other;
    ``certainty``: weighed, estimated or analysed; ``weight``: gross or net; ``seizures`` how many seizures it is.
    """

    indicator: str
    quantity: Quantity
    unit: str | None = None
    category: str | None = None
    action_area: str | None = None
    phase: str | None = None
    scope: str | None = None
    certainty: str | None = None
    weight: str | None = None
    seizures: int | None = None

    def __post_init__(self) -> None:
        _require_exact(self.quantity)


@dataclass(frozen=True, slots=True)
class Incident(Value):
    """One event with its quantity, which adds to the values.

    ``reference`` is the unit's own and stays the same in every correction; ``joint_with`` are the other units that
    contributed, with which it counts once. ``latitude`` and ``longitude`` are degrees (WGS 84).
    """

    reference: str = ""
    joint_with: Sequence[str] = ()
    at: datetime | None = None
    place: str = ""
    latitude: Quantity | None = None
    longitude: Quantity | None = None
    modus_operandi: str | None = None
    external_reference: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        for number in (self.quantity, self.latitude, self.longitude):
            _require_exact(number)
        if not self.reference:
            raise ValueError("an incident needs a reference")
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("an incident's time needs a time zone")


@dataclass(frozen=True, slots=True)
class Return:
    """What a unit reports for a day.

    ``nil`` says that there was nothing to report. A return that was submitted before is corrected by sending it again
    with a ``reason``. ``explanations`` gives the reason for each warning (:attr:`Problem.explain`) that is known to be
    right. ``submit`` false keeps a draft; ``source`` says where it came from when the unit did not type it itself:
    telephone, paper or device.
    """

    values: Sequence[Value] = ()
    incidents: Sequence[Incident] = ()
    narrative: str = ""
    nil: bool = False
    reason: str = ""
    explanations: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[str] = ()
    submit: bool = True
    source: str | None = None
    plan_version: int | None = None
    recorded_at: datetime | None = None

    def data(self) -> dict[str, Any]:
        """Return the return as the API takes it; what was not said is left out."""
        return _said(self) | {"submit": self.submit, "nil": self.nil}


@dataclass(frozen=True, slots=True)
class Entry:
    """One return of a batch. ``version`` is the one that the sender saw; 0: there is none yet; ``None``: any."""

    unit: str
    day: date
    content: Return
    version: int | None = None

    def data(self) -> dict[str, Any]:
        """Return the entry as the API takes it."""
        version = {} if self.version is None else {"version": self.version}
        return {"unit": self.unit, "day": self.day.isoformat(), **version, **self.content.data()}


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a return is kept. ``changed`` is false when the same was on record already.

    ``sha256`` is the digest of the canonical content, ``version`` what to name when it is changed next.
    """

    unit: str
    day: date
    revision: int
    version: int
    state: str
    sha256: str
    recorded_at: datetime
    changed: bool

    @classmethod
    def of(cls, data: Mapping[str, Any], unit: str, day: date) -> Self:
        """Read the API's answer."""
        receipt = data["receipt"]
        return cls(
            unit=unit,
            day=day,
            revision=data["revision"],
            version=data["version"],
            state=data["state"],
            sha256=receipt["sha256"],
            recorded_at=datetime.fromisoformat(receipt["recorded_at"]),
            changed=data["changed"],
        )


@dataclass(frozen=True, slots=True)
class BatchReceipt:
    """What became of a batch: its number (``None`` when nothing was new), and a receipt for each return in order."""

    batch: int | None
    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to a revision: submitted, verified, accepted, sent back with a question, answered."""

    step: str
    at: datetime
    by: str
    text: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of a return, as it was recorded. ``values`` and ``incidents`` are as the API tells them."""

    revision: int
    values: tuple[Mapping[str, Any], ...]
    incidents: tuple[Mapping[str, Any], ...]
    narrative: str
    nil: bool
    correction: bool
    reason: str
    plan_version: int
    sha256: str
    recorded_at: datetime
    recorded_by: str
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, data: Mapping[str, Any], **more: Any) -> Self:
        """Read the API's answer."""
        return cls(
            revision=data["revision"],
            values=tuple(data["values"]),
            incidents=tuple(data["incidents"]),
            narrative=data["narrative"],
            nil=data["nil"],
            correction=data["correction"],
            reason=data["reason"],
            plan_version=data["plan_version"],
            sha256=data["receipt"]["sha256"],
            recorded_at=datetime.fromisoformat(data["receipt"]["recorded_at"]),
            recorded_by=data["recorded_by"],
            steps=tuple(
                Step(
                    step["step"],
                    datetime.fromisoformat(step["at"]),
                    step["by"],
                    step["text"],
                    step["pointer"],
                )
                for step in data["steps"]
            ),
            **more,
        )


@dataclass(frozen=True, slots=True)
class Stored(Revision):
    """A return as it stands: its latest revision, its state, and the version to name when it is changed next."""

    unit: str = ""
    day: date = date.min
    state: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A total of an operation; ``category`` ``None`` is that over all categories. ``quantity`` ``None``: no figure."""

    indicator: str
    category: str | None
    quantity: Decimal | None
    unit: str


def _require_exact(value: object) -> None:
    if isinstance(value, bool | float):
        raise TypeError(f"{value!r} is no exact quantity: give a Decimal, an int or a str")


def _said(entry: Value | Return) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for each in fields(entry):
        value = getattr(entry, each.name)
        if value is None or value == () or value == "" or value == {} or value == []:
            continue
        said[each.name] = _plain(value)
    return said


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return format(value, "f")
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"{value} needs a time zone")
            return value.isoformat()
        case Value():
            return _said(value)
        case str() | bool() | int():
            return value
        case Mapping():
            return dict(value)
        case _:
            return [_plain(item) for item in value]
