"""Passwords: how they are hashed and checked, and what they have to be like."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from jointops.kernel import ids

MINIMUM_LENGTH = 12
"""Length counts more than composition (NIST SP 800-63B, 3.1.1.2)."""

MAXIMUM_LENGTH = 200

_hasher = PasswordHasher()


def hashed(password: str) -> str:
    """Return the Argon2id hash of ``password``, with its salt and parameters (RFC 9106, second recommended set)."""
    return _hasher.hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Say whether ``password`` is the one that was hashed; a hash that is not one matches nothing."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Say whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def spend_time(password: str) -> None:
    """Do the work of a check for an account that does not exist, so that the time to the answer tells nothing."""
    matches(_nobody(), password)


@cache
def _nobody() -> str:
    return hashed(ids.secret())
