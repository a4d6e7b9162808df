"""The colours and the chart style that pages and documents share, read from ``chart-theme.json``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

THEME_FILE = Path(__file__).with_name("chart-theme.json")
COLOUR_NAMES = (
    "accent",
    "accent-soft",
    "ink",
    "muted",
    "line",
    "panel",
    "missed",
    "warning",
    "warning-panel",
    "watermark",
)


@cache
def _theme() -> dict[str, Any]:
    theme: dict[str, Any] = json.loads(THEME_FILE.read_text(encoding="utf-8"))
    return theme


def colour(name: str) -> str:
    """Return a named colour of the house as ``#rrggbb``. Raises ``KeyError`` for a name that is not in the theme."""
    return str(_theme()["colours"][name])


def series_colours() -> list[str]:
    """Return the colours of a chart's series, in order of use; neighbours differ for colour-blind readers too."""
    return list(_theme()["colours"]["series"])


def chart_config() -> dict[str, Any]:
    """Return a fresh copy of the Vega-Lite ``config`` that every chart has."""
    config: dict[str, Any] = json.loads(json.dumps(_theme()["config"]))
    return config
