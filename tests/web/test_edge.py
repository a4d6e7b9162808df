"""The edge of every address: who gets in, what refusals look like, what every answer carries."""

from __future__ import annotations

import pytest

from jointops.kernel.policy import Role
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")


def test_somebody_who_is_not_signed_in_is_asked_to(site: Site) -> None:
    answer = site.browser().look("/account")

    assert answer.status_int == 303
    assert answer.location == "http://localhost/sign-in?next=%2Faccount"


def test_after_signing_in_one_is_where_one_wanted_to_be(site: Site) -> None:
    site.person(Role.REVIEWER)
    browser = site.browser()
    form = browser.get("/account").follow().form
    form["email"], form["password"] = "Reviewer@Example.org", "correct-horse-battery"

    answer = form.submit()

    assert answer.location == "http://localhost/account"
    assert "reviewer@example.org" in answer.follow().text


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_a_first_page_and_an_account(site: Site, role: Role) -> None:
    browser = site.browser(role)

    assert browser.look("/").status_int == 200
    assert browser.look("/account").status_int == 200
