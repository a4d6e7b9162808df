"""Task orders: one page for a unit, all units in one file, and on the page where tasks are."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import time

import pypdf
import pytest
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.errors import NotFound
from jointops.kernel.policy import Role
from jointops.operations.models import Operation
from jointops.operations.plandoc import Contact, Coordination, Hours, Place
from jointops.rendering.document import Document
from jointops.rendering.pdf import render_pdf
from jointops.tasks import orders
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")


def operation(session: Session, tasks: int) -> Operation:
    whole = builders.plan()
    task = replace(
        whole.tasks[0],
        description={"en": "Stop and check lorries from the ferry. " * 8},
        hours=Hours(since=time(6), until=time(14)),
        place=Place(kind="seaport", name="Port of Algeciras", country="ES"),
        mandatory=True,
        lead="ES-BORDER",
    )
    return builders.operation(
        session,
        "running",
        tasks=tuple(replace(task, code=f"T{n}") for n in range(1, tasks + 1)),
        coordination=Coordination(centre={"en": "Coordination centre"}, place="Madrid", country="ES"),
        contacts=(Contact(party="ES", role="duty-officer", office="Duty office", reach="+34 000"),),
    )


def pages(document: Document) -> list[str]:
    read = pypdf.PdfReader(io.BytesIO(render_pdf(document))).pages
    return [" ".join(page.extract_text().split()) for page in read]


def test_the_order_of_a_usual_unit_is_one_page_with_all_it_needs(session: Session) -> None:
    found = operation(session, 12)
    with clock.fixed(builders.DURING):
        document = orders.order_of(session, builders.COORDINATOR, found, "ES-BORDER", "en")
    (page,) = pages(document)
    for word in (
        "T12 !",
        "06:00–14:00",
        "Seaport, Port of",
        "ES-BORDER (leads), RS-POLICE",
        "Madrid",
        "+34 000",
        "20:00 on the same day",
        "proportionate",
    ):
        assert word in page, word


def test_a_longer_order_goes_on_with_its_heading_and_each_unit_begins_on_a_page(session: Session) -> None:
    found = operation(session, 40)
    with clock.fixed(builders.DURING):
        document = orders.orders_of(session, builders.COORDINATOR, found, "en")
    shown = pages(document)
    border = [page for page in shown if page.startswith("EXAMPLE-2027 · Task order: Spain, Border guard")]
    assert len(border) > 1
    assert all("When Task Where" in page for page in border)
    assert sum("No task is given to this unit." in page for page in shown) == 2
    with pytest.raises(NotFound):
        orders.order_of(session, builders.COORDINATOR, found, "FR-POLICE", "en")


def test_orders_are_fetched_from_the_tasks_and_over_the_api(site: Site) -> None:
    with site.work() as session:
        operation(session, 2)
    browser = site.browser(Role.NATIONAL_COORDINATOR, "ES")
    form = (
        browser.look("/operations/EXAMPLE-2027/tasks")
        .html.find("select", id="order-unit")
        .find_parent("form")
    )
    answer = browser.look(f"{form['action']}?unit=ES-BORDER&format=docx")
    assert zipfile.ZipFile(io.BytesIO(answer.body)).testzip() is None
    got = site.api(Role.REPORTER, "ES-BORDER").get("/operations/EXAMPLE-2027/units/ES-BORDER/order")
    assert got.body.startswith(b"%PDF")
