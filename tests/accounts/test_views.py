"""The pages of sign-in and of one's own account."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jointops.accounts.models import Person
from jointops.accounts.signin import FAILURES_BEFORE_LOCK
from jointops.accounts.views import safe_path
from jointops.kernel.policy import Role
from tests import people
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")

REVIEWER = "reviewer@example.org"


def test_one_sentence_stands_for_every_reason_why_a_sign_in_fails(site: Site) -> None:
    site.person(Role.REVIEWER)
    browser = site.browser()

    wrong = browser.sign_in(REVIEWER, "wrong")
    unknown = browser.sign_in("nobody@example.org", "wrong")

    assert wrong.status_int == unknown.status_int == 422
    summaries = {
        answer.html.select_one(".govuk-error-summary__list").text.strip() for answer in (wrong, unknown)
    }
    assert summaries == {"The e-mail address or the password is not right."}
    assert browser.look("/account").status_int == 303


def test_failures_are_counted_although_they_are_refused(site: Site) -> None:
    key = site.person(Role.REVIEWER)
    browser = site.browser()
    for _time in range(FAILURES_BEFORE_LOCK):
        browser.sign_in(REVIEWER, "wrong")

    assert browser.sign_in(REVIEWER).status_int == 422
    with site.work() as session:
        assert session.get_one(Person, key).locked_until is not None


def test_what_was_typed_stays_but_the_password(site: Site) -> None:
    answer = site.browser().sign_in('"><script>x</script>@example.org', "secret-word")

    assert "<script>x" not in answer.text
    assert answer.form["email"].value == '"><script>x</script>@example.org'
    assert "secret-word" not in answer.text


def test_a_session_from_before_the_sign_in_is_worth_nothing_afterwards(site: Site) -> None:
    site.person(Role.REVIEWER)
    browser = site.browser()
    browser.get("/sign-in")
    before = browser.cookies["jointops"]

    browser.sign_in(REVIEWER)

    assert browser.cookies["jointops"] != before


def test_signing_out_ends_the_sign_in_even_for_a_copy_of_the_cookie(site: Site) -> None:
    browser, thief = site.browser(Role.REVIEWER), site.browser()
    thief.set_cookie("jointops", browser.cookies["jointops"])
    assert thief.look("/account").status_int == 200

    answer = browser.send("/sign-out")

    assert "You are signed out." in answer.follow().text
    assert browser.look("/account").status_int == 303
    assert thief.look("/account").status_int == 303


def test_who_is_signed_in_need_not_sign_in_again(site: Site) -> None:
    assert site.browser(Role.REVIEWER).get("/sign-in?next=/audit").location == "http://localhost/audit"


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("/operations/X?day=2027-05-03", "/operations/X?day=2027-05-03"),
        ("", "/"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
    ],
)
def test_nobody_is_sent_to_another_site(path: str, safe: str) -> None:
    assert safe_path(path) == safe


def test_a_token_is_shown_when_it_is_made_and_never_again(site: Site) -> None:
    browser = site.browser(Role.REVIEWER)
    form = browser.get("/account").forms["token-form"]
    form["name"] = "nightly export"

    made = form.submit()
    text = made.html.find(id="new-token").text

    assert text.startswith("jo_")
    assert text not in browser.get("/account").text
    assert site.browser().get("/api/v1/me", headers={"Authorization": f"Bearer {text}"}).status_int == 200


def test_a_token_without_a_purpose_is_refused_beside_its_field(site: Site) -> None:
    answer = site.browser(Role.REVIEWER).send("/account/tokens", name=" ", days="30")

    assert answer.status_int == 422
    assert "Say in 1 to 100 characters" in answer.html.find(id="name-error").text
    assert answer.html.select_one(".govuk-error-summary a")["href"] == "#name"


def test_a_token_is_revoked_from_the_page(site: Site) -> None:
    api, browser = site.api(Role.REVIEWER), site.browser(Role.REVIEWER)
    revoke = browser.get("/account").html.find(
        "form", action=lambda action: action and action.endswith("/revoke")
    )

    answer = browser.send(revoke["action"])

    assert "opens nothing any more" in answer.follow().text
    assert api.get("/me").status_int == 401


@pytest.mark.parametrize("number", ["999", "x", "1" * 30, "%C2%B2"])
def test_a_token_that_is_not_one_s_own_is_not_found(site: Site, number: str) -> None:
    site.api(Role.ADMINISTRATOR)

    assert site.browser(Role.REVIEWER).send(f"/account/tokens/{number}/revoke").status_int == 404


def test_a_new_password_needs_the_present_one_and_signs_out_elsewhere(site: Site) -> None:
    here, elsewhere = site.browser(Role.REVIEWER), site.browser(Role.REVIEWER)

    answer = here.send(
        "/account/password", current=people.PASSWORD, new="another-long-one", again="another-long-one"
    )

    assert answer.status_int == 303
    assert here.look("/account").status_int == 200
    assert elsewhere.look("/account").status_int == 303
    assert site.browser().sign_in(REVIEWER, "another-long-one").status_int == 303


@pytest.mark.parametrize(
    ("current", "new", "again", "field"),
    [
        ("wrong", "another-long-one", "another-long-one", "current"),
        (people.PASSWORD, "another-long-one", "another-long-two", "again"),
        (people.PASSWORD, "short", "short", "new"),
    ],
)
def test_a_password_that_does_not_do_is_refused_beside_its_field(
    site: Site, current: str, new: str, again: str, field: str
) -> None:
    answer = site.browser(Role.REVIEWER).send("/account/password", current=current, new=new, again=again)

    assert answer.status_int == 422
    assert answer.html.find(id=f"{field}-error") is not None
    assert site.browser().sign_in(REVIEWER).status_int == 303


def test_a_language_is_kept_for_every_device(site: Site) -> None:
    here, elsewhere = site.browser(Role.REVIEWER), site.browser(Role.REVIEWER)
    here.get("/account?lang=en")

    answer = here.send("/account/language", locale="fr")

    assert answer.follow().html.html["lang"] == "fr"
    assert elsewhere.get("/account").html.html["lang"] == "fr"
    assert here.send("/account/language", locale="xx").status_int == 422


def test_the_account_says_what_one_is_and_where(site: Site) -> None:
    rows = site.browser(Role.REPORTER).get("/account").html.select("#roles tbody tr")

    assert [[cell.text for cell in row.find_all(["th", "td"])] for row in rows] == [
        ["Reporting unit", "RO-POLICE"]
    ]


def test_signing_in_leaves_its_trace_in_the_log(site: Site) -> None:
    site.browser(Role.REVIEWER)

    page = site.browser(Role.AUDITOR).get("/audit?action=accounts:sign-in")

    assert page.text.count("accounts:sign-in:create") == 2
    with site.work() as session:
        assert session.scalars(select(Person.failed_sign_ins)).all() == [0, 0]
