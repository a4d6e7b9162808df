"""Daily returns: what reporting units report for a day, how it is corrected, verified and accepted."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.kernel.i18n import _


def includeme(config: Configurator) -> None:
    """Bring the pages of returns, their tab and the cards of the first page, and their API."""
    config.add_route("operation.returns", "/operations/{code}/returns")
    config.add_route("returns.review", "/operations/{code}/returns/review")
    config.add_route("returns.duplicates", "/operations/{code}/duplicates")
    config.add_route("returns.joint", "/operations/{code}/joint-results/{result}")
    config.add_route("returns.paper", "/operations/{code}/returns/paper")
    config.add_route("returns.paper.forms", "/operations/{code}/returns/paper/forms")
    config.add_route("returns.permits", "/operations/{code}/returns/permits")
    config.add_route("returns.upload", "/operations/{code}/returns/upload")
    config.add_route("returns.check", "/operations/{code}/returns/upload/check")
    config.add_route("returns.batches", "/operations/{code}/returns/batches")
    config.add_route("returns.batch", "/operations/{code}/returns/batches/{id}")
    config.add_route("returns.template", "/operations/{code}/returns/template")
    config.add_route("returns.return", "/operations/{code}/returns/{unit}/{day}")
    config.add_route("returns.edit", "/operations/{code}/returns/{unit}/{day}/edit")
    config.add_route("returns.draft", "/operations/{code}/returns/{unit}/{day}/draft")
    config.add_route("returns.attachments", "/operations/{code}/returns/{unit}/{day}/attachments")
    config.add_route("returns.attachment", "/operations/{code}/returns/{unit}/{day}/attachments/{sha256}")
    config.add_route("returns.compare", "/operations/{code}/returns/{unit}/{day}/compare")
    config.add_route("returns.questions", "/operations/{code}/returns/{unit}/{day}/questions")
    config.add_route("returns.step", "/operations/{code}/returns/{unit}/{day}/steps")
    config.add_route("returns.permit", "/operations/{code}/returns/{unit}/{day}/permits")
    config.add_route("returns.queue", "/operations/{code}/returns/queue")
    config.add_route("field", "/field")
    config.add_route("field.manifest", "/field/manifest.webmanifest")
    config.add_route("field.worker", "/field/worker.js")
    config.add_route("field.texts", "/field/texts/{locale}")
    config.add_route("field.session", "/field/session")
    config.add_route("field.devices", "/field/devices")
    config.add_route("field.device", "/field/devices/{id}")
    config.add_route("field.units", "/field/units")
    config.add_route("field.unit", "/field/units/{code}/{unit}")
    config.add_route("field.return", "/field/returns/{code}/{unit}/{day}")
    config.add_operation_tab(_("Returns"), "operation.returns", order=30)
    config.add_home_cards(config.maybe_dotted("jointops.returns.views.cards"), order=30)
    config.add_due_source(config.maybe_dotted("jointops.returns.due.due_returns"))
    config.include("jointops.returns.odata")
    config.scan("jointops.returns", ignore=["jointops.returns.commands"])
