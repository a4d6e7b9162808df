"""Runs every measurement on SQLite and on PostgreSQL and prints the ratios. It starts what it needs and stops it."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from benchmarks import duplicates, evaluation, intake, pages, rehearsal, spreadsheet, tasks
from benchmarks.figures import Comparison, table
from jointops.kernel.db import make_engine, make_session_factory
from tests.support.databases import BACKENDS, migrate_database, sqlite_url
from tests.support.postgres import running_server

MEASUREMENTS: dict[str, Callable[..., Comparison | list[Comparison]]] = {
    "intake": intake.measure,
    "spreadsheet": spreadsheet.measure,
    "evaluation": evaluation.measure,
    "rehearsal": rehearsal.measure,
    "tasks": tasks.measure,
    "pages": pages.measure,
}


def main() -> None:
    """Measure what the command line asks for, by default everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=(*MEASUREMENTS, "duplicates"), help="this measurement alone")
    parser.add_argument("--database", choices=BACKENDS, help="this kind of database alone")
    asked = parser.parse_args()
    # Ended from outside, it still stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    found: list[Comparison] = []
    for database in [asked.database] if asked.database else BACKENDS:
        for name, measure in MEASUREMENTS.items():
            if asked.only not in {None, name}:
                continue
            print(f"measuring {name} on {database} …", file=sys.stderr, flush=True)
            with (
                tempfile.TemporaryDirectory(prefix="jointops-bench-") as folder,
                _engine(database, Path(folder)) as engine,
            ):
                measured = measure(database, engine, make_session_factory(engine), Path(folder))
                found += measured if isinstance(measured, list) else [measured]
    if found:
        print(table(found))
    if asked.only in {None, "duplicates"}:
        print(f"\n{duplicates.report()}")


@contextmanager
def _engine(database: str, folder: Path) -> Iterator[Engine]:
    """Give an engine on a migrated database that keeps what it commits as safely as an installation's does."""
    if database == "sqlite":
        with _connected(sqlite_url(folder / "bench.sqlite")) as engine:
            yield engine
    else:
        with running_server(durable=True) as server, _connected(server.create("bench")) as engine:
            yield engine


@contextmanager
def _connected(url: str) -> Iterator[Engine]:
    migrate_database(url)
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
