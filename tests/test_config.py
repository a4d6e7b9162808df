"""Settings: the environment before the file, nothing misspelt in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from jointops.config import Settings, kept_secret, read


def test_without_anything_said_cookies_are_secure_and_the_database_is_embedded() -> None:
    settings = read({}, {})

    assert settings == Settings()
    assert settings.secure_cookies
    assert not settings.pseudo_locale
    assert not settings.public_metrics
    assert settings.database_url.startswith("sqlite:///")


def test_the_environment_comes_before_the_file() -> None:
    file = {"jointops.database_url": "sqlite:///file", "jointops.secrets_folder": "/file"}
    environment = {"DATABASE_URL": "postgresql+psycopg://db/x", "JOINTOPS_SECRETS_FOLDER": "/env"}

    assert read(file, {}).database_url == "sqlite:///file"
    assert read(file, environment).database_url == "postgresql+psycopg://db/x"
    assert read(file, environment).secrets_folder == Path("/env")


def test_the_usual_name_of_the_database_s_address_is_read_too() -> None:
    assert read({"sqlalchemy.url": "sqlite:///usual"}, {}).database_url == "sqlite:///usual"


def test_settings_are_read_as_what_they_are() -> None:
    settings = read({"jointops.secure_cookies": "false", "jointops.max_body_bytes": "1000"}, {})

    assert settings.secure_cookies is False
    assert settings.max_body_bytes == 1000


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jointops.secure_cookie", "false"),
        ("jointops.default_locale", "xx"),
        ("jointops.max_body_bytes", "much"),
    ],
)
def test_a_setting_that_makes_no_sense_is_an_error(key: str, value: str) -> None:
    with pytest.raises(ValueError):
        read({key: value}, {})


def test_settings_of_others_are_left_alone() -> None:
    assert read({"pyramid.reload_templates": "true"}, {}) == Settings()


def test_a_secret_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "var" / "key"
    first = kept_secret(file)
    file.with_name(f"{file.name}.1").write_text("left behind by a process that died")

    assert kept_secret(file) == first
