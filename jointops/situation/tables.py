"""Tables and charts of figures for documents: the same for situation reports and evaluations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from jointops.kernel.i18n import _
from jointops.rendering import charts, numbers
from jointops.rendering.document import Chart, Column, KeyFigure, KeyFigures, Link, Table, Text
from jointops.situation.figures import NOT_SPECIFIED, Figures, Share
from jointops.situation.names import TOTALS_NOTE, Names
from jointops.situation.rules import Counts

WIDEST = 5
"""Indicators side by side in a table on an upright page."""

KEY_FIGURES = 6

# Shares of a table's width: what heads a row needs more than a figure does.
_HEAD_SHARE, _FIGURE_SHARE = 3, 2

Url = Callable[..., str]
"""Makes the address of what stands behind a figure: ``url(indicator, party="RO")``."""


def first_indicators(names: Names, figures: Figures, most: int = WIDEST) -> list[str]:
    """Return the indicators that stand first and of which there is any figure."""
    return [code for code in names.shown if figures.total(code) is not None][:most]


def linked(text: str | None, url: str) -> Text:
    """Return a figure that leads to what stands behind it; a dash where there is none."""
    return numbers.NO_VALUE if text is None else Link(text, url)


def key_figures(names: Names, figures: Figures, url: Url) -> KeyFigures:
    """Return the figures to see first."""
    return KeyFigures(
        tuple(
            # The unit stands below: a long figure leaves no room beside it.
            KeyFigure(
                names.indicator(code),
                linked(names.number(figures.total(code)), url(code)),
                names.measure(code),
            )
            for code in first_indicators(names, figures, KEY_FIGURES)
        )
    )


def totals(names: Names, figures: Figures, url: Url, to_date: Figures | None = None) -> Table:
    """Return all indicators with their categories and what these leave over."""
    say = names.translate
    columns = [
        Column(say(_("Indicator")), weight=1),
        Column(say(_("This day")) if to_date else say(_("Total")), "end"),
        *([Column(say(_("To date")), "end")] if to_date else []),
        Column(say(_("Unit"))),
        Column(say(_("Other scope")), "end"),
    ]
    rows: list[tuple[Text, ...]] = []
    for total in figures.totals:
        code = total.indicator

        def row(label: str, category: str | None, other: str | None, code: str = code) -> tuple[Text, ...]:
            about = {} if category is None else {"category": category}
            until = (
                [names.number(to_date.total(code, category)) or numbers.NO_VALUE]
                if to_date is not None
                else []
            )
            return (
                label,
                linked(names.number(figures.total(code, category)), url(code, **about)),
                *until,
                names.measure(code),
                other or numbers.NO_VALUE,
            )

        rows.append(row(names.indicator(code), None, names.number(total.other_scope)))
        parts = [category for category, quantity in total.categories if quantity is not None]
        if parts and total.not_specified:
            parts.append(NOT_SPECIFIED)
        rows += [row(f"    {names.category(code, category)}", category, None) for category in parts]
    return Table(
        say(_("Totals of all indicators")),
        tuple(columns),
        tuple(rows),
        notes=(say(TOTALS_NOTE),),
    )


def divided(
    names: Names,
    figures: Figures,
    shares: Sequence[Share],
    keys: Sequence[str],
    name: Callable[[str], str],
    caption: str,
    head: str,
    url: Callable[[str, str], str],
) -> Table:
    """Return the first indicators by ``keys``: what each is credited with, and the totals below."""
    codes = first_indicators(names, figures)
    found = {(share.key, share.indicator): share for share in shares}
    more = any(share.credited != share.quantity for share in shares if share.indicator in codes)
    rows = tuple(
        (
            name(key),
            *(
                linked(names.number(found[key, code].credited), url(code, key))
                if (key, code) in found
                else numbers.NO_VALUE
                for code in codes
            ),
        )
        for key in keys
    )
    note = names.translate(
        _("Each contributor of a joint result is credited with it: a column can come to more than its total.")
    )
    return Table(
        caption,
        (
            Column(head, weight=_HEAD_SHARE),
            *(Column(f"{names.indicator(c)} ({names.measure(c)})", "end", _FIGURE_SHARE) for c in codes),
        ),
        rows,
        totals=(
            names.translate(_("Total")),
            *(names.number(figures.total(code)) or numbers.NO_VALUE for code in codes),
        ),
        notes=(note,) if more else (),
    )


def by_party(names: Names, figures: Figures, url: Url) -> Table:
    """Return the first indicators by country, agency or partner."""
    say = names.translate
    keys = sorted({share.key for share in figures.by_party}, key=names.party)
    return divided(
        names, figures, figures.by_party, keys, names.party, say(_("Results by country")), say(_("Country")),
        lambda code, key: url(code, party=key),
    )  # fmt: skip


def by_authority(names: Names, figures: Figures, url: Url) -> Table:
    """Return the first indicators by type of authority."""
    say = names.translate
    keys = list(dict.fromkeys(share.key for share in figures.by_authority))
    return divided(
        names, figures, figures.by_authority, keys, names.authority, say(_("Results by type of authority")),
        say(_("Authority")), lambda code, key: url(code, authority=key),
    )  # fmt: skip


def by_action_area(names: Names, figures: Figures, url: Url) -> Table:
    """Return the first indicators by action area, what is not specified last."""
    say = names.translate
    there = {share.key for share in figures.by_action_area}
    keys = [area.code for area in names.plan.action_areas if area.code in there]
    keys += [NOT_SPECIFIED] if NOT_SPECIFIED in there else []
    return divided(
        names, figures, figures.by_action_area, keys, names.action_area, say(_("Results by action area")),
        say(_("Action area")), lambda code, key: url(code, action_area=key),
    )  # fmt: skip


def by_day(names: Names, figures: Figures, url: Url) -> Table:
    """Return the first indicators by operational day."""
    say = names.translate
    return divided(
        names, figures, figures.by_day, sorted({share.key for share in figures.by_day}),
        lambda key: numbers.short_day(date.fromisoformat(key), names.locale), say(_("Results by day")), say(_("Day")),
        lambda code, key: url(code, day=key),
    )  # fmt: skip


def day_chart(names: Names, figures: Figures, indicator: str, days: Sequence[date]) -> Chart:
    """Return a chart of one indicator day by day."""
    found = {share.key: share.quantity for share in figures.by_day if share.indicator == indicator}
    every = sorted({*(day.isoformat() for day in days), *found})
    title = names.indicator(indicator)
    points = [
        charts.Point(numbers.axis_day(date.fromisoformat(key), names.locale), found.get(key)) for key in every
    ]
    summary = names.translate(
        _(
            "${indicator} by day; in all ${total}.",
            mapping={"indicator": title, "total": names.quantity(indicator, figures.total(indicator)) or "–"},
        )
    )
    return Chart(
        names.translate(_("${indicator} by day", mapping={"indicator": title})),
        summary,
        charts.bars(points, title=summary, value_title=names.measure(indicator), locale=names.locale),
    )


def reporting(
    names: Names, parties: Sequence[tuple[str, Counts]], whole: Counts, caption: str | None = None
) -> Table:
    """Return reporting discipline by party."""
    say = names.translate
    locale = names.locale

    def figures(counts: Counts) -> tuple[str, ...]:
        return (
            *(
                numbers.number(value, locale)
                for value in (
                    counts.expected,
                    counts.received,
                    counts.on_time,
                    counts.late,
                    counts.nil,
                    counts.missing + counts.not_yet_due,
                    counts.corrections,
                )
            ),
            numbers.percentage(counts.on_time, counts.expected, locale),
        )

    return Table(
        caption or say(_("Returns by country")),
        (
            Column(say(_("Country")), weight=1),
            *(
                Column(say(text), "end")
                for text in (
                    _("Expected"),
                    _("Received"),
                    _("On time"),
                    _("Late"),
                    _("Nil"),
                    _("Missing"),
                    _("Corrections"),
                    _("On time of expected"),
                )
            ),
        ),
        tuple((names.party(party), *figures(counts)) for party, counts in parties),
        totals=(say(_("All")), *figures(whole)),
    )
