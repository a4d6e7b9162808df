"""Fields and schemas of the outside form (JSON), as marshmallow reads and writes them, for all domains.

Schemas refuse what they do not know. Messages are told to people by :mod:`jointops.web.messages`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields, validate

from jointops.kernel import clock
from jointops.kernel.types import QUANTITY_DECIMALS, QUANTITY_INTEGER_DIGITS, quantity_text

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""Control characters beside tabs and line ends; halves of characters, which no file can hold."""

CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"


class Schema(MarshmallowSchema):
    """Base of all outside forms: keys in the order of the fields, unknown keys are refused."""


class Instant(fields.Field[datetime]):
    """An instant: ISO 8601 with an offset; written in UTC with a ``Z``."""

    default_error_messages = {"invalid": "Not a valid datetime."}

    def _serialize(self, value: datetime | None, *_args: Any, **_kw: Any) -> str | None:
        return None if value is None else clock.iso(value)

    def _deserialize(self, value: Any, *_args: Any, **_kw: Any) -> datetime:
        # A date alone would be read as its midnight.
        if not isinstance(value, str) or not 16 <= len(value) <= 40:
            raise self.make_error("invalid")
        try:
            return clock.parse_iso(value)
        except (ValueError, OverflowError):
            raise self.make_error("invalid") from None


class Day(fields.Field[date]):
    """A day in the operation's time zone: ``YYYY-MM-DD`` and no other form of ISO 8601."""

    default_error_messages = {"invalid": "Not a valid date."}

    def _serialize(self, value: date | None, *_args: Any, **_kw: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, *_args: Any, **_kw: Any) -> date:
        if not isinstance(value, str) or len(value) != 10:
            raise self.make_error("invalid")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.make_error("invalid") from None


class Quantity(fields.Field[Decimal]):
    """An exact decimal, as a string: ``"0.3"``. Finite, not negative, with as many digits as are kept."""

    default_error_messages = {"invalid": "Not a valid number.", "negative": "Must not be negative."}
    pattern = rf"^[0-9]{{1,{QUANTITY_INTEGER_DIGITS}}}(\.[0-9]{{1,{QUANTITY_DECIMALS}}})?$"

    def _serialize(self, value: Decimal | None, *_args: Any, **_kw: Any) -> str | None:
        return None if value is None else quantity_text(value)

    def _deserialize(self, value: Any, *_args: Any, **_kw: Any) -> Decimal:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise self.make_error("invalid") from None
        if not number.is_finite():
            raise self.make_error("invalid")
        if number < 0:
            raise self.make_error("negative")
        return number


class Code(fields.String):
    """A stable code, such as ``ARCHIMEDES-2014`` or ``persons-arrested``."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(validate=validate.Regexp(CODE_PATTERN), **kw)


class Text(fields.String):
    """Words of at most ``longest`` characters, without control characters that a database or a printer chokes on."""

    def __init__(self, longest: int = 4000, shortest: int = 0, **kw: Any) -> None:
        super().__init__(validate=[validate.Length(min=shortest, max=longest), _printable], **kw)


class Choice(fields.String):
    """One value of an enumeration or of a list of codes; loaded as the enumeration's member."""

    def __init__(self, choices: type[StrEnum] | tuple[str, ...], **kw: Any) -> None:
        self._enumeration = choices if isinstance(choices, type) else None
        super().__init__(validate=validate.OneOf([str(choice) for choice in choices]), **kw)

    def deserialize(self, value: Any, *args: Any, **kw: Any) -> Any:
        loaded = super().deserialize(value, *args, **kw)
        return self._enumeration(loaded) if self._enumeration and isinstance(loaded, str) else loaded


class Rows(fields.List[Any]):
    """A list of entries that all have the fields of ``schema``, which has no hooks and no defaults.

    marshmallow asks every field of every entry, also what was left out. Here only what was sent is read; as soon as
    something is not right, marshmallow reads the list again and says all that is wrong.
    """

    def __init__(self, schema: type[MarshmallowSchema], **kw: Any) -> None:
        super().__init__(fields.Nested(schema), **kw)
        loaded = schema()
        self._readers = {name: kind.deserialize for name, kind in loaded.load_fields.items()}
        self._required = {name for name, kind in loaded.load_fields.items() if kind.required}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kw: Any) -> list[Any]:
        if isinstance(value, list):
            try:
                return [self._entry(entry) for entry in value]
            except (ValidationError, LookupError, AttributeError):
                pass
        return super()._deserialize(value, attr, data, **kw)

    def _entry(self, entry: Any) -> dict[str, Any]:
        read = {name: self._readers[name](given, name, entry) for name, given in entry.items()}
        if not self._required <= read.keys():
            raise LookupError
        return read


class Labels(fields.Dict):
    """Words in one or more languages: ``{"en": "Arrests", "fr": "Arrestations"}``."""

    def __init__(self, longest: int = 4000, **kw: Any) -> None:
        super().__init__(
            keys=fields.String(validate=validate.Regexp(r"^[a-z]{2}(-[A-Z]{2})?$")),
            values=Text(longest),
            **kw,
        )


class FieldsPlugin(MarshmallowPlugin):
    """Tells apispec what the fields above look like as JSON Schema."""

    def init_spec(self, spec: APISpec) -> None:
        super().init_spec(spec)
        self.describe(self.converter)

    @staticmethod
    def describe(converter: OpenAPIConverter | None) -> None:
        """Teach ``converter`` the fields above."""
        assert converter is not None
        converter.add_attribute_function(_described)  # type: ignore[no-untyped-call]

    @classmethod
    def converter_of(cls, plugin: MarshmallowPlugin) -> OpenAPIConverter:
        """Return the converter of ``plugin``, which knows the fields above."""
        assert plugin.converter is not None
        cls.describe(plugin.converter)
        return plugin.converter


_DESCRIPTIONS: Mapping[type[fields.Field[Any]], Mapping[str, Any]] = {
    Instant: {"type": "string", "format": "date-time"},
    Day: {"type": "string", "format": "date"},
    Quantity: {"type": "string", "pattern": Quantity.pattern},
}


def _described(
    _converter: OpenAPIConverter, field: fields.Field[Any], ret: dict[str, Any], **_kw: Any
) -> dict[str, Any]:
    for kind, description in _DESCRIPTIONS.items():
        if isinstance(field, kind):
            shown = dict(description)
            if field.allow_none:
                shown["type"] = [shown["type"], "null"]
            return shown
    return {}


def _printable(text: str) -> bool:
    if _UNPRINTABLE.search(text):
        raise ValidationError("Not a valid string.")
    return True
