"""Files and batches over HTTP: problems as a file, conflicts that are settled by a word, a batch taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.rendering.spreadsheet import read_csv, read_sheets
from jointops.web.api import FORMATS
from tests import builders
from tests.support.app import Api, Site

pytestmark = pytest.mark.database("sqlite")

BASE = "/operations/EXAMPLE-2027"
BAD = b"unit;day;indicator;quantity\r\nES-POLICE;2027-05-03;persons-arrested;many\r\n"


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


@pytest.fixture
def api(site: Site) -> Api:
    with site.work() as session:
        builders.operation(session, "running")
    return site.api(Role.REPORTER, "ES-POLICE")


def post(api: Api, text: bytes, query: str = "") -> object:
    return api.send("POST", f"{BASE}/returns{query}", text, "text/csv")


def test_problems_of_a_file_have_their_cell_and_come_as_a_file(api: Api) -> None:
    (problem,) = post(api, BAD).json["errors"]  # type: ignore[attr-defined]
    assert (problem["cell"], problem["value"], problem["pointer"]) == ("D2", "many", "/csv/D2")
    address = f"{BASE}/returns/problems"
    listed = api.send("POST", address, BAD, "text/csv")
    assert listed.json["problems"][0]["code"] == "not-a-number"
    as_csv = api.send("POST", address, BAD, "text/csv", Accept="text/csv")
    assert read_csv(as_csv.body).rows()[1][:3] == [None, "D2", "many"]
    as_book = api.send("POST", address, BAD, "text/csv", Accept=FORMATS["xlsx"])
    assert as_book.content_type == FORMATS["xlsx"], as_book.text[:300]
    assert read_sheets(as_book.body)[0].at(1, 1) == "D2"
    good = BAD.replace(b"many", b"4")
    assert api.send("POST", address, good, "text/csv").json["problems"] == []


def test_a_conflict_is_a_problem_unless_something_holds(api: Api) -> None:
    one = b"unit,day,indicator,quantity,reason,revision\r\nES-POLICE,2027-05-03,persons-arrested,%s,%s,%s\r\n"
    post(api, one % (b"17", b"", b""))
    post(api, one % (b"20", b"Recount", b"1"))
    file = one % (b"18", b"Two lists", b"1")
    refused = post(api, file)
    (problem,) = refused.json["errors"]  # type: ignore[attr-defined]
    assert (problem["code"], problem["cell"], problem["accepted"]) == (
        "changed-on-record",
        "D2",
        ["file", "record"],
    )
    assert post(api, file, "?on_conflict=record").json["batch"] is None  # type: ignore[attr-defined]
    assert post(api, file, "?on_conflict=file").json["returns"][0]["revision"] == 3  # type: ignore[attr-defined]


def test_a_batch_is_read_and_taken_back(api: Api, site: Site) -> None:
    number = post(api, BAD.replace(b"many", b"4")).json["batch"]  # type: ignore[attr-defined]
    assert [one["id"] for one in api.get(f"{BASE}/batches").json["items"]] == [number]
    assert api.get(f"{BASE}/batches/{number}").json["made"][0]["revision"] == 1
    address = f"{BASE}/batches/{number}/take-back"
    assert site.api(Role.REPORTER, "RS-POLICE").post(address, {"reason": "x"}).status_int == 404
    assert api.post(address, {}).json["code"] == "reason-missing"
    assert api.post(address, {"reason": "The wrong file"}).json["returns"][0]["revision"] == 2
    assert api.post(address, {"reason": "Again"}).json["code"] == "batch-taken-back"
