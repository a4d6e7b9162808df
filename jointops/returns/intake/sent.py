"""What a form says once it is sent: a submission, and which field each of its values came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jointops.operations.planindicators import AskedIndicator
from jointops.reference.catalogue import catalogue
from jointops.returns.intake.defaults import unit_said
from jointops.returns.intake.fields import (
    DETAILS,
    FIGURE_FIELDS,
    INCIDENT_FIELDS,
    FigureRow,
    Form,
    IncidentRow,
    Line,
)
from jointops.returns.models import Scope
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry

_WITH_UNIT = re.compile(r"\s*([0-9]+(?:[.,][0-9]+)?)\s*([^\s0-9.,+-][^\s0-9.,]*)\s*")
_COMMA = re.compile(r"\s*([0-9]+),([0-9]{1,2}|[0-9]{4,6})\s*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something can have happened, as far as it is known beforehand; degrees in WGS 84, as text."""

    name: str
    latitude: str
    longitude: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A form's submission, and the field that each pointer into it belongs to, for what is wrong with it."""

    submission: Submission
    fields: Mapping[str, str]


def sent(
    form: Form,
    indicators: Iterable[AskedIndicator],
    time_zone: str,
    *,
    submit: bool,
    places: Sequence[Place] = (),
) -> Sent:
    """Return the submission that a form makes; rows without a quantity say nothing.

    A unit of measure that is the indicator's own is left out, as in the other ways in, so that the same return has
    the same receipt by whatever way it comes. An incident at one of ``places`` lies where that lies, unless its
    coordinates are given.
    """
    known = {item.code: item for item in indicators}
    fields: dict[str, str] = {
        "/values": "figures",
        "/nil": "nil",
        "/narrative": "narrative",
        "/reason": "reason",
        "/source": "source",
        "/attachments": "attachments",
        "/plan_version": "",
        "/day": "",
        "/unit": "",
    }
    values: list[ValueEntry] = []
    for line in form.lines:
        _add_line(line, form, known, values, fields)
    for row in form.figures:
        if row.is_empty:
            continue
        names = {name: row.name(name) for name in FIGURE_FIELDS}
        _note(fields, f"/values/{len(values)}", names, row.name("quantity"))
        values.append(ValueEntry(**_figure(row, known)))
    coordinates = {place.name.casefold(): place for place in places}
    incidents: list[IncidentEntry] = []
    for incident in form.incidents:
        if incident.is_empty:
            continue
        pointer = f"/incidents/{len(incidents)}"
        names = {name: incident.name(name) for name in (*INCIDENT_FIELDS, "joint_with")}
        _note(fields, pointer, names, incident.name("reference"))
        for number, _code in enumerate(incident.joint_with):
            fields[f"{pointer}/joint_with/{number}"] = f"{incident.name('joint_with')}.{number + 1}"
        incidents.append(_incident(incident, known, time_zone, coordinates))
    fields["/incidents"] = form.incidents[0].name("reference") if form.incidents else ""
    return Sent(
        Submission(
            values=tuple(values),
            incidents=tuple(incidents),
            narrative=form.narrative,
            nil=form.nil,
            reason=form.reason,
            plan_version=form.plan_version,
            submit=submit,
            attachments=form.attachments,
            explanations={key: text for key, text in form.explanations.items() if text.strip()},
            source=form.source,
        ),
        fields,
    )


def with_its_unit(text: str, unit: str, indicator: AskedIndicator | None) -> tuple[str, str]:
    """Return quantity and unit of measure of what was typed: ``1500 g`` names its unit itself.

    Telephones of many countries have a comma for decimals; it is taken for one unless three digits follow it, for
    then it may just as well separate thousands, and the rules ask what is meant. What is no such thing comes back as
    it stands.
    """
    match = _WITH_UNIT.fullmatch(text)
    if match and indicator is not None:
        named = _unit_named(match[2], indicator)
        if named:
            text, unit = match[1], named
    comma = _COMMA.fullmatch(text)
    return (f"{comma[1]}.{comma[2]}" if comma else text), unit


def _unit_named(written: str, indicator: AskedIndicator) -> str | None:
    units = catalogue().units
    names: dict[str, str] = {}
    for code in indicator.accepted:
        names[code] = code
        if code in units and units[code].symbol:
            names.setdefault(units[code].symbol, code)
    if written in names:
        return names[written]
    # Telephones begin a word with a capital. What two units share without regard to that names neither.
    found = {code for name, code in names.items() if name.casefold() == written.casefold()}
    return found.pop() if len(found) == 1 else None


def _add_line(
    line: Line,
    form: Form,
    known: Mapping[str, AskedIndicator],
    values: list[ValueEntry],
    fields: dict[str, str],
) -> None:
    indicator = known.get(line.indicator)
    names = {
        "unit": f"{line.name}-unit" if indicator and len(indicator.accepted) > 1 else line.name,
        "phase": f"p.{line.indicator}" if line.indicator in form.phases else line.name,
        "action_area": f"a.{line.indicator}" if line.indicator in form.areas else line.name,
    }
    common: dict[str, Any] = {
        "indicator": line.indicator,
        "category": line.category or None,
        "action_area": form.areas.get(line.indicator) or None,
        "phase": form.phases.get(line.indicator) or None,
    }
    if not line.is_empty:
        quantity, unit = with_its_unit(line.quantity, line.unit, indicator)
        of_details = {name: line.name_of(name) for name in DETAILS}
        _note(fields, f"/values/{len(values)}", {**names, "quantity": line.name, **of_details}, line.name)
        details: dict[str, Any] = {name: getattr(line, name).strip() or None for name in DETAILS}
        values.append(ValueEntry(**common, **details, quantity=quantity, unit=unit_said(unit, indicator)))
    if line.other.strip():
        quantity, unit = with_its_unit(line.other, line.unit, indicator)
        other = line.name_of("other")
        _note(fields, f"/values/{len(values)}", {**names, "quantity": other, "scope": other}, other)
        values.append(
            ValueEntry(**common, quantity=quantity, unit=unit_said(unit, indicator), scope=Scope.OTHER.value)
        )


def _incident(
    row: IncidentRow, known: Mapping[str, AskedIndicator], time_zone: str, places: Mapping[str, Place]
) -> IncidentEntry:
    latitude, longitude = row.latitude.strip(), row.longitude.strip()
    at_place = places.get(row.place.strip().casefold())
    if at_place is not None and not latitude and not longitude:
        latitude, longitude = at_place.latitude, at_place.longitude
    return IncidentEntry(
        **_figure(row, known),
        reference=row.reference,
        joint_with=row.joint_with,
        at=_instant(row.at, time_zone),
        place=row.place.strip(),
        latitude=_with_point(latitude) or None,
        longitude=_with_point(longitude) or None,
        modus_operandi=row.modus_operandi or None,
        external_reference=row.external_reference.strip(),
        description=row.description.strip(),
    )


def _with_point(text: str) -> str:
    return text.replace(",", ".") if re.fullmatch(r"-?[0-9]{1,3},[0-9]+", text) else text


def _figure(row: FigureRow | IncidentRow, known: Mapping[str, AskedIndicator]) -> dict[str, Any]:
    indicator = known.get(row.indicator)
    own = indicator.unit if indicator else ""
    quantity, unit = with_its_unit(row.quantity, row.unit or own, indicator)
    return {
        "indicator": row.indicator,
        "quantity": quantity,
        "unit": unit_said(unit, indicator),
        "category": row.category or None,
        "action_area": row.action_area or None,
        "phase": row.phase or None,
        "scope": row.scope or None,
        **{name: getattr(row, name).strip() or None for name in DETAILS},
    }


def _note(fields: dict[str, str], pointer: str, names: Mapping[str, str], default: str) -> None:
    fields[pointer] = default
    for name in FIGURE_FIELDS:
        fields[f"{pointer}/{name}"] = default
    for name, target in names.items():
        fields[f"{pointer}/{name}"] = target


def _instant(local: str, time_zone: str) -> str | None:
    """Return what was typed as date and time with the operation's offset; what is no such thing as it stands."""
    if not local.strip():
        return None
    try:
        moment = datetime.fromisoformat(local.strip())
    except ValueError:
        return local
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))).isoformat()
