import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointops.kernel.i18n import PSEUDO_LOCALE
from jointops.rendering.document import Column, Document, Heading, PageBreak, Paragraph, Table
from jointops.rendering.pdf import render_pdf
from tests.rendering.samples import PRODUCED_AT, evaluation, hostile


@pytest.fixture(scope="module")
def made() -> bytes:
    return render_pdf(evaluation())


@pytest.fixture(scope="module")
def read(made: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(made))


def texts(data: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def elements(node: Any) -> Iterator[Any]:
    """Give every structure element below ``node``."""
    node = node.get_object()
    if isinstance(node, pypdf.generic.ArrayObject):
        for child in node:
            yield from elements(child)
    elif isinstance(node, pypdf.generic.DictionaryObject):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def scope(element: Any) -> str:
    """Return whether a heading cell heads its column or its row."""
    attributes = element["/A"].get_object()
    return str(next(entry["/Scope"] for entry in attributes if "/Scope" in entry))


def small(*blocks: Any, **facts: Any) -> Document:
    return Document(title="Small", produced_at=PRODUCED_AT, blocks=blocks, **facts)


def test_the_file_is_tagged_and_states_its_standards(read: pypdf.PdfReader) -> None:
    root: Any = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    facts = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in facts
    assert "<pdfaid:part>2</pdfaid:part>" in facts
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in facts
    assert read.metadata is not None
    assert read.metadata.title == "Operation Archimedes: evaluation"
    assert read.metadata.author == "Coordination centre"
    assert read.metadata.creation_date == PRODUCED_AT


def test_structure_is_told_to_assistive_technology(read: pypdf.PdfReader) -> None:
    root: Any = read.trailer["/Root"]
    found = list(elements(root["/StructTreeRoot"]))
    kinds = [element["/S"] for element in found]
    for kind, number in (("/H1", 6), ("/H2", 7), ("/Table", 4), ("/Figure", 3), ("/Caption", 7)):
        assert kinds.count(kind) >= number, kind
    columns, rows = 5 + 11 + 6 + 4, 5 + 10 + 35 + 2
    assert kinds.count("/TH") == columns + rows
    scopes = [scope(element) for element in found if element["/S"] == "/TH"]
    assert scopes.count("/Column") == columns
    assert scopes.count("/Row") == rows
    pictures = [element["/Alt"] for element in found if element["/S"] == "/Figure" and "/Alt" in element]
    assert any(text.startswith("Between 110 and 190 persons") for text in pictures)


def test_every_page_has_marking_known_line_and_number(made: bytes) -> None:
    pages = texts(made)
    assert len(pages) >= 6
    for number, page in enumerate(pages, 1):
        assert page.count("TLP:GREEN") == 2
        assert "As known at 24 September 2014, 23:59 (UTC+02:00)" in page
        assert f"Page {number} of {len(pages)}" in page


def test_the_content_can_be_read_back(made: bytes) -> None:
    text = " ".join(texts(made))
    for part in (
        "Joint action days, 15–23 September 2014",
        "Status of the figures Accepted figures",
        "Contents",
        "Table 3 Results by country",
        "Figure 2 Persons arrested by day and action area",
        "34 countries",
        "Facilitated illegal immigration",
        "COSI took note of this evaluation",
        "The split of the published totals into days and units is illustrative.",
    ):
        assert part in text, part


def test_the_outline_leads_to_the_headings(read: pypdf.PdfReader) -> None:
    titles = [entry["/Title"] for entry in read.outline if not isinstance(entry, list)]
    assert [re.sub(r"^[\d.]+\s*", "", str(title)) for title in titles][:3] == [
        "Summary",
        "Objectives",
        "Results",
    ]


def test_only_our_typefaces_are_used_and_all_are_embedded(read: pypdf.PdfReader) -> None:
    names = set()
    for page in read.pages:
        resources: Any = page["/Resources"]
        for font in resources.get("/Font", {}).values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            names.add(re.sub(r"^/[A-Z]{6}\+", "", str(descendant["/BaseFont"])).split("-")[0])
            assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"])
    assert names <= {"IBMPlexSans", "DejaVuSansMono"}


def test_links_lead_to_web_addresses_only() -> None:
    for data in (render_pdf(evaluation()), render_pdf(hostile())):
        found = 0
        for page in pypdf.PdfReader(io.BytesIO(data)).pages:
            for reference in page.get("/Annots") or []:
                action = reference.get_object().get("/A")
                if action is not None and action["/S"] != "/GoTo":
                    assert action["/S"] == "/URI"
                    assert action["/URI"].startswith("https://")
                    found += 1
        assert found


def test_the_same_document_gives_the_same_bytes_in_another_process(made: bytes) -> None:
    program = (
        "import sys\nfrom jointops.rendering.pdf import render_pdf\n"
        "from tests.rendering.samples import evaluation\nsys.stdout.buffer.write(render_pdf(evaluation()))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    other = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert other.stdout == made


def test_another_time_of_production_gives_other_bytes() -> None:
    first = small(Paragraph("x"))
    second = Document(title="Small", produced_at=PRODUCED_AT + timedelta(minutes=1), blocks=first.blocks)
    assert render_pdf(first) != render_pdf(second)


def test_hostile_text_is_printed_and_never_run() -> None:
    data = render_pdf(hostile())
    text = " ".join(texts(data))
    assert '#set page(fill: red) #read("/etc/passwd") *bold* _it_ $x^2$ `raw` <label> @ref' in text
    assert "<script>alert(1)</script> &amp; & ]]> {{ 7*7 }} ${jndi:x}" in text
    assert "A character that the typeface of this document lacks is shown as □." in text
    for word in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/OpenAction"):
        assert word not in data


def test_a_wide_table_lies_on_a_page_of_its_own() -> None:
    columns = tuple(Column(f"Column {number}", "end") for number in range(20))
    table = Table("Wide", columns, (("1,027",) * 20,) * 3)
    pages = pypdf.PdfReader(io.BytesIO(render_pdf(small(Heading("a"), table, Heading("b"))))).pages
    assert [page.mediabox.width > page.mediabox.height for page in pages] == [False, True, False]


def test_a_short_document_has_no_contents_and_a_bare_one_is_one_page() -> None:
    assert "Contents" not in texts(render_pdf(small(Heading("a"), Paragraph("b"))))[0]
    assert len(texts(render_pdf(Document(title="", produced_at=PRODUCED_AT)))) == 1


def test_every_word_of_the_format_is_translated() -> None:
    text = " ".join(texts(render_pdf(evaluation(PSEUDO_LOCALE))))
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
    assert re.search(r"⟦Page 2 of \d+⟧", text)
    assert "⟦As known at 24 September 2014, 23:59 (UTC+02:00)⟧" in text


@pytest.mark.parametrize("locale", ["fr", "de", "el", "bg", "pl", "lt", "mt"])
def test_documents_are_in_the_language_they_say(locale: str) -> None:
    data = render_pdf(small(Heading("ș"), Paragraph("Ω"), locale=locale, as_known_at=PRODUCED_AT))
    root: Any = pypdf.PdfReader(io.BytesIO(data)).trailer["/Root"]
    assert root["/Lang"] == locale


def test_a_cover_holds_the_title_and_the_approval_alone_and_a_watermark_lies_on_every_page() -> None:
    document = small(
        Heading("First"),
        Paragraph("Body"),
        opening="cover",
        contents=True,
        watermark="Not approved",
        approval=(("Approved by", "An office"),),
    )
    data = render_pdf(document)
    cover, contents, body = texts(data)
    assert "Small" in cover
    assert "Approved by An office" in cover
    assert "First" not in cover
    assert re.search(r"Contents.*First.*3", contents)
    assert "Body" in body
    assert all("Not approved" in page for page in (cover, contents, body))
    links = pypdf.PdfReader(io.BytesIO(data)).pages[1]["/Annots"]
    assert len(links) == 1  # type: ignore[arg-type]


def test_without_an_opening_the_top_of_every_page_names_the_heading_it_belongs_to() -> None:
    rows = tuple((str(n), "x") for n in range(90))
    data = render_pdf(
        small(
            Heading("First unit"),
            Table("Tasks", (Column("Code"), Column("What")), rows),
            PageBreak(),
            Heading("Second unit"),
            opening="none",
            numbered=False,
            running_headings=True,
            code="CODE",
        )
    )
    pages = texts(data)
    assert len(pages) == 4
    assert all(page.startswith("CODE · First unit") for page in pages[:3])
    assert pages[3].startswith("CODE · Second unit")
    assert "Small" not in " ".join(pages)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_makes_a_document(title: str, body: str) -> None:
    table = Table(title, (Column(title), Column(body, "end")), ((body, title),), notes=(body,))
    data = render_pdf(
        Document(title=title, produced_at=PRODUCED_AT, blocks=(Heading(title), Paragraph(body), table))
    )
    assert data.startswith(b"%PDF-1.7")
