"""The application as it is served: `jointops serve` in a process of its own, on a loopback port."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 20.0


@contextmanager
def served(database_url: str, folder: Path, *, processes: int = 1) -> Iterator[int]:
    """Serve the application on a migrated database and give the port; ``folder`` keeps its secrets and its log.

    It is the command itself, so that its settings are those of an installation; only the address is ours.
    """
    port = _free_port()
    command = [str(Path(sys.executable).with_name("jointops")), "serve", "--host", HOST, "--port", str(port)]
    command += ["--processes", str(processes)]
    environment = {**os.environ, "DATABASE_URL": database_url, "JOINTOPS_SECRETS_FOLDER": str(folder)}
    environment.pop("JOINTOPS_CONFIG", None)
    log = folder / "server.log"
    with log.open("wb") as output:
        # In a folder without a settings file: an installation's defaults.
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            _await(server, port, log)
            yield port
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _await(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}")
