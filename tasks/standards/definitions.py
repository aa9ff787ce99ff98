"""What a standard's figure means: the same hash, the same meaning, so that quarters can stand on one chart."""

from __future__ import annotations

import json
from collections.abc import Mapping

from config.loading import fingerprint
from config.programme import Programme
from config.standards import Standard

_NOT_WHAT_IS_MEASURED = {"id", "title", "target_share", "touchpoints"}
VOLUME = "volume"


def definitions(programme: Programme, mappings: Mapping[str, str]) -> dict[str, str]:
    """Return the hash of each standard's definition, and under `volume` of what the number of records counts.

    `mappings` holds a hash of each source's mapping. A new title or target changes no figure and so no definition.
    """
    places = [touchpoint.model_dump(mode="json", include={"id", "where"}) for touchpoint in programme.touchpoints]
    taxonomy = programme.taxonomy.model_dump(mode="json") if programme.taxonomy else None
    world = [places, taxonomy, programme.timezone, programme.year_starts_in, sorted(mappings.items())]
    own = {standard.id: _hash([*world, *_measured(standard, programme)]) for standard in programme.promises}
    return own | {VOLUME: _hash(world)}


def _measured(standard: Standard, programme: Programme) -> list[object]:
    content = standard.model_dump(mode="json", exclude=_NOT_WHAT_IS_MEASURED)
    is_working = "working" in str(content["measure"])
    if not standard.is_share:
        content["measure"] = {name: part for name, part in content["measure"].items() if name not in ("at_most", "at_least")}
    return [content, programme.working_time.model_dump(mode="json") if is_working else None]


def _hash(content: object) -> str:
    return fingerprint(json.dumps(content, sort_keys=True))
