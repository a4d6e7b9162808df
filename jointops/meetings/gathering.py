"""What is open in an operation and could be spoken about: the items that an agenda is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.meetings.models import ItemKind
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, OperationState
from jointops.operations.readiness import Status, section_states
from jointops.operations.rules import PLANNING, today
from jointops.planning.comments import open_comments
from jointops.returns.finding import list_returns
from jointops.returns.models import ReturnState
from jointops.tasks import rows as task_rows
from jointops.tasks.conflicts import conflicts
from jointops.tasks.models import AssignmentState
from jointops.tasks.rules import is_overdue
from jointops.warnings import service as warnings

MOST_OF_A_KIND = 50
"""How many items of one kind are offered: nobody gets through more in a meeting."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something open. ``reference`` names it for good (``task/T3``), ``title`` is data, ``detail`` a lazy text."""

    kind: ItemKind
    reference: str
    title: str
    detail: str = ""


def open_items(session: Session, actor: Actor, operation: Operation) -> list[OpenItem]:
    """Return what is open, kind by kind, as far as the person may read it; of each kind the first fifty.

    An agenda is read by every participant: what only some may know (the text of a warning or of a question on a
    return) is not in it, only where it stands.
    """
    found: list[OpenItem] = []
    for source in (_invitations, _sections, _comments, _tasks, _conflicts, _questions, _warnings):
        for number, item in enumerate(source(session, actor, operation)):
            if number == MOST_OF_A_KIND:
                break
            found.append(item)
    return found


def _invitations(_session: Session, _actor: Actor, operation: Operation) -> Iterator[OpenItem]:
    if operation.state is OperationState.DRAFT:
        return
    for participant in operation.participants:
        if participant.in_plan and participant.answer is Answer.INVITED:
            yield OpenItem(ItemKind.INVITATION, f"invitation/{participant.party}", participant.party)


def _sections(session: Session, _actor: Actor, operation: Operation) -> Iterator[OpenItem]:
    if operation.state not in PLANNING:
        return
    document = operations.document(operations.latest_plan(session, operation))
    for state in section_states(document):
        if state.status is Status.INCOMPLETE:
            detail = _("Missing: ${count}", mapping={"count": len(state.missing)})
            code = state.section.code
            yield OpenItem(ItemKind.SECTION, f"section/{code}", code, detail)


def _comments(session: Session, _actor: Actor, operation: Operation) -> Iterator[OpenItem]:
    for section, count in open_comments(session, operation).items():
        detail = _("Open comments: ${count}", mapping={"count": count})
        yield OpenItem(ItemKind.COMMENT, f"comment/{section}", section, detail)


def _tasks(session: Session, actor: Actor, operation: Operation) -> Iterator[OpenItem]:
    day = today(operation.time_zone, clock.now())
    for row in task_rows.read(session, actor, operation):
        if row.cancelled:
            continue
        declined = [part.unit.code for part in row.parts if part.state is AssignmentState.DECLINED]
        overdue = [part.unit.code for part in row.parts if is_overdue(part.state, row.ends_on, day)]
        title = f"{row.code} {next(iter(row.title.values()), '')}"[:300]
        if declined:
            detail = _("Declined by ${units}", mapping={"units": ", ".join(declined[:5])})
            yield OpenItem(ItemKind.TASK, f"task/{row.code}", title, detail)
        elif overdue:
            detail = _("Overdue with ${units}", mapping={"units": ", ".join(overdue[:5])})
            yield OpenItem(ItemKind.TASK, f"task/{row.code}", title, detail)


def _conflicts(session: Session, actor: Actor, operation: Operation) -> Iterator[OpenItem]:
    for finding in conflicts(session, actor, operation).open:
        tasks = ", ".join(finding.tasks[:5])
        yield OpenItem(ItemKind.CONFLICT, f"conflict/{finding.key[:16]}", tasks, finding.message)


def _questions(session: Session, actor: Actor, operation: Operation) -> Iterator[OpenItem]:
    for found in list_returns(session, actor, operation, state=ReturnState.SENT_BACK):
        unit, day = found.unit.code, found.day.isoformat()
        yield OpenItem(ItemKind.QUESTION, f"question/{unit}/{day}", f"{unit} {day}")


def _warnings(session: Session, actor: Actor, operation: Operation) -> Iterator[OpenItem]:
    for warning in warnings.open_warnings(session, operation):
        if not warnings.may(actor, Action.WARNING_READ, operation, warning):
            continue
        detail = _(
            "Feedback from ${answered} of ${asked} units",
            mapping={"answered": len(warnings.latest(warning)), "asked": len(warning.recipients)},
        )
        yield OpenItem(ItemKind.WARNING, f"warning/{warning.code}", warning.code, detail)
