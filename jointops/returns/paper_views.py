"""Paper forms: downloading them ahead, and entering a pile of them quickly by keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from jointops.kernel import clock
from jointops.kernel.errors import DomainError, Invalid, NotAllowed, Problem, Stale
from jointops.kernel.i18n import _, label
from jointops.operations import planindicators
from jointops.operations import service as operations
from jointops.operations.models import Operation, PlanVersion, ReportingUnit
from jointops.operations.page import operation_page
from jointops.operations.plandoc import PlanDocument
from jointops.rendering import numbers
from jointops.rendering.pdf import render_pdf
from jointops.returns import asked, explanations, history, paper, paper_forms, service, shown
from jointops.returns.asked import Asked
from jointops.returns.models import Return, Revision, Source
from jointops.returns.submission import Submission
from jointops.returns.views import list_link, party_name, read_day
from jointops.web.api import FORMATS
from jointops.web.errors import form_errors
from jointops.web.page import flash, see_other

MAX_FORMS = 300
"""Forms in one file: a country of ten units for a month."""

PILE_HOURS = 24
"""What somebody entered in this time is the pile that the page lists."""

_TYPED = ("form", "day", "entries", "narrative", "reason")


@view_config(route_name="returns.paper", request_method="GET", renderer="returns/paper.jinja2")
def pile(request: Request) -> dict[str, Any]:
    """Show the empty form for the next one of the pile, and those that were entered."""
    return _page(request, *_reporting(request), {})


@view_config(route_name="returns.paper", request_method="POST", renderer="returns/paper.jinja2")
def enter(request: Request) -> Any:
    """Record what stands on a form, or take one back."""
    operation, questions = _reporting(request)
    if request.POST.get("action") == "undo":
        return _undo(request, operation)
    typed = {name: request.POST.get(name, "") for name in _TYPED}
    try:
        with request.db.begin_nested():
            unit, day = _enter(request, operation, questions, typed)
    except NotAllowed:
        raise
    except DomainError as error:
        request.response.status_int = error.status
        return _page(request, operation, questions, typed, error)
    flash(
        request,
        "success",
        _(
            "The form of ${unit} for ${day} is entered. The next one:",
            mapping={"unit": unit, "day": numbers.day(day, request.locale)},
        ),
    )
    return see_other(request, "returns.paper", code=operation.code)


def _enter(
    request: Request, operation: Operation, questions: Asked, typed: Mapping[str, str]
) -> tuple[str, date]:
    document, form = _form(request, operation, questions, typed["form"])
    day = form.day or read_day(typed["day"])
    if day is None:
        message = _("This form has no day printed on it. Give the day that is written on it.")
        raise Invalid([Problem("day-missing", message, "/day")])
    unit = operations.find_unit(request.db, operation, form.unit)
    asked.require_reportable(request.actor, operation, unit)
    written = paper.read_entries(typed["entries"], paper.fields(document), planindicators.asked(document))
    head = history.head(request.db, operation, unit, day)
    begun = head is not None and not head.withdrawn
    # Without a reason, one that is there already is not replaced by a second form.
    expected = 0 if begun and not typed["reason"].strip() else None
    service.submit(
        request.db,
        request.actor,
        operation,
        unit.code,
        day,
        Submission(
            values=written.values,
            nil=written.nil,
            narrative=typed["narrative"],
            reason=typed["reason"],
            source=Source.PAPER,
            explanations=_reasons(request),
        ),
        expected_version=expected,
    )
    return unit.code, day


def _form(
    request: Request, operation: Operation, questions: Asked, code: str
) -> tuple[PlanDocument, paper.FormCode]:
    """Return the plan that a form was printed for, and whose it is."""
    number = paper.version_of(code)
    version = request.db.scalar(
        select(PlanVersion).where(PlanVersion.operation_id == operation.id, PlanVersion.number == number)
    )
    document = operations.document(version) if version is not None else questions.document
    return document, paper.read_form_code(document, number, code)


def _reasons(request: Request) -> dict[str, str]:
    return {
        name.removeprefix(explanations.FIELD): text
        for name, text in request.POST.items()
        if name.startswith(explanations.FIELD) and text.strip()
    }


def _undo(request: Request, operation: Operation) -> Any:
    version = request.POST.get("version", "")
    day = read_day(request.POST.get("day", ""))
    if day is None or not (version.isascii() and version.isdecimal() and len(version) < 10):
        raise Invalid([Problem("not-a-day", _("This is no day."), "/day")])
    unit = request.POST.get("unit", "")
    service.withdraw(
        request.db,
        request.actor,
        operation,
        unit,
        day,
        reason=request.translate(_("The paper form was entered by mistake.")),
        expected_version=int(version),
    )
    flash(request, "success", _("The form of ${unit} is taken back.", mapping={"unit": unit}))
    return see_other(request, "returns.paper", code=operation.code)


def _reporting(request: Request) -> tuple[Operation, Asked]:
    """Return the operation and its questions, if the person reports for anybody in it."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    questions = asked.asked(request.db, operation)
    asked.chosen(request.actor, operation, questions)
    return operation, questions


# --- The page --------------------------------------------------------------------------------------------------------


def _page(
    request: Request,
    operation: Operation,
    questions: Asked,
    typed: Mapping[str, str],
    error: DomainError | None = None,
) -> dict[str, Any]:
    units = asked.reportable(request.actor, operation, questions)
    parties = list(dict.fromkeys(unit.participant.party for unit in units))
    errors = form_errors(request, error, _names(error)) if error else None
    reasons = _reasons(request) if request.method == "POST" else {}
    return {
        "page": operation_page(
            request,
            operation,
            _("Enter paper forms"),
            "returns",
            breadcrumbs=[list_link(request, operation)],
        ),
        "operation": operation,
        "typed": {name: typed.get(name, "") for name in _TYPED},
        "errors": errors,
        "there_already": isinstance(error, Stale) or bool(typed.get("reason")) or _asks_reason(error),
        "doubts": [
            {
                "name": explanations.FIELD + problem.explain,
                "text": request.translate(problem.message),
                "reason": reasons.get(problem.explain, ""),
            }
            for problem in (error.problems if error else ())
            if problem.explain
        ],
        "pile": _entered(request, operation),
        "units": [(unit.code, unit.code) for unit in units],
        "parties": [(code, party_name(code, request.locale)) for code in parties] if len(parties) > 1 else [],
        "days": [(day.isoformat(), numbers.day(day, request.locale)) for day in questions.days()],
        "fields": [
            {
                "code": each.code,
                "text": questions.indicator_label(each.indicator, request.locale)
                + (
                    ", " + questions.category_label(each.indicator, each.category, request.locale)
                    if each.category
                    else ""
                ),
            }
            for each in paper.fields(questions.document).values()
        ],
    }


def _names(error: DomainError) -> dict[str, str]:
    """Return the fields of the page for the problems' places: all figures are typed in one."""
    found = {}
    for problem in error.problems:
        if problem.pointer.startswith(("/values", "/nil")):
            found[problem.pointer] = "entries"
    return found


def _asks_reason(error: DomainError | None) -> bool:
    return error is not None and any(problem.code == "reason-missing" for problem in error.problems)


def _entered(request: Request, operation: Operation) -> list[dict[str, Any]]:
    """Return the forms that the person entered lately, the last one first."""
    found = request.db.execute(
        select(Revision, Return)
        .join(Return, Return.id == Revision.return_id)
        .options(joinedload(Return.unit))
        .where(
            Return.operation_id == operation.id,
            Revision.source == Source.PAPER,
            Revision.number == Return.latest_number,
            Revision.recorded_by == request.actor.name,
            Revision.recorded_at >= clock.now() - timedelta(hours=PILE_HOURS),
        )
        .order_by(Revision.recorded_at.desc(), Revision.id.desc())
        .limit(MAX_FORMS)
    )
    return [
        {
            "unit": head.unit.code,
            "title": label(head.unit.title, request.locale),
            "day": numbers.short_day(head.day, request.locale),
            "iso": head.day.isoformat(),
            "at": numbers.time_of_day(revision.recorded_at, request.locale, operation.time_zone),
            "nil": revision.nil,
            "figures": len(revision.content.get("values", ())),
            "state": shown.state_name(head.state),
            "version": head.version,
            "place": {"code": operation.code, "unit": head.unit.code, "day": head.day.isoformat()},
        }
        for revision, head in found
    ]


# --- The forms -------------------------------------------------------------------------------------------------------


@view_config(route_name="returns.paper.forms", request_method="GET")
def download_forms(request: Request) -> Response:
    """Return forms for one unit, a country's or all units that the person reports for; for a day, all, or blank."""
    operation, questions = _reporting(request)
    day_text = request.GET.get("day", "")
    day = read_day(day_text)
    units, days = asked.chosen(
        request.actor,
        operation,
        questions,
        unit=request.GET.get("unit") or None,
        party=request.GET.get("party") or None,
        day=day,
    )
    blank = day_text == "blank"
    wanted: list[tuple[ReportingUnit, date | None]] = [
        (unit, each) for unit in units for each in ([None] if blank else days)
    ]
    if len(wanted) > MAX_FORMS:
        message = _(
            "These are ${n} forms; at most ${most} come in one file. Choose a country, a unit or a day.",
            mapping={"n": len(wanted), "most": MAX_FORMS},
        )
        raise Invalid([Problem("too-many-forms", message, "/query/day")])
    document = paper_forms.forms(operation, questions, wanted, request.locale, request.translate, clock.now())
    response = Response(render_pdf(document), content_type=FORMATS["pdf"])
    name = "-".join([operation.code, "forms", *([units[0].code] if len(units) == 1 else [])])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
