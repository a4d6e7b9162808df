"""The feed as Excel, Power BI and other clients meet it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as Xml

import pytest
from sqlalchemy import event
from webtest import TestApp, TestResponse

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.returns import service as returns
from jointops.returns.odata import answers
from jointops.returns.submission import from_data
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

ROOT = "/odata/v1/operations/EXAMPLE-2027/"
ARRESTS = {"indicator": "persons-arrested", "category": "firearms", "quantity": "17"}
POWER_QUERY = {
    "Accept": "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
    "OData-MaxVersion": "4.0",
    "MaxDataServiceVersion": "3.0",
}
"""What Excel and Power BI send."""

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


class Reader:
    """A client of the feed with somebody's token."""

    def __init__(self, site: Site, role: Role | None = Role.COORDINATOR, scope: str | None = None) -> None:
        self.token = site.api(role, scope).token
        self._app = TestApp(site.application)

    def ask(self, path: str, **headers: str) -> TestResponse:
        """GET an address below the root of the feed, or an absolute one, whatever the status."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        address = path.removeprefix("http://localhost") if path.startswith("http") else ROOT + path
        return self._app.get(address, headers=sent, expect_errors=True)

    def rows(self, path: str) -> list[dict[str, Any]]:
        """Return the entities of a page."""
        answer = self.ask(path)
        assert answer.status_int == 200, answer.text
        found: list[dict[str, Any]] = answer.json["value"]
        return found


@pytest.fixture
def running(site: Site) -> Site:
    """Return an operation in which two units reported, a joint result among it."""
    joint = {
        "reference": "ES-1",
        "indicator": "firearms-seized",
        "quantity": "3",
        "joint_with": ["RS-POLICE"],
        "at": "2027-05-03T14:20:00+02:00",
        "place": "Port d’Été",
        "latitude": "39.45",
        "longitude": "-0.32",
    }
    with site.work() as session:
        operation = builders.operation(session, "running")
        for unit, values, incidents in (
            ("ES-POLICE", [ARRESTS, {"indicator": "cocaine-seized", "quantity": "0.3"}], [joint]),
            ("RS-POLICE", [{"indicator": "persons-arrested", "quantity": "5"}], []),
        ):
            content = from_data({"values": values, "incidents": incidents})
            returns.submit(session, builders.reporter(unit), operation, unit, date(2027, 5, 3), content)
        returns.verify(session, builders.national("ES"), operation, "ES-POLICE", date(2027, 5, 3))
    return site


def test_excel_and_power_bi_find_their_way(running: Site) -> None:
    token = Reader(running).token
    basic = "Basic " + base64.b64encode(f"anything:{token}".encode()).decode()
    client = Reader(running)

    refused = TestApp(running.application).get(ROOT, headers=POWER_QUERY, expect_errors=True)
    assert refused.status_int == 401
    assert refused.headers.getall("WWW-Authenticate")[0].startswith("Basic ")

    def ask(path: str) -> TestResponse:
        answer = client.ask(path, Authorization=basic, **POWER_QUERY)
        assert answer.status_int == 200, answer.text
        assert answer.headers["OData-Version"] == "4.0"
        return answer

    root = ask("")
    assert root.content_type == "application/json"
    described = ask(root.json["@odata.context"])
    assert described.content_type == "application/xml"
    described_sets = Xml.fromstring(described.body)  # noqa: S314  (it is our own)
    sets = described_sets.iter(f"{EDM}EntitySet")
    offered = [item["url"] for item in root.json["value"]]
    assert offered == [one.get("Name") for one in sets] == ["Values", "Incidents", "Units", "Days"]
    for name in offered:
        assert len(ask(f"{name}?$top=1000").json["value"]) >= 1
    client.ask("Values", Prefer="odata.maxpagesize=2")
    page = ask("Values?$select=id,quantity,unit_code&$filter=quantity ge 0.3&$top=1000&$count=true")
    assert page.json["@odata.context"].endswith("$metadata#Values(id,unit_code,quantity)")
    assert page.json["@odata.count"] == 5
    assert set(page.json["value"][0]) == {"id", "quantity", "unit_code"}
    assert "@odata.nextLink" not in page.json


def test_every_page_is_reached_once_whatever_the_order(running: Site) -> None:
    client = Reader(running)
    for order in ("", "&$orderby=quantity desc", "&$orderby=category desc,Incident/place,joint"):
        whole = [row["id"] for row in client.rows(f"Values?$skip=0{order}")]
        seen: list[int] = []
        address: str | None = f"Values?$count=true&$top=4{order}"
        while address:
            page = client.ask(address, Prefer="odata.maxpagesize=1")
            assert page.headers["Preference-Applied"] == "odata.maxpagesize=1"
            assert page.json["@odata.count"] == 5
            seen += [row["id"] for row in page.json["value"]]
            address = page.json.get("@odata.nextLink")
        assert seen == whole[:4]


def test_pages_show_the_picture_of_the_first_one(running: Site) -> None:
    client = Reader(running)
    first = client.ask("Values?$filter=unit_code eq 'RS-POLICE' and counts", Prefer="maxpagesize=1")
    later = builders.DURING + timedelta(minutes=5)
    with clock.fixed(later), running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        more = from_data(
            {"values": [{"indicator": "persons-arrested", "quantity": "9"}], "reason": "Recount"}
        )
        police = builders.reporter("RS-POLICE")
        returns.submit(session, police, operation, "RS-POLICE", date(2027, 5, 3), more)
    assert "@odata.nextLink" not in first.json
    with clock.fixed(later):
        asked = "Values?$filter=unit_code eq 'RS-POLICE' and counts&$select=quantity"
        assert client.rows(asked) == [{"quantity": 9}]
        then = clock.iso(builders.DURING)
        assert client.rows(f"{asked}&as_known_at={then}") == [{"quantity": 5}]
        assert (
            client.ask(f"{asked}&as_known_at=2127-01-01T00:00:00Z").json["error"]["code"]
            == "instant-in-future"
        )


def test_quantities_are_exact(running: Site) -> None:
    text = Reader(running).ask("Values?$filter=indicator eq 'cocaine-seized'&$select=quantity,id").text
    assert '"quantity":0.3' in text
    wide = Reader(running).ask(
        "Values?$filter=indicator eq 'cocaine-seized'&$select=quantity&$count=true",
        Accept="application/json;IEEE754Compatible=true",
    )
    assert (wide.json["value"], wide.json["@odata.count"]) == ([{"quantity": "0.3"}], "1")
    assert "IEEE754Compatible=true" in wide.headers["Content-Type"]


def test_a_joint_result_counts_once(running: Site) -> None:
    rows = Reader(running).rows(
        "Values?$filter=joint&$orderby=counts desc&$expand=Incident($select=place),Unit"
    )
    assert [(row["Unit"]["party"], row["counts"]) for row in rows] == [("ES", True), ("RS", False)]
    assert {row["Incident"]["place"] for row in rows} == {"Port d’Été"}
    assert {row["joint_result"] for row in rows} == {rows[0]["joint_result"]}


def test_everybody_sees_what_they_may_read(running: Site) -> None:
    serbian = Reader(running, Role.NATIONAL_COORDINATOR, "RS")
    assert [row["code"] for row in serbian.rows("Units")] == ["RS-POLICE"]
    assert {row["unit_code"] for row in serbian.rows("Days")} == {"RS-POLICE"}
    assert serbian.rows("Incidents") == []
    values = serbian.rows("Values?$expand=Incident,Unit,Return")
    assert {row["unit_code"] for row in values} == {"RS-POLICE"}
    # The part in a joint result is its own; the incident is told in Spain's return.
    assert [row["Incident"] for row in values] == [None, None]
    assert serbian.ask("Values/$count?$filter=Incident/place ne null").text == "0"
    assert serbian.ask("Units('ES-POLICE')").status_int == 404
    assert serbian.ask("Units('ES-POLICE')/Values").status_int == 404
    assert Reader(running, Role.NATIONAL_COORDINATOR, "FR").ask("").status_int == 404


def test_figures_are_those_of_the_status_asked_for(running: Site) -> None:
    client = Reader(running)
    assert [row["quantity"] for row in client.rows("Values?status=verified&$filter=counts")] == [17, 0.3, 3]
    assert client.rows("Values?status=accepted") == []
    assert client.ask("?status=verified").json["value"][0]["url"] == "Values?status=verified"
    assert client.ask("Values?status=final").json["error"]["code"] == "unknown-status"


def test_days_tell_missing_from_nothing(running: Site) -> None:
    rows = Reader(running).rows(
        "Days?$filter=day eq 2027-05-03&$orderby=unit_code&$select=unit_code,timeliness,nil"
    )
    assert rows == [
        {"unit_code": "ES-BORDER", "timeliness": "missing", "nil": None},
        {"unit_code": "ES-CUSTOMS", "timeliness": "missing", "nil": None},
        {"unit_code": "ES-POLICE", "timeliness": "late", "nil": False},
        {"unit_code": "RS-POLICE", "timeliness": "late", "nil": False},
    ]


def test_what_belongs_to_an_entity_is_reached_from_it(running: Site) -> None:
    client = Reader(running)
    assert client.ask("Units('ES-POLICE')/Values/$count").text == "3"
    assert client.ask("Units('ES-POLICE')/Values/$count?$filter=joint").text == "1"
    day = client.ask(
        "Days(unit_code='ES-POLICE',day=2027-05-03)?$select=received&$expand=Values($top=1;$count=true)"
    )
    assert day.json["received"] is True
    assert (len(day.json["Values"]), day.json["Values@odata.count"]) == (1, 3)
    first = day.json["Values"][0]["id"]
    assert client.ask(f"Values({first})/Unit").json["code"] == "ES-POLICE"
    assert client.ask(f"Values({first})/Incident").status_int == 204
    assert client.ask("Values(999)").json["error"]["code"] == "odata-entity-unknown"
    page = client.ask("Units('ES-POLICE')/Values?$orderby=quantity", Prefer="maxpagesize=2").json
    rest = client.ask(page["@odata.nextLink"]).json
    assert [row["quantity"] for row in page["value"] + rest["value"]] == [0.3, 3, 17]


def test_a_long_list_that_is_expanded_goes_on_behind_a_link(
    running: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "EXPANDED", 2)
    client = Reader(running)
    units = client.rows("Units?$expand=Values($orderby=quantity desc;$select=quantity)&$filter=party eq 'ES'")
    police = next(unit for unit in units if unit["code"] == "ES-POLICE")
    assert police["Values"] == [{"quantity": 17}, {"quantity": 3}]
    assert client.ask(police["Values@odata.nextLink"]).json["value"] == [{"quantity": 0.3}]
    assert [unit["Values"] for unit in units if unit is not police] == [[], []]


def test_the_number_of_statements_does_not_grow_with_the_rows(running: Site) -> None:
    client = Reader(running)

    def statements(path: str) -> int:
        seen: list[str] = []
        engine = running.session_factory.kw["bind"]

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            client.rows(path)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    asked = "Values?$expand=Unit,Incident,Return&$filter=quantity ge 0"
    assert statements(asked) == statements(f"{asked} and joint and counts") <= 12


INJECTIONS = (
    "'; DROP TABLE fact; --",
    "' OR 1=1 --",
    "x' UNION SELECT password_hash FROM person --",
    "\\'; SELECT 1",
    "%' OR '1'='1",
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_text_is_never_taken_for_sql(running: Site, text: str) -> None:
    client, doubled = Reader(running), quote(text.replace("'", "''"))
    before = client.ask("Values/$count").text
    for asked in (
        f"indicator eq '{doubled}'",
        f"contains(indicator,'{doubled}')",
        f"indicator in ('{doubled}')",
    ):
        assert client.rows(f"Values?$filter={asked}") == []
    for option in ("$filter", "$orderby", "$select", "$expand", "$top", "$skiptoken", "$count"):
        answer = client.ask(f"Values?{option}={quote(text)}")
        assert answer.status_int == 400, f"{option}: {answer.text}"
    assert client.ask(f"Units('{doubled}')").status_int == 404
    assert client.ask(f"Units({quote(text)})").status_int in {400, 404}
    assert client.ask("Values/$count").text == before


@pytest.mark.parametrize(
    "path, status, code",
    [
        ("Nothing", 404, "odata-resource-unknown"),
        ("Values/Nothing", 404, "odata-resource-unknown"),
        ("Values(1)/Nothing", 404, "odata-resource-unknown"),
        ("Values(id=1,id=2)", 400, "odata-key-invalid"),
        ("Values('x')", 400, "odata-syntax"),
        ("Values(99999999999)", 404, "odata-entity-unknown"),
        ("Values(1 or true)", 400, "odata-key-invalid"),
        ("Days(unit_code='ES-POLICE')", 400, "odata-key-invalid"),
        ("Values?$top=x", 400, "odata-not-a-number"),
        ("Values?$top=1&$top=2", 400, "odata-option-repeated"),
        ("Values?$apply=aggregate(quantity)", 501, "odata-option-not-offered"),
        ("Values?apikey=1", 400, "odata-option-unknown"),
        ("Values/$count?$top=1", 400, "odata-option-unknown"),
        ("Values?$skiptoken=WyIxIl0", 400, "odata-skiptoken-invalid"),
        ("Values?$format=application/atom%2Bxml", 406, "not-acceptable"),
        ("Values?as_known_at=2027-05-03", 400, "not-an-instant"),
    ],
)
def test_what_cannot_be_answered_is_told_in_odatas_form(
    running: Site, path: str, status: int, code: str
) -> None:
    answer = Reader(running).ask(path)
    assert (answer.status_int, answer.json["error"]["code"]) == (status, code)
    assert answer.json["error"]["message"]
    assert answer.content_type == "application/json"


def test_a_feed_is_only_read(running: Site) -> None:
    app = TestApp(running.application)
    token = Reader(running).token
    answer = app.post(f"{ROOT}Values", "{}", headers={"Authorization": f"Bearer {token}"}, expect_errors=True)
    assert (answer.status_int, answer.json["error"]["code"]) == (405, "method-not-allowed")


def test_basic_authentication_opens_the_feed_alone_and_with_a_token_alone(running: Site) -> None:
    app, token = TestApp(running.application), Reader(running).token

    def status(path: str, credentials: str) -> int:
        sent = {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}
        return int(app.get(path, headers=sent, expect_errors=True).status_int)

    assert status(ROOT, f"me:{token}") == 200
    assert status(ROOT, "coordinator@example.org:a long enough password") == 401
    assert status(ROOT, ":") == 401
    assert status("/api/v1/operations", f"me:{token}") == 401
    broken = app.get(ROOT, headers={"Authorization": "Basic !!"}, expect_errors=True)
    assert broken.status_int == 401


def test_the_description_says_the_same_in_xml_and_json(running: Site) -> None:
    client = Reader(running)
    xml = Xml.fromstring(client.ask("$metadata").body)  # noqa: S314  (it is our own)
    data = client.ask("$metadata?$format=json").json["jointops"]
    types = {one.get("Name"): one for one in xml.iter(f"{EDM}EntityType")}
    assert set(types) == {"Value", "Incident", "Unit", "Day"}
    for name, found in types.items():
        key = [ref.get("Name") for ref in found.iter(f"{EDM}PropertyRef")]
        assert key == data[name]["$Key"]
        for item in found.findall(f"{EDM}Property"):
            said = data[name][item.get("Name")]
            kind = re.sub(r"Collection\((.*)\)", r"\1", item.get("Type") or "")
            assert said.get("$Type", "Edm.String") == kind
            assert said.get("$Nullable", False) is (item.get("Nullable") != "false")
        names = [item.get("Name") or "" for item in found if item.get("Name")]
        assert len({each.lower() for each in names}) == len(names), "Power BI tells no case apart"
        for way in found.findall(f"{EDM}NavigationProperty"):
            partner = way.get("Partner")
            target = types[re.sub(r"(?:Collection\()?jointops\.(\w+)\)?", r"\1", way.get("Type") or "")]
            if partner:
                back = {one.get("Name"): one for one in target.findall(f"{EDM}NavigationProperty")}[partner]
                assert back.get("Partner") == way.get("Name")


def test_an_answer_carries_its_marking_and_whether_it_is_an_exercise(running: Site) -> None:
    answer = Reader(running).ask("Values").json
    assert answer["@jointops.marking"]
    assert {row["exercise"] for row in answer["value"]} == {False}


def test_what_was_reported_adds_up_to_the_situation(running: Site) -> None:
    rows = Reader(running).rows("Values?$filter=counts&$select=indicator,quantity")
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row["indicator"]] = sums.get(row["indicator"], Decimal()) + Decimal(str(row["quantity"]))
    told = running.api(Role.COORDINATOR).get("/operations/EXAMPLE-2027/situation").json
    totals = {
        item["indicator"]: Decimal(item["quantity"])
        for item in told["totals"]
        if item["category"] is None and item["quantity"] is not None
    }
    assert {name: totals[name] for name in sums} == sums
