"""How a notice is worded: lazy texts as plain data and back, in any language. Plain functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from translationstring import TranslationString

from jointops.kernel import clock
from jointops.kernel.i18n import DOMAIN, _, label, translator
from jointops.rendering import numbers

MAIL_GRACE = timedelta(minutes=1)
"""How long a notice waits for its reader in the application before an e-mail goes out."""

MAIL_WITHIN = timedelta(days=2)
"""What is older is not mailed any more: it would be no news."""

RETRY_AFTER = (
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""How long to wait after each e-mail that a server did not take; after the last there is no more."""


@dataclass(frozen=True, slots=True)
class At:
    """An instant (aware) in a text, to be told on the clocks of ``zone``."""

    instant: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Named:
    """A name in several languages in a text, such as an operation's title."""

    labels: Mapping[str, str]


def encoded(text: object) -> Any:
    """Return a lazy text, or a value in one, as plain data.

    Values may be texts, numbers, days, :class:`At`, :class:`Named`, lazy texts themselves, or tuples of those.
    """
    match text:
        case TranslationString():
            kept: dict[str, Any] = {"msgid": str(text)}
            if text.context:
                kept["context"] = text.context
            if text.mapping:
                kept["mapping"] = {name: encoded(value) for name, value in text.mapping.items()}
            return kept
        case At():
            return {"instant": clock.iso(text.instant), "zone": text.zone}
        case Named():
            return {"labels": dict(text.labels)}
        case datetime():
            raise TypeError("an instant in a text needs its time zone: use At")
        case date():
            return {"day": text.isoformat()}
        case tuple():
            return [encoded(part) for part in text]
        case _:
            return str(text)


def worded(data: Any, locale: str) -> str:
    """Return what :func:`encoded` kept, in one language."""
    match data:
        case {"msgid": msgid}:
            mapping = {name: worded(value, locale) for name, value in data.get("mapping", {}).items()}
            text = TranslationString(
                msgid, domain=DOMAIN, mapping=mapping or None, context=data.get("context")
            )
            return translator(locale)(text)
        case {"instant": instant, "zone": zone}:
            return numbers.instant(clock.parse_iso(instant), locale, zone)
        case {"labels": labels}:
            return label(labels, locale)
        case {"day": day}:
            return numbers.long_day(date.fromisoformat(day), locale)
        case list():
            return numbers.join([worded(part, locale) for part in data], locale)
        case _:
            return str(data)


def subject_of(subject: Any, locale: str, *, exercise: bool) -> str:
    """Return the subject of a notice on one line; that of an exercise says so first."""
    text = " ".join(worded(subject, locale).split())
    return translator(locale)(_("EXERCISE: ${subject}", mapping={"subject": text})) if exercise else text


def retry_after(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after ``attempts`` e-mails that were not taken, ``None`` for not any more."""
    return now + RETRY_AFTER[attempts - 1] if attempts <= len(RETRY_AFTER) else None
