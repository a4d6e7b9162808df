"""Batches over HTTP: what came in at once, taking it back as one, and what is wrong with a file, as a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from marshmallow import fields, validate

from jointops.kernel import clock
from jointops.kernel.errors import DomainError, Problem
from jointops.kernel.i18n import translator
from jointops.kernel.policy import Channel
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.returns import asked, batches, schemas
from jointops.returns.batches import Made
from jointops.returns.intake import files, problem_list
from jointops.returns.models import IntakeBatch, ReturnState
from jointops.web.api import FORMATS, Call, File, Reply, endpoint
from jointops.web.fields import Choice, Day, Instant, Schema, Text
from jointops.web.paging import PageQuery, paged, paginate

_BATCHES = "/operations/{code}/batches"
_FILE = {"type": "string", "format": "binary"}
_NUMBER = fields.Integer(validate=validate.Range(min=0, max=2**53))


class BatchSchema(Schema):
    """What came in at once. `returns` counts those that were new or changed."""

    id = fields.Integer(required=True)
    channel = fields.String(required=True)
    name = fields.String(required=True)
    sha256 = fields.String(required=True)
    returns = fields.Integer(required=True)
    recorded_at = Instant(required=True)
    recorded_by = fields.String(required=True)
    taken_back_at = Instant(required=True, allow_none=True)
    taken_back_by = fields.String(required=True)
    reason = fields.String(required=True)


class MadeSchema(Schema):
    """One return of a batch: the revision that the batch made, and the one that is current."""

    unit = fields.String(required=True)
    day = Day(required=True)
    revision = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    latest = fields.Integer(required=True)
    state = Choice(ReturnState, required=True)


class BatchDetailSchema(BatchSchema):
    """A batch with what it made, as far as one may read it."""

    made = fields.List(fields.Nested(MadeSchema), required=True)


class TakeBackSchema(Schema):
    """Why a batch is taken back."""

    reason = Text(10_000, load_default="")


class FoundProblemSchema(Schema):
    """One thing that is wrong with a file."""

    sheet = fields.String(required=True)
    cell = fields.String(required=True)
    value = fields.String(required=True)
    message = fields.String(required=True)
    accepted = fields.String(required=True)
    code = fields.String(required=True)
    explain = fields.String(required=True)
    explain_cell = fields.String(required=True)


class FoundProblemsSchema(Schema):
    """All that is wrong with a file; nothing when it would be recorded."""

    problems = fields.List(fields.Nested(FoundProblemSchema), required=True)


@endpoint(
    "GET",
    _BATCHES,
    summary="List the batches of an operation",
    query=PageQuery,
    answers={200: paged(BatchSchema)},
)
def list_batches(call: Call) -> Reply:
    """Answers what came in at once (files, lists), of which one may read a return; the newest first."""
    found = batches.list_batches(call.db, call.actor, _operation(call))
    return Reply(
        paginate([batch_data(one) for one in found], call.query, key=lambda one: f"{10**16 - one['id']:017d}")
    )


@endpoint(
    "GET",
    f"{_BATCHES}/{{id}}",
    summary="Read a batch",
    path_fields={"id": _NUMBER},
    answers={200: BatchDetailSchema},
    problems=("batch-unknown",),
)
def get_batch(call: Call) -> Reply:
    """Answers who sent a batch and when, and the revisions that it made."""
    batch, made = batches.find_batch(call.db, call.actor, _operation(call), call.path["id"])
    return Reply({**batch_data(batch), "made": [_made(one) for one in made]})


@endpoint(
    "POST",
    f"{_BATCHES}/{{id}}/take-back",
    summary="Take a batch back",
    path_fields={"id": _NUMBER},
    body=TakeBackSchema,
    answers={200: schemas.BatchAnswerSchema},
    problems=("batch-unknown", "batch-taken-back", "return-changed-since", "reason-missing", "return-frozen"),
)
def take_back(call: Call) -> Reply:
    """Withdraws every return that the batch made, or has it say again what it said before: all of them, or none.

    Nothing is deleted: each gets a revision with the `reason`, which goes through the chain.
    """
    number = call.path["id"]
    done = batches.take_back(call.db, call.actor, _operation(call), number, reason=call.body["reason"])
    returns = [{"unit": one.unit, "day": one.day, **schemas.outcome_data(one.outcome)} for one in done]
    return Reply({"dry_run": False, "batch": number, "returns": returns})


@endpoint(
    "POST",
    "/operations/{code}/returns/problems",
    summary="Check a file of returns",
    raw={FORMATS["xlsx"]: _FILE, FORMATS["csv"]: _FILE},
    answers={200: FoundProblemsSchema},
    formats=("json", "csv", "xlsx"),
)
def check_file(call: Call) -> Reply | File:
    """Answers everything that is wrong with a workbook or CSV file, as JSON or as a file; nothing is recorded."""
    operation = _operation(call)
    asks = asked.asked(call.db, operation)
    asked.chosen(call.actor, operation, asks)
    say = translator(call.locale)
    found: tuple[Problem, ...] = ()
    try:
        actor = replace(call.actor, channel=Channel.SPREADSHEET)
        files.take(call.db, actor, operation, asks, call.raw, dry_run=True)
    except DomainError as error:
        found = error.problems
    if call.format == "csv":
        return File(problem_list.csv_file(found, say), "csv", f"{operation.code}-problems.csv")
    if call.format == "xlsx":
        content = problem_list.workbook(found, say, clock.now())
        return File(content, "xlsx", f"{operation.code}-problems.xlsx")
    names = ("sheet", "cell", "value", "message", "accepted", "code", "explain", "explain_cell")
    rows = problem_list.rows(found, say)
    return Reply({"problems": [dict(zip(names, row, strict=True)) for row in rows]})


def batch_data(batch: IntakeBatch) -> dict[str, Any]:
    """Return what :class:`BatchSchema` writes."""
    names = BatchSchema().fields
    return {**{name: getattr(batch, name) for name in names}, "channel": batch.channel.value}


def _made(one: Made) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "day": one.day,
        "revision": one.number,
        "sha256": one.sha256,
        "latest": one.latest,
        "state": one.state,
    }


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])
