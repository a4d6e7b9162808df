"""What earlier operations teach a plan: matching recommendations and what is done with them, proposals, the chain."""

from __future__ import annotations

from pyramid.config import Configurator

# Registers what plans are about, and the check before their approval, wherever there are lessons.
from jointops.lessons import service as service  # isort: skip


def includeme(config: Configurator) -> None:
    """Bring the pages of lessons and of the chain, and their API."""
    # Imported here, for whoever needs a model or a rule need not load the pages.
    from jointops.cycles.views import LINKS
    from jointops.evaluation.page import LATER
    from jointops.lessons.chain_strips import STRIPS, cycle_links
    from jointops.lessons.chain_views import later
    from jointops.lessons.views import LESSONS_STRIPS, lessons_strip
    from jointops.lessons.views_proposals import landing
    from jointops.operations.views_new import LANDING

    base = "/operations/{code}"
    config.add_route("operation.plan.lessons", f"{base}/plan/lessons")
    config.add_route("operation.plan.proposals", f"{base}/plan/proposals")
    config.add_route("operation.plan.proposals.target", f"{base}/plan/proposals/target")
    config.add_route("operation.plan.proposals.tasks", f"{base}/plan/proposals/tasks")
    config.add_route("operation.objective", f"{base}/objectives/{{objective}}")
    config.add_route("operation.indicator", f"{base}/indicators/{{indicator}}")
    config.add_route("operation.observation", f"{base}/observations/{{observation}}")
    config.add_route("operation.recommendation", f"{base}/recommendations/{{recommendation}}")
    config.add_route("cycle.priority", "/policy-cycles/{cycle}/priorities/{priority}")
    config.add_route("cycle.goal", "/policy-cycles/{cycle}/goals/{goal}")
    config.add_route("cycle.action.chain", "/policy-cycles/{cycle}/actions/{action}/chain")
    for name, provider in STRIPS.items():
        config.add_chain_link(name, provider, order=10)
    for name in LESSONS_STRIPS:
        config.add_chain_link(name, lessons_strip, order=20)
    config.registry[LATER] = later
    config.registry[LINKS] = cycle_links
    config.registry[LANDING] = landing
    config.scan("jointops.lessons", ignore=["jointops.lessons.commands"])
