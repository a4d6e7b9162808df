"""Words for people: lazy, in each language, and bracketed in the made-up one."""

from __future__ import annotations

from datetime import date

import pytest

from jointops.kernel.i18n import LOCALES, PSEUDO_LOCALE, _, label, localizer, said_of, translator


@pytest.mark.parametrize("locale", list(LOCALES))
def test_placeholders_are_filled_in_every_language(locale: str) -> None:
    text = _("There is no role ${role}.", mapping={"role": "boss"})

    assert "boss" in translator(locale)(text)
    assert "${" not in translator(locale)(text)


def test_the_made_up_language_brackets_what_is_ours_and_nothing_else() -> None:
    translate = translator(PSEUDO_LOCALE)

    assert translate(_("Sign in")) == "⟦Sign in⟧"
    assert translate(_("Day ${day}", mapping={"day": "3"})) == "⟦Day 3⟧"
    assert translate("RO-POLICE") == "RO-POLICE"


def test_the_made_up_language_has_one_and_many() -> None:
    chosen = localizer(PSEUDO_LOCALE)

    assert chosen.pluralize("${n} day", "${n} days", 1) == "⟦1 day⟧"
    assert chosen.pluralize("${n} day", "${n} days", 3) == "⟦3 days⟧"


def test_a_label_is_the_locale_s_else_english_else_the_first() -> None:
    assert label({"en": "Arrests", "fr": "Arrestations"}, "fr") == "Arrestations"
    assert label({"en": "Arrests"}, "fr") == "Arrests"
    assert label({"nl": "Aanhoudingen"}, "fr") == "Aanhoudingen"
    assert label({}, "fr") == ""
    assert label({"en": "Arrests"}, PSEUDO_LOCALE) == "⟦Arrests⟧"


def test_a_value_that_is_lazy_itself_is_translated_too() -> None:
    text = _("${code} is now: ${state}.", mapping={"code": "X", "state": said_of("operation", "Approved")})

    assert translator("fr")(text) == "X, nouvel état\u00a0: Approuvée."
    assert translator(PSEUDO_LOCALE)(text) == "⟦X is now: ⟦Approved⟧.⟧"


def test_several_lazy_values_are_joined() -> None:
    steps = (said_of("operation", "Closed"), said_of("operation", "Cancelled"), "X")
    text = _("In words: ${steps}", mapping={"steps": steps})

    assert translator("en")(text) == "In words: Closed, Cancelled, X"


@pytest.mark.parametrize(
    ("locale", "written"), [("en", "3 May 2027"), ("fr", "3 mai 2027"), (PSEUDO_LOCALE, "3 May 2027")]
)
def test_a_day_is_written_as_people_write_it(locale: str, written: str) -> None:
    text = _("It begins on ${day}.", mapping={"day": date(2027, 5, 3)})

    assert written in translator(locale)(text)
