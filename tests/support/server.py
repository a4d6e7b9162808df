"""The real application behind its real server, on a free loopback port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

HOST = "127.0.0.1"


@contextmanager
def serving(application: Callable[..., Any], *, threads: int = 4, port: int = 0) -> Iterator[str]:
    """Serve a WSGI application from a thread and give its address, such as ``http://127.0.0.1:40321``.

    ``port`` 0 is any that is free.

    A clock that a test holds with ``clock.fixed`` is held in the test's own thread only, not in the server's.
    """
    sockets: dict[int, Any] = {}
    server = create_server(application, map=sockets, host=HOST, port=port, threads=threads, ident=None)
    thread = threading.Thread(target=server.run, name="served-application", daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.effective_port}"
    finally:
        # The loop ends when the last socket is closed; it must close them itself, between two rounds.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join(timeout=30)
        server.task_dispatcher.shutdown()
