"""Where an installation keeps what it publishes, and what it keeps to itself."""

from __future__ import annotations

from config.settings import Settings
from tasks.store import Store, open_store

DRAFTS = "drafts"
PREVIEW = "preview"


def store_uri(settings: Settings, *, is_draft: bool) -> str:
    """Return where an edition is published: a draft stays in a local folder."""
    return str(settings.home / DRAFTS) if is_draft else settings.store_uri


def open_published(settings: Settings, *, is_draft: bool) -> Store:
    """Return the store of published editions, or of drafts."""
    return open_store(store_uri(settings, is_draft=is_draft), s3_endpoint=settings.s3_endpoint)


def open_vault(settings: Settings) -> Store:
    """Return the vault, where snapshots and everything else with customers' words is kept."""
    return open_store(settings.vault_uri, s3_endpoint=settings.s3_endpoint)


def preview_of(edition: str) -> str:
    """Return the name under which an edition that waits for approval is laid out among the drafts."""
    return f"{edition}.{PREVIEW}"
