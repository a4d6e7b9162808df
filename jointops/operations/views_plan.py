"""Pages that change a plan: basics and objectives, participants, texts, the plan file itself. Each saves a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import Conflict, DomainError, Stale
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.kernel.types import quantity_text
from jointops.operations import forms, planfile, reading, rules, service
from jointops.operations.forms import Edited
from jointops.operations.models import Operation, PlanVersion
from jointops.operations.page import operation_page
from jointops.operations.plandoc import Objective, PlanDocument, Section
from jointops.operations.planindicators import asked
from jointops.operations.views_new import NO_ERRORS, ProblemView, language, problem_views
from jointops.reference.catalogue import catalogue
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other

PARTS = (
    ("operation.plan.basics", _("Basics and objectives")),
    ("operation.plan.participants", _("Participants")),
    ("operation.plan.texts", _("Safeguards and sections")),
    ("operation.plan.source", _("Plan file")),
)

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ObjectiveField:
    """One row of the objectives' form; ``new`` rows are empty."""

    row: int
    code: str
    title: str
    action_area: str
    indicator: str
    bound: str
    quantity: str
    unit: str
    new: bool


@dataclass(frozen=True, slots=True)
class PartyField:
    """One row of the participants' grid; ``ticked`` says for each authority whether the party has such a unit."""

    code: str
    name: str
    invited: bool
    ticked: Sequence[bool]
    country: bool


@dataclass(frozen=True, slots=True)
class TextField:
    """One text of the plan; ``elsewhere`` is what another language has where this one has nothing."""

    code: str
    title: str
    text: str
    reason: str
    required: bool
    elsewhere: str


@view_config(route_name="operation.plan.basics", request_method="GET", renderer="operations/basics.jinja2")
def basics_form(request: Request) -> dict[str, Any]:
    """Show the basics and objectives of the latest version, to be changed."""
    operation, version = _changeable(request)
    return _basics(request, operation, version, service.document(version))


@view_config(route_name="operation.plan.basics", request_method="POST", renderer="operations/basics.jinja2")
def save_basics(request: Request) -> dict[str, Any] | Response:
    """Save the basics and objectives as a new version."""
    return _save(request, lambda document: forms.basics(document, request.POST, language(request)), _basics)


@view_config(
    route_name="operation.plan.participants", request_method="GET", renderer="operations/participants.jinja2"
)
def participants_form(request: Request) -> dict[str, Any]:
    """Show the grid of participants and authorities."""
    operation, version = _changeable(request)
    return _participants(request, operation, version, service.document(version))


@view_config(
    route_name="operation.plan.participants", request_method="POST", renderer="operations/participants.jinja2"
)
def save_participants(request: Request) -> dict[str, Any] | Response:
    """Save the participants as a new version."""
    return _save(request, lambda document: forms.participants(document, request.POST), _participants)


@view_config(route_name="operation.plan.texts", request_method="GET", renderer="operations/texts.jinja2")
def texts_form(request: Request) -> dict[str, Any]:
    """Show the safeguards and sections, to be written."""
    operation, version = _changeable(request)
    return _texts(request, operation, version, service.document(version))


@view_config(route_name="operation.plan.texts", request_method="POST", renderer="operations/texts.jinja2")
def save_texts(request: Request) -> dict[str, Any] | Response:
    """Save the texts as a new version."""
    return _save(request, lambda document: forms.texts(document, request.POST, language(request)), _texts)


@view_config(route_name="operation.plan.source", request_method="GET", renderer="operations/source.jinja2")
def source_form(request: Request) -> dict[str, Any]:
    """Show the plan file, to be changed by those who know it."""
    operation, version = _changeable(request)
    return _source(request, operation, version, service.document(version))


@view_config(route_name="operation.plan.source", request_method="POST", renderer="operations/source.jinja2")
def save_source(request: Request) -> dict[str, Any] | Response:
    """Save the plan file as a new version, or list its problems line by line."""

    def read(_document: PlanDocument) -> Edited:
        text = request.POST.get("plan", "").replace("\r\n", "\n")
        return Edited(planfile.load(text, cycles=service.known_cycles(request.db)))

    return _save(request, read, _source)


Shown = Callable[..., dict[str, Any]]


def _save(request: Request, edit: Callable[[PlanDocument], Edited], show: Shown) -> dict[str, Any] | Response:
    """Save what ``edit`` makes of the latest plan; where it is refused, ``show`` the form again as it was sent."""
    operation, version = _changeable(request)
    fields: Mapping[str, str] = {}
    try:
        if _expected(request) != version.number:
            raise _stale(request, version)
        edited = edit(service.document(version))
        fields = edited.fields
        saved = service.save_plan(
            request.db,
            request.actor,
            operation,
            edited.document,
            request.POST.get("note", ""),
            expected_version=_expected(request),
        )
    except DomainError as error:
        if error.status == 403:
            raise
        request.response.status_int = error.status
        return show(
            request,
            operation,
            version,
            service.document(version),
            errors=form_errors(request, error, fields),
            problems=problem_views(request, error),
            sent=request.POST,
        )
    if saved.number == version.number:
        flash(request, "info", _("Nothing was changed."))
    elif operation.state in rules.PLANNING:
        flash(
            request, "success", _("Version ${number} of the plan is kept.", mapping={"number": saved.number})
        )
    else:
        text = _(
            "Version ${number} is kept as an amendment. It is in force once a reviewer has approved it.",
            mapping={"number": saved.number},
        )
        flash(request, "success", text)
    return see_other(request, "operation.plan", code=operation.code)


def _changeable(request: Request) -> tuple[Operation, PlanVersion]:
    """Return the operation and the latest version of its plan, where the reader may change it."""
    operation = service.find(request.db, request.actor, request.matchdict["code"])
    policy.require(request.actor, Action.PLAN_UPDATE, service.subject(operation))
    if operation.state in rules.ENDED:
        message = _("${code} has ended, and its plan stays as it is.", mapping={"code": operation.code})
        raise Conflict("operation-ended", message)
    return operation, service.latest_plan(request.db, operation)


def _expected(request: Request) -> int:
    given: str = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _stale(request: Request, version: PlanVersion) -> Stale:
    message = _(
        "${author} saved version ${number} meanwhile. Nothing you wrote is lost: it still stands below. "
        "Open the form again beside it, and put your changes into the new version.",
        mapping={"author": version.author, "number": version.number},
    )
    return Stale(message, given=str(_expected(request)), current=str(version.number))


def _frame(
    request: Request, operation: Operation, version: PlanVersion, route: str, sent: Any
) -> dict[str, Any]:
    title = _("Change the plan")
    tabs = [
        Link(
            request.translate(text),
            request.route_path(name, code=operation.code),
            active=name == route,
            count=None,
        )
        for name, text in PARTS
    ]
    names = {"en": _("English"), "fr": _("French")}
    return {
        "page": operation_page(
            request, operation, title, "plan", breadcrumbs=[Link(request.translate(title), None)]
        ),
        "tabs": tabs,
        "code": operation.code,
        # A form that was refused keeps the version it was made from: it stays stale until it is opened again.
        "version": sent.get("version", "") if sent else version.number,
        "note": sent.get("note", "") if sent else "",
        "amends": operation.state not in rules.PLANNING,
        "language": request.translate(names.get(language(request), language(request))),
        "cancel": request.route_path("operation.plan", code=operation.code),
    }


def _basics(
    request: Request,
    operation: Operation,
    version: PlanVersion,
    document: PlanDocument,
    *,
    errors: FormErrors = NO_ERRORS,
    problems: Sequence[ProblemView] = (),
    sent: Any = None,
) -> dict[str, Any]:
    del problems  # every problem belongs to a field of this form, or stands in the summary
    written, reporting = language(request), document.reporting
    values = {
        "title": document.title.get(written, ""),
        "summary": document.summary.get(written, ""),
        "start": document.period.start.isoformat(),
        "end": document.period.end.isoformat(),
        "lead": document.lead,
        "deadline": f"{reporting.deadline:%H:%M}",
        "deadline_day": reporting.deadline_day,
        "grace_minutes": str(reporting.grace_minutes),
        "freeze_days_after_end": str(reporting.freeze_days_after_end),
    }
    if sent is not None:
        values = {name: sent.get(name, "") for name in values}
    known = asked(document)
    units = dict.fromkeys(unit for indicator in known.values() for unit in indicator.accepted)
    return {
        **_frame(request, operation, version, "operation.plan.basics", sent),
        "values": values,
        "objectives": _objective_rows(document, written, sent),
        "leads": [
            (item.party, reading.party_name(item.party, request.locale)) for item in document.participants
        ],
        "areas": [(area.code, label(area.title, request.locale)) for area in document.action_areas],
        "indicators": [(code, label(item.labels, request.locale)) for code, item in known.items()],
        "units": [(unit, _unit_text(unit, request.locale)) for unit in units],
        "bounds": [
            ("at_least", request.translate(_("at least"))),
            ("at_most", request.translate(_("at most"))),
        ],
        "days": [
            ("same", request.translate(_("on the same day"))),
            ("next", request.translate(_("on the following day"))),
        ],
        "earliest": date(1990, 1, 1).isoformat(),
        "errors": errors,
    }


def _unit_text(unit: str, locale: str) -> str:
    known = catalogue().units[unit]
    return known.symbol or label(known.labels, locale)


def _objective_rows(document: PlanDocument, written: str, sent: Any) -> list[ObjectiveField]:
    rows = [_objective_row(n, objective, written, sent) for n, objective in enumerate(document.objectives)]
    blank = Objective(code="", title={})
    return [
        *rows,
        *(_objective_row(len(rows) + n, blank, written, sent, new=True) for n in range(forms.NEW_OBJECTIVES)),
    ]


def _objective_row(
    row: int, objective: Objective, written: str, sent: Any, *, new: bool = False
) -> ObjectiveField:
    target = objective.target
    bound = "at_most" if target is not None and target.at_least is None else "at_least"
    quantity = None if target is None else target.at_most if bound == "at_most" else target.at_least
    values = {
        "code": objective.code,
        "title": objective.title.get(written, ""),
        "action_area": objective.action_area or "",
        "indicator": objective.indicator or "",
        "bound": bound,
        "quantity": "" if quantity is None else quantity_text(quantity),
        "unit": (target.unit or "") if target is not None else "",
    }
    if sent is not None:
        values = {name: sent.get(f"objective-{row}-{name}", "") for name in values}
    return ObjectiveField(row=row, new=new, **values)


def _participants(
    request: Request,
    operation: Operation,
    version: PlanVersion,
    document: PlanDocument,
    *,
    errors: FormErrors = NO_ERRORS,
    problems: Sequence[ProblemView] = (),
    sent: Any = None,
) -> dict[str, Any]:
    del problems
    known = catalogue()
    planned = {item.party: {unit.authority for unit in item.units} for item in document.participants}
    invited = set(sent.getall("party")) if sent is not None else set(planned)
    ticked = (
        set(sent.getall("unit"))
        if sent is not None
        else {f"{party}:{authority}" for party, kinds in planned.items() for authority in kinds}
    )
    order = [*planned, *(code for code in known.parties if code not in planned)]
    rows = [
        PartyField(
            code=code,
            name=reading.party_name(code, request.locale),
            invited=code in invited,
            ticked=[f"{code}:{authority}" in ticked for authority in known.authority_types],
            country=known.parties[code].kind == "country",
        )
        for code in order
        if code in known.parties
    ]
    inside = [row for row in rows if row.code in planned or row.invited]
    return {
        **_frame(request, operation, version, "operation.plan.participants", sent),
        "authorities": [
            (code, label(kind.labels, request.locale)) for code, kind in known.authority_types.items()
        ],
        "inside": inside,
        "outside": [row for row in rows if row not in inside],
        "errors": errors,
    }


def _texts(
    request: Request,
    operation: Operation,
    version: PlanVersion,
    document: PlanDocument,
    *,
    errors: FormErrors = NO_ERRORS,
    problems: Sequence[ProblemView] = (),
    sent: Any = None,
) -> dict[str, Any]:
    del problems
    written, locale = language(request), request.locale
    safeguards = []
    for code, item in catalogue().safeguards.items():
        texts = getattr(document.safeguards, code)
        text = texts.get(written, "") if sent is None else sent.get(f"safeguards-{code}", "")
        elsewhere = "" if text else label(texts, locale)
        safeguards.append(TextField(code, label(item.labels, locale), text, "", True, elsewhere))
    sections = []
    for code, item in catalogue().plan_sections.items():
        if not item.text and not item.may_be_not_applicable:
            continue
        section = document.sections.get(code, Section())
        text = section.text.get(written, "") if sent is None else sent.get(f"sections-{code}", "")
        reason = (
            section.not_applicable.get(written, "")
            if sent is None
            else sent.get(f"not-applicable-{code}", "")
        )
        elsewhere = "" if text or reason else label(section.text or section.not_applicable, locale)
        sections.append(
            TextField(code, label(item.labels, locale), text, reason, item.text_required, elsewhere)
        )
    return {
        **_frame(request, operation, version, "operation.plan.texts", sent),
        "safeguards": safeguards,
        "statement": document.safeguards.statement.get(written, "")
        if sent is None
        else sent.get("safeguards-statement", ""),
        "reviewer": document.safeguards.reviewer if sent is None else sent.get("safeguards-reviewer", ""),
        "sections": sections,
        "errors": errors,
    }


def _source(
    request: Request,
    operation: Operation,
    version: PlanVersion,
    document: PlanDocument,
    *,
    errors: FormErrors = NO_ERRORS,
    problems: Sequence[ProblemView] = (),
    sent: Any = None,
) -> dict[str, Any]:
    if problems:
        # The table says more than a summary could.
        text = request.translate(_("The plan file is not in order."))
        errors = FormErrors([{"text": text, "href": "#problems"}], {})
    return {
        **_frame(request, operation, version, "operation.plan.source", sent),
        "text": planfile.dump(document) if sent is None else sent.get("plan", ""),
        "problems": problems,
        "errors": errors,
    }
