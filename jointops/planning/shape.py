"""What a section's form is made of: the description of its parts, joined with the types of the plan document.

The description (reference data) says which fields there are, in which order and words; the document's own types say
what a value is: a text in several languages, a number, a day, a list of codes. A field is named by the JSON pointer of
its value in the plan's plain data.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from jointops.operations.plancodec import SHORT_FORMS, field_types
from jointops.operations.plandoc import PlanDocument, PlanTask
from jointops.reference.catalogue import Column, Labels, Part, PlanSection, catalogue

Path = tuple[str, ...]

REASON = "not_applicable"
"""The key of a section's reason why it does not apply, beside its texts."""


class Form(StrEnum):
    """What a value is, and so how it is written in a field.

    YES is a flag that holds unless the plan says no: it is chosen, as an empty box could not tell no from nothing.
    """

    TEXTS = "texts"
    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    DAY = "day"
    TIME = "time"
    CODES = "codes"
    DAYS = "days"
    WINDOW = "window"
    INSTANT = "instant"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value: ``path`` leads to it from its row, or from the plan; ``of`` names the choices, if it has any.

    ``default`` is what holds where the plan says nothing; ``column`` the description that it is made of.
    """

    path: Path
    form: Form
    kind: str
    labels: Labels
    required: bool = False
    of: str = ""
    hint: Labels = dataclasses.field(default_factory=dict)
    default: str = ""
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A list whose entries have the same fields; ``least`` is how many a complete plan has."""

    path: Path
    labels: Labels
    columns: tuple[Leaf | Rows, ...]
    least: int = 0
    short: str = ""
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """Values that stand once in the plan, shown together."""

    path: Path
    labels: Labels
    columns: tuple[Leaf | Rows, ...]


Piece = Leaf | Rows | Fields


@dataclass(frozen=True, slots=True)
class Outline:
    """A section as a form: its free text, the reason why it does not apply, and its structured pieces."""

    code: str
    labels: Labels
    help: Labels
    source: Labels
    text: Leaf | None
    reason: Leaf | None
    pieces: tuple[Rows | Fields, ...]

    @property
    def roots(self) -> tuple[Leaf | Rows, ...]:
        """Every leaf and list of the section with its whole path from the plan."""
        own = [leaf for leaf in (self.text, self.reason) if leaf is not None]
        return (*own, *(root for piece in self.pieces for root in _roots(piece)))


def _roots(piece: Rows | Fields) -> Iterator[Leaf | Rows]:
    if isinstance(piece, Rows):
        yield piece
        return
    for column in piece.columns:
        yield dataclasses.replace(column, path=piece.path + column.path)


@cache
def outlines() -> Mapping[str, Outline]:
    """Return the sections of a plan by code, in their order."""
    return {code: _outline(section) for code, section in catalogue().plan_sections.items()}


def _outline(section: PlanSection) -> Outline:
    texts = Leaf(("sections", section.code), Form.TEXTS, "long-text", section.labels, section.text_required)
    reason = Leaf(("sections", section.code, REASON), Form.TEXTS, "text", section.labels)
    return Outline(
        section.code,
        section.labels,
        section.help,
        section.source,
        texts if section.text else None,
        reason if section.may_be_not_applicable else None,
        tuple(_piece(part) for part in section.parts),
    )


def _piece(part: Part) -> Rows | Fields:
    path = _path(part.field)
    kind = type_at(PlanDocument, path)
    if part.kind == "rows":
        return _rows(path, kind, part.labels, part.columns, part.min)
    columns = tuple(_column(kind, column) for column in part.columns)
    return Fields(path, part.labels, columns)


def _rows(path: Path, kind: Any, labels: Labels, columns: tuple[Column, ...], least: int = 0) -> Rows:
    entry = get_args(kind)[0]
    made = tuple(_column(entry, column) for column in columns)
    return Rows(path, labels, made, least, SHORT_FORMS.get(entry, ""))


def _column(owner: Any, column: Column) -> Leaf | Rows:
    path = _path(column.field)
    kind = type_at(owner, path)
    if get_origin(kind) is tuple and dataclasses.is_dataclass(get_args(kind)[0]):
        return dataclasses.replace(_rows(path, kind, column.labels, column.columns), column=column)
    form = Form.WINDOW if owner is PlanTask and path == ("days",) else _form(kind)
    default = _default(type_at(owner, path[:-1]), path[-1]) if column.of or form is Form.INTEGER else ""
    if form is Form.FLAG and default == str(True):
        form, default = Form.YES, "true"
    return Leaf(
        path, form, column.kind, column.labels, column.required, column.of or "", column.hint, default, column
    )


def _default(owner: Any, name: str) -> str:
    default = next(field.default for field in dataclasses.fields(owner) if field.name == name)
    return str(default) if isinstance(default, (str, int)) and default != "" else ""


def _path(field: str) -> Path:
    return tuple(step for step in field.replace(".", "/").split("/") if step)


def type_at(owner: Any, path: Path) -> Any:
    """Return the type of the value to which ``path`` leads from the document class ``owner``, without "or None"."""
    for step in path:
        if get_origin(owner) is not None and issubclass(get_origin(owner), Mapping):
            owner = _bare(get_args(owner)[1])
        else:
            owner = _bare(field_types(owner)[step])
    return owner


def _bare(kind: Any) -> Any:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        kind = _bare(next(option for option in get_args(kind) if option is not type(None)))
    return kind


_FORMS: Mapping[Any, Form] = {
    str: Form.STRING,
    Decimal: Form.NUMBER,
    int: Form.INTEGER,
    bool: Form.FLAG,
    date: Form.DAY,
    datetime: Form.INSTANT,
    time: Form.TIME,
}


def _form(kind: Any) -> Form:
    if get_origin(kind) is tuple:
        return Form.DAYS if _bare(get_args(kind)[0]) is date else Form.CODES
    if get_origin(kind) is not None:
        return Form.TEXTS
    return _FORMS[kind]
