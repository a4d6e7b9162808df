"""What the page for work without a network says, by key. The problems say what the server says of them."""

from __future__ import annotations

from collections.abc import Mapping

from jointops.kernel.i18n import _, said_of, translator

PROBLEMS: Mapping[str, str] = {
    "day-outside-operation": _(
        "${day} is not a day of ${operation}. Its days run from ${first} to ${last}."
    ),
    "day-in-future": _(
        "${day} has not come yet: today is ${today} for this operation. Report a day once it has begun."
    ),
    "nil-with-values": _(
        "A nil return says that there was nothing to report. Take out the figures, or take out “nil”."
    ),
    "return-empty": _(
        "There is nothing in this return. Give at least one figure, or mark it as a nil return."
    ),
    "too-many-rows": _("A return has at most ${n} rows."),
    "text-too-long": _("The text has ${n} characters; at most ${longest} are kept."),
    "text-unreadable": _("The text has control characters in it. Type it again as plain text."),
    "duplicate-row": _(
        "Row ${row} repeats row ${first}: the same indicator, category, action area, phase and scope. "
        "Put both into one row."
    ),
    "duplicate-reference": _("Incident ${row} repeats the reference of incident ${first}."),
    "indicator-unknown": _("${indicator} is not an indicator of ${operation}."),
    "category-unknown": _("${category} is not a category of ${indicator}."),
    "action-area-unknown": _("${area} is not an action area of ${operation}."),
    "not-known": _("“${text}” is not known here. Give one of: ${accepted}."),
    "not-a-count": _("“${text}” is not a number of seizures: a whole number from 0 to 999999."),
    "unit-mismatch": _("${indicator} cannot be given in ${unit}. Give it in one of: ${accepted}."),
    "unit-mismatch-dimension": _(
        "A quantity in ${given} cannot be counted in ${wanted}. Give it in one of: ${accepted}."
    ),
    "not-a-unit": _("“${unit}” is not a unit of measure."),
    "not-finite": _("“${text}” is not a finite number. Write digits only, for example 17 or 0.25."),
    "not-a-number": _(
        "“${text}” is not a number. Write digits with a point before the decimals, for example 17 or 0.25; "
        "no spaces, no separators, no exponent."
    ),
    "negative-quantity": _(
        "${text} is negative. A quantity is zero or more; correct an earlier figure with a new revision."
    ),
    "too-large": _("The quantity is too large: at most ${digits} digits before the decimal point."),
    "too-precise": _("${quantity} is more precise than can be kept: at most ${decimals} decimals."),
    "not-whole": _("${quantity} is not a whole number, and this unit counts whole things."),
    "reference-missing": _("An incident needs a reference of your own, such as your case number."),
    "bad-coordinate": _(
        "“${text}” is not a coordinate. Give latitude and longitude in degrees with a point before "
        "the decimals, such as 52.09 and 5.12, or neither."
    ),
    "joint-with-itself": _("A result is joint with other units; leave out your own."),
    "unit-unknown": _("${unit} is not a reporting unit of ${operation}."),
    "not-an-instant": _("“${text}” is not a time with an offset. Write it like 2027-05-03T14:20:00+02:00."),
    "parts-exceed-total": _(
        "The categories of ${indicator} add up to ${parts}, more than its total of ${total}."
    ),
    "part-exceeds-whole": _("${part} (${quantity}) is a part of ${whole} (${total}) and cannot be more."),
    "indicator-missing": _(
        "The plan asks for ${indicator} in every return. Give a figure; zero is a figure."
    ),
    "reason-missing": _("This return was submitted before. Say why it is corrected."),
}
