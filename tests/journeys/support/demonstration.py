"""A database with the demonstration in it: loaded once, copied for every journey."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jointops.demo import accounts, load
from jointops.kernel.db import make_engine, make_session_factory, unit_of_work
from tests.support.databases import migrate_database, sqlite_url


@dataclass(frozen=True)
class Demonstration:
    """A folder with the loaded database and the secrets that belong to it."""

    folder: Path

    @property
    def database(self) -> Path:
        """The database file, which nobody opens: journeys run on copies."""
        return self.folder / "demonstration.sqlite"

    @property
    def secrets(self) -> Path:
        """The folder of the installation's secrets."""
        return self.folder / "secrets"

    @property
    def passwords(self) -> Mapping[str, str]:
        """The passwords of the demonstration's accounts, by e-mail address."""
        kept: Mapping[str, str] = json.loads((self.secrets / accounts.PASSWORDS_FILE).read_text("utf-8"))
        return kept

    def copy_to(self, folder: Path) -> str:
        """Copy the database and return the copy's address."""
        return sqlite_url(Path(shutil.copyfile(self.database, folder / "journey.sqlite")))


def loaded_into(folder: Path) -> Demonstration:
    """Return the demonstration in ``folder``, loaded now unless another worker of this test run did so."""
    demonstration = Demonstration(folder)
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not demonstration.database.exists():
            _load(demonstration)
    return demonstration


def _load(demonstration: Demonstration) -> None:
    file = demonstration.database.with_suffix(".loading")
    migrate_database(sqlite_url(file))
    engine = make_engine(sqlite_url(file))
    try:
        with unit_of_work(make_session_factory(engine)) as session:
            load.load(session, demonstration.secrets)
    finally:
        # Closing the last connection brings the write-ahead log into the file.
        engine.dispose()
    file.rename(demonstration.database)
