"""Charts as Vega-Lite specifications, made from plain data, in one style.

The same specification is drawn in the page by Vega and in documents by :mod:`jointops.rendering.chart_images`.
Everything in it is plain data without scripts, and its own number format, so it needs no network and no locale from
outside. A chart carries no title: the page or document around it does; ``description`` says for assistive technology
what it shows. Exact values are written beside their marks as text, so that drawing in binary floats loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from jointops.rendering import numbers, text, theme

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH = 590
ROWS_WIDTH = 440
"""Widths of the plotting area in pixels, upright and with labelled rows; a page may set ``container`` instead."""

_DAYS_HEIGHT = 220
_ROW_STEP = 26
_SPAN_STEP = 20
_WIDEST_TARGET_SHARE = 2.0
_DAY_STEPS, _MOST_DAY_LABELS = (1, 2, 3, 7, 14, 28, 56, 91, 182), 8

# Where a text stands: at the end of its bar, and for the dash of a value that is not known at the foot.
_AT_VALUE_OR_FOOT = {"field": "at", "type": "quantitative"}

Spec = dict[str, Any]
Value = Decimal | int | None


@dataclass(frozen=True, slots=True)
class Point:
    """A category and its value; ``None`` is not known, and is drawn as a gap with a dash."""

    label: str
    value: Value


@dataclass(frozen=True, slots=True)
class DayPoint:
    """A series' value on an operational day; ``None`` is not known."""

    day: date
    series: str
    value: Value


@dataclass(frozen=True, slots=True)
class TargetPoint:
    """What was reached of a target. ``value`` and ``target`` are in the same unit; ``unit`` is its label."""

    label: str
    value: Value
    target: Decimal | int
    unit: str = ""
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasts from the day ``start`` to the day ``end``, both included; ``series`` is its kind."""

    label: str
    start: date
    end: date
    series: str = ""


def bars(points: Sequence[Point], *, title: str, value_title: str, locale: str) -> Spec:
    """Return upright bars, one a category, in the order given. For up to about ten short labels."""
    x = _nominal("label", [point.label for point in points], axis={"title": None, "labelLimit": 110})
    y = _measure(value_title)
    return _chart(
        title,
        locale,
        _points_data(points, locale),
        height=_DAYS_HEIGHT,
        layer=[
            {"mark": {"type": "bar", "width": {"band": 0.62}}, "encoding": {"x": x, "y": y, **_spoken()}},
            {
                "mark": {"type": "text", "dy": -8, "fontSize": 12},
                "encoding": {"x": x, "y": _AT_VALUE_OR_FOOT, "text": {"field": "text"}},
            },
        ],
    )


def horizontal_bars(
    points: Sequence[Point], *, title: str, value_title: str, locale: str, largest_first: bool = True
) -> Spec:
    """Return lying bars, one a row, such as one a country: largest first, those not known last, ties by label."""
    ordered = sorted(points, key=_largest_first) if largest_first else list(points)
    y = _nominal(
        "label",
        [point.label for point in ordered],
        axis={"title": None, "grid": False, "labelLimit": 220, "minExtent": 90},
    )
    x = _measure(value_title, axis={"grid": True, "domain": False, "orient": "bottom"})
    return _chart(
        title,
        locale,
        _points_data(ordered, locale),
        width=ROWS_WIDTH,
        height={"step": _ROW_STEP},
        layer=[
            {"mark": {"type": "bar", "height": {"band": 0.68}}, "encoding": {"y": y, "x": x, **_spoken()}},
            {
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"y": y, "x": _AT_VALUE_OR_FOOT, "text": {"field": "text"}},
            },
        ],
    )


def stacked_days(
    points: Sequence[DayPoint], *, title: str, value_title: str, series_title: str, locale: str
) -> Spec:
    """Return one bar a day, made of its series in the order in which they first come, with the day's total above.

    A day on which nothing is known of any series keeps its place and shows a dash.
    """
    days = sorted({point.day for point in points})
    series = _in_order(point.series for point in points)
    x = _nominal("day", [numbers.axis_day(day, locale) for day in days], axis={"title": None})
    rows = [_day_row(point, locale) | {"order": series.index(point.series)} for point in points]
    totals = [_day_total(day, points, locale) for day in days]
    return _chart(
        title,
        locale,
        rows,
        height=_DAYS_HEIGHT,
        layer=[
            {
                "mark": {"type": "bar", "width": {"band": 0.62}},
                "encoding": {
                    "x": x,
                    "y": {**_measure(value_title), "stack": "zero"},
                    "color": _colour(series, series_title),
                    "order": {"field": "order", "type": "quantitative"},
                    **_spoken(),
                },
            },
            {
                "data": {"values": totals},
                "mark": {"type": "text", "dy": -8},
                "encoding": {"x": x, "y": _AT_VALUE_OR_FOOT, "text": {"field": "text"}},
            },
        ],
    )


def day_lines(
    points: Sequence[DayPoint], *, title: str, value_title: str, series_title: str, locale: str
) -> Spec:
    """Return a line a series over the days. Where a value is not known the line is interrupted."""
    days = sorted({point.day for point in points})
    series = _in_order(point.series for point in points)
    x = _nominal("day", [numbers.axis_day(day, locale) for day in days], axis={"title": None})
    encoding = {"x": x, "y": _measure(value_title), "color": _colour(series, series_title)}
    shape = {"field": "series", "type": "nominal", "scale": {"domain": series}, "legend": None}
    return _chart(
        title,
        locale,
        [_day_row(point, locale) for point in points],
        height=_DAYS_HEIGHT,
        layer=[
            {"mark": {"type": "line", "invalid": "break-paths-show-domains"}, "encoding": encoding},
            {
                "mark": {"type": "point", "invalid": "filter", "opacity": 1},
                "encoding": {**encoding, "shape": shape, **_spoken()},
            },
        ],
    )


def target_bullets(points: Sequence[TargetPoint], *, title: str, value_title: str, locale: str) -> Spec:
    """Return a bar a target, as a share of it, against the line of 100 %; beside each the exact value and target.

    Shares beyond twice the target are cut there. Colour repeats what the figures say: reached or not.
    """
    y = _nominal(
        "label",
        [point.label for point in points],
        axis={"title": None, "grid": False, "labelLimit": 220, "minExtent": 90},
    )
    rows = [_target_row(point, locale) for point in points]
    widest = max([1.0, *(row["value"] for row in rows if row["value"] is not None)])
    x: Spec = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, widest], "nice": False},
        "axis": {"title": value_title, "format": ".0%", "grid": True, "domain": False, "tickCount": 4},
    }
    met = {"test": "datum.met", "value": theme.colour("accent")}
    return _chart(
        title,
        locale,
        rows,
        width=ROWS_WIDTH,
        height={"step": _ROW_STEP + 6},
        layer=[
            {
                "mark": {"type": "bar", "height": {"band": 0.5}},
                "encoding": {
                    "y": y,
                    "x": x,
                    "color": {"condition": met, "value": theme.colour("missed")},
                    **_spoken(),
                },
            },
            {
                "data": {"values": [{"target": 1}]},
                "mark": {"type": "rule", "strokeWidth": 2, "strokeDash": [4, 3]},
                "encoding": {"x": {"field": "target", "type": "quantitative"}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": "text"}},
            },
        ],
    )


def timeline(spans: Sequence[Span], *, title: str, series_title: str, locale: str) -> Spec:
    """Return a lying bar a span over the days, one a row in the order given. Raises ``ValueError`` without spans.

    The rows' labels need not differ: what is drawn is the place of a span in the order.
    """
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    count = (last - first).days + 1
    step = next(step for step in (*_DAY_STEPS, count) if count <= step * _MOST_DAY_LABELS)
    shown = {n: numbers.axis_day(first + timedelta(days=n), locale) for n in range(0, count, step)}
    rows = [
        {
            "row": f"{place}",
            "series": span.series,
            "since": (span.start - first).days,
            "until": (span.end - first).days + 1,
            "spoken": f"{span.label}: {numbers.day_range(span.start, span.end, locale)}",
        }
        for place, span in enumerate(spans)
    ]
    y = _nominal(
        "row",
        [str(row["row"]) for row in rows],
        axis={
            "title": None,
            "grid": False,
            "labelLimit": 230,
            "minExtent": 90,
            "labelExpr": _one_of([span.label for span in spans], "parseInt(datum.value)"),
        },
    )
    x: Spec = {
        "field": "since",
        "type": "quantitative",
        "scale": {"domain": [0, count], "nice": False, "zero": False},
        "axis": {
            "title": None,
            "values": list(shown),
            "grid": True,
            "labelAlign": "left",
            "labelBound": True,
            "labelOverlap": False,
            "labelExpr": _one_of(list(shown.values()), f"datum.value / {step}"),
        },
    }
    series = _in_order(span.series for span in spans)
    return _chart(
        title,
        locale,
        rows,
        width=ROWS_WIDTH,
        height={"step": _SPAN_STEP},
        layer=[
            {
                "mark": {"type": "bar", "height": {"band": 0.62}, "cornerRadius": 1},
                "encoding": {
                    "y": y,
                    "x": x,
                    "x2": {"field": "until"},
                    "color": _colour(series, series_title),
                    **_spoken(),
                },
            }
        ],
    )


def _one_of(texts: Sequence[str], position: str) -> str:
    """Return the expression that chooses one of ``texts``: as data, so that no text can be an expression."""
    return f"{json.dumps([text.clean(one) for one in texts], ensure_ascii=False)}[{position}]"


def number_format(locale: str) -> dict[str, Any]:
    """Return the locale's number format in the form that Vega (d3-format) reads."""
    chosen = numbers.babel_locale(locale)
    symbols = chosen.number_symbols["latn"]
    before_percent = chosen.percent_formats[None].pattern.removesuffix("%").removeprefix("#,##0")
    return {
        "decimal": symbols["decimal"],
        "thousands": symbols["group"],
        "grouping": [3],
        "currency": ["€", ""],
        "percent": f"{before_percent}%",
        "minus": "\u2212",
    }


def _chart(
    title: str,
    locale: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    width: int = WIDTH,
    height: int | Mapping[str, int],
    layer: Sequence[Spec],
) -> Spec:
    config = theme.chart_config()
    config["locale"] = {"number": number_format(locale)}
    spec = {
        "$schema": SCHEMA,
        "description": title,
        "data": {"values": list(rows)},
        "width": width,
        "height": height,
        "layer": list(layer),
        "config": config,
    }
    cleaned: Spec = _cleaned(spec)
    return cleaned


def _cleaned(part: Any) -> Any:
    """Return a specification with every text in it cleaned; labels come from people."""
    if isinstance(part, str):
        return text.clean(part)
    if isinstance(part, Mapping):
        return {name: _cleaned(value) for name, value in part.items()}
    return [_cleaned(value) for value in part] if isinstance(part, list) else part


def _points_data(points: Iterable[Point], locale: str) -> list[dict[str, Any]]:
    return [_row(point.label, point.value, locale) | {"label": point.label} for point in points]


def _row(name: str, value: Value, locale: str) -> dict[str, Any]:
    shown = numbers.NO_VALUE if value is None else numbers.number(value, locale)
    drawn = None if value is None else float(value)
    return {"value": drawn, "at": drawn or 0.0, "text": shown, "spoken": f"{name}: {shown}"}


def _day_row(point: DayPoint, locale: str) -> dict[str, Any]:
    day = numbers.axis_day(point.day, locale)
    return _row(f"{day}, {point.series}", point.value, locale) | {"day": day, "series": point.series}


def _day_total(day: date, points: Sequence[DayPoint], locale: str) -> dict[str, Any]:
    known = [Decimal(point.value) for point in points if point.day == day and point.value is not None]
    axis_day = numbers.axis_day(day, locale)
    return _row(axis_day, sum(known, Decimal(0)) if known else None, locale) | {"day": axis_day}


def _target_row(point: TargetPoint, locale: str) -> dict[str, Any]:
    target = numbers.quantity(point.target, point.unit, locale)
    value = numbers.NO_VALUE if point.value is None else numbers.number(point.value, locale)
    bound = "≤ " if point.at_most else ""
    shown = f"{value} / {bound}{target}"
    met = point.value is not None and (
        point.value <= point.target if point.at_most else point.value >= point.target
    )
    share = None
    if point.value is not None:
        share = float(Decimal(point.value) / Decimal(point.target)) if point.target else _WIDEST_TARGET_SHARE
        share = min(share, _WIDEST_TARGET_SHARE)
    return {
        "label": point.label,
        "value": share,
        "met": met,
        "text": shown,
        "spoken": f"{point.label}: {shown}",
    }


def _largest_first(point: Point) -> tuple[bool, Decimal, str]:
    return (point.value is None, -Decimal(point.value or 0), point.label)


def _in_order(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _nominal(field: str, order: Sequence[str], axis: Spec) -> Spec:
    domain = _in_order(order)
    return {"field": field, "type": "nominal", "sort": None, "scale": {"domain": domain}, "axis": axis}


def _measure(title: str, axis: Spec | None = None) -> Spec:
    return {
        "field": "value",
        "type": "quantitative",
        "axis": {"title": title, "tickCount": 5, **(axis or {})},
        "scale": {"zero": True, "nice": True},
    }


def _colour(series: Sequence[str], title: str) -> Spec:
    colours = theme.series_colours()
    return {
        "field": "series",
        "type": "nominal",
        "scale": {
            "domain": list(series),
            "range": [colours[position % len(colours)] for position in range(len(series))],
        },
        "legend": {"title": title or None, "columns": 0 if len(series) <= 4 else 4}
        if len(series) > 1
        else None,
    }


def _spoken() -> Spec:
    return {"description": {"field": "spoken"}, "tooltip": {"field": "spoken"}}
