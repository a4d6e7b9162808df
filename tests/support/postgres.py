"""A PostgreSQL server of our own: made in a temporary folder, spoken to over its Unix socket, gone afterwards.

It opens no network port, so any number of them run side by side. PostgreSQL refuses to run as root, so there it
runs as the user ``postgres`` that its package makes.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import URL

OWNER = "jointops"
START_SECONDS = 30.0
STOP_SECONDS = 30.0

COMMON_SETTINGS = {"listen_addresses": "", "max_connections": "100", "log_min_messages": "warning"}

FAST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "128MB",
    "autovacuum": "off",
    "jit": "off",
}
"""For tests: what they write is little, and need not outlive a power cut."""

ENOUGH_MEMORY = 2 * 1024**3
"""Bytes that a folder in memory must have free: the databases of two workers take about a tenth of it."""

FAR_ZONE = "Pacific/Auckland"
"""The server's own time zone in tests: far from UTC, so that a mistake about zones shows."""


class ServerMissing(RuntimeError):
    """A program that the tests need is not installed; the message says which package brings it."""


@dataclass(frozen=True)
class Server:
    """A running server; ``folder`` holds its data and its socket."""

    folder: Path

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of one of its databases, as ``DATABASE_URL`` takes it."""
        address = URL.create(
            "postgresql+psycopg", username=OWNER, database=database, query={"host": str(self.folder)}
        )
        return address.render_as_string(hide_password=False)

    def execute(self, *statements: str) -> None:
        """Run statements that may not stand in a transaction, such as ``CREATE DATABASE``."""
        with self.connect("postgres") as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def connect(self, database: str) -> psycopg.Connection:
        """Connect to a database; every statement is a transaction of its own."""
        return psycopg.connect(host=str(self.folder), user=OWNER, dbname=database, autocommit=True)

    def create(self, database: str, *, template: str = "template0") -> str:
        """Create a database, as a copy of ``template``, and return its address."""
        self.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """Start a server and stop it at the end of the block, leaving nothing behind.

    With ``durable`` it syncs to disk as one in production does, which is what a benchmark needs. Raises
    :class:`ServerMissing` when PostgreSQL is not installed.
    """
    programs = program_folder()
    # A short path that every user can reach: a socket's may have 107 characters.
    place = Path("/tmp") if durable else quick_folder()  # noqa: S108
    folder = Path(tempfile.mkdtemp(prefix="jointops-pg-", dir=place))
    account = _account()
    try:
        if account:
            shutil.chown(folder, account, account)
        settings = COMMON_SETTINGS | ({} if durable else FAST_SETTINGS | {"timezone": FAR_ZONE})
        process = _start(programs, folder, account, settings)
        try:
            yield Server(folder)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def quick_folder() -> Path:
    """Return the folder for what only lives as long as the tests: in memory, where the machine has such a folder."""
    memory = Path("/dev/shm")  # noqa: S108
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ENOUGH_MEMORY:
        return memory
    return Path("/tmp")  # noqa: S108


def program_folder() -> Path:
    """Return the folder of the newest installed PostgreSQL server's programs.

    Debian keeps them off the search path. Raises :class:`ServerMissing` when there is none.
    """
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if found:
        return max(found, key=lambda path: [int(n) for n in re.findall(r"\d+", path.parent.name)])
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    raise ServerMissing(
        "The tests need a PostgreSQL server (initdb, postgres). On Debian: apt-get install postgresql"
    )


def _account() -> str | None:
    return "postgres" if os.geteuid() == 0 else None


def _start(
    programs: Path, folder: Path, account: str | None, settings: dict[str, str]
) -> subprocess.Popen[bytes]:
    data = folder / "data"
    _run(
        [
            str(programs / "initdb"),
            f"--pgdata={data}",
            f"--username={OWNER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        folder,
        account,
    )
    options = [f"--{name}={value}" for name, value in settings.items()]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), "-k", str(folder), *options],
            cwd=folder,
            stdout=output,
            stderr=output,
            user=account,
            group=account,
            extra_groups=[] if account else None,
            # Ctrl-C is for the tests, which stop the server when they are done with it.
            start_new_session=True,
        )
    _await(process, folder, log)
    return process


def _run(command: Sequence[str], folder: Path, account: str | None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        user=account,
        group=account,
        extra_groups=[] if account else None,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


def _await(process: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(host=str(folder), user=OWNER, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    _stop(process)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    # SIGINT is PostgreSQL's "fast" shutdown: it ends the sessions and does not wait for them.
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
