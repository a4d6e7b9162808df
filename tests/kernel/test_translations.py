"""Every language has every word: the catalogues of our own texts, the labels of reference data and plans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from click.testing import CliRunner

from jointops.cli import main
from jointops.kernel.i18n import DEFAULT_LOCALE, LOCALE_DIR, LOCALES, _, said_of, translator
from jointops.kernel.paths import folder
from scripts import translations

TRANSLATED = [locale for locale in LOCALES if locale != DEFAULT_LOCALE]
FILES = [
    *sorted((translations.ROOT / "jointops" / "reference" / "data").glob("*.yaml")),
    *sorted(folder("plans").glob("*.yaml")),
]


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return translations.extracted()


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_language_has_every_text(texts: Catalog, locale: str) -> None:
    assert list(translations.complaints(texts, translations.catalogue_of(locale))) == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_the_plural_of_a_language_is_known(locale: str) -> None:
    catalogue = translations.catalogue_of(locale)

    assert catalogue.num_plurals == Catalog(locale).num_plurals
    assert catalogue.plural_expr == Catalog(locale).plural_expr


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not translated"),
        ("Le jour", "placeholders or markup differ"),
        ("Le <b>${day}</b>", "placeholders or markup differ"),
        ("Le ${jour}", "placeholders or markup differ"),
    ],
)
def test_a_text_that_is_wrong_is_named(text: str, complaint: str) -> None:
    wanted, catalogue = Catalog(), Catalog("fr")
    wanted.add("The ${day}")
    catalogue.add("The ${day}", text)

    assert list(translations.complaints(wanted, catalogue)) == [f"{complaint}: 'The ${{day}}'"]


def test_an_unsure_and_a_superfluous_text_are_named() -> None:
    wanted, catalogue = Catalog(), Catalog("fr")
    wanted.add("Day")
    catalogue.add("Day", "Jour", flags={"fuzzy"})
    catalogue.add("Night", "Nuit")

    assert list(translations.complaints(wanted, catalogue)) == [
        "marked as unsure: 'Day'",
        "no longer used: 'Night'",
    ]


def test_a_text_without_its_plural_is_named() -> None:
    wanted, catalogue = Catalog(), Catalog("fr")
    wanted.add(("%(n)s day", "%(n)s days"))
    catalogue.add(("%(n)s day", "%(n)s days"), ("%(n)s jour",))

    assert list(translations.complaints(wanted, catalogue)) == [
        "forms of the plural are missing: '%(n)s day'"
    ]


def test_a_word_has_the_form_of_what_it_is_said_of() -> None:
    french = translator("fr")

    assert french(said_of("task", "Accepted")) == "Acceptée"
    assert french(_("Accepted")) == "Accepté"
    assert translator("en")(said_of("task", "Accepted")) == "Accepted"


FIELD = re.compile(r"\{\w+(?:!r)?\}|%\(\w+\)s")
BREAKING_SPACE = re.compile(r" [:;?!»]| %(?!\()|« |'")


def test_french_keeps_its_signs_on_the_line_and_its_apostrophes_curved() -> None:
    french = {form: message for message in translations.catalogue_of("fr") for form in _forms(message)}

    assert [form for form in french if BREAKING_SPACE.search(form)] == []


def test_french_keeps_the_number_where_one_form_says_none_and_one() -> None:
    # French has one form for 0 and 1: what says "one" in English must not say it of none.
    spelt_out = [
        message.id
        for message in translations.catalogue_of("fr")
        if message.pluralizable and "%(n)s" in _forms(message)[1] and "%(n)s" not in _forms(message)[0]
    ]

    assert spelt_out == []


def test_click_speaks_french_too() -> None:
    french = {"LANG": "fr_FR.UTF-8", "LC_ALL": "fr_FR.UTF-8", "LANGUAGE": ""}

    answer = CliRunner().invoke(main, ["plans"], env=french)

    assert "Utilisation\u00a0: jointops plans [OPTIONS]" in answer.output
    assert "Commandes:" in answer.output


def test_what_click_says_is_still_what_the_catalogue_translates() -> None:
    found = extract_from_dir(str(Path(click.__file__).parent), keywords={"_": None, "ngettext": (1, 2)})
    said = {message if isinstance(message, str) else message[0] for _file, _line, message, *_rest in found}
    with (LOCALE_DIR / "fr" / "LC_MESSAGES" / "click.po").open("rb") as stream:
        catalogue = read_po(stream)

    assert [message.id for message in catalogue if message.id and _first(message) not in said] == []
    assert [message.id for message in catalogue if not _same_fields(message)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_label_of_reference_data_and_plans_is_there_in_every_language(file: Path) -> None:
    texts = list(_labels(yaml.safe_load(file.read_text(encoding="utf-8"))))

    assert [text for text in texts if not text.keys() >= LOCALES.keys()] == []
    assert [text for text in texts if BREAKING_SPACE.search(text["fr"])] == []


def _forms(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (str(message.string),)


def _first(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _same_fields(message: Message) -> bool:
    wanted = set(FIELD.findall(" ".join([message.id] if isinstance(message.id, str) else message.id)))
    return set(FIELD.findall(" ".join(_forms(message)))) <= wanted


def _labels(data: Any) -> Iterator[dict[str, str]]:
    """Yield every text by language that stands anywhere in ``data``."""
    if isinstance(data, dict):
        if data.keys() & LOCALES.keys():
            yield data
        for value in data.values():
            yield from _labels(value)
    elif isinstance(data, list):
        for value in data:
            yield from _labels(value)
