"""The list of an operation's returns: what is asked of a unit, what waits for review, and files in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock
from jointops.kernel.errors import DomainError, Invalid, Problem
from jointops.kernel.i18n import _, label, said_of
from jointops.kernel.policy import Channel
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState, ReportingUnit
from jointops.operations.page import operation_page
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.returns import asked, export, history, overview, reviewing, shown
from jointops.returns.asked import Asked
from jointops.returns.intake import batch, sheets, template
from jointops.returns.models import ReturnState
from jointops.returns.overview import Row
from jointops.web.api import FORMATS, PREFIX
from jointops.web.navigation import Card, Link

PAGE_LENGTH = 100
MAX_TICKED = 500
"""Returns that are verified or accepted in one go."""

_SHOWN_DAYS = 3
"""Days of which a reporter's list of what is to be done names each return; older ones are counted."""

TABS: Mapping[str, str] = {
    "": _("All"),
    "submitted": _("To verify"),
    "verified": _("To accept"),
    "sent-back": _("Sent back"),
    "accepted": _("Accepted"),
    "draft": _("Drafts"),
    "missing": _("Missing"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty: nothing."""

    state: str
    party: str
    day: date | None

    def takes(self, row: Row, *, any_state: bool = False) -> bool:
        """Whether a row is shown."""
        if self.party and row.unit.participant.party != self.party:
            return False
        if self.day is not None and row.day != self.day:
            return False
        return any_state or not self.state or self.state == _state_of(row)

    def query(self, **changes: object) -> str:
        """Return the query of the list with these filters, changed."""
        values = {"state": self.state, "party": self.party, "day": self.day or "", **changes}
        return urlencode({name: str(value) for name, value in values.items() if value})


def _state_of(row: Row) -> str:
    if row.state is not None:
        return row.state.value
    return "missing" if row.timeliness == "missing" else "due"


@view_config(route_name="operation.returns", request_method="GET", renderer="returns/list.jinja2")
def list_returns(request: Request) -> dict[str, Any]:
    """Show a unit what is asked of it, and whoever reviews what waits for them."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    questions = asked.asked(request.db, operation)
    readable = asked.readable(request.actor, operation, questions)
    rows = overview.rows(request.db, request.actor, operation, questions, readable, clock.now())
    own = [row for row in rows if row.unit.code in request.actor.units]
    reviews = bool({unit.code for unit in readable} - request.actor.units)
    waiting = overview.waiting(rows, request.actor, operation)
    return {
        "page": operation_page(
            request,
            operation,
            _("Returns"),
            "returns",
            counts={"returns": (waiting.to_verify + waiting.to_accept + len(waiting.to_send)) or None},
        ),
        "operation": operation,
        "takes_returns": overview.takes_returns(operation),
        "frozen": operation.frozen_at is not None and clock.now() >= operation.frozen_at,
        "may_report": overview.takes_returns(operation)
        and bool(asked.reportable(request.actor, operation, questions)),
        "to_do": _to_do(request, operation, waiting.to_send),
        "own": _table(request, operation, questions, own) if own or not reviews else None,
        "review": _review(request, operation, questions, rows) if reviews else None,
        "nothing": not rows,
    }


def _review(request: Request, operation: Operation, questions: Asked, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the filtered list with what can be done to its rows."""
    parties = list(dict.fromkeys(row.unit.participant.party for row in rows))
    days = sorted({row.day for row in rows})
    filters = _filters(request, parties)
    matching = [row for row in rows if filters.takes(row)]
    number = _page_number(request, len(matching))
    start = (number - 1) * PAGE_LENGTH
    page_rows = matching[start : start + PAGE_LENGTH]
    offered = overview.steps_offered(page_rows, request.actor, operation)
    here = request.route_path("operation.returns", code=operation.code)
    counts = _counts([row for row in rows if filters.takes(row, any_state=True)])
    last = start + len(page_rows)
    return {
        "tabs": [
            {
                "text": request.translate(text),
                "href": f"{here}?{filters.query(state=state)}",
                "active": state == filters.state,
                "count": counts.get(state, 0),
            }
            for state, text in TABS.items()
            if counts.get(state) or state in {"", filters.state, "submitted", "verified"}
        ],
        "rows": _table(request, operation, questions, page_rows, offered),
        "steps": [step for step in reviewing.STEPS if step in offered.values()],
        "parties": [(code, _party_name(code, request.locale)) for code in parties],
        "party": filters.party,
        "days": [(day.isoformat(), numbers.short_day(day, request.locale)) for day in days],
        "day": filters.day.isoformat() if filters.day else "",
        "state": filters.state,
        "reset": here,
        "previous": f"{here}?{filters.query(page=number - 1)}" if number > 1 else None,
        "next": f"{here}?{filters.query(page=number + 1)}" if last < len(matching) else None,
        "range": f"{start + 1}–{last} / {len(matching)}" if matching else None,
        "exports": [
            (name.upper(), f"{PREFIX}{request.path}?{_export_query(filters, name)}")
            for name in ("xlsx", "csv")
        ],
    }


def _export_query(filters: Filters, format_name: str) -> str:
    state = filters.state if filters.state in set(ReturnState) else ""
    return replace(filters, state=state).query(format=format_name)


def _filters(request: Request, parties: Sequence[str]) -> Filters:
    state, party = request.GET.get("state", ""), request.GET.get("party", "")
    return Filters(
        state=state if state in TABS else "",
        party=party if party in parties else "",
        day=_day(request.GET.get("day", "")),
    )


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    counts = {"": len(rows)}
    for row in rows:
        state = _state_of(row)
        counts[state] = counts.get(state, 0) + 1
    return counts


def _page_number(request: Request, length: int) -> int:
    text = request.GET.get("page", "1")
    last = max(1, -(-length // PAGE_LENGTH))
    return min(max(int(text), 1), last) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _table(
    request: Request,
    operation: Operation,
    questions: Asked,
    rows: Sequence[Row],
    offered: Mapping[tuple[str, date], str] | None = None,
) -> list[dict[str, Any]]:
    """Return the rows of a list as its template takes them."""
    latest = history.latest_revisions(request.db, [row.head for row in rows if row.head is not None])
    mine = {unit.code for unit in asked.reportable(request.actor, operation, questions)}
    found = []
    for row in rows:
        revision = latest.get(row.head.id) if row.head else None
        place = {"code": operation.code, "unit": row.unit.code, "day": row.day.isoformat()}
        first = row.head.first_submitted_at if row.head else None
        found.append(
            {
                "unit": row.unit.code,
                "title": label(row.unit.title, request.locale),
                "day": numbers.short_day(row.day, request.locale),
                "key": f"{row.unit.code}/{row.day.isoformat()}",
                "href": request.route_path("returns.return", **place),
                "state": shown.state_name(row.state) if row.state else None,
                "timeliness": row.timeliness,
                "nil": revision.nil if revision else False,
                "revision": revision.number if revision else None,
                "received": first,
                "due": row.due_at,
                "action": _action(request, row, place) if row.unit.code in mine else None,
                "step": (offered or {}).get((row.unit.code, row.day)),
            }
        )
    return found


def _action(request: Request, row: Row, place: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what the unit can do about a row now: text and address."""
    edit = request.route_path("returns.edit", **place)
    if row.head is None:
        return request.translate(_("Fill in")), edit
    if row.state is ReturnState.DRAFT:
        return request.translate(_("Continue")), edit
    if row.state is ReturnState.SENT_BACK:
        return request.translate(said_of("verb", "Answer")), request.route_path("returns.return", **place)
    return request.translate(_("Correct")), edit


def _to_do(request: Request, operation: Operation, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what is asked of a reporter's units, what was sent back first, then by day."""
    if not overview.takes_returns(operation):
        return []
    days = sorted({row.day for row in rows}, reverse=True)
    recent = set(days[:_SHOWN_DAYS])
    several = len(request.actor.units) > 1
    found = []
    for row in sorted(rows, key=lambda row: row.state is not ReturnState.SENT_BACK):
        if row.day not in recent and row.state is not ReturnState.SENT_BACK:
            continue
        place = {"code": operation.code, "unit": row.unit.code, "day": row.day.isoformat()}
        route = "returns.return" if row.state is ReturnState.SENT_BACK else "returns.edit"
        text = request.translate(_task_text(row, numbers.day(row.day, request.locale)))
        found.append(
            {
                "text": f"{row.unit.code}: {text}" if several else text,
                "href": request.route_path(route, **place),
                "due": numbers.short_instant(row.due_at, request.locale, operation.time_zone)
                if row.due_at
                else None,
                "tone": _tone(row),
            }
        )
    return found


def _task_text(row: Row, day: str) -> str:
    mapping = {"day": day}
    text: str = _("Fill in the return for ${day}", mapping=mapping)
    if row.state is ReturnState.SENT_BACK:
        text = _("Answer the question about ${day}", mapping=mapping)
    elif row.state is ReturnState.DRAFT:
        text = _("Finish and submit the draft for ${day}", mapping=mapping)
    elif row.timeliness == "missing":
        text = _("The return for ${day} is overdue: fill it in", mapping=mapping)
    return text


def _tone(row: Row) -> str:
    if row.state is ReturnState.SENT_BACK or row.timeliness == "missing":
        return "bad"
    return "warn"


def _party_name(code: str, locale: str) -> str:
    party = catalogue().parties.get(code)
    return label(party.labels, locale) if party else code


# --- Reviewing many --------------------------------------------------------------------------------------------------


@view_config(route_name="returns.review", request_method="POST", renderer="returns/review.jinja2")
def review(request: Request) -> dict[str, Any]:
    """Say what verifying or accepting the ticked returns would do; do it once that is confirmed."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    step = request.POST.get("step", "")
    if step not in reviewing.STEPS:
        raise Invalid(
            [
                Problem(
                    "step-unknown",
                    _("Choose whether to verify or to accept."),
                    "/step",
                    tuple(reviewing.STEPS),
                )
            ]
        )
    ticked = [key for text in request.POST.getall("return") if (key := _key(text)) is not None]
    if not ticked:
        raise Invalid([Problem("nothing-ticked", _("Tick at least one return first."), "/return")])
    if len(ticked) > MAX_TICKED:
        message = _("At most ${n} returns can be reviewed in one go.", mapping={"n": MAX_TICKED})
        raise Invalid([Problem("too-many-ticked", message, "/return")])
    confirmed = bool(request.POST.get("confirmed"))
    found = reviewing.advance_all(
        request.db, request.actor, operation, step, list(dict.fromkeys(ticked)), dry_run=not confirmed
    )
    titles = {"verified": _("Verify returns"), "accepted": _("Accept returns")}
    return {
        "page": operation_page(
            request, operation, titles[step], "returns", breadcrumbs=[_to_list(request, operation)]
        ),
        "operation": operation,
        "step": step,
        "confirmed": confirmed,
        "done": [_reviewed(request, operation, item) for item in found if item.problem is None],
        "refused": [_reviewed(request, operation, item) for item in found if item.problem is not None],
        "back": request.route_path("operation.returns", code=operation.code),
    }


def _key(text: str) -> tuple[str, date] | None:
    unit, _slash, day = text.partition("/")
    parsed = _day(day)
    return None if not unit or parsed is None else (unit, parsed)


def _reviewed(request: Request, operation: Operation, item: reviewing.Reviewed) -> dict[str, Any]:
    return {
        "key": f"{item.unit}/{item.day.isoformat()}",
        "unit": item.unit,
        "day": numbers.short_day(item.day, request.locale),
        "href": request.route_path(
            "returns.return", code=operation.code, unit=item.unit, day=item.day.isoformat()
        ),
        "state": shown.state_name(item.state) if item.state else None,
        "why": request.translate(item.problem.message) if item.problem else None,
        "code": item.problem.code if item.problem else "",
    }


def _to_list(request: Request, operation: Operation) -> Link:
    return Link(request.translate(_("Returns")), request.route_path("operation.returns", code=operation.code))


# --- Files -----------------------------------------------------------------------------------------------------------


@view_config(route_name="returns.upload", request_method="GET", renderer="returns/upload.jinja2")
def upload_form(request: Request) -> dict[str, Any]:
    """Offer the templates and take a filled-in file."""
    return _upload_page(request, *_reporting(request))


@view_config(route_name="returns.upload", request_method="POST", renderer="returns/upload.jinja2")
def upload(request: Request) -> dict[str, Any]:
    """Record a file's returns, all or none; or only say what would come of it."""
    operation, questions = _reporting(request)
    dry_run = request.POST.get("action") == "check"
    try:
        recorded, left_out = _take(request, operation, questions, dry_run)
    except DomainError as error:
        request.response.status_int = error.status
        return _upload_page(request, operation, questions, problems=_problems(request, error))
    return _upload_page(request, operation, questions, recorded=recorded, dry_run=dry_run, left_out=left_out)


@view_config(route_name="returns.check", request_method="POST", renderer="returns/checked.jinja2")
def check_upload(request: Request) -> dict[str, Any]:
    """Answer the script that checks a file as soon as it is chosen: a piece of a page."""
    operation, questions = _reporting(request)
    try:
        recorded, left_out = _take(request, operation, questions, dry_run=True)
    except DomainError as error:
        request.response.status_int = Invalid.status
        return {"problems": _problems(request, error), "recorded": None, "dry_run": True, "left_out": 0}
    shown_rows = _recorded(request, operation, recorded)
    return {"problems": [], "recorded": shown_rows, "dry_run": True, "left_out": left_out}


@view_config(route_name="returns.template", request_method="GET")
def download_template(request: Request) -> Response:
    """Return a template for one unit, a country's or all units that the person reports for; one day or all."""
    operation, questions = _reporting(request)
    day_text = request.GET.get("day", "")
    day = _day(day_text)
    if day_text and day is None:
        message = _("This is not a day. Write it as year-month-day, such as 2027-05-03.")
        raise Invalid([Problem("not-a-day", message, "/query/day")])
    units, days = asked.chosen(
        request.actor,
        operation,
        questions,
        unit=request.GET.get("unit") or None,
        party=request.GET.get("party") or None,
        day=day,
    )
    is_csv = request.GET.get("format") == "csv"
    if is_csv:
        content = template.csv_file(questions, units, days)
    else:
        marking = export.marking_text(operation, request.locale)
        content = template.workbook(operation, questions, units, days, request.locale, clock.now(), marking)
    name = "-".join(
        [operation.code, *([units[0].code] if len(units) == 1 else []), *([day_text] if day else [])]
    )
    kind = "csv" if is_csv else "xlsx"
    response = Response(content, content_type=FORMATS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _reporting(request: Request) -> tuple[Operation, Asked]:
    """Return the operation and its questions, if the person reports for anybody in it."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    questions = asked.asked(request.db, operation)
    asked.chosen(request.actor, operation, questions)
    return operation, questions


def _take(
    request: Request, operation: Operation, questions: Asked, dry_run: bool
) -> tuple[list[batch.Recorded], int]:
    """Record an uploaded file, or only check it; return what came of it and how many rows had no quantity."""
    file = request.POST.get("workbook")
    if file is None or not hasattr(file, "file"):
        raise Invalid([Problem("file-missing", _("Choose a file first."), "/workbook")])
    with file.file:
        intake = sheets.read(file.file.read(), operation, questions.indicators)
    actor = replace(request.actor, channel=Channel.SPREADSHEET)
    recorded = batch.record(
        request.db, actor, operation, intake.entries, problems=intake.problems, dry_run=dry_run
    )
    return recorded, intake.left_out


def _upload_page(
    request: Request,
    operation: Operation,
    questions: Asked,
    *,
    problems: Sequence[Mapping[str, Any]] = (),
    recorded: Sequence[batch.Recorded] | None = None,
    dry_run: bool = False,
    left_out: int = 0,
) -> dict[str, Any]:
    units = asked.reportable(request.actor, operation, questions)
    parties = list(dict.fromkeys(unit.participant.party for unit in units))
    return {
        "page": operation_page(
            request,
            operation,
            _("Returns by spreadsheet"),
            "returns",
            breadcrumbs=[_to_list(request, operation)],
        ),
        "operation": operation,
        "units": [(unit.code, _unit_choice(unit, request.locale)) for unit in units],
        "parties": [(code, _party_name(code, request.locale)) for code in parties]
        if len(parties) > 1
        else [],
        "days": [(day.isoformat(), numbers.day(day, request.locale)) for day in questions.days()],
        "problems": problems,
        "recorded": None if recorded is None else _recorded(request, operation, recorded),
        "dry_run": dry_run,
        "left_out": left_out,
    }


def _unit_choice(unit: ReportingUnit, locale: str) -> str:
    return f"{unit.code} – {label(unit.title, locale)}"


def _problems(request: Request, error: DomainError) -> list[dict[str, Any]]:
    return [
        {
            "where": getattr(problem, "where", "") or None,
            "value": getattr(problem, "value", "") or None,
            "text": request.translate(problem.message),
            "accepted": ", ".join(problem.accepted[:12]) + (" …" if len(problem.accepted) > 12 else "")
            or None,
            "code": problem.code,
        }
        for problem in error.problems
    ]


def _recorded(
    request: Request, operation: Operation, recorded: Sequence[batch.Recorded]
) -> list[dict[str, Any]]:
    return [
        {
            "unit": item.unit,
            "day": numbers.short_day(item.day, request.locale),
            "href": request.route_path(
                "returns.return", code=operation.code, unit=item.unit, day=item.day.isoformat()
            ),
            "revision": item.outcome.receipt.revision,
            "state": shown.state_name(item.outcome.state),
            "sha256": item.outcome.receipt.sha256,
            "recorded_at": numbers.short_instant(
                item.outcome.receipt.recorded_at, request.locale, operation.time_zone
            ),
            "changed": item.outcome.changed,
        }
        for item in recorded
    ]


# --- The first page --------------------------------------------------------------------------------------------------


def cards(request: Request) -> list[Card]:
    """Return what is asked of the reader in the operations that run: returns to send, to verify, to accept."""
    found: list[Card] = []
    for operation in operations.list_operations(request.db, request.actor):
        if operation.state is OperationState.RUNNING:
            found += _cards_of(request, operation)
    return found


def _cards_of(request: Request, operation: Operation) -> list[Card]:
    questions = asked.asked(request.db, operation)
    units = asked.readable(request.actor, operation, questions)
    rows = overview.rows(request.db, request.actor, operation, questions, units, clock.now())
    waiting = overview.waiting(rows, request.actor, operation)
    here = request.route_path("operation.returns", code=operation.code)
    where = {"operation": operation.code}
    groups = (
        (
            _("Answer the questions about your returns in ${operation}", mapping=where),
            "bad",
            lambda row: row.state is ReturnState.SENT_BACK,
        ),
        (
            _("Send the overdue returns for ${operation}", mapping=where),
            "bad",
            lambda row: row.head is None and row.timeliness == "missing",
        ),
        (
            _("Submit your drafts for ${operation}", mapping=where),
            "warn",
            lambda row: row.state is ReturnState.DRAFT,
        ),
        (
            _("Send the returns due for ${operation}", mapping=where),
            "warn",
            lambda row: row.head is None and row.timeliness == "not-yet-due",
        ),
    )
    found = []
    for text, tone, belongs in groups:
        members = [row for row in waiting.to_send if belongs(row)]
        if members:
            due = min((row.due_at for row in members if row.due_at), default=None)
            found.append(Card(text, here, operation.code, due, tone, len(members), zone=operation.time_zone))
    if waiting.to_verify:
        text = _("Verify returns of ${operation}", mapping=where)
        found.append(Card(text, f"{here}?state=submitted", operation.code, None, "info", waiting.to_verify))
    if waiting.to_accept:
        text = _("Accept returns of ${operation}", mapping=where)
        found.append(Card(text, f"{here}?state=verified", operation.code, None, "info", waiting.to_accept))
    return found
