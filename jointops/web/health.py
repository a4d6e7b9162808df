"""For whoever runs the server: is it alive, is it ready, what does it measure."""

from __future__ import annotations

import logging

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config
from sqlalchemy.exc import SQLAlchemyError

from jointops.kernel import migrate, policy
from jointops.kernel.policy import Action
from jointops.web import metrics

log = logging.getLogger(__name__)


def includeme(config: Configurator) -> None:
    """Bring the three addresses."""
    config.add_route("healthz", "/healthz")
    config.add_route("readyz", "/readyz")
    config.add_route("metrics", "/metrics")


@view_config(route_name="healthz", request_method="GET", permission=NO_PERMISSION_REQUIRED)
def healthz(_request: Request) -> Response:
    """Answer that the process answers."""
    return Response("ok\n", content_type="text/plain")


@view_config(route_name="readyz", request_method="GET", permission=NO_PERMISSION_REQUIRED)
def readyz(request: Request) -> Response:
    """Answer whether requests can be served: the database is there and has the tables of this version."""
    try:
        ready = migrate.revision_of(request.registry["engine"]) == migrate.head()
    except SQLAlchemyError:
        log.warning("the database cannot be reached", exc_info=True)
        ready = False
    return Response(
        "ok\n" if ready else "not ready\n", status=200 if ready else 503, content_type="text/plain"
    )


@view_config(route_name="metrics", request_method="GET", permission=NO_PERMISSION_REQUIRED)
def read_metrics(request: Request) -> Response:
    """Give the figures to Prometheus, or to somebody who may read the log."""
    if not request.config.public_metrics:
        if request.signed_in is None:
            raise HTTPForbidden
        policy.require(request.actor, Action.AUDIT_READ)
    body, content_type = metrics.exposition()
    response = Response(body)
    response.headers["Content-Type"] = content_type
    return response
