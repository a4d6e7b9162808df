from __future__ import annotations

import io

import icalendar
import pytest
from docx import Document
from pypdf import PdfReader

from jointops.kernel.policy import Role
from tests import builders
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

PAGE = "/operations/EXAMPLE-2027/meetings"

FORM = {"title": "Morning briefing", "starts_at": "2027-05-05T09:00", "minutes": "45", "place": "Room 1"}


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


@pytest.fixture
def coordinator(running: Site) -> Browser:
    return running.browser(Role.COORDINATOR)


def item_path(browser: Browser) -> str:
    """Return the address of the first item of meeting 1."""
    item = browser.look(f"{PAGE}/1").html.select_one(".jo-agenda__item")
    return f"{PAGE}/1/items/{item['id'].removeprefix('item-')}"


def test_a_meeting_is_prepared_held_and_written_up(running: Site, coordinator: Browser) -> None:
    page = coordinator.send(f"{PAGE}/new", **FORM).follow()
    assert "Invitation not answered" in page.html.select_one("#open-items").text
    coordinator.send(f"{PAGE}/1/agenda", reference="invitation/RS")
    refused = coordinator.send(f"{PAGE}/1/agenda", title="")
    assert refused.status_int == 422
    coordinator.send(f"{PAGE}/1/agenda", title="Weather", note="It will rain")
    spain = running.browser(Role.NATIONAL_COORDINATOR, "ES")
    assert spain.look(f"{PAGE}/1").status_int == 404
    coordinator.send(f"{PAGE}/1/steps", to="open")
    assert "Morning briefing" in spain.look("/").text
    assert "Take off the agenda" not in spain.look(f"{PAGE}/1").text
    coordinator.send(f"{PAGE}/1/steps", to="in-progress")
    path = item_path(coordinator)
    coordinator.send(path, what="outcome", outcome="Serbia answers today", settled="true")
    days = {"starts_on": "2027-05-05", "ends_on": "2027-05-06"}
    wrong = coordinator.send(path, what="decision", text="Ring them up", becomes_task="true", **days)
    assert wrong.status_int == 422
    page = coordinator.send(
        path, what="decision", text="Ring them up", becomes_task="true", units="ES-POLICE", **days
    ).follow()
    assert "The decision became the task T2." in page.text
    coordinator.send(f"{PAGE}/1/steps", to="closed")

    page = spain.look(f"{PAGE}/1")

    text = " ".join(page.html.select_one("#agenda").text.split())
    assert "Serbia Invitation not answered Outcome Serbia answers today Settled Decided: Ring them up" in text
    assert "T2 Ring them up" in text
    assert page.html.select_one("textarea") is None
    related = spain.look("/operations/EXAMPLE-2027/tasks/T2").html.select_one("#related")
    assert "1 · Morning briefing" in related.text
    again = coordinator.send(f"{PAGE}/new", **FORM).follow()
    assert "Items taken over from the last meeting: 1." in again.text


def test_minutes_are_a_pdf_and_a_word_file_with_the_decisions(running: Site, coordinator: Browser) -> None:
    api = running.api(Role.COORDINATOR)
    path = f"{PAGE}"
    made = api.post(path, {"title": "Briefing", "starts_at": "2027-05-05T07:00:00Z"})
    assert (made.status_int, made.json["state"]) == (201, "draft")
    references = [item["reference"] for item in api.get(f"{path}/1/open-items").json["items"]]
    items = api.post(f"{path}/1/items", {"references": references[:1], "title": "Weather"}).json["items"]
    assert api.post(f"{path}/1/transitions", {"to": "open"}, If_Match='"1"').status_int == 412
    for state in ("open", "in-progress"):
        api.post(f"{path}/1/transitions", {"to": state})
    key = items[0]["number"]
    api.patch(f"{path}/1/items/{key}", {"outcome": "It rains"})
    task = {
        "title": {"en": "Bring umbrellas"},
        "starts_on": "2027-05-05",
        "ends_on": "2027-05-06",
        "units": ["ES-POLICE"],
    }
    decided = api.post(f"{path}/1/items/{key}/decisions", {"text": "Umbrellas", "task": task})
    assert decided.json["items"][0]["decisions"][0]["task"] == "T2"
    api.post(f"{path}/1/transitions", {"to": "closed"})

    reader = running.api(Role.REPORTER, "RS-POLICE")
    pdf = PdfReader(io.BytesIO(reader.get(f"{path}/1?format=pdf").body))
    text = "".join(page.extract_text() for page in pdf.pages)
    assert "It rains" in text
    assert "T2 Bring umbrellas" in text
    word = Document(io.BytesIO(reader.get(f"{path}/1?format=docx").body))
    assert any("It rains" in paragraph.text for paragraph in word.paragraphs)
    feed = icalendar.Calendar.from_ical(reader.get("/operations/EXAMPLE-2027/calendar").body)
    meeting = next(e for e in feed.events if str(e["uid"]) == "meeting.1.EXAMPLE-2027@jointops")
    assert meeting.decoded("dtstart").hour == 9
    assert "1. Weather" in str(meeting["description"])
