"""What holds for invitations and contributions: deadlines, reminders, what is asked beside what is pledged.

Plain functions over plain data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jointops.consultation.models import ReminderKind
from jointops.kernel import clock
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.operations.plandoc import Contact, Resource
from jointops.reference.catalogue import catalogue

OCCASIONS: tuple[tuple[ReminderKind, timedelta], ...] = (
    (ReminderKind.BEFORE, timedelta(days=-7)),
    (ReminderKind.BEFORE, timedelta(days=-2)),
    (ReminderKind.AFTER, timedelta(0)),
    (ReminderKind.AFTER, timedelta(days=2)),
    (ReminderKind.AFTER, timedelta(days=5)),
)
"""When participants are reminded, counted from the deadline."""

QUIET = timedelta(hours=20)
"""Nobody is reminded by the clock who was asked so shortly before."""

MAX_QUANTITY = 100_000
MAX_DAYS = 3660
MAX_LINES = 200
MAX_NOTE = 500
MAX_OFFICE = 200


# --- The deadline and its reminders ----------------------------------------------------------------------------------


def due_reminder(
    answer_by: datetime, asked_at: datetime | None, now: datetime
) -> tuple[ReminderKind, str] | None:
    """Return what kind of reminder is due and the key of its occasion; ``None`` when none is.

    ``asked_at`` is when the participant was last asked, by an invitation or a reminder. After a standstill only the
    latest occasion counts.
    """
    past = [(kind, offset) for kind, offset in OCCASIONS if answer_by + offset <= now]
    if not past:
        return None
    kind, offset = past[-1]
    if asked_at is not None and asked_at > answer_by + offset - QUIET:
        return None
    return kind, f"{kind.value}:{clock.iso(answer_by)}:{int(offset.total_seconds()) // 3600}"


# --- Contact points ----------------------------------------------------------------------------------


def check_contacts(contacts: Sequence[Contact]) -> list[Problem]:
    """Return what is wrong with contact points, with pointers ``/contacts/0/office``."""
    found = []
    for n, contact in enumerate(contacts):
        at = f"/contacts/{n}"
        roles = catalogue().contact_roles
        if contact.role not in roles:
            found.append(
                Problem("unknown-contact-role", _("Say what is reached there."), f"{at}/role", tuple(roles))
            )
        if not contact.office:
            message = _("Name the office. Names of persons are not kept.")
            found.append(Problem("office-missing", message, f"{at}/office"))
        if not contact.reach:
            message = _("Give the telephone or e-mail address of the office.")
            found.append(Problem("reach-missing", message, f"{at}/reach"))
    return found


# --- Contributions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of what a participant brings, as somebody writes it; ``number`` is ``None`` for a new one.

    The fields are those of :class:`jointops.consultation.models.Contribution`.
    """

    number: int | None = None
    kind: str
    quantity: int | None = None
    days: int | None = None
    action_area: str = ""
    unit: str = ""
    note: str = ""
    actual_quantity: int | None = None
    actual_days: int | None = None

    def pledged(self) -> tuple[object, ...]:
        """Return what was pledged by it, to tell whether that changes."""
        return (self.kind, self.quantity, self.days, self.action_area, self.unit, self.note)

    def actual(self) -> tuple[object, ...]:
        """Return what came of it, to tell whether that changes."""
        return (self.actual_quantity, self.actual_days)


def check_lines(
    lines: Sequence[Line], *, units: Collection[str], areas: Collection[str], numbers: Collection[int]
) -> list[Problem]:
    """Return what is wrong with a participant's lines, with pointers ``/items/0/quantity``.

    ``units`` are the codes of the participant's units, ``areas`` those of the plan's action areas, ``numbers`` those
    of the lines that there are.
    """
    found = [
        problem for n, line in enumerate(lines) for problem in _check_line(line, f"/items/{n}", units, areas)
    ]
    seen: set[int] = set()
    for n, line in enumerate(lines):
        if line.number is not None and (line.number not in numbers or line.number in seen):
            message = _("There is no such line. Leave its number out for a new one.")
            found.append(Problem("unknown-contribution", message, f"/items/{n}/number"))
        seen |= {line.number} if line.number is not None else set()
    if len(lines) > MAX_LINES:
        message = _("At most ${count} lines are kept. Put some together.", mapping={"count": MAX_LINES})
        found.append(Problem("too-many-contributions", message, "/items"))
    return found


def _check_line(line: Line, at: str, units: Collection[str], areas: Collection[str]) -> Iterable[Problem]:
    kinds = catalogue().contribution_kinds
    if line.kind not in kinds:
        yield Problem("unknown-contribution-kind", _("Say what it is."), f"{at}/kind", tuple(kinds))
    if line.quantity is None and line.actual_quantity is None:
        yield Problem("quantity-missing", _("Say how many."), f"{at}/quantity")
    for name, value, least, most in (
        ("quantity", line.quantity, 1, MAX_QUANTITY),
        ("days", line.days, 1, MAX_DAYS),
        ("actual_quantity", line.actual_quantity, 0, MAX_QUANTITY),
        ("actual_days", line.actual_days, 0, MAX_DAYS),
    ):
        if value is not None and not least <= value <= most:
            message = _("A whole number from ${least} to ${most}.", mapping={"least": least, "most": most})
            yield Problem("out-of-range", message, f"{at}/{name}")
    if line.unit and line.unit not in units:
        message = _("“${unit}” is no unit of this participant.", mapping={"unit": line.unit})
        yield Problem("unit-unknown", message, f"{at}/unit", tuple(units))
    if line.action_area and line.action_area not in areas:
        message = _("The plan has no action area “${area}”.", mapping={"area": line.action_area})
        yield Problem("action-area-unknown", message, f"{at}/action_area", tuple(areas))


@dataclass(frozen=True, slots=True)
class Total:
    """How many, and how many days' work that is altogether (``None``: not every line says for how many days)."""

    quantity: int = 0
    days: int | None = 0

    def plus(self, quantity: int | None, days: int | None) -> Total:
        """Return the total with one more line."""
        if quantity is None:
            return self
        work = None if self.days is None or days is None else self.days + quantity * days
        return Total(self.quantity + quantity, work)


@dataclass(frozen=True, slots=True)
class Need:
    """What is asked of one kind, in one action area (``""``: for the operation as a whole), beside what is pledged.

    Quantities are units of the kind; ``missing`` is how many are not pledged yet.
    """

    kind: str
    action_area: str
    asked: Total
    pledged: Total
    whole: bool = False

    @property
    def missing(self) -> int:
        """How many are still missing; what is pledged beyond the need is no negative lack."""
        return max(self.asked.quantity - self.pledged.quantity, 0)

    @property
    def percent(self) -> float | None:
        """How much of what is asked is pledged, at most 100; ``None`` where nothing is asked."""
        if not self.asked.quantity:
            return None
        return min(100.0, 100 * self.pledged.quantity / self.asked.quantity)


def needs(asked: Iterable[Resource], pledged: Iterable[Line]) -> list[Need]:
    """Return what is asked beside what is pledged: for each kind its whole, and its action areas where it has several.

    In the order of the kinds; what is pledged for no action area counts for the whole of its kind.
    """
    wanted: dict[tuple[str, str], Total] = {}
    given: dict[tuple[str, str], Total] = {}
    for resource in asked:
        key = (resource.kind, resource.action_area or "")
        wanted[key] = wanted.get(key, Total()).plus(resource.quantity, resource.days)
    for line in pledged:
        key = (line.kind, line.action_area)
        given[key] = given.get(key, Total()).plus(line.quantity, line.days)
    found = []
    for kind in catalogue().contribution_kinds:
        areas = sorted({area for of, area in (*wanted, *given) if of == kind})
        if not areas:
            continue
        rows = [
            Need(kind, area, wanted.get((kind, area), Total()), given.get((kind, area), Total()))
            for area in areas
        ]
        found.append(
            Need(kind, "", _sum(row.asked for row in rows), _sum(row.pledged for row in rows), whole=True)
        )
        if areas != [""]:
            found.extend(rows)
    return found


@dataclass(frozen=True, slots=True)
class Brought:
    """What one party pledged of one kind beside what came; ``None``: nothing was pledged, nothing is recorded.

    ``unrecorded`` is how many lines of the kind nobody has said of what came.
    """

    party: str
    kind: str
    pledged: Total | None
    actual: Total | None
    unrecorded: int


def brought(lines: Iterable[tuple[str, Line]]) -> list[Brought]:
    """Return what each party pledged and brought of each kind, in the order of the parties and of the kinds."""
    of: dict[str, dict[str, list[Line]]] = {}
    for party, line in lines:
        of.setdefault(party, {}).setdefault(line.kind, []).append(line)
    order = list(catalogue().contribution_kinds)
    return [
        Brought(
            party,
            kind,
            _total((line.quantity, line.days) for line in of[party][kind]),
            _total((line.actual_quantity, line.actual_days) for line in of[party][kind]),
            sum(line.actual_quantity is None for line in of[party][kind]),
        )
        for party in of
        for kind in sorted(of[party], key=lambda kind: order.index(kind) if kind in order else len(order))
    ]


def _total(amounts: Iterable[tuple[int | None, int | None]]) -> Total | None:
    given = [(quantity, days) for quantity, days in amounts if quantity is not None]
    total = Total()
    for quantity, days in given:
        total = total.plus(quantity, days)
    return total if given else None


def _sum(totals: Iterable[Total]) -> Total:
    quantity, days = 0, 0
    complete = True
    for total in totals:
        quantity += total.quantity
        complete = complete and total.days is not None
        days += total.days or 0
    return Total(quantity, days if complete else None)
