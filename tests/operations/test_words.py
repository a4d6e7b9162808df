"""Every page of operations in the made-up language: nothing that a person reads is left untranslated."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest

from jointops.kernel.policy import Role
from jointops.operations import service
from jointops.operations.models import Answer
from jointops.operations.plandoc import (
    Coordination,
    CycleLink,
    Figure,
    Illustrative,
    Publication,
    Section,
    Shift,
    Source,
)
from jointops.reference.catalogue import catalogue
from tests import builders
from tests.support.app import Site
from tests.support.pages import untranslated

pytestmark = pytest.mark.database("sqlite")

PATH = "/operations/EXAMPLE-2027"

PAGES = (
    "/operations",
    "/operations/new",
    PATH,
    "/operations/NORTH-2027",
    f"{PATH}/plan/versions",
    f"{PATH}/plan/versions/1",
    f"{PATH}/plan/compare?from=1&to=2",
    f"{PATH}/plan/source",
)


def words_of(html: str) -> list[str]:
    """Return what is not translated; the product's name, which ends every title, is none of our words."""
    return untranslated(html.replace(" – jointops</title>", "</title>"))


@pytest.fixture
def story(site: Site) -> Site:
    """Give a site with everything that the pages can show."""
    full = builders.plan(
        summary={"en": "In short."},
        illustrative=Illustrative(note={"en": "The split is made up."}),
        threats=("1a",),
        co_leads=("RS",),
        coordination=Coordination(
            centre={"en": "Centre"},
            place="The Hague",
            country="NL",
            around_the_clock=True,
            shifts=(Shift(name={"en": "Night"}, since=time(20), until=time(8), lead="ES"),),
        ),
        publications=(
            Publication(
                code="P1",
                by="Europol",
                published_note={"en": "Later"},
                wording={"en": "Many arrests"},
                figures=(Figure(indicator="firearms-seized", quantity=Decimal(3), bound="over"),),
                sources=(Source(title="Press release", url="https://example.org/"),),
            ),
        ),
        sources=(Source(title="A book"),),
    )
    priorities = catalogue().cycles["EMPACT-2026-2029"].priorities
    link = CycleLink(code="EMPACT-2026-2029", priorities=(next(iter(priorities)),))
    area = replace(full.action_areas[0], priority=link.priorities[0], co_leaders=("RS",))
    full = replace(full, policy_cycle=link, action_areas=(area,))
    full = replace(full, sections=builders.sections(full))
    sections = {**full.sections, "training": Section(not_applicable={"en": "None planned."})}
    with site.work() as session:
        running = builders.operation(session, "running", full)
        service.answer(session, builders.national("RS"), running, "RS", Answer.WITH_CONDITIONS, "No weapons")
        amended = replace(full, sections=sections, co_leads=())
        service.save_plan(session, builders.ADMINISTRATOR, running, amended, "Training")
        builders.operation(session, "consultation", code="NORTH-2027", sections={}, objectives=())
    return site


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.REVIEWER])
def test_nothing_on_the_pages_is_untranslated(story: Site, role: Role) -> None:
    browser = story.browser(role)
    found = {}
    for path in PAGES:
        answer = browser.look(f"{path}{'&' if '?' in path else '?'}lang=qps")
        if answer.status_int == 200:
            found[path] = words_of(answer.text)
    assert len(found) >= 6
    assert {path: words for path, words in found.items() if words} == {}


def test_nothing_in_the_answer_form_is_untranslated(story: Site) -> None:
    browser = story.browser(Role.NATIONAL_COORDINATOR, "RS")
    path = f"{PATH}/participants/RS"
    assert words_of(browser.look(f"{path}?lang=qps").text) == []
    assert words_of(browser.send(path, answer="with-conditions", version="2").text) == []


def test_nothing_in_a_refused_form_is_untranslated(story: Site) -> None:
    browser = story.browser(Role.COORDINATOR)
    browser.look("/operations?lang=qps")
    for path in ("/operations/new/template", "/operations/new/copy", "/operations/new/file"):
        assert words_of(browser.send(path).text) == []
    assert words_of(browser.send(f"{PATH}/plan/source", version="2").text) == []
    assert words_of(browser.send(f"{PATH}/plan/source", version="1").text) == []
    wrong = browser.send(f"{PATH}/plan/source", version="2", plan="format: jointops-plan/1\nlead: [1]")
    assert words_of(wrong.text) == []
