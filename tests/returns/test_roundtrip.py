"""Files that come back: nothing new when unchanged, merged with what changed meanwhile, asked where both changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.policy import Channel, Role
from jointops.operations.models import Operation
from jointops.rendering.spreadsheet import read_csv, write_csv
from jointops.returns import asked, rules, service
from jointops.returns.asked import Asked
from jointops.returns.intake import files, roundtrip
from jointops.returns.intake.files import FileRefused
from jointops.returns.merging import changes, merge
from jointops.returns.submission import from_data
from tests import builders

pytestmark = pytest.mark.database("sqlite")
MONDAY = builders.FIRST_DAY
WHO = builders.reporter("ES-POLICE")


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.fixed(builders.DURING):
        yield


class Desk:
    """A reporter with a spreadsheet, and what is on record."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.operation: Operation = builders.operation(session, "running")
        self.asks: Asked = asked.asked(session, self.operation)

    def send(self, data: Mapping[str, Any], unit: str = "ES-POLICE", day: date = MONDAY) -> None:
        sent = from_data({"reason": "Recount", **data})
        service.submit(self.session, builders.reporter(unit), self.operation, unit, day, sent)

    def template(self, *, is_csv: bool = False, unit: str = "ES-POLICE") -> bytes:
        units = [self.asks.units[unit]]
        return files.make(self.session, self.operation, self.asks, units, [MONDAY], "en", is_csv=is_csv)

    def take(self, content: bytes, **more: Any) -> files.Taken:
        return files.take(self.session, WHO, self.operation, self.asks, content, name="r.xlsx", **more)

    def content(self, unit: str = "ES-POLICE", day: date = MONDAY) -> Mapping[str, Any]:
        head = service.find_return(self.session, builders.COORDINATOR, self.operation, unit, day)
        self.session.refresh(head)
        self.session.expire(head, ["revisions"])
        return head.revisions[-1].content

    def revisions(self) -> int:
        head = service.find_return(self.session, builders.COORDINATOR, self.operation, "ES-POLICE", MONDAY)
        return head.latest_number


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def edited(content: bytes, edit: Callable[[list[dict[str, str]]], None]) -> bytes:
    """Return a CSV file whose rows somebody edited, by the names of their columns."""
    names, *rows = read_csv(content).rows()
    header = [str(name) for name in names]
    by_name = [dict(zip(header, [str(v or "") for v in row], strict=True)) for row in rows]
    edit(by_name)
    return write_csv(header, [[row[name] for name in header] for row in by_name])


def row_of(rows: list[dict[str, str]], **said: str) -> dict[str, str]:
    return next(row for row in rows if all(row[name] == value for name, value in said.items()))


FULL = {
    "values": [
        {"indicator": "persons-arrested", "quantity": "17"},
        {"indicator": "persons-arrested", "quantity": "2", "scope": "other"},
        {"indicator": "cocaine-seized", "quantity": "1500.5", "unit": "g", "certainty": "weighed", "weight": "net", "seizures": "3"},
    ],
    "incidents": [
        {
            "reference": "ES-1",
            "indicator": "firearms-seized",
            "quantity": "3",
            "at": "2027-05-03T12:20:00Z",
            "place": "Málaga",
            "latitude": "36.72",
            "longitude": "-4.42",
            "external_reference": "X/9",
            "description": "In a lorry,\nunder potatoes",
        }
    ],
    "narrative": "Quiet until noon.",
}  # fmt: skip


@pytest.mark.parametrize("is_csv", [False, True])
def test_a_template_holds_what_is_on_record_and_sent_back_unchanged_it_makes_nothing(
    desk: Desk, is_csv: bool
) -> None:
    desk.send(FULL)
    done = desk.take(desk.template(is_csv=is_csv))
    assert (done.recorded.changed, done.recorded.id, len(done.recorded.returns)) == (0, None, 1)
    assert desk.revisions() == 1
