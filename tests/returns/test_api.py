"""Returns over HTTP: receipts, versions, reviews, lists and batches, as other software meets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from jointops.kernel import clock
from jointops.kernel.policy import Channel, Role
from jointops.rendering.spreadsheet import SheetColumn, Workbook, read_csv, read_sheets
from jointops.returns import api
from jointops.returns.models import Fact, IntakeBatch, Return, Revision
from jointops.web.api import FORMATS
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

RETURNS = "/operations/EXAMPLE-2027/returns"
RETURN = f"{RETURNS}/ES-POLICE/2027-05-03"
ARRESTS: dict[str, Any] = {
    "values": [{"indicator": "persons-arrested", "category": "firearms", "quantity": "17"}],
    "submit": True,
}


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


def reporter(site: Site) -> Any:
    return site.api(Role.REPORTER, "ES-POLICE")


def count(site: Site, table: type) -> int:
    with site.work() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_return_is_acknowledged_with_its_receipt(running: Site) -> None:
    answer = reporter(running).put(RETURN, ARRESTS)
    assert answer.status_int == 201
    assert answer.json["revision"] == 1
    assert answer.json["state"] == "submitted"
    assert len(answer.json["receipt"]["sha256"]) == 64
    assert answer.json["receipt"]["recorded_at"] == "2027-05-04T12:00:00Z"
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"].endswith(f"/api/v1{RETURN}")


def test_the_same_return_twice_makes_one_revision(running: Site) -> None:
    api = reporter(running)
    first = api.put(RETURN, ARRESTS)
    second = api.put(RETURN, ARRESTS)
    assert second.status_int == 200
    assert second.json["receipt"] == first.json["receipt"]
    assert second.json["changed"] is False
    assert count(running, Revision) == 1


def test_a_number_is_read_exactly_as_it_is_written(running: Site) -> None:
    api = reporter(running)
    values = (
        '{"indicator": "cocaine-seized", "quantity": 0.1}, {"indicator": "persons-arrested", "quantity": 3}'
    )
    body = f'{{"values": [{values}]}}'
    answer = api.send("PUT", RETURN, body.encode(), "application/json")
    assert answer.status_int == 201, answer.text
    assert [value["quantity"] for value in api.get(RETURN).json["values"]] == ["0.1", "3"]


def test_a_correction_needs_a_reason_and_the_current_version(running: Site) -> None:
    api = reporter(running)
    api.put(RETURN, ARRESTS)
    changed = {"values": [{"indicator": "persons-arrested", "quantity": "18"}]}
    assert api.put(RETURN, changed).json["code"] == "reason-missing"
    stale = api.put(RETURN, changed | {"reason": "Recount"}, If_Match='"7"')
    assert stale.status_int == 412
    assert (stale.json["given"], stale.json["current"]) == ("7", "1")
    assert api.put(RETURN, changed | {"reason": "Recount"}, If_None_Match="*").status_int == 412
    corrected = api.put(RETURN, changed | {"reason": "Recount"}, If_Match='"1"')
    assert (corrected.status_int, corrected.json["revision"]) == (201, 2)
    shown = api.get(RETURN).json
    assert (shown["correction"], shown["reason"], shown["revision"]) == (True, "Recount", 2)


def test_if_none_match_takes_the_first_return(running: Site) -> None:
    assert reporter(running).put(RETURN, ARRESTS, If_None_Match="*").status_int == 201


def test_a_return_goes_through_review(running: Site) -> None:
    reporter(running).put(RETURN, ARRESTS)
    national = running.api(Role.NATIONAL_COORDINATOR, "ES")
    centre = running.api(Role.COORDINATOR)
    asked = national.post(
        f"{RETURN}/transitions", {"to": "sent-back", "question": "All 17?", "pointer": "/values/0"}
    )
    assert asked.json == {"state": "sent-back", "revision": 1, "version": 2}
    answered = reporter(running).post(
        f"{RETURN}/transitions", {"to": "answered", "text": "Yes, counted twice."}
    )
    assert answered.json["state"] == "submitted"
    assert national.post(f"{RETURN}/transitions", {"to": "verified"}).json["state"] == "verified"
    stale = centre.post(f"{RETURN}/transitions", {"to": "accepted"}, If_Match='"1"')
    assert stale.status_int == 412
    assert (
        centre.post(f"{RETURN}/transitions", {"to": "accepted"}, If_Match='"4"').json["state"] == "accepted"
    )
    steps = centre.get(f"{RETURN}/revisions").json["items"][0]["steps"]
    assert [step["step"] for step in steps] == ["submitted", "sent-back", "answered", "verified", "accepted"]
    assert steps[1]["pointer"] == "/values/0"


@pytest.mark.parametrize(
    "body, code, pointer",
    [
        ({"to": "sent-back"}, "question-missing", "/question"),
        ({"to": "accepted"}, "not-allowed", ""),
        ({"to": "withdrawn"}, "not-accepted", "/to"),
    ],
)
def test_steps_that_are_not_possible_are_refused(running: Site, body: Any, code: str, pointer: str) -> None:
    reporter(running).put(RETURN, ARRESTS)
    answer = running.api(Role.NATIONAL_COORDINATOR, "ES").post(f"{RETURN}/transitions", body)
    assert answer.status_int >= 400
    assert answer.json["code"] == code
    assert answer.json["errors"][0]["pointer"] == pointer


def test_nobody_verifies_the_returns_of_another_country(running: Site) -> None:
    reporter(running).put(RETURN, ARRESTS)
    answer = running.api(Role.NATIONAL_COORDINATOR, "RS").post(f"{RETURN}/transitions", {"to": "verified"})
    assert answer.status_int == 403


def test_a_day_that_does_not_exist_is_not_found(running: Site) -> None:
    for day in ("2027-02-30", "20270503", "today"):
        assert reporter(running).put(f"{RETURNS}/ES-POLICE/{day}", ARRESTS).status_int == 404


def test_what_is_wrong_is_named_with_its_place(running: Site) -> None:
    bad = {
        "values": [
            {"indicator": "persons-arrested", "quantity": "many"},
            {"indicator": "cocaine-seized", "quantity": "1", "unit": "pieces"},
            {"indicator": "dragons-slain", "quantity": "1"},
        ]
    }
    answer = reporter(running).put(RETURN, bad)
    assert answer.status_int == 422
    assert {(error["code"], error["pointer"]) for error in answer.json["errors"]} == {
        ("not-a-number", "/values/0/quantity"),
        ("unit-mismatch", "/values/1/unit"),
        ("indicator-unknown", "/values/2/indicator"),
    }
    assert count(running, Return) == 0


def test_an_unknown_key_is_refused(running: Site) -> None:
    answer = reporter(running).put(RETURN, {"value": []})
    assert answer.status_int == 422
    assert answer.json["errors"][0]["pointer"] == "/value"


def test_a_permit_opens_a_frozen_return(running: Site) -> None:
    late = "2027-07-01T08:00:00Z"
    with clock.fixed(clock.parse_iso(late)):
        assert reporter(running).put(RETURN, ARRESTS).json["code"] == "return-frozen"
        centre = running.api(Role.COORDINATOR)
        permit = centre.post(
            f"{RETURN}/permits", {"reason": "Laboratory result", "expires_at": "2027-07-02T08:00:00+02:00"}
        )
        assert permit.status_int == 201
        assert permit.json["expires_at"] == "2027-07-02T06:00:00Z"
        assert reporter(running).put(RETURN, ARRESTS).status_int == 201
    refused = running.api(Role.NATIONAL_COORDINATOR, "ES").post(
        f"{RETURN}/permits", {"reason": "x", "expires_at": "2027-07-02T08:00:00+02:00"}
    )
    assert refused.status_int == 403


def test_the_list_shows_what_one_may_read_in_pieces(running: Site) -> None:
    centre = running.api(Role.COORDINATOR)
    for unit in ("ES-POLICE", "ES-CUSTOMS", "RS-POLICE"):
        centre.put(f"{RETURNS}/{unit}/2027-05-03", ARRESTS)
    first = centre.get(f"{RETURNS}?limit=2").json
    assert [item["unit"] for item in first["items"]] == ["ES-POLICE", "ES-CUSTOMS"]
    second = centre.get(f"{RETURNS}?limit=2&cursor={first['next']}").json
    assert [item["unit"] for item in second["items"]] == ["RS-POLICE"]
    assert second["next"] is None
    assert [item["unit"] for item in reporter(running).get(RETURNS).json["items"]] == ["ES-POLICE"]
    assert centre.get(f"{RETURNS}?party=RS&state=submitted").json["items"][0]["values"] == ARRESTS["values"]
    assert centre.get(f"{RETURNS}?party=XX").status_int == 404
    assert centre.get(f"{RETURNS}?state=lost").status_int == 422


def test_an_export_is_read_back_as_nothing_new(running: Site) -> None:
    centre = running.api(Role.COORDINATOR)
    full = {
        "values": [
            {"indicator": "persons-arrested", "category": "firearms", "quantity": "17"},
            {"indicator": "cocaine-seized", "quantity": "1500.50", "unit": "g"},
        ],
        "incidents": [
            {
                "reference": "=ES-0001",
                "indicator": "firearms-seized",
                "quantity": "3",
                "joint_with": ["RS-POLICE"],
                "at": "2027-05-03T14:20:00Z",
                "place": "Port",
                "description": "In a container",
            }
        ],
        "narrative": "Two teams,\nthree checks.",
    }
    assert centre.put(RETURN, full).status_int == 201
    assert centre.put(f"{RETURNS}/RS-POLICE/2027-05-03", {"nil": True}).status_int == 201
    for kind in ("csv", "xlsx"):
        file = centre.get(f"{RETURNS}?format={kind}")
        assert file.status_int == 200
        again = centre.send("POST", RETURNS, file.body, FORMATS[kind])
        assert again.status_int == 200, again.text
        assert [(item["unit"], item["changed"]) for item in again.json["returns"]] == [
            ("ES-POLICE", False),
            ("RS-POLICE", False),
        ]
    rows = read_csv(centre.get(f"{RETURNS}?format=csv").body).rows()
    names = rows[0]
    cocaine = dict(zip(names, next(row for row in rows if "cocaine-seized" in row), strict=True))
    assert (cocaine["base_quantity"], cocaine["base_unit_of_measure"]) == ("1.5005", "kg")


def test_a_batch_is_recorded_whole_or_not_at_all(running: Site) -> None:
    centre = running.api(Role.COORDINATOR)
    good = {"unit": "ES-POLICE", "day": "2027-05-03", **ARRESTS}
    bad = {
        "unit": "ES-CUSTOMS",
        "day": "2027-05-03",
        "values": [{"indicator": "cocaine-seized", "quantity": "-1"}],
    }
    refused = centre.post(RETURNS, [good, bad])
    assert refused.status_int == 422
    assert refused.json["errors"][0]["pointer"] == "/1/values/0/quantity"
    assert count(running, Return) == 0
    assert count(running, Fact) == 0
    checked = centre.post(f"{RETURNS}?dry_run=1", [good])
    assert (checked.json["dry_run"], checked.json["returns"][0]["revision"]) == (True, 1)
    assert count(running, Return) == 0
    done = centre.post(RETURNS, [good], Idempotency_Key="once")
    assert done.json["returns"][0]["receipt"]["sha256"]
    assert centre.post(RETURNS, [good], Idempotency_Key="once").json == done.json
    assert centre.post(RETURNS, [good, good]).json["code"] == "duplicate-return"
    assert centre.post(RETURNS, []).json["code"] == "nothing-to-record"


def test_a_workbook_is_refused_with_the_cell(running: Site) -> None:
    book = Workbook("Returns", builders.DURING)
    names = ("unit", "day", "indicator", "quantity")
    rows = [("ES-POLICE", builders.FIRST_DAY, "persons-arrested", "lots")]
    book.sheet("Figures").table(0, [SheetColumn(name) for name in names], rows)
    answer = reporter(running).send("POST", RETURNS, book.finish(), FORMATS["xlsx"])
    assert answer.status_int == 422
    assert (answer.json["code"], answer.json["errors"][0]["pointer"]) == ("not-a-number", "/Figures/D2")


def test_a_spreadsheet_is_recorded_as_its_way_in(running: Site) -> None:
    text = "unit;day;indicator;quantity\nES-POLICE;2027-05-03;persons-arrested;17\n"
    assert reporter(running).send("POST", RETURNS, text.encode(), "text/csv").status_int == 200
    with running.work() as session:
        assert session.scalars(select(Revision)).one().channel is Channel.SPREADSHEET


def test_an_exported_workbook_opens_as_one_table(running: Site) -> None:
    centre = running.api(Role.COORDINATOR)
    centre.put(RETURN, ARRESTS)
    answer = centre.get(RETURNS, Accept=FORMATS["xlsx"])
    sheet = read_sheets(answer.body)[0]
    assert sheet.value("C2") == "persons-arrested"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_history_is_for_historical_operations(running: Site) -> None:
    answer = running.api(Role.ADMINISTRATOR).put(RETURN, ARRESTS | {"recorded_at": "2027-05-03T20:00:00Z"})
    assert (answer.status_int, answer.json["code"]) == (409, "not-historical")
    refused = reporter(running).put(RETURN, ARRESTS | {"recorded_at": "2027-05-03T20:00:00Z"})
    assert refused.status_int == 403


@pytest.mark.parametrize("quantity", ["true", "null", "[]", "{}", "1" + "0" * 4000, "1e400", "1e3"])
def test_a_quantity_of_another_shape_is_refused(running: Site, quantity: str) -> None:
    body = f'{{"values": [{{"indicator": "persons-arrested", "quantity": {quantity}}}]}}'
    answer = reporter(running).send("PUT", RETURN, body.encode(), "application/json")
    assert answer.status_int == 422, answer.text


A_BATCH: list[dict[str, Any]] = [
    {"unit": "ES-POLICE", "day": "2027-05-03", **ARRESTS},
    {"unit": "ES-CUSTOMS", "day": "2027-05-03", "nil": True},
]


def test_a_batch_that_is_put_again_changes_nothing(running: Site) -> None:
    national = running.api(Role.NATIONAL_COORDINATOR, "ES")
    first, again = national.put(RETURNS, A_BATCH), national.put(RETURNS, A_BATCH)
    assert [item["changed"] for item in first.json["returns"]] == [True, True]
    assert [item["changed"] for item in again.json["returns"]] == [False, False]
    assert [item["receipt"] for item in again.json["returns"]] == [
        item["receipt"] for item in first.json["returns"]
    ]
    assert again.json["batch"] is None
    with running.work() as session:
        kept = session.scalars(select(IntakeBatch)).one()
        assert (kept.id, kept.returns, kept.channel) == (first.json["batch"], 2, Channel.API)
        assert set(session.scalars(select(Revision.batch_id))) == {kept.id}


def test_a_batch_of_which_one_return_is_stale_changes_none(running: Site) -> None:
    national = running.api(Role.NATIONAL_COORDINATOR, "ES")
    assert national.put(RETURNS, [item | {"version": 0} for item in A_BATCH]).status_int == 200
    changed = [item | {"reason": "Recount", "narrative": "Twice counted."} for item in A_BATCH]
    answer = national.put(RETURNS, [changed[0] | {"version": 1}, changed[1] | {"version": 7}])
    assert answer.status_int == 412
    assert [(error["code"], error["pointer"]) for error in answer.json["errors"]] == [("stale-version", "/1")]
    assert count(running, Revision) == 2
    assert count(running, IntakeBatch) == 1


def test_every_bad_value_of_a_batch_is_named(running: Site) -> None:
    bad = {"indicator": "persons-arrested", "quantity": "-1"}
    unknown = {"indicator": "none-such", "quantity": "1"}
    sent = [{"unit": "ES-POLICE", "day": "2027-05-03", "values": [bad, unknown]}, A_BATCH[1] | {"unit": "XX"}]
    answer = running.api(Role.NATIONAL_COORDINATOR, "ES").put(RETURNS, sent)
    assert answer.status_int == 422
    assert [(error["code"], error["pointer"]) for error in answer.json["errors"]] == [
        ("negative-quantity", "/0/values/0/quantity"),
        ("indicator-unknown", "/0/values/1/indicator"),
        ("unit-unknown", "/1/unit"),
    ]
    assert count(running, IntakeBatch) == 0


def test_a_batch_has_a_limit(running: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_RETURNS", 1)
    answer = running.api(Role.NATIONAL_COORDINATOR, "ES").put(RETURNS, A_BATCH)
    assert (answer.status_int, answer.json["code"]) == (422, "too-many-returns")


def test_a_return_that_is_put_again_under_its_key_is_answered_as_the_first_time(running: Site) -> None:
    police = reporter(running)
    first = police.put(RETURN, ARRESTS, If_None_Match="*", Idempotency_Key="night shift")
    again = police.put(RETURN, ARRESTS, If_None_Match="*", Idempotency_Key="night shift")
    assert (again.status_int, again.json) == (first.status_int, first.json) == (201, first.json)
    assert (again.headers["Idempotency-Replayed"], again.headers["ETag"]) == ("true", '"1"')
    other = police.put(RETURN, ARRESTS | {"narrative": "More."}, Idempotency_Key="night shift")
    assert other.json["code"] == "idempotency-key-reused"


def test_a_question_about_a_return_of_a_batch_is_answered_under_its_key(running: Site) -> None:
    national = running.api(Role.NATIONAL_COORDINATOR, "ES")
    sent = [A_BATCH[1], A_BATCH[0] | {"narrative": "Ask maria.lopez@example.org."}]
    [question] = national.put(RETURNS, sent).json["errors"]
    assert (question["code"], question["pointer"]) == ("personal-data", "/1/narrative")
    answered = [sent[0], sent[1] | {"explanations": {question["explain"]: "An office, not a person."}}]
    assert national.put(RETURNS, answered).status_int == 200
