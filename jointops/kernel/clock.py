"""The one source of time. Everything that needs to know what time it is asks here, so that tests can set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

_fixed: ContextVar[datetime | None] = ContextVar("jointops_fixed_instant", default=None)
_staged: ContextVar[datetime | None] = ContextVar("jointops_staged_instant", default=None)


def now() -> datetime:
    """Return the current instant, aware, in UTC, with microseconds; on the stage of an exercise that of its clock."""
    return _staged.get() or actual()


def actual() -> datetime:
    """Return the instant at which something really happens, whatever the clock of an exercise says."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def staged(instant: datetime) -> Iterator[None]:
    """Hold the clock of an exercise at ``instant`` (aware; any zone) for the length of the block.

    All that happens in the exercise happens then; the log of who did what keeps the actual time.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    token = _staged.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _staged.reset(token)


@contextmanager
def fixed(instant: datetime) -> Iterator[None]:
    """Hold the clock of the current context at ``instant`` (aware; any zone) for the length of the block."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    token = _fixed.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def later(seconds: float) -> datetime:
    """Return the instant ``seconds`` after now, aware, in UTC."""
    return now() + timedelta(seconds=seconds)


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all time zones of the IANA list; finding them takes the system a look at 600 files."""
    return frozenset(available_timezones())


def iso(instant: datetime) -> str:
    """Write an aware instant as ISO 8601 in UTC with a ``Z``, to the microsecond where there is one."""
    text = instant.astimezone(UTC).isoformat()
    return text.replace("+00:00", "Z")


def parse_iso(text: str) -> datetime:
    """Read an ISO 8601 instant with an offset and return it in UTC.

    Raises :class:`ValueError` when the text is no instant or has no offset: an instant without a zone is ambiguous.
    """
    instant = datetime.fromisoformat(text.strip())
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset, such as Z or +02:00")
    return instant.astimezone(UTC)
