"""What a section says, in words: its text, its fields and rows as they are read, with the names of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jointops.kernel.i18n import label
from jointops.operations import planfile
from jointops.operations.plan_words import PlanWords
from jointops.operations.plandoc import PlanDocument
from jointops.operations.reading import party_name
from jointops.planning.cells import PARTIES, dig, expanded
from jointops.planning.shape import REASON, Fields, Leaf, Outline, Rows

ROWS_TOLD = 200
"""Entries of a list that are told on a page; the plan's documents and files hold all of them."""


@dataclass(frozen=True, slots=True)
class ToldFact:
    """One value with its label; ``prose`` where it is a text of sentences."""

    label: str
    text: str
    prose: bool = False


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One entry of a list: what it is called, what it says in each column, and its longer texts."""

    key: str
    cells: Sequence[str]
    more: Sequence[ToldFact] = ()


@dataclass(frozen=True, slots=True)
class ToldPart:
    """A part: facts, or columns and rows; ``title`` is its name, ``count`` how many entries the plan has."""

    title: str
    facts: Sequence[ToldFact] = ()
    columns: Sequence[str] = ()
    rows: Sequence[ToldRow] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A section as it is read."""

    text: str
    reason: str
    parts: Sequence[ToldPart]


def told_section(
    outline: Outline, document: PlanDocument, locale: str, data: Mapping[str, Any] | None = None
) -> Told:
    """Return what a section of a plan says, in ``locale``; parts without anything in them are left out.

    ``data`` are the plan's plain data, where they are known.
    """
    telling = Telling(document, locale, data)
    written = dig(telling.data, ("sections", outline.code)) or {}
    parts = [telling.part(piece) for piece in outline.pieces]
    return Told(
        text=label({key: text for key, text in written.items() if key != REASON}, locale),
        reason=label(written.get(REASON, {}), locale),
        parts=[part for part in parts if part.facts or part.rows],
    )


class Telling:
    """Writes the values of one plan in one language; ``data`` are its plain data, where they are known."""

    def __init__(self, document: PlanDocument, locale: str, data: Mapping[str, Any] | None = None) -> None:
        self.data = planfile.to_data(document) if data is None else data
        self.locale = locale
        self.words = PlanWords(document, locale)

    def part(self, piece: Rows | Fields) -> ToldPart:
        """Return a part in words."""
        title = label(piece.labels, self.locale)
        value = dig(self.data, piece.path) if piece.path else self.data
        if isinstance(piece, Fields):
            facts = [self.fact(column, value) for column in piece.columns]
            return ToldPart(title, [fact for fact in facts if fact.text])
        entries = expanded(piece, value)
        rows = entries[:ROWS_TOLD]
        columns = [column for column in piece.columns if any(self.text(column, row) for row in rows)]
        short = [column for column in columns if not is_prose(column)]
        prose = [column for column in columns if is_prose(column)]
        return ToldPart(
            title,
            columns=[label(column.labels, self.locale) for column in short],
            rows=[
                ToldRow(
                    self.key(piece, row, place),
                    [self.text(column, row) for column in short],
                    [fact for fact in (self.fact(column, row) for column in prose) if fact.text],
                )
                for place, row in enumerate(rows)
            ],
            count=len(entries),
        )

    def fact(self, column: Leaf | Rows, owner: Any) -> ToldFact:
        """Return one value with its label."""
        return ToldFact(label(column.labels, self.locale), self.text(column, owner), is_prose(column))

    def text(self, column: Leaf | Rows, owner: Any) -> str:
        """Return the value of a column in words; nothing for none."""
        return "" if column.column is None else self.words.written(column.column, owner)

    def key(self, rows: Rows, row: Mapping[str, Any], place: int) -> str:
        """Return what an entry is known by: its party or code, else what it says first, else its place."""
        if rows.path == (PARTIES,):
            return party_name(row.get("party", ""), self.locale)
        if row.get("code"):
            return str(row["code"])
        return self.text(rows.columns[0], row) or str(place + 1)


def is_prose(column: Leaf | Rows) -> bool:
    """Say whether a column holds sentences rather than a word or a figure."""
    return isinstance(column, Leaf) and column.kind == "long-text"
