"""Recording several returns at once: all of them or none, and everything that is wrong with any of them.

The same for a spreadsheet, a list of JSON returns and a file given to the command line: each return goes through
``returns.service.submit``. A refused one does not hide what is wrong with the next; what it leaves behind is taken back
with all the others. What changed anything is remembered as one batch (:class:`jointops.returns.models.IntakeBatch`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.errors import DomainError, Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Actor
from jointops.operations.models import Operation
from jointops.returns import service
from jointops.returns.models import IntakeBatch
from jointops.returns.service import Outcome
from jointops.returns.submission import Submission

MAX_NAME_LENGTH = 200
"""Characters of a file's name that are kept."""

MAX_PROBLEMS = 500
"""Problems that are told of one file: more than anybody mends before sending it again."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in what was sent: a JSON pointer for software; sheet, cell and value for people.

    In a workbook the pointer is ``/<sheet>/<cell>``.
    """

    pointer: str
    sheet: str = ""
    cell: str = ""
    value: str = ""

    @property
    def where(self) -> str:
        """The place as people name it: ``Figures!K12``, a cell of the only sheet, or the pointer."""
        return f"{self.sheet}!{self.cell}" if self.sheet else self.cell or self.pointer


@dataclass(frozen=True, slots=True)
class PlacedProblem(Problem):
    """A problem of one return among several, with its place in the file and the value found there."""

    sheet: str = ""
    cell: str = ""
    value: str = ""
    explain_cell: str = ""

    @property
    def where(self) -> str:
        """The place as people name it: ``Figures!K12``, a cell of the only sheet, or the pointer."""
        return Place(self.pointer, self.sheet, self.cell).where

    @property
    def place(self) -> Mapping[str, str | int]:
        """Sheet, cell and what stands there; ``explain_cell`` is where a reason for what is doubtful would stand."""
        said = {
            "sheet": self.sheet,
            "cell": self.cell,
            "value": self.value,
            "explain_cell": self.explain_cell,
        }
        return {name: text for name, text in said.items() if text} if self.cell else {}


@dataclass(frozen=True, slots=True)
class Base:
    """The revision that a return of a file was made from (0: there was none); its digest, where the file has it."""

    revision: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One return in a file. ``place`` turns a JSON pointer into the return into its place in the file.

    ``recorded_at`` (aware) says when this one was known, for history; ``expected_version`` is the version of the
    return that the sender saw (0: none yet). ``base`` is what a file was made from; ``settled`` what is on record
    where that says the same already, so that there is nothing to do.
    """

    unit: str
    day: date
    submission: Submission
    place: Callable[[str], Place]
    recorded_at: datetime | None = None
    expected_version: int | None = None
    base: Base | None = None
    settled: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one return of a batch."""

    unit: str
    day: date
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of a batch. ``id`` is the key of its row; ``None`` when nothing new was recorded."""

    id: int | None
    returns: tuple[Recorded, ...]

    @property
    def changed(self) -> int:
        """How many of the returns are new or changed."""
        return sum(item.outcome.changed for item in self.returns)


class BatchRefused(DomainError):
    """Nothing of the batch was recorded: ``problems`` says what is wrong with which return.

    The status is that of the refusals where all agree (such as 403, when every unit is somebody else's), else 422.
    """

    def __init__(self, problems: Sequence[Problem], status: int) -> None:
        first = problems[0]
        super().__init__(first.code, first.message, first.pointer, first.accepted)
        self.problems = tuple(problems[:MAX_PROBLEMS])
        self.status = status


def under(prefix: str) -> Callable[[str], Place]:
    """Return the places of a return that stands at the JSON pointer ``prefix``."""
    return lambda pointer: Place(prefix + pointer)


def placed(problem: Problem, place: Place, explain_cell: str = "") -> PlacedProblem:
    """Return ``problem`` at its place in the file; ``explain_cell`` is where a reason for it would stand."""
    return PlacedProblem(
        problem.code,
        problem.message,
        place.pointer,
        problem.accepted,
        problem.explain,
        place.sheet,
        place.cell,
        place.value,
        explain_cell if problem.explain else "",
    )


def record(
    session: Session,
    actor: Actor,
    operation: Operation,
    entries: Sequence[Entry],
    *,
    problems: Iterable[Problem] = (),
    dry_run: bool = False,
    recorded_at: datetime | None = None,
    name: str = "",
    sha256: str = "",
) -> Batch:
    """Record all ``entries``, or nothing; with ``dry_run`` say what would come of it and record nothing.

    ``problems`` are those found while reading the file; ``recorded_at`` holds for the entries without their own.
    ``name`` and ``sha256`` are those of the file or the list that they came in. Raises :class:`BatchRefused` with all
    problems of all returns, or Invalid (``nothing-to-record``) for a file without any return.
    """
    found: list[tuple[int, Problem]] = [(Invalid.status, problem) for problem in problems]
    if not entries and not found:
        raise Invalid(
            [
                Problem(
                    "nothing-to-record",
                    _(
                        "There is no return in this file. Fill in at least one quantity, or mark a day as nil."
                    ),
                )
            ]
        )
    whole = session.begin_nested()
    try:
        row = _batch(session, actor, operation, name, sha256)
        recorded = Batch(row.id, tuple(_each(session, actor, operation, entries, recorded_at, row.id, found)))
        row.returns = recorded.changed
        if not recorded.changed:
            session.delete(row)
        session.flush()
    except BaseException:
        whole.rollback()
        raise
    if found or dry_run:
        whole.rollback()
    else:
        whole.commit()
    if found:
        statuses = {status for status, _problem in found}
        status = statuses.pop() if len(statuses) == 1 else Invalid.status
        raise BatchRefused([problem for _status, problem in found], status)
    return recorded if recorded.changed and not dry_run else replace(recorded, id=None)


def _batch(session: Session, actor: Actor, operation: Operation, name: str, sha256: str) -> IntakeBatch:
    row = IntakeBatch(
        operation_id=operation.id,
        channel=actor.channel,
        name=name[:MAX_NAME_LENGTH],
        sha256=sha256,
        returns=0,
        recorded_at=clock.now(),
        recorded_by=actor.name,
    )
    session.add(row)
    session.flush()
    return row


def _each(
    session: Session,
    actor: Actor,
    operation: Operation,
    entries: Sequence[Entry],
    recorded_at: datetime | None,
    batch_id: int,
    found: list[tuple[int, Problem]],
) -> Iterable[Recorded]:
    seen: set[tuple[str, date]] = set()
    for entry in entries:
        if (entry.unit, entry.day) in seen:
            found.append((Invalid.status, placed(_twice(entry), entry.place(""))))
            continue
        seen.add((entry.unit, entry.day))
        if entry.settled is not None:
            yield Recorded(entry.unit, entry.day, entry.settled)
            continue
        try:
            outcome = service.submit(
                session,
                actor,
                operation,
                entry.unit,
                entry.day,
                entry.submission,
                expected_version=entry.expected_version,
                recorded_at=entry.recorded_at or recorded_at,
                batch_id=batch_id,
            )
        except DomainError as error:
            reasons = entry.place("/explanations").where
            found.extend(
                (error.status, placed(problem, entry.place(problem.pointer), reasons))
                for problem in error.problems
            )
        else:
            yield Recorded(entry.unit, entry.day, outcome)


def _twice(entry: Entry) -> Problem:
    return Problem(
        "duplicate-return",
        _(
            "The return of ${unit} for ${day} stands in this file twice. Keep one of them.",
            mapping={"unit": entry.unit, "day": entry.day},
        ),
    )
