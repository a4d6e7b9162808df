"""What units of the demonstration warned one another of, spoke about and compared: illustrative, from a data file.

Each step goes through the services at the instant of 2014 at which it is taken to have happened, in the order of those
instants: a meeting has on its agenda what was open then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.policy import Actor, Grant, Role
from jointops.matching import rules as matching_rules
from jointops.matching import service as matching
from jointops.matching.models import IdentifierKind
from jointops.matching.rules import Hashed
from jointops.meetings import service as meetings
from jointops.meetings.models import AgendaItem, Meeting, MeetingState
from jointops.meetings.rules import MeetingInput
from jointops.operations.models import Operation
from jointops.tasks import service as tasks
from jointops.tasks.book import TaskInput
from jointops.tasks.models import AssignmentState
from jointops.warnings import service as warnings
from jointops.warnings.models import FeedbackAnswer, WarningKind, WarningState
from jointops.warnings.rules import WarningInput

FILE = Path(__file__).with_name("cooperation.yaml")

_PREPARED = timedelta(hours=12)
"""How long before it begins a meeting is prepared, and those who take part are invited."""

_Step = tuple[datetime, Callable[[], object]]


def record(session: Session, loader: Actor, operation: Operation) -> None:
    """Record warnings, meetings and compared identifiers of the operation, as ``loader`` and as its units."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    record = _Recorder(session, loader, operation)
    steps = [
        *(
            step
            for number, one in enumerate(data["warnings"], 1)
            for step in record.warning(f"W{number}", one)
        ),
        *(step for number, one in enumerate(data["meetings"], 1) for step in record.meeting(number, one)),
        *(record.identifier(one) for one in data["identifiers"]),
    ]
    for at, act in sorted(steps, key=lambda step: step[0]):
        with clock.staged(at):
            act()


class _Recorder:
    """Makes steps, each with its instant, of what the file says; local times are in the operation's time zone."""

    def __init__(self, session: Session, loader: Actor, operation: Operation) -> None:
        self._session, self._loader, self._operation = session, loader, operation
        self._zone = ZoneInfo(operation.time_zone)

    def _as(self, unit: str | None) -> Actor:
        """Return who acts for a unit; for the coordination centre where none is named."""
        return replace(self._loader, grants=(Grant(Role.REPORTER, unit),)) if unit else self._loader

    def _at(self, local: str) -> datetime:
        return datetime.fromisoformat(local).replace(tzinfo=self._zone)

    # Warnings

    def warning(self, code: str, data: Mapping[str, Any]) -> Iterator[_Step]:
        """Send a warning (the file has them in the order of their codes), give feedback, link results, end it."""
        where = (self._session, self._as(data.get("sender")), self._operation)
        given = WarningInput(
            kind=WarningKind(data["kind"]),
            title=data["title"],
            watch_for=data["watch_for"],
            sender=data.get("sender"),
            expected_at=data.get("expected_at", ""),
            until=self._at(data["until"]) if "until" in data else None,
            units=tuple(data.get("units", ())),
            authority=data.get("authority", ""),
            checked=True,
        )
        yield self._at(data["at"]), partial(warnings.send, *where, given)
        for told in data["feedback"]:
            for unit in told.get("units") or [told["unit"]]:
                yield (
                    self._at(told["at"]),
                    partial(
                        warnings.give_feedback,
                        self._session,
                        self._as(unit),
                        self._operation,
                        code,
                        unit,
                        FeedbackAnswer(told["answer"]),
                        told.get("text", ""),
                        checked=True,
                    ),
                )
        for result in data.get("results", ()):
            yield self._at(result["at"]), partial(self._link, code, result)
        end = data["end"]
        yield (
            self._at(end["at"]),
            partial(warnings.end, *where, code, WarningState(end["to"]), end.get("reason", "")),
        )

    def _link(self, code: str, result: Mapping[str, Any]) -> None:
        if "task" in result:
            actor = self._as(result["by"])
            warnings.link_task(self._session, actor, self._operation, code, result["task"])
        else:
            unit = result["unit"]
            where = (code, unit, result["day"], result["reference"])
            warnings.link_incident(self._session, self._as(unit), self._operation, *where)

    # Meetings

    def meeting(self, number: int, data: Mapping[str, Any]) -> Iterator[_Step]:
        """Prepare a meeting the evening before, and hold it; what was decided there is done when the file says so."""
        begins = self._at(data["starts_at"])
        yield begins - _PREPARED, partial(self._prepare, number, data)
        yield begins, partial(self._hold, number, data)
        for item in data["agenda"]:
            for decision in item.get("decisions", ()):
                if "task" in decision:
                    yield from self._done(decision["task"], begins)

    def _prepare(self, number: int, data: Mapping[str, Any]) -> None:
        where = (self._session, self._loader, self._operation)
        given = MeetingInput(
            title=data["title"],
            starts_at=self._at(data["starts_at"]),
            minutes=data["minutes"],
            place=data["place"],
        )
        meetings.create(*where, given)
        for item in data["agenda"]:
            if "reference" in item:
                meetings.add_open(*where, number, [item["reference"]])
            else:
                meetings.add_own(*where, number, item["title"], item.get("note", ""))
        meetings.step(*where, number, MeetingState.OPEN)

    def _hold(self, number: int, data: Mapping[str, Any]) -> None:
        where = (self._session, self._loader, self._operation)
        meeting = meetings.step(*where, number, MeetingState.IN_PROGRESS)
        there = [party for party in self._operation.parties if party not in data["absent"]]
        meetings.note_attendance(*where, number, there)
        said = [{"outcome": outcome} for outcome in data.get("outcomes", ())] + data["agenda"]
        for item, of_item in zip(list(meeting.items), said, strict=True):
            settled = of_item.get("settled", True)
            meetings.write_outcome(*where, number, item.id, of_item["outcome"], settled=settled)
            self._decide(meeting, item, of_item.get("decisions", ()))
        with clock.staged(clock.now() + timedelta(minutes=data["minutes"])):
            meetings.step(*where, number, MeetingState.CLOSED)

    def _decide(self, meeting: Meeting, item: AgendaItem, decisions: Sequence[Any]) -> None:
        for decision in decisions:
            text, task = decision, None
            if isinstance(decision, dict):
                text, task = decision["text"], _task(decision["task"])
            where = (self._session, self._loader, self._operation)
            meetings.decide(*where, meeting.number, item.id, text, task)

    def _done(self, data: Mapping[str, Any], decided: datetime) -> Iterator[_Step]:
        """Have the units of a task that was decided accept it, begin it on its first day, and be done with it."""
        begins = datetime.combine(data["days"][0], datetime.min.time(), self._zone) + timedelta(hours=9)
        for unit in data["units"]:
            for at, state, text in (
                (decided + timedelta(hours=4), AssignmentState.ACCEPTED, ""),
                (begins, AssignmentState.UNDER_WAY, ""),
                (self._at(data["done"]["at"]), AssignmentState.DONE, data["done"]["text"]),
            ):
                where = (self._session, self._loader, self._operation, data["code"], unit)
                yield at, partial(tasks.step, *where, state, text)

    # Identifiers

    def identifier(self, data: Mapping[str, Any]) -> _Step:
        """Hash an identifier under the operation's key, as a browser would, and enter it for its office."""
        return self._at(data["at"]), partial(self._enter, data)

    def _enter(self, data: Mapping[str, Any]) -> None:
        actor = self._as(data["office"])
        kind = IdentifierKind(data["kind"])
        written = matching_rules.normalised(kind, data["typed"])
        if written is None:
            raise ValueError(f"{data['typed']} is no identifier of the kind {kind.value}")
        key = matching.key(self._session, actor, self._operation)
        hashed = Hashed(matching_rules.digest(key, kind, written), data["label"])
        matching.enter(self._session, actor, self._operation, kind, [hashed])


def _task(data: Mapping[str, Any]) -> TaskInput:
    return TaskInput(
        title=data["title"],
        kind=data["kind"],
        starts_on=data["days"][0],
        ends_on=data["days"][1],
        units=tuple(data["units"]),
        lead=data["units"][0],
        code=data["code"],
    )
