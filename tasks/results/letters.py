"""A letter before it is a mail: its two texts, and what goes with them."""

from __future__ import annotations

import hashlib

from pydantic import ConfigDict, Field

from tasks.results.base import Result


class Picture(Result):
    """A picture in the HTML of a letter, which names it by `cid:` and its id."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    png: bytes

    @property
    def content_id(self) -> str:
        """The picture's name, without angle brackets: the same picture has the same in every letter (RFC 2392)."""
        return f"{hashlib.sha256(self.png).hexdigest()[:32]}@picture"


class Attachment(Result):
    """A file of text that goes with a letter."""

    name: str = Field(description="File name.")
    subtype: str = Field(description="Of the media type text: calendar.")
    parameters: dict[str, str] = Field(default={}, description="Of the media type.")
    text: str


class Letter(Result):
    """A mail to one address, not yet sent."""

    audience: str
    recipient: str
    subject: str
    text: str
    html: str
    pictures: tuple[Picture, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    lighter: Letter | None = Field(default=None, description="What is sent in its place where it makes too large a mail.")
