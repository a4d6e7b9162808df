"""People, roles, passwords and tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jointops.accounts import passwords, service, signin
from jointops.accounts.models import Person, SignIn
from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from jointops.kernel.policy import Actor, Grant, Role
from tests import people

NOW = datetime(2027, 5, 3, 12, tzinfo=UTC)

VALID: dict[str, Any] = {"email": "ann@example.org", "name": "Ann", "password": "a-long-enough-one"}


def codes(caught: pytest.ExceptionInfo[DomainError]) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in caught.value.problems}


def as_person(session: Session, *grants: Role | Grant) -> Actor:
    made = people.person(session, *grants)
    return signin.identity(made).actor(people.operator().channel, "test")


def test_a_person_is_made_with_roles_and_it_is_logged(session: Session) -> None:
    grants = [Grant(Role.AUDITOR), Grant(Role.REPORTER, "RO-POLICE"), Grant(Role.AUDITOR)]

    made = service.create_person(
        session, people.operator(), grants=grants, **(VALID | {"email": " Ann@Example.org "})
    )

    assert made.email == "ann@example.org"
    assert [(grant.role, grant.scope) for grant in made.grants] == [
        (Role.AUDITOR, ""),
        (Role.REPORTER, "RO-POLICE"),
    ]
    assert made.password_hash.startswith("$argon2id$")
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.object_key, entry.actor_name) == (
        "accounts:user:create",
        "ann@example.org",
        "operator",
    )
    assert "a-long-enough-one" not in str(entry.details)


def test_everything_that_is_wrong_is_named_at_once(session: Session) -> None:
    grants = [Grant(Role.AUDITOR, "RO"), Grant(Role.NATIONAL_COORDINATOR), Grant(Role.REPORTER, "XX-POLICE")]

    with pytest.raises(Invalid) as caught:
        service.create_person(
            session, people.operator(), email="ann", name=" ", password="short", locale="xx", grants=grants
        )

    assert codes(caught) == {
        "/email": "email-invalid",
        "/name": "name-invalid",
        "/password": "password-too-short",
        "/locale": "locale-unknown",
        "/grants/0/scope": "scope-not-expected",
        "/grants/1/scope": "scope-unknown",
        "/grants/2/scope": "scope-unknown",
    }


def test_an_address_is_taken_once(session: Session) -> None:
    service.create_person(session, people.operator(), **VALID)

    with pytest.raises(Conflict) as caught:
        service.create_person(session, people.operator(), **VALID)

    assert caught.value.code == "email-taken"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_an_administrator_makes_accounts_and_gives_roles(session: Session, role: Role) -> None:
    actor = as_person(session, role)
    somebody = people.person(session)

    with pytest.raises(NotAllowed):
        service.create_person(session, actor, **VALID)
    with pytest.raises(NotAllowed):
        service.add_grant(session, actor, somebody, Grant(Role.ADMINISTRATOR))
    with pytest.raises(NotAllowed):
        service.set_active(session, actor, somebody, False)


def test_roles_are_given_once_and_taken_away(session: Session) -> None:
    somebody = people.person(session)
    given = Grant(Role.COORDINATOR, "X-2027")

    service.add_grant(session, people.operator(), somebody, given)
    service.add_grant(session, people.operator(), somebody, given)
    assert [(grant.role, grant.scope) for grant in somebody.grants] == [(Role.COORDINATOR, "X-2027")]

    service.remove_grant(session, people.operator(), somebody, given)
    assert somebody.grants == []
    with pytest.raises(NotFound):
        service.remove_grant(session, people.operator(), somebody, given)


def test_people_are_listed_for_those_who_look_after_them(session: Session) -> None:
    people.person(session, Role.REVIEWER, email="b@example.org")
    people.person(session, email="a@example.org")

    listed = service.list_people(session, people.operator())

    assert [one.email for one in listed] == ["a@example.org", "b@example.org"]
    with pytest.raises(NotAllowed):
        service.list_people(session, as_person(session, Role.REPORTER))


def test_whether_there_is_an_account_is_told_to_nobody_else(session: Session) -> None:
    actor = as_person(session, Role.REPORTER)

    for email in (people.person(session).email, "nobody@example.org"):
        with pytest.raises(NotAllowed):
            service.find_person(session, actor, email)


def test_a_token_opens_the_door_until_it_expires(session: Session) -> None:
    somebody = people.person(session, Role.REPORTER)
    with clock.fixed(NOW):
        made, text = service.create_token(session, people.operator(), somebody, "export", 30)
        assert text.startswith("jo_")
        assert text not in (made.token_sha256, made.name)
        who = signin.by_token(session, text)
        assert who is not None
        assert who.grants == (Grant(Role.REPORTER, "RO-POLICE"),)
    with clock.fixed(NOW + timedelta(days=30)):
        assert signin.by_token(session, text) is None


def test_a_token_ends_when_it_is_revoked_or_its_owner_s_account_is_closed(session: Session) -> None:
    somebody = people.person(session, Role.REPORTER)
    made, first = people.token(session, somebody)
    _made, second = people.token(session, somebody)

    service.revoke_token(session, people.operator(), made.id)
    service.revoke_token(session, people.operator(), made.id)
    assert signin.by_token(session, first) is None
    assert signin.by_token(session, second) is not None

    service.set_active(session, people.operator(), somebody, False)
    assert signin.by_token(session, second) is None


@pytest.mark.parametrize(
    ("name", "days", "code"),
    [("", 1, "name-invalid"), ("x", 0, "days-out-of-range"), ("x", 999, "days-out-of-range")],
)
def test_a_token_says_what_it_is_for_and_holds_for_a_time(
    session: Session, name: str, days: int, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        service.create_token(session, people.operator(), people.person(session), name, days)

    assert caught.value.code == code


def test_nobody_makes_or_ends_tokens_of_somebody_else(session: Session) -> None:
    actor = as_person(session, Role.COORDINATOR)
    somebody = people.person(session, Role.COORDINATOR)
    made, _text = people.token(session, somebody)

    with pytest.raises(NotAllowed):
        service.create_token(session, actor, somebody, "x", 1)
    with pytest.raises(NotAllowed):
        service.list_tokens(session, actor, somebody)
    with pytest.raises(NotFound):
        service.revoke_token(session, actor, made.id)


def test_a_new_password_signs_out_everywhere_and_unlocks(session: Session) -> None:
    somebody = people.person(session)
    secret = signin.start(session, somebody)
    session.execute(update(Person).values(locked_until=clock.later(600)))

    service.set_password(session, people.operator(), somebody, "another-long-one")

    assert signin.by_browser(session, secret) is None
    assert somebody.locked_until is None
    assert passwords.matches(somebody.password_hash, "another-long-one")
    assert session.scalars(select(SignIn.ended_at)).one() is not None


@pytest.mark.parametrize(
    ("password", "code"), [("x" * 11, "password-too-short"), ("x" * 201, "password-too-long")]
)
def test_a_password_is_long_but_not_endless(session: Session, password: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        service.set_password(session, people.operator(), people.person(session), password)

    assert caught.value.code == code


def test_one_changes_one_s_own_password_and_no_other(session: Session) -> None:
    actor = as_person(session, Role.REVIEWER)
    own = service.own_account(session, actor)

    service.set_password(session, actor, own, "another-long-one")
    with pytest.raises(NotAllowed):
        service.set_password(session, actor, people.person(session), "another-long-one")


def test_the_operator_has_no_account(session: Session) -> None:
    with pytest.raises(NotFound):
        service.own_account(session, people.operator())
    with pytest.raises(NotFound):
        service.own_account(session, replace(people.operator(), id=999))


def test_the_language_of_a_person_is_one_of_ours(session: Session) -> None:
    actor = as_person(session, Role.REVIEWER)

    service.set_locale(session, actor, "fr")
    assert service.own_account(session, actor).locale == "fr"
    with pytest.raises(Invalid):
        service.set_locale(session, actor, "xx")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("administrator", Grant(Role.ADMINISTRATOR)),
        ("reporter:RO-POLICE", Grant(Role.REPORTER, "RO-POLICE")),
        ("coordinator:X:Y", Grant(Role.COORDINATOR, "X:Y")),
    ],
)
def test_a_role_is_read_as_it_is_written(text: str, expected: Grant) -> None:
    assert service.read_grant(text) == expected


def test_a_role_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(Invalid) as caught:
        service.read_grant("boss")

    assert caught.value.problems[0].accepted == tuple(Role)
