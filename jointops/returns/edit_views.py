"""The form of a return: opened with what is on record, kept as typed through every error, sent with one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel import clock
from jointops.kernel.errors import DomainError, NotAllowed, Stale
from jointops.kernel.i18n import _, label, pair
from jointops.operations import rules as operation_rules
from jointops.operations.models import Operation, ReportingUnit
from jointops.operations.page import operation_page
from jointops.operations.planindicators import AskedIndicator
from jointops.reference.catalogue import catalogue
from jointops.returns import asked, history, rules, service, shown
from jointops.returns.asked import Asked, unit_of_measure
from jointops.returns.differences import differences
from jointops.returns.intake import form as intake
from jointops.returns.intake.form import Form
from jointops.returns.models import Phase, Return, Scope
from jointops.returns.return_views import find_place
from jointops.returns.rulebooks import rulebook_of
from jointops.returns.shown import Words
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other


@view_config(route_name="returns.edit", request_method="GET", renderer="returns/edit.jinja2")
def edit(request: Request) -> dict[str, Any]:
    """Show the form with what is on record, or empty."""
    operation, unit, day = find_place(request)
    questions = asked.asked(request.db, operation)
    asked.require_reportable(request.actor, operation, unit)
    today = operation_rules.today(operation.time_zone, clock.now())
    rules.check_day(rulebook_of(request.db, operation).rules, day, today)
    head = history.head(request.db, operation, unit, day)
    filled = intake.recorded(
        history.content_on_record(request.db, operation, unit, day) or {},
        questions.of(unit.code),
        operation.time_zone,
        version=head.version if head else 0,
        plan_version=questions.plan_version,
    )
    return _page(request, operation, questions, unit, day, head, filled)


@view_config(route_name="returns.edit", request_method="POST", renderer="returns/edit.jinja2")
def save(request: Request) -> Any:
    """Keep a draft, submit, or show the form again with one more row, as the button says."""
    operation, unit, day = find_place(request)
    questions = asked.asked(request.db, operation)
    typed = intake.typed(request.POST, questions.of(unit.code))
    action = request.POST.get("action", "submit")
    if action in {"add-figure", "add-incident"}:
        asked.require_reportable(request.actor, operation, unit)
        more = typed.with_figure() if action == "add-figure" else typed.with_incident()
        return _page(
            request, operation, questions, unit, day, history.head(request.db, operation, unit, day), more
        )
    sent = intake.sent(typed, questions.indicators.values(), operation.time_zone, submit=action != "draft")
    try:
        # A refusal leaves the session as it was, so that the page can read what is on record.
        with request.db.begin_nested():
            outcome = service.submit(
                request.db,
                request.actor,
                operation,
                unit.code,
                day,
                sent.submission,
                expected_version=typed.version,
            )
    except NotAllowed:
        raise
    except Stale as error:
        return _changed_meanwhile(request, operation, questions, unit, day, typed, sent, error)
    except DomainError as error:
        request.response.status_int = error.status
        head = history.head(request.db, operation, unit, day)
        errors = _naming_figures(request, questions, typed, form_errors(request, error, sent.fields))
        return _page(request, operation, questions, unit, day, head, typed, errors=errors, refusal=error)
    place = {"code": operation.code, "unit": unit.code, "day": day.isoformat()}
    if action == "draft":
        flash(request, "success", _("The draft is kept. Nobody counts it until it is submitted."))
        return see_other(request, "returns.edit", **place)
    if outcome.changed:
        flash(request, "success", _("The return was received. Your receipt is below."))
    else:
        flash(request, "info", _("Exactly this was on record already. Nothing changed."))
    return see_other(request, "returns.return", **place)


def _naming_figures(request: Request, questions: Asked, typed: Form, errors: FormErrors) -> FormErrors:
    """Put the name of the figure before what is wrong with it, in the summary: a form has thirty of them."""
    names: dict[str | None, str] = {}
    for line in typed.lines:
        name = questions.indicator_label(line.indicator, request.locale)
        if line.category:
            name += ", " + questions.category_label(line.indicator, line.category, request.locale)
        names[f"#{line.name}"] = names[f"#{line.unit_name}"] = name
    summary = [
        {**item, "text": request.translate(pair(names[item["href"]], item["text"] or ""))}
        if item["href"] in names
        else item
        for item in errors.summary
    ]
    return FormErrors(summary, errors.by_field)


def _changed_meanwhile(
    request: Request,
    operation: Operation,
    questions: Asked,
    unit: ReportingUnit,
    day: date,
    typed: Form,
    sent: intake.Sent,
    error: Stale,
) -> dict[str, Any]:
    """Show what is on record now beside what was typed; sending again is then a decision."""
    request.response.status_int = error.status
    head = history.head(request.db, operation, unit, day)
    words = Words(operation, questions, request.locale, request.translate)
    on_record = history.content_on_record(request.db, operation, unit, day) or {}
    mine = rules.content(sent.submission)
    conflict = {
        "given": error.given,
        "current": error.current,
        "text": request.translate(error.message),
        "changes": shown.change_rows(words, differences(on_record, mine)),
        "href": request.route_path("returns.edit", code=operation.code, unit=unit.code, day=day.isoformat()),
    }
    current = intake.with_version(typed, head.version if head else 0)
    return _page(request, operation, questions, unit, day, head, current, refusal=error, conflict=conflict)


# --- The page --------------------------------------------------------------------------------------------------------


def _page(
    request: Request,
    operation: Operation,
    questions: Asked,
    unit: ReportingUnit,
    day: date,
    head: Return | None,
    form: Form,
    *,
    errors: FormErrors | None = None,
    refusal: DomainError | None = None,
    conflict: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    words = Words(operation, questions, request.locale, request.translate)
    by_field = errors.by_field if errors else {}
    view = _FormView(questions, words, form, by_field)
    submitted = head is not None and head.first_submitted_at is not None
    before = history.content_on_record(request.db, operation, unit, day - timedelta(days=1))
    place = {"code": operation.code, "unit": unit.code, "day": day.isoformat()}
    title = _("Correct the return of ${unit}", mapping={"unit": unit.code})
    if not submitted:
        title = _("Return of ${unit}", mapping={"unit": unit.code})
    return {
        "page": operation_page(
            request,
            operation,
            title,
            "returns",
            breadcrumbs=[
                Link(
                    request.translate(_("Returns")),
                    request.route_path("operation.returns", code=operation.code),
                )
            ],
        ),
        "operation": operation,
        "unit": unit.code,
        "unit_title": questions.unit_title(unit.code, request.locale),
        "day": words.day(day),
        "place": place,
        "due": _due(questions, unit, day),
        "form": form,
        "errors": errors,
        "by_field": by_field,
        "codes": " ".join(dict.fromkeys(problem.code for problem in refusal.problems)) if refusal else "",
        "conflict": conflict,
        "correcting": submitted,
        "groups": view.groups(questions.of(unit.code), before),
        "figures": [view.figure(row) for row in form.figures],
        "incidents": [view.incident(row) for row in form.incidents],
        "choices": view.choices(unit.code),
    }


def _due(questions: Asked, unit: ReportingUnit, day: date) -> Any:
    if day not in operation_rules.due(questions.document, unit.code):
        return None
    return operation_rules.deadline(questions.document, day)


class _FormView:
    """Turns a form into what its template shows."""

    def __init__(self, questions: Asked, words: Words, form: Form, by_field: Mapping[str, str]) -> None:
        self._questions, self._words, self._form, self._by_field = questions, words, form, by_field
        self._locale = words.locale
        self._lines = {(line.indicator, line.category): line for line in form.lines}

    def groups(
        self, indicators: Sequence[AskedIndicator], before: Mapping[str, Any] | None
    ) -> list[dict[str, Any]]:
        """Return the asked figures under the headings of the catalogue's groups."""
        previous = intake.previous_figures(before)
        headings = catalogue().indicator_groups
        found: list[dict[str, Any]] = []
        for indicator in indicators:
            if not found or found[-1]["code"] != indicator.group:
                heading = headings.get(indicator.group)
                title = label(heading.labels, self._locale) if heading else indicator.group
                found.append({"code": indicator.group, "title": title, "indicators": []})
            found[-1]["indicators"].append(self._indicator(indicator, previous))
        return found

    def _indicator(
        self, indicator: AskedIndicator, previous: Mapping[tuple[str, str], tuple[str, str | None]]
    ) -> dict[str, Any]:
        units = [(code, unit_of_measure(code, self._locale)) for code in indicator.accepted]
        total = self._line(indicator, "", label(indicator.labels, self._locale), previous)
        parts = [
            self._line(indicator, code, label(labels, self._locale), previous)
            for code, labels in indicator.categories.items()
        ]
        area = None
        if len(indicator.action_areas) > 1:
            name = f"a.{indicator.code}"
            area = {
                "name": name,
                "value": self._form.areas.get(indicator.code, ""),
                "choices": [
                    (code, self._questions.area_label(code, self._locale)) for code in indicator.action_areas
                ],
                "error": self._by_field.get(name),
            }
        return {
            "units": units,
            "definition": label(indicator.definition, self._locale),
            "required": indicator.required,
            "total": total,
            "parts": parts,
            "open": any(part["value"] or part["error"] for part in parts),
            "area": area,
        }

    def _line(
        self,
        indicator: AskedIndicator,
        category: str,
        name: str,
        previous: Mapping[tuple[str, str], tuple[str, str | None]],
    ) -> dict[str, Any]:
        line = self._lines[indicator.code, category]
        before = previous.get((indicator.code, category))
        return {
            "name": line.name,
            "unit_name": line.unit_name,
            "label": name,
            "value": line.quantity,
            "unit": line.unit,
            "error": self._by_field.get(line.name) or self._by_field.get(f"{line.name}-unit"),
            "previous": self._words.quantity(before[0], before[1] or indicator.unit) if before else None,
        }

    def figure(self, row: intake.FigureRow) -> dict[str, Any]:
        """Return one further figure: its values, names and errors by field."""
        return self._row(row, intake.FIGURE_FIELDS)

    def incident(self, row: intake.IncidentRow) -> dict[str, Any]:
        """Return one incident: its values, names and errors by field; one more choice of a unit than are chosen."""
        shown_row = self._row(row, intake.INCIDENT_FIELDS)
        name = row.name("joint_with")
        shown_row["joint_with"] = [
            {
                "id": f"{name}.{number}",
                "name": name,
                "value": code,
                "error": self._by_field.get(f"{name}.{number}"),
            }
            for number, code in enumerate((*row.joint_with, ""), 1)
        ]
        return shown_row

    def _row(self, row: intake.FigureRow | intake.IncidentRow, names: Sequence[str]) -> dict[str, Any]:
        return {
            "number": row.number,
            "fields": {
                name: {
                    "name": row.name(name),
                    "value": getattr(row, name),
                    "error": self._by_field.get(row.name(name)),
                }
                for name in names
            },
        }

    def choices(self, unit: str) -> dict[str, Any]:
        """Return what the further rows choose from, and ``of_indicator``: what goes with which indicator."""
        questions, locale = self._questions, self._locale
        known = catalogue()
        every = questions.indicators.values()
        categories = {
            code: label(labels, locale) for item in every for code, labels in item.categories.items()
        }
        units = dict.fromkeys(code for item in every for code in item.accepted)
        own = {item.code for item in questions.of(unit)}
        return {
            "indicators": [
                (item.code, label(item.labels, locale))
                for item in sorted(every, key=lambda item: item.code not in own)
            ],
            "categories": sorted(categories.items(), key=lambda choice: choice[1]),
            "areas": [(code, label(labels, locale)) for code, labels in questions.action_areas.items()],
            "phases": [(phase.value, label(known.phases[phase.value].labels, locale)) for phase in Phase],
            "scopes": [(scope.value, label(known.scopes[scope.value].labels, locale)) for scope in Scope],
            "units": [(code, unit_of_measure(code, locale)) for code in units],
            "of_indicator": {
                item.code: {
                    "category": list(item.categories),
                    "unit": list(item.accepted),
                    "action_area": list(item.action_areas) or list(questions.action_areas),
                }
                for item in every
            },
            "others": [
                (code, f"{code} – {label(other.title, locale)}")
                for code, other in questions.units.items()
                if code != unit
            ],
        }
