"""Reads pages as people see and hear them, and finds words that nobody translated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Comment, Doctype, NavigableString, Tag

OPEN, CLOSE = "⟦", "⟧"

SPOKEN_ATTRIBUTES = (
    "alt", "aria-label", "aria-description", "aria-valuetext", "label", "placeholder", "title",
    # What scripts say, and what a narrow table shows beside its cells.
    "data-busy", "data-copied", "data-count-text", "data-failed", "data-label", "data-tick-all", "data-unsaved",
)  # fmt: skip
SILENT_ELEMENTS = frozenset({"script", "style", "template"})

# What carries no words: numbers, signs, and what stands in brackets.
_TRANSLATED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_WORD = re.compile(r"[^\W\d_]{2,}")


def untranslated(html: str) -> list[str]:
    """Return every piece of text on a page in the made-up language that is not translated.

    Looked at are texts, and attributes that are shown or read out; left out is what stands in ``translate="no"``,
    which is data.
    """
    page = BeautifulSoup(html, "html.parser")
    return [piece for piece in _pieces(page) if _has_words(piece)]


def _pieces(page: BeautifulSoup) -> Iterator[str]:
    depth = 0
    for node in page.descendants:
        if isinstance(node, Tag):
            if not (_is_silent(node) or _is_data(node)):
                yield from (str(node[name]) for name in SPOKEN_ATTRIBUTES if name in node.attrs)
        elif isinstance(node, NavigableString) and not isinstance(node, Comment | Doctype):
            # A translation may hold elements: its brackets then stand in different pieces.
            before, depth = depth, depth + node.count(OPEN) - node.count(CLOSE)
            if node.parent is not None and not (_is_silent(node.parent) or _is_data(node.parent)):
                yield OPEN * before + str(node) + CLOSE * depth


def _is_silent(element: Tag) -> bool:
    return element.name in SILENT_ELEMENTS or any(
        parent.name in SILENT_ELEMENTS for parent in element.parents
    )


def _is_data(element: Tag) -> bool:
    return any(one.get("translate") == "no" for one in (element, *element.parents))


def _has_words(text: str) -> bool:
    while OPEN in text:
        shorter = _TRANSLATED.sub(" ", text)
        if shorter == text:
            break
        text = shorter
    return bool(_WORD.search(text))
