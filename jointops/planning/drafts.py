"""Drafts: what is typed into a section is kept as it was typed, until all of it becomes one new version of the plan.

Part of the service of this domain (``service`` gives its names on): the same rules hold here. That a draft is begun,
thrown away or kept stands in the log; that somebody goes on typing does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from jointops.kernel import audit, clock, ids, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.kernel.types import canonical_json
from jointops.operations import planfile, rules
from jointops.operations import service as operations
from jointops.operations.models import Operation, PlanVersion
from jointops.operations.planning import lock
from jointops.planning.cells import Cells, Clash, carry_over, cells_of, changes
from jointops.planning.effect import Effect, effect_of
from jointops.planning.models import PlanDraft
from jointops.planning.shape import Outline, outlines


@dataclass(frozen=True, slots=True)
class Work:
    """The draft of one section over the latest version of the plan.

    ``cells`` is what it changes there; ``clashes`` where the latest version says something else since the draft was
    begun. ``version`` is 0 and ``author`` empty where there is no draft.
    """

    section: str
    cells: Mapping[str, str]
    clashes: Sequence[Clash] = ()
    version: int = 0
    author: str = ""
    saved_at: datetime | None = None
    base_number: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """All drafts of a plan over its latest version, and what they make of it together."""

    latest: PlanVersion
    data: Mapping[str, Any]
    works: Mapping[str, Work]
    effect: Effect

    def work(self, section: str) -> Work:
        """Return the draft of a section, an empty one where there is none."""
        return self.works.get(section, Work(section, {}))


def outline_of(section: str) -> Outline:
    """Return the section with this code; raises NotFound (``section-unknown``)."""
    found = outlines().get(section)
    if found is None:
        message = _("A plan has no section “${code}”.", mapping={"code": section[:80]})
        raise NotFound("section-unknown", message)
    return found


def may_change(actor: Actor, operation: Operation) -> bool:
    """Say whether the person may change the plan now."""
    return operation.state not in rules.ENDED and policy.allows(
        actor, Action.PLAN_UPDATE, operations.subject(operation)
    )


def desk(session: Session, actor: Actor, operation: Operation) -> Desk:
    """Return the drafts of the plan as they stand over its latest version, for somebody who may change it."""
    _require(actor, operation)
    return _desk(session, operation)


def save_draft(
    session: Session,
    actor: Actor,
    operation: Operation,
    section: str,
    cells: Cells,
    *,
    base_number: int,
    expected_version: int | None,
    whole: bool = False,
) -> Work:
    """Keep what was typed into a section as its draft, and return that.

    ``cells`` is the content of the form by field, made over the version ``base_number``; what says the same as that
    version is no change, and a draft without a change is none. With ``whole`` the cells are everything that the draft
    changes, otherwise those not named stay. ``expected_version`` is the version of the draft that the form showed (0:
    none); raises Stale when somebody saved another one meanwhile, NotFound (``section-unknown``,
    ``plan-version-unknown``), Conflict (``operation-ended``).
    """
    outline = outline_of(section)
    _require(actor, operation)
    lock(session, operation)
    draft = _draft(session, operation, section)
    current = draft.version if draft is not None else 0
    if expected_version is not None and expected_version != current:
        raise _stale(draft, expected_version)
    base = operations.find_version(session, actor, operation, base_number)
    data = plain(base)
    before: Mapping[str, str] = {}
    if draft is not None and not whole:
        before = _carried(session, actor, operation, outline, draft, data).cells
    changed = changes(outline, kept_cells(base, outline), cells, before)
    if not changed:
        if draft is not None:
            session.delete(draft)
            session.flush()
            _record(session, actor, operation, section, "discarded")
        return Work(section, {})
    begun = draft is None
    if draft is None:
        draft = PlanDraft(operation_id=operation.id, section=section, version=0)
    draft.cells = changed
    draft.base_number = base.number
    draft.author = actor.name
    draft.saved_at = clock.now()
    draft.version += 1
    session.add(draft)
    session.flush()
    if begun:
        _record(session, actor, operation, section, "begun")
    return _work(draft, changed)


def discard_drafts(session: Session, actor: Actor, operation: Operation, section: str | None = None) -> int:
    """Throw the draft of a section away, or all of them; return how many there were."""
    _require(actor, operation)
    if section is not None:
        outline_of(section)
    wanted = _drafts(session, operation)
    found = [draft for draft in wanted if section in {None, draft.section}]
    for draft in found:
        session.delete(draft)
        _record(session, actor, operation, draft.section, "discarded")
    session.flush()
    return len(found)


def keep_drafts(session: Session, actor: Actor, operation: Operation, note: str = "") -> PlanVersion:
    """Make one new version of the plan of all drafts, which are used up by it.

    Raises Conflict (``no-draft``; ``plan-changed-meanwhile`` where a later version says something else in the same
    fields) and Invalid with everything that is wrong; pointers name fields of the sections' forms. Refused, nothing
    of the drafts is lost.
    """
    _require(actor, operation)
    lock(session, operation)
    found = _desk(session, operation)
    if not found.works:
        raise Conflict("no-draft", _("There is no draft to keep: the plan says already what was typed."))
    clashes = [(work, clash) for work in found.works.values() for clash in work.clashes]
    if clashes:
        raise _changed_meanwhile(found.latest, clashes)
    if found.effect.document is None:
        raise Invalid(
            [
                Problem(item.problem.code, item.problem.message, item.name, item.problem.accepted)
                for item in found.effect.problems
            ]
        )
    version = operations.save_plan(
        session, actor, operation, found.effect.document, note, expected_version=found.latest.number
    )
    session.execute(delete(PlanDraft).where(PlanDraft.operation_id == operation.id))
    for section in found.works:
        _record(session, actor, operation, section, "kept", version.number)
    return version


def drafted_sections(session: Session, operation: Operation) -> list[str]:
    """Return the codes of the sections that have a draft."""
    return [draft.section for draft in _drafts(session, operation)]


def plain(version: PlanVersion) -> Mapping[str, Any]:
    """Return the canonical plain data of a version, which nobody may change."""
    found = _plain.get(version.sha256)
    if found is None:
        if len(_plain) >= _PLAIN_KEPT:
            _plain.clear()
        found = _plain[version.sha256] = planfile.to_data(operations.document(version))
    return found


def kept_cells(version: PlanVersion, outline: Outline) -> Mapping[str, str]:
    """Return the cells of a section in a version, which nobody may change."""
    key = (version.sha256, outline.code)
    found = _cells.get(key)
    if found is None:
        if len(_cells) >= _CELLS_KEPT:
            _cells.clear()
        found = _cells[key] = cells_of(outline, plain(version))
    return found


_CELLS_KEPT = 128

_cells: dict[tuple[str, str], Mapping[str, str]] = {}
"""Cells of sections by the SHA-256 of the version and the section."""

_PLAIN_KEPT = 32

_plain: dict[str, Mapping[str, Any]] = {}
"""Plain data of plan versions by their SHA-256: asked for with every pause of somebody who types."""


def _require(actor: Actor, operation: Operation) -> None:
    policy.require(actor, Action.PLAN_UPDATE, operations.subject(operation))
    if operation.state in rules.ENDED:
        message = _("${code} has ended, and its plan stays as it is.", mapping={"code": operation.code})
        raise Conflict("operation-ended", message)


def _desk(session: Session, operation: Operation) -> Desk:
    latest = operations.latest_plan(session, operation)
    data = plain(latest)
    drafts = [draft for draft in _drafts(session, operation) if draft.section in outlines()]
    bases = _bases(session, operation, {draft.base_number for draft in drafts} - {latest.number})
    works = {}
    for draft in drafts:
        base = bases.get(draft.base_number, data)
        carried = carry_over(outlines()[draft.section], draft.cells, base, data)
        if carried.cells:
            works[draft.section] = _work(draft, carried.cells, carried.clashes)
    cycles = operations.known_cycles(session) if works else {}
    return Desk(latest, data, works, _effect(latest, data, works, cycles))


_EFFECTS_KEPT = 16

_effects: dict[str, Effect] = {}
"""What drafts make of a version, by the digest of all that it depends on: asked for again with every page."""


def _effect(
    latest: PlanVersion,
    data: Mapping[str, Any],
    works: Mapping[str, Work],
    cycles: Mapping[str, tuple[str, ...]],
) -> Effect:
    drafts = {code: work.cells for code, work in works.items()}
    key = ids.digest(canonical_json([latest.sha256, drafts, cycles]))
    found = _effects.get(key)
    if found is None:
        if len(_effects) >= _EFFECTS_KEPT:
            _effects.clear()
        # A version was checked when it was kept.
        found = effect_of(data, drafts, cycles) if works else Effect(data, operations.document(latest))
        _effects[key] = found
    return found


def _bases(session: Session, operation: Operation, numbers: set[int]) -> dict[int, Mapping[str, Any]]:
    if not numbers:
        return {}
    wanted = select(PlanVersion).where(
        PlanVersion.operation_id == operation.id, PlanVersion.number.in_(numbers)
    )
    return {version.number: plain(version) for version in session.scalars(wanted)}


def _carried(
    session: Session,
    actor: Actor,
    operation: Operation,
    outline: Outline,
    draft: PlanDraft,
    data: Mapping[str, Any],
) -> Any:
    base = operations.find_version(session, actor, operation, draft.base_number)
    return carry_over(outline, draft.cells, plain(base), data)


def _work(draft: PlanDraft, cells: Mapping[str, str], clashes: Sequence[Clash] = ()) -> Work:
    return Work(draft.section, cells, clashes, draft.version, draft.author, draft.saved_at, draft.base_number)


def _drafts(session: Session, operation: Operation) -> Sequence[PlanDraft]:
    wanted = select(PlanDraft).where(PlanDraft.operation_id == operation.id).order_by(PlanDraft.id)
    return session.scalars(wanted).all()


def _draft(session: Session, operation: Operation, section: str) -> PlanDraft | None:
    return session.scalar(
        select(PlanDraft).where(PlanDraft.operation_id == operation.id, PlanDraft.section == section)
    )


def _stale(draft: PlanDraft | None, expected: int) -> Stale:
    if draft is None:
        message = _(
            "The draft was kept or thrown away meanwhile. What you typed still stands here: look at the section as it "
            "is now, then save again."
        )
        return Stale(message, given=str(expected), current="0")
    message = _(
        "${author} saved this section meanwhile. What you typed still stands here. Look at theirs, or save again to "
        "put yours in its place.",
        mapping={"author": draft.author},
    )
    return Stale(message, given=str(expected), current=str(draft.version))


def _changed_meanwhile(latest: PlanVersion, clashes: Sequence[tuple[Work, Clash]]) -> Conflict:
    message = _(
        "Version ${number} by ${author} says something else here. Look at it in the section, and save the draft again.",
        mapping={"number": latest.number, "author": latest.author},
    )
    problems = tuple(Problem("plan-changed-meanwhile", message, clash.name) for _work, clash in clashes)
    refused = Conflict("plan-changed-meanwhile", message, problems[0].pointer)
    refused.problems = problems
    return refused


def _record(
    session: Session, actor: Actor, operation: Operation, section: str, what: str, number: int | None = None
) -> None:
    details: dict[str, Any] = {"section": section, "draft": what}
    if number is not None:
        details["plan_version"] = number
    audit.record(
        session,
        actor,
        Action.PLAN_UPDATE,
        "plan-draft",
        f"{operation.code}/{section}",
        operation=operation.code,
        details=details,
    )
