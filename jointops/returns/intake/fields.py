"""What the form of a return holds: its fields as they stand, right or wrong, so that nothing typed is lost.

Field names:

* ``q.<indicator>.<category>``: quantity of an asked figure (no category: the total); under the same two parts ``u.``
  its unit of measure, ``o.`` what was found besides and is not related to the operation, ``c.`` ``w.`` ``s.`` its
  certainty, its weight (gross or net) and how many seizures it is the sum of;
* ``a.<indicator>``, ``p.<indicator>``: action area and phase of an indicator's figures, where they are said;
* ``more``: an indicator of the plan that the unit is not asked for and has a line all the same (several);
* ``x<n>.<field>``: further figures; ``i<n>.<field>``: incidents; both numbered from 1;
* ``attachment``: SHA-256 of a file of this return (several); ``explain:<key>``: the reason for a warning;
* ``narrative``, ``nil``, ``reason``, ``source``, ``version`` (of the return that was shown), ``plan_version``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

DETAILS = ("certainty", "weight", "seizures")
"""What can be said beside a quantity, where the indicator asks for it."""

FIGURE_FIELDS = ("indicator", "category", "action_area", "phase", "scope", "quantity", "unit", *DETAILS)
_PLACE = ("place", "latitude", "longitude")
INCIDENT_FIELDS = (
    *FIGURE_FIELDS,
    *("reference", "at", *_PLACE, "modus_operandi", "external_reference", "description"),
)
MAX_ROWS = 200
"""Further figures or incidents in one form: what comes beyond is not from a person, and refused."""


@dataclass(frozen=True, slots=True)
class Line:
    """One asked figure: its fields hold what is typed. ``other`` is what is not related to the operation."""

    indicator: str
    category: str
    quantity: str = ""
    unit: str = ""
    other: str = ""
    certainty: str = ""
    weight: str = ""
    seizures: str = ""

    @property
    def name(self) -> str:
        """Name of the quantity's field."""
        return self.name_of("quantity")

    @property
    def unit_name(self) -> str:
        """Name of the unit's field."""
        return self.name_of("unit")

    def name_of(self, field_name: str) -> str:
        """Return the name of one of its fields."""
        letter = "q" if field_name == "quantity" else field_name[0]
        return f"{letter}.{self.indicator}.{self.category}"

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said of it; an answer to how a quantity is known says something of a quantity."""
        return not (self.quantity.strip() or self.seizures.strip())


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One further figure."""

    number: int
    indicator: str = ""
    category: str = ""
    action_area: str = ""
    phase: str = ""
    scope: str = ""
    quantity: str = ""
    unit: str = ""
    certainty: str = ""
    weight: str = ""
    seizures: str = ""

    def name(self, field_name: str) -> str:
        """Return the name of one of its fields."""
        return f"x{self.number}.{field_name}"

    @property
    def is_empty(self) -> bool:
        """Whether there is no figure in it."""
        return not self.quantity.strip()


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident. ``at`` is local date and time in the operation's zone, as the browser's field has it."""

    number: int
    indicator: str = ""
    category: str = ""
    action_area: str = ""
    phase: str = ""
    scope: str = ""
    quantity: str = ""
    unit: str = ""
    certainty: str = ""
    weight: str = ""
    seizures: str = ""
    reference: str = ""
    at: str = ""
    place: str = ""
    latitude: str = ""
    longitude: str = ""
    modus_operandi: str = ""
    external_reference: str = ""
    description: str = ""
    joint_with: tuple[str, ...] = ()

    def name(self, field_name: str) -> str:
        """Return the name of one of its fields."""
        return f"i{self.number}.{field_name}"

    @property
    def is_empty(self) -> bool:
        """Whether nothing of an incident is filled in."""
        names = (
            "quantity",
            "reference",
            "at",
            *_PLACE,
            "modus_operandi",
            "external_reference",
            "description",
        )
        return not any(getattr(self, name).strip() for name in names) and not self.joint_with


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it stands. ``version`` is that of the return it was opened with: 0 when there was none yet.

    ``more`` are the indicators that were looked up; ``attachments`` SHA-256; ``explanations`` reasons by the key of
    what is explained.
    """

    lines: tuple[Line, ...]
    areas: Mapping[str, str] = field(default_factory=dict)
    phases: Mapping[str, str] = field(default_factory=dict)
    more: tuple[str, ...] = ()
    figures: tuple[FigureRow, ...] = ()
    incidents: tuple[IncidentRow, ...] = ()
    attachments: tuple[str, ...] = ()
    explanations: Mapping[str, str] = field(default_factory=dict)
    narrative: str = ""
    nil: bool = False
    reason: str = ""
    source: str = ""
    version: int = 0
    plan_version: int | None = None

    def with_figure(self) -> Form:
        """Return the form with one more empty row for a further figure."""
        number = max((row.number for row in self.figures), default=0) + 1
        return replace(self, figures=(*self.figures, FigureRow(number)))

    def with_incident(self) -> Form:
        """Return the form with one more empty incident."""
        number = max((row.number for row in self.incidents), default=0) + 1
        return replace(self, incidents=(*self.incidents, IncidentRow(number)))

    def with_attachment(self, sha256: str) -> Form:
        """Return the form with one more file."""
        return replace(self, attachments=tuple(dict.fromkeys((*self.attachments, sha256))))

    def without_attachment(self, sha256: str) -> Form:
        """Return the form without a file."""
        return replace(self, attachments=tuple(each for each in self.attachments if each != sha256))

    def with_version(self, version: int) -> Form:
        """Return the form as if it had been opened with another version of the return."""
        return replace(self, version=version)
