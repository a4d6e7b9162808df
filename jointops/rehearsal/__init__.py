"""Rehearsals: a whole operation run in the exercise space with generated returns."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.kernel.i18n import _
from jointops.kernel.policy import Action


def includeme(config: Configurator) -> None:
    """Bring the pages and the API, the button on a plan's page, and the clock that exercises are shown at."""
    from jointops.rehearsal import runner, views

    config.registry.setdefault("rehearsal.runner", runner.in_thread)
    config.add_route("exercises", "/exercises")
    config.add_route("exercise", "/exercises/{code}")
    config.add_route("exercise.delete", "/exercises/{code}/delete")
    config.add_route("operation.rehearse", "/operations/{code}/rehearse")
    config.add_menu_item(_("Exercises"), "exercises", order=30)
    config.add_plan_action(
        _("Rehearse this plan"),
        "operation.rehearse",
        order=10,
        action=Action.EXERCISE_CREATE,
        hint=_(
            "The whole operation is played as an exercise with made-up returns, kept apart from real ones. It takes "
            "less than a minute, and lists what the plan lacks."
        ),
    )
    config.add_view_deriver(views.staged_clock, name="staged_clock")
    config.scan("jointops.rehearsal")
