from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from docx import Document as WordDocument
from pypdf import PdfReader

from jointops.cycles import service as cycles
from jointops.evaluation import findings, service
from jointops.evaluation.findings import ObservationEntry, RecommendationEntry
from jointops.kernel import clock, ids
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.operations.plandoc import CycleLink
from jointops.rendering.spreadsheet import read_sheets
from tests import builders
from tests.builders import AFTER, COORDINATOR
from tests.situation.scenes import hours, report, running
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

BASE = "/operations/EXAMPLE-2027/evaluation"
API = "/operations/EXAMPLE-2027"
ARRESTS, FIREARMS = "persons-arrested", "firearms-seized"


@pytest.fixture
def scene(site: Site) -> Iterator[Site]:
    """Give a site with an operation that is over, an observation and a recommendation, after its last day."""
    with site.work() as session:
        cycles.seed(session, builders.ADMINISTRATOR)
        operation = running(
            session, policy_cycle=CycleLink(code="EMPACT-2022-2025", priorities=("firearms",))
        )
        report(session, operation, "ES-POLICE", [(ARRESTS, "17"), (ARRESTS, "5", "firearms")], accepted=True)
        report(session, operation, "ES-CUSTOMS", [(FIREARMS, "120")], when=hours(5), accepted=True)
        improvement = ObservationEntry(kind="improvement", text="Units differed.", action_area="firearms")
        findings.observe(session, COORDINATOR, operation, improvement)
        findings.recommend(
            session, COORDINATOR, operation,
            RecommendationEntry(title="Agree on units", owner="Spain", observation="I1"),
        )  # fmt: skip
    with clock.fixed(AFTER):
        yield site


@pytest.fixture
def coordinator(scene: Site) -> Browser:
    return scene.browser(Role.COORDINATOR)


@pytest.fixture
def reviewer(scene: Site) -> Browser:
    return scene.browser(Role.REVIEWER)


def texts(answer: Any, selector: str) -> list[str]:
    return [" ".join(found.get_text(" ").split()) for found in answer.html.select(selector)]


# --- Reading -----------------------------------------------------------------------------------------------------


def test_the_page_sets_results_against_objectives(coordinator: Browser) -> None:
    answer = coordinator.look(BASE)

    assert answer.status_int == 200
    row = texts(answer, "#objectives tbody tr")[0]
    assert row.startswith("O1 Take firearms off the market")
    assert "100 pieces 120 pieces Met P – Performed without challenges" in row
    assert texts(answer, "#objectives .jo-lead") == ["1 of 1 targets are met."]


def test_the_page_shows_discipline_tasks_findings_quality_and_safeguards(coordinator: Browser) -> None:
    answer = coordinator.look(BASE)

    assert texts(answer, "#reporting .jo-key")[0].startswith("Received 2 / 20")
    assert "Assigned 1" in texts(answer, "#tasks .jo-descriptions__row")
    assert "Units differed." in texts(answer, "#observations .jo-finding")[0]
    assert texts(answer, "#recommendations tbody tr")[0].startswith("R1 Agree on units Answers I1")
    assert "Missing returns: 18." in " ".join(texts(answer, "#quality li"))
    assert "Fundamental rights" in texts(answer, "#safeguards")[0]


def test_a_past_instant_shows_what_was_known_then(coordinator: Browser) -> None:
    answer = coordinator.look(f"{BASE}?as_known_at=2027-05-03T20:30")

    assert "No figure" in texts(answer, "#objectives tbody tr")[0]
    figures = texts(answer, "#results tbody tr")
    assert "Firearms seized no figure 120 +120" in [row.replace("– ", "") for row in figures]


def test_participants_read_and_others_do_not_know_of_it(scene: Site) -> None:
    assert scene.browser(Role.REPORTER, "RS-POLICE").look(BASE).status_int == 200
    assert scene.browser(Role.NATIONAL_COORDINATOR, "FR").look(BASE).status_int == 404


# --- Writing -----------------------------------------------------------------------------------------------------


def test_the_coordinator_writes_the_summary(coordinator: Browser) -> None:
    form = coordinator.get(f"{BASE}/summary").forms[1]
    form["summary"] = "All went well.\n\nNext time better."
    answer = form.submit()

    assert answer.status_int == 303
    assert texts(coordinator.look(BASE), "#summary .jo-prose p") == ["All went well.", "Next time better."]


def test_a_summary_written_over_another_is_shown_again(coordinator: Browser) -> None:
    stale = coordinator.send(f"{BASE}/summary", summary="Mine", version="99")

    assert stale.status_int == 412
    assert stale.html.select_one("textarea").get_text().strip() == "Mine"
    assert texts(stale, ".govuk-error-summary li") != []


def test_a_participant_adds_an_observation(scene: Site) -> None:
    browser = scene.browser(Role.NATIONAL_COORDINATOR, "RS")
    wrong = browser.send(f"{BASE}/observations", kind="", text="")
    assert wrong.status_int == 422
    assert len(texts(wrong, ".govuk-error-summary li")) == 2

    answer = browser.send(f"{BASE}/observations", kind="strength", text="Quick answers at night.")

    assert answer.status_int == 303
    assert "Quick answers at night." in texts(browser.look(BASE), "#observations .jo-finding")[0]


def test_a_recommendation_is_added_and_revised(coordinator: Browser) -> None:
    wrong = coordinator.send(f"{BASE}/recommendations", title="", owner="", due_on="soon")
    assert wrong.status_int == 422
    bad = coordinator.send(f"{BASE}/recommendations", title="", owner="")
    assert len(texts(bad, ".govuk-error-summary li")) == 2

    coordinator.send(f"{BASE}/recommendations", title="Meet earlier", owner="COSI", due_on="2028-03-01")
    form = coordinator.get(f"{BASE}/recommendations/R2").forms[1]
    assert form["due_on"].value == "2028-03-01"
    form["title"] = "Meet much earlier"
    assert form.submit().status_int == 303

    assert texts(coordinator.look(BASE), "#recommendations tbody tr")[1].startswith("R2 Meet much earlier")
    assert coordinator.send(f"{BASE}/recommendations/R2", title="x", owner="y", version="1").status_int == 412
    assert coordinator.look(f"{BASE}/recommendations/R9").status_int == 404


def test_the_sign_off_from_draft_to_endorsed(scene: Site, coordinator: Browser, reviewer: Browser) -> None:
    assert coordinator.send(f"{BASE}/steps", to="in-review").status_int == 303
    assert coordinator.send(f"{BASE}/summary", summary="Late change").status_int == 409
    assert coordinator.look(f"{BASE}/summary").status_int == 409
    assert coordinator.send(f"{BASE}/steps", to="endorsed").status_int == 403
    assert reviewer.send(f"{BASE}/steps", to="returned", text="").status_int == 422
    assert reviewer.send(f"{BASE}/steps", to="returned", text="Say more.").status_int == 303
    assert coordinator.send(f"{BASE}/steps", to="in-review").status_int == 303
    with clock.fixed(hours(2, AFTER)):
        assert reviewer.send(f"{BASE}/steps", to="endorsed", text="Well done.").status_int == 303

        page = reviewer.look(BASE)

    assert texts(page, "#sign-off .jo-timeline__what") == [
        "Endorsed",
        "Submitted for review",
        "Sent back",
        "Submitted for review",
    ]
    assert "the seal holds" in texts(page, ".jo-signoff__state")[0]
    assert reviewer.send(f"{BASE}/steps", to="returned", text="No").status_int == 409
    assert coordinator.look(f"{BASE}/observations").status_int == 409


def test_an_endorsed_evaluation_shows_its_figures_whatever_comes_later(
    scene: Site, coordinator: Browser, reviewer: Browser
) -> None:
    coordinator.send(f"{BASE}/steps", to="in-review")
    reviewer.send(f"{BASE}/steps", to="endorsed")
    with scene.work() as session:
        operation = operations.find(session, COORDINATOR, "EXAMPLE-2027")
        report(
            session,
            operation,
            "ES-POLICE",
            [(ARRESTS, "99")],
            when=hours(3, AFTER),
            reason="late",
            accepted=True,
        )

    with clock.fixed(hours(4, AFTER)):
        endorsed = texts(reviewer.look(BASE), "#results tbody tr")[0]
        now = reviewer.look(f"{BASE}?as_known_at=now")

    assert endorsed == "Persons arrested 17 persons 99 +82"
    assert texts(now, "#results tbody tr")[0] == "Persons arrested 99 persons"
    assert "These are not the endorsed figures" in now.text


def test_the_reviewer_adopts_a_recommendation_into_the_next_cycle(reviewer: Browser) -> None:
    form = reviewer.get(f"{BASE}/recommendations/R1/decision").forms[1]
    assert form["cycle"].value == "EMPACT-2026-2029"
    answer = form.submit("decision", value="adopt")

    assert answer.status_int == 303
    row = texts(reviewer.look(BASE), "#recommendations tbody tr")[0]
    assert "Adopted EMPACT-2026-2029 · OA-1" in row
    assert "Agree on units" in reviewer.look("/policy-cycles/EMPACT-2026-2029").text
    assert (
        reviewer.send(f"{BASE}/recommendations/R1/decision", decision="reject", reason="No").status_int == 409
    )


def test_the_reviewer_rejects_with_a_reason(reviewer: Browser) -> None:
    path = f"{BASE}/recommendations/R1/decision"
    assert reviewer.send(path, decision="reject", reason=" ").status_int == 422

    assert reviewer.send(path, decision="reject", reason="Done already").status_int == 303

    assert "Rejected Done already" in texts(reviewer.look(BASE), "#recommendations tbody tr")[0]


def test_a_page_offers_only_what_will_be_accepted(
    scene: Site, coordinator: Browser, reviewer: Browser
) -> None:
    assert "Edit the summary" in coordinator.look(BASE).text
    assert "Endorse" not in texts(coordinator.look(BASE), "summary.jo-confirm__summary")
    auditor = scene.browser(Role.AUDITOR).look(BASE)
    assert texts(auditor, "summary.jo-confirm__summary") == []
    assert "Add an observation" not in auditor.text
    coordinator.send(f"{BASE}/steps", to="in-review")
    assert texts(reviewer.look(BASE), "summary.jo-confirm__summary") == ["Endorse", "Send back"]


# --- HTTP --------------------------------------------------------------------------------------------------------


def test_the_api_gives_the_evaluation_in_all_formats(scene: Site) -> None:
    api = scene.api(Role.COORDINATOR)
    path = f"{API}/evaluation"

    data = api.get(path).json
    assert data["results"][0]["quantity"] == "17"
    assert data["objectives"][0]["met"] is True
    pdf = api.get(f"{path}?as_known_at=2027-05-10T00:00", Accept="application/pdf")
    assert pdf.body == api.get(f"{path}?format=pdf&as_known_at=2027-05-10T00:00").body
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.body)).pages)
    assert "Take firearms off the market" in words
    word = WordDocument(io.BytesIO(api.get(f"{path}?format=docx").body))
    assert any("Units differed." in paragraph.text for paragraph in word.paragraphs)
    sheets = read_sheets(api.get(f"{path}?format=xlsx").body)
    assert [sheet.name for sheet in sheets][:3] == ["About", "Results", "Objectives"]
    assert "Objectives" in api.get(f"{path}?format=html").text
    assert api.get(f"{path}?format=csv").status_int == 406


def test_the_review_over_the_api(scene: Site) -> None:
    coordinator, reviewer = scene.api(Role.COORDINATOR), scene.api(Role.REVIEWER)
    review = coordinator.get(f"{API}/evaluation/review")
    tag = review.headers["ETag"]

    changed = coordinator.patch(f"{API}/evaluation", {"summary": "All went well."}, If_Match=tag)
    assert (changed.status_int, changed.json["summary"]) == (200, "All went well.")
    stale = coordinator.patch(f"{API}/evaluation", {"summary": "Again"}, If_Match=tag)
    assert (stale.status_int, stale.json["code"]) == (412, "stale-version")
    observed = coordinator.post(f"{API}/evaluation/observations", {"kind": "strength", "text": "Quick"})
    assert (observed.status_int, observed.json["code"]) == (201, "S1")
    submitted = coordinator.post(f"{API}/evaluation/transitions", {"to": "in-review"})
    assert submitted.json["state"] == "in-review"
    assert coordinator.post(f"{API}/evaluation/transitions", {"to": "endorsed"}).status_int == 403
    endorsed = reviewer.post(f"{API}/evaluation/transitions", {"to": "endorsed"})
    assert endorsed.json["state"] == "endorsed"
    at = endorsed.json["as_known_at"]
    with scene.work() as session:
        operation = operations.find(session, COORDINATOR, "EXAMPLE-2027")
        kept = service.find(session, COORDINATOR, operation)
        measured = service.measure(session, COORDINATOR, operation, as_known_at=kept.as_known_at)
    assert endorsed.json["sealed_sha256"] == ids.digest(measured.to_json())
    assert at == "2027-05-20T09:00:00Z"


def test_recommendations_over_the_api(scene: Site) -> None:
    coordinator, reviewer = scene.api(Role.COORDINATOR), scene.api(Role.REVIEWER)
    made = coordinator.post(
        f"{API}/recommendations", {"title": "Meet earlier", "owner": "COSI", "due_on": "2028-03-01"},
        Idempotency_Key="once",
    )  # fmt: skip
    again = coordinator.post(
        f"{API}/recommendations", {"title": "Meet earlier", "owner": "COSI", "due_on": "2028-03-01"},
        Idempotency_Key="once",
    )  # fmt: skip

    assert (made.status_int, made.json["code"]) == (201, "R2")
    assert made.location.endswith(f"/api/v1{API}/recommendations/R2")
    assert again.body == made.body
    listed = coordinator.get(f"{API}/recommendations").json["items"]
    assert [item["code"] for item in listed] == ["R1", "R2"]
    one = coordinator.get(f"{API}/recommendations/R2")
    changed = coordinator.patch(
        f"{API}/recommendations/R2", {"owner": "Europol"}, If_Match=one.headers["ETag"]
    )
    assert (changed.json["owner"], changed.json["title"], changed.json["version"]) == (
        "Europol",
        "Meet earlier",
        2,
    )
    assert coordinator.post(f"{API}/recommendations/R2/adopt", {}).status_int == 403
    adopted = reviewer.post(f"{API}/recommendations/R2/adopt", {"decision": "Yes"})
    assert adopted.json["state"] == "adopted"
    assert adopted.json["adopted_as"] == {"cycle": "EMPACT-2026-2029", "code": "OA-1", "state": "proposed"}
    rejected = reviewer.post(f"{API}/recommendations/R1/reject", {"reason": "Done already"})
    assert rejected.json["state"] == "rejected"
    assert reviewer.post(f"{API}/recommendations/R1/adopt", {}).json["code"] == "recommendation-decided"
    assert reviewer.get(f"{API}/recommendations/R9").status_int == 404


@pytest.mark.parametrize(
    "data, code",
    [
        ({"owner": "COSI"}, 422),
        ({"title": "x", "owner": "COSI", "observation": "I9"}, 422),
        ({"title": "x", "owner": "COSI", "capability": "luck"}, 422),
        ({"title": "x", "owner": "COSI", "more": 1}, 422),
    ],
)
def test_a_wrong_recommendation_is_refused(scene: Site, data: dict[str, Any], code: int) -> None:
    assert scene.api(Role.COORDINATOR).post(f"{API}/recommendations", data).status_int == code
