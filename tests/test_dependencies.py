"""Every direct dependency has a reason that one can read."""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _section(title: str) -> set[str]:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    section = page.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    return {_normal(name) for name in re.findall(r"^\| ([@\w./-]+) \|", section, re.M)} - {"package"}


def _required(*, extra: bool) -> set[str]:
    requirements = metadata.requires("jointops") or []
    return {
        _normal(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])
        for requirement in requirements
        if ("extra ==" in requirement) is extra
    }


@pytest.mark.parametrize(("title", "extra"), [("Python, to run", False), ("Python, to develop", True)])
def test_every_direct_python_dependency_is_explained(title: str, extra: bool) -> None:
    assert _section(title) == _required(extra=extra)


def test_every_direct_npm_dependency_is_explained() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    direct = package.get("dependencies", {}) | package.get("devDependencies", {})

    assert _section("npm, to build the pages' assets") == {_normal(name) for name in direct}
