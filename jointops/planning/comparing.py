"""Two versions of a plan side by side, section by section: what was added and taken out, which words changed.

Plain functions over plan documents; everything is in the reader's language, also what changed in another language.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jointops.kernel.i18n import LOCALES, _, label, translator
from jointops.operations import reading
from jointops.operations.plandiff import Change, differences
from jointops.operations.plandoc import PlanDocument
from jointops.operations.readiness import section_of
from jointops.operations.shown import written
from jointops.planning.cells import PARTIES, dig, expanded
from jointops.planning.ordering import displaced
from jointops.planning.shape import REASON, Fields, Form, Leaf, Outline, Path, Rows, outlines
from jointops.planning.told import Telling, is_prose

ADDED, REMOVED, CHANGED, SAME = "added", "removed", "changed", "same"

OTHER = "other"
"""The code of what stands in no section: what the file says of itself, such as that it is historical."""


Pair = tuple[int | None, int | None]
"""The places of an entry in the first list and in the second; None where it is not there."""


@dataclass(frozen=True, slots=True)
class Words:
    """A run of words that is the same on both sides, or on one of them only (added, removed)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One value that differs: its words before and after; ``prose`` where it is a text of sentences."""

    label: str
    before: Sequence[Words]
    after: Sequence[Words]
    prose: bool = False

    @property
    def old(self) -> str:
        """The whole value before."""
        return "".join(run.text for run in self.before)

    @property
    def new(self) -> str:
        """The whole value after."""
        return "".join(run.text for run in self.after)


@dataclass(frozen=True, slots=True)
class RowDiff:
    """An entry that was added, removed or changed; ``key`` is its code or name, ``name`` what it is called."""

    kind: str
    key: str
    name: str
    fields: Sequence[FieldDiff]


@dataclass(frozen=True, slots=True)
class PartDiff:
    """What differs in a part; ``count`` entries do, of which ``rows`` are told."""

    title: str
    fields: Sequence[FieldDiff] = ()
    rows: Sequence[RowDiff] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class SectionDiff:
    """What differs in a section: its text, the reason why it does not apply, its parts. Nothing of them: the same."""

    code: str
    title: str
    texts: Sequence[FieldDiff] = ()
    reasons: Sequence[FieldDiff] = ()
    parts: Sequence[PartDiff] = ()
    others: Sequence[Change] = ()

    @property
    def count(self) -> int:
        """How many values and entries differ."""
        inside = sum(len(part.fields) + part.count for part in self.parts)
        return len(self.texts) + len(self.reasons) + inside + len(self.others)


@dataclass(frozen=True, slots=True)
class Window:
    """Which entries that differ are told of each part: ``most`` of them, those of ``section`` from ``first`` on."""

    most: int
    section: str = ""
    first: int = 0


Sides = tuple[Mapping[str, Any], Mapping[str, Any]]
"""The plain data of both plans."""


def compare(
    before: PlanDocument,
    after: PlanDocument,
    locale: str,
    *,
    data: Sides | None = None,
    window: Window | None = None,
) -> list[SectionDiff]:
    """Return every section with what differs in it, and last what stands in none where that differs.

    ``data`` are the plain data of both plans, where they are known; ``window`` leaves entries out.
    """
    comparing = _Comparing(before, after, locale, data, window)
    sections = [comparing.section(outline) for outline in outlines().values()]
    lists = {
        path[0]
        for o in outlines().values()
        for piece in o.pieces
        for path in [piece.path]
        if isinstance(piece, Rows) and len(path) == 1
    }
    found = differences(comparing.before.data, comparing.after.data, lists)
    others = [change for change in found if section_of(_pointer(change)) is None]
    if others:
        title = translator(locale)(_("Beside the sections"))
        sections.append(SectionDiff(OTHER, title, others=others))
    return sections


def _pointer(change: Change) -> str:
    # Entries of lists are named by their codes there, which does not matter for where they belong.
    return change.path


def words(before: str, after: str) -> tuple[list[Words], list[Words]]:
    """Return two texts as runs of words that are the same, removed (of the first) or added (in the second)."""
    old, new = _pieces(before), _pieces(after)
    left: list[Words] = []
    right: list[Words] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            left.append(Words(SAME, "".join(old[i:j])))
            right.append(Words(SAME, "".join(new[k:m])))
            continue
        if j > i:
            left.append(Words(REMOVED, "".join(old[i:j])))
        if m > k:
            right.append(Words(ADDED, "".join(new[k:m])))
    return left, right


_MOST_WORDS = 4000
"""Longer texts are compared by their lines: nobody finds a word in them otherwise either."""


def _pieces(text: str) -> list[str]:
    pieces = re.findall(r"\S+\s*|\s+", text)
    return pieces if len(pieces) <= _MOST_WORDS else text.splitlines(keepends=True)


class _Comparing:
    """Holds both plans in words."""

    def __init__(
        self,
        before: PlanDocument,
        after: PlanDocument,
        locale: str,
        data: Sides | None,
        window: Window | None,
    ) -> None:
        old, new = data or (None, None)
        self.before = Telling(before, locale, old)
        self.after = Telling(after, locale, new)
        self.window = window
        self.locale = locale
        self.translate = translator(locale)

    def section(self, outline: Outline) -> SectionDiff:
        path = ("sections", outline.code)
        old, new = dig(self.before.data, path) or {}, dig(self.after.data, path) or {}
        text = self.translate(_("Text"))
        reason = self.translate(_("Not applicable, because"))
        return SectionDiff(
            outline.code,
            label(outline.labels, self.locale),
            texts=list(self._texts(text, _without(old), _without(new), True)),
            reasons=list(self._texts(reason, old.get(REASON, {}), new.get(REASON, {}), True)),
            parts=[
                part
                for piece in outline.pieces
                if (part := self._part(piece, outline.code)).fields or part.count
            ],
        )

    def _part(self, piece: Rows | Fields, section: str) -> PartDiff:
        title = label(piece.labels, self.locale)
        old, new = (dig(side.data, piece.path) if piece.path else side.data for side in self._sides())
        if isinstance(piece, Fields):
            fields = [field for column in piece.columns for field in self._values(column, old, new)]
            return PartDiff(title, fields)
        was, becomes = expanded(piece, old), expanded(piece, new)
        pairs = _paired(piece, was, becomes)
        moved = displaced([n for n, _m in sorted(_both(pairs), key=lambda pair: pair[1])])
        differing = [(n, m) for n, m in pairs if n is None or m is None or n in moved or was[n] != becomes[m]]
        first = self.window.first if self.window and self.window.section == section else 0
        told = differing[first : first + self.window.most] if self.window else differing
        return PartDiff(title, (), list(self._rows(piece, was, becomes, told, moved)), len(differing))

    def _sides(self) -> tuple[Telling, Telling]:
        return self.before, self.after

    def _rows(
        self,
        rows: Rows,
        old: Sequence[Mapping[str, Any]],
        new: Sequence[Mapping[str, Any]],
        pairs: Sequence[Pair],
        moved: Collection[int],
    ) -> Iterator[RowDiff]:
        for n, m in pairs:
            was, becomes = None if n is None else old[n], None if m is None else new[m]
            fields = [field for column in rows.columns for field in self._values(column, was, becomes)]
            fields += _rest(rows, was or {}, becomes or {})
            if n is not None and m is not None and n in moved:
                place = self.translate(_("Place in the list"))
                fields.append(FieldDiff(place, [Words(REMOVED, str(n + 1))], [Words(ADDED, str(m + 1))]))
            kind = ADDED if was is None else REMOVED if becomes is None else CHANGED
            telling, row, at = (self.before, was, n) if becomes is None else (self.after, becomes, m)
            assert row is not None
            assert at is not None
            yield RowDiff(kind, telling.key(rows, row, at), label(row.get("title", {}), self.locale), fields)

    def _values(self, column: Leaf | Rows, old: Any, new: Any) -> Iterator[FieldDiff]:
        """Give the differences of one value: one, or of a text one for each language."""
        was, becomes = dig(old, column.path), dig(new, column.path)
        if was == becomes:
            return
        name = label(column.labels, self.locale)
        if isinstance(column, Leaf) and column.form is Form.TEXTS:
            yield from self._texts(name, was or {}, becomes or {}, is_prose(column))
            return
        before, after = self.before.text(column, old), self.after.text(column, new)
        if before != after:
            yield FieldDiff(name, *words(before, after))

    def _texts(
        self, name: str, old: Mapping[str, str], new: Mapping[str, str], prose: bool
    ) -> Iterator[FieldDiff]:
        here = self.locale.split("_")[0]
        for language in sorted({*old, *new}, key=lambda code: (code != here, code)):
            was, becomes = old.get(language, ""), new.get(language, "")
            if was != becomes:
                # Where there is but one language it needs no name.
                alone = len({*old, *new}) == 1 or language == here
                text = name if alone else f"{name} ({LOCALES.get(language, language)})"
                yield FieldDiff(text, *words(was, becomes), prose=prose)


def _rest(rows: Rows, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[FieldDiff]:
    """Give what differs in an entry beside its columns, by the keys of the plan file."""
    known = {column.path[0] for column in rows.columns}
    for key in dict.fromkeys((*old, *new)):
        if key not in known and old.get(key) != new.get(key):
            yield FieldDiff(key, *words(written(old.get(key)) or "", written(new.get(key)) or ""))


def _without(texts: Mapping[str, Any]) -> dict[str, str]:
    return {language: text for language, text in texts.items() if language != REASON}


def _paired(rows: Rows, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[Pair]:
    """Return the entries of two lists in pairs: by code, else equal ones, else by what they say first."""
    key = "party" if rows.path == (PARTIES,) else "code"
    if all(key in row for row in (*old, *new)):
        former = {row[key]: n for n, row in enumerate(old)}
        there = {row[key] for row in new}
        return [
            *((former.get(row[key]), m) for m, row in enumerate(new)),
            *((n, None) for n, row in enumerate(old) if row[key] not in there),
        ]
    left = list(range(len(old)))
    found: dict[int, int] = {}
    first = rows.columns[0].path
    for by_first in (False, True):
        for m, row in enumerate(new):
            n = next((n for n in left if m not in found and _alike(old[n], row, first, by_first)), None)
            if n is not None:
                found[m] = n
                left.remove(n)
    return [*((found.get(m), m) for m in range(len(new))), *((n, None) for n in left)]


def _alike(was: Mapping[str, Any], becomes: Mapping[str, Any], first: Path, by_first: bool) -> bool:
    return bool(dig(was, first) == dig(becomes, first) if by_first else was == becomes)


def _both(pairs: Sequence[Pair]) -> list[tuple[int, int]]:
    """Return the pairs of entries that both lists have."""
    return [(n, m) for n, m in pairs if n is not None and m is not None]


# --- The change log --------------------------------------------------------------------------------------------------

LONGEST_VALUE = 60
"""A longer value is only said to have changed: what it says now is read in the comparison."""


def change_log(sections: Sequence[SectionDiff], locale: str) -> list[str]:
    """Return what changed in sentences, in the order of the sections; nothing where nothing did."""
    translate = translator(locale)
    return [translate(sentence) for section in sections for sentence in _sentences(section)]


def _sentences(section: SectionDiff) -> Iterator[str]:
    for texts, added, removed, changed in (
        (
            section.texts,
            _("text of “${section}” written"),
            _("text of “${section}” taken out"),
            _("text of “${section}” changed"),
        ),
        (
            section.reasons,
            _("“${section}” does not apply"),
            _("“${section}” applies again"),
            _("another reason why “${section}” does not apply"),
        ),
    ):
        if texts:
            sentence = added if not any(one.old for one in texts) else changed
            sentence = removed if not any(one.new for one in texts) else sentence
            yield sentence % {"section": section.title}
    for part in section.parts:
        for field in part.fields:
            yield _value_sentence(field)
        for kind, sentence in (
            (ADDED, _("${part}: ${names} added")),
            (REMOVED, _("${part}: ${names} taken out")),
        ):
            names = tuple(row.key for row in part.rows if row.kind == kind)
            if names:
                yield sentence % {"part": part.title, "names": _few(names)}
        for row in part.rows:
            if row.kind == CHANGED:
                said = tuple(_value_sentence(field) for field in row.fields)
                yield _(
                    "${part}, ${row}: ${what}", mapping={"part": part.title, "row": row.key, "what": said}
                )
        if part.count > len(part.rows):
            more = part.count - len(part.rows)
            yield _("${part}: ${count} more", mapping={"part": part.title, "count": more})
    for change in section.others:
        title = reading.section_title(change.section)
        yield _("${what} changed", mapping={"what": title})


def _few(names: tuple[str, ...]) -> tuple[str, ...]:
    most = 12
    if len(names) <= most:
        return names
    return (*names[:most], _("${count} more", mapping={"count": len(names) - most}))


def _value_sentence(field: FieldDiff) -> str:
    old, new = field.old, field.new
    said = {"what": field.label, "before": old, "after": new}
    if field.prose or max(len(old), len(new)) > LONGEST_VALUE:
        sentence: str = _("${what} changed", mapping=said) if old else _("${what} written", mapping=said)
    elif not old:
        sentence = _("${what}: ${after}", mapping=said)
    elif not new:
        sentence = _("${what} taken out (was ${before})", mapping=said)
    else:
        sentence = _("${what} from ${before} to ${after}", mapping=said)
    return sentence
