from __future__ import annotations

from datetime import date

import pytest

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.returns import service as returns
from jointops.returns.submission import IncidentEntry, Submission
from tests import builders
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

PAGE = "/operations/EXAMPLE-2027/warnings"

FORM = {
    "kind": "vehicle",
    "title": "White lorries",
    "watch_for": "Green pallets",
    "sender": "ES-POLICE",
    "to": "units",
    "units": "RS-POLICE",
}


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


@pytest.fixture
def spain(running: Site) -> Browser:
    return running.browser(Role.REPORTER, "ES-POLICE")


@pytest.fixture
def serbia(running: Site) -> Browser:
    return running.browser(Role.REPORTER, "RS-POLICE")


def test_a_warning_goes_out_feedback_comes_back_and_a_result_is_linked(
    spain: Browser, serbia: Browser
) -> None:
    sent = spain.send(f"{PAGE}/new", **FORM).follow()
    assert "W1 is sent to 1 units." in sent.text
    assert "Watch for what other units warn of" in serbia.look("/").text
    assert "They wait for your feedback" in serbia.look(PAGE).text

    refused = serbia.send(f"{PAGE}/W1/feedback", unit="RS-POLICE", answer="found")
    assert refused.status_int == 422
    assert refused.html.select_one("#text-error") is not None
    told = serbia.send(f"{PAGE}/W1/feedback", unit="RS-POLICE", answer="found", text="One, full").follow()
    assert told.html.select_one(".jo-warned-unit").text.count("One, full") == 1
    assert "Watch for what other units warn of" not in serbia.look("/").text

    serbia.send(f"{PAGE}/W1/results", what="task", task="T1")
    page = spain.look(f"{PAGE}/W1")
    assert "T1 Checks at the crossing point" in page.html.select_one("#results").text
    related = spain.look("/operations/EXAMPLE-2027/tasks/T1").html.select_one("#related")
    assert "W1 White lorries" in related.text

    wrong = serbia.send(
        f"{PAGE}/W1/results", what="incident", unit="RS-POLICE", day="2027-05-04", reference="X"
    )
    assert wrong.status_int == 404
    assert "results" in wrong.text


def test_the_return_with_the_incident_leads_back_to_the_warning(
    running: Site, spain: Browser, serbia: Browser
) -> None:
    day = date(2027, 5, 4)
    spain.send(f"{PAGE}/new", **FORM)
    seized = IncidentEntry(reference="RS-9", indicator="firearms-seized", quantity="3")
    with running.work() as session, clock.fixed(builders.DURING):
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        submission = Submission(incidents=(seized,))
        returns.submit(session, builders.reporter("RS-POLICE"), operation, "RS-POLICE", day, submission)

    serbia.send(f"{PAGE}/W1/results", what="incident", unit="RS-POLICE", day=str(day), reference="RS-9")

    related = serbia.look(f"/operations/EXAMPLE-2027/returns/RS-POLICE/{day}").html.select_one("#related")
    assert " ".join(related.text.split()).endswith("Incident RS-9 came of the warning W1 White lorries")


def test_text_that_looks_like_a_person_is_asked_about(spain: Browser) -> None:
    named = {**FORM, "watch_for": "Driven by Mr Novak"}

    asked = spain.send(f"{PAGE}/new", **named)

    assert asked.status_int == 422
    assert "a person’s name" in asked.text or "a person's name" in asked.html.text
    assert asked.html.select_one("input[name=checked]") is not None
    assert spain.send(f"{PAGE}/new", **named, checked="true").status_int == 303


def test_nobody_else_sees_that_there_is_a_warning(running: Site, spain: Browser) -> None:
    spain.send(f"{PAGE}/new", **FORM)
    customs = running.browser(Role.REPORTER, "ES-CUSTOMS")

    assert "White lorries" not in customs.look(PAGE).text
    assert customs.look(f"{PAGE}/W1").status_int == 404
    assert running.browser(Role.ADMINISTRATOR).look(PAGE).status_int == 403
    assert "Warnings sent" not in spain.look(PAGE).text
    assert "Warnings sent" in running.browser(Role.COORDINATOR).look(PAGE).text


def test_software_warns_answers_links_and_withdraws(running: Site) -> None:
    path = "/operations/EXAMPLE-2027/warnings"
    spain, serbia = running.api(Role.REPORTER, "ES-POLICE"), running.api(Role.REPORTER, "RS-POLICE")

    made = spain.post(
        path,
        {
            "kind": "consignment",
            "title": "Bananas",
            "watch_for": "Green pallets",
            "sender": "ES-POLICE",
            "authority": "police",
        },
    )
    assert (made.status_int, made.json["units"]) == (201, ["RS-POLICE"])
    told = serbia.post(f"{path}/W1/feedback", {"unit": "RS-POLICE", "answer": "checked"})
    assert told.json["feedback"][0]["answer"] == "checked"
    linked = serbia.post(f"{path}/W1/results", {"task": "T1"})
    assert linked.json["results"][0]["task"] == "T1"
    unclear = serbia.post(f"{path}/W1/results", {"task": "T1", "unit": "RS-POLICE"})
    assert unclear.json["code"] == "result-unclear"
    number = linked.json["results"][0]["number"]
    assert serbia.delete(f"{path}/W1/results/{number}").json["results"] == []
    stale = spain.post(f"{path}/W1/transitions", {"to": "closed"}, If_Match='"1"')
    assert stale.status_int == 412
    assert spain.get(f"{path}?state=open").json["items"][0]["code"] == "W1"
