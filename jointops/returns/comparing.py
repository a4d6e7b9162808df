"""Two contents of a return field by field, in the reader's words: revisions compared, and what a merge asks about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jointops.kernel.i18n import _, label, pair
from jointops.operations.models import Operation
from jointops.reference.catalogue import catalogue
from jointops.returns.chain import steps_taken
from jointops.returns.merging import Change, Place, changes
from jointops.returns.models import Return, Revision, Step
from jointops.returns.shown import FIELD_LABELS, Words

_WHOLE_LABELS: Mapping[str, str] = {
    "whole": _("The whole return"),
    "nil": _("Nil return"),
    "narrative": _("Narrative"),
    "attachment": _("Attached file"),
    "explanation": _("Reason for a doubt"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What stands at one place in up to three contents, in words; ``None`` where there is nothing."""

    name: str
    place: str
    base: str | None
    mine: str | None
    theirs: str | None

    @property
    def kind(self) -> str:
        """Whether something was added, removed or changed from ``base`` to ``mine``."""
        if self.base is None:
            return "added"
        return "removed" if self.mine is None else "changed"


def rows(words: Words, found: Iterable[Change]) -> list[Row]:
    """Return changes in the reader's words."""
    return [
        Row(
            change.place.name,
            _place(words, change.place),
            *(_said(words, change.place, value) for value in (change.base, change.mine, change.theirs)),
        )
        for change in found
    ]


def compared(
    words: Words, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[dict[str, str | None]]:
    """Return what changed from one content to another, as the macro of changes takes it."""
    return [
        {"kind": row.kind, "path": row.place, "before": row.base, "after": row.mine}
        for row in rows(words, changes(before, after))
    ]


def unchanged(words: Words, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the entries and texts that two contents have alike: where, and what stands there."""
    changed = {(change.place.of, change.place.key) for change in changes(before, after)}
    return [
        (row.place, row.mine)
        for change in changes({}, after)
        if (change.place.of, change.place.key) not in changed
        for row in rows(words, [change])
        if row.mine is not None
    ]


def _place(words: Words, place: Place) -> str:
    if place.key and place.of in _WHOLE_LABELS:
        return words.say(
            pair(_WHOLE_LABELS[place.of], place.key[0][:12] if place.of == "attachment" else place.key[0])
        )
    if place.of in _WHOLE_LABELS:
        return words.say(_WHOLE_LABELS[place.of])
    if place.of == "incident":
        name = words.say(_("Incident ${reference}", mapping={"reference": place.key[0]}))
    else:
        indicator, category, area, phase, scope = place.key[:5]
        entry = {
            "indicator": indicator,
            "category": category,
            "action_area": area,
            "phase": phase,
            "scope": scope,
        }
        of = words.of(entry)
        name = f"{words.figure(entry)} ({of})" if of else words.figure(entry)
    if not place.field or (place.of == "value" and place.field == "quantity"):
        return name
    return words.say(pair(name, FIELD_LABELS[place.field]))


def _said(words: Words, place: Place, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if place.of == "attachment":
        return words.say(_("attached"))
    if place.of == "whole":
        return _whole(words, value)
    if place.of == "nil":
        return _nil(words, value)
    if isinstance(value, dict):
        return _amount(words, place, value)
    return _word(words, place.field, value)


def _whole(words: Words, content: Mapping[str, Any]) -> str | None:
    if content.get("withdrawn"):
        return words.say(_("Withdrawn"))
    return _nil(words, content) if content else None


def _nil(words: Words, value: Any) -> str:
    """Say a nil mark, or the figures that stand against one."""
    if isinstance(value, dict):
        figures = [
            f"{words.figure(entry)} {words.reported(entry)}"
            for entry in (*value.get("values", ()), *value.get("incidents", ()))
        ]
        if figures:
            return "; ".join(figures)
        value = value.get("nil")
    return words.say(_("yes") if value else _("no"))


def _amount(words: Words, place: Place, entry: Mapping[str, Any]) -> str:
    """Say a quantity as it was reported, and in the indicator's own unit where that differs."""
    if "quantity" not in entry:
        return ""
    indicator = entry.get("indicator") or (place.key[0] if place.of == "value" else "")
    reported = words.reported({**entry, "indicator": indicator})
    known = words.questions.indicators.get(indicator)
    if known is None or entry.get("unit") in {None, "", known.unit}:
        return reported
    kept = words.in_own_unit(indicator, words.kept({**entry, "indicator": indicator}))
    return f"{reported} = {kept}" if kept and kept != reported else reported


def _word(words: Words, field: str, value: Any) -> str:
    known = catalogue()
    named = {
        "certainty": known.certainties,
        "weight": known.weights,
        "modus_operandi": known.modi_operandi,
        "phase": known.phases,
        "scope": known.scopes,
    }
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if field == "at":
        return words.written_instant(str(value))
    if field == "indicator":
        return words.questions.indicator_label(str(value), words.locale)
    codes = named.get(field, {})
    return label(codes[value].labels, words.locale) if value in codes else str(value)


# --- Which revision a version showed ---------------------------------------------------------------------------------


def base_of(operation: Operation, head: Return, version: int) -> Revision | None:
    """Return the latest revision as of a version of the return (0: none yet), its revisions and steps loaded.

    A version is counted for each revision and for each step of the review; steps that the plan leaves out come along
    with the one before them, and the submission comes along with its revision unless that was a draft.
    """
    counted, found = 0, None
    for revision in head.revisions:
        counted += 1
        if counted > version:
            break
        found = revision
        counted += _events(operation, head.unit.code, revision)
    return found


def _events(operation: Operation, unit: str, revision: Revision) -> int:
    steps = list(revision.steps)
    found = 0
    while steps:
        step = steps.pop(0)
        if step.step in {Step.SUBMITTED, Step.VERIFIED, Step.ACCEPTED}:
            for following in steps_taken(operation, unit, step.step)[1:]:
                if steps and steps[0].step is following and steps[0].at == step.at:
                    steps.pop(0)
        found += not (step is revision.steps[0] and step.at == revision.recorded_at)
    return found
