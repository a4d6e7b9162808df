"""Plan files: reading, checking and writing operational plans in the format jointops-plan/1.

``load`` reads a file and finds everything wrong in it, each with line, column and path; ``dump`` writes one; reading
what was written gives the same plan. ``to_data`` and ``from_data`` do the same with plain data, which is what a plan
version keeps and what the API exchanges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import Translate
from jointops.kernel.paths import folder
from jointops.operations import planyaml
from jointops.operations.plancodec import decode, encode
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planrules import CyclePriorities, check
from jointops.operations.planshape import MOST_PROBLEMS, problems_of, schema

_LINE_WIDTH = 116

_READABLE = frozenset(
    {
        "bad-address",
        "bad-code",
        "blank-text",
        "duplicate",
        "negative-quantity",
        "out-of-range",
        "too-long",
        "unknown-code",
    }
)
"""Problems of shape that do not keep a value from being read."""


@dataclass(frozen=True, slots=True)
class PlanProblem(Problem):
    """A problem with its place in the file, counted from 1 (0: the plan did not come from a file)."""

    file: str = ""
    line: int = 0
    column: int = 0

    def line_for_people(self, translate: Translate) -> str:
        """Write the problem on one line: file, line, column, path, code and how to mend it."""
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else ""
        return f"{place}{self.pointer or '/'}: {translate(self.message)} [{self.code}]"


class PlanInvalid(Invalid):
    """The plan is wrong; every one of ``problems`` is a :class:`PlanProblem`, in the order of the file."""

    problems: tuple[PlanProblem, ...]

    def __init__(self, problems: Sequence[PlanProblem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)


def load(text: str | bytes, filename: str = "", cycles: CyclePriorities | None = None) -> PlanDocument:
    """Read a plan file (YAML or JSON, UTF-8) and check it.

    ``filename`` is named in problems; ``cycles`` are the policy cycles that exist (default: the reference data's).
    Raises :class:`PlanInvalid` with everything that is wrong (of very much, the first 200 problems). What the plan
    means is looked at as far as its shape allows: not in a file that cannot be read, or that lacks something a plan
    cannot be without.
    """
    reading = planyaml.read(text, schema())
    problems = [
        PlanProblem(r.code, r.message, r.pointer, file=filename, line=r.spot.line, column=r.spot.column)
        for r in reading.refusals
    ]
    if reading.data is None:
        raise PlanInvalid(problems)
    refused = {refusal.pointer for refusal in reading.refusals}
    shape = [problem for problem in problems_of(reading.data) if problem.pointer not in refused]
    for problem in [*shape, *_meaning_problems(reading.data, shape, refused, cycles)]:
        spot = reading.spot(problem.pointer, key=problem.code == "unknown-key")
        problems.append(
            PlanProblem(
                problem.code,
                problem.message,
                problem.pointer,
                problem.accepted,
                file=filename,
                line=spot.line,
                column=spot.column,
            )
        )
    if problems:
        problems.sort(key=lambda problem: (problem.line, problem.column))
        raise PlanInvalid(problems[:MOST_PROBLEMS])
    return decode(reading.data)


def load_path(path: Path, cycles: CyclePriorities | None = None) -> PlanDocument:
    """Read the plan file at ``path``; like :func:`load`."""
    return load(path.read_bytes(), str(path), cycles)


def to_data(document: PlanDocument) -> dict[str, Any]:
    """Return the canonical plain data of a plan: what a plan version keeps; JSON can carry it as it is."""
    return encode(document)


def from_data(data: Mapping[str, Any], cycles: CyclePriorities | None = None) -> PlanDocument:
    """Return the plan that plain data describe, checked; raises :class:`PlanInvalid` like :func:`load`."""
    shape = problems_of(data)
    problems = [*shape, *_meaning_problems(data, shape, set(), cycles)]
    if problems:
        raise PlanInvalid(
            [
                PlanProblem(problem.code, problem.message, problem.pointer, problem.accepted)
                for problem in problems
            ]
        )
    return decode(data)


def stored(data: Mapping[str, Any]) -> PlanDocument:
    """Return the plan of a plan version, whose data were checked when it was kept and are not checked again."""
    return decode(data)


def dump(document: PlanDocument) -> str:
    """Write a plan as a plan file: always the same text for the same plan."""
    return yaml.dump(
        encode(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_LINE_WIDTH, indent=2
    )


def templates() -> Iterator[tuple[Path, PlanDocument]]:
    """Give the plan templates that come with jointops, with their files, in the order of the file names."""
    for path in sorted(folder("plans").glob("**/*.yaml")):
        document = load_path(path)
        if document.template:
            yield path, document


def _meaning_problems(
    data: Any, shape: Sequence[Problem], refused: set[str], cycles: CyclePriorities | None
) -> list[Problem]:
    """Check what the plan means, without what is wrong in shape and what that bears on; nothing where too much is."""
    wrong = {problem.pointer for problem in shape} | refused
    unreadable = refused | {problem.pointer for problem in shape if problem.code not in _READABLE}
    for pointer in unreadable:
        data = _without(data, pointer.split("/")[1:])
    try:
        document = decode(data)
    except (ArithmeticError, AttributeError, KeyError, StopIteration, TypeError, ValueError):
        if not wrong:
            raise
        return []
    found = check(document, cycles)
    return [
        problem
        for problem in found
        if not any(
            pointer == problem.pointer or pointer.startswith(f"{problem.pointer}/") for pointer in wrong
        )
    ]


def _without(data: Any, path: list[str]) -> Any:
    """Return a copy of ``data`` without the mapping entry at ``path``; list entries stay, so that places keep."""
    if not path:
        return data
    key = path[0].replace("~1", "/").replace("~0", "~")
    if isinstance(data, list):
        return [_without(item, path[1:]) if str(n) == key else item for n, item in enumerate(data)]
    if not isinstance(data, dict):
        return data
    if len(path) == 1:
        return {name: value for name, value in data.items() if name != key}
    return {name: _without(value, path[1:]) if name == key else value for name, value in data.items()}


class _Dumper(yaml.SafeDumper):
    """Writes short lists and mappings of scalars on one line, long texts in folded blocks, and no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        return super().represent_sequence(tag, sequence, flow_style=_fits_a_line(sequence))

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        return super().represent_mapping(tag, mapping, flow_style=_fits_a_line(mapping))

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _fits_a_line(value: Any) -> bool:
    items = list(value.values()) if isinstance(value, dict) else list(value)
    scalars = all(not isinstance(item, (dict, list)) for item in items)
    return scalars and len(str(value)) < 90


__all__ = [
    "PlanInvalid",
    "PlanProblem",
    "dump",
    "from_data",
    "load",
    "load_path",
    "stored",
    "templates",
    "to_data",
]
