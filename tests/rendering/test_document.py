from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jointops.rendering.document import Column, Document, Heading, Link, Paragraph, Table, outline
from jointops.rendering.layout import table_layout
from jointops.rendering.text import breakable, clean, covered, one_line


def test_headings_are_numbered_and_never_skip_a_level() -> None:
    blocks = (
        Heading("a", 3),
        Heading("b", 2),
        Paragraph("x"),
        Heading("c", 3),
        Heading("d", 9),
        Heading("e", 0),
    )
    assert [(number, level, heading.text) for number, level, heading in outline(blocks)] == [
        ("1", 1, "a"),
        ("1.1", 2, "b"),
        ("1.1.1", 3, "c"),
        ("1.1.2", 3, "d"),
        ("2", 1, "e"),
    ]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "/relative",
        "https://a b",
        'https://a/"><b>',
        "ftp://x",
        "",
    ],
)
def test_only_web_addresses_are_addresses(href: str) -> None:
    assert Link("x", href).address is None


def test_a_web_address_is_kept() -> None:
    assert Link("x", "https://jointops.example/a?b=1&c=2").address == "https://jointops.example/a?b=1&c=2"


def test_a_row_has_as_many_cells_as_columns() -> None:
    columns = (Column("a"), Column("b"))
    with pytest.raises(ValueError, match="2 columns and a row of 1"):
        Table("x", columns, (("1",),))
    with pytest.raises(ValueError, match="2 columns"):
        Table("x", columns, (), totals=("1", "2", "3"))
    with pytest.raises(ValueError, match="at least one"):
        Table("x", (), ())


def test_instants_need_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Document("x", datetime(2014, 9, 15))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        Document("x", datetime(2014, 9, 15, tzinfo=UTC), as_known_at=datetime(2014, 9, 15))  # noqa: DTZ001


def test_a_table_grows_dense_then_lies_down() -> None:
    def layout(columns: int) -> tuple[float, bool]:
        made = Table("x", tuple(Column("y" * 9) for _column in range(columns)), (("1",) * columns,))
        found = table_layout(made)
        return found.size, found.wide

    assert [layout(3), layout(8), layout(11), layout(20)] == [(9, False), (8, False), (8, True), (6, True)]


def test_only_a_table_that_fits_on_a_page_is_kept_together() -> None:
    assert table_layout(Table("x", (Column("a"),), (("1",),) * 20)).together
    assert not table_layout(Table("x", (Column("a"),), (("1",),) * 60)).together
    assert not table_layout(Table("x", (Column("a"),), (("word " * 200,),))).together


def test_text_is_cleaned_of_what_no_format_can_hold() -> None:
    assert clean("a\x00b\x1fc\ud800d\ufffee\r\nf\u2028g\th") == "abcde\nf\ng\th"
    assert clean("exe.\u202egnp") == "exe.gnp"
    assert one_line(" a\n\tb  c ") == "a b c"


def test_letters_that_the_fonts_lack_are_boxes_and_others_stay() -> None:
    known = "Ελληνικά Кирилица ș ț ő ğ ı ł ø ß € ≥ – ● ○ ▲ ⚠ ✓ □ \u202f\u00a0"
    assert covered(known) == known
    assert covered("中\U0001f600") == "□□"
    assert covered("e\u0301") == "é"


def test_long_runs_can_be_broken_without_losing_letters() -> None:
    broken = breakable("y" * 100 + " short")
    assert broken.count("\u200b") == 4
    assert broken.replace("\u200b", "") == "y" * 100 + " short"


def test_a_document_may_ask_for_a_table_of_contents_however_short_it_is() -> None:
    short = Document("Title", datetime(2027, 5, 3, tzinfo=UTC), blocks=(Heading("One"),))
    assert not short.has_contents
    assert replace(short, contents=True).has_contents
