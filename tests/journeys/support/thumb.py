"""Somebody with a telephone in one hand, how long that takes a person, and the line that it is on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from playwright.sync_api import Locator, Page

from tests.journeys.support.keyboard import SECONDS_A_KEY, SECONDS_A_THOUGHT
from tests.journeys.support.visitor import PATIENCE

SECONDS_A_TAP = 1.1
"""Pointing at something on the screen: Card, Moran and Newell, as above."""

SECONDS_A_SWIPE = 0.8
"""One movement of the thumb that brings the next screenful."""

BITS_A_SECOND = 400_000
LATENCY = 400


class Thumb:
    """A thumb at a page: counts keys, thoughts, taps and swipes, and all the time that the pages took besides."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = self.thoughts = self.taps = self.swipes = 0
        self._since = perf_counter()

    @property
    def seconds(self) -> float:
        """What a person needs for what was done so far, and all the time that it took the pages."""
        moved = self.keys * SECONDS_A_KEY + self.thoughts * SECONDS_A_THOUGHT
        moved += self.taps * SECONDS_A_TAP + self.swipes * SECONDS_A_SWIPE
        return moved + perf_counter() - self._since

    def tap(self, what: Locator) -> None:
        """Think, bring something into view, and tap it."""
        self.thoughts += 1
        self._bring(what)
        self.taps += 1
        what.click()

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    def next(self) -> None:
        """Press the key of the telephone's keyboard that goes on to the next field, having thought of its figure."""
        self.thoughts += 1
        self.page.keyboard.press("Enter")
        self.keys += 1

    def choose(self, where: Locator, label: str) -> None:
        """Open a list, look for an entry and tap it."""
        self.thoughts += 1
        self._bring(where)
        self.taps += 2
        self.swipes += 2
        where.select_option(label=label)

    def sends(self, what: Locator) -> None:
        """Tap what leads to another page, and wait for it."""
        with self.page.expect_navigation(timeout=PATIENCE * 2):
            self.tap(what)

    def _bring(self, what: Locator) -> None:
        away = what.evaluate(
            "element => { const box = element.getBoundingClientRect(); const middle = box.top + box.height / 2;"
            " return middle < 0 ? -middle : Math.max(0, middle - innerHeight * 0.85) }"
        )
        screen = self.page.viewport_size or {"height": 812}
        self.swipes += -(-int(away) // int(screen["height"] * 0.7)) if away else 0
        what.scroll_into_view_if_needed()


@dataclass
class Load:
    """What came over the line for one page: bytes as they travel, heads and all, and from where."""

    bytes: int = 0
    by_address: dict[str, int] = field(default_factory=dict)


class Line:
    """The network of a telephone with one bar, and a scale on it."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Network.enable")
        self._addresses: dict[str, str] = {}
        self._load = Load()
        self._session.on("Network.requestWillBeSent", self._ask)
        self._session.on("Network.loadingFinished", self._receive)

    def slow_down(self) -> None:
        """Let 400 kbit/s through, after 400 ms."""
        through = BITS_A_SECOND / 8
        self._session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": LATENCY,
                "downloadThroughput": through,
                "uploadThroughput": through,
            },
        )

    def forget(self) -> None:
        """Forget all that the browser has kept, as on the first day."""
        self._session.send("Network.clearBrowserCache")

    @contextmanager
    def weighing(self) -> Iterator[Load]:
        """Weigh what comes in the block."""
        self._load = load = Load()
        yield load
        self._load = Load()

    def _ask(self, event: dict[str, object]) -> None:
        request = event["request"]
        assert isinstance(request, dict)
        self._addresses[str(event["requestId"])] = str(request["url"])

    def _receive(self, event: dict[str, object]) -> None:
        size = int(str(event["encodedDataLength"]).partition(".")[0])
        self._load.bytes += size
        address = self._addresses.get(str(event["requestId"]), "?")
        self._load.by_address[address] = self._load.by_address.get(address, 0) + size
