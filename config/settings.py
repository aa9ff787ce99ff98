"""Settings of the installation, all from the environment; a secret has no other way in."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.errors import InputError

PREFIX = "TOUCHSTONE_"


class Settings(BaseSettings):
    """Where things are kept and which services are used; each is an environment variable TOUCHSTONE_..."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    home: Path = Field(default=Path("touchstone-data"), description="Folder of everything that has no setting of its own.")
    store: str = Field(default="", description="Where reports are published: a folder or s3://bucket/prefix; HOME/published without it.")
    vault: str = Field(
        default="", description="Where snapshots are kept, which hold customers' words: a folder or s3://...; HOME/vault without it."
    )
    database: SecretStr = Field(default=SecretStr(""), description="The ledger's SQLAlchemy URL; SQLite in HOME/ledger.db without it.")
    outbox: str = Field(default="", description="Folder of .eml files where no mail server is set; HOME/outbox without it.")
    s3_endpoint: str | None = Field(default=None, description="URL of an S3-compatible service; Amazon's own without it.")
    smtp_host: str | None = Field(default=None, description="Mail server; without it mails are written to the outbox folder.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(default="starttls", description="How the connection is protected.")
    smtp_user: str | None = Field(default=None, description="Login name at the mail server.")
    smtp_password: SecretStr | None = Field(default=None, description="Password at the mail server.")
    smtp_ca_file: Path | None = Field(default=None, description="Certificate authorities to trust; the system's without it.")
    mail_from: str = Field(default="touchstone@localhost", description="Sender's address of every mail.")
    site_url: str | None = Field(default=None, description="Address at which the store's reports can be read; used for links in mails.")
    pseudonym_key: SecretStr | None = Field(default=None, description="Key of the customers' pseudonyms; keep it, or they change.")
    lease_seconds: int = Field(default=90, ge=10, description="How long another machine waits before it takes over a silent run's lock.")

    quarantine_days: int = Field(
        default=30,
        ge=0,
        description="Days for which quarantined rows are kept unmasked in HOME/quarantine, on this machine only; 0 keeps none.",
    )

    @property
    def store_uri(self) -> str:
        """The store: a folder or an s3:// address."""
        return self.store or str(self.home / "published")

    @property
    def vault_uri(self) -> str:
        """The vault: a folder or an s3:// address."""
        return self.vault or str(self.home / "vault")

    @property
    def database_url(self) -> str:
        """The ledger's SQLAlchemy URL; it may hold a password."""
        return self.database.get_secret_value() or f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def outbox_folder(self) -> Path:
        """Where mails are written when no mail server is set."""
        return Path(self.outbox) if self.outbox else self.home / "outbox"

    @property
    def quarantine_folder(self) -> Path:
        """Where quarantined rows are kept unmasked; InputError where that would be inside store or vault, and so published or backed up."""
        folder = self.home.resolve() / "quarantine"
        for what, uri in (("store", self.store_uri), ("vault", self.vault_uri)):
            if self.quarantine_days and not uri.startswith("s3://") and folder.is_relative_to(Path(uri).resolve()):
                raise InputError(
                    f"Unmasked rows would be kept in {folder}, inside the {what} {uri}: set TOUCHSTONE_HOME or {PREFIX}{what.upper()} to "
                    f"another folder, or {PREFIX}QUARANTINE_DAYS=0 to keep none."
                )
        return folder


def load_settings(**given: object) -> Settings:
    """Return the settings of this process, with those given (and not None) in place of the environment's.

    Raises InputError that names the variable that is wrong, and never its value.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        name = PREFIX + "_".join(str(part) for part in problem["loc"]).upper()
        raise InputError(f"{name} in the environment is wrong: {problem['msg']}.") from None
