"""The measured part of an evaluation as a workbook: a sheet for each way in which the figures divide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from jointops.evaluation import page, wording
from jointops.evaluation.measured import Measured
from jointops.kernel.i18n import _, label
from jointops.rendering.spreadsheet import SheetColumn, Workbook
from jointops.situation.figures import NOT_SPECIFIED, Share
from jointops.situation.names import STATUS_LABELS, Names


def evaluation_workbook(measured: Measured, names: Names, marking: str = "") -> bytes:
    """Return the workbook of what was measured; the same figures give the same bytes."""
    say, plan = names.translate, names.plan
    title = say(_("${operation}: evaluation", mapping={"operation": label(plan.title, names.locale)}))
    book = Workbook(title, measured.as_known_at, marking=marking, time_zone=plan.time_zone)
    first = book.sheet(say(_("About")), widths=(34, 60))
    first.write(0, 0, title, "title")
    facts = (
        (_("Operation"), plan.code),
        (_("As known at"), names.instant(measured.as_known_at)),
        (_("Status of the figures"), say(STATUS_LABELS[measured.status])),
        (_("Plan"), say(_("Version ${number}", mapping={"number": measured.plan_version}))),
    )
    for row, (term, text) in enumerate(facts, 2):
        first.write(row, 0, say(term), "label")
        first.write(row, 1, text)
    for row, sentence in enumerate(wording.quality(names, measured), len(facts) + 3):
        first.write(row, 0, sentence, "note")
    _results(book, measured, names)
    _objectives(book, measured, names)
    figures = measured.figures
    for name, head, shares, call in (
        (_("By day"), _("Day"), figures.by_day, str),
        (_("By action area"), _("Action area"), figures.by_action_area, names.action_area),
        (_("By country"), _("Country"), figures.by_party, names.party),
        (_("By authority"), _("Authority"), figures.by_authority, names.authority),
    ):
        _shares(book, names, say(name), say(head), shares, call)
    _reporting(book, measured, names)
    _contributions(book, measured, names)
    _publications(book, measured, names)
    return book.finish()


def _results(book: Workbook, measured: Measured, names: Names) -> None:
    say = names.translate
    rows = []
    for total in measured.figures.totals:
        code, measure = total.indicator, names.measure(total.indicator)
        rows.append((code, names.indicator(code), "", total.quantity, measure, total.other_scope))
        rows += [
            (code, names.indicator(code), names.category(code, category), quantity, measure, None)
            for category, quantity in (*total.categories, (NOT_SPECIFIED, total.not_specified))
            if quantity is not None and total.categories
        ]
    book.sheet(say(_("Results")), freeze_rows=1).table(
        0,
        (
            SheetColumn(say(_("Code"))),
            SheetColumn(say(_("Indicator"))),
            SheetColumn(say(_("Category"))),
            SheetColumn(say(_("Quantity")), "quantity"),
            SheetColumn(say(_("Unit"))),
            SheetColumn(say(_("Other scope")), "quantity"),
        ),
        rows,
    )


def _objectives(book: Workbook, measured: Measured, names: Names) -> None:
    say = names.translate
    book.sheet(say(_("Objectives")), freeze_rows=1).table(
        0,
        (
            SheetColumn(say(_("Code"))),
            SheetColumn(say(_("Objective"))),
            SheetColumn(say(_("What is counted"))),
            SheetColumn(say(_("Target")), "quantity"),
            SheetColumn(say(_("Result")), "quantity"),
            SheetColumn(say(_("Unit"))),
            SheetColumn(say(_("Target met"))),
            SheetColumn(say(_("Proposed rating"))),
        ),
        [
            (
                item.code,
                label(wording.objective(names, item.code).title, names.locale),
                wording.counted(names, item),
                item.target,
                item.quantity,
                names.measure(item.indicator) if item.indicator else "",
                wording.met(names, item),
                wording.rating(names, item),
            )
            for item in measured.objectives
        ],
    )


def _shares(
    book: Workbook, names: Names, name: str, head: str, shares: Sequence[Share], call: Callable[[str], str]
) -> None:
    say = names.translate
    day = call is str
    book.sheet(name, freeze_rows=1).table(
        0,
        (
            SheetColumn(head, "day" if day else "text"),
            SheetColumn(say(_("Indicator"))),
            SheetColumn(say(_("Adds to the total")), "quantity"),
            SheetColumn(say(_("Credited")), "quantity"),
            SheetColumn(say(_("Unit"))),
        ),
        [
            (
                date.fromisoformat(share.key) if day else call(share.key),
                names.indicator(share.indicator),
                share.quantity,
                share.credited,
                names.measure(share.indicator),
            )
            for share in shares
        ],
    )


def _reporting(book: Workbook, measured: Measured, names: Names) -> None:
    say = names.translate
    heads = (_("Expected"), _("Received"), _("On time"), _("Late"), _("Nil"), _("Missing"), _("Corrections"))
    book.sheet(say(_("Returns")), freeze_rows=1).table(
        0,
        (SheetColumn(say(_("Country"))), *(SheetColumn(say(text), "number") for text in heads)),
        [
            (
                names.party(party),
                counts.expected,
                counts.received,
                counts.on_time,
                counts.late,
                counts.nil,
                counts.missing + counts.not_yet_due,
                counts.corrections,
            )
            for party, counts in measured.reporting_by_party
        ],
    )


def _contributions(book: Workbook, measured: Measured, names: Names) -> None:
    if not measured.contributions:
        return
    say = names.translate
    heads = (_("Pledged"), _("Days’ work"), _("Came"), _("Days’ work, in fact"))
    rows = [
        (
            row.party,
            row.kind,
            item.pledged.quantity if item.pledged else None,
            item.pledged.days if item.pledged else None,
            item.actual.quantity if item.actual else None,
            item.actual.days if item.actual else None,
            row.verdict,
        )
        for row, item in zip(page.contributions(names, measured), measured.contributions, strict=True)
    ]
    book.sheet(say(_("Contributions")), freeze_rows=1).table(
        0,
        (
            SheetColumn(say(_("Participant"))),
            SheetColumn(say(_("What"))),
            *(SheetColumn(say(head), "number") for head in heads),
            SheetColumn(say(_("Comparison"))),
        ),
        rows,
    )


def _publications(book: Workbook, measured: Measured, names: Names) -> None:
    say = names.translate
    rows = [
        (
            " · ".join(part for part in (block.by, block.when) if part),
            row.counted,
            row.unit,
            row.published,
            row.then,
            row.now,
            row.verdict,
            row.remark,
        )
        for block in page.publications(names, measured, lambda *_args, **_about: "")
        for row in block.rows
    ]
    if not rows:
        return
    titles = (
        _("Publication"),
        _("Figure"),
        _("Unit"),
        _("As published"),
        _("Computed as known then"),
        _("Computed as known now"),
        _("Comparison"),
        _("Remark"),
    )
    book.sheet(say(_("Published figures")), freeze_rows=1).table(
        0, tuple(SheetColumn(say(title)) for title in titles), rows
    )
