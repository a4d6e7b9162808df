"""Reads pages as people see and hear them, and finds words that nobody translated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Comment, Doctype, NavigableString, Tag

OPEN, CLOSE = "⟦", "⟧"

SPOKEN_ATTRIBUTES = ("alt", "aria-label", "aria-description", "placeholder", "title", "data-label")
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
    for element in page.find_all(True):
        if _is_silent(element) or _is_data(element):
            continue
        for name in SPOKEN_ATTRIBUTES:
            if name in element.attrs:
                yield str(element[name])
        for child in element.children:
            if isinstance(child, NavigableString) and not isinstance(child, Comment | Doctype):
                yield str(child)


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
