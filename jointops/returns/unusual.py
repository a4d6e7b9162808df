"""What is usual of a figure, and how far from it a new one has to be to be asked about: plain statistics, no database.

Daily figures are skewed, have many zeros and few days, and a slip is a factor (grams for kilograms, a digit too
many), so distances are taken between logarithms, from the median and in units of the median absolute deviation: neither
moves when a few days are wrong themselves. The bound of 3.5 is that of Iglewicz and Hoaglin, "How to detect and handle
outliers" (1993). Days without anything are left out, since they say nothing of the size of a find.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from jointops.kernel.types import QUANTITY_INTEGER_DIGITS

FAR = 3.5
"""Robust standard deviations from the median at which a figure is asked about."""

CONSISTENT = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""

LEAST_DAYS = 5
"""Days with something of it that say what is usual; of fewer nothing is said."""

LEAST_SPREAD = 0.3
"""The least standard deviation of logarithms: figures that hardly vary yet are not held to that."""

MOST_SPREAD = 1.2
"""The most: whatever the days were like, more than some sixty times the median is asked about."""

FEW_DAYS = 2.0
"""How fast the spread is trusted: of n days it is taken to be (1 + FEW_DAYS / n) times as wide as it looks."""

LEAST_DIFFERENCE = Decimal(5)
"""Counts that differ from the median by at most so much are never asked about."""

OFTEN_NOTHING = 0.1
"""From this part of days with a zero on, no count is too small."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: asked about is what is below ``low`` or above ``high`` (None: nothing is).

    ``median``, ``least`` and ``most`` are of the ``days`` with something of it, by so many ``units``.
    """

    low: Decimal | None
    high: Decimal
    median: Decimal
    least: Decimal
    most: Decimal
    days: int
    units: int = 1

    def is_far(self, quantity: Decimal) -> bool:
        """Say whether a figure is to be asked about."""
        return quantity > self.high or (self.low is not None and quantity < self.low)


def usual(
    quantities: Sequence[Decimal], *, is_count: bool, units: int = 1, least_days: int = LEAST_DAYS
) -> Usual | None:
    """Return what is usual by figures of earlier days, in any order; None where they are too few to say.

    ``is_count`` is for what is counted one by one: chance alone moves small counts, and a zero is one of them.
    """
    some = sorted(quantity for quantity in quantities if quantity > 0)
    if len(some) < least_days:
        return None
    offset = 0.5 if is_count else 0.0
    logs = [math.log(float(quantity) + offset) for quantity in some]
    centre = median(logs)
    spread = CONSISTENT * median(abs(one - centre) for one in logs) * (1 + FEW_DAYS / len(some))
    spread = min(max(spread, LEAST_SPREAD), MOST_SPREAD)
    if is_count:
        # A count of mean m varies by chance with the relative variance 1/m (Poisson).
        spread = math.sqrt(spread * spread + 1 / math.exp(centre))
    middle = Decimal(median(some))
    # What was there twice before is no surprise, however rare.
    high = max(_decimal(math.exp(centre + FAR * spread) - offset), some[-2])
    low: Decimal | None = min(_decimal(max(math.exp(centre - FAR * spread) - offset, 0.0)), some[1])
    if is_count:
        high = max(high, middle + LEAST_DIFFERENCE)
        low = min(low or Decimal(), middle - LEAST_DIFFERENCE)
        if low <= 0 or (len(quantities) - len(some)) >= OFTEN_NOTHING * len(quantities):
            low = None
    return Usual(low, high, middle, some[0], some[-1], len(some), units)


def _decimal(number: float) -> Decimal:
    """Return a bound as a decimal of six places, as quantities have, and no larger than any of them."""
    return Decimal(repr(min(number, float(10**QUANTITY_INTEGER_DIGITS - 1)))).quantize(Decimal("0.000001"))
