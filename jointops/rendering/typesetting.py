"""The typesetter that PDF documents and chart images go through: files in memory in, bytes out, our fonts only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

import typst

from jointops.rendering import text

MAIN_FILE = "main.typ"


def pdf(files: Mapping[str, bytes], produced_at: datetime, standards: Sequence[str]) -> bytes:
    """Typeset ``main.typ`` among ``files`` to a tagged PDF dated ``produced_at`` (aware) that meets ``standards``.

    Raises ``typst.TypstError`` if the source or a standard's rule does not hold.
    """
    return _compile(
        files, format="pdf", timestamp=int(produced_at.timestamp()), pdf_standards=list(standards)
    )


def png(files: Mapping[str, bytes], pixels_per_inch: float) -> bytes:
    """Typeset the single page of ``main.typ`` among ``files`` to a PNG image."""
    return _compile(files, format="png", ppi=pixels_per_inch)


def _compile(files: Mapping[str, bytes], **options: Any) -> bytes:
    return cast("bytes", typst.compile(cast("Any", dict(files)), font_paths=_fonts(), **options))


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(text.font_directory())]
    )
