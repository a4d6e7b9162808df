"""What is written in a colour can be read on its ground (WCAG 2.2, contrast of text at least 4.5)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PALETTE = Path(__file__).resolve().parent.parent / "frontend" / "scss" / "_palette.scss"
COLOURS = dict(re.findall(r"^\$([a-z-]+): (#[0-9a-f]{6});", PALETTE.read_text(encoding="utf-8"), re.M))

PAIRS = [
    *((text, ground) for text in ("ink", "blue", "muted") for ground in ("white", "tint", "surface")),
    *((text, "white") for text in ("deep", "blue-dark", "copper-dark", "good", "warn", "bad")),
    *((ground, f"{ground}-tint") for ground in ("good", "warn", "bad")),
    ("good", "good-quiet"),
    ("blue", "info-tint"),
    ("copper-dark", "accent-tint"),
    ("ink", "accent-tint"),
    ("ink", "focus"),
    ("ink", "amber"),
    ("muted", "bad-tint"),
    ("white", "bad"),
    ("white", "blue"),
    ("white", "deep"),
    ("amber", "deep"),
    ("pale", "deep"),
    ("sky-pale", "deep"),
    ("sky-pale", "deeper"),
]


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_legible_on_its_ground(text: str, ground: str) -> None:
    assert _contrast(COLOURS[text], COLOURS[ground]) >= 4.5


def _contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours ``#rrggbb`` as WCAG 2.2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
