import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jointops.rendering import chart_images, charts, numbers, theme
from jointops.rendering.charts import DayPoint, Point, Spec, TargetPoint
from tests.rendering.samples import HOSTILE

DAY, NEXT = date(2014, 9, 15), date(2014, 9, 16)


def every_chart(label: str = "Drugs", locale: str = "en") -> dict[str, Spec]:
    days = [DayPoint(DAY, label, 3), DayPoint(NEXT, label, None), DayPoint(NEXT, "Other", Decimal("0.5"))]
    points = [Point(label, Decimal("1300.5")), Point("Zero", 0), Point("Missing", None)]
    targets = [TargetPoint(label, 55, 100), TargetPoint("Missing", None, Decimal(5), "kg")]
    look: dict[str, Any] = {"title": label, "value_title": label, "locale": locale}
    return {
        "bars": charts.bars(points, **look),
        "horizontal bars": charts.horizontal_bars(points, **look),
        "stacked days": charts.stacked_days(days, series_title="Area", **look),
        "day lines": charts.day_lines(days, series_title="", **look),
        "target bullets": charts.target_bullets(targets, **look),
    }


CHARTS = every_chart()


def rows(spec: Spec) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = spec["data"]["values"]
    return values


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_plain_data_that_fetches_nothing(name: str) -> None:
    spec = CHARTS[name]
    text = json.dumps(spec)
    assert json.loads(text) == spec
    assert "url" not in text
    assert "title" not in spec
    assert spec["description"] == "Drugs"
    assert spec["config"]["font"] == "IBM Plex Sans"


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_the_same_each_time_with_its_text_as_text(name: str) -> None:
    spec = CHARTS[name]
    svg = chart_images.chart_svg(spec)
    assert svg.startswith("<svg")
    assert "Drugs" in svg
    assert ("–" in svg) == (name not in {"stacked days", "day lines"})
    assert svg == chart_images.chart_svg(spec)
    image = chart_images.chart_png(spec, 96)
    assert image.startswith(b"\x89PNG")
    assert image == chart_images.chart_png(spec, 96)


@pytest.mark.parametrize("name", CHARTS)
def test_hostile_labels_are_drawn_as_text(name: str) -> None:
    svg = chart_images.chart_svg(every_chart(HOSTILE)[name])
    assert "<script" not in svg
    assert "\x01" not in svg


def test_values_are_written_exactly_and_missing_is_not_zero() -> None:
    found = {row["label"]: (row["value"], row["text"], row["spoken"]) for row in rows(CHARTS["bars"])}
    assert found == {
        "Drugs": (1300.5, "1,300.5", "Drugs: 1,300.5"),
        "Zero": (0.0, "0", "Zero: 0"),
        "Missing": (None, "–", "Missing: –"),
    }


def test_the_largest_comes_first_and_the_unknown_last() -> None:
    points = [Point("b", 3), Point("unknown", None), Point("c", 7), Point("a", 3)]
    look: dict[str, Any] = {"title": "", "value_title": "", "locale": "en"}
    assert [row["label"] for row in rows(charts.horizontal_bars(points, **look))] == [
        "c",
        "a",
        "b",
        "unknown",
    ]
    kept = charts.horizontal_bars(points, largest_first=False, **look)
    assert [row["label"] for row in rows(kept)] == ["b", "unknown", "c", "a"]


def test_a_stack_shows_its_exact_total_and_a_day_without_any_value_a_dash() -> None:
    points = [
        DayPoint(DAY, "a", Decimal("0.1")),
        DayPoint(DAY, "b", Decimal("0.2")),
        DayPoint(NEXT, "a", None),
    ]
    spec = charts.stacked_days(points, title="", value_title="", series_title="", locale="en")
    totals = spec["layer"][1]["data"]["values"]
    assert [(row["day"], row["text"]) for row in totals] == [("15\u00a0Sept", "0.3"), ("16\u00a0Sept", "–")]
    assert spec["layer"][0]["encoding"]["color"]["scale"]["domain"] == ["a", "b"]


def test_targets_are_told_reached_or_not_whatever_their_unit() -> None:
    points = [
        TargetPoint("reached", Decimal("599"), 500, "kg"),
        TargetPoint("not", Decimal("200.4"), 350, "kg"),
        TargetPoint("far beyond", 9000, 10),
        TargetPoint("unknown", None, 10),
        TargetPoint("at most", 4, 5, at_most=True),
        TargetPoint("of nothing", 3, 0),
    ]
    spec = charts.target_bullets(points, title="", value_title="", locale="en")
    assert [(row["met"], row["value"], row["text"]) for row in rows(spec)] == [
        (True, 1.198, "599 / 500\u00a0kg"),
        (False, pytest.approx(0.572571), "200.4 / 350\u00a0kg"),
        (True, 2.0, "9,000 / 10"),
        (False, None, "– / 10"),
        (True, 0.8, "4 / ≤ 5"),
        (True, 2.0, "3 / 0"),
    ]


def test_numbers_follow_the_language() -> None:
    spec = charts.bars([Point("x", Decimal("1300.5"))], title="", value_title="", locale="fr")
    assert rows(spec)[0]["text"] == "1\u202f300,5"
    assert charts.number_format("fr")["decimal"] == ","
    assert charts.number_format("de")["thousands"] == "."
    assert "1\u202f400" in chart_images.chart_svg(spec)


def test_a_chart_without_points_is_still_drawn() -> None:
    look: dict[str, Any] = {"title": "", "value_title": "", "locale": "en"}
    for spec in (
        charts.bars([], **look),
        charts.horizontal_bars([], **look),
        charts.stacked_days([], series_title="", **look),
        charts.day_lines([], series_title="", **look),
        charts.target_bullets([], **look),
    ):
        assert chart_images.chart_svg(spec).startswith("<svg")


@pytest.mark.parametrize("address", ["https://a.example/x.csv", "file:///etc/passwd"])
def test_a_chart_that_would_fetch_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="fetches nothing"):
        chart_images.chart_svg({"data": {"url": address}, "mark": "bar"})


def test_what_is_no_chart_is_refused() -> None:
    with pytest.raises(ValueError):
        chart_images.chart_svg({"mark": "nonsense"})


def test_series_have_ten_colours_of_their_own() -> None:
    colours = theme.series_colours()
    assert len(set(colours)) == len(colours) == 10
    assert theme.chart_config()["range"]["category"] == colours
    with pytest.raises(KeyError):
        theme.colour("no such colour")


def test_a_timeline_has_a_bar_a_row_over_its_days_and_its_labels_are_data() -> None:
    spans = [
        charts.Span("Preparation", date(2027, 4, 26), date(2027, 5, 2), "Phase"),
        charts.Span('T1 "]; alert(1)//', date(2027, 5, 3), date(2027, 5, 3), "Task"),
    ]
    svg = chart_images.chart_svg(charts.timeline(spans, title="x", series_title="", locale="en"))
    assert "Preparation" in svg
    assert "alert(1)" in svg
    assert "26 Apr" in svg
    assert f"Preparation: {numbers.day_range(spans[0].start, spans[0].end, 'en')}" in svg
    with pytest.raises(ValueError):
        charts.timeline([], title="x", series_title="", locale="en")
