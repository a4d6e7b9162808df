"""The picture of an operation, as plain, immutable data, and its plain form for JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from jointops.kernel import clock
from jointops.kernel.types import canonical_json
from jointops.returns.models import FactStatus, Scope
from jointops.situation.figures import Figures, share_data
from jointops.situation.rules import Cell, Counts, count

FORMAT = "jointops-situation/1"


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One reporting unit's row of the matrix: a cell for each day of the picture, in the order of its days."""

    unit: str
    party: str
    authority: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """Who has reported and what it adds up to, as known at ``as_known_at`` (aware, UTC), at one ``status``.

    ``day`` is the operational day it is about, ``None`` for the whole operation; with a day, ``figures`` are of that
    day and ``to_date`` of everything up to its end. ``plan_version`` is the plan that says what was expected.
    """

    operation: str
    day: date | None
    as_known_at: datetime
    status: FactStatus
    time_zone: str
    plan_version: int
    days: tuple[date, ...]
    matrix: tuple[UnitLine, ...]
    figures: Figures
    to_date: Figures | None

    @property
    def counts(self) -> Counts:
        """How complete the reporting is, over all units and days of the picture."""
        return count(cell for line in self.matrix for cell in line.cells)

    def counts_of(self, day: date) -> Counts:
        """How complete the reporting of one day is."""
        return count(cell for line in self.matrix for cell in line.cells if cell.day == day)

    def counts_of_party(self, party: str) -> Counts:
        """How complete the reporting of one party is."""
        return count(cell for line in self.matrix if line.party == party for cell in line.cells)

    def to_data(self) -> dict[str, Any]:
        """Return the picture as plain data: the same picture gives the same bytes by ``canonical_json``."""
        figures = self.figures
        data: dict[str, Any] = {
            "format": FORMAT,
            "operation": self.operation,
            "day": self.day.isoformat() if self.day else None,
            "as_known_at": clock.iso(self.as_known_at),
            "status": self.status.value,
            "time_zone": self.time_zone,
            "plan_version": self.plan_version,
            "holds": holds(figures),
            "reporting": asdict(self.counts),
            "reporting_by_day": [
                {"day": day.isoformat(), **asdict(self.counts_of(day))} for day in self.days
            ],
            "matrix": [_line_data(line) for line in self.matrix],
            "totals": figures.results_data(),
            "by_day": share_data(figures.by_day, "day"),
            "by_action_area": share_data(figures.by_action_area, "action_area"),
            "by_party": share_data(figures.by_party, "party", credited=True),
            "by_authority": share_data(figures.by_authority, "authority", credited=True),
            "by_unit": share_data(figures.by_unit, "unit", credited=True),
        }
        if self.to_date is not None:
            data["to_date"] = self.to_date.results_data()
        return data

    def to_json(self) -> str:
        """Return the picture's canonical JSON."""
        return canonical_json(self.to_data())


def holds(figures: Figures) -> dict[str, Any]:
    """Return what the totals hold: the scope, and the phases that any figure in them belongs to, in order."""
    found = {phase for total in figures.totals for phase, _quantity in total.phases}
    order = ("preparatory", "action-days", "follow-up")
    return {"scope": Scope.OPERATION.value, "phases": [phase for phase in order if phase in found]}


def _line_data(line: UnitLine) -> dict[str, Any]:
    return {
        "unit": line.unit,
        "party": line.party,
        "authority": line.authority,
        "cells": [_cell_data(cell) for cell in line.cells],
    }


def _cell_data(cell: Cell) -> dict[str, Any]:
    receipt = cell.receipt
    return {
        "day": cell.day.isoformat(),
        "status": cell.status.value,
        "expected": cell.expected,
        "late": cell.late,
        "nil": receipt.nil if receipt else None,
        "accepted": receipt.accepted if receipt else None,
        "first_submitted_at": clock.iso(receipt.first_at) if receipt else None,
        "corrections": receipt.corrections if receipt else None,
        **({"withdrawn": True} if cell.withdrawn else {}),
    }
