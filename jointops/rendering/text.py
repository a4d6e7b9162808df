"""What may be printed: text without the characters that break a format, and the typeface with what it covers.

Text comes from people and from other systems, so nothing about it is taken for granted.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import fontpkg
from fontTools.ttLib import TTFont

FONT_FAMILY = "IBM Plex Sans"
"""The typeface of pages, charts and PDF documents: Latin, Greek and Cyrillic."""

SYMBOL_FAMILY = "DejaVu Sans Mono"
"""Comes inside typst; used only for the shapes below."""

SYMBOLS = frozenset("✔✘●○◐◑◆◇▲▼△▽■□▪▫▶◀★☆⚠⟦⟧⚑")
"""Shapes that accompany a status, which the typeface lacks and the symbol font has."""

REPLACEMENT = "□"
"""Printed for a character that neither font has."""

_UNPRINTABLE = re.compile(
    # control characters but tab, line feed and carriage return; surrogates; marks that change the reading direction
    # and so can make a text read as another; private use, which means nothing to anybody else; noncharacters
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff]"
)
_JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f]")  # they only say how their neighbours are drawn
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
_LONG_RUN = re.compile(r"\S{32,}")
_BREAK_EVERY = 24


def clean(text: str) -> str:
    """Return ``text`` without characters that no document can hold, and with line feeds as its only line ends."""
    return _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str) -> str:
    """Return ``text`` cleaned and on one line, for titles, properties and names."""
    return " ".join(clean(text).split())


def breakable(text: str) -> str:
    """Return ``text`` with invisible break opportunities in runs too long for a column, such as addresses."""

    def split(run: re.Match[str]) -> str:
        letters = run.group()
        return "\u200b".join(
            letters[start : start + _BREAK_EVERY] for start in range(0, len(letters), _BREAK_EVERY)
        )

    return _LONG_RUN.sub(split, text)


def covered(text: str) -> str:
    """Return ``text`` with each character that the fonts lack replaced by a box."""
    known = _coverage()
    composed = unicodedata.normalize("NFC", _JOINERS.sub("", text))
    return "".join(letter if letter in known or letter in "\n\t" else REPLACEMENT for letter in composed)


@cache
def font_directory() -> Path:
    """Return the folder that holds the typeface's files."""
    return _font_file().parent


@cache
def _coverage() -> frozenset[str]:
    with TTFont(_font_file(), lazy=True) as font:
        letters = {chr(point) for point in font.getBestCmap()}
    return frozenset(letter for letter in letters | SYMBOLS if not _UNPRINTABLE.match(letter))


def _font_file() -> Path:
    return Path(fontpkg.path(FONT_FAMILY, nearest=True))
