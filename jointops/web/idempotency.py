"""Requests that may be repeated: what was answered under an ``Idempotency-Key`` is answered again, and done once."""

from __future__ import annotations

import json
from collections.abc import Callable

from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from jointops.kernel import clock, ids
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.web.models import IdempotentAnswer

HEADER = "Idempotency-Key"
METHODS = frozenset({"POST", "PUT"})
"""Where the header is honoured. A PUT says what there should be and is harmless to repeat; with the key, its repetition
is also answered as the first time when somebody else changed the same meanwhile.
"""

REPLAYED = "Idempotency-Replayed"
MAX_KEY_LENGTH = 200

_KEPT_HEADERS = ("ETag", "Location")


def once(request: Request, raw: bytes, do: Callable[[], tuple[Response, str | None]]) -> Response:
    """Do it and keep the answer in the same transaction, or answer as the first time.

    ``do`` returns the answer and the body to keep, which lacks the secrets that the answer may hold; ``None`` for a
    file, which is only looked up: there is nothing done that could be done twice.

    Without the header there is nothing to remember. An answer that refuses is not kept: what was refused is not
    done, and may be tried again. Raises :class:`Invalid` with ``idempotency-key-reused`` when the key was used for
    something else, ``idempotency-key-invalid`` when it is empty or too long.
    """
    key = request.headers.get(HEADER)
    if key is None or request.signed_in is None:
        return do()[0]
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isprintable():
        raise _invalid("idempotency-key-invalid", _("An Idempotency-Key has 1 to 200 printable characters."))
    asked = ids.digest(b"\n".join((request.method.encode(), request.path_qs.encode(), raw)))
    person: int = request.signed_in.person
    kept = request.db.scalar(
        select(IdempotentAnswer).where(IdempotentAnswer.person_id == person, IdempotentAnswer.key == key)
    )
    if kept is not None:
        return _again(kept, asked)
    response, body = do()
    if body is None:
        return response
    request.db.add(
        IdempotentAnswer(
            person_id=person,
            key=key,
            request_sha256=asked,
            status=response.status_int,
            headers=json.dumps(
                {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
            ),
            body=body,
            created_at=clock.now(),
        )
    )
    return response


def _again(kept: IdempotentAnswer, asked: str) -> Response:
    if kept.request_sha256 != asked:
        raise _invalid(
            "idempotency-key-reused",
            _("This Idempotency-Key was used for something else. Use a new key for every new request."),
        )
    response = Response(status=kept.status)
    if kept.body:
        response.content_type = "application/json"
        response.body = kept.body.encode()
    else:
        response.content_type = None
    response.headers.update(json.loads(kept.headers))
    response.headers[REPLAYED] = "true"
    return response


def _invalid(code: str, message: str) -> Invalid:
    return Invalid([Problem(code, message, "/headers/Idempotency-Key")])
