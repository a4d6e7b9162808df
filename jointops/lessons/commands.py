"""The commands about lessons: what earlier operations recommend to a plan, and the answers."""

from __future__ import annotations

import click

from jointops.command import Command, DataCommand, Group, Work, pass_work, table
from jointops.kernel import clock
from jointops.kernel.i18n import _
from jointops.lessons import rules, service, wording
from jointops.lessons.models import Disposition
from jointops.lessons.rules import AnswerEntry
from jointops.lessons.service import Match
from jointops.operations import service as operations
from jointops.reference.catalogue import catalogue


@click.group("lessons", cls=Group, help=_("What earlier operations recommend to a plan."))
def lessons() -> None:
    """Hold the commands about lessons."""


@lessons.command(
    "list", cls=DataCommand, help=_("List the recommendations that fit a plan, and its answers.")
)
@click.argument("code")
@pass_work
def list_lessons(work: Work, code: str) -> None:
    """List what fits the latest plan of the operation, what waits for an answer first."""
    with work.transaction(read_only=True) as (session, actor):
        found = service.matches(session, actor, operations.find(session, actor, code))
        data = [_data(match) for match in found]
        rows = [
            [
                match.key,
                match.recommendation.title,
                wording.reasons(match.reasons, work.locale),
                _state(work, match),
            ]
            for match in found
        ]
    heads = [_("Recommendation"), _("Title"), _("Fits by"), _("Answer")]
    work.show(data, table([work.translate(head) for head in heads], rows))


@lessons.command("answer", cls=Command, help=_("Say what the plan makes of a recommendation."))
@click.argument("code")
@click.argument("recommendation")
@click.argument("answer", type=click.Choice([each.value for each in Disposition]))
@click.option("--reason", default="", help=_("Why; needed unless it is taken up."))
@click.option(
    "--section",
    type=click.Choice(list(catalogue().plan_sections)),
    help=_("The section of the plan that meets it; needed where it is taken up."),
)
@pass_work
def answer(work: Work, code: str, recommendation: str, answer: str, reason: str, section: str | None) -> None:
    """Keep the answer; RECOMMENDATION is such as ARCHIMEDES-2014:R1."""
    entry = AnswerEntry(answer=answer, reason=reason, section=section or "")
    with work.transaction() as (session, actor):
        service.answer(session, actor, operations.find(session, actor, code), recommendation, entry)
    work.say(_("The answer to ${code} is kept.", mapping={"code": recommendation}))


def _state(work: Work, match: Match) -> str:
    if match.answer is not None:
        return work.translate(rules.DISPOSITION_LABELS[match.answer.answer])
    return work.translate(_("Waits for an answer")) if match.waits else ""


def _data(match: Match) -> dict[str, object]:
    given = match.answer
    return {
        "key": match.key,
        "title": match.recommendation.title,
        "owner": match.recommendation.owner,
        "reasons": [{"ground": one.ground.value, "code": one.code} for one in match.reasons],
        "waits": match.waits,
        "answer": given
        and {
            "answer": given.answer.value,
            "reason": given.reason,
            "section": given.section,
            "answered_by": given.answered_by,
            "answered_at": clock.iso(given.answered_at),
        },
    }


COMMANDS = (lessons,)
