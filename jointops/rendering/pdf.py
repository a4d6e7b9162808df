"""Documents as PDF: tagged for assistive technology (PDF/UA-1), fit for archiving (PDF/A-2a), the same bytes each time.

The document is handed to the typesetter as data beside a fixed layout (``report.typ``), never as markup, so no text
can change the layout or reach a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

from jointops.kernel.i18n import PSEUDO_LOCALE
from jointops.rendering import chart_images, numbers, pdf_tags, text, theme, typesetting
from jointops.rendering.document import (
    Block,
    Bullets,
    Chart,
    Definitions,
    Document,
    Endorsement,
    Heading,
    KeyFigures,
    Notice,
    PageBreak,
    Paragraph,
    Table,
    Text,
    outline,
)
from jointops.rendering.layout import running_title, table_layout
from jointops.rendering.words import Words, words_of

STANDARDS = ("ua-1", "a-2a")
LAYOUT_FILE = Path(__file__).with_name("report.typ")

_CHART_PIXELS_ACROSS = 700


def render_pdf(document: Document) -> bytes:
    """Return ``document`` as an A4 PDF file with a marking, the "as known at" line and page numbers on every page."""
    typeset = typesetting.pdf(*_Payload(document).files())
    tables = [
        table.row_headers
        for block in document.blocks
        for table in (block, block.table if isinstance(block, Chart) else None)
        if isinstance(table, Table)
    ]
    return pdf_tags.mark_row_headers(typeset, tables)


@dataclass
class _Payload:
    """The files for the typesetter, gathered while walking through the document."""

    document: Document
    charts: dict[str, bytes] = field(default_factory=dict)
    levels: Iterator[int] = field(init=False)
    replaced: bool = False

    def __post_init__(self) -> None:
        self.levels = (level for _number, level, _heading in outline(self.document.blocks))

    def files(self) -> tuple[dict[str, bytes], Any, tuple[str, ...]]:
        content = json.dumps(self._content(), ensure_ascii=False, sort_keys=True).encode()
        files = {typesetting.MAIN_FILE: LAYOUT_FILE.read_bytes(), "document.json": content, **self.charts}
        return files, self.document.produced_at, STANDARDS

    def _content(self) -> dict[str, Any]:
        document, words = self.document, words_of(self.document)
        produced = document.produced_at.astimezone(UTC)
        language, _, region = document.locale.replace("-", "_").partition("_")
        if document.locale in {"en", PSEUDO_LOCALE}:
            language, region = "en", "GB"
        blocks = [self._block(block, words) for block in document.blocks]
        facts: list[list[Any]] = [[self._line(term), self._line(value)] for term, value in words.facts]
        facts += [[self._line(term), self._value(value)] for term, value in document.metadata]
        title = self._title(document.title)
        content = {
            "title": title,
            "running-title": self._line(running_title(document)),
            "subtitle": self._line(document.subtitle),
            "code": self._line(document.code),
            "marking": self._line(document.marking),
            "author": self._line(document.author),
            "description": self._line(document.subtitle or document.title),
            "known-line": self._line(words.known_line),
            "date": {
                "year": produced.year,
                "month": produced.month,
                "day": produced.day,
                "hour": produced.hour,
                "minute": produced.minute,
                "second": produced.second,
            },
            "lang": language,
            "region": region.upper() if len(region) == 2 else None,
            "fonts": [text.FONT_FAMILY, text.SYMBOL_FAMILY],
            "colours": {name: theme.colour(name) for name in theme.COLOUR_NAMES},
            "words": {
                "contents": self._line(words.contents),
                "approval": self._line(words.approval),
                "table": self._line(words.table),
                "figure": self._line(words.figure),
                "page": [text.covered(part) for part in words.page_parts],
            },
            "facts": facts,
            "notices": [self._block(Notice(entry), words) for entry in document.notices],
            "contents": document.has_contents,
            "watermark": self._line(document.watermark),
            "opening": document.opening,
            "approval": [[self._line(term), self._value(value)] for term, value in document.approval],
            "numbered": document.numbered,
            "running-headings": document.running_headings,
            "blocks": blocks,
        }
        if self.replaced:
            blocks.append(self._block(Paragraph(words.replaced, "small"), words))
        return content

    def _block(self, block: Block, words: Words) -> dict[str, Any]:
        match block:
            case Heading():
                return {"kind": "heading", "level": next(self.levels), "text": self._title(block.text)}
            case Paragraph():
                return {"kind": "paragraph", "tone": block.tone, "text": self._running(block.text)}
            case Notice():
                return {"kind": "notice", "tone": block.tone, "text": self._running(block.text)}
            case Bullets():
                items = [self._running(item) for item in block.items]
                return {"kind": "bullets", "ordered": block.ordered, "items": items}
            case Definitions():
                pairs = [[self._running(term), self._value(value)] for term, value in block.pairs]
                return {"kind": "definitions", "pairs": pairs}
            case KeyFigures():
                figures = [
                    {
                        "label": self._running(figure.label),
                        "value": self._value(figure.value),
                        "note": self._running(figure.note),
                    }
                    for figure in block.figures
                ]
                return {"kind": "key-figures", "figures": figures}
            case Table():
                return self._table(block)
            case Chart():
                return self._chart(block)
            case PageBreak():
                return {"kind": "break"}
            case Endorsement():
                fields = (
                    (words.name, block.name),
                    (words.role, block.role),
                    (words.organisation, block.organisation),
                    (words.date, block.signed_at),
                )
                return {
                    "kind": "endorsement",
                    "statement": self._running(block.statement),
                    "fields": [
                        {"label": self._line(label), "value": self._line(value)} for label, value in fields
                    ],
                }

    def _table(self, table: Table) -> dict[str, Any]:
        layout = table_layout(table)
        return {
            "kind": "table",
            "caption": self._line(table.caption),
            "columns": [
                {"title": self._running(column.title), "align": column.align, "weight": weight}
                for column, weight in zip(table.columns, layout.weights, strict=True)
            ],
            "rows": [[self._value(cell) for cell in row] for row in table.rows],
            "totals": None if table.totals is None else [self._value(cell) for cell in table.totals],
            "notes": [self._running(note) for note in table.notes],
            "row-headers": table.row_headers,
            "together": layout.together,
            "size": layout.size,
            "inset": round(layout.size * 0.9 - 3.4, 1),
            "wide": layout.wide,
        }

    def _chart(self, chart: Chart) -> dict[str, Any]:
        name = f"chart-{len(self.charts) + 1}.svg"
        svg = text.covered(chart_images.chart_svg(chart.spec))
        self.charts[name] = svg.encode()
        summary = self._line(chart.summary)
        title = self._line(chart.title)
        width = re.search(r'<svg[^>]*? width="([\d.]+)"', svg)
        across = float(width.group(1)) if width else _CHART_PIXELS_ACROSS
        return {
            "kind": "chart",
            "title": title,
            "summary": summary,
            "alt": summary or title,
            "file": name,
            "width": 100 * across / _CHART_PIXELS_ACROSS,
            "table": self._table(chart.table) if chart.table else None,
        }

    def _value(self, value: Text) -> str | dict[str, str]:
        if isinstance(value, str):
            return self._running(value)
        address = value.address
        if address is None:
            return self._running(value.text)
        return {"text": self._running(value.text), "href": address}

    def _line(self, content: str) -> str:
        return self._running(text.one_line(content))

    def _title(self, content: str) -> str:
        """Return a title, which the standards do not allow to be empty."""
        line = self._line(content)
        visible = any(letter.isprintable() and not letter.isspace() for letter in line)
        return line if visible else numbers.NO_VALUE

    def _running(self, content: str) -> str:
        plain = text.breakable(text.clean(content))
        printable = text.covered(plain)
        self.replaced = self.replaced or printable.count(text.REPLACEMENT) > plain.count(text.REPLACEMENT)
        return printable
