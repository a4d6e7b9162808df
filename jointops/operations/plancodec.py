"""A plan document as plain data (what JSON can carry) and back.

The plain form is canonical: fields in the order of the document, what equals its default left out, quantities as
strings, days as ISO dates (in a template: numbers, day 1 being the first), short forms wherever they say everything.
The defaults belong to the format, so that the same data mean the same for as long as the format is jointops-plan/1.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from jointops.kernel.clock import iso
from jointops.kernel.types import quantity_text
from jointops.operations.plandoc import (
    TEMPLATE_FIRST_DAY,
    Category,
    PlanDocument,
    PlanIndicator,
    Section,
    Source,
)
from jointops.reference.catalogue import catalogue

SHORT_FORMS: Mapping[type, str] = {PlanIndicator: "code", Category: "code", Source: "title"}
"""Classes that may be written as one string: the value of this field."""

_DAY_NUMBER = re.compile(r"-?[0-9]{1,4}", re.ASCII)


def encode(document: PlanDocument) -> dict[str, Any]:
    """Return the canonical plain data of ``document``."""
    data: dict[str, Any] = {"format": document.format}
    data.update(_encode_fields(document, document.template))
    return data


def spelled_out(document: PlanDocument) -> dict[str, Any]:
    """Return the plain data of ``document`` without short forms: every entry of a list of things is a mapping.

    For editors, which name each value by its path; :func:`decode` reads it as it reads the canonical form.
    """
    data: dict[str, Any] = _in_full(PlanDocument, encode(document))
    return data


def decode(data: Mapping[str, Any]) -> PlanDocument:
    """Return the plan document that ``data`` describe.

    ``data`` must have the shape of the schema; otherwise the error is whatever Python raises. Use ``planfile``.
    """
    sections = {catalogue().section_code(code): text for code, text in data.get("sections", {}).items()}
    current = {**data, "sections": sections} if sections else data
    decoded = _decode(PlanDocument, current, data.get("template") is True)
    assert isinstance(decoded, PlanDocument)
    return decoded


@cache
def field_types(kind: type) -> Mapping[str, Any]:
    """Return the types of a document class's fields, by name."""
    return get_type_hints(kind, include_extras=True)


def _encode_fields(value: Any, template: bool) -> dict[str, Any]:
    data = {}
    for field in dataclasses.fields(value):
        item = getattr(value, field.name)
        left_out = item is None or item == () or item == {} or item == _default(field)
        if not left_out or field.metadata.get("written"):
            data[field.name] = _encode(item, template)
    return data


def _in_full(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _in_full(next(option for option in get_args(kind) if option is not type(None)), data)
    if origin is tuple:
        return [_in_full(get_args(kind)[0], item) for item in data]
    if not dataclasses.is_dataclass(kind) or kind is Section:
        return data
    if isinstance(data, str):
        return {SHORT_FORMS[kind]: data}  # type: ignore[index]
    fields = field_types(kind)  # type: ignore[arg-type]
    return {name: _in_full(fields[name], value) for name, value in data.items()}


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _encode(value: Any, template: bool) -> Any:
    if isinstance(value, Section):
        texts = {"not_applicable": value.not_applicable} if value.not_applicable else value.text
        return _encode(texts, template)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        data = _encode_fields(value, template)
        short = SHORT_FORMS.get(type(value))
        return data[short] if short and set(data) == {short} else data
    if isinstance(value, tuple):
        return [_encode(item, template) for item in value]
    if isinstance(value, Mapping):
        return {key: _encode(value[key], template) for key in sorted(value, key=_rank)}
    return _encode_scalar(value, template)


def _rank(key: str) -> tuple[int, str]:
    """Place the sections of a plan in the order of their list, every other key in alphabetical order."""
    return (_section_places().get(key, -1), key)


@cache
def _section_places() -> Mapping[str, int]:
    return {code: n for n, code in enumerate(catalogue().plan_sections)}


def _encode_scalar(value: Any, template: bool) -> Any:
    if isinstance(value, Decimal):
        return quantity_text(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return (value - TEMPLATE_FIRST_DAY).days + 1 if template else value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value


def _decode(kind: Any, data: Any, template: bool) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        base, role = get_args(kind)
        return _decode_code(_decode(base, data, template), role)
    if origin in (Union, types.UnionType):
        wanted = next(option for option in get_args(kind) if option is not type(None))
        return None if data is None else _decode(wanted, data, template)
    if origin is tuple:
        return tuple(_decode(get_args(kind)[0], item, template) for item in data)
    if origin is not None and issubclass(origin, Mapping):
        item_kind = get_args(kind)[1]
        return MappingProxyType({key: _decode(item_kind, item, template) for key, item in data.items()})
    if dataclasses.is_dataclass(kind):
        return _decode_fields(kind, data, template)
    return _decode_scalar(kind, data, template)


def _decode_fields(kind: Any, data: Any, template: bool) -> Any:
    if kind is Section:
        text = {key: value for key, value in data.items() if key != "not_applicable"}
        return Section(text=text, not_applicable=dict(data.get("not_applicable", {})))
    if isinstance(data, str):
        data = {SHORT_FORMS[kind]: data}
    if kind is PlanIndicator and "action_area" in data:
        data = {**data, "action_areas": [data["action_area"], *data.get("action_areas", ())]}
        del data["action_area"]
    fields = field_types(kind)
    return kind(**{name: _decode(fields[name], value, template) for name, value in data.items()})


def _decode_scalar(kind: Any, data: Any, template: bool) -> Any:
    if kind is Decimal:
        return Decimal(str(data))
    if kind is datetime:
        return datetime.fromisoformat(data)
    if kind is date:
        if template and _DAY_NUMBER.fullmatch(str(data)):
            return TEMPLATE_FIRST_DAY + timedelta(days=int(data) - 1)
        return date.fromisoformat(data)
    if kind is time:
        return time.fromisoformat(data)
    return data


def _decode_code(code: str, role: str) -> str:
    if role == "party":
        return catalogue().party_code(code)
    party, dash, rest = code.partition("-")
    return f"{catalogue().party_code(party)}{dash}{rest}" if role == "unit" else code
