"""Totals and how they divide, as the pages show them: plain texts, numbers and addresses, in one language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from jointops.kernel.i18n import _
from jointops.rendering import charts, numbers
from jointops.rendering.charts import Spec
from jointops.situation.figures import NOT_SPECIFIED, Figures, Share
from jointops.situation.names import Names

Href = Callable[..., str]
"""Makes the address of what stands behind a figure: ``href(indicator, party="RO")``."""


@dataclass(frozen=True, slots=True)
class TotalRow:
    """One indicator's totals; ``part`` rows are categories under it."""

    label: str
    unit: str
    value: str | None
    href: str | None
    now: str | None
    delta: str | None
    to_date: str | None
    part: bool
    definition: str | None = None
    other: str | None = None
    other_href: str | None = None
    part_of: str | None = None


@dataclass(frozen=True, slots=True)
class DividedRow:
    """What one day, area, country or type of authority has of the chosen indicator."""

    label: str
    value: str | None
    credited: str | None
    href: str
    percent: float | None
    words: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a list of bars, as the macro takes it; ``note`` says what of it the totals count."""

    label: str
    value: str | None
    percent: float | None
    href: str
    note: str | None
    tone: str


@dataclass(frozen=True, slots=True)
class Divided:
    """One way in which the chosen indicator divides, with its chart if it has one."""

    rows: Sequence[DividedRow]
    spec: Spec | None
    summary: str
    bars: Sequence[Bar] = ()


@dataclass(frozen=True, slots=True)
class Pivot:
    """All indicators by days, areas, countries or authorities: heads and rows of (text, address)."""

    heads: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[tuple[str | None, str]]]]


@dataclass(frozen=True, slots=True)
class AllFigures:
    """A pivot with its title and the head of its first column."""

    id: str
    title: str
    head: str
    pivot: Pivot


def totals(
    names: Names, figures: Figures, now: Figures | None, href: Href, to_date: Figures | None = None
) -> list[TotalRow]:
    """Return the totals of all indicators, each followed by its categories and what they leave over."""
    rows = []
    for total in figures.totals:
        code = total.indicator

        def row(category: str | None, code: str = code) -> TotalRow:
            return _total_row(names, code, category, figures, now, href, to_date)

        rows.append(
            replace(
                row(None),
                definition=names.definition(code),
                other=names.number(total.other_scope),
                other_href=href(code, scope="other") if total.other_scope is not None else None,
                part_of=names.indicator(total.part_of) if total.part_of else None,
            )
        )
        rows += [
            row(category)
            for category, quantity in total.categories
            if quantity is not None or (now is not None and now.total(code, category) is not None)
        ]
        if total.not_specified and any(quantity is not None for _code, quantity in total.categories):
            rows.append(row(NOT_SPECIFIED))
    return rows


def _total_row(
    names: Names,
    code: str,
    category: str | None,
    figures: Figures,
    now: Figures | None,
    href: Href,
    to_date: Figures | None,
) -> TotalRow:
    about = {} if category is None else {"category": category}
    quantity = figures.total(code, category)
    later = None if now is None else now.total(code, category)
    return TotalRow(
        label=names.indicator(code) if category is None else names.category(code, category),
        unit=names.measure(code),
        value=names.number(quantity),
        href=href(code, **about) if quantity is not None else None,
        now=names.number(later),
        delta=change(names, quantity, later) if now is not None else None,
        to_date=names.number(to_date.total(code, category)) if to_date is not None else None,
        part=category is not None,
    )


def change(names: Names, then: Decimal | None, now: Decimal | None) -> str | None:
    """Write how a figure moved; nothing where it did not."""
    difference = (now or Decimal(0)) - (then or Decimal(0))
    return names.signed(difference) if difference else None


# --- How one indicator divides -----------------------------------------------------------------------------------


def chosen(
    names: Names, figures: Figures, days: Sequence[date], indicator: str, href: Href
) -> dict[str, object]:
    """Return everything that the pages show of one chosen indicator."""
    day = by_day(names, figures, days, indicator, href)
    return {
        "label": names.indicator(indicator),
        "unit": names.measure(indicator),
        "total": names.quantity(indicator, figures.total(indicator)),
        "aggregation": names.indicators[indicator].aggregation,
        "by_day": day,
        "day_spec": chart_json(day.spec),
        "by_party": by_party(names, figures, indicator, href),
        "by_action_area": by_action_area(names, figures, indicator, href),
        "by_authority": by_authority(names, figures, indicator, href),
    }


def chart_json(spec: Mapping[str, object] | None) -> str | None:
    """Write a chart for the page, as wide as its place."""
    if spec is None:
        return None
    return json.dumps({name: part for name, part in spec.items() if name != "width"}, ensure_ascii=False)


def by_day(names: Names, figures: Figures, days: Sequence[date], indicator: str, href: Href) -> Divided:
    """Return the chosen indicator day by day; a day without a figure keeps its place."""
    found = {share.key: share.quantity for share in figures.by_day if share.indicator == indicator}
    every = sorted({*(day.isoformat() for day in days), *found})
    rows = [
        DividedRow(
            numbers.short_day(date.fromisoformat(key), names.locale),
            names.number(found.get(key)),
            None,
            href(indicator, day=key),
            None,
        )
        for key in every
    ]
    points = [
        charts.Point(numbers.axis_day(date.fromisoformat(key), names.locale), found.get(key)) for key in every
    ]
    title = names.indicator(indicator)
    spec = charts.bars(points, title=title, value_title=names.measure(indicator), locale=names.locale)
    return Divided(rows, spec if found else None, _peak(names, indicator, rows_of(found)))


def _peak(names: Names, indicator: str, found: Sequence[tuple[str, Decimal]]) -> str:
    if not found:
        return names.translate(_("No figure yet."))
    day, quantity = max(found, key=lambda pair: pair[1])
    return names.translate(
        _(
            "Most on ${day}: ${quantity}.",
            mapping={
                "day": numbers.long_day(date.fromisoformat(day), names.locale),
                "quantity": names.quantity(indicator, quantity) or "",
            },
        )
    )


def rows_of(found: Mapping[str, Decimal | None]) -> list[tuple[str, Decimal]]:
    """Return the pairs that have a figure."""
    return [(key, quantity) for key, quantity in found.items() if quantity is not None]


def by_action_area(names: Names, figures: Figures, indicator: str, href: Href) -> Divided:
    """Return the chosen indicator by action area, in the plan's order, what is not specified last."""
    order = [area.code for area in names.plan.action_areas]
    shares = [
        share
        for share in figures.by_action_area
        if share.indicator == indicator and (share.quantity or share.key != NOT_SPECIFIED)
    ]
    shares.sort(
        key=lambda share: (share.key not in order, order.index(share.key) if share.key in order else 0)
    )
    return _divided(names, shares, indicator, names.action_area, lambda key: href(indicator, action_area=key))


def by_party(names: Names, figures: Figures, indicator: str, href: Href) -> Divided:
    """Return the chosen indicator by party, the largest first: what each is credited with."""
    shares = [share for share in figures.by_party if share.indicator == indicator]
    shares.sort(key=lambda share: (-(share.credited or Decimal(0)), names.party(share.key)))
    return _divided(names, shares, indicator, names.party, lambda key: href(indicator, party=key))


def by_authority(names: Names, figures: Figures, indicator: str, href: Href) -> Divided:
    """Return the chosen indicator by type of authority: what each is credited with."""
    shares = [share for share in figures.by_authority if share.indicator == indicator]
    return _divided(names, shares, indicator, names.authority, lambda key: href(indicator, authority=key))


def _divided(
    names: Names,
    shares: Sequence[Share],
    indicator: str,
    name: Callable[[str], str],
    href: Callable[[str], str],
) -> Divided:
    largest = max((share.credited or Decimal(0) for share in shares), default=Decimal(0))
    rows = [
        DividedRow(
            label=name(share.key),
            value=names.number(share.quantity),
            credited=names.number(share.credited),
            href=href(share.key),
            percent=float(100 * (share.credited or 0) / largest) if largest else None,
        )
        for share in shares
    ]
    bars = [
        Bar(
            row.label,
            row.credited,
            row.percent,
            row.href,
            _adds(names, row),
            "brand" if row.value else "accent",
        )
        for row in rows
    ]
    return Divided(rows, None, "", bars)


def _adds(names: Names, row: DividedRow) -> str | None:
    """Say what a row adds to the total where joint results make that less than what it is credited with."""
    if row.credited == row.value:
        return None
    return names.translate(_("adds ${quantity} to the total", mapping={"quantity": row.value or "0"}))


def joint_differs(shares: Iterable[Share]) -> bool:
    """Say whether any joint result makes what is credited more than what totals count."""
    return any(share.credited != share.quantity for share in shares)


# --- All figures -------------------------------------------------------------------------------------------------


def pivots(names: Names, figures: Figures, days: Sequence[date], href: Href) -> list[AllFigures]:
    """Return all indicators by country, day, action area and type of authority."""
    with_area = {share.key for share in figures.by_action_area}
    areas = [area.code for area in names.plan.action_areas] + [NOT_SPECIFIED] * (NOT_SPECIFIED in with_area)
    every_day = sorted({*(day.isoformat() for day in days), *(share.key for share in figures.by_day)})
    authorities = list(dict.fromkeys(share.key for share in figures.by_authority))
    parties = sorted({share.key for share in figures.by_party}, key=names.party)

    def day_name(key: str) -> str:
        return numbers.short_day(date.fromisoformat(key), names.locale)

    def of(
        name: str,
        title: str,
        head: str,
        shares: Sequence[Share],
        keys: Sequence[str],
        call: Callable[[str], str],
    ) -> AllFigures:
        table = pivot(names, shares, keys, call, name, href)
        return AllFigures(name, names.translate(title), names.translate(head), table)

    return [
        of("party", _("All figures by country"), _("Country"), figures.by_party, parties, names.party),
        of("day", _("All figures by day"), _("Day"), figures.by_day, every_day, day_name),
        of(
            "action_area",
            _("All figures by action area"),
            _("Action area"),
            figures.by_action_area,
            areas,
            names.action_area,
        ),
        of(
            "authority",
            _("All figures by type of authority"),
            _("Authority"),
            figures.by_authority,
            authorities,
            names.authority,
        ),
    ]


def pivot(
    names: Names,
    shares: Sequence[Share],
    keys: Sequence[str],
    name: Callable[[str], str],
    parameter: str,
    href: Href,
) -> Pivot:
    """Return all indicators (columns, as far as there is any figure) by ``keys`` (rows): what each is credited with."""
    found = {(share.key, share.indicator): share.credited for share in shares}
    indicators = [code for code in names.indicators if any(key[1] == code for key in found)]
    return Pivot(
        heads=[(names.indicator(code), names.measure(code)) for code in indicators],
        rows=[
            (
                name(key),
                [
                    (names.number(found.get((key, code))), href(code, **{parameter: key}))
                    for code in indicators
                ],
            )
            for key in keys
        ],
    )
