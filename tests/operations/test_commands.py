"""The commands about plans and operations: what they print, and their exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jointops.cli import main
from jointops.kernel.paths import folder
from jointops.operations import planfile
from tests import builders

pytestmark = pytest.mark.database("sqlite")


class Terminal:
    """Runs commands on a database, in a folder without settings."""

    def __init__(self, database_url: str, here: Path) -> None:
        self.here = here
        self.environment = {
            "DATABASE_URL": database_url,
            "JOINTOPS_SECRETS_FOLDER": str(here),
            "JOINTOPS_CONFIG": None,
            "LC_ALL": "en_GB.UTF-8",
        }

    def run(self, *words: str | Path) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], env=self.environment)

    def file(self, name: str, content: str) -> Path:
        path = self.here / name
        path.write_text(content, encoding="utf-8")
        return path


@pytest.fixture
def terminal(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal(database_url, tmp_path)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Run commands where there is no database that could be reached."""
    monkeypatch.chdir(tmp_path)
    return Terminal("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path)


def plan_text(**changes: object) -> str:
    return planfile.dump(builders.plan(**changes))  # type: ignore[arg-type]


def test_every_plan_that_comes_along_is_in_order(nowhere: Terminal) -> None:
    files = sorted(folder("plans").glob("**/*.yaml"))
    assert len(files) >= 5
    done = nowhere.run("plans", "check", *files)
    assert (done.exit_code, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(files)


def test_a_wrong_plan_is_told_by_file_line_and_path(nowhere: Terminal) -> None:
    text = plan_text().replace("lead: ES", "lead: FR").replace("Europe/Amsterdam", "Mars/Base")
    path = nowhere.file("wrong.yaml", text)
    refused = nowhere.run("plans", "check", path)
    line = text.splitlines().index("lead: FR") + 1
    assert refused.exit_code == 1
    assert f"{path}:{line}:7: /lead: “FR”" in refused.stderr
    assert "[not-a-participant]" in refused.stderr
    assert "/time_zone" in refused.stderr


def test_problems_are_printed_as_data(nowhere: Terminal) -> None:
    good = nowhere.file("good.yaml", plan_text())
    wrong = nowhere.file("wrong.yaml", plan_text().replace("lead: ES", "lead: FR"))
    refused = nowhere.run("plans", "check", good, wrong, "--format", "json")
    assert refused.exit_code == 1
    first, second = json.loads(refused.stdout)
    assert first == {"file": str(good), "problems": []}
    (problem,) = second["problems"]
    assert (problem["code"], problem["path"]) == ("not-a-participant", "/lead")
    assert problem["accepted"] == ["ES", "RS", "europol"]


def test_a_file_that_is_not_there_is_a_mistake_of_use(nowhere: Terminal) -> None:
    assert nowhere.run("plans", "check", "missing.yaml").exit_code == 2
    assert nowhere.run("plans", "check").exit_code == 2


def test_plans_that_come_along_are_listed(nowhere: Terminal) -> None:
    listed = json.loads(nowhere.run("plans", "list", "--format", "json").stdout)
    codes = {one["code"]: one["template"] for one in listed}
    assert codes["ARCHIMEDES-2014"] is False
    assert sum(codes.values()) >= 4


def test_import_and_export_give_the_same_file_back(terminal: Terminal) -> None:
    path = terminal.file("plan.yaml", plan_text())
    done = terminal.run("plans", "import", path, "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == {"operation": "EXAMPLE-2027", "plan_version": 1, "created": True}
    assert terminal.run("plans", "export", "EXAMPLE-2027").stdout == plan_text()
    again = json.loads(terminal.run("plans", "import", path, "--format", "json").stdout)
    assert again == {"operation": "EXAMPLE-2027", "plan_version": 1, "created": False}
    out = terminal.here / "out.yaml"
    terminal.run("plans", "export", "EXAMPLE-2027", "--output", out)
    assert out.read_text(encoding="utf-8") == plan_text()


def test_importing_a_changed_plan_makes_a_version(terminal: Terminal) -> None:
    terminal.run("plans", "import", terminal.file("plan.yaml", plan_text()))
    changed = terminal.file("changed.yaml", plan_text(lead="RS"))
    assert "version 2" in terminal.run("plans", "import", changed).stdout
    exported = terminal.run("plans", "export", "EXAMPLE-2027", "--version", "1", "--format", "json")
    assert json.loads(exported.stdout)["lead"] == "ES"
    compared = terminal.run("plans", "diff", "EXAMPLE-2027@1", changed)
    assert compared.stdout == "~ /lead: ES → RS\n"
    data = json.loads(
        terminal.run("plans", "diff", "EXAMPLE-2027@1", "EXAMPLE-2027@2", "--format", "json").stdout
    )
    assert data == [{"section": "lead", "kind": "changed", "path": "/lead", "before": "ES", "after": "RS"}]


def test_files_are_compared_without_a_database(nowhere: Terminal) -> None:
    before, after = nowhere.file("a.yaml", plan_text()), nowhere.file("b.yaml", plan_text(co_leads=("RS",)))
    assert nowhere.run("plans", "diff", before, before).stdout == ""
    assert "/co_leads" in nowhere.run("plans", "diff", before, after).stdout


def test_a_template_is_imported_with_what_it_lacks(terminal: Terminal) -> None:
    template = next(path for path, _document in planfile.templates())
    assert terminal.run("plans", "import", template).exit_code == 2
    done = terminal.run(
        "plans",
        "import",
        template,
        "--code",
        "NEW-2028",
        "--title",
        "New",
        "--start",
        "2028-02-07",
        "--lead",
        "ES",
    )
    assert done.exit_code == 0, done.stderr
    listed = json.loads(terminal.run("operations", "list", "--format", "json").stdout)
    assert [(one["code"], one["starts_on"], one["state"]) for one in listed] == [
        ("NEW-2028", "2028-02-07", "draft")
    ]


def test_a_wrong_plan_is_not_imported(terminal: Terminal) -> None:
    refused = terminal.run(
        "plans", "import", terminal.file("wrong.yaml", plan_text().replace("lead: ES", "lead: FR"))
    )
    assert refused.exit_code == 1
    assert "not-a-participant" in refused.stderr
    assert json.loads(terminal.run("operations", "list", "--format", "json").stdout) == []


def test_an_operation_takes_a_step_or_says_why_not(terminal: Terminal) -> None:
    terminal.run("plans", "import", terminal.file("plan.yaml", plan_text()))
    early = terminal.run("operations", "transition", "EXAMPLE-2027", "running")
    assert (early.exit_code, "no-such-step" in early.stderr) == (1, True)
    assert terminal.run("operations", "transition", "EXAMPLE-2027", "consultation").exit_code == 0
    assert terminal.run("operations", "transition", "EXAMPLE-2027", "approved").exit_code == 0
    reasonless = terminal.run("operations", "transition", "EXAMPLE-2027", "cancelled")
    assert (reasonless.exit_code, "reason-missing" in reasonless.stderr) == (1, True)
    done = terminal.run("operations", "transition", "EXAMPLE-2027", "cancelled", "--reason", "no money")
    assert (done.exit_code, done.stdout) == (0, "EXAMPLE-2027: Cancelled\n")
    assert terminal.run("operations", "transition", "EXAMPLE-2027", "paused").exit_code == 2


def test_what_is_not_there_is_refused(terminal: Terminal) -> None:
    for words in (
        ("plans", "export", "NONE-2027"),
        ("plans", "diff", "NONE-2027", "NONE-2027"),
        ("operations", "transition", "NONE-2027", "running"),
    ):
        refused = terminal.run(*words)
        assert (refused.exit_code, "operation-unknown" in refused.stderr) == (1, True)
    assert terminal.run("plans", "diff", "NONE-2027@x", "NONE-2027").exit_code == 2
