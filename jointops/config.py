"""Settings: read once, from the settings file and the environment, into one typed object.

The environment comes before the file: ``DATABASE_URL`` and ``JOINTOPS_SECRETS_FOLDER``. The key that signs sessions is
made at the first start and kept in the secrets folder, never beside the code.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyramid.settings import asbool

from jointops.kernel import ids
from jointops.kernel.i18n import DEFAULT_LOCALE, LOCALES

PREFIX = "jointops."
DEFAULT_DATABASE_URL = "sqlite:///var/jointops.sqlite"
DEFAULT_MAX_BODY_BYTES = 10 * 1024 * 1024
SESSION_KEY_FILE = "session.key"


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation decides.

    ``secure_cookies`` is true wherever people sign in over a network. ``pseudo_locale`` opens the made-up language of
    the tests. ``public_metrics`` lets anybody who reaches the server read ``/metrics``; without it, administrators
    and auditors alone. ``scheduler`` runs the jobs in this process.
    """

    database_url: str = DEFAULT_DATABASE_URL
    secrets_folder: Path = Path("var")
    secure_cookies: bool = True
    default_locale: str = DEFAULT_LOCALE
    pseudo_locale: bool = False
    scheduler: bool = True
    public_metrics: bool = False
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES

    def session_key(self) -> str:
        """Return the key that signs sessions; the first call of an installation makes and keeps it."""
        return kept_secret(self.secrets_folder / SESSION_KEY_FILE)


def read(settings: Mapping[str, str], environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an application section (keys ``jointops.<name>``) under the environment.

    ``sqlalchemy.url`` is read where ``jointops.database_url`` is absent. Raises :class:`ValueError` for a key that
    does not exist, and for a value that makes no sense: a misspelt setting must not be a silent default.
    """
    environ = os.environ if environ is None else environ
    given = {key.removeprefix(PREFIX): value for key, value in settings.items() if key.startswith(PREFIX)}
    unknown = sorted(set(given) - set(Settings.__dataclass_fields__))
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(PREFIX + name for name in unknown)}")
    url = environ.get("DATABASE_URL") or given.get("database_url") or settings.get("sqlalchemy.url")
    folder = environ.get("JOINTOPS_SECRETS_FOLDER") or given.get("secrets_folder")
    locale = given.get("default_locale", DEFAULT_LOCALE)
    if locale not in LOCALES:
        raise ValueError(f"{PREFIX}default_locale is {locale!r}; it may be {', '.join(LOCALES)}")
    defaults = Settings()
    return Settings(
        database_url=url or defaults.database_url,
        secrets_folder=Path(folder) if folder else defaults.secrets_folder,
        secure_cookies=asbool(given.get("secure_cookies", defaults.secure_cookies)),
        default_locale=locale,
        pseudo_locale=asbool(given.get("pseudo_locale", defaults.pseudo_locale)),
        scheduler=asbool(given.get("scheduler", defaults.scheduler)),
        public_metrics=asbool(given.get("public_metrics", defaults.public_metrics)),
        max_body_bytes=int(given.get("max_body_bytes", defaults.max_body_bytes)),
    )


def kept_secret(file: Path) -> str:
    """Return the secret in ``file``, made now if there is none; only the owner may read the file.

    Two processes that start together agree on one: the file is only ever created, never overwritten.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and then linked, so that the name never stands for a file that is still empty.
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    if not file.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(ids.secret(48))
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
        draft.unlink()
    return file.read_text(encoding="ascii").strip()
