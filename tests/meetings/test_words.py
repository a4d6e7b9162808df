"""Pages of warnings, comparisons, calendars and meetings with something on them: nothing is left in English."""

from __future__ import annotations

import pytest

from jointops.kernel.i18n import PSEUDO_LOCALE
from jointops.kernel.policy import Role
from tests import builders
from tests.support.app import Browser, Site
from tests.support.pages import untranslated

pytestmark = pytest.mark.database("sqlite")

OPERATION = "/operations/EXAMPLE-2027"
BRAND = " – jointops"

WARNING = {
    "kind": "vehicle",
    "title": "White lorries",
    "watch_for": "Green pallets",
    "to": "authority:police",
    "sender": "ES-CUSTOMS",
}
MEETING = {"title": "Briefing", "starts_at": "2027-05-05T09:00", "minutes": "45"}


@pytest.fixture
def full(site: Site) -> Site:
    """Fill an operation with a warning, a match, and meetings in every state."""
    with site.work() as session:
        builders.operation(session, "running")
    site.browser(Role.REPORTER, "ES-CUSTOMS").send(f"{OPERATION}/warnings/new", **WARNING)
    serbia = site.browser(Role.REPORTER, "RS-POLICE")
    for answer in ("not-seen", "found"):
        serbia.send(f"{OPERATION}/warnings/W1/feedback", unit="RS-POLICE", answer=answer, text="One")
    serbia.send(f"{OPERATION}/warnings/W1/results", what="task", task="T1")
    for unit in ("ES-POLICE", "RS-POLICE"):
        api = site.api(Role.REPORTER, unit)
        api.post(f"{OPERATION}/matching/key", {})
        entries = [{"digest": "a" * 64, "label": "7"}]
        api.post(f"{OPERATION}/matching/entries", {"kind": "phone", "entries": entries})
    coordinator = site.browser(Role.COORDINATOR)
    for number, last in enumerate(("draft", "open", "in-progress", "closed"), 1):
        coordinator.send(f"{OPERATION}/meetings/new", **MEETING)
        page = f"{OPERATION}/meetings/{number}"
        coordinator.send(f"{page}/agenda", reference="invitation/RS")
        for state in ("open", "in-progress", "closed"):
            if last == "draft":
                break
            coordinator.send(f"{page}/steps", to=state)
            if state == last:
                break
    return site


def wrong_words(browser: Browser, path: str, **sent: str) -> list[str]:
    """Return what is left in English on a page, or on the one that refuses what was sent."""
    browser.set_cookie("lang", PSEUDO_LOCALE)
    answer = browser.send(path, **sent) if sent else browser.look(path)
    assert answer.status_int in {200, 404, 422}
    return list(untranslated(answer.text.replace(BRAND, "")))


def test_no_words_are_left_in_english(full: Site) -> None:
    coordinator = full.browser(Role.COORDINATOR)
    spain, serbia = full.browser(Role.REPORTER, "ES-POLICE"), full.browser(Role.REPORTER, "RS-POLICE")
    for page in ("1", "2", "3", "4", "new", "1/edit"):
        assert wrong_words(coordinator, f"{OPERATION}/meetings/{page}") == [], page
    for browser in (coordinator, spain, serbia):
        for page in (
            "warnings",
            "warnings/W1",
            "warnings/new",
            "matching",
            "meetings",
            "meetings/4",
            "tasks/T1",
        ):
            assert wrong_words(browser, f"{OPERATION}/{page}") == [], page
        assert wrong_words(browser, "/") == []
    assert wrong_words(spain, "/account/calendar", action="make") == []
    assert wrong_words(spain, f"{OPERATION}/warnings/new", title="Mr Novak", to="units") == []
    assert wrong_words(serbia, f"{OPERATION}/warnings/W1/feedback", unit="RS-POLICE", answer="found") == []
    assert wrong_words(serbia, f"{OPERATION}/warnings/W1/results", what="task", task="T99") == []
    assert wrong_words(coordinator, f"{OPERATION}/meetings/1/agenda", title="") == []
