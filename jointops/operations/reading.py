"""A plan as people read it: the view model of the plan page, in one language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from jointops.kernel.i18n import Translate, _, label, pair, translator
from jointops.operations.models import Answer
from jointops.operations.models import Participant as ParticipantRow
from jointops.operations.plandoc import Objective, Participant, Period, PlanDocument, Publication, Text
from jointops.operations.planindicators import AskedIndicator, asked
from jointops.operations.planreturnrules import rules_in_force
from jointops.operations.readingmodel import (
    AreaRow,
    Fact,
    IndicatorGroup,
    IndicatorRow,
    ObjectiveRow,
    PartyRow,
    PhaseStep,
    PublicationRow,
    Reading,
    SectionRow,
)
from jointops.operations.rules import ANSWER_LABELS, priority_of
from jointops.reference.catalogue import Code, Unit, catalogue
from jointops.rendering import numbers

ANSWER_TONES = {
    Answer.INVITED: "neutral",
    Answer.TAKES_PART: "good",
    Answer.WITH_CONDITIONS: "warn",
    Answer.DECLINED: "bad",
}

AGGREGATIONS = {
    "sum": _("the days are added up"),
    "max": _("the highest day counts"),
    "last": _("the last day counts"),
}

SCOPE_OF_DEADLINE = {"same": _("on the same day"), "next": _("on the following day")}

ROLES = {"participant": _("Participant"), "observer": _("Observer")}


SECTION_TITLES = {
    "title": _("Title"),
    "summary": _("Summary"),
    "illustrative": _("What is illustrative"),
    "marking": _("Marking"),
    "time_zone": _("Time zone"),
    "period": _("Action days"),
    "phases": _("Phases"),
    "policy_cycle": _("Policy cycle"),
    "threats": _("Threats answered"),
    "lead": _("Lead"),
    "co_leads": _("Co-leads"),
    "coordination": _("Coordination centre"),
    "action_areas": _("Action areas"),
    "participants": _("Participants"),
    "objectives": _("Objectives"),
    "indicators": _("Indicators"),
    "reporting": _("Reporting"),
    "tasks": _("Tasks"),
    "safeguards": _("Safeguards"),
    "sections": _("Sections"),
    "resources": _("Resources asked for"),
    "budget": _("Budget"),
    "channels": _("Channels"),
    "risks": _("Risks"),
    "contacts": _("Contact points"),
    "tags": _("Tags"),
    "publications": _("Publications"),
    "sources": _("Sources"),
}
"""The parts of a plan in words, for the comparison of versions."""


def section_title(name: str) -> str:
    """Return the (lazy) words for a part of the plan; the name itself where there are none."""
    title: str = SECTION_TITLES.get(name, name)
    return title


def party_name(party: str, locale: str) -> str:
    """Return the name of a country, or the short name of an agency or partner; the code where it is unknown."""
    known = catalogue().parties.get(party)
    if known is None:
        return party
    return label(known.labels, locale) if known.kind == "country" else known.short


def read(document: PlanDocument, answers: Mapping[str, ParticipantRow], today: date, locale: str) -> Reading:
    """Return ``document`` in ``locale``; ``answers`` are the participants' rows by party, ``today`` the day it is."""
    return _Reader(document, answers, today, locale).reading()


class _Reader:
    """Holds what every part needs: the plan, the catalogue, the language."""

    def __init__(
        self, document: PlanDocument, answers: Mapping[str, ParticipantRow], today: date, locale: str
    ) -> None:
        self.document = document
        self.answers = answers
        self.today = today
        self.locale = locale
        self.translate: Translate = translator(locale)
        self.asked = asked(document)
        self.areas = {area.code: area for area in document.action_areas}

    def reading(self) -> Reading:
        document = self.document
        known = catalogue()
        authorities = [
            code for code in known.authority_types if any(unit.authority == code for unit in document.units())
        ]
        return Reading(
            summary=self._text(document.summary),
            illustrative=self._text(document.illustrative.note) if document.illustrative else "",
            facts=self._facts(),
            phases=self._phases(),
            objectives=[self._objective(item) for item in document.objectives],
            areas=self._area_rows(),
            authorities=[self._text(known.authority_types[code].labels) for code in authorities],
            parties=[self._party(item, authorities) for item in document.participants],
            unit_count=len(document.units()),
            unit_counts=[sum(unit.authority == code for unit in document.units()) for code in authorities],
            indicators=self._indicator_groups(),
            indicator_count=len(document.indicators),
            reporting=self._reporting(),
            tasks=self._tasks(),
            task_count=len(document.tasks),
            safeguards=[
                SectionRow(
                    code,
                    self._text(item.labels),
                    self._text(getattr(document.safeguards, code)),
                    "",
                    True,
                )
                for code, item in known.safeguards.items()
            ],
            reviewer=document.safeguards.reviewer,
            sections=self._sections(),
            publications=[self._publication(item) for item in document.publications],
            sources=[
                Fact(source.title, source.url or None, href=source.url or None) for source in document.sources
            ],
        )

    def _text(self, texts: Text) -> str:
        return label(texts, self.locale)

    def _labels(self, codes: Iterable[str], known: Mapping[str, Code]) -> str:
        return ", ".join(self._text(known[code].labels) if code in known else code for code in codes)

    def _name(self, party: str | None) -> str | None:
        return None if party is None else party_name(party, self.locale)

    def _names(self, parties: Iterable[str]) -> str:
        return ", ".join(self._name(party) or "" for party in parties)

    def _period(self, period: Period) -> str:
        return numbers.day_range(period.start, period.end, self.locale)

    def _facts(self) -> list[Fact]:
        document, known, words = self.document, catalogue(), self.translate
        facts = [
            Fact(words(_("Kind")), self._text(known.operation_kinds[document.kind].labels)),
            Fact(words(_("Action days")), self._period(document.period)),
            Fact(words(_("Time zone")), document.time_zone),
            Fact(words(_("Lead")), self._name(document.lead)),
        ]
        if document.co_leads:
            facts.append(Fact(words(_("Co-leads")), self._names(document.co_leads)))
        if document.coordination is not None:
            centre = document.coordination
            place = [centre.place, self._name(centre.country) or ""]
            text = ", ".join(part for part in (self._text(centre.centre), *place) if part)
            facts.append(Fact(words(_("Coordination centre")), text))
            if centre.around_the_clock:
                facts.append(Fact(words(_("Staffed")), words(_("Day and night")), words=True))
        if document.policy_cycle is not None:
            facts += self._cycle_facts()
        if document.threats:
            facts.append(Fact(words(_("Threats answered")), self._labels(document.threats, known.threats)))
        return facts

    def _cycle_facts(self) -> list[Fact]:
        link, words = self.document.policy_cycle, self.translate
        assert link is not None
        cycle = catalogue().cycles.get(link.code)
        facts = [Fact(words(_("Policy cycle")), self._text(cycle.labels) if cycle else link.code)]
        if link.actions:
            facts.append(Fact(words(_("Operational actions")), ", ".join(link.actions)))
        return facts

    def _phases(self) -> list[PhaseStep]:
        document = self.document
        phases = {
            "preparatory": document.phases.preparatory,
            "action-days": document.period,
            "follow-up": document.phases.follow_up,
        }
        return [
            PhaseStep(
                text=self.translate(pair(self._text(catalogue().phases[code].labels), self._period(period))),
                state="current" if self.today in period else "done" if period.end < self.today else "ahead",
            )
            for code, period in phases.items()
            if period is not None
        ]

    def _objective(self, item: Objective) -> ObjectiveRow:
        indicator = self.asked.get(item.indicator or "")
        names = []
        if indicator is not None:
            names.append(self._text(indicator.labels))
            if item.category is not None:
                names.append(self._text(indicator.categories.get(item.category, {"en": item.category})))
        return ObjectiveRow(
            code=item.code,
            title=self._text(item.title),
            description=self._text(item.description),
            area=self._text(self.areas[item.action_area].title) if item.action_area in self.areas else "",
            indicator=" – ".join(names),
            target=self._target(item, indicator),
            baseline=self._baseline(item, indicator),
            note=self._text(item.note),
            illustrative=item.illustrative,
        )

    def _target(self, item: Objective, indicator: AskedIndicator | None) -> str | None:
        target = item.target
        if target is None or indicator is None:
            return None
        unit = self._unit(target.unit or indicator.unit)
        if target.at_least is not None:
            text = _("at least ${quantity}")
            quantity = numbers.quantity(target.at_least, unit, self.locale)
        elif target.at_most is not None:
            text = _("at most ${quantity}")
            quantity = numbers.quantity(target.at_most, unit, self.locale)
        else:
            return None
        return self.translate(text % {"quantity": quantity})

    def _baseline(self, item: Objective, indicator: AskedIndicator | None) -> str | None:
        if item.baseline is None or indicator is None:
            return None
        unit = item.target.unit if item.target and item.target.unit else indicator.unit
        return numbers.quantity(item.baseline, self._unit(unit), self.locale)

    def _unit(self, code: str) -> str:
        unit: Unit | None = catalogue().units.get(code)
        return code if unit is None else unit.symbol or self._text(unit.labels)

    def _area_rows(self) -> list[AreaRow]:
        document, link = self.document, self.document.policy_cycle
        cycle = catalogue().cycles.get(link.code) if link else None
        rows = []
        for area in document.action_areas:
            priority = priority_of(document, area)
            known = cycle.priorities.get(priority) if cycle and priority else None
            rows.append(
                AreaRow(
                    code=area.code,
                    title=self._text(area.title),
                    description=self._text(area.description),
                    priority=self._text(known.labels) if known else priority,
                    leader=self._name(area.leader),
                    co_leaders=self._names(area.co_leaders),
                    crime_areas=self._labels(area.crime_areas, catalogue().crime_areas),
                    units=sum(
                        not unit.action_areas or area.code in unit.action_areas for unit in document.units()
                    ),
                )
            )
        return rows

    def _party(self, item: Participant, authorities: Sequence[str]) -> PartyRow:
        row = self.answers.get(item.party)
        answer = row.answer if row is not None else Answer.INVITED
        return PartyRow(
            code=item.party,
            name=self._name(item.party) or item.party,
            observer=item.role == "observer",
            lead=item.party == self.document.lead,
            note=self._text(item.note),
            answer=self.translate(ANSWER_LABELS[answer]),
            tone=ANSWER_TONES[answer],
            conditions=row.conditions if row is not None else "",
            cells=[[unit.code for unit in item.units if unit.authority == code] for code in authorities],
        )

    def _indicator_groups(self) -> list[IndicatorGroup]:
        known = catalogue()
        order = list(known.indicator_groups)
        ranked = sorted(
            self.asked.values(),
            key=lambda item: order.index(item.group) if item.group in order else len(order),
        )
        groups = []
        for code, items in groupby(ranked, key=lambda item: item.group):
            title = self._text(known.indicator_groups[code].labels) if code in known.indicator_groups else ""
            rows = [self._indicator(item) for item in items]
            groups.append(IndicatorGroup(title or self.translate(_("Of this operation")), rows))
        return groups

    def _indicator(self, item: AskedIndicator) -> IndicatorRow:
        whole = self.asked.get(item.part_of or "")
        limits = [self._text(self.areas[code].title) for code in item.action_areas if code in self.areas]
        limits.append(self._labels(item.authorities, catalogue().authority_types))
        return IndicatorRow(
            code=item.code,
            label=self._text(item.labels),
            definition=self._text(item.definition),
            unit=self._unit(item.unit),
            aggregation=self.translate(AGGREGATIONS[item.aggregation]),
            categories=", ".join(self._text(labels) for labels in item.categories.values()),
            part_of=self._text(whole.labels) if whole else "",
            asked_of="; ".join(limit for limit in limits if limit),
            required=item.required,
        )

    def _reporting(self) -> list[Fact]:
        reporting, words = self.document.reporting, self.translate
        steps = catalogue().return_steps
        deadline = f"{reporting.deadline:%H:%M}"
        expected = (
            _("Every unit, every action day") if reporting.expected == "all" else _("Returns are voluntary")
        )
        excepted = sorted({unit for exception in reporting.exceptions for unit in exception.units})
        freeze = _(
            "End of day ${days} after the last action day", mapping={"days": reporting.freeze_days_after_end}
        )
        facts = [
            Fact(words(_("Deadline")), f"{deadline}, {words(SCOPE_OF_DEADLINE[reporting.deadline_day])}"),
            Fact(
                words(_("Late after")),
                words(_("${minutes} more minutes", mapping={"minutes": reporting.grace_minutes})),
                words=True,
            ),
            Fact(
                words(_("Confirmed in steps")),
                " → ".join(self._text(steps[step].labels) for step in reporting.chain),
            ),
            Fact(words(_("Expected")), words(expected), words=True),
            Fact(words(_("Figures frozen")), words(freeze), words=True),
        ]
        if excepted:
            facts.append(Fact(words(_("With days of their own")), ", ".join(excepted)))
        if reporting.exchange_rates:
            rates = [
                f"1 {currency} = {numbers.quantity(rate, 'EUR', self.locale)}"
                for currency, rate in reporting.exchange_rates.items()
            ]
            facts.append(Fact(words(_("Exchange rates")), ", ".join(rates)))
        usual = catalogue().return_rules
        held = [
            self._text(usual[rule.code].labels if rule.code in usual else rule.message)
            for rule in rules_in_force(self.document)
        ]
        if held:
            facts.append(Fact(words(_("Rules between the figures of a return")), "; ".join(held)))
        left_out = [self._text(usual[code].labels) for code in reporting.without_rules if code in usual]
        if left_out:
            facts.append(Fact(words(_("Usual rules that do not hold here")), "; ".join(left_out)))
        return facts

    def _tasks(self) -> list[tuple[str, int]]:
        counts: dict[str, int] = {}
        for task in self.document.tasks:
            area = self.areas.get(task.action_area or "")
            title = self._text(area.title) if area else self.translate(_("Across action areas"))
            counts[title] = counts.get(title, 0) + 1
        return list(counts.items())

    def _sections(self) -> list[SectionRow]:
        rows = []
        for code, item in catalogue().plan_sections.items():
            section = self.document.sections.get(code)
            if section is None and not item.text_required:
                continue
            rows.append(
                SectionRow(
                    code=code,
                    title=self._text(item.labels),
                    text=self._text(section.text) if section else "",
                    not_applicable=self._text(section.not_applicable) if section else "",
                    required=item.text_required,
                )
            )
        return rows

    def _publication(self, item: Publication) -> PublicationRow:
        when = (
            numbers.long_day(item.published, self.locale)
            if item.published
            else self._text(item.published_note)
        )
        bounds = catalogue().bounds
        figures = []
        for figure in item.figures:
            indicator = self.asked.get(figure.indicator)
            unit = self._unit(figure.unit or (indicator.unit if indicator else ""))
            name = [self._text(indicator.labels) if indicator else figure.indicator]
            if figure.category and indicator:
                name.append(self._text(indicator.categories.get(figure.category, {"en": figure.category})))
            if figure.party:
                name.append(self._name(figure.party) or figure.party)
            quantity = numbers.quantity(figure.quantity, unit, self.locale)
            if figure.bound != "exactly":
                quantity = f"{self._text(bounds[figure.bound].labels)} {quantity}"
            if not figure.adopted:
                quantity = f"{quantity} ({self._text(catalogue().adoptions['false'].labels)})"
            figures.append(Fact(" – ".join(name), quantity))
        return PublicationRow(
            code=item.code,
            by=item.by,
            when=when,
            wording=self._text(item.wording),
            note=self._text(item.note),
            figures=figures,
            sources=[
                Fact(source.title, source.url or None, href=source.url or None) for source in item.sources
            ],
        )
