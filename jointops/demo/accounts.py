"""The demonstration's accounts: one for each role, with passwords made at the first start.

The passwords are kept beside the installation's other secrets, readable by its owner alone, so that a later start
can say them again; they are never part of the project.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from jointops.accounts import service as accounts
from jointops.kernel import ids
from jointops.kernel.policy import Actor, Grant, Role

PASSWORDS_FILE = "demo-accounts.json"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account of the demonstration: who, as what."""

    email: str
    name: str
    grants: tuple[Grant, ...]
    locale: str = "en"


ACCOUNTS = (
    DemoAccount("coordinator@jointops.example", "Operation coordinator (demo)", (Grant(Role.COORDINATOR),)),
    DemoAccount(
        "national@jointops.example",
        "National coordinator, Romania (demo)",
        (Grant(Role.NATIONAL_COORDINATOR, "RO"),),
    ),
    DemoAccount("reporter@jointops.example", "Romanian police (demo)", (Grant(Role.REPORTER, "RO-POLICE"),)),
    DemoAccount("reviewer@jointops.example", "COSI reviewer (demo)", (Grant(Role.REVIEWER),)),
    DemoAccount("auditor@jointops.example", "Auditor (demo)", (Grant(Role.AUDITOR),)),
    DemoAccount("administrator@jointops.example", "Administrator (demo)", (Grant(Role.ADMINISTRATOR),)),
)


def ensure(session: Session, actor: Actor, secrets_folder: Path) -> dict[str, str]:
    """Make the accounts that are not there yet; return the kept password of each by e-mail address.

    An account whose password was changed since keeps the changed one, which is not known here.
    """
    passwords = _kept(secrets_folder / PASSWORDS_FILE)
    for account in ACCOUNTS:
        if accounts.person_by_email(session, account.email) is None:
            accounts.create_person(
                session,
                actor,
                email=account.email,
                name=account.name,
                password=passwords[account.email],
                grants=account.grants,
                locale=account.locale,
            )
    return passwords


def _kept(file: Path) -> dict[str, str]:
    """Return the passwords in ``file``, made now where they are missing."""
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    missing = {a.email: ids.readable_password() for a in ACCOUNTS if a.email not in known}
    if missing:
        known |= missing
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".new")
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as stream:
            json.dump(known, stream, indent=1)
        draft.replace(file)
    return known
