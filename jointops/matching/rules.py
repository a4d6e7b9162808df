"""How an identifier is written before it is hashed, and what is right about entries. Plain functions over plain data.

The server never calls :func:`normalised` or :func:`digest`: identifiers stay with whoever works on them. They stand
here because software that uses the API does the same, and because the browser's copy (frontend/js/matching.js) is
held against them. docs/matching.md says the rules in words.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.matching.models import IdentifierKind

FORMAT = "jointops-matching/1"
"""Stands before every message that is hashed: other rules of writing would be another format."""

KEY_BYTES = 32

COORDINATION = "coordination"
"""The owner of what the coordination centre enters; it is a party of its own."""

AT_ONCE = 1000
"""How many identifiers may be entered in one go."""

MOST = 5000
"""How many an office may have in one operation: whoever has the key could otherwise try out whole ranges of numbers."""

LABEL_LENGTH = 120

KEPT_AFTER_END = timedelta(days=30)
"""How long after its end an operation's key and hashes are kept: time to follow the last matches up, no more."""

KIND_LABELS: Mapping[IdentifierKind, str] = {
    IdentifierKind.PHONE: _("Telephone number"),
    IdentifierKind.VEHICLE: _("Vehicle registration"),
    IdentifierKind.CONTAINER: _("Container number"),
    IdentifierKind.DOCUMENT: _("Number of a document"),
    IdentifierKind.IBAN: _("IBAN"),
    IdentifierKind.EMAIL: _("E-mail address"),
    IdentifierKind.OTHER: _("Other identifier"),
}


@dataclass(frozen=True, slots=True)
class Hashed:
    """One identifier as it reaches the server: its HMAC in lower-case hexadecimal, and the owner's own reference."""

    digest: str
    label: str


# --- Writing an identifier the one way ------------------------------------------------------------------------------


_SPACE = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_MARKS = re.compile("[\u0300-\u036f]")
_NOT_CODE = re.compile("[^A-Z0-9]")

_ALIKE = str.maketrans(
    # Letters of the Greek and Cyrillic alphabets that plates and papers show like Latin ones, and letters with a bar.
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕІЈКМНОРСТУХЅĐŁØ",
    "ABEZHIKMNOPTYXABEIJKMHOPCTYXSDLO",
)


def normalised(kind: IdentifierKind, typed: str) -> str | None:
    """Return how an identifier is written before it is hashed; ``None`` for what is none of that kind.

    The rule of each kind stands in docs/matching.md. A check digit that does not fit is a typing mistake.
    """
    match kind:
        case IdentifierKind.PHONE:
            return _phone(typed)
        case IdentifierKind.VEHICLE:
            return _fitting(_code(typed), r"[A-Z0-9]{2,12}")
        case IdentifierKind.CONTAINER:
            code = _fitting(_code(typed), r"[A-Z]{3}[JRUZ][0-9]{7}")
            return code if code and _container_digit(code) == int(code[-1]) else None
        case IdentifierKind.DOCUMENT:
            return _fitting(_code(typed), r"[A-Z0-9]{4,30}")
        case IdentifierKind.IBAN:
            code = _fitting(_code(typed), r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
            return code if code and _remainder(code[4:] + code[:4]) == 1 else None
        case IdentifierKind.EMAIL:
            text = _text(typed).lower().removeprefix("mailto:")
            return _fitting(text, r"[^ @]+@[^ @]+\.[^ @]+")
        case IdentifierKind.OTHER:
            return _fitting(_text(typed).upper(), r".{3,200}")


def digest(key: str, kind: IdentifierKind, written: str) -> str:
    """Return the HMAC-SHA-256 of a normalised identifier under a key in base64url, in lower-case hexadecimal."""
    message = f"{FORMAT}\n{kind.value}\n{written}".encode()
    return hmac.new(key_bytes(key), message, hashlib.sha256).hexdigest()


def key_bytes(key: str) -> bytes:
    """Return the bytes of a key that is written in base64url without padding."""
    return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))


def _text(typed: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", typed)).strip(" ")


def _code(typed: str) -> str:
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", typed)).upper().translate(_ALIKE)
    return _NOT_CODE.sub("", plain)


def _phone(typed: str) -> str | None:
    text = _text(typed).replace("(0)", "")
    if re.search("[^0-9+ ()./-]", text):
        return None
    text = re.sub("[ ()./-]", "", text)
    if text.startswith("00"):
        text = f"+{text[2:]}"
    return _fitting(text, r"\+[1-9][0-9]{6,14}")


def _fitting(text: str, pattern: str) -> str | None:
    return text if re.fullmatch(pattern, text) else None


def _container_digit(code: str) -> int:
    """Return the check digit of a container number (ISO 6346): letters count 10 to 38 without multiples of 11."""
    letters = {}
    value = 10
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        value += value % 11 == 0
        letters[letter] = value
        value += 1
    values = [letters[sign] if sign in letters else int(sign) for sign in code[:10]]
    return sum(value << place for place, value in enumerate(values)) % 11 % 10


def _remainder(code: str) -> int:
    """Return the remainder by 97 of a code whose letters count 10 to 35 (ISO 7064)."""
    return int("".join(str(int(sign, 36)) for sign in code)) % 97


# --- Entries ---------------------------------------------------------------------------------------------------------

_DIGEST = re.compile("[0-9a-f]{64}")


def problems_of(entries: Sequence[Hashed]) -> list[Problem]:
    """Return what is wrong with entries, each with its place."""
    if not entries:
        return [Problem("entries-missing", _("Enter at least one identifier."), "/entries")]
    if len(entries) > AT_ONCE:
        message = _("At most ${count} identifiers can be entered at once.", mapping={"count": AT_ONCE})
        return [Problem("too-many", message, "/entries")]
    problems = []
    for place, entry in enumerate(entries):
        if not _DIGEST.fullmatch(entry.digest):
            message = _("This is no HMAC-SHA-256: 64 digits and letters from a to f.")
            problems.append(Problem("bad-digest", message, f"/entries/{place}/digest"))
        if not entry.label.strip() or len(entry.label) > LABEL_LENGTH:
            message = _("Give a reference of 1 to ${count} characters.", mapping={"count": LABEL_LENGTH})
            problems.append(Problem("bad-label", message, f"/entries/{place}/label"))
    return problems
