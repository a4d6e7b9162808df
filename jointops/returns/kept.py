"""What was doubtful or unusual in a return and why it was kept all the same, as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from jointops.kernel import policy
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.planreturnrules import rules_in_force
from jointops.reference.catalogue import catalogue
from jointops.returns.explanations import UNUSUAL
from jointops.returns.models import Return, Revision
from jointops.returns.questions import Histories, Question, questions, reported, said, writer
from jointops.returns.shown import FIELD_LABELS, Words

WHAT: Mapping[str, str] = {
    "entered-twice": _("Just as much as its incidents, which count besides"),
    "outside-country": _("The position is outside the unit’s country"),
    "personal-data": _("Looks like personal data"),
    "rule": _("A rule does not hold"),
    "running-total": _("Looks like the sum since the beginning"),
    UNUSUAL: _("Far from what is usual"),
}
"""What each kind of doubt says, by its code in the key of the reason."""

FLAGS: Mapping[str, str] = {**WHAT, "rule-broken": WHAT["rule"]}
"""What the flags of a revision say."""

MOST_ASKED = 100
"""Questions that are told of one file: more nobody reads."""

_TEXTS: Mapping[str, str] = {
    "narrative": _("Narrative"),
    "reason": _("Reason"),
    "description": _("Description"),
    "place": _("Place"),
    "reference": _("Reference"),
    "external_reference": _("Other reference"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One doubt that was kept: what it is (translated), what it is about (data), and the reason given."""

    code: str
    what: str
    about: str
    reason: str


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A figure to ask about: its indicator and quantity (data), the figures behind it (a sentence), whose they are.

    ``place`` is the unit and day where many returns are asked about.
    """

    indicator: str
    quantity: str
    behind: str
    by: Sequence[str]
    answer: str
    place: str = ""


def doubts_of(
    session: Session, actor: Actor, words: Words, operation: Operation, head: Return, revision: Revision
) -> dict[str, Any]:
    """Return what a return's page says of doubts: ``kept`` in the revision shown, and ``unusual`` by what is known now.

    Whoever verifies or accepts is told whose days are behind a question. Four queries.
    """
    subject = operations.subject(operation, party=head.unit.participant.party, unit=head.unit.code)
    review = (Action.RETURN_VERIFY, Action.RETURN_ACCEPT)
    found: list[Question] = []
    quantities = reported(session, head)
    if quantities:
        histories = Histories(session, operation, head.day, {head.unit.code})
        expected = histories.expected(head.unit.code, head.day, words.questions.indicators)
        found = list(questions(quantities, expected))
    names = any(policy.allows(actor, action, subject) for action in review)
    return {
        "kept": kept_rows(words, revision.content),
        "unusual": asked_rows(words, found, revision.content, names),
    }


def kept_rows(words: Words, content: Mapping[str, Any]) -> list[Kept]:
    """Return the reasons that stand in the content of a revision; answers to questions come with the questions."""
    explanations: Mapping[str, str] = content.get("explanations", {})
    rows = []
    for key, reason in explanations.items():
        code, _sign, subject = key.partition(":")
        if code != UNUSUAL:
            rows.append(
                Kept(code, words.say(_what(words, code, subject)), _about(words, code, subject), reason)
            )
    return rows


def _what(words: Words, code: str, subject: str) -> str:
    if code == "rule":
        usual = catalogue().return_rules.get(subject)
        if usual is not None:
            return label(usual.labels, words.locale)
        own = {rule.code: rule for rule in rules_in_force(words.questions.document)}.get(subject)
        if own is not None:
            return label(own.message, words.locale)
    return WHAT.get(code, code)


def _about(words: Words, code: str, subject: str) -> str:
    if code == "rule":
        return ""
    if code == "personal-data":
        reference, _sign, name = subject.rpartition("/")
        text = words.say(_TEXTS.get(name, FIELD_LABELS.get(name, name)))
        return f"{reference}, {text}" if reference else text
    indicator = words.questions.indicators.get(subject)
    return label(indicator.labels, words.locale) if indicator is not None else subject


def asked_rows(
    words: Words, found: Sequence[Question], content: Mapping[str, Any], names: bool
) -> list[AskedRow]:
    """Return the questions about a return; with ``names`` the units whose days are behind them are named."""
    explanations: Mapping[str, str] = content.get("explanations", {})
    rows = []
    for question in found:
        indicator = words.questions.indicators[question.indicator]
        write = writer(indicator, words.locale)
        rows.append(
            AskedRow(
                label(indicator.labels, words.locale),
                write(question.quantity),
                words.say(said(question.expected, write)),
                question.expected.by if names else (),
                explanations.get(question.key, ""),
            )
        )
    return rows


def asked_in_file(words: Words, found: Sequence[tuple[str, date, Question]]) -> list[AskedRow]:
    """Return the questions about the returns of a file, each with its unit and day."""
    rows = []
    for unit, day, question in found[:MOST_ASKED]:
        (row,) = asked_rows(words, [question], {}, names=False)
        rows.append(replace(row, place=f"{unit}, {words.day(day)}"))
    return rows
