"""What is usual for a unit, over the API: a client asks its user about figures that are far from it."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from jointops.kernel import policy
from jointops.kernel.i18n import translator
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.returns import asked
from jointops.returns.questions import usual_data
from jointops.web.api import Call, Reply, endpoint
from jointops.web.fields import Code, Day, Schema


class UsualSchema(Schema):
    """What is usual of one indicator: to be asked about is what is below ``low`` or above ``high``.

    Quantities are decimals as text, in ``unit``. ``whose``: the unit's own days (own), or those of other units of its
    kind (peers).
    """

    indicator = Code(required=True)
    label = fields.String(required=True)
    unit = fields.String(required=True)
    factors = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "How many of `unit` one of each accepted unit of measure is."},
    )
    whose = fields.String(required=True, metadata={"enum": ["own", "peers"]})
    low = fields.String(
        required=True, allow_none=True, metadata={"description": "None: nothing is too little."}
    )
    high = fields.String(required=True)
    median = fields.String(required=True)
    least = fields.String(required=True)
    most = fields.String(required=True)
    days = fields.Integer(required=True, metadata={"description": "Days with some of it."})
    units = fields.Integer(required=True, metadata={"description": "Units whose days they are."})
    text = fields.String(required=True, metadata={"description": "The figures behind, as a sentence."})


class QuestionsSchema(Schema):
    """What is usual for a unit before a day."""

    usual = fields.List(fields.Nested(UsualSchema), required=True)


@endpoint(
    "GET",
    "/operations/{code}/returns/{unit}/{day}/questions",
    summary="Read what is usual for a unit",
    path_fields={"day": Day()},
    answers={200: QuestionsSchema},
    problems=("unit-unknown",),
)
def get_questions(call: Call) -> Reply:
    """Answers the bounds beyond which a figure is worth a question, with the figures behind them.

    They come from what the unit, or else other units of its kind, reported on the days before. A question is never in
    the way of a return. An answer may be sent with it as the explanation `unusual:<indicator>`.
    """
    operation = operations.find(call.db, call.actor, call.path["code"])
    unit = operations.find_unit(call.db, operation, call.path["unit"])
    subject = operations.subject(operation, party=unit.participant.party, unit=unit.code)
    policy.require(call.actor, Action.RETURN_READ, subject)
    questions = asked.asked(call.db, operation)
    found: list[dict[str, Any]] = usual_data(
        call.db, operation, questions, unit.code, call.path["day"], translator(call.locale), call.locale
    )
    return Reply({"usual": found})
