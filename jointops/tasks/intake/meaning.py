"""What one row of a file says of a task, laid over what the task says now."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from jointops.kernel.i18n import _
from jointops.kernel.types import quantity_text
from jointops.operations.models import Operation
from jointops.operations.plandoc import TaskResource
from jointops.reference.catalogue import catalogue
from jointops.tasks.book import TaskInput
from jointops.tasks.checking import tidied
from jointops.tasks.intake import columns
from jointops.tasks.intake.reading import Row

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?\s*(?:-|–|—|to|à)\s*([0-9]{1,2}):([0-9]{2})(?::00)?")
_RESOURCE = re.compile(r"([a-z][a-z-]*)\s*[:=×]?\s*([0-9]{1,7})|([0-9]{1,7})\s*[×x]?\s*([a-z][a-z-]*)")

PLACE = {"place_kind": "kind", "place_name": "name", "country": "country", "lat": "lat", "lon": "lon"}

USUAL_KIND = "other"
"""The type of a task, and the kind of a place, that a row does not name."""


def said(row: Row, operation: Operation, now: TaskInput | None) -> TaskInput:
    """Return what a row says; what it has no column for stays as it is ``now``, an empty cell means nothing.

    What cannot be read is noted in the row and left as it is. Where the row says the same as the task does, only
    written otherwise (the order of codes, the end of a line), the task's way of writing is kept.
    """
    base = now or TaskInput(
        title={}, starts_on=operation.starts_on, ends_on=operation.ends_on, units=(), kind=USUAL_KIND
    )
    fields: dict[str, Any] = {}
    for name, read in _FIELDS.items():
        if name in row.columns:
            fields |= read(row, base, operation)
    for word, field in (("title", "title"), ("description", "instructions")):
        texts = {
            language: row.text(name)
            for name in row.columns
            for plain, language in [columns.split(name)]
            if plain == word
        }
        if texts:
            fields[field] = {**getattr(base, field), **texts}
    place = {key: row.text(name) for name, key in PLACE.items() if name in row.columns}
    if place:
        fields["place"] = _place(row, base, place)
    return _as_now(tidied(replace(base, code=row.text("code") or base.code, **fields)), base)


def codes(text: str) -> tuple[str, ...]:
    """Return the codes in a cell, parted by commas, semicolons, spaces or lines."""
    return tuple(code for code in re.split(r"[,;\s]+", text) if code)


_Read = Callable[[Row, TaskInput, Operation], dict[str, Any]]


def _kind(row: Row, base: TaskInput, operation: Operation) -> dict[str, Any]:
    # A task made by hand may have no type.
    unsaid = base.kind if base.kind in {"", USUAL_KIND} else USUAL_KIND
    return {"kind": row.text("type") or unsaid}


def _area(row: Row, base: TaskInput, operation: Operation) -> dict[str, Any]:
    return {"action_area": row.text("action_area") or None}


def _units(row: Row, base: TaskInput, operation: Operation) -> dict[str, Any]:
    return {"units": tuple(map(_unit_code, codes(row.text("units"))))}


def _lead(row: Row, base: TaskInput, operation: Operation) -> dict[str, Any]:
    return {"lead": _unit_code(row.text("lead")) or None}


def _unit_code(code: str) -> str:
    party, dash, rest = code.partition("-")
    return f"{catalogue().party_code(party)}{dash}{rest}" if dash else code


def _days(name: str, field: str) -> _Read:
    def read(row: Row, base: TaskInput, operation: Operation) -> dict[str, Any]:
        value = row.values.get(name)
        if value is None or row.text(name) == "":
            return {field: getattr(operation, field)}
        day = _day(value)
        if day is None:
            message = _("This is not a day. Write it as year-month-day, such as 2027-05-03.")
            row.refuse(name, "not-a-day", message, (f"{operation.first_day} … {operation.last_day}",))
            return {}
        return {field: day}

    return read


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else None
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _ISO_DAY.fullmatch(value.strip()):
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


def _hours(row: Row, base: TaskInput, operation: Operation) -> dict[str, Any]:
    text = row.text("hours")
    if not text:
        return {"hours": None}
    match = _HOURS.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[3]) > 23 or int(match[2]) > 59 or int(match[4]) > 59:
        message = _("Write the hours from when until when, such as 06:00-14:00.")
        row.refuse("hours", "bad-hours", message, ("06:00-14:00",))
        return {}
    return {
        "hours": {
            "since": f"{int(match[1]):02}:{match[2]}",
            "until": f"{int(match[3]):02}:{match[4]}",
        }
    }


def _authorities(row: Row, base: TaskInput, operation: Operation) -> dict[str, Any]:
    return {"authorities": codes(row.text("authorities"))}


def _resources(row: Row, base: TaskInput, operation: Operation) -> dict[str, Any]:
    found = []
    for part in re.split(r"[,;\n]+", row.text("resources")):
        if not part.strip():
            continue
        match = _RESOURCE.fullmatch(part.strip().lower())
        if match is None:
            message = _("Write the kind and how many, such as officers: 4, vehicles: 2.")
            kinds = tuple(f"{kind}: 1" for kind in catalogue().contribution_kinds)
            row.refuse("resources", "bad-resource", message, kinds)
            return {}
        found.append(TaskResource(kind=match[1] or match[4], quantity=int(match[2] or match[3])))
    return {"resources": tuple(found)}


def _waits(row: Row, base: TaskInput, operation: Operation) -> dict[str, Any]:
    return {"depends_on": codes(row.text("depends_on"))}


def _mandatory(row: Row, base: TaskInput, operation: Operation) -> dict[str, Any]:
    text = row.text("mandatory").lower()
    if text not in columns.YES | columns.NO:
        message = _("Write yes where the task is mandatory, else nothing.")
        row.refuse("mandatory", "not-yes-or-no", message, ("yes", "no"))
        return {}
    return {"mandatory": text in columns.YES}


_FIELDS: Mapping[str, _Read] = {
    "type": _kind,
    "action_area": _area,
    "units": _units,
    "lead": _lead,
    "first_day": _days("first_day", "starts_on"),
    "last_day": _days("last_day", "ends_on"),
    "hours": _hours,
    "authorities": _authorities,
    "resources": _resources,
    "depends_on": _waits,
    "mandatory": _mandatory,
}


def _place(row: Row, base: TaskInput, given: Mapping[str, str]) -> dict[str, str] | None:
    place = {**(base.place or {}), **given}
    for name in ("lat", "lon"):
        if given.get(name):
            place[name] = _degrees(given[name])
    place = {key: value for key, value in place.items() if value}
    if place and "kind" not in place:
        place["kind"] = USUAL_KIND
    return place or None


def _degrees(text: str) -> str:
    """Return degrees the one way they are kept; what is no number stays as it is, to be refused with its place."""
    try:
        value = Decimal(text.replace(",", "."))
        return quantity_text(value) if value.is_finite() else text
    except InvalidOperation:
        return text


def _as_now(given: TaskInput, base: TaskInput) -> TaskInput:
    """Return ``given`` with the task's own way of writing what is the same."""
    kept: dict[str, Any] = {}
    for name in ("units", "authorities", "depends_on"):
        mine, theirs = getattr(given, name), getattr(base, name)
        if mine != theirs and sorted(mine) == sorted(theirs):
            kept[name] = theirs
    if sorted(given.resources, key=repr) == sorted(base.resources, key=repr):
        kept["resources"] = base.resources
    for name in ("title", "instructions"):
        mine, theirs = getattr(given, name), getattr(base, name)
        kept[name] = {
            language: theirs[language] if _plain(theirs.get(language, "")) == _plain(text) else text
            for language, text in mine.items()
        }
    if given.place and base.place:
        kept["place"] = {
            key: base.place[key] if _same(value, base.place.get(key)) else value
            for key, value in given.place.items()
        }
    return replace(given, **kept)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _same(one: object, other: object) -> bool:
    if one == other or _plain(str(one)) == _plain(str(other or "")):
        return True
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except InvalidOperation:
        return False
