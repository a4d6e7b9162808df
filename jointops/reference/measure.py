"""Quantities and units: reading a quantity strictly, converting exactly, never across dimensions.

Everything is :class:`decimal.Decimal`; there is no binary floating point anywhere between entry and report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal, Inexact

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.types import QUANTITY_DECIMALS, QUANTITY_INTEGER_DIGITS, plain
from jointops.reference.catalogue import Unit, catalogue

LARGEST = Decimal(10) ** QUANTITY_INTEGER_DIGITS
"""Quantities stay below this in the unit in which they are kept."""

_CONVERTED_DIGITS = 6
"""A quantity that is to be converted may have so many digits more: milligrams, or a currency of many noughts."""

_ROUNDED = Context(prec=100)
_EXACT = Context(prec=100)
_EXACT.traps[Inexact] = True

_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?\.?(s?nan[0-9]*|inf(inity)?)", re.ASCII | re.IGNORECASE)
_LONGEST_TEXT = 64

PLAIN_DECIMALS = ("0", "17", "0.25")
"""Examples of accepted numbers, shown with a refusal."""


def parse_decimal(
    text: str | int | Decimal,
    *,
    digits: int = QUANTITY_INTEGER_DIGITS,
    decimals: int = QUANTITY_DECIMALS,
    pointer: str = "",
) -> Decimal:
    """Read a number written in plain decimal notation, such as ``17`` or ``0.25``.

    No sign, exponent, thousands separator or decimal comma is read; spaces at the ends are ignored. Binary floating
    point is not accepted at all. Raises :class:`Invalid` at ``pointer`` with code ``not-a-number``, ``not-finite``,
    ``negative-quantity``, ``too-large`` (more than ``digits`` before the decimal point) or ``too-precise`` (more than
    ``decimals`` after it, trailing zeros apart).
    """
    if isinstance(text, bool) or not isinstance(text, (str, int, Decimal)):
        raise _refusal("not-a-number", _not_a_number(str(text)), pointer, PLAIN_DECIMALS)
    written = format(text, "f") if isinstance(text, Decimal) else str(text).strip(" ")
    if _NOT_FINITE.fullmatch(written):
        message = _(
            "“${text}” is not a finite number. Write digits only, for example 17 or 0.25.",
            mapping={"text": written[:_LONGEST_TEXT]},
        )
        raise _refusal("not-finite", message, pointer, PLAIN_DECIMALS)
    if not _PLAIN_NUMBER.fullmatch(written) or len(written) > _LONGEST_TEXT:
        raise _refusal("not-a-number", _not_a_number(written), pointer, PLAIN_DECIMALS)
    if written.startswith("-"):
        message = _(
            "${text} is negative. A quantity is zero or more; correct an earlier figure with a new revision.",
            mapping={"text": written},
        )
        raise _refusal("negative-quantity", message, pointer, PLAIN_DECIMALS)
    whole, _point, fraction = written.partition(".")
    if len(whole.lstrip("0")) > digits:
        raise _too_large(pointer)
    if len(fraction.rstrip("0")) > decimals:
        raise _too_precise(written, decimals, pointer)
    return plain(Decimal(written))


def parse_quantity(
    text: str | int | Decimal,
    unit: str | None = None,
    to_unit: str | None = None,
    *,
    rates: Mapping[str, Decimal] | None = None,
    pointer: str = "",
    unit_pointer: str | None = None,
) -> Decimal:
    """Read a quantity given in ``unit`` and return it, exactly, in ``to_unit`` (without units: as it is).

    ``rates`` are the fixed exchange rates of an operation: euro for one unit of the currency. Besides the refusals
    of :func:`parse_decimal` raises :class:`Invalid` with ``unit-mismatch`` (at ``unit_pointer``, else ``pointer``),
    ``too-large`` (:data:`LARGEST` or more) or ``too-precise`` (more decimals than the unit may
    have, or more than six once converted).
    """
    given = catalogue().units.get(unit) if unit is not None else None
    if unit is not None and given is None:
        raise _unknown_unit(unit, unit_pointer or pointer, units_like(to_unit))
    quantity = parse_decimal(
        text,
        digits=QUANTITY_INTEGER_DIGITS + (_CONVERTED_DIGITS if unit != to_unit else 0),
        decimals=given.decimals if given else QUANTITY_DECIMALS,
        pointer=pointer,
    )
    if unit is None or to_unit is None:
        if quantity >= LARGEST:
            raise _too_large(pointer)
        return quantity
    try:
        converted = convert(quantity, unit, to_unit, rates=rates)
    except Invalid as refusal:
        where = {"unit-mismatch": unit_pointer or pointer}
        raise Invalid(
            [Problem(p.code, p.message, where.get(p.code, pointer), p.accepted) for p in refusal.problems]
        ) from None
    if converted >= LARGEST:
        raise _too_large(pointer)
    return converted


def convert(
    quantity: Decimal, from_unit: str, to_unit: str, *, rates: Mapping[str, Decimal] | None = None
) -> Decimal:
    """Return ``quantity`` of ``from_unit`` in ``to_unit``, exactly.

    Raises :class:`Invalid`: ``unit-mismatch`` when the units measure different things, or are currencies for which
    ``rates`` (euro for one unit of the currency) has none; ``too-precise`` when the result has more than six
    decimals. Only money is rounded, half to even, to the decimals of its currency.

    >>> convert(Decimal("1500"), "g", "kg")
    Decimal('1.5')
    """
    source, target = _unit(from_unit), _unit(to_unit)
    if source.code == target.code:
        return plain(quantity)
    if source.dimension != target.dimension:
        raise _mismatch(from_unit, to_unit)
    factor, divisor = _factor(source, rates), _factor(target, rates)
    if factor is None or divisor is None:
        raise _mismatch(from_unit, to_unit)
    if source.dimension == "money":
        return plain(round(_ROUNDED.divide(_ROUNDED.multiply(quantity, factor), divisor), target.decimals))
    try:
        converted = _EXACT.divide(_EXACT.multiply(quantity, factor), divisor)
        kept = converted.quantize(Decimal(1).scaleb(-QUANTITY_DECIMALS), context=_EXACT)
    except Inexact:
        raise _too_precise(f"{quantity:f} {from_unit}", QUANTITY_DECIMALS, "") from None
    return plain(kept)


def units_like(unit: str | None) -> tuple[str, ...]:
    """Return the codes of all units that convert into ``unit`` by a fixed factor, itself first; empty if unknown."""
    units = catalogue().units
    if unit is None or unit not in units:
        return ()
    dimension = units[unit].dimension
    others = (
        u.code for u in units.values() if u.dimension == dimension and u.factor is not None and u.code != unit
    )
    return (unit, *others)


def _unit(code: str) -> Unit:
    unit = catalogue().units.get(code)
    if unit is None:
        raise _unknown_unit(code, "", ())
    return unit


def _factor(unit: Unit, rates: Mapping[str, Decimal] | None) -> Decimal | None:
    if unit.factor is not None:
        return unit.factor
    return (rates or {}).get(unit.code)


def _not_a_number(text: str) -> str:
    message: str = _(
        "“${text}” is not a number. Write digits with a point before the decimals, for example 17 or 0.25; "
        "no spaces, no separators, no exponent.",
        mapping={"text": text[:_LONGEST_TEXT]},
    )
    return message


def _unknown_unit(unit: str, pointer: str, accepted: tuple[str, ...]) -> Invalid:
    message = _("“${unit}” is not a unit of measure.", mapping={"unit": unit})
    return _refusal("unit-mismatch", message, pointer, accepted)


def _too_large(pointer: str) -> Invalid:
    message = _(
        "The quantity is too large: at most ${digits} digits before the decimal point.",
        mapping={"digits": QUANTITY_INTEGER_DIGITS},
    )
    return _refusal("too-large", message, pointer, ())


def _too_precise(quantity: str, decimals: int, pointer: str) -> Invalid:
    if decimals == 0:
        message = _(
            "${quantity} is not a whole number, and this unit counts whole things.",
            mapping={"quantity": quantity},
        )
    else:
        message = _(
            "${quantity} is more precise than can be kept: at most ${decimals} decimals.",
            mapping={"quantity": quantity, "decimals": decimals},
        )
    return _refusal("too-precise", message, pointer, ())


def _mismatch(from_unit: str, to_unit: str) -> Invalid:
    accepted = units_like(to_unit)
    message = _(
        "A quantity in ${given} cannot be counted in ${wanted}. Give it in one of: ${accepted}.",
        mapping={"given": from_unit, "wanted": to_unit, "accepted": ", ".join(accepted) or to_unit},
    )
    return _refusal("unit-mismatch", message, "", accepted)


def _refusal(code: str, message: str, pointer: str, accepted: tuple[str, ...]) -> Invalid:
    return Invalid([Problem(code, message, pointer, accepted)])
