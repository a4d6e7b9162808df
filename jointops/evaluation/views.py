"""The page of an evaluation: made for reading, with the steps of its sign-off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.evaluation import page, rules, service, wording
from jointops.evaluation.measured import Measured
from jointops.evaluation.models import Evaluation, EvaluationState, ObservationKind
from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Role
from jointops.operations import plancalendar
from jointops.operations import service as operations
from jointops.operations.history import plan_as_known
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.rendering import numbers
from jointops.rendering.formats import DOCUMENT_FORMATS
from jointops.situation import breakdown, instants
from jointops.situation import page as figures_page
from jointops.situation.links import figure_path
from jointops.situation.names import STATUS_NOTES, TOTALS_NOTE, Names
from jointops.situation.picture import holds
from jointops.situation.report import statement
from jointops.web.api import route_name
from jointops.web.errors import form_errors
from jointops.web.navigation import Card, Link
from jointops.web.page import flash, see_other

DOWNLOADS = {
    **{form: written.title for form, written in DOCUMENT_FORMATS.items()},
    "xlsx": _("Excel"),
    "json": _("JSON"),
}
"""In which forms the evaluation can be taken along, the documents first."""


@view_config(route_name="operation.evaluation", request_method="GET", renderer="evaluation/evaluation.jinja2")
def show_evaluation(request: Request) -> dict[str, Any]:
    """Show what was achieved of what was meant, what was observed and what is recommended."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    return evaluation_model(request, operation)


def evaluation_model(request: Request, operation: Operation) -> dict[str, Any]:
    """Return what the evaluation's template needs, for the page and for the API's HTML."""
    evaluation = service.find(request.db, request.actor, operation)
    asked, at = _instant(request, operation, evaluation)
    measured = service.measure(
        request.db,
        request.actor,
        operation,
        as_known_at=at,
        status=request.GET.get("status") or service.STATUS,
    )
    plan = operations.document(plan_as_known(request.db, operation, measured.as_known_at))
    names = Names(plan, request.locale)
    links = _Links(request, operation, measured, at, asked)
    now = (
        service.measure(request.db, request.actor, operation, status=measured.status).figures
        if at is not None
        else None
    )
    figures = measured.figures
    indicator = _indicator(request, names, measured)
    days = tuple(day for day, _counts in measured.reporting_by_day)
    return {
        "page": operation_page(request, operation, _("Evaluation"), "evaluation"),
        "operation": operation,
        "evaluation": evaluation,
        "state": {
            "text": rules.STATE_LABELS[evaluation.state],
            "tone": page.STATE_TONES[evaluation.state],
        },
        "life_cycle": page.life_cycle(names, evaluation),
        "history": page.history(names, evaluation),
        "seal": _seal(request, operation, names, evaluation, measured),
        "known": {
            "value": instants.local_minute(at, plan.time_zone) if at is not None else "",
            "shown": names.instant(at) if at is not None else None,
            "presets": _presets(names, evaluation, asked, at, links),
            "kept": links.kept(instants.PARAMETER),
            "zone": plan.time_zone,
        },
        "past": at is not None,
        "statuses": figures_page.status_choices(measured.status, links.status, names),
        "status_note": STATUS_NOTES[measured.status],
        "holds": statement(holds(figures), names),
        "totals_note": TOTALS_NOTE,
        "rating_rule": wording.RATING_RULE,
        "agreement_rule": wording.AGREEMENT_RULE,
        "keys": page.key_figures(names, measured, now, links.figure),
        "objectives": page.objectives(names, measured, links.figure),
        "target_chart": page.target_chart(names, measured),
        "target_summary": page.target_summary(names, measured),
        "totals": breakdown.totals(names, figures, now, links.figure),
        "indicator": indicator,
        "indicators": [(code, names.indicator(code)) for code in names.shown],
        "chosen": breakdown.chosen(names, figures, days, indicator, links.figure) if indicator else None,
        "pivots": breakdown.pivots(names, figures, days, links.figure),
        "joint": breakdown.joint_differs(figures.by_party),
        "publications": page.publications(names, measured, links.figure),
        "reporting": page.reporting(names, measured),
        "counts": measured.reporting,
        "received": figures_page.share_received(measured.reporting, request.locale),
        "contributions": page.contributions(names, measured),
        "tasks": page.tasks(names, measured),
        "warnings": page.warnings(names, measured),
        "tasks_done": measured.tasks.get("done", 0),
        "tasks_assigned": measured.tasks.get("assigned", 0),
        "strengths": page.observations(
            names, [item for item in evaluation.observations if item.kind is ObservationKind.STRENGTH]
        ),
        "improvements": page.observations(
            names, [item for item in evaluation.observations if item.kind is ObservationKind.IMPROVEMENT]
        ),
        "recommendations": page.recommendations(
            names,
            evaluation,
            links.recommendation,
            links.action,
            request.registry.get(page.LATER, lambda _request, _evaluation: {})(request, evaluation),
        ),
        "quality": wording.quality(names, measured),
        "safeguards": wording.safeguards(names),
        "may": _may(request, operation, evaluation),
        "downloads": [
            {
                "title": request.translate(title),
                "href": links.document(form),
                "document": form in DOCUMENT_FORMATS,
            }
            for form, title in DOWNLOADS.items()
        ],
        "links": {
            name: request.route_path(f"evaluation.{name}", code=operation.code)
            for name in ("summary", "steps", "observations", "recommendations")
        },
    }


class _Links:
    """Addresses that keep what was asked for."""

    def __init__(
        self, request: Request, operation: Operation, measured: Measured, at: datetime | None, asked: str
    ) -> None:
        self._request = request
        self._operation = operation
        self._measured = measured
        self._asked = asked
        self._known = clock.iso(at) if at is not None else None

    def kept(self, but: str) -> list[tuple[str, str]]:
        """Return the query of the page without one of its parts."""
        pairs = {
            instants.PARAMETER: self._asked,
            "status": self._request.GET.get("status", ""),
            "indicator": self._request.GET.get("indicator", ""),
        }
        return [(name, value) for name, value in pairs.items() if value and name != but]

    def _with(self, name: str, value: str) -> str:
        query = [*self.kept(name), *([(name, value)] if value else [])]
        path: str = self._request.route_path("operation.evaluation", code=self._operation.code, _query=query)
        return path

    def at(self, value: str) -> str:
        return self._with(instants.PARAMETER, value)

    def status(self, value: str) -> str:
        return self._with("status", value)

    def figure(self, indicator: str, **about: str) -> str:
        return figure_path(
            self._request, self._operation.code, indicator, self._measured.status, self._known, **about
        )

    def recommendation(self, step: str, recommendation: str) -> str:
        path: str = self._request.route_path(
            f"evaluation.recommendation.{step}", code=self._operation.code, recommendation=recommendation
        )
        return path

    def action(self, cycle: str, action: str) -> str:
        path: str = self._request.route_path("cycle", cycle=cycle, _anchor=action)
        return path

    def document(self, form: str) -> str:
        query = {"format": form, "status": self._measured.status.value}
        if self._known:
            query[instants.PARAMETER] = self._known
        path: str = self._request.route_path(
            route_name("/operations/{code}/evaluation"), code=self._operation.code, _query=query
        )
        return path


NOW = "now"
"""In an address, now: an endorsed evaluation is shown as endorsed where nothing else is asked for."""


def _instant(request: Request, operation: Operation, evaluation: Evaluation) -> tuple[str, datetime | None]:
    """Return what was asked for and the instant it means; ``None`` is now."""
    asked = request.GET.get(instants.PARAMETER, "")
    if asked == NOW:
        return asked, None
    if not asked and evaluation.state is EvaluationState.ENDORSED:
        return "", evaluation.as_known_at
    return asked, instants.as_known_at(asked, operation.time_zone)


def _presets(
    names: Names, evaluation: Evaluation, asked: str, at: datetime | None, links: _Links
) -> list[figures_page.Choice]:
    say = names.translate
    found = [figures_page.Choice(say(_("Now")), links.at(NOW), active=at is None)]
    after = names.plan.period.end + timedelta(days=1)
    for day in (names.plan.period.end, after):
        if plancalendar.begins_at(names.plan, day + timedelta(days=1)) < clock.now():
            value = instants.end_of(day)
            text = say(_("End of ${day}", mapping={"day": numbers.axis_day(day, names.locale)}))
            found.append(figures_page.Choice(text, links.at(value), active=asked == value))
    if evaluation.as_known_at is not None:
        text = (
            say(_("As endorsed"))
            if evaluation.state is EvaluationState.ENDORSED
            else say(_("As submitted for review"))
        )
        value = clock.iso(evaluation.as_known_at)
        found.append(figures_page.Choice(text, links.at(value), active=at == evaluation.as_known_at))
    return found


def _seal(
    request: Request, operation: Operation, names: Names, evaluation: Evaluation, measured: Measured
) -> dict[str, Any] | None:
    """Return what the page says of the seal of an endorsed evaluation."""
    at = evaluation.as_known_at
    if evaluation.state is not EvaluationState.ENDORSED or at is None:
        return None
    again = measured
    if (measured.as_known_at, measured.status) != (at, service.STATUS):
        again = service.measure(request.db, request.actor, operation, as_known_at=at)
    return {
        "as_known_at": names.instant(at),
        "sha256": evaluation.sealed_sha256,
        "holds": service.seal_holds(evaluation, again),
        "shown": measured.as_known_at == at and measured.status is service.STATUS,
    }


def _indicator(request: Request, names: Names, measured: Measured) -> str | None:
    wanted = request.GET.get("indicator", "")
    if wanted in names.indicators:
        return str(wanted)
    shown = names.shown
    return next((code for code in shown if measured.figures.total(code) is not None), next(iter(shown), None))


def _may(request: Request, operation: Operation, evaluation: Evaluation) -> dict[str, bool]:
    """Return what the page offers: what the policy allows and the state admits."""
    subject, actor, state = operations.subject(operation), request.actor, evaluation.state

    def allows(action: Action) -> bool:
        return policy.allows(actor, action, subject)

    writes = rules.may_write(state, reviewer=actor.has(Role.REVIEWER))
    return {
        "summarise": allows(Action.EVALUATION_SUBMIT) and rules.may_write(state),
        "submit": allows(Action.EVALUATION_SUBMIT)
        and rules.transition(state, EvaluationState.IN_REVIEW) is not None,
        "review": allows(Action.EVALUATION_ENDORSE) and state is EvaluationState.IN_REVIEW,
        "observe": allows(Action.OBSERVATION_CREATE) and rules.may_comment(state),
        "recommend": allows(Action.RECOMMENDATION_CREATE) and writes,
        "revise": allows(Action.RECOMMENDATION_UPDATE) and writes,
        "decide": allows(Action.RECOMMENDATION_ADOPT),
    }


# --- The summary and the sign-off ----------------------------------------------------------------------------------


@view_config(route_name="evaluation.summary", request_method="GET", renderer="evaluation/summary.jinja2")
def edit_summary(request: Request) -> dict[str, Any]:
    """Show the form of the summary."""
    operation, evaluation = _found(request)
    policy.require(request.actor, Action.EVALUATION_SUBMIT, operations.subject(operation))
    if not rules.may_write(evaluation.state):
        raise service.locked(evaluation)
    return _summary_form(request, operation, evaluation.summary, evaluation.version)


@view_config(route_name="evaluation.summary", request_method="POST", renderer="evaluation/summary.jinja2")
def save_summary(request: Request) -> dict[str, Any] | Response:
    """Keep the summary, or show the form again with what is wrong."""
    operation, evaluation = _found(request)
    summary = request.POST.get("summary", "")
    try:
        service.summarise(
            request.db, request.actor, operation, summary, expected_version=expected_version(request)
        )
    except DomainError as error:
        if error.status not in {412, 422}:
            raise
        request.response.status_int = error.status
        return _summary_form(request, operation, summary, evaluation.version, error)
    flash(request, "success", _("The summary is kept."))
    return see_other(request, "operation.evaluation", code=operation.code, _anchor="summary")


def _summary_form(
    request: Request, operation: Operation, summary: str, version: int, error: DomainError | None = None
) -> dict[str, Any]:
    return {
        "page": form_frame(request, operation, _("Summary of the evaluation")),
        "summary": summary,
        "version": version,
        "errors": form_errors(request, error, {"/summary": "summary"}) if error else None,
        "longest": service.MAX_SUMMARY,
        "back": back(request, operation, "summary"),
    }


@view_config(route_name="evaluation.steps", request_method="POST")
def take_step(request: Request) -> Response:
    """Take the next step of the sign-off: submit, send back, endorse."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    evaluation = service.transition(
        request.db,
        request.actor,
        operation,
        request.POST.get("to", ""),
        request.POST.get("text", ""),
        expected_version=expected_version(request),
    )
    flash(request, "success", _DONE[evaluation.state])
    return see_other(request, "operation.evaluation", code=operation.code)


_DONE = {
    EvaluationState.DRAFT: _("The evaluation is a draft."),
    EvaluationState.IN_REVIEW: _("The evaluation is submitted for review."),
    EvaluationState.RETURNED: _("The evaluation is sent back."),
    EvaluationState.ENDORSED: _("The evaluation is endorsed, and its figures are sealed."),
}


def cards(request: Request) -> Sequence[Card]:
    """Return the evaluations that the reader is asked to finish or to review."""
    found = []
    for operation, state in service.waiting(request.db, request.actor):
        where = {"operation": operation.code}
        text, tone = _("Finish the evaluation of ${operation}", mapping=where), "info"
        if state is EvaluationState.RETURNED:
            text, tone = _("Answer the reviewer of the evaluation of ${operation}", mapping=where), "bad"
        elif state is EvaluationState.IN_REVIEW:
            text, tone = _("Review the evaluation of ${operation}", mapping=where), "warn"
        href = request.route_path("operation.evaluation", code=operation.code)
        found.append(Card(text, href, operation.code, tone=tone))
    return found


def _found(request: Request) -> tuple[Operation, Evaluation]:
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    return operation, service.find(request.db, request.actor, operation)


def expected_version(request: Request) -> int | None:
    """Return the version that a form was made from; ``None`` where it does not say."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def form_frame(request: Request, operation: Operation, title: str) -> Any:
    """Return the frame of a form that belongs to the evaluation."""
    crumb = Link(request.translate(_("Evaluation")), back(request, operation))
    return operation_page(request, operation, title, "evaluation", breadcrumbs=[crumb])


def back(request: Request, operation: Operation, anchor: str | None = None) -> str:
    """Return the address of the evaluation, at one of its sections."""
    more: dict[str, Any] = {"_anchor": anchor} if anchor else {}
    path: str = request.route_path("operation.evaluation", code=operation.code, **more)
    return path
