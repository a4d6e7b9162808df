"""The commands about people and their API tokens."""

from __future__ import annotations

import sys
from typing import Any

import click

from jointops.accounts import service
from jointops.accounts.models import ApiToken, Person
from jointops.command import Command, DataCommand, Group, Work, pass_work, table
from jointops.kernel import clock, ids
from jointops.kernel.i18n import DEFAULT_LOCALE, LOCALES, _


@click.group("users", cls=Group, help=_("People and what they may do."))
def users() -> None:
    """Hold the commands about people."""


@users.command("list", cls=DataCommand, help=_("List everybody with an account."))
@pass_work
def list_users(work: Work) -> None:
    """Print people and their roles."""
    with work.transaction(read_only=True) as (session, actor):
        people = [_person_data(person) for person in service.list_people(session, actor)]
    head = [work.translate(text) for text in (_("E-mail address"), _("Name"), _("Roles"), _("Open"))]
    rows = [
        (
            one["email"],
            one["name"],
            ", ".join(one["roles"]),
            work.translate(_("yes") if one["active"] else _("no")),
        )
        for one in people
    ]
    work.show(people, table(head, rows))


@users.command("add", cls=DataCommand, help=_("Make an account; its password is printed once."))
@click.argument("email")
@click.option("--name", required=True, help=_("The person's name."))
@click.option(
    "--role",
    "roles",
    multiple=True,
    help=_("A role such as administrator, coordinator:CODE, national-coordinator:RO or reporter:RO-POLICE."),
)
@click.option(
    "--language",
    type=click.Choice(list(LOCALES)),
    default=DEFAULT_LOCALE,
    help=_("The language of their pages."),
)
@click.option(
    "--password-stdin", is_flag=True, help=_("Read the password from standard input instead of making one.")
)
@pass_work
def add_user(
    work: Work, email: str, name: str, roles: tuple[str, ...], language: str, password_stdin: bool
) -> None:
    """Make an account."""
    password, shown = _password(password_stdin)
    with work.transaction() as (session, actor):
        person = service.create_person(
            session,
            actor,
            email=email,
            name=name,
            password=password,
            grants=[service.read_grant(role) for role in roles],
            locale=language,
        )
        data = _person_data(person)
    _show_password(work, data, shown)


@users.command(
    "password", cls=DataCommand, help=_("Set a new password, which is printed once; signs the person out.")
)
@click.argument("email")
@click.option(
    "--password-stdin", is_flag=True, help=_("Read the password from standard input instead of making one.")
)
@pass_work
def set_password(work: Work, email: str, password_stdin: bool) -> None:
    """Set a password."""
    password, shown = _password(password_stdin)
    with work.transaction() as (session, actor):
        person = service.find_person(session, actor, email)
        service.set_password(session, actor, person, password)
        data = _person_data(person)
    _show_password(work, data, shown)


@users.command("grant", cls=Command, help=_("Give a role."))
@click.argument("email")
@click.argument("role")
@pass_work
def grant(work: Work, email: str, role: str) -> None:
    """Give a role."""
    with work.transaction() as (session, actor):
        service.add_grant(
            session, actor, service.find_person(session, actor, email), service.read_grant(role)
        )


@users.command("revoke", cls=Command, help=_("Take a role away."))
@click.argument("email")
@click.argument("role")
@pass_work
def revoke(work: Work, email: str, role: str) -> None:
    """Take a role away."""
    with work.transaction() as (session, actor):
        service.remove_grant(
            session, actor, service.find_person(session, actor, email), service.read_grant(role)
        )


@users.command(
    "close", cls=Command, help=_("Close an account: nobody signs in with it, its tokens stop working.")
)
@click.argument("email")
@pass_work
def close(work: Work, email: str) -> None:
    """Close an account."""
    with work.transaction() as (session, actor):
        service.set_active(session, actor, service.find_person(session, actor, email), False)


@users.command(
    "open", cls=Command, help=_("Open an account again, also one that is locked after failed sign-ins.")
)
@click.argument("email")
@pass_work
def open_again(work: Work, email: str) -> None:
    """Open an account again."""
    with work.transaction() as (session, actor):
        service.set_active(session, actor, service.find_person(session, actor, email), True)


@click.group("tokens", cls=Group, help=_("Tokens by which software acts as a person."))
def tokens() -> None:
    """Hold the commands about tokens."""


@tokens.command("create", cls=DataCommand, help=_("Make a token; it is printed once."))
@click.argument("email")
@click.option("--name", required=True, help=_("What the token is for."))
@click.option(
    "--days", type=int, default=service.TOKEN_DAYS, show_default=True, help=_("Days until it expires.")
)
@pass_work
def create_token(work: Work, email: str, name: str, days: int) -> None:
    """Make a token."""
    with work.transaction() as (session, actor):
        person = service.find_person(session, actor, email)
        token, text = service.create_token(session, actor, person, name, days)
        data = _token_data(token)
    work.show({**data, "token": text}, text)


@tokens.command("list", cls=DataCommand, help=_("List a person's tokens, without their secrets."))
@click.argument("email")
@pass_work
def list_tokens(work: Work, email: str) -> None:
    """Print a person's tokens."""
    with work.transaction(read_only=True) as (session, actor):
        person = service.find_person(session, actor, email)
        data = [_token_data(token) for token in service.list_tokens(session, actor, person)]
    head = [work.translate(text) for text in (_("Number"), _("For"), _("Expires"), _("Revoked"))]
    work.show(
        data, table(head, [(one["id"], one["name"], one["expires_at"], one["revoked_at"]) for one in data])
    )


@tokens.command("revoke", cls=Command, help=_("End a token now."))
@click.argument("number", type=int)
@pass_work
def revoke_token(work: Work, number: int) -> None:
    """End a token."""
    with work.transaction() as (session, actor):
        service.revoke_token(session, actor, number)


def _password(from_stdin: bool) -> tuple[str, str | None]:
    """Return the password, and what is to be printed of it: one that somebody typed is not."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), None
    made = ids.readable_password()
    return made, made


def _show_password(work: Work, data: dict[str, Any], password: str | None) -> None:
    work.show({**data, "password": password}, password or "")


def _person_data(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "locale": person.locale,
        "active": person.active,
        "roles": [
            f"{grant.role}:{grant.scope}" if grant.scope else grant.role.value for grant in person.grants
        ],
    }


def _token_data(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "created_at": clock.iso(token.created_at),
        "expires_at": clock.iso(token.expires_at),
        "revoked_at": clock.iso(token.revoked_at) if token.revoked_at else None,
    }


COMMANDS = (users, tokens)
