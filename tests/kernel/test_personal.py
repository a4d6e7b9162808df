from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jointops.kernel.personal import LABELS, NUMBERS, is_card, is_iban, suspicions

CORPUS = Path(__file__).with_name("personal_corpus.txt")


@pytest.mark.parametrize(
    ("text", "kind", "excerpt"),
    [
        ("ask Mr Novak at the gate", "name", "Mr Novak"),
        ("driven by POPESCU Ion", "name", "POPESCU Ion"),
        ("alias Marko Marković", "name", "alias Marko Marković"),
        ("born on 12 March 1987", "birth", "born on 12"),
        ("né le 12/03/1987", "birth", "né le 12"),
        ("document 12345678Z", "identity-number", "12345678Z"),
        ("passport AB1234567", "identity-number", "AB1234567"),
        ("CNP 1870312123456", "identity-number", "1870312123456"),
        ("a lorry B 123 ABC", "vehicle", "B 123 ABC"),
        ("AB-123-CD, grey", "vehicle", "AB-123-CD"),
        ("a van 1234 BCD", "vehicle", "1234 BCD"),
        ("call +34 600 11 22 33", "phone", "+34 600 11 22 33"),
        ("write to a.b@example.org", "e-mail", "a.b@example.org"),
    ],
)
def test_what_looks_like_personal_data_is_found(text: str, kind: str, excerpt: str) -> None:
    found = suspicions(text)

    assert [(one.kind, one.excerpt) for one in found] == [(kind, excerpt)]
    assert kind in LABELS


@pytest.mark.parametrize(
    "text",
    [
        "White refrigerated lorries from the port of Durrës, cigarettes behind bananas, 12 to 14 pallets.",
        "T12 of EXAMPLE-2027 and incident ES-0001 of ES-POLICE, 3 May 2027, 14:20 UTC, km 120 of the A6.",
        "Container MSKU1234565 with 1,500 kg worth 20 000 EUR; TLP:AMBER; see Council 11984/13.",
        "Weapons converted from 9 mm blank pistols, hidden in spare tyres of coaches on the E75.",
        "Police nationale, Douane, Guardia Civil: contrôles de 06:00 à 14:00.",
    ],
)
def test_what_such_a_text_needs_is_let_pass(text: str) -> None:
    assert suspicions(text) == []


def test_each_piece_is_told_once_in_the_order_of_the_texts() -> None:
    found = suspicions("Mr Novak, Mr Novak", "B 123 ABC and +34 600 11 22 33")

    assert [one.kind for one in found] == ["name", "vehicle", "phone"]


def test_precision_and_recall_on_the_corpus() -> None:
    lines = [line for line in CORPUS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    texts = [(kind, text, suspicions(text)) for kind, text in (line.split(" | ", 1) for line in lines)]
    right = sum(kind in {one.kind for one in found} for kind, _text, found in texts if kind != "-")
    wrong = [text for kind, text, found in texts if kind == "-" and found]
    missed = [text for kind, text, found in texts if kind != "-" and kind not in {one.kind for one in found}]
    precision, recall = right / (right + len(wrong)), right / (right + len(missed))
    sys.stdout.write(f"personal data: {len(texts)} texts, precision {precision:.3f}, recall {recall:.3f}\n")
    assert len(texts) >= 80
    assert precision >= 0.95, wrong
    assert recall >= 0.9, missed


def test_check_digits_tell_accounts_and_cards_from_other_numbers() -> None:
    assert is_iban("DE89 3704 0044 0532 0130 00")
    assert not is_iban("DE88 3704 0044 0532 0130 00")
    assert is_card("4111-1111-1111-1111")
    assert not is_card("4111-1111-1111-1112")
    assert not is_card("0000-0000-0000-0000")


def test_kinds_that_look_like_the_number_of_a_case_can_be_left_out() -> None:
    assert suspicions("AB1234567", without=NUMBERS) == []
    assert suspicions("AB1234567, Mr Novak", without=NUMBERS) != []


@pytest.mark.parametrize("piece", ["A", "a.b-", "Mr ", "Aa ", "1 ", "(1", "AB12 ", "tel 0", "passport "])
def test_no_text_takes_long(piece: str) -> None:
    suspicions(piece * (10_000 // len(piece)))
