"""Serving the application: in this process, or in several that share the listening sockets.

The sockets are opened once and handed to every process: whichever is free accepts the next connection, and a process
that ends leaves those that wait to the others. Each process is waitress, which reads a whole request before a thread
takes it, so that slow senders block nobody.
"""

from __future__ import annotations

import errno
import gc
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from waitress import serve as serve_with_waitress

from jointops import schedule
from jointops.app import make_app
from jointops.command import Work, set_up_logging
from jointops.kernel.errors import Conflict
from jointops.kernel.i18n import _
from jointops.web import metrics

log = logging.getLogger(__name__)

THREADS = 8
CONNECTIONS = 800
"""Of one process: many more than are at work, and below the 1,024 open files that a process usually may have."""

BACKLOG = 2048
FORWARDED = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}

STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Serving:
    """What the processes of one installation share: the settings file and the proxy in front, if there are any."""

    file: Path | None
    trusted_proxy: str | None


def listen(host: str, port: int) -> list[socket.socket]:
    """Return a listening socket for each address that ``host`` has. Raises :class:`OSError` where that fails."""
    sockets, missing = [], None
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, _kind, _protocol, _name, address in dict.fromkeys(found):
        try:
            sockets.append(socket.create_server(address[:2], family=family, backlog=BACKLOG))
        except OSError as error:
            # A name may stand for an address of a kind that this machine does not speak, beside one that it does.
            if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                raise
            missing = error
    if missing is not None and not sockets:
        raise missing
    return sockets


def serve(
    work: Work,
    serving: Serving,
    sockets: Sequence[socket.socket],
    *,
    jobs: bool = True,
    when_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve at ``sockets`` in this process until it is interrupted or asked to end (SIGTERM).

    ``jobs``: it runs the jobs too, unless the settings say otherwise. What is being worked on is finished first.
    """
    signal.signal(signal.SIGTERM, _end)
    application = make_app(work.settings, work.engine)
    # What is there now stays: the collector need not go through it again for every few pages (a fifth of a second).
    gc.collect()
    gc.freeze()
    timed = (
        schedule.start(work.session_factory, schedule.jobs_of(work.settings))
        if jobs and work.settings.scheduler
        else None
    )
    log.info("the process %s serves", os.getpid())
    when_ready()
    try:
        serve_with_waitress(
            application,
            sockets=list(sockets),
            threads=THREADS,
            connection_limit=CONNECTIONS,
            backlog=BACKLOG,
            # More connections than the older system call can tell apart.
            asyncore_use_poll=True,
            ident=None,
            max_request_body_size=work.settings.max_body_bytes * 2,
            clear_untrusted_proxy_headers=True,
            **_proxy(serving.trusted_proxy),
        )
    finally:
        if timed is not None:
            timed.shutdown()


def require_many_possible(work: Work, processes: int) -> None:
    """Return when the database can be served by so many processes; raises Conflict (``one-process-only``)."""
    if processes > 1 and work.engine.dialect.name == "sqlite":
        raise Conflict(
            "one-process-only",
            _(
                "SQLite has one writer at a time and is served by one process. Serve with --processes 1, or move to "
                "PostgreSQL."
            ),
        )


def serve_in_processes(serving: Serving, sockets: Sequence[socket.socket], processes: int) -> bool:
    """Serve at ``sockets`` in so many processes, started anew when they end, until asked to end (SIGTERM, SIGINT).

    The first one runs the jobs. Returns whether it was asked: a process that ends before it serves ends all of them.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with tempfile.TemporaryDirectory(prefix="jointops-metrics-") as folder:
        os.environ[metrics.SHARED_FOLDER] = folder
        started = [_start(serving, sockets, place) for place in range(processes)]
        try:
            while not stopping.is_set():
                wait([process.sentinel for process, _serves in started], timeout=0.5)
                for place, (process, serves) in enumerate(started):
                    if process.exitcode is None or stopping.is_set():
                        continue
                    log.error("the process %s ended with status %s", process.pid, process.exitcode)
                    if not serves.is_set():
                        return False
                    started[place] = _start(serving, sockets, place)
            return True
        finally:
            _stop([process for process, _serves in started])


def _start(serving: Serving, sockets: Sequence[socket.socket], place: int) -> tuple[SpawnProcess, Event]:
    # A fresh interpreter: what this one has open or running must not be copied into another.
    context = multiprocessing.get_context("spawn")
    serves = context.Event()
    process = context.Process(target=_one_of_many, args=(serving, list(sockets), serves, place == 0))
    process.start()
    return process, serves


def _stop(processes: Sequence[SpawnProcess]) -> None:
    for process in processes:
        process.terminate()
    until = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))
        if process.exitcode is None:
            process.kill()
            process.join()


def _one_of_many(serving: Serving, sockets: list[socket.socket], serves: Event, jobs: bool) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    set_up_logging(serving.file)
    serve(Work(file=serving.file), serving, sockets, jobs=jobs, when_ready=serves.set)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _end(*_signal: Any) -> None:
    raise SystemExit


def _proxy(address: str | None) -> dict[str, object]:
    if address is None:
        return {}
    return {"trusted_proxy": address, "trusted_proxy_count": 1, "trusted_proxy_headers": FORWARDED}
