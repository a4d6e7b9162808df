"""A phone with the page that works without a network, and a server that can be stopped and started."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, BrowserType, ConsoleMessage, Locator, Page, expect

from tests.journeys.support.visitor import PATIENCE, PHONE
from tests.support.browser import ARGUMENTS, executable
from tests.support.server import HOST, serving

PIN = "a short sentence"


class Stoppable:
    """The application behind its server, always at the same port."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        with socket.socket() as free:
            free.bind((HOST, 0))
            self._port: int = free.getsockname()[1]
        self._running: AbstractContextManager[str] | None = None

    @property
    def address(self) -> str:
        """Where the application is served, when it is."""
        return f"http://{HOST}:{self._port}"

    @property
    def port(self) -> int:
        """The port at which it is served."""
        return self._port

    def start(self) -> None:
        """Serve."""
        self._running = serving(self._application, port=self._port)
        self._running.__enter__()

    def stop(self) -> None:
        """Stop serving, if it is."""
        if self._running is not None:
            self._running.__exit__(None, None, None)
        self._running = None


class Phone:
    """A browser with a profile on the disk, which stays when the browser is closed.

    ``faults`` are what its pages complained about; that requests fail is expected of it.
    """

    def __init__(self, kind: BrowserType, folder: Path, address: str) -> None:
        self._kind, self._folder, self._address = kind, folder, address
        self._context: BrowserContext | None = None
        self.faults: list[str] = []
        self.page: Page

    def open(self, path: str = "/field") -> None:
        """Start the browser and open the page."""
        self._context = self._kind.launch_persistent_context(
            self._folder,
            executable_path=executable(),
            args=ARGUMENTS,
            viewport=PHONE,
            locale="en-GB",
            timezone_id="Europe/Brussels",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self.page = self._context.pages[0]
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"{error} {error.stack}"))
        self.page.goto(self._address + path)

    def close(self) -> None:
        """Close the browser, if it is open."""
        if self._context is not None:
            self._context.close()
        self._context = None

    def set_up(self, email: str, password: str) -> None:
        """Sign in, choose a PIN, and wait until the page is kept on the phone."""
        self.page.get_by_role("link", name="Sign in", exact=True).click()
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_label("Choose a PIN").fill(PIN)
        self.page.get_by_label("The same again").fill(PIN)
        self.page.get_by_role("button", name="Set up this device").click()
        expect(self.page.get_by_role("heading", name="Queue")).to_be_visible()
        expect(self.page.locator("html[data-kept]")).to_have_count(1)

    def installability_errors(self) -> list[str]:
        """Return what keeps the browser from installing the page."""
        session = self.page.context.new_cdp_session(self.page)
        found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        session.detach()
        return [each["errorId"] for each in found]

    def unlock(self, pin: str = PIN) -> None:
        """Type the PIN."""
        self.page.get_by_label("PIN or passphrase").fill(pin)
        self.page.get_by_role("button", name="Unlock").click()

    def form(self, code: str, unit: str, day: object) -> None:
        """Open the form of a unit's return for a day."""
        self.page.goto(f"{self._address}/field#/return/{code}/{unit}/{day}")
        expect(self.page.locator("form.jo-return-form")).to_be_visible()

    def fill(self, values: Mapping[str, str]) -> None:
        """Fill in fields of the form by their labels."""
        for label, value in values.items():
            self.page.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$")).fill(value)

    def send(self) -> None:
        """Put the return into the queue."""
        self.page.get_by_role("button", name="Send", exact=True).click()
        expect(self.page.get_by_role("heading", name="Queue")).to_be_visible()

    def states(self) -> list[str]:
        """Return the states that the queue shows, the latest return first."""
        return self.queue().locator(".jo-tag").all_inner_texts()

    def queue(self) -> Locator:
        """Return the part of the page that shows the queue."""
        return self.page.locator("section", has=self.page.get_by_role("heading", name="Queue"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(message.text)
