"""The planning workspace over the API: sections, drafts, comments, the change log."""

from __future__ import annotations

import pytest

from jointops.kernel.policy import Role
from tests import builders
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

PLAN = "/operations/EXAMPLE-2027/plan"
RISKS = f"{PLAN}/draft/sections/objectives"
TARGET = "/objectives/0/target/at_least"


def test_a_plan_is_written_section_by_section(site: Site) -> None:
    with site.work() as session:
        builders.operation(session)
    api = site.api(Role.COORDINATOR)
    empty = api.get(RISKS)
    assert (empty.json["version"], empty.headers["ETag"]) == (0, '"0"')
    wrong = api.put(RISKS, {"base": 1, "cells": {TARGET: "many"}}, If_Match='"0"')
    assert wrong.json["problems"][0]["pointer"] == TARGET
    assert api.put(RISKS, {"base": 1, "cells": {}}, If_Match='"0"').status_int == 412
    refused = api.post(f"{PLAN}/draft/keep", {})
    assert (refused.status_int, refused.json["errors"][0]["pointer"]) == (422, TARGET)
    api.put(RISKS, {"base": 1, "cells": {TARGET: "150"}}, If_Match='"1"')
    sections = api.get(f"{PLAN}/sections").json
    assert [item["code"] for item in sections["items"] if item["draft"]] == ["objectives"]
    assert sections["done"] == sections["total"]
    kept = api.post(f"{PLAN}/draft/keep", {"note": "more"})
    assert (kept.status_int, kept.json["number"]) == (201, 2)
    log = api.get(f"{PLAN}/log").json["items"]
    assert log[0]["changes"] == ["Objectives, O1: Target, at least from 100 to 150"]
    api.put(RISKS, {"base": 2, "cells": {TARGET: "1"}})
    assert api.delete(RISKS).status_int == 204
    assert api.post(f"{PLAN}/draft/keep", {}).json["code"] == "no-draft"


def test_comments_are_written_answered_and_settled(site: Site) -> None:
    with site.work() as session:
        builders.operation(session, "consultation")
    spain, coordinator = site.api(Role.NATIONAL_COORDINATOR, "ES"), site.api(Role.COORDINATOR)
    written = spain.post(f"{PLAN}/comments", {"section": "risks", "text": "Weather?"})
    assert (written.status_int, written.json["party"]) == (201, "ES")
    key = written.json["id"]
    coordinator.post(f"{PLAN}/comments", {"section": "risks", "text": "Yes.", "answers": key})
    settled = coordinator.patch(f"{PLAN}/comments/{key}", {"resolved": True}).json
    assert settled["resolved_by"]
    (listed,) = spain.get(f"{PLAN}/comments?section=risks").json["items"]
    assert [answer["text"] for answer in listed["answers"]] == ["Yes."]
    assert coordinator.patch(f"{PLAN}/comments/0", {"resolved": True}).status_int == 404
