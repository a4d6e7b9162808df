"""The sections of an operational plan as data: what each asks for, and the structured parts that an editor shows.

Paths are those of a plan file's plain data, so that a part, a column and the JSON pointer of a problem name the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Labels = Mapping[str, str]

COLUMN_KINDS = frozenset(
    {
        "amount",
        "choice",
        "choices",
        "code",
        "codes",
        "day",
        "days",
        "flag",
        "instant",
        "long-text",
        "number",
        "rows",
        "text",
        "time",
    }
)
PART_KINDS = frozenset({"fields", "rows"})
TEXT_RULES = frozenset({"required", "optional", "none"})

PLAN_SOURCES = frozenset(
    {
        "cycle.actions",
        "cycle.priorities",
        "plan.action_areas",
        "plan.indicators",
        "plan.participants",
        "plan.tasks",
        "plan.units",
        "time_zones",
    }
)
"""What choices may come from besides the lists of the reference data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One value of a part: ``field`` is its path from the row (or from the part), such as ``target/at_least``.

    ``kind`` says how it is shown and ``of`` what a choice is from; ``rows`` have ``columns`` of their own. A section is
    incomplete while a ``required`` one is empty. One that is ``behind`` is shown with what is seldom filled in.
    """

    field: str
    kind: str
    labels: Labels
    required: bool = False
    behind: bool = False
    of: str | None = None
    hint: Labels = dataclasses.field(default_factory=dict)
    columns: tuple[Column, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The keys from the row to the value."""
        return tuple(self.field.split("/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A structured piece of a plan: a list (``kind`` rows, at least ``min`` of them) or single values (fields).

    ``field`` is its path in the plan, empty for values at the top level.
    """

    field: str
    kind: str
    labels: Labels
    min: int = 0
    columns: tuple[Column, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The keys from the plan to the part."""
        return tuple(self.field.split("/")) if self.field else ()

    @property
    def pointer(self) -> str:
        """The JSON pointer of the part in the plan's plain data."""
        return "".join(f"/{key}" for key in self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSection:
    """A section of a plan. ``help`` is one sentence on good content, ``source`` where the rule comes from, if any.

    ``text`` says whether it has a free text and ``text_required`` whether it must; ``formerly`` are codes under which
    plan files may still give that text.
    """

    code: str
    labels: Labels
    help: Labels
    source: Labels = dataclasses.field(default_factory=dict)
    may_be_not_applicable: bool = False
    text: bool = True
    text_required: bool = False
    parts: tuple[Part, ...] = ()
    formerly: tuple[str, ...] = ()


def sections(
    entries: Iterable[Mapping[str, Any]],
    labels: Callable[..., Labels],
    lists: Iterable[str],
    repeated: Mapping[str, Mapping[str, Labels]] = MappingProxyType({}),
) -> Mapping[str, PlanSection]:
    """Read the sections; ``labels`` reads (and checks) the labels of an entry, ``lists`` are what choices are from.

    ``repeated`` holds what a column may be repeated for, by code and labels, such as each of the currencies.
    Raises ValueError for a description that cannot be right.
    """
    sources = frozenset(lists) | PLAN_SOURCES
    found = [_section(_with_repeated(entry, repeated), labels, sources) for entry in entries]
    fields: set[str] = set()
    for section in found:
        for path in (path for part in section.parts for path in _paths(part)):
            if path in fields:
                raise ValueError(f"plan sections: {path} stands in two sections")
            fields.add(path)
    return MappingProxyType({section.code: section for section in found})


def _with_repeated(
    entry: Mapping[str, Any], repeated: Mapping[str, Mapping[str, Labels]]
) -> Mapping[str, Any]:
    """Put one column for each of a list in the place of a column that says so (``each``)."""
    parts = [
        {
            **part,
            "columns": [
                one
                for column in part["columns"]
                for one in (
                    [
                        {"field": code, "labels": said, "kind": column["kind"]}
                        for code, said in repeated[
                            _one_of(entry["code"], column["each"], frozenset(repeated))
                        ].items()
                    ]
                    if "each" in column
                    else [column]
                )
            ],
        }
        for part in entry.get("parts", ())
    ]
    return {**entry, "parts": parts}


def _section(entry: Mapping[str, Any], labels: Callable[..., Labels], sources: frozenset[str]) -> PlanSection:
    text = _one_of(entry["code"], entry["text"], TEXT_RULES)
    return PlanSection(
        code=entry["code"],
        labels=labels(entry),
        help=labels(entry, "help"),
        source=labels(entry, "source") if "source" in entry else {},
        may_be_not_applicable=entry.get("not_applicable", False),
        text=text != "none",
        text_required=text == "required",
        parts=tuple(_part(entry["code"], part, labels, sources) for part in entry.get("parts", ())),
        formerly=tuple(entry.get("formerly", ())),
    )


def _part(
    where: str, entry: Mapping[str, Any], labels: Callable[..., Labels], sources: frozenset[str]
) -> Part:
    return Part(
        field=entry["field"],
        kind=_one_of(where, entry["kind"], PART_KINDS),
        labels=labels({"code": where, **entry}),
        min=entry.get("min", 0),
        columns=tuple(_column(where, column, labels, sources) for column in entry["columns"]),
    )


def _column(
    where: str, entry: Mapping[str, Any], labels: Callable[..., Labels], sources: frozenset[str]
) -> Column:
    named = {"code": f"{where}/{entry['field']}", **entry}
    of = entry.get("of")
    if of is not None:
        _one_of(named["code"], of, sources)
    return Column(
        field=entry["field"],
        kind=_one_of(named["code"], entry["kind"], COLUMN_KINDS),
        labels=labels(named),
        required=entry.get("required", False),
        behind=entry.get("behind", False),
        of=of,
        hint=labels(named, "hint") if "hint" in entry else {},
        columns=tuple(_column(where, column, labels, sources) for column in entry.get("columns", ())),
    )


def _one_of(where: str, value: str, accepted: frozenset[str]) -> str:
    if value not in accepted:
        raise ValueError(
            f"plan sections: {where} says {value}, which is none of {', '.join(sorted(accepted))}"
        )
    return value


def _paths(part: Part) -> Iterable[str]:
    if part.kind == "rows":
        yield part.pointer
        return
    for column in part.columns:
        yield f"{part.pointer}/{column.field}"
