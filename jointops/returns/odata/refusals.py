"""What the feed refuses to answer, with the option and the place in it, and what would be understood."""

from __future__ import annotations

from collections.abc import Sequence

from jointops.kernel.errors import DomainError
from jointops.kernel.i18n import _


class BadQuery(DomainError):
    """A query option that cannot be read, or that asks for what there is not."""

    status = 400

    def __init__(self, code: str, message: str, option: str, accepted: Sequence[str] = ()) -> None:
        super().__init__(code, message, f"/query/{option}", accepted)


class NotOffered(DomainError):
    """Something of the standard that the feed does not have."""

    status = 501


def syntax(option: str, at: int, text: str, expected: str) -> BadQuery:
    """Return the refusal of ``text``, which cannot be read from the character ``at`` (from 0) on."""
    found = text[at : at + 20] or _("the end")
    return BadQuery(
        "odata-syntax",
        _(
            "${option} cannot be read at character ${at} (${found}). Expected there: ${expected}.",
            mapping={"option": option, "at": at + 1, "found": found, "expected": expected},
        ),
        option,
    )


def unknown_property(option: str, name: str, entity: str, known: Sequence[str]) -> BadQuery:
    """Return the refusal of a name that is no property of ``entity``."""
    return BadQuery(
        "odata-property-unknown",
        _(
            "${option}: there is no “${name}” in ${entity}.",
            mapping={"option": option, "name": name[:80], "entity": entity},
        ),
        option,
        known,
    )


def too_much(option: str, message: str) -> BadQuery:
    """Return the refusal of a query that asks for more than is answered at once."""
    return BadQuery("odata-query-too-large", message, option)
