"""The pages of many tasks: chosen, laid out, moved, and never slower for being more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event
from webtest import Form, TestResponse

from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations.plandoc import Place
from tests import builders
from tests.builders import DURING
from tests.support import large
from tests.support.app import Browser, Site
from tests.support.databases import SqliteDatabases

pytestmark = pytest.mark.database("sqlite")

TASKS = "/operations/EXAMPLE-2027/tasks"
LARGE = f"/operations/{large.CODE}/tasks"
VIEWS = ("", "/board", "/matrix", "/timeline", "/map")


@pytest.fixture
def running(site: Site) -> Site:
    """Three tasks on 4 May: T1 at a port, T2 after it, T3 with two units."""
    first = builders.plan().tasks[0]
    port = Place(kind="seaport", name="Algeciras", country="ES", lat="36.13", lon="-5.44")  # type: ignore[arg-type]
    tasks = (
        replace(first, units=("ES-BORDER",), days=(date(2027, 5, 3), date(2027, 5, 5)), place=port),
        replace(
            first,
            code="T2",
            title={"en": "Search of parcels"},
            units=("ES-CUSTOMS",),
            days=(date(2027, 5, 5), date(2027, 5, 6)),
            depends_on=("T1",),
            action_area=None,
        ),
        replace(
            first, code="T3", title={"en": "Joint patrol"}, units=("ES-POLICE", "RS-POLICE"), mandatory=True
        ),
    )
    with site.work() as session:
        builders.operation(session, "running", tasks=tasks)
    return site


@pytest.fixture
def coordinator(running: Site) -> Browser:
    return running.browser(Role.COORDINATOR)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a site with an operation of the largest size, made once for the module."""
    folder = tmp_path_factory.mktemp("crowded")
    with SqliteDatabases(folder).migrated() as url:
        site = Site(url, folder / "secrets")
        with clock.fixed(DURING), site.work() as session:
            large.operation(session)
        yield site
        site.close()


def codes(page: TestResponse, selector: str) -> list[str]:
    return [str(element.text) for element in page.html.select(selector)]


def columns(page: TestResponse) -> dict[str, list[str]]:
    """Return the codes of the cards in each column that has any."""
    found = {
        str(column["data-column"]): [str(card["data-card"]) for card in column.select("[data-card]")]
        for column in page.html.select("[data-column]")
    }
    return {state: cards for state, cards in found.items() if cards}


def move_form(page: TestResponse, task: str) -> Form:
    """Return the form below a card."""
    return next(
        form
        for form in page.forms.values()
        if form.action.endswith("/board/move") and form["task"].value == task
    )


# --- What the views share --------------------------------------------------------------------------------------------


def test_the_filter_goes_along_from_view_to_view(coordinator: Browser) -> None:
    for view in VIEWS:
        page = coordinator.look(f"{TASKS}{view}?party=RS&text=patrol")
        links = [str(link["href"]) for link in page.html.select(".jo-subtabs a")]
        assert links[:5] == [f"{TASKS}{other}?text=patrol&party=RS" for other in VIEWS]
        assert page.html.select_one(".jo-shown__count").text.split() == ["1", "of", "3", "tasks"]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_of_nothing_says_so(coordinator: Browser, view: str) -> None:
    page = coordinator.look(f"{TASKS}{view}?text=nonsense&day=never&state=dancing")

    assert page.status_int == 200
    assert "No task fits the filter" in page.text or view == "/board"


def test_only_who_may_create_tasks_is_led_to_import_them(running: Site, coordinator: Browser) -> None:
    assert "Import" in codes(coordinator.look(TASKS), ".jo-subtabs a")
    assert "Import" not in codes(running.browser(Role.REVIEWER).look(TASKS), ".jo-subtabs a")


# --- The table -------------------------------------------------------------------------------------------------------


def test_the_table_is_sorted_by_what_its_heads_say(coordinator: Browser) -> None:
    def order(query: str) -> list[str]:
        return codes(coordinator.look(f"{TASKS}?{query}"), "#tasks .jo-rowhead > .jo-code")

    assert order("") == ["T1", "T3", "T2"]
    assert order("sort=code") == ["T1", "T2", "T3"]
    assert order("sort=-code") == ["T3", "T2", "T1"]
    assert order("sort=-end")[0] == "T3"
    head = coordinator.look(f"{TASKS}?sort=code").html.select_one("th[aria-sort=ascending] a")
    assert head["href"] == f"{TASKS}?sort=-code"


def test_the_files_hold_what_the_table_shows(coordinator: Browser) -> None:
    page = coordinator.look(f"{TASKS}?party=RS")

    csv = next(link["href"] for link in page.html.select(".jo-shown__files a") if "CSV" in link.text)
    lines = coordinator.look(csv).text.splitlines()

    assert len(lines) == 2
    assert lines[1].startswith("T3")


def test_ticked_tasks_are_sent_to_be_changed_together(running: Site, coordinator: Browser) -> None:
    page = coordinator.look(TASKS)

    boxes = page.html.select("input[name=task][form=bulk]")
    assert [box["value"] for box in boxes] == ["T1", "T3", "T2"]
    answer = coordinator.send(f"{TASKS}/bulk", task="T1")
    assert answer.status_int == 200
    assert not running.browser(Role.REVIEWER).look(TASKS).html.select("input[name=task]")


# --- The board -------------------------------------------------------------------------------------------------------


def test_cards_are_moved_with_buttons(running: Site, coordinator: Browser) -> None:
    page = coordinator.look(f"{TASKS}/board?text=t1")
    assert columns(page) == {"assigned": ["T1"]}

    answer = move_form(page, "T1").submit("to", value="accepted")
    assert answer.location.endswith(f"{TASKS}/board?text=t1#card-T1")
    page = answer.follow()

    assert "T1, ES-BORDER: Accepted." in page.text
    assert columns(page) == {"accepted": ["T1"]}


def test_a_move_that_needs_a_text_asks_for_it_and_for_the_units(running: Site) -> None:
    spain = running.browser(Role.NATIONAL_COORDINATOR, "ES")
    page = spain.look(f"{TASKS}/board")
    link = page.html.select_one("#card-T3 a[data-to=declined]")

    form = next(form for form in spain.look(link["href"]).forms.values() if "unit" in form.fields)
    assert [box.value for box in form.fields["unit"]] == ["ES-POLICE"]
    refused = form.submit(expect_errors=True)
    assert refused.status_int == 422
    assert refused.html.find("a", href="#text")

    form["text"] = "No staff"
    page = form.submit().follow()
    assert "T3, ES-POLICE: Declined." in page.text
    # What the other unit is asked stays.
    assert columns(spain.look(f"{TASKS}/board?party=ES"))["declined"] == ["T3"]
    assert "T3" in columns(spain.look(f"{TASKS}/board?party=RS"))["assigned"]


def test_several_units_are_moved_at_once_or_one_alone(coordinator: Browser) -> None:
    move = f"{TASKS}/board/move"

    alone = coordinator.send(move, task="T3", to="accepted", unit="RS-POLICE")
    assert "T3, RS-POLICE: Accepted." in alone.follow().text
    coordinator.send(move, task="T3", to="accepted")
    both = coordinator.send(move, task="T3", to="under-way")

    assert "T3, ES-POLICE and RS-POLICE: Under way." in both.follow().text


@pytest.mark.parametrize(
    "values, status",
    [
        ({"task": "T1", "to": "done", "text": "x"}, 409),
        ({"task": "T1", "to": "dancing"}, 422),
        ({"task": "T9", "to": "accepted"}, 404),
        ({"task": "T1", "to": "accepted", "unit": "ES-POLICE"}, 404),
        ({"task": "T1", "to": "accepted", "version": "999"}, 412),
    ],
)
def test_a_move_that_cannot_be_is_refused(coordinator: Browser, values: dict[str, str], status: int) -> None:
    assert coordinator.send(f"{TASKS}/board/move", **values).status_int == status


def test_who_may_not_move_sees_the_board_without_moves(running: Site) -> None:
    reviewer = running.browser(Role.REVIEWER)
    page = reviewer.look(f"{TASKS}/board")

    assert len(page.html.select("[data-card]")) == 3
    assert not page.html.select(".jo-kard__moves")
    assert reviewer.send(f"{TASKS}/board/move", task="T1", to="accepted").status_int == 403


# --- The matrix, the timeline, the map -------------------------------------------------------------------------------


def test_a_cell_of_the_matrix_leads_to_its_tasks(coordinator: Browser) -> None:
    page = coordinator.look(f"{TASKS}/matrix?from=2027-05-03")
    row = next(row for row in page.html.select("#loads tbody tr") if "Border" in row.text)

    cells = row.select(".jo-loads__cell a")
    assert [cell.text for cell in cells] == ["1", "1", "1"]
    assert cells[0]["title"] == "1 Assigned"
    assert cells[0]["href"] == "../tasks?unit=ES-BORDER&day=2027-05-03"
    listed = coordinator.look(f"{TASKS}?unit=ES-BORDER&day=2027-05-03")
    assert codes(listed, "#tasks .jo-rowhead > .jo-code") == ["T1"]
    turned = coordinator.look(f"{TASKS}/matrix?by=authority")
    assert codes(turned, "#loads .jo-matrix__name")[0] == "Police"


def test_the_timeline_stands_in_a_table_too(coordinator: Browser) -> None:
    rows = coordinator.look(f"{TASKS}/timeline").html.select("#bars tbody tr")
    told = {
        str(row.select_one(".jo-code").text): [" ".join(cell.text.split()) for cell in row("td")]
        for row in rows
    }

    assert told["T2"][0] == "No action area"
    assert told["T2"][3] == "T1 ends too late"
    assert told["T1"][4] == "T2"


def test_the_map_lists_its_places(coordinator: Browser) -> None:
    page = coordinator.look(f"{TASKS}/map")

    spain = page.html.select_one("[data-country=ES]")
    spots = {
        str(spot["data-spot"]): " ".join(spot.summary.text.split()) for spot in spain.select("[data-spot]")
    }
    assert spots == {"-5.44,36.13": "Algeciras 1 Assigned", "ES": "Country only 2 Assigned"}


def test_other_software_gets_the_timeline_and_the_places(running: Site) -> None:
    api = running.api(Role.COORDINATOR)

    line = api.get(f"{TASKS}/timeline?area=none").json
    assert [area["code"] for area in line["areas"]] == [None]
    (task,) = line["tasks"]
    assert (task["code"], task["begins"], task["waits_for"]) == ("T2", "2027-05-05T00:00:00+02:00", [])
    assert api.get(f"{TASKS}/timeline").json["tasks"][-1]["late"] == ["T1"]
    places = api.get(f"{TASKS}/places?party=ES").json
    assert places["type"] == "FeatureCollection"
    assert [feature["geometry"] is None for feature in places["features"]] == [False, True, True]
    assert api.get(f"{TASKS}/places?state=dancing").status_int == 422
    days = api.get(f"{TASKS}/matrix?authority=customs").json
    assert (days["days"][0], days["tasks"], days["following"]) == ("2027-05-03", [0, 0, 1, 1, 0], None)
    (customs,) = days["units"]
    assert (customs["unit"], customs["days"][2:4]) == ("ES-CUSTOMS", [{"assigned": 1}, {"assigned": 1}])


# --- Today -----------------------------------------------------------------------------------------------------------


def test_everything_asked_of_a_country_stands_on_one_page(running: Site) -> None:
    with clock.fixed(DURING):
        spain = running.browser(Role.NATIONAL_COORDINATOR, "ES")
        page = spain.look("/tasks")
        assert codes(page, "#today .jo-asked__title .jo-code") == ["T1", "T3"]
        assert codes(page, "#coming .jo-asked__title .jo-code") == ["T2"]

        form = next(
            form
            for form in page.forms.values()
            if "unit" in form.fields and (form["unit"].value, form["to"].value) == ("ES-BORDER", "accepted")
        )
        answer = form.submit()
        assert answer.location.endswith("/tasks")
        assert "T1, ES-BORDER: Accepted." in answer.follow().text
        narrowed = spain.look("/tasks?show=accepted")
        assert codes(narrowed, "main .jo-asked__title .jo-code") == ["T1"]
        assert "My tasks today" in spain.look("/").html.main.text


def test_a_unit_s_returns_stand_among_its_tasks(running: Site) -> None:
    with clock.fixed(DURING):
        page = running.browser(Role.REPORTER, "ES-POLICE").look("/tasks")

        asked = running.api(Role.REPORTER, "ES-POLICE").get("/due").json["items"]
        late = running.api(Role.REPORTER, "ES-POLICE").get("/due?when=overdue").json["items"]

    assert "Fill in the return" in page.html.select_one("main a.govuk-button").text
    assert {("task", "T3"), ("return", "2027-05-03")} <= {(one["kind"], one["code"]) for one in asked}
    assert [one for one in asked if one["when"] == "overdue"] == late


def test_a_coordinator_sees_what_presses(running: Site) -> None:
    with clock.fixed(builders.AFTER):
        page = running.browser(Role.COORDINATOR).look("/tasks")

    part = page.html.select_one(".jo-presses__part--overdue a")
    assert part.text.split() == ["3", "Overdue"]
    assert "My tasks" not in codes(running.browser(Role.AUDITOR).look("/"), ".jo-nav a")


# --- Two thousand tasks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/tasks", *(f"{LARGE}{view}" for view in VIEWS)])
def test_a_page_of_two_thousand_tasks_asks_the_database_a_few_times(crowded: Site, path: str) -> None:
    with clock.fixed(DURING):
        browser = crowded.browser(Role.NATIONAL_COORDINATOR, "ES")
        browser.look(path)
        with counted(crowded) as statements:
            page = browser.look(path)

    assert page.status_int == 200
    assert len(statements) <= 40, "\n".join(statements)
    assert len(page.body) < 800_000


def test_long_columns_and_lists_are_shown_in_pieces(crowded: Site) -> None:
    with clock.fixed(DURING):
        browser = crowded.browser(Role.COORDINATOR)
        page = browser.look(f"{LARGE}/board?area=drugs")
        shown = columns(page)["assigned"]
        assert len(shown) == 25
        more = page.html.select_one("#column-assigned .jo-kanban__more a")
        assert len(columns(browser.look(more["href"]))["assigned"]) == 75
        table = browser.look(f"{LARGE}?page=40")
    assert len(table.html.select("#tasks input[name=task]")) == 50
    assert "1,951–2,000 / 2,000" in table.text
    assert not table.html.select("a[rel=next]")


@contextmanager
def counted(site: Site) -> Iterator[list[str]]:
    """Collect the statements that are sent to the site's database in the block."""
    engine, statements = site.application.registry["engine"], []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
