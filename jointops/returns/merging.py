"""Bringing two changes of one return together, field by field: plain functions over canonical content.

``base`` is what both started from, ``mine`` what somebody wants to send, ``theirs`` what is on record meanwhile; all
three as ``rules.content`` makes them, an empty mapping where there is none. Only what both changed, and changed
differently, is a conflict; everything else is settled by itself, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from jointops.kernel.types import canonical_json

Content = Mapping[str, Any]
Choice = Literal["base", "mine", "theirs"]
CHOICES: tuple[Choice, ...] = ("base", "mine", "theirs")

_VALUE_KEY = ("indicator", "category", "action_area", "phase", "scope")
_INCIDENT_KEY = ("reference",)

_FIGURE = "quantity"
"""The field of an entry that holds its quantity with its unit: 3 t and 3 kg differ though both say 3."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What in a return something is about.

    ``of`` is ``whole`` (the return or its withdrawal), ``nil``, ``narrative``, ``value``, ``incident``,
    ``attachment`` or ``explanation``; ``key`` names the entry there; ``field`` the part of the entry, empty for all of
    it.
    """

    of: str
    key: tuple[str, ...] = ()
    field: str = ""

    @property
    def name(self) -> str:
        """The place as one text, for the field of a form: ``value/persons-arrested,drugs,,,/quantity``."""
        return "/".join((self.of, ",".join(self.key), self.field))


@dataclass(frozen=True, slots=True)
class Change:
    """What stands at one place in the three contents; ``None`` where there is nothing.

    At the place ``nil`` of a conflict stand all figures with the mark: nothing to report against figures.
    """

    place: Place
    base: Any
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """Two changes brought together.

    ``content`` is the result, with ``mine`` where there is a conflict. ``kept`` are the changes that only mine has,
    ``taken`` those that only theirs has.
    """

    content: dict[str, Any]
    conflicts: tuple[Change, ...]
    kept: tuple[Change, ...]
    taken: tuple[Change, ...]


@dataclass
class _Settling:
    """Settles one place after another, and remembers how."""

    choices: Mapping[str, Choice]
    conflicts: list[Change] = field(default_factory=list)
    kept: list[Change] = field(default_factory=list)
    taken: list[Change] = field(default_factory=list)

    def settle(self, place: Place, base: Any, mine: Any, theirs: Any) -> Any:
        """Return what stands at a place after the merge."""
        if mine == theirs:
            return mine
        change = Change(place, base, mine, theirs)
        if mine == base:
            self.taken.append(change)
            return theirs
        if theirs == base:
            self.kept.append(change)
            return mine
        return self.decide(change)

    def decide(self, change: Change) -> Any:
        """Return what was chosen for a conflict."""
        self.conflicts.append(change)
        return getattr(change, self.choices.get(change.place.name, "mine"))

    def merged(self, content: dict[str, Any]) -> Merged:
        return Merged(content, tuple(self.conflicts), tuple(self.kept), tuple(self.taken))


def merge(
    base: Content, mine: Content, theirs: Content, choices: Mapping[str, Choice] | None = None
) -> Merged:
    """Bring ``mine`` and ``theirs`` together; ``choices`` settles conflicts by the names of their places."""
    work = _Settling(choices or {})
    if any(content.get("withdrawn") for content in (base, mine, theirs)):
        # A withdrawn return has no fields: it stands against the other as a whole.
        return work.merged(dict(work.settle(Place("whole"), dict(base), dict(mine), dict(theirs))))
    three = (base, mine, theirs)
    if _contradict(*three):
        chosen = work.decide(Change(Place("nil"), *(_figures(content) for content in three)))
        values, incidents, nil = list(chosen["values"]), list(chosen["incidents"]), chosen["nil"]
    else:
        values = _entries(work, "value", *(_by_key(content, "values", _VALUE_KEY) for content in three))
        incidents = _entries(
            work, "incident", *(_by_key(content, "incidents", _INCIDENT_KEY) for content in three)
        )
        nil = work.settle(Place("nil"), *(bool(content.get("nil")) for content in three))
    narrative = work.settle(Place("narrative"), *(content.get("narrative", "") for content in three))
    said: dict[str, Any] = {
        "values": sorted(values, key=_order),
        "incidents": sorted(incidents, key=lambda entry: str(entry["reference"])),
        "narrative": narrative,
        "nil": nil,
    }
    attachments = _settled_all(
        work, "attachment", *(dict.fromkeys(content.get("attachments", ()), True) for content in three)
    )
    explanations = _settled_all(work, "explanation", *(content.get("explanations", {}) for content in three))
    if attachments:
        said["attachments"] = sorted(attachments)
    if explanations:
        said["explanations"] = explanations
    return work.merged(said)


def changes(before: Content, after: Content) -> tuple[Change, ...]:
    """Return every place where two contents differ; ``mine`` is what stands there after."""
    return merge(before, after, before).kept


def _contradict(base: Content, mine: Content, theirs: Content) -> bool:
    """Whether one side says that there was nothing to report while the other changed its figures."""
    if base.get("nil") or bool(mine.get("nil")) == bool(theirs.get("nil")):
        return False
    other = theirs if mine.get("nil") else mine
    return _figures(other) != _figures(base)


def _figures(content: Content) -> dict[str, Any]:
    return {
        "values": list(content.get("values", ())),
        "incidents": list(content.get("incidents", ())),
        "nil": bool(content.get("nil")),
    }


# --- Entries ---------------------------------------------------------------------------------------------------------


def _by_key(content: Content, name: str, key: Sequence[str]) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return the entries by what names them; a second of the same name gets a number, so that none is lost."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for entry in content.get(name, ()):
        own = tuple(str(entry.get(part, "")) for part in key)
        named, number = own, 1
        while named in found:
            number += 1
            named = (*own, str(number))
        found[named] = dict(entry)
    return found


def _entries(
    work: _Settling,
    of: str,
    base: Mapping[tuple[str, ...], dict[str, Any]],
    mine: Mapping[tuple[str, ...], dict[str, Any]],
    theirs: Mapping[tuple[str, ...], dict[str, Any]],
) -> list[dict[str, Any]]:
    settled = []
    for key in sorted(base.keys() | mine.keys() | theirs.keys()):
        entry = _entry(work, of, key, base.get(key), mine.get(key), theirs.get(key))
        if entry is not None:
            settled.append(entry)
    return settled


def _entry(
    work: _Settling,
    of: str,
    key: tuple[str, ...],
    base: dict[str, Any] | None,
    mine: dict[str, Any] | None,
    theirs: dict[str, Any] | None,
) -> dict[str, Any] | None:
    if mine is None or theirs is None or mine == theirs:
        # There on one side only: taken out or added as a whole.
        whole: dict[str, Any] | None = work.settle(Place(of, key), base, mine, theirs)
        return whole
    three = [_fields(entry or {}) for entry in (base, mine, theirs)]
    settled: dict[str, Any] = {}
    for name in sorted({name for fields in three for name in fields}):
        value = work.settle(Place(of, key, name), *(fields.get(name) for fields in three))
        if value is not None:
            settled.update(value if name == _FIGURE else {name: value})
    return settled


def _fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of an entry that change on their own."""
    figure = {name: entry[name] for name in ("quantity", "unit") if name in entry}
    rest = {name: value for name, value in entry.items() if name not in figure}
    return {**rest, **({_FIGURE: figure} if figure else {})}


def _settled_all(
    work: _Settling, of: str, base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> dict[str, Any]:
    settled = {}
    for name in sorted(base.keys() | mine.keys() | theirs.keys()):
        value = work.settle(Place(of, (name,)), base.get(name), mine.get(name), theirs.get(name))
        if value is not None:
            settled[name] = value
    return settled


_IN_ORDER = ("indicator", "action_area", "category", "phase", "scope", "unit", "quantity")


def _order(entry: Mapping[str, Any]) -> list[str]:
    """Sort values as ``rules.content`` does, and those it leaves alike by all they say."""
    return [str(entry.get(name, "")) for name in _IN_ORDER] + [canonical_json(dict(entry))]
