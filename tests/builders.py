"""Valid things in one line: people with a role, a plan that is ready for approval, operations in each state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.policy import Actor, Channel, Grant, Role
from jointops.operations import plandoc, service
from jointops.operations.models import Operation, OperationState
from jointops.operations.plandoc import (
    ActionArea,
    Coordination,
    Objective,
    Participant,
    Period,
    PlanDocument,
    PlanIndicator,
    PlanTask,
    PlanUnit,
    Reporting,
    Risk,
    Safeguards,
    Section,
    Target,
)
from jointops.reference.catalogue import catalogue

FIRST_DAY = date(2027, 5, 3)
LAST_DAY = date(2027, 5, 7)
BEFORE = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
DURING = datetime(2027, 5, 4, 12, 0, tzinfo=UTC)
AFTER = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)


def actor(role: Role, scope: str | None = None, *, id: int | None = None, name: str = "") -> Actor:  # noqa: A002
    """Return somebody with one role, by the form."""
    return Actor(id, name or role.value, (Grant(role, scope),), Channel.FORM)


ADMINISTRATOR = actor(Role.ADMINISTRATOR)
COORDINATOR = actor(Role.COORDINATOR)
REVIEWER = actor(Role.REVIEWER)
AUDITOR = actor(Role.AUDITOR)


def national(party: str) -> Actor:
    """Return the national coordinator of a party."""
    return actor(Role.NATIONAL_COORDINATOR, party)


def reporter(unit: str) -> Actor:
    """Return somebody who reports for a unit."""
    return actor(Role.REPORTER, unit)


def plan(code: str = "EXAMPLE-2027", **changes: Any) -> PlanDocument:
    """Return a plan of five days in Amsterdam, with Spain and Serbia, that is ready for approval.

    Units: ES-POLICE, ES-CUSTOMS, ES-BORDER, RS-POLICE; area firearms; ``changes`` replace fields. Sections that apply
    are written and the others marked as not applicable, as the fields given ask for, unless ``sections`` are given.
    """
    ready = PlanDocument(
        code=code,
        title={"en": "Example joint action days", "fr": "Journées d’action communes"},
        kind="joint-action-days",
        time_zone="Europe/Amsterdam",
        period=Period(start=FIRST_DAY, end=LAST_DAY),
        lead="ES",
        summary={"en": "Five days against illicit firearms."},
        coordination=Coordination(centre={"en": "Coordination centre"}),
        action_areas=(ActionArea(code="firearms", title={"en": "Illicit firearms"}, leader="ES"),),
        participants=(
            Participant(
                party="ES",
                units=(
                    PlanUnit(code="ES-POLICE", authority="police"),
                    PlanUnit(code="ES-CUSTOMS", authority="customs"),
                    PlanUnit(code="ES-BORDER", authority="border-guard"),
                ),
            ),
            Participant(party="RS", units=(PlanUnit(code="RS-POLICE", authority="police"),)),
            Participant(party="europol"),
        ),
        objectives=(
            Objective(
                code="O1",
                title={"en": "Take firearms off the market"},
                action_area="firearms",
                indicator="firearms-seized",
                target=Target(at_least=Decimal(100)),
            ),
        ),
        indicators=tuple(
            PlanIndicator(code=indicator)
            for indicator in ("persons-arrested", "firearms-seized", "ammunition-seized", "cocaine-seized")
        ),
        reporting=Reporting(deadline=time(20, 0), grace_minutes=60),
        tasks=(
            PlanTask(
                code="T1",
                title={"en": "Checks at the crossing point"},
                units=("ES-BORDER", "RS-POLICE"),
                action_area="firearms",
                days=(FIRST_DAY, LAST_DAY),
            ),
        ),
        channels=(plandoc.Channel(code="siena"),),
        risks=(
            Risk(
                code="R1",
                title={"en": "The places become known"},
                likelihood="low",
                impact="high",
                measure={"en": "Few know them before the day."},
            ),
        ),
        safeguards=Safeguards(
            fundamental_rights={"en": "Checks are proportionate and logged."},
            data_protection={"en": "No names leave the national systems."},
            vulnerable_persons={"en": "Minors are handed to the child protection service."},
            complaints={"en": "Complaints go to the national authority."},
            reviewer="Fundamental rights office",
            statement={"en": "The safeguards are sufficient."},
        ),
    )
    changed = replace(ready, **changes)
    return changed if "sections" in changes else replace(changed, sections=sections(changed))


def sections(document: PlanDocument) -> dict[str, Section]:
    """Return short texts for the sections that ``document`` needs, and reasons for those that it does not."""
    applies = {
        "strategic-context": document.policy_cycle is not None,
        "tasks": bool(document.tasks),
        "resources": bool(document.resources),
        "budget": bool(document.budget),
        "communication": bool(document.publications),
        "third-countries": True,
    }
    found = {}
    for code, section in catalogue().plan_sections.items():
        if section.may_be_not_applicable and not applies.get(code):
            found[code] = Section(not_applicable={"en": f"There is no {code} in a small example."})
        elif section.text_required:
            found[code] = Section(text={"en": f"What holds for {code}."})
    return found


def operation(
    session: Session, state: str = "draft", document: PlanDocument | None = None, **changes: Any
) -> Operation:
    """Return an operation that went the way to ``state`` by the service, each step at a time that fits it."""
    way = {
        "draft": (),
        "consultation": ("consultation",),
        "approved": ("consultation", "approved"),
        "running": ("consultation", "approved", "running"),
        "closed": ("consultation", "approved", "running", "closed"),
        "cancelled": ("cancelled",),
    }[state]
    with clock.fixed(BEFORE):
        made = service.create(session, ADMINISTRATOR, document or plan(**changes))
    for step in way:
        at = {"running": DURING, "closed": AFTER}.get(step, BEFORE)
        with clock.fixed(at):
            service.transition(session, ADMINISTRATOR, made, OperationState(step), "for the test")
    session.flush()
    return made
