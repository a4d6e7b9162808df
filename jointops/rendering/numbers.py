"""Numbers, quantities, percentages, days and instants as people write them in their language.

Everything is exact: a decimal is never turned into a binary float, and is rounded only where a number of places is
asked for. Formats come from the Unicode CLDR by Babel. The pseudo-locale and unknown locales read as English.
"""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from babel.lists import format_list

NO_VALUE = "–"
"""What stands where there is nothing to show: missing is not zero."""

NO_BREAK_SPACE = "\u00a0"

_BRITISH = "en_GB"
_WEEKDAY_FORMATS = {"en": "EEEE d MMMM y"}
_ENOUGH_DIGITS = 200


@cache
def babel_locale(locale: str) -> Locale:
    """Return Babel's data for ``locale`` (``"fr"``, ``"pt-BR"``, ``"de_AT"``); English where it is unknown."""
    name = locale.replace("-", "_")
    if name == "en":
        return Locale.parse(_BRITISH)
    try:
        return Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        return Locale.parse(_BRITISH)


def number(value: Decimal | int, locale: str, places: int | None = None) -> str:
    """Return ``value`` with the locale's grouping and decimal mark: ``1,027``, ``0.3``.

    Every digit is kept (trailing zeros are not) unless ``places`` asks for exactly so many decimals, rounded half up.
    """
    with decimal.localcontext(prec=_ENOUGH_DIGITS):
        exact = Decimal(value)
        if not exact.is_finite():
            return NO_VALUE
        if places is None:
            return babel_numbers.format_decimal(
                exact, locale=babel_locale(locale), decimal_quantization=False
            )
        rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return babel_numbers.format_decimal(
            rounded, format=pattern, locale=babel_locale(locale), decimal_quantization=False
        )


def quantity(value: Decimal | int, unit: str, locale: str, places: int | None = None) -> str:
    """Return a number with the label of its unit, which a line never separates: ``1,300 kg``.

    ``unit`` is already in the reader's language; an empty one leaves the bare number.
    """
    text = number(value, locale, places)
    return f"{text}{NO_BREAK_SPACE}{unit}" if unit else text


def percentage(
    numerator: Decimal | int, denominator: Decimal | int | None, locale: str, places: int = 0
) -> str:
    """Return ``numerator`` as a share of ``denominator``: ``85%``.

    A share that is not quite all never reads as 100%, and one that is not quite nothing never as 0%. Without a
    denominator there is no share, and a dash stands in its place.
    """
    if not denominator:
        return NO_VALUE
    with decimal.localcontext(prec=_ENOUGH_DIGITS):
        share = Decimal(numerator) / Decimal(denominator)
        step = Decimal(1).scaleb(-places - 2)
        rounded = share.quantize(step, ROUND_HALF_UP)
        if rounded == 1 and share < 1:
            return "< " + _percent(Decimal(1), locale, places)
        if rounded == 0 and share > 0:
            return "< " + _percent(step, locale, places)
        return _percent(rounded, locale, places)


def day(value: date, locale: str) -> str:
    """Return a day in full with its weekday: ``Monday 15 September 2014``."""
    chosen = babel_locale(locale)
    return babel_dates.format_date(value, _WEEKDAY_FORMATS.get(chosen.language, "full"), locale=chosen)


def long_day(value: date, locale: str) -> str:
    """Return a day without its weekday: ``15 September 2014``."""
    return babel_dates.format_date(value, "long", locale=babel_locale(locale))


def short_day(value: date, locale: str) -> str:
    """Return a day for a table cell: ``15 Sept 2014``."""
    return babel_dates.format_date(value, "medium", locale=babel_locale(locale))


def axis_day(value: date, locale: str) -> str:
    """Return a day without its year, for a chart's axis or a narrow column, which never breaks it: ``15 Sept``."""
    moment = datetime.combine(value, time(), UTC)
    text = babel_dates.format_skeleton("MMMd", moment, locale=babel_locale(locale))
    return text.replace(" ", NO_BREAK_SPACE)


def weekday(value: date, locale: str) -> str:
    """Return the day of the week for a narrow column: ``Mon``."""
    return babel_dates.format_date(value, "EEE", locale=babel_locale(locale))


def day_range(first: date, last: date, locale: str) -> str:
    """Return a range of days, both included, naming month and year once: ``15–23 September 2014``."""
    if first == last:
        return long_day(first, locale)
    chosen = babel_locale(locale)
    if (first.year, first.month) == (last.year, last.month) and chosen.language in {"en", "fr"}:
        return f"{first.day}–{long_day(last, locale)}"
    return babel_dates.format_interval(first, last, "yMMMMd", locale=chosen)


def time_of_day(value: datetime, locale: str, time_zone: str) -> str:
    """Return the time of an aware instant on a clock in ``time_zone`` (an IANA name): ``20:05``."""
    return babel_dates.format_time(_local(value, time_zone), "short", locale=babel_locale(locale))


def instant(value: datetime, locale: str, time_zone: str = "UTC") -> str:
    """Return an aware instant on a clock in ``time_zone``, with its offset: ``24 September 2014, 23:59 (UTC+02:00)``.

    Raises ``ValueError`` for an instant without a time zone, which names no moment.
    """
    local = _local(value, time_zone)
    return f"{long_day(local.date(), locale)}, {time_of_day(value, locale, time_zone)} ({_offset(local)})"


def short_instant(value: datetime, locale: str, time_zone: str = "UTC") -> str:
    """Return an aware instant for a table cell, without the offset: ``24 Sept 2014, 23:59``."""
    local = _local(value, time_zone)
    return f"{short_day(local.date(), locale)}, {time_of_day(value, locale, time_zone)}"


def join(items: Sequence[str], locale: str) -> str:
    """Return a list as it is read out: ``a, b and c``."""
    return format_list(list(items), locale=babel_locale(locale))


def _percent(share: Decimal, locale: str, places: int) -> str:
    chosen = babel_locale(locale)
    pattern = chosen.percent_formats[None].pattern
    if places:
        pattern = pattern.replace("#,##0", "#,##0." + "0" * places)
    return babel_numbers.format_percent(share, format=pattern, locale=chosen, decimal_quantization=False)


def _local(value: datetime, time_zone: str) -> datetime:
    if value.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    return value.astimezone(ZoneInfo(time_zone))


def _offset(local: datetime) -> str:
    offset = local.utcoffset() or timedelta()
    if not offset:
        return "UTC"
    minutes = round(abs(offset).total_seconds() / 60)
    return f"UTC{'-' if offset < timedelta() else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
