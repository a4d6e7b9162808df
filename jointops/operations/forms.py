"""Forms about a plan turned into plans: what was typed in, a plan in, the changed plan out.

Nothing here knows a request: a form is a mapping of names to what was sent. What cannot be read raises Invalid with
the pointers of :mod:`jointops.operations.plandoc`; ``Edited.fields`` says which field of the form each pointer of the
changed plan belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations.editing import Basics, merged, with_basics, with_participants
from jointops.operations.plandoc import Objective, PlanDocument, Safeguards, Section, Target
from jointops.reference.catalogue import catalogue
from jointops.reference.measure import parse_decimal

NEW_OBJECTIVES = 2
"""Empty rows for further objectives; who needs more saves and gets two more."""

BOUNDS = ("at_least", "at_most")


class Form(Protocol):
    """What was sent: one value by name, or all of them."""

    def get(self, name: str, default: str, /) -> str: ...
    def __contains__(self, name: object, /) -> bool: ...
    def getall(self, name: str, /) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Edited:
    """The changed plan, and the form's field for pointers into it."""

    document: PlanDocument
    fields: Mapping[str, str] = field(default_factory=dict)


def local_instant(text: str, time_zone: str, pointer: str) -> datetime:
    """Read a field of date and time, on the clocks of ``time_zone``, and return the instant (aware).

    Raises Invalid (``not-an-instant``).
    """
    try:
        given = datetime.fromisoformat(text.strip())
        return given.replace(tzinfo=ZoneInfo(time_zone)) if given.tzinfo is None else given
    except (ValueError, OverflowError):
        message = _("Give a date and a time, such as 2027-04-19T18:00.")
        raise Invalid([Problem("not-an-instant", message, pointer)]) from None


def basics(document: PlanDocument, form: Form, language: str) -> Edited:
    """Return ``document`` with the basics and objectives of the form; texts are in ``language``.

    Raises Invalid, its pointers being names of fields of the form.
    """
    problems: list[Problem] = []
    changed = Basics(
        title={language: _text(form, "title")},
        summary={language: _text(form, "summary")},
        start=_day(form, "start", problems),
        end=_day(form, "end", problems),
        lead=_text(form, "lead") or None,
        deadline=_time(form, "deadline", problems),
        deadline_day=_text(form, "deadline_day") or None,
        grace_minutes=_whole(form, "grace_minutes", problems),
        freeze_days_after_end=_whole(form, "freeze_days_after_end", problems),
    )
    objectives = list(_objectives(document, form, language, problems))
    if problems:
        raise Invalid(problems)
    edited = with_basics(document, changed)
    return Edited(
        replace(edited, objectives=tuple(objective for _row, objective in objectives)),
        {**_BASIC_FIELDS, **_objective_fields([row for row, _objective in objectives])},
    )


def participants(document: PlanDocument, form: Form) -> Edited:
    """Return ``document`` with the parties and authorities that are ticked: ``party`` and ``unit`` (``RO:police``)."""
    known = {participant.party: participant for participant in document.participants}
    chosen: dict[str, set[str]] = {party: set() for party in form.getall("party")}
    for ticked in form.getall("unit"):
        party, _colon, authority = ticked.partition(":")
        chosen.setdefault(party, set()).add(authority)
    for party, authorities in chosen.items():
        # The grid has columns for countries only: what another party has stays.
        if catalogue().parties.get(party) and catalogue().parties[party].kind != "country" and party in known:
            authorities.update(unit.authority for unit in known[party].units)
    unknown = [party for party in chosen if party not in catalogue().parties]
    if unknown or not chosen:
        raise Invalid([Problem("no-participants", _("Choose at least one participant."), "/participants")])
    types = frozenset(catalogue().authority_types)
    return Edited(
        with_participants(document, {party: frozenset(kinds & types) for party, kinds in chosen.items()})
    )


def texts(document: PlanDocument, form: Form, language: str) -> Edited:
    """Return ``document`` with the safeguards and sections of the form, whose texts are in ``language``."""
    problems: list[Problem] = []
    safeguards = {
        code: merged(getattr(document.safeguards, code), _given(form, f"safeguards-{code}", language))
        for code in catalogue().safeguards
    }
    reviewer = document.safeguards.reviewer
    if "safeguards-reviewer" in form:
        reviewer = _text(form, "safeguards-reviewer")
    statement = merged(document.safeguards.statement, _given(form, "safeguards-statement", language))
    sections: dict[str, Section] = {}
    for code in catalogue().plan_sections:
        section = _section(document.sections.get(code, Section()), code, form, language, problems)
        if section.text or section.not_applicable:
            sections[code] = section
    if problems:
        raise Invalid(problems)
    changed: PlanDocument = replace(
        document,
        safeguards=Safeguards(**safeguards, reviewer=reviewer, statement=statement),
        sections=sections,
    )
    return Edited(changed)


_BASIC_FIELDS = {
    "/period/start": "start",
    "/period/end": "end",
    "/phases/preparatory/end": "start",
    "/phases/follow_up/start": "end",
    "/reporting/deadline": "deadline",
    "/reporting/deadline_day": "deadline_day",
    "/reporting/grace_minutes": "grace_minutes",
    "/reporting/freeze_days_after_end": "freeze_days_after_end",
}


def _objective_fields(rows: Sequence[int]) -> Mapping[str, str]:
    fields = {}
    for place, row in enumerate(rows):
        pointer = f"/objectives/{place}"
        fields[pointer] = f"objective-{row}-title"
        for key, name in (
            ("code", "code"),
            ("title", "title"),
            ("action_area", "action_area"),
            ("indicator", "indicator"),
            ("category", "indicator"),
            ("target", "quantity"),
            ("target/at_least", "quantity"),
            ("target/at_most", "quantity"),
            ("target/unit", "unit"),
        ):
            fields[f"{pointer}/{key}"] = f"objective-{row}-{name}"
    return fields


def _objectives(
    document: PlanDocument, form: Form, language: str, problems: list[Problem]
) -> Iterator[tuple[int, Objective]]:
    """Give each objective that stays or is new, with its row in the form."""
    known = {objective.code: objective for objective in document.objectives}
    for row in range(len(document.objectives) + NEW_OBJECTIVES):
        name = f"objective-{row}-"
        code, title = _text(form, name + "code"), _text(form, name + "title")
        if _text(form, name + "remove") or not (code or title):
            continue
        before = known.get(code, Objective(code=code, title={}))
        indicator = _text(form, name + "indicator") or None
        yield (
            row,
            replace(
                before,
                title=merged(before.title, {language: title}),
                action_area=_text(form, name + "action_area") or None,
                indicator=indicator,
                category=before.category if indicator == before.indicator else None,
                target=_target(form, name, problems),
            ),
        )


def _target(form: Form, name: str, problems: list[Problem]) -> Target | None:
    text = _text(form, name + "quantity")
    if not text:
        return None
    try:
        quantity: Decimal = parse_decimal(text, pointer=f"/{name}quantity")
    except Invalid as refused:
        problems.extend(refused.problems)
        return None
    unit = _text(form, name + "unit") or None
    if _text(form, name + "bound") == "at_most":
        return Target(at_most=quantity, unit=unit)
    return Target(at_least=quantity, unit=unit)


def _section(before: Section, code: str, form: Form, language: str, problems: list[Problem]) -> Section:
    if f"sections-{code}" not in form and f"not-applicable-{code}" not in form:
        return before
    text = _text(form, f"sections-{code}")
    reason = _text(form, f"not-applicable-{code}")
    if text and reason:
        message = _("Write the text, or say why it does not apply: not both.")
        problems.append(Problem("text-and-reason", message, f"/sections-{code}"))
    if reason:
        return Section(not_applicable=merged(before.not_applicable, {language: reason}))
    if text or not before.not_applicable:
        return Section(text=merged(before.text, {language: text}))
    return Section(not_applicable=merged(before.not_applicable, {language: ""}))


def _given(form: Form, name: str, language: str) -> Mapping[str, str]:
    """Return the text of a field in ``language``; none for a field that was not sent, which takes nothing away."""
    return {language: _text(form, name)} if name in form else {}


def _text(form: Form, name: str) -> str:
    return form.get(name, "").strip()


def _day(form: Form, name: str, problems: list[Problem]) -> date | None:
    try:
        return date.fromisoformat(_text(form, name))
    except ValueError:
        problems.append(Problem("not-a-day", _("Give a day."), f"/{name}"))
        return None


def _time(form: Form, name: str, problems: list[Problem]) -> time | None:
    try:
        return time.fromisoformat(_text(form, name)[:5])
    except ValueError:
        problems.append(Problem("bad-time", _("Give a time of day, such as 20:00."), f"/{name}"))
        return None


def _whole(form: Form, name: str, problems: list[Problem]) -> int | None:
    text = _text(form, name)
    if text.isascii() and text.isdigit() and len(text) <= 6:
        return int(text)
    problems.append(Problem("not-a-number", _("Give a whole number."), f"/{name}"))
    return None
