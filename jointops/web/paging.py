"""Long lists in pieces: a cursor says after which item the next piece begins, so nothing is skipped or shown twice."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from marshmallow import fields, validate

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.web.fields import Schema

DEFAULT_LIMIT = 100
MAX_LIMIT = 500
MAX_CURSOR_LENGTH = 400

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageOf(Generic[T]):
    """A piece of a list, and the cursor of the next piece (``None`` at the end)."""

    items: Sequence[T]
    next: str | None


class PageQuery(Schema):
    """The query of a list; a list with filters inherits from it."""

    limit = fields.Integer(
        strict=False,
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(min=1, max=MAX_LIMIT),
        metadata={"description": "How many items at most."},
    )
    cursor = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_CURSOR_LENGTH),
        metadata={"description": "`next` of the piece before; without it the list begins."},
    )


def paged(item: type[Schema]) -> Schema:
    """Return the schema of a piece of a list of ``item``."""
    name = item.__name__.removesuffix("Schema") + "Page"
    made: type[Schema] = Schema.from_dict(  # type: ignore[assignment]
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(allow_none=True, required=True),
        },
        name=name,
    )
    made.__module__ = item.__module__
    return made()


def paginate(items: Sequence[T], query: Mapping[str, Any], key: Callable[[T], str | int]) -> PageOf[T]:
    """Return the piece of ``items`` that ``query`` (loaded by :class:`PageQuery`) asks for.

    ``key`` is what the items are in ascending order of, different for each. For a list that was read whole; a long
    table is read in pieces with :func:`read_cursor`.
    """
    after = read_cursor(query["cursor"])
    if after is not None:
        items = [item for item in items if _is_after(key(item), after)]
    return piece(items, query["limit"], key)


def piece(items: Sequence[T], limit: int, key: Callable[[T], str | int]) -> PageOf[T]:
    """Return the first ``limit`` of ``items``, which begin after the cursor and hold one more if there is more."""
    shown = items[:limit]
    return PageOf(shown, write_cursor(key(shown[-1])) if len(items) > limit else None)


def write_cursor(after: str | int) -> str:
    """Return the cursor of what comes after the item with that key."""
    return base64.urlsafe_b64encode(str(after).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str | None:
    """Return the key after which a piece begins; ``None`` for an empty cursor.

    Raises :class:`Invalid` with ``cursor-invalid`` for one that was not given out here.
    """
    if not cursor:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise _invalid() from None


def read_number_cursor(cursor: str) -> int | None:
    """Return the number after which a piece begins, as :func:`read_cursor` does."""
    after = read_cursor(cursor)
    if after is None:
        return None
    if not after.isascii() or not after.isdigit() or len(after) > 15:
        raise _invalid()
    return int(after)


def _is_after(value: str | int, after: str) -> bool:
    if isinstance(value, str):
        return value > after
    if not after.isascii() or not after.isdigit() or len(after) > 15:
        raise _invalid()
    return value > int(after)


def _invalid() -> Invalid:
    message = _("This cursor was not given out here. Begin the list again without one.")
    return Invalid([Problem("cursor-invalid", message, "/query/cursor")])
