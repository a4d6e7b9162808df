"""Files that were made with what was on record, and come back: what changed there meanwhile is merged, not overwritten.

Each return of a file that names the revision it was made from is compared with that revision and with what is on
record now. What only the file changed is taken, what only the record changed stays, and what both changed differently
is a conflict: somebody chooses. A return that says what is on record is nothing new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from jointops.kernel import clock, policy
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation, ReportingUnit
from jointops.operations.planindicators import AskedIndicator
from jointops.rendering import text
from jointops.returns import rules, submission
from jointops.returns.asked import Asked
from jointops.returns.intake.batch import Base, Entry, PlacedProblem, placed
from jointops.returns.intake.defaults import area_said, unit_said
from jointops.returns.intake.sheets import Intake
from jointops.returns.merging import Change, Choice, Content, Merged, Place, changes, merge
from jointops.returns.models import Return, ReturnState, Revision
from jointops.returns.service import Outcome, Receipt
from jointops.returns.submission import Submission

OnConflict = Literal["file", "record"]
ON_CONFLICT: tuple[OnConflict, ...] = ("file", "record")
"""What may hold where the file and the record say different things."""

CONFLICT = "changed-on-record"
"""The code of a conflict that nobody settled."""

_SIDES: Mapping[str, Choice] = {"file": "mine", "record": "theirs"}
_AT_ONCE = 400
_SHOWN = 80
_VALUE_KEY = ("indicator", "category", "action_area", "phase", "scope")


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record of one unit and day: its latest revision, and the return it belongs to."""

    return_id: int
    version: int
    state: ReturnState
    number: int
    sha256: str
    recorded_at: datetime
    recorded_by: str
    reason: str
    content: Mapping[str, Any]

    @property
    def outcome(self) -> Outcome:
        """What sending the same again answers."""
        receipt = Receipt(self.number, self.sha256, self.recorded_at)
        return Outcome(receipt, self.state, self.version, changed=False, created=False)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A return that changed on record since the file was made, and what came of the two together.

    ``base`` is the revision that the file was made from; ``open`` are the conflicts that nobody has settled yet.
    """

    unit: str
    day: date
    base: int
    known: Known
    merged: Merged
    open: tuple[Change, ...] = ()

    def name(self, change: Change) -> str:
        """Return what names a conflict among all of a file."""
        return f"{self.unit}/{self.day.isoformat()}/{change.place.name}"

    def value(self, side: OnConflict) -> str:
        """Return what a choice says: the side, and which revision stood against the file when it was made."""
        return f"{side}@{self.known.number}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The returns of a file as they are to be recorded, and every problem found so far."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    meetings: tuple[Meeting, ...] = ()


@dataclass
class _Preparing:
    """Goes through the returns of one file."""

    indicators: Mapping[str, AskedIndicator]
    zone: ZoneInfo
    said: Collection[str]
    choices: Mapping[str, str]
    on_conflict: OnConflict | None
    problems: list[Problem] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)

    def entry(self, entry: Entry, known: Known | None, base: Content | None) -> Entry | None:
        """Return what is to be recorded of a return; ``None`` where it says nothing and never did.

        ``base`` is what its revision says; ``None`` for a file that names none, or one that is not on record.
        """
        if base is None:
            return _with_attachments(entry, known.content if known else {})
        before = plain(base, self.indicators, self.zone)
        if says_nothing(entry.submission) and says_nothing_on_record(before):
            return None
        carried = replace(entry.submission, attachments=tuple(before.get("attachments", ())))
        said = plain(rules.content(carried), self.indicators, self.zone)
        mine = with_unsaid(said, before, self.said)
        if known is None:
            return replace(entry, expected_version=0)
        theirs = plain(known.content, self.indicators, self.zone)
        if not changes(before, theirs):
            if not changes(before, mine):
                return replace(entry, settled=known.outcome)
            if mine == said:
                return replace(entry, submission=carried, expected_version=known.version)
        merged = merge(before, mine, theirs)
        revision = entry.base.revision if entry.base else 0
        meeting = Meeting(entry.unit, entry.day, revision, known, merged)
        if merged.conflicts:
            chosen = self._chosen(meeting)
            unsettled = tuple(each for each in merged.conflicts if each.place.name not in chosen)
            merged = merge(before, mine, theirs, chosen)
            meeting = replace(meeting, merged=merged, open=unsettled)
            self.problems += [_conflict(entry, meeting, change, said) for change in unsettled]
        if changes(before, theirs):
            self.meetings.append(meeting)
        if not changes(theirs, merged.content):
            return replace(entry, settled=known.outcome)
        result = replace(
            submission.from_data(merged.content),
            reason=entry.submission.reason,
            plan_version=entry.submission.plan_version,
        )
        return replace(
            entry,
            submission=result,
            place=_places(entry, said, merged.content),
            expected_version=known.version,
        )

    def _chosen(self, meeting: Meeting) -> dict[str, Choice]:
        """Return how conflicts are settled, by the names of their places; choices against another revision are not."""
        found: dict[str, Choice] = {}
        for change in meeting.merged.conflicts:
            side, _at, seen = self.choices.get(meeting.name(change), "").partition("@")
            if side in _SIDES and seen == str(meeting.known.number):
                found[change.place.name] = _SIDES[side]
            elif self.on_conflict is not None:
                found[change.place.name] = _SIDES[self.on_conflict]
        return found


def prepare(
    session: Session,
    actor: Actor,
    operation: Operation,
    questions: Asked,
    intake: Intake,
    *,
    choices: Mapping[str, str] | None = None,
    on_conflict: OnConflict | None = None,
) -> Prepared:
    """Bring a file together with what is on record, for the units that ``actor`` reports for.

    ``choices`` settles conflicts by :meth:`Meeting.name`, ``on_conflict`` all others; without it each is a problem
    (``changed-on-record``) at its cell. Returns of other units are left as they are: recording refuses them.
    """
    own = {
        code
        for code, unit in questions.units.items()
        if all(
            policy.allows(
                actor, action, operations.subject(operation, party=unit.participant.party, unit=code)
            )
            for action in (Action.RETURN_SUBMIT, Action.RETURN_READ)
        )
    }
    mine = [entry for entry in intake.entries if entry.unit in own]
    known = on_record(session, operation, {e.unit for e in mine}, {e.day for e in mine})
    bases = dict(_bases(session, mine, known))
    work = _Preparing(
        questions.indicators, ZoneInfo(operation.time_zone), intake.columns, choices or {}, on_conflict
    )
    entries = []
    for entry in intake.entries:
        key = (entry.unit, entry.day)
        prepared = work.entry(entry, known.get(key), bases.get(key)) if entry.unit in own else entry
        if prepared is not None:
            entries.append(prepared)
    return Prepared(tuple(entries), (*intake.problems, *work.problems), tuple(work.meetings))


def on_record(
    session: Session, operation: Operation, units: Collection[str], days: Collection[date]
) -> dict[tuple[str, date], Known]:
    """Return the latest revisions of the returns of ``units`` for ``days``, by unit and day; one query."""
    if not units or not days:
        return {}
    found = session.execute(
        select(
            ReportingUnit.code,
            Return.day,
            Return.id,
            Return.version,
            Return.state,
            Revision.number,
            Revision.sha256,
            Revision.recorded_at,
            Revision.recorded_by,
            Revision.reason,
            Revision.content,
        )
        .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
        .join(Revision, and_(Revision.return_id == Return.id, Revision.number == Return.latest_number))
        .where(Return.operation_id == operation.id, Return.day.between(min(days), max(days)))
    )
    wanted_units, wanted_days = set(units), set(days)
    return {
        (unit, day): Known(*rest) for unit, day, *rest in found if unit in wanted_units and day in wanted_days
    }


def _bases(
    session: Session, entries: Iterable[Entry], known: Mapping[tuple[str, date], Known]
) -> Iterator[tuple[tuple[str, date], Content]]:
    """Yield what the revisions that a file was made from say, as far as they are on record."""
    earlier: dict[tuple[int, int], tuple[Entry, Base]] = {}
    for entry in entries:
        base, latest = entry.base, known.get((entry.unit, entry.day))
        if base is None:
            continue
        if base.revision == 0:
            yield (entry.unit, entry.day), {}
        elif latest is not None and latest.number == base.revision:
            if base.sha256 in {"", latest.sha256}:
                yield (entry.unit, entry.day), latest.content
        elif latest is not None and base.revision < latest.number:
            earlier[latest.return_id, base.revision] = (entry, base)
    keys = list(earlier)
    for start in range(0, len(keys), _AT_ONCE):
        wanted = [
            and_(Revision.return_id == return_id, Revision.number == number)
            for return_id, number in keys[start : start + _AT_ONCE]
        ]
        query = select(Revision.return_id, Revision.number, Revision.sha256, Revision.content).where(
            or_(*wanted)
        )
        for return_id, number, sha256, content in session.execute(query):
            entry, base = earlier[return_id, number]
            if base.sha256 in {"", sha256}:
                yield (entry.unit, entry.day), content


# --- What a file can say of a content --------------------------------------------------------------------------------


def plain(content: Content, indicators: Mapping[str, AskedIndicator], zone: ZoneInfo) -> dict[str, Any]:
    """Return a content as it comes out of a file again, unless somebody changed it there.

    What goes without saying is left out, times are on the operation's clocks, and texts hold what a cell can.
    """
    if content.get("withdrawn"):
        return {"withdrawn": True}
    if not content:
        return {}

    def entry(said: Mapping[str, Any]) -> dict[str, Any]:
        known = indicators.get(said["indicator"])
        return {
            **{name: _text(value) if isinstance(value, str) else value for name, value in said.items()},
            "unit": unit_said(said.get("unit"), known),
            "action_area": area_said(said.get("action_area"), known),
            "at": _local(said.get("at"), zone),
        }

    return rules.content(
        submission.from_data(
            {
                "values": [entry(said) for said in content.get("values", ())],
                "incidents": [entry(said) for said in content.get("incidents", ())],
                "narrative": _text(content.get("narrative", "")),
                "nil": content.get("nil"),
                "attachments": content.get("attachments", ()),
                "explanations": {
                    key: " ".join(reason.split()) for key, reason in content.get("explanations", {}).items()
                },
            }
        )
    )


def _text(said: str) -> str:
    return text.clean(said).strip()


def _local(at: str | None, zone: ZoneInfo) -> str | None:
    if not at:
        return None
    try:
        return clock.parse_iso(at).astimezone(zone).isoformat()
    except (ValueError, OverflowError):
        return at


_UNSAID = {"narrative": "narrative", "nil": "nil", "explanations": "explanations"}
_FIELDS = ("certainty", "weight", "seizures")
_INCIDENT_FIELDS = (
    *_FIELDS,
    *(
        "joint_with",
        "at",
        "place",
        "latitude",
        "longitude",
        "modus_operandi",
        "external_reference",
        "description",
    ),
)


def with_unsaid(mine: Content, base: Content, said: Collection[str]) -> dict[str, Any]:
    """Return a file's content with what its columns cannot say as it was before."""
    whole = dict(mine)
    if "withdrawn" in base:
        return whole
    for column, name in _UNSAID.items():
        if column not in said and name in base:
            whole[name] = base[name]
    if "reference" not in said:
        whole["incidents"] = list(base.get("incidents", ()))
    for name, fields, key in (
        ("values", _FIELDS, _VALUE_KEY),
        ("incidents", _INCIDENT_FIELDS, ("reference",)),
    ):
        missing = [each for each in fields if each not in said]
        if missing:
            before = {_key(entry, key): entry for entry in base.get(name, ())}
            whole[name] = [
                {**{f: v for f, v in before.get(_key(entry, key), {}).items() if f in missing}, **entry}
                for entry in whole[name]
            ]
    return whole


def says_nothing(sent: Submission) -> bool:
    """Whether a return of a file holds nothing at all."""
    return not (sent.values or sent.incidents or sent.nil or sent.narrative.strip() or sent.explanations)


def says_nothing_on_record(content: Content) -> bool:
    """Whether a content holds nothing that a file could show."""
    names = ("values", "incidents", "nil", "narrative", "explanations")
    return not any(content.get(name) for name in names)


def _with_attachments(entry: Entry, content: Content) -> Entry:
    """Return a return with the files it has on record: a spreadsheet cannot name them."""
    attachments = tuple(content.get("attachments", ()))
    if not attachments:
        return entry
    return replace(entry, submission=replace(entry.submission, attachments=attachments))


# --- Places ----------------------------------------------------------------------------------------------------------


def _key(entry: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(entry.get(name, "")) for name in names)


def _places(entry: Entry, mine: Content, merged: Content) -> Any:
    """Return what turns a pointer into the merged return into its cell; what has none stands at the return's row."""
    rows = _rows(entry, mine)
    order = {
        f"{name}/{number}": rows.get((name, _key(each, key)))
        for name, key in (("values", _VALUE_KEY), ("incidents", ("reference",)))
        for number, each in enumerate(merged.get(name, ()))
    }

    def place(pointer: str) -> Any:
        parts = pointer.split("/")[1:]
        if len(parts) < 2 or "/".join(parts[:2]) not in order:
            return entry.place(pointer)
        row = order["/".join(parts[:2])]
        if row is None:
            return entry.place("")
        return entry.place("/".join(["", parts[0], str(row), *parts[2:]]))

    return place


def _rows(entry: Entry, mine: Content) -> dict[tuple[str, tuple[str, ...]], int]:
    """Return which row of the file each entry came from."""
    sent = entry.submission
    found: dict[tuple[str, tuple[str, ...]], int] = {}
    for number, value in enumerate(sent.values):
        key = tuple(_said(value, name) for name in _VALUE_KEY)
        found.setdefault(("values", key), number)
    for number, incident in enumerate(sent.incidents):
        found.setdefault(("incidents", (incident.reference.strip(),)), number)
    return found


def _said(value: Any, name: str) -> str:
    said = getattr(value, name) or ""
    return "" if name == "scope" and said == "operation" else said


def _conflict(entry: Entry, meeting: Meeting, change: Change, mine: Content) -> PlacedProblem:
    """Return the refusal of a conflict that nobody settled, at its cell."""
    pointer = _pointer(change.place, _rows(entry, mine))
    message = _(
        "${who} changed this on ${unit}, ${day} since the file was made (revision ${base}, now ${number}): before "
        "${before}, on record ${theirs}, in the file ${mine}. Choose the file or the record.",
        mapping={
            "who": meeting.known.recorded_by,
            "unit": meeting.unit,
            "day": meeting.day,
            "base": meeting.base,
            "number": meeting.known.number,
            "before": shown(change.base),
            "theirs": shown(change.theirs),
            "mine": shown(change.mine),
        },
    )
    return placed(Problem("changed-on-record", message, "", ON_CONFLICT), entry.place(pointer))


def _pointer(place: Place, rows: Mapping[tuple[str, tuple[str, ...]], int]) -> str:
    if place.of in {"value", "incident"}:
        name = f"{place.of}s"
        row = rows.get((name, place.key))
        return f"/{name}" if row is None else f"/{name}/{row}" + (f"/{place.field}" if place.field else "")
    return {"narrative": "/narrative", "nil": "/nil", "explanation": "/explanations"}.get(place.of, "")


def shown(value: Any) -> str:
    """Return what stands on one side of a conflict, in few characters; a dash for nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Mapping):
        if "quantity" in value:
            return " ".join(str(value[name]) for name in ("quantity", "unit") if value.get(name))
        if "values" in value or "incidents" in value:
            entries = [*value.get("values", ()), *value.get("incidents", ())]
            listed = "; ".join(f"{each['indicator']} {shown(each)}" for each in entries)
            return listed[:_SHOWN] or ("nil" if value.get("nil") else "–")
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))[:_SHOWN]
    return str(value)[:_SHOWN]
