"""The outside form of answers, contact points, contributions and reminders."""

from __future__ import annotations

from marshmallow import fields, validate

from jointops.consultation import rules
from jointops.consultation.models import ReminderKind
from jointops.operations.models import Answer, AuthorityType, OperationState
from jointops.operations.schemas import MAX_NOTE
from jointops.reference.catalogue import catalogue
from jointops.web.fields import Choice, Instant, Schema, Text

MAX_NUMBER = 2**31 - 1


def _whole(least: int, most: int, described: str) -> fields.Integer:
    return fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=least, max=most),
        metadata={"description": described},
    )


class ContactInputSchema(Schema):
    """Where a participant is reached: an office, never a person."""

    role = Choice(tuple(catalogue().contact_roles), required=True)
    office = Text(rules.MAX_OFFICE, 1, required=True)
    reach = Text(
        rules.MAX_OFFICE,
        1,
        required=True,
        metadata={"description": "Telephone or e-mail address of the office."},
    )


class ContactSchema(Schema):
    """A contact point of a participant."""

    role = fields.String(required=True)
    office = fields.String(required=True)
    reach = fields.String(required=True)


class ContactsSchema(Schema):
    """All contact points of a participant. Not `in_force`: the change waits as an amendment of the plan."""

    items = fields.List(fields.Nested(ContactSchema), required=True)
    plan_version = fields.Integer(required=True)
    in_force = fields.Boolean(required=True)


class ContactsInputSchema(Schema):
    """All contact points of a participant; those that are left out are taken out of the plan."""

    items = fields.List(fields.Nested(ContactInputSchema), required=True, validate=validate.Length(max=50))


class LineInputSchema(Schema):
    """One line of what a participant brings; a line without `number` is new."""

    number = _whole(1, MAX_NUMBER, "The line's own number, as it was given out.")
    kind = Choice(tuple(catalogue().contribution_kinds), required=True)
    quantity = _whole(1, rules.MAX_QUANTITY, "How many are pledged.")
    days = _whole(1, rules.MAX_DAYS, "For how many days each.")
    action_area = Text(80, load_default="")
    unit = Text(80, load_default="")
    note = Text(rules.MAX_NOTE, load_default="")
    actual_quantity = _whole(0, rules.MAX_QUANTITY, "How many came.")
    actual_days = _whole(0, rules.MAX_DAYS, "For how many days each they came.")


class LinesInputSchema(Schema):
    """All contributions of a participant; lines that are left out are taken back."""

    items = fields.List(
        fields.Nested(LineInputSchema), required=True, validate=validate.Length(max=rules.MAX_LINES)
    )


class LineSchema(Schema):
    """One line of what a participant pledges and brings."""

    number = fields.Integer(required=True)
    kind = fields.String(required=True)
    quantity = fields.Integer(required=True, allow_none=True)
    days = fields.Integer(required=True, allow_none=True)
    action_area = fields.String(required=True)
    unit = fields.String(required=True)
    note = fields.String(required=True)
    actual_quantity = fields.Integer(required=True, allow_none=True)
    actual_days = fields.Integer(required=True, allow_none=True)
    changed_by = fields.String(required=True)
    changed_at = Instant(attribute="known_from", required=True)


class LinesSchema(Schema):
    """All contributions of a participant; the ETag is their version."""

    items = fields.List(fields.Nested(LineSchema), attribute="lines", required=True)


class AnswerSchema(Schema):
    """What a participant answers to the invitation. What is not sent stays as it is."""

    answer = Choice(
        (Answer.TAKES_PART.value, Answer.WITH_CONDITIONS.value, Answer.DECLINED.value), required=True
    )
    conditions = Text(
        MAX_NOTE,
        load_default="",
        metadata={"description": "Under which conditions it takes part, or why it declines."},
    )
    authorities = fields.List(
        Choice(AuthorityType),
        metadata={"description": "The types of authority it takes part with; they become units of the plan."},
        validate=validate.Length(max=20),
    )
    contacts = fields.List(fields.Nested(ContactInputSchema), validate=validate.Length(max=50))
    contributions = fields.List(fields.Nested(LineInputSchema), validate=validate.Length(max=rules.MAX_LINES))


class TotalSchema(Schema):
    """How many, and how many days' work altogether (null: not every line says for how many days)."""

    quantity = fields.Integer(required=True)
    days = fields.Integer(required=True, allow_none=True)


class NeedSchema(Schema):
    """What the plan asks of one kind beside what is pledged; `whole` is the kind's total over action areas."""

    kind = fields.String(required=True)
    action_area = fields.String(required=True)
    whole = fields.Boolean(required=True)
    asked = fields.Nested(TotalSchema, required=True)
    pledged = fields.Nested(TotalSchema, required=True)
    missing = fields.Integer(required=True)


class AnsweredSchema(Schema):
    """How one participant stands."""

    party = fields.String(required=True)
    answer = Choice(Answer, required=True)
    answered_at = Instant(required=True, allow_none=True)


class ConsultationSchema(Schema):
    """How the consultation of an operation stands."""

    operation = fields.String(required=True)
    state = Choice(OperationState, required=True)
    answer_by = Instant(required=True, allow_none=True)
    participants = fields.List(fields.Nested(AnsweredSchema), required=True)
    needs = fields.List(fields.Nested(NeedSchema), required=True)


class DeadlineSchema(Schema):
    """Until when participants are asked to answer."""

    answer_by = Instant(required=True)


class ReminderInputSchema(Schema):
    """Whom to remind now: the parties named, or everybody who has not answered."""

    parties = fields.List(Text(80, 1), load_default=None, allow_none=True, validate=validate.Length(max=500))


class ReminderSchema(Schema):
    """A participant was asked for its answer; `people` is how many were told."""

    party = fields.String(attribute="participant.party", required=True)
    kind = Choice(ReminderKind, required=True)
    sent_at = Instant(required=True)
    sent_by = fields.String(required=True)
    people = fields.Integer(required=True)


class RemindersSchema(Schema):
    """When the participants were asked, the latest first."""

    items = fields.List(fields.Nested(ReminderSchema), required=True)


class RemindedSchema(Schema):
    """Who was reminded."""

    parties = fields.List(fields.String(), required=True)
