"""What drafts make of a plan: the plan as it would be kept, and what is wrong with it, told in the form's own words.

Plain functions over plain data, without a database. Some changes draw others after them: another first day moves every
day of the plan along, and a unit that is taken out leaves its tasks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import DEFAULT_LOCALE, _
from jointops.operations import planfile, planrules, planshape
from jointops.operations.editing import Basics, with_basics
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planrules import CyclePriorities
from jointops.operations.readiness import section_of
from jointops.planning.cells import PARTIES, Cells, apply, clean, locate, tokens_of
from jointops.planning.shape import REASON, outlines

START, END = "/period/start", "/period/end"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A problem with the section and the field (its pointer in the form) that it belongs to."""

    section: str | None
    name: str
    problem: Problem


@dataclass(frozen=True)
class Effect:
    """The plan with the drafts put in: ``document`` is None while something is wrong with it.

    ``data`` are its plain data in any case. ``tasks_lost`` and ``tasks_changed`` are codes of tasks that lose all or
    some of their units because those are taken out.
    """

    data: Mapping[str, Any]
    document: PlanDocument | None
    problems: Sequence[FieldProblem] = ()
    tasks_lost: Sequence[str] = ()
    tasks_changed: Sequence[str] = field(default=())

    @cached_property
    def canonical(self) -> Mapping[str, Any]:
        """The plain data of the document as a version would keep them."""
        return planfile.to_data(self.document) if self.document is not None else self.data

    def of(self, section: str) -> list[FieldProblem]:
        """Return the problems of one section."""
        return [problem for problem in self.problems if problem.section == section]


def effect_of(
    data: Mapping[str, Any], drafts: Mapping[str, Cells], cycles: CyclePriorities | None = None
) -> Effect:
    """Return what ``drafts`` (changed cells by section) make of the plan with these plain data.

    ``cycles`` are the policy cycles that exist, by default those of the reference data.
    """
    cells = {name: text for changed in drafts.values() for name, text in changed.items()}
    known = outlines()
    applied = apply([known[code] for code in drafts if code in known], _moved(data, cells), cells)
    made = applied.data
    lost: list[str] = []
    changed_tasks: list[str] = []
    kept_tasks: list[int] | None = None
    if any(name.startswith(f"/{PARTIES}/") for name in cells):
        made, lost, changed_tasks, kept_tasks = _without_lost_units(data, made)
    problems = [*applied.problems, *_contradictions(made)]
    document = None
    if not problems:
        document, problems = _checked(data, made, cycles)
    return Effect(
        made,
        document,
        tuple(
            _placed(problem, applied.in_form(_task_in_form(problem.pointer, kept_tasks)))
            for problem in problems
        ),
        tuple(lost),
        tuple(changed_tasks),
    )


MANY_TASKS = 200
"""With more tasks than these only those that were changed have their shape looked at while somebody types."""


def _checked(
    before: Mapping[str, Any], made: dict[str, Any], cycles: CyclePriorities | None
) -> tuple[PlanDocument | None, list[Problem]]:
    tasks = made.get("tasks", [])
    if len(tasks) <= MANY_TASKS:
        try:
            return planfile.from_data(made, cycles), []
        except planfile.PlanInvalid as refused:
            return None, list(refused.problems)
    kept = before.get("tasks", [])
    places = [
        n for n, task in enumerate(tasks) if n >= len(kept) or (task is not kept[n] and task != kept[n])
    ]
    looked_at = {**made, "tasks": [tasks[n] for n in places]}
    problems: list[Problem] = []
    for problem in planshape.problems_of(looked_at):
        tokens = tokens_of(problem.pointer)
        if tokens[:1] == ("tasks",) and len(tokens) > 1:
            pointer = "/".join(("", "tasks", str(places[int(tokens[1])]), *tokens[2:]))
            problem = replace(problem, pointer=pointer)
        problems.append(problem)
    if problems:
        return None, problems
    document = planfile.stored(made)
    problems = planrules.check(document, cycles)
    return (None if problems else document), problems


def _placed(problem: Problem, name: str) -> FieldProblem:
    section = section_of(name)
    if section is not None and problem.code == "missing-key":
        # Whoever fills in a form knows the field's label, not the plan file's key.
        place = locate(outlines()[section], name) or locate(outlines()[section], f"{name}/{DEFAULT_LOCALE}")
        if place is not None and place.leaf is not None:
            problem = replace(
                problem, message=_("Fill in “${column}”.", mapping={"column": place.leaf.labels})
            )
    return FieldProblem(section, name, problem)


def _moved(data: Mapping[str, Any], cells: Cells) -> Mapping[str, Any]:
    """Return the data with every day moved as the plan's first and last day are; as they are where those are wrong."""
    start, end = _day(cells.get(START)), _day(cells.get(END))
    if start is None and end is None:
        return data
    period = data.get("period", {})
    if start is not None and end is None and END in cells:
        return data
    if (start or _day(period.get("start"))) is None:
        return data
    if end is not None and end < (start or _day(period.get("start")) or end):
        return data
    moved: Mapping[str, Any] = planfile.to_data(
        with_basics(planfile.stored(data), Basics(start=start, end=end))
    )
    return moved


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(clean(str(text or "")))
    except ValueError:
        return None


def _contradictions(data: Mapping[str, Any]) -> list[Problem]:
    """Say of every section that has both a text and a reason why it does not apply that it cannot have both."""
    message = _("Write the text, or say why it does not apply: not both.")
    return [
        Problem("text-and-reason", message, f"/sections/{code}/{REASON}")
        for code, texts in data.get("sections", {}).items()
        if REASON in texts and len(texts) > 1
    ]


def _without_lost_units(
    before: Mapping[str, Any], data: dict[str, Any]
) -> tuple[dict[str, Any], list[str], list[str], list[int] | None]:
    """Take units that were in the plan and are no longer out of tasks and exceptions; a task without units goes too."""
    gone = _units(before) - _units(data)
    if not gone:
        return data, [], [], None
    data = dict(data)
    lost, changed, kept, places = [], [], [], []
    for place, task in enumerate(data.get("tasks", ())):
        units = [unit for unit in task.get("units", ()) if unit not in gone]
        if units == task.get("units"):
            kept.append(task)
        elif units:
            changed.append(task.get("code", ""))
            task = {**task, "units": units}
            if task.get("lead") in gone:
                del task["lead"]
            kept.append(task)
        else:
            lost.append(task.get("code", ""))
            continue
        places.append(place)
    kept = [_without_waiting(task, lost) for task in kept]
    _put(data, "tasks", kept)
    reporting = data.get("reporting", {})
    exceptions = [
        {**exception, "units": [unit for unit in exception.get("units", ()) if unit not in gone]}
        for exception in reporting.get("exceptions", ())
    ]
    if exceptions:
        reporting = dict(reporting)
        _put(reporting, "exceptions", [exception for exception in exceptions if exception["units"]])
        data["reporting"] = reporting
    return data, lost, changed, places


def _without_waiting(task: dict[str, Any], lost: Sequence[str]) -> dict[str, Any]:
    if not set(task.get("depends_on", ())) & set(lost):
        return task
    task = dict(task)
    _put(task, "depends_on", [code for code in task["depends_on"] if code not in lost])
    return task


def _put(data: dict[str, Any], key: str, items: list[Any]) -> None:
    if items:
        data[key] = items
    else:
        data.pop(key, None)


def _units(data: Mapping[str, Any]) -> set[str]:
    return {
        unit.get("code", "") for participant in data.get(PARTIES, ()) for unit in participant.get("units", ())
    }


def _task_in_form(pointer: str, kept: Sequence[int] | None) -> str:
    tokens = tokens_of(pointer)
    if kept is None or tokens[:1] != ("tasks",) or len(tokens) < 2 or not tokens[1].isdigit():
        return pointer
    place = int(tokens[1])
    return "/".join(("", "tasks", str(kept[place] if place < len(kept) else place), *tokens[2:]))
