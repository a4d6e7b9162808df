"""The pages of returns, as a browser without script meets them: lists, review, one return, files, the first page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, func, select

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.rendering.spreadsheet import (
    SheetColumn,
    Workbook,
    read_csv,
    read_sheets,
    read_tokens,
    write_csv,
)
from jointops.returns import service
from jointops.returns.models import Return, ReturnState, Revision
from jointops.returns.submission import from_data
from tests import builders
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

RETURNS = "/operations/EXAMPLE-2027/returns"
MONDAY = builders.FIRST_DAY
RETURN = f"{RETURNS}/ES-POLICE/2027-05-03"
ARRESTS: Mapping[str, Any] = {"values": [{"indicator": "persons-arrested", "quantity": "17"}]}


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


def sent(site: Site, unit: str = "ES-POLICE", day: date = MONDAY, data: Mapping[str, Any] = ARRESTS) -> None:
    """Have a unit's own reporter submit a return."""
    with site.work() as session:
        actor = builders.reporter(unit)
        operation = operations.find(session, actor, "EXAMPLE-2027")
        service.submit(session, actor, operation, unit, day, from_data(data))


def stepped(site: Site, step: str, unit: str = "ES-POLICE", day: date = MONDAY, **more: str) -> None:
    """Take a step of the review."""
    with site.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        getattr(service, step)(session, builders.COORDINATOR, operation, unit, day, **more)


def state(site: Site, unit: str = "ES-POLICE", day: date = MONDAY) -> ReturnState | None:
    with site.work() as session:
        operation = operations.find(session, builders.COORDINATOR, "EXAMPLE-2027")
        found = service.list_returns(session, builders.COORDINATOR, operation, unit=unit, day=day)
        return found[0].state if found else None


def reporter(site: Site) -> Browser:
    return site.browser(Role.REPORTER, "ES-POLICE")


# --- Lists -----------------------------------------------------------------------------------------------------------


def test_a_unit_sees_what_is_asked_of_it(running: Site) -> None:
    page = reporter(running).look(RETURNS)
    tasks = [item.text for item in page.html.select(".jo-todo__link")]
    assert tasks == [
        "Fill in the return for Tuesday 4 May 2027",
        "The return for Monday 3 May 2027 is overdue: fill it in",
    ]
    assert page.html.select_one("#own-table") is not None
    assert page.html.select_one("#all-table") is None
    assert "RS-POLICE" not in page.text


def test_days_long_past_are_counted(running: Site) -> None:
    with clock.fixed(clock.parse_iso("2027-05-12T12:00:00Z")):
        items = running.browser(Role.REPORTER, "ES-POLICE").look(RETURNS).html.select(".jo-todo__item")
    assert len(items) == 4
    assert items[-1].select_one(".jo-count").text == "2"
    assert items[-1].a["href"] == "#own"


def test_what_was_sent_back_comes_first(running: Site) -> None:
    sent(running)
    stepped(running, "send_back", question="All 17?")
    first = reporter(running).look(RETURNS).html.select_one(".jo-todo__link")
    assert first.text == "Answer the question about Monday 3 May 2027"
    assert first["href"].endswith("/returns/ES-POLICE/2027-05-03")


def test_a_coordinator_sees_every_unit_and_filters_them(running: Site) -> None:
    sent(running)
    sent(running, "RS-POLICE")
    centre = running.browser(Role.COORDINATOR)
    everything = centre.look(RETURNS)
    # Four units on two days that have begun.
    assert len(everything.html.select("#all-table tbody tr")) == 8
    serbian = centre.look(f"{RETURNS}?party=RS&day=2027-05-03&state=submitted")
    assert [
        row.select_one("td.jo-nowrap, td:nth-of-type(2)").text.split()[0]
        for row in serbian.html.select("#all-table tbody tr")
    ] == ["RS-POLICE"]
    missing = centre.look(f"{RETURNS}?state=missing")
    assert len(missing.html.select("#all-table tbody tr")) == 2
    assert centre.look(f"{RETURNS}?state=nonsense&day=x&page=9999999").status_int == 200


def test_a_national_coordinator_sees_the_own_country_only(running: Site) -> None:
    sent(running)
    page = running.browser(Role.NATIONAL_COORDINATOR, "RS").look(RETURNS)
    assert "RS-POLICE" in page.text
    assert "ES-POLICE" not in page.text


def test_an_operation_that_is_not_open_is_not_found(running: Site) -> None:
    assert running.browser(Role.REPORTER, "FR-POLICE").look(RETURNS).status_int == 404


def test_a_long_list_needs_no_more_queries(running: Site) -> None:
    def queries() -> int:
        statements: list[str] = []
        engine = running.application.registry["engine"]

        def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            statements.append(statement)

        centre = running.browser(Role.COORDINATOR)
        centre.look(RETURNS)
        event.listen(engine, "before_cursor_execute", count)
        try:
            assert centre.look(RETURNS).status_int == 200
        finally:
            event.remove(engine, "before_cursor_execute", count)
        return len(statements)

    sent(running)
    few = queries()
    for unit in ("ES-CUSTOMS", "ES-BORDER", "RS-POLICE"):
        for day in (MONDAY, date(2027, 5, 4)):
            sent(running, unit, day)
    assert queries() == few


def test_the_first_page_says_what_waits(running: Site) -> None:
    assert "Send the overdue returns for EXAMPLE-2027" in reporter(running).look("/").text
    sent(running)
    assert "Verify returns of EXAMPLE-2027" in running.browser(Role.NATIONAL_COORDINATOR, "ES").look("/").text
    assert (
        "Verify returns of EXAMPLE-2027"
        not in running.browser(Role.NATIONAL_COORDINATOR, "RS").look("/").text
    )
    stepped(running, "verify")
    assert "Accept returns of EXAMPLE-2027" in running.browser(Role.COORDINATOR).look("/").text


# --- Reviewing many --------------------------------------------------------------------------------------------------


def test_ticked_returns_are_verified_after_a_confirmation(running: Site) -> None:
    sent(running)
    sent(running, "ES-CUSTOMS")
    national = running.browser(Role.NATIONAL_COORDINATOR, "ES")
    form = national.look(f"{RETURNS}?state=submitted").forms
    ticks = next(one for one in form.values() if "return" in one.fields)
    for box in ticks.fields["return"]:
        box.checked = True
    asked = ticks.submit("step", value="verified")
    assert "2 returns will be verified" in asked.text
    assert state(running) is ReturnState.SUBMITTED
    confirm = next(one for one in asked.forms.values() if "confirmed" in one.fields)
    done = confirm.submit()
    assert "2 returns are verified" in done.text
    assert (state(running), state(running, "ES-CUSTOMS")) == (ReturnState.VERIFIED, ReturnState.VERIFIED)


def test_a_refused_one_is_named_and_holds_up_no_other(running: Site) -> None:
    sent(running)
    sent(running, "RS-POLICE")
    national = running.browser(Role.NATIONAL_COORDINATOR, "ES")
    fields = [
        ("csrf_token", national.csrf_token()),
        ("step", "verified"),
        ("confirmed", "1"),
        ("return", "ES-POLICE/2027-05-03"),
        ("return", "RS-POLICE/2027-05-03"),
        ("return", "ES-CUSTOMS/2027-05-03"),
    ]
    page = national.post(f"{RETURNS}/review", fields, expect_errors=True)
    assert "1 return is verified" in page.text
    assert [code.text for code in page.html.select("#refused .jo-code")] == ["not-allowed", "return-unknown"]
    assert (state(running), state(running, "RS-POLICE")) == (ReturnState.VERIFIED, ReturnState.SUBMITTED)


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"step": "verified"}, "nothing-ticked"),
        ({"step": "verified", "return": "ES-POLICE/yesterday"}, "nothing-ticked"),
        ({"step": "published", "return": "ES-POLICE/2027-05-03"}, "step-unknown"),
    ],
)
def test_a_review_of_nothing_is_refused(running: Site, fields: dict[str, str], code: str) -> None:
    page = running.browser(Role.COORDINATOR).send(f"{RETURNS}/review", **fields)
    assert (page.status_int, code in page.text) == (422, True)


# --- One return ------------------------------------------------------------------------------------------------------


def test_no_return_is_not_shown_as_a_nil_return(running: Site) -> None:
    page = reporter(running).look(RETURN)
    assert "There is no return yet" in page.text
    assert page.html.find("a", href=f"{RETURN}/edit").text.strip() == "Fill in"
    sent(running, data={"nil": True})
    assert "A nil return" in reporter(running).look(RETURN).text


def test_a_return_shows_its_figures_and_what_its_parts_leave_over(running: Site) -> None:
    values = [
        {"indicator": "persons-arrested", "quantity": "17"},
        {"indicator": "persons-arrested", "category": "firearms", "quantity": "5"},
        {"indicator": "cocaine-seized", "quantity": "1500", "unit": "g"},
    ]
    sent(running, data={"values": values, "narrative": "Two teams.\n\nThree checks."})
    page = reporter(running).look(RETURN)
    rows = [" ".join(row.text.split()) for row in page.html.select("#figures tbody tr")]
    assert rows == [
        "Persons arrested 17 persons",
        "Persons arrested: of which Illicit firearms 5 persons",
        "Persons arrested: not specified 12 persons",
        "Cocaine seized 1,500 g = 1.5 kg",
    ]
    assert "Three checks." in page.text
    assert page.html.select_one(".jo-receipt__hash").text in _receipt(running)


def test_a_joint_result_names_who_claims_it_and_where_it_counts(running: Site) -> None:
    claim = {"reference": "ES-RS-1", "indicator": "firearms-seized", "quantity": "3"}
    sent(running, data={"incidents": [claim | {"joint_with": ["RS-POLICE"]}]})
    sent(running, "RS-POLICE", data={"incidents": [claim | {"joint_with": ["ES-POLICE"]}]})
    row = (
        running.browser(Role.REPORTER, "RS-POLICE")
        .look(f"{RETURNS}/RS-POLICE/2027-05-03")
        .html.select_one("#incidents tbody tr")
    )
    text = " ".join(row.text.split())
    assert "also reported by ES-POLICE" in text
    assert "counted once, as reported by ES-POLICE" in text


def test_revisions_are_compared_figure_by_figure(running: Site) -> None:
    sent(running)
    changed = {"values": [{"indicator": "persons-arrested", "quantity": "18"}], "reason": "Recount"}
    sent(running, data=changed)
    page = reporter(running).look(RETURN)
    change = page.html.select_one("#changes tbody tr")
    assert (change.find("del").text, change.find("ins").text) == ("17\u00a0persons", "18\u00a0persons")
    assert "Recount" in page.html.select_one("#history").text
    earlier = reporter(running).look(f"{RETURN}?revision=1")
    assert "This is an earlier revision" in earlier.text
    assert reporter(running).look(f"{RETURN}?revision=9&compare=x").status_int == 200


def test_on_behalf_of_the_unit_is_said(running: Site) -> None:
    with running.work() as session:
        national = builders.national("ES")
        operation = operations.find(session, national, "EXAMPLE-2027")
        service.submit(session, national, operation, "ES-POLICE", MONDAY, from_data(ARRESTS))
    assert "on behalf of the unit" in reporter(running).look(RETURN).text


def test_a_question_is_answered_on_the_page(running: Site) -> None:
    sent(running)
    national = running.browser(Role.NATIONAL_COORDINATOR, "ES")
    step = f"{RETURN}/steps"
    empty = national.send(step, to="sent-back", question=" ")
    assert empty.status_int == 422
    assert empty.html.select_one("#question-error") is not None
    assert national.send(step, to="sent-back", question="All 17?", pointer="/values/0").status_int == 303
    page = reporter(running).look(RETURN)
    assert "Persons arrested" in page.html.select_one(".jo-panel--warn").text
    silent = reporter(running).send(step, to="answered", text="")
    assert silent.html.select_one("#text-error") is not None
    assert reporter(running).send(step, to="answered", text="Yes.").status_int == 303
    assert state(running) is ReturnState.SUBMITTED
    assert "Yes." in reporter(running).look(RETURN).html.select_one("#history").text


def test_a_return_is_verified_and_accepted_on_its_page(running: Site) -> None:
    sent(running)
    national = running.browser(Role.NATIONAL_COORDINATOR, "ES")
    assert national.look(RETURN).html.find("button", {"value": "verified"}) is not None
    assert national.send(f"{RETURN}/steps", to="verified", version="1").status_int == 303
    centre = running.browser(Role.COORDINATOR)
    stale = centre.send(f"{RETURN}/steps", to="accepted", version="1")
    assert stale.status_int == 412
    assert state(running) is ReturnState.VERIFIED
    assert centre.send(f"{RETURN}/steps", to="accepted", version="2").status_int == 303
    assert state(running) is ReturnState.ACCEPTED
    again = centre.send(f"{RETURN}/steps", to="accepted")
    assert (again.status_int, "return-not-verified" in again.text) == (409, False)
    assert "not waiting to be accepted" in again.text


def test_steps_are_refused_to_whom_they_are_not_for(running: Site) -> None:
    sent(running)
    step = f"{RETURN}/steps"
    assert reporter(running).send(step, to="verified").status_int == 403
    assert running.browser(Role.NATIONAL_COORDINATOR, "RS").send(step, to="verified").status_int == 403
    assert running.browser(Role.NATIONAL_COORDINATOR, "ES").send(step, to="accepted").status_int == 403
    assert running.browser(Role.COORDINATOR).send(step, to="lost").status_int == 422
    assert running.browser(Role.AUDITOR).look(RETURN).html.find("button", {"name": "to"}) is None


@pytest.mark.parametrize(
    "path", ["ES-POLICE/2027-02-30", "ES-POLICE/20270503", "XX-POLICE/2027-05-03", "ES-POLICE/2026-05-03"]
)
def test_what_does_not_exist_is_not_found(running: Site, path: str) -> None:
    assert running.browser(Role.COORDINATOR).look(f"{RETURNS}/{path}").status_int == 404


def test_a_permit_is_given_and_shown(running: Site) -> None:
    centre = running.browser(Role.COORDINATOR)
    address = f"{RETURN}/permits"
    assert centre.send(address, reason="Laboratory", expires_at="soon").html.select_one("#expires_at-error")
    assert centre.send(address, reason="", expires_at="2027-07-01T12:00").html.select_one("#reason-error")
    assert centre.send(address, reason="Laboratory", expires_at="2027-07-01T12:00").status_int == 303
    assert "1 Jul 2027, 12:00" in centre.look(RETURN).html.select_one("#permits").text
    refused = running.browser(Role.NATIONAL_COORDINATOR, "ES").send(
        address, reason="x", expires_at="2027-07-01T12:00"
    )
    assert refused.status_int == 403


# --- Files -----------------------------------------------------------------------------------------------------------


def upload(browser: Browser, file: bytes | None, action: str = "record", name: str = "returns.xlsx") -> Any:
    files = [] if file is None else [("workbook", name, file)]
    fields = {"csrf_token": browser.csrf_token(), "action": action}
    path = f"{RETURNS}/upload/check" if action == "script" else f"{RETURNS}/upload"
    return browser.post(path, fields, upload_files=files, expect_errors=True)


def workbook(quantity: object, unit: str = "ES-POLICE") -> bytes:
    book = Workbook("Returns", builders.DURING)
    columns = [SheetColumn(name) for name in ("unit", "day", "indicator", "quantity")]
    book.sheet("Figures").table(0, columns, [(unit, MONDAY, "persons-arrested", quantity)])  # type: ignore[list-item]
    return book.finish()


def test_a_template_is_for_whom_one_reports_for(running: Site) -> None:
    answer = reporter(running).look(f"{RETURNS}/template?unit=ES-POLICE&day=2027-05-03")
    assert (
        answer.headers["Content-Disposition"]
        == 'attachment; filename="EXAMPLE-2027-ES-POLICE-2027-05-03.xlsx"'
    )
    sheets = read_sheets(answer.body)
    assert read_tokens(sheets)["plan_version"] == "1"
    figures = next(sheet for sheet in sheets if sheet.name == "Figures")
    assert {figures.at(row, 0) for row in range(4, 8)} == {"ES-POLICE"}
    text = running.browser(Role.NATIONAL_COORDINATOR, "ES").look(f"{RETURNS}/template?format=csv&party=ES")
    assert {row[0] for row in read_csv(text.body).rows()[1:]} == {"ES-POLICE", "ES-CUSTOMS", "ES-BORDER"}
    assert reporter(running).look(f"{RETURNS}/template?unit=RS-POLICE").status_int == 403
    assert reporter(running).look(f"{RETURNS}/template?day=2026-01-01").status_int == 422
    assert reporter(running).look(f"{RETURNS}/template?day=today").status_int == 422
    assert reporter(running).look(f"{RETURNS}/template?unit=XX").status_int == 404


def test_a_template_speaks_the_readers_language(running: Site) -> None:
    browser = reporter(running)
    browser.set_cookie("lang", "fr")
    sheets = read_sheets(browser.look(f"{RETURNS}/template?day=2027-05-03").body)
    texts = {cell.value for sheet in sheets for cell in sheet.cells}
    assert "Personnes arrêtées" in texts


def test_a_file_is_checked_without_keeping_anything_then_recorded(running: Site) -> None:
    browser = reporter(running)
    checked = upload(browser, workbook(17), "check")
    assert "Nothing has been recorded yet" in checked.text
    assert state(running) is None
    piece = upload(browser, workbook(17), "script")
    assert (piece.status_int, "<html" in piece.text) == (200, False)
    assert state(running) is None
    done = upload(browser, workbook(17))
    assert done.status_int == 200
    assert done.html.select_one(".jo-receipt__hash").text in _receipt(running)
    assert "on record already" in upload(browser, workbook(17)).text


def test_a_file_is_refused_with_its_cells(running: Site) -> None:
    browser = reporter(running)
    page = upload(browser, workbook("many"))
    assert page.status_int == 422
    assert page.html.select_one("#problems th.jo-rowhead").text.strip() == "Figures!D2"
    assert state(running) is None
    assert upload(browser, workbook("many"), "script").status_int == 422
    assert upload(browser, workbook(1, "RS-POLICE")).status_int == 403
    assert "file-missing" in upload(browser, None).text
    assert "not-text" in upload(browser, b"\x00\x01\x02", name="x.csv").text


def test_who_reports_for_nobody_sends_no_files(running: Site) -> None:
    auditor = running.browser(Role.AUDITOR)
    assert auditor.look(f"{RETURNS}/upload").status_int == 403
    assert upload(auditor, workbook(1)).status_int == 403


def _receipt(site: Site) -> str:
    with site.work() as session:
        assert session.scalar(select(func.count()).select_from(Return)) == 1
        return session.scalars(select(Revision.sha256).order_by(Revision.id.desc())).first() or ""


# --- Files that come back, and batches -------------------------------------------------------------------------------


def _edited(content: bytes, **cells: str) -> bytes:
    """Return a CSV template with the first total of persons arrested and the reason filled in."""
    header, *rows = read_csv(content).rows()
    row = next(row for row in rows if row[2] == "persons-arrested" and not row[3])
    for name, text in cells.items():
        row[header.index(name)] = text
    return write_csv([str(name) for name in header], rows)  # type: ignore[arg-type]


def test_a_conflict_of_a_file_is_shown_side_by_side_and_chosen(running: Site) -> None:
    browser = reporter(running)
    sent(running)
    made = browser.look(f"{RETURNS}/template?unit=ES-POLICE&day=2027-05-03&format=csv").body
    sent(running, data={"values": [{"indicator": "persons-arrested", "quantity": "20"}], "reason": "Recount"})
    file = _edited(made, quantity="18", reason="Two lists")

    piece = upload(browser, file, "script", name="r.csv")
    assert piece.status_int == 422
    sides = [side.text.split()[0] for side in piece.html.select(".jo-merge label strong")]
    assert sides == ["18", "20"]
    assert "17" in piece.html.select_one(".jo-merge .jo-note").text
    assert piece.html.select_one("a[download]")["href"].startswith("data:application/")

    page = upload(browser, file, name="r.csv")
    field = page.html.select_one(".jo-merge input")
    answer = browser.post(
        f"{RETURNS}/upload",
        {"csrf_token": browser.csrf_token(), "action": "record", field["name"]: field["value"]},
        upload_files=[("workbook", "r.csv", file)],
    )
    assert "See what this file changed" in answer.text
    with running.work() as session:
        latest = session.scalars(select(Revision).where(Revision.number == 3)).one()
        assert latest.content["values"][0]["quantity"] == "18"


def test_a_batch_is_listed_and_taken_back_on_its_page(running: Site) -> None:
    browser = reporter(running)
    assert "No batches yet" in browser.look(f"{RETURNS}/batches").text
    done = upload(browser, workbook(17))
    address = done.html.find("a", string="See what this file changed, or take it back as one")["href"]
    listed = browser.look(f"{RETURNS}/batches")
    assert "returns.xlsx" in listed.text
    page = browser.look(address)
    assert page.html.select_one("#take-back form")
    assert browser.send(address, reason="").status_int == 422
    assert browser.send(address, reason="The wrong file").status_int == 303
    after = browser.look(address)
    assert ("The wrong file" in after.text, after.html.select_one("#take-back")) == (True, None)
    assert browser.send(address, reason="Again").status_int == 409
    assert running.browser(Role.REPORTER, "RS-POLICE").look(address).status_int == 404
    assert browser.look(f"{RETURNS}/batches/x").status_int == 404
