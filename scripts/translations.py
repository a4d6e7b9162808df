"""Keeps the catalogues of all languages in step with the texts in code and pages: ``update`` or ``check``.

``check`` fails on a text without translation, an unsure or superfluous one, and on one whose placeholders or markup
differ.
English is the language of the texts themselves and has no catalogue.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from jointops.kernel.i18n import DEFAULT_LOCALE, DOMAIN, LOCALE_DIR, LOCALES

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = ("_", "pluralize:1,2", "said_of:1c,2")
KEPT = re.compile(r"\$?\{\w+\}|%\(\w+\)[a-z]|</?\w[^>]*>")
"""What a translation takes over as it is: placeholders and tags."""
TRANSLATED = [locale for locale in LOCALES if locale != DEFAULT_LOCALE]


def update() -> int:
    """Add new texts to every catalogue, drop those that are gone; make the catalogue of a new language."""
    with tempfile.TemporaryDirectory() as temporary:
        template = Path(temporary) / f"{DOMAIN}.pot"
        _extract(template)
        for locale in TRANSLATED:
            command = ["update", "--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date"]
            if not _catalogue_file(locale).exists():
                command = ["init"]
            _pybabel(
                *command,
                "--no-wrap",
                f"--input-file={template}",
                f"--output-dir={LOCALE_DIR}",
                f"--domain={DOMAIN}",
                f"--locale={locale}",
            )
    return check()


def check() -> int:
    """Print what is missing in each language; return 1 when something is."""
    wanted = extracted()
    found = [
        f"{locale}: {complaint}"
        for locale in TRANSLATED
        for complaint in complaints(wanted, catalogue_of(locale))
    ]
    for complaint in found:
        print(complaint, file=sys.stderr)
    print(f"{len(wanted)} texts, {', '.join(TRANSLATED)}: {len(found)} to mend")
    return 1 if found else 0


def extracted() -> Catalog:
    """Return every text of the code and the pages, untranslated."""
    with tempfile.TemporaryDirectory() as temporary:
        template = Path(temporary) / f"{DOMAIN}.pot"
        _extract(template)
        return _read(template)


def catalogue_of(locale: str) -> Catalog:
    """Return the catalogue of a language; empty while there is none."""
    return _read(_catalogue_file(locale))


def complaints(wanted: Catalog, catalogue: Catalog) -> Iterator[str]:
    """Yield what is wrong with ``catalogue``, which should hold a translation of every text in ``wanted``."""
    for message in wanted:
        if not message.id:
            continue
        translation = catalogue.get(message.id, message.context)
        if translation is None or not all(_texts(translation.string)):
            yield f"not translated: {_name(message)}"
        elif translation.fuzzy:
            yield f"marked as unsure: {_name(message)}"
        elif len(_texts(translation.string)) != _forms(message, catalogue):
            yield f"forms of the plural are missing: {_name(message)}"
        elif not _keeps(translation):
            yield f"placeholders or markup differ: {_name(message)}"
    for message in catalogue:
        if message.id and wanted.get(message.id, message.context) is None:
            yield f"no longer used: {_name(message)}"


def _forms(message: Message, catalogue: Catalog) -> int:
    return catalogue.num_plurals if message.pluralizable else 1


def _keeps(message: Message) -> bool:
    wanted = set(KEPT.findall(" ".join(_texts(message.id))))
    used = [set(KEPT.findall(text)) for text in _texts(message.string)]
    # A singular form may spell the number out.
    return used[-1] == wanted and all(kept <= wanted for kept in used)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(part) for part in value) if isinstance(value, list | tuple) else (str(value or ""),)


def _name(message: Message) -> str:
    place = f" ({message.locations[0][0]})" if message.locations else ""
    return f"{_texts(message.id)[0]!r}{place}"


def _catalogue_file(locale: str) -> Path:
    return LOCALE_DIR / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def _read(file: Path) -> Catalog:
    if not file.exists():
        return Catalog()
    with file.open("rb") as stream:
        return read_po(stream)


def _extract(template: Path) -> None:
    keywords = [f"--keyword={keyword}" for keyword in KEYWORDS]
    _pybabel(
        "extract",
        "--mapping=babel.cfg",
        f"--output={template}",
        "--project=jointops",
        "--add-location=file",
        "--sort-by-file",
        "--no-wrap",
        *keywords,
        "jointops",
        "templates",
    )


def _pybabel(*arguments: str) -> None:
    program = str(Path(sys.executable).parent / "pybabel")
    subprocess.run([program, "--quiet", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    commands = {"check": check, "update": update}
    sys.exit(commands[sys.argv[1]]())
