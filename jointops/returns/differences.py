"""What changed from one content of a return to another, figure by figure; a plain function over canonical content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["added", "removed", "changed"]

_FIGURE_KEY = ("indicator", "category", "action_area", "phase", "scope")


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. ``of`` says what it is in: a value, an incident (``reference``), the narrative or the nil mark.

    ``entry`` is the value or incident as it stands in the content that has it, ``field`` the part of an incident
    that changed. ``before`` and ``after`` are texts, ``None`` where there was or is nothing.
    """

    kind: Kind
    of: Literal["value", "incident", "narrative", "nil"]
    entry: Mapping[str, Any]
    field: str
    before: str | None
    after: str | None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what changed from ``before`` to ``after``, both as ``rules.content`` makes them."""
    found: list[Difference] = []
    if bool(before.get("nil")) != bool(after.get("nil")):
        found.append(Difference("changed", "nil", {}, "", _yes(before), _yes(after)))
    old = {_key(value): value for value in before.get("values", ())}
    new = {_key(value): value for value in after.get("values", ())}
    for key in _in_order(old, new):
        found += _entry("value", old.get(key), new.get(key), "quantity", _amount)
    old = {(incident["reference"],): incident for incident in before.get("incidents", ())}
    new = {(incident["reference"],): incident for incident in after.get("incidents", ())}
    for key in _in_order(old, new):
        found += _incident(old.get(key), new.get(key))
    if before.get("narrative", "") != after.get("narrative", ""):
        texts = before.get("narrative") or None, after.get("narrative") or None
        found.append(Difference(_kind(*texts), "narrative", {}, "", *texts))
    return found


def _key(value: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(value.get(name, "") for name in _FIGURE_KEY)


def _in_order(
    old: Mapping[tuple[str, ...], Any], new: Mapping[tuple[str, ...], Any]
) -> list[tuple[str, ...]]:
    return sorted(old.keys() | new.keys())


def _entry(of: Any, old: Any, new: Any, field: str, text: Any) -> list[Difference]:
    before = None if old is None else text(old)
    after = None if new is None else text(new)
    return [] if before == after else [Difference(_kind(before, after), of, new or old, field, before, after)]


def _incident(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Difference]:
    if old is None or new is None:
        return _entry("incident", old, new, "", _amount)
    found = _entry("incident", old, new, "quantity", _amount)
    names = (
        "indicator",
        "category",
        "action_area",
        "phase",
        "scope",
        "joint_with",
        "at",
        "place",
        "description",
    )
    for name in names:
        before, after = _text(old.get(name)), _text(new.get(name))
        if before != after:
            found.append(Difference(_kind(before, after), "incident", new, name, before, after))
    return found


def _kind(before: str | None, after: str | None) -> Kind:
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def _amount(entry: Mapping[str, Any]) -> str:
    unit = entry.get("unit")
    return f"{entry['quantity']} {unit}" if unit else str(entry["quantity"])


def _text(value: Any) -> str | None:
    if not value:
        return None
    return ", ".join(value) if isinstance(value, list) else str(value)


def _yes(content: Mapping[str, Any]) -> str:
    return "nil" if content.get("nil") else "–"
