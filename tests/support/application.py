"""The real application, as the settings of a test make it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from pyramid_jinja2 import IJinja2Environment

from jointops.app import main

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
    application: Application = main({}, **{f"jointops.{name}": value for name, value in chosen.items()})
    # A rehearsal that a test starts is played by the test, not beside it.
    application.registry["rehearsal.runner"] = lambda _factory, _key: None
    for _name, environment in application.registry.getUtilitiesFor(IJinja2Environment):
        environment.bytecode_cache = _compiled
    return application
