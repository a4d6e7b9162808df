"""Reading the query options of a request: what is asked of an entity set, of an entity, or of what is expanded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jointops.kernel.i18n import _
from jointops.returns.odata import filters, refusals
from jointops.returns.odata.filters import Condition, Order
from jointops.returns.odata.model import ENTITY_SETS, EntityType, Navigation

MAX_EXPAND_DEPTH = 3
"""Expansions inside one another."""

MAX_NUMBER = 10**9
"""The largest ``$top`` and ``$skip``."""

SYSTEM = ("$count", "$expand", "$filter", "$format", "$orderby", "$select", "$skip", "$skiptoken", "$top")
CUSTOM = ("as_known_at", "status", "lang")

_OF_COLLECTION = frozenset(SYSTEM)
_OF_ENTITY = frozenset({"$expand", "$format", "$select"})
_OF_COUNT = frozenset({"$filter", "$format"})
_NESTED = frozenset({"$count", "$expand", "$filter", "$orderby", "$select", "$skip", "$top"})
_NOT_OFFERED = ("$apply", "$compute", "$deltatoken", "$index", "$levels", "$schemaversion", "$search")


@dataclass(frozen=True, slots=True)
class Expansion:
    """What is answered along with each entity: others, found by a navigation property."""

    navigation: Navigation
    query: Query


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of entities of one type. ``select`` ``None`` is every property.

    ``given`` are the options as they were written, for the address of the next page.
    """

    entity: EntityType
    condition: Condition | None = None
    order: tuple[Order, ...] = ()
    select: tuple[str, ...] | None = None
    expand: tuple[Expansion, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    token: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)

    def properties(self) -> tuple[str, ...]:
        """Return the names of the properties that are answered, in the order of the type."""
        names = tuple(self.entity.properties)
        return names if self.select is None else tuple(name for name in names if name in self.select)


def of_collection(given: Mapping[str, str], entity: EntityType) -> Query:
    """Return what the options ask of an entity set; raises :class:`~.refusals.BadQuery`."""
    return _query(given, entity, _OF_COLLECTION, depth=0)


def of_entity(given: Mapping[str, str], entity: EntityType) -> Query:
    """Return what the options ask of one entity; raises :class:`~.refusals.BadQuery`."""
    return _query(given, entity, _OF_ENTITY, depth=0)


def of_count(given: Mapping[str, str], entity: EntityType) -> Query:
    """Return what the options ask of ``/$count``; raises :class:`~.refusals.BadQuery`."""
    return _query(given, entity, _OF_COUNT, depth=0)


def of_description(given: Mapping[str, str]) -> None:
    """Return when the options may be given to the service document or the description of the feed."""
    _require_known(given, frozenset({"$format"}))


def once_each(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the options by name; raises :class:`~.refusals.BadQuery` when one is given twice."""
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given:
            message = _("${option} is given twice. Give it once.", mapping={"option": name[:80]})
            raise refusals.BadQuery("odata-option-repeated", message, name[:80])
        given[name] = value
    return given


def _query(given: Mapping[str, str], entity: EntityType, known: frozenset[str], depth: int) -> Query:
    _require_known(given, known)
    expand = _expand(given["$expand"], entity, depth) if "$expand" in given else ()
    return Query(
        entity=entity,
        condition=filters.read_filter(given["$filter"], entity) if "$filter" in given else None,
        order=filters.read_orderby(given["$orderby"], entity) if "$orderby" in given else (),
        select=_select(given["$select"], entity, expand) if "$select" in given else None,
        expand=expand,
        top=_number(given, "$top") if "$top" in given else None,
        skip=_number(given, "$skip") if "$skip" in given else 0,
        count=_yes_or_no(given, "$count"),
        token=given.get("$skiptoken"),
        given=given,
    )


def _require_known(given: Mapping[str, str], known: frozenset[str]) -> None:
    for name in given:
        if name in known or name in CUSTOM:
            continue
        mapping = {"option": name[:80]}
        if name in _NOT_OFFERED:
            message = _("${option} is not offered here.", mapping=mapping)
            raise refusals.NotOffered("odata-option-not-offered", message, f"/query/{name}")
        if name in SYSTEM:
            message = _("${option} cannot be used at this address.", mapping=mapping)
        else:
            message = _("There is no option “${option}”.", mapping=mapping)
        raise refusals.BadQuery("odata-option-unknown", message, name[:80], (*sorted(known), *CUSTOM))


def _number(given: Mapping[str, str], name: str) -> int:
    text = given[name].strip()
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_NUMBER))):
        message = _("${option} takes a whole number, such as 100.", mapping={"option": name})
        raise refusals.BadQuery("odata-not-a-number", message, name)
    return min(int(text), MAX_NUMBER)


def _yes_or_no(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false").strip()
    if text not in {"true", "false"}:
        message = _("${option} takes true or false.", mapping={"option": name})
        raise refusals.BadQuery("odata-not-true-or-false", message, name, ("true", "false"))
    return text == "true"


def _select(text: str, entity: EntityType, expand: Sequence[Expansion]) -> tuple[str, ...] | None:
    names = [name.strip() for name in text.split(",")]
    expanded = {item.navigation.name for item in expand}
    for name in names:
        if name not in entity.properties and name not in expanded and name != "*":
            if name in entity.navigations:
                message = _("$select: “${name}” is expanded with $expand.", mapping={"name": name})
                raise refusals.BadQuery("odata-property-unknown", message, "$select")
            raise refusals.unknown_property("$select", name, entity.entity_set, tuple(entity.properties))
    return None if "*" in names else tuple(names)


def _expand(text: str, entity: EntityType, depth: int) -> tuple[Expansion, ...]:
    if depth >= MAX_EXPAND_DEPTH:
        message = _("$expand goes at most ${n} deep.", mapping={"n": MAX_EXPAND_DEPTH})
        raise refusals.too_much("$expand", message)
    if len(text) > filters.MAX_LENGTH:
        message = _(
            "${option} is longer than ${n} characters.",
            mapping={"option": "$expand", "n": filters.MAX_LENGTH},
        )
        raise refusals.too_much("$expand", message)
    found: dict[str, Expansion] = {}
    for item in parts(text, ","):
        name, bracket, rest = item.partition("(")
        name = name.strip()
        if bracket and not rest.rstrip().endswith(")"):
            raise refusals.syntax("$expand", len(text), text, ")")
        nested = _nested_options(rest.rstrip()[:-1]) if bracket else {}
        names = list(entity.navigations) if name == "*" else [name]
        for each in names:
            if each not in entity.navigations:
                raise refusals.unknown_property("$expand", each, entity.entity_set, tuple(entity.navigations))
            if each in found:
                message = _("${option} is given twice. Give it once.", mapping={"option": f"$expand={each}"})
                raise refusals.BadQuery("odata-option-repeated", message, "$expand")
            way = entity.navigations[each]
            allowed = _NESTED if way.many else frozenset({"$expand", "$select"})
            query = _query(nested, ENTITY_SETS[way.target], allowed - set(CUSTOM), depth + 1)
            found[each] = Expansion(way, query)
    return tuple(found.values())


def _nested_options(text: str) -> dict[str, str]:
    pairs = []
    for part in parts(text, ";"):
        name, sign, value = part.partition("=")
        name = name.strip()
        if not sign or name not in _NESTED:
            message = _("$expand: there is no option “${option}” in it.", mapping={"option": name[:80]})
            raise refusals.BadQuery("odata-option-unknown", message, "$expand", sorted(_NESTED))
        pairs.append((name, value))
    return once_each(pairs)


def parts(text: str, separator: str, option: str = "$expand") -> list[str]:
    """Divide at the separators that stand neither in parentheses nor in quotes."""
    found, depth, quoted, start = [], 0, False, 0
    for at, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        elif sign == separator and depth == 0:
            found.append(text[start:at])
            start = at + 1
    if depth or quoted:
        raise refusals.syntax(option, len(text), text, "'" if quoted else ")")
    return [*found, text[start:]]
