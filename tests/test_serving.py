"""Serving with several processes on one socket: a stalled sender, a process that is lost, figures that add up."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

HOST = "127.0.0.1"
PATIENCE = 90.0


class Served:
    """What `jointops serve` answers at a port, and which processes it runs."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    def get(self, path: str) -> str:
        """Ask over a connection of its own; raises OSError while nobody answers."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, text
            return text
        finally:
            connection.close()

    def workers(self) -> set[int]:
        """Return the processes that have said that they serve."""
        return {int(pid) for pid in re.findall(r"the process (\d+) serves", self.log.read_text())}


@contextmanager
def served(database_url: str, folder: Path, processes: int) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    file = folder / "settings.ini"
    file.write_text("[app:main]\njointops.public_metrics = true\njointops.scheduler = false\n")
    log = folder / "server.log"
    command = [
        str(Path(sys.executable).with_name("jointops")),
        *("--config", str(file), "serve", "--host", HOST, "--port", str(port)),
        *("--processes", str(processes)),
    ]
    environment = {**os.environ, "DATABASE_URL": database_url, "JOINTOPS_SECRETS_FOLDER": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stderr=output)
        try:
            yield Served(process, port, log)
        finally:
            process.terminate()
            process.wait(30)


def until(what: Callable[[], Any], holds: Callable[[Any], object] = bool) -> Any:
    """Return what ``what`` gives once it holds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            found = what()
            if holds(found):
                return found
        except (OSError, AssertionError):
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.database("postgresql")
def test_two_processes_share_the_work_and_outlive_one_of_them(database_url: str, tmp_path: Path) -> None:
    with served(database_url, tmp_path, 2) as server, ExitStack() as held:
        until(lambda: server.get("/healthz"))
        first = until(server.workers, lambda found: len(found) == 2)
        # Twenty who began to send and went quiet keep nobody else waiting.
        for _number in range(20):
            stalled = held.enter_context(socket.create_connection((HOST, server.port)))
            stalled.sendall(b"PUT /api/v1/operations HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{")
        began = time.monotonic()
        for _number in range(20):
            server.get("/readyz")
        assert time.monotonic() - began < 15

        counted = re.findall(
            r'^jointops_requests_total\{.*route="readyz".*\} (\d+)', server.get("/metrics"), re.M
        )
        assert sum(map(int, counted)) == 20

        lost = min(first)
        os.kill(lost, signal.SIGKILL)
        assert server.get("/healthz")
        until(server.workers, lambda found: len(found) == 3)

    assert server.process.returncode == 0
    with pytest.raises(OSError, match="refused"):
        server.get("/healthz")


@pytest.mark.database("sqlite")
def test_sqlite_is_served_by_one_process(database_url: str, tmp_path: Path) -> None:
    with served(database_url, tmp_path, 2) as server:
        assert server.process.wait(60) == 1
