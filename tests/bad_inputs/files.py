"""Files and texts that do not fit on a line: each is made by the function that its name stands for."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import pikepdf
from PIL import ExifTags, Image

from jointops.rendering.spreadsheet import SheetColumn, Workbook
from jointops.returns.intake import columns
from tests import builders

Maker = Callable[[], bytes]
MADE: dict[str, Maker] = {}
"""By the words that an entry's ``made`` gives."""

NAMES = ("unit", "day", "indicator", "quantity")
ROW = ("ES-POLICE", "2027-05-04", "persons-arrested", "7")
CSV = b"unit,day,indicator,quantity\n"


def made(make: Maker) -> Maker:
    """Note a maker under its name, with spaces."""
    MADE[make.__name__.replace("_", " ").strip()] = make
    return make


def book(
    *tables: tuple[Sequence[str], Sequence[Sequence[Any]]], tokens: dict[str, str] | None = None
) -> bytes:
    """Return a workbook with a sheet for each table of names and rows."""
    new = Workbook("Returns", builders.DURING)
    for number, (names, rows) in enumerate(tables, 1):
        new.sheet(f"Sheet {number}").table(0, [SheetColumn(name) for name in names], rows)
    if tokens is not None:
        new.tokens(tokens)
    return new.finish()


def changed(workbook: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """Return a workbook in which a piece of one part's XML is another one."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(target, "w") as changed_one:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith(part):
                assert old in content, content[:2000]
                content = content.replace(old, new)
            changed_one.writestr(name, content)
    return target.getvalue()


def with_part(workbook: bytes, name: str, content: bytes) -> bytes:
    """Return a workbook with one more part."""
    target = io.BytesIO(workbook)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, content)
    return target.getvalue()


def _good(quantity: Any = 7, **tokens: str) -> bytes:
    return book((NAMES, [(*ROW[:3], quantity)]), tokens=tokens or None)


# --- JSON ------------------------------------------------------------------------------------------------------------


@made
def long_narrative() -> bytes:
    return json.dumps({"nil": True, "narrative": "quiet " * 2000}).encode()


@made
def too_many_figures() -> bytes:
    return json.dumps({"values": [{"indicator": "persons-arrested", "quantity": "1"}] * 2001}).encode()


@made
def very_many_digits() -> bytes:
    return b'{"values": [{"indicator": "persons-arrested", "quantity": ' + b"9" * 5000 + b"}]}"


@made
def very_deep() -> bytes:
    return b'{"values": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@made
def json_in_latin_1() -> bytes:
    return b'{"nil": true, "narrative": "caf\xe9"}'


@made
def very_long() -> bytes:
    return b'{"nil": true, "narrative": "' + b"x" * 13_000_000 + b'"}'


@made
def too_many_returns() -> bytes:
    return json.dumps([{"unit": "ES-POLICE", "day": "2027-05-04", "nil": True}] * 2001).encode()


# --- Workbooks -------------------------------------------------------------------------------------------------------


@made
def old_workbook() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 4096


@made
def workbook_with_password() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512 + "EncryptedPackage".encode("utf-16-le")


@made
def workbook_with_macro() -> bytes:
    return with_part(_good(), "xl/vbaProject.bin", b"Sub Auto_Open()")


@made
def workbook_with_link() -> bytes:
    return with_part(_good(), "xl/externalLinks/externalLink1.xml", b"<externalLink/>")


@made
def workbook_with_a_cell_at_the_end() -> bytes:
    return changed(_good(), "sheet1.xml", b'r="D2"', b'r="XFD1048576"')


@made
def workbook_of_another_operation() -> bytes:
    return _good(format=columns.TOKEN_FORMAT, operation="OTHER-2027")


@made
def workbook_of_an_old_plan() -> bytes:
    return _good(format=columns.TOKEN_FORMAT, operation="EXAMPLE-2027", plan_version="7")


@made
def workbook_of_a_plan() -> bytes:
    return _good(format="jointops-plan/1", operation="EXAMPLE-2027")


@made
def workbook_whose_hidden_sheet_was_changed() -> bytes:
    name = columns.made_from("ES-POLICE", builders.FIRST_DAY)
    tokens = {"format": columns.TOKEN_FORMAT, "operation": "EXAMPLE-2027", name: "1 " + "0" * 64}
    return book((NAMES, [("ES-POLICE", "2027-05-03", "persons-arrested", 9)]), tokens=tokens)


@made
def workbook_with_a_formula_never_calculated() -> bytes:
    return changed(_good(), "sheet1.xml", b"<v>7</v>", b"<f>3+4</f>")


@made
def workbook_with_a_division_by_zero() -> bytes:
    return changed(_good(), "sheet1.xml", b"><v>7</v>", b' t="e"><f>7/0</f><v>#DIV/0!</v>')


@made
def workbook_without_a_heading_because_cells_are_merged() -> bytes:
    names = ("return of the day", "", "indicator", "quantity")
    return book((names, [ROW]))


@made
def workbook_with_merged_units() -> bytes:
    return book((NAMES, [ROW, ("", "2027-05-04", "firearms-seized", 3)]))


@made
def workbook_that_breaks_off() -> bytes:
    return _good()[:-400]


@made
def workbook_that_writes_elsewhere() -> bytes:
    return with_part(_good(), "../../etc/cron.d/x.xml", b"<a/>")


@made
def workbook_that_unpacks_to_gigabytes() -> bytes:
    target = io.BytesIO(_good())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"<worksheet>" + b" " * 70_000_000)
    return target.getvalue()


@made
def workbook_with_entities() -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet '
    return changed(_good(), "sheet1.xml", b"<worksheet ", bomb)


@made
def document_instead_of_a_workbook() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/document.xml", b"<w:document/>")
    return target.getvalue()


@made
def workbook_with_a_quantity_turned_into_a_date() -> bytes:
    return book((NAMES, [("ES-POLICE", "2027-05-04", "cocaine-seized", builders.FIRST_DAY)]))


@made
def workbook_with_a_quantity_that_is_true() -> bytes:
    return changed(_good(), "sheet1.xml", b"><v>7</v>", b' t="b"><v>1</v>')


@made
def workbook_with_a_serial_number_for_a_day() -> bytes:
    return book((NAMES, [("ES-POLICE", 46145, "persons-arrested", 7)]))


@made
def workbook_with_two_columns_of_one_name() -> bytes:
    return book(((*NAMES, "quantity"), [(*ROW, 70)]))


@made
def workbook_with_one_figure_on_two_sheets() -> bytes:
    return book((NAMES, [ROW]), (NAMES, [(*ROW[:3], 8)]))


# --- CSV -------------------------------------------------------------------------------------------------------------


@made
def csv_in_latin_1() -> bytes:
    return "unit,day,nil,narrative\nES-POLICE,2027-05-04,yes,Contrôlé à l’entrée".encode("cp1252")


@made
def csv_with_nul_bytes() -> bytes:
    return CSV + b"ES-POLICE,2027-05-04,persons-arrested,\x007\n"


@made
def csv_with_a_line_of_ten_megabytes() -> bytes:
    return CSV + b"ES-POLICE,2027-05-04,persons-arrested," + b"7" * 9_900_000


@made
def csv_of_eleven_megabytes() -> bytes:
    return CSV + b"ES-POLICE,2027-05-04,persons-arrested,7\n" * 260_000


@made
def csv_of_too_many_rows() -> bytes:
    return CSV + b",,,\n" * 60_000


@made
def utf_16_with_half_a_character() -> bytes:
    return "unit,day,nil\nES-POLICE,2027-05-04,yes".encode("utf-16") + b"\x00\xd8"


@made
def picture_instead_of_a_table() -> bytes:
    return picture("PNG")


# --- Attachments -----------------------------------------------------------------------------------------------------


def picture(kind: str = "JPEG", shade: int = 0) -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, 0, 90)).save(out, kind)
    return out.getvalue()


def _document(change: Callable[[pikepdf.Pdf], object]) -> bytes:
    pdf, out = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    change(pdf)
    pdf.save(out)
    return out.getvalue()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@made
def program() -> bytes:
    return b"MZ\x90\x00\x03" + b"\x00" * 2000


@made
def document_that_unpacks_to_gigabytes() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 50_000_000)
    return target.getvalue()


@made
def pdf_with_a_script() -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")

    return _document(change)


@made
def pdf_that_starts_a_program() -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")

    return _document(change)


@made
def pdf_with_a_file_in_it() -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["more.txt"] = b"more"

    return _document(change)


@made
def pdf_with_a_password() -> bytes:
    pdf, out = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.save(out, encryption=pikepdf.Encryption(owner="secret", user="secret"))
    return out.getvalue()


@made
def pdf_with_its_author() -> bytes:
    return _document(lambda pdf: pdf.docinfo.update({"/Author": "Jane Example"}))


@made
def pdf_that_breaks_off() -> bytes:
    return b"%PDF-1.7 and then nothing"


@made
def picture_that_breaks_off() -> bytes:
    return picture()[:-30]


@made
def picture_with_a_zip_file_behind_it() -> bytes:
    return picture() + b"PK\x03\x04 and more"


@made
def picture_with_a_script_behind_it() -> bytes:
    return picture("PNG") + b"<script>alert(1)</script>"


@made
def picture_with_its_position() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (44.0, 25.0, 12.0), 3: "E", 4: (26.0, 6.0, 9.0)})
    Image.new("RGB", (40, 30), "navy").save(out, "JPEG", exif=exif)
    return out.getvalue()


@made
def picture_of_fifty_thousand_by_fifty_thousand() -> bytes:
    size = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", size)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
        + _chunk(b"IEND", b"")
    )


@made
def drawing_with_a_script() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@made
def moving_picture() -> bytes:
    return b"GIF89a" + b"\x00" * 200


@made
def file_of_eleven_megabytes() -> bytes:
    return picture() + b"\0" * 11_000_000


@made
def good_picture() -> bytes:
    return picture("PNG", 200)


@made
def nothing() -> bytes:
    return b""
