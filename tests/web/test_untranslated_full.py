"""Nothing on a page is left in English when the page is full, or refuses what was sent.

``test_untranslated.py`` looks at every address as everybody, in an operation that has only begun. Here are pages of
operations in three states with returns, questions, corrections, joint results, reports and findings in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache

import pytest
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
from tests.support.pages import untranslated

BRAND = " – jointops"
RUNNING, OVER, DRAFT = "EXAMPLE-2027", "OVER-2027", "DRAFT-2027"
CYCLE = "EMPACT-2026-2029"
ADMINISTRATOR, COORDINATION, REVIEW = Role.ADMINISTRATOR, Role.COORDINATOR, Role.REVIEWER
NATIONAL, REPORTER = Role.NATIONAL_COORDINATOR, Role.REPORTER
SCOPES = {NATIONAL: "ES", REPORTER: "ES-POLICE"}


@dataclass(frozen=True)
class Visit:
    """One page as somebody sees it; with ``sent``, the page that refuses what was sent."""

    role: Role | None
    path: str
    at: datetime = DURING
    sent: tuple[tuple[str, str], ...] | None = None
    status: int = 200

    def __str__(self) -> str:
        moment = " afterwards" if self.at == AFTER else ""
        sent = "" if self.sent is None else f" with {dict(self.sent)}"
        return f"{self.role or 'nobody'}{moment}: {self.path}{sent}"


def operation_pages(role: Role, code: str, at: datetime, *paths: str) -> list[Visit]:
    """Return the visits of ``role`` to pages of one operation."""
    return [Visit(role, f"/operations/{code}{path}", at) for path in paths]


READ = (
    "", "/plan/versions", "/tasks", "/tasks/T1", "/returns", "/returns/ES-POLICE/2027-05-03", "/evaluation",
    "/situation?day=2027-05-03",
    "/situation?as_known_at=2027-05-03T19:00&status=accepted&indicator=firearms-seized",
    "/figures?indicator=firearms-seized&status=provisional",
)  # fmt: skip
RETURNS = (
    "/returns/ES-CUSTOMS/2027-05-03", "/returns/ES-BORDER/2027-05-03", "/returns/RS-POLICE/2027-05-03",
    "/returns/ES-POLICE/2027-05-04", "/returns/RS-POLICE/2027-05-03?revision=1",
)  # fmt: skip
EDIT = ("/returns/ES-POLICE/2027-05-03/edit", "/returns/ES-POLICE/2027-05-04/edit")
PLAN = (
    "/plan/sections/general", "/plan/sections/objectives", "/plan/sections/participants", "/plan/source",
)  # fmt: skip
REFUSED: tuple[tuple[str, str], ...] = ()
"""A form sent with nothing in it."""

VISITS = [
    Visit(None, "/sign-in", sent=(("email", "x"), ("password", "y")), status=422),
    *(Visit(role, "/", at) for role in Role for at in (DURING, AFTER)),
    Visit(ADMINISTRATOR, "/audit"),
    Visit(ADMINISTRATOR, "/audit?action=nothing"),
    Visit(REVIEW, f"/policy-cycles/{CYCLE}"),
    Visit(REVIEW, f"/policy-cycles/{CYCLE}?state=completed"),
    Visit(REVIEW, f"/policy-cycles/{CYCLE}/actions/new", sent=REFUSED, status=422),
    Visit(COORDINATION, "/operations"),
    *(
        Visit(COORDINATION, f"/operations/new/{way}", sent=REFUSED, status=422)
        for way in ("template", "copy", "file")
    ),
    Visit(NATIONAL, f"/operations/{RUNNING}/participants/ES", sent=REFUSED, status=422),
    *(visit for role in (REPORTER, COORDINATION) for visit in operation_pages(role, RUNNING, DURING, *READ)),
    *operation_pages(COORDINATION, RUNNING, DURING, *RETURNS),
    *operation_pages(REPORTER, RUNNING, DURING, *EDIT),
    Visit(REPORTER, f"/operations/{RUNNING}/returns/ES-POLICE/2027-05-04/edit", sent=REFUSED, status=422),
    Visit(REPORTER, f"/operations/{RUNNING}/returns/upload", sent=REFUSED, status=422),
    Visit(NATIONAL, f"/operations/{RUNNING}/returns/review", sent=REFUSED, status=422),
    Visit(COORDINATION, f"/operations/{RUNNING}/tasks/new", sent=REFUSED, status=422),
    *operation_pages(
        COORDINATION, DRAFT, DURING, "", "/tasks", "/returns", "/situation", "/evaluation", *PLAN
    ),
    Visit(
        COORDINATION,
        f"/operations/{DRAFT}/plan/source",
        sent=(("version", "1"), ("plan", "title: [")),
        status=422,
    ),
    *(
        visit
        for role in (COORDINATION, REVIEW)
        for visit in operation_pages(role, OVER, AFTER, "", "/tasks", "/returns", "/situation", "/evaluation")
    ),
    *operation_pages(REVIEW, OVER, AFTER, "/evaluation/recommendations/R1/decision"),
    Visit(COORDINATION, f"/operations/{OVER}/evaluation/observations", AFTER, sent=REFUSED, status=422),
    Visit(COORDINATION, f"/operations/{OVER}/evaluation/recommendations", AFTER, sent=REFUSED, status=409),
]


class Scenes:
    """One application with something on every page, and one browser of each role and time."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.work() as session:
            furnish(session)

    @cache  # noqa: B019  (one of them, gone with the module)
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
        figures=(Figure(indicator="persons-arrested", quantity=Decimal(20)),),
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
def scenes(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    with sqlite_databases.migrated() as url:
        scenes = Scenes(Site(url, tmp_path_factory.mktemp("untranslated")))
        yield scenes
        scenes.site.close()


@pytest.mark.parametrize("visit", VISITS, ids=str)
def test_a_page_says_nothing_that_is_not_translated(scenes: Scenes, visit: Visit) -> None:
    answer = scenes.see(visit)

    assert answer.status_int == visit.status
    assert untranslated(answer.text.replace(BRAND, "")) == []
