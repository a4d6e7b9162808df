"""Pages and API of the lessons: answers, targets and tasks taken into a plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jointops.cli import main
from jointops.kernel import clock
from jointops.kernel.policy import Role
from jointops.operations import service as operations
from jointops.operations.plandoc import PlanDocument
from tests.builders import ADMINISTRATOR, AFTER
from tests.lessons.scenes import EARLIER, KEY, LATER, earlier, later
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")

LESSONS, PROPOSALS = f"/operations/{LATER}/plan/lessons", f"/operations/{LATER}/plan/proposals"
FORM = "rec-EXAMPLE-2027-R1"


@pytest.fixture
def scene(site: Site) -> Iterator[Site]:
    """Give a site with a closed operation and a plan that can learn from it, in consultation."""
    with site.work() as session:
        earlier(session)
        later(session, objectives=(), tasks=())
    with clock.fixed(AFTER):
        yield site


@pytest.fixture
def coordinator(scene: Site) -> Browser:
    return scene.browser(Role.COORDINATOR)


def texts(answer: Any, selector: str) -> list[str]:
    return [" ".join(found.get_text(" ").split()) for found in answer.html.select(selector)]


def plan_of(site: Site) -> PlanDocument:
    with site.work() as session:
        found = operations.find(session, ADMINISTRATOR, LATER)
        return operations.document(operations.latest_plan(session, found))


def test_the_page_asks_and_keeps_answers(coordinator: Browser) -> None:
    page = coordinator.get(LESSONS)
    assert texts(page, ".jo-lesson__title") == ["Agree on units before the first day"]
    assert texts(page, ".jo-lesson .jo-note")[1].startswith("Fits by Priority: Firearms")
    assert "Units differed." in texts(page, "#observations")[0]

    refused = coordinator.send(LESSONS, **{"key": KEY, f"{FORM}-answer": "deferred", f"{FORM}-version": "0"})
    assert refused.status_int == 422
    assert texts(refused, ".govuk-error-summary li") == [
        "Say why, for those who plan the operation after this one."
    ]
    form = coordinator.get(LESSONS).forms[1]
    form[f"{FORM}-answer"], form[f"{FORM}-section"] = "taken-up", "objectives"
    assert form.submit().status_int == 303
    page = coordinator.get(LESSONS)
    assert page.html.select(".jo-lesson--waits") == []
    assert (
        coordinator.send(
            LESSONS, **{"key": KEY, f"{FORM}-answer": "taken-up", f"{FORM}-version": "0"}
        ).status_int
        == 412
    )

    evaluation = coordinator.get(f"/operations/{EARLIER}/evaluation")
    assert any(
        "Later plans: NEXT-2028 Taken up" in text for text in texts(evaluation, "#recommendations .jo-note")
    )
    assert texts(coordinator.get(f"/operations/{EARLIER}/recommendations/R1"), "#answers tbody th")[
        0
    ].startswith(LATER)


def test_targets_and_tasks_are_taken_with_one_press(coordinator: Browser, scene: Site) -> None:
    page = coordinator.get(PROPOSALS)
    firearms = page.html.select_one("#indicator-firearms-seized")
    # 120 firearms, by two countries in five days; the plan has the same.
    assert [found.get_text() for found in firearms.select(".jo-proposal__rate .jo-figures")] == ["12"]
    assert "at least 120" in firearms.get_text().replace("\u00a0", " ")
    assert "One earlier operation only." in firearms.get_text()

    form = next(
        form
        for form in page.forms.values()
        if form.fields.get("indicator", [None])[0] is not None
        and form["indicator"].value == "firearms-seized"
        and form["level"].value == "median"
    )
    assert form.submit().status_int == 303
    objective = plan_of(scene).objectives[0]
    assert objective.target is not None
    assert (objective.code, objective.indicator, objective.target.at_least) == (
        "O1",
        "firearms-seized",
        Decimal(120),
    )

    page = coordinator.get(PROPOSALS)
    form = next(form for form in page.forms.values() if "source" in form.fields)
    form["task"] = True
    assert form.submit().status_int == 303
    task = plan_of(scene).tasks[0]
    assert (task.code, task.units, task.days) == ("T1", ("ES-BORDER", "RS-POLICE"), ())


def test_others_read_and_do_not_write(scene: Site) -> None:
    other = scene.browser(Role.NATIONAL_COORDINATOR, "RS")
    page = other.get(LESSONS)

    assert page.html.select("form textarea") == []
    assert other.send(LESSONS, key=KEY).status_int == 403
    assert other.get(PROPOSALS).html.select(".jo-proposal__take") == []


def test_the_api_lists_answers_and_takes(scene: Site) -> None:
    api = scene.api(Role.COORDINATOR)
    lesson = api.get(f"/operations/{LATER}/lessons").json["items"][0]
    assert (lesson["key"], lesson["waits"], lesson["reasons"][0]) == (
        KEY, True, {"ground": "priority", "code": "firearms"},
    )  # fmt: skip

    path = f"/operations/{LATER}/lessons/{KEY}"
    assert api.put(path, {"answer": "rejected"}).json["errors"][0]["pointer"] == "/reason"
    answered = api.put(path, {"answer": "rejected", "reason": "One unit only"}, If_Match='"0"')
    assert (answered.json["waits"], answered.json["answer"]["version"]) == (False, 1)
    assert api.put(path, {"answer": "deferred", "reason": "x"}, If_Match='"0"').status_int == 412

    found = api.get(f"/operations/{LATER}/proposals").json
    cocaine = next(one for one in found["suggestions"] if one["indicator"] == "cocaine-seized")
    # The joint seizure counts once.
    assert cocaine["sources"][0]["quantity"] == "22"
    assert [one["operation"] for one in found["comparable"]] == [EARLIER]
    arrests = next(one for one in found["suggestions"] if one["indicator"] == "persons-arrested")
    assert (arrests["targets"], arrests["without_figure"]) == (None, [EARLIER])

    taken = api.post(f"/operations/{LATER}/proposals/tasks", {"operation": EARLIER, "tasks": ["T1"]})
    assert (taken.status_int, taken.json["tasks"]) == (200, ["T1"])
    body = {"indicator": "cocaine-seized", "level": "high"}
    assert api.post(f"/operations/{LATER}/proposals/targets", body).json["plan_version"] == 3


def test_the_commands_list_and_answer(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scene: Site
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {
        "DATABASE_URL": database_url,
        "JOINTOPS_SECRETS_FOLDER": str(tmp_path),
        "LC_ALL": "en_GB.UTF-8",
    }

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["lessons", *words], env=environment)

    assert "Waits for an answer" in run("list", LATER).output
    refused = run("answer", LATER, KEY, "deferred")
    assert (refused.exit_code, refused.stderr.partition(" ")[0]) == (1, "reason-missing")
    assert run("answer", LATER, KEY, "deferred", "--reason", "Next year").exit_code == 0
    assert json.loads(run("list", LATER, "--format", "json").output)[0]["answer"]["answer"] == "deferred"
