"""What the items of an agenda are called and where they lead, in one language."""

from __future__ import annotations

from collections.abc import Callable

from jointops.kernel.i18n import _, label
from jointops.meetings.models import AgendaItem, ItemKind, Meeting
from jointops.operations.models import Operation
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers

_FEW = 8
"""So many names can be read at a glance."""

Href = Callable[..., str]
"""Makes the address of a route from its name and the varying parts."""


def title_of(kind: ItemKind, title: str, locale: str) -> str:
    """Return what an item is called: what people wrote, or the name of what its code stands for."""
    known = catalogue()
    if kind in {ItemKind.SECTION, ItemKind.COMMENT} and title in known.plan_sections:
        return label(known.plan_sections[title].labels, locale)
    if kind is ItemKind.INVITATION:
        return party_name(title, locale)
    return title


def party_name(party: str, locale: str) -> str:
    """Return the name of a country, or the short name of an agency or partner."""
    known = catalogue().parties.get(party)
    if known is None:
        return party
    return label(known.labels, locale) if known.kind == "country" else known.short


def parties_text(parties: list[str], locale: str) -> str:
    """Return the names of several parties in one line."""
    return numbers.join([party_name(party, locale) for party in parties], locale)


def presence(meeting: Meeting, operation: Operation, locale: str) -> list[tuple[str, str]]:
    """Return who was there, as pairs of a lazy term and a text; nothing where it was not noted.

    Of many who were there, how many are told, and who was not.
    """
    if not meeting.attended:
        return []
    invited = meeting.invited or operation.parties
    absent = [party for party in invited if party not in meeting.attended]
    if len(meeting.attended) <= max(_FEW, len(absent)):
        return [(_("Present"), parties_text(meeting.attended, locale))]
    present = " / ".join(numbers.number(len(parties), locale) for parties in (meeting.attended, invited))
    return [
        (_("Present"), present),
        *([(_("Not present"), parties_text(absent, locale))] if absent else []),
    ]


def href_of(item: AgendaItem, operation: str, href: Href) -> str | None:
    """Return where an item leads; ``None`` for items of their own."""
    first, *rest = item.reference.split("/")
    match first, rest:
        case "invitation", [_party]:
            return href("operation.consultation", code=operation)
        case "section" | "comment", [section]:
            return href("operation.plan.section", code=operation, section=section)
        case "task", [task]:
            return href("operation.task", code=operation, task=task)
        case "conflict", _:
            return href("operation.tasks.conflicts", code=operation)
        case "question", [unit, day]:
            return href("returns.return", code=operation, unit=unit, day=day)
        case "warning", [warning]:
            return href("operation.warning", code=operation, warning=warning)
        case _:
            return None
