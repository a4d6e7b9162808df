"""Strings that people read: lazy translations for our own words, labels per language for reference data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from babel.dates import format_date
from pyramid.i18n import make_localizer
from pyramid.interfaces import ILocalizer
from translationstring import TranslationString, TranslationStringFactory

if TYPE_CHECKING:
    from pyramid.i18n import Localizer

DOMAIN = "jointops"
DEFAULT_LOCALE = "en"
LOCALES: Mapping[str, str] = {"en": "English", "fr": "Français"}
"""The complete languages, each under its own name."""

PSEUDO_LOCALE = "qps"
"""A made-up language in which every translated string is bracketed, so that an untranslated one shows in a test."""

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"

_ = TranslationStringFactory(DOMAIN)


def said_of(what: str, text: str) -> TranslationString:
    """Return a lazy ``text`` for one use of a word that other languages inflect: ``said_of("task", "Accepted")``.

    Both are literals: the catalogues hold the text once for each ``what``, beside the one of ``_``.
    """
    return TranslationString(text, domain=DOMAIN, context=what)


def pair(name: str, value: str) -> TranslationString:
    """Return a name with its value, lazily: the signs between them differ from language to language."""
    return _("${name}: ${value}", mapping={"name": name, "value": value})


class Translate(Protocol):
    """Anything that turns a (lazy) string into text in one language."""

    def __call__(self, text: str, /) -> str: ...


def bracketed(text: str) -> str:
    """Return ``text`` as the pseudo-locale shows it."""
    return f"⟦{text}⟧"


class PseudoLocalizer:
    """A localizer for the pseudo-locale: interpolates like the real one, and brackets what it translates."""

    locale_name = PSEUDO_LOCALE

    def translate(
        self, tstring: str, domain: str | None = None, mapping: Mapping[str, object] | None = None
    ) -> str:
        """Return the string bracketed; ``mapping`` fills its placeholders."""
        text = TranslationString(tstring, domain=domain, mapping=mapping)
        return bracketed(str(text.interpolate()))

    def pluralize(
        self,
        singular: str,
        plural: str,
        n: int,
        domain: str | None = None,
        mapping: Mapping[str, object] | None = None,
    ) -> str:
        """Return the right one of the two forms, bracketed."""
        return self.translate(singular if n == 1 else plural, domain, {"n": n, **(mapping or {})})


_CALENDARS = {DEFAULT_LOCALE: "en_GB", PSEUDO_LOCALE: "en_GB"}
"""Whose way of writing days a locale follows, where it is not its own."""

_localizers: dict[str, Localizer | PseudoLocalizer] = {}


def localizer(locale: str) -> Localizer | PseudoLocalizer:
    """Return the localizer for ``locale`` outside a request (command line, documents, e-mail); cached."""
    if locale not in _localizers:
        _localizers[locale] = (
            PseudoLocalizer() if locale == PSEUDO_LOCALE else make_localizer(locale, [str(LOCALE_DIR)])
        )
    return _localizers[locale]


def translator(locale: str) -> Translate:
    """Return a function that translates lazy strings into ``locale``; plain text passes unchanged.

    A value of a lazy string may be lazy itself, a tuple of lazy or plain texts, which are joined by commas, labels by
    language, of which the right one is chosen, or a day, which is written as people write it: ``3 May 2027``.
    """
    chosen = localizer(locale)

    def translate(text: str) -> str:
        return str(chosen.translate(filled(text))) if isinstance(text, TranslationString) else text

    def filled(text: TranslationString) -> TranslationString:
        return text % {name: value(given) for name, given in text.mapping.items()} if text.mapping else text

    def value(given: object) -> object:
        if isinstance(given, tuple):
            return ", ".join(translate(part) for part in given)
        if isinstance(given, Mapping):
            return label(given, locale)
        if isinstance(given, date):
            return format_date(given, "long", locale=_CALENDARS.get(locale, locale))
        return translate(given) if isinstance(given, TranslationString) else given

    return translate


def label(labels: Mapping[str, str], locale: str) -> str:
    """Choose one of ``labels`` (language code to text): the locale's, else English, else the first.

    An empty mapping gives an empty string. In the pseudo-locale a complete label is bracketed, like our own words.
    """
    if locale == PSEUDO_LOCALE:
        return bracketed(label(labels, DEFAULT_LOCALE)) if any(labels.values()) else ""
    for wanted in (locale, locale.split("_")[0], DEFAULT_LOCALE):
        if labels.get(wanted):
            return labels[wanted]
    return next(iter(labels.values()), "")


__all__ = [
    "DEFAULT_LOCALE",
    "DOMAIN",
    "LOCALES",
    "LOCALE_DIR",
    "PSEUDO_LOCALE",
    "ILocalizer",
    "PseudoLocalizer",
    "Translate",
    "_",
    "bracketed",
    "label",
    "localizer",
    "pair",
    "said_of",
    "translator",
]
