"""What the feed answers, as plain data: pages of an entity set, one entity, what is expanded with either.

Quantities stay exact decimals; :mod:`~jointops.returns.odata.payload` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from jointops.kernel import clock
from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.returns.odata import filters, options, paging, refusals
from jointops.returns.odata.filters import Compare
from jointops.returns.odata.model import ENTITY_SETS, EntityType, Navigation
from jointops.returns.odata.options import Expansion, Query
from jointops.returns.odata.sources import Among, Row, Snapshot, Wanted

PAGE = 1_000
"""Entities of a page, where the client asks for no other number."""

MAX_PAGE = 5_000

PAGE_WITH_EXPANDED = 100
"""Entities of a page where each brings a list of others along."""

EXPANDED = 500
"""Entities of such a list; the rest is behind a link of its own."""

MAX_ENTITIES = 50_000
"""Entities that one answer holds in all."""

_NAMED = re.compile(r"\s*(\w+)\s*=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Feed:
    """One operation's feed: what is known, where its addresses begin (with a ``/`` at the end), and the page size.

    ``custom`` are the custom options as they go into the addresses of next pages: they name the instant, so that
    all pages show the same.
    """

    snapshot: Snapshot
    root: str
    custom: Mapping[str, str]
    page: int | None = None


def collection(feed: Feed, query: Query, *, path: str, among: Among | None = None) -> dict[str, Any]:
    """Return a page of an entity set. ``path`` is its address below the root; ``among`` narrows it to one's own."""
    source = feed.snapshot.source(query.entity)
    size = _page_size(feed, query)
    limit = size if query.top is None else min(query.top, size)
    more = query.top is None or query.top > size
    wanted = Wanted(
        condition=_within(query, among),
        order=query.order,
        after=None if query.token is None else paging.places(query.token, query.entity, query.order),
        skip=query.skip,
        limit=limit + more,
    )
    rows = source.rows(wanted) if limit + more else []
    data: dict[str, Any] = {"@odata.context": f"{feed.root}$metadata#{_shape(query)}"}
    if query.count:
        data["@odata.count"] = source.count(wanted.condition)
    page = rows[:limit]
    if len(rows) > limit:
        rest = {} if query.top is None else {"$top": str(query.top - limit)}
        token = paging.token(source.place(page[-1], query.order))
        data["@odata.nextLink"] = _address(feed, path, query, {**rest, "$skiptoken": token})
    data["value"] = _Expanding(feed).entities(page, query)
    return data


def count(feed: Feed, query: Query, among: Among | None = None) -> int:
    """Return how many entities of a set there are."""
    return feed.snapshot.source(query.entity).count(_within(query, among))


def entity(feed: Feed, query: Query, row: Row) -> dict[str, Any]:
    """Return one entity."""
    context = f"{feed.root}$metadata#{_shape(query)}/$entity"
    return {"@odata.context": context, **_Expanding(feed).entities([row], query)[0]}


def by_key(feed: Feed, types: EntityType, text: str) -> Row:
    """Return the entity that a key in parentheses names: ``'ES-POLICE'``, ``unit_code='ES-POLICE',day=2027-05-03``.

    Raises :class:`~.refusals.BadQuery` for what is no key, NotFound (``odata-entity-unknown``).
    """
    given: dict[str, Compare] = {}
    for part in options.parts(text, ",", "key"):
        named = _NAMED.fullmatch(part)
        name, value = (named[1], named[2]) if named else (types.key[0], part)
        if name in given or name not in types.key:
            raise _no_key(types)
        compared = filters.read_filter(f"{name} eq {value}", types, "key")
        if not isinstance(compared, Compare) or compared.right is None:
            raise _no_key(types)
        given[name] = compared
    if len(given) != len(types.key):
        raise _no_key(types)
    wanted = Wanted(condition=filters.All(tuple(given.values())), limit=1)
    found = feed.snapshot.source(types).rows(wanted)
    if not found:
        message = _(
            "There is no such entity in ${set}, or you may not know of it.", mapping={"set": types.entity_set}
        )
        raise NotFound("odata-entity-unknown", message)
    return found[0]


def _no_key(types: EntityType) -> refusals.BadQuery:
    message = _(
        "An entity of ${set} is named by its key: ${key}.",
        mapping={"set": types.entity_set, "key": ", ".join(types.key)},
    )
    return refusals.BadQuery("odata-key-invalid", message, "key", types.key)


def related(way: Navigation, row: Row) -> Among:
    """Return which entities belong to ``row`` by a navigation property."""
    return Among(way.there, [tuple(row[name] for name in way.here)])


def first(feed: Feed, way: Navigation, row: Row) -> Row | None:
    """Return the one entity that a navigation property leads to from ``row``."""
    if any(row[name] is None for name in way.here):
        return None
    source = feed.snapshot.source(ENTITY_SETS[way.target])
    return next(iter(source.rows(Wanted(among=related(way, row), limit=1))), None)


class _Expanding:
    """Makes entities of rows, with what is expanded: one statement for each expansion, however many rows."""

    def __init__(self, feed: Feed) -> None:
        self._feed, self._left = feed, MAX_ENTITIES

    def entities(self, rows: Sequence[Row], query: Query) -> list[dict[str, Any]]:
        names = query.properties()
        made = [{name: row[name] for name in names} for row in rows]
        for expansion in query.expand:
            (self._many if expansion.navigation.many else self._one)(rows, made, expansion)
        return made

    def _one(self, rows: Sequence[Row], made: Sequence[dict[str, Any]], expansion: Expansion) -> None:
        way, query = expansion.navigation, expansion.query
        found = self._found(rows, way, Wanted(limit=1))
        entities = dict(zip(map(_key_of(way.there), found), self.entities(found, query), strict=True))
        for row, entity_made in zip(rows, made, strict=True):
            entity_made[way.name] = entities.get(_key_of(way.here)(row))

    def _many(self, rows: Sequence[Row], made: Sequence[dict[str, Any]], expansion: Expansion) -> None:
        way, query = expansion.navigation, expansion.query
        limit = EXPANDED if query.top is None else min(query.top, EXPANDED)
        more = query.top is None or query.top > EXPANDED
        wanted = Wanted(query.condition, query.order, skip=query.skip, limit=limit + more)
        found = self._found(rows, way, wanted) if limit else []
        groups: dict[tuple[Any, ...], list[tuple[Row, dict[str, Any]]]] = {}
        for pair in zip(found, self.entities(found, query), strict=True):
            groups.setdefault(_key_of(way.there)(pair[0]), []).append(pair)
        for row, entity_made in zip(rows, made, strict=True):
            group = groups.get(_key_of(way.here)(row), [])
            if query.count:
                source = self._feed.snapshot.source(query.entity)
                entity_made[f"{way.name}@odata.count"] = source.count(query.condition, related(way, row))
            if len(group) > limit:
                entity_made[f"{way.name}@odata.nextLink"] = self._rest(row, expansion, group[limit - 1][0])
            entity_made[way.name] = [each for _row, each in group[:limit]]

    def _found(self, rows: Sequence[Row], way: Navigation, wanted: Wanted) -> list[Row]:
        values = list(dict.fromkeys(filter(_all_given, map(_key_of(way.here), rows))))
        if not values:
            return []
        wanted = replace(wanted, among=Among(way.there, values), at_most=self._left + 1)
        found = self._feed.snapshot.source(ENTITY_SETS[way.target]).rows(wanted)
        self._left -= len(found)
        if self._left < 0:
            message = _(
                "With what is expanded the answer would hold more than ${n} entities. Use $filter or $top in $expand, "
                "or ask for the entity sets one by one.",
                mapping={"n": MAX_ENTITIES},
            )
            raise refusals.too_much("$expand", message)
        return found

    def _rest(self, row: Row, expansion: Expansion, last: Row) -> str:
        """Return the address of the entities of ``row`` after ``last``."""
        way, query = expansion.navigation, expansion.query
        source = self._feed.snapshot.source(query.entity)
        rest = {"$skiptoken": paging.token(source.place(last, query.order))}
        if query.top is not None:
            rest["$top"] = str(query.top - EXPANDED)
        parent = next(types for types in ENTITY_SETS.values() if types.navigations.get(way.name) is way)
        key = ",".join(f"{name}={_literal(row[name])}" for name in parent.key)
        return _address(self._feed, f"{parent.entity_set}({key})/{way.name}", query, rest)


def _key_of(names: Sequence[str]) -> Any:
    return lambda row: tuple(row[name] for name in names)


def _all_given(values: tuple[Any, ...]) -> bool:
    return all(value is not None for value in values)


def _within(query: Query, among: Among | None) -> filters.Condition | None:
    """Return the condition of a query, and of belonging to one entity."""
    if among is None:
        return query.condition
    own = tuple(
        Compare(filters.field_of(query.entity, (name,), "key"), "eq", _constant(value))
        for name, value in zip(among.names, among.values[0], strict=True)
    )
    return filters.All(own if query.condition is None else (*own, query.condition))


def _constant(value: Any) -> filters.Constant:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _literal(value: Any) -> str:
    if isinstance(value, str):
        doubled = value.replace("'", "''")
        return f"'{doubled}'"
    return value.isoformat() if isinstance(value, date) else str(value)


def _page_size(feed: Feed, query: Query) -> int:
    lists = any(_has_list(expansion) for expansion in query.expand)
    size = min(feed.page or PAGE, MAX_PAGE)
    return min(size, PAGE_WITH_EXPANDED) if lists else size


def _has_list(expansion: Expansion) -> bool:
    return expansion.navigation.many or any(_has_list(inner) for inner in expansion.query.expand)


def _shape(query: Query) -> str:
    """Return what is answered, as a context says it: ``Values(id,day,Unit(code))``."""
    inner = _shape_of(query)
    return f"{query.entity.entity_set}({inner})" if inner else query.entity.entity_set


def _shape_of(query: Query) -> str:
    names: Iterable[str] = () if query.select is None else query.properties()
    ways = (f"{item.navigation.name}({_shape_of(item.query)})" for item in query.expand)
    return ",".join((*names, *ways))


def _address(feed: Feed, path: str, query: Query, rest: Mapping[str, str]) -> str:
    kept = {
        name: value
        for name, value in query.given.items()
        if name not in {"$skip", "$skiptoken", "$top", "$format", *feed.custom}
    }
    asked = {**kept, **rest, **feed.custom}
    text = "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in asked.items())
    return feed.root + quote(path, safe="(),'/=") + "?" + text


def custom_options(status: str, as_known_at: datetime, given: Mapping[str, str]) -> dict[str, str]:
    """Return the custom options that the addresses of next pages carry."""
    named = {"status": status, "as_known_at": clock.iso(as_known_at)}
    return {**named, **({"lang": given["lang"]} if "lang" in given else {})}
