"""Pages that make an operation: from a template, from a plan file, as a copy of another operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import DomainError, Invalid, Problem
from jointops.kernel.i18n import DEFAULT_LOCALE, PSEUDO_LOCALE, _, label
from jointops.kernel.policy import Action
from jointops.operations import planfile, reading, service
from jointops.operations.events import PlanTakenOver
from jointops.operations.models import Operation
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planfile import PlanInvalid
from jointops.operations.plantemplate import instantiate
from jointops.reference.catalogue import catalogue
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, page, see_other

NO_ERRORS = FormErrors((), {})

MOST_BYTES = 4 * 1024 * 1024
"""A plan with every country and a thousand tasks has a tenth of this."""


LANDING = "page of a new operation"
"""In the registry: a function of request and operation that names the route (with its ``code``) of the page on which
whoever made the operation goes on, or ``None`` for the plan; a higher domain puts it there."""


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template to choose."""

    value: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A problem in a plan file: where it is, what it is, and how to mend it."""

    line: int
    column: int
    path: str
    message: str
    accepted: str


@view_config(route_name="operations.new", request_method="GET", renderer="operations/new.jinja2")
def new_page(request: Request) -> dict[str, Any]:
    """Offer the three ways to make an operation."""
    policy.require(request.actor, Action.OPERATION_CREATE)
    return _new(request)


@view_config(route_name="operations.new.template", request_method="POST", renderer="operations/new.jinja2")
def from_template(request: Request) -> dict[str, Any] | Response:
    """Make an operation from a template."""
    policy.require(request.actor, Action.OPERATION_CREATE)

    def model() -> PlanDocument:
        chosen = request.POST.get("template", "")
        found = next((document for document in known_templates() if document.code == chosen), None)
        if found is None:
            raise Invalid([Problem("template-unknown", _("Choose a template."), "/template")])
        return found

    return _from_model(request, "template", model)


@view_config(route_name="operations.new.copy", request_method="POST", renderer="operations/new.jinja2")
def from_copy(request: Request) -> dict[str, Any] | Response:
    """Make an operation with the plan of another one."""
    policy.require(request.actor, Action.OPERATION_CREATE)

    def model() -> PlanDocument:
        code = request.POST.get("source", "")
        if not code:
            raise Invalid([Problem("operation-unknown", _("Choose an operation."), "/source")])
        operation = service.find(request.db, request.actor, code)
        return service.document(service.plan_in_force(request.db, operation))

    return _from_model(request, "copy", model)


@view_config(route_name="operations.new.file", request_method="POST", renderer="operations/new.jinja2")
def from_file(request: Request) -> dict[str, Any] | Response:
    """Make an operation from a plan file, or list what is wrong in it, line by line."""
    policy.require(request.actor, Action.OPERATION_CREATE)
    try:
        document = uploaded_plan(request)
        operation = service.create(request.db, request.actor, document, request.POST.get("note", ""))
    except DomainError as error:
        request.response.status_int = error.status
        errors = form_errors(request, error, {"/plan": "plan"})
        problems = problem_views(request, error)
        if problems:
            # The table says more than a summary could.
            errors = FormErrors(
                [{"text": request.translate(_("The file is not in order.")), "href": "#problems"}], {}
            )
        return _new(request, way="file", errors=errors, problems=problems)
    return _made(request, operation)


@view_config(
    route_name="operations.new.file",
    request_method="POST",
    request_param="dry_run",
    renderer="operations/_checked.jinja2",
)
def check_file(request: Request) -> dict[str, Any]:
    """Say what is wrong in a plan file, without keeping anything; a piece of a page."""
    policy.require(request.actor, Action.OPERATION_CREATE)
    try:
        document = uploaded_plan(request)
    except DomainError as error:
        problems = problem_views(request, error)
        return {"problems": problems, "text": request.translate(error.message), "title": None}
    return {"problems": (), "text": None, "title": label(document.title, request.locale)}


def problem_views(request: Request, error: DomainError) -> Sequence[ProblemView]:
    """Return the problems of a plan file with their places; none for another kind of refusal."""
    if not isinstance(error, PlanInvalid):
        return ()
    return [
        ProblemView(
            problem.line,
            problem.column,
            problem.pointer,
            request.translate(problem.message),
            ", ".join(problem.accepted),
        )
        for problem in error.problems
    ]


@cache
def known_templates() -> Sequence[PlanDocument]:
    """Return the plan templates that come with jointops, read once."""
    return [document for _path, document in planfile.templates()]


def language(request: Request) -> str:
    """Return the language in which the reader writes texts of a plan."""
    return DEFAULT_LOCALE if request.locale == PSEUDO_LOCALE else str(request.locale)


def _from_model(request: Request, way: str, model: Callable[[], PlanDocument]) -> dict[str, Any] | Response:
    given = {
        name: request.POST.get(name, "").strip()
        for name in ("template", "source", "code", "title", "start", "lead")
    }
    try:
        document = instantiate(
            model(),
            code=given["code"].upper(),
            title={language(request): given["title"]} if given["title"] else {},
            start=_day(given["start"]),
            lead=_lead(given["lead"]),
        )
        operation = service.create(request.db, request.actor, document, request.translate(_NOTES[way]))
    except DomainError as error:
        request.response.status_int = error.status
        fields = {pointer: f"{way}-{name}" for pointer, name in _FIELDS.items()}
        return _new(request, way=way, given=given, errors=form_errors(request, error, fields))
    return _made(request, operation)


_NOTES = {"template": _("Made from a template"), "copy": _("Made as a copy")}

_FIELDS = {
    "/template": "template",
    "/source": "source",
    "/code": "code",
    "/title": "title",
    "/period/start": "start",
    "/lead": "lead",
}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid([Problem("not-a-day", _("Give the first action day."), "/period/start")]) from None


def _lead(code: str) -> str:
    if catalogue().party_code(code) not in catalogue().parties:
        raise Invalid([Problem("unknown-party", _("Choose who leads."), "/lead")])
    return code


def uploaded_plan(request: Request) -> PlanDocument:
    """Return the plan in the file that was sent.

    Raises Invalid with ``file-missing``, ``file-too-large``, or every problem of the plan.
    """
    sent = request.POST.get("plan")
    if sent is None or not hasattr(sent, "file"):
        raise Invalid([Problem("file-missing", _("Choose a plan file."), "/plan")])
    content: bytes = sent.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Invalid([Problem("file-too-large", _("The file is too large for a plan."), "/plan")])
    return planfile.load(content, sent.filename or "", service.known_cycles(request.db))


def _made(request: Request, operation: Operation) -> Response:
    text = _("${code} is made, as a draft.", mapping={"code": operation.code})
    flash(request, "success", text)
    request.registry.notify(PlanTakenOver(request, operation))
    where = request.registry.get(LANDING, lambda _request, _operation: None)(request, operation)
    return see_other(request, where or "operation.plan", code=operation.code)


def _new(
    request: Request,
    *,
    way: str = "",
    given: Mapping[str, str] | None = None,
    errors: FormErrors = NO_ERRORS,
    problems: Sequence[ProblemView] = (),
) -> dict[str, Any]:
    kinds = catalogue().operation_kinds
    operations = service.list_operations(request.db, request.actor)
    parties = sorted(
        ((code, reading.party_name(code, request.locale)) for code in catalogue().parties),
        key=lambda choice: choice[1],
    )
    blank = dict.fromkeys(("template", "source", "code", "title", "start", "lead"), "")
    title = _("New operation")
    return {
        "page": page(
            request,
            title,
            breadcrumbs=[
                Link(request.translate(_("Operations")), request.route_path("operations")),
                Link(request.translate(title), None),
            ],
        ),
        "templates": [
            TemplateView(
                document.code,
                label(document.title, request.locale),
                label(kinds[document.kind].labels, request.locale),
            )
            for document in known_templates()
        ],
        "operations": [(one.code, f"{one.code} – {label(one.title, request.locale)}") for one in operations],
        "parties": parties,
        "way": way,
        "template": given if way == "template" and given else blank,
        "copy": given if way == "copy" and given else blank,
        "errors": errors,
        "problems": problems,
    }
