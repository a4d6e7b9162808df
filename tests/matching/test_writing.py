"""How identifiers are written and hashed: the browser's copy and ours give what the vectors say."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointops.matching import rules
from jointops.matching.models import IdentifierKind

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))

SCRIPT = Path(__file__).parents[2] / "frontend" / "js" / "matching.js"

ASK = """
import { readFileSync } from "node:fs";
import { normalised, digest } from %s;
const { key, vectors } = JSON.parse(readFileSync(0, "utf-8"));
const answers = [];
for (const { kind, typed } of vectors) {
  const written = normalised(kind, typed);
  answers.push([written, written === null ? null : await digest(key, kind, written)]);
}
console.log(JSON.stringify(answers));
"""


def in_javascript(vectors: list[dict[str, Any]], key: str = VECTORS["key"]) -> list[list[str | None]]:
    """Return what the browser's code makes of what was typed: how it is written, and its digest."""
    node = shutil.which("node")
    assert node is not None
    answer = subprocess.run(
        [node, "--input-type=module", "-e", ASK % json.dumps(SCRIPT.as_uri())],
        input=json.dumps({"key": key, "vectors": vectors}),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[list[str | None]] = json.loads(answer.stdout)
    return found


def in_python(kind: str, typed: str, key: str = VECTORS["key"]) -> list[str | None]:
    written = rules.normalised(IdentifierKind(kind), typed)
    return [written, rules.digest(key, IdentifierKind(kind), written) if written else None]


@pytest.mark.parametrize(
    "vector", VECTORS["vectors"], ids=lambda vector: f"{vector['kind']} {vector['typed']!r}"
)
def test_an_identifier_is_written_and_hashed_as_the_vectors_say(vector: dict[str, Any]) -> None:
    assert in_python(vector["kind"], vector["typed"]) == [vector["normalised"], vector["digest"]]


def test_the_browser_writes_and_hashes_as_the_vectors_say() -> None:
    expected = [[vector["normalised"], vector["digest"]] for vector in VECTORS["vectors"]]

    assert in_javascript(VECTORS["vectors"]) == expected


PIECES = st.sampled_from(
    [
        *"+0(). -/;:@ABCXYZabcxyzäöéßŁØđ0123456789 \u00a0\u2003\tΑΒΕμАВСу①½ﬁ",
        "(0)",
        "00",
        "mailto:",
        "+34 6001122",
    ]
)


@settings(max_examples=3)
@given(st.lists(st.lists(PIECES, max_size=25).map("".join), min_size=40, max_size=60))
def test_both_write_whatever_is_typed_the_same_way(typed: list[str]) -> None:
    asked = [{"kind": kind.value, "typed": text} for text in typed for kind in IdentifierKind]

    assert in_javascript(asked) == [in_python(one["kind"], one["typed"]) for one in asked]


@given(st.sampled_from(IdentifierKind), st.text(max_size=40))
def test_what_is_written_the_one_way_stays_so(kind: IdentifierKind, typed: str) -> None:
    written = rules.normalised(kind, typed)

    if written is not None:
        assert rules.normalised(kind, written) == written
