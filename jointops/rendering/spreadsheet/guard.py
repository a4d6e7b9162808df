"""Looks through an .xlsx file before anything parses it, and refuses what is no plain workbook or costs too much.

A few kilobytes can unpack to gigabytes, and one cell in the last row and column makes a parser build seventeen
thousand million cells and takes the process down with it. So the parts are unpacked within limits, read once as a
stream without document types or entities, and packed afresh: the parser sees only parts that were looked at.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

from jointops.kernel.errors import DomainError
from jointops.kernel.i18n import _
from jointops.rendering.spreadsheet.sheets import BadCell, column_number, refusal


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a workbook may be: ample for a country's returns of a whole operation, and read in seconds."""

    file_bytes: int = 10_000_000
    unpacked_bytes: int = 60_000_000
    entries: int = 1_000
    sheets: int = 200
    rows: int = 50_000
    columns: int = 500
    cells: int = 200_000
    grid: int = 4_000_000
    depth: int = 100


LIMITS = Limits()

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_EXTERNAL_PARTS = re.compile(r"^xl/(externallinks|querytables)/|^xl/connections\.xml$")
_ACTIVE_PARTS = re.compile(r"vbaproject\.bin$|^xl/(macrosheets|dialogsheets|embeddings|activex|ctrlprops)/")
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_CHUNK = 1 << 16


@dataclass(slots=True)
class Workbook:
    """A workbook that was looked at: its parts packed afresh, and per sheet the cells that have no usable value."""

    packed: bytes
    bad_cells: Mapping[str, Mapping[tuple[int, int], BadCell]]


def checked(data: bytes, limits: Limits = LIMITS) -> Workbook:
    """Return the workbook in ``data`` once it proves to be a plain .xlsx file within ``limits``.

    Raises ``Invalid`` with the code ``empty-file``, ``not-a-spreadsheet``, ``old-spreadsheet-format``,
    ``encrypted-spreadsheet``, ``spreadsheet-with-macros``, ``spreadsheet-with-external-links``,
    ``spreadsheet-too-large`` or ``damaged-spreadsheet``.
    """
    _check_kind(data, limits)
    parts = _unpack(data, limits)
    _check_names(parts)
    scans = {name: _scan(content, limits) for name, content in parts.items()}
    for scan in scans.values():
        if scan.outside:
            raise _external()
    if sum(scan.cells for scan in scans.values()) > limits.cells:
        raise _too_large()
    if sum(scan.grid for scan in scans.values()) > limits.grid:
        raise _too_large()
    return Workbook(_pack(parts), _bad_cells(scans, limits))


def _check_kind(data: bytes, limits: Limits) -> None:
    if not data:
        raise refusal("empty-file", _("The file is empty."))
    if len(data) > limits.file_bytes:
        raise _too_large()
    if data.startswith(_OLE):
        if _ENCRYPTED_STREAM in data:
            raise refusal(
                "encrypted-spreadsheet",
                _("The workbook is protected with a password. Save it without one and send it again."),
            )
        raise refusal(
            "old-spreadsheet-format",
            _("The workbook is in an old format. Save it as an Excel workbook (.xlsx) and send it again."),
        )
    if not data.startswith(b"PK"):
        raise _not_a_spreadsheet()


def _unpack(data: bytes, limits: Limits) -> dict[str, bytes]:
    """Return the XML parts by name, unpacked within the limits, whatever sizes the file itself states."""
    parts: dict[str, bytes] = {}
    left = limits.unpacked_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > limits.entries:
                raise _too_large()
            names = [entry.filename.replace("\\", "/").lower() for entry in entries]
            if len(set(names)) != len(names) or any(_leads_out(name) for name in names):
                raise damaged()
            _check_active(names)
            for entry in entries:
                if entry.flag_bits & 1:
                    raise refusal(
                        "encrypted-spreadsheet",
                        _(
                            "The workbook is protected with a password. Save it without one and send it again."
                        ),
                    )
                if not entry.filename.lower().endswith((".xml", ".rels")):
                    continue
                parts[entry.filename] = _read(archive, entry, left)
                left -= len(parts[entry.filename])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise damaged() from error
    return parts


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise damaged()
    content = bytearray()
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            content += chunk
            if len(content) > left:
                raise _too_large()
    return bytes(content)


def _leads_out(name: str) -> bool:
    """Whether a part's name is an address outside the archive, as nobody writes it by accident."""
    return name.startswith("/") or ":" in name or ".." in name.split("/")


def _check_active(names: list[str]) -> None:
    if any(_ACTIVE_PARTS.search(name) for name in names):
        raise _macros()
    if any(_EXTERNAL_PARTS.search(name) for name in names):
        raise _external()


def _check_names(parts: Mapping[str, bytes]) -> None:
    if "[Content_Types].xml" not in parts or "xl/workbook.xml" not in parts:
        raise _not_a_spreadsheet()
    if b"macroenabled" in parts["[Content_Types].xml"].lower():
        raise _macros()


def _pack(parts: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


@dataclass
class _Scan:
    """What one pass over an XML part found. Elements are told by their local names, as the parser does."""

    limits: Limits
    cells: int = 0
    bad: dict[tuple[int, int], BadCell] = field(default_factory=dict)
    sheets: list[tuple[str, str]] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)
    outside: bool = False
    last_row: int = -1
    last_column: int = -1
    depth: int = 0
    row: int = -1
    column: int = -1
    kind: str = ""
    inside: str = ""
    formula: bool = False
    content: list[str] = field(default_factory=list)

    @property
    def grid(self) -> int:
        return (self.last_row + 1) * (self.last_column + 1)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.limits.depth:
            raise damaged()
        match _local(name):
            case "row":
                self.row = self._number(attributes["r"]) if "r" in attributes else self.row + 1
                self.column = -1
            case "c":
                self._start_cell(attributes)
            case "v" | "is" as inside:
                self.inside = inside
            case "f":
                self.formula = True
                self.inside = ""
            case "sheet":
                self._sheet(attributes)
            case "Relationship":
                self._relationship(attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        local = _local(name)
        if local == "c":
            self._end_cell()
        elif local in {"v", "is"}:
            self.inside = ""

    def data(self, content: str) -> None:
        if self.inside:
            self.content.append(content)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
        else:
            match = _CELL.fullmatch(reference)
            if match is None:
                raise damaged()
            self.column = column_number(match.group(1))
            self.row = int(match.group(2)) - 1
        self.kind = attributes.get("t", "n")
        self.formula = False
        self.content.clear()

    def _end_cell(self) -> None:
        content = "".join(self.content)
        place = (max(self.row, 0), self.column)
        if self.formula and not content and self.kind != "str":
            self.bad[place] = BadCell("formula-not-calculated", "")
        elif self.kind == "e" and content:
            self.bad[place] = BadCell("formula-error", content)
        elif not content:
            return
        self.cells += 1
        self.last_row = max(self.last_row, place[0])
        self.last_column = max(self.last_column, place[1])
        limits = self.limits
        if self.last_row >= limits.rows or self.last_column >= limits.columns or self.cells > limits.cells:
            raise _too_large()

    def _sheet(self, attributes: dict[str, str]) -> None:
        relation = next((value for name, value in attributes.items() if _local(name) == "id"), "")
        self.sheets.append((attributes.get("name", ""), relation))

    def _relationship(self, attributes: dict[str, str]) -> None:
        self.targets[attributes.get("Id", "")] = attributes.get("Target", "")
        kind = attributes.get("Type", "")
        if attributes.get("TargetMode", "").lower() == "external" and not kind.endswith("/hyperlink"):
            self.outside = True

    def _number(self, text: str) -> int:
        if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
            raise damaged()
        return int(text) - 1


@lru_cache(maxsize=1024)
def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _scan(content: bytes, limits: Limits) -> _Scan:
    scan = _Scan(limits)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.data
    parser.XmlDeclHandler = _check_encoding
    parser.StartDoctypeDeclHandler = _refuse_doctype
    if b"\x00" in content[:64]:
        raise damaged()
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise damaged() from error
    return scan


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    # In another encoding this pass and the parser could read different cells.
    if encoding is not None and encoding.lower() not in {"utf-8", "us-ascii"}:
        raise damaged()


def _refuse_doctype(*_declaration: object) -> None:
    raise damaged()


def _bad_cells(scans: Mapping[str, _Scan], limits: Limits) -> dict[str, dict[tuple[int, int], BadCell]]:
    sheets = scans["xl/workbook.xml"].sheets
    if len(sheets) > limits.sheets:
        raise _too_large()
    relations = scans.get("xl/_rels/workbook.xml.rels")
    found: dict[str, dict[tuple[int, int], BadCell]] = {}
    for name, relation in sheets:
        target = relations.targets.get(relation, "") if relations else ""
        part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        if part in scans:
            found[name] = scans[part].bad
    return found


def _not_a_spreadsheet() -> DomainError:
    return refusal(
        "not-a-spreadsheet",
        _("The file is not an Excel workbook. Send a workbook saved as .xlsx, or a CSV file."),
    )


def damaged() -> DomainError:
    """Return the refusal of a workbook that cannot be read, for the parser too."""
    return refusal(
        "damaged-spreadsheet",
        _(
            "The workbook is damaged or unusual and was not read. Open it, save it again as .xlsx and send that."
        ),
    )


def _too_large() -> DomainError:
    return refusal(
        "spreadsheet-too-large",
        _("The workbook is too large. Remove sheets, rows and columns that do not belong to the return."),
    )


def _macros() -> DomainError:
    return refusal(
        "spreadsheet-with-macros",
        _("The workbook holds macros or embedded files. Save it as a plain workbook (.xlsx) and send that."),
    )


def _external() -> DomainError:
    return refusal(
        "spreadsheet-with-external-links",
        _(
            "The workbook draws data from other files. Paste the values in, break the links, and send it again."
        ),
    )
