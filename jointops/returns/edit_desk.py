"""Somebody at the form of a return: who, for which unit and day, and what the plan asks there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pyramid.request import Request

from jointops.operations.models import Operation, ReportingUnit
from jointops.operations.planindicators import AskedIndicator
from jointops.returns import asked, beside, history
from jointops.returns.asked import Asked
from jointops.returns.intake import form as intake
from jointops.returns.intake.fields import Form
from jointops.returns.intake.sent import Sent
from jointops.returns.models import Return, Source
from jointops.returns.return_views import find_place


@dataclass
class Desk:
    """One person at the form of one unit and day: what the views and the page work on."""

    request: Request
    operation: Operation
    unit: ReportingUnit
    day: date
    questions: Asked

    @classmethod
    def of(cls, request: Request) -> Desk:
        """Return the desk that a request's address names; raises what :func:`find_place` does, and NotAllowed."""
        operation, unit, day = find_place(request)
        asked.require_reportable(request.actor, operation, unit)
        return cls(request, operation, unit, day, asked.asked(request.db, operation))

    @property
    def others(self) -> Mapping[str, AskedIndicator]:
        """The indicators of the plan that the unit is not asked for, which can be looked up."""
        own = {item.code for item in self.questions.of(self.unit.code)}
        return {code: item for code, item in self.questions.indicators.items() if code not in own}

    @property
    def place(self) -> Mapping[str, str]:
        """The varying parts of the addresses of this return."""
        return {"code": self.operation.code, "unit": self.unit.code, "day": self.day.isoformat()}

    @property
    def on_behalf(self) -> bool:
        """Whether somebody else than the unit itself is at the form, who says where the figures came from."""
        return self.unit.code not in self.request.actor.units

    def head(self) -> Return | None:
        """Return the return on record."""
        return history.head(self.request.db, self.operation, self.unit, self.day)

    def content(self, days_before: int = 0) -> dict[str, Any] | None:
        """Return what is on record for the day, or some days before it."""
        day = self.day - timedelta(days=days_before)
        return history.content_on_record(self.request.db, self.operation, self.unit, day)

    def typed(self, fields: Any) -> Form:
        """Return the form as it stands in fields that were posted or kept."""
        form = intake.typed(fields, self.questions.of(self.unit.code), self.others)
        source = form.source if self.on_behalf and form.source in set(Source) else ""
        return replace(form, source=source)

    def recorded(self, content: Mapping[str, Any], head: Return | None) -> Form:
        """Return the form filled with what is on record."""
        source = head.revisions[-1].source if head is not None and self.on_behalf else ""
        return intake.recorded(
            content,
            self.questions.of(self.unit.code),
            self.operation.time_zone,
            version=head.version if head else 0,
            plan_version=self.questions.plan_version,
            others=self.others,
            source=source,
        )

    def sent(self, form: Form, *, submit: bool) -> Sent:
        """Return what a form says."""
        places = beside.places(
            self.questions.document,
            self.unit.code,
            self.unit.participant.party,
            self.content(1),
            self.content(),
        )
        every = self.questions.indicators.values()
        return intake.sent(form, every, self.operation.time_zone, submit=submit, places=places)
