"""Nothing on a page is left in English: the pages are walked in a made-up language that brackets what is translated.

What is neither in its brackets nor inside ``translate="no"`` (names, codes, numbers: data) is a text somebody forgot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

import pytest
from bs4 import BeautifulSoup, Comment, Doctype, NavigableString, Tag
from sqlalchemy.orm import Session
from webtest import TestResponse

from jointops.cycles import service as cycles
from jointops.evaluation import findings
from jointops.evaluation import service as evaluations
from jointops.evaluation.findings import AdoptionEntry, ObservationEntry, RecommendationEntry
from jointops.kernel import clock
from jointops.kernel.i18n import PSEUDO_LOCALE
from jointops.kernel.policy import Role
from jointops.operations.models import Operation
from jointops.operations.plandoc import Figure, Publication
from jointops.returns import service as returns
from jointops.returns.submission import Submission
from jointops.situation import service as situation
from tests import builders
from tests.builders import AFTER, COORDINATOR, DURING, FIRST_DAY, REVIEWER
from tests.situation.scenes import SECOND_DAY, hours, report, seizure
from tests.support.app import Browser, Site
from tests.support.databases import SqliteDatabases

RUNNING, OVER, DRAFT = "EXAMPLE-2027", "OVER-2027", "DRAFT-2027"
CYCLE = "EMPACT-2026-2029"
ADMINISTRATOR, COORDINATION, REVIEW, AUDIT = Role.ADMINISTRATOR, Role.COORDINATOR, Role.REVIEWER, Role.AUDITOR
NATIONAL, REPORTER = Role.NATIONAL_COORDINATOR, Role.REPORTER
SCOPES = {NATIONAL: "ES", REPORTER: "ES-POLICE"}


@dataclass(frozen=True)
class Visit:
    """One page as somebody sees it; with ``sent``, the page that refuses what was sent."""

    role: Role | None
    path: str
    at: datetime = DURING
    sent: tuple[tuple[str, str], ...] | None = field(default=None)
    status: int = 200

    def __str__(self) -> str:
        moment = " afterwards" if self.at == AFTER else ""
        sent = "" if self.sent is None else f" with {dict(self.sent)}"
        return f"{self.role or 'nobody'}{moment}: {self.path}{sent}"


def operation_pages(role: Role, code: str, at: datetime, *paths: str) -> list[Visit]:
    """Return the visits of ``role`` to pages of one operation."""
    return [Visit(role, f"/operations/{code}{path}", at) for path in paths]


READ = (
    "", "/plan/versions", "/plan/versions/1", "/plan/compare", "/tasks", "/tasks/T1", "/returns",
    "/returns/ES-POLICE/2027-05-03", "/returns/ES-BORDER/2027-05-03", "/returns/RS-POLICE/2027-05-03",
    "/returns/ES-POLICE/2027-05-04", "/situation", "/situation?day=2027-05-03", "/evaluation",
    "/situation?as_known_at=2027-05-03T19:00&status=accepted&indicator=firearms-seized",
    "/figures?indicator=firearms-seized&status=provisional", "/figures?indicator=cocaine-seized",
)  # fmt: skip
REPORT = (
    "/returns/ES-POLICE/2027-05-03/edit", "/returns/ES-POLICE/2027-05-04/edit", "/returns/upload",
)  # fmt: skip
PLAN = ("/plan/basics", "/plan/participants", "/plan/texts", "/plan/source")
FINDINGS = (
    "/evaluation/summary", "/evaluation/observations", "/evaluation/recommendations",
    "/evaluation/recommendations/R1", "/evaluation/recommendations/R1/decision",
)  # fmt: skip

VISITS = [
    Visit(None, "/sign-in"),
    Visit(None, "/sign-in", sent=(("email", "x"), ("password", "y")), status=422),
    *(Visit(role, path) for role in Role for path in ("/", "/account", "/operations", "/policy-cycles")),
    Visit(ADMINISTRATOR, "/nowhere", status=404),
    Visit(ADMINISTRATOR, "/audit"),
    Visit(ADMINISTRATOR, "/audit?action=nothing"),
    Visit(ADMINISTRATOR, "/api/v1/docs"),
    Visit(REPORTER, "/audit", status=403),
    Visit(ADMINISTRATOR, f"/policy-cycles/{CYCLE}"),
    Visit(ADMINISTRATOR, f"/policy-cycles/{CYCLE}?state=completed"),
    Visit(ADMINISTRATOR, f"/policy-cycles/{CYCLE}/actions/new"),
    Visit(ADMINISTRATOR, f"/policy-cycles/{CYCLE}/actions/new", sent=(), status=422),
    Visit(ADMINISTRATOR, f"/policy-cycles/{CYCLE}/actions/OA-1"),
    Visit(COORDINATION, "/operations/new"),
    Visit(COORDINATION, "/operations/new/template", sent=(), status=422),
    Visit(COORDINATION, "/operations/new/copy", sent=(), status=422),
    Visit(COORDINATION, "/operations/new/file", sent=(), status=422),
    Visit(NATIONAL, f"/operations/{RUNNING}/participants/ES"),
    Visit(NATIONAL, f"/operations/{RUNNING}/participants/ES", sent=(), status=422),
    *(visit for role in Role for visit in operation_pages(role, RUNNING, DURING, *READ)),
    *operation_pages(REPORTER, RUNNING, DURING, *REPORT),
    Visit(REPORTER, f"/operations/{RUNNING}/returns/ES-POLICE/2027-05-04/edit", sent=(), status=422),
    Visit(REPORTER, f"/operations/{RUNNING}/returns/upload", sent=(), status=422),
    Visit(NATIONAL, f"/operations/{RUNNING}/returns/review", sent=(), status=422),
    Visit(COORDINATION, f"/operations/{RUNNING}/returns/review", sent=(), status=422),
    *operation_pages(COORDINATION, RUNNING, DURING, "/tasks/new", "/tasks/T1/edit", *PLAN),
    Visit(COORDINATION, f"/operations/{RUNNING}/tasks/new", sent=(), status=422),
    *(visit for code in (RUNNING, DRAFT) for visit in operation_pages(COORDINATION, code, DURING, *PLAN)),
    *operation_pages(COORDINATION, DRAFT, DURING, "", "/tasks", "/returns", "/situation", "/evaluation"),
    *(
        visit
        for role in (COORDINATION, REVIEW, REPORTER)
        for visit in operation_pages(role, OVER, AFTER, "", "/tasks", "/returns", "/situation", "/evaluation")
    ),
    *operation_pages(COORDINATION, OVER, AFTER, *FINDINGS[1:4]),
    *operation_pages(REVIEW, OVER, AFTER, FINDINGS[4]),
    *operation_pages(COORDINATION, RUNNING, AFTER, FINDINGS[0]),
    Visit(COORDINATION, f"/operations/{OVER}/evaluation/observations", AFTER, sent=(), status=422),
    Visit(COORDINATION, f"/operations/{OVER}/evaluation/recommendations", AFTER, sent=(), status=422),
]  # fmt: skip

NOT_PAGES = {
    "healthz", "readyz", "metrics", "api.openapi", "operation.plan.file", "returns.template",
}  # fmt: skip
"""Routes whose answers are for programs or files."""


class Walk:
    """One application with something on every page, and one browser of each role and time."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.work() as session:
            furnish(session)

    @cache  # noqa: B019  (one walk, gone with the module)
    def browser(self, role: Role | None, _at: datetime) -> Browser:
        browser = self.site.browser(role, SCOPES.get(role) if role else None)
        browser.set_cookie("lang", PSEUDO_LOCALE)
        return browser

    def see(self, visit: Visit) -> TestResponse:
        with clock.fixed(visit.at):
            browser = self.browser(visit.role, visit.at)
            if visit.sent is None:
                return browser.look(visit.path)
            if visit.role is None:
                form = browser.get(visit.path).form
                for name, value in visit.sent:
                    form[name] = value
                return form.submit(expect_errors=True)
            return browser.send(visit.path, **dict(visit.sent))


def furnish(session: Session) -> None:
    """Make what the pages show: operations in three states, returns of every kind, tasks, findings, a cycle."""
    with clock.fixed(builders.BEFORE):
        cycles.seed(session, builders.ADMINISTRATOR)
        cycle = cycles.find(session, REVIEWER, CYCLE)
        cycles.propose_action(session, REVIEWER, cycle, title="Share what was learnt", leader="ES")
    builders.operation(session, code=DRAFT)
    running = builders.operation(session, "running", code=RUNNING)
    report_everything(session, running)
    with clock.fixed(hours(8)):
        situation.freeze_report(session, COORDINATOR, running, FIRST_DAY)
    told = Publication(
        code="press", by="Europol", published=date(2027, 5, 9), known_at=hours(24),
        figures=(Figure(indicator="persons-arrested", quantity="20"),),
    )  # fmt: skip
    over = builders.operation(session, "running", builders.plan(OVER, publications=(told,)))
    report_everything(session, over)
    with clock.fixed(AFTER):
        observed = ObservationEntry(kind="strength", text="The channel was quick.", capability="cooperation")
        findings.observe(session, COORDINATOR, over, observed)
        for title in ("Agree on units", "Meet every morning"):
            advice = RecommendationEntry(
                title=title, owner="Spain", due_on=date(2027, 9, 1), observation="S1"
            )
            findings.recommend(session, COORDINATOR, over, advice)
        findings.adopt(session, REVIEWER, over, "R2", AdoptionEntry(cycle=CYCLE))
        evaluations.transition(session, COORDINATOR, over, "in-review")


def report_everything(session: Session, operation: Operation) -> None:
    """Record returns that are accepted, sent back, corrected, joint, nil, late and drafts, and a permit."""
    report(
        session, operation, "ES-POLICE", [("persons-arrested", "17"), ("persons-arrested", "5", "firearms")]
    )
    report(
        session, operation, "ES-CUSTOMS", [("firearms-seized", "60")], when=hours(5), accepted=True,
        incidents=[seizure("ES-1", "3", joint_with=["RS-POLICE"])],
    )  # fmt: skip
    report(
        session, operation, "RS-POLICE", [("firearms-seized", "1")],
        incidents=[seizure("ES-1", "3", joint_with=["ES-CUSTOMS"])],
    )  # fmt: skip
    report(session, operation, "ES-BORDER", nil=True)
    report(
        session, operation, "RS-POLICE", [("firearms-seized", "2")], when=hours(5.5), reason="Counted again"
    )
    with clock.fixed(hours(6)):
        returns.send_back(session, COORDINATOR, operation, "ES-POLICE", FIRST_DAY, question="Is 17 right?")
        draft = Submission(narrative="To be continued", submit=False)
        returns.submit(session, builders.reporter("ES-POLICE"), operation, "ES-POLICE", SECOND_DAY, draft)
        returns.grant_permit(
            session,
            COORDINATOR,
            operation,
            "ES-POLICE",
            FIRST_DAY,
            reason="They were at sea",
            expires_at=AFTER,
        )


@pytest.fixture(scope="module")
def walk(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with sqlite_databases.migrated() as url:
        walk = Walk(Site(url, tmp_path_factory.mktemp("untranslated")))
        yield walk
        walk.site.close()


@pytest.mark.parametrize("visit", VISITS, ids=str)
def test_a_page_says_nothing_that_is_not_translated(walk: Walk, visit: Visit) -> None:
    answer = walk.see(visit)

    assert answer.status_int == visit.status
    assert untranslated(answer.html) == []


def test_every_page_is_visited(walk: Walk) -> None:
    introspector = walk.site.application.registry.introspector
    pages = {
        view["introspectable"]["route_name"]
        for view in introspector.get_category("views")
        if view["introspectable"].get("request_methods") == "GET"
    }
    wanted = {
        name
        for name in pages
        if name and not name.startswith(("api:", "__static/")) and name not in NOT_PAGES
    }
    mapper = walk.site.application.routes_mapper
    visited = {_route_of(mapper, visit.path) for visit in VISITS}

    assert sorted(wanted - visited) == []


# --- What is found ------------------------------------------------------------------------------------------------


def test_the_finder_finds_texts_and_attributes() -> None:
    page = BeautifulSoup(
        "<html><head><title>⟦Day⟧ – jointops</title></head>"
        "<body><p>Forgotten 12</p><p>⟦Known⟧ · 12 – <b>⟦a ⟦b⟧⟧</b></p>"
        '<p translate="no">ES-POLICE</p><a aria-label="Forgotten too">⟦x⟧</a><input type="submit" value="Go">'
        '<input type="text" value="typed"><img alt="⟦Chart⟧"><button data-copied="Copied">⟦x⟧</button></body></html>',
        "html.parser",
    )

    assert untranslated(page) == [
        "Forgotten 12",
        "a aria-label: Forgotten too",
        "input value: Go",
        "button data-copied: Copied",
    ]


SHOWN_ATTRIBUTES = (
    "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "title", "placeholder", "alt", "label",
    "data-label", "data-copied", "data-busy", "data-failed", "data-count-text", "data-unsaved", "data-message",
)  # fmt: skip
BRACKETED = re.compile("⟦[^⟦⟧]*⟧")
LETTER = re.compile(r"[^\W\d_]")


def untranslated(page: BeautifulSoup) -> list[str]:
    """Return the texts of a page, visible or read aloud, that are neither translated nor data, in their order."""
    found = []
    for node in page.descendants:
        if isinstance(node, Tag):
            found += [
                f"{node.name} {name}: {value}" for name, value in _shown(node) if not _excused(node, value)
            ]
        elif isinstance(node, NavigableString) and not isinstance(node, Comment | Doctype):
            parent = node.parent
            if (
                parent is not None
                and parent.name not in ("script", "style")
                and not _excused(parent, str(node))
            ):
                found.append(" ".join(str(node).split()))
    return found


def _shown(tag: Tag) -> Iterator[tuple[str, str]]:
    for name in SHOWN_ATTRIBUTES:
        if name in tag.attrs:
            yield name, str(tag[name])
    if tag.name == "input" and tag.get("type") in ("submit", "button", "reset"):
        yield "value", str(tag.get("value", ""))


def _excused(tag: Tag, text: str) -> bool:
    return not LETTER.search(_without_translated(text)) or _is_data(tag)


def _without_translated(text: str) -> str:
    text = text.removesuffix(" – jointops")
    while (shorter := BRACKETED.sub("", text)) != text:
        text = shorter
    return text


def _is_data(tag: Tag) -> bool:
    chain: list[Any] = [tag, *tag.parents]
    nearest = next((each for each in chain if isinstance(each, Tag) and each.get("translate")), None)
    return nearest is not None and nearest["translate"] == "no"


def _route_of(mapper: Any, path: str) -> str | None:
    from pyramid.request import Request

    match = mapper(Request.blank(path))
    return match["route"].name if match["route"] else None
