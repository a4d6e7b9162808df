"""Requests that get through: time limits, repetition with growing pauses, and nothing sent where it should not go."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from email.message import Message
from http.client import HTTPException
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from jointops_client.problems import Unreachable, refusal

TRY_AGAIN = frozenset({429, 502, 503, 504})
"""Statuses after which the same is worth sending again."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: its data, numbers as exact decimals, and its headers."""

    status: int
    data: Any
    headers: Mapping[str, str]


class _Stay(HTTPRedirectHandler):
    """A token is for one server: it is not taken to wherever that one points."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


class Transport:
    """Sends requests to one server with one token.

    ``timeout`` is in seconds for each attempt; there are ``attempts`` at most. ``sleep`` waits between them.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float,
        attempts: int,
        language: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError(f"{base_url} is not https: the token would be sent in the clear")
        if attempts < 1:
            raise ValueError("there must be at least one attempt")
        self.base_url = base_url.rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Accept-Language": language,
            "User-Agent": "jointops-client/0.1",
        }
        self._timeout, self._attempts, self._sleep = timeout, attempts, sleep
        self._opener: OpenerDirector = build_opener(_Stay())

    def send(
        self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request until it is answered and return the answer.

        ``path`` begins with a ``/``, or is an address that the server gave: whatever host it names (a proxy may know
        the server by another), the token goes to ours alone. What is sent must be harmless to repeat.

        Raises :class:`~jointops_client.Refused` or one of its kinds, and :class:`~jointops_client.Unreachable`.
        """
        address = self._address(path)
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {**self._headers, **(headers or {})}
        if content is not None:
            sent["Content-Type"] = "application/json"
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            # The scheme was checked when this was made.
            request = Request(address, content, sent, method=method)  # noqa: S310
            try:
                with self._opener.open(request, timeout=self._timeout) as response:
                    return Answer(response.status, _read(response.read()), dict(response.headers))
            except HTTPError as error:
                with error:
                    if error.code not in TRY_AGAIN or last:
                        raise refusal(error.code, _problem(error)) from None
                    pause = _asked_for(error.headers.get("Retry-After"))
            except (URLError, HTTPException, OSError, ValueError) as error:
                # A connection that breaks off in the middle of an answer is no answer either.
                if last:
                    raise Unreachable(f"no answer from {self.base_url}: {error}") from error
                pause = None
            self._sleep(_pause(attempt) if pause is None else pause)
        raise AssertionError("the last attempt returns or raises")

    def _address(self, path: str) -> str:
        given = urlsplit(path)
        if not given.netloc:
            return self.base_url + path
        own = urlsplit(self.base_url)
        return urlunsplit((own.scheme, own.netloc, given.path, given.query, ""))


def _read(content: bytes) -> Any:
    return json.loads(content, parse_float=Decimal) if content else None


def _problem(error: HTTPError) -> Mapping[str, Any]:
    try:
        data = json.loads(error.read())
    except (ValueError, OSError, HTTPException):
        return {}
    return data if isinstance(data, Mapping) else {}


def _asked_for(header: str | None) -> float | None:
    return min(float(header), _LONGEST_PAUSE) if header and header.isascii() and header.isdigit() else None


def _pause(attempt: int) -> float:
    """Twice as long each time, and not the same for all who lost the server at once."""
    whole: float = min(0.5 * 2**attempt, _LONGEST_PAUSE)
    return whole * random.uniform(0.5, 1)  # noqa: S311  (it keeps no secret)
