"""Suspected duplicates over HTTP: the list, decisions about them, and joint results."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from jointops.operations import service as operations
from jointops.returns import linking, suspicion
from jointops.returns.duplicates import Pair
from jointops.returns.sightings import IncidentKey, Sighting
from jointops.web.api import Call, Reply, endpoint
from jointops.web.fields import Choice, Code, Day, Instant, Quantity, Schema, Text
from jointops.web.paging import PageQuery, paged, paginate

_DUPLICATES = "/operations/{code}/duplicates"


class IncidentKeySchema(Schema):
    """What names an incident: its unit, its day, and the unit's own reference."""

    unit = Code(required=True)
    day = Day(required=True)
    reference = Text(required=True)


class SuspectSchema(IncidentKeySchema):
    """One of the two incidents, with its figure in the indicator's base unit."""

    quantity = Quantity()
    at = Instant(allow_none=True)
    place = Text()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    external_reference = Text()
    joint_result = fields.Integer(allow_none=True)


class ReasonSchema(Schema):
    """One thing that speaks for (positive points) or against it."""

    code = Code()
    points = fields.Float()
    data = fields.Dict()


class PairSchema(Schema):
    """Two incidents that look like one event."""

    indicator = Code()
    unit = Text()
    score = fields.Float()
    certainty = Code()
    first = fields.Nested(SuspectSchema)
    second = fields.Nested(SuspectSchema)
    reasons = fields.List(fields.Nested(ReasonSchema))


class DecisionInputSchema(Schema):
    """A decision about two incidents. ``counting`` is the unit whose figure counts in totals."""

    decision = Choice(("link", "dismiss"), required=True)
    first = fields.Nested(IncidentKeySchema, required=True)
    second = fields.Nested(IncidentKeySchema, required=True)
    reason = Text(required=True)
    counting = Code()


class DecisionSchema(Schema):
    """A decision that holds."""

    id = fields.Integer()
    decision = Code()
    first = fields.Nested(IncidentKeySchema)
    second = fields.Nested(IncidentKeySchema)
    reason = Text()
    counting = Code(allow_none=True)
    decided_at = Instant()
    decided_by = Text()
    joint_result = fields.Integer(allow_none=True)


class UndoSchema(Schema):
    """Why a decision is taken back."""

    reason = Text(required=True)


class ClaimSchema(Schema):
    """What one unit is credited with of a joint result."""

    unit = Code()
    day = Day()
    reference = Text()
    own = fields.Boolean()
    quantity = Quantity()
    counts = fields.Boolean()
    since = Instant()


class JointResultSchema(Schema):
    """A joint result as it stands now."""

    id = fields.Integer()
    reference = Text()
    owner = Code()
    indicator = Text()
    unit = Text()
    claims = fields.List(fields.Nested(ClaimSchema))


@endpoint(
    "GET",
    _DUPLICATES,
    summary="List suspected duplicates",
    query=PageQuery,
    answers={200: paged(PairSchema)},
)
def list_duplicates(call: Call) -> Reply:
    """Answers pairs of incidents of different units that look like one event, with the reasons, the surest first."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    found = suspicion.suspected(call.db, call.actor, operation).suspected
    ranked = [(number, _pair(pair)) for number, pair in enumerate(found)]
    page = paginate(ranked, call.query, key=lambda each: each[0])
    return Reply({"items": [pair for _number, pair in page.items], "next": page.next})


@endpoint(
    "GET",
    f"{_DUPLICATES}/decisions",
    summary="List decisions about suspected duplicates",
    query=PageQuery,
    answers={200: paged(DecisionSchema)},
)
def list_duplicate_decisions(call: Call) -> Reply:
    """Answers the decisions that hold, the oldest first."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    found = suspicion.suspected(call.db, call.actor, operation).decided
    decided = [_decided(each) for each in reversed(found)]
    return Reply(paginate(decided, call.query, key=lambda each: int(each["id"])))


@endpoint(
    "POST",
    f"{_DUPLICATES}/decisions",
    summary="Link or dismiss a suspected duplicate",
    body=DecisionInputSchema,
    answers={201: DecisionSchema},
    problems=(
        "incident-unknown",
        "reason-missing",
        "same-unit",
        "indicators-differ",
        "counting-unknown",
        "already-decided",
        "already-joint",
        "unit-in-both",
    ),
)
def decide_duplicate(call: Call) -> Reply:
    """Makes both incidents one joint result from now on, or says that they are not the same. Both need a reason."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    given: dict[str, Any] = call.body
    first, second = (IncidentKey(**given[name]) for name in ("first", "second"))
    where = (call.db, call.actor, operation, first, second)
    if given["decision"] == "link":
        linking.link(*where, reason=given["reason"], counting=given.get("counting"))
    else:
        linking.dismiss(*where, reason=given["reason"])
    keys = (min(first, second), max(first, second))
    decided = suspicion.suspected(call.db, call.actor, operation).decided
    return Reply(_decided(next(each for each in decided if each.keys == keys)), status=201)


@endpoint(
    "POST",
    f"{_DUPLICATES}/decisions/{{item}}/undo",
    summary="Take a decision about a suspected duplicate back",
    path_fields={"item": fields.Integer(validate=validate.Range(1, 2**31 - 1))},
    body=UndoSchema,
    answers={204: None},
    problems=("decision-unknown", "already-undone", "reason-missing"),
)
def undo_duplicate_decision(call: Call) -> Reply:
    """Splits what this decision alone linked, from now on; what was dismissed is suspected again."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    linking.undo(call.db, call.actor, operation, call.path["item"], reason=call.body["reason"])
    return Reply(status=204)


@endpoint(
    "GET",
    "/operations/{code}/joint-results/{result}",
    summary="Read a joint result",
    path_fields={"result": fields.Integer(validate=validate.Range(1, 2**31 - 1))},
    answers={200: JointResultSchema},
    problems=("joint-result-unknown",),
)
def get_joint_result(call: Call) -> Reply:
    """Answers who contributed to a joint result, what each is credited with, and whose figure counts in totals."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    found = suspicion.joint_result(call.db, call.actor, operation, call.path["result"])
    return Reply(
        {
            "id": found.id,
            "reference": found.reference,
            "owner": found.owner,
            "indicator": found.indicator,
            "unit": found.measure,
            "claims": [
                {
                    "unit": claim.unit,
                    "day": claim.day,
                    "reference": claim.reference,
                    "own": claim.own,
                    "quantity": claim.quantity,
                    "counts": claim.counts,
                    "since": claim.since,
                }
                for claim in found.claims
            ],
        }
    )


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "indicator": pair.first.indicator,
        "unit": pair.first.measure,
        "score": round(pair.score, 2),
        "certainty": pair.certainty,
        "first": _suspect(pair.first),
        "second": _suspect(pair.second),
        "reasons": [
            {"code": reason.code, "points": round(reason.points, 2), "data": dict(reason.data)}
            for reason in pair.reasons
        ],
    }


def _suspect(each: Sighting) -> dict[str, Any]:
    return {
        **_key(each.key),
        "quantity": each.quantity,
        "at": each.at,
        "place": each.place,
        "latitude": each.latitude,
        "longitude": each.longitude,
        "external_reference": each.external_reference,
        "joint_result": each.joint_result_id,
    }


def _key(key: IncidentKey) -> dict[str, Any]:
    return {"unit": key.unit, "day": key.day, "reference": key.reference}


def _decided(each: suspicion.Decided) -> dict[str, Any]:
    return {
        "id": each.id,
        "decision": "link" if each.linked else "dismiss",
        "first": _key(each.keys[0]),
        "second": _key(each.keys[1]),
        "reason": each.reason,
        "counting": each.counting,
        "decided_at": each.decided_at,
        "decided_by": each.decided_by,
        "joint_result": each.joint_result_id,
    }
