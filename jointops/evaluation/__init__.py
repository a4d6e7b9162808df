"""The after-action evaluation: what was achieved of what was meant, what people observed, and what is recommended."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.kernel.i18n import _
from jointops.kernel.policy import Action

# Registers what plans say of publications: wherever there are evaluations, a plan that comes into force keeps them.
from jointops.evaluation import service as service  # isort: skip


def includeme(config: Configurator) -> None:
    """Bring the pages of evaluations, their tab, and their API."""
    base = "/operations/{code}/evaluation"
    config.add_route("operation.evaluation", base)
    config.add_route("evaluation.summary", f"{base}/summary")
    config.add_route("evaluation.steps", f"{base}/steps")
    config.add_route("evaluation.observations", f"{base}/observations")
    config.add_route("evaluation.recommendations", f"{base}/recommendations")
    config.add_route("evaluation.recommendation.edit", f"{base}/recommendations/{{recommendation}}")
    config.add_route(
        "evaluation.recommendation.decide", f"{base}/recommendations/{{recommendation}}/decision"
    )
    config.add_operation_tab(_("Evaluation"), "operation.evaluation", order=50, action=Action.EVALUATION_READ)
    config.add_home_cards(config.maybe_dotted("jointops.evaluation.views.cards"), order=40)
    config.scan("jointops.evaluation", ignore=["jointops.evaluation.commands"])
