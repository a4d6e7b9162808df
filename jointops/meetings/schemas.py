"""The outside form of meetings."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from jointops.meetings import rules
from jointops.meetings.models import ItemKind, Meeting, MeetingState
from jointops.meetings.rules import MeetingInput
from jointops.tasks.schemas import TaskInputSchema
from jointops.web.fields import Choice, Code, Instant, Schema, Text
from jointops.web.paging import PageQuery


class DecisionSchema(Schema):
    """What was decided on an item, and the task it became, if any."""

    text = fields.String(required=True)
    task = fields.String(required=True, allow_none=True)
    decided_at = Instant(required=True)
    by = fields.String(required=True)


class ItemSchema(Schema):
    """One item of an agenda. `reference` names what it was made from; empty for an item of its own."""

    number = fields.Integer(required=True, metadata={"description": "Names the item in addresses."})
    position = fields.Integer(required=True)
    kind = Choice(ItemKind, required=True)
    reference = fields.String(required=True)
    title = fields.String(required=True)
    note = fields.String(required=True)
    outcome = fields.String(required=True)
    settled = fields.Boolean(required=True)
    carried_from = fields.Integer(required=True, allow_none=True)
    decisions = fields.List(fields.Nested(DecisionSchema), required=True)


class MeetingSchema(Schema):
    """A meeting. `invited` empty: all participants."""

    number = fields.Integer(required=True)
    title = fields.String(required=True)
    starts_at = Instant(required=True)
    minutes = fields.Integer(required=True)
    place = fields.String(required=True)
    invited = fields.List(fields.String(), required=True)
    attended = fields.List(fields.String(), required=True)
    state = Choice(MeetingState, required=True)
    previous = fields.Integer(required=True, allow_none=True)
    items = fields.List(fields.Nested(ItemSchema), required=True)
    version = fields.Integer(required=True)


class OpenItemSchema(Schema):
    """Something open that can be put on an agenda by its `reference`."""

    kind = Choice(ItemKind, required=True)
    reference = fields.String(required=True)
    title = fields.String(required=True)


class OpenItemsSchema(Schema):
    """What is open."""

    items = fields.List(fields.Nested(OpenItemSchema), required=True)


class MeetingQuery(PageQuery):
    """Which piece of the list."""


class MeetingInputSchema(Schema):
    """A new meeting."""

    title = Text(rules.TITLE_LENGTH, shortest=1, required=True)
    starts_at = Instant(required=True)
    minutes = fields.Integer(
        strict=True, load_default=60, validate=validate.Range(min=1, max=rules.MOST_MINUTES)
    )
    place = Text(rules.PLACE_LENGTH, load_default="")
    invited = fields.List(Code(), load_default=list, validate=validate.Length(max=200))

    @post_load
    def _input(self, data: dict[str, Any], **_kw: Any) -> MeetingInput:
        return MeetingInput(**{**data, "invited": tuple(data["invited"])})


class MeetingChangesSchema(Schema):
    """What changes of a meeting; what is not sent stays."""

    title = Text(rules.TITLE_LENGTH, shortest=1)
    starts_at = Instant()
    minutes = fields.Integer(strict=True, validate=validate.Range(min=1, max=rules.MOST_MINUTES))
    place = Text(rules.PLACE_LENGTH)
    invited = fields.List(Code(), validate=validate.Length(max=200))


class StepSchema(Schema):
    """The next step: `open` (invite), `in-progress`, `closed`, `cancelled`."""

    to = Choice(MeetingState, required=True)


class AgendaSchema(Schema):
    """What to put on the agenda: open items by their `references`, or an item of its own with a `title`."""

    references = fields.List(Text(200, shortest=1), load_default=list, validate=validate.Length(max=200))
    title = Text(rules.ITEM_LENGTH, load_default="")
    note = Text(rules.TEXT_LENGTH, load_default="")


class ItemChangeSchema(Schema):
    """What came of an item."""

    outcome = Text(rules.TEXT_LENGTH, required=True)
    settled = fields.Boolean(load_default=True)


class DecisionInputSchema(Schema):
    """A decision; with `task` it becomes work for units."""

    text = Text(rules.TEXT_LENGTH, shortest=1, required=True)
    task = fields.Nested(TaskInputSchema, load_default=None, allow_none=True)


def shown(meeting: Meeting) -> dict[str, Any]:
    """Return a meeting as :class:`MeetingSchema` writes it."""
    return {
        "number": meeting.number,
        "title": meeting.title,
        "starts_at": meeting.starts_at,
        "minutes": meeting.minutes,
        "place": meeting.place,
        "invited": meeting.invited,
        "attended": meeting.attended,
        "state": meeting.state,
        "previous": meeting.previous.number if meeting.previous else None,
        "items": [
            {
                "number": item.id,
                "position": item.position,
                "kind": item.kind,
                "reference": item.reference,
                "title": item.title,
                "note": item.note,
                "outcome": item.outcome,
                "settled": item.settled,
                "carried_from": item.carried_from,
                "decisions": [
                    {
                        "text": decision.text,
                        "task": decision.task.code if decision.task else None,
                        "decided_at": decision.decided_at,
                        "by": decision.decided_by,
                    }
                    for decision in item.decisions
                ],
            }
            for item in meeting.items
        ],
        "version": meeting.version,
    }
