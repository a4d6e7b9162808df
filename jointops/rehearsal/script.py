"""What happens in a rehearsal: a script of events, each at its instant, made of a plan and a seed.

Pure: the same plan and seed give the same script. Chance is the digest of what it is about, so that one more unit
does not change what the others do. Nothing here knows the database; ``stage`` has the services play the script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Unpack
from zoneinfo import ZoneInfo

from jointops.operations.models import Answer
from jointops.operations.plancalendar import deadline, due, freezes_at, late_after
from jointops.operations.plandoc import Participant, PlanDocument, PlanTask
from jointops.rehearsal import dealings
from jointops.rehearsal.events import About, Cell, Dice, Event, Kind, Pledge, Script
from jointops.rehearsal.figures import Figures
from jointops.returns.submission import IncidentEntry, Submission

ANSWER_DAYS = 14
"""Days before the first day until which participants are asked to answer."""

_MISSING_SHARE, _LATE_SHARE, _NIL_SHARE = 25, 12, 12
"""One return in so many is missing, late, nil; of a few returns already one."""

_PARTIES_A_JOINT_RESULT = 12
"""Among so many parties with units there is one joint result of two of them, at most :data:`_MOST_JOINT`."""

_MOST_JOINT = 3


def write(plan: PlanDocument, seed: int) -> Script:
    """Return the script of a rehearsal of ``plan``, which must have participants with units that owe returns."""
    return _Writer(plan, Dice(seed)).script()


@dataclass
class _Writer:
    plan: PlanDocument
    dice: Dice
    events: list[Event] = field(default_factory=list)

    def script(self) -> Script:
        plan = self.plan
        first, last = plan.span().start, plan.period.end
        declined = self._who_declines()
        answer_by = self._at(first - timedelta(days=ANSWER_DAYS), 18)
        late = self._consult(declined, answer_by)
        self._add(self._at(first - timedelta(days=4), 10), Kind.APPROVAL)
        start = self._at(first, 6, 30)
        self._add(start, Kind.START)
        self._tasks(start, declined)
        cast = self._cast(declined)
        self._returns(cast)
        watched = dealings.warnings(plan, self.dice, start, cast.joint, cast.sent, self._away(declined))
        met = dealings.meetings(
            plan, self.dice, start, declined.party if declined else None, self._away(declined)
        )
        self.events += [*watched.events, *met.events]
        for day in plan.period.days():
            self._add(late_after(plan, day) + timedelta(minutes=5), Kind.FREEZE, day=day)
        reviewed = max((event.at for event in self.events), default=start)
        closing = max(self._at(last + timedelta(days=3), 12), reviewed + timedelta(hours=1))
        self._add(closing, Kind.CLOSE)
        end = closing + timedelta(days=1)
        self._add(end, Kind.EVALUATE)
        order = {kind: place for place, kind in enumerate(Kind)}
        self.events.sort(key=lambda event: (event.at, order[event.kind]))
        return Script(
            events=tuple(self.events),
            end=end + timedelta(hours=1),
            answer_by=answer_by,
            late_answers=late,
            declined=declined.party if declined else None,
            joint=tuple(cast.joint),
            duplicates=tuple(cast.duplicates),
            missing=tuple(sorted(cast.missing)),
            late=tuple(sorted(cast.late)),
            nil=tuple(sorted(cast.nil)),
            corrected=tuple(sorted(cast.corrected)),
            sent_back=tuple(sorted(cast.sent_back)),
            found=watched.found,
            withdrawn=watched.withdrawn,
            meetings=met.held,
            decided=met.decided,
        )

    # Before the first day

    def _who_declines(self) -> Participant | None:
        """Return a participant without whom the operation goes on: the one with the least to do, nobody who leads."""
        plan = self.plan
        leading = {plan.lead, *plan.co_leads}
        if plan.coordination and plan.coordination.country:
            leading.add(plan.coordination.country)
        for area in plan.action_areas:
            leading |= {area.leader or "", *area.co_leaders}
        free = [participant for participant in plan.participants if participant.party not in leading]
        with_units = [participant for participant in free if participant.units]
        others = [participant for participant in free if not participant.units]
        reporting = sum(bool(participant.units) for participant in plan.participants)
        choice = with_units if reporting > 3 and with_units else others
        asked = [unit for task in plan.tasks for unit in task.units]
        work = {one.party: sum(unit.code in asked for unit in one.units) for one in choice}
        return min(
            choice,
            key=lambda one: (work[one.party], self.dice.below(1 << 30, "declines", one.party)),
            default=None,
        )

    def _consult(self, declined: Participant | None, answer_by: datetime) -> tuple[str, ...]:
        invited = answer_by - timedelta(days=14)
        self._add(invited, Kind.CONSULTATION)
        parties = [participant.party for participant in self.plan.participants]
        order = self.dice.shuffled(
            [party for party in parties if declined is None or party != declined.party], "answers late"
        )
        late = order[: max(1, len(order) // 8)]
        conditions = order[-1:] if len(order) > 2 else []
        for party in parties:
            hours = self.dice.below(13 * 24, "answer", party)
            at = invited + timedelta(hours=2 + hours)
            if party in late:
                at = answer_by + timedelta(hours=8 + self.dice.below(96, "late answer", party))
            answer, text = Answer.TAKES_PART, ""
            if declined is not None and party == declined.party:
                answer = Answer.DECLINED
            elif party in conditions:
                answer, text = Answer.WITH_CONDITIONS, "Only if our own reserve stays at home. Exercise."
            self._add(at, Kind.ANSWER, party=party, state=answer.value, text=text)
            if answer is not Answer.DECLINED:
                pledged = self._pledges(party, len(parties))
                self._add(at + timedelta(minutes=20), Kind.PLEDGE, party=party, lines=pledged)
                brought = tuple(self._brought(party, pledge) for pledge in pledged)
                last = self._at(self.plan.period.end, 21)
                self._add(last, Kind.BRING, party=party, lines=brought)
        return tuple(sorted(late))

    def _pledges(self, party: str, parties: int) -> tuple[Pledge, ...]:
        """Return a participant's part of what the plan asks for; of a plan that asks for nothing a few officers."""
        days = len(self.plan.period.days())
        asked: dict[str, tuple[int, int]] = {}
        for resource in self.plan.resources:
            quantity = asked.get(resource.kind, (0, 0))[0] + resource.quantity
            asked[resource.kind] = (quantity, resource.days or days)
        if not asked:
            return (Pledge("officers", 4 + self.dice.below(20, "officers", party), days),)
        found = []
        for kind, (quantity, each) in asked.items():
            share = quantity / parties * (0.6 + self.dice.below(70, "pledge", party, kind) / 100)
            if round(share) or self.dice.below(3, "small pledge", party, kind) == 0:
                found.append(Pledge(kind, max(1, round(share)), each))
        return tuple(found)

    def _brought(self, party: str, pledge: Pledge) -> Pledge:
        """Return what comes of a pledge: mostly all of it."""
        share = 100 if self.dice.below(4, "all of it", party, pledge.kind) else 70
        return Pledge(pledge.kind, pledge.quantity * share // 100, pledge.days)

    def _away(self, declined: Participant | None) -> set[str]:
        """Return the units of a participant that declined."""
        return {unit.code for unit in declined.units} if declined else set()

    # Tasks

    def _tasks(self, start: datetime, declined: Participant | None) -> None:
        away = self._away(declined)
        refusing = self._who_refuses(away)
        for task in self.plan.tasks:
            since, until = self._window(task, start)
            for unit in task.units:
                if unit in away:
                    continue
                asked = start + timedelta(minutes=10 + self.dice.below(50, "task answer", task.code, unit))
                step = Event(at=asked, kind=Kind.TASK, task=task.code, unit=unit)
                if (task.code, unit) == refusing:
                    reason = "No officers free on these days. Exercise."
                    self.events.append(replace(step, state="declined", text=reason))
                    continue
                begun = max(since, asked + timedelta(minutes=1))
                outcome = "Carried out as planned. Exercise."
                self.events += [
                    replace(step, state="accepted"),
                    replace(step, at=begun, state="under-way"),
                    replace(step, at=until, state="done", text=outcome),
                ]

    def _who_refuses(self, away: set[str]) -> tuple[str, str] | None:
        """Return a task and one of several units that declines it, so that the others still do it."""
        choice = [
            (task.code, task.units[-1])
            for task in self.plan.tasks
            if len(task.units) > 1 and task.units[-1] not in away and task.units[-1] != task.lead
        ]
        return choice[self.dice.below(len(choice), "declines a task")] if choice else None

    def _window(self, task: PlanTask, start: datetime) -> tuple[datetime, datetime]:
        days = task.days or (self.plan.period.start, self.plan.period.end)
        hours = task.hours
        since = self._local(days[0], hours.since if hours else time(8, 0))
        last = days[-1] + timedelta(days=1 if hours and hours.until <= hours.since else 0)
        until = self._local(last, hours.until if hours else time(19, 0))
        since = max(since, start + timedelta(hours=2))
        return since, max(until, since + timedelta(minutes=30))

    # Returns

    def _cast(self, declined: Participant | None) -> _Cast:
        away = self._away(declined)
        units = [unit.code for unit in self.plan.units() if unit.code not in away]
        cells = [(unit, day) for unit in units for day in due(self.plan, unit)]
        figures = Figures(self.plan, self.dice.below, cells)
        cast = _Cast(cells, figures)
        self._joint_results(cast)
        self._duplicates(cast)
        free = [cell for cell in cells if cell not in cast.incidents]
        free.sort(key=lambda cell: self.dice.below(1 << 40, "part", *cell))
        cast.missing |= {(unit, day) for unit in away for day in due(self.plan, unit)}
        cast.missing |= set(_taken(free, len(cells) // _MISSING_SHARE))
        cast.nil |= set(_taken(free, len(cells) // _NIL_SHARE))
        # The correction and the question are for ordinary returns; what is late may be a joint result too.
        cast.corrected |= set(free[:1])
        cast.sent_back |= set(free[1:2])
        others = free[2:] or list(cast.incidents)
        cast.late |= set(others[: max(1, len(cells) // _LATE_SHARE)])
        return cast

    def _joint_results(self, cast: _Cast) -> None:
        """Let two units of different parties report one seizure under one reference, each naming the other."""
        pairs = cast.pairs(self.dice, "joint")
        parties = {unit.partition("-")[0] for unit, _day in cast.cells}
        wanted = min(_MOST_JOINT, max(1, len(parties) // _PARTIES_A_JOINT_RESULT))
        for number, (owner, partner, day, indicator) in enumerate(pairs[:wanted], 1):
            reference = dealings.joint_reference(owner, number)
            quantity = cast.figures.amount(indicator, "joint", number)
            for unit, other in ((owner, partner), (partner, owner)):
                cast.incidents[unit, day] = self._incident(
                    reference, indicator, quantity, day, (other,), cast
                )
            cast.joint.append((owner, partner, day))

    def _duplicates(self, cast: _Cast) -> None:
        """Let two units claim the same seizure without naming each other: the same place, time and quantity."""
        for first, second, day, indicator in cast.pairs(self.dice, "duplicate")[:1]:
            quantity = cast.figures.amount(indicator, "duplicate", 1)
            for unit in (first, second):
                reference = f"{unit}-{day:%m%d}-1"
                cast.incidents[unit, day] = self._incident(reference, indicator, quantity, day, (), cast)
            cast.duplicates.append((first, second, day))

    def _incident(
        self,
        reference: str,
        indicator: str,
        quantity: str,
        day: date,
        joint_with: tuple[str, ...],
        cast: _Cast,
    ) -> IncidentEntry:
        return IncidentEntry(
            reference=reference,
            indicator=indicator,
            quantity=quantity,
            action_area=cast.figures.area(indicator, reference),
            joint_with=joint_with,
            at=self._local(day, time(5, 40)).isoformat(),
            place="Container terminal. Exercise.",
        )

    def _returns(self, cast: _Cast) -> None:
        chain = self.plan.reporting.chain
        frozen = freezes_at(self.plan) - timedelta(hours=2)
        for unit, day in cast.cells:
            cell = (unit, day)
            if cell in cast.missing:
                continue
            sent = self._sent_at(cell, late=cell in cast.late)
            submission = self._submission(cell, cast)
            submitted = Event(at=sent, kind=Kind.SUBMIT, unit=unit, day=day, submission=submission)
            self.events.append(submitted)
            cast.sent[cell] = at = sent
            if cell in cast.sent_back and "verified" in chain:
                at = sent + timedelta(minutes=25)
                question = "Is the first figure complete? Exercise."
                self._add(at, Kind.SEND_BACK, unit=unit, day=day, text=question)
                at += timedelta(minutes=40)
                self._add(at, Kind.REPLY, unit=unit, day=day, text="Yes, it is. Exercise.")
            at = self._review(cell, at, chain)
            if cell in cast.corrected:
                at = min(max(at + timedelta(hours=5), self._at(self.plan.period.end, 9)), frozen)
                changed = cast.figures.corrected(submission)
                self.events.append(replace(submitted, at=at, submission=changed))
                self._review(cell, at, chain)

    def _review(self, cell: Cell, at: datetime, chain: Sequence[str]) -> datetime:
        unit, day = cell
        if "verified" in chain:
            at += timedelta(minutes=30 + self.dice.below(90, "verified", *cell))
            self._add(at, Kind.VERIFY, unit=unit, day=day)
        if "accepted" in chain:
            at += timedelta(minutes=60 + self.dice.below(240, "accepted", *cell))
            self._add(at, Kind.ACCEPT, unit=unit, day=day)
        return at

    def _sent_at(self, cell: Cell, *, late: bool) -> datetime:
        if late:
            minutes = 20 + self.dice.below(200, "late", *cell)
            return late_after(self.plan, cell[1]) + timedelta(minutes=minutes)
        minutes = 5 + self.dice.below(170, "sent", *cell)
        return max(deadline(self.plan, cell[1]) - timedelta(minutes=minutes), self._at(cell[1], 0, 5))

    def _submission(self, cell: Cell, cast: _Cast) -> Submission:
        incident = cast.incidents.get(cell)
        if cell in cast.nil and incident is None:
            return Submission(nil=True, narrative=NARRATIVE)
        values = cast.figures.values(cell)
        if not values and incident is None:
            cast.nil.add(cell)
            return Submission(nil=True, narrative=NARRATIVE)
        return Submission(values=values, incidents=(incident,) if incident else (), narrative=NARRATIVE)

    # The clock

    def _at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return self._local(day, time(hour, minute))

    def _local(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, ZoneInfo(self.plan.time_zone)).astimezone(UTC)

    def _add(self, at: datetime, kind: Kind, /, **about: Unpack[About]) -> None:
        self.events.append(Event(at=at, kind=kind, **about))


NARRATIVE = "Exercise: nothing of this happened."


@dataclass
class _Cast:
    """Who plays which part on which day."""

    cells: list[Cell]
    figures: Figures
    incidents: dict[Cell, IncidentEntry] = field(default_factory=dict)
    sent: dict[Cell, datetime] = field(default_factory=dict)
    joint: list[tuple[str, str, date]] = field(default_factory=list)
    duplicates: list[tuple[str, str, date]] = field(default_factory=list)
    missing: set[Cell] = field(default_factory=set)
    late: set[Cell] = field(default_factory=set)
    nil: set[Cell] = field(default_factory=set)
    corrected: set[Cell] = field(default_factory=set)
    sent_back: set[Cell] = field(default_factory=set)

    def pairs(self, dice: Dice, about: str) -> list[tuple[str, str, date, str]]:
        """Return pairs of units of different parties that may seize the same thing on a day on which both report."""
        asked: Mapping[str, str | None] = {
            unit: self.figures.seizure(unit) for unit in dict.fromkeys(unit for unit, _day in self.cells)
        }
        days: dict[str, list[date]] = {}
        for unit, day in self.cells:
            days.setdefault(unit, []).append(day)
        order = dice.shuffled([unit for unit, seizure in asked.items() if seizure], about)
        found: list[tuple[str, str, date, str]] = []
        used: set[str] = set()
        for unit in order:
            if unit in used:
                continue
            for other in order:
                same_party = unit.partition("-")[0] == other.partition("-")[0]
                if other in used or same_party or asked[other] != asked[unit]:
                    continue
                shared = self._free_day(unit, other, days, dice, about)
                if shared is None:
                    continue
                found.append((unit, other, shared, str(asked[unit])))
                used |= {unit, other}
                break
        return found

    def _free_day(
        self, unit: str, other: str, days: Mapping[str, list[date]], dice: Dice, about: str
    ) -> date | None:
        both = [
            day
            for day in days[unit]
            if day in days[other] and (unit, day) not in self.incidents and (other, day) not in self.incidents
        ]
        return both[dice.below(len(both), about, "day", unit, other)] if both else None


def _taken(free: list[Cell], share: int) -> list[Cell]:
    """Take ``share`` of the free cells, at least one while some are left for the ordinary."""
    count = min(max(1, share), max(0, len(free) - 2))
    taken, free[:] = free[:count], free[count:]
    return taken
