from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.kernel.types import canonical_json
from jointops.operations import service as operations
from jointops.situation import service
from tests import builders
from tests.situation.scenes import SECOND_DAY, hours, report, running, seizure
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

END_OF_DAY = datetime(2027, 5, 3, 21, 59, 59, tzinfo=UTC)
BASE = "/operations/EXAMPLE-2027"
ARRESTS, COCAINE = "persons-arrested", "cocaine-seized"


@pytest.fixture
def scene(site: Site) -> Iterator[Site]:
    """Give a site with an operation that has returns, a correction and a joint result, on its third day."""
    with site.work() as session:
        operation = running(session)
        report(session, operation, "ES-POLICE", [(ARRESTS, "17"), (ARRESTS, "5", "firearms")], accepted=True)
        report(session, operation, "RS-POLICE", nil=True)
        report(
            session, operation, "ES-CUSTOMS", [(COCAINE, "0.1")], when=hours(5),
            incidents=[seizure("ES-1", "10", joint_with=["RS-POLICE"])],
        )  # fmt: skip
        report(session, operation, "ES-POLICE", [(ARRESTS, "2")], day=SECOND_DAY, when=hours(24))
        report(session, operation, "ES-POLICE", [(ARRESTS, "20")], when=hours(30), reason="three more")
    with clock.fixed(hours(48)):
        yield site


@pytest.fixture
def browser(scene: Site) -> Browser:
    return scene.browser(Role.COORDINATOR)


def text_of(answer: object, selector: str) -> list[str]:
    return [" ".join(found.get_text(" ").split()) for found in answer.html.select(selector)]  # type: ignore[attr-defined]


def test_the_page_shows_who_has_reported(browser: Browser) -> None:
    answer = browser.look(f"{BASE}/situation")

    assert answer.status_int == 200
    cells = text_of(answer, "#matrix tbody tr:first-child td")
    assert [cell.split()[-1] for cell in cells] != []
    received = text_of(answer, "#reporting .jo-key")[0]
    assert received.startswith("Received 4 / 20")
    assert len(answer.html.select("#matrix tbody tr")) == 4


def test_units_without_a_missing_or_late_day_are_left_out_on_request(browser: Browser) -> None:
    late = browser.look(f"{BASE}/situation?show=late")

    assert text_of(late, "#matrix .jo-matrix__unit") == ["Customs"]


def test_a_past_instant_shows_the_figures_of_then_and_how_they_moved(browser: Browser) -> None:
    answer = browser.look(f"{BASE}/situation?as_known_at=2027-05-03T23:59")

    row = next(text for text in text_of(answer, "#totals tbody tr") if text.startswith("Persons arrested"))
    assert row == "Persons arrested 17 persons 22 +5"
    assert "23:59" in text_of(answer, ".jo-known__instant")[0]


def test_each_figure_leads_to_what_stands_behind_it(browser: Browser) -> None:
    answer = browser.look(f"{BASE}/situation?as_known_at=2027-05-03T23:59&status=accepted")

    figure = browser.get(answer.html.select_one("#totals a.jo-figure-link")["href"])

    assert text_of(figure, "h1") == ["Persons arrested"]
    assert text_of(figure, ".jo-key")[0] == "The figure 17 persons"
    lines = text_of(figure, "#sources tbody tr")
    assert len(lines) == 2
    assert all("ES-POLICE" in line and "Revision 1" in line for line in lines)
    assert text_of(figure, "#sources tfoot tr")[0] == "What counts, added up 17 persons"


def test_a_joint_result_is_shown_for_each_and_counted_once(browser: Browser) -> None:
    answer = browser.look(f"{BASE}/situation?indicator={COCAINE}")

    bars = text_of(answer, "#divided .jo-bars tbody tr")
    assert "Serbia 10 adds 0 to the total" in bars
    assert "Spain 10.1" in bars
    trace = browser.look(f"{BASE}/figures?indicator={COCAINE}&party=RS")
    assert "ES-1" in text_of(trace, "#sources tbody tr")[0]


def test_a_day_has_its_own_picture(browser: Browser) -> None:
    answer = browser.look(f"{BASE}/situation?day={SECOND_DAY}")

    row = next(text for text in text_of(answer, "#totals tbody tr") if text.startswith("Persons arrested"))
    assert row == "Persons arrested 2 persons 22"


def test_a_coordinator_freezes_a_report_and_everybody_finds_it(scene: Site, browser: Browser) -> None:
    answer = browser.send(f"{BASE}/situation/reports", day="2027-05-03")

    assert answer.status_int == 303
    page = scene.browser(Role.NATIONAL_COORDINATOR, "RS").look(f"{BASE}/situation")
    assert text_of(page, "#reports tbody tr")[0].startswith("3 May 2027 3 May 2027, 21:00 Coordinator")
    frozen = browser.get(page.html.select_one("#reports tbody a")["href"])
    assert frozen.status_int == 200


@pytest.mark.parametrize("day, status", [("2027-05-05", 409), ("soon", 422), ("2027-06-05", 422)])
def test_a_report_that_cannot_be_is_refused(browser: Browser, day: str, status: int) -> None:
    assert browser.send(f"{BASE}/situation/reports", day=day).status_int == status


def test_only_the_coordinator_freezes(scene: Site) -> None:
    national = scene.browser(Role.NATIONAL_COORDINATOR, "RS")

    assert national.send(f"{BASE}/situation/reports", day="2027-05-03").status_int == 403


@pytest.mark.parametrize(
    "query, status",
    [
        ("situation?as_known_at=yesterday", 422),
        ("situation?as_known_at=2030-01-01T00:00", 422),
        ("situation?day=2027-13-01", 422),
        ("situation?day=2027-06-01", 422),
        ("situation?status=final", 422),
        ("situation?indicator=none-such&show=none-such", 200),
        ("figures", 422),
        ("figures?indicator=heroin-seized", 404),
        (f"figures?indicator={ARRESTS}&scope=none-such", 422),
        (f"figures?indicator={ARRESTS}&phase=none-such", 422),
        (f"figures?indicator={ARRESTS}&category=not-specified&unit=ES-POLICE&authority=police", 200),
        (f"figures?indicator={ARRESTS}&scope=other", 200),
    ],
)
def test_questions_that_make_no_sense_are_refused(browser: Browser, query: str, status: int) -> None:
    assert browser.look(f"{BASE}/{query}").status_int == status


def test_who_does_not_take_part_does_not_know_of_it(scene: Site) -> None:
    stranger = scene.browser(Role.NATIONAL_COORDINATOR, "FR")

    assert stranger.look(f"{BASE}/situation").status_int == 404
    assert stranger.look(f"{BASE}/figures?indicator={ARRESTS}").status_int == 404


# --- HTTP --------------------------------------------------------------------------------------------------------


def test_the_api_answers_the_same_as_the_service(scene: Site) -> None:
    api = scene.api(Role.REPORTER, "RS-POLICE")

    answer = api.get(
        "/operations/EXAMPLE-2027/situation?as_known_at=2027-05-03T23:59:59%2B02:00&status=verified"
    )

    assert answer.status_int == 200
    with scene.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        picture = service.situation(
            session,
            builders.COORDINATOR,
            operation,
            as_known_at=END_OF_DAY,
            status="verified",
        )
    assert canonical_json(answer.json) == picture.to_json()
    again = api.get("/operations/EXAMPLE-2027/situation?as_known_at=2027-05-03T21:59:59Z&status=verified")
    assert again.body == answer.body


def test_an_offset_whose_plus_sign_was_not_escaped_is_understood(scene: Site) -> None:
    api = scene.api(Role.COORDINATOR)

    answer = api.get("/operations/EXAMPLE-2027/situation?as_known_at=2027-05-03T23:59:59+02:00")

    assert answer.json["as_known_at"] == "2027-05-03T21:59:59Z"


def test_the_api_gives_documents_and_pages(scene: Site) -> None:
    api = scene.api(Role.COORDINATOR)
    path = "/operations/EXAMPLE-2027/situation?day=2027-05-03&as_known_at=2027-05-03T23:59"

    pdf = api.get(path, Accept="application/pdf")
    again = api.get(f"{path}&format=pdf")
    page = api.get(f"{path}&format=html")

    assert pdf.body.startswith(b"%PDF")
    assert again.body == pdf.body
    assert page.content_type == "text/html"
    assert "Who has reported" in page.text
    assert api.get(f"{path}&format=docx").status_int == 406


@pytest.mark.parametrize(
    "query, code",
    [
        ("as_known_at=2030-01-01T00:00:00Z", "instant-in-future"),
        ("as_known_at=then", "not-an-instant"),
        ("day=2027-06-01", "day-outside-operation"),
    ],
)
def test_the_api_says_what_is_wrong_with_a_question(scene: Site, query: str, code: str) -> None:
    answer = scene.api(Role.COORDINATOR).get(f"/operations/EXAMPLE-2027/situation?{query}")

    assert answer.status_int == 422
    assert code in json.dumps(answer.json)
