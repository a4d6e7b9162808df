"""Charts drawn without a browser: SVG for PDF documents and PNG for Word.

The drawing engine is one for the whole process and starts at the first chart (about half a second), so a process
that forks must do so before. A chart that would fetch anything, from the network or from a file, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import vl_convert

from jointops.rendering import text, typesetting

_VEGA_LITE = "6.4"
_PAGE = b"""#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(read("chart.svg")), format: "svg")
"""


def chart_svg(spec: Mapping[str, Any]) -> str:
    """Return the chart as SVG; its texts stay text. Raises ``ValueError`` for what is not a plain Vega-Lite chart."""
    if _has_address(spec):
        raise ValueError("a chart holds its data and fetches nothing")
    _register_fonts()
    drawn = vl_convert.vegalite_to_svg(dict(spec), vl_version=_VEGA_LITE, allowed_base_urls=[])
    return text.clean(str(drawn))


def chart_png(spec: Mapping[str, Any], pixels_per_inch: float = 220) -> bytes:
    """Return the chart as PNG on white, with the same lines and letters as the SVG; 96 of its pixels are an inch."""
    return typesetting.png(
        {typesetting.MAIN_FILE: _PAGE, "chart.svg": chart_svg(spec).encode()}, pixels_per_inch
    )


def _has_address(part: Any) -> bool:
    if isinstance(part, Mapping):
        return "url" in part or any(_has_address(value) for value in part.values())
    return isinstance(part, list | tuple) and any(_has_address(value) for value in part)


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(text.font_directory()))
