"""Rules of incidents: reference, time, place, other units that claim it, and its figure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from jointops.kernel import clock
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.reference.catalogue import catalogue
from jointops.returns.checked import CheckedIncident, Rulebook
from jointops.returns.rules_figures import MAX_ENTRIES, MAX_TEXT, line_of, not_known, text_problems
from jointops.returns.submission import IncidentEntry

MAX_REFERENCE = 80


def checked_incidents(
    entries: Iterable[IncidentEntry], rulebook: Rulebook, unit: str, day: date, problems: list[Problem]
) -> list[CheckedIncident]:
    """Return the incidents that hold; what is wrong with the others is added to ``problems``."""
    incidents = []
    seen: dict[str, int] = {}
    # Lines of incidents are numbered behind any value's, so that a value added later does not move them.
    for number, entry in enumerate(entries):
        pointer = f"/incidents/{number}"
        found: list[Problem] = []
        reference = entry.reference.strip()
        found += text_problems(reference, f"{pointer}/reference", MAX_REFERENCE)
        found += text_problems(entry.place, f"{pointer}/place", 200)
        found += text_problems(entry.description, f"{pointer}/description", MAX_TEXT)
        if not reference:
            found.append(
                Problem(
                    "reference-missing",
                    _("An incident needs a reference of your own, such as your case number."),
                    f"{pointer}/reference",
                )
            )
        elif reference in seen:
            found.append(
                Problem(
                    "duplicate-row",
                    _(
                        "Incident ${row} repeats the reference of incident ${first}.",
                        mapping={"row": number + 1, "first": seen[reference] + 1},
                    ),
                    f"{pointer}/reference",
                )
            )
        seen.setdefault(reference, number)
        found += text_problems(entry.external_reference, f"{pointer}/external_reference", MAX_REFERENCE)
        found += _joint(entry, rulebook, unit, pointer)
        at = _instant(entry.at, f"{pointer}/at", found)
        latitude, longitude = _position(entry, pointer, found)
        if entry.modus_operandi and entry.modus_operandi not in catalogue().modi_operandi:
            found.append(
                not_known(
                    entry.modus_operandi,
                    catalogue().modi_operandi,
                    "modus-operandi-unknown",
                    f"{pointer}/modus_operandi",
                )
            )
        line = line_of(entry, MAX_ENTRIES + number, pointer, rulebook, day, found)
        if found or line is None:
            problems.extend(found)
            continue
        incidents.append(
            CheckedIncident(
                reference,
                line,
                tuple(sorted(set(entry.joint_with))),
                at,
                entry.place,
                entry.description,
                latitude,
                longitude,
                entry.modus_operandi or "",
                entry.external_reference.strip(),
            )
        )
    return incidents


def _position(
    entry: IncidentEntry, pointer: str, problems: list[Problem]
) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """Return latitude and longitude; both or neither are given."""
    degrees: list[Decimal] = []
    for name, most in (("latitude", 90), ("longitude", 180)):
        text = (getattr(entry, name) or "").strip()
        if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,10})?", text, re.ASCII) and abs(Decimal(text)) <= most:
            degrees.append(round(Decimal(text), 6))
        elif text or (entry.longitude if name == "latitude" else entry.latitude):
            problems.append(
                Problem(
                    "bad-coordinate",
                    _(
                        "“${text}” is not a coordinate. Give latitude and longitude in degrees with a point before "
                        "the decimals, such as 52.09 and 5.12, or neither.",
                        mapping={"text": text[:40]},
                    ),
                    f"{pointer}/{name}",
                )
            )
    return (degrees[0], degrees[1]) if len(degrees) == 2 else (None, None)


def _joint(entry: IncidentEntry, rulebook: Rulebook, unit: str, pointer: str) -> list[Problem]:
    problems = []
    for place, other in enumerate(entry.joint_with):
        where = f"{pointer}/joint_with/{place}"
        if other == unit:
            problems.append(
                Problem(
                    "joint-with-itself", _("A result is joint with other units; leave out your own."), where
                )
            )
        elif other not in rulebook.units:
            problems.append(
                Problem(
                    "unit-unknown",
                    _(
                        "${unit} is not a reporting unit of ${operation}.",
                        mapping={"unit": other, "operation": rulebook.operation},
                    ),
                    where,
                )
            )
    return problems


def _instant(text: str | None, pointer: str, problems: list[Problem]) -> datetime | None:
    if not text:
        return None
    try:
        return clock.parse_iso(text)
    except (ValueError, OverflowError):
        problems.append(
            Problem(
                "not-an-instant",
                _(
                    "“${text}” is not a time with an offset. Write it like 2027-05-03T14:20:00+02:00.",
                    mapping={"text": text[:40]},
                ),
                pointer,
            )
        )
        return None
