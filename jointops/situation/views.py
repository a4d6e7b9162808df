"""Pages of the situation: who has reported, what it adds up to, and what stands behind each figure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock, policy
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.operations import plancalendar
from jointops.operations import service as operations
from jointops.operations.history import plan_as_known
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.operations.plandoc import PlanDocument
from jointops.rendering import numbers
from jointops.returns import suspicion
from jointops.returns.models import FactStatus, Phase, Scope
from jointops.situation import breakdown, instants, page, service
from jointops.situation.figures import NOT_SPECIFIED
from jointops.situation.links import NOT_SPECIFIED_WORD, figure_path
from jointops.situation.names import STATUS_LABELS, STATUS_NOTES, TOTALS_NOTE, Names
from jointops.situation.picture import Situation
from jointops.situation.trace import Figure, Line, Weight, trace
from jointops.web.api import route_name
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other

SHOWS = ("all", "missing", "late")

PAGE_PARAMETER = "page"
PAGE_LENGTH = 100
"""Lines behind a figure on one page."""

_TONES = {Weight.COUNTS: None, Weight.JOINT: "info", Weight.OTHER_DAY: "muted"}

WEIGHT_LABELS = {
    Weight.COUNTS: _("Counts"),
    Weight.JOINT: _("Joint result, counted with another unit"),
    Weight.OTHER_DAY: _("Another day of this unit counts"),
}


@view_config(route_name="operation.situation", request_method="GET", renderer="situation/situation.jinja2")
def show_situation(request: Request) -> dict[str, Any]:
    """Show the daily picture, now or as known at an earlier instant."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    return situation_model(request, operation)


def situation_model(request: Request, operation: Operation) -> dict[str, Any]:
    """Return what the situation's template needs, for the page and for the API's HTML."""
    asked = request.GET.get(instants.PARAMETER, "")
    at = instants.as_known_at(asked, operation.time_zone)
    picture = service.situation(
        request.db,
        request.actor,
        operation,
        day=_day(request),
        as_known_at=at,
        status=request.GET.get("status") or FactStatus.PROVISIONAL,
    )
    plan = operations.document(plan_as_known(request.db, operation, picture.as_known_at))
    names = Names(plan, request.locale)
    now = _now(request, operation, picture) if at is not None else None
    indicator = _indicator(request, names, picture)
    links = _Links(request, operation, picture, at)
    known = [
        day for day in picture.days if plancalendar.begins_at(plan, day + timedelta(days=1)) < clock.now()
    ]
    figures = picture.figures
    current = instants.local_minute(at, plan.time_zone) if at is not None else ""
    return {
        "page": operation_page(request, operation, _("Situation"), "situation"),
        "picture": picture,
        "names": names,
        "counts": picture.counts,
        "received": page.share_received(picture.counts, request.locale),
        "known": {
            "value": current,
            "shown": names.instant(at) if at is not None else None,
            "presets": page.presets(names, sorted({*known, *_after(plan)}), current, links.at),
            "kept": links.kept(instants.PARAMETER),
            "zone": plan.time_zone,
        },
        "now_href": links.at(""),
        "statuses": page.status_choices(picture.status, links.status, names),
        "status_note": STATUS_NOTES[picture.status],
        "days": _days(names, plan, picture, links),
        "keys": page.key_figures(names, figures, now.figures if now else None, links.figure),
        "matrix": page.matrix(names, picture, links.daily_return, links.party, _show(request)),
        "live": request.route_path(
            "situation.matrix", code=operation.code, _query=links.kept(instants.PARAMETER)
        ),
        "shows": _shows(names, picture, links, _show(request)),
        "totals": breakdown.totals(
            names, figures, now.figures if now else None, links.figure, picture.to_date
        ),
        "totals_note": TOTALS_NOTE,
        "past": at is not None,
        "duplicates": suspicion.open_count(request.db, operation) if at is None else 0,
        "duplicates_href": request.route_path("returns.duplicates", code=operation.code)
        if policy.allows(request.actor, Action.DUPLICATE_READ, operations.subject(operation))
        else None,
        "holds": _holds(names, picture),
        "indicator": indicator,
        "indicators": [(code, names.indicator(code)) for code in names.shown],
        "chosen": breakdown.chosen(names, figures, picture.days, indicator, links.figure)
        if indicator
        else None,
        "pivots": breakdown.pivots(names, figures, picture.days, links.figure),
        "joint": breakdown.joint_differs(figures.by_party),
        "reports": _reports(request, operation, names, links),
        "pdf": links.document("pdf"),
        "json": links.document("json"),
    }


class _Links:
    """Addresses that keep what was asked for."""

    def __init__(
        self, request: Request, operation: Operation, picture: Situation, at: datetime | None
    ) -> None:
        self._request = request
        self._operation = operation
        self._picture = picture
        self._asked = request.GET.get(instants.PARAMETER, "") if at is not None else ""
        self._known = clock.iso(at) if at is not None else None

    def kept(self, but: str) -> list[tuple[str, str]]:
        """Return the query of the page without one of its parts."""
        pairs = {
            instants.PARAMETER: self._asked,
            "day": self._picture.day.isoformat() if self._picture.day else "",
            "status": self._request.GET.get("status", ""),
            "indicator": self._request.GET.get("indicator", ""),
            "show": self._request.GET.get("show", ""),
        }
        return [(name, value) for name, value in pairs.items() if value and name != but]

    def _with(self, name: str, value: str, anchor: str | None = None) -> str:
        query = [*self.kept(name), *([(name, value)] if value else [])]
        more: dict[str, Any] = {"_anchor": anchor} if anchor else {}
        path: str = self._request.route_path(
            "operation.situation", code=self._operation.code, _query=query, **more
        )
        return path

    def at(self, value: str) -> str:
        return self._with(instants.PARAMETER, value)

    def status(self, value: str) -> str:
        return self._with("status", value)

    def day(self, value: str) -> str:
        return self._with("day", value)

    def show(self, value: str) -> str:
        return self._with("show", "" if value == "all" else value, "reporting")

    def figure(self, indicator: str, **about: str) -> str:
        day = self._picture.day
        if day is not None and "day" not in about:
            about["day"] = day.isoformat()
        return figure_path(
            self._request, self._operation.code, indicator, self._picture.status, self._known, **about
        )

    def daily_return(self, unit: str, day: date) -> str:
        path: str = self._request.route_path(
            "returns.return", code=self._operation.code, unit=unit, day=day.isoformat()
        )
        return path

    def party(self, party: str) -> str:
        path: str = self._request.route_path(
            "operation.returns", code=self._operation.code, _query={"party": party}
        )
        return path

    def document(self, form: str, **other: str) -> str:
        query = {name: value for name, value in self.kept("") if name in {"day", "status"}}
        if self._known:
            query[instants.PARAMETER] = self._known
        path: str = self._request.route_path(
            route_name("/operations/{code}/situation"),
            code=self._operation.code,
            _query={**query, **other, "format": form},
        )
        return path


def _now(request: Request, operation: Operation, picture: Situation) -> Situation:
    return service.situation(request.db, request.actor, operation, day=picture.day, status=picture.status)


def _day(request: Request) -> date | None:
    text = request.GET.get("day", "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = _("“${day}” is no day. Write it like 2014-09-15.", mapping={"day": text})
        raise Invalid([Problem("not-a-day", message, "/query/day")]) from None


def _show(request: Request) -> str:
    show = request.GET.get("show", "")
    return show if show in SHOWS else "all"


def _indicator(request: Request, names: Names, picture: Situation) -> str | None:
    wanted = request.GET.get("indicator", "")
    if wanted in names.indicators:
        return str(wanted)
    figures = picture.figures
    return next(
        (code for code in names.shown if figures.total(code) is not None), next(iter(names.shown), None)
    )


def _after(plan: PlanDocument) -> list[date]:
    """Return the day after the last action day: when results are usually first told."""
    day = plan.period.end + timedelta(days=1)
    over = plancalendar.begins_at(plan, day + timedelta(days=1)) < clock.now()
    return [day] if over else []


def _days(names: Names, plan: PlanDocument, picture: Situation, links: _Links) -> list[page.Choice]:
    whole = page.Choice(names.translate(_("Whole operation")), links.day(""), active=picture.day is None)
    days = sorted({*plan.period.days(), *([picture.day] if picture.day else [])})
    return [
        whole,
        *(
            page.Choice(
                numbers.axis_day(day, names.locale), links.day(day.isoformat()), day == picture.day, data=True
            )
            for day in days
        ),
    ]


def _shows(names: Names, picture: Situation, links: _Links, current: str) -> list[page.Choice]:
    texts = {"all": _("All units"), "missing": _("Missing"), "late": _("Late")}
    counts = {"all": None, "missing": picture.counts.missing, "late": picture.counts.late}
    return [
        page.Choice(names.translate(text), links.show(show), show == current, count=counts[show])
        for show, text in texts.items()
    ]


def _holds(names: Names, picture: Situation) -> str:
    phases = picture.to_data()["holds"]["phases"]
    return numbers.join([names.phase(phase) for phase in phases], names.locale)


# --- Reports -----------------------------------------------------------------------------------------------------


def _reports(request: Request, operation: Operation, names: Names, links: _Links) -> dict[str, Any]:
    frozen = service.reports(request.db, request.actor, operation)
    there = {report.day for report in frozen}
    now = clock.now()
    open_days = [
        day
        for day in names.plan.period.days()
        if day not in there and plancalendar.late_after(names.plan, day) < now
    ]
    may = policy.allows(request.actor, Action.SITUATION_FREEZE, operations.subject(operation))
    return {
        "frozen": [
            {
                "day": numbers.short_day(report.day, names.locale),
                "as_known_at": names.short_instant(report.as_known_at),
                "frozen_by": report.frozen_by,
                "sha256": report.sha256,
                "href": request.route_path(
                    "operation.situation",
                    code=operation.code,
                    _query={"day": report.day.isoformat(), "as_known_at": clock.iso(report.as_known_at)},
                ),
                "pdf": request.route_path(
                    route_name("/operations/{code}/situation"),
                    code=operation.code,
                    _query={
                        "day": report.day.isoformat(),
                        "as_known_at": clock.iso(report.as_known_at),
                        "format": "pdf",
                    },
                ),
            }
            for report in frozen
        ],
        "open": [(day.isoformat(), numbers.short_day(day, names.locale)) for day in open_days] if may else [],
        "href": request.route_path("situation.reports", code=operation.code),
    }


@view_config(route_name="situation.reports", request_method="POST")
def freeze_report(request: Request) -> Response:
    """Freeze the report of a day by hand, which a job does by itself after each deadline."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    policy.require(request.actor, Action.SITUATION_FREEZE, operations.subject(operation))
    text = request.POST.get("day", "")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        message = _("“${day}” is no day. Write it like 2014-09-15.", mapping={"day": text})
        raise Invalid([Problem("not-a-day", message, "/day")]) from None
    report = service.freeze_report(request.db, request.actor, operation, day)
    flash(
        request,
        "success",
        _("The report of ${day} is frozen.", mapping={"day": numbers.long_day(report.day, request.locale)}),
    )
    return see_other(request, "operation.situation", code=operation.code, _anchor="reports")


# --- What stands behind a figure -----------------------------------------------------------------------------------


@view_config(route_name="operation.figures", request_method="GET", renderer="situation/figures.jinja2")
def show_figure(request: Request) -> dict[str, Any]:
    """Show the returns, revisions, people and receipts that a figure adds up from."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    asked = request.GET.get(instants.PARAMETER, "")
    at = instants.as_known_at(asked, operation.time_zone)
    figure = _figure(request, at or clock.now())
    found = trace(request.db, request.actor, operation, figure)
    plan = operations.document(plan_as_known(request.db, operation, figure.as_known_at))
    names = Names(plan, request.locale)
    counted = [line for line in found.lines if line.weight is Weight.COUNTS]
    kept = [
        (name, value)
        for name, value in request.GET.items()
        if name not in {instants.PARAMETER, PAGE_PARAMETER} and value
    ]
    pages, lines = _page_of(request, found.lines)
    situation = request.route_path("operation.situation", code=operation.code)
    page_of = operation_page(
        request,
        operation,
        names.indicator(figure.indicator),
        "situation",
        breadcrumbs=[Link(request.translate(_("Situation")), situation)],
    )
    return {
        "page": page_of,
        "title": names.indicator(figure.indicator),
        "definition": names.definition(figure.indicator),
        "quantity": names.quantity(figure.indicator, found.quantity),
        "number": names.number(found.quantity),
        "unit": names.measure(figure.indicator),
        "aggregation": found.indicator.aggregation,
        "about": _about(names, figure),
        "status": STATUS_LABELS[figure.status],
        "returns": len({(line.source.unit, line.source.day) for line in counted}),
        "units": len({line.source.unit for line in counted}),
        "categories": bool(found.indicator.categories),
        "count": len(found.lines),
        "lines": [_line(request, operation, names, line) for line in lines],
        "pages": pages,
        "known": {
            "value": instants.local_minute(at, plan.time_zone) if at is not None else "",
            "shown": names.instant(at) if at is not None else None,
            "kept": kept,
            "zone": plan.time_zone,
        },
        "as_known": names.instant(figure.as_known_at),
    }


def _page_of(request: Request, lines: Sequence[Line]) -> tuple[dict[str, str | None], Sequence[Line]]:
    """Return the lines of the page that is asked for, and the way to the pages beside it."""
    number = request.GET.get(PAGE_PARAMETER, "")
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    start = (asked - 1) * PAGE_LENGTH
    start = start if 0 <= start < len(lines) else 0
    shown = lines[start : start + PAGE_LENGTH]
    last = start + len(shown)

    def href(step: int) -> str:
        query = {**request.GET, PAGE_PARAMETER: str(start // PAGE_LENGTH + 1 + step)}
        return f"{request.path}?{urlencode(query)}#lines"

    ways = {
        "previous": href(-1) if start else None,
        "next": href(1) if last < len(lines) else None,
        "range": f"{start + 1}–{last} / {len(lines)}",
    }
    return ways, shown


def _figure(request: Request, at: datetime) -> Figure:
    given = request.GET
    problems: list[Problem] = []

    def choice(name: str, enumeration: type[Phase] | type[Scope], default: Any) -> Any:
        text = given.get(name, "")
        if not text:
            return default
        if text not in {member.value for member in enumeration}:
            message = _("“${value}” is not known here.", mapping={"value": text})
            accepted = tuple(member.value for member in enumeration)
            problems.append(Problem(f"unknown-{name}", message, f"/query/{name}", accepted))
            return default
        return enumeration(text)

    def code(name: str) -> str | None:
        text = given.get(name, "")
        return NOT_SPECIFIED if text == NOT_SPECIFIED_WORD else text or None

    indicator = given.get("indicator", "")
    if not indicator:
        problems.append(Problem("indicator-missing", _("Say which figure is meant."), "/query/indicator"))
    phase, scope = choice("phase", Phase, None), choice("scope", Scope, Scope.OPERATION)
    if problems:
        raise Invalid(problems)
    return Figure(
        indicator=indicator,
        as_known_at=at,
        status=service.fact_status(given.get("status") or FactStatus.PROVISIONAL),
        category=code("category"),
        unit=given.get("unit") or None,
        party=given.get("party") or None,
        authority=given.get("authority") or None,
        action_area=code("action_area"),
        day=_day(request),
        phase=phase,
        scope=scope,
    )


def _about(names: Names, figure: Figure) -> list[tuple[str, str]]:
    """Return what the figure is limited to, as pairs of a term and a name."""
    say = names.translate
    pairs: list[tuple[str, str | None]] = [
        (
            say(_("Category")),
            None if figure.category is None else names.category(figure.indicator, figure.category),
        ),
        (say(_("Day")), numbers.day(figure.day, names.locale) if figure.day else None),
        (
            say(_("Action area")),
            None if figure.action_area is None else names.action_area(figure.action_area),
        ),
        (say(_("Country")), names.party(figure.party) if figure.party else None),
        (say(_("Authority")), names.authority(figure.authority) if figure.authority else None),
        (say(_("Reporting unit")), names.unit(figure.unit) if figure.unit else None),
        (say(_("Phase")), names.phase(figure.phase) if figure.phase else None),
        (say(_("Scope")), say(_("Other, not of the operation")) if figure.scope is Scope.OTHER else None),
    ]
    return [(term, text) for term, text in pairs if text is not None]


def _line(request: Request, operation: Operation, names: Names, line: Any) -> dict[str, Any]:
    source = line.source
    return {
        "unit": source.unit,
        "unit_name": names.unit(source.unit),
        "credited": source.credited_to if source.credited_to != source.unit else None,
        "day": numbers.short_day(source.day, names.locale),
        "category": names.category(source.indicator, source.category),
        "area": names.action_area(source.action_area) if source.action_area else None,
        "quantity": names.number(source.quantity),
        "counts": line.weight is Weight.COUNTS,
        "weight": WEIGHT_LABELS[line.weight],
        "tone": _TONES[line.weight],
        "revision": source.revision,
        "href": request.route_path(
            "returns.return", code=operation.code, unit=source.unit, day=source.day.isoformat()
        ),
        "reference": source.reference,
        "joint": source.joint is not None,
        "recorded_by": source.recorded_by,
        "recorded_at": names.short_instant(source.recorded_at),
        "known_from": names.short_instant(source.known_from),
        "sha256": source.sha256,
    }
