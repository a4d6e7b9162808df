"""Working on a plan over the API: how far its sections are, their drafts, comments, and the change log."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.readiness import SectionState, Status
from jointops.operations.schemas import MAX_NUMBER, PlanVersionSchema
from jointops.planning import service
from jointops.planning.schemas import (
    CommentInputSchema,
    CommentQuery,
    CommentSchema,
    DraftInputSchema,
    DraftSchema,
    KeepSchema,
    LogEntrySchema,
    SectionsSchema,
    SettleSchema,
)
from jointops.planning.service import Desk
from jointops.planning.workspace import states_of
from jointops.web.api import Call, Reply, endpoint
from jointops.web.paging import PageOf, PageQuery, paged, paginate

_PLAN = "/operations/{code}/plan"
_DRAFT = f"{_PLAN}/draft/sections/{{section}}"


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])


@endpoint(
    "GET", f"{_PLAN}/sections", summary="Ask how far a plan's sections are", answers={200: SectionsSchema}
)
def list_plan_sections(call: Call) -> Reply:
    """Give every section with its state and what it lacks: of the latest version with all drafts for those who may
    change the plan, of the plan in force for others.
    """
    operation = _operation(call)
    desk = service.desk(call.db, call.actor, operation) if service.may_change(call.actor, operation) else None
    if desk is None:
        version = operations.plan_in_force(call.db, operation)
        document = operations.document(version)
    else:
        version = desk.latest
        document = desk.effect.document or operations.document(version)
    comments = service.open_comments(call.db, operation)
    states = states_of(document)
    items = [
        _section(call, state, comments.get(code, 0), desk is not None and code in desk.works)
        for code, state in states.items()
    ]
    return Reply(
        {
            "items": items,
            "done": sum(state.status is not Status.INCOMPLETE for state in states.values()),
            "total": len(items),
            "plan_version": version.number,
        }
    )


def _section(call: Call, state: SectionState, comments: int, draft: bool) -> dict[str, Any]:
    return {
        "code": state.section.code,
        "title": state.section.labels,
        "status": state.status.value,
        "missing": [
            {"pointer": problem.pointer, "message": call.request.translate(problem.message)}
            for problem in state.missing
        ],
        "reason": state.reason,
        "comments": comments,
        "draft": draft,
    }


@endpoint(
    "GET",
    _DRAFT,
    summary="Read the draft of a section",
    answers={200: DraftSchema},
    problems=("section-unknown", "operation-ended"),
)
def read_plan_draft(call: Call) -> Reply:
    """Give what the draft changes over the latest version, and what is wrong in it. The ETag is its version."""
    operation, section = _operation(call), call.path["section"]
    service.outline_of(section)
    return _draft(call, service.desk(call.db, call.actor, operation), section)


@endpoint(
    "PUT",
    _DRAFT,
    summary="Save the draft of a section",
    answers={200: DraftSchema},
    body=DraftInputSchema,
    problems=("section-unknown", "plan-version-unknown", "operation-ended"),
    conditional=True,
)
def save_plan_draft(call: Call) -> Reply:
    """Keep what was typed, as it was typed: the cells are everything that the draft changes over the version `base`.

    Send the ETag of the draft as If-Match (`"0"` where there is none), so that nobody's typing is overwritten. What is
    wrong is answered, and kept all the same.
    """
    operation, section = _operation(call), call.path["section"]
    service.save_draft(
        call.db,
        call.actor,
        operation,
        section,
        call.body["cells"],
        base_number=call.body["base"],
        expected_version=call.expected_version(),
        whole=True,
    )
    return _draft(call, service.desk(call.db, call.actor, operation), section)


@endpoint(
    "DELETE",
    _DRAFT,
    summary="Throw the draft of a section away",
    answers={204: None},
    problems=("section-unknown", "operation-ended"),
)
def discard_plan_draft(call: Call) -> Reply:
    """Throw the draft away; without one nothing happens."""
    service.discard_drafts(call.db, call.actor, _operation(call), call.path["section"])
    return Reply(status=204)


@endpoint(
    "POST",
    f"{_PLAN}/draft/keep",
    summary="Keep all drafts as one version",
    answers={201: PlanVersionSchema},
    body=KeepSchema,
    problems=("no-draft", "plan-changed-meanwhile", "operation-ended"),
)
def keep_plan_drafts(call: Call) -> Reply:
    """Make one new version of the plan of all drafts. Problems point to fields; refused, every draft stays."""
    version = service.keep_drafts(call.db, call.actor, _operation(call), call.body["note"])
    return Reply(version, status=201, etag=version.number)


def _draft(call: Call, desk: Desk, section: str) -> Reply:
    work = desk.work(section)
    data = {
        "section": section,
        "base": work.base_number or desk.latest.number,
        "version": work.version,
        "author": work.author,
        "saved_at": work.saved_at,
        "cells": dict(work.cells),
        "clashes": work.clashes,
        "problems": [
            {
                "code": item.problem.code,
                "pointer": item.name,
                "message": call.request.translate(item.problem.message),
            }
            for item in desk.effect.of(section)
        ],
    }
    return Reply(data, etag=work.version)


# --- Comments and the change log -------------------------------------------------------------------------------------


@endpoint(
    "GET",
    f"{_PLAN}/comments",
    summary="List the comments on a plan",
    answers={200: paged(CommentSchema)},
    query=CommentQuery,
)
def list_plan_comments(call: Call) -> Reply:
    """List the comments with their answers in the order in which they were written, of all sections or of one."""
    found = service.comments(call.db, call.actor, _operation(call), call.query["section"])
    ordered = sorted(found, key=lambda comment: comment.id)
    return Reply(paginate(ordered, call.query, key=lambda comment: f"{comment.id:012}"))


@endpoint(
    "POST",
    f"{_PLAN}/comments",
    summary="Comment on a section",
    answers={201: CommentSchema},
    body=CommentInputSchema,
    problems=(
        "section-unknown",
        "comment-unknown",
        "comment-missing",
        "comment-is-answer",
        "comment-settled",
    ),
)
def write_plan_comment(call: Call) -> Reply:
    """Write a comment on a section of the plan in force, or answer one."""
    written = service.comment(
        call.db,
        call.actor,
        _operation(call),
        call.body["section"],
        call.body["text"],
        answers=call.body["answers"],
    )
    return Reply(written, status=201)


@endpoint(
    "PATCH",
    f"{_PLAN}/comments/{{comment}}",
    summary="Settle a comment",
    path_fields={"comment": fields.Integer(validate=validate.Range(1, MAX_NUMBER))},
    answers={200: CommentSchema},
    body=SettleSchema,
    problems=("comment-unknown", "comment-is-answer"),
)
def settle_plan_comment(call: Call) -> Reply:
    """Settle a comment or open it again: who wrote it may, and who may change the plan."""
    settled = service.settle_comment(
        call.db, call.actor, _operation(call), call.path["comment"], resolved=call.body["resolved"]
    )
    return Reply(settled)


@endpoint(
    "GET",
    f"{_PLAN}/log",
    summary="Read the change log of a plan",
    answers={200: paged(LogEntrySchema)},
    query=PageQuery,
)
def read_plan_log(call: Call) -> Reply:
    """Give what each version changed, in sentences of the reader's language, the newest version first."""
    operation = _operation(call)
    versions = operations.versions(call.db, call.actor, operation)
    page = paginate(versions, call.query, key=lambda version: f"{MAX_NUMBER - version.number:010}")
    shown = list(page.items)
    before = [version for version in versions if shown and version.number == shown[-1].number - 1]
    logs = service.change_logs(call.db, call.actor, operation, [*shown, *before], call.locale)
    items = [
        {
            "number": version.number,
            "author": version.author,
            "created_at": version.created_at,
            "note": version.note,
            "changes": list(logs.get(version.number, ())),
        }
        for version in shown
    ]
    return Reply(PageOf(items, page.next))
