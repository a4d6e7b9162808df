"""Pages of a consultation: how it stands, the answer of one participant, and what it pledges and brings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.config import Settings
from jointops.consultation import forms, rules, service, shown
from jointops.consultation.models import Contribution, Reminder
from jointops.consultation.service import Line
from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError, Invalid
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import reading
from jointops.operations import service as operations
from jointops.operations.forms import local_instant
from jointops.operations.models import Answer, Operation, OperationState, Participant
from jointops.operations.page import operation_page
from jointops.operations.plandoc import Participant as PlannedParticipant
from jointops.operations.plandoc import PlanDocument
from jointops.operations.rules import (
    ANSWER_LABELS,
    ANSWERS_ACCEPTED,
    ENDED,
    UNDER_AMENDMENT,
    default_answer_by,
)
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other

NO_ERRORS = FormErrors((), {})

SHOWN = tuple(answer.value for answer in Answer)


# --- How it stands -----------------------------------------------------------------------------------


@view_config(
    route_name="operation.consultation", request_method="GET", renderer="consultation/consultation.jinja2"
)
def consultation_page(request: Request) -> dict[str, Any]:
    """Show who has answered what and who has not, and what is asked beside what is pledged."""
    return _consultation(request, _operation(request), NO_ERRORS)


@view_config(
    route_name="operation.consultation.deadline",
    request_method="POST",
    renderer="consultation/consultation.jinja2",
)
def save_deadline(request: Request) -> dict[str, Any] | Response:
    """Set until when answers are asked for, or show what is wrong with it."""
    operation = _operation(request)
    policy.require(request.actor, Action.CONSULTATION_UPDATE, operations.subject(operation))
    try:
        answer_by = local_instant(request.POST.get("answer_by", ""), operation.time_zone, "/answer_by")
        service.set_deadline(request.db, request.actor, operation, answer_by)
    except DomainError as error:
        request.response.status_int = error.status
        return _consultation(request, operation, form_errors(request, error))
    until = numbers.short_instant(answer_by, request.locale, operation.time_zone)
    flash(
        request,
        "success",
        _("Participants are asked to answer until ${deadline}.", mapping={"deadline": until}),
    )
    return see_other(request, "operation.consultation", code=operation.code)


@view_config(route_name="operation.consultation.reminders", request_method="POST")
def remind(request: Request) -> Response:
    """Remind one participant, or all that have not answered."""
    operation = _operation(request)
    party = request.POST.get("party", "")
    try:
        reminded = service.remind(request.db, request.actor, operation, [party] if party else None)
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        request.tm.doom()
        flash(request, "error", error.message)
        return see_other(request, "operation.consultation", code=operation.code)
    names = tuple(reading.party_name(row.party, request.locale) for row in reminded)
    if names:
        flash(request, "success", _("Reminded: ${parties}.", mapping={"parties": ", ".join(names)}))
    else:
        flash(request, "info", _("Everybody has answered: there is nobody to remind."))
    return see_other(request, "operation.consultation", code=operation.code)


def _consultation(request: Request, operation: Operation, errors: FormErrors) -> dict[str, Any]:
    subject = operations.subject(operation)
    participants = operations.participants(request.db, request.actor, operation)
    document = operations.document(operations.latest_plan(request.db, operation))
    lines = service.contributions(request.db, operation)
    needs = rules.needs(document.resources, service.counted(lines))
    may_remind = policy.allows(request.actor, Action.REMINDER_CREATE, subject)
    reminders = service.reminders(request.db, request.actor, operation) if may_remind else []
    asked: dict[int, Reminder] = {}
    for reminder in reminders:
        asked.setdefault(reminder.participant_id, reminder)
    show = request.GET.get("show", "")
    chosen = show if show in SHOWN else ""
    lines_of: dict[int, list[Contribution]] = {}
    for line in lines:
        lines_of.setdefault(line.participant_id, []).append(line)
    rows = [
        shown.party_row(
            request,
            operation,
            row,
            lines=lines_of.get(row.id, []),
            document=document,
            asked=asked.get(row.id),
            answerable=_may_answer(request, operation, row),
        )
        for row in participants
        if not chosen or row.answer.value == chosen
    ]
    # Who has not answered comes first: that is what the page is opened for.
    rows.sort(key=lambda row: not row.waiting)
    counts = Counter(row.answer for row in participants)
    open_now = operation.state in {OperationState.DRAFT, OperationState.CONSULTATION}
    may_change = open_now and policy.allows(request.actor, Action.CONSULTATION_UPDATE, subject)
    given = request.POST.get("answer_by") if errors.summary else None
    return {
        "page": operation_page(
            request,
            operation,
            _("Consultation"),
            "consultation",
            counts={"consultation": counts[Answer.INVITED]},
        ),
        "code": operation.code,
        "state": operation.state.value,
        "version": operation.version,
        "zone": operation.time_zone,
        "errors": errors,
        "until": _until(request, operation),
        "late": shown.is_late(operation),
        "proposed": given
        if given is not None
        else shown.local_text(operation, _proposed(request, operation)),
        "may_change": may_change,
        "may_send": operation.state is OperationState.DRAFT
        and policy.allows(request.actor, Action.OPERATION_TRANSITION, subject),
        "may_remind": may_remind and operation.state is OperationState.CONSULTATION,
        "sees_reminders": may_remind,
        "counts": [
            {
                "text": request.translate(ANSWER_LABELS[answer]),
                "count": counts[answer],
                "href": request.route_path(
                    "operation.consultation",
                    code=operation.code,
                    _query={"show": answer.value},
                    _anchor="answers",
                ),
                "tone": shown.TONES[answer][0],
                "icon": shown.TONES[answer][1],
                "active": chosen == answer.value,
            }
            for answer in Answer
        ],
        "total": len(participants),
        "waiting": counts[Answer.INVITED],
        "chosen": chosen,
        "all_href": request.route_path("operation.consultation", code=operation.code),
        "rows": rows,
        "own": [row for row in rows if row.party in request.actor.parties and row.href],
        "needs": [shown.need_row(request, need, document) for need in needs],
        "reminders": _reminder_rows(request, operation, reminders),
    }


def _reminder_rows(
    request: Request, operation: Operation, reminders: Sequence[Reminder]
) -> list[dict[str, Any]]:
    """Return when who was asked, one row for all that were asked by the same occasion."""
    parties = {row.id: row.party for row in operation.participants}
    rows: dict[str, dict[str, Any]] = {}
    for reminder in reminders:
        row = rows.setdefault(
            reminder.key,
            {
                "kind": request.translate(shown.KINDS_OF_REMINDER[reminder.kind]),
                "when": numbers.short_instant(reminder.sent_at, request.locale, operation.time_zone),
                "by": reminder.sent_by,
                "parties": [],
                "people": 0,
            },
        )
        row["parties"].append(reading.party_name(parties[reminder.participant_id], request.locale))
        row["people"] += reminder.people
    return list(rows.values())


def _proposed(request: Request, operation: Operation) -> Any:
    if operation.answer_by is not None:
        return operation.answer_by
    settings: Settings = request.config
    return default_answer_by(operation.first_day, operation.time_zone, settings.answer_days, clock.now())


def _until(request: Request, operation: Operation) -> str | None:
    if operation.answer_by is None:
        return None
    return numbers.instant(operation.answer_by, request.locale, operation.time_zone)


# --- The answer of one participant ---------------------------------------------------------------------


@view_config(route_name="operation.answer", request_method="GET", renderer="consultation/answer.jinja2")
def answer_form(request: Request) -> dict[str, Any]:
    """Ask a participant whether it takes part, with what, and where it is reached."""
    operation = _operation(request)
    return _answer_page(request, operation, _participant(request, operation), None, NO_ERRORS)


@view_config(route_name="operation.answer", request_method="POST", renderer="consultation/answer.jinja2")
def answer(request: Request) -> dict[str, Any] | Response:
    """Record the answer, or ask again; with ``more`` give the form more rows."""
    operation = _operation(request)
    participant = _participant(request, operation)
    form = request.POST
    if form.get("action") == "more":
        return _answer_page(request, operation, participant, form, NO_ERRORS, more=3)
    subject = operations.subject(operation, party=participant.party)
    policy.require(request.actor, Action.PARTICIPANT_ANSWER, subject)
    chosen = Answer(form["answer"]) if form.get("answer") in ANSWERS_ACCEPTED else Answer.INVITED
    declines = chosen is Answer.DECLINED
    may = _rights(request, operation, participant)
    read = forms.Read()
    # A form that left a part out changes nothing of it; who declines brings nothing, and what was there is kept.
    changes = may["plan"] and not declines and "contact-0-row" in form
    pledges = may["pledge"] and not declines and "line-0-row" in form
    if changes:
        forms.read_contacts(form, participant.party, read)
    if pledges:
        kept = service.contributions_of(request.db, request.actor, operation, participant.party)
        current = {row.number: service.line_of(row) for row in kept.lines}
        forms.read_lines(form, current, read, pledging=True, recording=False)
    try:
        if read.problems:
            raise Invalid(read.problems)
        service.respond(
            request.db,
            request.actor,
            operation,
            participant.party,
            service.Response(
                answer=chosen,
                conditions=form.get("conditions", ""),
                authorities=form.getall("authority") if changes else None,
                contacts=read.contacts if changes else None,
                lines=read.lines if pledges else None,
            ),
            expected_version=_given_version(request),
        )
    except DomainError as error:
        if error.status == 403:
            raise
        request.response.status_int = error.status
        return _answer_page(
            request,
            operation,
            participant,
            form,
            form_errors(request, error, read.fields | {"/authorities": "authority"}),
        )
    version = operations.latest_plan(request.db, operation)
    if version.number != operation.plan_number:
        text = _(
            "Your answer is recorded. What it changes in the plan waits for approval as version ${number}.",
            mapping={"number": version.number},
        )
    else:
        text = _("Your answer is recorded. You may change it as long as the operation goes on.")
    flash(request, "success", text)
    return see_other(request, "operation.consultation", code=operation.code)


def _answer_page(
    request: Request,
    operation: Operation,
    participant: Participant,
    form: forms.Form | None,
    errors: FormErrors,
    *,
    more: int = 0,
) -> dict[str, Any]:
    subject = operations.subject(operation, party=participant.party)
    policy.require(request.actor, Action.PARTICIPANT_ANSWER, subject)
    document, planned = service.planned(request.db, operation, participant.party)
    kept = service.contributions_of(request.db, request.actor, operation, participant.party)
    may = _rights(request, operation, participant)
    needs = service.needs(request.db, operation, document)
    contacts = [contact for contact in document.contacts if contact.party == participant.party]
    ticked = {unit.authority for unit in planned.units}
    title = _("Answer the invitation")
    return {
        "page": operation_page(
            request, operation, title, "consultation", breadcrumbs=_crumbs(request, operation, title)
        ),
        "party": reading.party_name(participant.party, request.locale),
        "period": numbers.day_range(operation.starts_on, operation.ends_on, request.locale),
        "deadline": f"{document.reporting.deadline:%H:%M}, "
        + request.translate(reading.SCOPE_OF_DEADLINE[document.reporting.deadline_day]),
        "lead": reading.party_name(operation.lead, request.locale),
        "until": _until(request, operation),
        "late": shown.is_late(operation),
        "answered": numbers.short_instant(participant.answered_at, request.locale, operation.time_zone)
        if participant.answered_at
        else None,
        "answered_by": participant.answered_by,
        "version": form.get("version", "") if form is not None else participant.version,
        "choices": [(code, request.translate(ANSWER_LABELS[Answer(code)])) for code in ANSWERS_ACCEPTED],
        "given": {
            "answer": form.get("answer", "") if form is not None else participant.answer.value,
            "conditions": form.get("conditions", "") if form is not None else participant.conditions,
        },
        "authorities": [
            {
                "value": code,
                "text": label(kind.labels, request.locale),
                "hint": _tasks_of(request, document, planned, code),
            }
            for code, kind in catalogue().authority_types.items()
        ],
        "ticked": request.POST.getall("authority") if form is not None else ticked,
        "amends": operation.state in UNDER_AMENDMENT,
        "may": may,
        "contacts": shown.contact_fields(contacts, form, errors, more=more),
        "roles": _choices(catalogue().contact_roles, request.locale),
        **_line_choices(request, document, planned),
        "lines": shown.line_fields(
            request, document, [service.line_of(row) for row in kept.lines], needs, form, errors, more=more
        ),
        "asks": bool(document.resources),
        "errors": errors,
        "back": request.route_path("operation.consultation", code=operation.code),
        "plan": request.route_path("operation.plan", code=operation.code),
    }


def _tasks_of(
    request: Request, document: PlanDocument, planned: PlannedParticipant, authority: str
) -> str | None:
    """Return which tasks the plan has for the units of one type of authority."""
    units = {unit.code for unit in planned.units if unit.authority == authority}
    codes = [task.code for task in document.tasks if units & set(task.units)]
    if not codes:
        return None
    text = ", ".join(codes[:5]) + (" …" if len(codes) > 5 else "")
    return str(request.translate(_("has tasks in the plan: ${tasks}", mapping={"tasks": text})))


# --- Contributions -------------------------------------------------------------------------------------


@view_config(
    route_name="operation.contributions", request_method="GET", renderer="consultation/contributions.jinja2"
)
def contributions_page(request: Request) -> dict[str, Any]:
    """Show what one participant pledges and brings, to be changed by those who may."""
    operation = _operation(request)
    return _contributions(request, operation, _participant(request, operation), None, NO_ERRORS)


@view_config(
    route_name="operation.contributions", request_method="POST", renderer="consultation/contributions.jinja2"
)
def save_contributions(request: Request) -> dict[str, Any] | Response:
    """Keep what was pledged and what came, or say what is wrong."""
    operation = _operation(request)
    participant = _participant(request, operation)
    form = request.POST
    may = _rights(request, operation, participant)
    if not (may["pledge"] or may["record"]):
        policy.require(
            request.actor,
            Action.CONTRIBUTION_PLEDGE,
            operations.subject(operation, party=participant.party),
        )
    if form.get("action") == "more":
        return _contributions(request, operation, participant, form, NO_ERRORS, more=3)
    kept = service.contributions_of(request.db, request.actor, operation, participant.party)
    current = {row.number: service.line_of(row) for row in kept.lines}
    read = forms.Read()
    forms.read_lines(form, current, read, pledging=may["pledge"], recording=may["record"])
    try:
        if read.problems:
            raise Invalid(read.problems)
        service.put_contributions(
            request.db,
            request.actor,
            operation,
            participant.party,
            read.lines,
            expected_version=_given_version(request),
        )
    except DomainError as error:
        if error.status == 403:
            raise
        request.response.status_int = error.status
        return _contributions(request, operation, participant, form, form_errors(request, error, read.fields))
    flash(request, "success", _("The contributions are kept."))
    return see_other(request, "operation.contributions", code=operation.code, party=participant.party)


def _contributions(
    request: Request,
    operation: Operation,
    participant: Participant,
    form: forms.Form | None,
    errors: FormErrors,
    *,
    more: int = 0,
) -> dict[str, Any]:
    document, planned = service.planned(request.db, operation, participant.party)
    kept = service.contributions_of(request.db, request.actor, operation, participant.party)
    may = _rights(request, operation, participant)
    lines: Sequence[Line] = [service.line_of(row) for row in kept.lines]
    needs = service.needs(request.db, operation, document) if may["pledge"] else []
    name = reading.party_name(participant.party, request.locale)
    title = _("Contributions of ${party}", mapping={"party": name})
    changed = max(kept.lines, key=lambda row: row.known_from, default=None)
    return {
        "page": operation_page(
            request, operation, title, "consultation", breadcrumbs=_crumbs(request, operation, title)
        ),
        "party": name,
        "may": may,
        "lines": shown.line_fields(request, document, lines, needs, form, errors, more=more),
        "read_only": [
            line for line in shown.line_fields(request, document, lines, [], None, NO_ERRORS) if line.number
        ],
        "version": form.get("version", "") if form is not None else kept.version,
        "changed": None
        if changed is None
        else {
            "by": changed.changed_by,
            "when": numbers.short_instant(changed.known_from, request.locale, operation.time_zone),
        },
        **_line_choices(request, document, planned),
        "ended": operation.state in ENDED,
        "errors": errors,
        "back": request.route_path("operation.consultation", code=operation.code),
    }


# --- Shared --------------------------------------------------------------------------------------------


def _operation(request: Request) -> Operation:
    return operations.find(request.db, request.actor, request.matchdict["code"])


def _participant(request: Request, operation: Operation) -> Participant:
    return operations.find_participant(operation, request.matchdict["party"])


def _may_answer(request: Request, operation: Operation, row: Participant) -> bool:
    subject = operations.subject(operation, party=row.party)
    return operation.state not in ENDED and policy.allows(request.actor, Action.PARTICIPANT_ANSWER, subject)


def _rights(request: Request, operation: Operation, participant: Participant) -> dict[str, bool]:
    """Return what the reader may do for a participant: change its part of the plan, pledge, record what came."""
    subject = operations.subject(operation, party=participant.party)
    actions = {
        "plan": Action.PARTICIPANT_UPDATE,
        "pledge": Action.CONTRIBUTION_PLEDGE,
        "record": Action.CONTRIBUTION_RECORD,
    }
    return {name: policy.allows(request.actor, action, subject) for name, action in actions.items()}


def _crumbs(request: Request, operation: Operation, title: str) -> list[Link]:
    back = request.route_path("operation.consultation", code=operation.code)
    return [Link(request.translate(_("Consultation")), back), Link(request.translate(title), None)]


def _line_choices(request: Request, document: PlanDocument, planned: PlannedParticipant) -> dict[str, Any]:
    kinds = catalogue().authority_types
    return {
        "kinds": _choices(catalogue().contribution_kinds, request.locale),
        "areas": [(area.code, label(area.title, request.locale)) for area in document.action_areas],
        "units": [
            (unit.code, f"{unit.code} · {label(kinds[unit.authority].labels, request.locale)}")
            for unit in planned.units
        ],
    }


def _choices(entries: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    return [(code, label(entry.labels, locale)) for code, entry in entries.items()]


def _given_version(request: Request) -> int | None:
    """Return the version that the form was made from; a damaged one is never the current one."""
    given = request.POST.get("version", "")
    if not given:
        return None
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1
