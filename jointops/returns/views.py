"""The list of an operation's returns: what is asked of a unit, what waits for review; cards of the first page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel import clock, policy
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _, label, said_of
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.page import operation_page
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.returns import asked, history, overview, reviewing, shown, suspicion
from jointops.returns.asked import Asked
from jointops.returns.duplicate_views import duplicate_tabs
from jointops.returns.models import ReturnState, Revision
from jointops.returns.overview import Row
from jointops.web.api import PREFIX
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
    unit: str = ""
    mark: str = ""

    def takes(self, row: Row, *, any_state: bool = False) -> bool:
        """Whether a row is shown."""
        if self.party and row.unit.participant.party != self.party:
            return False
        if self.day is not None and row.day != self.day:
            return False
        if self.unit and row.unit.code != self.unit:
            return False
        return any_state or not self.state or self.state == _state_of(row)

    def query(self, **changes: object) -> str:
        """Return the query of the list with these filters, changed."""
        values = {"state": self.state, **dict(self.narrowing), **changes}
        return urlencode({name: str(value) for name, value in values.items() if value})

    @property
    def narrowing(self) -> list[tuple[str, str]]:
        """The filters beside the state, for hidden fields and addresses."""
        day = self.day.isoformat() if self.day else ""
        pairs = (("party", self.party), ("unit", self.unit), ("day", day), ("mark", self.mark))
        return [(name, value) for name, value in pairs if value]


MARKS: Mapping[str, str] = {
    "doubts": _("With doubts that were explained"),
    "personal": _("With personal data that was kept"),
    "behalf": _("Entered on behalf of the unit"),
    "corrected": _("Corrected"),
}
"""What a list can be narrowed to by the latest revision of each return."""


def _marked(request: Request, rows: Sequence[Row], mark: str) -> Sequence[Row]:
    if not mark:
        return rows
    latest = history.latest_revisions(request.db, [row.head for row in rows if row.head is not None])
    return [row for row in rows if row.head is not None and _bears(latest.get(row.head.id), mark)]


def _bears(revision: Revision | None, mark: str) -> bool:
    if revision is None:
        return False
    match mark:
        case "doubts":
            return bool(revision.flags)
        case "personal":
            return any("personal" in flag for flag in revision.flags)
        case "behalf":
            return revision.on_behalf
        case _:
            return revision.correction


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
        "tabs": duplicate_tabs(request, operation, "operation.returns"),
        "to_do": _to_do(request, operation, waiting.to_send),
        "own": _table(request, operation, questions, own) if own or not reviews else None,
        "review": _review(request, operation, questions, rows) if reviews else None,
        "nothing": not rows,
    }


def _review(request: Request, operation: Operation, questions: Asked, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the filtered list with what can be done to its rows."""
    parties = list(dict.fromkeys(row.unit.participant.party for row in rows))
    days = sorted({row.day for row in rows})
    filters = _filters(request.GET, parties)
    narrowed = _marked(request, [row for row in rows if filters.takes(row, any_state=True)], filters.mark)
    matching = [row for row in narrowed if filters.takes(row)]
    number = _page_number(request, len(matching))
    start = (number - 1) * PAGE_LENGTH
    page_rows = matching[start : start + PAGE_LENGTH]
    offered = overview.steps_offered(page_rows, request.actor, operation)
    here = request.route_path("operation.returns", code=operation.code)
    counts = _counts(narrowed)
    offered_by_all = overview.steps_offered(matching, request.actor, operation)
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
        "of_all": {
            step: list(offered_by_all.values()).count(step)
            for step in reviewing.STEPS
            if step in offered_by_all.values() and len(matching) > len(page_rows)
        },
        "units": [
            (unit.code, unit.code)
            for unit in {row.unit.code: row.unit for row in rows}.values()
            if not filters.party or unit.participant.party == filters.party
        ],
        "unit": filters.unit,
        "marks": [(mark, request.translate(text)) for mark, text in MARKS.items()],
        "mark": filters.mark,
        "narrowing": filters.narrowing,
        "parties": [(code, party_name(code, request.locale)) for code in parties],
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


def _filters(given: Mapping[str, str], parties: Sequence[str]) -> Filters:
    state, party, mark = given.get("state", ""), given.get("party", ""), given.get("mark", "")
    return Filters(
        state=state if state in TABS else "",
        party=party if party in parties else "",
        day=read_day(given.get("day", "")),
        unit=given.get("unit", "")[:80],
        mark=mark if mark in MARKS else "",
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


def read_day(text: str) -> date | None:
    """Return the day that an ISO text says, ``None`` for any other text."""
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
                "key": _ticked(row).key,
                "href": request.route_path("returns.return", **place),
                "state": shown.state_name(row.state) if row.state else None,
                "timeliness": row.timeliness,
                "nil": revision.nil if revision else False,
                "withdrawn": row.head is not None and row.head.withdrawn,
                "revision": revision.number if revision else None,
                "received": first,
                "due": row.due_at,
                "action": _action(request, row, place) if row.unit.code in mine else None,
                "step": (offered or {}).get((row.unit.code, row.day)),
            }
        )
    return found


def _ticked(row: Row) -> reviewing.Ticked:
    return reviewing.Ticked(row.unit.code, row.day, row.head.version if row.head else None)


def _action(request: Request, row: Row, place: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what the unit can do about a row now: text and address."""
    edit = request.route_path("returns.edit", **place)
    if row.absent:
        return request.translate(_("Fill in")), edit
    if row.state is ReturnState.DRAFT:
        return request.translate(_("Continue")), edit
    if row.state is ReturnState.SENT_BACK:
        return request.translate(said_of("verb", "Answer")), request.route_path("returns.return", **place)
    return request.translate(_("Correct")), edit


def _to_do(request: Request, operation: Operation, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what is asked of a reporter's units: what was sent back, then the latest days, then how many more."""
    if not overview.takes_returns(operation):
        return []
    recent = set(sorted({row.day for row in rows}, reverse=True)[:_SHOWN_DAYS])
    sent_back = [row for row in rows if row.state is ReturnState.SENT_BACK]
    others = [row for row in rows if row.state is not ReturnState.SENT_BACK]
    found = [_asked(request, operation, row) for row in (*sent_back, *(r for r in others if r.day in recent))]
    older = sum(row.day not in recent for row in others)
    if older:
        text = _("Earlier days for which a return is missing or not submitted")
        found.append(
            {"text": request.translate(text), "href": "#own", "due": None, "tone": "bad", "count": older}
        )
    return found


def _asked(request: Request, operation: Operation, row: Row) -> dict[str, Any]:
    place = {"code": operation.code, "unit": row.unit.code, "day": row.day.isoformat()}
    route = "returns.return" if row.state is ReturnState.SENT_BACK else "returns.edit"
    text = request.translate(_task_text(row, numbers.day(row.day, request.locale)))
    return {
        "text": f"{row.unit.code}: {text}" if len(request.actor.units) > 1 else text,
        "href": request.route_path(route, **place),
        "due": numbers.short_instant(row.due_at, request.locale, operation.time_zone) if row.due_at else None,
        "tone": _tone(row),
    }


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


def party_name(code: str, locale: str) -> str:
    """Return what a participant is called."""
    party = catalogue().parties.get(code)
    return label(party.labels, locale) if party else code


# --- Reviewing many --------------------------------------------------------------------------------------------------


@view_config(route_name="returns.review", request_method="POST", renderer="returns/review.jinja2")
def review(request: Request) -> dict[str, Any]:
    """Say what verifying or accepting the ticked returns would do; do it once that is confirmed."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    step = request.POST.get("step", "")
    every, _colon, wanted = step.partition(":")
    if every == "every":
        step = wanted
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
    if every == "every":
        ticked = _matching(request, operation, step)[:MAX_TICKED]
    else:
        keys = map(reviewing.Ticked.of, request.POST.getall("return"))
        ticked = [key for key in keys if key is not None]
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
            request, operation, titles[step], "returns", breadcrumbs=[list_link(request, operation)]
        ),
        "operation": operation,
        "step": step,
        "confirmed": confirmed,
        "done": [_reviewed(request, operation, item) for item in found if item.problem is None],
        "refused": [_reviewed(request, operation, item) for item in found if item.problem is not None],
        "back": request.route_path("operation.returns", code=operation.code),
    }


def _matching(request: Request, operation: Operation, step: str) -> list[reviewing.Ticked]:
    """Return the returns of the filtered list for which a step is offered to the reader."""
    questions = asked.asked(request.db, operation)
    readable = asked.readable(request.actor, operation, questions)
    rows = overview.rows(request.db, request.actor, operation, questions, readable, clock.now())
    filters = _filters(request.POST, [row.unit.participant.party for row in rows])
    matching = _marked(request, [row for row in rows if filters.takes(row)], filters.mark)
    offered = overview.steps_offered(matching, request.actor, operation)
    return [_ticked(row) for row in matching if offered.get((row.unit.code, row.day)) == step]


def _reviewed(request: Request, operation: Operation, item: reviewing.Reviewed) -> dict[str, Any]:
    return {
        "key": item.ticked.key,
        "unit": item.ticked.unit,
        "day": numbers.short_day(item.ticked.day, request.locale),
        "href": request.route_path(
            "returns.return",
            code=operation.code,
            unit=item.ticked.unit,
            day=item.ticked.day.isoformat(),
        ),
        "state": shown.state_name(item.state) if item.state else None,
        "why": request.translate(item.problem.message) if item.problem else None,
        "code": item.problem.code if item.problem else "",
    }


def list_link(request: Request, operation: Operation) -> Link:
    """Return the way back to the list, for the breadcrumbs."""
    return Link(request.translate(_("Returns")), request.route_path("operation.returns", code=operation.code))


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
            lambda row: row.absent and row.timeliness == "missing",
        ),
        (
            _("Submit your drafts for ${operation}", mapping=where),
            "warn",
            lambda row: row.state is ReturnState.DRAFT,
        ),
        (
            _("Send the returns due for ${operation}", mapping=where),
            "warn",
            lambda row: row.absent and row.timeliness == "not-yet-due",
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
    if policy.allows(request.actor, Action.DUPLICATE_DECIDE, operations.subject(operation)):
        many = suspicion.open_count(request.db, operation)
        if many:
            text = _("Decide about suspected duplicates in ${operation}", mapping=where)
            address = request.route_path("returns.duplicates", code=operation.code)
            found.append(Card(text, address, operation.code, None, "warn", many))
    return found
