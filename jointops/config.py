"""Settings: read once, from the settings file and the environment, into one typed object.

The environment comes before the file: ``DATABASE_URL``, ``JOINTOPS_SECRETS_FOLDER`` and, for the password of the mail
server, ``JOINTOPS_MAIL_PASSWORD``. The key that signs sessions is
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
DEFAULT_MAX_BODY_BYTES = 12 * 1024 * 1024
DEFAULT_ANSWER_DAYS = 14
SESSION_KEY_FILE = "session.key"
MAIL_PASSWORD_FILE = "mail.password"
MAIL_SECURITIES = ("starttls", "tls", "none")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation decides.

    ``secure_cookies`` is true wherever people sign in over a network. ``pseudo_locale`` opens the made-up language of
    the tests. ``public_metrics`` lets anybody who reaches the server read ``/metrics``; without it, administrators
    and auditors alone. ``scheduler`` runs the jobs in this process. ``public_address`` is where people reach the pages,
    for links in e-mails. Notices go out as e-mails where there is a ``mail_server``; ``mail_port`` 0 is the usual one
    of ``mail_security``, one of :data:`MAIL_SECURITIES`; those of exercises only with ``exercise_mail``.
    ``answer_days`` is how many days before an operation begins its participants are asked to have answered, where the
    coordinator says nothing else.
    """

    database_url: str = DEFAULT_DATABASE_URL
    secrets_folder: Path = Path("var")
    secure_cookies: bool = True
    default_locale: str = DEFAULT_LOCALE
    pseudo_locale: bool = False
    scheduler: bool = True
    public_metrics: bool = False
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    public_address: str = ""
    mail_server: str = ""
    mail_port: int = 0
    mail_security: str = "starttls"
    mail_user: str = ""
    mail_sender: str = ""
    exercise_mail: bool = False
    answer_days: int = DEFAULT_ANSWER_DAYS

    def session_key(self) -> str:
        """Return the key that signs sessions; the first call of an installation makes and keeps it."""
        return kept_secret(self.secrets_folder / SESSION_KEY_FILE)

    def for_services(self) -> dict[str, int]:
        """Return what services go by, as sessions carry it."""
        return {"answer_days": self.answer_days, "exercise_mail": self.exercise_mail}

    def mail_password(self) -> str:
        """Return the password of ``mail_user``, from the environment or the secrets folder; empty for none."""
        file = self.secrets_folder / MAIL_PASSWORD_FILE
        given = os.environ.get("JOINTOPS_MAIL_PASSWORD")
        return given or (file.read_text(encoding="utf-8").strip() if file.exists() else "")


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
    security = given.get("mail_security", defaults.mail_security)
    if security not in MAIL_SECURITIES:
        raise ValueError(f"{PREFIX}mail_security is {security!r}; it may be {', '.join(MAIL_SECURITIES)}")
    if given.get("mail_server") and not given.get("mail_sender"):
        raise ValueError(f"{PREFIX}mail_server needs {PREFIX}mail_sender, the address that e-mails come from")
    return Settings(
        database_url=url or defaults.database_url,
        secrets_folder=Path(folder) if folder else defaults.secrets_folder,
        secure_cookies=asbool(given.get("secure_cookies", defaults.secure_cookies)),
        default_locale=locale,
        pseudo_locale=asbool(given.get("pseudo_locale", defaults.pseudo_locale)),
        scheduler=asbool(given.get("scheduler", defaults.scheduler)),
        public_metrics=asbool(given.get("public_metrics", defaults.public_metrics)),
        max_body_bytes=int(given.get("max_body_bytes", defaults.max_body_bytes)),
        public_address=given.get("public_address", defaults.public_address),
        mail_server=given.get("mail_server", defaults.mail_server),
        mail_port=int(given.get("mail_port", defaults.mail_port)),
        mail_security=security,
        mail_user=given.get("mail_user", defaults.mail_user),
        mail_sender=given.get("mail_sender", defaults.mail_sender),
        exercise_mail=asbool(given.get("exercise_mail", defaults.exercise_mail)),
        answer_days=int(given.get("answer_days", defaults.answer_days)),
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
