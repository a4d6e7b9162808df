"""The outside form of rehearsals."""

from __future__ import annotations

from marshmallow import fields, validate

from jointops.rehearsal.models import RehearsalState
from jointops.web.fields import Choice, Code, Instant, Schema, Text

LARGEST = 2**31


class RehearseSchema(Schema):
    """A version of the operation's plan (by default the latest), and a seed: another one for another course."""

    version = fields.Integer(strict=True, load_default=None, validate=validate.Range(min=1, max=LARGEST))
    seed = fields.Integer(strict=True, load_default=1, validate=validate.Range(min=0, max=LARGEST))


class ExerciseSchema(Schema):
    """An exercise in a list: of what it is the rehearsal, and how far that is."""

    exercise = Code(required=True, attribute="operation.code")
    of = Text(required=True, attribute="source")
    of_version = fields.Integer(required=True, allow_none=True, attribute="source_version")
    seed = fields.Integer(required=True)
    state = Choice(RehearsalState, required=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    staged_at = Instant(required=True)
    started_at = Instant(required=True)
    started_by = Text(required=True)


class ProblemSchema(Schema):
    """Something that was noticed, with the place in the plan that it is about."""

    code = Text(required=True)
    message = Text(required=True)
    pointer = Text(required=True)


class RefusedSchema(Schema):
    """An event that a service refused, and why."""

    at = Text(required=True)
    kind = Text(required=True)
    about = Text(required=True)
    code = Text(required=True)
    message = Text(required=True)


class PairSchema(Schema):
    """Two units and the day of their joint or doubled result."""

    units = Text(required=True)
    day = Text(required=True)


class PlayedSchema(Schema):
    """Which parts were played, by whom; of returns, how many."""

    declined = Text(required=True, allow_none=True)
    late_answers = fields.List(Text(), required=True)
    joint_results = fields.List(fields.Nested(PairSchema), required=True)
    duplicates = fields.List(fields.Nested(PairSchema), required=True)
    missing_returns = fields.Integer(required=True)
    late_returns = fields.Integer(required=True)
    nil_returns = fields.Integer(required=True)
    corrected = fields.List(Text(), required=True)
    sent_back = fields.List(Text(), required=True)
    warnings_with_result = fields.List(Text(), required=True)
    warnings_withdrawn = fields.List(Text(), required=True)
    meetings = fields.Integer(required=True)
    decided_tasks = fields.List(Text(), required=True)


class ResultSchema(Schema):
    """What a rehearsal found. ``evaluation`` has the form of the evaluation's own address; none before the end."""

    exercise = Code(required=True)
    of = Text(required=True)
    of_version = fields.Integer(required=True, allow_none=True)
    seed = fields.Integer(required=True)
    state = Text(required=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    staged_at = Text(required=True)
    started_at = Text(required=True)
    started_by = Text(required=True)
    readiness = fields.List(fields.Nested(ProblemSchema), required=True)
    warnings = fields.List(fields.Nested(ProblemSchema), required=True)
    refused = fields.List(fields.Nested(RefusedSchema), required=True)
    happened = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    played = fields.Nested(PlayedSchema, required=True)
    evaluation = fields.Dict(required=True, allow_none=True)
