"""Files that belong to a return: images and PDF documents, checked before they are kept, once for each content.

A file is sent before the return that names it, and belongs to a unit and day. What it tells besides what it shows
(position, names, numbers) is taken out on request, or kept with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jointops.kernel import audit, clock, ids, personal, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import rules as operation_rules
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState, ReportingUnit
from jointops.returns import filecheck, rules
from jointops.returns.filecheck import MEDIA_TYPES, Finding
from jointops.returns.models import Attachment, AttachmentContent, Return, Revision
from jointops.returns.rulebooks import rulebook_of

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 20
MOST_QUOTED = 5
MAX_NAME = 120
MAX_REASON = 2_000

STRIPPED = "stripped"
"""Flag of a file whose metadata were taken out."""

FINDING_LABELS: Mapping[str, str] = {
    **personal.LABELS,
    "gps": _("the position where it was taken"),
    "owner": _("its owner or author"),
    STRIPPED: _("its metadata were taken out"),
}

REFUSALS: Mapping[str, str] = {
    "attachment-active": _(
        "This PDF runs something, asks something or carries other files. Print it to a new PDF."
    ),
    "attachment-damaged": _("This file cannot be read to its end. Save it again, or take another picture."),
    "attachment-locked": _("This PDF is locked. Send it without a password."),
    "attachment-too-complex": _("This file takes too much to read. Send a smaller picture, or fewer pages."),
    "attachment-two-in-one": _(
        "There is something else within this file. Save the picture or document again by itself."
    ),
    "attachment-type": _("This is no JPEG, PNG or WebP picture and no PDF document."),
}
_ACCEPTED = tuple(MEDIA_TYPES)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def listed(
    session: Session, actor: Actor, operation: Operation, unit: ReportingUnit, day: date
) -> Sequence[Attachment]:
    """Return the files of a unit's return for a day that were not removed, the oldest first."""
    policy.require(actor, Action.RETURN_ATTACHMENT_READ, _subject(operation, unit))
    return session.scalars(
        select(Attachment)
        .where(Attachment.unit_id == unit.id, Attachment.day == day, Attachment.removed_at.is_(None))
        .order_by(Attachment.id)
    ).all()


def find(
    session: Session, actor: Actor, operation: Operation, unit: ReportingUnit, day: date, sha256: str
) -> Attachment:
    """Return a file, also one that was removed and that an earlier revision has; raises NotFound."""
    policy.require(actor, Action.RETURN_ATTACHMENT_READ, _subject(operation, unit))
    return _find(session, unit, day, sha256)


def named(session: Session, unit: ReportingUnit, day: date, sha256s: Sequence[str]) -> Sequence[Attachment]:
    """Return the files that a revision names; whoever calls has asked for access."""
    return session.scalars(
        select(Attachment)
        .where(Attachment.unit_id == unit.id, Attachment.day == day, Attachment.sha256.in_(sha256s))
        .order_by(Attachment.id)
    ).all()


def bytes_of(session: Session, attachment: Attachment) -> bytes:
    """Return what is in a file that was found."""
    return session.get_one(AttachmentContent, attachment.sha256).data


def add(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit: ReportingUnit,
    day: date,
    name: str,
    data: bytes,
    *,
    strip: bool = False,
    reason: str = "",
) -> Attachment:
    """Check a file and keep it for a unit's return; the same file again is the one that is there.

    What it tells besides what it shows has to be taken out (``strip``), or kept with a ``reason``. Raises NotAllowed,
    Conflict (``operation-not-running``), or Invalid: ``day-outside-operation``, ``day-in-future``,
    ``attachment-empty``, ``attachment-too-large``, ``attachments-too-many``, ``attachment-metadata``, and the codes of
    :data:`REFUSALS`.
    """
    policy.require(actor, Action.RETURN_ATTACH, _subject(operation, unit))
    _require_open(session, operation, day)
    _require_size(data)
    looked = filecheck.look_into(data, strip=strip)
    if looked.refusal:
        raise _refused(looked.refusal, REFUSALS[looked.refusal], _ACCEPTED)
    named = [Finding(item.kind, item.excerpt) for item in personal.suspicions(name)]
    findings = [*looked.findings, *named]
    if findings and not strip and not reason.strip():
        raise _refused("attachment-metadata", _told(findings), ("strip", "reason"))
    sha256 = ids.digest(looked.data)
    kept_name = (
        _name(unit, day, sha256, looked.media_type) if strip and named else _clean(name, looked.media_type)
    )
    found = session.scalar(
        select(Attachment).where(
            Attachment.unit_id == unit.id, Attachment.day == day, Attachment.sha256 == sha256
        )
    )
    if found is not None and found.removed_at is None:
        return found
    if _count(session, unit, day) >= MOST_FILES:
        message = _("A return has at most ${n} files.", mapping={"n": MOST_FILES})
        raise _refused("attachments-too-many", message)
    _keep_content(session, sha256, looked.data)
    if found is None:
        found = Attachment(operation_id=operation.id, unit_id=unit.id, day=day, sha256=sha256)
        session.add(found)
    found.name, found.media_type, found.size = kept_name, looked.media_type, len(looked.data)
    kinds = {STRIPPED} if strip and findings else {finding.kind for finding in findings}
    found.flags = sorted(kinds)
    found.kept_reason = "" if strip else reason.strip()[:MAX_REASON]
    found.added_at, found.added_by, found.removed_at = clock.now(), actor.name, None
    session.flush()
    _record(session, actor, Action.RETURN_ATTACH, operation, unit, day, found, "added")
    return found


def remove(
    session: Session, actor: Actor, operation: Operation, unit: ReportingUnit, day: date, sha256: str
) -> None:
    """Take a file off a unit's return. What a revision on record names stays readable there; nothing else is kept.

    Raises NotAllowed or NotFound (``attachment-unknown``).
    """
    policy.require(actor, Action.RETURN_ATTACH, _subject(operation, unit))
    found = _find(session, unit, day, sha256)
    if found.removed_at is not None:
        raise _unknown(sha256)
    _record(session, actor, Action.RETURN_ATTACH, operation, unit, day, found, "removed")
    if sha256 in _on_record(session, unit, day):
        found.removed_at = clock.now()
        session.flush()
        return
    session.delete(found)
    session.flush()
    if not session.scalar(select(exists().where(Attachment.sha256 == sha256))):
        session.delete(session.get_one(AttachmentContent, sha256))
        session.flush()


def require_known(session: Session, unit_id: int, day: date, sha256s: Sequence[str]) -> None:
    """Return when all files that a return names are there; raises Invalid (``attachment-unknown``) for each."""
    known = set(
        session.scalars(
            select(Attachment.sha256).where(
                Attachment.unit_id == unit_id, Attachment.day == day, Attachment.sha256.in_(sha256s)
            )
        )
    )
    problems = [
        Problem(
            "attachment-unknown",
            _("There is no such file for this unit and day. Send it first, then the return."),
            f"/attachments/{number}",
        )
        for number, sha256 in enumerate(sha256s)
        if sha256 not in known
    ]
    if problems:
        raise Invalid(problems)


def _subject(operation: Operation, unit: ReportingUnit) -> policy.Subject:
    return operations.subject(operation, party=unit.participant.party, unit=unit.code)


def _require_open(session: Session, operation: Operation, day: date) -> None:
    if operation.state not in {OperationState.RUNNING, OperationState.CLOSED}:
        message = _(
            "${operation} is not running. Returns and their files are taken once it has been started.",
            mapping={"operation": operation.code},
        )
        raise Conflict("operation-not-running", message)
    today = operation_rules.today(operation.time_zone, clock.now())
    rules.check_day(rulebook_of(session, operation).rules, day, today)


def _require_size(data: bytes) -> None:
    if not data:
        raise _refused("attachment-empty", _("Choose a file; this one is empty."))
    if len(data) > MOST_BYTES:
        message = _("This file has more than ${n} MB.", mapping={"n": MOST_BYTES // 1024 // 1024})
        raise _refused("attachment-too-large", message)


def _told(findings: Sequence[Finding]) -> str:
    quoted = ", ".join(f"“{finding.text}”" for finding in findings[:MOST_QUOTED])
    message: str = _(
        "This file tells more than it shows: ${found}. Have it taken out, or say why it has to stay.",
        mapping={"found": quoted},
    )
    return message


def _count(session: Session, unit: ReportingUnit, day: date) -> int:
    query = select(func.count(Attachment.id)).where(
        Attachment.unit_id == unit.id, Attachment.day == day, Attachment.removed_at.is_(None)
    )
    return session.scalar(query) or 0


def _keep_content(session: Session, sha256: str, data: bytes) -> None:
    if session.get(AttachmentContent, sha256) is not None:
        return
    try:
        with session.begin_nested():
            session.add(AttachmentContent(sha256=sha256, data=data))
    except IntegrityError:
        # Somebody sent the same file at the same time.
        session.expire_all()


def _find(session: Session, unit: ReportingUnit, day: date, sha256: str) -> Attachment:
    found = None
    if _SHA256.fullmatch(sha256):
        found = session.scalar(
            select(Attachment).where(
                Attachment.unit_id == unit.id, Attachment.day == day, Attachment.sha256 == sha256
            )
        )
    if found is None:
        raise _unknown(sha256)
    return found


def _unknown(sha256: str) -> NotFound:
    return NotFound(
        "attachment-unknown", _("This return has no file “${name}”.", mapping={"name": sha256[:64]})
    )


def _on_record(session: Session, unit: ReportingUnit, day: date) -> set[str]:
    contents = session.scalars(
        select(Revision.content)
        .join(Return, Return.id == Revision.return_id)
        .where(Return.unit_id == unit.id, Return.day == day)
    )
    return {sha256 for content in contents for sha256 in content.get("attachments", ())}


def _clean(name: str, media_type: str) -> str:
    """Return a name without folders and signs that a system may take for something else, with the type's ending."""
    last = re.split(r"[/\\]", name)[-1]
    stem = re.sub(r"[^\w .()+-]", "_", last.rpartition(".")[0] or last).strip(" .")[:MAX_NAME]
    return (stem or "file") + MEDIA_TYPES[media_type]


def _name(unit: ReportingUnit, day: date, sha256: str, media_type: str) -> str:
    return f"{unit.code}-{day.isoformat()}-{sha256[:8]}{MEDIA_TYPES[media_type]}"


def _refused(code: str, message: str, accepted: Sequence[str] = ()) -> Invalid:
    return Invalid([Problem(code, message, "/file", tuple(accepted))])


def _record(
    session: Session,
    actor: Actor,
    action: Action,
    operation: Operation,
    unit: ReportingUnit,
    day: date,
    attachment: Attachment,
    what: str,
) -> None:
    audit.record(
        session,
        actor,
        action,
        "attachment",
        f"{unit.code}/{day.isoformat()}/{attachment.sha256[:12]}",
        operation=operation.code,
        details={
            "what": what,
            "sha256": attachment.sha256,
            "size": attachment.size,
            "flags": attachment.flags,
            "kept_reason": attachment.kept_reason,
        },
    )
