"""What a plan's values are called in one language: choices by their labels, days, times, amounts, lists of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from jointops.kernel.i18n import Translate, _, label, translator
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planindicators import asked
from jointops.operations.reading import party_name
from jointops.reference.catalogue import Column, catalogue
from jointops.rendering import numbers

Data = Mapping[str, Any]


class PlanWords:
    """Writes the values of one plan (in its plain data) as people read them."""

    def __init__(self, plan: PlanDocument, locale: str) -> None:
        self.plan = plan
        self.locale = locale
        self.say: Translate = translator(locale)

    def written(self, column: Column, row: Any) -> str:
        """Return the value of a column in a row of plain data as text; empty where nothing is given."""
        value = row
        for step in column.path:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value in (None, "", [], {}):
            return ""
        if column.kind == "rows":
            return "; ".join(self._nested(column, one) for one in value)
        return _WRITERS[column.kind](self, value, column.of)

    def _nested(self, column: Column, row: Any) -> str:
        row = row if isinstance(row, Mapping) else {column.columns[0].field: row}
        return " ".join(filter(None, (self.written(inner, row) for inner in column.columns)))

    def text(self, texts: Mapping[str, str]) -> str:
        """Return a text of the plan in the language, or the one it has."""
        return label(texts, self.locale)

    def word(self, source: str | None, code: str) -> str:
        """Return what a code from ``source`` is called; units and tasks of the plan go by their codes."""
        if source in _PARTIES:
            return party_name(code, self.locale)
        own = self._own.get(source or "", {})
        if code in own:
            return own[code]
        if source == "units":
            return self.unit(code)
        entry = (getattr(catalogue(), source or "", None) or {}).get(code)
        return label(entry.labels, self.locale) if entry is not None else code

    def unit(self, code: str) -> str:
        """Return the symbol of a unit of measure, or its name where it has none."""
        known = catalogue().units.get(code)
        return code if known is None else known.symbol or label(known.labels, self.locale)

    @cached_property
    def _own(self) -> dict[str, dict[str, str]]:
        """What the plan and its policy cycle call their own things, by source."""
        link = self.plan.policy_cycle
        cycle = catalogue().cycles.get(link.code) if link else None
        priorities = cycle.priorities if cycle else {}
        return {
            "plan.action_areas": {one.code: self.text(one.title) for one in self.plan.action_areas},
            "plan.indicators": {code: self.text(one.labels) for code, one in asked(self.plan).items()},
            "cycle.priorities": {code: self.text(one.labels) for code, one in priorities.items()},
        }

    # One writer a kind of column

    def _text(self, value: Any, _of: str | None) -> str:
        return self.text(value) if isinstance(value, Mapping) else str(value)

    def _choice(self, value: Any, of: str | None) -> str:
        return self.word(of, str(value).lower() if isinstance(value, bool) else str(value))

    def _choices(self, value: Any, of: str | None) -> str:
        return ", ".join(self.word(of, str(one)) for one in value)

    def _day(self, value: Any, _of: str | None) -> str:
        return numbers.long_day(_as_day(value), self.locale)

    def _days(self, value: Any, _of: str | None) -> str:
        days = [_as_day(one) for one in value]
        return numbers.day_range(days[0], days[-1], self.locale)

    def _instant(self, value: Any, _of: str | None) -> str:
        return numbers.short_instant(datetime.fromisoformat(str(value)), self.locale, self.plan.time_zone)

    def _number(self, value: Any, _of: str | None) -> str:
        return numbers.number(Decimal(str(value)), self.locale)

    def _flag(self, value: Any, _of: str | None) -> str:
        return self.say(_("yes")) if value else ""

    def _plain(self, value: Any, _of: str | None) -> str:
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


_PARTIES = frozenset({"parties", "countries", "plan.participants"})

_WRITERS: Mapping[str, Callable[[PlanWords, Any, str | None], str]] = {
    "amount": PlanWords._number,
    "choice": PlanWords._choice,
    "choices": PlanWords._choices,
    "code": PlanWords._plain,
    "codes": PlanWords._plain,
    "day": PlanWords._day,
    "days": PlanWords._days,
    "flag": PlanWords._flag,
    "instant": PlanWords._instant,
    "long-text": PlanWords._text,
    "number": PlanWords._number,
    "text": PlanWords._text,
    "time": PlanWords._plain,
}


def _as_day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def rows_at(data: Data, path: Sequence[str]) -> Any:
    """Return what stands at ``path`` in plain data; None where there is nothing."""
    value: Any = data
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
