"""Which of many tasks overlap in time, found in a time that grows with their number rather than with its square."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from jointops.tasks.deconfliction.scene import DAY, Entry


@dataclass(frozen=True, slots=True)
class Piece:
    """Days (both included) and minutes (until excluded) that a task takes."""

    number: int
    first: int
    last: int
    since: int
    until: int
    who: Hashable = None


def pieces_of(number: int, task: Entry, who: Hashable = None) -> Iterator[Piece]:
    """Give what the task with this number takes: one piece, or two where its hours go past midnight."""
    first, last = task.starts_on.toordinal(), task.ends_on.toordinal()
    if task.hours is None:
        yield Piece(number, first, last, 0, DAY, who)
        return
    since, until = task.hours
    if since < until:
        yield Piece(number, first, last, since, until, who)
        return
    yield Piece(number, first, last, since, DAY, who)
    if until:
        yield Piece(number, first + 1, last + 1, 0, until, who)


def clashes(pieces: Sequence[Piece]) -> Iterator[tuple[int, int, int]]:
    """Give pairs of tasks that overlap, each with the first day on which they do.

    Two pieces clash when they share a minute and are not of the same one (``who``). Whoever clashes with anybody is
    in at least one pair, and the number of pairs grows with the number of pieces.
    """
    seen: set[tuple[int, int]] = set()
    for day, there in _by_segment(pieces):
        named: set[int] = set()
        for one, other in _sweep(there):
            named |= {one, other}
            if (one, other) not in seen:
                seen.add((one, other))
                yield one, other, day
        # The other way round, for those that only clash with what begins later.
        mirrored = [Piece(p.number, p.first, p.last, -p.until, -p.since, p.who) for p in there]
        for one, other in _sweep(sorted(mirrored, key=lambda p: (p.since, p.until, p.number))):
            if (one not in named or other not in named) and (one, other) not in seen:
                named |= {one, other}
                seen.add((one, other))
                yield one, other, day


def clashes_of(pieces: Sequence[Piece], number: int) -> Iterator[tuple[int, int, int]]:
    """Give the pairs of one task with every one that it clashes with."""
    mine = [piece for piece in pieces if piece.number == number]
    told: set[int] = set()
    for piece in pieces:
        for own in mine:
            day = shared_day(own, piece)
            if day is not None and piece.number not in told:
                told.add(piece.number)
                yield min(number, piece.number), max(number, piece.number), day


def shared_day(one: Piece, other: Piece) -> int | None:
    """Return the first day on which two pieces clash."""
    if not _differ(one, other) or one.since >= other.until or other.since >= one.until:
        return None
    day = max(one.first, other.first)
    return day if day <= min(one.last, other.last) else None


def _sweep(there: Iterable[Piece]) -> Iterator[tuple[int, int]]:
    """Give a pair for every piece that clashes with one before it, in the order of the day."""
    # Of those that have begun, the two that end last, of different ones: whoever clashes at all clashes with these.
    best: Piece | None = None
    second: Piece | None = None
    for piece in there:
        for other in (best, second):
            if other is not None and other.until > piece.since and _differ(other, piece):
                yield min(other.number, piece.number), max(other.number, piece.number)
                break
        if best is None or piece.until >= best.until:
            if best is not None and _differ(best, piece):
                second = best
            best = piece
        elif _differ(best, piece) and (second is None or piece.until > second.until):
            second = piece


def _differ(one: Piece, other: Piece) -> bool:
    return one.number != other.number and (one.who is None or one.who != other.who)


def _by_segment(pieces: Sequence[Piece]) -> Iterator[tuple[int, list[Piece]]]:
    """Give every run of days on which the same pieces stand, by its first day, with these in the order of the day."""
    if len(pieces) < 2:
        return
    bounds = sorted({piece.first for piece in pieces} | {piece.last + 1 for piece in pieces})
    in_order = sorted(pieces, key=lambda piece: (piece.since, piece.until, piece.number))
    for day in bounds[:-1]:
        there = [piece for piece in in_order if piece.first <= day <= piece.last]
        if len(there) > 1:
            yield day, there
