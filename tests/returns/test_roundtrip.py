"""Files that come back: nothing new when unchanged, merged with what changed meanwhile, asked where both changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.operations import planindicators
from jointops.operations.models import Operation, ReportingUnit
from jointops.rendering.spreadsheet import read_csv, write_csv
from jointops.returns import asked, rules, service
from jointops.returns.asked import Asked
from jointops.returns.intake import files, roundtrip, sheets, template
from jointops.returns.intake.files import FileRefused
from jointops.returns.merging import changes, merge
from jointops.returns.models import ReturnState
from jointops.returns.submission import from_data
from tests import builders

pytestmark = pytest.mark.database("sqlite")
MONDAY = builders.FIRST_DAY
WHO = builders.reporter("ES-POLICE")


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


class Desk:
    """A reporter with a spreadsheet, and what is on record."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.operation: Operation = builders.operation(session, "running")
        self.asks: Asked = asked.asked(session, self.operation)

    def send(self, data: Mapping[str, Any], unit: str = "ES-POLICE", day: date = MONDAY) -> None:
        sent = from_data({"reason": "Recount", **data})
        service.submit(self.session, builders.reporter(unit), self.operation, unit, day, sent)

    def template(self, *, is_csv: bool = False, unit: str = "ES-POLICE") -> bytes:
        units = [self.asks.units[unit]]
        return files.make(self.session, self.operation, self.asks, units, [MONDAY], "en", is_csv=is_csv)

    def take(self, content: bytes, **more: Any) -> files.Taken:
        return files.take(self.session, WHO, self.operation, self.asks, content, name="r.xlsx", **more)

    def content(self, unit: str = "ES-POLICE", day: date = MONDAY) -> Mapping[str, Any]:
        head = service.find_return(self.session, builders.COORDINATOR, self.operation, unit, day)
        self.session.refresh(head)
        self.session.expire(head, ["revisions"])
        return head.revisions[-1].content

    def revisions(self) -> int:
        head = service.find_return(self.session, builders.COORDINATOR, self.operation, "ES-POLICE", MONDAY)
        return head.latest_number


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def edited(content: bytes, edit: Callable[[list[dict[str, str]]], None]) -> bytes:
    """Return a CSV file whose rows somebody edited, by the names of their columns."""
    names, *rows = read_csv(content).rows()
    header = [str(name) for name in names]
    by_name = [dict(zip(header, [str(v or "") for v in row], strict=True)) for row in rows]
    edit(by_name)
    return write_csv(header, [[row[name] for name in header] for row in by_name])


def row_of(rows: list[dict[str, str]], **said: str) -> dict[str, str]:
    return next(row for row in rows if all(row[name] == value for name, value in said.items()))


FULL = {
    "values": [
        {"indicator": "persons-arrested", "quantity": "17"},
        {"indicator": "persons-arrested", "quantity": "2", "scope": "other"},
        {"indicator": "cocaine-seized", "quantity": "1500.5", "unit": "g", "certainty": "weighed", "weight": "net",
         "seizures": "3"},
    ],
    "incidents": [
        {
            "reference": "ES-1",
            "indicator": "firearms-seized",
            "quantity": "3",
            "at": "2027-05-03T12:20:00Z",
            "place": "Málaga",
            "latitude": "36.72",
            "longitude": "-4.42",
            "external_reference": "X/9",
            "description": "In a lorry,\nunder potatoes",
        }
    ],
    "narrative": "Quiet until noon.",
}  # fmt: skip


@pytest.mark.parametrize("is_csv", [False, True])
def test_a_template_holds_what_is_on_record_and_sent_back_unchanged_it_makes_nothing(
    desk: Desk, is_csv: bool
) -> None:
    desk.send(FULL)
    done = desk.take(desk.template(is_csv=is_csv))
    assert (done.recorded.changed, done.recorded.id, len(done.recorded.returns)) == (0, None, 1)
    assert desk.revisions() == 1


def test_what_only_the_file_changed_is_taken_and_what_only_the_record_changed_stays(desk: Desk) -> None:
    desk.send(FULL)
    made = desk.template(is_csv=True)
    later = {**FULL, "narrative": "Busy after all."}
    desk.send(later)

    def edit(rows: list[dict[str, str]]) -> None:
        row_of(rows, indicator="persons-arrested", quantity="17")["quantity"] = "18"
        rows[0]["reason"] = "Two lists"

    done = desk.take(edited(made, edit))
    content = desk.content()
    assert done.recorded.changed == 1
    assert [meeting.base for meeting in done.meetings] == [1]
    assert content["narrative"] == "Busy after all."
    assert {value["quantity"] for value in content["values"]} == {"18", "2", "1500.5"}
    assert desk.revisions() == 3


def test_what_both_changed_differently_is_asked_at_its_cell_and_chosen(desk: Desk) -> None:
    desk.send(FULL)
    made = desk.template(is_csv=True)
    desk.send({**FULL, "values": [{"indicator": "persons-arrested", "quantity": "20"}, *FULL["values"][1:]]})

    def edit(rows: list[dict[str, str]]) -> None:
        row_of(rows, indicator="persons-arrested", quantity="17")["quantity"] = "18"
        rows[0]["reason"] = "Two lists"

    file = edited(made, edit)
    with pytest.raises(FileRefused) as refused:
        desk.take(file)
    (problem,) = refused.value.problems
    assert (problem.code, problem.place["value"], problem.accepted) == (
        "changed-on-record",
        "18",
        ("file", "record"),
    )
    (meeting,) = refused.value.meetings
    (change,) = meeting.open
    assert (change.base["quantity"], change.mine["quantity"], change.theirs["quantity"]) == ("17", "18", "20")
    assert desk.revisions() == 2

    with pytest.raises(FileRefused):
        desk.take(file, choices={meeting.name(change): "file@1"})
    assert desk.take(file, on_conflict="record").recorded.changed == 0
    assert desk.revisions() == 2
    assert desk.take(file, choices={meeting.name(change): meeting.value("file")}).recorded.changed == 1
    assert "18" in {value["quantity"] for value in desk.content()["values"]}


def test_a_return_that_came_meanwhile_is_not_overwritten(desk: Desk) -> None:
    made = desk.template(is_csv=True)
    desk.send({"values": [{"indicator": "cocaine-seized", "quantity": "2"}]})

    def edit(rows: list[dict[str, str]]) -> None:
        row_of(rows, indicator="persons-arrested", category="")["quantity"] = "4"
        rows[0]["reason"] = "Late"

    desk.take(edited(made, edit))
    assert {value["indicator"] for value in desk.content()["values"]} == {
        "cocaine-seized",
        "persons-arrested",
    }


def test_figures_that_were_all_emptied_are_told_and_not_passed_over(desk: Desk) -> None:
    desk.send({"values": [{"indicator": "cocaine-seized", "quantity": "2"}]})

    def edit(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["quantity"] = ""

    with pytest.raises(FileRefused) as refused:
        desk.take(edited(desk.template(is_csv=True), edit))
    assert refused.value.code == "return-empty"


def test_an_export_of_elsewhere_is_no_base(desk: Desk) -> None:
    desk.send(FULL)

    def edit(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["sha256"] = "0" * 64
            row["reason"] = "From elsewhere"
        row_of(rows, indicator="persons-arrested", quantity="17")["quantity"] = "18"

    done = desk.take(edited(desk.template(is_csv=True), edit))
    assert (done.recorded.changed, done.meetings) == (1, ())


def test_a_withdrawn_return_is_an_empty_template(desk: Desk) -> None:
    desk.send(FULL)
    service.withdraw(desk.session, WHO, desk.operation, "ES-POLICE", MONDAY, reason="Wrong unit")

    def edit(rows: list[dict[str, str]]) -> None:
        row_of(rows, indicator="persons-arrested", category="")["quantity"] = "4"
        rows[0]["reason"] = "There were some"

    done = desk.take(edited(desk.template(is_csv=True), edit))
    assert done.recorded.changed == 1
    assert desk.content()["values"] == [{"indicator": "persons-arrested", "quantity": "4"}]


def test_a_file_cannot_look_into_the_returns_of_others(desk: Desk) -> None:
    plain = {"values": FULL["values"], "narrative": "Quiet."}
    desk.send(plain, unit="RS-POLICE")
    theirs = desk.template(is_csv=True, unit="RS-POLICE")
    desk.send({**plain, "narrative": "Busy."}, unit="RS-POLICE")

    def edit(rows: list[dict[str, str]]) -> None:
        rows[0]["narrative"] = "Mine"

    with pytest.raises(FileRefused) as refused:
        desk.take(edited(theirs, edit))
    assert (refused.value.code, refused.value.status, refused.value.meetings) == ("unit-not-yours", 403, ())


def test_columns_that_a_file_does_not_have_say_nothing(desk: Desk) -> None:
    desk.send(FULL)
    names = (
        "unit",
        "day",
        "indicator",
        "category",
        "scope",
        "quantity",
        "unit_of_measure",
        "reason",
        "revision",
    )

    def edit(rows: list[dict[str, str]]) -> None:
        row_of(rows, indicator="persons-arrested", quantity="17")["quantity"] = "18"
        rows[0]["reason"] = "Recount"

    header, *rows = read_csv(edited(desk.template(is_csv=True), edit)).rows()
    at = [header.index(name) for name in names]
    without_incidents = [row for row in rows if not row[header.index("reference")]]
    desk.take(write_csv(names, [[str(row[column] or "") for column in at] for row in without_incidents]))
    content = desk.content()
    assert content["narrative"] == FULL["narrative"]
    assert [incident["reference"] for incident in content["incidents"]] == ["ES-1"]
    cocaine = next(value for value in content["values"] if value["indicator"] == "cocaine-seized")
    assert (cocaine["certainty"], cocaine["seizures"]) == ("weighed", "3")


def test_attachments_stay_though_a_file_cannot_name_them(desk: Desk) -> None:
    before = rules.content(from_data({**FULL, "attachments": ["ab" * 32]}))
    zone = ZoneInfo(desk.operation.time_zone)
    assert roundtrip.plain(before, desk.asks.indicators, zone)["attachments"] == ["ab" * 32]


def test_doubts_are_told_with_the_cell_of_the_reason(desk: Desk) -> None:
    doubtful = {
        "values": [{"indicator": "persons-arrested", "quantity": "3"}],
        "narrative": "Call +34 600 123 456.",
    }
    made = desk.template()

    def edit(rows: list[dict[str, str]]) -> None:
        row_of(rows, indicator="persons-arrested", category="")["quantity"] = "3"
        rows[0]["narrative"] = doubtful["narrative"]  # type: ignore[assignment]

    file = edited(desk.template(is_csv=True), edit)
    with pytest.raises(FileRefused) as refused:
        desk.take(file)
    (problem,) = refused.value.problems
    assert problem.explain
    assert problem.place["explain_cell"]

    def explained(rows: list[dict[str, str]]) -> None:
        rows[0]["explanations"] = f"{problem.explain} = The office’s own number"

    assert desk.take(edited(file, explained)).recorded.changed == 1
    assert desk.content()["explanations"] == {problem.explain: "The office’s own number"}
    assert made.startswith(b"PK")


# --- Any content -----------------------------------------------------------------------------------------------------

_QUANTITY = st.decimals(0, 10**6, places=2).map(lambda number: f"{number.normalize():f}")
_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=12)
_VALUES = st.dictionaries(
    st.tuples(
        st.sampled_from(["persons-arrested", "cocaine-seized", "cash"]), st.sampled_from(["", "other"])
    ),
    st.fixed_dictionaries(
        {"quantity": _QUANTITY},
        optional={
            "unit": st.sampled_from(["g", "kg"]),
            "certainty": st.sampled_from(["weighed", "estimated"]),
            "seizures": st.integers(0, 9).map(str),
            "action_area": st.sampled_from(["firearms"]),
        },
    ),
    max_size=3,
)
_INCIDENTS = st.dictionaries(
    st.sampled_from(["A-1", "=B2"]),
    st.fixed_dictionaries(
        {"quantity": _QUANTITY, "indicator": st.sampled_from(["firearms-seized", "cocaine-seized"])},
        optional={
            "at": st.datetimes().map(lambda at: f"{at.replace(year=2027).isoformat()}+00:00"),
            "place": _WORDS,
            "description": _WORDS,
            "latitude": st.sampled_from(["36.72", "-1.5"]),
            "joint_with": st.lists(st.sampled_from(["ES-BORDER", "RS-POLICE"]), unique=True),
        },
    ),
    max_size=2,
)


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    return rules.content(
        from_data(
            {
                "values": [
                    {"indicator": code, "scope": scope, **value}
                    for (code, scope), value in draw(_VALUES).items()
                ],
                "incidents": [{"reference": code, **one} for code, one in draw(_INCIDENTS).items()],
                "narrative": draw(_WORDS),
                "explanations": draw(
                    st.dictionaries(st.sampled_from(["a:b", "c=d:e"]), _WORDS.filter(str.strip))
                ),
            }
        )
    )


@given(base=contents(), mine=contents(), theirs=contents(), is_csv=st.booleans())
@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
def test_a_merge_through_a_file_is_the_merge_of_the_contents(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], is_csv: bool
) -> None:
    plan = builders.plan()
    asks = Asked(
        plan, 1, planindicators.asked(plan), {area.code: area.title for area in plan.action_areas}, {}
    )
    operation = Operation(code="EXAMPLE-2027", time_zone="Europe/Amsterdam")
    zone = ZoneInfo("Europe/Amsterdam")
    unit = ReportingUnit(code="ES-POLICE", title={"en": "Police"})
    known = roundtrip.Known(1, 1, ReturnState.SUBMITTED, 1, "", builders.DURING, "", "", mine)
    on_file = {("ES-POLICE", MONDAY): known}
    if is_csv:
        made = template.csv_file(asks, [unit], [MONDAY], time_zone=str(zone), recorded=on_file)
    else:
        made = template.workbook(operation, asks, [unit], [MONDAY], "en", builders.DURING, "", on_file)

    read = sheets.read(made, operation, asks.indicators)

    before, wanted, other = (roundtrip.plain(each, asks.indicators, zone) for each in (base, mine, theirs))
    sent = read.entries[0].submission if read.entries else from_data({})
    said = roundtrip.plain(rules.content(sent), asks.indicators, zone)
    assert not read.problems
    assert not changes(wanted, said)
    assert merge(before, said, other) == merge(before, wanted, other)
