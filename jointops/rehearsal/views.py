"""The pages of exercises: their list, how far a rehearsal is and what it found, and deleting one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.evaluation import wording
from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError, NotFound, Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import NOTHING, Action
from jointops.operations import planfile
from jointops.operations import service as operations
from jointops.operations.page import operation_page
from jointops.operations.plandoc import PlanDocument
from jointops.operations.rules import STATE_LABELS
from jointops.rehearsal import service
from jointops.rehearsal.events import Kind
from jointops.rehearsal.models import Rehearsal, RehearsalState
from jointops.rehearsal.result import Result, result_of
from jointops.rehearsal.runner import Runner
from jointops.rendering import numbers
from jointops.web.navigation import Link
from jointops.web.page import flash, page, see_other

STATE_LABELS_OF_REHEARSALS = {
    RehearsalState.RUNNING: _("Playing"),
    RehearsalState.DONE: _("Played"),
    RehearsalState.FAILED: _("Broken off"),
}
_TONES = {RehearsalState.RUNNING: "info", RehearsalState.DONE: "good", RehearsalState.FAILED: "bad"}

_SECONDS_BETWEEN_LOOKS = 2
"""After so many seconds the page of a rehearsal that is playing is looked at again."""

KIND_LABELS = {
    Kind.CONSULTATION: _("Plan sent to consultation"),
    Kind.ANSWER: _("Answers of participants"),
    Kind.PLEDGE: _("Contributions pledged"),
    Kind.APPROVAL: _("Plan approved"),
    Kind.START: _("Operation started"),
    Kind.BRING: _("Contributions recorded as they came"),
    Kind.TASK: _("Steps of tasks"),
    Kind.SUBMIT: _("Returns and corrections sent"),
    Kind.SEND_BACK: _("Returns sent back with a question"),
    Kind.REPLY: _("Questions answered"),
    Kind.VERIFY: _("Returns verified"),
    Kind.ACCEPT: _("Returns accepted"),
    Kind.FREEZE: _("Situation reports frozen"),
    Kind.WARN: _("Warnings sent"),
    Kind.FEEDBACK: _("Feedback on warnings"),
    Kind.LINK: _("Results linked to warnings"),
    Kind.END_WARNING: _("Warnings closed or withdrawn"),
    Kind.INVITE: _("Meetings prepared"),
    Kind.MEET: _("Meetings held"),
    Kind.CLOSE: _("Operation closed"),
    Kind.EVALUATE: _("Evaluation sent for review"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One exercise in the list."""

    code: str
    title: str
    href: str
    source: str
    period: str
    state: str
    tone: str
    started: str
    by: str
    percent: int


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """One objective at the end of the exercise; ``result`` and ``target`` are written with their unit."""

    code: str
    counted: str
    result: str | None
    target: str | None
    met: str
    tone: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, with the place in the plan that it is about."""

    text: str
    pointer: str


@view_config(route_name="exercises", request_method="GET", renderer="rehearsal/list.jinja2")
def list_page(request: Request) -> dict[str, Any]:
    """Show the exercises that the reader may know of, and let a coordinator rehearse a template."""
    may_create = policy.allows(request.actor, Action.EXERCISE_CREATE, NOTHING)
    return {
        "page": page(request, _("Exercises")),
        "rows": [_row(request, one) for one in service.list_exercises(request.db, request.actor)],
        "templates": [(code, title) for code, title, _plan in _templates(request)] if may_create else [],
    }


@view_config(route_name="exercises", request_method="POST")
def rehearse_template(request: Request) -> Response:
    """Have a template rehearsed, beginning on the next Monday."""
    policy.require(request.actor, Action.EXERCISE_CREATE, NOTHING)
    wanted = request.POST.get("template", "")
    for code, _title, plan in _templates(request):
        if code == wanted:
            return _start(request, partial(service.prepare, request.db, request.actor, plan), "exercises")
    raise NotFound("template-unknown", _("There is no template “${code}”.", mapping={"code": wanted}))


@view_config(route_name="operation.rehearse", request_method="POST")
def rehearse_operation(request: Request) -> Response:
    """Have a version of the plan of an operation rehearsed, by default the latest."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    policy.require(request.actor, Action.EXERCISE_CREATE, operations.subject(operation))
    given = request.POST.get("version", "")
    if given:
        number = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
        version = operations.find_version(request.db, request.actor, operation, number)
    else:
        version = operations.latest_plan(request.db, operation)
    prepare = partial(
        service.prepare,
        request.db,
        request.actor,
        operations.document(version),
        source_operation=operation,
        source_version=version.number,
    )
    return _start(request, prepare, "operation.plan", code=operation.code)


@view_config(route_name="exercise", request_method="GET", renderer="rehearsal/exercise.jinja2")
def exercise_page(request: Request) -> dict[str, Any]:
    """Show how far a rehearsal is; once it is over, what it found."""
    rehearsal = service.find(request.db, request.actor, request.matchdict["code"])
    operation = rehearsal.operation
    broken_off = service.is_broken_off(rehearsal)
    playing = rehearsal.state is RehearsalState.RUNNING and not broken_off
    if playing:
        # Works without a script, and ends by itself.
        request.response.headers["Refresh"] = str(_SECONDS_BETWEEN_LOOKS)
    found = result_of(request.db, request.actor, rehearsal)
    say = request.translate
    return {
        "page": operation_page(
            request,
            operation,
            _("Rehearsal"),
            breadcrumbs=[Link(say(_("Rehearsal")), None)],
        ),
        "row": _row(request, rehearsal),
        "playing": playing,
        "broken_off": broken_off,
        "seed": rehearsal.seed,
        "done": numbers.number(rehearsal.done, request.locale),
        "total": numbers.number(rehearsal.total, request.locale),
        "percent": 100 * rehearsal.done // max(rehearsal.total, 1),
        "staged_at": numbers.instant(rehearsal.staged_at, request.locale, operation.time_zone),
        "state": say(STATE_LABELS[operation.state]),
        "readiness": _findings(request, found.readiness),
        "warnings": _findings(request, found.warnings),
        "refused": found.refused,
        "happened": [
            (say(KIND_LABELS[kind]), numbers.number(found.happened[kind], request.locale))
            for kind in Kind
            if kind in found.happened
        ],
        "objectives": _objectives(request, found),
        "cast": _cast(request, found),
        "links": _links(request, operation.code),
        "may_delete": not playing
        and policy.allows(request.actor, Action.EXERCISE_DELETE, operations.subject(operation)),
        "delete": request.route_path("exercise.delete", code=operation.code),
    }


@view_config(route_name="exercise.delete", request_method="POST")
def delete(request: Request) -> Response:
    """Delete an exercise with everything in it."""
    code = request.matchdict["code"]
    service.delete(request.db, request.actor, code)
    flash(request, "success", _("The exercise ${code} is deleted.", mapping={"code": code}))
    return see_other(request, "exercises")


def _start(request: Request, prepare: Any, back: str, **about: str) -> Response:
    """Prepare a rehearsal, have it played once the request's transaction is kept, and show how far it is."""
    try:
        rehearsal: Rehearsal = prepare()
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        request.tm.doom()
        problems: Sequence[Problem | DomainError] = getattr(error, "problems", ()) or (error,)
        flash(request, "error", problems[0].message)
        return see_other(request, back, **about)
    start_after_commit(request, rehearsal.id)
    return see_other(request, "exercise", code=rehearsal.operation.code)


def start_after_commit(request: Request, key: int) -> None:
    """Have a rehearsal played as soon as the request's transaction is kept."""
    runner: Runner = request.registry["rehearsal.runner"]
    factory = request.registry["session_factory"]

    def start(kept: bool) -> None:
        if kept:
            runner(factory, key)

    request.tm.get().addAfterCommitHook(start)


def _templates(request: Request) -> list[tuple[str, str, PlanDocument]]:
    return [
        (path.stem, label(plan.title, request.locale), plan)
        for path, plan in planfile.templates()
        if plan.template
    ]


def _row(request: Request, rehearsal: Rehearsal) -> Row:
    operation = rehearsal.operation
    state = RehearsalState.FAILED if service.is_broken_off(rehearsal) else rehearsal.state
    version = f", {rehearsal.source_version}" if rehearsal.source_version else ""
    return Row(
        code=operation.code,
        title=label(operation.title, request.locale),
        href=request.route_path("exercise", code=operation.code),
        source=f"{rehearsal.source}{version}",
        period=numbers.day_range(operation.starts_on, operation.ends_on, request.locale),
        state=request.translate(STATE_LABELS_OF_REHEARSALS[state]),
        tone=_TONES[state],
        started=numbers.short_instant(rehearsal.started_at, request.locale, operation.time_zone),
        by=rehearsal.started_by,
        percent=100 * rehearsal.done // max(rehearsal.total, 1),
    )


def _findings(request: Request, problems: Sequence[Problem]) -> list[Finding]:
    return [Finding(request.translate(problem.message), problem.pointer or "") for problem in problems]


def _objectives(request: Request, found: Result) -> list[ObjectiveRow]:
    """Return how the exercise ended: each objective with its result and target."""
    if found.measured is None:
        return []
    names = found.names(request.locale)
    return [
        ObjectiveRow(
            code=item.code,
            counted=wording.counted(names, item),
            result=names.quantity(item.indicator or "", item.quantity) or None,
            target=wording.target(names, item) or None,
            met=wording.met(names, item),
            tone="good" if item.met else "warn",
        )
        for item in found.measured.objectives
    ]


def _cast(request: Request, found: Result) -> list[tuple[str, str]]:
    """Return who was given which part, so that people can look whether it shows where it should."""
    say, locale, script = request.translate, request.locale, found.script
    names = found.names(locale)

    def cells(several: Sequence[tuple[str, Any]]) -> str:
        shown = [f"{unit}, {numbers.axis_day(day, locale)}" for unit, day in several[:6]]
        return "; ".join(shown) + (" …" if len(several) > 6 else "")

    def pairs(several: Sequence[tuple[str, str, Any]]) -> str:
        return "; ".join(f"{one} – {other}, {numbers.axis_day(day, locale)}" for one, other, day in several)

    parts = (
        (_("Declined"), names.party(script.declined) if script.declined else ""),
        (_("Answered late"), numbers.join([names.party(one) for one in script.late_answers], locale)),
        (_("Joint results, counted once"), pairs(script.joint)),
        (_("The same seizure claimed twice"), pairs(script.duplicates)),
        (_("Missing returns"), cells(script.missing)),
        (_("Late returns"), cells(script.late)),
        (_("Nil returns"), cells(script.nil)),
        (_("Sent back with a question"), cells(script.sent_back)),
        (_("Corrected after acceptance"), cells(script.corrected)),
        (
            _("Warnings that lead to a result"),
            "; ".join(f"{code}, {names.unit(unit)}" for code, unit in script.found),
        ),
        (_("Warnings sent by mistake"), numbers.join(script.withdrawn, locale)),
        (_("Decided at a meeting"), numbers.join(script.decided, locale)),
    )
    return [(say(term), value) for term, value in parts if value]


def _links(request: Request, code: str) -> list[Link]:
    routes = (
        ("operation.evaluation", _("Evaluation")),
        ("operation.situation", _("Situation")),
        ("operation.returns", _("Returns")),
        ("operation.tasks", _("Tasks")),
        ("operation.warnings", _("Warnings")),
        ("operation.meetings", _("Meetings")),
        ("operation.plan", _("Plan")),
    )
    return [Link(request.translate(text), request.route_path(route, code=code)) for route, text in routes]


def staged_clock(view: Any, _info: Any) -> Any:
    """Show every page and answer of an exercise at the instant of the exercise's clock: a view deriver."""

    def staged(context: Any, request: Request) -> Any:
        code = (request.matchdict or {}).get("code", "")
        if not code.startswith(service.PREFIX) or request.signed_in is None:
            return view(context, request)
        at = service.staged_at(request.db, code)
        if at is None:
            return view(context, request)
        with clock.staged(at):
            return view(context, request)

    return staged
