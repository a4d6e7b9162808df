"""The whole plan as a document: PDF and Word are made of the same blocks.

The sections come in the order of ``reference/data/plan_sections.yaml``, each with its text and its parts as tables. A
section that is added there is printed without a line here. Domains that stand on this one add what only they know,
such as what participants pledged, by :func:`on_plan_document`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.i18n import _, label
from jointops.operations import plan_tables, plancodec, reading
from jointops.operations.models import Operation, Participant, PlanVersion
from jointops.operations.page import exercise_word, marking_line
from jointops.operations.plan_words import PlanWords, rows_at
from jointops.operations.plandoc import PlanDocument, Section
from jointops.operations.planning import document as document_of
from jointops.operations.planning import plan_in_force
from jointops.operations.readiness import SectionState, Status, section_states
from jointops.operations.readingmodel import Reading
from jointops.operations.rules import ENDED, PLANNING
from jointops.reference.catalogue import Part, PlanSection, catalogue
from jointops.rendering import numbers
from jointops.rendering.document import (
    Block,
    Column,
    Definitions,
    Document,
    Heading,
    Notice,
    Paragraph,
    Table,
    Text,
)

OnPlanDocument = Callable[[Session, Operation, PlanDocument, str], Mapping[str, Sequence[Block]]]

_on_plan_document: list[OnPlanDocument] = []


def on_plan_document(function: OnPlanDocument) -> OnPlanDocument:
    """Have ``function`` add blocks to sections of every plan document; a decorator.

    It gets the operation, the plan and the language, and returns blocks by the code of the section that they follow.
    """
    if function not in _on_plan_document:
        _on_plan_document.append(function)
    return function


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved a version, in which function, when, and with what words."""

    by: str
    function: str
    at: datetime
    statement: str


def plan_report(session: Session, operation: Operation, version: PlanVersion, locale: str) -> Document:
    """Return a version of an operation's plan as a document in ``locale``; who asks must be allowed to read it."""
    plan = document_of(version)
    answers = {row.party: row for row in operation.participants}
    added: dict[str, list[Block]] = {}
    for function in _on_plan_document:
        for code, blocks in function(session, operation, plan, locale).items():
            added.setdefault(code, []).extend(blocks)
    approved = version.approval
    approval = (
        Approval(approved.approved_by, approved.function, approved.approved_at, approved.statement)
        if approved is not None
        else None
    )
    in_force = plan_in_force(session, operation).number
    printer = _Printer(plan, locale, answers, added, final=approval is not None)
    say = printer.words.say
    draft = approval is None
    return Document(
        title=label(plan.title, locale),
        subtitle=say(_("Operational plan")),
        code=plan.code,
        produced_at=clock.now(),
        time_zone=plan.time_zone,
        locale=locale,
        marking=marking_line(operation, locale),
        metadata=printer.facts(version),
        approval=printer.approval(version, approval),
        notices=tuple(printer.notices(operation, version.number, in_force)),
        blocks=tuple(printer.blocks()),
        watermark=exercise_word(operation, locale) or (say(_("Draft, not approved")) if draft else ""),
        opening="cover",
        contents=True,
    )


class _Printer:
    """Holds what every section needs: the plan as data and as read, its words, and what others add."""

    def __init__(
        self,
        plan: PlanDocument,
        locale: str,
        answers: Mapping[str, Participant],
        added: Mapping[str, Sequence[Block]],
        *,
        final: bool,
    ) -> None:
        self.plan = plan
        self.data = plancodec.spelled_out(plan)
        self.words = PlanWords(plan, locale)
        self.locale = locale
        self.added = added
        self.final = final
        self.read: Reading = reading.read(plan, answers, plan.period.start, locale)
        self.states: Mapping[str, SectionState] = {
            state.section.code: state for state in section_states(plan)
        }

    # The cover

    def facts(self, version: PlanVersion) -> tuple[tuple[str, Text], ...]:
        say, plan = self.words.say, self.plan
        span = plan.span()
        found = [
            (say(_("Action days")), numbers.day_range(plan.period.start, plan.period.end, self.locale)),
            (say(_("Kind")), self.words.word("operation_kinds", plan.kind)),
            (say(_("Lead")), self.words.word("parties", plan.lead)),
            (say(_("Version")), numbers.number(version.number, self.locale)),
            (say(_("Written by")), version.author),
            (say(_("Kept on")), self._instant(version.created_at)),
            ("SHA-256", version.sha256),
        ]
        if (span.start, span.end) != (plan.period.start, plan.period.end):
            whole = numbers.day_range(span.start, span.end, self.locale)
            found.insert(1, (say(_("With preparation and follow-up")), whole))
        return tuple(found)

    def approval(self, version: PlanVersion, approval: Approval | None) -> tuple[tuple[str, Text], ...]:
        say = self.words.say
        if approval is None:
            return ((say(_("Approved by")), say(_("Draft, not approved"))),)
        found = [
            (say(_("Approved by")), approval.by),
            (say(_("Function")), approval.function),
            (say(_("Approved on")), self._instant(approval.at)),
            (say(_("Approved version")), f"{numbers.number(version.number, self.locale)} · {version.sha256}"),
            (say(_("Statement")), approval.statement),
        ]
        return tuple((term, value) for term, value in found if value)

    def notices(self, operation: Operation, number: int, in_force: int) -> list[str]:
        say = self.words.say
        found = [label(self.plan.illustrative.note, self.locale)] if self.plan.illustrative else []
        if number < in_force:
            found.append(
                say(_("A later version is in force: version ${number}.", mapping={"number": in_force}))
            )
        elif number > in_force and operation.state not in PLANNING | ENDED:
            found.append(
                say(
                    _(
                        "This is an amendment that waits for its approval; version ${number} is in force.",
                        mapping={"number": in_force},
                    )
                )
            )
        return found

    def _instant(self, at: datetime) -> str:
        return numbers.instant(at, self.locale, self.plan.time_zone)

    # The sections

    def blocks(self) -> list[Block]:
        found: list[Block] = []
        for section in catalogue().plan_sections.values():
            found.append(Heading(self.words.text(section.labels)))
            found += self._section(section)
            found += self.added.get(section.code, ())
        return found

    def _section(self, section: PlanSection) -> list[Block]:
        say = self.words.say
        written = self.plan.sections.get(section.code, Section())
        state = self.states[section.code]
        if state.status is Status.NOT_APPLICABLE:
            reason = self.words.text(written.not_applicable)
            return [Paragraph(say(_("Not applicable: ${reason}", mapping={"reason": reason})))]
        found: list[Block] = []
        if state.status is Status.INCOMPLETE and not self.final:
            found.append(Notice(say(_("This section is not complete yet.")), "warning"))
        found += self._paragraphs(self.words.text(written.text))
        if section.code == "general":
            found += self._paragraphs(self.words.text(self.plan.summary))
        parts = [(part, self._part(part)) for part in section.parts]
        several = sum(bool(blocks) for _part, blocks in parts) > 1
        for part, blocks in parts:
            title = self.words.text(part.labels)
            if blocks and several and title != self.words.text(section.labels):
                found.append(Heading(title, 2))
            found += blocks
        if section.code == "concept":
            found += plan_tables.timeline(self.plan, self.words)
        return found or [Paragraph("–")]

    def _paragraphs(self, text: str) -> list[Block]:
        parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n")]
        return [Paragraph(part) for part in parts if part]

    def _part(self, part: Part) -> list[Block]:
        special = _SPECIAL.get(part.field)
        if special is not None:
            return special(self)
        if part.kind == "rows":
            return self._rows(part)
        value = rows_at(self.data, part.path) or {}
        pairs: list[tuple[str, Text]] = []
        long: list[Block] = []
        for column in part.columns:
            text = self.words.written(column, value)
            if not text or column.field in _ON_THE_COVER:
                continue
            if column.kind == "long-text":
                long += [Heading(self.words.text(column.labels), 2), *self._paragraphs(text)]
            else:
                pairs.append((self.words.text(column.labels), text))
        return [*([Definitions(tuple(pairs))] if pairs else []), *long]

    def _rows(self, part: Part) -> list[Block]:
        """Return a list as a table; columns in which no row has anything are left out."""
        rows = rows_at(self.data, part.path) or []
        if not rows:
            return []
        cells = [[self.words.written(column, row) for column in part.columns] for row in rows]
        used = [place for place in range(len(part.columns)) if any(row[place] for row in cells)]
        columns = tuple(
            Column(
                self.words.text(part.columns[place].labels),
                "end" if part.columns[place].kind in {"amount", "number"} else "start",
            )
            for place in used
        )
        table_rows: list[tuple[Text, ...]] = [tuple(row[place] for place in used) for row in cells]
        return [Table(self.words.text(part.labels), columns, tuple(table_rows), upright=True)]


_ON_THE_COVER = frozenset({"title", "summary", "illustrative/note"})

_SPECIAL: Mapping[str, Callable[[_Printer], list[Block]]] = {
    "objectives": lambda printer: plan_tables.objectives(printer.read, printer.words),
    "indicators": lambda printer: plan_tables.indicators(printer.read, printer.words),
    "participants": lambda printer: plan_tables.participants(printer.plan, printer.read, printer.words),
    "tasks": lambda printer: plan_tables.tasks(printer.plan, printer.words),
    "budget": lambda printer: plan_tables.budget(printer.plan, printer.words),
    "reporting": lambda printer: plan_tables.reporting(printer.read),
    # Told with the rules of reporting.
    "reporting/exchange_rates": lambda _printer: [],
    "publications": lambda printer: plan_tables.publications(printer.read, printer.words),
}
"""Parts that are read better in another form than that of a list with all its columns."""
