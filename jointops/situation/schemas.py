"""The situation as other software gets it."""

from __future__ import annotations

from marshmallow import fields

from jointops.returns.models import FactStatus
from jointops.situation.rules import ReturnStatus
from jointops.web.fields import Choice, Code, Day, Schema, Text


def amount(description: str = "An exact decimal; null where nobody has given a figure.") -> fields.String:
    """Return the field of a quantity that may be unknown."""
    return fields.String(allow_none=True, required=True, metadata={"description": description})


class AsKnownAtSchema(Schema):
    """What every question about figures may say: as known when, at which status."""

    as_known_at = Text(
        40,
        load_default="",
        metadata={
            "description": "An instant, ISO 8601 with offset; without one on the operation's clock. Default: now.",
        },
    )
    status = Choice(FactStatus, load_default=None, metadata={"description": "Which layer of figures."})


class SituationQuery(AsKnownAtSchema):
    """The query of a situation."""

    day = Day(
        load_default=None, metadata={"description": "One operational day; default: the whole operation."}
    )


class HoldsSchema(Schema):
    """What totals hold."""

    scope = fields.String(required=True)
    phases = fields.List(fields.String(), required=True)


class CountsSchema(Schema):
    """How complete the reporting is."""

    expected = fields.Integer(required=True)
    received = fields.Integer(required=True)
    on_time = fields.Integer(required=True)
    late = fields.Integer(required=True)
    nil = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    not_yet_due = fields.Integer(required=True)
    voluntary = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    corrections = fields.Integer(required=True)


class DayCountsSchema(CountsSchema):
    """How complete the reporting of one day is."""

    day = fields.String(required=True)


class ResultSchema(Schema):
    """An indicator's total (``category`` null, with all fields), or one category of it (the first four)."""

    indicator = fields.String(required=True)
    category = fields.String(allow_none=True, required=True)
    quantity = amount()
    unit = fields.String(required=True)
    aggregation = fields.String()
    part_of = fields.String(allow_none=True)
    not_specified = fields.String(allow_none=True)
    phases = fields.Dict(keys=fields.String(), values=fields.String())
    other_scope = fields.String(allow_none=True)


class ShareSchema(Schema):
    """What something has of an indicator: what it adds to the total."""

    indicator = fields.String(required=True)
    quantity = amount()


class DayShareSchema(ShareSchema):
    """One day's share."""

    day = fields.String(required=True)


class AreaShareSchema(ShareSchema):
    """One action area's share; ``""`` where none is specified."""

    action_area = fields.String(required=True)


class CreditedShareSchema(ShareSchema):
    """A share beside what is credited when each contributor of a joint result counts it as its own."""

    credited = amount("What it is credited with, joint results included.")


class PartyShareSchema(CreditedShareSchema):
    """One party's share."""

    party = fields.String(required=True)


class AuthorityShareSchema(CreditedShareSchema):
    """One type of authority's share."""

    authority = fields.String(required=True)


class UnitShareSchema(CreditedShareSchema):
    """One reporting unit's share."""

    unit = fields.String(required=True)


class CellSchema(Schema):
    """One unit on one day."""

    day = fields.String(required=True)
    status = Choice(ReturnStatus, required=True)
    expected = fields.Boolean(required=True)
    late = fields.Boolean(required=True)
    nil = fields.Boolean(allow_none=True, required=True)
    accepted = fields.Boolean(allow_none=True, required=True)
    first_submitted_at = fields.String(allow_none=True, required=True)
    corrections = fields.Integer(allow_none=True, required=True)
    withdrawn = fields.Boolean(metadata={"description": "There was a return, which was taken back."})


class LineSchema(Schema):
    """One unit's row."""

    unit = Code(required=True)
    party = fields.String(required=True)
    authority = fields.String(required=True)
    cells = fields.List(fields.Nested(CellSchema), required=True)


class SituationSchema(Schema):
    """Who has reported and what it adds up to."""

    format = fields.String(required=True)
    operation = Code(required=True)
    day = fields.String(allow_none=True, required=True)
    as_known_at = fields.String(required=True)
    status = Choice(FactStatus, required=True)
    time_zone = fields.String(required=True)
    plan_version = fields.Integer(required=True)
    holds = fields.Nested(HoldsSchema, required=True)
    reporting = fields.Nested(CountsSchema, required=True)
    reporting_by_day = fields.List(fields.Nested(DayCountsSchema), required=True)
    matrix = fields.List(fields.Nested(LineSchema), required=True)
    totals = fields.List(fields.Nested(ResultSchema), required=True)
    by_day = fields.List(fields.Nested(DayShareSchema), required=True)
    by_action_area = fields.List(fields.Nested(AreaShareSchema), required=True)
    by_party = fields.List(fields.Nested(PartyShareSchema), required=True)
    by_authority = fields.List(fields.Nested(AuthorityShareSchema), required=True)
    by_unit = fields.List(fields.Nested(UnitShareSchema), required=True)
    to_date = fields.List(fields.Nested(ResultSchema))
