from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointops.rendering.spreadsheet import BadCell, SheetColumn, Workbook, a1, read_sheets, read_tokens
from jointops.rendering.spreadsheet.writing import CUT, LONGEST_TEXT, Value
from tests.rendering.samples import HOSTILE

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MOMENT = datetime(2014, 9, 24, 21, 59, tzinfo=UTC)


def book() -> Workbook:
    return Workbook("Daily return", MOMENT, marking="TLP:GREEN", time_zone="Europe/Amsterdam")


def test_values_come_back_as_they_were_written() -> None:
    workbook = book()
    sheet = workbook.sheet("Values")
    written: list[Value] = [
        "text",
        Decimal("0.1"),
        17,
        date(2014, 9, 15),
        MOMENT,
        True,
        Decimal("1300.25"),
        Decimal(0),
    ]
    for column, value in enumerate(written):
        sheet.write(2, column, value)
    (read,) = read_sheets(workbook.finish())
    assert [read.at(2, column) for column in range(len(written))] == [
        "text",
        Decimal("0.1"),
        Decimal(17),
        date(2014, 9, 15),
        datetime(2014, 9, 24, 23, 59),  # noqa: DTZ001  spreadsheets know no time zone
        True,
        Decimal("1300.25"),
        Decimal(0),
    ]
    assert read.value("B3") == Decimal("0.1")
    assert read.value("A1") is None


def test_the_same_calls_give_the_same_bytes() -> None:
    def made() -> bytes:
        workbook = book()
        sheet = workbook.sheet("Daily return", widths=(20, 10), freeze_rows=1, protected=True)
        sheet.table(
            0, [SheetColumn("Indicator"), SheetColumn("Value", "quantity")], [("Arrests", Decimal("1.5"))]
        )
        sheet.choices(2, 0, 9, ["a", "b"])
        workbook.tokens({"operation": "ARCHIMEDES-2014"})
        return workbook.finish()

    assert made() == made()


def test_a_number_that_a_spreadsheet_cannot_hold_exactly_is_written_as_text() -> None:
    workbook = book()
    workbook.sheet("Exact").write(0, 0, Decimal("12345678901234567.89"), "quantity")
    (read,) = read_sheets(workbook.finish())
    assert read.at(0, 0) == "12345678901234567.89"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "http://a.example/", "{=1}", HOSTILE])
def test_text_is_never_a_formula_or_a_link(text: str) -> None:
    workbook = book()
    workbook.sheet("Text").write(0, 0, text)
    data = workbook.finish()
    part = ZipFile(BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in part
    assert b"hyperlink" not in part
    value = read_sheets(data)[0].at(0, 0)
    assert isinstance(value, str)
    assert value[:4] == text[:4]


def test_a_text_longer_than_a_cell_is_cut_visibly() -> None:
    workbook = book()
    workbook.sheet("Long").write(0, 0, "é😀" * LONGEST_TEXT)
    value = read_sheets(workbook.finish())[0].at(0, 0)
    assert isinstance(value, str)
    assert value.endswith(CUT)
    assert len(value.encode("utf-16-le")) // 2 <= LONGEST_TEXT


def test_sheet_names_are_made_to_fit_and_unique() -> None:
    workbook = book()
    wanted = ["A/B [c]: *?", "History", "", "x" * 40, "X" * 40, "'quoted'", HOSTILE]
    names = [workbook.sheet(name).name for name in wanted]
    assert names[:3] == ["AB c", "History 1", "Sheet"]
    assert names[5] == "quoted"
    assert len({name.lower() for name in names}) == len(names)
    assert [sheet.name for sheet in read_sheets(workbook.finish())] == names


def test_tokens_come_back_from_a_sheet_that_people_do_not_see() -> None:
    workbook = book()
    workbook.sheet("Daily return").write(0, 0, "x")
    workbook.tokens({"format": "jointops-return/1", "operation": "ARCHIMEDES-2014"})
    sheets = read_sheets(workbook.finish())
    assert [sheet.hidden for sheet in sheets] == [False, True]
    assert read_tokens(sheets) == {"format": "jointops-return/1", "operation": "ARCHIMEDES-2014"}
    assert read_tokens(sheets[:1]) == {}


def test_a_long_list_of_choices_stands_on_a_hidden_sheet() -> None:
    workbook = book()
    sheet = workbook.sheet("Daily return")
    options = [f"RO-POLICE-{number}, east" for number in range(60)]
    sheet.choices(1, 0, 20, options, "Choose your unit.")
    sheet.choices(1, 1, 20, options)
    sheet.choices(1, 2, 20, ["yes", "no"])
    sheets = read_sheets(workbook.finish())
    assert [cell.value for cell in sheets[1].cells] == options
    assert sheets[1].hidden


def test_only_fields_to_fill_in_are_unlocked() -> None:
    workbook = book()
    sheet = workbook.sheet("Daily return", protected=True)
    sheet.write(0, 0, "Persons arrested", "label")
    sheet.write(0, 1, None, "input-quantity")
    archive = ZipFile(BytesIO(workbook.finish()))
    part = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314  our own output
    styles = ElementTree.fromstring(archive.read("xl/styles.xml")).find(f"{MAIN}cellXfs")  # noqa: S314
    assert styles is not None
    protection = part.find(f"{MAIN}sheetProtection")
    assert protection is not None
    assert protection.get("sheet") == "1"
    locked = {}
    for cell in part.iter(f"{MAIN}c"):
        own = styles[int(cell.get("s", "0"))].find(f"{MAIN}protection")
        locked[cell.get("r")] = own is None or own.get("locked") != "0"
    assert locked == {"A1": True, "B1": False}


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        book().sheet("x").write(0, 0, datetime(2014, 9, 24))  # noqa: DTZ001


def test_a_workbook_without_sheets_still_opens() -> None:
    assert len(read_sheets(book().finish())) == 1


def test_addresses_count_as_spreadsheets_do() -> None:
    assert [a1(0, 0), a1(6, 1), a1(0, 25), a1(0, 26), a1(1048575, 16383)] == [
        "A1",
        "B7",
        "Z1",
        "AA1",
        "XFD1048576",
    ]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=40),
            st.decimals(
                allow_nan=False, allow_infinity=False, places=3, min_value=-(10**10), max_value=10**10
            ),
            st.dates(date(1901, 1, 1), date(2099, 12, 31)),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_whatever_is_written_opens_and_numbers_and_days_are_exact(values: list[Value]) -> None:
    workbook = book()
    sheet = workbook.sheet("Values")
    for row, value in enumerate(values):
        sheet.write(row, 0, value)
    (read,) = read_sheets(workbook.finish())
    for row, value in enumerate(values):
        found = read.at(row, 0)
        assert not isinstance(found, BadCell)
        if not isinstance(value, str):
            assert found == value
