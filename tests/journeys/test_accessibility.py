"""What axe-core finds on the main pages, on a wide screen in English and on a phone in French."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from jointops.kernel.db import unit_of_work
from tests.journeys.steps.planning import ARCHIMEDES
from tests.journeys.support.running import CODE, running_today
from tests.journeys.support.visitor import PHONE, House
from tests.support.browser import WIDE, unrolled

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"

RUNNING = f"/operations/{CODE}"
EVALUATION = f"{ARCHIMEDES}/evaluation"

PAGES = {
    "coordinator": (
        "/", "/operations", "/operations/new", "/account", "/api/v1/docs",
        RUNNING, f"{RUNNING}/plan/sections/objectives", f"{RUNNING}/plan/sections/participants",
        f"{RUNNING}/plan/source", f"{RUNNING}/plan/versions", f"{RUNNING}/tasks", f"{RUNNING}/tasks/new",
        f"{RUNNING}/tasks/board", f"{RUNNING}/tasks/matrix", f"{RUNNING}/tasks/timeline", f"{RUNNING}/tasks/map",
        f"{RUNNING}/tasks/T08", f"{RUNNING}/situation", f"{RUNNING}/returns?state=missing",
    ),
    "reporter": (
        "/", f"{RUNNING}/returns", f"{RUNNING}/returns/upload", f"{RUNNING}/returns/queue",
        f"{RUNNING}/returns/RO-POLICE/{{day}}/edit",
        f"{RUNNING}/tasks", f"{ARCHIMEDES}/returns/RO-POLICE/2014-09-16",
    ),
    "reviewer": (
        ARCHIMEDES, f"{ARCHIMEDES}/situation?day=2014-09-20&as_known_at=2014-09-24T23:59",
        f"{ARCHIMEDES}/figures?indicator=persons-arrested&party=RO", EVALUATION, f"{EVALUATION}/observations",
        f"{EVALUATION}/recommendations/R1/decision", "/policy-cycles", "/policy-cycles/EMPACT-2018-2021",
    ),
    "auditor": ("/audit",),
    "national": (f"{RUNNING}/participants/RO", "/tasks", f"{RUNNING}/tasks"),
}  # fmt: skip

# Contrast takes as long as all the rest, and the colours of a phone's page are those of the wide one.
_RUN = """contrast => axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"],
  rules: { "color-contrast": { enabled: contrast } }
})"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", PAGES)
def test_pages_keep_nobody_out(house: House, who: str) -> None:
    with unit_of_work(house.session_factory) as session:
        day = running_today(session)
    visitor = house.demo(who)
    found = []
    for size, language in ((WIDE, "en"), (PHONE, "fr")):
        visitor.page.set_viewport_size(size)
        visitor.go(f"/?lang={language}")
        for path in PAGES[who]:
            visitor.go(path.format(day=day))
            visitor.fits(f"{size['width']} px")
            visitor.page.evaluate(AXE.read_text("utf-8"))
            with unrolled(visitor.page):
                found += [
                    f"{path} at {size['width']} px: {what}" for what in violations(visitor.page, size is WIDE)
                ]
    assert not found, "\n".join(found)


def test_sign_in_page_keeps_nobody_out(house: House) -> None:
    visitor = house.newcomer("nobody")
    visitor.go("/sign-in")
    visitor.page.evaluate(AXE.read_text("utf-8"))
    assert violations(visitor.page) == []


def violations(page: Page, contrast: bool = True) -> Sequence[str]:
    """Return the serious and critical violations of a page that axe-core has been loaded into."""
    result: dict[str, Any] = page.evaluate(_RUN, contrast)
    return [
        f"{violation['id']} ({violation['help']}): {node['html'][:160]} {' '.join(node['failureSummary'].split())}"
        for violation in result["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"][:3]
    ]
