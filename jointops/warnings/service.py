"""What can be done with warnings: send one, tell what was found, link what came of it, end it.

Only the sender, the warned units with their national coordinators, and the operation's coordination, review and
audit know of a warning; nobody else learns that there is one. How warnings are found stands in ``finding``, what they
led to in ``results``; this module gives their names on.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import AuthorityType, Operation
from jointops.warnings import rules
from jointops.warnings.finding import (
    answering,
    counts,
    find,
    latest,
    list_warnings,
    may,
    of_return,
    of_task,
    open_warnings,
    require_not_withdrawn,
    sending,
    standing,
    subject_of,
    unanswered,
    units_of,
)
from jointops.warnings.models import (
    FeedbackAnswer,
    SentWarning,
    WarningFeedback,
    WarningRecipient,
    WarningState,
)
from jointops.warnings.results import link_incident, link_task, take_back
from jointops.warnings.rules import WarningInput
from jointops.warnings.telling import named, record, tell_sender, tell_warned

# --- Sending ---------------------------------------------------------------------------------------------------------


def send(session: Session, actor: Actor, operation: Operation, given: WarningInput) -> SentWarning:
    """Send a warning to other units and tell them.

    A type of authority stands for all its units in the plan but the sender. Raises :class:`Invalid` (``text-missing``,
    ``too-long``, ``unit-unknown``, ``authority-unknown``, ``recipients-missing``, ``window-reversed``,
    ``nobody-to-warn``, and ``personal-data-suspected`` unless the text was looked at again).
    """
    units = {unit.code: unit for unit in units_of(operation)}
    sender = units.get(given.sender or "")
    subject = operations.subject(operation) if sender is None else subject_of(operation, sender)
    policy.require(actor, Action.WARNING_CREATE, subject)
    frame = rules.Frame(tuple(units), tuple(authority.value for authority in AuthorityType))
    problems = rules.problems_of(given, frame)
    warned = [
        unit
        for unit in units.values()
        if unit is not sender and (unit.code in given.units or unit.authority.value == given.authority)
    ]
    if not problems and not warned:
        message = _("This reaches nobody: the operation has no other such unit.")
        problems.append(Problem("nobody-to-warn", message, "/units"))
    texts = {f"/{name}": getattr(given, name) for name in ("title", "watch_for", "expected_at")}
    problems += rules.personal_data(given.checked, texts)
    if problems:
        raise Invalid(problems)
    # Two people warning at once must not both take the same number.
    session.execute(select(Operation.id).where(Operation.id == operation.id).with_for_update())
    taken = session.scalars(select(SentWarning.code).where(SentWarning.operation_id == operation.id)).all()
    now = clock.now()
    warning = SentWarning(
        operation=operation,
        sender=sender,
        code=rules.next_code(taken),
        kind=given.kind,
        title=given.title.strip(),
        watch_for=given.watch_for.strip(),
        expected_at=given.expected_at.strip(),
        since=given.since or now,
        until=given.until,
        authority=given.authority,
        state=WarningState.OPEN,
        reason="",
        sent_at=now,
        sent_by=actor.name,
        version=1,
        recipients=[WarningRecipient(unit=unit) for unit in warned],
    )
    session.add(warning)
    session.flush()
    codes = [unit.code for unit in warned]
    record(session, actor, Action.WARNING_CREATE, warning, {"from": given.sender, "to": codes})
    tell_warned(
        session,
        actor,
        warning,
        _("Warning ${code} in ${operation}", mapping=named(warning)),
        _(
            "${sender} asks your unit to watch for something in ${operation}. Read the warning and tell what you find.",
            mapping={**named(warning), "sender": sender.code if sender else _("The coordination centre")},
        ),
    )
    return warning


def give_feedback(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    unit_code: str,
    answer: FeedbackAnswer,
    text: str = "",
    *,
    checked: bool = False,
) -> WarningFeedback:
    """Tell what a warned unit found; it may tell again. The sender is told of it.

    Raises NotFound (``warning-unknown``, ``unit-not-warned``), Conflict (``warning-withdrawn``), Invalid
    (``too-long``, ``text-missing`` for what was found, ``personal-data-suspected``).
    """
    warning = find(session, actor, operation, code)
    unit = next((one.unit for one in warning.recipients if one.unit.code == unit_code), None)
    if unit is None:
        raise NotFound(
            "unit-not-warned",
            _("${code} was not sent to the unit ${unit}.", mapping={"code": code, "unit": unit_code}),
            "/unit",
            [one.unit.code for one in warning.recipients],
        )
    policy.require(actor, Action.WARNING_ANSWER, subject_of(operation, unit))
    require_not_withdrawn(warning)
    problems = rules.feedback_problems(text)
    if answer is FeedbackAnswer.FOUND and not text.strip():
        problems.append(Problem("text-missing", _("Say what was found, and where."), "/text"))
    problems += rules.personal_data(checked, {"/text": text})
    if problems:
        raise Invalid(problems)
    feedback = WarningFeedback(
        warning_id=warning.id,
        unit=unit,
        answer=answer,
        text=text.strip(),
        at=clock.now(),
        actor_name=actor.name,
    )
    warning.feedback.append(feedback)
    session.flush()
    record(session, actor, Action.WARNING_ANSWER, warning, {"unit": unit.code, "answer": answer.value})
    if answer is FeedbackAnswer.FOUND:
        tell_sender(
            session,
            actor,
            warning,
            _("${unit} found what ${code} warns of", mapping={"unit": unit.code, "code": code}),
            _(
                "${unit} gave feedback on your warning in ${operation}.",
                mapping={**named(warning), "unit": unit.code},
            ),
        )
    return feedback


# --- The end of a warning --------------------------------------------------------------------------------------------


def end(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    to: WarningState,
    reason: str = "",
    *,
    expected_version: int | None = None,
) -> SentWarning:
    """Close a warning, or withdraw one that was a mistake; those who were warned are told that it is withdrawn.

    Only the sender does, or the coordination. Raises Conflict (``warning-ended``, ``no-such-step``), Invalid
    (``reason-missing`` to withdraw), Stale.
    """
    warning = find(session, actor, operation, code)
    if not may(actor, Action.WARNING_UPDATE, operation, warning):
        policy.require(actor, Action.WARNING_UPDATE, operations.subject(operation))
    if expected_version is not None and expected_version != warning.version:
        raise Stale(
            _("Somebody changed this warning since you opened it. Look at it again."),
            given=str(expected_version),
            current=str(warning.version),
        )
    if to is WarningState.OPEN:
        message = _("A warning is not opened again: send a new one.")
        raise Conflict(
            "no-such-step", message, "/to", (WarningState.CLOSED.value, WarningState.WITHDRAWN.value)
        )
    if warning.state is not WarningState.OPEN:
        message = _(
            "${code} is over already (it is: ${state}).",
            mapping={"code": code, "state": rules.STATE_LABELS[warning.state]},
        )
        raise Conflict("warning-ended", message)
    reason = reason.strip()
    if to is WarningState.WITHDRAWN and not reason:
        message = _("Say why. Everybody who was warned reads it.")
        raise Invalid([Problem("reason-missing", message, "/reason")])
    if problems := rules.feedback_problems(reason):
        raise Invalid(problems)
    warning.state, warning.reason = to, reason
    now = clock.now()
    if to is WarningState.WITHDRAWN:
        warning.withdrawn_at = now
    else:
        warning.closed_at = now
    warning.version += 1
    session.flush()
    record(session, actor, Action.WARNING_UPDATE, warning, {"to": to.value, "reason": reason})
    if to is WarningState.WITHDRAWN:
        tell_warned(
            session,
            actor,
            warning,
            _("Warning ${code} in ${operation} is withdrawn", mapping=named(warning)),
            _("You need not watch for it any more."),
        )
    return warning


__all__ = [
    "WarningInput",
    "answering",
    "counts",
    "end",
    "find",
    "give_feedback",
    "latest",
    "link_incident",
    "link_task",
    "list_warnings",
    "may",
    "of_return",
    "of_task",
    "open_warnings",
    "send",
    "sending",
    "standing",
    "take_back",
    "unanswered",
    "units_of",
]
