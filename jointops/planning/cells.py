"""A section's form as text: from a plan's plain data to the cells of its fields, and from what was typed back.

A *cell* is one field: its name is the JSON pointer of its value in the plain data, its content text. In a list, entries
keep the places they have in the version that the form was made from; a new one gets a place behind them, and one that
is taken out keeps its place and gets the mark ``/@remove``. Another order of a list is one cell, ``/@order``,
with the places in their new order, runs of them short: ``0-3,5,4``. Who takes part is a grid of ticks with names of
their own: ``/participants/@RO`` and, for each authority, ``/participants/@RO/police``.

What is kept of a form is only what differs from the version below it (:func:`changes`). So a form that is sent back as
it was changes nothing, and what others changed elsewhere stays.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from jointops.kernel import clock
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.planning.ordering import ordered, places_in, runs
from jointops.planning.shape import REASON, Form, Leaf, Outline, Path, Rows
from jointops.reference.catalogue import catalogue

Data = Mapping[str, Any]
Cells = Mapping[str, str]

REMOVE = "@remove"

ORDER = "@order"

MOST_NEW_ROWS = 500
"""How many entries one list may get between two versions; more are brought in by a file."""

PARTIES = "participants"

ZONE = "/time_zone"

_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
_PLACE = re.compile(r"0|[1-9][0-9]{0,5}", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell belongs: the leaf it is of, the whole path to the value, and what follows (a language, an end)."""

    leaf: Leaf | None
    path: Path
    rest: Path = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """Plain data with a form's cells put in.

    ``places`` says for each list (by the pointer that it has in the form) which places of the form its entries come
    from; ``problems`` is what could not be put in at all, with pointers into the form.
    """

    data: dict[str, Any]
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)
    problems: Sequence[Problem] = ()

    def in_form(self, pointer: str) -> str:
        """Return the pointer in the form for ``pointer`` into the data."""
        walked = ""
        for token in tokens_of(pointer):
            kept = self.places.get(walked)
            if kept is not None and _PLACE.fullmatch(token) and int(token) < len(kept):
                token = str(kept[int(token)])
            walked = f"{walked}/{escaped(token)}"
        return walked


def tokens_of(pointer: str) -> Path:
    """Return the steps of a JSON pointer."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def escaped(token: str) -> str:
    """Write a key as a step of a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def pointer_of(path: Iterable[str]) -> str:
    """Write a path as a JSON pointer."""
    return "".join(f"/{escaped(step)}" for step in path)


def ticks() -> list[str]:
    """Return the names of all ticks of the grid: whom to invite, and of countries and partners their authorities."""
    found = []
    for code, party in catalogue().parties.items():
        here = f"/{PARTIES}/@{code}"
        found.append(here)
        if party.kind != "agency":
            found += [f"{here}/{authority}" for authority in catalogue().authority_types]
    return found


# --- From a plan to its cells --------------------------------------------------------------------------------------


def cells_of(outline: Outline, data: Data) -> dict[str, str]:
    """Return every cell of a section that has something in it, in all languages."""
    zone = _zone(data.get("time_zone"))
    cells = {name: text for root in outline.roots for name, text in _cells(root, data, "", zone) if text}
    if any(isinstance(root, Rows) and root.path == (PARTIES,) for root in outline.roots):
        cells.update(_ticks(data))
    return cells


def dig(data: Any, path: Path) -> Any:
    """Return the value at ``path``, None where there is nothing."""
    for step in path:
        if not isinstance(data, Mapping):
            return None
        data = data.get(step)
    return data


def expanded(rows: Rows, items: Any) -> list[dict[str, Any]]:
    """Return the entries of a list with short forms written out."""
    return [{rows.short: item} if isinstance(item, str) else item for item in items or ()]


def _zone(name: Any) -> tzinfo:
    try:
        return ZoneInfo(str(name))
    except (ValueError, OSError):
        return UTC


def _cells(node: Leaf | Rows, data: Any, pointer: str, zone: tzinfo) -> Iterator[tuple[str, str]]:
    value = dig(data, node.path)
    here = pointer + pointer_of(node.path)
    if isinstance(node, Rows):
        for place, row in enumerate(expanded(node, value)):
            for column in node.columns:
                yield from _cells(column, row, f"{here}/{place}", zone)
    elif value is not None:
        yield from _texts(node, value, here, zone)
    elif node.default:
        yield here, node.default


def _texts(leaf: Leaf, value: Any, here: str, zone: tzinfo) -> Iterator[tuple[str, str]]:
    match leaf.form:
        case Form.TEXTS:
            yield from (
                (f"{here}/{language}", text) for language, text in value.items() if language != REASON
            )
        case Form.WINDOW:
            yield from ((f"{here}/{end}", str(day)) for end, day in enumerate(value))
        case Form.CODES | Form.DAYS:
            yield here, ", ".join(str(item) for item in value)
        case Form.FLAG:
            yield here, "true" if value else ""
        case Form.YES:
            yield here, "true" if value else "false"
        case Form.INSTANT:
            yield here, _local(str(value), zone)
        case _:
            yield here, str(value)


def _local(text: str, zone: tzinfo) -> str:
    """Return an instant as day and time in ``zone``; what is none as it is."""
    try:
        local = datetime.fromisoformat(text).astimezone(zone)
    except (ValueError, OverflowError):
        return text
    return local.strftime("%Y-%m-%dT%H:%M:%S").removesuffix(":00")


def _ticks(data: Data) -> dict[str, str]:
    ticks = {}
    for participant in data.get(PARTIES, ()):
        here = f"/{PARTIES}/@{participant['party']}"
        ticks[here] = "true"
        ticks.update((f"{here}/{unit['authority']}", "true") for unit in participant.get("units", ()))
    return ticks


# --- What a form changes -------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """Return typed text as it is compared and kept: lines end in one character, nothing blank around it."""
    return text.replace("\r\n", "\n").strip()


def locate(outline: Outline, pointer: str) -> Place | None:
    """Return where a cell belongs in the section; None for one that the section does not have."""
    tokens = tokens_of(pointer)
    if tokens[:1] == (PARTIES,) and len(tokens) in {2, 3} and tokens[1].startswith("@"):
        return _tick_place(outline, tokens)
    # The reason lies inside the section's texts, so the longest path is tried first.
    for root in sorted(outline.roots, key=lambda root: -len(root.path)):
        place = _descend(root, tokens, ())
        if place is not None:
            return place
    return None


def _tick_place(outline: Outline, tokens: Path) -> Place | None:
    known = catalogue()
    if (
        any(isinstance(root, Rows) and root.path == (PARTIES,) for root in outline.roots)
        and tokens[1][1:] in known.parties
        and (len(tokens) == 2 or tokens[2] in known.authority_types)
    ):
        return Place(None, tokens)
    return None


def _descend(node: Leaf | Rows, tokens: Path, walked: Path) -> Place | None:
    length = len(node.path)
    if tokens[:length] != node.path:
        return None
    rest, walked = tokens[length:], walked + node.path
    if isinstance(node, Leaf):
        return Place(node, walked, rest) if _fits(node, rest) else None
    if rest == (ORDER,):
        return Place(None, walked, rest)
    if len(rest) < 2 or not _PLACE.fullmatch(rest[0]):
        return None
    if rest[1:] == (REMOVE,):
        return Place(None, (*walked, rest[0]), (REMOVE,))
    found = (_descend(column, rest[1:], (*walked, rest[0])) for column in node.columns)
    return next((place for place in found if place is not None), None)


def _fits(leaf: Leaf, rest: Path) -> bool:
    if leaf.form is Form.TEXTS:
        return len(rest) == 1 and _LANGUAGE.fullmatch(rest[0]) is not None
    if leaf.form is Form.WINDOW:
        return rest in {("0",), ("1",)}
    return rest == ()


def changes(outline: Outline, base: Cells, sent: Cells, before: Cells | None = None) -> dict[str, str]:
    """Return what a form that was sent changes in the version below it, as it was typed.

    ``base`` are the cells of that version, ``before`` what had been changed already: cells that are not in the form
    (other languages, further pages) stay as they were. Cells that the section does not have are left out.
    """
    changed = {name: text for name, text in (before or {}).items() if name not in sent}
    for name, text in sent.items():
        place = locate(outline, name)
        if place is not None and not _same(place, text, base.get(name, "")):
            changed[name] = text.replace("\r\n", "\n")
    gone = {name.removesuffix(f"/{REMOVE}") for name in changed if name.endswith(f"/{REMOVE}")}
    known = {name.rpartition("/")[0] for name in base}
    new = {row for row in gone if not any(name == row or name.startswith(f"{row}/") for name in known)}
    return {
        name: text for name, text in changed.items() if not any(name.startswith(f"{row}/") for row in new)
    }


def _same(place: Place, typed: str, kept: str) -> bool:
    if place.rest == (ORDER,):
        places = places_in(typed)
        return places == sorted(places)
    if place.leaf is not None and place.leaf.form is Form.CODES:
        return sorted(codes_in(typed)) == sorted(codes_in(kept))
    return clean(typed) == clean(kept)


def codes_in(text: str) -> list[str]:
    """Return the codes in a list as people type it: with commas, semicolons or spaces between."""
    return list(dict.fromkeys(part for part in re.split(r"[,;\s]+", text) if part))


# --- From cells to a plan ------------------------------------------------------------------------------------------


def apply(outlines: Iterable[Outline], data: Data, cells: Cells) -> Applied:
    """Return the plain data of a plan with the changed cells of these sections put in; ``data`` stays as it is."""
    return _Applying(tuple(outlines), data).put(cells)


class _Applying:
    """Holds the data that are changed, and what becomes of the places in their lists."""

    def __init__(self, outlines: Sequence[Outline], data: Data) -> None:
        self.outlines = outlines
        self.data: dict[str, Any] = dict(data)
        self.lists = {root.path: root for o in outlines for root in o.roots if isinstance(root, Rows)}
        self.zone = _zone(data.get("time_zone"))
        self.orders: dict[Path, str] = {}
        self.lengths: dict[str, int] = {}
        self.removed: set[Path] = set()
        self.places: dict[str, list[int]] = {}
        self.problems: list[Problem] = []

    def put(self, cells: Cells) -> Applied:
        if ZONE in cells:
            self.zone = _zone(clean(cells[ZONE]))
        located = [(name, self._locate(name), text) for name, text in cells.items()]
        for top in {place.path[0] for _name, place, _text in located if place is not None}:
            if top in self.data:
                self.data[top] = copy.deepcopy(self.data[top])
        for rows in self.lists.values():
            self._expand(rows, self.data, "")
        ticks: dict[Path, str] = {}
        for name, place, text in located:
            if place is None:
                message = _("There is no field “${name}” in this section.", mapping={"name": name[:80]})
                self.problems.append(Problem("unknown-field", message, name))
            elif place.rest == (REMOVE,):
                if clean(text):
                    self.removed.add(place.path)
            elif place.rest == (ORDER,):
                self.orders[place.path] = text
            elif place.leaf is None:
                ticks[place.path] = clean(text)
            else:
                self._set(name, place.leaf, place.path, place.rest, clean(text))
        self._tick(ticks)
        for rows in self.lists.values():
            self._close(rows, self.data, "")
        return Applied(self.data, self.places, tuple(self.problems))

    def _locate(self, name: str) -> Place | None:
        found = (locate(outline, name) for outline in self.outlines)
        return next((place for place in found if place is not None), None)

    def _expand(self, rows: Rows, owner: Any, pointer: str) -> None:
        items = dig(owner, rows.path)
        here = pointer + pointer_of(rows.path)
        self.lengths[here] = len(items or ())
        if not isinstance(items, list):
            return
        if any(isinstance(item, str) for item in items):
            items[:] = expanded(rows, items)
        nested = [column for column in rows.columns if isinstance(column, Rows)]
        if nested:
            for place, item in enumerate(items):
                for column in nested:
                    self._expand(column, item, f"{here}/{place}")

    def _set(self, name: str, leaf: Leaf, path: Path, rest: Path, text: str) -> None:
        container = self._container(name, path[:-1])
        if container is None:
            return
        key, before = path[-1], container.get(path[-1])
        kept = {} if before is None else dict(_texts(leaf, before, pointer_of(path), self.zone))
        if before is not None and clean(kept.get(name, "")) == text:
            return
        match leaf.form:
            case Form.TEXTS:
                value: Any = {**(before or {}), rest[0]: text}
                value = {language: words for language, words in value.items() if words}
            case Form.WINDOW:
                ends = [*(str(day) for day in before or ()), "", ""][:2]
                ends[int(rest[0])] = text
                value = [end for end in ends if end]
            case _:
                value = _value(leaf.form, text, self.zone)
        # Zero is a value, and so is a no where nothing means yes.
        said = isinstance(value, int) and (leaf.form is Form.YES or not isinstance(value, bool))
        if not value and not said:
            container.pop(key, None)
            self._tidy(path[:-1])
        else:
            container[key] = value

    def _container(self, name: str, path: Path) -> dict[str, Any] | None:
        """Return the mapping at ``path``, made where it is missing."""
        here: Any = self.data
        walked = ""
        for n, step in enumerate(path):
            walked = f"{walked}/{escaped(step)}"
            inside = path[n + 1] if n + 1 < len(path) else ""
            if isinstance(here, list):
                place = int(step)
                if place > self.lengths.get(walked.rpartition("/")[0], 0) + MOST_NEW_ROWS:
                    message = _("More than ${limit} new entries: bring them in as a plan file.")
                    self.problems.append(Problem("too-many", message % {"limit": MOST_NEW_ROWS}, name))
                    return None
                here.extend({} for _more in range(place + 1 - len(here)))
                here = here[place]
            else:
                if not isinstance(here.get(step), (dict, list)):
                    here[step] = [] if _PLACE.fullmatch(inside) else {}
                here = here[step]
        return here if isinstance(here, dict) else None

    def _tidy(self, path: Path) -> None:
        """Take out mappings that have nothing in them any more; entries of lists stay."""
        chain: list[tuple[Any, str]] = []
        here: Any = self.data
        for step in path:
            chain.append((here, step))
            here = here[int(step)] if isinstance(here, list) else here.get(step)
            if here is None:
                return
        for owner, step in reversed(chain):
            if isinstance(owner, list) or owner.get(step) != {}:
                return
            del owner[step]

    def _tick(self, ticks: Mapping[Path, str]) -> None:
        """Invite parties and take them out, with the authorities that are ticked."""
        types = catalogue().authority_types
        for party in dict.fromkeys(path[1][1:] for path in ticks):
            invited = ticks.get((PARTIES, f"@{party}"))
            chosen = {path[2]: bool(on) for path, on in ticks.items() if path[1] == f"@{party}" and path[2:]}
            rows = self.data.setdefault(PARTIES, [])
            place = next((n for n, row in enumerate(rows) if row.get("party") == party), None)
            if invited == "" and not any(chosen.values()):
                if place is not None:
                    self.removed.add((PARTIES, str(place)))
                continue
            if place is None:
                rows.append({"party": party})
                place = len(rows) - 1
            self.removed.discard((PARTIES, str(place)))
            units = rows[place].get("units", [])
            for n, unit in enumerate(units):
                if chosen.get(unit.get("authority")) is False:
                    self.removed.add((PARTIES, str(place), "units", str(n)))
            there = {unit.get("authority") for unit in units}
            new = [
                {"code": f"{party.upper()}-{types[code].unit_suffix}", "authority": code}
                for code in types
                if chosen.get(code) and code not in there
            ]
            if new:
                rows[place]["units"] = [*units, *new]

    def _close(self, rows: Rows, owner: Any, pointer: str, form: Path = ()) -> None:
        """Take out the entries that are marked, and new ones without anything in them."""
        items = dig(owner, rows.path)
        here = pointer + pointer_of(rows.path)
        if not isinstance(items, list):
            return
        path = form + rows.path
        for place, item in enumerate(items):
            for column in rows.columns:
                if isinstance(column, Rows) and isinstance(item, dict):
                    self._close(column, item, f"{here}/{place}", (*path, str(place)))
        old = self.lengths.get(here, 0)
        kept = [
            place
            for place, item in enumerate(items)
            if (*path, str(place)) not in self.removed and (place < old or item != {})
        ]
        kept = ordered(self.orders.get(path, ""), kept, old)
        if kept == list(range(len(items))):
            return
        self.places[here] = kept
        items[:] = [items[place] for place in kept]
        if not items:
            holder = dig(owner, rows.path[:-1])
            if isinstance(holder, dict):
                del holder[rows.path[-1]]


def _value(form: Form, text: str, zone: tzinfo) -> Any:
    match form:
        case Form.INTEGER:
            return int(text) if _WHOLE.fullmatch(text) else text
        case Form.FLAG:
            return bool(text)
        case Form.CODES | Form.DAYS:
            return codes_in(text)
        case Form.YES:
            return {"true": True, "false": False}.get(text, text)
        case Form.INSTANT:
            return _instant(text, zone)
        case _:
            return text


def _instant(text: str, zone: tzinfo) -> str:
    """Return a day and time in ``zone`` (or with an offset of its own) as an instant; what is none as it is."""
    try:
        typed = datetime.fromisoformat(text)
        return clock.iso(typed if typed.tzinfo else typed.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return text


# --- Carrying over to a later version ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clash:
    """A cell that was changed in a later version and in the form: ``theirs`` is what the version says now."""

    name: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Carried:
    """What a form changes in a later version than the one it was made from."""

    cells: dict[str, str]
    clashes: Sequence[Clash] = ()


def carry_over(outline: Outline, cells: Cells, base: Data, latest: Data) -> Carried:
    """Return changes made in a form over ``base`` as changes over ``latest``.

    Entries of lists are known again by their codes. Where both changed the same, what was typed in the form stays and
    is named among the clashes; an entry that the later version no longer has comes back as a new one.
    """
    if base is latest:
        return Carried(dict(cells))
    was, now = cells_of(outline, base), cells_of(outline, latest)
    if was == now:
        return Carried(dict(cells))
    carrying = _Carrying(outline, base, latest)
    carried: dict[str, str] = {}
    clashes = []
    for name, text in cells.items():
        lost = carrying.lost(name)
        if lost is not None:
            if name == f"{lost}/{REMOVE}":
                continue
            for kept, words in was.items():
                if kept.startswith(f"{lost}/"):
                    carried.setdefault(carrying.moved(kept), words)
        moved = carrying.moved(name)
        place = locate(outline, moved)
        theirs, before = now.get(moved, ""), was.get(name, "")
        if place is not None and place.rest == (ORDER,):
            text, before, theirs = carrying.order(name, text)
        if place is not None and _same(place, text, theirs):
            continue
        carried[moved] = text
        if clean(theirs) != clean(before):
            clashes.append(Clash(moved, text, theirs))
    return Carried(carried, tuple(clashes))


class _Carrying:
    """Finds entries of lists again in another version."""

    def __init__(self, outline: Outline, base: Data, latest: Data) -> None:
        self.lists = {root.path: root for root in outline.roots if isinstance(root, Rows)}
        self.base = base
        self.latest = latest

    def moved(self, name: str) -> str:
        tokens = tokens_of(name)
        for path, rows in self.lists.items():
            rest = tokens[len(path) :]
            if tokens[: len(path)] == path and rest and _PLACE.fullmatch(rest[0]):
                return pointer_of((*path, *self._within(rows, rest, self.base, self.latest)))
        return name

    def lost(self, name: str) -> str | None:
        """Return the pointer of the entry (of a list of the plan itself) that the later version no longer has."""
        tokens = tokens_of(name)
        for path, rows in self.lists.items():
            rest = tokens[len(path) :]
            if tokens[: len(path)] == path and rest and _PLACE.fullmatch(rest[0]):
                old, new = (expanded(rows, dig(side, path)) for side in (self.base, self.latest))
                place = int(rest[0])
                gone = place < len(old) and _find(rows, old[place], place, new) is None
                return pointer_of((*path, rest[0])) if gone else None
        return None

    def order(self, name: str, text: str) -> tuple[str, str, str]:
        """Return an order of a list in the places of the later version, and the order that both versions give what
        they have in common, by names: before, and in the later one.
        """
        found = self._entries(tokens_of(name)[:-1])
        if found is None:
            return text, "", ""
        rows, old, new = found
        carried = [_moved_place(rows, place, old, new) for place in places_in(text)]
        there = {place: _find(rows, row, place, new) for place, row in enumerate(old)}
        common = [(now, place) for place, now in there.items() if now is not None]
        before = [_named(rows, old[place], place) for _now, place in common]
        after = [_named(rows, old[place], place) for _now, place in sorted(common)]
        return runs(carried), ", ".join(before), ", ".join(after)

    def _entries(self, path: Path) -> tuple[Rows, list[Any], list[Any]] | None:
        """Return a list with its entries in both versions, by the path that it has in the form."""
        lists: Iterable[Rows] = self.lists.values()
        base, latest = self.base, self.latest
        while True:
            rows = next((one for one in lists if path[: len(one.path)] == one.path), None)
            if rows is None:
                return None
            old, new = (expanded(rows, dig(side, rows.path)) for side in (base, latest))
            path = path[len(rows.path) :]
            if not path:
                return rows, old, new
            place = int(path[0])
            found = _find(rows, old[place], place, new) if place < len(old) else None
            if found is None:
                return None
            base, latest, path = old[place], new[found], path[1:]
            lists = [column for column in rows.columns if isinstance(column, Rows)]

    def _within(self, rows: Rows, rest: Path, base: Any, latest: Any) -> Path:
        old, new = expanded(rows, dig(base, rows.path)), expanded(rows, dig(latest, rows.path))
        place = int(rest[0])
        found = _find(rows, old[place], place, new) if place < len(old) else None
        moved = str(_moved_place(rows, place, old, new))
        for column in rows.columns:
            length = len(column.path)
            inner = rest[1 + length :]
            if (
                found is not None
                and isinstance(column, Rows)
                and rest[1 : 1 + length] == column.path
                and inner
                and _PLACE.fullmatch(inner[0])
            ):
                return (moved, *column.path, *self._within(column, inner, old[place], new[found]))
        return (moved, *rest[1:])


def _moved_place(
    rows: Rows, place: int, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> int:
    """Return the place of an entry in a later version: a new one, or one that it has no more, stands behind all."""
    if place >= len(old):
        return len(new) + place - len(old)
    found = _find(rows, old[place], place, new)
    return len(new) + place if found is None else found


def _named(rows: Rows, row: Mapping[str, Any], place: int) -> str:
    said = row.get("code") or dig(row, rows.columns[0].path)
    return said if isinstance(said, str) else str(place + 1)


def _find(rows: Rows, row: Mapping[str, Any], place: int, others: Sequence[Mapping[str, Any]]) -> int | None:
    """Return where an entry stands in another version: by its code, else its content, else its place."""
    key = "party" if rows.path == (PARTIES,) else "code"
    if key in row:
        return next((n for n, other in enumerate(others) if other.get(key) == row[key]), None)
    if row in others:
        return list(others).index(row)
    return place if place < len(others) else None
