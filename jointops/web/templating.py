"""Jinja pages: where they are, our words in the reader's language, numbers and dates as the reader writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.threadlocal import get_current_request
from translationstring import TranslationString

from jointops.kernel import i18n
from jointops.kernel.paths import folder
from jointops.rendering import numbers


class Undefined(StrictUndefined):
    """A name that a page was not given: may be asked for (``{% if item.note %}``), but not printed or followed."""

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


def includeme(config: Configurator) -> None:
    """Bring Jinja with our words, filters and strictness."""
    config.registry.settings.setdefault("jinja2.undefined", "strict")
    config.include("pyramid_jinja2")
    config.add_jinja2_search_path(str(folder("templates")))
    config.action(None, _prepare, args=(config,), order=100)


def _prepare(config: Configurator) -> None:
    environment: Environment = config.get_jinja2_environment()
    environment.undefined = Undefined
    environment.trim_blocks = False
    # Not Jinja's "newstyle": it marks every translation as safe markup, also what people typed into its placeholders.
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=False)  # type: ignore[attr-defined]
    environment.globals["_"] = words
    environment.globals["said_of"] = said_of
    environment.globals["route"] = _route
    environment.filters.update(FILTERS)


def words(text: str, **mapping: object) -> str:
    """Return ``text`` in the reader's language, its ``${placeholders}`` filled from ``mapping``.

    ``text`` is a literal of the template or a lazy string of the code; what is neither is returned unchanged.
    """
    if not isinstance(text, TranslationString):
        text = TranslationString(text, domain=i18n.DOMAIN, mapping=mapping or None)
    return i18n.translator(locale())(text)


def said_of(what: str, text: str) -> str:
    """Return ``text``, a word that other languages inflect, as it is said of ``what``; both are literals."""
    return words(i18n.said_of(what, text))


def locale() -> str:
    """Return the language of the page that is being made."""
    return str(get_current_request().locale)


def _gettext(text: str) -> str:
    return words(text)


def _ngettext(singular: str, plural: str, n: int) -> str:
    # The template fills %(n)s itself: Pyramid's own filling is for ${n}.
    return str(get_current_request().localizer.pluralize(singular, plural, n, domain=i18n.DOMAIN))


def _route(name: str, /, **values: Any) -> str:
    return str(get_current_request().route_path(name, **values))


def _number(value: Decimal | int | None, places: int | None = None) -> str | None:
    return None if value is None else numbers.number(value, locale(), places)


def _quantity(value: Decimal | int | None, unit: str = "", places: int | None = None) -> str | None:
    return None if value is None else numbers.quantity(value, unit, locale(), places)


def _percentage(value: Decimal | int, whole: Decimal | int | None, places: int = 0) -> str:
    return numbers.percentage(value, whole, locale(), places)


def _of_day(written: Callable[[date, str], str]) -> Callable[[date | None], str | None]:
    return lambda value: None if value is None else written(value, locale())


def _of_instant(
    written: Callable[[datetime, str, str], str],
) -> Callable[..., str | None]:
    def filtered(value: datetime | None, time_zone: str = "UTC") -> str | None:
        return None if value is None else written(value, locale(), time_zone)

    return filtered


def _symbols(sprite: str, names: str) -> Markup:
    """Return the drawings of a page, only those of ``names`` (separated by spaces), where it has to be light."""
    kept = set(names.split())
    drawing = re.compile(r'\s*<symbol id="i-([a-z-]+)".*?</symbol>', re.DOTALL)
    return Markup(drawing.sub(lambda found: found[0] if found[1] in kept else "", sprite))  # noqa: S704 - it is ours


def _thin(markup: str) -> Markup:
    """Return markup without the indentation of its lines, which a page that has to be light does without."""
    spare = re.compile(r"(<textarea.*?</textarea>)|\n\s*", re.DOTALL)
    return Markup(spare.sub(lambda found: found[1] or "\n", markup))  # noqa: S704 - it was markup


def _label(labels: Mapping[str, str]) -> str:
    return i18n.label(labels, locale())


FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": _number,
    "quantity": _quantity,
    "percentage": _percentage,
    "day": _of_day(numbers.day),
    "long_day": _of_day(numbers.long_day),
    "short_day": _of_day(numbers.short_day),
    "axis_day": _of_day(numbers.axis_day),
    "instant": _of_instant(numbers.instant),
    "short_instant": _of_instant(numbers.short_instant),
    "time_of_day": _of_instant(lambda value, chosen, zone: numbers.time_of_day(value, chosen, zone)),
    "label": _label,
    "symbols": _symbols,
    "thin": _thin,
    "joined": lambda items: numbers.join(list(items), locale()),
    "words": words,
}
"""Filters of the templates. ``none`` stays ``none``: a missing figure is not an empty or a zero one."""
