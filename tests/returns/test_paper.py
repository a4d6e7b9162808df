"""Paper forms: codes that notice slips of the pen, a pile entered by keyboard, and the forms themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointops.kernel import clock
from jointops.kernel.errors import Invalid
from jointops.kernel.policy import Role
from jointops.operations import planindicators
from jointops.operations import service as operations
from jointops.returns import paper, service
from tests import builders
from tests.support.app import Site

sqlite = pytest.mark.database("sqlite")
PLAN = builders.plan()
DAYS = [None, *PLAN.period.days()]
CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PILE = "/operations/EXAMPLE-2027/returns/paper"


def read(code: str) -> paper.FormCode:
    return paper.read_form_code(PLAN, paper.version_of(code), code)


@given(
    st.sampled_from([unit.code for unit in PLAN.units()]),
    st.sampled_from(DAYS),
    st.integers(1, 1000),
    st.integers(0, 8),
    st.sampled_from(CHARACTERS),
)
def test_a_form_code_is_read_back_and_no_single_slip_of_the_pen_passes(
    unit: str, day: date | None, version: int, place: int, other: str
) -> None:
    code = paper.form_code(PLAN, version, unit, day)
    assert read(code.lower().replace("-", " ").replace("0", "o")) == paper.FormCode(unit, day, version)
    plain = code.replace("-", "")
    slips = [plain[:place] + other + plain[place + 1 :]]
    if place < 8:
        slips.append(plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :])
    for slip in slips:
        if slip != plain:
            with pytest.raises(Invalid):
                read(slip)
    with pytest.raises(Invalid):
        paper.read_form_code(replace(PLAN, code="OTHER-2027"), version, code)


def test_what_is_typed_is_read_in_sequence_and_every_slip_is_told() -> None:
    known, indicators = paper.fields(PLAN), planindicators.asked(PLAN)
    written = paper.read_entries("a1 12 d1 3,5 kg b1 4", known, indicators)
    assert [(each.indicator, each.quantity, each.unit) for each in written.values] == [
        ("persons-arrested", "12", None),
        ("cocaine-seized", "3.5", "kg"),
        ("firearms-seized", "4", None),
    ]
    assert paper.read_entries(" nil ", known, indicators).nil
    with pytest.raises(Invalid) as refused:
        paper.read_entries("7 A1 1 A1 2 Z9 5 B1 nil", known, indicators)
    codes = {problem.code for problem in refused.value.problems}
    assert codes == {"field-missing", "field-twice", "field-unknown", "quantity-missing", "nil-with-values"}


@pytest.fixture
def running(site: Site) -> Iterator[Site]:
    with clock.fixed(builders.DURING):
        with site.work() as session:
            builders.operation(session, "running")
        yield site


@sqlite
def test_a_pile_is_entered_form_after_form_and_one_is_taken_back(running: Site) -> None:
    browser = running.browser(Role.NATIONAL_COORDINATOR, "ES")
    first = paper.form_code(PLAN, 1, "ES-POLICE", date(2027, 5, 3))
    blank = paper.form_code(PLAN, 1, "ES-CUSTOMS", None)
    other = paper.form_code(PLAN, 1, "RS-POLICE", date(2027, 5, 3))

    assert browser.send(PILE, form=first, entries="A1 12 D1 3,5kg").status_int == 303
    assert browser.send(PILE, form=other, entries="A1 12").status_int == 403
    assert (
        "day"
        in browser.send(PILE, form=blank, entries="NIL").html.select_one(".govuk-error-summary").text.lower()
    )
    assert browser.send(PILE, form=blank, day="2027-05-04", entries="NIL").status_int == 303
    twice = browser.send(PILE, form=first, entries="A1 13")
    assert (twice.status_int, twice.html.find(id="reason") is not None) == (412, True)
    page = browser.look(PILE)
    assert [row.text for row in page.html.select("#pile tbody th")] == ["ES-CUSTOMS", "ES-POLICE"]
    undone = browser.send(PILE, action="undo", unit="ES-POLICE", day="2027-05-03", version="1")
    assert undone.status_int == 303
    with running.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        head = service.find_return(session, builders.COORDINATOR, operation, "ES-POLICE", date(2027, 5, 3))
        assert (head.withdrawn, head.revisions[0].source, head.revisions[0].on_behalf) == (
            True,
            "paper",
            True,
        )


@sqlite
def test_forms_of_a_country_come_as_one_pdf_in_the_readers_language(running: Site) -> None:
    browser = running.browser(Role.NATIONAL_COORDINATOR, "ES")
    answer = browser.look(f"{PILE}/forms?party=ES&day=2027-05-03")
    assert (answer.status_int, answer.content_type, answer.body[:5]) == (200, "application/pdf", b"%PDF-")
    assert running.browser(Role.AUDITOR).look(f"{PILE}/forms").status_int == 403
