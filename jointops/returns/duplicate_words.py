"""Suspected duplicates in words: why two incidents look like one, how sure that is, and short reasons to decide."""

from __future__ import annotations

from collections.abc import Mapping

from jointops.kernel.i18n import _, label
from jointops.reference.catalogue import catalogue
from jointops.returns.duplicates import Reason

CERTAINTY_LABELS: Mapping[str, str] = {
    "certain": _("Almost certainly the same"),
    "likely": _("Probably the same"),
    "possible": _("Possibly the same"),
}

CERTAINTY_TONES: Mapping[str, str] = {"certain": "bad", "likely": "warn", "possible": "info"}

LINK_REASONS: Mapping[str, str] = {
    "joint-check": _("They took part in the same check or seizure."),
    "confirmed": _("Both units have confirmed it."),
    "same-case": _("It is one case, by its reference."),
    "handed-over": _("One unit handed it over to the other, and both reported it."),
}

DISMISS_REASONS: Mapping[str, str] = {
    "other-event": _("They are different events."),
    "other-goods": _("The goods or persons are different."),
    "units-asked": _("The units were asked and reported different results."),
    "parts": _("Each reported its own part of the quantity."),
}


def why(reason: Reason, locale: str) -> str:
    """Return a reason as a lazy sentence in the reader's language, with the figures behind it."""
    data: dict[str, object] = dict(reason.data)
    if reason.code == "modus-same":
        item = catalogue().modi_operandi.get(str(data["modus"]))
        data["modus"] = label(item.labels, locale) if item else data["modus"]
    if reason.code == "category-same":
        item = catalogue().categories.get(str(data["category"]))
        data["category"] = label(item.labels, locale) if item else data["category"]
    return _mapped(reason.code, data)


def _mapped(code: str, data: Mapping[str, object]) -> str:
    texts: Mapping[str, str] = {
        "quantity-same": _("The quantities are the same."),
        "quantity-rounded": _("One quantity is the other one rounded."),
        "quantity-near": _("The quantities are close."),
        "quantity-packing": _("One was weighed with its packing; that explains the difference."),
        "quantity-estimated": _("One quantity is estimated; that explains the difference."),
        "quantity-thousand": _("One quantity is a thousand times the other: grams and kilograms mixed up?"),
        "quantity-differs": _("The quantities differ."),
        "time-near": _("The times are ${minutes} minutes apart.", mapping=data),
        "time-far": _("The times are ${minutes} minutes apart: that is much.", mapping=data),
        "same-day": _("They are of the same day; not both say a time."),
        "around-midnight": _("They are of neighbouring days, around midnight."),
        "days-apart": _("They are of neighbouring days."),
        "place-near": _("The places are ${km} km apart.", mapping=data),
        "place-far": _("The places are ${km} km apart: that is much.", mapping=data),
        "place-same": _("They name the same place."),
        "place-alike": _("The places have like names."),
        "place-differs": _("The places have different names."),
        "same-country": _("They are of the same country."),
        "other-country": _("They are of different countries, and not both say a place."),
        "external-same": _("Both carry the reference ${reference}.", mapping=data),
        "external-differs": _("They carry different references of another system."),
        "reference-named": _("${unit} names the reference of the other one, ${reference}.", mapping=data),
        "reference-same": _("Both have the same reference of their own, ${reference}.", mapping=data),
        "unit-named": _(
            "Reported as joint with the other unit, under another reference, by: ${units}.", mapping=data
        ),
        "category-same": _("Both are of the category ${category}.", mapping=data),
        "category-differs": _("Their categories differ."),
        "modus-same": _("The modus operandi is the same: ${modus}.", mapping=data),
        "modus-differs": _("The modus operandi differs."),
        "another-likelier": _("One of them looks more like a third one."),
    }
    return texts[code]
