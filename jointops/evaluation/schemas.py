"""The evaluation as other software gets it and changes it."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from jointops.evaluation import findings, rules, service
from jointops.evaluation.findings import AdoptionEntry, ObservationEntry, RecommendationEntry
from jointops.evaluation.models import (
    Bound,
    Evaluation,
    EvaluationState,
    Observation,
    ObservationKind,
    Recommendation,
    RecommendationState,
)
from jointops.evaluation.rules import Agreement, Rating
from jointops.operations.models import TargetKind
from jointops.returns.models import FactStatus
from jointops.situation import schemas as situation
from jointops.situation.schemas import AsKnownAtSchema, amount
from jointops.web.fields import Choice, Code, Day, Instant, Schema, Text

MOST_TAGS = 40
"""More words than this find nothing any more."""


class EvaluationQuery(AsKnownAtSchema):
    """The query of an evaluation."""


class ObjectiveSchema(Schema):
    """What became of one objective."""

    code = Code(required=True)
    action_area = fields.String(allow_none=True, required=True)
    indicator = fields.String(allow_none=True, required=True)
    category = fields.String(allow_none=True, required=True)
    quantity = amount()
    unit = fields.String(allow_none=True, required=True)
    target = amount("An exact decimal; null for an objective without a target.")
    target_kind = Choice(TargetKind, allow_none=True, required=True)
    baseline = amount("An earlier figure to compare with.")
    met = fields.Boolean(allow_none=True, required=True)
    rating = Choice(Rating, allow_none=True, required=True)
    illustrative = fields.Boolean(required=True)


class PartyCountsSchema(situation.CountsSchema):
    """How complete one party's reporting is."""

    party = fields.String(required=True)


class PublishedFigureSchema(Schema):
    """A published figure beside the computed ones."""

    indicator = fields.String(required=True)
    category = fields.String(allow_none=True, required=True)
    party = fields.String(allow_none=True, required=True)
    unit = fields.String(required=True)
    quantity = fields.String(required=True)
    bound = Choice(Bound, required=True)
    adopted = fields.Boolean(required=True)
    computed_then = amount()
    computed_now = amount()
    agreement = Choice(Agreement, required=True)


class PublicationSchema(Schema):
    """What was told to whom and when, compared with what is computed."""

    code = Code(required=True)
    published = fields.String(allow_none=True, required=True)
    by = fields.String(required=True)
    known_at = fields.String(allow_none=True, required=True)
    figures = fields.List(fields.Nested(PublishedFigureSchema), required=True)


class BroughtSchema(Schema):
    """What one party pledged of one kind and what came: how many, and how many days' work altogether."""

    party = fields.String(required=True)
    kind = fields.String(required=True)
    pledged = fields.Integer(allow_none=True, required=True)
    pledged_days = fields.Integer(allow_none=True, required=True)
    actual = fields.Integer(
        allow_none=True, required=True, metadata={"description": "Null: nobody has recorded what came."}
    )
    actual_days = fields.Integer(allow_none=True, required=True)
    unrecorded = fields.Integer(
        required=True, metadata={"description": "Lines of which nobody has recorded what came."}
    )


class EvaluationSchema(Schema):
    """The measured part of an evaluation."""

    format = fields.String(required=True)
    operation = Code(required=True)
    as_known_at = fields.String(required=True)
    status = Choice(FactStatus, required=True)
    time_zone = fields.String(required=True)
    plan_version = fields.Integer(required=True)
    holds = fields.Nested(situation.HoldsSchema, required=True)
    results = fields.List(fields.Nested(situation.ResultSchema), required=True)
    objectives = fields.List(fields.Nested(ObjectiveSchema), required=True)
    reporting = fields.Nested(situation.CountsSchema, required=True)
    reporting_by_party = fields.List(fields.Nested(PartyCountsSchema), required=True)
    reporting_by_day = fields.List(fields.Nested(situation.DayCountsSchema), required=True)
    tasks = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    warnings = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    by_day = fields.List(fields.Nested(situation.DayShareSchema), required=True)
    by_action_area = fields.List(fields.Nested(situation.AreaShareSchema), required=True)
    by_party = fields.List(fields.Nested(situation.PartyShareSchema), required=True)
    by_authority = fields.List(fields.Nested(situation.AuthorityShareSchema), required=True)
    contributions = fields.List(fields.Nested(BroughtSchema), required=True)
    publications = fields.List(fields.Nested(PublicationSchema), required=True)


# --- What people add -----------------------------------------------------------------------------------------------


class ObservationSchema(Schema):
    """An observation."""

    code = fields.String(dump_only=True)
    kind = Choice(tuple(kind.value for kind in ObservationKind), required=True)
    text = Text(findings.MAX_TEXT, shortest=1, required=True)
    root_cause = Text(findings.MAX_TEXT, load_default="")
    capability = Choice(("", *rules.CAPABILITIES), load_default="")
    action_area = Text(80, load_default=None, allow_none=True)
    indicator = Text(80, load_default=None, allow_none=True)
    source = Text(findings.MAX_TEXT, load_default="")
    author = fields.String(dump_only=True)
    party = fields.String(dump_only=True)
    created_at = Instant(dump_only=True)

    @post_load
    def entry(self, data: dict[str, Any], **_kw: Any) -> ObservationEntry:
        """Make the entry that the service takes."""
        return ObservationEntry(**data)


class StepSchema(Schema):
    """One step of the sign-off."""

    to = Choice(EvaluationState, required=True)
    at = Instant(required=True)
    by = fields.String(required=True)
    text = fields.String(required=True)


class ReviewSchema(Schema):
    """What people added to an evaluation, and where it stands."""

    operation = Code(required=True)
    state = Choice(EvaluationState, required=True)
    version = fields.Integer(required=True)
    summary = fields.String(required=True)
    as_known_at = Instant(allow_none=True, required=True)
    sealed_sha256 = fields.String(allow_none=True, required=True)
    observations = fields.List(fields.Nested(ObservationSchema), required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)


class SummarySchema(Schema):
    """A new summary."""

    summary = Text(service.MAX_SUMMARY, required=True)


class TransitionSchema(Schema):
    """A step of the sign-off: to ``in-review``, ``returned`` (with reasons in ``text``) or ``endorsed``."""

    to = Choice(EvaluationState, required=True)
    text = Text(service.MAX_REASON, load_default="")


class RecommendationInputSchema(Schema):
    """A recommendation to be made."""

    title = Text(findings.MAX_TITLE, shortest=1, required=True)
    owner = Text(findings.MAX_OWNER, shortest=1, required=True)
    text = Text(findings.MAX_TEXT, load_default="")
    capability = Choice(("", *rules.CAPABILITIES), load_default="")
    due_on = Day(load_default=None, allow_none=True)
    observation = Text(80, load_default=None, allow_none=True)
    source = Text(findings.MAX_TEXT, load_default="")
    tags = fields.List(Text(40), load_default=list, validate=validate.Length(max=MOST_TAGS))

    @post_load
    def entry(self, data: dict[str, Any], **_kw: Any) -> RecommendationEntry:
        """Make the entry that the service takes."""
        return RecommendationEntry(**data)


class RecommendationChangeSchema(Schema):
    """Changes to a recommendation: what is left out stays as it is."""

    title = Text(findings.MAX_TITLE, shortest=1)
    owner = Text(findings.MAX_OWNER, shortest=1)
    text = Text(findings.MAX_TEXT)
    capability = Choice(("", *rules.CAPABILITIES))
    due_on = Day(allow_none=True)
    observation = Text(80, allow_none=True)
    source = Text(findings.MAX_TEXT)
    tags = fields.List(Text(40), validate=validate.Length(max=MOST_TAGS))


class AdoptionSchema(Schema):
    """Where a recommendation is adopted to; without a cycle into the one after the operation's own."""

    cycle = Text(80, load_default=None, allow_none=True)
    priority = Text(80, load_default=None, allow_none=True)
    decision = Text(findings.MAX_TEXT, load_default="")

    @post_load
    def entry(self, data: dict[str, Any], **_kw: Any) -> AdoptionEntry:
        """Make the entry that the service takes."""
        return AdoptionEntry(**data)


class RejectionSchema(Schema):
    """Why a recommendation is not adopted."""

    reason = Text(findings.MAX_TEXT, shortest=1, required=True)


class AdoptedAsSchema(Schema):
    """The operational action that a recommendation became."""

    cycle = fields.String(required=True)
    code = fields.String(required=True)
    state = fields.String(required=True)


class RecommendationSchema(Schema):
    """A recommendation and what became of it."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    owner = fields.String(required=True)
    capability = fields.String(required=True)
    due_on = Day(allow_none=True, required=True)
    observation = fields.String(allow_none=True, required=True)
    source = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)
    state = Choice(RecommendationState, required=True)
    decision = fields.String(required=True)
    adopted_as = fields.Nested(AdoptedAsSchema, allow_none=True, required=True)
    created_at = Instant(required=True)
    version = fields.Integer(required=True)


def review_data(operation: str, evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as :class:`ReviewSchema` writes it."""
    return {
        "operation": operation,
        "state": evaluation.state.value,
        "version": evaluation.version,
        "summary": evaluation.summary,
        "as_known_at": evaluation.as_known_at,
        "sealed_sha256": evaluation.sealed_sha256,
        "observations": [observation_data(item) for item in evaluation.observations],
        "steps": [
            {"to": step.to_state.value, "at": step.at, "by": step.actor_name, "text": step.text}
            for step in evaluation.steps
        ],
    }


def observation_data(item: Observation) -> dict[str, Any]:
    """Return an observation as :class:`ObservationSchema` writes it."""
    return {
        "code": item.code,
        "kind": item.kind.value,
        "text": item.text,
        "root_cause": item.root_cause,
        "capability": item.capability,
        "action_area": item.action_area.code if item.action_area else None,
        "indicator": item.indicator or None,
        "source": item.source,
        "author": item.author,
        "party": item.party,
        "created_at": item.created_at,
    }


def recommendation_data(item: Recommendation) -> dict[str, Any]:
    """Return a recommendation as :class:`RecommendationSchema` writes it."""
    action = item.adopted_as
    return {
        "code": item.code,
        "title": item.title,
        "text": item.text,
        "owner": item.owner,
        "capability": item.capability,
        "due_on": item.due_on,
        "observation": item.observation.code if item.observation else None,
        "source": item.source,
        "tags": list(item.tags),
        "state": item.state.value,
        "decision": item.decision,
        "adopted_as": {"cycle": action.plan.cycle.code, "code": action.code, "state": action.state.value}
        if action is not None
        else None,
        "created_at": item.created_at,
        "version": item.version,
    }
