"""The evaluation as its page shows it: a view model of plain texts, numbers and addresses, in one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jointops.consultation.rules import Brought, Total
from jointops.evaluation import rules, wording
from jointops.evaluation.measured import Measured, ObjectiveResult, PublishedResult
from jointops.evaluation.models import Evaluation, EvaluationState, Observation, RecommendationState
from jointops.evaluation.rules import Agreement
from jointops.kernel.i18n import _, label
from jointops.operations.models import TargetKind
from jointops.reference.catalogue import catalogue
from jointops.rendering import charts, numbers
from jointops.situation.breakdown import Href, change, chart_json
from jointops.situation.figures import Figures
from jointops.situation.names import Names
from jointops.situation.rules import Counts

TASK_SHOWN = ("assigned", "done", "under_way", "accepted", "waiting", "declined", "cancelled", "overdue")

STATE_TONES = {
    EvaluationState.DRAFT: "neutral",
    EvaluationState.IN_REVIEW: "info",
    EvaluationState.RETURNED: "warn",
    EvaluationState.ENDORSED: "good",
}

RECOMMENDATION_TONES = {
    RecommendationState.OPEN: ("neutral", "ring"),
    RecommendationState.ADOPTED: ("good", "double-check"),
    RecommendationState.REJECTED: ("muted", "cross"),
}

AGREEMENT_TONES = {
    Agreement.AGREES: ("good", "check"),
    Agreement.DIFFERS: ("warn", "warning"),
    Agreement.UNKNOWN: ("muted", "question"),
}


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One objective's figure in large, with its target and how it has moved since."""

    label: str
    value: str | None
    unit: str
    href: str | None
    target: str | None
    percent: float | None
    met: bool | None
    delta: str | None
    direction: str


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """One objective with what became of it. ``tone`` and ``icon`` go with ``verdict``."""

    code: str
    title: str
    area: str | None
    counted: str
    target: str | None
    result: str | None
    href: str | None
    verdict: str
    tone: str
    icon: str
    rating: str | None
    illustrative: bool


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One published figure beside the computed ones."""

    counted: str
    unit: str
    published: str
    then: str | None
    now: str | None
    now_href: str
    verdict: str
    tone: str
    icon: str
    remark: str
    adopted: bool


@dataclass(frozen=True, slots=True)
class PublicationBlock:
    """One publication with its figures; ``known_at`` is the instant it gave the figures of."""

    code: str
    by: str
    when: str
    known_at: str | None
    rows: Sequence[PublishedRow]


@dataclass(frozen=True, slots=True)
class ReportingRow:
    """How one party reported."""

    name: str
    counts: Counts
    on_time: str
    percent: float
    tone: str


@dataclass(frozen=True, slots=True)
class BroughtRow:
    """What one party pledged of one kind beside what came; the days are days' work altogether."""

    party: str
    kind: str
    pledged: str | None
    pledged_days: str | None
    actual: str | None
    actual_days: str | None
    verdict: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """One observation."""

    code: str
    text: str
    root_cause: str
    capability: str | None
    area: str | None
    source: str
    author: str
    when: str


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """One recommendation, what it answers, and what became of it. ``adopted`` is the operational action's code.

    ``later`` are the later plans that answered it: code, answer, address.
    """

    code: str
    title: str
    text: str
    owner: str
    due: str | None
    capability: str | None
    observation: str | None
    source: str
    state: str
    tone: str
    icon: str
    decision: str
    adopted: str | None
    adopted_href: str | None
    open: bool
    edit: str
    decide: str
    tags: Sequence[str] = ()
    href: str | None = None
    later: Sequence[tuple[str, str, str]] = ()


def key_figures(
    names: Names, measured: Measured, now: Figures | None, href: Href, most: int = 6
) -> list[KeyFigure]:
    """Return the objectives' figures to see first."""
    return [_key_figure(names, item, now, href) for item in key_results(measured, most)]


def key_results(measured: Measured, most: int = 6) -> list[ObjectiveResult]:
    """Return the objectives whose figures are seen first: the first of each indicator."""
    first: dict[str, ObjectiveResult] = {}
    for item in measured.objectives:
        if item.indicator is not None:
            first.setdefault(item.indicator, item)
    return list(first.values())[:most]


def _key_figure(names: Names, result: ObjectiveResult, now: Figures | None, href: Href) -> KeyFigure:
    code = result.indicator or ""
    later = now.total(code, result.category) if now is not None else None
    delta = change(names, result.quantity, later) if now is not None else None
    percent = None
    if result.kind is TargetKind.AT_LEAST and result.target:
        percent = float(min(Decimal(100), 100 * (result.quantity or Decimal(0)) / result.target))
    return KeyFigure(
        label=wording.counted(names, result),
        value=names.number(result.quantity),
        unit=names.measure(code),
        href=_href(result, href),
        target=wording.target(names, result),
        percent=percent,
        met=result.met,
        delta=delta,
        direction="flat" if delta is None else "down" if delta.startswith("−") else "up",
    )


def _href(result: ObjectiveResult, href: Href) -> str | None:
    if result.indicator is None or result.quantity is None:
        return None
    about = {} if result.category is None else {"category": result.category}
    return href(result.indicator, **about)


def objectives(names: Names, measured: Measured, href: Href) -> list[ObjectiveRow]:
    """Return all objectives with what became of them."""
    return [_objective_row(names, result, href) for result in measured.objectives]


def _objective_row(names: Names, result: ObjectiveResult, href: Href) -> ObjectiveRow:
    tone, icon = "muted", "none"
    if result.met is not None and result.quantity is None:
        tone, icon = "bad", "question"
    elif result.met is not None:
        tone, icon = ("good", "check") if result.met else ("warn", "ring")
    return ObjectiveRow(
        code=result.code,
        title=label(wording.objective(names, result.code).title, names.locale),
        # An area that the category names already is not said twice.
        area=names.action_area(result.action_area)
        if result.action_area and result.action_area != result.category
        else None,
        counted=wording.counted(names, result),
        target=wording.target(names, result),
        result=names.quantity(result.indicator or "", result.quantity),
        href=_href(result, href),
        verdict=wording.met(names, result),
        tone=tone,
        icon=icon,
        rating=wording.rating(names, result),
        illustrative=result.illustrative,
    )


def target_points(names: Names, measured: Measured) -> list[charts.TargetPoint]:
    """Return the objectives with a target as points of a chart; codes keep them apart."""
    return [
        charts.TargetPoint(
            label=f"{result.code} {_short(names, result)}",
            value=result.quantity,
            target=result.target,
            unit=names.measure(result.indicator),
            at_most=result.kind is TargetKind.AT_MOST,
        )
        for result in measured.objectives
        if result.target is not None and result.indicator is not None
    ]


def _short(names: Names, result: ObjectiveResult) -> str:
    indicator = result.indicator or ""
    if result.category is not None:
        return names.category(indicator, result.category)
    return names.indicator(indicator)


def target_summary(names: Names, measured: Measured) -> str:
    """Say how many targets are met."""
    with_target = [result for result in measured.objectives if result.met is not None]
    return names.translate(
        _(
            "${met} of ${all} targets are met.",
            mapping={
                "met": sum(bool(result.met) for result in with_target),
                "all": len(with_target),
            },
        )
    )


def target_chart(names: Names, measured: Measured) -> str | None:
    """Return the chart of results against targets, as the page takes it."""
    points = target_points(names, measured)
    if not points:
        return None
    spec = charts.target_bullets(
        points,
        title=target_summary(names, measured),
        value_title=names.translate(_("Share of the target")),
        locale=names.locale,
    )
    return chart_json(spec)


def publications(names: Names, measured: Measured, href: Href) -> list[PublicationBlock]:
    """Return what was published, each figure beside the computed ones."""
    blocks = []
    for publication in measured.publications:
        by, when = wording.told(names, publication)
        blocks.append(
            PublicationBlock(
                code=publication.code,
                by=by,
                when=when,
                known_at=names.instant(publication.known_at) if publication.known_at else None,
                rows=[
                    _published_row(names, figure, wording.remark(names, publication, place), href)
                    for place, figure in enumerate(publication.figures)
                ],
            )
        )
    return blocks


def _published_row(names: Names, figure: PublishedResult, remark: str, href: Href) -> PublishedRow:
    about = {
        name: value
        for name, value in (("category", figure.category), ("party", figure.party))
        if value is not None
    }
    tone, icon = AGREEMENT_TONES[figure.agreement]
    return PublishedRow(
        counted=wording.counted(names, figure),
        unit=names.measure(figure.indicator),
        published=wording.as_published(names, figure),
        then=names.number(figure.then),
        now=names.number(figure.now),
        now_href=href(figure.indicator, **about),
        verdict=names.translate(wording.AGREEMENT_LABELS[figure.agreement]),
        tone=tone,
        icon=icon,
        remark=remark,
        adopted=figure.adopted,
    )


def reporting(names: Names, measured: Measured) -> list[ReportingRow]:
    """Return how each party reported, the least complete first."""
    rows = [
        ReportingRow(
            name=names.party(party),
            counts=counts,
            on_time=numbers.percentage(counts.on_time, counts.expected, names.locale),
            percent=100 * counts.on_time / counts.expected if counts.expected else 0.0,
            tone="good" if counts.on_time == counts.expected else "info",
        )
        for party, counts in measured.reporting_by_party
    ]
    return sorted(rows, key=lambda row: (row.percent, row.name))


def tasks(names: Names, measured: Measured) -> list[tuple[str, str]]:
    """Return the counts of tasks that say something, as pairs of a word and a number."""
    return [
        (names.translate(wording.TASK_LABELS[name]), numbers.number(measured.tasks[name], names.locale))
        for name in TASK_SHOWN
        if name in {"assigned", "done"} or measured.tasks.get(name)
    ]


def warnings(names: Names, measured: Measured) -> list[tuple[str, str]]:
    """Return the counts of warnings, as pairs of a word and a number; nothing where nobody warned."""
    if not measured.warnings["sent"]:
        return []
    return [
        (names.translate(text), numbers.number(measured.warnings[name], names.locale))
        for name, text in wording.WARNING_LABELS.items()
        if name != "withdrawn" or measured.warnings[name]
    ]


def contributions(names: Names, measured: Measured) -> list[BroughtRow]:
    """Return what participants pledged beside what came."""
    kinds = catalogue().contribution_kinds
    rows = []
    for item in measured.contributions:
        verdict, tone, icon = _brought_verdict(item)
        rows.append(
            BroughtRow(
                party=names.party(item.party),
                kind=label(kinds[item.kind].labels, names.locale) if item.kind in kinds else item.kind,
                pledged=_amount(names, item.pledged),
                pledged_days=_days(names, item.pledged),
                actual=_amount(names, item.actual),
                actual_days=_days(names, item.actual),
                verdict=names.translate(verdict),
                tone=tone,
                icon=icon,
            )
        )
    return rows


def _amount(names: Names, total: Total | None) -> str | None:
    return None if total is None else numbers.number(total.quantity, names.locale)


def _days(names: Names, total: Total | None) -> str | None:
    return None if total is None or total.days is None else numbers.number(total.days, names.locale)


def _brought_verdict(item: Brought) -> tuple[str, str, str]:
    """Say how what came compares with the pledge, with a tone and an icon."""
    if item.actual is None:
        return _("not recorded"), "muted", "question"
    if item.pledged is None:
        return _("not pledged"), "info", "plus"
    if item.actual.quantity >= item.pledged.quantity:
        return _("as pledged or more"), "good", "check"
    return _("less than pledged"), "warn", "down"


def observations(names: Names, found: Sequence[Observation]) -> list[ObservationRow]:
    """Return observations as the page shows them."""
    return [
        ObservationRow(
            code=item.code,
            text=item.text,
            root_cause=item.root_cause,
            capability=names.translate(rules.CAPABILITIES[item.capability]) if item.capability else None,
            area=label(item.action_area.title, names.locale) if item.action_area else None,
            source=item.source,
            author=f"{item.author} ({names.party(item.party)})" if item.party else item.author,
            when=names.short_instant(item.created_at),
        )
        for item in found
    ]


@dataclass(frozen=True, slots=True)
class Later:
    """What a higher domain knows of a recommendation: its own page, and what later plans made of it."""

    href: str
    answers: Sequence[tuple[str, str, str]] = ()


LATER = "later answers to recommendations"
"""In the registry: a function of request and evaluation that gives :class:`Later` by the recommendations' keys."""


def recommendations(
    names: Names,
    evaluation: Evaluation,
    link: Callable[[str, str], str],
    action_href: Callable[[str, str], str],
    later: Mapping[int, Later] | None = None,
) -> list[RecommendationRow]:
    """Return recommendations as the page shows them; ``link`` makes an address of a route's word and a code."""
    rows = []
    for item in evaluation.recommendations:
        tone, icon = RECOMMENDATION_TONES[item.state]
        action = item.adopted_as
        cycle = action.plan.cycle.code if action is not None else ""
        rows.append(
            RecommendationRow(
                code=item.code,
                title=item.title,
                text=item.text,
                owner=item.owner,
                due=numbers.short_day(item.due_on, names.locale) if item.due_on else None,
                capability=names.translate(rules.CAPABILITIES[item.capability]) if item.capability else None,
                observation=item.observation.code if item.observation else None,
                source=item.source,
                state=names.translate(rules.RECOMMENDATION_LABELS[item.state]),
                tone=tone,
                icon=icon,
                decision=item.decision,
                adopted=f"{cycle} · {action.code}" if action is not None else None,
                adopted_href=action_href(cycle, action.code) if action is not None else None,
                open=item.state is RecommendationState.OPEN,
                edit=link("edit", item.code),
                decide=link("decide", item.code),
                tags=item.tags,
                href=later[item.id].href if later and item.id in later else None,
                later=later[item.id].answers if later and item.id in later else (),
            )
        )
    return rows


def life_cycle(names: Names, evaluation: Evaluation) -> list[dict[str, str]]:
    """Return the steps of the sign-off as the page shows them."""
    order = [EvaluationState.DRAFT, EvaluationState.IN_REVIEW, EvaluationState.ENDORSED]
    # What was sent back is a draft again.
    state = EvaluationState.DRAFT if evaluation.state is EvaluationState.RETURNED else evaluation.state
    place = order.index(state)
    return [
        {
            "text": names.translate(rules.STATE_LABELS[each]),
            "state": "done"
            if number < place or state is EvaluationState.ENDORSED
            else "current"
            if number == place
            else "ahead",
        }
        for number, each in enumerate(order)
    ]


def history(names: Names, evaluation: Evaluation) -> list[dict[str, object]]:
    """Return the steps of the sign-off that were taken, newest first, as the macro takes them."""
    words = {
        EvaluationState.IN_REVIEW: (_("Submitted for review"), "info"),
        EvaluationState.RETURNED: (_("Sent back"), "warn"),
        EvaluationState.ENDORSED: (_("Endorsed"), "good"),
        EvaluationState.DRAFT: (_("Draft"), "neutral"),
    }
    return [
        {
            "when": names.instant(step.at),
            "at": step.at.isoformat(),
            "what": names.translate(words[step.to_state][0]),
            "who": step.actor_name,
            "text": step.text,
            "href": None,
            "tone": words[step.to_state][1],
            "current": number == 0,
        }
        for number, step in enumerate(reversed(evaluation.steps))
    ]
