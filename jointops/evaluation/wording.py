"""What an evaluation says of its figures, in words: for the page and for the documents alike."""

from __future__ import annotations

from dataclasses import dataclass

from jointops.evaluation import rules
from jointops.evaluation.measured import Measured, ObjectiveResult, PublicationResult, PublishedResult
from jointops.evaluation.models import Bound
from jointops.evaluation.rules import Agreement
from jointops.kernel.i18n import _, label, pair, said_of
from jointops.operations.models import TargetKind
from jointops.operations.plandoc import Objective, Publication
from jointops.rendering import numbers
from jointops.situation.names import Names

AGREEMENT_LABELS = {
    Agreement.AGREES: _("Agrees"),
    Agreement.DIFFERS: _("Differs"),
    Agreement.UNKNOWN: _("Not known"),
}

TASK_LABELS = {
    "assigned": said_of("task", "Assigned"),
    "done": said_of("task", "Done"),
    "under_way": said_of("task", "Under way"),
    "accepted": _("Accepted, not begun"),
    "waiting": _("Not answered"),
    "declined": said_of("task", "Declined"),
    "cancelled": said_of("task", "Cancelled"),
    "overdue": _("Overdue"),
}
"""What is told of tasks, by the names that their counts have."""

WARNING_LABELS = {
    "sent": _("Warnings sent"),
    "with_feedback": _("of these with feedback"),
    "with_result": _("of these led to a result"),
    "withdrawn": _("of these withdrawn"),
}
"""What is told of warnings, by the names that their counts have."""

AGREEMENT_RULE = _(
    "“About” agrees within a tenth, “more than” with anything larger, “almost” with what is short of it by a tenth."
)

RATING_RULE = _(
    "The rating is proposed from the figures alone: P when the target is met, S from 80 %, M from 50 %, U below."
)


def objective(names: Names, code: str) -> Objective:
    """Return the plan's objective with this code."""
    return next(item for item in names.plan.objectives if item.code == code)


def target(names: Names, result: ObjectiveResult) -> str | None:
    """Write a target with its bound and unit; nothing where there is none."""
    if result.target is None or result.indicator is None:
        return None
    written = names.quantity(result.indicator, result.target) or ""
    return f"≤ {written}" if result.kind is TargetKind.AT_MOST else written


def counted(names: Names, result: ObjectiveResult | PublishedResult) -> str:
    """Write what is counted: the indicator, with its category and country where it is limited to them."""
    if result.indicator is None:
        return ""
    parts = [names.indicator(result.indicator)]
    if result.category is not None:
        parts.append(names.category(result.indicator, result.category))
    if isinstance(result, PublishedResult) and result.party is not None:
        parts.append(names.party(result.party))
    return " · ".join(parts)


def rating(names: Names, result: ObjectiveResult) -> str | None:
    """Write a proposed rating: its letter and what it means."""
    if result.rating is None:
        return None
    return f"{result.rating.value} – {names.translate(rules.RATING_LABELS[result.rating])}"


def met(names: Names, result: ObjectiveResult) -> str:
    """Write whether a target is met; a figure that nobody gave meets none."""
    if result.met is None:
        return names.translate(_("No target"))
    if result.quantity is None:
        return names.translate(_("No figure"))
    return names.translate(_("Met")) if result.met else names.translate(_("Not met"))


def as_published(names: Names, figure: PublishedResult) -> str:
    """Write a published figure in its wording, without its unit: "more than 1,000,000"."""
    about = {"figure": names.number(figure.quantity) or ""}
    return names.translate(
        {
            Bound.EXACT: _("${figure}", mapping=about),
            Bound.ABOUT: _("about ${figure}", mapping=about),
            Bound.MORE_THAN: _("more than ${figure}", mapping=about),
            Bound.ALMOST: _("almost ${figure}", mapping=about),
        }[figure.bound]
    )


def told(names: Names, publication: PublicationResult) -> tuple[str, str]:
    """Write who told it, and when and to whom."""
    plan = next((item for item in names.plan.publications if item.code == publication.code), None)
    when = numbers.long_day(publication.published, names.locale) if publication.published else ""
    note = label(plan.published_note, names.locale) if plan and plan.published_note else ""
    audience = label(plan.audience, names.locale) if plan else ""
    return publication.by, " · ".join(part for part in (when or note.rstrip("."), audience) if part)


def remark(names: Names, publication: PublicationResult, place: int) -> str:
    """Return what the plan remarks on a publication's figure: its source, its note, and that another is followed."""
    plan = _publication(names, publication.code)
    if plan is None:
        return ""
    known = [figure for figure in plan.figures if figure.indicator in names.indicators]
    figure = known[place]
    parts = [figure.source, label(figure.note, names.locale)]
    if not figure.adopted:
        parts.append(names.translate(_("Another source is followed.")))
    return " – ".join(part for part in parts if part)


def _publication(names: Names, code: str) -> Publication | None:
    return next((item for item in names.plan.publications if item.code == code), None)


def quality(names: Names, measured: Measured) -> list[str]:
    """Return what has to be known about the figures to judge them, each in a sentence."""
    say, locale, counts = names.translate, names.locale, measured.reporting
    missing = counts.missing + counts.not_yet_due
    found = [
        _(
            "${received} of ${expected} expected returns came in (${share}): ${on_time} on time and ${late} late; "
            "${nil} were nil returns.",
            mapping={
                "received": numbers.number(counts.received, locale),
                "expected": numbers.number(counts.expected, locale),
                "share": numbers.percentage(counts.received, counts.expected, locale),
                "on_time": numbers.number(counts.on_time, locale),
                "late": numbers.number(counts.late, locale),
                "nil": numbers.number(counts.nil, locale),
            },
        )
    ]
    if missing:
        found.append(
            _(
                "Missing returns: ${count}. What they would hold is not known; they are not counted as zero.",
                mapping={"count": numbers.number(missing, locale)},
            )
        )
    waiting = counts.received - counts.accepted
    if waiting:
        found.append(
            _(
                "Returns that came in but are not accepted yet, and not in accepted figures: ${count}.",
                mapping={"count": numbers.number(waiting, locale)},
            )
        )
    if counts.corrections:
        found.append(
            _(
                "Corrections of returns after they were first submitted: ${count}. Every earlier revision is kept.",
                mapping={"count": numbers.number(counts.corrections, locale)},
            )
        )
    rest = [
        say(
            pair(names.indicator(total.indicator), names.quantity(total.indicator, total.not_specified) or "")
        )
        for total in measured.figures.totals
        if total.not_specified and any(quantity is not None for _code, quantity in total.categories)
    ]
    if rest:
        found.append(
            _("Without a category, and shown as not specified: ${list}.", mapping={"list": " · ".join(rest)})
        )
    apart = [
        say(pair(names.indicator(total.indicator), names.quantity(total.indicator, total.other_scope) or ""))
        for total in measured.figures.totals
        if total.other_scope is not None
    ]
    if apart:
        found.append(
            _(
                "Found on the way, not related to the operation and in no total: ${list}.",
                mapping={"list": " · ".join(apart)},
            )
        )
    found.append(_("A result of several authorities together adds once to a total, whoever claims it."))
    return [say(sentence) for sentence in found]


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One part of what the plan says on the protection of people."""

    title: str
    text: str


def safeguards(names: Names) -> list[Safeguard]:
    """Return what the plan says on the protection of people, as far as it says anything."""
    say, plan = names.translate, names.plan.safeguards
    parts = (
        (_("Fundamental rights"), plan.fundamental_rights),
        (_("Data protection"), plan.data_protection),
        (_("Vulnerable persons"), plan.vulnerable_persons),
        (_("Complaints"), plan.complaints),
    )
    found = [Safeguard(say(title), label(text, names.locale)) for title, text in parts if text]
    if plan.reviewer:
        found.append(Safeguard(say(_("Reviewed by")), plan.reviewer))
    return found
