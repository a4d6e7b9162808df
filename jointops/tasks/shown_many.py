"""What the views of many tasks show: plain view models in the reader's language, from what was laid out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request

from jointops.kernel.i18n import _, label
from jointops.operations.models import Operation
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.tasks import bar, board, display, matrix, moving, places, rules, timeline
from jointops.tasks.rows import Row, in_plan_order, number_of
from jointops.tasks.rules import TaskState

if TYPE_CHECKING:
    from jointops.tasks.views_many import Scene

UNITS_ON_A_CARD = 4
TASKS_AT_A_PLACE = 5


# --- The table -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paging:
    """Where in a long list the reader is: the number of the first row, and the addresses of the pages beside."""

    first: int
    previous: str | None
    next: str | None
    text: str


def paging(request: Request, scene: Scene, total: int, size: int, route: str = "operation.tasks") -> Paging:
    """Return the page of a list of ``total`` tasks that the address asks for."""

    def href(page: int | None) -> str:
        more = {"sort": order_of(request), "page": page}
        return bar.address(request, scene.operation, route, scene.wanted, **more)

    return pages(request, total, size, href)


def pages(request: Request, total: int, size: int, href: Callable[[int | None], str]) -> Paging:
    """Return the page of a list of ``total`` rows that the address asks for, the last one where it is beyond.

    ``href`` gives the address of a page by its number, of the first one by ``None``.
    """
    asked = request.GET.get("page", "")
    last = max(0, (total - 1) // size)
    number = (
        min(max(int(asked) - 1, 0), last) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    )
    first = number * size
    return Paging(
        first,
        href(number if number > 1 else None) if number else None,
        href(number + 2) if number < last else None,
        f"{numbers.number(first + 1, request.locale)}–{numbers.number(min(first + size, total), request.locale)}"
        f" / {numbers.number(total, request.locale)}",
    )


_SORTS = {
    "area": in_plan_order,
    "code": lambda row: number_of(row.code),
    "start": lambda row: (row.starts_on, row.ends_on, number_of(row.code)),
    "end": lambda row: (row.ends_on, row.starts_on, number_of(row.code)),
    "state": lambda row: (
        not row.overdue,
        list(TaskState).index(row.state),
        row.ends_on,
        number_of(row.code),
    ),
}
"""The orders of the table; a minus before the name turns one round."""


def order_of(request: Request) -> str:
    """Return the order that the address asks for; empty for the usual one, by action area."""
    asked = request.GET.get("sort", "")
    return asked if asked.removeprefix("-") in _SORTS else ""


def ordered(found: Sequence[Row], order: str) -> list[Row]:
    """Return the rows in an order."""
    if order in {"", "area"}:
        return list(found)
    return sorted(found, key=_SORTS[order.removeprefix("-")], reverse=order.startswith("-"))


def sorts(request: Request, scene: Scene, order: str) -> dict[str, dict[str, str]]:
    """Return for each order where its link leads, and how its column is sorted now."""
    return {
        name: {
            "href": bar.address(
                request,
                scene.operation,
                "operation.tasks",
                scene.wanted,
                sort=f"-{name}" if order == name else name,
            ),
            "now": "ascending" if order == name else "descending" if order == f"-{name}" else "none",
        }
        for name in _SORTS
    }


def figures(request: Request, operation: Operation, every: Sequence[Row]) -> list[dict[str, Any]]:
    """Return how many tasks there are in each state, and how many are overdue, as links to those."""
    counted = Counter(row.state.value for row in every)
    counted[bar.OVERDUE] = sum(row.overdue for row in every)
    words = {**rules.STATE_LABELS, bar.OVERDUE: _("Overdue")}
    always = {"assigned", "accepted", "under-way", "done", bar.OVERDUE}
    return [
        {
            "state": state,
            "text": request.translate(text),
            "count": counted[state],
            "href": request.route_path("operation.tasks", code=operation.code, _query={"state": state}),
        }
        for state, text in words.items()
        if counted[state] or state in always
    ]


def area_of(request: Request, row: Row) -> tuple[str, str] | None:
    """Return the code and the title of a task's action area."""
    return (row.area.code, label(row.area.title, request.locale)) if row.area else None


def files(request: Request, scene: Scene) -> list[dict[str, str]]:
    """Return the files that hold exactly the tasks shown."""
    return [
        {
            "text": name.upper(),
            "href": bar.address(
                request,
                scene.operation,
                "operation.tasks.export",
                scene.wanted,
                sort=order_of(request),
                format=name,
            ),
        }
        for name in ("xlsx", "csv")
    ]


# --- The board -------------------------------------------------------------------------------------------------------


def cards_wanted(request: Request) -> dict[TaskState, int]:
    """Return how many cards of a column are wanted, where the address says so: ``more=assigned:75``."""
    found = {}
    for given in request.GET.getall("more"):
        state, _colon, number = given.partition(":")
        if state in set(TaskState) and number.isascii() and number.isdigit() and len(number) < 5:
            found[TaskState(state)] = min(max(int(number), board.FIRST), board.MOST)
    return found


def column(
    request: Request, scene: Scene, laid_out: board.Column, wanted_cards: Mapping[TaskState, int]
) -> dict[str, Any]:
    """Return a column with its cards, and where the rest of it is."""
    state = laid_out.state
    told = [(other, number) for other, number in wanted_cards.items() if other is not state]
    number = wanted_cards.get(state, board.FIRST) + board.MORE
    query = [
        *bar.query_of(scene.wanted).items(),
        *(("more", f"{other.value}:{many}") for other, many in told),
        ("more", f"{state.value}:{number}"),
    ]
    full = len(laid_out.cards) >= board.MOST
    return {
        "state": display.tag(request, state.value),
        "total": laid_out.total,
        "hidden": laid_out.hidden,
        "cards": [_card(request, scene, card) for card in laid_out.cards],
        "more_href": None
        if not laid_out.hidden
        else bar.address(
            request, scene.operation, "operation.tasks", replace(scene.wanted, state=state.value)
        )
        if full
        else request.route_path(
            "operation.tasks.board", code=scene.operation.code, _query=query, _anchor=f"column-{state.value}"
        ),
        "full": full,
    }


def _card(request: Request, scene: Scene, card: board.Card) -> dict[str, Any]:
    row = card.row
    parts = card.parts
    return {
        "code": row.code,
        "title": label(row.title, request.locale),
        "href": request.route_path("operation.task", code=scene.operation.code, task=row.code),
        "window": window(request, row),
        "place": place_name(request, row),
        "mandatory": row.mandatory,
        "overdue": row.overdue,
        "version": row.version,
        "units": [
            {
                "code": part.unit.code,
                "title": label(part.unit.title, request.locale),
                "lead": part.lead,
                "state": display.tag(request, part.state.value),
            }
            for part in parts[:UNITS_ON_A_CARD]
        ],
        "more_units": max(0, len(parts) - UNITS_ON_A_CARD),
        "moves": [
            {
                "to": move.target.value,
                "text": request.translate(move.verb),
                "state": request.translate(rules.STATE_LABELS[move.target.value]),
                "need": move.need.value if move.need else None,
                "units": list(move.units),
            }
            for move in card.moves
        ],
    }


def move_form(request: Request, operation: Operation, move: moving.Chosen) -> dict[str, Any]:
    """Return what the page that asks for a move's text shows."""
    return {
        "task": move.task,
        "title": label(move.title, request.locale),
        "to": move.target.value,
        "text": request.translate(move.verb),
        "need": move.need.value if move.need else None,
        "version": move.version,
        "units": [(code, f"{code} · {label(title, request.locale)}") for code, title in move.units],
        "href": request.route_path("operation.tasks.board.move", code=operation.code),
        "back": request.route_path("operation.tasks.board", code=operation.code),
    }


def back_to_board(request: Request, operation: Operation, query: str, task: str) -> HTTPSeeOther:
    """Return the answer to a move: the board as it was, at the card that was moved."""
    return HTTPSeeOther(
        request.route_path(
            "operation.tasks.board",
            code=operation.code,
            _query=parse_qsl(query[:2000]) or None,
            _anchor=f"card-{task}",
        )
    )


# --- The matrix ------------------------------------------------------------------------------------------------------


def span(operation: Operation, every: Sequence[Row]) -> tuple[date, date]:
    """Return the first and the last day that the matrix can show: the action days, and those of tasks around them."""
    return (
        min([operation.starts_on, *(row.starts_on for row in every)]),
        max([operation.ends_on, *(row.ends_on for row in every)]),
    )


MATRIX_LABELS: Mapping[str, str] = {**rules.STATE_LABELS, matrix.OVERDUE: _("Overdue")}

MATRIX_ICONS: Mapping[str, str] = {
    **{state: icon for state, (_tone, icon) in display.MARKS.items()},
    matrix.OVERDUE: "clock",
}


def matrix_page(
    request: Request,
    scene: Scene,
    laid_out: matrix.Matrix,
    by_authority: bool,
    before: date | None,
    after: date | None,
) -> dict[str, Any]:
    """Return the matrix with a link from each cell to the tasks behind it."""
    # Three thousand addresses: told from the page's own, they are half as long.
    language, base = request.locale, "../tasks"
    words = {state: request.translate(text) for state, text in MATRIX_LABELS.items()}
    kept = "".join(
        f"&{name}={value}"
        for name, value in bar.query_of(
            bar.without(scene.wanted, "unit", "party", "authority", "day", "text")
        ).items()
    )
    days = [day.isoformat() for day in laid_out.days]

    def line(told: matrix.Line) -> dict[str, Any]:
        unit = told.unit
        return {
            "code": unit.code,
            "name": display.party_name(request, unit.party)
            if by_authority
            else display.authority_name(request, unit.authority),
            "authority": unit.authority.value,
            "href": f"{base}?unit={unit.code}{kept}",
            "total": told.total,
            "cells": [
                None
                if cell is None
                else (
                    cell.pressing,
                    cell.total,
                    f"{base}?unit={unit.code}&day={day}{kept}",
                    ", ".join(f"{number} {words[state]}" for state, number in cell.states),
                )
                for day, cell in zip(days, told.cells, strict=True)
            ],
        }

    def address(**more: object) -> str:
        by = "authority" if by_authority else None
        return bar.address(
            request, scene.operation, "operation.tasks.matrix", scene.wanted, **{"by": by, **more}
        )

    return {
        "days": [
            {
                "text": numbers.axis_day(day, language),
                "note": numbers.weekday(day, language),
                "weekend": day.weekday() > 4,
                "today": day == scene.day,
                "href": f"{base}?day={day.isoformat()}",
            }
            for day in laid_out.days
        ],
        "groups": [
            {
                "code": group.key,
                "name": _group_name(request, group.key, by_authority),
                "lines": [line(told) for told in group.lines],
            }
            for group in laid_out.groups
        ],
        "totals": laid_out.totals,
        "by_authority": by_authority,
        "turned_href": address(by=None if by_authority else "authority"),
        "earlier": address(**{"from": before}) if before else None,
        "later": address(**{"from": after}) if after else None,
        "key": [
            {"state": state, "text": words[state], "icon": MATRIX_ICONS[state]} for state in matrix.PRESSING
        ],
        "icons": MATRIX_ICONS,
    }


def _group_name(request: Request, key: str, by_authority: bool) -> str:
    if by_authority:
        return label(catalogue().authority_types[key].labels, request.locale)
    return display.party_name(request, key)


# --- The timeline ----------------------------------------------------------------------------------------------------


def bars(
    request: Request, scene: Scene, lanes: Sequence[timeline.Lane], first: int, number: int
) -> list[dict[str, Any]]:
    """Return a page of the table that stands for the timeline."""
    every = [(lane.area, told) for lane in lanes for told in lane.bars][first : first + number]
    after = timeline.followers(lanes)
    return [
        {
            "code": told.row.code,
            "title": label(told.row.title, request.locale),
            "href": request.route_path("operation.task", code=scene.operation.code, task=told.row.code),
            "area": label(area.title, request.locale) if area else None,
            "window": window(request, told.row),
            "state": display.tag(request, told.row.state.value),
            "overdue": told.row.overdue,
            "waits_for": [(code, code in told.late) for code in told.waits_for],
            "followers": after.get(told.row.code, ()),
        }
        for area, told in every
    ]


# --- The map ---------------------------------------------------------------------------------------------------------


def country(request: Request, scene: Scene, found: places.Country) -> dict[str, Any]:
    """Return a country with its places for the list beside the map."""
    query = bar.query_of(scene.wanted)
    return {
        "code": found.code,
        "name": display.party_name(request, found.code) if found.code else None,
        "total": found.total,
        "spots": [_spot(request, scene, spot, query) for spot in found.spots],
    }


def _spot(request: Request, scene: Scene, spot: places.Spot, query: Mapping[str, str]) -> dict[str, Any]:
    kind = catalogue().place_kinds.get(spot.kind) if spot.kind != "other" else None
    states = spot.states
    code = scene.operation.code
    return {
        "name": spot.name or (label(kind.labels, request.locale) if kind else None),
        "kind": label(kind.labels, request.locale) if kind and spot.name else None,
        "exact": spot.lat is not None,
        "key": spot.country if spot.lat is None else f"{_plain(spot.lon)},{_plain(spot.lat)}",
        "total": len(spot.rows),
        "overdue": spot.overdue,
        "states": [
            {"state": display.tag(request, state.value), "count": states[state]}
            for state in TaskState
            if states[state]
        ],
        "tasks": [
            {
                "code": row.code,
                "title": label(row.title, request.locale),
                "href": request.route_path("operation.task", code=code, task=row.code),
                "state": display.tag(request, row.state.value),
            }
            for row in spot.rows[:TASKS_AT_A_PLACE]
        ],
        "more_href": request.route_path(
            "operation.tasks", code=code, _query={**query, "text": spot.name} if spot.name else query or None
        )
        if len(spot.rows) > TASKS_AT_A_PLACE
        else None,
        "more": max(0, len(spot.rows) - TASKS_AT_A_PLACE),
    }


def _plain(degrees: float | None) -> str:
    """Write degrees as a browser writes numbers."""
    return f"{degrees:.6f}".rstrip("0").rstrip(".")


# --- Words -----------------------------------------------------------------------------------------------------------


def window(request: Request, row: Row) -> str:
    """Return a task's days without the year, and its hours where it has any: all are of one operation."""
    first, last = (numbers.axis_day(day, request.locale) for day in (row.starts_on, row.ends_on))
    if row.starts_on == row.ends_on:
        days = first
    elif (row.starts_on.year, row.starts_on.month) == (row.ends_on.year, row.ends_on.month):
        days = f"{row.starts_on.day}–{last}"
    else:
        days = f"{first} – {last}"
    return f"{days}, {row.hours['since']}–{row.hours['until']}" if row.hours else days


def place_name(request: Request, row: Row) -> str | None:
    """Return where a task is done in a few words: the name, or the country."""
    if not row.place:
        return None
    name, of = str(row.place.get("name", "")), str(row.place.get("country", ""))
    return name or (display.party_name(request, of) if of else None)
