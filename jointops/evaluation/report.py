"""The evaluation as a document: PDF and Word are made of the same blocks."""

from __future__ import annotations

from jointops.evaluation import page, rules, wording
from jointops.evaluation.measured import Measured
from jointops.evaluation.models import Evaluation, EvaluationState, Observation, ObservationKind
from jointops.kernel.i18n import _, label, pair
from jointops.rendering import charts, numbers
from jointops.rendering.document import (
    Block,
    Bullets,
    Chart,
    Column,
    Definitions,
    Document,
    Endorsement,
    Heading,
    KeyFigure,
    KeyFigures,
    PageBreak,
    Paragraph,
    Table,
    Text,
)
from jointops.situation import tables
from jointops.situation.names import STATUS_LABELS, STATUS_NOTES, Names
from jointops.situation.picture import holds
from jointops.situation.report import illustrative, statement
from jointops.situation.tables import Url, linked


def evaluation_report(
    measured: Measured, evaluation: Evaluation, names: Names, url: Url, marking: str = "", watermark: str = ""
) -> Document:
    """Return the document of an evaluation, as known at the instant of ``measured``.

    ``url`` makes the address of what stands behind a figure.
    """
    say, plan = names.translate, names.plan
    return Document(
        title=say(_("${operation}: evaluation", mapping={"operation": label(plan.title, names.locale)})),
        subtitle=numbers.day_range(plan.period.start, plan.period.end, names.locale),
        code=plan.code,
        # Nothing in it comes from the moment of its making: the same content gives the same bytes.
        produced_at=measured.as_known_at,
        as_known_at=measured.as_known_at,
        time_zone=plan.time_zone,
        locale=names.locale,
        marking=marking,
        watermark=watermark,
        status=say(STATUS_LABELS[measured.status]),
        metadata=_metadata(measured, evaluation, names),
        notices=illustrative(names),
        blocks=(
            *_summary(measured, evaluation, names, url),
            *_objectives(measured, names, url),
            *_results(measured, names, url),
            *_publications(measured, names),
            *_discipline(measured, names),
            *_observations(evaluation, names),
            *_recommendations(evaluation, names),
            *_basis(measured, names),
            *_sign_off(evaluation, names),
        ),
    )


def _metadata(measured: Measured, evaluation: Evaluation, names: Names) -> tuple[tuple[str, Text], ...]:
    say = names.translate
    countries = sum(len(participant.party) == 2 for participant in names.plan.participants)
    found: list[tuple[str, Text]] = [
        (say(_("Lead")), names.party(names.plan.lead)),
        (say(_("Participating countries")), numbers.number(countries, names.locale)),
        (say(_("Plan")), say(_("Version ${number}", mapping={"number": measured.plan_version}))),
        (say(_("Evaluation")), say(rules.STATE_LABELS[evaluation.state])),
    ]
    if evaluation.sealed_sha256 and evaluation.as_known_at:
        found.append((say(_("Sealed as known at")), names.instant(evaluation.as_known_at)))
        found.append((say(_("SHA-256 of the sealed figures")), evaluation.sealed_sha256))
    return tuple(found)


def _summary(measured: Measured, evaluation: Evaluation, names: Names, url: Url) -> list[Block]:
    say = names.translate
    blocks: list[Block] = [Heading(say(_("Summary")))]
    paragraphs = [
        part.strip() for part in evaluation.summary.replace("\r\n", "\n").split("\n\n") if part.strip()
    ]
    blocks += [Paragraph(part, "lead" if place == 0 else "body") for place, part in enumerate(paragraphs)]
    figures = [
        KeyFigure(key.label, linked(key.value, _url(item, url)), _note(names, key))
        for item, key in zip(
            page.key_results(measured), page.key_figures(names, measured, None, url), strict=True
        )
    ]
    if figures:
        blocks.append(KeyFigures(tuple(figures)))
    blocks += [
        Paragraph(page.target_summary(names, measured)),
        Paragraph(
            say(STATUS_NOTES[measured.status]) + " " + statement(holds(measured.figures), names), "small"
        ),
    ]
    return blocks


def _note(names: Names, key: page.KeyFigure) -> str:
    """Return what stands below a key figure: its unit, and its target with whether it is met."""
    if key.target is None:
        return key.unit
    about = {"unit": key.unit, "target": key.target}
    if key.met:
        return names.translate(_("${unit}; target ${target}, met", mapping=about))
    return names.translate(_("${unit}; target ${target}, not met", mapping=about))


def _url(item: object, url: Url) -> str:
    category = getattr(item, "category", None)
    indicator = getattr(item, "indicator", "")
    return url(indicator, **({} if category is None else {"category": category}))


def _objectives(measured: Measured, names: Names, url: Url) -> list[Block]:
    say = names.translate
    points = page.target_points(names, measured)
    summary = page.target_summary(names, measured)
    blocks: list[Block] = [Heading(say(_("Objectives")))]
    if points:
        spec = charts.target_bullets(
            points, title=summary, value_title=say(_("Share of the target")), locale=names.locale
        )
        blocks.append(Chart(say(_("Results as a share of their targets")), summary, spec))
    rows = tuple(
        (
            row.code,
            row.title,
            row.target or numbers.NO_VALUE,
            linked(row.result, _url(item, url)),
            _shape(row.verdict, item.met),
            item.rating.value if item.rating else numbers.NO_VALUE,
        )
        for row, item in zip(page.objectives(names, measured, url), measured.objectives, strict=True)
    )
    blocks.append(
        Table(
            say(_("Objectives, targets and results")),
            (
                Column(say(_("Code"))),
                Column(say(_("Objective")), weight=3),
                Column(say(_("Target")), "end"),
                Column(say(_("Result")), "end"),
                Column(say(_("Target met"))),
                Column(say(_("Proposed rating")), "center"),
            ),
            rows,
            notes=(
                say(wording.RATING_RULE),
                " · ".join(say(pair(rating.value, text)) for rating, text in rules.RATING_LABELS.items()),
                *(
                    [say(_("Targets that are not in a published source are illustrative."))]
                    if any(item.illustrative for item in measured.objectives)
                    else []
                ),
            ),
        )
    )
    return blocks


def _shape(verdict: str, met: bool | None) -> str:
    return verdict if met is None else f"{'●' if met else '○'} {verdict}"


def _results(measured: Measured, names: Names, url: Url) -> list[Block]:
    say, figures = names.translate, measured.figures
    blocks: list[Block] = [
        Heading(say(_("Results"))),
        Heading(say(_("Totals")), 2),
        tables.totals(names, figures, url),
    ]
    first = tables.first_indicators(names, figures, 1)
    if not first:
        return blocks
    days = [day for day, _counts in measured.reporting_by_day]
    return [
        *blocks,
        Heading(say(_("By day")), 2),
        tables.day_chart(names, figures, first[0], days),
        tables.by_day(names, figures, url),
        Heading(say(_("By action area")), 2),
        tables.by_action_area(names, figures, url),
        Heading(say(_("By country")), 2),
        tables.by_party(names, figures, url),
        Heading(say(_("By type of authority")), 2),
        tables.by_authority(names, figures, url),
    ]


def _publications(measured: Measured, names: Names) -> list[Block]:
    if not measured.publications:
        return []
    say = names.translate
    blocks: list[Block] = [
        Heading(say(_("Published figures, and what the returns add up to"))),
        Paragraph(
            say(wording.AGREEMENT_RULE),
            "small",
        ),
    ]
    for block in page.publications(names, measured, lambda *_args, **_about: ""):
        rows = tuple(
            (
                "\n".join(part for part in (f"{row.counted} ({row.unit})", row.remark) if part),
                row.published,
                *([row.then or numbers.NO_VALUE] if block.known_at else []),
                row.now or numbers.NO_VALUE,
                row.verdict,
            )
            for row in block.rows
        )
        columns = (
            Column(say(_("Figure")), weight=5),
            Column(say(_("As published")), "end", 2),
            *([Column(say(_("Computed as known then")), "end", 2)] if block.known_at else []),
            Column(say(_("Computed as known now")), "end", 2),
            Column(say(_("Comparison")), weight=2),
        )
        notes = (
            (say(_("“Then” is ${instant}.", mapping={"instant": block.known_at})),) if block.known_at else ()
        )
        caption = " · ".join(part for part in (block.by, block.when) if part)
        blocks.append(Table(caption, columns, rows, notes=notes))
    return blocks


def _discipline(measured: Measured, names: Names) -> list[Block]:
    say = names.translate
    pairs = tuple(page.tasks(names, measured))
    return [
        Heading(say(_("Reporting discipline and tasks"))),
        Heading(say(_("Returns")), 2),
        tables.reporting(names, measured.reporting_by_party, measured.reporting),
        Heading(say(_("Tasks")), 2),
        Definitions(pairs),
        *_warnings(measured, names),
        *_contributions(measured, names),
    ]


def _contributions(measured: Measured, names: Names) -> list[Block]:
    rows = page.contributions(names, measured)
    if not rows:
        return []
    say = names.translate
    return [
        Heading(say(_("Contributions")), 2),
        Table(
            say(_("Contributions pledged and brought")),
            (
                Column(say(_("Participant")), weight=2),
                Column(say(_("What")), weight=2),
                Column(say(_("Pledged")), "end"),
                Column(say(_("Days’ work")), "end"),
                Column(say(_("Came")), "end"),
                Column(say(_("Days’ work, in fact")), "end"),
                Column(say(_("Comparison")), weight=2),
            ),
            tuple(
                (
                    row.party,
                    row.kind,
                    row.pledged or numbers.NO_VALUE,
                    row.pledged_days or numbers.NO_VALUE,
                    row.actual or numbers.NO_VALUE,
                    row.actual_days or numbers.NO_VALUE,
                    row.verdict,
                )
                for row in rows
            ),
        ),
    ]


def _warnings(measured: Measured, names: Names) -> list[Block]:
    pairs = tuple(page.warnings(names, measured))
    return [Heading(names.translate(_("Warnings")), 2), Definitions(pairs)] if pairs else []


def _observations(evaluation: Evaluation, names: Names) -> list[Block]:
    say = names.translate
    blocks: list[Block] = [Heading(say(_("Observations")))]
    for kind, title in (
        (ObservationKind.STRENGTH, _("Strengths")),
        (ObservationKind.IMPROVEMENT, _("Areas for improvement")),
    ):
        blocks.append(Heading(say(title), 2))
        found = [item for item in evaluation.observations if item.kind is kind]
        if not found:
            blocks.append(Paragraph(say(_("None is recorded."))))
        for item in found:
            blocks += _observation(item, names)
    return blocks


def _observation(item: Observation, names: Names) -> list[Block]:
    say = names.translate
    row = page.observations(names, [item])[0]
    blocks: list[Block] = [Paragraph(f"{item.code}. {item.text}")]
    details = [
        *([say(_("Root cause: ${text}", mapping={"text": item.root_cause}))] if item.root_cause else []),
        *([row.capability] if row.capability else []),
        *([row.area] if row.area else []),
        *([say(_("Source: ${text}", mapping={"text": item.source}))] if item.source else []),
        row.author,
    ]
    blocks.append(Paragraph(" · ".join(details), "small"))
    return blocks


def _recommendations(evaluation: Evaluation, names: Names) -> list[Block]:
    say = names.translate
    blocks: list[Block] = [Heading(say(_("Recommendations")))]
    rows = page.recommendations(names, evaluation, lambda *_args: "", lambda *_args: "")
    if not rows:
        return [*blocks, Paragraph(say(_("None is made yet.")))]
    blocks.append(
        Table(
            say(_("Recommendations and what became of them")),
            (
                Column(say(_("Code"))),
                Column(say(_("Recommendation")), weight=4),
                Column(say(_("Owner")), weight=1),
                Column(say(_("Due"))),
                Column(say(_("State")), weight=1),
            ),
            tuple(
                (
                    row.code,
                    "\n".join(part for part in (row.title, row.text) if part),
                    row.owner,
                    row.due or numbers.NO_VALUE,
                    "\n".join(part for part in (row.state, row.adopted or "", row.decision) if part),
                )
                for row in rows
            ),
        )
    )
    return blocks


def _basis(measured: Measured, names: Names) -> list[Block]:
    say = names.translate
    blocks: list[Block] = [
        Heading(say(_("Quality of the data"))),
        Bullets(tuple(wording.quality(names, measured))),
    ]
    safeguards = wording.safeguards(names)
    if safeguards:
        blocks += [
            Heading(say(_("Safeguards"))),
            Definitions(tuple((item.title, item.text) for item in safeguards)),
        ]
    return blocks


def _sign_off(evaluation: Evaluation, names: Names) -> list[Block]:
    say = names.translate
    step = next((s for s in reversed(evaluation.steps) if s.to_state is EvaluationState.ENDORSED), None)
    statement_text = say(_("This evaluation is endorsed. Its measured figures are sealed."))
    if step is None:
        endorsement = Endorsement(say(_("This evaluation is not endorsed yet.")))
    else:
        endorsement = Endorsement(
            " ".join(part for part in (statement_text, step.text) if part),
            name=step.actor_name,
            role=say(_("COSI reviewer")),
            signed_at=names.instant(step.at),
        )
    return [PageBreak(), Heading(say(_("Endorsement"))), endorsement]
