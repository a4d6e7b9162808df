"""Pages and API of a consultation: who has answered, the answer and pledge of one country, what came."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jointops.consultation import service
from jointops.consultation.service import Line
from jointops.evaluation.measuring import measured
from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.plandoc import Resource
from jointops.returns.models import FactStatus
from tests import builders
from tests.builders import BEFORE, DURING
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

PATH = "/operations/EXAMPLE-2027"
SPAIN = f"{PATH}/participants/ES"
ASKED = (Resource(kind="officers", quantity=40, days=5, action_area="firearms"),)


def given(site: Site, state: str = "consultation") -> None:
    with site.work() as session:
        builders.operation(session, state, resources=ASKED)


def words(html: object, selector: str) -> str:
    return " ".join(html.select_one(selector).get_text(" ").split())  # type: ignore[attr-defined]


def test_a_country_answers_and_pledges_in_one_form(site: Site) -> None:
    given(site)
    with clock.fixed(BEFORE):
        spain = site.browser(Role.NATIONAL_COORDINATOR, "ES")
        assert "Spain is invited to EXAMPLE-2027: answer until 19 Apr 2027, 18:00" in spain.look("/").text
        form = spain.look(SPAIN).forms[1]
        assert "Asked for: 40 (200 days’ work). Still missing: 40." in form.text
        form["answer"] = "takes-part"
        form["line-0-quantity"], form["line-0-days"] = "twelve", "5"
        refused = form.submit(expect_errors=True)
        assert refused.status_int == 422
        assert words(refused.html, "#line-0-quantity-error").endswith("Write a whole number, such as 12.")
        form = refused.forms[1]
        form["line-0-quantity"] = "12"
        form["line-1-kind"], form["line-1-quantity"] = "vessels", "1"
        form["contact-0-office"], form["contact-0-reach"] = "Duty office", "duty@example.org"
        form.set("authority", True, index=3)
        more = form.submit("action", value="more")
        assert len(more.forms[1].fields["line-4-kind"]) == 1
        page = more.forms[1].submit().follow()

    assert "Your answer is recorded." in page.text
    assert words(page.html, "#needs tbody tr").startswith(
        "Officers 40 (200 days’ work) 12 (60 days’ work) 28"
    )
    with site.work() as session:
        operation = operations.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        plan = operations.document(operations.plan_in_force(session, operation))
        assert [unit.code for unit in plan.participants[0].units][-1] == "ES-JUDICIAL"
        assert [contact.office for contact in plan.contacts] == ["Duty office"]


def test_a_coordinator_sees_who_has_not_answered_and_reminds(site: Site) -> None:
    given(site)
    with clock.fixed(BEFORE):
        coordinator = site.browser(Role.COORDINATOR)
        spain = site.browser(Role.NATIONAL_COORDINATOR, "ES")
        page = coordinator.look(f"{PATH}/consultation")
        assert words(page.html, ".jo-tally__item") == "3 No answer yet"
        reminded = coordinator.send(f"{PATH}/consultation/reminders", party="ES").follow()
        assert "Reminded: Spain." in reminded.text
        assert "Reminder by the coordinator" in words(reminded.html, "#reminders")
        wrong = coordinator.send(f"{PATH}/consultation/deadline", answer_by="2027-02-01T10:00")
        assert wrong.status_int == 422
        assert "This lies in the past." in wrong.text
        kept = coordinator.send(f"{PATH}/consultation/deadline", answer_by="2027-04-01T10:00").follow()
        assert "1 April 2027, 10:00" in kept.text
        assert spain.look("/notices").text.count("jo-told__item--new") == 2
        assert spain.look(f"{PATH}/consultation").html.select_one("#reminders") is None


def test_what_came_stands_beside_the_pledge_in_the_evaluation(site: Site) -> None:
    given(site, "running")
    with site.work() as session, clock.fixed(DURING):
        operation = operations.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        lines = [Line(kind="officers", quantity=20, days=5)]
        service.put_contributions(session, builders.national("ES"), operation, "ES", lines)
    with clock.fixed(builders.AFTER):
        spain = site.browser(Role.NATIONAL_COORDINATOR, "ES")
        form = spain.look(f"{SPAIN}/contributions").forms[1]
        form["line-0-actual_quantity"], form["line-0-actual_days"] = "18", "5"
        assert "The contributions are kept." in form.submit().follow().text
        page = site.browser(Role.COORDINATOR).look(f"{PATH}/evaluation")
        assert words(page.html, "#contributions tbody tr") == "Spain Officers 20 100 18 90 less than pledged"
        assert site.api(Role.COORDINATOR).get(f"{PATH}/evaluation?format=xlsx").status_int == 200
    with site.work() as session:
        operation = operations.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        then = measured(session, operation, DURING, FactStatus.PROVISIONAL).to_data()["contributions"]
    assert [(item["pledged"], item["actual"], item["unrecorded"]) for item in then] == [(20, None, 1)]


def test_the_api_answers_reminds_and_keeps_contacts_and_contributions(site: Site) -> None:
    given(site)
    office = {"role": "duty-officer", "office": "Duty office", "reach": "duty@example.org"}
    with clock.fixed(BEFORE):
        spain, coordinator = site.api(Role.NATIONAL_COORDINATOR, "ES"), site.api(Role.COORDINATOR)
        answered = spain.post(
            f"{SPAIN}/answer",
            {
                "answer": "takes-part",
                "authorities": ["police", "border-guard"],
                "contacts": [office],
                "contributions": [{"kind": "officers", "quantity": 12, "days": 5, "action_area": "firearms"}],
            },
            If_Match='"1"',
        )
        assert [unit["code"] for unit in answered.json["units"] if unit["in_plan"]] == [
            "ES-POLICE",
            "ES-BORDER",
        ]
        wrong = {
            "answer": "takes-part",
            "contributions": [{"kind": "officers", "quantity": 1, "unit": "RS-POLICE"}],
        }
        problem = spain.post(f"{SPAIN}/answer", wrong).json["errors"][0]
        assert (problem["code"], problem["pointer"]) == ("unit-unknown", "/contributions/0/unit")
        kept = spain.get(f"{SPAIN}/contributions")
        lines = [{**kept.json["items"][0], "quantity": 15}]
        for line in lines:
            del line["changed_by"], line["changed_at"]
        assert spain.put(f"{SPAIN}/contributions", {"items": lines}, If_Match='"99"').status_int == 412
        assert (
            spain.put(f"{SPAIN}/contributions", {"items": lines}, If_Match=kept.headers["ETag"]).status_int
            == 200
        )
        contacts = spain.get(f"{SPAIN}/contacts")
        assert (contacts.json["items"], contacts.json["in_force"]) == ([office], True)
        standing = coordinator.get(f"{PATH}/consultation").json
        assert [need["missing"] for need in standing["needs"]] == [25, 25]
        reminded = coordinator.post(f"{PATH}/consultation/reminders", {})
        assert reminded.json == {"parties": ["RS", "europol"]}
        moved = coordinator.patch(f"{PATH}/consultation", {"answer_by": "2027-04-01T18:00:00+02:00"})
        assert moved.json["answer_by"] == "2027-04-01T16:00:00Z"


def test_approval_names_the_exact_version_and_who_approved_as_what(site: Site) -> None:
    given(site)
    page = f"{PATH}/plan/approval"
    with site.work() as session:
        operation: Operation = operations.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        sha256 = operations.latest_plan(session, operation).sha256
    with clock.fixed(datetime(2027, 4, 1, tzinfo=UTC)):
        reviewer = site.browser(Role.REVIEWER)
        form = reviewer.look(page)
        assert sha256 in form.text
        stale = reviewer.send(page, version="7", function="Chair")
        assert stale.status_int == 412
        done = reviewer.send(page, version="1", function="Chair", statement="Agreed on 1 April").follow()
        assert "Chair" in done.text
        assert "Agreed on 1 April" in site.browser(Role.COORDINATOR).look(page).text
    with site.work() as session:
        state = operations.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027").state
    assert state is OperationState.APPROVED
