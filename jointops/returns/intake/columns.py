"""The columns of a return in a table: one row says one figure, one incident, or something of a unit's whole day.

The names are the same in a template, an export and a file somebody made; they stand in a row of their own, so that
the headings above may be in any language.
"""

from __future__ import annotations

from datetime import date

RETURN = ("unit", "day")
"""Whose return of which day a row belongs to; in every row."""

DETAILS = ("certainty", "weight", "seizures")
"""How a quantity is known."""

DIMENSIONS = (
    "indicator",
    "category",
    "action_area",
    "phase",
    "scope",
    "quantity",
    "unit_of_measure",
    *DETAILS,
)
"""A figure; also of an incident."""

INCIDENT = (
    "reference",
    "joint_with",
    "at",
    "place",
    "latitude",
    "longitude",
    "modus_operandi",
    "external_reference",
    "description",
)
"""What makes a row an incident."""

EXPLANATIONS = "explanations"
"""Reasons for what is doubtful, a line each: ``key = reason``."""

WHOLE_DAY = ("nil", "narrative", "reason", EXPLANATIONS)
"""What belongs to the return as a whole; in any one of its rows."""

PLAN_VERSION = "plan_version"

REVISION = "revision"
"""The revision that a return's rows were made from; 0: there was none."""

SHA256 = "sha256"
"""Its digest, by which it is recognised."""

MADE_FROM = (PLAN_VERSION, REVISION, SHA256)
"""What a file was made from, and what it is compared with once it comes back."""

TABLE = (*RETURN, *DIMENSIONS, *INCIDENT, *WHOLE_DAY, *MADE_FROM)
"""All that is read, in the order of a CSV file."""

SAID_BY_US = (
    "state",
    "recorded_at",
    "recorded_by",
    "base_quantity",
    "base_unit_of_measure",
    "correction_reason",
)
"""What an export adds. Reading passes over it, so that an export can be changed and sent back."""

EXERCISE = "exercise"
"""What an export of an exercise adds to each row, for it must never be taken for the returns of an operation."""

FIELD_OF = {"unit": "unit_of_measure"}
"""Names of the API's return that are other words in a table, where ``unit`` is whose return it is."""

TOKEN_FORMAT = "jointops-returns/1"
"""What a workbook that is made for filling in says it is, on its hidden sheet."""

YES = frozenset({"yes", "oui", "true", "vrai", "1", "x"})
NO = frozenset({"no", "non", "false", "faux", "0"})


def made_from(unit: str, day: date) -> str:
    """Return the name of the token that says which revision a unit's day was made from: ``3 <SHA-256>``, or ``0``."""
    return f"from {unit} {day.isoformat()}"
