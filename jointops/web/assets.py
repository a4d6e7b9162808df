"""Style sheets, scripts and fonts: built files with their content's hash in the name, kept by browsers for a year."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pyramid.config import Configurator

BUILD = Path(__file__).resolve().parent.parent / "static" / "build"
ADDRESS = "/static"
_YEAR = 365 * 24 * 3600


def includeme(config: Configurator) -> None:
    """Bring the address of the built files."""
    config.add_static_view(
        ADDRESS.strip("/"),
        "jointops:static/build",
        cache_max_age=_YEAR,
        # The build packs text both ways; the shorter one that the browser can unpack is sent.
        content_encodings=["br", "gzip"],
    )


def asset(name: str) -> str:
    """Return the address of a built file by its plain name, such as ``main.css``."""
    return f"{ADDRESS}/{_manifest().get(name, name)}"


def content_of(name: str) -> bytes:
    """Return the bytes of a built file by its plain name."""
    return (BUILD / _manifest().get(name, name)).read_bytes()


@cache
def _manifest() -> Mapping[str, str]:
    file = BUILD / "manifest.json"
    if not file.exists():
        return {}
    names: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return names
