"""Somebody who plans at the keyboard alone, and how long that takes a person."""

from __future__ import annotations

from time import perf_counter

from playwright.sync_api import Page

from tests.journeys.support.visitor import PATIENCE

MOST_STOPS = 400
"""A page of thirty-four countries with five authorities each has about two hundred and fifty."""

SECONDS_A_KEY = 0.28
"""An average non-secretary typist: Card, Moran and Newell, The Psychology of Human-Computer Interaction, 1983."""

SECONDS_A_THOUGHT = 1.35
"""Making up one's mind before a field is filled in or a button is pressed: the same source."""

# The name of what has the focus, and whether it can be seen there: nothing may lie over it.
_FOCUSED = """() => {
  const element = document.activeElement
  const box = element.getBoundingClientRect()
  const shownFrom = Math.max(box.top, 0)
  const shownTo = Math.min(box.bottom, window.innerHeight)
  const top = document.elementFromPoint(box.x + box.width / 2, (shownFrom + shownTo) / 2)
  const label = element.labels?.[0] ?? element
  const hidden = [...label.querySelectorAll("[aria-hidden=true]")].map(each => each.innerText ?? "")
  const told = hidden.reduce((text, each) => text.replace(each, " "), label.innerText ?? "")
  return {
    name: (element.getAttribute("aria-label") ?? told).replace(/\\s+/g, " ").trim(),
    seen: element === document.body || element.contains(top) || label.contains(top),
  }
}"""


class Keyboard:
    """A keyboard at a page; counts keys and thoughts, and how long the machine made the person wait."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0
        self.thoughts = 0
        self._since = perf_counter()

    @property
    def minutes(self) -> float:
        """What a person needs for what was done so far: keys, thoughts, and all the time that the pages took."""
        waited = perf_counter() - self._since
        return (self.keys * SECONDS_A_KEY + self.thoughts * SECONDS_A_THOUGHT + waited) / 60

    def focused(self) -> str:
        """Return the name of what has the focus; it can be seen."""
        found = self.page.evaluate(_FOCUSED)
        assert found["seen"], f"{self.page.url}: something lies over “{found['name']}”, which has the focus"
        return str(found["name"])

    def go_to(self, name: str, *, nth: int = 1) -> None:
        """Press Tab until what is called ``name`` has the focus, the ``nth`` time; it can be seen at every stop."""
        self.thoughts += 1
        for _ in range(MOST_STOPS):
            self._press("Tab")
            if self.focused() == name:
                nth -= 1
                if not nth:
                    return
        raise AssertionError(f"{self.page.url}: Tab does not lead to “{name}”")

    def back_to(self, name: str) -> None:
        """Press Shift and Tab until what is called ``name`` has the focus."""
        for _ in range(MOST_STOPS):
            self._press("Shift+Tab")
            if self.focused() == name:
                return
        raise AssertionError(f"{self.page.url}: Shift and Tab do not lead back to “{name}”")

    def to_the_content(self) -> None:
        """Leave out what is the same on every page."""
        self.go_to("Skip to main content")
        self._press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self._press(key)

    def opens(self, key: str = "Enter") -> None:
        """Press a key that leads to another page, and wait for it."""
        with self.page.expect_navigation(timeout=PATIENCE):
            self._press(key)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    def fill(self, name: str, text: str, *, nth: int = 1) -> None:
        """Go to a field and type over what is in it."""
        self.go_to(name, nth=nth)
        self.press("Control+a")
        self.type(text)

    def _press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += key.count("+") + 1
