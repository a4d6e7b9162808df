"""Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

TALLEST = 5_000
"""Pixels of a page that a picture of it shows."""

# Nothing here speaks to any other host: without these, Chromium asks its maker for updates and experiments.
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Chromium's own sandbox does not work for root.
ARGUMENTS = (*_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else []))
"""How a Chromium for tests is started."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class BrowserMissing(RuntimeError):
    """No Chromium is installed; the message says which package brings it."""


def executable() -> str:
    """Return the path of the installed Chromium; ``CHROMIUM`` in the environment names another one.

    Raises :class:`BrowserMissing` when there is none.
    """
    for name in (os.environ.get("CHROMIUM", ""), *_NAMES):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise BrowserMissing("The tests need Chromium. On Debian: apt-get install chromium")


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start a headless Chromium and close it at the end of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def screenshot(page: Page, name: str) -> Path:
    """Keep a picture of the whole page as ``build/screenshots/<name>.png`` and return its path."""
    path = SCREENSHOTS / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    with unrolled(page):
        page.screenshot(path=path)
    return path


@contextmanager
def unrolled(page: Page) -> Iterator[None]:
    """Give the page a screen as high as itself: what sticks to the screen's edge then hides nothing."""
    size = page.viewport_size or WIDE
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": min(max(height, size["height"]), TALLEST)})
    yield
    page.set_viewport_size(size)
