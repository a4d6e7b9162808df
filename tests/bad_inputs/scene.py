"""The operations that bad inputs are sent to, who sends them, and everything that a refused one must leave as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from jointops.kernel import clock, ids
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import PlanIndicator, ReturnRule, Term
from jointops.returns import attachments, service
from jointops.returns.models import Attachment, AttachmentContent
from jointops.returns.submission import from_data
from tests import builders
from tests.support.app import Api, Browser, Site

RUNNING, STRICT, FROZEN = "EXAMPLE-2027", "STRICT-2027", "FROZEN-2027"
FIRST = builders.FIRST_DAY
USED_KEY = "used-before"

_TABLES = (
    *("daily_return", "revision", "review_step", "fact", "incident", "joint_result", "return_draft"),
    *("attachment", "attachment_content", "intake_batch", "late_permit", "audit_entry", "idempotent_answer"),
)

_FIRST: Mapping[str, Any] = {
    "values": [{"indicator": "persons-arrested", "quantity": "5"}],
    "incidents": [
        {"reference": "ES-1", "indicator": "cocaine-seized", "quantity": "2", "joint_with": ["RS-POLICE"]}
    ],
}

WHO = {
    "ES": (Role.NATIONAL_COORDINATOR, "ES"),
    "ES-POLICE": (Role.REPORTER, "ES-POLICE"),
    "ES-BORDER": (Role.REPORTER, "ES-BORDER"),
    "ES-CUSTOMS": (Role.REPORTER, "ES-CUSTOMS"),
    "RS-POLICE": (Role.REPORTER, "RS-POLICE"),
    "coordinator": (Role.COORDINATOR, None),
}


class Scene:
    """An application with operations in every state and a few returns on record.

    Of the running operation, ES-POLICE has sent a return for 3 May with the joint result ES-1, ES-CUSTOMS has
    withdrawn its own, and ES-BORDER has as many files as a return may have.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self._browsers: dict[str, Browser] = {}
        self._tokens: dict[str, str] = {}
        self._apis: dict[str, Api] = {}
        with site.work() as session:
            running = builders.operation(session, "running", _plan(RUNNING))
            builders.operation(session, "running", _strict(_plan(STRICT)))
            builders.operation(session, "approved", _plan("APPROVED-2027"))
            builders.operation(session, "cancelled", _plan("CANCELLED-2027"))
            frozen = builders.operation(session, "running", _plan(FROZEN))
            frozen.frozen_at = builders.DURING - timedelta(hours=1)
            with clock.fixed(builders.DURING - timedelta(hours=2)):
                _report(session, running)
        # Whoever signs in is written down: nobody does once inputs are sent.
        for who in WHO:
            self.csrf_token(who)
            self.api(who)
        first = self.api("ES-POLICE").put(
            f"/operations/{RUNNING}/returns/ES-POLICE/{FIRST}", _FIRST, Idempotency_Key=USED_KEY
        )
        assert first.status_int == 200, first.text

    def browser(self, who: str) -> Browser:
        """Return the browser in which somebody is signed in."""
        if who not in self._browsers:
            self._browsers[who] = self.site.browser(*WHO[who])
        return self._browsers[who]

    def csrf_token(self, who: str) -> str:
        """Return the token of somebody's forms."""
        if who not in self._tokens:
            self._tokens[who] = self.browser(who).csrf_token()
        return self._tokens[who]

    def api(self, who: str) -> Api:
        """Return the client with somebody's token."""
        if who not in self._apis:
            self._apis[who] = self.site.api(*WHO[who])
        return self._apis[who]

    def kept(self) -> Mapping[str, Any]:
        """Return how many rows everything has that an input may write, and all figures."""
        counts = ", ".join(f'(SELECT count(*) FROM "{table}")' for table in _TABLES)
        figures = (
            "SELECT group_concat(id || ':' || quantity || ':' || status || ':' || counts || ':' "
            "|| coalesce(known_to, '-'), ' ') FROM fact"
        )
        heads = "SELECT group_concat(id || ':' || version || ':' || state || ':' || withdrawn, ' ') FROM daily_return"
        with self.site.application.registry["engine"].connect() as connection:
            row = connection.exec_driver_sql(f"SELECT {counts}, ({figures}), ({heads})").one()
        return dict(zip((*_TABLES, "figures", "heads"), row, strict=True))


def _plan(code: str) -> Any:
    plan = builders.plan(code)
    more = ("drugs-seized", "synthetic-drug-tablets-seized", "cash-seized")
    return replace(
        plan,
        indicators=(*plan.indicators, *(PlanIndicator(code=one) for one in more)),
        reporting=replace(plan.reporting, exchange_rates={"RON": Decimal("0.2")}),
    )


def _strict(plan: Any) -> Any:
    arrests, firearms, rounds = (
        Term(indicator=code) for code in ("persons-arrested", "firearms-seized", "ammunition-seized")
    )
    rules = (
        ReturnRule(
            code="firearms-of-arrested",
            left=(firearms,),
            operator="at-most",
            right=(replace(arrests, times=Decimal(10)),),
            message={
                "en": "Ten firearms for each arrest at most.",
                "fr": "Dix armes par arrestation au plus.",
            },
        ),
        ReturnRule(
            code="many-rounds",
            left=(rounds,),
            operator="at-most",
            right=(Term(number=Decimal(5000)),),
            severity="warning",
            message={"en": "Very many rounds.", "fr": "Très nombreuses munitions."},
        ),
    )
    required = tuple(
        replace(one, required=True) if one.code == "persons-arrested" else one for one in plan.indicators
    )
    return replace(plan, indicators=required, reporting=replace(plan.reporting, rules=rules))


def _report(session: Session, operation: Operation) -> None:
    police, customs = builders.reporter("ES-POLICE"), builders.reporter("ES-CUSTOMS")
    service.submit(session, police, operation, "ES-POLICE", FIRST, from_data(_FIRST))
    service.submit(session, customs, operation, "ES-CUSTOMS", FIRST, from_data({"values": _FIRST["values"]}))
    service.withdraw(session, customs, operation, "ES-CUSTOMS", FIRST, reason="Sent by mistake")
    unit = operations.find_unit(session, operation, "ES-BORDER")
    for number in range(attachments.MOST_FILES):
        content = str(number).encode()
        file = AttachmentContent(sha256=ids.digest(content), data=content)
        session.add(file)
        session.flush()
        session.add(
            Attachment(
                operation_id=operation.id,
                unit_id=unit.id,
                day=date(2027, 5, 4),
                sha256=file.sha256,
                name=f"{number}.png",
                media_type="image/png",
                size=len(content),
                flags=[],
                kept_reason="",
                added_at=clock.now(),
                added_by=customs.name,
            )
        )
