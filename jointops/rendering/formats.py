"""The formats in which a document can be written. A new one is a renderer of its own and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jointops.kernel.i18n import _
from jointops.rendering.document import Document
from jointops.rendering.pdf import render_pdf
from jointops.rendering.word import render_docx


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """One format: what people call it, its media type, and what writes a document in it."""

    title: str
    media_type: str
    render: Callable[[Document], bytes]


DOCUMENT_FORMATS: Mapping[str, DocumentFormat] = {
    "pdf": DocumentFormat(_("PDF"), "application/pdf", render_pdf),
    "docx": DocumentFormat(
        _("Word"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", render_docx
    ),
}
"""By the name that ``?format=`` and ``--format`` take, which is the ending of the file too."""
