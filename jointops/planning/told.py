"""What a section says, in words: texts, fields and rows as they are read, with the names of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from jointops.kernel.i18n import _, label, translator
from jointops.operations import planfile
from jointops.operations.plandoc import PlanDocument
from jointops.planning.cells import PARTIES, dig, expanded
from jointops.planning.choices import Choices
from jointops.planning.shape import REASON, Fields, Form, Leaf, Outline, Rows
from jointops.rendering import numbers

PROSE = frozenset({"long-text"})


@dataclass(frozen=True, slots=True)
class ToldFact:
    """One value with its label; ``prose`` where it is a text of sentences."""

    label: str
    text: str
    prose: bool = False


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One entry of a list: what it is called, and what it says in each column."""

    key: str
    cells: Sequence[str]
    more: Sequence[ToldFact] = ()


@dataclass(frozen=True, slots=True)
class ToldPart:
    """A part: facts, or columns and rows; ``title`` is its name."""

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


def told_section(outline: Outline, document: PlanDocument, locale: str) -> Told:
    """Return what a section of a plan says, in ``locale``; parts without anything in them are left out."""
    data = planfile.to_data(document)
    telling = Telling(data, locale)
    written = dig(data, ("sections", outline.code)) or {}
    return Told(
        text=label({key: text for key, text in written.items() if key != REASON}, locale),
        reason=label(written.get(REASON, {}), locale),
        parts=[
            part for piece in outline.pieces if (part := telling.part(piece)) and (part.facts or part.rows)
        ],
    )


class Telling:
    """Writes values of one plan in one language."""

    def __init__(self, data: Mapping[str, Any], locale: str, choices: Choices | None = None) -> None:
        self.data = data
        self.locale = locale
        self.choices = choices or Choices(data, locale)
        self.translate = translator(locale)

    def part(self, piece: Rows | Fields) -> ToldPart:
        """Return a part in words."""
        title = label(piece.labels, self.locale)
        value = dig(self.data, piece.path)
        if isinstance(piece, Fields):
            facts = [self.fact(column, value) for column in piece.columns if isinstance(column, Leaf)]
            return ToldPart(title, [fact for fact in facts if fact.text])
        rows = expanded(piece, value)
        columns = [
            column
            for column in piece.columns
            if any(self.text(column, dig(row, column.path)) for row in rows)
        ]
        short = [column for column in columns if not _is_prose(column)]
        prose = [column for column in columns if _is_prose(column)]
        return ToldPart(
            title,
            columns=[label(column.labels, self.locale) for column in short],
            rows=[
                ToldRow(
                    self.key(piece, row, n),
                    [self.text(column, dig(row, column.path)) for column in short],
                    [fact for fact in (self.fact(column, row) for column in prose) if fact.text],
                )
                for n, row in enumerate(rows)
            ],
            count=len(rows),
        )

    def fact(self, column: Leaf | Rows, owner: Any) -> ToldFact:
        """Return one value with its label."""
        text = self.text(column, dig(owner, column.path))
        return ToldFact(label(column.labels, self.locale), text, _is_prose(column))

    def key(self, rows: Rows, row: Mapping[str, Any], place: int) -> str:
        """Return what an entry is known by: its code or party, else its place."""
        if rows.path == (PARTIES,):
            return self.choices.word("parties", row.get("party", ""))
        return str(row.get("code") or place + 1)

    def text(self, column: Leaf | Rows, value: Any) -> str:
        """Return a value in words; nothing for none."""
        if value is None:
            return ""
        if isinstance(column, Rows):
            return "; ".join(self._inner(column, row) for row in expanded(column, value))
        match column.form:
            case Form.TEXTS:
                return label({key: text for key, text in value.items() if key != REASON}, self.locale)
            case Form.FLAG:
                return self.translate(_("yes")) if value else ""
            case Form.DAY:
                return self._day(value)
            case Form.WINDOW:
                return " – ".join(self._day(day) for day in dict.fromkeys(value))
            case Form.DAYS:
                return ", ".join(self._day(day) for day in value)
            case Form.NUMBER | Form.INTEGER:
                return self._number(value)
            case Form.RATES:
                return ", ".join(f"{currency} {rate}" for currency, rate in value.items())
            case Form.CODES:
                return ", ".join(self._word(column, code) for code in value)
            case _:
                return self._word(column, str(value))

    def _inner(self, rows: Rows, row: Mapping[str, Any]) -> str:
        texts = [self.text(column, dig(row, column.path)) for column in rows.columns]
        return " · ".join(text for text in texts if text)

    def _word(self, column: Leaf, code: str) -> str:
        return self.choices.word(column.of, code) if column.of else code

    def _day(self, value: Any) -> str:
        try:
            return numbers.short_day(date.fromisoformat(str(value)), self.locale)
        except ValueError:
            return str(value)

    def _number(self, value: Any) -> str:
        try:
            return numbers.number(Decimal(str(value)), self.locale)
        except InvalidOperation:
            return str(value)


def _is_prose(column: Leaf | Rows) -> bool:
    return isinstance(column, Leaf) and column.kind in PROSE
