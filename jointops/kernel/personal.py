"""Obvious personal data in free text: what to warn the writer about before it is kept.

No list of patterns finds everything, and a finding may be wrong: nothing is refused or changed because of one, the
writer is asked to look again. Written for what people type by habit, in the languages of Europe: names after a form of
address, with capitals or an age; numbers of identity documents, bank accounts and payment cards (with their check
digits); vehicle registrations; addresses by which somebody is reached. A first and a last name by themselves are not
found: they cannot be told from a town or an authority without a list of all names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from jointops.kernel.i18n import _

LABELS = {
    "account": _("the number of a bank account"),
    "birth": _("a date of birth"),
    "card": _("the number of a payment card"),
    "e-mail": _("an e-mail address"),
    "identity-number": _("the number of an identity document"),
    "name": _("a person's name"),
    "phone": _("a telephone number"),
    "vehicle": _("a vehicle registration"),
}
"""What a finding looks like, by its kind."""

NUMBERS = frozenset({"account", "card", "identity-number", "vehicle"})
"""Kinds that look much like the number of a case: no finding where such a number is asked for."""

_UPPER = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠȘŤȚŪŮŰŲŹŻŽΑ-ΩΆΈΉΊΌΎΏЀ-Я]"
_LOWER = r"[a-zß-öø-ÿāăąćčďđēėęěğģīįıķĺļľłńņňōőœŕřśşšșťțūůűųźżžά-ώа-џ'’-]"
_NAME = rf"{_UPPER}{_LOWER}+"
_FULL_NAME = rf"{_NAME}(?: (?:van |de |von |di |da |del |dos )?{_NAME}){{1,2}}"

_ADDRESS = (
    r"Mr|Mrs|Ms|Miss|Mme|Mlle|Monsieur|Madame|Mademoiselle|M\.|Herr|Herrn|Frau|Sr|Sra|Señor|Señora|Don|Doña|Sig|Sig\.ra|"
    r"Signor|Signora|Dr|Dl|Dna|Domnul|Doamna|Pan|Pani|Pana|Dhr|Mevr|Mevrouw|Meneer|Hr|Fru|Herra|Rouva|Gospodin|Gospođa|"
    r"Gospod|Senhor|Senhora|Úr|κ\.|Κύριος|Κυρία|г-н|г-жа|господин|господина|госпожа|пан|пані"
)

# Not a surname in capitals, though somebody's first name might follow.
_NO_SURNAMES = (
    r"(?!(?:POLI|GUARD|DOUAN|CUSTOM|EURO|INTER|FRONTEX|CEPOL|OPERA|BORDER|GARDA|GENDAR|ZOLL|BUNDES|MARINE|COAST|TEAM|PORT|"
    r"AIRPORT|NATIONAL|JOINT|ZONE|PHASE|UNIT|LIMITE|ГКПП|МВР|EMPACT|SIENA|OLAF|ADUANA|VIGIL|CENTR|TOTAL|NOTE|URGENT|RESTR|STRAIT)"
    r"[A-ZÀ-ÞА-Я]*)"
)

_UNITS = r"(?:KG|KM|EUR|USD|GBP|CHF|MM|CM|KMH|UTC|CET|CEST|GMT|PCS|GR|LT|HA|KW|HP|ML)"

_DOCUMENT = (
    r"(?i:passport|passeport|pasaporte|passaporto|passaporte|reisepass|pașaport|paszport|paspoort|pasoš|паспорт|"
    r"identity card|id card|id no|carte d['’]identité|carta d['’]identità|personalausweis|ausweis|dowód|"
    r"dni|nie|nif|cnp|pesel|egn|егн|jmbg|oib|bsn|amka|personnummer|hetu|"
    r"driving licen[cs]e|permis de conduire|führerschein)"
)

# Numbers and registrations begin after neither a letter, a digit nor a hyphen: ES-0001 is a reference.
# Each with the digits that a text has to have at least: most texts have too few for most of them.
_PATTERNS: tuple[tuple[str, int, str], ...] = (
    ("e-mail", 0, r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"),
    ("account", 8, r"(?<![\w-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\w-])"),
    ("card", 13, r"(?<![\w.,+-])[3-6]\d{3}(?:[ -]?\d{4}){2,3}(?:[ -]?\d{1,3})?(?![\w-])"),
    ("card", 13, r"(?<![\w.,+-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\w-])"),
    ("phone", 8, r"(?<!\w)(?:\+|00)[1-9](?:[ ()/.-]{0,2}\d){7,13}(?!\d)"),
    (
        "phone",
        6,
        r"(?i:\b(?:tel|tél|phone|mobile|mob|gsm|cell|handy|telefon|téléphone|telefono|teléfono|telefone|portable|"
        r"numéro|whatsapp|viber|signal|тел|τηλ)\b)[.:]{0,2} ?"
        r"(?:(?i:no|nr|number)\.? ?)?0?\d(?:[ ()/.-]{0,2}\d){5,11}(?!\d)",
    ),
    (
        "birth",
        1,
        r"(?i:\b(?:born|birth|d\.?o\.?b|n[ée]e?|naissance|geboren|geb|nacid[oa]|nat[oa] il|nascid[oa]|născută?|"
        r"ur|urodzon[ya]|narozena?|rođena?|født|född|роден[а]?|рођена?|γεννηθείς)\b)\W{1,3}(?:\w+ ){0,2}\d{1,2}\b",
    ),
    ("vehicle", 6, r"(?<![\w-])(?=[A-Z]{0,16}\d)(?=\d{0,16}[A-Z])[A-HJ-NPR-Z0-9]{11}\d{6}(?![\w-])"),
    ("identity-number", 7, r"(?<![\w-])[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z](?![\w-])"),
    (
        "identity-number",
        4,
        r"(?<![\w-])(?:\d{8}[A-Z]|[XYZ]\d{7}[A-Z]|[A-Z]{1,2}\d{6,8}|[A-Z]{3}\d{6}|[CFGHJKLMNPRTVWXYZ]\d{2}[A-Z]\d{2}[A-Z0-9]\d{1,2}[A-Z0-9]?|\d{2}[A-Z]{2}\d{5}|\d{6}[+-]\d{4})(?![\w-])",
    ),
    ("identity-number", 10, r"(?<![\w.,-])\d{10,13}(?![\w-])"),
    (
        "identity-number",
        3,
        rf"\b{_DOCUMENT}\b\W{{0,3}}(?:(?i:no|nr|n°|number|numéro|número|nummer|№)\.?\W{{0,2}})?"
        r"(?=[A-Z0-9]{0,11}\d{3}|[A-Z]\d\d)[A-Z0-9]{6,14}\b",
    ),
    (
        "vehicle",
        1,
        r"(?i:\b(?:plates?|registration|reg|immatriculée?|immatriculation|kennzeichen|matrícula|targa|matriculado|"
        r"înmatriculat[ăe]?|număr|rejestracyjn[ey]|kenteken|рег)\b)(?:(?i: no| nr| number|º|°))?\.?:? ?"
        r"(?=[A-Z -]{0,6}\d|\d{1,4}[ -]?[A-Z])(?=[0-9 -]{0,5}[A-Z])[A-Z0-9]{1,4}(?:[ -]?[A-Z0-9]{1,4}){1,2}\b",
    ),
    ("vehicle", 2, rf"(?<![\w-])[A-Z]{{1,3}}[ -]?\d{{2,4}}[ -]?(?!{_UNITS}\b)[A-Z]{{1,3}}(?![\w-])"),
    (
        "vehicle",
        3,
        r"(?<![\w.,-])\d{3,4}[ -]?(?!EUR|USD|GBP|CHF|UTC|CET|GMT|KMH|PCS)[B-DF-HJ-NP-TV-Z]{3}(?![\w-])",
    ),
    ("vehicle", 3, r"(?<![\w-])(?:[A-Z]{3}-\d{3}|\d{1,3}-[A-Z]{1,3}-\d{1,4}|[A-Z]{2}-\d{2}-\d{2})(?![\w-])"),
    ("name", 0, rf"(?<!\w)(?:{_ADDRESS})\.? {_NAME}"),
    (
        "name",
        0,
        r"\b(?i:named|called|alias|nommée?|appelée?|namens|llamad[oa]|chiamat[oa]|numit|pe nume|o imieniu|genaamd|ime|"
        rf"на име|ονόματι)\s+{_NAME}(?: {_NAME})?",
    ),
    (
        "name",
        0,
        r"\b(?i:driver|suspect|passenger|owner|courier|victim|conducteur|conductrice|chauffeur|passager|fahrer|conductor|"
        rf"șofer|șoferul|autista|kierowca|возач|водач)(?: was| is|,|:)? {_FULL_NAME}",
    ),
    (
        "name",
        1,
        rf"(?<![\w-]){_FULL_NAME},? \(?(?i:aged|age|âgée?|ans|de|lat|anni|jahre)? ?[1-9]\d"
        r"(?= ?(?i:years|ans|jahre|años|anni|lat|ani|г)\b|\)|,)",
    ),
    ("name", 0, rf"(?<![\w-]){_NO_SURNAMES}{_UPPER}{{4,}},? {_NAME}(?: {_NAME})?(?![\w-])"),
)

_COMPILED = tuple((kind, least, re.compile(pattern)) for kind, least, pattern in _PATTERNS)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something that looks like personal data: its kind (a key of :data:`LABELS`) and what was written."""

    kind: str
    excerpt: str


def suspicions(*texts: str, without: Collection[str] = ()) -> list[Suspicion]:
    """Return what looks like personal data in ``texts``, in their order, each piece once under its first kind.

    ``without`` are kinds that are not looked for.
    """
    found: list[Suspicion] = []
    for text in texts:
        taken: list[tuple[int, int]] = []
        here: list[tuple[int, Suspicion]] = []
        digits = sum(map(str.isdigit, text))
        for kind, least, pattern in _COMPILED:
            if digits < least or kind in without or (kind == "e-mail" and "@" not in text):
                continue
            for match in pattern.finditer(text):
                start, end = match.span()
                if any(start < other_end and other_start < end for other_start, other_end in taken):
                    continue
                if kind in _CHECKS and not _CHECKS[kind](match.group(0)):
                    continue
                taken.append((start, end))
                here.append((start, Suspicion(kind, match.group(0))))
        found += [suspicion for _start, suspicion in sorted(here, key=lambda item: item[0])]
    return list(dict.fromkeys(found))


def is_iban(text: str) -> bool:
    """Say whether the check digits of an international bank account number are right (ISO 13616)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """Say whether the check digit of a payment card's number is right (ISO/IEC 7812-1, annex B)."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


_CHECKS: dict[str, Callable[[str], bool]] = {"account": is_iban, "card": is_card}
