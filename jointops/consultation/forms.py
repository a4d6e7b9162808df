"""The forms of answers and contributions turned into plain data: what was typed in, lines and contact points out.

Nothing here knows a request: a form is a mapping of names to what was sent. What cannot be read is a problem whose
pointer is the one that the rules use; ``fields`` says which field of the form a pointer belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from jointops.consultation.rules import Line
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.operations.plandoc import Contact

NEW_ROWS = 2
"""Empty rows for further lines; who needs more asks for them with a button."""

MOST_ROWS = 250


class Form(Protocol):
    """What was sent: one value by name."""

    def get(self, name: str, default: str, /) -> str: ...
    def __contains__(self, name: object, /) -> bool: ...


@dataclass(slots=True)
class Read:
    """What was read of a form, what cannot be read, and where each pointer stands in the form."""

    lines: list[Line] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


def rows_in(form: Form, prefix: str) -> int:
    """Return how many rows with names ``<prefix>-0-…`` a form has."""
    return next((n for n in range(MOST_ROWS) if f"{prefix}-{n}-row" not in form), MOST_ROWS)


def read_lines(
    form: Form, current: Mapping[int, Line], read: Read, *, pledging: bool, recording: bool
) -> None:
    """Add the contributions of the form to ``read``.

    ``current`` are the lines that there are, by their numbers: what the reader may not change (``pledging``,
    ``recording``) stays as it is there. A row without any number of things is no line, or is taken back.
    """
    for n in range(rows_in(form, "line")):
        at = f"line-{n}"
        number = _number(form.get(f"{at}-number", ""))
        before = current.get(number) if number is not None else None
        pointer = f"/items/{len(read.lines)}"
        line = before or Line(kind=form.get(f"{at}-kind", ""), number=None)
        if pledging:
            line = replace(
                line,
                kind=form.get(f"{at}-kind", line.kind),
                quantity=_whole(form, f"{at}-quantity", f"{pointer}/quantity", read),
                days=_whole(form, f"{at}-days", f"{pointer}/days", read),
                action_area=form.get(f"{at}-area", line.action_area),
                unit=form.get(f"{at}-unit", line.unit),
                note=form.get(f"{at}-note", line.note).strip(),
            )
        if recording:
            line = replace(
                line,
                actual_quantity=_whole(form, f"{at}-actual_quantity", f"{pointer}/actual_quantity", read),
                actual_days=_whole(form, f"{at}-actual_days", f"{pointer}/actual_days", read),
            )
        typed = any(
            form.get(f"{at}-{name}", "").strip()
            for name in ("quantity", "days", "note", "actual_quantity", "actual_days")
        )
        empty = line.quantity is None and line.actual_quantity is None
        if empty and (number is not None or not typed):
            continue
        for name in ("kind", "quantity", "days", "unit", "note", "actual_quantity", "actual_days", "number"):
            read.fields[f"{pointer}/{name}"] = f"{at}-{name}"
        read.fields[f"{pointer}/action_area"] = f"{at}-area"
        read.lines.append(line)


def read_contacts(form: Form, party: str, read: Read) -> None:
    """Add the contact points of the form to ``read``; a row without an office and an address is none."""
    for n in range(rows_in(form, "contact")):
        at = f"contact-{n}"
        role, office, reach = (form.get(f"{at}-{name}", "").strip() for name in ("role", "office", "reach"))
        if not office and not reach:
            continue
        for name in ("role", "office", "reach"):
            read.fields[f"/contacts/{len(read.contacts)}/{name}"] = f"{at}-{name}"
        read.contacts.append(Contact(party=party, role=role, office=office[:200], reach=reach[:200]))


def blank(rows: Sequence[Any], form: Form | None, prefix: str, more: int = 0) -> int:
    """Return how many empty rows follow ``rows``: as many as the form had, and ``more``."""
    if form is None:
        return NEW_ROWS
    return min(max(rows_in(form, prefix) + more - len(rows), NEW_ROWS), MOST_ROWS - len(rows))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _whole(form: Form, name: str, pointer: str, read: Read) -> int | None:
    text = form.get(name, "").replace("\N{NO-BREAK SPACE}", "").replace(" ", "").strip()
    if not text:
        return None
    number = _number(text)
    if number is None:
        read.fields[pointer] = name
        read.problems.append(Problem("not-a-number", _("Write a whole number, such as 12."), pointer))
    return number
