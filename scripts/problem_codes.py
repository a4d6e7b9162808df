"""List every code that a refusal can carry, from the code that refuses: ``docs/problem-codes.md``.

``python scripts/problem_codes.py write`` writes the page, ``check`` says whether it is as it would be written. A code
is found where it stands beside its message (in a call or a tuple), or where an endpoint declares it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "problem-codes.md"
PACKAGE = ROOT / "jointops"

_CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
_HEAD = """\
# Problem codes

Every refusal of the API carries a `code`, and so does each of its `errors`. Codes are stable: software may depend on
them, while messages are for people, in their language, and change. This page is written by `scripts/problem_codes.py`
from the code that refuses; the OpenAPI document (`/api/v1/openapi.json`) says which address answers which.

The statuses: 400 cannot be read, 401 no valid token, 403 not allowed, 404 unknown to you, 409 not in this state, 412
somebody else changed it, 413 too large, 415 another format, 422 something in it is wrong, 501 not offered.
"""


def codes() -> dict[str, dict[str, str]]:
    """Return the codes with a message for each, by the part of jointops that answers them."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    declared: dict[str, str] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        part = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        tree = ast.parse(file.read_text())
        for code, message in _told(tree):
            found[part].setdefault(code, message)
        declared |= dict.fromkeys(_declared(tree), part)
    known = {code for told in found.values() for code in told}
    for code in declared.keys() - known:
        found[declared[code]][code] = ""
    return {part: dict(sorted(found[part].items())) for part in sorted(found)}


def page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for part, known in codes().items():
        rows = (f"| `{code}` | {message.replace('|', chr(92) + '|')} |" for code, message in known.items())
        parts.append(f"## {part}\n\n| code | what it says |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _told(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Return the codes of a module with their messages; a message may have been given a name just before."""
    named = [
        (node.lineno, target.id, text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and (text := _message(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    for node in ast.walk(tree):
        for code, said in _pairs(node):
            if isinstance(said, ast.Name):
                before = [item for item in named if item[1] == said.id and item[0] < said.lineno]
                text = max(before)[2] if before else None
            else:
                text = _message(said)
            if text:
                yield code, text


def _pairs(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Return each code in a call or a tuple with what stands behind it."""
    if not isinstance(node, ast.Call | ast.Tuple):
        return
    given = node.args if isinstance(node, ast.Call) else node.elts
    for one, following in pairwise(given):
        if code := _code(one):
            yield code, following


def _declared(tree: ast.Module) -> Iterator[str]:
    """Return the codes that the endpoints of a module declare, also those in a constant of refusals."""
    for node in ast.walk(tree):
        declares = isinstance(node, ast.keyword) and node.arg == "problems"
        refusals = isinstance(node, ast.Assign) and "REFUSALS" in ast.unparse(node.targets[0])
        if declares or refusals:
            yield from filter(None, map(_code, ast.walk(node)))


def _code(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
        return node.value
    return None


def _message(node: ast.expr) -> str | None:
    """Return the text of ``_("…")``, of the first of several that may be chosen from; ``None`` for anything else."""
    if isinstance(node, ast.IfExp):
        return _message(node.body) or _message(node.orelse)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
        first = node.args[0]
        return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
    return None


def main(arguments: list[str]) -> int:
    """Write or check the page; the exit status is 1 when it is not up to date."""
    if arguments == ["write"]:
        PAGE.write_text(page())
        return 0
    if arguments == ["check"]:
        if PAGE.exists() and PAGE.read_text() == page():
            return 0
        print(
            "docs/problem-codes.md is not up to date: run python scripts/problem_codes.py write",
            file=sys.stderr,
        )
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
