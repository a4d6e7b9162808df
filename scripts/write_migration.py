"""Writes the next migration from the difference between the models and the migrations so far: ``MESSAGE``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from jointops.kernel import migrate
from jointops.kernel.db import make_engine
from jointops.kernel.paths import folder


def main(message: str) -> None:
    """Migrate a database that is thrown away afterwards, and let Alembic compare it with the models."""
    with tempfile.TemporaryDirectory() as temporary:
        engine = make_engine(f"sqlite:///{temporary}/migrated.sqlite")
        migrate.upgrade(engine)
        migrate.write_revision(engine, message)
        engine.dispose()
    for file in folder("migrations").glob("versions/*.py"):
        _tidy(file)
    subprocess.run([sys.executable, "-m", "ruff", "check", "--quiet", "--fix", "migrations"], check=True)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", "migrations"], check=True)


def _tidy(file: Path) -> None:
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "# ### " not in line))


if __name__ == "__main__":
    main(sys.argv[1])
