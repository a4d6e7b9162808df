"""Reading ``$filter`` and ``$orderby``: from text to a checked expression over the properties of an entity type.

The grammar is that of OData 4.01 (URL conventions, section 5.1.1) as far as the feed answers it: ``eq ne gt ge lt le
in``, ``and or not``, parentheses, the functions in :data:`FUNCTIONS`, and literals. Every comparison is checked for the
types of its two sides here, so that what comes out can be run by a database as it is. Nothing of the text ends up in
SQL: names are looked up, literals become values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal as OneOf

from jointops.kernel.i18n import _
from jointops.returns.odata import refusals
from jointops.returns.odata.model import ENTITY_SETS, NUMBERS, Edm, EntityType

MAX_LENGTH = 8_000
"""Characters of a filter."""

MAX_DEPTH = 40
"""Parentheses, ``not`` and calls inside one another."""

MAX_TERMS = 200
"""Comparisons in one filter; databases limit the depth of an expression."""

MAX_LIST = 500
"""Values after ``in``."""

Comparison = OneOf["eq", "ne", "gt", "ge", "lt", "le"]
Constant = str | Decimal | bool | date | datetime | None

_COMPARISONS: Mapping[str, Comparison] = {
    "eq": "eq",
    "ne": "ne",
    "gt": "gt",
    "ge": "ge",
    "lt": "lt",
    "le": "le",
}
_MIRRORED: Mapping[Comparison, Comparison] = {
    "eq": "eq",
    "ne": "ne",
    "gt": "lt",
    "ge": "le",
    "lt": "gt",
    "le": "ge",
}

_TEXT_TESTS = ("contains", "startswith", "endswith")
_ON_TEXT: Mapping[str, Edm] = {
    "tolower": Edm.STRING,
    "toupper": Edm.STRING,
    "trim": Edm.STRING,
    "length": Edm.INT32,
}
_ON_DAYS = ("year", "month", "day")

FUNCTIONS = (*_TEXT_TESTS, *_ON_TEXT, *_ON_DAYS)


@dataclass(frozen=True, slots=True)
class Field:
    """A property, by its path from the entity: ``("Unit", "party")``."""

    path: tuple[str, ...]
    type: Edm
    nullable: bool = True
    accepted: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The path as it is written."""
        return "/".join(self.path)


@dataclass(frozen=True, slots=True)
class Applied:
    """A function of one property."""

    function: str
    field: Field
    type: Edm

    @property
    def nullable(self) -> bool:
        return self.field.nullable

    @property
    def name(self) -> str:
        return f"{self.function}({self.field.name})"

    @property
    def accepted(self) -> tuple[str, ...]:
        return ()


Operand = Field | Applied


@dataclass(frozen=True, slots=True)
class Compare:
    """A property or function of one against a constant, or against another of the same type."""

    left: Operand
    comparison: Comparison
    right: Operand | Constant


@dataclass(frozen=True, slots=True)
class In:
    """A property or function of one is among these constants."""

    left: Operand
    values: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class TextTest:
    """``contains``, ``startswith`` or ``endswith``, told apart by case."""

    test: str
    left: Operand
    text: str


@dataclass(frozen=True, slots=True)
class Truth:
    """A yes-or-no property by itself."""

    field: Field


@dataclass(frozen=True, slots=True)
class Always:
    """``true`` or ``false`` written out."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """What does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    """All of the parts hold (``and``)."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of the parts holds (``or``)."""

    parts: tuple[Condition, ...]


Condition = Compare | In | TextTest | Truth | Always | Not | All | Any


@dataclass(frozen=True, slots=True)
class Order:
    """One term of ``$orderby``. Nothing comes before everything else, as OData has it."""

    by: Operand
    descending: bool = False


@dataclass(frozen=True, slots=True)
class _Literal:
    value: Constant


def read_filter(text: str, entity: EntityType, option: str = "$filter") -> Condition:
    """Return what a ``$filter`` asks of entities of ``entity``; raises :class:`~.refusals.BadQuery`."""
    reader = _Reader(text, entity, option)
    condition = reader.condition(reader.either())
    reader.require_end()
    return condition


def read_orderby(text: str, entity: EntityType, option: str = "$orderby") -> tuple[Order, ...]:
    """Return the terms of an ``$orderby``; raises :class:`~.refusals.BadQuery`."""
    reader = _Reader(text, entity, option)
    terms: list[Order] = []
    while True:
        operand = reader.operand()
        if not isinstance(operand, Field | Applied):
            raise reader.expected(_("a property"))
        descending = reader.word("desc")
        if not descending:
            reader.word("asc")
        terms.append(Order(operand, descending))
        if len(terms) > MAX_TERMS:
            raise reader.too_large()
        if not reader.sign(","):
            reader.require_end()
            return tuple(terms)


def field_of(entity: EntityType, path: tuple[str, ...], option: str) -> Field:
    """Return the property that a path from ``entity`` leads to; raises :class:`~.refusals.BadQuery`."""
    name = "/".join(path)
    if len(path) == 1:
        found = entity.properties.get(path[0])
    elif len(path) == 2 and path[0] in entity.navigations:
        way = entity.navigations[path[0]]
        found = ENTITY_SETS[way.target].properties.get(path[1])
        if found is not None and path[1] not in way.through:
            raise _unusable(option, name)
    else:
        found = None
    if found is None:
        ways = (f"{way.name}/{step}" for way in entity.navigations.values() for step in way.through)
        known = [item.name for item in entity.properties.values() if item.filterable]
        raise refusals.unknown_property(option, name, entity.entity_set, (*known, *ways))
    if not found.filterable:
        raise _unusable(option, name)
    through = len(path) == 2 and entity.navigations[path[0]].nullable
    return Field(path, found.type, found.nullable or through, found.accepted)


def _unusable(option: str, name: str) -> refusals.BadQuery:
    mapping = {"option": option, "name": name}
    message = (
        _(
            "${option}: choose a status with the option status=accepted (or verified, provisional).",
            mapping=mapping,
        )
        if name.rpartition("/")[2] == "status"
        else _("${option}: “${name}” can be read, but not filtered or sorted by.", mapping=mapping)
    )
    return refusals.BadQuery("odata-property-not-filterable", message, option)


_DAY = r"\d{4}-\d{2}-\d{2}"
# A plus sign that was not escaped arrives as a space.
_INSTANT = re.compile(rf"{_DAY}T\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d{{1,12}})?)?(?:Z|[+\- ]\d{{2}}:\d{{2}})")
_LITERALS = (
    (_INSTANT, Edm.INSTANT),
    (re.compile(rf"{_DAY}(?![\dT:])"), Edm.DATE),
    (re.compile(r"[+-]?\d{1,100}(?:\.\d{1,100})?(?:[eE][+-]?\d{1,2})?(?![\w.])"), Edm.DECIMAL),
    (re.compile(r"'(?:[^']|'')*'"), Edm.STRING),
)
_NAME = re.compile(r"[^\W\d]\w*")
_SPACE = re.compile(r"[ \t]*")
_WORDS: Mapping[str, Constant] = {"true": True, "false": False, "null": None}


class _Reader:
    """Reads one expression from left to right; every method goes on where the last one stopped."""

    def __init__(self, text: str, entity: EntityType, option: str) -> None:
        if len(text) > MAX_LENGTH:
            raise refusals.too_much(
                option,
                _("${option} is longer than ${n} characters.", mapping={"option": option, "n": MAX_LENGTH}),
            )
        self._text, self._entity, self._option = text, entity, option
        self._at = self._depth = self._terms = 0
        self._skip_space()

    # --- Conditions ---

    def either(self) -> Condition | Operand | _Literal:
        parts = [self._both()]
        while self.word("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Any(tuple(self.condition(part) for part in parts))

    def _both(self) -> Condition | Operand | _Literal:
        parts = [self._negated()]
        while self.word("and"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else All(tuple(self.condition(part) for part in parts))

    def _negated(self) -> Condition | Operand | _Literal:
        at = self._at
        if self.word("not"):
            if self._text[self._at : self._at + 1] == "/":
                raise self.expected(_("a condition"))
            self._deeper()
            part = Not(self.condition(self._negated()))
            self._depth -= 1
            return part
        self._at = at
        return self._compared()

    def _compared(self) -> Condition | Operand | _Literal:
        left = self.operand()
        at = self._at
        if self.word("in"):
            return self._among(self._side(left, at))
        for name, comparison in _COMPARISONS.items():
            if self.word(name):
                self._count()
                return self._comparison(left, comparison, at)
        return left

    def _comparison(self, left: Condition | Operand | _Literal, comparison: Comparison, at: int) -> Condition:
        start = self._at
        right = self.operand()
        if isinstance(left, _Literal):
            left, right, comparison, start = right, left, _MIRRORED[comparison], at
        if not isinstance(left, Field | Applied):
            return self._against_truth(left, comparison, right, start)
        if isinstance(right, _Literal):
            return Compare(left, comparison, self._constant(left, right.value, comparison, start))
        side = self._side(right, start)
        if side.type is not left.type or left.type is Edm.BOOLEAN:
            raise self._other_types(left, start)
        return Compare(left, comparison, side)

    def _against_truth(
        self,
        left: Condition | _Literal,
        comparison: Comparison,
        right: Condition | Operand | _Literal,
        at: int,
    ) -> Condition:
        """A condition compared with true or false, as some clients write it: ``contains(…) eq true``."""
        if (
            isinstance(left, _Literal)
            or comparison not in {"eq", "ne"}
            or not isinstance(right, _Literal)
            or not isinstance(right.value, bool)
        ):
            raise self.expected(_("a property on one side of the comparison"), at)
        return left if right.value is (comparison == "eq") else Not(left)

    def _among(self, left: Operand) -> Condition:
        if not self.sign("("):
            raise self.expected("(")
        values: list[Constant] = []
        while True:
            at = self._at
            item = self.operand()
            if not isinstance(item, _Literal):
                raise self.expected(_("a value"), at)
            values.append(self._constant(left, item.value, "eq", at))
            if len(values) > MAX_LIST:
                raise self.too_large()
            if self.sign(")"):
                break
            if not self.sign(","):
                raise self.expected(", )")
        self._count()
        return In(left, tuple(values))

    def condition(self, part: Condition | Operand | _Literal) -> Condition:
        """Return ``part`` as a condition; raises where it is a value."""
        if isinstance(part, Field) and part.type is Edm.BOOLEAN:
            self._count()
            return Truth(part)
        if isinstance(part, _Literal) and isinstance(part.value, bool):
            return Always(part.value)
        if isinstance(part, Field | Applied | _Literal):
            raise self.expected("eq, ne, gt, ge, lt, le, in")
        return part

    # --- Operands ---

    def operand(self) -> Condition | Operand | _Literal:
        """Read a literal, a property, a call, or anything in parentheses."""
        if self.sign("("):
            self._deeper()
            inner = self.either()
            if not self.sign(")"):
                raise self.expected(")")
            self._depth -= 1
            return inner
        for pattern, kind in _LITERALS:
            match = pattern.match(self._text, self._at)
            if match:
                literal = self._literal(match[0], kind)
                self._at = match.end()
                self._skip_space()
                return literal
        match = _NAME.match(self._text, self._at)
        if not match:
            raise self.expected(_("a property, a value or ("))
        return self._named(match)

    def _named(self, match: re.Match[str]) -> Condition | Operand | _Literal:
        name, start = match[0], self._at
        self._at = match.end()
        following = self._text[self._at : self._at + 1]
        if following == "(":
            return self._call(name, start)
        if name in _WORDS and following != "/":
            self._skip_space()
            return _Literal(_WORDS[name])
        path = [name]
        while self._text[self._at : self._at + 1] == "/" and (step := _NAME.match(self._text, self._at + 1)):
            path.append(step[0])
            self._at = step.end()
        self._skip_space()
        return field_of(self._entity, tuple(path), self._option)

    def _call(self, name: str, start: int) -> Condition | Operand:
        if name not in FUNCTIONS:
            raise refusals.BadQuery(
                "odata-function-unknown",
                _(
                    "${option}: the function “${name}” is not offered.",
                    mapping={"option": self._option, "name": name[:80]},
                ),
                self._option,
                FUNCTIONS,
            )
        self.sign("(")
        self._deeper()
        at = self._at
        first = self._side(self.operand(), at)
        if name in _TEXT_TESTS:
            self._require_type(first, {Edm.STRING}, at)
            self._require_sign(",")
            at = self._at
            second = self.operand()
            if not isinstance(second, _Literal) or not isinstance(second.value, str):
                raise self.expected(_("a text in single quotes"), at)
            made: Condition | Operand = TextTest(name, first, second.value)
            self._count()
        else:
            if isinstance(first, Applied):
                raise self.expected(_("a property"), at)
            on_text = name in _ON_TEXT
            self._require_type(first, {Edm.STRING} if on_text else {Edm.DATE, Edm.INSTANT}, at)
            made = Applied(name, first, _ON_TEXT[name] if on_text else Edm.INT32)
        self._require_sign(")")
        self._depth -= 1
        return made

    def _literal(self, text: str, kind: Edm) -> _Literal:
        try:
            if kind is Edm.STRING:
                return _Literal(text[1:-1].replace("''", "'"))
            if kind is Edm.DATE:
                return _Literal(date.fromisoformat(text))
            if kind is Edm.INSTANT:
                whole = re.sub(r"(\.\d{6})\d+", r"\1", text.replace(" ", "+"))
                return _Literal(datetime.fromisoformat(whole).astimezone(UTC))
            return _Literal(Decimal(text))
        except (ValueError, OverflowError):
            raise self.expected(_("a date or an instant of the calendar")) from None

    def _constant(self, left: Operand, value: Constant, comparison: Comparison, at: int) -> Constant:
        """Return a literal that ``left`` can be compared with."""
        if value is None:
            if comparison not in {"eq", "ne"}:
                raise self.expected(_("a value: null is only compared with eq and ne"), at)
            return None
        fits = {
            Edm.STRING: isinstance(value, str),
            Edm.BOOLEAN: isinstance(value, bool) and comparison in {"eq", "ne"},
            Edm.DATE: isinstance(value, date) and not isinstance(value, datetime),
            Edm.INSTANT: isinstance(value, datetime),
        }
        if not (isinstance(value, Decimal) if left.type in NUMBERS else fits[left.type]):
            raise self._other_types(left, at)
        if left.accepted and value not in left.accepted:
            raise refusals.BadQuery(
                "odata-value-unknown",
                _(
                    "${option}: “${value}” is no value of ${name}.",
                    mapping={"option": self._option, "value": str(value)[:80], "name": left.name},
                ),
                self._option,
                left.accepted,
            )
        return value

    def _side(self, part: Condition | Operand | _Literal, at: int) -> Operand:
        if not isinstance(part, Field | Applied):
            raise self.expected(_("a property"), at)
        return part

    def _require_type(self, operand: Operand, types: set[Edm], at: int) -> None:
        if operand.type not in types:
            raise self.expected(
                _("a property of type ${types}", mapping={"types": ", ".join(sorted(types))}), at
            )

    def _other_types(self, left: Operand, at: int) -> refusals.BadQuery:
        examples = {
            Edm.STRING: "'ES-POLICE'",
            Edm.BOOLEAN: "true",
            Edm.DATE: "2027-05-03",
            Edm.INSTANT: "2027-05-03T12:00:00Z",
            Edm.DECIMAL: "12.5",
        }
        return self.expected(
            _(
                "a value that ${name} (${type}) can be compared with, written such as ${example}",
                mapping={
                    "name": left.name,
                    "type": left.type.value,
                    "example": examples.get(left.type, "12"),
                },
            ),
            at,
        )

    # --- Signs and words ---

    def sign(self, sign: str) -> bool:
        """Pass over ``sign`` where it comes next, and say whether it did."""
        if not self._text.startswith(sign, self._at):
            return False
        self._at += len(sign)
        self._skip_space()
        return True

    def word(self, word: str) -> bool:
        """Pass over a word of the language where it comes next, and say whether it did."""
        match = _NAME.match(self._text, self._at)
        if not match or match[0] != word:
            return False
        self._at = match.end()
        self._skip_space()
        return True

    def require_end(self) -> None:
        """Return when everything has been read."""
        if self._at < len(self._text):
            raise self.expected(_("and, or, or the end"))

    def expected(self, what: str, at: int | None = None) -> refusals.BadQuery:
        """Return the refusal that says what should stand here."""
        return refusals.syntax(self._option, self._at if at is None else at, self._text, what)

    def too_large(self) -> refusals.BadQuery:
        """Return the refusal of an expression with too many parts."""
        return refusals.too_much(
            self._option,
            _(
                "${option} has too many parts: at most ${terms} comparisons, ${depth} deep, and ${list} values in a "
                "list.",
                mapping={
                    "option": self._option,
                    "terms": MAX_TERMS,
                    "depth": MAX_DEPTH,
                    "list": MAX_LIST,
                },
            ),
        )

    def _require_sign(self, sign: str) -> None:
        if not self.sign(sign):
            raise self.expected(sign)

    def _skip_space(self) -> None:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.too_large()

    def _count(self) -> None:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self.too_large()
