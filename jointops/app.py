"""Composes the application from its parts. It decides nothing: each part's ``includeme`` says what the part brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import Engine

from jointops import config as settings_reader
from jointops.config import Settings
from jointops.kernel.db import make_engine, make_session_factory

DOMAINS = (
    "accounts",
    "notify",
    "cycles",
    "operations",
    "consultation",
    "matching",
    "planning",
    "tasks",
    "returns",
    "warnings",
    "meetings",
    "situation",
    "evaluation",
    "lessons",
    "calendars",
    "rehearsal",
)


def main(_global_config: Mapping[str, str], **settings: str) -> Any:
    """Return the WSGI application for a settings file's section (the entry of ``paste.app_factory``)."""
    return make_app(settings_reader.read(settings))


def make_app(settings: Settings, engine: Engine | None = None) -> Any:
    """Return the WSGI application; ``engine`` is for callers that have one already."""
    engine = engine or make_engine(settings.database_url)
    config = Configurator(
        settings={
            "retry.attempts": "3",
            "tm.manager_hook": "pyramid_tm.explicit_manager",
            "tm.annotate_user": "false",
            "tm.commit_veto": commit_veto,
        }
    )
    config.registry["settings"] = settings
    config.registry["engine"] = engine
    config.registry["session_factory"] = make_session_factory(engine, settings.for_services())
    config.include("pyramid_tm")
    config.include("pyramid_retry")
    # The edge comes before the domains, which use its directives.
    config.include("jointops.web")
    for domain in DOMAINS:
        config.include(f"jointops.{domain}")
    return config.make_wsgi_app()


def commit_veto(request: Request, response: Response) -> bool:
    """Say whether the request's changes are given up: a refusal keeps nothing.

    A view that has to keep something although it refuses, such as a failed sign-in, sets ``request.keep_changes``.
    """
    return response.status_int >= 400 and not getattr(request, "keep_changes", False)
