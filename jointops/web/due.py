"""What is asked of the reader as one list, whatever domain asks it: tasks, returns, questions.

A domain's ``includeme`` adds its source::

    config.add_due_source(due_of_tasks)

and a page reads them all with :func:`due_items`, without knowing who brings them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pyramid.config import Configurator
from pyramid.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """One thing that a unit is asked for.

    ``kind`` is ``task``, ``return`` or ``input``; ``title`` is in the reader's language, ``state`` the code of where
    it stands and ``state_text`` its word; ``tone`` and ``icon`` are those of the state's mark. ``due`` (aware) is
    told on the clocks of ``zone``; it is ``None`` where nothing says until when. ``starts_on`` is the day from which
    it may be begun, where it has one. ``code`` tells it from others of its
    kind in the operation, such as the task's code or the return's day.
    """

    kind: str
    code: str
    title: str
    href: str
    due: datetime | None
    state: str
    state_text: str
    tone: str
    icon: str | None
    unit: str
    operation: str
    zone: str
    overdue: bool = False
    starts_on: date | None = None


DueSource = Callable[[Request, str | None], Sequence[DueItem]]
"""Gets the request and the code of one operation, ``None`` for all that are open to the reader."""


def includeme(config: Configurator) -> None:
    """Bring the directive by which domains add what they ask for."""
    config.registry["due sources"] = []
    config.add_directive("add_due_source", _add_due_source)


def due_items(request: Request, operation: str | None = None) -> list[DueItem]:
    """Return everything that is asked of the reader and not settled, what is due first at the top."""
    sources: Sequence[DueSource] = request.registry["due sources"]
    found = [item for source in sources for item in source(request, operation)]
    return sorted(found, key=lambda item: (item.due or _NEVER, item.operation, item.kind, item.code))


_NEVER = datetime.max.replace(tzinfo=UTC)


def _add_due_source(config: Configurator, source: DueSource) -> None:
    config.action(("due source", source), lambda: config.registry["due sources"].append(source))
