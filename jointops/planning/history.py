"""The change log of a plan: what each version changed, in sentences. Part of the service of this domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from jointops.kernel import policy
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation, PlanVersion
from jointops.planning.comparing import Window, change_log, compare
from jointops.planning.drafts import plain

ENTRIES_TOLD = 100
"""Entries of one list that a change log tells: the comparison shows all of them."""

_LOGS_KEPT = 512

_logs: dict[tuple[str, str, str], tuple[str, ...]] = {}
"""Change logs by the SHA-256 of both versions and the language: versions are never changed."""


def change_logs(
    session: Session, actor: Actor, operation: Operation, versions: Sequence[PlanVersion], locale: str
) -> Mapping[int, Sequence[str]]:
    """Return what each of these versions changed against the one before it, by its number; nothing for the first.

    ``versions`` follow one another, the newest first, the last of them only being compared with. In two queries,
    however many there are.
    """
    policy.require(actor, Action.OPERATION_READ, operations.subject(operation))
    pairs = list(zip(versions[1:], versions, strict=False))
    wanted = [pair for pair in pairs if (pair[0].sha256, pair[1].sha256, locale) not in _logs]
    if wanted:
        keys = {version.id for pair in wanted for version in pair}
        session.scalars(
            select(PlanVersion).where(PlanVersion.id.in_(keys)).options(undefer(PlanVersion.data))
        ).all()
        if len(_logs) + len(wanted) > _LOGS_KEPT:
            _logs.clear()
    return {after.number: _log(before, after, locale) for before, after in pairs}


def _log(before: PlanVersion, after: PlanVersion, locale: str) -> Sequence[str]:
    key = (before.sha256, after.sha256, locale)
    if key not in _logs:
        sections = compare(
            operations.document(before),
            operations.document(after),
            locale,
            data=(plain(before), plain(after)),
            window=Window(ENTRIES_TOLD),
        )
        _logs[key] = tuple(change_log(sections, locale))
    return _logs[key]
