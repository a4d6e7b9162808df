"""Paper forms as one PDF: a page or two for each unit and day, or blank ones, with the codes they are entered by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from jointops.kernel.i18n import Translate, _, label
from jointops.operations.models import Operation, ReportingUnit
from jointops.operations.planindicators import AskedIndicator
from jointops.rendering import numbers
from jointops.rendering.document import (
    Block,
    Column,
    Document,
    KeyFigure,
    KeyFigures,
    PageBreak,
    Paragraph,
    Table,
)
from jointops.returns import export, paper
from jointops.returns.asked import Asked, unit_of_measure

_LINE = "_" * 18
_INCIDENTS = 4


def forms(
    operation: Operation,
    questions: Asked,
    wanted: Sequence[tuple[ReportingUnit, date | None]],
    locale: str,
    say: Translate,
    now: datetime,
) -> Document:
    """Return the forms for units and days; a day that is ``None`` is left to be written on the form."""
    blocks: list[Block] = []
    for number, (unit, day) in enumerate(wanted):
        if number:
            blocks.append(PageBreak())
        blocks += _form(questions, unit, day, locale, say)
    return Document(
        title=say(_("Paper forms for ${operation}", mapping={"operation": operation.code})),
        produced_at=now,
        locale=locale,
        code=operation.code,
        marking=export.marking_text(operation, locale),
        time_zone=operation.time_zone,
        watermark=say(_("EXERCISE")) if operation.exercise else "",
        opening="none",
        contents=False,
        blocks=tuple(blocks),
    )


def _form(
    questions: Asked, unit: ReportingUnit, day: date | None, locale: str, say: Translate
) -> list[Block]:
    code = paper.form_code(questions.document, questions.plan_version, unit.code, day)
    of_day = numbers.day(day, locale) if day is not None else say(_("Day: ${line}", mapping={"line": _LINE}))
    name = questions.unit_title(unit.code, locale)
    title = unit.code if name == unit.code else f"{unit.code} · {name}"
    note = say(_("Plan version ${n}", mapping={"n": questions.plan_version}))
    return [
        KeyFigures((KeyFigure(say(_("Form code")), code, note),)),
        Paragraph(f"{title}\n{of_day}", tone="lead"),
        Paragraph(
            say(
                _(
                    "Write a number where there is something to report, with its unit if it is another one. Leave the "
                    "rest empty. Nothing to report at all: tick here ○ NIL. Write no names of persons."
                )
            ),
            tone="small",
        ),
        _figures(questions, unit, locale, say),
        _incidents(say, code),
        Paragraph(say(_("Remarks: ${line}", mapping={"line": _LINE * 4}))),
        Paragraph(say(_("Filled in by (function), at: ${line}", mapping={"line": _LINE * 2}))),
    ]


def _figures(questions: Asked, unit: ReportingUnit, locale: str, say: Translate) -> Table:
    codes = {(each.indicator, each.category): each.code for each in paper.fields(questions.document).values()}
    rows = []
    for indicator in questions.of(unit.code):
        measure = unit_of_measure(indicator.unit, locale)
        rows.append((codes[indicator.code, None], label(indicator.labels, locale), measure, _LINE))
        rows += [
            (codes[indicator.code, part], "– " + label(labels, locale), measure, _LINE)
            for part, labels in indicator.categories.items()
        ]
    return Table(
        caption=say(_("Figures of the day")),
        columns=(
            Column(say(_("Field"))),
            Column(say(_("What is counted")), weight=3),
            Column(say(_("Unit"))),
            Column(say(_("Quantity")), weight=2),
        ),
        rows=tuple(rows),
        upright=True,
        notes=_definitions(questions.of(unit.code), locale),
    )


def _definitions(indicators: Sequence[AskedIndicator], locale: str) -> tuple[str, ...]:
    return tuple(
        f"{label(each.labels, locale)}: {label(each.definition, locale)}"
        for each in indicators
        if each.definition
    )


def _incidents(say: Translate, code: str) -> Table:
    return Table(
        caption=say(_("Incidents to be told one by one (form ${code})", mapping={"code": code})),
        columns=(
            Column(say(_("Reference")), weight=1),
            Column(say(_("Field")), weight=1),
            Column(say(_("Quantity")), weight=1),
            Column(say(_("When and where")), weight=2),
            Column(say(_("Joint with")), weight=1),
        ),
        rows=tuple((" ", " ", " ", " ", " ") for _row in range(_INCIDENTS)),
        upright=True,
        row_headers=False,
    )
