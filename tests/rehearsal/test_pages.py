"""Exercises on pages and over the API: every page says what it is, and they are nowhere else."""

from __future__ import annotations

import io
import zipfile

import pypdf
import pytest

from jointops.kernel import clock
from jointops.kernel.i18n import PSEUDO_LOCALE
from jointops.kernel.policy import Role
from jointops.rehearsal import runner
from tests import builders
from tests.rehearsal import scenes
from tests.support.app import Site
from tests.support.pages import untranslated
from tests.web.routes import TABLE, WALK

pytestmark = pytest.mark.database("sqlite")

CODE = "EX-EXAMPLE-2027"


@pytest.fixture
def played(site: Site) -> Site:
    """Return a site with a draft of an operation, whose plan was rehearsed by the button on its page."""
    site.application.registry["rehearsal.runner"] = runner.at_once
    with site.work() as session:
        builders.operation(session, "draft", scenes.plan())
    browser = site.browser(Role.COORDINATOR)
    button = browser.look("/operations/EXAMPLE-2027").html.find(
        "form", action="/operations/EXAMPLE-2027/rehearse"
    )
    assert button is not None
    answer = browser.send(button["action"], version=button.find("input", {"name": "version"})["value"])
    assert answer.location.endswith(f"/exercises/{CODE}")
    return site


def test_an_exercise_is_marked_everywhere_counts_nowhere_and_can_be_deleted(played: Site) -> None:
    _its_page_says_what_was_found(played)
    _every_page_says_so(played)
    _it_is_in_no_list(played)
    _pages_stand_at_its_clock(played)
    browser = played.browser(Role.COORDINATOR)
    assert played.browser(Role.REVIEWER).send(f"/exercises/{CODE}/delete").status_int == 403
    assert browser.send(f"/exercises/{CODE}/delete").location.endswith("/exercises")
    assert browser.look(f"/operations/{CODE}").status_int == 404
    assert browser.look("/operations/EXAMPLE-2027").status_int == 200


def _its_page_says_what_was_found(played: Site) -> None:
    page = played.browser(Role.COORDINATOR).look(f"/exercises/{CODE}")
    text = page.html.get_text(" ", strip=True)
    assert "Refresh" not in page.headers
    assert "Joint results, counted once" in text
    assert "These units have no task" in text
    assert page.html.find("a", href=f"/operations/{CODE}/evaluation") is not None
    pseudo = played.browser(Role.COORDINATOR)
    pseudo.set_cookie("lang", PSEUDO_LOCALE)
    for path in (f"/exercises/{CODE}", "/exercises"):
        assert untranslated(pseudo.look(path).text.replace(" – jointops", "")) == [], path
    listed = played.browser(Role.COORDINATOR).look("/exercises")
    assert listed.html.find("a", href=f"/exercises/{CODE}") is not None


def _every_page_says_so(played: Site) -> None:
    browser = played.browser(Role.COORDINATOR)
    values = {**WALK, "code": CODE, "unit": "ES-POLICE", "task": "T1"}
    looked = 0
    for row in TABLE:
        if row.method != "GET" or row.route.startswith("api:"):
            continue
        pattern = played.application.registry.introspector.get("routes", row.route)["pattern"]
        if "{code}" not in pattern:
            continue
        answer = browser.look("/" + pattern.lstrip("/").format(**values))
        if answer.status_int != 200:
            continue
        kind = answer.content_type
        if kind == "text/html" and answer.html.find("html") is not None:
            looked += 1
            banner = answer.html.find(class_="jo-exercise")
            assert banner is not None, row.route
            assert "EXERCISE" in banner.get_text(), row.route
        elif kind == "application/pdf":
            for page in pypdf.PdfReader(io.BytesIO(answer.body)).pages:
                assert "EXERCISE" in page.extract_text(), row.route
        elif "spreadsheet" in kind or kind == "text/csv" or kind == "text/calendar":
            assert "EXERCISE" in _texts(answer.body), row.route
    assert looked > 15

    api = played.api(Role.COORDINATOR)
    for path in ("evaluation?format=pdf", "situation?format=pdf", "plan?format=pdf"):
        answer = api.get(f"/operations/{CODE}/{path}")
        assert answer.status_int == 200, path
        for page in pypdf.PdfReader(io.BytesIO(answer.body)).pages:
            assert "EXERCISE" in page.extract_text(), path
    for path in (
        "evaluation?format=xlsx",
        "evaluation?format=docx",
        "returns?format=csv",
        "returns?format=xlsx",
    ):
        answer = api.get(f"/operations/{CODE}/{path}")
        assert answer.status_int == 200, path
        assert "EXERCISE" in _texts(answer.body), path


def _it_is_in_no_list(played: Site) -> None:
    for role, scope in ((Role.COORDINATOR, None), (Role.NATIONAL_COORDINATOR, "ES"), (Role.REVIEWER, None)):
        browser = played.browser(role, scope)
        for path in ("/", "/operations", "/policy-cycles"):
            assert CODE not in browser.look(path).text, (role, path)
        codes = [one["code"] for one in played.api(role, scope).get("/operations").json["items"]]
        assert CODE not in codes


def _pages_stand_at_its_clock(played: Site) -> None:
    # The days of the plan lie in the future: by the calendar nothing would be known yet.
    assert clock.now() < builders.BEFORE
    measured = played.api(Role.COORDINATOR).get(f"/operations/{CODE}/evaluation").json
    assert measured["reporting"]["received"] > 0
    found = played.api(Role.COORDINATOR).get(f"/exercises/{CODE}").json
    assert found["state"] == "done"
    assert found["evaluation"]["reporting"] == measured["reporting"]


def test_a_rehearsal_is_asked_for_over_the_api(site: Site) -> None:
    with site.work() as session:
        builders.operation(session, "draft", scenes.plan())
    api = site.api(Role.COORDINATOR)
    answer = api.post("/operations/EXAMPLE-2027/rehearsals", {"seed": 3}, Idempotency_Key="one")
    assert answer.status_int == 202
    assert answer.json["state"] == "running"
    again = api.post("/operations/EXAMPLE-2027/rehearsals", {}, Idempotency_Key="two")
    assert again.json["code"] == "rehearsal-running"
    page = site.browser(Role.COORDINATOR).look(f"/exercises/{CODE}")
    assert page.headers["Refresh"] == "2"
    assert "Events played" in page.text


def _texts(data: bytes) -> str:
    """Return all the text in a file, packed or not."""
    if not data.startswith(b"PK"):
        return data.decode("utf-8-sig")
    archive = zipfile.ZipFile(io.BytesIO(data))
    return " ".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
