"""The columns of tasks in a table: one row is one task.

The names are the same in a template, an export and a file somebody made; they stand in a row of their own, so that
the headings above may be in any language. ``title`` and ``description`` are English; ``title_fr`` and the like hold
the other languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from jointops.kernel.i18n import DEFAULT_LOCALE, _

TEXTS = ("title", "description")
"""Columns that exist once for each language."""

TABLE = (
    "code",
    "title",
    "type",
    "action_area",
    "units",
    "lead",
    "first_day",
    "last_day",
    "hours",
    "place_kind",
    "place_name",
    "country",
    "lat",
    "lon",
    "authorities",
    "resources",
    "depends_on",
    "mandatory",
    "description",
)
"""All that is read, in the order of a table."""

SAID_BY_US = ("state",)
"""What an export adds. Reading passes over it, so that an export can be changed and sent back."""

HEADINGS: Mapping[str, str] = {
    "code": _("Code"),
    "title": _("Title (${language})"),
    "type": _("Type"),
    "action_area": _("Action area"),
    "units": _("Units"),
    "lead": _("Leading unit"),
    "first_day": _("First day"),
    "last_day": _("Last day"),
    "hours": _("Hours"),
    "place_kind": _("Kind of place"),
    "place_name": _("Place"),
    "country": _("Country"),
    "lat": _("Latitude"),
    "lon": _("Longitude"),
    "authorities": _("Authorities it takes"),
    "resources": _("What it needs"),
    "depends_on": _("It waits for"),
    "mandatory": _("Mandatory"),
    "description": _("Instructions (${language})"),
    "state": _("State"),
}

WIDTHS: Mapping[str, float] = {
    "code": 10,
    "title": 40,
    "type": 18,
    "action_area": 18,
    "units": 34,
    "first_day": 12,
    "last_day": 12,
    "hours": 13,
    "place_name": 26,
    "country": 9,
    "lat": 10,
    "lon": 10,
    "authorities": 20,
    "resources": 26,
    "depends_on": 16,
    "mandatory": 11,
    "description": 60,
    "state": 13,
}
USUAL_WIDTH = 16

_ALSO = {
    "kind": "type",
    "area": "action_area",
    "start": "first_day",
    "starts_on": "first_day",
    "end": "last_day",
    "ends_on": "last_day",
    "place": "place_name",
    "latitude": "lat",
    "longitude": "lon",
    "instructions": "description",
    "dependencies": "depends_on",
}
"""Other words that people write for a column."""

_LANGUAGE = re.compile(r"(title|description|instructions)[_ ]\(?([a-z]{2,3})\)?")

FIELD_COLUMNS: Mapping[str, str] = {
    "starts_on": "first_day",
    "ends_on": "last_day",
    "kind": "type",
    "place/kind": "place_kind",
    "place/name": "place_name",
    "place/country": "country",
    "place/lat": "lat",
    "place/lon": "lon",
    "instructions": "description",
}
"""The column in which a field of a task stands, where it has another name."""

TOKEN_FORMAT = "jointops-tasks/1"
"""What a workbook that is made for filling in says it is, on its hidden sheet."""

YES = frozenset({"yes", "oui", "true", "vrai", "1", "x"})
NO = frozenset({"", "no", "non", "false", "faux", "0"})


def named(text: str) -> str | None:
    """Return the column that a heading names, ``None`` for what is none of ours."""
    name = re.sub(r"[\s-]+", "_", text.strip().lower())
    match = _LANGUAGE.fullmatch(name)
    if match:
        word, language = "description" if match[1] != "title" else "title", match[2]
        return word if language == DEFAULT_LOCALE else f"{word}_{language}"
    name = _ALSO.get(name, name)
    return name if name in TABLE or name in SAID_BY_US else None


def ordered(languages: Iterable[str]) -> list[str]:
    """Return the columns of a table whose texts are in these languages; English always is one of them."""
    others = sorted(set(languages) - {DEFAULT_LOCALE})
    return [
        column
        for name in TABLE
        for column in ([name, *(f"{name}_{other}" for other in others)] if name in TEXTS else [name])
    ]


def split(name: str) -> tuple[str, str]:
    """Return a column's plain name and its language: ``title_fr`` is the French ``title``."""
    word, _sign, language = name.partition("_")
    return (word, language) if word in TEXTS and language else (name, DEFAULT_LOCALE)


def column_of(pointer: str) -> str:
    """Return the column in which what a JSON pointer into a task means stands."""
    parts = pointer.strip("/").split("/")
    for length in (2, 1):
        found = FIELD_COLUMNS.get("/".join(parts[:length]))
        if found is not None:
            break
    else:
        found = parts[0]
    if found in TEXTS and len(parts) > 1 and parts[1] != DEFAULT_LOCALE:
        return f"{found}_{parts[1]}"
    return "place_name" if found == "place" else found
