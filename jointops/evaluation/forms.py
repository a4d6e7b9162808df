"""Forms of what people add to an evaluation: observations, recommendations, and the decisions on these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.cycles import service as cycles
from jointops.evaluation import findings, rules, service
from jointops.evaluation.findings import AdoptionEntry, ObservationEntry, RecommendationEntry
from jointops.evaluation.models import ObservationKind, Recommendation
from jointops.evaluation.views import back, expected_version, form_frame
from jointops.kernel import policy
from jointops.kernel.errors import DomainError, Invalid, Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.web.errors import form_errors
from jointops.web.page import flash, see_other

KIND_LABELS = {
    ObservationKind.STRENGTH: _("Strength: what went well and should be kept"),
    ObservationKind.IMPROVEMENT: _("Area for improvement: what should go better next time"),
}

_SHOWN_AGAIN = frozenset({412, 422})
"""Refusals with which a form is shown again: somebody was faster, or something in it is wrong."""


# --- Observations ------------------------------------------------------------------------------------------------


@view_config(
    route_name="evaluation.observations", request_method="GET", renderer="evaluation/observation.jinja2"
)
def new_observation(request: Request) -> dict[str, Any]:
    """Show the empty form of an observation."""
    operation = _operation(request)
    policy.require(request.actor, Action.OBSERVATION_CREATE, operations.subject(operation))
    if not rules.may_comment(service.find(request.db, request.actor, operation).state):
        raise service.endorsed()
    return _observation_form(
        request, operation, {name: request.GET.get(name, "") for name in ("kind", "indicator")}
    )


@view_config(
    route_name="evaluation.observations", request_method="POST", renderer="evaluation/observation.jinja2"
)
def add_observation(request: Request) -> dict[str, Any] | Response:
    """Keep an observation, or show the form again with what is wrong."""
    operation, given = _operation(request), request.POST
    entry = ObservationEntry(
        kind=given.get("kind", ""),
        text=given.get("text", ""),
        root_cause=given.get("root_cause", ""),
        capability=given.get("capability", ""),
        action_area=given.get("action_area") or None,
        indicator=given.get("indicator") or None,
        source=given.get("source", ""),
    )
    try:
        observation = findings.observe(request.db, request.actor, operation, entry)
    except Invalid as error:
        request.response.status_int = error.status
        return _observation_form(request, operation, given, error)
    flash(request, "success", _("Observation ${code} is kept.", mapping={"code": observation.code}))
    return see_other(request, "operation.evaluation", code=operation.code, _anchor="observations")


def _observation_form(
    request: Request, operation: Operation, given: Mapping[str, str], error: DomainError | None = None
) -> dict[str, Any]:
    names = ("kind", "text", "root_cause", "capability", "action_area", "indicator", "source")
    return {
        "page": form_frame(request, operation, _("New observation")),
        "given": {name: given.get(name, "") for name in names},
        "errors": form_errors(request, error, {f"/{name}": name for name in names}) if error else None,
        "kinds": [(kind.value, request.translate(text)) for kind, text in KIND_LABELS.items()],
        "capabilities": _capabilities(request),
        "areas": [
            (area.code, label(area.title, request.locale)) for area in operation.action_areas if area.in_plan
        ],
        "indicators": [
            (one.code, label(one.labels, request.locale)) for one in operation.indicators if one.in_plan
        ],
        "longest": findings.MAX_TEXT,
        "back": back(request, operation, "observations"),
    }


# --- Recommendations ---------------------------------------------------------------------------------------------


@view_config(
    route_name="evaluation.recommendations", request_method="GET", renderer="evaluation/recommendation.jinja2"
)
def new_recommendation(request: Request) -> dict[str, Any]:
    """Show the empty form of a recommendation."""
    operation = _operation(request)
    policy.require(request.actor, Action.RECOMMENDATION_CREATE, operations.subject(operation))
    return _recommendation_form(request, operation, {"observation": request.GET.get("observation", "")})


@view_config(
    route_name="evaluation.recommendations",
    request_method="POST",
    renderer="evaluation/recommendation.jinja2",
)
def add_recommendation(request: Request) -> dict[str, Any] | Response:
    """Keep a recommendation, or show the form again with what is wrong."""
    operation = _operation(request)
    try:
        recommendation = findings.recommend(request.db, request.actor, operation, _entry(request))
    except Invalid as error:
        request.response.status_int = error.status
        return _recommendation_form(request, operation, request.POST, error=error)
    flash(request, "success", _("Recommendation ${code} is kept.", mapping={"code": recommendation.code}))
    return see_other(request, "operation.evaluation", code=operation.code, _anchor="recommendations")


@view_config(
    route_name="evaluation.recommendation.edit",
    request_method="GET",
    renderer="evaluation/recommendation.jinja2",
)
def edit_recommendation(request: Request) -> dict[str, Any]:
    """Show a recommendation in its form."""
    operation, recommendation = _recommendation(request, Action.RECOMMENDATION_UPDATE)
    given = {
        "title": recommendation.title,
        "text": recommendation.text,
        "owner": recommendation.owner,
        "due_on": recommendation.due_on.isoformat() if recommendation.due_on else "",
        "capability": recommendation.capability,
        "observation": recommendation.observation.code if recommendation.observation else "",
        "source": recommendation.source,
        "tags": " ".join(recommendation.tags),
    }
    return _recommendation_form(request, operation, given, recommendation)


@view_config(
    route_name="evaluation.recommendation.edit",
    request_method="POST",
    renderer="evaluation/recommendation.jinja2",
)
def save_recommendation(request: Request) -> dict[str, Any] | Response:
    """Keep a changed recommendation, or show the form again with what is wrong."""
    operation, recommendation = _recommendation(request, Action.RECOMMENDATION_UPDATE)
    try:
        findings.revise(
            request.db,
            request.actor,
            operation,
            recommendation.code,
            _entry(request),
            expected_version=expected_version(request),
        )
    except DomainError as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        request.response.status_int = error.status
        return _recommendation_form(request, operation, request.POST, recommendation, error)
    flash(request, "success", _("Recommendation ${code} is kept.", mapping={"code": recommendation.code}))
    return see_other(request, "operation.evaluation", code=operation.code, _anchor="recommendations")


def _entry(request: Request) -> RecommendationEntry:
    given = request.POST
    return RecommendationEntry(
        title=given.get("title", ""),
        owner=given.get("owner", ""),
        text=given.get("text", ""),
        capability=given.get("capability", ""),
        due_on=_day(given.get("due_on", "")),
        observation=given.get("observation") or None,
        source=given.get("source", ""),
        tags=given.get("tags", "").replace(",", " ").split(),
    )


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        message = _("“${day}” is no day. Write it like 2014-09-15.", mapping={"day": text})
        raise Invalid([Problem("not-a-day", message, "/due_on")]) from None


def _recommendation_form(
    request: Request,
    operation: Operation,
    given: Mapping[str, str],
    recommendation: Recommendation | None = None,
    error: DomainError | None = None,
) -> dict[str, Any]:
    names = ("title", "text", "owner", "due_on", "capability", "observation", "source", "tags")
    fields = {f"/{name}": name for name in names} | {f"/tags/{place}": "tags" for place in range(40)}
    evaluation = service.find(request.db, request.actor, operation)
    title = (
        _("Recommendation ${code}", mapping={"code": recommendation.code})
        if recommendation
        else _("New recommendation")
    )
    return {
        "page": form_frame(request, operation, title),
        "given": {name: given.get(name, "") for name in names},
        "version": recommendation.version if recommendation else None,
        "errors": form_errors(request, error, fields) if error else None,
        "capabilities": _capabilities(request),
        "observations": [
            (item.code, f"{item.code} – {_shortened(item.text)}") for item in evaluation.observations
        ],
        "longest": findings.MAX_TEXT,
        "back": back(request, operation, "recommendations"),
    }


# --- Decisions ---------------------------------------------------------------------------------------------------


@view_config(
    route_name="evaluation.recommendation.decide", request_method="GET", renderer="evaluation/decide.jinja2"
)
def show_decision(request: Request) -> dict[str, Any]:
    """Show the form by which a recommendation is adopted into a policy cycle, or rejected."""
    operation, recommendation = _recommendation(request, Action.RECOMMENDATION_ADOPT)
    return _decision_form(request, operation, recommendation, {})


@view_config(
    route_name="evaluation.recommendation.decide", request_method="POST", renderer="evaluation/decide.jinja2"
)
def decide(request: Request) -> dict[str, Any] | Response:
    """Adopt or reject a recommendation, or show the form again with what is wrong."""
    operation, recommendation = _recommendation(request, Action.RECOMMENDATION_ADOPT)
    given = request.POST
    version = expected_version(request)
    try:
        if given.get("decision") == "reject":
            findings.reject(
                request.db,
                request.actor,
                operation,
                recommendation.code,
                given.get("reason", ""),
                expected_version=version,
            )
            flash(
                request,
                "success",
                _("Recommendation ${code} is rejected.", mapping={"code": recommendation.code}),
            )
        else:
            entry = AdoptionEntry(
                cycle=given.get("cycle") or None,
                priority=given.get("priority") or None,
                decision=given.get("remark", ""),
            )
            adopted = findings.adopt(
                request.db, request.actor, operation, recommendation.code, entry, expected_version=version
            )
            action = adopted.adopted_as
            flash(
                request,
                "success",
                _(
                    "Recommendation ${code} is adopted: ${action} is proposed in ${cycle}.",
                    mapping={
                        "code": adopted.code,
                        "action": action.code if action else "",
                        "cycle": action.plan.cycle.code if action else "",
                    },
                ),
            )
    except DomainError as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        request.response.status_int = error.status
        return _decision_form(request, operation, recommendation, given, error)
    return see_other(request, "operation.evaluation", code=operation.code, _anchor="recommendations")


def _decision_form(
    request: Request,
    operation: Operation,
    recommendation: Recommendation,
    given: Mapping[str, str],
    error: DomainError | None = None,
) -> dict[str, Any]:
    following = findings.following_cycle(request.db, operation)
    every = cycles.list_cycles(request.db, request.actor)
    priorities = {
        priority.code: label(priority.title, request.locale)
        for summary in every
        for priority in summary.cycle.priorities
    }
    area = recommendation.observation.action_area if recommendation.observation else None
    fields = {"/cycle": "cycle", "/priority": "priority", "/reason": "reason"}
    return {
        "page": form_frame(
            request, operation, _("Decide on recommendation ${code}", mapping={"code": recommendation.code})
        ),
        "recommendation": recommendation,
        "capability": rules.CAPABILITIES.get(recommendation.capability),
        "given": {
            "cycle": given.get("cycle") or (following.code if following else ""),
            "priority": given.get("priority") or (area.code if area and area.code in priorities else ""),
            "remark": given.get("remark", ""),
            "reason": given.get("reason", ""),
        },
        "cycles": [
            (summary.cycle.code, label(summary.cycle.title, request.locale))
            for summary in every
            if summary.cycle.ends_on >= operation.ends_on
        ],
        "priorities": sorted(priorities.items(), key=lambda pair: pair[1]),
        "errors": form_errors(request, error, fields) if error else None,
        "back": back(request, operation, "recommendations"),
    }


def _operation(request: Request) -> Operation:
    return operations.find(request.db, request.actor, request.matchdict["code"])


def _recommendation(request: Request, action: Action) -> tuple[Operation, Recommendation]:
    """Return the recommendation that the address names, to somebody who may do ``action`` to it."""
    operation = _operation(request)
    policy.require(request.actor, action, operations.subject(operation))
    code = request.matchdict["recommendation"]
    return operation, findings.find_recommendation(request.db, request.actor, operation, code)


def _capabilities(request: Request) -> list[tuple[str, str]]:
    return [(code, request.translate(text)) for code, text in rules.CAPABILITIES.items()]


def _shortened(text: str, longest: int = 80) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
