"""A return as its page shows it: labels in the reader's language, figures as they were reported and as kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jointops.kernel import clock
from jointops.kernel.i18n import Translate, _, label
from jointops.kernel.policy import Channel
from jointops.operations.models import Operation
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.returns import export
from jointops.returns.asked import Asked, unit_of_measure
from jointops.returns.chain import CHAIN, steps_taken
from jointops.returns.history import JointClaim
from jointops.returns.models import Incident, ReturnState, ReviewStep, Revision, Source, Step

CHANNEL_LABELS: Mapping[Channel, str] = {
    Channel.API: _("by another system"),
    Channel.COMMAND: _("by a command"),
    Channel.DEMO: _("illustrative data"),
    Channel.FORM: _("by the form"),
    Channel.JOB: _("by a job"),
    Channel.SPREADSHEET: _("by spreadsheet"),
}

SOURCE_LABELS: Mapping[str, str] = {
    Source.TELEPHONE: _("told by telephone"),
    Source.PAPER: _("from paper"),
    Source.DEVICE: _("from a device"),
}
"""Where a return came from that its unit did not type itself."""

STEP_LABELS: Mapping[Step, str] = {
    Step.SUBMITTED: _("Submitted"),
    Step.VERIFIED: _("Verified for the country"),
    Step.ACCEPTED: _("Accepted for the operation"),
    Step.SENT_BACK: _("Sent back with a question"),
    Step.ANSWERED: _("Answered"),
}

BY_PLAN_LABELS: Mapping[Step, str] = {
    Step.VERIFIED: _("Verified with its submission: the plan says so"),
    Step.ACCEPTED: _("Accepted with the step before: the plan says so"),
}
"""Steps that nobody took, because the plan leaves them out for the unit or for all."""

_STEP_TONES: Mapping[Step, str] = {
    Step.SUBMITTED: "info",
    Step.VERIFIED: "info",
    Step.ACCEPTED: "good",
    Step.SENT_BACK: "warn",
    Step.ANSWERED: "info",
}

FIELD_LABELS: Mapping[str, str] = {
    "quantity": _("Quantity"),
    "indicator": _("Indicator"),
    "category": _("Category"),
    "action_area": _("Action area"),
    "phase": _("Phase"),
    "scope": _("Scope"),
    "joint_with": _("Joint with"),
    "at": _("Date and time"),
    "place": _("Place"),
    "description": _("What happened"),
    "certainty": _("How it is known"),
    "weight": _("Gross or net"),
    "seizures": _("Seizures"),
    "latitude": _("Latitude"),
    "longitude": _("Longitude"),
    "modus_operandi": _("Modus operandi"),
    "external_reference": _("Other reference"),
}

STATE_MACRO: Mapping[ReturnState, str] = {ReturnState.SENT_BACK: "returned"}
"""The names of states that the look knows by another word."""


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One line of the figures. ``reported`` is as it was sent, ``kept`` in the indicator's own unit.

    ``details`` is how the quantity is known. ``part`` marks an "of which", ``rest`` what a total leaves over after
    its parts; ``of`` names action area, phase
    and scope where they were said.
    """

    indicator: str
    category: str | None
    of: str
    reported: str | None
    kept: str | None
    pointer: str
    part: bool = False
    rest: bool = False
    details: str = ""


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident. ``claims`` says which units report it too; ``counted_by`` whose figure totals take."""

    reference: str
    indicator: str
    quantity: str
    of: str
    when: str | None
    place: str
    description: str
    joint_with: Sequence[str]
    claims: Sequence[str]
    counted_by: str | None
    pointer: str
    details: str = ""
    position: str = ""


class Words:
    """Turns codes, quantities and instants of one operation into words of the reader's language."""

    def __init__(self, operation: Operation, questions: Asked, locale: str, translate: Translate) -> None:
        self.operation, self.questions, self.locale, self.say = operation, questions, locale, translate
        self._rates = export.rates_of(operation)

    def quantity(self, text: str, unit: str) -> str:
        """Return a quantity as it was reported, with its unit: ``1,500 g``."""
        return numbers.quantity(Decimal(text), unit_of_measure(unit, self.locale), self.locale)

    def reported(self, entry: Mapping[str, Any]) -> str:
        """Return the quantity of a value or an incident as it was reported."""
        indicator = self.questions.indicators.get(entry["indicator"])
        return self.quantity(entry["quantity"], entry.get("unit") or (indicator.unit if indicator else ""))

    def kept(self, entry: Mapping[str, Any]) -> Decimal | None:
        """Return the quantity in the indicator's own unit."""
        return export.in_base_unit(entry, self.questions.indicators.get(entry["indicator"]), self._rates)

    def in_own_unit(self, indicator: str, quantity: Decimal | None) -> str | None:
        """Return a kept quantity with the indicator's own unit."""
        known = self.questions.indicators.get(indicator)
        if quantity is None or known is None:
            return None
        return numbers.quantity(quantity, unit_of_measure(known.unit, self.locale), self.locale)

    def figure(self, entry: Mapping[str, Any]) -> str:
        """Return what a value or an incident is about: ``Persons arrested, Firearms``."""
        name = self.questions.indicator_label(entry["indicator"], self.locale)
        category = entry.get("category")
        if not category:
            return name
        return f"{name}, {self.questions.category_label(entry['indicator'], category, self.locale)}"

    def of(self, entry: Mapping[str, Any]) -> str:
        """Return action area, phase and scope of a value, as far as they were said."""
        known = catalogue()
        parts = []
        if area := entry.get("action_area"):
            parts.append(self.questions.area_label(area, self.locale))
        for name, codes in (("phase", known.phases), ("scope", known.scopes)):
            if code := entry.get(name):
                parts.append(label(codes[code].labels, self.locale) if code in codes else code)
        return " · ".join(parts)

    def details(self, entry: Mapping[str, Any]) -> str:
        """Return how a quantity is known: certainty, gross or net, number of seizures; and the modus operandi."""
        known = catalogue()
        parts = []
        for name, codes in (
            ("certainty", known.certainties),
            ("weight", known.weights),
            ("modus_operandi", known.modi_operandi),
        ):
            if code := entry.get(name):
                parts.append(label(codes[code].labels, self.locale) if code in codes else str(code))
        if entry.get("seizures"):
            parts.append(self.say(_("seizures: ${n}", mapping={"n": entry["seizures"]})))
        if entry.get("external_reference"):
            parts.append(str(entry["external_reference"]))
        return " · ".join(parts)

    def instant(self, moment: datetime) -> str:
        """Return an instant on the operation's clocks."""
        return numbers.short_instant(moment, self.locale, self.operation.time_zone)

    def written_instant(self, text: str) -> str:
        """Return an instant that was sent as text on the operation's clocks; as it stands where it is none."""
        try:
            return self.instant(clock.parse_iso(text))
        except ValueError:
            return text

    def day(self, day: date) -> str:
        """Return a day with its weekday."""
        return numbers.day(day, self.locale)

    def place_of(self, pointer: str, content: Mapping[str, Any]) -> str:
        """Return what a question's pointer means; the pointer itself where it leads nowhere."""
        parts = pointer.strip("/").split("/")
        entries = content.get(parts[0])
        if (
            isinstance(entries, list)
            and len(parts) > 1
            and parts[1].isdecimal()
            and int(parts[1]) < len(entries)
        ):
            entry = entries[int(parts[1])]
            return str(entry["reference"]) if parts[0] == "incidents" else self.figure(entry)
        return self.say(_("Narrative")) if parts[0] == "narrative" else pointer


def value_rows(words: Words, content: Mapping[str, Any]) -> list[ValueRow]:
    """Return the figures by indicator: the total, its parts in the plan's order, and what they leave over."""
    groups: dict[tuple[str, str], list[tuple[int, Mapping[str, Any]]]] = {}
    for number, value in enumerate(content.get("values", ())):
        groups.setdefault((value["indicator"], words.of(value)), []).append((number, value))
    order = list(words.questions.indicators)
    found: list[ValueRow] = []
    for (indicator, of), members in sorted(
        groups.items(),
        key=lambda group: (order.index(group[0][0]) if group[0][0] in order else len(order), group[0]),
    ):
        found += _group(words, indicator, of, members)
    return found


def _group(
    words: Words, indicator: str, of: str, members: Sequence[tuple[int, Mapping[str, Any]]]
) -> list[ValueRow]:
    name = words.questions.indicator_label(indicator, words.locale)
    known = words.questions.indicators.get(indicator)
    categories = list(known.categories) if known else []
    total = next(((number, value) for number, value in members if not value.get("category")), None)
    parts = sorted(
        ((number, value) for number, value in members if value.get("category")),
        key=lambda item: categories.index(item[1]["category"]) if item[1]["category"] in categories else 999,
    )
    rows = []
    if total is not None:
        rows.append(_row(words, name, None, of, total, part=False))
    for item in parts:
        category = words.questions.category_label(indicator, item[1]["category"], words.locale)
        rows.append(_row(words, name, category, of, item, part=total is not None))
    if total is not None and parts:
        whole, kept = words.kept(total[1]), [words.kept(value) for _number, value in parts]
        amounts = [amount for amount in kept if amount is not None]
        rest = whole - sum(amounts, Decimal(0)) if whole is not None and len(amounts) == len(kept) else None
        if rest:
            text = words.in_own_unit(indicator, rest)
            rows.append(
                ValueRow(name, words.say(_("not specified")), of, None, text, "", part=True, rest=True)
            )
    return rows


def _row(
    words: Words, name: str, category: str | None, of: str, item: tuple[int, Mapping[str, Any]], *, part: bool
) -> ValueRow:
    number, value = item
    kept = words.in_own_unit(value["indicator"], words.kept(value))
    reported, details = words.reported(value), words.details(value)
    return ValueRow(name, category, of, reported, kept, f"/values/{number}", part, details=details)


def incident_rows(
    words: Words,
    content: Mapping[str, Any],
    kept: Sequence[Incident],
    claims: Mapping[int, Sequence[JointClaim]],
    unit: str,
) -> list[IncidentRow]:
    """Return the incidents of a revision with who else claims the joint ones."""
    by_reference = {incident.reference: incident for incident in kept}
    found = []
    for number, incident in enumerate(content.get("incidents", ())):
        row = by_reference.get(incident["reference"])
        joint = claims.get(row.joint_result_id or 0, ()) if row else ()
        owner = next((claim.unit for claim in joint if claim.owns), None)
        counted = owner or (joint[0].unit if joint else None)
        found.append(
            IncidentRow(
                reference=incident["reference"],
                indicator=words.figure(incident),
                quantity=words.reported(incident),
                of=words.of(incident),
                when=words.written_instant(incident["at"]) if incident.get("at") else None,
                place=incident.get("place", ""),
                description=incident.get("description", ""),
                joint_with=incident.get("joint_with", ()),
                claims=[claim.unit for claim in joint if claim.unit != unit],
                counted_by=counted if incident.get("joint_with") else None,
                pointer=f"/incidents/{number}",
                details=words.details(incident),
                position=", ".join(
                    str(incident[name]) for name in ("latitude", "longitude") if incident.get(name)
                ),
            )
        )
    return found


def history_rows(words: Words, revisions: Sequence[Revision], href: Any) -> list[dict[str, Any]]:
    """Return everything that happened to a return, the newest first, as the macro of the timeline takes it.

    ``href`` gives the address of a revision's number.
    """
    found: list[tuple[datetime, int, dict[str, Any]]] = []
    for revision in revisions:
        found.append((revision.recorded_at, 0, _recorded(words, revision, href)))
        before: ReviewStep | None = None
        for step in revision.steps:
            found.append(
                (
                    step.at,
                    step.id,
                    _stepped(words, revision, step, by_plan(words.operation, revision, before, step)),
                )
            )
            before = step
    return [row for _at, _order, row in sorted(found, key=lambda item: (item[0], item[1]), reverse=True)]


def by_plan(operation: Operation, revision: Revision, before: ReviewStep | None, step: ReviewStep) -> bool:
    """Whether a step came along with the one before it, because the plan leaves it out."""
    if before is None or before.at != step.at or before.step not in CHAIN:
        return False
    return step.step in steps_taken(operation, revision.parent.unit.code, before.step)[1:]


def _recorded(words: Words, revision: Revision, href: Any) -> dict[str, Any]:
    how = [words.say(CHANNEL_LABELS[revision.channel])]
    if revision.on_behalf:
        how.append(words.say(_("on behalf of the unit")))
    if revision.source in SOURCE_LABELS:
        how.append(words.say(SOURCE_LABELS[revision.source]))
    if revision.historical:
        how.append(words.say(_("time stated for history")))
    mapping = {"n": revision.number}
    what = (
        _("Revision ${n} recorded: a correction", mapping=mapping)
        if revision.correction
        else _("Revision ${n} recorded", mapping=mapping)
    )
    if revision.withdrawn:
        what = _("Revision ${n} recorded: the return is withdrawn", mapping=mapping)
    return {
        "when": words.instant(revision.recorded_at),
        "at": clock.iso(revision.recorded_at),
        "what": words.say(what),
        "who": f"{revision.recorded_by} · {', '.join(how)}",
        "text": revision.reason or None,
        "href": href(revision.number),
        "tone": "neutral",
    }


def _stepped(words: Words, revision: Revision, step: ReviewStep, planned: bool) -> dict[str, Any]:
    about = f"{words.place_of(step.pointer, revision.content)}: " if step.pointer else ""
    return {
        "when": words.instant(step.at),
        "at": clock.iso(step.at),
        "what": words.say(BY_PLAN_LABELS[step.step] if planned else STEP_LABELS[step.step]),
        "who": step.actor_name,
        "text": f"{about}{step.text}" if step.text else None,
        "href": None,
        "tone": _STEP_TONES[step.step],
    }


def state_name(state: ReturnState) -> str:
    """Return the name by which the macro of a return's state knows it."""
    return STATE_MACRO.get(state, state.value)
