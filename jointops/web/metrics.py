"""Figures about the running processes, in the form that Prometheus reads."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder where several processes add up their figures; set before they start."""

registry = CollectorRegistry()

_requests = Counter(
    "jointops_requests_total", "Answered requests.", ("method", "route", "status"), registry=registry
)
_seconds = Histogram(
    "jointops_request_seconds",
    "Time from request to answer.",
    ("method", "route"),
    registry=registry,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request. ``route`` is the route's name, never the address: those are without number."""
    known = method if method in _METHODS else "other"
    _requests.labels(known, route, str(status)).inc()
    _seconds.labels(known, route).observe(seconds)


def exposition() -> tuple[bytes, str]:
    """Return the figures of all processes as text, and its content type."""
    if SHARED_FOLDER in os.environ:
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together), CONTENT_TYPE_LATEST
    return generate_latest(registry), CONTENT_TYPE_LATEST
