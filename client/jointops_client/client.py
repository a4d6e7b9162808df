"""The client: one method for each thing that software outside does with daily returns."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from jointops_client.data import BatchReceipt, Entry, Figure, Receipt, Return, Revision, Stored
from jointops_client.transport import Transport


class Client:
    """A connection to one jointops server with one person's token.

    ``base_url`` is the server's address (https, or http on this machine). ``timeout`` is in seconds for each of at most
    ``attempts`` attempts; between them it waits half a second, one, two, …, a little less at random, or as long as
    the server asks for. A request that is sent again is sent with the same ``Idempotency-Key``, and is done once.
    ``language`` is that of messages.

    Every method raises :class:`~jointops_client.Refused` (or one of its kinds) when the server answers that it will
    not, and :class:`~jointops_client.Unreachable` when no answer came.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float = 30.0,
        attempts: int = 5,
        language: str = "en",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = Transport(
            base_url, token, timeout=timeout, attempts=attempts, language=language, sleep=sleep
        )

    def submit(
        self,
        operation: str,
        unit: str,
        day: date,
        content: Return,
        *,
        version: int | None = None,
        key: str | None = None,
    ) -> Receipt:
        """Send a unit's return for a day, and return the receipt for it once it is kept.

        ``version`` is that of the return that the sender saw (0: there is none yet): when it has another one meanwhile,
        :class:`~jointops_client.Stale` is raised. ``key`` names this sending for ever; give one of your own where your
        program may be restarted in the middle of it.
        """
        headers = {"Idempotency-Key": key or _new_key()}
        if version is not None:
            headers |= {"If-Match": f'"{version}"'} if version else {"If-None-Match": "*"}
        answer = self._transport.send(
            "PUT", _path(operation, unit, day), body=content.data(), headers=headers
        )
        return Receipt.of(answer.data, unit, day)

    def submit_many(
        self, operation: str, entries: Sequence[Entry], *, dry_run: bool = False, key: str | None = None
    ) -> BatchReceipt:
        """Send many returns, which are all recorded, or none of them when anything is wrong with one.

        The pointers of problems begin with the place in ``entries``: ``/3/values/0/quantity``. ``dry_run`` says what
        would come of it and records nothing.
        """
        path = f"/api/v1/operations/{quote(operation, safe='')}/returns"
        answer = self._transport.send(
            "PUT",
            f"{path}?dry_run=true" if dry_run else path,
            body=[entry.data() for entry in entries],
            headers={"Idempotency-Key": key or _new_key()},
        )
        receipts = tuple(
            Receipt.of(item, item["unit"], date.fromisoformat(item["day"])) for item in answer.data["returns"]
        )
        return BatchReceipt(answer.data["batch"], receipts)

    def read(self, operation: str, unit: str, day: date) -> Stored:
        """Return what is on record of a unit for a day; raises :class:`~jointops_client.NotFound` without any."""
        data = self._transport.send("GET", _path(operation, unit, day)).data
        return Stored.of(data, unit=unit, day=day, state=data["state"], version=data["version"])

    def revisions(self, operation: str, unit: str, day: date) -> list[Revision]:
        """Return every revision of a return, the first one first."""
        found: list[Revision] = []
        cursor: str | None = ""
        while cursor is not None:
            query = f"?{urlencode({'cursor': cursor})}" if cursor else ""
            page = self._transport.send("GET", f"{_path(operation, unit, day)}/revisions{query}").data
            found += [Revision.of(item) for item in page["items"]]
            cursor = page["next"]
        return found

    def figures(
        self,
        operation: str,
        *,
        day: date | None = None,
        status: str = "provisional",
        as_known_at: datetime | None = None,
    ) -> list[Figure]:
        """Return the totals of an operation, or of one of its days: what counts, joint results once.

        ``status`` is provisional (as reported), verified or accepted; ``as_known_at`` (aware) asks for what was
        known then.
        """
        asked = {"status": status, **({"day": day.isoformat()} if day else {}), **_known(as_known_at)}
        path = f"/api/v1/operations/{quote(operation, safe='')}/situation"
        data = self._transport.send("GET", f"{path}?{urlencode(asked)}").data
        return [
            Figure(
                item["indicator"],
                item["category"],
                None if item["quantity"] is None else Decimal(item["quantity"]),
                item["unit"],
            )
            for item in data["totals"]
        ]

    def feed(
        self,
        operation: str,
        entity_set: str = "Values",
        *,
        status: str = "provisional",
        as_known_at: datetime | None = None,
        **options: str | int,
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of the OData feed (Values, Incidents, Units, Days), page after page; decimals are exact.

        ``options`` are those of OData without their dollar sign: ``filter="quantity gt 0"``, ``select="day,quantity"``.
        """
        asked = {f"${name}": str(value) for name, value in options.items()}
        asked |= {"status": status, **_known(as_known_at)}
        root = f"/odata/v1/operations/{quote(operation, safe='')}/"
        address: str | None = f"{root}{quote(entity_set, safe='')}?{urlencode(asked)}"
        while address:
            page = self._transport.send("GET", address).data
            yield from page["value"]
            address = page.get("@odata.nextLink")


def _path(operation: str, unit: str, day: date) -> str:
    code, whose = quote(operation, safe=""), quote(unit, safe="")
    return f"/api/v1/operations/{code}/returns/{whose}/{day.isoformat()}"


def _known(at: datetime | None) -> dict[str, str]:
    if at is None:
        return {}
    if at.tzinfo is None:
        raise ValueError(f"{at} needs a time zone")
    return {"as_known_at": at.isoformat()}


def _new_key() -> str:
    return uuid.uuid4().hex
