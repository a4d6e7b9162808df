"""What participants pledged, in the plan document: beside what the operation asks for, and by participant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from jointops.consultation import rules
from jointops.consultation.contributions import contributions, counted
from jointops.kernel import clock
from jointops.kernel.i18n import _
from jointops.operations.models import Operation
from jointops.operations.plan_document import on_plan_document
from jointops.operations.plan_words import PlanWords
from jointops.operations.plandoc import PlanDocument
from jointops.rendering import numbers
from jointops.rendering.document import Block, Column, Paragraph, Table, Text


@on_plan_document
def pledges(
    session: Session, operation: Operation, plan: PlanDocument, locale: str
) -> Mapping[str, Sequence[Block]]:
    """Return the tables of contributions for the section on resources; nothing where nothing is pledged."""
    rows = [row for row in contributions(session, operation) if row.quantity]
    if not rows:
        return {}
    words = PlanWords(plan, locale)
    say = words.say

    def kind(code: str) -> str:
        return words.word("contribution_kinds", code)

    def area(code: str) -> str:
        return words.word("plan.action_areas", code) if code else say(_("All"))

    def count(number: int | None) -> str:
        return numbers.NO_VALUE if number is None else numbers.number(number, locale)

    needs = rules.needs(plan.resources, counted(rows))
    asked: list[tuple[Text, ...]] = [
        (kind(need.kind), area(need.action_area), count(need.asked.quantity), count(need.pledged.quantity))
        for need in needs
    ]
    pledged: list[tuple[Text, ...]] = [
        (
            words.word("parties", row.participant.party),
            kind(row.kind),
            count(row.quantity),
            count(row.days),
            area(row.action_area),
            row.note,
        )
        for row in rows
    ]
    at = numbers.instant(clock.now(), locale, operation.time_zone)
    ends = (Column(say(_("Asked")), "end"), Column(say(_("Pledged")), "end"))
    blocks: list[Block] = [
        Paragraph(say(_("Pledged as known at ${instant}.", mapping={"instant": at})), "small"),
        Table(
            say(_("What is asked and what is pledged")),
            (Column(say(_("Kind"))), Column(say(_("Action area"))), *ends),
            tuple(asked),
            upright=True,
        ),
        Table(
            say(_("Pledges by participant")),
            (
                Column(say(_("Participant")), weight=3),
                Column(say(_("Kind")), weight=3),
                Column(say(_("Quantity")), "end"),
                Column(say(_("Days each")), "end"),
                Column(say(_("Action area")), weight=3),
                Column(say(_("Note")), weight=4),
            ),
            tuple(pledged),
            upright=True,
        ),
    ]
    return {"resources": blocks}
