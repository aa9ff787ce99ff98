"""Settings come from the environment alone, and what is secret stays so."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.errors import InputError
from config.settings import Settings, load_settings

SECRETS = {
    "TOUCHSTONE_DATABASE": "postgresql+psycopg://ledger:hush-database@db/ledger",
    "TOUCHSTONE_SMTP_PASSWORD": "hush-password",
    "TOUCHSTONE_PSEUDONYM_KEY": "hush-key",
}


def test_with_nothing_set_everything_lies_in_one_folder() -> None:
    settings = load_settings(home=Path("/data"))
    assert settings.store_uri == "/data/published"
    assert settings.vault_uri == "/data/vault"
    assert settings.outbox_folder == Path("/data/outbox")
    assert settings.database_url == "sqlite:////data/ledger.db"


def test_the_folder_is_touchstone_data_where_nobody_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOUCHSTONE_HOME")
    assert load_settings().home == Path("touchstone-data")


@pytest.mark.parametrize(
    ("variable", "value", "field"),
    [
        ("TOUCHSTONE_HOME", "/srv/t", "home"),
        ("TOUCHSTONE_STORE", "s3://bucket/reports", "store_uri"),
        ("TOUCHSTONE_VAULT", "s3://bucket/vault", "vault_uri"),
        ("TOUCHSTONE_DATABASE", "sqlite:///x.db", "database_url"),
        ("TOUCHSTONE_OUTBOX", "/srv/outbox", "outbox_folder"),
        ("TOUCHSTONE_SMTP_PORT", "2525", "smtp_port"),
        ("touchstone_site_url", "https://reports.example", "site_url"),
    ],
)
def test_each_setting_is_a_variable_of_the_environment(variable: str, value: str, field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    assert str(getattr(load_settings(), field)) == value


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_SMTP_PORT", "")
    assert load_settings().smtp_port == 587


def test_what_is_given_goes_before_the_environment_and_none_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_STORE", "/from/environment")
    assert load_settings(store="/given").store_uri == "/given"
    assert load_settings(store=None).store_uri == "/from/environment"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TOUCHSTONE_SMTP_PORT", "many-and-secret"),
        ("TOUCHSTONE_SMTP_PORT", "99999"),
        ("TOUCHSTONE_SMTP_SECURITY", "many-and-secret"),
        ("TOUCHSTONE_LEASE_SECONDS", "-7"),
    ],
)
def test_a_wrong_variable_is_named_and_its_value_is_not(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputError) as refusal:
        load_settings()
    assert str(refusal.value).startswith(f"{variable} in the environment is wrong: ")
    assert value not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_no_secret_is_ever_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in SECRETS.items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    printed = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "hush" not in printed
    assert settings.database_url == SECRETS["TOUCHSTONE_DATABASE"]  # and yet they arrived
    assert settings.pseudonym_key is not None
    assert settings.pseudonym_key.get_secret_value() == "hush-key"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().smtp_port = 25  # type: ignore[misc]


def test_every_setting_says_what_it_means() -> None:
    assert {name for name, field in Settings.model_fields.items() if not (field.description or "").strip()} == set()
