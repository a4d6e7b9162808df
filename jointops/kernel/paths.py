"""Where the folders that stand beside the package are: templates, plans, migrations."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """Return the absolute path of the folder ``name`` (``templates``, ``plans`` or ``migrations``).

    In a checkout it stands beside the package; a built distribution carries it inside, under ``share/``.
    Raises :class:`FileNotFoundError` when the installation lacks it.
    """
    for candidate in (_PACKAGE / "share" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"this installation of jointops has no folder {name!r}")
