"""The edge of every address: who gets in, what refusals look like, what every answer carries."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import select
from webob import Request

from jointops.accounts.models import Person
from jointops.config import Settings
from jointops.kernel.policy import Role
from jointops.web import metrics
from jointops.web.headers import SECURITY_HEADERS
from tests.support.app import Browser, Site

pytestmark = pytest.mark.database("sqlite")


def test_somebody_who_is_not_signed_in_is_asked_to(site: Site) -> None:
    answer = site.browser().look("/account?a=1")

    assert answer.status_int == 303
    assert answer.location == "http://localhost/sign-in?next=%2Faccount%3Fa%3D1"


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


@pytest.mark.parametrize("path", ["/nowhere", "/account/nowhere", "/static/nowhere.css"])
def test_what_does_not_exist_is_not_found(site: Site, path: str) -> None:
    answer = site.browser(Role.AUDITOR).look(path)

    assert answer.status_int == 404
    assert answer.html.h1.text == "Not found"


def test_an_address_that_takes_another_method_names_it(site: Site) -> None:
    page = site.browser(Role.AUDITOR).look("/sign-out")
    data = site.api(Role.AUDITOR).post("/me", {})

    assert (page.status_int, page.headers["Allow"]) == (405, "POST")
    assert (data.status_int, data.headers["Allow"], data.json["code"]) == (
        405,
        "GET, HEAD",
        "method-not-allowed",
    )


@pytest.mark.parametrize(
    "path", ["/%ff", "/account?next=%ff", "/sign-in?next=%00", "/account/tokens/%00/revoke"]
)
def test_an_address_that_is_no_text_is_refused_politely(site: Site, path: str) -> None:
    answer = Request.blank(path).get_response(site.application)

    assert answer.status_int in {303, 400, 405}
    assert "Traceback" not in answer.text


def test_a_page_that_one_s_role_does_not_open_says_whom_to_ask(site: Site) -> None:
    answer = site.browser(Role.REPORTER).look("/audit")

    assert answer.status_int == 403
    assert "Ask the operation coordinator or an administrator." in answer.text
    assert answer.html.select_one(".jo-person__name").text == "Reporter Ro Police"


def test_an_unexpected_error_shows_nothing_of_the_inside_and_is_logged(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    browser, api = site.browser(Role.AUDITOR), site.api(Role.AUDITOR)
    monkeypatch.setattr("jointops.kernel.audit.require", lambda *_args: 1 / 0)

    with caplog.at_level(logging.ERROR):
        page, data = browser.look("/audit"), api.get("/audit")

    for answer in (page, data):
        assert answer.status_int == 500
        assert "division" not in answer.text
        assert answer.headers["X-Request-Id"] in answer.text
    assert data.json["code"] == "internal-error"
    assert [record.exc_info is not None for record in caplog.records if record.levelname == "ERROR"] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    "path", ["/sign-in", "/", "/account", "/nowhere", "/healthz", "/api/v1/me", "/static/x"]
)
def test_every_answer_has_the_security_headers(site: Site, path: str) -> None:
    answer = site.browser().look(path)

    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_no_script_and_no_style_can_come_from_elsewhere() -> None:
    policy = SECURITY_HEADERS["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_pages_are_kept_nowhere_and_built_files_for_a_year(site: Site) -> None:
    browser = site.browser(Role.AUDITOR)
    style = browser.get("/").html.find("link", rel="stylesheet")["href"]

    assert browser.look("/account").headers["Cache-Control"] == "no-store"
    assert browser.look("/sign-in").headers["Cache-Control"] == "no-store"
    assert "max-age=31536000" in browser.look(style).headers["Cache-Control"]


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(site: Site) -> None:
    cookie = site.browser().look("/sign-in").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(("secure", "name"), [("true", "__Host-jointops="), ("false", "jointops=")])
def test_cookies_travel_over_tls_only_unless_the_settings_say_otherwise(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, secure: str, name: str
) -> None:
    site = Site(database_url, tmp_path_factory.mktemp("keys"), secure_cookies=secure)

    answer = site.browser().look("/sign-in")
    site.close()

    assert answer.headers["Set-Cookie"].startswith(name)
    assert ("secure" in answer.headers["Set-Cookie"].lower()) == (secure == "true")
    assert ("Strict-Transport-Security" in answer.headers) == (secure == "true")


def test_a_form_without_its_token_is_refused_and_changes_nothing(site: Site) -> None:
    browser = site.browser(Role.REVIEWER)

    answer = browser.post("/account/tokens", {"name": "stolen", "days": "30"}, expect_errors=True)

    assert answer.status_int == 400
    assert "csrf-token-invalid" in answer.text
    assert "stolen" not in browser.get("/account").text


def test_a_cookie_changes_nothing_over_the_api_which_asks_for_no_csrf_token(site: Site) -> None:
    browser = site.browser(Role.REVIEWER)

    reading = browser.get("/api/v1/me")
    writing = browser.post_json("/api/v1/tokens", {"name": "stolen"}, expect_errors=True)

    assert reading.json["email"] == "reviewer@example.org"
    assert writing.status_int == 401
    assert writing.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_opens_no_pages(site: Site) -> None:
    token = site.api(Role.ADMINISTRATOR).token

    answer = site.browser().look("/account", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_int == 303


def test_what_is_larger_than_allowed_is_refused(
    site: Site, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    small = Site(database_url, tmp_path_factory.mktemp("keys"), max_body_bytes="1000")

    page = small.browser().post("/sign-in", {"email": "x" * 2000}, expect_errors=True)
    data = small.api().post("/tokens", {"name": "x" * 2000})
    small.close()

    assert page.status_int == 413
    assert (data.status_int, data.json["code"]) == (413, "too-large")


def test_reading_never_writes(site: Site) -> None:
    """Every GET is in a transaction that holds no lock, so that readers wait for nobody."""
    browser = site.browser(Role.ADMINISTRATOR)
    with site.work() as session:
        session.scalars(select(Person)).all()

        assert browser.look("/account").status_int == 200
        assert browser.look("/audit").status_int == 200


def test_the_server_says_whether_it_is_alive_and_ready(site: Site) -> None:
    browser = site.browser()

    assert browser.look("/healthz").text == "ok\n"
    assert browser.look("/readyz").text == "ok\n"
    with site.application.registry["engine"].begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    assert browser.look("/readyz").status_int == 503
    assert browser.look("/healthz").status_int == 200


def test_figures_about_the_process_are_for_those_who_watch_it(
    site: Site, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    answer = site.browser(Role.AUDITOR).look("/metrics")
    refused = site.browser(Role.REPORTER).look("/metrics")
    public = Site(database_url, tmp_path_factory.mktemp("keys"), public_metrics="true")
    anybody = public.browser().look("/metrics")
    public.close()

    assert 'jointops_requests_total{method="POST",route="sign-in",status="303"}' in answer.text
    assert refused.status_int == 403
    assert anybody.status_int == 200


def test_made_up_methods_do_not_fill_the_figures() -> None:
    metrics.count_request("BREW", "none", 405, 0.1)

    assert b"BREW" not in metrics.exposition()[0]


class TestLanguages:
    """The language of a page is the one just chosen, the one chosen before, the person's, the browser's."""

    def language(self, browser: Browser, path: str = "/sign-in", **headers: str) -> str:
        return str(browser.get(path, headers=headers).html.html["lang"])

    def test_a_browser_s_own_language_is_taken_where_there_is_one(self, site: Site) -> None:
        assert self.language(site.browser(), **{"Accept-Language": "fr-BE, en;q=0.5"}) == "fr"
        assert self.language(site.browser(), **{"Accept-Language": "nl, de;q=0.5"}) == "en"
        assert self.language(site.browser(), **{"Accept-Language": ";;nonsense"}) == "en"

    def test_a_choice_holds_for_the_pages_after_it(self, site: Site) -> None:
        browser = site.browser()

        assert self.language(browser, "/sign-in?lang=fr") == "fr"
        assert self.language(browser) == "fr"
        assert self.language(browser, "/sign-in?lang=en") == "en"

    def test_a_choice_that_is_none_changes_nothing(self, site: Site) -> None:
        assert self.language(site.browser(), "/sign-in?lang=xx") == "en"

    def test_a_person_reads_their_own_language(self, site: Site) -> None:
        key = site.person(Role.REVIEWER)
        with site.work() as session:
            session.get_one(Person, key).locale = "fr"

        assert self.language(site.browser(Role.REVIEWER), "/account") == "fr"

    def test_the_switch_leads_to_the_same_page(self, site: Site) -> None:
        page = site.browser(Role.AUDITOR).get("/audit?operation=X")

        assert page.html.select_one("a[hreflang=fr]")["href"] == "/audit?operation=X&lang=fr"

    def test_the_made_up_language_is_for_tests(
        self, database_url: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        site = Site(database_url, tmp_path_factory.mktemp("keys"), pseudo_locale="false")
        answer = site.browser().get("/sign-in?lang=qps")
        site.close()

        assert "⟦" not in answer.text

    def test_the_api_speaks_the_language_that_is_asked_for(self, site: Site) -> None:
        answer = site.api().get("/me", Accept_Language="qps")

        assert answer.json["title"] == "⟦Please sign in⟧"
        assert answer.json["code"] == "not-signed-in"


def test_the_session_key_is_made_once_and_kept_from_others(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("keys") / "new"

    first, again = (Settings(secrets_folder=folder).session_key() for _time in range(2))

    assert first == again
    assert len(first) >= 64
    assert (folder / "session.key").stat().st_mode & 0o077 == 0
