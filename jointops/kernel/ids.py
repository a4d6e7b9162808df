"""Identifiers and secrets. Tests may replace the source of randomness to get the same ones every time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

_source: ContextVar[Callable[[int], str]] = ContextVar(
    "jointops_secret_source", default=secrets.token_urlsafe
)

_PASSWORD_WORD_LENGTH = 4
_PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def secret(n_bytes: int = 32) -> str:
    """Return a URL-safe secret made of ``n_bytes`` random bytes."""
    return _source.get()(n_bytes)


def readable_password(groups: int = 4) -> str:
    """Return a password of ``groups`` groups of four letters and digits that are not taken for one another.

    Four groups carry 79 bits, enough for an account that is protected by Argon2id.
    """
    return "-".join(
        "".join(secrets.choice(_PASSWORD_ALPHABET) for _ in range(_PASSWORD_WORD_LENGTH))
        for _ in range(groups)
    )


def request_id() -> str:
    """Return an identifier for one request, command or job, which ties its audit entries together."""
    return uuid4().hex


def digest(text: str | bytes) -> str:
    """Return the SHA-256 of ``text`` (UTF-8) in lower-case hexadecimal."""
    data = text.encode("utf-8") if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()
