"""Who gets in where: one row for every route and method. A new route without a row fails a test.

The rows are checked by ``test_routes.py``, which asks for every address as everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jointops.kernel.policy import Role
from jointops.operations import planfile
from tests import builders

EVERYBODY = frozenset({None, *Role})
"""Also those who are not signed in."""

SIGNED_IN = frozenset(Role)

A, U, C = Role.ADMINISTRATOR, Role.AUDITOR, Role.COORDINATOR
N, R, V = Role.NATIONAL_COORDINATOR, Role.REPORTER, Role.REVIEWER


@dataclass(frozen=True)
class Row:
    """One route and method, and who gets in: who does not is told to sign in, or that they may not.

    Getting in is any other answer. ``body`` is what is sent (a form's values, JSON data, or bytes of ``media_type``):
    something that is refused only after the question who may do this, so that the walk changes nothing. The API is
    asked to change something with an ``If-Match`` that is never current.
    """

    route: str
    method: str
    who: frozenset[Role | None]
    body: Any = None
    media_type: str = "application/json"


def rows(
    route: str,
    methods: str,
    who: frozenset[Role | None],
    body: Any = None,
    media_type: str = "application/json",
) -> list[Row]:
    """Return the rows of a route for several methods (separated by spaces)."""
    return [Row(route, method, who, body, media_type) for method in methods.split()]


A_CYCLE = {
    "code": "EMPACT-2030-2033",
    "title": {"en": "A cycle"},
    "starts_on": "2030-01-01",
    "ends_on": "2033-12-31",
}

A_PLAN = planfile.dump(builders.plan()).encode()

A_TASK = {
    "title": {"en": "A task"},
    "starts_on": "2027-05-03",
    "ends_on": "2027-05-04",
    "units": ["ES-POLICE"],
}

A_DECISION = {
    "decision": "dismiss",
    "first": {"unit": "ES-POLICE", "day": "2027-05-03", "reference": "none"},
    "second": {"unit": "ES-CUSTOMS", "day": "2027-05-03", "reference": "none"},
    "reason": "Another lorry",
}

TABLE: list[Row] = [
    # accounts
    *rows("sign-in", "GET POST", EVERYBODY),
    *rows("sign-out", "POST", SIGNED_IN),
    *rows("account", "GET", SIGNED_IN),
    *rows("account.tokens", "POST", SIGNED_IN),
    *rows("account.token", "POST", SIGNED_IN),
    *rows("account.language", "POST", SIGNED_IN),
    *rows("account.password", "POST", SIGNED_IN),
    *rows("api:/me", "GET", SIGNED_IN),
    *rows("api:/tokens", "GET POST", SIGNED_IN),
    *rows("api:/tokens/{id}", "DELETE", SIGNED_IN),
    # notify
    *rows("notices", "GET", SIGNED_IN),
    *rows("notices.read", "POST", SIGNED_IN),
    *rows("notice", "POST", SIGNED_IN),
    *rows("api:/notices", "GET", SIGNED_IN),
    *rows("api:/notices/{id}", "PATCH", SIGNED_IN, {"read": True}),
    # consultation
    *rows("operation.consultation", "GET", SIGNED_IN),
    *rows("operation.consultation.deadline", "POST", frozenset({A, C}), {"answer_by": "x"}),
    *rows("operation.consultation.reminders", "POST", frozenset({A, C})),
    *rows("operation.answer", "GET POST", frozenset({N})),
    *rows("operation.contributions", "GET", SIGNED_IN),
    *rows("operation.contributions", "POST", frozenset({C, N}), {"version": "999"}),
    *rows("api:/operations/{code}/consultation", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/consultation",
        "PATCH",
        frozenset({A, C}),
        {"answer_by": "2027-04-01T18:00:00+02:00"},
    ),
    *rows("api:/operations/{code}/consultation/reminders", "GET", frozenset({A, C})),
    *rows("api:/operations/{code}/consultation/reminders", "POST", frozenset({A, C}), {}),
    *rows("api:/operations/{code}/participants/{party}/contacts", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/participants/{party}/contacts", "PUT", frozenset({A, C, N}), {"items": []}),
    *rows("api:/operations/{code}/participants/{party}/contributions", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/participants/{party}/contributions", "PUT", frozenset({C, N}), {"items": []}
    ),
    # operations
    *rows("operation.plan.approval", "GET", SIGNED_IN),
    *rows("operation.plan.approval", "POST", frozenset({A, V})),
    *rows("operation.plan.amendments", "GET", SIGNED_IN),
    *rows("operation.plan.refuse", "POST", frozenset({A, V})),
    *rows("operation.plan.again", "POST", frozenset({A, C})),
    *rows("api:/operations/{code}/plan/versions/{number}/refuse", "POST", frozenset({A, V}), {"reason": "x"}),
    *rows("operations", "GET", SIGNED_IN),
    *rows("operations.new", "GET", frozenset({A, C})),
    *rows("operations.new.template", "POST", frozenset({A, C})),
    *rows("operations.new.file", "POST", frozenset({A, C})),
    *rows("operations.new.copy", "POST", frozenset({A, C})),
    *rows("operation.plan", "GET", SIGNED_IN),
    *rows("operation.plan.file", "GET", SIGNED_IN),
    *rows("operation.plan.versions", "GET", SIGNED_IN),
    *rows("operation.plan.version", "GET", SIGNED_IN),
    *rows("operation.plan.compare", "GET", SIGNED_IN),
    *rows("operation.plan.source", "GET POST", frozenset({A, C})),
    *rows("operation.plan.approve", "POST", frozenset({A, V})),
    *rows("operation.transition", "POST", frozenset({A, C})),
    *rows("api:/operations", "GET", SIGNED_IN),
    *rows("api:/operations", "POST", frozenset({A, C}), A_PLAN, "application/yaml"),
    *rows("api:/operations/{code}", "GET", SIGNED_IN),
    *rows("api:/operations/{code}", "PATCH", frozenset({A, C}), {}),
    *rows("api:/operations/{code}/steps", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/transitions", "POST", frozenset({A, C}), {"to": "cancelled"}),
    *rows("api:/operations/{code}/plan", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/plan", "PUT", frozenset({A, C}), A_PLAN, "application/yaml"),
    *rows("api:/operations/{code}/plan/versions", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/plan/versions/{number}", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/plan/versions/{number}/approve", "POST", frozenset({A, V})),
    *rows("api:/operations/{code}/plan/diff", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/participants", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/participants/{party}", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/participants/{party}", "PUT", frozenset({A, C, N}), {"units": []}),
    *rows(
        "api:/operations/{code}/participants/{party}/answer",
        "POST",
        frozenset({N}),
        {"answer": "with-conditions"},
    ),
    *rows("api:/operations/{code}/units/{unit}", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/units/{unit}", "PUT", frozenset({A, C, N}), {"authority": "police"}),
    # planning
    *rows("operation.plan.sections", "GET", SIGNED_IN),
    *rows("operation.plan.section", "GET", SIGNED_IN),
    *rows("operation.plan.choices", "GET", frozenset({A, C})),
    *rows("operation.plan.section", "POST", frozenset({A, C}), {"version": "999", "base": "1"}),
    *rows("operation.plan.draft", "POST", frozenset({A, C})),
    *rows("operation.plan.comments", "POST", frozenset({A, C, N, R, V})),
    # There is none, so everybody who might settle one is told that.
    *rows("operation.plan.comment", "POST", frozenset({A, C, N, R, V})),
    *rows("api:/operations/{code}/plan/sections", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/plan/draft/sections/{section}", "GET DELETE", frozenset({A, C})),
    *rows(
        "api:/operations/{code}/plan/draft/sections/{section}",
        "PUT",
        frozenset({A, C}),
        {"base": 999, "cells": {}},
    ),
    *rows("api:/operations/{code}/plan/draft/keep", "POST", frozenset({A, C}), {}),
    *rows("api:/operations/{code}/plan/comments", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/plan/comments",
        "POST",
        frozenset({A, C, N, R, V}),
        {"section": "objectives", "text": " "},
    ),
    *rows(
        "api:/operations/{code}/plan/comments/{comment}",
        "PATCH",
        frozenset({A, C, N, R, V}),
        {"resolved": True},
    ),
    *rows("api:/operations/{code}/plan/log", "GET", SIGNED_IN),
    # policy cycles
    *rows("cycles", "GET", SIGNED_IN),
    *rows("cycle", "GET", SIGNED_IN),
    *rows("cycle.new-action", "GET POST", frozenset({V})),
    *rows("cycle.action", "GET POST", frozenset({V})),
    *rows("cycle.action-state", "POST", frozenset({V})),
    *rows("api:/policy-cycles", "GET", SIGNED_IN),
    *rows("api:/policy-cycles", "POST", frozenset({A, V}), A_CYCLE),
    *rows("api:/policy-cycles/{cycle}", "GET", SIGNED_IN),
    *rows("api:/policy-cycles/{cycle}/actions", "GET", SIGNED_IN),
    *rows("api:/policy-cycles/{cycle}/actions", "POST", frozenset({V}), {"title": {"en": "An action"}}),
    *rows("api:/policy-cycles/{cycle}/actions/{action}", "GET", SIGNED_IN),
    *rows("api:/policy-cycles/{cycle}/actions/{action}", "PATCH", frozenset({V}), {}),
    # tasks
    *rows("tasks", "GET", SIGNED_IN),
    *rows("operation.tasks", "GET", SIGNED_IN),
    *rows("operation.tasks.board", "GET", SIGNED_IN),
    *rows("operation.tasks.board.move", "GET", SIGNED_IN),
    *rows("operation.tasks.board.move", "POST", frozenset({C, N}), {"task": "T1", "to": "declined"}),
    *rows("operation.tasks.matrix", "GET", SIGNED_IN),
    *rows("operation.tasks.timeline", "GET", SIGNED_IN),
    *rows("operation.tasks.map", "GET", SIGNED_IN),
    *rows("operation.tasks.new", "GET POST", frozenset({A, C})),
    *rows("operation.tasks.assign", "POST", frozenset({C})),
    *rows("operation.task", "GET", SIGNED_IN),
    *rows("operation.task.edit", "GET POST", frozenset({A, C})),
    *rows("operation.task.assign", "POST", frozenset({C})),
    *rows("operation.task.cancel", "POST", frozenset({A, C})),
    # Without a state in the form nobody gets as far as being refused.
    *rows("operation.task.step", "POST", SIGNED_IN),
    *rows("operation.task.explain", "POST", frozenset({C})),
    *rows("operation.task.requests", "POST", frozenset({C, N, R}), {"asking": "ES-POLICE"}),
    *rows("operation.task.answer", "POST", SIGNED_IN),
    *rows("operation.tasks.bulk", "POST", frozenset({A, C})),
    *rows("operation.tasks.import", "GET POST", frozenset({A, C})),
    *rows("operation.tasks.import.check", "POST", frozenset({A, C})),
    *rows("operation.tasks.template", "GET", frozenset({A, C})),
    *rows("operation.tasks.export", "GET", SIGNED_IN),
    *rows("operation.tasks.conflicts", "GET", SIGNED_IN),
    *rows("operation.tasks.conflicts", "POST", frozenset({C})),
    *rows("operation.tasks.findings", "POST", frozenset({A, C})),
    *rows("api:/operations/{code}/tasks", "PATCH", frozenset({A, C}), {"tasks": ["T999"], "mandatory": True}),
    *rows("api:/operations/{code}/tasks/conflicts", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/tasks/conflicts/accepted",
        "POST",
        frozenset({C}),
        {"key": "0" * 64, "reason": "why not"},
    ),
    *rows("api:/operations/{code}/tasks/{task}/explanation", "POST", frozenset({C}), {"text": "x"}),
    *rows("api:/operations/{code}/tasks/{task}/requests", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/tasks/{task}/requests",
        "POST",
        frozenset({C, N}),
        {"unit": "ES-BORDER", "question": "x", "asking": "ES-BORDER"},
    ),
    *rows("api:/operations/{code}/tasks/{task}/requests/{number}/answer", "POST", SIGNED_IN, {"answer": "x"}),
    *rows("api:/operations/{code}/tasks", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/tasks", "POST", frozenset({A, C}), A_TASK),
    *rows("api:/due", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/tasks/matrix", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/tasks/places", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/tasks/timeline", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/tasks/{task}", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/tasks/{task}", "PATCH", frozenset({A, C}), {}),
    *rows("api:/operations/{code}/tasks/{task}/log", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/tasks/{task}/transitions", "POST", frozenset({C}), {"to": "assigned"}),
    # daily returns
    *rows("operation.returns", "GET", SIGNED_IN),
    # What somebody may not review is told beside what they may, in the page.
    *rows("returns.review", "POST", SIGNED_IN, {"step": "verified", "return": "ES-POLICE/2027-05-03"}),
    *rows("returns.duplicates", "GET", frozenset({A, U, C, V})),
    *rows("returns.duplicates", "POST", frozenset({C}), {"action": "undo", "decision": "999", "reason": "x"}),
    *rows("returns.joint", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/duplicates", "GET", frozenset({A, U, C, V})),
    *rows("api:/operations/{code}/duplicates/decisions", "GET", frozenset({A, U, C, V})),
    *rows("api:/operations/{code}/duplicates/decisions", "POST", frozenset({C}), A_DECISION),
    *rows("api:/operations/{code}/duplicates/decisions/{item}/undo", "POST", frozenset({C}), {"reason": "x"}),
    *rows("api:/operations/{code}/joint-results/{result}", "GET", SIGNED_IN),
    *rows("returns.upload", "GET POST", frozenset({A, C, N, R})),
    *rows("returns.check", "POST", frozenset({A, C, N, R})),
    *rows("returns.batches", "GET", SIGNED_IN),
    # There is none, so everybody is told that.
    *rows("returns.batch", "GET POST", SIGNED_IN),
    *rows("api:/operations/{code}/batches", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/batches/{id}", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/batches/{id}/take-back", "POST", SIGNED_IN, {"reason": "x"}),
    *rows(
        "api:/operations/{code}/returns/problems",
        "POST",
        frozenset({A, C, N, R}),
        b"unit,day",
        media_type="text/csv",
    ),
    *rows("returns.template", "GET", frozenset({A, C, N, R})),
    *rows("returns.return", "GET", SIGNED_IN),
    *rows("returns.edit", "GET", frozenset({A, C, N, R})),
    *rows("returns.edit", "POST", frozenset({A, C, N, R}), {"action": "submit", "version": "999"}),
    *rows("returns.attachments", "POST", frozenset({A, C, N, R}), {"action": "attach"}),
    *rows("returns.attachment", "GET", frozenset({A, U, C, N, R})),
    *rows("api:/operations/{code}/returns/{unit}/{day}/attachments", "GET", frozenset({A, U, C, N, R})),
    *rows(
        "api:/operations/{code}/returns/{unit}/{day}/attachments",
        "POST",
        frozenset({A, C, N, R}),
        b"",
        "image/png",
    ),
    *rows(
        "api:/operations/{code}/returns/{unit}/{day}/attachments/{sha256}", "GET", frozenset({A, U, C, N, R})
    ),
    *rows(
        "api:/operations/{code}/returns/{unit}/{day}/attachments/{sha256}", "DELETE", frozenset({A, C, N, R})
    ),
    *rows("returns.questions", "GET", frozenset({A, C, N, R})),
    *rows("api:/operations/{code}/returns/{unit}/{day}/questions", "GET", SIGNED_IN),
    *rows("returns.draft", "POST", frozenset({A, C, N, R}), {"draft_version": "999"}),
    *rows("returns.step", "POST", frozenset({C}), {"to": "accepted", "version": "999"}),
    *rows("returns.permit", "POST", frozenset({C}), {"expires_at": "2020-01-01T00:00"}),
    *rows("returns.permits", "GET", SIGNED_IN),
    *rows("returns.paper", "GET", frozenset({A, C, N, R})),
    *rows("returns.paper", "POST", frozenset({A, C, N, R}), {"form": "x"}),
    *rows("returns.paper.forms", "GET", frozenset({A, C, N, R})),
    *rows("returns.compare", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/permits", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/returns/{unit}/{day}/compare", "GET", SIGNED_IN),
    *rows("returns.queue", "GET POST", frozenset({A, C, N, R})),
    *rows("field", "GET", EVERYBODY),
    *rows("field.manifest", "GET", EVERYBODY),
    *rows("field.worker", "GET", EVERYBODY),
    *rows("field.texts", "GET", EVERYBODY),
    *rows("field.session", "GET", SIGNED_IN),
    *rows("field.devices", "POST", SIGNED_IN),
    # There is none, so everybody is told that.
    *rows("field.device", "DELETE", SIGNED_IN),
    *rows("field.units", "GET", SIGNED_IN),
    *rows("field.unit", "GET", frozenset({A, C, N, R})),
    *rows("field.return", "GET PUT", frozenset({A, C, N, R}), {}),
    *rows("api:/operations/{code}/returns", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/returns",
        "POST",
        frozenset({A, C, N, R}),
        [{"unit": "ES-POLICE", "day": "2027-05-03"}],
    ),
    *rows(
        "api:/operations/{code}/returns",
        "PUT",
        frozenset({A, C, N, R}),
        [{"unit": "ES-POLICE", "day": "2027-05-03"}],
    ),
    *rows("api:/operations/{code}/returns/{unit}/{day}", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/returns/{unit}/{day}", "DELETE", frozenset({A, C, N, R})),
    *rows("api:/operations/{code}/returns/{unit}/{day}", "PUT", frozenset({A, C, N, R}), {}),
    *rows("api:/operations/{code}/returns/{unit}/{day}/revisions", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/returns/{unit}/{day}/transitions", "POST", frozenset({C}), {"to": "accepted"}
    ),
    # the feed of figures
    *rows("api:odata.metadata", "GET", SIGNED_IN),
    *rows("api:odata.part", "GET", SIGNED_IN),
    *rows("api:odata.part-count", "GET", SIGNED_IN),
    *rows("api:odata.root", "GET", SIGNED_IN),
    *rows("api:odata.service", "GET", SIGNED_IN),
    *rows("api:odata.set", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/returns/{unit}/{day}/permits",
        "POST",
        frozenset({C}),
        {"reason": "", "expires_at": "2020-01-01T00:00:00Z"},
    ),
    # calendars
    *rows("calendar.feed", "GET", EVERYBODY),
    *rows("account.calendar", "GET POST", SIGNED_IN),
    *rows("api:/operations/{code}/calendar", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/units/{unit}/calendar", "GET", SIGNED_IN),
    # meetings
    *rows("operation.meetings", "GET", SIGNED_IN),
    *rows("operation.meetings.new", "GET POST", frozenset({A, C})),
    # There is none, so everybody is told that.
    *rows("operation.meeting", "GET", SIGNED_IN),
    *rows("operation.meeting.edit", "GET POST", frozenset({A, C})),
    *rows("operation.meeting.step", "POST", frozenset({A, C})),
    *rows("operation.meeting.agenda", "POST", frozenset({A, C})),
    *rows("operation.meeting.attendance", "POST", frozenset({A, C})),
    *rows("operation.meeting.item", "POST", frozenset({A, C})),
    *rows("api:/operations/{code}/meetings", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/meetings",
        "POST",
        frozenset({A, C}),
        {"title": "A meeting", "starts_at": "2027-05-05T07:00:00Z", "invited": ["XX"]},
    ),
    *rows("api:/operations/{code}/meetings/{number}", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/meetings/{number}", "PATCH", frozenset({A, C}), {}),
    *rows("api:/operations/{code}/meetings/{number}/transitions", "POST", frozenset({A, C}), {"to": "open"}),
    # There is no meeting, so everybody is told that.
    *rows("api:/operations/{code}/meetings/{number}/open-items", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/meetings/{number}/items", "POST", frozenset({A, C}), {"title": "An item"}),
    *rows(
        "api:/operations/{code}/meetings/{number}/items/{item}",
        "PATCH",
        frozenset({A, C}),
        {"outcome": "An outcome"},
    ),
    *rows("api:/operations/{code}/meetings/{number}/items/{item}", "DELETE", frozenset({A, C})),
    *rows(
        "api:/operations/{code}/meetings/{number}/items/{item}/decisions",
        "POST",
        frozenset({A, C}),
        {"text": "A decision"},
    ),
    # matching
    *rows("operation.matching", "GET", frozenset({U, C, N, R, V})),
    *rows("operation.matching", "POST", frozenset({C, N, R}), {"kind": "phone"}),
    *rows("operation.matching.key", "POST", frozenset({C, N, R})),
    *rows("operation.matching.withdraw", "POST", frozenset({C, N, R})),
    *rows("api:/operations/{code}/matching", "GET", frozenset({U, C, N, R, V})),
    *rows("api:/operations/{code}/matching/key", "POST", frozenset({C, N, R})),
    *rows("api:/operations/{code}/matching/entries", "GET", frozenset({C, N, R})),
    *rows(
        "api:/operations/{code}/matching/entries",
        "POST",
        frozenset({C, N, R}),
        {"kind": "phone", "owner": "nobody", "entries": [{"digest": "a" * 64, "label": "x"}]},
    ),
    *rows("api:/operations/{code}/matching/entries/{entry}", "DELETE", frozenset({C, N, R})),
    *rows("api:/operations/{code}/matching/matches", "GET", frozenset({C, N, R})),
    # warnings
    *rows("operation.warnings", "GET", frozenset({U, C, N, R, V})),
    *rows("operation.warnings.new", "GET POST", frozenset({C, N, R})),
    # There is none, so everybody who may know of warnings is told that.
    *rows("operation.warning", "GET", frozenset({U, C, N, R, V})),
    *rows("operation.warning.feedback", "POST", frozenset({U, C, N, R, V}), {"answer": "checked"}),
    *rows("operation.warning.results", "POST", frozenset({U, C, N, R, V}), {"what": "task"}),
    *rows("operation.warning.end", "POST", frozenset({U, C, N, R, V}), {"to": "closed"}),
    *rows("api:/operations/{code}/warnings", "GET", frozenset({U, C, N, R, V})),
    *rows(
        "api:/operations/{code}/warnings",
        "POST",
        frozenset({C}),
        {"kind": "vehicle", "title": "A warning", "watch_for": "Something"},
    ),
    *rows("api:/operations/{code}/warnings/{warning}", "GET", frozenset({U, C, N, R, V})),
    *rows(
        "api:/operations/{code}/warnings/{warning}/feedback",
        "POST",
        frozenset({U, C, N, R, V}),
        {"unit": "ES-POLICE", "answer": "checked"},
    ),
    *rows(
        "api:/operations/{code}/warnings/{warning}/results",
        "POST",
        frozenset({U, C, N, R, V}),
        {"task": "T1"},
    ),
    *rows("api:/operations/{code}/warnings/{warning}/results/{result}", "DELETE", frozenset({U, C, N, R, V})),
    *rows(
        "api:/operations/{code}/warnings/{warning}/transitions",
        "POST",
        frozenset({U, C, N, R, V}),
        {"to": "closed"},
    ),
    # situation
    *rows("operation.situation", "GET", SIGNED_IN),
    *rows("situation.matrix", "GET", SIGNED_IN),
    *rows("situation.reports", "POST", frozenset({C})),
    *rows("operation.figures", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/situation", "GET", SIGNED_IN),
    # evaluation
    *rows("operation.evaluation", "GET", SIGNED_IN),
    *rows("evaluation.summary", "GET POST", frozenset({C})),
    *rows("evaluation.steps", "POST", SIGNED_IN),
    *rows("evaluation.observations", "GET POST", frozenset({C, N, R, V})),
    *rows("evaluation.recommendations", "GET POST", frozenset({C, V})),
    *rows("evaluation.recommendation.edit", "GET POST", frozenset({C, V})),
    *rows("evaluation.recommendation.decide", "GET POST", frozenset({V})),
    *rows("api:/operations/{code}/evaluation", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/evaluation", "PATCH", frozenset({C}), {"summary": "A summary"}),
    *rows("api:/operations/{code}/evaluation/review", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/evaluation/transitions", "POST", frozenset({C}), {"to": "in-review"}),
    *rows(
        "api:/operations/{code}/evaluation/observations",
        "POST",
        frozenset({C, N, R, V}),
        {"kind": "strength", "text": "An observation", "action_area": "nowhere"},
    ),
    # lessons and the chain
    *rows("operation.plan.lessons", "GET", SIGNED_IN),
    *rows("operation.plan.lessons", "POST", frozenset({A, C})),
    *rows("operation.plan.proposals", "GET", SIGNED_IN),
    *rows("operation.plan.proposals.target", "POST", frozenset({A, C})),
    *rows("operation.plan.proposals.tasks", "POST", frozenset({A, C})),
    *rows("operation.objective", "GET", SIGNED_IN),
    *rows("operation.indicator", "GET", SIGNED_IN),
    *rows("operation.observation", "GET", SIGNED_IN),
    *rows("operation.recommendation", "GET", SIGNED_IN),
    *rows("cycle.priority", "GET", SIGNED_IN),
    *rows("cycle.goal", "GET", SIGNED_IN),
    *rows("cycle.action.chain", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/lessons", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/lessons/{recommendation}", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/lessons/{recommendation}",
        "PUT",
        frozenset({A, C}),
        {"answer": "deferred", "reason": "Later"},
    ),
    *rows("api:/operations/{code}/proposals", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/proposals/targets", "POST", frozenset({A, C}), {"objective": "O1"}),
    *rows(
        "api:/operations/{code}/proposals/tasks",
        "POST",
        frozenset({A, C}),
        {"operation": "NONE-2020", "tasks": ["T1"]},
    ),
    *rows("api:/operations/{code}/chain", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/recommendations", "GET", SIGNED_IN),
    *rows(
        "api:/operations/{code}/recommendations",
        "POST",
        frozenset({C, V}),
        {"title": "A recommendation", "owner": "Somebody", "observation": "nowhere"},
    ),
    *rows("api:/operations/{code}/recommendations/{recommendation}", "GET", SIGNED_IN),
    # There is none, so everybody is told that.
    *rows("api:/operations/{code}/recommendations/{recommendation}", "PATCH", SIGNED_IN, {}),
    *rows("api:/operations/{code}/recommendations/{recommendation}/adopt", "POST", frozenset({V}), {}),
    *rows(
        "api:/operations/{code}/recommendations/{recommendation}/reject",
        "POST",
        frozenset({V}),
        {"reason": "A reason"},
    ),
    *rows("operation.orders", "GET", SIGNED_IN),
    *rows("operation.order", "GET", SIGNED_IN),
    *rows("api:/operations/{code}/units/{unit}/order", "GET", SIGNED_IN),
    # exercises
    *rows("exercises", "GET", SIGNED_IN),
    *rows("exercises", "POST", frozenset({A, C}), {"template": "none-such"}),
    *rows("exercise", "GET", SIGNED_IN),
    *rows("exercise.delete", "POST", frozenset({A, C})),
    *rows("operation.rehearse", "POST", frozenset({A, C}), {"version": "999"}),
    *rows("api:/operations/{code}/rehearsals", "POST", frozenset({A, C}), {"version": 999}),
    *rows("api:/exercises", "GET", SIGNED_IN),
    *rows("api:/exercises/{code}", "GET", SIGNED_IN),
    *rows("api:/exercises/{code}", "DELETE", frozenset({A, C})),
    # the edge
    *rows("home", "GET", SIGNED_IN),
    *rows("healthz", "GET", EVERYBODY),
    *rows("readyz", "GET", EVERYBODY),
    *rows("metrics", "GET", frozenset({A, U})),
    *rows("audit", "GET", frozenset({A, U})),
    *rows("api:/audit", "GET", frozenset({A, U})),
    *rows("api.openapi", "GET", EVERYBODY),
    *rows("api.docs", "GET", SIGNED_IN),
]

WALK: dict[str, str] = {
    "section": "objectives",
    "source": "plan.tasks",
    "comment": "999",
    "code": "EXAMPLE-2027",
    "locale": "en",
    "id": "999",
    "number": "1",
    "party": "ES",
    "recommendation": "R1",
    "unit": "ES-POLICE",
    "day": "2027-05-03",
    "sha256": "0" * 64,
    "cycle": "EMPACT-2014-2017",
    "priority": "firearms",
    "goal": "G1",
    "objective": "O1",
    "indicator": "firearms-seized",
    "observation": "I1",
    "action": "OA-1",
    "task": "T1",
    "token": "none-such",
    "warning": "W1",
    "result": "999",
    "entry": "999",
    "item": "999",
    "set": "Units",
    "part": "$count",
}
"""Values for the varying parts of addresses: an operation of `tests.builders` that runs, its parts, and numbers."""
