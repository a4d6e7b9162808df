"""The situation report as a document."""

from __future__ import annotations

from jointops.kernel.i18n import _, label
from jointops.rendering import numbers
from jointops.rendering.document import (
    Block,
    Bullets,
    Definitions,
    Document,
    Heading,
    Paragraph,
)
from jointops.situation import tables
from jointops.situation.names import STATUS_LABELS, STATUS_NOTES, Names
from jointops.situation.picture import Situation, holds
from jointops.situation.rules import ReturnStatus
from jointops.situation.tables import Url


def situation_report(
    picture: Situation, names: Names, url: Url, marking: str = "", watermark: str = ""
) -> Document:
    """Return the document of one picture; the same picture gives the same document.

    ``url`` makes the address of what stands behind a figure.
    """
    say, plan = names.translate, names.plan
    day = picture.day
    subtitle = (
        numbers.day(day, names.locale)
        if day is not None
        else numbers.day_range(plan.period.start, plan.period.end, names.locale)
    )
    return Document(
        title=say(_("${operation}: situation", mapping={"operation": label(plan.title, names.locale)})),
        subtitle=subtitle,
        code=plan.code,
        # Nothing in it comes from the moment of its making: the same instant gives the same bytes.
        produced_at=picture.as_known_at,
        as_known_at=picture.as_known_at,
        time_zone=plan.time_zone,
        locale=names.locale,
        marking=marking,
        watermark=watermark,
        status=say(STATUS_LABELS[picture.status]),
        metadata=(
            (say(_("Lead")), names.party(plan.lead)),
            (say(_("Plan")), say(_("Version ${number}", mapping={"number": picture.plan_version}))),
        ),
        notices=illustrative(names),
        blocks=tuple(_blocks(picture, names, url)),
    )


def illustrative(names: Names) -> tuple[str, ...]:
    """Return what has to be said of made-up parts of the plan or its figures."""
    note = names.plan.illustrative
    return (label(note.note, names.locale),) if note is not None else ()


def statement(picture_holds: dict[str, list[str]], names: Names) -> str:
    """Say which phases the totals hold, and that they hold what belongs to the operation only."""
    phases = numbers.join([names.phase(phase) for phase in picture_holds["phases"]], names.locale)
    if not phases:
        return names.translate(_("Nobody has given a figure yet."))
    return names.translate(
        _(
            "The totals hold results of the operation itself (${phases}). What was found on the way and is not related "
            "to it is shown beside them.",
            mapping={"phases": phases},
        )
    )


def _blocks(picture: Situation, names: Names, url: Url) -> list[Block]:
    say = names.translate
    figures, counts = picture.figures, picture.counts
    blocks: list[Block] = [Heading(say(_("Key figures")))]
    key_figures = tables.key_figures(names, figures, url)
    if key_figures.figures:
        blocks.append(key_figures)
    blocks += [
        Paragraph(say(STATUS_NOTES[picture.status])),
        Paragraph(statement(holds(figures), names), "small"),
        Heading(say(_("Who has reported"))),
        Definitions(
            (
                (
                    say(_("Received")),
                    f"{numbers.number(counts.received, names.locale)} / "
                    f"{numbers.number(counts.expected, names.locale)} "
                    f"({numbers.percentage(counts.received, counts.expected, names.locale)})",
                ),
                (say(_("On time")), numbers.number(counts.on_time, names.locale)),
                (say(_("Late")), numbers.number(counts.late, names.locale)),
                (say(_("Nil")), numbers.number(counts.nil, names.locale)),
                (say(_("Missing")), numbers.number(counts.missing, names.locale)),
                (say(_("Not yet due")), numbers.number(counts.not_yet_due, names.locale)),
            )
        ),
        *_outstanding(picture, names),
    ]
    parties = [
        (party, picture.counts_of_party(party))
        for party in dict.fromkeys(line.party for line in picture.matrix)
    ]
    blocks.append(tables.reporting(names, parties, counts))
    blocks += [Heading(say(_("Totals"))), tables.totals(names, figures, url, picture.to_date)]
    first = tables.first_indicators(names, figures, 1)
    if first:
        if picture.day is None:
            blocks.append(Heading(say(_("By day"))))
            blocks.append(tables.day_chart(names, figures, first[0], picture.days))
            blocks.append(tables.by_day(names, figures, url))
        blocks += [
            Heading(say(_("By action area"))),
            tables.by_action_area(names, figures, url),
            Heading(say(_("By country"))),
            tables.by_party(names, figures, url),
            Heading(say(_("By type of authority"))),
            tables.by_authority(names, figures, url),
        ]
    return blocks


def _outstanding(picture: Situation, names: Names) -> list[Block]:
    missing = [
        (line.unit, [cell.day for cell in line.cells if cell.status is ReturnStatus.MISSING])
        for line in picture.matrix
    ]
    missing = [(unit, days) for unit, days in missing if days]
    if not missing:
        return []
    items = [
        f"{names.unit(unit)} ({unit}): "
        + numbers.join([numbers.axis_day(day, names.locale) for day in days], names.locale)
        for unit, days in missing
    ]
    return [Heading(names.translate(_("Outstanding returns")), 2), Bullets(tuple(items))]
