"""Everything wrong in a plan file is found, with its place and how to mend it.

Each file in ``bad_plans`` names on its first lines what has to be found in it: code, line:column and path.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from jointops.kernel.i18n import translator
from jointops.operations.planfile import PlanInvalid, load_path

BAD_PLANS = sorted((Path(__file__).parent / "bad_plans").glob("*.yaml"))


def expected(path: Path) -> list[tuple[str, str, str]]:
    heads = [
        line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# expect:")
    ]
    return [(code, place, pointer[0] if pointer else "") for _, _, code, place, *pointer in heads]


def test_there_is_a_corpus() -> None:
    assert len(BAD_PLANS) > 70


@pytest.mark.parametrize("path", BAD_PLANS, ids=lambda path: path.stem)
def test_exactly_what_is_wrong_is_found_where_it_is(path: Path) -> None:
    with pytest.raises(PlanInvalid) as caught:
        load_path(path)

    found = [(p.code, f"{p.line}:{p.column}", p.pointer) for p in caught.value.problems]
    assert found == expected(path)


@pytest.mark.parametrize("path", BAD_PLANS, ids=lambda path: path.stem)
def test_every_problem_names_the_file_and_reads_as_a_sentence(path: Path) -> None:
    with pytest.raises(PlanInvalid) as caught:
        load_path(path)

    for problem in caught.value.problems:
        text = translator("en")(problem.message)
        assert problem.file == str(path)
        assert text.endswith((".", "?"))
        assert "${" not in text
