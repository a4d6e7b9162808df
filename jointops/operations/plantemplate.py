"""Making a plan from a template, and a template from a plan: the days move together, the lead takes part."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations.plandoc import (
    FIRST_YEAR,
    LAST_YEAR,
    TEMPLATE_FIRST_DAY,
    Participant,
    PlanDocument,
    PlanUnit,
    Text,
)
from jointops.reference.catalogue import catalogue


def instantiate(
    template: PlanDocument, *, code: str, title: Text, start: date, lead: str, time_zone: str | None = None
) -> PlanDocument:
    """Return a plan for the operation ``code``, made from ``template``, whose first action day is ``start``.

    ``lead`` (a country, agency or partner) takes the lead; if it is not among the participants it joins them, a
    country with one unit for each type of authority that the first country of the template has. Strands that nobody
    leads, or the template's lead, get the new one. Any plan can serve as template: what happened in it (its
    publications, that it is historical or illustrative) is not taken over, nor what a reviewer said of its safeguards.
    Raises :class:`Invalid` for a lead that is not in the reference list or a start outside the years that plans may
    be in.
    """
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        message = _(
            "The year must be between ${first} and ${last}.", mapping={"first": FIRST_YEAR, "last": LAST_YEAR}
        )
        raise Invalid([Problem("bad-period", message, "/start")])
    if catalogue().party_code(lead) not in catalogue().parties:
        message = _("“${value}” is not a country, agency or partner of the list.", mapping={"value": lead})
        raise Invalid([Problem("unknown-party", message, "/lead")])
    moved = shifted(template, start - template.period.start)
    lead = catalogue().party_code(lead)
    participants = moved.participants
    if all(participant.party != lead for participant in participants):
        participants = (_joining(lead, participants), *participants)
    plan: PlanDocument = dataclasses.replace(
        moved,
        code=code,
        title=title,
        template=False,
        historical=False,
        illustrative=None,
        publications=(),
        safeguards=dataclasses.replace(moved.safeguards, statement={}),
        lead=lead,
        co_leads=tuple(party for party in moved.co_leads if party != lead),
        time_zone=time_zone or moved.time_zone,
        participants=participants,
        action_areas=tuple(
            dataclasses.replace(area, leader=lead) if area.leader in (None, template.lead) else area
            for area in moved.action_areas
        ),
    )
    return plan


def as_template(document: PlanDocument, *, code: str, title: Text) -> PlanDocument:
    """Return ``document`` as a template: its first action day becomes day 1, its leads and participants stay."""
    plan = instantiate(document, code=code, title=title, start=TEMPLATE_FIRST_DAY, lead=document.lead)
    return dataclasses.replace(plan, template=True)


def _joining(lead: str, participants: tuple[Participant, ...]) -> Participant:
    """Return the lead as a participant; a country gets the usual units."""
    parties = catalogue().parties
    if parties[lead].kind != "country":
        return Participant(party=lead)
    model = next((p for p in participants if p.units and parties[p.party].kind == "country"), None)
    authorities = dict.fromkeys(unit.authority for unit in model.units) if model else ("police",)
    types = catalogue().authority_types
    return Participant(
        party=lead,
        units=tuple(PlanUnit(code=f"{lead}-{types[a].unit_suffix}", authority=a) for a in authorities),
    )


def shifted(value: Any, by: timedelta) -> Any:
    """Return ``value`` with every day in it moved; instants stay."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value + by
    if isinstance(value, tuple):
        return tuple(shifted(item, by) for item in value)
    if isinstance(value, Mapping):
        return {key: shifted(item, by) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: shifted(getattr(value, f.name), by) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **fields)
    return value
