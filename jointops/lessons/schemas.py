"""Lessons and the chain as other software gets them, and answers as it sends them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from jointops.evaluation.models import RecommendationState
from jointops.kernel.types import quantity_text
from jointops.lessons import rules
from jointops.lessons.chain import Kind
from jointops.lessons.models import Disposition
from jointops.lessons.proposals import Comparable, Suggested
from jointops.lessons.proposing import Caveat, Level
from jointops.lessons.rules import AnswerEntry, Ground, Reason
from jointops.lessons.service import Match
from jointops.web.fields import Choice, Day, Instant, Schema, Text


class ReasonSchema(Schema):
    """One thing that two operations have in common."""

    ground = Choice(Ground, required=True)
    code = fields.String(required=True)


class AnswerInputSchema(Schema):
    """What the plan makes of a recommendation: what is taken up names the section that meets it, the rest says why."""

    answer = Choice(Disposition, required=True)
    reason = Text(rules.MAX_REASON, load_default="")
    section = Text(80, load_default="")

    @post_load
    def entry(self, data: dict[str, Any], **_kw: Any) -> AnswerEntry:
        """Make the entry that the service takes."""
        return AnswerEntry(**data)


class AnswerSchema(Schema):
    """What the plan makes of a recommendation, who said so and when."""

    answer = Choice(Disposition, required=True)
    reason = fields.String(required=True)
    section = fields.String(required=True)
    answered_by = fields.String(required=True)
    answered_at = Instant(required=True)
    version = fields.Integer(required=True)


class LessonSchema(Schema):
    """A recommendation of an earlier operation that fits the plan; ``waits``: no approval before it is answered."""

    key = fields.String(required=True)
    operation = fields.String(required=True)
    recommendation = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    owner = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)
    state = Choice(RecommendationState, required=True)
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)
    carried_out = fields.Boolean(required=True)
    waits = fields.Boolean(required=True)
    answer = fields.Nested(AnswerSchema, required=True, allow_none=True)


class ComparableSchema(Schema):
    """An earlier operation that is like the plan, and what it takes to compare results with it."""

    operation = fields.String(required=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)
    countries = fields.Integer(required=True)
    days = fields.Integer(required=True)
    returns_accepted = fields.Integer(required=True)
    returns_expected = fields.Integer(required=True)
    illustrative = fields.Boolean(required=True)


class SourceSchema(Schema):
    """The accepted total of one earlier operation."""

    operation = fields.String(required=True)
    quantity = fields.String(required=True)
    countries = fields.Integer(required=True)
    days = fields.Integer(required=True)
    illustrative = fields.Boolean(required=True)


class SuggestionSchema(Schema):
    """What earlier results suggest for an objective, or for an indicator that no objective measures yet.

    ``rates`` are for each participating country (and day, where ``per_day``), ``targets`` the rates scaled to the plan.
    """

    objective = fields.String(required=True, allow_none=True)
    indicator = fields.String(required=True)
    category = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True)
    per_day = fields.Boolean(required=True, allow_none=True)
    rates = fields.Dict(keys=fields.String(), values=fields.String(), required=True, allow_none=True)
    targets = fields.Dict(keys=fields.String(), values=fields.String(), required=True, allow_none=True)
    sources = fields.List(fields.Nested(SourceSchema), required=True)
    without_figure = fields.List(fields.String(), required=True)
    caveats = fields.List(Choice(Caveat), required=True)


class ProposalsSchema(Schema):
    """What earlier comparable operations suggest for a plan, whose latest version is ``plan_version``."""

    plan_version = fields.Integer(required=True)
    comparable = fields.List(fields.Nested(ComparableSchema), required=True)
    suggestions = fields.List(fields.Nested(SuggestionSchema), required=True)


class TakeTargetSchema(Schema):
    """Which proposed target to write into the plan: of an objective, or for an indicator without one."""

    objective = Text(80, load_default=None, allow_none=True)
    indicator = Text(80, load_default=None, allow_none=True)
    level = Choice(Level, load_default=Level.MEDIAN)


class TakeTasksSchema(Schema):
    """Which tasks of which earlier operation to take into the plan."""

    operation = Text(80, shortest=1, required=True)
    tasks = fields.List(Text(80), required=True, validate=validate.Length(min=1, max=2000))


class TakenSchema(Schema):
    """The version of the plan that holds what was taken, and the codes of the tasks."""

    plan_version = fields.Integer(required=True)
    tasks = fields.List(fields.String(), required=True)


class RefSchema(Schema):
    """Names a link of the chain."""

    type = Choice(Kind, required=True)
    where = fields.String(required=True)
    code = fields.String(required=True)


class NodeSchema(RefSchema):
    """A link of the chain with what it serves (``up``) and what serves it (``down``).

    ``where`` is the code of its operation or policy cycle; ``missing`` are the types of which it should have one.
    """

    title = fields.String(required=True)
    href = fields.String(required=True)
    up = fields.List(fields.Nested(RefSchema), required=True)
    down = fields.List(fields.Nested(RefSchema), required=True)
    missing = fields.List(fields.String(), required=True)


class ChainSchema(Schema):
    """The chain of one operation, from the policy cycle to the operational actions of the next."""

    operation = fields.String(required=True)
    nodes = fields.List(fields.Nested(NodeSchema), required=True)


def reasons_data(found: tuple[Reason, ...]) -> list[dict[str, str]]:
    """Return what two operations have in common as :class:`ReasonSchema` writes it."""
    return [{"ground": one.ground.value, "code": one.code} for one in found]


def lesson_data(match: Match) -> dict[str, Any]:
    """Return a recommendation that fits as :class:`LessonSchema` writes it."""
    one, answer = match.recommendation, match.answer
    return {
        "key": match.key,
        "operation": match.operation.code,
        "recommendation": one.code,
        "title": one.title,
        "text": one.text,
        "owner": one.owner,
        "tags": list(one.tags),
        "state": one.state.value,
        "reasons": reasons_data(match.reasons),
        "carried_out": match.carried_out,
        "waits": match.waits,
        "answer": answer
        and {
            "answer": answer.answer.value,
            "reason": answer.reason,
            "section": answer.section,
            "answered_by": answer.answered_by,
            "answered_at": answer.answered_at,
            "version": answer.version,
        },
    }


def comparable_data(one: Comparable) -> dict[str, Any]:
    """Return a comparable operation as :class:`ComparableSchema` writes it."""
    return {
        "operation": one.operation.code,
        "starts_on": one.operation.starts_on,
        "ends_on": one.operation.ends_on,
        "reasons": reasons_data(one.reasons),
        "countries": one.countries,
        "days": one.days,
        "returns_accepted": one.accepted,
        "returns_expected": one.expected,
        "illustrative": one.illustrative,
    }


def suggestion_data(one: Suggested) -> dict[str, Any]:
    """Return a suggestion as :class:`SuggestionSchema` writes it."""
    proposal = one.proposal
    return {
        "objective": one.objective.code if one.objective else None,
        "indicator": one.indicator.code,
        "category": one.category,
        "unit": one.indicator.unit,
        "per_day": proposal.per_day if proposal else None,
        "rates": {level.value: f"{rate.normalize():f}" for level, rate in proposal.rates.items()}
        if proposal
        else None,
        "targets": {level.value: quantity_text(target) for level, target in proposal.targets.items()}
        if proposal
        else None,
        "sources": [
            {
                "operation": source.operation,
                "quantity": quantity_text(source.quantity),
                "countries": source.countries,
                "days": source.days,
                "illustrative": source.illustrative,
            }
            for source in (proposal.sources if proposal else ())
        ],
        "without_figure": list(one.without),
        "caveats": [caveat.value for caveat in (proposal.caveats if proposal else ())],
    }
