"""What the documentation points to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import problem_codes

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")])

_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.M)
_CODE = re.compile(r"^```.*?^```", re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = [first or second for first, second in _LINK.findall(_CODE.sub("", page.read_text()))]

    broken = [link for link in links if not _leads_somewhere(page, link)]

    assert broken == []


def test_the_readme_names_only_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))

    named = set(re.findall(r"\bmake ([a-z-]+)", (ROOT / "README.md").read_text()))

    assert named <= targets


def test_every_code_of_a_refusal_is_documented() -> None:
    documented = set(re.findall(r"^\| `([a-z0-9-]+)`", problem_codes.PAGE.read_text(), re.M))
    answered = {code for part in problem_codes.codes().values() for code in part}

    hint = "run python scripts/problem_codes.py write"
    assert answered == documented, hint


def _leads_somewhere(page: Path, link: str) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or anchor in {_anchor(title) for title in _HEADING.findall(target.read_text())}


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
