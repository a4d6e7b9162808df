"""What the pages of a consultation show: small view models, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pyramid.request import Request

from jointops.consultation import forms
from jointops.consultation.models import Contribution, Reminder, ReminderKind
from jointops.consultation.rules import Line, Need, Total
from jointops.kernel import clock
from jointops.kernel.i18n import _, label
from jointops.operations import reading
from jointops.operations.models import Answer, Operation, Participant
from jointops.operations.plandoc import Contact, PlanDocument
from jointops.operations.rules import ANSWER_LABELS
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.web.errors import FormErrors

TONES = {
    Answer.INVITED: ("warn", "due"),
    Answer.TAKES_PART: ("good", "check"),
    Answer.WITH_CONDITIONS: ("info", "half"),
    Answer.DECLINED: ("bad", "cross"),
}

KINDS_OF_REMINDER = {
    ReminderKind.INVITATION: _("Invitation"),
    ReminderKind.BEFORE: _("Reminder before the deadline"),
    ReminderKind.AFTER: _("Reminder after the deadline"),
    ReminderKind.BY_HAND: _("Reminder by the coordinator"),
}


@dataclass(frozen=True, slots=True)
class PartyRow:
    """One participant in the table; ``asked`` is when it was last asked, for who may remind it."""

    party: str
    name: str
    answer: str
    tone: str
    icon: str
    conditions: str
    answered: str | None
    answered_by: str | None
    brings: Sequence[str]
    offices: int
    asked: str | None
    asked_how: str | None
    nobody: bool
    href: str | None
    brings_href: str
    waiting: bool


@dataclass(frozen=True, slots=True)
class NeedRow:
    """What is asked of one kind, as a whole or in one area, beside what is pledged."""

    name: str
    area: str | None
    asked: str | None
    pledged: str
    missing: int
    percent: float | None
    whole: bool


@dataclass(frozen=True, slots=True)
class LineField:
    """One row of the form of contributions. A ``fixed`` row is about something that the operation asks for."""

    row: int
    number: str
    kind: str
    name: str
    area: str
    area_name: str
    fixed: bool
    hint: str
    quantity: str
    days: str
    unit: str
    note: str
    actual_quantity: str
    actual_days: str
    errors: Mapping[str, str]

    @property
    def opened(self) -> bool:
        """Whether what is folded away holds something."""
        return bool(self.unit or self.note or (self.area and not self.fixed))


@dataclass(frozen=True, slots=True)
class ContactField:
    """One row of the form of contact points."""

    row: int
    role: str
    office: str
    reach: str
    errors: Mapping[str, str]


def _said(request: Request, text: str) -> str:
    return str(request.translate(text))


def kind_name(kind: str, locale: str) -> str:
    """Return what a kind of contribution is called."""
    known = catalogue().contribution_kinds.get(kind)
    return label(known.labels, locale) if known else kind


def amount(total: Total | None, request: Request) -> str:
    """Write how many, and how many days' work: ``40 (200 days)``."""
    if total is None:
        return numbers.NO_VALUE
    shown = numbers.number(total.quantity, request.locale)
    if not total.days:
        return shown
    days = numbers.number(total.days, request.locale)
    return _said(request, _("${quantity} (${days} days’ work)", mapping={"quantity": shown, "days": days}))


def line_text(line: Line, request: Request) -> str:
    """Write what is pledged in a line: ``20 × Officers, 5 days``; empty for what was not pledged."""
    if line.quantity is None:
        return ""
    named = {
        "quantity": numbers.number(line.quantity, request.locale),
        "kind": kind_name(line.kind, request.locale),
    }
    if line.days is None:
        return _said(request, _("${kind}: ${quantity}", mapping=named))
    days = numbers.number(line.days, request.locale)
    return _said(request, _("${kind}: ${quantity} for ${days} days", mapping=named | {"days": days}))


def party_row(
    request: Request,
    operation: Operation,
    row: Participant,
    *,
    lines: Sequence[Contribution],
    document: PlanDocument,
    asked: Reminder | None,
    answerable: bool,
) -> PartyRow:
    """Return one participant as a row of the table."""
    tone, icon = TONES[row.answer]
    texts = [line_text(_line(line), request) for line in lines]
    return PartyRow(
        party=row.party,
        name=reading.party_name(row.party, request.locale),
        answer=request.translate(ANSWER_LABELS[row.answer]),
        tone=tone,
        icon=icon,
        conditions=row.conditions,
        answered=numbers.short_instant(row.answered_at, request.locale, operation.time_zone)
        if row.answered_at
        else None,
        answered_by=row.answered_by,
        brings=[text for text in texts if text],
        offices=sum(contact.party == row.party for contact in document.contacts),
        asked=numbers.short_instant(asked.sent_at, request.locale, operation.time_zone) if asked else None,
        asked_how=request.translate(KINDS_OF_REMINDER[asked.kind]) if asked else None,
        nobody=asked is not None and asked.people == 0,
        href=request.route_path("operation.answer", code=operation.code, party=row.party)
        if answerable
        else None,
        brings_href=request.route_path("operation.contributions", code=operation.code, party=row.party),
        waiting=row.answer is Answer.INVITED,
    )


def need_row(request: Request, need: Need, document: PlanDocument) -> NeedRow:
    """Return what is asked of one kind as a row of the table."""
    return NeedRow(
        name=kind_name(need.kind, request.locale),
        area=None if need.whole else area_name(request, need.action_area, document),
        asked=amount(need.asked, request) if need.asked.quantity else None,
        pledged=amount(need.pledged, request),
        missing=need.missing,
        percent=need.percent,
        whole=need.whole,
    )


def area_name(request: Request, code: str, document: PlanDocument) -> str:
    """Return what an action area is called, or that something is for no single one."""
    if not code:
        return _said(request, _("Whole operation"))
    titles = {area.code: area.title for area in document.action_areas}
    return label(titles[code], request.locale) if code in titles else code


def line_fields(
    request: Request,
    document: PlanDocument,
    lines: Sequence[Line],
    needs: Sequence[Need],
    form: forms.Form | None,
    errors: FormErrors,
    *,
    more: int = 0,
) -> list[LineField]:
    """Return the rows of the form: the lines there are, what is asked and not pledged yet, and empty ones."""
    rows: list[tuple[Line, Need | None]] = [
        (line, _need_of(needs, line.kind, line.action_area)) for line in lines
    ]
    pledged = {(line.kind, line.action_area) for line in lines}
    areas_of = {need.kind for need in needs if not need.whole}
    for need in needs:
        single = not need.whole or need.kind not in areas_of
        if single and need.asked.quantity and (need.kind, need.action_area) not in pledged:
            rows.append((Line(kind=need.kind, action_area=need.action_area), need))
    rows += [(Line(kind=""), None)] * forms.blank(rows, form, "line", more)
    return [
        _line_field(request, document, n, line, need, form, errors) for n, (line, need) in enumerate(rows)
    ]


def contact_fields(
    contacts: Sequence[Contact], form: forms.Form | None, errors: FormErrors, *, more: int = 0
) -> list[ContactField]:
    """Return the rows of the form of contact points, with empty ones."""
    rows = [(contact.role, contact.office, contact.reach) for contact in contacts]
    rows += [("", "", "")] * forms.blank(rows, form, "contact", more)
    if len(rows) > len(contacts) and not contacts and form is None:
        # Everybody has the one that is asked for first.
        rows[0] = (next(iter(catalogue().contact_roles)), "", "")
    found = []
    for n, values in enumerate(rows):
        names = ("role", "office", "reach")
        role, office, reach = (
            value if form is None else form.get(f"contact-{n}-{name}", value)
            for name, value in zip(names, values, strict=True)
        )
        found.append(ContactField(n, role, office, reach, _errors(errors, f"contact-{n}-", names)))
    return found


def _line_field(
    request: Request,
    document: PlanDocument,
    n: int,
    line: Line,
    need: Need | None,
    form: forms.Form | None,
    errors: FormErrors,
) -> LineField:
    names = ("quantity", "days", "unit", "note", "actual_quantity", "actual_days")
    values = {name: "" if getattr(line, name) is None else str(getattr(line, name)) for name in names}
    values |= {"kind": line.kind, "area": line.action_area}
    if form is not None:
        values = {name: form.get(f"line-{n}-{name}", value) for name, value in values.items()}
    hint = ""
    if need is not None and need.asked.quantity:
        asked = {
            "asked": amount(need.asked, request),
            "missing": numbers.number(need.missing, request.locale),
        }
        hint = request.translate(_("Asked for: ${asked}. Still missing: ${missing}.", mapping=asked))
    fixed = bool(line.kind)
    return LineField(
        row=n,
        number="" if line.number is None else str(line.number),
        kind=values["kind"],
        name=kind_name(line.kind, request.locale) if fixed else "",
        area=values["area"],
        area_name=area_name(request, line.action_area, document) if fixed and line.action_area else "",
        fixed=fixed,
        hint=hint,
        quantity=values["quantity"],
        days=values["days"],
        unit=values["unit"],
        note=values["note"],
        actual_quantity=values["actual_quantity"],
        actual_days=values["actual_days"],
        errors=_errors(errors, f"line-{n}-", ("kind", "area", *names)),
    )


def _errors(errors: FormErrors, prefix: str, names: Sequence[str]) -> dict[str, str]:
    return {name: errors.by_field[prefix + name] for name in names if prefix + name in errors.by_field}


def _need_of(needs: Sequence[Need], kind: str, area: str) -> Need | None:
    found = [need for need in needs if need.kind == kind and need.action_area == area]
    # The row of a single area comes after the whole of its kind, and is the more exact one.
    return found[-1] if found else None


def _line(row: Contribution) -> Line:
    return Line(kind=row.kind, quantity=row.quantity, days=row.days)


def local_text(operation: Operation, instant: datetime | None) -> str:
    """Return an instant as a form's field of date and time has it, on the operation's clocks."""
    if instant is None:
        return ""
    return f"{instant.astimezone(ZoneInfo(operation.time_zone)):%Y-%m-%dT%H:%M}"


def is_late(operation: Operation) -> bool:
    """Say whether the deadline for answers has passed."""
    return operation.answer_by is not None and operation.answer_by <= clock.now()
