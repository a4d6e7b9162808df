"""Views of many tasks over the API: the matrix, the timeline, and the places as GeoJSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import fields

from jointops.kernel import clock
from jointops.kernel.i18n import label
from jointops.operations import service as operations
from jointops.operations.models import AuthorityType, Operation
from jointops.operations.rules import today
from jointops.tasks import finding, matrix, places, rows, timeline
from jointops.tasks.rows import Row, Wanted
from jointops.tasks.rules import TaskState
from jointops.web.api import Call, Reply, endpoint
from jointops.web.fields import Choice, Day, Schema

_STATES = [state.value for state in TaskState]

_FIRST_CODES = {"type": "array", "items": {"type": "string"}}

_BAR = {
    "type": "object",
    "required": [
        "code",
        "title",
        "area",
        "begins",
        "ends",
        "state",
        "overdue",
        "mandatory",
        "units",
        "waits_for",
        "late",
    ],
    "properties": {
        "code": {"type": "string"},
        "title": {"type": "string", "description": "In the language of the request."},
        "area": {"type": ["string", "null"], "description": "Code of the action area."},
        "begins": {"type": "string", "format": "date-time"},
        "ends": {"type": "string", "format": "date-time", "description": "Not included."},
        "hours": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "description": "From and until which time of every day, in the operation's time zone.",
        },
        "state": {"type": "string", "enum": _STATES},
        "overdue": {"type": "boolean"},
        "mandatory": {"type": "boolean"},
        "units": _FIRST_CODES,
        "lead": {"type": ["string", "null"]},
        "waits_for": {**_FIRST_CODES, "description": "Codes of the tasks that end before this one begins."},
        "late": {**_FIRST_CODES, "description": "Those of them that end only after this one has begun."},
    },
}

_FEATURE = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"const": "Feature"},
        "geometry": {"type": ["object", "null"], "description": "A point in WGS 84, or null."},
        "properties": {"type": "object"},
    },
}


class WantedQuery(Schema):
    """Which tasks, as in the address of the pages."""

    text = fields.String(
        load_default="", metadata={"description": "Words in the code, title, place or units."}
    )
    state = Choice(TaskState, load_default=None)
    area = fields.String(load_default="", metadata={"description": "Code of an action area, or `none`."})
    party = fields.String(load_default="")
    authority = Choice(AuthorityType, load_default=None)
    unit = fields.String(load_default="")
    kind = fields.String(load_default="")
    day = Day(load_default=None, metadata={"description": "A day that lies in the window."})
    mandatory = fields.Boolean(load_default=False)
    overdue = fields.Boolean(load_default=False)


class AreaSchema(Schema):
    """An action area; `code` is null for the tasks of none."""

    code = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)


class TimelineSchema(Schema):
    """Tasks along time: two thousand are written at once, without being copied field by field."""

    operation = fields.String(required=True)
    time_zone = fields.String(required=True)
    first_day = Day(required=True)
    last_day = Day(required=True)
    now = fields.String(
        required=True, metadata={"format": "date-time", "description": "On the clocks of the zone."}
    )
    areas = fields.List(fields.Nested(AreaSchema), required=True)
    tasks = fields.Raw(required=True, metadata={"type": "array", "items": _BAR})


class MatrixQuery(WantedQuery):
    """Which tasks, and from which day on."""

    first_day = Day(load_default=None, metadata={"description": "By default the first action day."})


class MatrixUnitSchema(Schema):
    """One unit: how many tasks it has in all, and on each day by state; one that is late counts as `overdue`."""

    unit = fields.String(required=True)
    party = fields.String(required=True)
    authority = Choice(AuthorityType, required=True)
    tasks = fields.Integer(required=True)
    days = fields.List(fields.Dict(keys=fields.String(), values=fields.Integer()), required=True)


class MatrixSchema(Schema):
    """Units by days, three weeks at most; `following` is the first day after these, null where there is none."""

    days = fields.List(Day(), required=True)
    following = Day(required=True, allow_none=True)
    tasks = fields.List(
        fields.Integer(), required=True, metadata={"description": "How many there are on each day."}
    )
    units = fields.List(fields.Nested(MatrixUnitSchema), required=True)


class PlacesSchema(Schema):
    """Tasks as GeoJSON (RFC 7946). One without coordinates has no geometry; its `country` says where it belongs."""

    type = fields.String(required=True)
    features = fields.Raw(required=True, metadata={"type": "array", "items": _FEATURE})


@endpoint(
    "GET",
    "/operations/{code}/tasks/timeline",
    summary="Read the timeline of the tasks",
    answers={200: TimelineSchema},
    query=WantedQuery,
)
def read_task_timeline(call: Call) -> Reply:
    """Give the tasks by action area and first day, each with the instants of its window and what it waits for."""
    operation, _wanted, found = _found(call)
    lanes = timeline.laid_out(found, finding.dependencies_of(call.db, operation), operation.time_zone)
    first, last = timeline.days_of(lanes, operation.starts_on, operation.ends_on)
    return Reply(
        {
            "operation": operation.code,
            "time_zone": operation.time_zone,
            "first_day": first,
            "last_day": last,
            "now": clock.now().astimezone(ZoneInfo(operation.time_zone)).isoformat(timespec="seconds"),
            "areas": [
                {
                    "code": lane.area.code if lane.area else None,
                    "title": label(lane.area.title, call.locale) if lane.area else "",
                }
                for lane in lanes
            ],
            "tasks": [_bar(bar, call.locale) for lane in lanes for bar in lane.bars],
        }
    )


@endpoint(
    "GET",
    "/operations/{code}/tasks/matrix",
    summary="Read how many tasks units have on each day",
    answers={200: MatrixSchema},
    query=MatrixQuery,
)
def read_task_matrix(call: Call) -> Reply:
    """Give the units by days: how many tasks each has on each day, by their states. What was cancelled is left out."""
    operation, wanted, found = _found(call)
    first = min([operation.starts_on, *(row.starts_on for row in found)])
    last = max([operation.ends_on, *(row.ends_on for row in found)])
    days, _before, after = matrix.window(first, last, call.query["first_day"] or operation.starts_on)
    units = rows.units(call.db, operation).values()
    made = matrix.laid_out(found, units, days, wanted, today(operation.time_zone, clock.now()))
    return Reply(
        {
            "days": days,
            "following": after,
            "tasks": made.totals,
            "units": [
                {
                    "unit": line.unit.code,
                    "party": line.unit.party,
                    "authority": line.unit.authority,
                    "tasks": line.total,
                    "days": [dict(cell.states) if cell else {} for cell in line.cells],
                }
                for group in made.groups
                for line in group.lines
            ],
        }
    )


@endpoint(
    "GET",
    "/operations/{code}/tasks/places",
    summary="Read where the tasks are",
    answers={200: PlacesSchema},
    query=WantedQuery,
)
def read_task_places(call: Call) -> Reply:
    """Give the tasks as a GeoJSON collection that any map reads."""
    _operation, _wanted, found = _found(call)
    return Reply(places.geojson(found, {row.id: _properties(row, call.locale) for row in found}))


def _found(call: Call) -> tuple[Operation, Wanted, list[Row]]:
    operation = operations.find(call.db, call.actor, call.path["code"])
    day = today(operation.time_zone, clock.now())
    given = {name: call.query[name] or "" for name in ("state", "authority")}
    given |= {name: call.query[name] for name in WantedQuery().fields if name not in given}
    wanted = Wanted(**{name: _text(value) for name, value in given.items()})
    return operation, wanted, rows.chosen(rows.read(call.db, call.actor, operation), wanted, day)


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, (TaskState, AuthorityType)) else value


def _bar(bar: timeline.Bar, locale: str) -> Mapping[str, Any]:
    row = bar.row
    return {
        "code": row.code,
        "title": label(row.title, locale),
        "area": row.area.code if row.area else None,
        "begins": bar.begins.isoformat(),
        "ends": bar.ends.isoformat(),
        "hours": [row.hours["since"], row.hours["until"]] if row.hours else None,
        "state": row.state.value,
        "overdue": row.overdue,
        "mandatory": row.mandatory,
        "units": [part.unit.code for part in row.parts],
        "lead": next((part.unit.code for part in row.parts if part.lead), None),
        "waits_for": list(bar.waits_for),
        "late": list(bar.late),
    }


def _properties(row: Row, locale: str) -> Mapping[str, Any]:
    place = row.place or {}
    return {
        "code": row.code,
        "title": label(row.title, locale),
        "place": str(place.get("name", "")) or None,
        "kind": str(place.get("kind", "")) or None,
        "state": row.state.value,
        "overdue": row.overdue,
        "mandatory": row.mandatory,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "units": [part.unit.code for part in row.parts],
    }
