"""The few words that a format adds to a document: contents, page and figure numbers, lines to sign on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jointops.kernel.i18n import _, said_of, translator
from jointops.rendering import numbers
from jointops.rendering.document import Document

PAGE = "{page}"
PAGES = "{pages}"


@dataclass(frozen=True, slots=True)
class Words:
    """Words in the document's language. ``page_parts`` is a sentence in parts, ``PAGE`` and ``PAGES`` among them."""

    contents: str
    approval: str
    table: str
    figure: str
    page_parts: tuple[str, ...]
    known_line: str
    facts: tuple[tuple[str, str], ...]
    name: str
    role: str
    organisation: str
    date: str
    replaced: str


def words_of(document: Document) -> Words:
    """Return the words for ``document``; ``facts`` are its status and instants as pairs for the first page."""
    say = translator(document.locale)
    produced = numbers.instant(document.produced_at, document.locale, document.time_zone)
    facts = [(say(_("Status of the figures")), document.status)] if document.status else []
    known_line = ""
    if document.as_known_at is not None:
        known = numbers.instant(document.as_known_at, document.locale, document.time_zone)
        facts.append((say(_("As known at")), known))
        known_line = say(_("As known at ${instant}", mapping={"instant": known}))
    if document.produced_at != document.as_known_at:
        facts.append((say(_("Produced")), produced))
    page = say(_("Page ${page} of ${pages}", mapping={"page": PAGE, "pages": PAGES}))
    return Words(
        contents=say(_("Contents")),
        approval=say(_("Approval")),
        table=say(_("Table")),
        figure=say(said_of("caption", "Figure")),
        page_parts=tuple(part for part in re.split(r"(\{pages?\})", page) if part),
        known_line=known_line,
        facts=tuple(facts),
        name=say(_("Name")),
        role=say(_("Role")),
        organisation=say(_("Organisation")),
        date=say(_("Date")),
        replaced=say(_("A character that the typeface of this document lacks is shown as □.")),
    )
