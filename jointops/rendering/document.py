"""A document before it has a format: a title, what it is about, and blocks from top to bottom.

All text is plain and already in the reader's language; the renderers escape it and add only the words that belong
to the format (contents, page numbers, figure numbers). The same document gives the same bytes in every format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Alignment = Literal["start", "center", "end"]
Opening = Literal["title", "cover", "none"]

DEEPEST_HEADING = 3
CONTENTS_FROM_HEADINGS = 8
"""A document with at least this many headings of the first two levels gets a table of contents."""


@dataclass(frozen=True, slots=True)
class Link:
    """Text with an address behind it, such as the page that lists the returns behind a figure.

    ``href`` must be an absolute http or https address; with any other the text is printed alone.
    """

    text: str
    href: str

    @property
    def address(self) -> str | None:
        """The address if it is one that a document may lead to."""
        return self.href if re.fullmatch(r"https?://[^\s<>\"]+", self.href) else None


Text = str | Link


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered heading; ``level`` 1 to 3."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a line feed in it stays a line break. ``lead`` opens a section, ``small`` is for remarks."""

    text: str
    tone: Literal["body", "lead", "small"] = "body"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that must not be overlooked, set apart from the text."""

    text: str
    tone: Literal["info", "warning"] = "info"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short texts, numbered if ``ordered``."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Definitions:
    """Terms with their values, one pair a line."""

    pairs: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One large figure: what it counts, the formatted value, and a remark such as the target."""

    label: str
    value: Text
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """The figures that a reader should see first, side by side."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column. ``align`` ``"end"`` is for numbers; ``weight`` shares out the width, 0 fits the content."""

    title: str
    align: Alignment = "start"
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column titles, which are repeated on every page; an optional last row of totals; remarks below.

    ``row_headers`` says that the first column names its row. An ``upright`` table has running text that wraps, and
    never lies on a page of its own however much it holds. Raises ``ValueError`` if a row's length is not the number of
    columns.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]
    totals: tuple[Text, ...] | None = None
    notes: tuple[str, ...] = ()
    row_headers: bool = True
    upright: bool = False

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("a table needs at least one column")
        for row in (*self.rows, *([self.totals] if self.totals is not None else [])):
            if len(row) != len(self.columns):
                raise ValueError(f"the table has {len(self.columns)} columns and a row of {len(row)} cells")


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite chart with the sentence that says what it shows, and the same figures as a table for reading."""

    title: str
    summary: str
    spec: Mapping[str, Any]
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows starts on a new page."""


@dataclass(frozen=True, slots=True)
class Endorsement:
    """A statement with who made it and when; where something is empty, a line is left to write on."""

    statement: str
    name: str = ""
    role: str = ""
    organisation: str = ""
    signed_at: str = ""


Block = (
    Heading
    | Paragraph
    | Notice
    | Bullets
    | Definitions
    | KeyFigures
    | Table
    | Chart
    | PageBreak
    | Endorsement
)


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    ``produced_at`` and ``as_known_at`` are aware instants, shown on a clock in ``time_zone`` (an IANA name); together
    with the content they settle every byte of the output. ``marking`` stands at the top and bottom of every page,
    ``watermark`` lies in large pale letters across every page.

    ``opening`` is how it begins: ``title`` with the title above what follows, ``cover`` with a page of its own that
    holds the title, the facts and the ``approval`` (what a cover says of who approved it), ``none`` at once with its
    first block. ``contents`` asks for a table of contents, or for none, where its length does not settle it.
    ``numbered`` headings have numbers; with ``running_headings`` the top of a page names the heading of the first
    level that it belongs to.
    """

    title: str
    produced_at: datetime
    locale: str = "en"
    subtitle: str = ""
    code: str = ""
    marking: str = ""
    status: str = ""
    as_known_at: datetime | None = None
    time_zone: str = "UTC"
    author: str = ""
    metadata: tuple[tuple[str, Text], ...] = ()
    notices: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = field(default=())
    watermark: str = ""
    opening: Opening = "title"
    approval: tuple[tuple[str, Text], ...] = ()
    contents: bool | None = None
    numbered: bool = True
    running_headings: bool = False

    def __post_init__(self) -> None:
        for moment in (self.produced_at, self.as_known_at):
            if moment is not None and moment.utcoffset() is None:
                raise ValueError("a document's instants need a time zone")

    @property
    def has_contents(self) -> bool:
        """Whether the document asks for a table of contents, or is long enough for one."""
        if self.contents is not None:
            return self.contents
        headings = [block for block in self.blocks if isinstance(block, Heading) and block.level <= 2]
        return len(headings) >= CONTENTS_FROM_HEADINGS


def outline(blocks: tuple[Block, ...]) -> Iterator[tuple[str, int, Heading]]:
    """Give each heading with its number (``1``, ``1.1``, ``2``) and its level.

    A level that skips one is drawn up, since a reader by outline must find every step: the first heading is of
    level 1, and none is more than one level below the one before.
    """
    counters: list[int] = []
    for block in blocks:
        if isinstance(block, Heading):
            level = max(1, min(block.level, len(counters) + 1, DEEPEST_HEADING))
            counters = [*counters[: level - 1], counters[level - 1] + 1 if level <= len(counters) else 1]
            yield ".".join(str(counter) for counter in counters), level, block
