"""Pages of many tasks: the table, the board, the matrix, the timeline and the map of an operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock, policy
from jointops.kernel.errors import Invalid
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Role
from jointops.operations import service as operations
from jointops.operations.models import AuthorityType, Operation
from jointops.operations.page import operation_page
from jointops.operations.rules import ENDED, today
from jointops.rendering import numbers
from jointops.tasks import (
    bar,
    board,
    display,
    finding,
    matrix,
    moving,
    places,
    rows,
    rules,
    service,
    shown_many,
    timeline,
)
from jointops.tasks.models import AssignmentState
from jointops.tasks.rows import Row, Unit, Wanted
from jointops.tasks.views import whole_number
from jointops.tasks.views_today import first_lines
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import Page, flash

ROWS_ON_A_PAGE = 50
ASKED_FIRST = 5
"""Of what is asked of the reader the table shows so many; all of it stands on the page of the day."""


def includeme(config: Configurator) -> None:
    """Bring the addresses of these pages, before that of one task."""
    config.add_route("tasks", "/tasks")
    config.add_menu_item(_("My tasks"), "tasks", order=10, visible=_has_tasks)
    config.add_home_part("tasks/home.jinja2", first_lines)
    config.add_route("operation.tasks.board", "/operations/{code}/tasks/board")
    config.add_route("operation.tasks.board.move", "/operations/{code}/tasks/board/move")
    config.add_route("operation.tasks.matrix", "/operations/{code}/tasks/matrix")
    config.add_route("operation.tasks.timeline", "/operations/{code}/tasks/timeline")
    config.add_route("operation.tasks.map", "/operations/{code}/tasks/map")
    config.add_route("operation.tasks.export", "/operations/{code}/tasks/export")


def _has_tasks(actor: Actor) -> bool:
    return bool(actor.parties or actor.units) or actor.has(Role.COORDINATOR)


@dataclass(frozen=True, slots=True)
class Scene:
    """What every view starts from: the operation, its tasks, and those of them that the address asks for."""

    operation: Operation
    wanted: Wanted
    day: date
    units: Sequence[Unit]
    every: Sequence[Row]
    found: Sequence[Row]


# --- The table -------------------------------------------------------------------------------------------------------


@view_config(route_name="operation.tasks", request_method="GET", renderer="tasks/list.jinja2")
def list_tasks(request: Request) -> dict[str, Any]:
    """Show the operation's tasks, a page of them, and above them what is asked of the reader."""
    scene = _scene(request)
    operation = scene.operation
    order = shown_many.order_of(request)
    ordered = shown_many.ordered(scene.found, order)
    paging = shown_many.paging(request, scene, len(ordered), ROWS_ON_A_PAGE)
    page_rows = ordered[paging.first : paging.first + ROWS_ON_A_PAGE]
    tasks = rows.whole(request.db, request.actor, operation, page_rows)
    authorities = _authorities(scene.units)
    asked = service.asked_of(request.db, request.actor, operation)
    subject = operations.subject(operation)
    may_change = operation.state not in ENDED and policy.allows(request.actor, Action.TASK_UPDATE, subject)
    by_area = order in {"", "area"}
    return {
        **_common(request, scene, "operation.tasks", _("Tasks")),
        "figures": shown_many.figures(request, scene.operation, scene.every),
        "asked": [display.unit_row(request, operation, assignment) for assignment in asked[:ASKED_FIRST]],
        "asked_total": len(asked),
        "speaks": bool(request.actor.parties or request.actor.units),
        "groups": [
            {
                "title": area[1] if area else None,
                "headed": by_area,
                "tasks": [display.task_row(request, operation, task, authorities) for task, _row in members],
            }
            for area, members in groupby(
                zip(tasks, page_rows, strict=True),
                key=lambda pair: shown_many.area_of(request, pair[1]) if by_area else None,
            )
        ],
        "columns": [display.authority_name(request, authority) for authority in authorities],
        "key": display.key(request),
        "sorts": shown_many.sorts(request, scene, order),
        "paging": paging,
        "kept": [("sort", order)] if order else [],
        "files": shown_many.files(request, scene),
        "bulk_href": request.route_path("operation.tasks.bulk", code=operation.code) if may_change else None,
        "back": "list",
        **_coordination(request, scene),
    }


def _coordination(request: Request, scene: Scene) -> dict[str, Any]:
    """Return what only the coordination can do: create a task, and assign what is proposed."""
    operation = scene.operation
    subject = operations.subject(operation)
    obstacle = rules.obstacle(
        AssignmentState.PROPOSED, AssignmentState.ASSIGNED, operation=operation.state, cancelled=False
    )
    may_assign = policy.allows(request.actor, Action.TASK_ASSIGN, subject)
    return {
        "may_create": policy.allows(request.actor, Action.TASK_CREATE, subject)
        and operation.state not in ENDED,
        "new_href": request.route_path("operation.tasks.new", code=operation.code),
        "proposed": rows.proposed(request.db, operation) if may_assign else 0,
        "assign_obstacle": request.translate(obstacle.message) if obstacle else None,
        "assign_href": request.route_path("operation.tasks.assign", code=operation.code),
    }


# --- The board -------------------------------------------------------------------------------------------------------


@view_config(route_name="operation.tasks.board", request_method="GET", renderer="tasks/board.jinja2")
def show_board(request: Request) -> dict[str, Any]:
    """Show the tasks in columns by where they stand, with what the reader can do with each."""
    scene = _scene(request)
    wanted_cards = shown_many.cards_wanted(request)
    columns = board.laid_out(
        scene.found, scene.wanted, scene.operation.state, _may(request, scene.operation), wanted_cards
    )
    return {
        **_common(request, scene, "operation.tasks.board", _("Task board")),
        "columns": [shown_many.column(request, scene, column, wanted_cards) for column in columns],
        "move_href": request.route_path("operation.tasks.board.move", code=scene.operation.code),
        "here": request.query_string,
        "text_length": rules.TEXT_LENGTH,
    }


@view_config(route_name="operation.tasks.board.move", request_method="GET", renderer="tasks/move.jinja2")
def ask_for_move(request: Request) -> dict[str, Any]:
    """Ask for what a move of a task needs: its units, and a reason or what came of it."""
    operation = _operation(request)
    move = moving.find(
        request.db, request.actor, operation, request.GET.get("task", ""), request.GET.get("to", "")
    )
    return _move_page(request, operation, move, request.GET)


@view_config(route_name="operation.tasks.board.move", request_method="POST", renderer="tasks/move.jinja2")
def make_move(request: Request) -> dict[str, Any] | Response:
    """Take units of a task a step on; where a text is missing, ask for it."""
    operation = _operation(request)
    form = request.POST
    move = moving.find(request.db, request.actor, operation, form.get("task", ""), form.get("to", ""))
    try:
        moved = moving.make(
            request.db,
            request.actor,
            operation,
            move,
            form.getall("unit"),
            form.get("text", ""),
            whole_number(form.get("version", "")),
        )
    except Invalid as error:
        request.response.status_int = error.status
        return _move_page(request, operation, move, form, form_errors(request, error))
    state = request.translate(rules.STATE_LABELS[move.target.value])
    units = numbers.join(moved, request.locale)
    message = _("${task}, ${units}: ${state}.", mapping={"task": move.task, "units": units, "state": state})
    flash(request, "success", message)
    return shown_many.back_to_board(request, operation, form.get("here", ""), move.task)


def _move_page(
    request: Request,
    operation: Operation,
    move: moving.Chosen,
    given: Mapping[str, str],
    errors: FormErrors | None = None,
) -> dict[str, Any]:
    crumb = Link(
        request.translate(_("Task board")), request.route_path("operation.tasks.board", code=operation.code)
    )
    return {
        "page": operation_page(
            request, operation, request.translate(move.verb), "tasks", breadcrumbs=[crumb]
        ),
        "move": shown_many.move_form(request, operation, move),
        "text": given.get("text", ""),
        "here": given.get("here", ""),
        "text_length": rules.TEXT_LENGTH,
        "errors": errors or FormErrors((), {}),
    }


# --- The matrix ------------------------------------------------------------------------------------------------------


@view_config(route_name="operation.tasks.matrix", request_method="GET", renderer="tasks/matrix.jinja2")
def show_matrix(request: Request) -> dict[str, Any]:
    """Show the units by days, with how many tasks each has on each day and how they stand."""
    scene = _scene(request)
    by_authority = request.GET.get("by") == "authority"
    first, last = shown_many.span(scene.operation, scene.every)
    begin = bar.day_of(request.GET.get("from", "")) or scene.wanted.day
    days, before, after = matrix.window(first, last, begin or max(first, scene.operation.starts_on))
    laid_out = matrix.laid_out(
        scene.found, scene.units, days, scene.wanted, scene.day, by_authority=by_authority
    )
    return {
        **_common(request, scene, "operation.tasks.matrix", _("Tasks by unit and day")),
        **shown_many.matrix_page(request, scene, laid_out, by_authority, before, after),
        "kept": [("by", "authority")] if by_authority else [],
    }


# --- The timeline ----------------------------------------------------------------------------------------------------


@view_config(route_name="operation.tasks.timeline", request_method="GET", renderer="tasks/timeline.jinja2")
def show_timeline(request: Request) -> dict[str, Any]:
    """Show the tasks along time, with what waits for what; the drawing asks the API, the table has a page of them."""
    scene = _scene(request)
    graph = finding.dependencies_of(request.db, scene.operation)
    lanes = timeline.laid_out(scene.found, graph, scene.operation.time_zone)
    paging = shown_many.paging(request, scene, len(scene.found), ROWS_ON_A_PAGE, "operation.tasks.timeline")
    return {
        **_common(request, scene, "operation.tasks.timeline", _("Timeline of the tasks")),
        "data_href": request.route_path(
            "api:/operations/{code}/tasks/timeline",
            code=scene.operation.code,
            _query=bar.query_of(scene.wanted) or None,
        ),
        "bars": shown_many.bars(request, scene, lanes, paging.first, ROWS_ON_A_PAGE),
        "paging": paging,
        "waiting": sum(len(bar_.waits_for) for lane in lanes for bar_ in lane.bars),
        "late": sum(len(bar_.late) for lane in lanes for bar_ in lane.bars),
        "time_zone": scene.operation.time_zone,
        "key": display.key(request),
    }


# --- The map ---------------------------------------------------------------------------------------------------------


@view_config(route_name="operation.tasks.map", request_method="GET", renderer="tasks/map.jinja2")
def show_map(request: Request) -> dict[str, Any]:
    """Show where the tasks are: the drawing asks the API, the list beside it leads to the tasks of every place."""
    scene = _scene(request)
    countries = places.laid_out(scene.found)
    return {
        **_common(request, scene, "operation.tasks.map", _("Map of the tasks")),
        "data_href": request.route_path(
            "api:/operations/{code}/tasks/places",
            code=scene.operation.code,
            _query=bar.query_of(scene.wanted) or None,
        ),
        "countries": [shown_many.country(request, scene, country) for country in countries],
        "key": display.key(request),
    }


# --- Below -----------------------------------------------------------------------------------------------------------


def _operation(request: Request) -> Operation:
    return operations.find(request.db, request.actor, request.matchdict["code"])


def _scene(request: Request) -> Scene:
    operation = _operation(request)
    wanted = bar.wanted_of(request)
    day = today(operation.time_zone, clock.now())
    every = rows.read(request.db, request.actor, operation)
    units = list(rows.units(request.db, operation).values())
    return Scene(operation, wanted, day, units, every, rows.chosen(every, wanted, day))


def _common(request: Request, scene: Scene, route: str, title: str) -> dict[str, Any]:
    page: Page = operation_page(request, scene.operation, title, "tasks")
    return {
        "page": page,
        "views": bar.links(request, scene.operation, route, scene.wanted),
        "filter": bar.filter_of(request, scene.operation, route, scene.wanted, scene.units, scene.every),
        "total": len(scene.every),
        "found": len(scene.found),
        "today": numbers.day(scene.day, request.locale),
    }


def _may(request: Request, operation: Operation) -> board.May:
    """Return what tells whether the reader has a right to a unit's part; each question is answered once."""
    known: dict[tuple[Action, str], bool] = {}

    def may(action: Action, unit: Unit) -> bool:
        if (action, unit.code) not in known:
            subject = operations.subject(operation, party=unit.party, unit=unit.code)
            known[action, unit.code] = policy.allows(request.actor, action, subject)
        return known[action, unit.code]

    return may


def _authorities(units: Sequence[Unit]) -> list[AuthorityType]:
    present = {unit.authority for unit in units}
    return [authority for authority in AuthorityType if authority in present]
