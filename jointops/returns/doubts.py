"""What is probably wrong in a return, but may be right: each doubt is a warning that is kept with a reason.

A doubt's ``explain`` key names it in ``Submission.explanations``: ``<code>:<what it is about>``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from jointops.kernel import personal
from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.kernel.types import quantity_text
from jointops.returns.checked import CheckedIncident, Line
from jointops.returns.submission import Submission

SHOWN = 3
"""Pieces of personal data that one warning quotes."""


def doubts(
    submission: Submission, lines: Sequence[Line], incidents: Sequence[CheckedIncident]
) -> Iterator[Problem]:
    """Yield what is doubtful in a return whose figures hold by themselves.

    ``lines`` are the checked values without those of the incidents.
    """
    yield from personal_data(submission)
    yield from entered_twice(lines, incidents)


def personal_data(submission: Submission) -> Iterator[Problem]:
    """Yield a warning for each text that seems to hold personal data, with what was found in it.

    Source of the rule: Directive (EU) 2016/680, article 4(1)(c): data are not excessive for their purpose; a return
    is made of figures.
    """
    yield from _in_text(submission.narrative, "/narrative", "narrative")
    yield from _in_text(submission.reason, "/reason", "reason")
    for number, incident in enumerate(submission.incidents):
        for name in ("description", "place", "reference", "external_reference"):
            text = getattr(incident, name)
            yield from _in_text(text, f"/incidents/{number}/{name}", f"{incident.reference.strip()}/{name}")


def _in_text(text: str, pointer: str, subject: str) -> Iterator[Problem]:
    found = personal.suspicions(text) if text else []
    if not found:
        return
    message = _(
        "This looks like personal data: ${found}. Take it out: a return says how much and where, not who. If it is "
        "none, or has to stay, say why.",
        mapping={"found": ", ".join(f"“{one.excerpt}”" for one in found[:SHOWN])},
    )
    yield Problem("personal-data", message, pointer, explain=f"personal-data:{subject}")


def entered_twice(lines: Iterable[Line], incidents: Iterable[CheckedIncident]) -> Iterator[Problem]:
    """Yield a warning for each indicator whose value is just the sum of its incidents, which add to it."""
    of_incidents: dict[str, Decimal] = defaultdict(Decimal)
    for incident in incidents:
        of_incidents[incident.line.indicator] += incident.line.quantity
    values: dict[str, Decimal] = defaultdict(Decimal)
    first: dict[str, int] = {}
    for line in lines:
        values[line.indicator] += line.quantity
        first.setdefault(line.indicator, line.number)
    for indicator, quantity in of_incidents.items():
        if quantity and values.get(indicator) == quantity:
            message = _(
                "${indicator} is ${quantity}, just as much as its incidents together, which count besides. If it is "
                "the same, leave it out of the values; if it is more of it, say so.",
                mapping={"indicator": indicator, "quantity": quantity_text(quantity)},
            )
            yield Problem(
                "entered-twice",
                message,
                f"/values/{first[indicator]}/quantity",
                explain=f"entered-twice:{indicator}",
            )
