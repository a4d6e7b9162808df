"""The columns of a return in a table: one row says one figure, one incident, or something of a unit's whole day.

The names are the same in a template, an export and a file somebody made; they stand in a row of their own, so that
the headings above may be in any language.
"""

from __future__ import annotations

RETURN = ("unit", "day")
"""Whose return of which day a row belongs to; in every row."""

DIMENSIONS = ("indicator", "category", "action_area", "phase", "scope", "quantity", "unit_of_measure")
"""A figure; also of an incident."""

INCIDENT = ("reference", "joint_with", "at", "place", "description")
"""What makes a row an incident."""

WHOLE_DAY = ("nil", "narrative", "reason")
"""What belongs to the return as a whole; in any one of its rows."""

PLAN_VERSION = "plan_version"

TABLE = (*RETURN, *DIMENSIONS, *INCIDENT, *WHOLE_DAY, PLAN_VERSION)
"""All that is read, in the order of a CSV file."""

SAID_BY_US = (
    "state",
    "revision",
    "recorded_at",
    "recorded_by",
    "sha256",
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
