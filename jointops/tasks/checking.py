"""What is wrong with a task that somebody wants to create or change: everything at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.operations.models import Operation
from jointops.reference.catalogue import catalogue
from jointops.tasks import rules
from jointops.tasks.book import TaskInput
from jointops.tasks.models import Task

TITLE_LENGTH = 300
NAME_LENGTH = 200
INSTRUCTIONS_LENGTH = 10_000

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_WORDS = frozenset(
    {"assign", "board", "bulk", "conflicts", "export", "findings", "import", "map", "matrix", "mine", "new"}
    | {"table", "template", "timeline"}
)
"""Words that stand in addresses where a task's code would."""

_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def tidied(given: TaskInput) -> TaskInput:
    """Take away spare space and empty languages, and write a country's code the one way it is kept."""
    place = None
    if given.place:
        place = {
            key: value.strip() if isinstance(value, str) else value for key, value in given.place.items()
        }
        if place.get("country"):
            place["country"] = catalogue().party_code(str(place["country"]))
        place = {key: value for key, value in place.items() if value not in ("", None)}
    return replace(
        given,
        code=(given.code or "").strip() or None,
        title=_texts(given.title),
        instructions=_texts(given.instructions),
        action_area=given.action_area or None,
        place=place or None,
        hours=dict(given.hours) if given.hours else None,
        units=tuple(given.units),
        lead=given.lead or None,
        authorities=tuple(given.authorities),
        resources=tuple(given.resources),
        depends_on=tuple(given.depends_on),
    )


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text.strip() for language, text in texts.items() if text.strip()}


def code_problems(code: str, taken: set[str]) -> list[Problem]:
    """Return what is wrong with the code of a new task; ``taken`` are the operation's codes."""
    if not _CODE.fullmatch(code) or code in _WORDS:
        message = _("A code has up to 40 letters, digits, dots and hyphens, such as T12.")
        return [Problem("bad-code", message, "/code")]
    if code in taken:
        message = _("The operation already has a task ${code}.", mapping={"code": code})
        return [Problem("code-taken", message, "/code")]
    return []


def problems_of(
    operation: Operation, given: TaskInput, task: Task | None, graph: Mapping[str, Sequence[str]]
) -> list[Problem]:
    """Return what is wrong with what a task says.

    ``task`` is the one that is changed, whose units may stay; ``graph`` maps the codes of the operation's tasks to
    the codes of those that they wait for.
    """
    code = task.code if task else given.code or ""
    return [
        *said_problems(given, frame_of(operation, task)),
        *rules.dependency_problems(code, given.depends_on, graph),
    ]


def said_problems(given: TaskInput, frame: rules.Frame) -> list[Problem]:
    """Return what is wrong with what a task says by itself, without the tasks that it waits for."""
    return [
        *_text_problems(given),
        *rules.window_problems(given.starts_on, given.ends_on, frame),
        *_hours_problems(given.hours),
        *rules.unit_problems(given.units, given.lead, frame),
        *rules.code_problems(area=given.action_area, kind=given.kind, place=given.place, frame=frame),
        *rules.place_problems(given.place),
        *rules.need_problems(given.authorities, given.resources, frame),
    ]


def concerns(problem: Problem, changes: Mapping[str, Any]) -> bool:
    """Say whether a problem lies in what is changed: what was there before may have been overtaken by the plan."""
    place = problem.pointer.split("/")[1]
    return any(name in changes for name in (place, *_DEPENDS_ON.get(place, ())))


_DEPENDS_ON = {"ends_on": ("starts_on",), "lead": ("units",)}


def frame_of(operation: Operation, task: Task | None = None) -> rules.Frame:
    """Return what a task of the operation has to fit into; the units that ``task`` has may stay in it."""
    known = catalogue()
    units = {unit.code for unit in operation.units if unit.in_plan}
    units |= {assignment.unit.code for assignment in task.assignments} if task else set()
    return rules.Frame(
        first_day=operation.first_day,
        last_day=operation.last_day,
        units=frozenset(units),
        areas=tuple(area.code for area in operation.action_areas if area.in_plan),
        kinds=tuple(known.task_types),
        place_kinds=tuple(known.place_kinds),
        countries=frozenset(known.countries),
        authorities=tuple(known.authority_types),
        resources=tuple(known.contribution_kinds),
    )


def _text_problems(given: TaskInput) -> list[Problem]:
    problems = []
    if not given.title:
        problems.append(Problem("title-missing", _("Give it a title in at least one language."), "/title"))
    limited = [
        *((f"/title/{language}", text, TITLE_LENGTH) for language, text in given.title.items()),
        *((f"/instructions/{lang}", text, INSTRUCTIONS_LENGTH) for lang, text in given.instructions.items()),
        ("/place/name", str((given.place or {}).get("name", "")), NAME_LENGTH),
    ]
    for pointer, text, limit in limited:
        if len(text) > limit:
            message = _("This text has at most ${count} characters.", mapping={"count": limit})
            problems.append(Problem("too-long", message, pointer))
    return problems


def _hours_problems(hours: Mapping[str, str] | None) -> list[Problem]:
    return [
        Problem("bad-hours", _("Give both times as hours and minutes, such as 06:00."), f"/hours/{key}")
        for key in ("since", "until")
        if hours is not None and not _HOUR.fullmatch(hours.get(key, ""))
    ]
