"""What changed between two plans, by section, in words of the plan rather than of its file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jointops.operations.plancodec import encode
from jointops.operations.plandoc import PlanDocument

_KEYS = (
    ("code",),
    ("party",),
    ("party", "role"),
    ("indicator",),
    ("title",),
    ("kind",),
    ("kind", "action_area"),
    ("source",),
    ("source", "party"),
    ("since", "until"),
)
"""What tells the entries of a list apart: the first of these that names each of them differently."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: ``kind`` is added, removed or changed.

    ``section`` is the top-level key of the plan; ``path`` leads to the value, with entries of lists named by their
    code, as in ``/tasks/T1/title/en``; ``before`` and ``after`` are plain data, None where there is nothing.
    """

    section: str
    kind: str
    path: str
    before: Any
    after: Any


def diff(before: PlanDocument, after: PlanDocument) -> list[Change]:
    """Return the changes from one plan to the other, in the order of the plan's sections."""
    return differences(encode(before), encode(after))


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], without: Collection[str] = ()
) -> list[Change]:
    """Return the changes from the plain data of one plan to those of the other; not in the keys ``without``."""
    order = [
        name
        for name in PlanDocument.__dataclass_fields__
        if (name in old or name in new) and name not in without
    ]
    return [
        Change(section, kind, path, was, becomes)
        for section in order
        for kind, path, was, becomes in _compare(old.get(section), new.get(section), f"/{section}")
    ]


def _compare(old: Any, new: Any, path: str) -> Iterator[tuple[str, str, Any, Any]]:
    if old == new:
        return
    if old is None or new is None:
        yield ("added" if old is None else "removed"), path, old, new
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _compare_named(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _compare_lists(old, new, path)
    else:
        yield "changed", path, old, new


def _compare_named(
    old: dict[str, Any], new: dict[str, Any], path: str
) -> Iterator[tuple[str, str, Any, Any]]:
    for name in dict.fromkeys((*old, *new)):
        yield from _compare(old.get(name), new.get(name), f"{path}/{name}")


def _compare_lists(old: list[Any], new: list[Any], path: str) -> Iterator[tuple[str, str, Any, Any]]:
    names = next((found for keys in _KEYS if (found := _named(old, new, keys)) is not None), None)
    if names is None:
        yield "changed", path, old, new
        return
    old_named, new_named = names
    yield from _compare_named(old_named, new_named, path)
    # What both lists have may stand in another order.
    before = [name for name in old_named if name in new_named]
    after = [name for name in new_named if name in old_named]
    if before != after:
        yield "changed", path, before, after


def _named(
    old: list[Any], new: list[Any], keys: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the entries of both lists by what ``keys`` say of them; None unless that tells all of them apart."""
    found = []
    for items in (old, new):
        named = {_name(item, keys): item for item in items}
        if None in named or len(named) != len(items):
            return None
        found.append({str(name): item for name, item in named.items()})
    return found[0], found[1]


def _name(item: Any, keys: tuple[str, ...]) -> str | None:
    if not isinstance(item, dict):
        return item if isinstance(item, str) else None
    said = [item[key] for key in keys if isinstance(item.get(key), str)]
    return " ".join(said) if said and keys[0] in item else None
