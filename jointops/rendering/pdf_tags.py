"""What the typesetter leaves out of a PDF's tags: which cells head their row. And smaller files.

The typesetter tags column titles as headings of their columns and every other cell as data. Where a table's first
column names its rows, someone who listens to the table needs those names as headings too.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pikepdf


def mark_row_headers(data: bytes, tables: Sequence[bool]) -> bytes:
    """Return the PDF with the first cells of rows tagged as their headings, in the tables that ``tables`` says.

    ``tables`` has one entry for each table of the document in reading order. The file is also packed more tightly.
    Raises ``ValueError`` if the document has another number of tables.
    """
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = [element for element in _elements(pdf.Root.StructTreeRoot) if element.get("/S") == "/Table"]
        for table, has_row_headers in zip(found, tables, strict=True):
            if has_row_headers:
                for row in _rows(table):
                    _mark(row)
        target = io.BytesIO()
        pdf.save(
            target,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            fix_metadata_version=False,
        )
        return target.getvalue()


def _elements(node: Any) -> Iterator[Any]:
    """Give the structure elements below ``node`` in reading order."""
    for child in _children(node):
        if "/S" in child:
            yield child
        yield from _elements(child)


def _children(node: Any) -> list[Any]:
    below = node.get("/K")
    nodes = list(below) if isinstance(below, pikepdf.Array) else [below]
    return [child for child in nodes if isinstance(child, pikepdf.Dictionary)]


def _rows(table: Any) -> Iterator[Any]:
    """Give the rows below the column titles."""
    for part in _children(table):
        if part.get("/S") in ("/TBody", "/TFoot"):
            yield from (row for row in _children(part) if row.get("/S") == "/TR")


def _mark(row: Any) -> None:
    # The typesetter lists for each cell the column's heading only. Without such lists readers look up along the column
    # and the row, where they now find both.
    for place, cell in enumerate(_children(row)):
        attributes = cell.get("/A")
        if isinstance(attributes, pikepdf.Array):
            entries = list(attributes)
        else:
            entries = [] if attributes is None else [attributes]
        entries = [entry for entry in entries if entry.get("/O") != "/Table"]
        if place == 0:
            cell["/S"] = pikepdf.Name.TH
            entries.append(pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Row))
        if entries:
            cell["/A"] = pikepdf.Array(entries)
        elif attributes is not None:
            del cell["/A"]
