"""People with accounts, in one line each."""

from __future__ import annotations

from functools import cache
from itertools import count

from sqlalchemy.orm import Session

from jointops.accounts import passwords, service
from jointops.accounts.models import ApiToken, Person, RoleGrant
from jointops.kernel import clock
from jointops.kernel.policy import Actor, Channel, Grant, Role

PASSWORD = "correct-horse-battery"

SCOPES: dict[Role, str] = {Role.NATIONAL_COORDINATOR: "RO", Role.REPORTER: "RO-POLICE"}
"""What the roles that need one are scoped to, where a test says nothing else."""

_numbers = count(1)


def grant(role: Role, scope: str | None = None) -> Grant:
    """Return a role with the scope it needs."""
    return Grant(role, scope or SCOPES.get(role))


def operator() -> Actor:
    """Return the operator at the machine, who may set everything up."""
    grants = (Grant(Role.ADMINISTRATOR), Grant(Role.COORDINATOR))
    return Actor(None, "operator", grants, Channel.COMMAND, "test")


def person(session: Session, *grants: Grant | Role, email: str | None = None, locale: str = "en") -> Person:
    """Make an account with these roles, whose password is :data:`PASSWORD`, and return it."""
    email = email or f"person-{next(_numbers)}@example.org"
    held = [given if isinstance(given, Grant) else grant(given) for given in grants]
    made = Person(
        email=email,
        name=email.partition("@")[0].replace("-", " ").title(),
        # Hashed once for all: hashing takes as long as it is meant to.
        password_hash=_password_hash(),
        locale=locale,
        active=True,
        created_at=clock.now(),
        failed_sign_ins=0,
        grants=[RoleGrant(role=one.role, scope=one.scope or "") for one in held],
    )
    session.add(made)
    session.flush()
    return made


def token(session: Session, whose: Person, name: str = "test") -> tuple[ApiToken, str]:
    """Make an API token for ``whose`` account and return it and its text."""
    return service.create_token(session, operator(), whose, name)


@cache
def _password_hash() -> str:
    return passwords.hashed(PASSWORD)
