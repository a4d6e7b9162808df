"""Every bad input of the corpus is refused as it says: with its place, with how to mend it, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from webtest import TestResponse

from jointops.kernel import clock
from jointops.returns import filecheck
from tests import builders
from tests.bad_inputs import files
from tests.bad_inputs.scene import RUNNING, Scene
from tests.support.app import Site
from tests.support.databases import SqliteDatabases

FOLDER = Path(__file__).parent
WAYS = ("form", "sheet", "csv", "json", "attachment")
LEAST = 120
"""Inputs that the corpus has at least."""


class _Loader(yaml.SafeLoader):
    """Reads days as the text that they are."""


_Loader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

Entry = Mapping[str, Any]
CORPUS: Mapping[str, Sequence[Entry]] = {
    way: yaml.load((FOLDER / f"{way}.yaml").read_text(encoding="utf-8"), _Loader)  # noqa: S506
    for way in WAYS
}


@dataclass(frozen=True)
class Answer:
    """What came back: its status, and for each thing that is wrong its code, its place and what to do."""

    status: int
    codes: Sequence[str]
    places: Sequence[str]
    messages: Sequence[str]


class Ways:
    """Sends an entry of the corpus by its way in, in a language."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def send(self, way: str, entry: Entry, language: str) -> Answer:
        """Send an entry and return the answer, whatever it is."""
        senders: Mapping[str, Callable[[Entry, str], Answer]] = {
            "form": self._form,
            "sheet": self._table,
            "csv": self._table,
            "json": self._json,
            "attachment": self._attachment,
        }
        return senders[way](entry, language)

    def _form(self, entry: Entry, language: str) -> Answer:
        who = entry.get("who", "ES-POLICE")
        fields = {
            "csrf_token": self._scene.csrf_token(who),
            "action": "submit",
            "version": "0",
            "plan_version": "1",
            **entry["fields"],
        }
        for number in range(1, int(fields.pop("further", 0)) + 1):
            fields |= {f"x{number}.indicator": "persons-arrested", f"x{number}.quantity": "1"}
        fields = {name: _ODD.get(value, value) for name, value in fields.items()}
        path = f"{_of_return(entry)}/edit?lang={language}"
        answer = self._scene.browser(who).post(path, fields, expect_errors=True)
        form = answer.html.find("form", {"data-problems": True})
        links = answer.html.select(".govuk-error-summary li")
        if form is None or not links:
            return _page(answer)
        places = [link.a["href"].removeprefix("#") for link in links if link.a is not None]
        for place in places:
            assert answer.html.find(id=place) is not None, f"there is no field {place}"
        return Answer(
            answer.status_int,
            str(form["data-problems"]).split(),
            places,
            [" ".join(link.text.split()) for link in links],
        )

    def _table(self, entry: Entry, language: str) -> Answer:
        who = entry.get("who", "ES-POLICE")
        if "made" in entry:
            data = _made(entry["made"])
        elif "text" in entry:
            data = entry["text"].encode()
        else:
            data = files.book((entry.get("names", files.NAMES), entry["rows"]))
        fields = {"csrf_token": self._scene.csrf_token(who), "action": "record"}
        sent = [] if entry.get("made") == "nothing chosen" else [("workbook", "returns", data)]
        answer = self._scene.browser(who).post(
            f"/operations/{entry.get('operation', RUNNING)}/returns/upload?lang={language}",
            fields,
            upload_files=sent,
            expect_errors=True,
        )
        rows = answer.html.select("#problems tbody tr")
        if not rows:
            return _page(answer)
        return Answer(
            answer.status_int,
            [row.select_one(".jo-code").text for row in rows],
            [row.th.text.strip() for row in rows],
            [" ".join(row.select("td")[1].text.split()) for row in rows],
        )

    def _json(self, entry: Entry, language: str) -> Answer:
        api = self._scene.api(entry.get("who", "ES-POLICE"))
        returns = f"/operations/{entry.get('operation', RUNNING)}/returns"
        headers = {"Accept-Language": language, **entry.get("headers", {})}
        if "delete" in entry:
            path = f"{returns}/{entry['delete']}"
            return _problem_details(api.delete(path if "?" in path else f"{path}?reason=", **headers))
        if "move" in entry:
            return _problem_details(
                api.post(f"{returns}/{entry['move']}/transitions", entry["body"], **headers)
            )
        if "made" in entry:
            body = _made(entry["made"])
        elif "raw" in entry:
            body = entry["raw"].encode()
        else:
            body = json.dumps(
                entry["batch"] if "batch" in entry else entry["body"], ensure_ascii=False
            ).encode()
        path = returns if "batch" in entry else f"{returns}/{entry['put']}"
        return _problem_details(api.send("PUT", path, body, entry.get("type", "application/json"), **headers))

    def _attachment(self, entry: Entry, language: str) -> Answer:
        name = _ODD.get(entry["as"], entry["as"])
        data = _made(entry["made"])
        kind = entry.get("type") or ("application/pdf" if str(name).endswith(".pdf") else "image/png")
        path = f"{_of_return(entry)}/attachments?name={quote(str(name))}"
        api = self._scene.api(entry.get("who", "ES-POLICE"))
        return _problem_details(api.send("POST", path, data, kind, **{"Accept-Language": language}))


_ODD = {"a hundred thousand sevens": "7" * 100_000, "a thousand letters": "a" * 1000}
"""What stands for values that fit on no line."""


def _of_return(entry: Entry) -> str:
    operation, unit = entry.get("operation", RUNNING), entry.get("unit", "ES-POLICE")
    return f"/operations/{operation}/returns/{unit}/{entry.get('day', '2027-05-04')}"


def _made(name: str) -> bytes:
    return b"" if name == "nothing chosen" else files.MADE[name]()


def _page(answer: TestResponse) -> Answer:
    """Return what a page says that is nothing but a refusal."""
    code, said = (
        answer.html.select_one("main .jo-note span"),
        answer.html.select("main .jo-measure .govuk-body"),
    )
    return Answer(
        answer.status_int,
        [code.text.split()[0]] if code else [],
        [],
        [" ".join(one.text.split()) for one in said] or [" ".join(answer.html.main.text.split())],
    )


def _problem_details(answer: TestResponse) -> Answer:
    if answer.status_int < 400:
        return Answer(answer.status_int, [], [], [])
    errors = answer.json.get("errors") or [{**answer.json, "pointer": "", "message": answer.json["detail"]}]
    return Answer(
        answer.status_int,
        [one["code"] for one in errors],
        [one["pointer"] for one in errors],
        [one["message"] for one in errors],
    )


@pytest.fixture(scope="module")
def scene(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Give one application for all inputs: what is refused leaves nothing behind that the next one could meet."""
    with (
        sqlite_databases.migrated() as url,
        pytest.MonkeyPatch.context() as patch,
        clock.fixed(builders.DURING),
    ):
        # A file is looked into in a process of its own: once, though it is sent in two languages.
        patch.setattr(filecheck, "look_into", lru_cache(filecheck.look_into))
        site = Site(url, tmp_path_factory.mktemp("bad"))
        yield Scene(site)
        site.close()


EVERY = [pytest.param(way, entry, id=f"{way}: {entry['name']}") for way in WAYS for entry in CORPUS[way]]


@pytest.mark.parametrize("way, entry", EVERY)
def test_a_bad_input_is_refused_at_its_place_with_how_to_mend_it_and_leaves_nothing(
    scene: Scene, way: str, entry: Entry
) -> None:
    ways, before = Ways(scene), scene.kept()
    answer = ways.send(way, entry, "en")
    french = ways.send(way, entry, "fr")
    assert scene.kept() == before
    assert (answer.status, sorted(set(answer.codes))) == (entry.get("status", 422), sorted(entry["codes"])), (
        answer
    )
    assert list(answer.places) == entry.get("at", ["/file"]), answer
    assert all(answer.messages), answer
    assert entry["says"] in " ".join(answer.messages), answer
    assert (french.status, french.codes) == (answer.status, answer.codes)
    assert len(french.messages) == len(answer.messages)
    for ours, theirs in zip(answer.messages, french.messages, strict=True):
        assert theirs not in {"", ours}, "it is not said in French"


def test_the_corpus_is_large_and_every_input_is_one_of_its_own() -> None:
    for way, entries in CORPUS.items():
        names = [entry["name"] for entry in entries]
        assert len(set(names)) == len(names), way
    assert len(EVERY) >= LEAST
