"""The address of a figure: what lists the returns, revisions and people behind it."""

from __future__ import annotations

from pyramid.request import Request

from jointops.returns.models import FactStatus

NOT_SPECIFIED_WORD = "not-specified"
"""In an address, the category or action area of a figure that names none."""


def figure_path(
    request: Request,
    operation: str,
    indicator: str,
    status: FactStatus,
    as_known_at: str | None,
    **about: str,
) -> str:
    """Return the address of one figure; ``about`` are category, unit, party, authority, action_area, day, scope."""
    path: str = request.route_path(
        "operation.figures", code=operation, _query=_query(indicator, status, as_known_at, about)
    )
    return path


def figure_url(
    request: Request,
    operation: str,
    indicator: str,
    status: FactStatus,
    as_known_at: str | None,
    **about: str,
) -> str:
    """Return the same with its host, for documents."""
    url: str = request.route_url(
        "operation.figures", code=operation, _query=_query(indicator, status, as_known_at, about)
    )
    return url


def _query(
    indicator: str, status: FactStatus, as_known_at: str | None, about: dict[str, str]
) -> dict[str, str]:
    query = {"indicator": indicator}
    query |= {name: value or NOT_SPECIFIED_WORD for name, value in about.items()}
    query["status"] = status.value
    if as_known_at:
        query["as_known_at"] = as_known_at
    return query
