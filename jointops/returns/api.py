"""Returns over HTTP: one at a time by its natural key, or many at once, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from jointops.kernel import clock, ids
from jointops.kernel.errors import Invalid, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Channel
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.returns import asked, export, schemas, service
from jointops.returns.compare_views import changed_since
from jointops.returns.intake import batch, files
from jointops.returns.models import Return
from jointops.web.api import FORMATS, Call, File, Reply, endpoint
from jointops.web.fields import Day
from jointops.web.paging import PageQuery, paged, paginate

_RETURN = "/operations/{code}/returns/{unit}/{day}"
_RETURNS = "/operations/{code}/returns"

MAX_RETURNS = 2_000
"""Returns of one list: a national day of a large operation has some hundreds."""

_FILE = {"type": "string", "format": "binary"}

_REFUSALS = (
    "unit-unknown",
    "unit-not-yours",
    "day-outside-operation",
    "day-in-future",
    "operation-not-running",
    "return-frozen",
    "plan-version-not-current",
    "return-empty",
    "nil-with-values",
    "indicator-unknown",
    "indicator-missing",
    "category-unknown",
    "action-area-unknown",
    "phase-unknown",
    "scope-unknown",
    "unit-mismatch",
    "not-a-number",
    "not-finite",
    "negative-quantity",
    "too-precise",
    "too-large",
    "duplicate-row",
    "parts-exceed-total",
    "reason-missing",
    "reference-missing",
    "reference-used",
    "joint-with-itself",
    "joint-result-differs",
    "rule-broken",
    "entered-twice",
    "running-total",
    "outside-country",
    "personal-data",
    "not-an-instant",
    "text-too-long",
    "text-unreadable",
    "too-many-rows",
    "not-historical",
    "recorded-in-future",
    "recorded-before-latest",
)


@endpoint(
    "GET",
    _RETURN,
    summary="Read a return",
    path_fields={"day": Day()},
    answers={200: schemas.ReturnSchema},
    problems=("unit-unknown", "return-unknown"),
)
def get_return(call: Call) -> Reply:
    """Answers the latest revision of what a reporting unit reports for a day. The ETag is the return's version."""
    operation, unit, day = _of(call)
    head = service.find_return(call.db, call.actor, operation, unit, day)
    return Reply(schemas.return_data(head, operation.code), etag=head.version)


@endpoint(
    "PUT",
    _RETURN,
    summary="Submit or correct a return",
    path_fields={"day": Day()},
    body=schemas.SubmissionSchema,
    answers={200: schemas.OutcomeSchema, 201: schemas.OutcomeSchema},
    problems=_REFUSALS,
    conditional=True,
)
def put_return(call: Call) -> Reply:
    """Records a revision and answers 201 with its receipt; the same content again is answered 200 and makes none.

    Once submitted, a return is corrected by sending it again with a `reason`. `If-Match` names the version that the
    sender saw; `If-None-Match: *` says that there should be none yet. Refused because the return changed meanwhile
    (412), the answer has the current version and `changes`, field by field, since the version that was sent.
    """
    operation = operations.find(call.db, call.actor, call.path["code"], to_write=True)
    unit, day = call.path["unit"], call.path["day"]
    try:
        outcome = service.submit(
            call.db,
            call.actor,
            operation,
            unit,
            day,
            call.body.submission,
            expected_version=_expected_version(call),
            recorded_at=call.body.recorded_at,
        )
    except Stale as error:
        head = service.find_return(call.db, call.actor, operation, unit, day)
        error.changes = changed_since(operation, head, int(error.given))
        raise
    status = 201 if outcome.changed else 200
    return Reply(
        schemas.outcome_data(outcome),
        status=status,
        etag=outcome.version,
        location=call.request.path if outcome.created else None,
    )


@endpoint(
    "DELETE",
    _RETURN,
    summary="Withdraw a return",
    path_fields={"day": Day()},
    query=schemas.WithdrawalQuery,
    answers={200: schemas.OutcomeSchema},
    problems=("unit-unknown", "return-unknown", "reason-missing", "return-withdrawn", "return-frozen"),
    conditional=True,
)
def withdraw_return(call: Call) -> Reply:
    """Records that there is no return for this day after all, with a `reason`: a revision like any other.

    Nothing is deleted. The day counts as missing, and can be reported again.
    """
    operation, unit, day = _of(call)
    outcome = service.withdraw(
        call.db,
        call.actor,
        operation,
        unit,
        day,
        reason=call.query["reason"],
        expected_version=call.expected_version(),
    )
    return Reply(schemas.outcome_data(outcome), etag=outcome.version)


@endpoint(
    "POST",
    f"{_RETURN}/transitions",
    summary="Verify, accept, send back or answer",
    path_fields={"day": Day()},
    body=schemas.TransitionSchema,
    answers={200: schemas.StandingSchema},
    problems=(
        "unit-unknown",
        "return-unknown",
        "return-not-submitted",
        "return-not-verified",
        "return-not-in-review",
        "return-not-sent-back",
        "question-missing",
        "answer-missing",
    ),
    conditional=True,
)
def move_return(call: Call) -> Reply:
    """Takes a step of the review. The national coordinator verifies, the coordination centre accepts.

    Either may send a return back with a `question`, about the value that `pointer` names or about the whole; the
    reporting unit answers with a `text`, or corrects the return.
    """
    operation, unit, day = _of(call)
    expected = call.expected_version()
    step: dict[str, Any] = call.body
    where = (call.db, call.actor, operation, unit, day)
    match step["to"]:
        case "verified":
            head = service.verify(*where, expected_version=expected)
        case "accepted":
            head = service.accept(*where, expected_version=expected)
        case "sent-back":
            head = service.send_back(
                *where, question=step["question"], pointer=step["pointer"], expected_version=expected
            )
        case _:
            head = service.answer(*where, text=step["text"], expected_version=expected)
    standing = {"state": head.state, "revision": head.latest_number, "version": head.version}
    return Reply(standing, etag=head.version)


@endpoint(
    "GET",
    f"{_RETURN}/revisions",
    summary="List the revisions of a return",
    path_fields={"day": Day()},
    query=PageQuery,
    answers={200: paged(schemas.RevisionSchema)},
    problems=("unit-unknown", "return-unknown"),
)
def list_revisions(call: Call) -> Reply:
    """Answers every revision, the first one first, each with its receipt and the steps it went through."""
    operation, unit, day = _of(call)
    head = service.find_return(call.db, call.actor, operation, unit, day)
    revisions = [schemas.revision_data(revision) for revision in head.revisions]
    return Reply(paginate(revisions, call.query, key=lambda revision: int(revision["revision"])))


@endpoint(
    "POST",
    f"{_RETURN}/permits",
    summary="Permit a return after the freeze",
    path_fields={"day": Day()},
    body=schemas.PermitInputSchema,
    answers={201: schemas.PermitSchema},
    problems=("unit-unknown", "reason-missing", "expires-in-past"),
)
def grant_permit(call: Call) -> Reply:
    """Lets a unit record its return for a day although the figures are frozen, until the permit ends."""
    operation, unit, day = _of(call)
    given: dict[str, Any] = call.body
    permit = service.grant_permit(
        call.db, call.actor, operation, unit, day, reason=given["reason"], expires_at=given["expires_at"]
    )
    return Reply(schemas.permit_data(permit, unit), status=201)


@endpoint(
    "GET",
    "/operations/{code}/permits",
    summary="List the permits after the freeze",
    query=PageQuery,
    answers={200: paged(schemas.PermitStandingSchema)},
)
def list_permits(call: Call) -> Reply:
    """Answers who may record, or might have recorded, which return after the freeze, the first permit first."""
    given = service.list_permits(call.db, call.actor, _operation(call))
    items = [
        {**schemas.permit_data(item.permit, item.unit), "used": item.used, "open": item.open}
        for item in given
    ]
    return Reply(
        paginate(items, call.query, key=lambda item: f"{item['granted_at']}/{item['unit']}/{item['day']}")
    )


@endpoint(
    "GET",
    _RETURNS,
    summary="List or export the returns of an operation",
    query=schemas.ReturnsQuery,
    answers={200: paged(schemas.ReturnItemSchema)},
    formats=("json", "csv", "xlsx"),
)
def list_returns(call: Call) -> Reply | File:
    """Answers the returns that one may read, by day and unit. JSON comes in pieces; a file holds all that match.

    The columns of the CSV and XLSX files are those that `POST` reads.
    """
    operation = _operation(call)
    found = _matching(call, operation)
    if call.format == "json":
        page = paginate(found, call.query, key=lambda head: f"{head.day}/{head.unit.position:06d}")
        items = [schemas.item_data(item) for item in export.exported(call.db, page.items)]
        return Reply({"items": items, "next": page.next})
    indicators = asked.asked(call.db, operation).indicators
    items_of_file = export.exported(call.db, found)
    if call.format == "csv":
        content = export.csv_file(items_of_file, indicators, operation)
    else:
        content = export.workbook(
            items_of_file,
            indicators,
            operation,
            call.locale,
            clock.now(),
            export.marking_text(operation, call.locale),
        )
    return File(content, call.format, f"{operation.code}-returns.{call.format}")


@endpoint(
    "POST",
    _RETURNS,
    summary="Submit many returns at once",
    query=schemas.FileQuery,
    body=schemas.BatchItemSchema(many=True),
    raw={FORMATS["xlsx"]: _FILE, FORMATS["csv"]: _FILE},
    answers={200: schemas.BatchAnswerSchema},
    problems=(
        *_REFUSALS,
        "stale-version",
        "nothing-to-record",
        "duplicate-return",
        "too-many-returns",
        "no-returns-sheet",
        "column-unknown",
        "column-twice",
        "cell-without-column",
        "quotes-not-closed",
        "other-operation",
        "template-unknown",
        "unit-missing",
        "day-missing",
        "not-a-day",
        "said-twice",
        "changed-on-record",
        "bad-explanation",
        "not-yes-or-no",
        "not-a-version",
        "formula-error",
        "formula-not-calculated",
        "empty-file",
        "not-text",
        "not-a-spreadsheet",
        "old-spreadsheet-format",
        "encrypted-spreadsheet",
        "spreadsheet-with-macros",
        "spreadsheet-with-external-links",
        "spreadsheet-too-large",
        "damaged-spreadsheet",
    ),
)
def post_returns(call: Call) -> Reply:
    """Records every return of a JSON list, a workbook or a CSV file, or none of them when anything is wrong.

    Each problem names its place: a JSON pointer into the list, or `/<sheet>/<cell>` of the file. A file that was made
    with what was on record (a template, an export) is merged with what changed there since; where both changed
    something differently it is refused (`changed-on-record`), unless `on_conflict` says what holds.
    """
    operation = _operation(call)
    dry_run, recorded_at = call.query["dry_run"], call.query["recorded_at"]
    if call.body is None:
        taken = files.take(
            call.db,
            replace(call.actor, channel=Channel.SPREADSHEET),
            operation,
            asked.asked(call.db, operation),
            call.raw,
            dry_run=dry_run,
            recorded_at=recorded_at,
            on_conflict=call.query["on_conflict"],
        )
        return Reply(schemas.batch_data(taken.recorded, dry_run=dry_run))
    recorded = batch.record(
        call.db,
        call.actor,
        operation,
        _entries(call.body),
        dry_run=dry_run,
        recorded_at=recorded_at,
        sha256=ids.digest(call.raw),
    )
    return Reply(schemas.batch_data(recorded, dry_run=dry_run))


@endpoint(
    "PUT",
    _RETURNS,
    summary="Put many returns, all or nothing",
    query=schemas.BatchQuery,
    body=schemas.BatchItemSchema(many=True),
    answers={200: schemas.BatchAnswerSchema},
    problems=(*_REFUSALS, "stale-version", "nothing-to-record", "duplicate-return", "too-many-returns"),
)
def put_returns(call: Call) -> Reply:
    """Has each of these returns say what is sent, or changes none of them when anything is wrong with one.

    Each is named by its unit and day. One that says so already is left as it is, so the list may be sent again until
    it is answered. `version` in an item does what `If-Match` does for one return.
    """
    operation = _operation(call)
    recorded = batch.record(
        call.db,
        call.actor,
        operation,
        _entries(call.body),
        dry_run=call.query["dry_run"],
        recorded_at=call.query["recorded_at"],
        sha256=ids.digest(call.raw),
    )
    return Reply(schemas.batch_data(recorded, dry_run=call.query["dry_run"]))


def _entries(sent: Sequence[schemas.SentReturn]) -> list[batch.Entry]:
    """Return the returns of a JSON list; each problem will name its place in it."""
    if len(sent) > MAX_RETURNS:
        message = _(
            "Send at most ${n} returns at once; these are ${given}.",
            mapping={"n": MAX_RETURNS, "given": len(sent)},
        )
        raise Invalid([Problem("too-many-returns", message)])
    return [
        batch.Entry(
            one.unit, one.day, one.submission, batch.under(f"/{number}"), one.recorded_at, one.version
        )
        for number, one in enumerate(sent)
        if one.day is not None
    ]


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])


def _of(call: Call) -> tuple[Operation, str, date]:
    return _operation(call), call.path["unit"], call.path["day"]


def _expected_version(call: Call) -> int | None:
    if call.request.headers.get("If-None-Match", "").strip() == "*":
        return 0
    return call.expected_version()


def _matching(call: Call, operation: Operation) -> list[Return]:
    query = call.query
    party = operations.find_participant(operation, query["party"]).party if query["party"] else None
    return service.list_returns(
        call.db,
        call.actor,
        operation,
        unit=query["unit"],
        party=party,
        day=query["day"],
        state=query["state"],
    )
