"""The question that a return was sent back with, at the field of the form that it is about."""

from __future__ import annotations

from jointops.returns.edit_page import Doubt
from jointops.returns.intake.fields import Form
from jointops.returns.models import Return, ReturnState


def question_in(form: Form, head: Return | None) -> tuple[Doubt, ...]:
    """Return the open question on a return, if there is one, for the form that is filled with what is on record.

    It has the number 0: there is nothing to explain, the answer is a correction or a text on the return's page.
    """
    if head is None or head.state is not ReturnState.SENT_BACK:
        return ()
    latest = head.revisions[-1]
    asked = next((step for step in reversed(latest.steps) if step.text), None)
    if asked is None:
        return ()
    return (Doubt(0, "", asked.text, _field_of(form, asked.pointer, latest.content), ""),)


def _field_of(form: Form, pointer: str, content: dict[str, list[dict[str, str]]]) -> str:
    """Return the name of the field that shows what a pointer leads to; empty where there is none."""
    parts = pointer.strip("/").split("/")
    if parts[0] == "narrative":
        return "narrative"
    entries = content.get(parts[0])
    if not isinstance(entries, list) or len(parts) < 2 or not parts[1].isdecimal():
        return ""
    number = int(parts[1])
    if number >= len(entries):
        return ""
    entry = entries[number]
    if parts[0] == "incidents":
        rows = [row for row in form.incidents if row.reference == entry["reference"]]
        return rows[0].name("quantity") if rows else ""
    if entry.get("scope") in {None, "operation"}:
        for line in form.lines:
            if (line.indicator, line.category) == (
                entry["indicator"],
                entry.get("category", ""),
            ) and line.quantity:
                return line.name_of("quantity")
    figures = [row for row in form.figures if row.indicator == entry["indicator"]]
    return figures[0].name("quantity") if figures else ""
