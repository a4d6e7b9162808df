"""The real application, as the settings of a test make it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from pyramid_jinja2 import IJinja2Environment

from jointops import config
from jointops.app import make_app
from jointops.config import Settings
from jointops.kernel.db import make_session_factory
from tests.support.databases import engine_on, give_back_engine

Application = Any


class Compiled(BytecodeCache):
    """The compiled templates of this process, for all the applications that its tests make."""

    def __init__(self) -> None:
        self._templates: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._templates:
            bucket.bytecode_from_string(self._templates[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._templates[bucket.key] = bucket.bytecode_to_string()


_compiled = Compiled()


def make_application(database_url: str, secrets_folder: Path, **settings: str) -> Application:
    """Return the WSGI application on a migrated database.

    No jobs run in it, cookies go over plain http, the made-up language is there. ``settings`` are further ones,
    without their prefix: ``make_application(url, folder, public_metrics="true")``.
    """
    chosen = {
        "database_url": database_url,
        "secrets_folder": str(secrets_folder),
        "secure_cookies": "false",
        "pseudo_locale": "true",
        "scheduler": "false",
        **settings,
    }
    settings_read = config.read({f"jointops.{name}": value for name, value in chosen.items()})
    application: Application = make_app(settings_read, engine_on(database_url))
    application.registry["rehearsal.runner"] = _not_played
    for _name, environment in application.registry.getUtilitiesFor(IJinja2Environment):
        environment.bytecode_cache = _compiled
    return application


_idle: dict[tuple[tuple[str, str], ...], list[Application]] = {}
"""Applications that no test uses, by their settings: composing one takes longer than most tests of a page."""


def borrow_application(database_url: str, secrets_folder: Path, **settings: str) -> Application:
    """Return an application as :func:`make_application` does: one that another test gave back, on this database.

    Whoever borrows one is the only one to use it, and gives it back with :func:`give_back_application`.
    """
    idle = _idle.get(tuple(sorted(settings.items())))
    if not idle:
        return make_application(database_url, secrets_folder, **settings)
    application = idle.pop()
    engine = engine_on(database_url)
    chosen: Settings = application.registry["settings"]
    application.registry["engine"] = engine
    application.registry["session_factory"] = make_session_factory(engine, chosen.for_services())
    application.registry["rehearsal.runner"] = _not_played
    return application


def give_back_application(application: Application, **settings: str) -> None:
    """Let go of the database, and keep the application for another test with the same settings."""
    give_back_engine(application.registry["engine"])
    _idle.setdefault(tuple(sorted(settings.items())), []).append(application)


def _not_played(_factory: object, _key: object) -> None:
    """Leave a rehearsal that a test starts to be played by the test, not beside it."""
