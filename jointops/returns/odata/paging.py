"""Where a page ends, as a token: the places of its last entity in the order and its key.

The next page begins after these, whatever was added meanwhile, at the instant that its address names.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from jointops.kernel import clock
from jointops.kernel.i18n import _
from jointops.kernel.types import QUANTITY_DECIMALS, quantity_text
from jointops.returns.odata.filters import Order
from jointops.returns.odata.model import Edm, EntityType
from jointops.returns.odata.refusals import BadQuery

MAX_LENGTH = 4_000


def token(last: Sequence[Any]) -> str:
    """Return the token of the page that ends with the entity at these places."""
    text = json.dumps([_written(value) for value in last], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def places(text: str, entity: EntityType, order: Sequence[Order]) -> tuple[Any, ...]:
    """Return the places that a token names; raises :class:`~.refusals.BadQuery`.

    A token is not trusted: each place has to be of its property's type.
    """
    types = [
        *((term.by.type, term.by.nullable) for term in order),
        *((entity.properties[name].type, False) for name in entity.key),
    ]
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError(text)
        given = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        if not isinstance(given, list):
            raise ValueError(text)
        return tuple(
            _read(value, kind, nullable) for value, (kind, nullable) in zip(given, types, strict=True)
        )
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        message = _("This $skiptoken is not one of ours for this query. Begin without it.")
        raise BadQuery("odata-skiptoken-invalid", message, "$skiptoken") from None


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        return quantity_text(value)
    if isinstance(value, datetime):
        return clock.iso(value)
    return value.isoformat() if isinstance(value, date) else value


def _decimal(value: Any) -> Decimal:
    exact = Decimal(_text(value))
    if not exact.is_finite() or abs(exact) > 10**12 or exact != round(exact, QUANTITY_DECIMALS):
        raise ValueError(value)
    return exact


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**31:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(value)
    value.encode()
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


_READERS: Mapping[Edm, Callable[[Any], Any]] = {
    Edm.BOOLEAN: _truth,
    Edm.DATE: lambda value: date.fromisoformat(_text(value)),
    Edm.DECIMAL: _decimal,
    Edm.INSTANT: lambda value: datetime.fromisoformat(_text(value)).astimezone(UTC),
    Edm.INT32: _whole,
    Edm.INT64: _whole,
    Edm.STRING: _text,
}


def _read(value: Any, kind: Edm, nullable: bool) -> Any:
    if value is None and nullable:
        return None
    return _READERS[kind](value)
