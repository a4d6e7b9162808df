"""Files of a return: checked in a process of their own, stored once, stripped of what they tell besides, kept apart."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
import pytest
from PIL import ExifTags, Image
from webtest import Upload

from jointops.kernel import clock, ids
from jointops.kernel.policy import Role
from jointops.returns import filereader
from jointops.returns.filecheck import look_into
from jointops.returns.models import Attachment, AttachmentContent
from tests import builders
from tests.returns.test_edit_pages import EDIT, RETURN, form_of, kept, press
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

FILES = f"{RETURN}/attachments"


def picture(kind: str = "JPEG", *, told: bool = False) -> bytes:
    """Return a small picture, with its owner, its position and a turn in its metadata if it is to tell them."""
    out = io.BytesIO()
    exif = Image.Exif()
    if told:
        exif[ExifTags.Base.Artist] = "Jane Example"
        exif[ExifTags.Base.Orientation] = 6
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {1: "N", 2: (44.0, 25.0, 12.0), 3: "E", 4: (26.0, 6.0, 9.0)}
        )
    Image.new("RGB", (40, 30), "navy").save(out, kind, **({"exif": exif} if told else {}))
    return out.getvalue()


def document(change: Callable[[pikepdf.Pdf], object] = lambda _pdf: None) -> bytes:
    """Return a document of one empty page."""
    pdf, out = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    change(pdf)
    pdf.save(out)
    return out.getvalue()


def _opening(pdf: pikepdf.Pdf, **action: Any) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(**action)


def _attached(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["more.txt"] = b"more"


def _bomb(pdf: pikepdf.Pdf) -> None:
    stream = pdf.make_stream(b"")
    stream.write(zlib.compress(b"\0" * 160_000_000, 1), filter=pikepdf.Name.FlateDecode)
    pdf.Root.Hidden = stream


def _huge_picture() -> bytes:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "data, refusal",
    [
        pytest.param(b"GIF89a", "attachment-type", id="another type"),
        pytest.param(b"%PDF-1.7 and then nothing", "attachment-damaged", id="no end"),
        pytest.param(picture()[:-30], "attachment-damaged", id="cut off"),
        pytest.param(
            picture() + b"PK\x03\x04 a zip file", "attachment-two-in-one", id="zip behind a picture"
        ),
        pytest.param(picture("PNG") + b"<script>1</script>", "attachment-two-in-one", id="script behind"),
        pytest.param(document() + b"PK\x05\x06", "attachment-two-in-one", id="zip behind a document"),
        pytest.param(_huge_picture(), "attachment-too-complex", id="picture bomb"),
        pytest.param(document(_bomb), "attachment-too-complex", id="document bomb"),
        pytest.param(
            document(lambda pdf: _opening(pdf, S=pikepdf.Name.JavaScript, JS="app.alert(1)")),
            "attachment-active",
            id="script",
        ),
        pytest.param(
            document(lambda pdf: _opening(pdf, S=pikepdf.Name.Launch, F="cmd.exe")),
            "attachment-active",
            id="launch",
        ),
        pytest.param(document(_attached), "attachment-active", id="file within"),
    ],
)
def test_a_hostile_or_broken_file_is_refused(data: bytes, refusal: str) -> None:
    assert filereader.answer(data, strip=False)[0]["refusal"] == refusal


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_tells_its_owner_and_position_until_that_is_taken_out(kind: str) -> None:
    _type, findings, _data = filereader.read(picture(kind, told=True), strip=False)
    assert dict(findings) == {"gps": "44.42000, 26.10250", "owner": "Jane Example"}
    media_type, _findings, bare = filereader.read(picture(kind, told=True), strip=True)
    again, none, _data = filereader.read(bare, strip=False)
    assert (again, none) == (media_type, [])
    with Image.open(io.BytesIO(bare)) as image:
        assert image.size == (30, 40), "it still stands upright"


def test_a_telephones_second_picture_is_left_out() -> None:
    assert filereader.read(picture() + picture(), strip=False)[2] == picture()


def test_the_reading_process_is_given_little_and_answers() -> None:
    looked = look_into(document(lambda pdf: pdf.docinfo.update({"/Author": "Jane Example"})))
    assert (looked.refusal, looked.media_type) == ("", "application/pdf")
    assert [finding.kind for finding in looked.findings] == ["owner"]
    assert look_into(b"no file").refusal == "attachment-type"


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


@pytest.fixture
def running(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


@pytest.fixture
def browser(running: Site) -> Browser:
    return running.browser(Role.REPORTER, "ES-POLICE")


def test_a_file_is_attached_named_by_the_return_and_downloaded(running: Site, browser: Browser) -> None:
    form = form_of(browser.look(EDIT))
    form["q.persons-arrested."] = "1"
    form["file"] = Upload("../Seizure <1>.jpg", picture(told=True))
    page = press(form, "attach")
    link = page.html.select_one("[data-files-list] a")
    assert link.text == "Seizure _1_.jpg"
    again = form_of(page)
    assert again["q.persons-arrested."].value == "1", "nothing typed is lost"
    assert press(again, "submit").status_int == 303
    sha256 = kept(running).revisions[-1].content["attachments"][0]
    answer = browser.get(link["href"])
    assert ids.digest(answer.body) == sha256
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Seizure _1_.jpg"')
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert (answer.headers["X-Content-Type-Options"], answer.content_type) == ("nosniff", "image/jpeg")
    assert answer.headers["X-Marking"] == "unclassified"
    assert link["href"] in browser.look(RETURN).text, "the page of the return leads to it"


def test_a_file_is_refused_in_the_form_and_metadata_need_a_reason(browser: Browser) -> None:
    form = form_of(browser.look(EDIT))
    form["file"] = Upload("a.txt", b"text")
    page = press(form, "attach")
    assert page.status_int == 422
    assert "no JPEG" in page.html.find(id="file-error").text
    told = form_of(page)
    told["file"] = Upload("a.jpg", picture(told=True))
    told["strip"] = False
    page = press(told, "attach")
    assert "Jane Example" in page.html.find(id="file-error").text
    reasoned = form_of(page)
    reasoned["file"] = Upload("a.jpg", picture(told=True))
    reasoned["strip"] = False
    reasoned["file_reason"] = "The position is evidence."
    page = press(reasoned, "attach")
    assert "the position where it was taken" in page.html.select_one("[data-files-list]").text


def test_the_same_file_is_stored_once_and_gone_when_nobody_has_it(running: Site) -> None:
    api = running.api(Role.REPORTER, "ES-POLICE")
    path = "/operations/EXAMPLE-2027/returns/ES-POLICE/{}/attachments"
    sent = [
        api.send("POST", f"{path.format(day)}?name=a.png", picture("PNG"), "image/png")
        for day in ("2027-05-03", "2027-05-03", "2027-05-04")
    ]
    assert [answer.status_int for answer in sent] == [201, 201, 201]
    sha256 = sent[0].json["sha256"]
    with running.work() as session:
        assert (session.query(Attachment).count(), session.query(AttachmentContent).count()) == (2, 1)
    assert api.get(path.format("2027-05-03")).json["items"][0]["name"] == "a.png"
    read = api.get(f"{path.format('2027-05-03')}/{sha256}", Accept="application/octet-stream")
    assert read.body == picture("PNG")
    for day in ("2027-05-03", "2027-05-04"):
        assert api.delete(f"{path.format(day)}/{sha256}").status_int == 204
    with running.work() as session:
        assert session.query(AttachmentContent).count() == 0


def test_a_file_on_record_stays_readable_after_it_was_taken_off(running: Site) -> None:
    api = running.api(Role.REPORTER, "ES-POLICE")
    path = "/operations/EXAMPLE-2027/returns/ES-POLICE/2027-05-04"
    sha256 = api.send("POST", f"{path}/attachments", picture(), "image/jpeg").json["sha256"]
    said = {"values": [{"indicator": "persons-arrested", "quantity": "1"}]}
    unknown = api.put(path, {**said, "attachments": ["0" * 64]})
    assert (unknown.json["errors"][0]["code"], unknown.json["errors"][0]["pointer"]) == (
        "attachment-unknown",
        "/attachments/0",
    )
    assert api.put(path, {**said, "attachments": [sha256]}).status_int == 201
    assert api.delete(f"{path}/attachments/{sha256}").status_int == 204
    assert api.get(f"{path}/attachments").json["items"] == []
    assert api.get(f"{path}/attachments/{sha256}").status_int == 200
    reviewer = running.api(Role.REVIEWER)
    assert reviewer.get(f"{path}/attachments/{sha256}").status_int == 403
