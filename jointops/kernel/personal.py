"""Obvious personal data in free text: what to warn the writer about before it is kept.

No list of patterns finds everything, and a finding may be wrong: nothing is refused or changed because of one, the
writer is asked to look again. Written for what people type by habit: names after a form of address, numbers of
identity documents, vehicle registrations, addresses by which somebody is reached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jointops.kernel.i18n import _

LABELS = {
    "birth": _("a date of birth"),
    "e-mail": _("an e-mail address"),
    "identity-number": _("the number of an identity document"),
    "name": _("a person's name"),
    "phone": _("a telephone number"),
    "vehicle": _("a vehicle registration"),
}
"""What a finding looks like, by its kind."""

_NAME = r"[A-ZÀ-ÖØ-ÞĀ-Ž][a-zß-öø-ÿā-ž'’-]+"
_CAPITALS = r"[A-ZÀ-ÖØ-Þ]"

# Numbers and registrations begin after neither a letter, a digit nor a hyphen: ES-0001 is a reference.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("e-mail", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("phone", r"(?<!\w)(?:\+|00)[1-9](?:[ ()/.-]{0,2}\d){7,13}(?!\d)"),
    (
        "birth",
        r"(?i:\b(?:born|birth|d\.?o\.?b|n[ée]e?|naissance|geboren|geb|nacid[oa])\b)\W{1,3}(?:\w+ ){0,2}\d{1,2}\b",
    ),
    ("identity-number", r"(?<![\w-])[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z](?![\w-])"),
    (
        "identity-number",
        r"(?<![\w-])(?:\d{8}[A-Z]|[XYZ]\d{7}[A-Z]|[A-Z]{1,2}\d{6,8}|\d{6}[+-]\d{4})(?![\w-])",
    ),
    ("identity-number", r"(?<![\w.,-])\d{10,13}(?![\w-])"),
    ("vehicle", r"(?<![\w-])[A-Z]{1,3}[ -]?\d{2,4}[ -]?[A-Z]{1,3}(?![\w-])"),
    ("vehicle", r"(?<![\w.,-])\d{3,4}[ -]?(?!EUR|USD|GBP|CHF|UTC|CET|GMT|KMH)[B-DF-HJ-NP-TV-Z]{3}(?![\w-])"),
    ("vehicle", r"(?<![\w-])(?:[A-Z]{3}-\d{3}|\d{1,3}-[A-Z]{1,3}-\d{1,4}|[A-Z]{2}-\d{2}-\d{2})(?![\w-])"),
    (
        "name",
        rf"\b(?:Mr|Mrs|Ms|Miss|Mme|Mlle|Monsieur|Madame|Herr|Frau|Sr|Sra|Señor|Señora|Sig|Signor|Signora|Dr)\.? "
        rf"{_NAME}",
    ),
    ("name", rf"\b(?i:named|called|alias|nommée?|appelée?)\s+{_NAME}(?: {_NAME})?"),
    ("name", rf"(?<![\w-]){_CAPITALS}{{4,}},? {_NAME}(?: {_NAME})?(?![\w-])"),
)

_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something that looks like personal data: its kind (a key of :data:`LABELS`) and what was written."""

    kind: str
    excerpt: str


def suspicions(*texts: str) -> list[Suspicion]:
    """Return what looks like personal data in ``texts``, in their order, each piece once under its first kind."""
    found: list[Suspicion] = []
    for text in texts:
        taken: list[tuple[int, int]] = []
        here: list[tuple[int, Suspicion]] = []
        for kind, pattern in _COMPILED:
            for match in pattern.finditer(text):
                start, end = match.span()
                if any(start < other_end and other_start < end for other_start, other_end in taken):
                    continue
                taken.append((start, end))
                here.append((start, Suspicion(kind, match.group(0))))
        found += [suspicion for _start, suspicion in sorted(here, key=lambda item: item[0])]
    return list(dict.fromkeys(found))
