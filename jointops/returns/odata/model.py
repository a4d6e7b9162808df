"""What the OData feed is made of, as data: entity types, their properties, and how one leads to another.

Names are those of the API. The description of the feed (:mod:`~jointops.returns.odata.csdl`), the reading of query
options and the answers all follow from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jointops.operations.models import AuthorityType
from jointops.returns.models import FactStatus, Phase, Scope

NAMESPACE = "jointops"
CONTAINER = "Feed"


class Edm(StrEnum):
    """The types of OData that the feed uses."""

    BOOLEAN = "Edm.Boolean"
    DATE = "Edm.Date"
    DECIMAL = "Edm.Decimal"
    INSTANT = "Edm.DateTimeOffset"
    INT32 = "Edm.Int32"
    INT64 = "Edm.Int64"
    STRING = "Edm.String"
    STRINGS = "Collection(Edm.String)"


NUMBERS = frozenset({Edm.DECIMAL, Edm.INT32, Edm.INT64})


@dataclass(frozen=True, slots=True)
class Property:
    """One column. ``accepted`` lists the values that it can have, where that is a fixed list.

    ``filterable`` is false for what can be read but neither filtered nor sorted by.
    """

    name: str
    type: Edm
    text: str
    nullable: bool = True
    accepted: tuple[str, ...] = ()
    filterable: bool = True


@dataclass(frozen=True, slots=True)
class Navigation:
    """A way from one entity to others of ``target`` (an entity set): ``many``, or at most one.

    ``pairs`` are the names of the properties that must agree, here and there. ``through`` are the properties of the
    target by which one can filter and sort from here.
    """

    name: str
    target: str
    pairs: tuple[tuple[str, str], ...]
    text: str
    many: bool = False
    nullable: bool = True
    through: tuple[str, ...] = ()

    @property
    def here(self) -> tuple[str, ...]:
        """Names of this side's properties."""
        return tuple(here for here, _there in self.pairs)

    @property
    def there(self) -> tuple[str, ...]:
        """Names of the other side's properties."""
        return tuple(there for _here, there in self.pairs)


@dataclass(frozen=True, slots=True)
class EntityType:
    """One kind of thing, and the entity set that holds all of it."""

    name: str
    entity_set: str
    key: tuple[str, ...]
    text: str
    properties: Mapping[str, Property]
    navigations: Mapping[str, Navigation] = field(default_factory=dict)


def _type(
    name: str, entity_set: str, key: str, text: str, properties: list[Property], navigations: list[Navigation]
) -> EntityType:
    return EntityType(
        name,
        entity_set,
        tuple(key.split()),
        text,
        {item.name: item for item in properties},
        {item.name: item for item in navigations},
    )


def _whose() -> list[Property]:
    return [
        Property(
            "unit_code", Edm.STRING, "Code of the reporting unit that it is credited to.", nullable=False
        ),
        Property("party", Edm.STRING, "Country (ISO 3166-1 alpha-2) or agency of the unit.", nullable=False),
        Property(
            "authority",
            Edm.STRING,
            "Type of authority of the unit.",
            nullable=False,
            accepted=tuple(item.value for item in AuthorityType),
        ),
        Property("day", Edm.DATE, "Operational day, in the operation's time zone.", nullable=False),
    ]


def _figure() -> list[Property]:
    return [
        Property("indicator", Edm.STRING, "Code of what is counted.", nullable=False),
        Property("category", Edm.STRING, "Code of the category; null: not specified."),
        Property("action_area", Edm.STRING, "Code of the action area; null: not specified."),
        Property(
            "phase",
            Edm.STRING,
            "Phase of the operation.",
            nullable=False,
            accepted=tuple(item.value for item in Phase),
        ),
        Property(
            "scope",
            Edm.STRING,
            "Whether it belongs to the operation or was found beside it.",
            nullable=False,
            accepted=tuple(item.value for item in Scope),
        ),
        Property("quantity", Edm.DECIMAL, "Exact quantity in the indicator's base unit.", nullable=False),
        Property("unit_of_measure", Edm.STRING, "The indicator's base unit.", nullable=False),
        Property("given_quantity", Edm.DECIMAL, "Quantity as it was reported, where in another unit."),
        Property("given_unit", Edm.STRING, "Unit of measure as it was reported, where another."),
        Property("certainty", Edm.STRING, "How the quantity is known: weighed, estimated or analysed."),
        Property("weight", Edm.STRING, "Whether the quantity is gross or net."),
        Property("seizures", Edm.INT32, "How many seizures the quantity is the sum of."),
        Property("joint", Edm.BOOLEAN, "Whether it is (part of) a joint result.", nullable=False),
        Property("joint_result", Edm.INT64, "Number of the joint result: the same for all who contributed."),
    ]


def _record() -> list[Property]:
    return [
        Property("revision", Edm.INT32, "Revision of the return that it stands in.", nullable=False),
        Property(
            "status",
            Edm.STRING,
            "How far the figure has come; see the option “status”.",
            nullable=False,
            accepted=tuple(item.value for item in FactStatus),
            filterable=False,
        ),
        Property("known_from", Edm.INSTANT, "Since when it is known at this status.", nullable=False),
        _exercise(),
    ]


def _exercise() -> Property:
    return Property("exercise", Edm.BOOLEAN, "True where it belongs to an exercise.", nullable=False)


_OF_DAY = (("unit_code", "unit_code"), ("day", "day"))
_UNIT_PATHS = ("code", "party", "authority", "in_plan")


def _unit(of: str) -> Navigation:
    return Navigation(
        "Unit",
        "Units",
        (("unit_code", "code"),),
        f"The reporting unit that the {of} is credited to.",
        nullable=False,
        through=_UNIT_PATHS,
    )


def _return() -> Navigation:
    return Navigation(
        # Not "Day": some clients take names that differ only in their case for the same.
        "Return",
        "Days",
        _OF_DAY,
        "Whether the return of the unit for the day was owed, and came.",
    )


VALUE = _type(
    "Value",
    "Values",
    "id",
    "One figure as it is known at one status. Totals add the figures whose counts is true.",
    [
        Property("id", Edm.INT64, "Number of the figure.", nullable=False),
        *_whose(),
        *_figure(),
        Property(
            "counts",
            Edm.BOOLEAN,
            "Whether totals count it: false for what contributors of a joint result have beside its owner.",
            nullable=False,
        ),
        Property("incident_id", Edm.INT64, "Number of the incident that it comes from."),
        *_record(),
    ],
    [
        _unit("figure"),
        Navigation(
            "Incident",
            "Incidents",
            (("incident_id", "id"),),
            "The incident that the figure comes from.",
            through=("reference", "at", "place", "modus_operandi", "external_reference"),
        ),
        _return(),
    ],
)

INCIDENT = _type(
    "Incident",
    "Incidents",
    "id",
    "One event with its figure, as it is known at one status.",
    [
        Property("id", Edm.INT64, "Number of the incident in its revision.", nullable=False),
        Property("reference", Edm.STRING, "The unit's own reference.", nullable=False),
        *_whose(),
        Property("at", Edm.INSTANT, "When it happened."),
        Property("place", Edm.STRING, "Where it happened, in words."),
        Property("latitude", Edm.DECIMAL, "Degrees north (WGS 84)."),
        Property("longitude", Edm.DECIMAL, "Degrees east (WGS 84)."),
        Property("modus_operandi", Edm.STRING, "Code of how it was done."),
        Property("external_reference", Edm.STRING, "Reference in another system."),
        Property("description", Edm.STRING, "What happened."),
        *_figure(),
        Property(
            "joint_with",
            Edm.STRINGS,
            "Codes of the other units that contributed.",
            nullable=False,
            filterable=False,
        ),
        *_record(),
    ],
    [
        _unit("incident"),
        _return(),
        Navigation("Values", "Values", (("id", "incident_id"),), "The figures that come from it.", many=True),
    ],
)

UNIT = _type(
    "Unit",
    "Units",
    "code",
    "A reporting unit: one authority of one participant.",
    [
        Property("code", Edm.STRING, "Code of the unit.", nullable=False),
        Property("title", Edm.STRING, "Name of the unit, in the language asked for.", nullable=False),
        Property("party", Edm.STRING, "Country (ISO 3166-1 alpha-2) or agency.", nullable=False),
        Property(
            "authority",
            Edm.STRING,
            "Type of authority.",
            nullable=False,
            accepted=tuple(item.value for item in AuthorityType),
        ),
        Property("in_plan", Edm.BOOLEAN, "Whether the plan in force has it (still).", nullable=False),
        Property("position", Edm.INT32, "Its place in the plan.", nullable=False),
        _exercise(),
    ],
    [
        Navigation("Values", "Values", (("code", "unit_code"),), "Its figures.", many=True),
        Navigation("Incidents", "Incidents", (("code", "unit_code"),), "Its incidents.", many=True),
        Navigation("Days", "Days", (("code", "unit_code"),), "Its days.", many=True),
    ],
)

TIMELINESS = ("on-time", "late", "missing", "not-yet-due", "not-expected")

DAY = _type(
    "Day",
    "Days",
    "unit_code day",
    "One unit on one day: whether a return was owed, and whether it came. A missing return is not a zero.",
    [
        Property("unit_code", Edm.STRING, "Code of the reporting unit.", nullable=False),
        Property("day", Edm.DATE, "Operational day, in the operation's time zone.", nullable=False),
        Property("party", Edm.STRING, "Country or agency of the unit.", nullable=False),
        Property(
            "timeliness",
            Edm.STRING,
            "In one word how it stands.",
            nullable=False,
            accepted=TIMELINESS,
        ),
        Property("expected", Edm.BOOLEAN, "Whether the plan owes a return.", nullable=False),
        Property("due_at", Edm.INSTANT, "The deadline, without the minutes of grace."),
        Property("received", Edm.BOOLEAN, "Whether a return was submitted.", nullable=False),
        Property("first_submitted_at", Edm.INSTANT, "When it was first submitted."),
        Property("on_time", Edm.BOOLEAN, "Expected and received in time.", nullable=False),
        Property("late", Edm.BOOLEAN, "Expected and received late.", nullable=False),
        Property("missing", Edm.BOOLEAN, "Expected, overdue and not received.", nullable=False),
        Property("nil", Edm.BOOLEAN, "Whether it says that there was nothing to report; null: no return."),
        Property("revisions", Edm.INT32, "How many revisions were submitted.", nullable=False),
        Property("accepted", Edm.BOOLEAN, "Whether the coordination centre accepted it.", nullable=False),
        _exercise(),
    ],
    [
        Navigation(
            "Unit", "Units", (("unit_code", "code"),), "The unit.", nullable=False, through=_UNIT_PATHS
        ),
        Navigation("Values", "Values", _OF_DAY, "The figures of the day.", many=True),
        Navigation("Incidents", "Incidents", _OF_DAY, "The incidents of the day.", many=True),
    ],
)

ENTITY_SETS: Mapping[str, EntityType] = {item.entity_set: item for item in (VALUE, INCIDENT, UNIT, DAY)}
"""The entity sets by name, in the order of the service document."""
