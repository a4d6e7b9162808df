"""Somebody at a browser: what they read, press and fill in, while everything that goes wrong is noted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    expect,
)
from sqlalchemy.orm import Session, sessionmaker

from jointops.kernel.db import unit_of_work
from jointops.kernel.policy import Grant
from tests import people
from tests.support.browser import WIDE, screenshot

PHONE: ViewportSize = {"width": 375, "height": 812}
"""The narrowest screen that the pages are made for."""

PATIENCE = 15_000
"""Milliseconds that a page may take on a machine that is busy with other tests."""

DOCUMENT_PATIENCE = 60_000
"""Milliseconds that a document with charts may take there."""

_TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  return [...document.querySelectorAll("body *")]
    .filter(element => element.getBoundingClientRect().right > width + 1)
    .slice(0, 5)
    .map(element => element.outerHTML.slice(0, 120))
}"""


_SETTLED = """() => document.fonts.status === "loaded"
  && [...document.querySelectorAll("[data-chart]")].every(chart => chart.hasAttribute("data-drawn"))"""


@dataclass
class Album:
    """Pictures of the pages, numbered in the order in which they are taken."""

    name: str
    taken: int = 0

    def path(self, what: str, size: str) -> str:
        """Return the name of the picture of ``what`` on a screen of ``size``."""
        return f"{self.name}/{self.taken:02}-{what}-{size}"


@dataclass
class Visitor:
    """One person with a browser profile of their own.

    Whatever a page complains about (scripts, the content security policy, requests that fail or are refused
    without having been expected) is kept in ``faults``.
    """

    page: Page
    address: str
    album: Album
    faults: list[str] = field(default_factory=list)
    _expected: int | None = None
    _downloading: bool = False

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("requestfailed", self._miss)
        self.page.on("response", self._receive)

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form."""
        self.go("/sign-in")
        self.fill({"E-mail address": email, "Password": password})
        self.press("Sign in")

    def go(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.address + path)

    def follow(self, text: str, within: str | Locator = "main") -> None:
        """Follow the link with ``text``, and wait for the page that comes."""
        with self.page.expect_navigation():
            self.part(within).get_by_role("link", name=text, exact=True).first.click()

    def press(self, text: str, within: str | Locator = "main") -> None:
        """Press the button with ``text``, and wait for the page that comes."""
        with self.page.expect_navigation():
            self.part(within).get_by_role("button", name=text, exact=True).last.click()

    def unfold(self, text: str, within: str | Locator = "main") -> Locator:
        """Unfold what is folded under ``text`` and return it."""
        part = (
            self.part(within).locator("details").filter(has=self.page.locator("summary", has_text=text)).last
        )
        if part.get_attribute("open") is None:
            part.locator("summary").first.click()
        return part

    def fill(self, values: Mapping[str, str], within: str | Locator = "main") -> None:
        """Fill in fields by their labels; of a choice, the text of the option."""
        for label, value in values.items():
            box = self.field(label, within)
            if box.evaluate("element => element.localName") == "select":
                box.select_option(label=value)
            else:
                box.fill(value)

    def field(self, label: str, within: str | Locator = "main") -> Locator:
        """Return the field with this label."""
        return self.part(within).get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$")).first

    def tick(self, label: str, within: str | Locator = "main") -> None:
        """Tick a box or choose a radio button by its label."""
        self.part(within).get_by_label(label, exact=True).first.check()

    def sees(self, *texts: str, within: str | Locator = "main") -> None:
        """Be sure that the page, or a part of it, shows these texts."""
        for text in texts:
            try:
                expect(self.part(within)).to_contain_text(text, timeout=PATIENCE)
            except AssertionError:
                shown = " ".join(self.part(within).inner_text().split())
                raise AssertionError(f"{self.page.url} does not say “{text}” but: {shown[:2000]}") from None

    def misses(self, *texts: str, within: str | Locator = "main") -> None:
        """Be sure that the page, or a part of it, shows none of these texts."""
        for text in texts:
            expect(self.part(within)).not_to_contain_text(text)

    def part(self, where: str | Locator) -> Locator:
        """Return the part of the page that a CSS selector names."""
        return self.page.locator(where) if isinstance(where, str) else where

    def row(self, text: str, within: str | Locator = "main") -> Locator:
        """Return the first row of a table that contains ``text``."""
        return self.part(within).locator("tr", has_text=text).first

    def picture(self, what: str) -> None:
        """Keep what the page looks like on a wide screen and on a phone; it may not be wider than either."""
        self.album.taken += 1
        for name, size in (("1280", WIDE), ("375", PHONE)):
            self.page.set_viewport_size(size)
            self.page.wait_for_function(_SETTLED)
            self.fits(f"{name} px")
            screenshot(self.page, self.album.path(what, name))
        self.page.set_viewport_size(WIDE)

    def fits(self, size: str) -> None:
        """Note what makes the page wider than the screen, whose ``size`` is told."""
        for element in self.page.evaluate(_TOO_WIDE):
            self.faults.append(f"{self.page.url}: too wide at {size}: {element}")

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """Expect that the server refuses what is done in the block, with ``status``."""
        self._expected = status
        yield
        assert self._expected is None, f"{self.page.url} was not refused with {status}"

    def download(self, link: Locator) -> Path:
        """Download what a link or button gives and return the file."""
        self._downloading = True
        with self.page.expect_download(timeout=DOCUMENT_PATIENCE) as waiting:
            link.click(timeout=DOCUMENT_PATIENCE)
        path = waiting.value.path()
        self._downloading = False
        return path

    def _hear(self, message: ConsoleMessage) -> None:
        # Refused requests are judged where the answers are seen.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"{self.page.url}: {message.text}")

    def _miss(self, request: Request) -> None:
        # To the browser a download is a page that did not come; a picture still on its way is given up with the page.
        left_behind = request.failure == "net::ERR_ABORTED" and request.resource_type in {"image", "other"}
        if not left_behind and not (self._downloading and request.is_navigation_request()):
            self.faults.append(f"{request.method} {request.url}: {request.failure}")

    def _receive(self, response: Response) -> None:
        if response.status == self._expected:
            self._expected = None
        elif response.status >= 400:
            self.faults.append(f"{response.request.method} {response.url}: {response.status}")


@dataclass
class House:
    """The served application with everybody who is at a browser in it."""

    browser: Browser
    address: str
    album: Album
    session_factory: sessionmaker[Session]
    passwords: Mapping[str, str]
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def account(self, name: str, *grants: Grant) -> Visitor:
        """Make an account with these roles and return its owner, signed in."""
        with unit_of_work(self.session_factory) as session:
            email = people.person(session, *grants, email=f"{name}@example.org").email
        visitor = self.newcomer(name)
        visitor.sign_in(email, people.PASSWORD)
        return visitor

    def demo(self, name: str) -> Visitor:
        """Return the owner of an account of the demonstration, signed in, such as ``coordinator``."""
        email = f"{name}@jointops.example"
        visitor = self.newcomer(name)
        visitor.sign_in(email, self.passwords[email])
        return visitor

    def newcomer(self, name: str, *, scripts: bool = True) -> Visitor:
        """Return somebody who is not signed in yet."""
        context = self.browser.new_context(
            viewport=WIDE,
            locale="en-GB",
            timezone_id="Europe/Brussels",
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        self.visitors[name] = Visitor(context.new_page(), self.address, self.album)
        return self.visitors[name]

    def leave(self) -> None:
        """Close all browsers; nothing may have gone wrong in any of them."""
        for visitor in self.visitors.values():
            visitor.page.context.close()
        faults = [fault for visitor in self.visitors.values() for fault in visitor.faults]
        assert not faults, "\n".join(faults)
