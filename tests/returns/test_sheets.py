"""Spreadsheets and CSV as returns: what is read, what is refused with its cell, and what hostile files do not do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointops.kernel.errors import Invalid
from jointops.operations import planindicators
from jointops.operations.models import Operation
from jointops.rendering.spreadsheet import SheetColumn, Workbook, read_sheets, write_csv
from jointops.returns.asked import Asked
from jointops.returns.intake import columns, sheets, template
from jointops.returns.intake.sheets import Intake
from jointops.returns.submission import IncidentEntry, ValueEntry
from tests import builders

OPERATION = Operation(code="EXAMPLE-2027", time_zone="Europe/Amsterdam")
PLAN = builders.plan()
INDICATORS = planindicators.asked(PLAN)
QUESTIONS = Asked(PLAN, 1, INDICATORS, {area.code: area.title for area in PLAN.action_areas}, {})
NAMES = ("unit", "day", "indicator", "quantity")
DAY = builders.FIRST_DAY


def book(
    *tables: tuple[Sequence[str], Sequence[Sequence[Any]]], tokens: Mapping[str, str] | None = None
) -> bytes:
    made = Workbook("Returns", builders.DURING)
    for number, (names, rows) in enumerate(tables, 1):
        made.sheet(f"Sheet {number}").table(0, [SheetColumn(name) for name in names], rows)
    if tokens is not None:
        made.tokens(tokens)
    return made.finish()


def read(data: bytes) -> Intake:
    return sheets.read(data, OPERATION, INDICATORS)


def problems(intake: Intake) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in intake.problems]


def test_rows_are_gathered_by_unit_and_day() -> None:
    rows = [
        ("ES-POLICE", DAY, "persons-arrested", 17),
        ("RS-POLICE", "2027-05-03", "firearms-seized", "2"),
        ("ES-POLICE", DAY, "cocaine-seized", Decimal("0.25")),
    ]
    intake = read(book((NAMES, rows)))
    assert [(entry.unit, entry.day) for entry in intake.entries] == [("ES-POLICE", DAY), ("RS-POLICE", DAY)]
    assert intake.entries[0].submission.values == (
        ValueEntry(indicator="persons-arrested", quantity="17"),
        ValueEntry(indicator="cocaine-seized", quantity="0.25"),
    )


def test_sheets_add_to_the_same_return() -> None:
    incidents = ("unit", "day", "reference", "indicator", "quantity", "joint_with", "at")
    moment = datetime(2027, 5, 3, 14, 20, tzinfo=ZoneInfo("Europe/Amsterdam"))
    days = ("unit", "day", "nil", "narrative", "reason")
    intake = read(
        book(
            (NAMES, [("ES-POLICE", DAY, "persons-arrested", 17)]),
            (
                incidents,
                [
                    (
                        "ES-POLICE",
                        DAY,
                        "ES-1",
                        "firearms-seized",
                        3,
                        "RS-POLICE, ES-CUSTOMS",
                        "2027-05-03 14:20",
                    )
                ],
            ),
            (days, [("ES-POLICE", DAY, "", "Quiet.", "Recount"), ("RS-POLICE", DAY, "Yes", "", "")]),
        )
    )
    spanish, serbian = intake.entries
    assert spanish.submission.incidents == (
        IncidentEntry(
            reference="ES-1",
            indicator="firearms-seized",
            quantity="3",
            joint_with=("RS-POLICE", "ES-CUSTOMS"),
            at=moment.isoformat(),
        ),
    )
    assert (spanish.submission.narrative, spanish.submission.reason) == ("Quiet.", "Recount")
    assert serbian.submission.nil
    assert not intake.problems


def test_what_a_template_shows_ready_made_is_not_said() -> None:
    names = (*NAMES, "unit_of_measure", "category", "action_area")
    rows = [
        ("ES-POLICE", DAY, "cocaine-seized", 1, "kg", "", ""),
        ("ES-POLICE", DAY, "firearms-seized", 1, "pieces", "", ""),
        ("ES-POLICE", DAY, "cocaine-seized", 5, "g", "", "firearms"),
    ]
    values = read(book((names, rows))).entries[0].submission.values
    assert [(value.unit, value.action_area) for value in values] == [
        (None, None),
        (None, None),
        ("g", "firearms"),
    ]


def test_a_calculated_number_is_read_as_it_is_shown() -> None:
    made = book((NAMES, [("ES-POLICE", DAY, "cocaine-seized", 0)]))
    calculated = _with_cell(made, b"<v>0</v>", b"<v>0.30000000000000004</v>")
    assert read(calculated).entries[0].submission.values[0].quantity == "0.3"


@pytest.mark.parametrize(
    "rows, expected",
    [
        ([("", DAY, "persons-arrested", 1)], ("unit-missing", "A2")),
        ([("ES-POLICE", "", "persons-arrested", 1)], ("day-missing", "B2")),
        ([("ES-POLICE", "3 May", "persons-arrested", 1)], ("not-a-day", "B2")),
        ([("ES-POLICE", "2027-02-30", "persons-arrested", 1)], ("not-a-day", "B2")),
        ([("ES-POLICE", 46145, "persons-arrested", 1)], ("not-a-day", "B2")),
    ],
)
def test_a_row_that_belongs_nowhere_is_told(rows: Any, expected: tuple[str, str]) -> None:
    code, cell = expected
    assert problems(read(book((NAMES, rows)))) == [(code, f"/Sheet 1/{cell}")]


def test_what_is_said_twice_must_be_the_same() -> None:
    names = (*NAMES, "narrative", "nil", "plan_version")
    rows = [
        ("ES-POLICE", DAY, "persons-arrested", 1, "Quiet.", "", 1),
        ("ES-POLICE", DAY, "firearms-seized", 1, "Busy.", "perhaps", 1),
        ("RS-POLICE", DAY, "firearms-seized", 1, "", "", "one"),
    ]
    assert problems(read(book((names, rows)))) == [
        ("said-twice", "/Sheet 1/E3"),
        ("not-yes-or-no", "/Sheet 1/F3"),
        ("not-a-version", "/Sheet 1/G4"),
    ]


def test_a_misspelt_column_is_not_passed_over() -> None:
    intake = read(b"unit,day,indicator,quantty\nES-POLICE,2027-05-03,persons-arrested,17\n")
    assert problems(intake) == [("column-unknown", "/csv/D1")]
    assert intake.problems[0].accepted == columns.TABLE


def test_a_row_without_a_quantity_says_nothing() -> None:
    intake = read(book((NAMES, [("ES-POLICE", DAY, "persons-arrested", None)])))
    assert (intake.entries, intake.left_out) == ((), 1)


def test_a_problem_of_the_return_is_told_with_its_cell() -> None:
    names = (*NAMES, "nil", "reason")
    entry = read(book((names, [("ES-POLICE", DAY, "persons-arrested", "many", "", "")]))).entries[0]
    assert entry.place("/values/0/quantity").cell == "D2"
    assert entry.place("/values/0/quantity").value == "many"
    assert entry.place("/values/0").cell == "D2"
    assert entry.place("/values/0/unit").cell == "A2"
    assert entry.place("/nil").cell == "E2"
    assert entry.place("/reason").cell == "F2"
    assert entry.place("/unit").cell == "A2"
    assert entry.place("/values").cell == "A2"


def test_a_reason_that_is_missing_is_told_at_its_empty_cell() -> None:
    days = ("unit", "day", "nil", "reason")
    made = book((NAMES, [("ES-POLICE", DAY, "persons-arrested", 1)]), (days, [("ES-POLICE", DAY, "", "")]))
    assert read(made).entries[0].place("/reason").pointer == "/Sheet 2/D2"


@pytest.mark.parametrize(
    "tokens, code",
    [
        ({"format": "jointops-returns/1", "operation": "OTHER-2027"}, "other-operation"),
        ({"format": "jointops-plan/1", "operation": "EXAMPLE-2027"}, "template-unknown"),
        ({"operation": "EXAMPLE-2027"}, "template-unknown"),
    ],
)
def test_a_template_for_something_else_is_refused(tokens: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(book((NAMES, [("ES-POLICE", DAY, "persons-arrested", 1)]), tokens=tokens))
    assert refused.value.code == code


def test_the_plan_version_of_a_template_is_kept() -> None:
    tokens = {"format": "jointops-returns/1", "operation": "EXAMPLE-2027", "plan_version": "3"}
    made = book((NAMES, [("ES-POLICE", DAY, "persons-arrested", 1)]), tokens=tokens)
    assert read(made).entries[0].submission.plan_version == 3


def test_a_file_without_named_columns_is_refused() -> None:
    for data in (b"a,b\n1,2\n", book((("Unit", "Date"), [("x", "y")]))):
        with pytest.raises(Invalid) as refused:
            read(data)
        assert refused.value.code == "no-returns-sheet"


def test_a_filled_template_is_read_in_any_language() -> None:
    made = template.csv_file(QUESTIONS, [], [DAY])
    assert read(made).entries == ()


# --- Hostile files ---------------------------------------------------------------------------------------------------


def test_a_formula_error_and_a_formula_never_calculated_are_told_with_their_cells() -> None:
    made = book((NAMES, [("ES-POLICE", DAY, "persons-arrested", 1), ("ES-POLICE", DAY, "cocaine-seized", 2)]))
    broken = _with_cell(made, b"<v>2</v>", b"<f>A1/0</f>")
    assert problems(read(broken)) == [("formula-not-calculated", "/Sheet 1/D3")]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    names = ("unit", "day", "reference", "indicator", "quantity", "description")
    row = ("ES-POLICE", DAY, "=1+1", "firearms-seized", 1, '=HYPERLINK("http://example.org","x")')
    for data in (book((names, [row])), write_csv(names, [row])):
        incident = read(data).entries[0].submission.incidents[0]
        assert (incident.reference, incident.description) == ("=1+1", row[5])


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "empty-file"),
        (b"PK\x03\x04 not really", "damaged-spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old-spreadsheet-format"),
        (b"\xff\xfe\x00", "not-text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not-text"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(data)
    assert refused.value.code == code


def test_a_cell_at_the_end_of_the_sheet_is_refused() -> None:
    made = book((NAMES, [("ES-POLICE", DAY, "persons-arrested", 1)]))
    with pytest.raises(Invalid) as refused:
        read(_with_cell(made, b'r="D2"', b'r="XFD1048576"'))
    assert refused.value.code in {"spreadsheet-too-large", "damaged-spreadsheet"}


def test_ten_thousand_rows_of_nonsense_are_read_as_problems() -> None:
    rows = "\n".join(f"X,{n},y,z" for n in range(10_000))
    intake = read(f"unit,day,indicator,quantity\n{rows}".encode())
    assert len(intake.problems) == 10_000


cells = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.integers(-(10**9), 10**9),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-1000, max_value=1000),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
)


@given(st.lists(st.lists(cells, min_size=len(columns.TABLE), max_size=len(columns.TABLE)), max_size=6))
def test_any_workbook_gives_returns_or_problems_with_places(rows: list[list[Any]]) -> None:
    intake = read(book((columns.TABLE, rows)))
    names = {sheet.name for sheet in read_sheets(book((columns.TABLE, rows)))}
    for problem in intake.problems:
        assert problem.pointer.split("/")[1] in names
    for entry in intake.entries:
        for number in range(len(entry.submission.values)):
            assert entry.place(f"/values/{number}/quantity").cell


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Invalid):
        read(data)


@given(
    st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False),
    st.sampled_from(["xlsx", "csv"]),
)
def test_a_quantity_survives_a_file_exactly(quantity: Decimal, kind: str) -> None:
    row = ("ES-POLICE", DAY, "cocaine-seized", quantity)
    data = book((NAMES, [row])) if kind == "xlsx" else write_csv(NAMES, [row])
    assert Decimal(read(data).entries[0].submission.values[0].quantity) == quantity


def _with_cell(workbook: bytes, old: bytes, new: bytes) -> bytes:
    """Return the workbook with a piece of its first sheet's XML replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(target, "w") as made:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.xml"):
                assert old in content
                content = content.replace(old, new)
            made.writestr(name, content)
    return target.getvalue()
