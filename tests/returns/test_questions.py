"""Questions about unusual figures: by a unit's own days or by those of its peers, in few queries, never in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.operations.plandoc import Participant, Period, PlanUnit
from jointops.returns import asked, service
from jointops.returns.questions import Histories, questions
from jointops.returns.submission import from_data
from tests import builders
from tests.returns.test_pages import upload
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

FIRST, TODAY = date(2027, 5, 3), date(2027, 5, 10)
RETURN = f"/operations/EXAMPLE-2027/returns/ES-POLICE/{TODAY}"
PEERS = ("RS-POLICE", "AT-POLICE", "HU-POLICE")
BEFORE = (12, 15, 11, 14, 13, 12, 16)


@pytest.fixture(autouse=True)
def _on_the_last_day() -> Iterator[None]:
    with clock.fixed(datetime(2027, 5, 10, 18, 0, tzinfo=UTC)):
        yield


@pytest.fixture
def running(site: Site) -> Site:
    units = {"ES": ("ES-POLICE",), "RS": ("RS-POLICE",), "AT": ("AT-POLICE",), "HU": ("HU-POLICE",)}
    with site.work() as session:
        builders.operation(
            session,
            "running",
            period=Period(start=FIRST, end=date(2027, 5, 14)),
            participants=tuple(
                Participant(
                    party=party, units=tuple(PlanUnit(code=code, authority="police") for code in codes)
                )
                for party, codes in units.items()
            ),
            tasks=(),
        )
    return site


def sent(site: Site, unit: str, quantities: Sequence[int], first: date = FIRST, **more: object) -> None:
    with site.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        for number, quantity in enumerate(quantities):
            data = {"values": [{"indicator": "persons-arrested", "quantity": str(quantity)}], **more}
            day = first + timedelta(days=number)
            service.submit(session, builders.reporter(unit), operation, unit, day, from_data(data))


def usual(site: Site) -> dict[str, dict[str, object]]:
    found = site.browser(Role.REPORTER, "ES-POLICE").look(f"{RETURN}/questions").json
    return {one["indicator"]: one for one in found["usual"]}


def test_nothing_is_usual_on_the_first_days(running: Site) -> None:
    sent(running, "ES-POLICE", BEFORE[:4])
    assert usual(running) == {}


def test_the_own_days_say_what_is_usual(running: Site) -> None:
    sent(running, "ES-POLICE", BEFORE)
    one = usual(running)["persons-arrested"]
    assert (one["whose"], one["median"], one["least"], one["most"], one["days"]) == (
        "own",
        "13",
        "11",
        "16",
        7,
    )
    assert Decimal(str(one["high"])) < 130
    assert "13" in str(one["text"])


def test_units_of_the_same_kind_say_it_where_there_are_no_own_days(running: Site) -> None:
    for unit in PEERS[:2]:
        sent(running, unit, BEFORE)
    assert usual(running) == {}
    sent(running, PEERS[2], BEFORE)
    one = usual(running)["persons-arrested"]
    assert (one["whose"], one["units"], one["days"]) == ("peers", 3, 21)


def test_histories_of_many_units_take_two_queries(running: Site) -> None:
    for unit in ("ES-POLICE", *PEERS):
        sent(running, unit, BEFORE)
    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        indicators = asked.asked(session, operation).indicators
        statements: list[str] = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *call: statements.append(call[2]))
        histories = Histories(session, operation, TODAY)
        found = {
            unit: list(
                questions({"persons-arrested": Decimal(900)}, histories.expected(unit, TODAY, indicators))
            )
            for unit in ("ES-POLICE", *PEERS)
        }
    assert sum(statement.startswith("SELECT") for statement in statements) == 2
    keys = {one.key for asked_about in found.values() for one in asked_about}
    assert (keys, len(found)) == ({"unusual:persons-arrested"}, 4)


def test_an_unusual_figure_is_taken_and_shown_with_the_figures_behind_it_and_the_answer(
    running: Site,
) -> None:
    sent(running, "ES-POLICE", BEFORE)
    sent(
        running,
        "ES-POLICE",
        [400],
        TODAY,
        explanations={"unusual:persons-arrested": "A raid of forty places."},
    )
    page = running.browser(Role.COORDINATOR).look(RETURN)
    section = page.html.find(id="unusual").find_parent("section") or page.html.find(id="unusual")
    text = section.get_text(" ", strip=True)
    assert "400" in text
    assert "13" in text
    assert "A raid of forty places." in text
    calm = running.browser(Role.COORDINATOR).look(RETURN.replace(str(TODAY), "2027-05-09"))
    assert calm.html.find(id="unusual") is None


def test_what_was_kept_with_a_reason_is_shown(running: Site) -> None:
    sent(
        running,
        "ES-POLICE",
        [3],
        TODAY,
        narrative="Mr Novak called.",
        explanations={"personal-data:narrative": "He is the minister, and it was public."},
    )
    section = running.browser(Role.COORDINATOR).look(RETURN).html.find(id="kept")
    assert "He is the minister, and it was public." in (section.find_parent("section") or section).get_text()


def test_software_reads_what_is_usual(running: Site) -> None:
    sent(running, "ES-POLICE", BEFORE)
    api = running.api(Role.REPORTER, "ES-POLICE")
    (one,) = api.get(f"{RETURN}/questions").json["usual"]
    assert (one["indicator"], one["factors"]) == ("persons-arrested", {"persons": "1"})


def test_the_check_of_a_file_asks_about_what_it_would_bring(running: Site) -> None:
    sent(running, "ES-POLICE", BEFORE)
    text = f"unit,day,indicator,quantity\nES-POLICE,{TODAY},persons-arrested,400\n"
    answer = upload(running.browser(Role.REPORTER, "ES-POLICE"), text.encode(), "script", "returns.csv")
    assert "400" in answer.text
    assert "median of its 7 days" in answer.text
