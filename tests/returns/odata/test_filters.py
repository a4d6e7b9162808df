"""What the query language understands and refuses, and that a database answers it as memory does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from jointops.kernel import clock
from jointops.kernel.db import unit_of_work
from jointops.kernel.i18n import translator
from jointops.returns import service as returns
from jointops.returns.models import FactStatus
from jointops.returns.odata import filters, options, plain
from jointops.returns.odata.filters import All, Any, Compare, Field, In, Not, TextTest, Truth
from jointops.returns.odata.model import DAY, ENTITY_SETS, VALUE, Edm
from jointops.returns.odata.refusals import BadQuery, NotOffered
from jointops.returns.odata.sources import Snapshot, Wanted
from jointops.returns.submission import from_data
from tests import builders

QUANTITY = Field(("quantity",), Edm.DECIMAL, nullable=False)
PLACE = Field(("Incident", "place"), Edm.STRING)
COUNTS = Field(("counts",), Edm.BOOLEAN, nullable=False)
DAY_OF = Field(("day",), Edm.DATE, nullable=False)
PARTY = Field(("Unit", "party"), Edm.STRING, nullable=False)


@pytest.mark.parametrize(
    "text, meaning",
    [
        ("quantity gt 0.1", Compare(QUANTITY, "gt", Decimal("0.1"))),
        ("0.1 lt quantity", Compare(QUANTITY, "gt", Decimal("0.1"))),
        ("day eq 2027-05-03", Compare(DAY_OF, "eq", date(2027, 5, 3))),
        ("Unit/party in ('ES','RS')", In(PARTY, ("ES", "RS"))),
        ("Unit/party in ('ES')", In(PARTY, ("ES",))),
        ("Incident/place eq null", Compare(PLACE, "eq", None)),
        ("contains(Incident/place,'O''Neil')", TextTest("contains", PLACE, "O'Neil")),
        ("contains(Incident/place,'a') eq false", Not(TextTest("contains", PLACE, "a"))),
        ("not counts", Not(Truth(COUNTS))),
        (
            "counts or quantity gt 1 and not (day lt 2027-05-03)",
            Any(
                (
                    Truth(COUNTS),
                    All(
                        (
                            Compare(QUANTITY, "gt", Decimal(1)),
                            Not(Compare(DAY_OF, "lt", date(2027, 5, 3))),
                        )
                    ),
                )
            ),
        ),
    ],
)
def test_a_filter_means_what_it_says(text: str, meaning: filters.Condition) -> None:
    assert filters.read_filter(text, VALUE) == meaning


def test_an_instant_keeps_its_offset_where_the_plus_sign_was_not_escaped() -> None:
    read = filters.read_filter("known_from ge 2027-05-03T14:20:00 02:00", VALUE)
    assert isinstance(read, Compare)
    assert read.right == datetime(2027, 5, 3, 12, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "text, code, told",
    [
        ("quantity gt", "odata-syntax", "character 12"),
        ("quantity gt 'x'", "odata-syntax", "Edm.Decimal"),
        ("day eq 2027-02-30", "odata-syntax", "calendar"),
        ("day gt null", "odata-syntax", "null"),
        ("quantity", "odata-syntax", "eq"),
        ("quantity gt 1)", "odata-syntax", "the end"),
        ("(quantity gt 1", "odata-syntax", ")"),
        ("quantity == 1", "odata-syntax", "=="),
        ("quantity gt 1; drop table fact", "odata-syntax", "; drop"),
        ("quantities gt 1", "odata-property-unknown", "quantities"),
        ("Unit/title eq 'x'", "odata-property-not-filterable", "Unit/title"),
        ("Unit/__class__ eq 'x'", "odata-property-unknown", "__class__"),
        ("phase eq 'action_days'", "odata-value-unknown", "phase"),
        ("status eq 'accepted'", "odata-property-not-filterable", "status=accepted"),
        ("substringof('a',indicator)", "odata-function-unknown", "substringof"),
        ("quantity gt given_unit", "odata-syntax", "quantity"),
        ("contains(quantity,'1')", "odata-syntax", "Edm.String"),
        ("(" * 50 + "counts" + ")" * 50, "odata-query-too-large", "40 deep"),
        ("not " * 5_000 + "counts", "odata-query-too-large", ""),
        (" or ".join(["counts"] * 201), "odata-query-too-large", "200"),
        (f"quantity in ({','.join(['1'] * 501)})", "odata-query-too-large", "500"),
        ("x" * 9_000, "odata-query-too-large", "8"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, code: str, told: str) -> None:
    with pytest.raises(BadQuery) as refused:
        filters.read_filter(text, VALUE)
    assert refused.value.code == code
    assert told in translator("en")(refused.value.message)
    assert refused.value.problems[0].pointer == "/query/$filter"


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="quantity ()'eqandornt/in,0129.-T:Zcounts;\"\\%\0é", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadQuery):
        filters.read_filter(text, VALUE)


@pytest.mark.parametrize(
    "given, code",
    [
        ({"$fliter": "x"}, "odata-option-unknown"),
        ({"filter": "counts"}, "odata-option-unknown"),
        ({"$top": "-1"}, "odata-not-a-number"),
        ({"$top": "9" * 5_000}, "odata-not-a-number"),
        ({"$count": "yes"}, "odata-not-true-or-false"),
        ({"$select": "nothing"}, "odata-property-unknown"),
        ({"$expand": "Nothing"}, "odata-property-unknown"),
        ({"$expand": "Unit($filter=counts)"}, "odata-option-unknown"),
        ({"$expand": "Unit($select=code"}, "odata-syntax"),
        ({"$expand": "Unit,Unit"}, "odata-option-repeated"),
        ({"$expand": "Unit($expand=Days($expand=Unit($expand=Days)))"}, "odata-query-too-large"),
    ],
)
def test_options_that_are_not_offered_are_refused(given: dict[str, str], code: str) -> None:
    with pytest.raises(BadQuery) as refused:
        options.of_collection(given, VALUE)
    assert refused.value.code == code


def test_an_option_of_the_standard_that_is_not_offered_says_so() -> None:
    with pytest.raises(NotOffered) as refused:
        options.of_collection({"$search": "x"}, DAY)
    assert refused.value.status == 501


# --- The database answers as memory does -----------------------------------------------------------------------------

REPORTED = [
    {"indicator": "persons-arrested", "category": "firearms", "quantity": "17"},
    {"indicator": "persons-arrested", "category": "drugs", "quantity": "0", "action_area": "firearms"},
    {"indicator": "cocaine-seized", "quantity": "1500", "unit": "g", "scope": "other"},
    {"indicator": "cocaine-seized", "quantity": "0.000001", "scope": "operation"},
]
INCIDENT = {
    "reference": "ES-1",
    "indicator": "firearms-seized",
    "quantity": "3",
    "joint_with": ["RS-POLICE"],
    "at": "2027-05-03T14:20:00+02:00",
    "place": "Port d’Été 100%_[a]*",
    "seizures": "2",
}

TEXTS = st.sampled_from(["", "a", "ES", "firearms", "d’É", "100%_", "[a]*", "%", "_", "x'; --", "\\"])
NUMBERS = st.sampled_from(
    ["0", "1", "1.5", "1500", "2", "3", "17", "-1", "0.0000001", "0.0000015", "1e30", "-1e30", "2e12", "3e9"]
)
COMPARISONS = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


TERMS = st.one_of(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["quantity", "given_quantity", "seizures", "id", "joint_result", "length(category)"]),
        COMPARISONS,
        NUMBERS,
    ),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(
            ["indicator", "category", "given_unit", "Incident/place", "Unit/party", "toupper(party)"]
        ),
        COMPARISONS,
        TEXTS.map(_quoted),
    ),
    st.builds(
        "{}({},{})".format,
        st.sampled_from(["contains", "startswith", "endswith"]),
        st.sampled_from(["indicator", "category", "Incident/place", "tolower(unit_code)"]),
        TEXTS.map(_quoted),
    ),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["category", "seizures", "Incident/at", "action_area", "joint_result"]),
        st.sampled_from(["eq", "ne"]),
        st.just("null"),
    ),
    st.builds("day {} 2027-05-0{}".format, COMPARISONS, st.integers(2, 5)),
    st.builds("Incident/at {} 2027-05-03T12:{}0:00Z".format, COMPARISONS, st.integers(1, 3)),
    st.builds("{}(day) {} {}".format, st.sampled_from(["year", "month", "day"]), COMPARISONS, st.just("3")),
    st.builds(
        "category in ({})".format, st.lists(TEXTS.map(_quoted) | st.just("null"), min_size=1).map(",".join)
    ),
    st.builds("quantity in ({})".format, st.lists(NUMBERS, min_size=1).map(",".join)),
    st.sampled_from(["counts", "joint", "joint eq false", "counts ne true", "true", "false"]),
    st.sampled_from(["quantity gt given_quantity", "indicator ne category", "category eq given_unit"]),
)
CONDITIONS = st.recursive(
    TERMS,
    lambda part: st.one_of(
        st.builds("({}) and ({})".format, part, part),
        st.builds("({}) or ({})".format, part, part),
        st.builds("not ({})".format, part),
    ),
    max_leaves=5,
)
ORDERS = st.lists(
    st.sampled_from(["quantity", "category desc", "seizures", "Incident/place desc", "joint", "action_area"]),
    max_size=3,
    unique_by=lambda term: term.split()[0],
).map(",".join)


@example(text="id lt 3e9 and joint_result ne 4294967296", ordering="")
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=CONDITIONS, ordering=ORDERS)
def test_a_database_answers_as_memory_does(reported: Snapshot, text: str, ordering: str) -> None:
    source = reported.source(VALUE)
    rows = [dict(row) for row in source.rows(Wanted())]
    incidents = {row["id"]: row for row in reported.source(ENTITY_SETS["Incidents"]).rows(Wanted())}
    for row in rows:
        incident = incidents.get(row["incident_id"])
        row |= {f"Incident/{name}": incident and incident[name] for name in ("place", "at")}
        row |= {"Unit/party": row["party"], "Unit/code": row["unit_code"]}
    condition = filters.read_filter(text, VALUE)
    order = filters.read_orderby(ordering, VALUE) if ordering else ()

    found = source.rows(Wanted(condition, order))

    expected = plain.ordered([row for row in rows if plain.holds(condition, row)], order, VALUE.key)
    assert [row["id"] for row in found] == [row["id"] for row in expected]
    assert source.count(condition) == len(expected)


@pytest.fixture
def reported(session_factory: sessionmaker[Session]) -> Iterator[Snapshot]:
    with unit_of_work(session_factory) as session, clock.fixed(builders.DURING):
        operation = builders.operation(session, "running")
        content = from_data({"values": REPORTED, "incidents": [INCIDENT]})
        returns.submit(
            session, builders.reporter("ES-POLICE"), operation, "ES-POLICE", date(2027, 5, 3), content
        )
        yield Snapshot(session, builders.COORDINATOR, operation, FactStatus.PROVISIONAL, clock.now(), "en")
