"""Every page in the made-up language: what is not in brackets was forgotten by whoever wrote it."""

from __future__ import annotations

import pytest

from jointops.kernel.i18n import PSEUDO_LOCALE
from jointops.kernel.policy import Role
from tests.support.pages import untranslated
from tests.web.routes import TABLE, Row
from tests.web.walk import Walk

FOR_SOFTWARE = frozenset({"healthz", "readyz", "metrics", "api.openapi"})
"""Addresses that people do not read."""

PAGES = [
    row
    for row in TABLE
    if row.method == "GET" and not row.route.startswith("api:") and row.route not in FOR_SOFTWARE
]

BRAND = " – jointops"
"""What ends the title of every page, in every language."""


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.route)
def test_a_page_has_no_words_that_nobody_translated(walked: Walk, row: Row) -> None:
    for role in (None, *Role):
        browser = walked.browser(role)
        browser.set_cookie("lang", PSEUDO_LOCALE)
        answer = walked.ask(row, role)
        if "html" in (answer.content_type or ""):
            assert untranslated(answer.text.replace(BRAND, "")) == [], f"as {role}"


@pytest.mark.parametrize("path", ["/nowhere", "/sign-out", "/account/tokens/x%00/revoke"])
def test_a_page_about_an_error_has_none_either(walked: Walk, path: str) -> None:
    browser = walked.browser(Role.REPORTER)
    browser.set_cookie("lang", PSEUDO_LOCALE)

    answer = browser.look(path)

    assert answer.status_int >= 400
    assert untranslated(answer.text.replace(BRAND, "")) == []


def test_words_that_nobody_translated_are_found() -> None:
    html = """<title>⟦Tasks⟧</title><p>⟦Done ⟦3⟧ of⟧ <b translate="no">RO-POLICE</b> 1,027 · 3 %</p>
        <img alt="Chart"><input placeholder="⟦Code⟧"><script>let words = 1</script><option>Spain</option>"""

    assert untranslated(html) == ["Chart", "Spain"]
