import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from jointops.kernel.i18n import PSEUDO_LOCALE
from jointops.rendering.document import Bullets, Column, Document, Heading, PageBreak, Paragraph, Table
from jointops.rendering.word import render_docx
from tests.rendering.samples import PRODUCED_AT, evaluation, hostile


@pytest.fixture(scope="module")
def made() -> bytes:
    return render_docx(evaluation())


@pytest.fixture(scope="module")
def read(made: bytes) -> Any:
    return docx.Document(io.BytesIO(made))


def opened(document: Document) -> Any:
    return docx.Document(io.BytesIO(render_docx(document)))


def small(*blocks: Any, **facts: Any) -> Document:
    return Document(title="Small", produced_at=PRODUCED_AT, blocks=blocks, **facts)


def test_headings_are_headings_numbered_by_the_program(read: Any) -> None:
    headings = [(p.style.name, p.text) for p in read.paragraphs if p.style.name.startswith("Heading")]
    assert headings[:3] == [
        ("Heading 1", "Summary"),
        ("Heading 1", "Objectives"),
        ("Heading 2", "Results against targets"),
    ]
    assert read.styles["Heading 2"].element.pPr.numPr.ilvl.val == 1


def test_tables_repeat_their_header_and_keep_their_rows_whole(read: Any) -> None:
    captioned = [table for table in read.tables if table._tbl.tblPr.find(qn("w:tblCaption")) is not None]
    assert len(captioned) == 4
    for table in captioned:
        first = table.rows[0]._tr.trPr
        assert first.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    by_country = captioned[2]
    assert [cell.text for cell in by_country.rows[0].cells][:2] == ["Country", "Persons arrested"]
    assert len(by_country.rows) == 1 + 34 + 1
    assert by_country.rows[-1].cells[1].text == "1,027"
    captions = [p.text for p in read.paragraphs if p.style.name == "Caption"]
    assert captions[0].startswith("Figure ")
    assert captions[1].endswith("Objectives, targets and results")


def test_pictures_have_a_text_alternative(read: Any) -> None:
    assert len(read.inline_shapes) == 3
    for shape in read.inline_shapes:
        assert shape._inline.docPr.get("descr")
        assert shape.width <= read.sections[0].page_width - 2 * read.sections[0].left_margin


def test_every_page_has_marking_known_line_and_number(read: Any) -> None:
    section = read.sections[0]
    assert section.header.paragraphs[0].text.endswith("\tTLP:GREEN")
    footer = section.footer.paragraphs[0]
    assert footer.text.startswith("TLP:GREEN   As known at 24 September 2014, 23:59 (UTC+02:00)")
    fields = [field.get(qn("w:instr")).strip() for field in footer._p.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_properties_and_language_are_set(read: Any) -> None:
    properties = read.core_properties
    assert properties.title == "Operation Archimedes: evaluation"
    assert properties.author == "Coordination centre"
    assert properties.language == "en-GB"
    assert properties.created == properties.modified == datetime(2014, 12, 15, 9, 30, tzinfo=UTC)
    languages = {found.get(qn("w:val")) for found in read.styles.element.iter(qn("w:lang"))}
    assert languages == {"en-GB"}


def test_contents_lead_to_the_headings(made: bytes) -> None:
    part = zipfile.ZipFile(io.BytesIO(made)).read("word/document.xml").decode()
    assert r' TOC \o "1-2" \h \n ' in part
    assert 'w:anchor="section_2_1"' in part
    assert 'w:name="section_2_1"' in part


def test_the_same_document_gives_the_same_bytes(made: bytes) -> None:
    assert render_docx(evaluation()) == made


def test_each_numbered_list_starts_at_one() -> None:
    read = opened(small(Bullets(("a", "b"), ordered=True), Paragraph("x"), Bullets(("c", "d"), ordered=True)))
    numbers = [p._p.pPr.numPr.numId.val for p in read.paragraphs if p.style.name == "List Number"]
    assert numbers[0] == numbers[1]
    assert numbers[2] == numbers[3]
    assert numbers[0] != numbers[2]


def test_a_wide_table_lies_on_a_page_of_its_own() -> None:
    columns = tuple(Column(f"Column {number}", "end") for number in range(20))
    read = opened(small(Table("Wide", columns, (("1,027",) * 20,)), marking="TLP:AMBER"))
    assert [section.page_width > section.page_height for section in read.sections] == [False, True, False]
    assert all("TLP:AMBER" in section.header.paragraphs[0].text for section in read.sections)


def test_a_page_break_goes_into_the_heading_after_it() -> None:
    read = opened(small(Paragraph("a"), PageBreak(), Heading("b"), PageBreak(), Paragraph("c")))
    heading = next(p for p in read.paragraphs if p.text == "b")
    assert heading.paragraph_format.page_break_before
    assert any(
        "w:br" in run._r.xml and 'w:type="page"' in run._r.xml for p in read.paragraphs for run in p.runs
    )


def test_hostile_text_is_written_as_text() -> None:
    data = render_docx(hostile())
    read: Any = docx.Document(io.BytesIO(data))
    assert any("<script>alert(1)</script> &amp; &" in p.text for p in read.paragraphs)
    archive = zipfile.ZipFile(io.BytesIO(data))
    relations = archive.read("word/_rels/document.xml.rels").decode()
    assert "javascript:" not in relations
    assert relations.count('TargetMode="External"') == 1
    assert b"<script" not in archive.read("word/document.xml")


def test_every_word_of_the_format_is_translated() -> None:
    archive = zipfile.ZipFile(io.BytesIO(render_docx(evaluation(PSEUDO_LOCALE))))
    text = archive.read("word/document.xml").decode()
    for word in (
        "Contents",
        "Table",
        "Figure",
        "Name",
        "Role",
        "Organisation",
        "Date",
        "As known at",
        "Produced",
    ):
        assert f"⟦{word}⟧" in text, word
    assert archive.testzip() is None


def test_a_cover_a_watermark_and_a_table_of_contents_that_is_filled_when_opened() -> None:
    document = small(
        Heading("First"),
        opening="cover",
        contents=True,
        watermark="Not approved",
        approval=(("Approved by", "An office"),),
    )
    archive = zipfile.ZipFile(io.BytesIO(render_docx(document)))
    body = archive.read("word/document.xml").decode()
    assert body.index("An office") < body.index(r"TOC \o") < body.index("PAGEREF section_1")
    assert "<w:updateFields" in archive.read("word/settings.xml").decode()
    headers = [name for name in archive.namelist() if name.startswith("word/header")]
    assert headers
    assert all('string="Not approved"' in archive.read(name).decode() for name in headers)


def test_headings_without_numbers_run_in_the_header() -> None:
    document = small(Heading("A unit"), opening="none", numbered=False, running_headings=True)
    archive = zipfile.ZipFile(io.BytesIO(render_docx(document)))
    header = next(name for name in archive.namelist() if name.startswith("word/header"))
    assert "STYLEREF" in archive.read(header).decode()
    assert "Small" not in archive.read("word/document.xml").decode()
    assert "numPr" not in archive.read("word/styles.xml").decode().split('w:styleId="Heading1"')[1][:900]


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_makes_a_document(title: str, body: str) -> None:
    table = Table(title, (Column(title), Column(body, "end")), ((body, title),), notes=(body,))
    document = Document(title=title, produced_at=PRODUCED_AT, blocks=(Heading(title), Paragraph(body), table))
    assert opened(document).tables
