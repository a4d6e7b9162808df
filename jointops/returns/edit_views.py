"""The form of a return: opened with what is on record or kept as a draft, kept as typed through every error, sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config
from webob.multidict import MultiDict

from jointops.kernel import clock
from jointops.kernel.errors import DomainError, Invalid, NotAllowed, Problem, Stale
from jointops.kernel.i18n import _, pair
from jointops.operations import rules as operation_rules
from jointops.operations.models import ReportingUnit
from jointops.operations.page import operation_page
from jointops.operations.planindicators import AskedIndicator
from jointops.returns import beside, drafts, rules, service
from jointops.returns.asked import Asked
from jointops.returns.attachment_views import changed, shown_files
from jointops.returns.edit_desk import Desk
from jointops.returns.edit_page import Beside, Doubt, FormView, matching
from jointops.returns.intake import form as intake
from jointops.returns.intake.fields import Form
from jointops.returns.intake.sent import Sent
from jointops.returns.merge_views import merge_page, merged_form
from jointops.returns.models import Return, ReturnDraft
from jointops.returns.open_question import question_in
from jointops.returns.rulebooks import rulebook_of
from jointops.returns.shown import Words
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other


@dataclass
class _Shown:
    """What the page says besides the form."""

    errors: FormErrors | None = None
    refusal: DomainError | None = None
    doubts: tuple[Doubt, ...] = ()
    draft: ReturnDraft | None = None
    restored: bool = False
    find: str = ""
    file_error: DomainError | None = None
    notes: list[str] = field(default_factory=list)


@view_config(route_name="returns.edit", request_method="GET", renderer="returns/edit.jinja2")
def edit(request: Request) -> dict[str, Any]:
    """Show the form with what the person has typed before, else with what is on record, or empty."""
    desk = Desk.of(request)
    today = operation_rules.today(desk.operation.time_zone, clock.now())
    rules.check_day(rulebook_of(request.db, desk.operation).rules, desk.day, today)
    head = desk.head()
    draft = drafts.read(request.db, request.actor, desk.operation, desk.unit, desk.day)
    form = _of_draft(desk, draft) if draft is not None else desk.recorded(desk.content() or {}, head)
    more = tuple(code for code in request.GET.getall("more") if code in desk.others)
    if more:
        form = _with_lines(form, desk.others, more)
    shown_besides = _Shown(
        draft=draft,
        restored=draft is not None,
        find=request.GET.get("find", ""),
        doubts=_explained(desk, form) if form.explanations else (),
    )
    return _page(desk, head, form, shown_besides)


@view_config(route_name="returns.edit", request_method="POST", renderer="returns/edit.jinja2")
def save(request: Request) -> Any:
    """Submit, keep a draft of the return, or show the form again with what a button adds to it."""
    desk = Desk.of(request)
    action = request.POST.get("action", "submit")
    name, _colon, what = action.partition(":")
    form = desk.typed(request.POST)
    if name in _ALTERATIONS:
        return _altered(desk, form, name, what)
    if name == "discard-draft":
        drafts.discard(request.db, request.actor, desk.operation, desk.unit, desk.day)
        flash(request, "info", _("The draft was discarded."))
        return see_other(request, "returns.edit", **desk.place)
    if name in {"merge", "keep-theirs"}:
        merged = (
            merged_form(desk, form, _said(desk, desk.sent(form, submit=True))) if name == "merge" else None
        )
        if merged is None:
            drafts.discard(request.db, request.actor, desk.operation, desk.unit, desk.day)
            flash(request, "info", _("The return stays as it is on record."))
            return see_other(request, "returns.return", **desk.place)
        form = merged
    return _send(desk, form, submit=action != "draft")


def _send(desk: Desk, form: Form, *, submit: bool) -> Any:
    request = desk.request
    sent = desk.sent(form, submit=submit)
    try:
        # A refusal leaves the session as it was, so that the page can read what is on record.
        with request.db.begin_nested():
            outcome = service.submit(
                request.db,
                request.actor,
                desk.operation,
                desk.unit.code,
                desk.day,
                sent.submission,
                expected_version=form.version,
            )
            drafts.discard(request.db, request.actor, desk.operation, desk.unit, desk.day)
    except NotAllowed:
        raise
    except Stale as error:
        return _changed_meanwhile(desk, form, sent, error)
    except DomainError as error:
        return _refused(desk, form, sent, error)
    if not submit:
        flash(request, "success", _("The draft is kept. Nobody counts it until it is submitted."))
        return see_other(request, "returns.edit", **desk.place)
    if outcome.changed:
        flash(request, "success", _("The return was received. Your receipt is below."))
    else:
        flash(request, "info", _("Exactly this was on record already. Nothing changed."))
    return see_other(request, "returns.return", **desk.place)


# --- What buttons add to the form ------------------------------------------------------------------------------------


def _altered(desk: Desk, form: Form, name: str, what: str) -> dict[str, Any]:
    besides = _Shown(draft=_draft(desk))
    more = _ALTERATIONS[name](desk, form, what, besides)
    if form.explanations:
        besides.doubts = _explained(desk, more)
    return _page(desk, desk.head(), more, besides)


def _as_the_day_before(desk: Desk, form: Form, _what: str, besides: _Shown) -> Form:
    before = desk.content(1)
    if before is None:
        besides.notes.append(_("There is no return of the day before, so nothing was taken from it."))
        return form
    besides.notes.append(
        _(
            "Units of measure, action areas and how quantities are known are as on the day before. Figures are not."
        )
    )
    return intake.as_the_day_before(form, desk.recorded(before, None))


def _find(desk: Desk, form: Form, _what: str, besides: _Shown) -> Form:
    text = desk.request.POST.get("find", "")
    found = matching(text, _findable(desk, form))
    if len(found) == 1:
        return _with_lines(form, desk.others, (found[0][0],))
    besides.find = text
    return form


def _more(desk: Desk, form: Form, what: str, _besides: _Shown) -> Form:
    return _with_lines(form, desk.others, (what,) if what in desk.others else ())


def _files(desk: Desk, form: Form, _what: str, besides: _Shown) -> Form:
    action = desk.request.POST.get("action", "")
    besides.file_error = changed(desk, action)
    return form


_ALTERATIONS: Mapping[str, Callable[[Desk, Form, str, _Shown], Form]] = {
    "add-figure": lambda _desk, form, _what, _besides: form.with_figure(),
    "add-incident": lambda _desk, form, _what, _besides: form.with_incident(),
    "as-the-day-before": _as_the_day_before,
    "attach": _files,
    "detach": _files,
    "find": _find,
    "more": _more,
}


def _with_lines(form: Form, others: Mapping[str, AskedIndicator], codes: tuple[str, ...]) -> Form:
    """Return the form with lines for further indicators of the plan."""
    new = [code for code in dict.fromkeys(codes) if code not in form.more]
    lines = intake.lines_of([others[code] for code in new])
    areas = {code: "" for code in new if len(others[code].action_areas) > 1}
    return replace(form, lines=(*form.lines, *lines), areas={**form.areas, **areas}, more=(*form.more, *new))


def _findable(desk: Desk, form: Form) -> list[tuple[str, str]]:
    return [
        (code, desk.questions.indicator_label(code, desk.request.locale))
        for code in desk.others
        if code not in form.more
    ]


# --- What was refused ------------------------------------------------------------------------------------------------


def _refused(desk: Desk, form: Form, sent: Sent, error: DomainError) -> dict[str, Any]:
    desk.request.response.status_int = error.status
    errors = form_errors(desk.request, error, sent.fields)
    doubts = _doubts(desk, form, sent, error.problems)
    errors = _naming_figures(desk, form, _without_doubts(error, errors, doubts))
    besides = _Shown(errors=errors, refusal=error, doubts=doubts, draft=_draft(desk))
    return _page(desk, desk.head(), form, besides)


def _doubts(desk: Desk, form: Form, sent: Sent, problems: Any) -> tuple[Doubt, ...]:
    """Return the warnings among problems, each with the reason that is given for it so far.

    Reasons for what is no longer doubtful come last, so that nothing typed is lost.
    """
    found: list[Doubt] = []
    for problem in problems:
        if problem.explain and all(problem.explain != doubt.key for doubt in found):
            target = sent.fields.get(problem.pointer, problem.pointer.removeprefix("/"))
            found.append(
                Doubt(
                    len(found) + 1,
                    problem.explain,
                    desk.request.translate(problem.message),
                    target,
                    form.explanations.get(problem.explain, ""),
                )
            )
    shown_keys = {doubt.key for doubt in found}
    for key, reason in form.explanations.items():
        if key not in shown_keys and reason.strip():
            text = desk.request.translate(_("A reason that you gave before:"))
            found.append(Doubt(len(found) + 1, key, text, "", reason))
    return tuple(found)


def _explained(desk: Desk, form: Form) -> tuple[Doubt, ...]:
    """Return the warnings of a form that is not being sent, for the reasons that it holds already."""
    sent = desk.sent(form, submit=True)
    unexplained = replace(sent.submission, explanations={})
    try:
        rules.check(unexplained, rulebook_of(desk.request.db, desk.operation).rules, desk.unit.code, desk.day)
        problems: tuple[Problem, ...] = ()
    except Invalid as error:
        problems = tuple(problem for problem in error.problems if problem.explain in form.explanations)
    return _doubts(desk, form, sent, problems)


def _without_doubts(error: DomainError, errors: FormErrors, doubts: tuple[Doubt, ...]) -> FormErrors:
    """Lead from the summary to a warning's box instead of its field, which is not wrong."""
    boxes = {doubt.key: f"#{doubt.id}" for doubt in doubts}
    summary = [
        {**item, "href": boxes[problem.explain]} if problem.explain else item
        for item, problem in zip(errors.summary, error.problems, strict=True)
    ]
    wrong = {
        item["href"].removeprefix("#")
        for item, problem in zip(errors.summary, error.problems, strict=True)
        if not problem.explain and item["href"]
    }
    return FormErrors(summary, {name: text for name, text in errors.by_field.items() if name in wrong})


def _naming_figures(desk: Desk, form: Form, errors: FormErrors) -> FormErrors:
    """Put the name of the figure before what is wrong with it, in the summary: a form has thirty of them."""
    names: dict[str | None, str] = {}
    locale = desk.request.locale
    for line in form.lines:
        name = desk.questions.indicator_label(line.indicator, locale)
        if line.category:
            name += ", " + desk.questions.category_label(line.indicator, line.category, locale)
        for part in ("quantity", "unit", "other", "certainty", "weight", "seizures"):
            names[f"#{line.name_of(part)}"] = name
        names[f"#{line.name}-unit"] = name
    summary = [
        {**item, "text": desk.request.translate(pair(names[item["href"]], item["text"] or ""))}
        if item["href"] in names
        else item
        for item in errors.summary
    ]
    return FormErrors(summary, errors.by_field)


def _changed_meanwhile(desk: Desk, form: Form, sent: Sent, error: Stale) -> dict[str, Any]:
    """Show what was typed beside what is on record now and what both began with."""
    desk.request.response.status_int = error.status
    return merge_page(desk, form, _said(desk, sent))


def _said(desk: Desk, sent: Sent) -> dict[str, object]:
    units = {code: item.unit for code, item in desk.questions.indicators.items()}
    return rules.content(sent.submission, units)


# --- The page --------------------------------------------------------------------------------------------------------


def _draft(desk: Desk) -> ReturnDraft | None:
    return drafts.read(desk.request.db, desk.request.actor, desk.operation, desk.unit, desk.day)


def _of_draft(desk: Desk, draft: ReturnDraft) -> Form:
    fields: MultiDict[str, str] = MultiDict()
    for name, value in draft.content.items():
        for text in [value] if isinstance(value, str) else value:
            fields.add(name, text)
    # The fields are those of the plan in force: what is sent from them is for that version.
    form = desk.typed(fields)
    return replace(form, version=draft.return_version, plan_version=desk.questions.plan_version)


def _page(desk: Desk, head: Return | None, form: Form, besides: _Shown) -> dict[str, Any]:
    request, questions, unit = desk.request, desk.questions, desk.unit
    words = Words(desk.operation, questions, request.locale, request.translate)
    before = desk.content(1)
    places = beside.places(questions.document, unit.code, unit.participant.party, before, desk.content())
    view = FormView(
        questions,
        words,
        form,
        Beside(before, beside.so_far(request.db, desk.operation, unit, desk.day), places),
        rules.phase_of(rulebook_of(request.db, desk.operation).rules, desk.day),
        besides.errors.by_field if besides.errors else {},
        (*question_in(form, head), *besides.doubts),
    )
    submitted = head is not None and head.first_submitted_at is not None
    title = _("Correct the return of ${unit}", mapping={"unit": unit.code})
    if not submitted:
        title = _("Return of ${unit}", mapping={"unit": unit.code})
    codes = dict.fromkeys(problem.code for problem in besides.refusal.problems) if besides.refusal else {}
    findable = view.findable(unit.code)
    return {
        "page": operation_page(
            request,
            desk.operation,
            title,
            "returns",
            breadcrumbs=[
                Link(
                    request.translate(_("Returns")),
                    request.route_path("operation.returns", code=desk.operation.code),
                )
            ],
        ),
        "operation": desk.operation,
        "unit": unit.code,
        "unit_title": questions.unit_title(unit.code, request.locale),
        "day": words.day(desk.day),
        "place": desk.place,
        "due": _due(questions, unit, desk.day),
        "form": form,
        "errors": besides.errors,
        "by_field": view.by_field,
        "codes": " ".join(codes),
        "notes": besides.notes,
        "draft": _shown_draft(desk, words, head, besides),
        "correcting": submitted,
        "on_behalf": desk.on_behalf,
        "has_before": before is not None,
        "groups": view.groups(unit.code),
        "looked_up": view.looked_up(),
        "findable": findable,
        "find": besides.find,
        "found": matching(besides.find, findable),
        "figures": [view.figure(row) for row in form.figures],
        "incidents": [view.incident(row) for row in form.incidents],
        "empty_incident": view.incident(intake.IncidentRow(0)),
        "files": shown_files(desk, besides.file_error),
        "elsewhere": view.elsewhere(),
        "doubts_at": view.at,
        "places": places,
        "choices": view.choices(unit.code),
        "for_script": view.for_script(),
    }


def _shown_draft(desk: Desk, words: Words, head: Return | None, besides: _Shown) -> dict[str, Any]:
    draft = besides.draft
    if draft is None:
        return {"version": 0, "restored": False}
    return {
        "version": draft.version,
        "restored": besides.restored,
        "at": words.instant(draft.saved_at),
        "device": str(draft.content.get(drafts.DEVICE, "")),
        "behind": draft.return_version != (head.version if head else 0),
        "other_plan": draft.plan_version != desk.questions.plan_version,
    }


def _due(questions: Asked, unit: ReportingUnit, day: date) -> Any:
    if day not in operation_rules.due(questions.document, unit.code):
        return None
    return operation_rules.deadline(questions.document, day)
