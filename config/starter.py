"""`touchstone init`: a commented programme to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from config.errors import InputError

STARTER = "starter.yaml"


def write_starter(folder: Path) -> Path:
    """Write programme.yaml into `folder` and return its path; InputError where one is there already."""
    path = folder / "programme.yaml"
    if path.exists():
        raise InputError(f"{path} is there already; choose another folder, or edit it.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(resources.files("config").joinpath("examples", STARTER).read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); choose another folder.") from None
    return path
