"""The real application, as the settings of a test make it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jointops.app import main

Application = Any


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
    return application
