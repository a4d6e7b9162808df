"""Returns without a network, on a phone: nothing is lost, nothing counts twice, and nothing can be read by others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from jointops.kernel.db import unit_of_work
from jointops.operations import service as operations
from jointops.operations.models import ReportingUnit
from jointops.returns import service
from jointops.returns.models import Return, Revision
from jointops.returns.submission import from_data
from tests.builders import ADMINISTRATOR, national, reporter
from tests.journeys.support.demonstration import Demonstration
from tests.journeys.support.device import Phone, Stoppable
from tests.journeys.support.running import CODE, running_today
from tests.journeys.support.visitor import PATIENCE
from tests.journeys.test_accessibility import AXE, violations
from tests.support.application import make_application
from tests.support.browser import unrolled
from tests.support.cutting import Cut, cutting

pytestmark = pytest.mark.timeout(180)

UNIT = "RO-POLICE"
REPORTER = "reporter@jointops.example"


@dataclass
class Scene:
    """An operation that runs today, its server, a phone that is not set up yet, and who reports."""

    server: Stoppable
    session_factory: sessionmaker[Session]
    today: date
    browser: Browser
    folder: Path
    passwords: Any

    def day(self, before: int) -> date:
        """Return the day so many days ago."""
        return self.today - timedelta(days=before)

    @contextmanager
    def phone(self, address: str | None = None) -> Iterator[Phone]:
        """Give a phone; at the end none of its pages may have complained."""
        phone = Phone(self.browser.browser_type, self.folder / "profile", address or self.server.address)
        yield phone
        phone.close()
        assert phone.faults == []

    def record(self, actor: Any, day: date, **content: Any) -> None:
        """Record a return by the service, as another channel would."""
        with unit_of_work(self.session_factory) as session:
            operation = operations.find(session, ADMINISTRATOR, CODE)
            service.submit(session, actor, operation, UNIT, day, from_data(content))

    def revisions(self, day: date) -> list[tuple[int, str, str]]:
        """Return number, narrative and origin of every revision that is on record for a day."""
        with unit_of_work(self.session_factory, read_only=True) as session:
            found = session.scalars(
                select(Revision)
                .join(Return, Return.id == Revision.return_id)
                .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
                .where(ReportingUnit.code == UNIT, Return.day == day)
                .order_by(Revision.number)
            )
            return [(each.number, each.content["narrative"], each.source) for each in found]


@pytest.fixture
def scene(demonstration: Demonstration, tmp_path: Path, browser: Browser) -> Iterator[Scene]:
    application = make_application(
        demonstration.copy_to(tmp_path), demonstration.secrets, pseudo_locale="false"
    )
    factory = application.registry["session_factory"]
    with unit_of_work(factory) as session:
        today = running_today(session)
    server = Stoppable(application)
    server.start()
    yield Scene(server, factory, today, browser, tmp_path, demonstration.passwords)
    server.stop()
    application.registry["engine"].dispose()


def test_three_returns_queued_without_a_server_arrive_once_and_a_conflict_is_shown(scene: Scene) -> None:
    today, yesterday, before, earlier = (scene.day(number) for number in range(4))
    scene.record(reporter(UNIT), yesterday, values=_arrests("5"), narrative="First.")
    with scene.phone() as phone:
        phone.open()
        phone.set_up(REPORTER, scene.passwords[REPORTER])
        assert phone.installability_errors() == []
        scene.server.stop()

        phone.form(CODE, UNIT, today)
        phone.fill({"Persons arrested": "7", "Persons checked": "1,5", "Narrative": "Typed at the border."})
        phone.page.get_by_role("button", name="Send", exact=True).click()
        summary = phone.page.locator(".govuk-error-summary")
        expect(summary).to_contain_text("Persons checked: “1,5” is not a number.")
        expect(summary).to_be_focused()
        phone.fill({"Persons checked": "210"})
        phone.send()
        phone.form(CODE, UNIT, before)
        phone.page.get_by_label("Nothing to report for this day").check()
        phone.fill({"Narrative": "Quiet."})
        phone.send()
        phone.form(CODE, UNIT, yesterday)
        expect(phone.page.get_by_label("Persons arrested", exact=True)).to_have_value("5")
        phone.fill(
            {"Persons arrested": "6", "Narrative": "Mine.", "Why the return is corrected": "A late patrol."}
        )
        phone.send()
        phone.form(CODE, UNIT, earlier)
        phone.fill({"Persons arrested": "3"})
        expect(phone.page.get_by_text("Saved on this device")).to_be_visible()
        phone.close()
        scene.record(national("RO"), yesterday, values=_arrests("9"), narrative="Theirs.", reason="Recount")

        phone.open()
        expect(phone.page.get_by_text("Returns that wait to be sent: 3.")).to_be_visible()
        phone.unlock()
        expect(phone.page.get_by_text("The server cannot be reached.")).to_be_visible()
        assert phone.states() == ["On this device"] * 3
        expect(phone.page.get_by_text("Draft on this device")).to_be_visible()
        scene.server.start()
        expect(phone.queue().get_by_text("Received", exact=True)).to_have_count(2, timeout=PATIENCE)
        expect(phone.queue().get_by_text("In conflict", exact=True)).to_have_count(1, timeout=PATIENCE)
        assert phone.states() == ["In conflict", "Received", "Received"]
        assert scene.revisions(today) == [(1, "Typed at the border.", "device")]
        assert scene.revisions(before) == [(1, "Quiet.", "device")]
        assert scene.revisions(yesterday) == [(1, "First.", ""), (2, "Theirs.", "")]

        phone.queue().get_by_role("link").first.click()
        row = phone.page.get_by_role("row", name="Persons arrested")
        assert row.locator("td").all_inner_texts() == ["5 persons", "6 persons", "9 persons"]
        expect(phone.page.get_by_text("revision 2.")).to_be_visible()
        _keeps_nobody_out(phone)
        phone.page.get_by_role("button", name="Send mine as a correction").click()
        expect(phone.queue().get_by_text("Received", exact=True)).to_have_count(3, timeout=PATIENCE)
        assert [text for _number, text, _source in scene.revisions(yesterday)] == [
            "First.",
            "Theirs.",
            "Mine.",
        ]
        phone.form(CODE, UNIT, earlier)
        expect(phone.page.get_by_label("Persons arrested", exact=True)).to_have_value("3")
        _keeps_nobody_out(phone)


CUTS = (
    Cut("request", 0), Cut("request", 1), Cut("request", 300), Cut("request", -40), Cut("request", -1),
    Cut("response", 0), Cut("response", 1), Cut("response", 150), Cut("response", -30), Cut("response", -1),
)  # fmt: skip
"""Where the connection breaks off while a return is sent: so many bytes after the beginning, or before the end."""


def test_no_return_is_lost_or_doubled_wherever_sending_breaks_off(scene: Scene) -> None:
    days = [scene.day(number) for number in range(len(CUTS))]
    queue = scene.folder / "queue.json"
    queue.write_text(_queue_file(days), "utf-8")
    cuts = {str(day): cut for day, cut in zip(days, CUTS, strict=True)}
    with cutting(scene.server.port, cuts) as proxy, scene.phone(proxy.address) as phone:
        phone.open()
        phone.set_up(REPORTER, scene.passwords[REPORTER])
        phone.page.get_by_text("Take in the file of another device").click()
        phone.page.get_by_label("File of a queue").set_input_files(queue)
        phone.page.get_by_role("button", name="Take it in").click()
        received = phone.queue().get_by_text("Received", exact=True)
        for _attempt in range(3 * len(CUTS)):
            phone.page.evaluate("dispatchEvent(new Event('online'))")
            phone.page.wait_for_timeout(100)
            if received.count() == len(CUTS):
                break
        expect(received).to_have_count(len(CUTS), timeout=PATIENCE)
        assert sorted(proxy.made) == sorted(cuts)
        assert {day: scene.revisions(day) for day in days} == {day: [(1, str(day), "device")] for day in days}

        # The browser is closed while the server's answer is on its way: the return waits again, and is on record once.
        proxy.hold()
        phone.form(CODE, UNIT, days[0])
        phone.fill({"Narrative": "Corrected.", "Why the return is corrected": "A mistake."})
        phone.page.get_by_role("button", name="Send", exact=True).click()
        proxy.wait_for_held()
        phone.close()
        proxy.let_go()
        phone.open()
        phone.unlock()
        received = phone.queue().get_by_text("Received", exact=True)
        expect(received).to_have_count(len(CUTS) + 1, timeout=PATIENCE)
        assert [text for _number, text, _source in scene.revisions(days[0])] == [str(days[0]), "Corrected."]


def test_a_device_tells_nothing_without_its_pin_and_hands_its_queue_over_sealed(scene: Scene) -> None:
    with scene.phone() as phone:
        phone.open()
        phone.set_up(REPORTER, scene.passwords[REPORTER])
        scene.server.stop()
        phone.form(CODE, UNIT, scene.today)
        phone.fill({"Persons arrested": "7", "Narrative": "Eleven at the crossing."})
        phone.send()
        phone.page.get_by_text("Hand the queue over as a file", exact=True).click()
        phone.page.get_by_label("Words that seal the file").fill("seven brown horses")
        with phone.page.expect_download() as waiting:
            phone.page.get_by_role("button", name="Save sealed").click()
        sealed = waiting.value.path().read_text("utf-8")
        assert "crossing" not in sealed
        assert "persons-arrested" not in sealed
        assert "crossing" not in phone.page.evaluate(_EVERYTHING_KEPT)

        # Still out of reach itself, it cannot send before the file is taken in.
        phone.page.context.set_offline(True)
        scene.server.start()
        _takes_in(scene, sealed)
        phone.page.reload()
        assert scene.revisions(scene.today) == [(1, "Eleven at the crossing.", "device")]
        for left in range(9, 0, -1):
            phone.unlock("not the PIN")
            expect(phone.page.get_by_text(f"wiped: {left}.")).to_be_visible()
        phone.unlock("not the PIN")
        expect(phone.page.get_by_role("heading", name="This device is wiped")).to_be_visible()
        assert phone.page.evaluate("indexedDB.databases().then(all => all.length)") == 0
        assert phone.page.evaluate("caches.keys().then(all => all.length)") == 0


# Everything in the browser's database, as text: what somebody finds who copies it.
_EVERYTHING_KEPT = """async () => {
  const open = request => new Promise(resolve => { request.onsuccess = () => resolve(request.result) })
  const database = await open(indexedDB.open("jointops-field"))
  const found = []
  for (const name of database.objectStoreNames) {
    found.push(...await open(database.transaction(name).objectStore(name).getAll()))
  }
  database.close()
  const text = value => value instanceof Uint8Array ? new TextDecoder("latin1").decode(value) : JSON.stringify(value)
  return found.flatMap(record => Object.values(record ?? {})).map(text).join(" ")
}"""


def _takes_in(scene: Scene, sealed: str) -> None:
    """Take in a sealed file as the national coordinator, who was told the words; twice, which counts once."""
    file = scene.folder / "carried.json"
    file.write_text(sealed, "utf-8")
    context = scene.browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{scene.server.address}/sign-in?next=/operations/{CODE}/returns/queue")
    page.get_by_label("E-mail address").fill("national@jointops.example")
    page.get_by_label("Password").fill(scene.passwords["national@jointops.example"])
    page.get_by_role("button", name="Sign in").click()
    for action, words, said in (
        ("Check and record", "six brown horses", "The words do not fit, or the file is damaged."),
        ("Only check", "seven brown horses", "The file is in order. Nothing has been recorded yet."),
        ("Check and record", "seven brown horses", "The file was recorded."),
        ("Check and record", "seven brown horses", "on record already"),
    ):
        page.get_by_label("File of a queue").set_input_files(file)
        page.get_by_label("Words that the file was sealed with").fill(words)
        page.get_by_role("button", name=action).click()
        expect(page.get_by_text(said)).to_be_visible()
    context.close()


def _arrests(quantity: str) -> list[dict[str, str]]:
    return [{"indicator": "persons-arrested", "quantity": quantity}]


def _queue_file(days: list[date]) -> str:
    returns = [
        {
            "operation": CODE,
            "unit": UNIT,
            "day": str(day),
            "version": 0,
            "submission": {"values": _arrests("4"), "incidents": [], "narrative": str(day), "nil": False},
        }
        for day in days
    ]
    return json.dumps({"format": "jointops-queue/1", "person": "Another device", "returns": returns})


def _keeps_nobody_out(phone: Phone) -> None:
    phone.page.evaluate(AXE.read_text("utf-8"))
    width = phone.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 375, "The page is wider than a phone."
    with unrolled(phone.page):
        assert violations(phone.page) == []
