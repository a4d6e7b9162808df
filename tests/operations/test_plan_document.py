"""The plan as a document: cover, contents, every section, and whether it is approved."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import pypdf
import pytest
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import plan_document, service
from jointops.operations.models import Operation
from jointops.operations.plandoc import PlanDocument
from jointops.reference.catalogue import catalogue
from jointops.rendering.document import Block, Document, Heading, Paragraph, Table
from jointops.rendering.pdf import render_pdf
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")


def report(session: Session, operation: Operation, locale: str = "en") -> Document:
    with clock.fixed(builders.DURING):
        version = service.latest_plan(session, operation)
        return plan_document.plan_report(session, operation, version, locale)


def pages(document: Document) -> list[str]:
    read = pypdf.PdfReader(io.BytesIO(render_pdf(document))).pages
    return [" ".join(page.extract_text().split()) for page in read]


def test_an_approved_plan_says_who_approved_exactly_which_version(session: Session) -> None:
    operation = builders.operation(session, "approved")
    document = report(session, operation)
    cover, contents, *others = pages(document)

    assert service.latest_plan(session, operation).sha256[:20] in cover
    assert "Approved by administrator" in cover
    assert document.watermark == ""
    for section in catalogue().plan_sections.values():
        assert section.labels["en"] in contents
    everything = " ".join(others)
    for word in (
        "Take firearms off the market",
        "at least 100",
        "ES-CUSTOMS",
        "Checks at the crossing point",
    ):
        assert word in everything, word
    assert f"Page 2 of {len(others) + 2}" in contents


def test_a_draft_says_so_on_every_page_in_the_language_of_the_reader(session: Session) -> None:
    operation = builders.operation(session)
    document = report(session, operation, "fr")
    assert document.watermark
    assert all(document.watermark in page for page in pages(document))
    assert any(isinstance(b, Heading) and b.text == "But et objectifs" for b in document.blocks)


def test_other_domains_add_to_a_section(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def pledges(
        _session: Session, _operation: Operation, plan: PlanDocument, locale: str
    ) -> dict[str, Sequence[Block]]:
        return {"resources": [Paragraph(f"Pledged for {plan.code} in {locale}")]}

    monkeypatch.setattr(plan_document, "_on_plan_document", [pledges])
    document = report(session, builders.operation(session))
    assert Paragraph("Pledged for EXAMPLE-2027 in en") in document.blocks


def test_every_list_of_the_sections_becomes_a_table(session: Session) -> None:
    document = report(session, builders.operation(session))
    columns = {
        column.title for block in document.blocks if isinstance(block, Table) for column in block.columns
    }
    assert {"Objective", "Indicator", "Task", "Reporting units"} <= columns


def test_the_plan_is_downloaded_from_its_page_and_over_the_api(site: Site) -> None:
    with site.work() as session:
        builders.operation(session, "consultation")
    page = site.browser(Role.COORDINATOR).look("/operations/EXAMPLE-2027")
    href = next(a["href"] for a in page.html.find_all("a") if "format=pdf" in a.get("href", ""))
    assert site.browser(Role.COORDINATOR).look(href).body.startswith(b"%PDF")
    answer = site.api(Role.REVIEWER).get("/operations/EXAMPLE-2027/plan/versions/1?format=docx")
    assert zipfile.ZipFile(io.BytesIO(answer.body)).testzip() is None
    assert "EXAMPLE-2027-plan-1.docx" in answer.headers["Content-Disposition"]
