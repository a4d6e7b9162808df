"""What is usual for a unit, for the script of its form, which asks about figures that are far from it."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.returns import asked
from jointops.returns.questions import usual_data
from jointops.returns.return_views import find_place


@view_config(route_name="returns.questions", request_method="GET", renderer="json")
def usual_figures(request: Request) -> dict[str, Any]:
    """Answer what is usual of each indicator, by what was reported before the day."""
    operation, unit, day = find_place(request)
    subject = operations.subject(operation, party=unit.participant.party, unit=unit.code)
    policy.require(request.actor, Action.RETURN_SUBMIT, subject)
    questions = asked.asked(request.db, operation)
    return {
        "usual": usual_data(
            request.db, operation, questions, unit.code, day, request.translate, request.locale
        )
    }
