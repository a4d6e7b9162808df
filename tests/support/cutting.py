"""A proxy before a server that breaks connections off while returns are sent, at chosen bytes."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.support.server import HOST

PATIENCE = 20
"""Seconds that the proxy waits for what has to come."""

_SENT = re.compile(rb"PUT /field/returns/[^/]+/[^/]+/([0-9-]+)")
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Cut:
    """Where one exchange breaks off: in the ``request`` or the ``response``, after so many bytes.

    Negative: so many before the end.
    """

    where: str
    byte: int


class Proxy:
    """Passes on one connection after the other, in a thread each. ``made`` are the days whose cut has been made."""

    def __init__(self, port: int, cuts: Mapping[str, Cut]) -> None:
        self._server = (HOST, port)
        self._cuts = cuts
        self.made: set[str] = set()
        self._holding = threading.Event()
        self._held = threading.Event()
        self._released = threading.Event()
        self._listening = socket.create_server((HOST, 0))
        self.address = f"http://{HOST}:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, name="cutting-proxy", daemon=True).start()

    def hold(self) -> None:
        """Keep the answer to the next return that is sent."""
        self._holding.set()

    def wait_for_held(self) -> None:
        """Wait until the server has answered a return and the answer is kept."""
        assert self._held.wait(PATIENCE), "No return was sent."

    def let_go(self) -> None:
        """Pass on whatever comes from now on."""
        self._holding.clear()
        self._released.set()

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()
        self._released.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(self._server) as server:
            while (request := _message(client)) is not None:
                if not self._exchange(client, server, request):
                    return

    def _exchange(self, client: socket.socket, server: socket.socket, request: bytes) -> bool:
        """Pass on one request and its response; say whether the connection goes on."""
        sent = _SENT.match(request)
        day = sent[1].decode() if sent else ""
        cut = self._cuts.get(day) if day not in self.made else None
        if cut is not None:
            self.made.add(day)
        if cut is not None and cut.where == "request":
            server.sendall(_until(request, cut.byte))
            return False
        server.sendall(request)
        response = _message(server, answer_to=request)
        if response is None:
            return False
        if sent and self._holding.is_set():
            self._held.set()
            self._released.wait(PATIENCE)
            return False
        if cut is not None:
            client.sendall(_until(response, cut.byte))
            return False
        client.sendall(response)
        return True


@contextmanager
def cutting(port: int, cuts: Mapping[str, Cut]) -> Iterator[Proxy]:
    """Give a proxy before the server at ``port`` that makes each of ``cuts``, by day of the return, once."""
    proxy = Proxy(port, cuts)
    try:
        yield proxy
    finally:
        proxy.close()


def _until(message: bytes, byte: int) -> bytes:
    return message[:byte] if byte >= 0 else message[: len(message) + byte]


def _message(source: socket.socket, answer_to: bytes = b"") -> bytes | None:
    """Read one whole message of HTTP; ``None`` when the other side has closed the connection."""
    read = bytearray()
    while _END_OF_HEAD not in read:
        piece = source.recv(65_536)
        if not piece:
            return None
        read += piece
    head = bytes(read[: read.index(_END_OF_HEAD) + len(_END_OF_HEAD)])
    no_body = answer_to.startswith(b"HEAD ") or b" 304 " in head.split(b"\r\n", 1)[0]
    length = _LENGTH.search(head)
    wanted = len(head) + (int(length[1]) if length and not no_body else 0)
    chunked = b"chunked" in head.lower() and not no_body
    while (len(read) < wanted) or (chunked and not read.endswith(b"0\r\n\r\n")):
        piece = source.recv(65_536)
        if not piece:
            break
        read += piece
    return bytes(read)
