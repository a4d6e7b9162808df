"""What happens to operations on pages that domains above may have something to say about.

Pyramid's events: whoever has something to say subscribes in its ``includeme`` with ``config.add_subscriber``.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.request import Request

from jointops.operations.models import Operation


@dataclass(frozen=True, slots=True)
class PlanTakenOver:
    """Somebody's plan file was taken over, and spelt out into rows: the next page may say what came of it."""

    request: Request
    operation: Operation
