"""The program that reads a hostile file, as a process of its own with narrow limits (see ``filecheck``).

It decides by what is in the file alone; the name and the type that its sender gave are not looked at.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf
from PIL import ExifTags, Image, ImageOps

from jointops.kernel import personal
from jointops.returns.filecheck import limit_this_process

MOST_PIXELS = 60_000_000
"""A telephone's camera of today makes fifty million; each pixel takes three or four bytes once it is unpacked."""

MOST_OBJECTS = 100_000
MOST_PAGES = 200
MOST_UNPACKED = 150_000_000
MOST_TIMES = 1032
"""How many times longer than itself what zlib packed can be."""

DEEPEST = 60
LONGEST_TEXT = 200
QUALITY = 90

_ACTIONS = {
    *("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR"),
    *("/Rendition", "/Sound", "/Movie", "/RichMediaExecute"),
}
_ACTIVE_KEYS = {"/JS", "/JavaScript", "/EF", "/EmbeddedFiles", "/XFA", "/AA", "/RichMediaContent"}
_ACTIVE_ANNOTATIONS = {"/RichMedia", "/FileAttachment", "/Screen", "/Movie", "/Sound", "/3D"}
_BEGINNINGS = (
    b"%PDF-",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x7fELF",
    b"<!DOCTYPE",
    b"<html",
    b"<script",
    b"<?php",
)
_PERSONS_TAGS = ("Artist", "Copyright", "CameraOwnerName", "XPAuthor", "HostComputer", "BodySerialNumber")


class Refused(Exception):
    """The file is not taken; the code of the refusal."""


def main() -> None:
    """Read a file from standard input, and answer."""
    data = sys.stdin.buffer.read()
    limit_this_process()
    said, kept = answer(data, strip="--strip" in sys.argv)
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + kept)


def answer(data: bytes, *, strip: bool) -> tuple[dict[str, Any], bytes]:
    """Return what is said of a file (refusal, media type, findings) and the bytes to keep; never raises."""
    said: dict[str, Any] = {"refusal": "", "media_type": "", "findings": []}
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a picture of many pixels, and has opened it by then.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            said["media_type"], said["findings"], kept = read(data, strip=strip)
            return said, kept
    except Refused as refusal:
        said["refusal"] = str(refusal)
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        said["refusal"] = "attachment-too-complex"
    except Exception:
        # Parsers fail on damaged files in many ways, and each of them is the file's doing.
        said["refusal"] = "attachment-damaged"
    return said, b""


def read(data: bytes, *, strip: bool) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return media type, findings and the bytes to keep; raises Refused."""
    if data.startswith(b"%PDF-"):
        return "application/pdf", *_pdf(data, strip)
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", *_image(data, "JPEG", _end_of_jpeg(data), strip)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png", *_image(data, "PNG", _end_of_png(data), strip)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        size = int.from_bytes(data[4:8], "little") + 8
        return "image/webp", *_image(data, "WEBP", size + size % 2, strip)
    raise Refused("attachment-type")


# --- Images ----------------------------------------------------------------------------------------------------------


def _image(data: bytes, kind: str, end: int, strip: bool) -> tuple[list[tuple[str, str]], bytes]:
    behind = data[end:]
    if behind.strip(b"\0"):
        # Telephones put a second picture (a preview, a map of brightness) behind the first: it is left out. Anything
        # else behind a picture is a file within a file.
        if kind != "JPEG" or not behind.startswith(b"\xff\xd8\xff"):
            raise Refused("attachment-two-in-one")
    elif len(data) < end:
        raise Refused("attachment-damaged")
    data = data[:end]
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise Refused("attachment-too-complex")
        if getattr(image, "n_frames", 1) > 1 and kind != "JPEG":
            raise Refused("attachment-two-in-one")
        image.load()
        findings = list(_told_by(image))
        for block in image.info.values():
            if isinstance(block, bytes) and any(mark in block[:4096] for mark in _BEGINNINGS):
                raise Refused("attachment-two-in-one")
        return findings, _without_metadata(image, kind) if strip else data


def _without_metadata(image: Image.Image, kind: str) -> bytes:
    upright = ImageOps.exif_transpose(image)
    bare = Image.new(upright.mode, upright.size)
    if upright.palette is not None and upright.mode == "P":
        bare.putpalette(upright.palette)
    bare.paste(upright)
    out = io.BytesIO()
    more: dict[str, Any] = {} if kind == "PNG" else {"quality": QUALITY}
    if profile := image.info.get("icc_profile"):
        more["icc_profile"] = profile
    if kind == "PNG" and "transparency" in image.info:
        more["transparency"] = image.info["transparency"]
    bare.save(out, format=kind, **more)
    return out.getvalue()


def _told_by(image: Image.Image) -> Iterator[tuple[str, str]]:
    exif = image.getexif()
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    if gps.get(ExifTags.GPS.GPSLatitude):
        yield "gps", _degrees(gps)
    tags = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    texts: list[str] = []
    for number, value in tags.items():
        text = _text(value)
        if text and ExifTags.TAGS.get(number) in _PERSONS_TAGS:
            yield "owner", text
        elif text:
            texts.append(text)
    for name, value in image.info.items():
        if name in {"icc_profile", "exif"}:
            continue
        texts.append(_text(value))
    if hasattr(image, "text"):
        image.load()
        texts += [_text(value) for value in image.text.values()]
    yield from _persons(texts)


def _persons(texts: list[str]) -> Iterator[tuple[str, str]]:
    for text in dict.fromkeys(filter(None, texts)):
        for suspicion in personal.suspicions(text[:20_000]):
            yield suspicion.kind, suspicion.excerpt[:LONGEST_TEXT]


def _degrees(gps: Any) -> str:
    try:
        lat, lon = (
            sum(float(part) / 60**place for place, part in enumerate(gps[tag]))
            for tag in (ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLongitude)
        )
        south = gps.get(ExifTags.GPS.GPSLatitudeRef) == "S"
        west = gps.get(ExifTags.GPS.GPSLongitudeRef) == "W"
        return f"{-lat if south else lat:.5f}, {-lon if west else lon:.5f}"
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return "?"


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-16-le" if value[1:2] == b"\0" else "utf-8", "ignore")
    return value.replace("\0", "").strip()[:20_000] if isinstance(value, str) else ""


def _end_of_jpeg(data: bytes) -> int:
    """Return where a JPEG ends: its segments are walked, for the mark of the end may stand in a preview as well."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise Refused("attachment-damaged")
        mark = data[at + 1]
        if mark == 0xFF:
            at += 1
        elif mark == 0xD9:
            return at + 2
        elif mark in {0x01, *range(0xD0, 0xD8)}:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if mark == 0xDA:
                at = _end_of_scan(data, at)
    if data[at : at + 2] == b"\xff\xd9":
        return at + 2
    raise Refused("attachment-damaged")


def _end_of_scan(data: bytes, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise Refused("attachment-damaged")
        if data[at + 1] not in {0x00, *range(0xD0, 0xD8)}:
            return at
        at += 2


def _end_of_png(data: bytes) -> int:
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        at += 12 + length
        if kind == b"IEND":
            return at
    raise Refused("attachment-damaged")


# --- PDF -------------------------------------------------------------------------------------------------------------


def _pdf(data: bytes, strip: bool) -> tuple[list[tuple[str, str]], bytes]:
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Refused("attachment-damaged")
    if data[end + 5 :].strip() or b"PK\x05\x06" in data[-70_000:]:
        raise Refused("attachment-two-in-one")
    try:
        pdf = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError:
        raise Refused("attachment-locked") from None
    with pdf:
        if pdf.is_encrypted:
            raise Refused("attachment-locked")
        _require_simple(pdf)
        findings = list(_persons_of_pdf(pdf))
        return findings, _pdf_without_metadata(pdf) if strip else data


def _require_simple(pdf: pikepdf.Pdf) -> None:
    """Return when a PDF is a document and nothing more; raises Refused."""
    if len(pdf.objects) > MOST_OBJECTS or len(pdf.pages) > MOST_PAGES:
        raise Refused("attachment-too-complex")
    if not len(pdf.pages):
        raise Refused("attachment-damaged")
    unpacked = 0
    for item in pdf.objects:
        _require_passive(item)
        if isinstance(item, pikepdf.Stream):
            unpacked += _unpacked(item)
        if unpacked > MOST_UNPACKED:
            raise Refused("attachment-too-complex")


def _pdf_without_metadata(pdf: pikepdf.Pdf) -> bytes:
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    for item in pdf.objects:
        if isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
            for key in ("/Metadata", "/PieceInfo"):
                if key in item:
                    del item[key]
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _require_passive(item: Any, depth: int = 0) -> None:
    """Return when an object of a PDF does nothing by itself; raises Refused. References lead to other objects."""
    if depth > DEEPEST:
        raise Refused("attachment-too-complex")
    below: list[Any] = []
    if isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        kinds = {str(item[key]) for key in ("/S", "/Subtype") if isinstance(item.get(key), pikepdf.Name)}
        if set(item.keys()) & _ACTIVE_KEYS or kinds & (_ACTIONS | _ACTIVE_ANNOTATIONS):
            raise Refused("attachment-active")
        below = [item[key] for key in set(item.keys())]
    elif isinstance(item, pikepdf.Array):
        below = list(item)
    for each in below:
        if isinstance(each, pikepdf.Object) and not each.is_indirect:
            _require_passive(each, depth + 1)


def _unpacked(stream: pikepdf.Stream) -> int:
    """Return how long a stream is once it is unpacked, without unpacking more of it than is allowed."""
    filters = stream.get("/Filter")
    names = [str(each) for each in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    if not {"/FlateDecode", "/LZWDecode"} & set(names):
        return 0
    raw = stream.read_raw_bytes()
    if names != ["/FlateDecode"]:
        # Packed in another way, or twice: what it may come to at most.
        most: int = len(raw) * MOST_TIMES ** len(names)
        return most
    return len(zlib.decompressobj().decompress(raw, MOST_UNPACKED + 1))


def _persons_of_pdf(pdf: pikepdf.Pdf) -> Iterator[tuple[str, str]]:
    texts: list[str] = []
    for name, value in pdf.docinfo.items() if "/Info" in pdf.trailer else ():
        text = _text(str(value))
        if name == "/Author" and text:
            yield "owner", text[:LONGEST_TEXT]
        elif name not in {"/CreationDate", "/ModDate", "/Producer", "/Creator"}:
            texts.append(text)
    metadata = pdf.Root.get("/Metadata")
    if isinstance(metadata, pikepdf.Stream):
        texts.append(_between_tags(metadata.read_bytes()[:200_000].decode("utf-8", "ignore")))
    yield from _persons(texts)


def _between_tags(xml: str) -> str:
    """Return the text of XML: addresses of its namespaces are nobody's."""
    return "\n".join(
        part.partition(">")[2].strip() for part in xml.split("<") if part.partition(">")[2].strip()
    )


if __name__ == "__main__":
    main()
