import contextlib
import io
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointops.kernel.errors import Invalid
from jointops.rendering.spreadsheet import BadCell, Limits, Workbook, read_csv, read_sheets, write_csv
from jointops.rendering.spreadsheet.csv_text import Value

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def workbook() -> bytes:
    made = Workbook("x", datetime(2014, 9, 15, tzinfo=UTC))
    sheet = made.sheet("Returns")
    sheet.write(0, 0, "Persons arrested")
    sheet.write(0, 1, 17)
    return made.finish()


def with_parts(changes: Mapping[str, bytes | None], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a good workbook with parts replaced, added, or taken away (``None``)."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as good,
        zipfile.ZipFile(target, "w", compression) as changed,
    ):
        parts = {name: good.read(name) for name in good.namelist()} | dict(changes)
        for name, content in parts.items():
            if content is not None:
                changed.writestr(name, content)
    return target.getvalue()


def with_rows(rows: str, head: str = "") -> bytes:
    declaration = f'<?xml version="1.0" encoding="UTF-8"?>{head}'
    sheet = f'{declaration}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return with_parts({SHEET: sheet.encode()})


def relations(kind: str, mode: str = "External") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="http://x/{kind}" Target="file:///c:/x.xlsx" TargetMode="{mode}"/>'
        "</Relationships>"
    ).encode()


def codes(data: bytes, limits: Limits | None = None) -> list[str]:
    with pytest.raises(Invalid) as refused:
        read_sheets(data, limits) if limits else read_sheets(data)
    return [problem.code for problem in refused.value.problems]


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
EXTERNAL_ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

BAD = {
    "nothing": (b"", "empty-file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "not-a-spreadsheet"),
    "a web page": (b"<html><table><tr><td>1</td></tr></table></html>", "not-a-spreadsheet"),
    "comma separated": (b"indicator,value\npersons-arrested,17\n", "not-a-spreadsheet"),
    "an empty archive": (b"PK\x05\x06" + b"\x00" * 18, "not-a-spreadsheet"),
    "half a workbook": (workbook()[: len(workbook()) // 2], "damaged-spreadsheet"),
    "only a beginning": (b"PK\x03\x04", "damaged-spreadsheet"),
    "an old workbook": (OLE + b"\x00" * 600, "old-spreadsheet-format"),
    "a locked workbook": (
        OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
        "encrypted-spreadsheet",
    ),
    "a Word document": (
        with_parts({"xl/workbook.xml": None, "word/document.xml": b"<w/>"}),
        "not-a-spreadsheet",
    ),
    "an open document": (
        with_parts({"[Content_Types].xml": None, "content.xml": b"<o/>"}),
        "not-a-spreadsheet",
    ),
    "a macro": (with_parts({"xl/vbaProject.bin": b"x"}), "spreadsheet-with-macros"),
    "a macro elsewhere": (with_parts({"evil/VBAPROJECT.BIN": b"x"}), "spreadsheet-with-macros"),
    "an old macro sheet": (with_parts({"xl/macrosheets/sheet1.xml": b"<x/>"}), "spreadsheet-with-macros"),
    "an embedded file": (with_parts({"xl/embeddings/a.bin": b"x"}), "spreadsheet-with-macros"),
    "an external workbook": (
        with_parts({"xl/externalLinks/externalLink1.xml": b"<x/>"}),
        "spreadsheet-with-external-links",
    ),
    "a data connection": (with_parts({"xl/connections.xml": b"<x/>"}), "spreadsheet-with-external-links"),
    "an outside relation": (
        with_parts({"xl/worksheets/_rels/sheet1.xml.rels": relations("image")}),
        "spreadsheet-with-external-links",
    ),
    "the last cell": (
        with_rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "spreadsheet-too-large",
    ),
    "the last cell in text": (
        with_rows('<row><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'),
        "spreadsheet-too-large",
    ),
    "a far column": (with_rows('<row r="1"><c r="XFD1"><v>1</v></c></row>'), "spreadsheet-too-large"),
    "a far row": (with_rows('<row r="1048576"><c><v>1</v></c></row>'), "spreadsheet-too-large"),
    "a wide grid": (
        with_rows('<row r="1"><c r="A1"><v>1</v></c></row><row r="49000"><c r="RA49000"><v>1</v></c></row>'),
        "spreadsheet-too-large",
    ),
    "a cell beyond all numbers": (
        with_rows('<row r="1"><c r="ZZZZZZZ99999999999"><v>1</v></c></row>'),
        "damaged-spreadsheet",
    ),
    "a row beyond all numbers": (with_rows('<row r="99999999999999999999"/>'), "damaged-spreadsheet"),
    "entities": (with_rows("<row><c><v>&b;</v></c></row>", ENTITIES), "damaged-spreadsheet"),
    "an outside entity": (with_rows("<row><c><v>&a;</v></c></row>", EXTERNAL_ENTITY), "damaged-spreadsheet"),
    "broken XML": (with_rows("<row><c><v>1</row>"), "damaged-spreadsheet"),
    "another encoding": (
        with_parts({SHEET: '<?xml version="1.0" encoding="UTF-16"?><worksheet/>'.encode("utf-16")}),
        "damaged-spreadsheet",
    ),
    "a stated encoding": (
        with_parts({SHEET: b'<?xml version="1.0" encoding="ISO-8859-1"?><worksheet/>'}),
        "damaged-spreadsheet",
    ),
    "deep nesting": (with_rows("<a>" * 5000 + "</a>" * 5000), "damaged-spreadsheet"),
    "a bomb": (with_parts({"xl/media/x.xml": b"<x>" + b" " * 70_000_000 + b"</x>"}), "spreadsheet-too-large"),
    "another compression": (with_parts({}, zipfile.ZIP_BZIP2), "damaged-spreadsheet"),
    "no sheet part": (with_parts({SHEET: None}), "damaged-spreadsheet"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_workbook_is_refused_with_its_reason(name: str) -> None:
    data, code = BAD[name]
    assert codes(data) == [code]


def test_two_parts_of_the_same_name_are_refused() -> None:
    target = io.BytesIO(workbook())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("XL/worksheets/SHEET1.xml", b"<worksheet/>")
    assert codes(target.getvalue()) == ["damaged-spreadsheet"]


def test_a_part_that_states_a_false_size_is_refused() -> None:
    data = bytearray(with_parts({SHEET: b"<worksheet>" + b"<a/>" * 1000 + b"</worksheet>"}))
    central = data.rindex(b"PK\x01\x02", 0, data.rindex(SHEET.encode()))
    data[central + 24 : central + 28] = (5).to_bytes(4, "little")
    assert codes(bytes(data)) == ["damaged-spreadsheet"]


def test_an_encrypted_part_is_refused() -> None:
    data = bytearray(workbook())
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.index(signature)
        data[at + offset] |= 1
    assert codes(bytes(data)) == ["encrypted-spreadsheet"]


def test_too_many_of_anything_is_refused() -> None:
    data = with_rows("".join(f'<row r="{row}"><c><v>1</v></c><c><v>2</v></c></row>' for row in range(1, 11)))
    assert len(read_sheets(data)[0].cells) == 20
    for limits in (Limits(rows=9), Limits(columns=1), Limits(cells=19), Limits(grid=19), Limits(entries=3)):
        assert codes(data, limits) == ["spreadsheet-too-large"]
    assert codes(data, Limits(file_bytes=100)) == ["spreadsheet-too-large"]
    assert codes(data, Limits(unpacked_bytes=100)) == ["spreadsheet-too-large"]
    assert codes(data, Limits(sheets=0)) == ["spreadsheet-too-large"]


def test_a_link_in_a_cell_is_harmless() -> None:
    data = with_parts({"xl/worksheets/_rels/sheet1.xml.rels": relations("hyperlink")})
    assert read_sheets(data)[0].value("B1") == 17


def test_formats_reaching_to_the_last_cell_are_harmless() -> None:
    data = with_rows(
        '<row r="1"><c r="A1"><v>5</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
    )
    assert [(cell.ref, cell.value) for cell in read_sheets(data)[0].cells] == [("A1", Decimal(5))]


def test_a_stated_dimension_is_not_believed() -> None:
    part = zipfile.ZipFile(io.BytesIO(workbook())).read(SHEET)
    data = with_parts({SHEET: re.sub(b'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', part)})
    assert read_sheets(data)[0].value("B1") == 17


def test_cells_without_addresses_are_counted_on() -> None:
    data = with_rows(
        "<row><c><v>1</v></c><c><v>2</v></c></row><row r='5'><c><v>3</v></c></row><row><c><v>4</v></c></row>"
    )
    assert [(cell.ref, cell.value) for cell in read_sheets(data)[0].cells] == [
        ("A1", 1),
        ("B1", 2),
        ("A5", 3),
        ("A6", 4),
    ]


def test_a_formula_without_a_value_is_told_from_an_empty_cell() -> None:
    data = with_rows(
        '<row r="1"><c r="A1"><f>1+1</f></c><c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        '<c r="C1"><f>1+1</f><v>2</v></c><c r="D1" t="str"><f>""</f><v></v></c></row>'
    )
    sheet = read_sheets(data)[0]
    assert sheet.rows() == [
        [BadCell("formula-not-calculated", ""), BadCell("formula-error", "#DIV/0!"), Decimal(2)],
    ]


def test_numbers_come_back_as_people_see_them() -> None:
    data = with_rows(
        "<row><c><v>0.1</v></c><c><v>0.30000000000000004</v></c><c><v>17</v></c><c><v>1E3</v></c></row>"
    )
    assert read_sheets(data)[0].rows() == [
        [Decimal("0.1"), Decimal("0.30000000000000004"), Decimal(17), Decimal(1000)],
    ]


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_a_workbook_with_a_changed_byte_is_read_or_refused(data: st.DataObject) -> None:
    good = bytearray(workbook())
    for _change in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Invalid):
        read_sheets(bytes(good))


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet='<>/"=&;crowvis f1A9[]!-? \n', max_size=80))
def test_a_sheet_of_odd_markup_is_read_or_refused(markup: str) -> None:
    with contextlib.suppress(Invalid):
        read_sheets(with_rows(markup))


# CSV


def csv_codes(data: bytes) -> list[str]:
    with pytest.raises(Invalid) as refused:
        read_csv(data)
    return [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_usual_encodings_and_separators_are_told_apart(encoding: str, separator: str) -> None:
    text = (
        separator.join(["indicator", '"value, in; kg"', "remark"])
        + "\r\n"
        + separator.join(["coca", "1.5", "é"])
    )
    sheet = read_csv(text.encode(encoding))
    assert sheet.rows() == [["indicator", "value, in; kg", "remark"], ["coca", "1.5", "é"]]
    assert sheet.cells[4].ref == "B2"


def test_a_declared_separator_wins() -> None:
    assert read_csv(b"sep=;\r\na,b;c\r\n1;2").rows() == [["a,b", "c"], ["1", "2"]]


def test_unreadable_text_is_refused_with_its_reason() -> None:
    assert csv_codes(b"") == ["empty-file"]
    assert csv_codes(b" \r\n \r\n") == ["empty-file"]
    assert csv_codes("é;1".encode("latin-1")) == ["not-text"]
    assert csv_codes(b"a,b\x00\x01") == ["not-text"]
    assert csv_codes(b"\xff\xfea") == ["not-text"]
    assert csv_codes(b"a\n" * 60_000) == ["spreadsheet-too-large"]
    assert csv_codes(b"a," * 600) == ["spreadsheet-too-large"]
    assert csv_codes(b"a" * 200_000) == ["not-text"]


def test_written_values_are_exact_and_formulas_are_made_text() -> None:
    header = ["unit", "value", "day", "known", "nil"]
    moment = datetime(2014, 9, 24, 21, 59, tzinfo=UTC)
    row: list[Value] = ["=cmd|' /C calc'!A0", Decimal("1E+3"), date(2014, 9, 15), moment, False]
    data = write_csv(header, [row, ["-5", None, None, None, None], ["-5+3", 7, None, None, None]])
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").split("\r\n") == [
        "unit,value,day,known,nil",
        "'=cmd|' /C calc'!A0,1000,2014-09-15,2014-09-24T21:59:00+00:00,false",
        "-5,,,,",
        "'-5+3,7,,,",
        "",
    ]


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=2, max_size=2),
        max_size=5,
    )
)
def test_texts_come_back_but_for_surrounding_spaces(rows: list[list[str]]) -> None:
    read = read_csv(write_csv(["a", "b"], rows))
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values):
            expected = value.replace("\x00", "").strip()
            assert (read.at(row, column) or "") == expected


def test_no_written_text_starts_a_formula() -> None:
    for start in ("=", "+", "-", "@", "\t", "\r", "\n", "'=", "''+"):
        line = write_csv(["x"], [[start + "A1"]]).decode("utf-8-sig").split("\r\n", 1)[1].lstrip('"')
        assert line.startswith("'"), start
