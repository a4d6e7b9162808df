"""Accounts: people, roles, sign-in and API tokens."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages of sign-in and account, and the tokens' API."""
    config.add_route("sign-in", "/sign-in")
    config.add_route("sign-out", "/sign-out")
    config.add_route("account", "/account")
    config.add_route("account.token", "/account/tokens/{id}/revoke")
    config.add_route("account.tokens", "/account/tokens")
    config.add_route("account.language", "/account/language")
    config.add_route("account.password", "/account/password")
    config.scan("jointops.accounts")
