"""Qualtrics exports: three header rows (names, questions, import ids), or two in older ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from config.errors import InputError
from config.sources import Source
from tasks.sources.delimited import Header

_IMPORT_ID = re.compile(r"""["']ImportId["']\s*:\s*["']([^"']+)["']""")
_ZONE = re.compile(r"""["']timeZone["']\s*:\s*["']([^"']+)["']""")
_OLD_NAME = re.compile(r"V\d+")
# import ids are the same in every interface language
_NAMES = {
    "startDate": "StartDate",
    "endDate": "EndDate",
    "status": "Status",
    "ipAddress": "IPAddress",
    "progress": "Progress",
    "duration": "Duration (in seconds)",
    "finished": "Finished",
    "recordedDate": "RecordedDate",
    "_recordId": "ResponseId",
    "recipientLastName": "RecipientLastName",
    "recipientFirstName": "RecipientFirstName",
    "recipientEmail": "RecipientEmail",
    "externalDataReference": "ExternalReference",
    "locationLatitude": "LocationLatitude",
    "locationLongitude": "LocationLongitude",
    "distributionChannel": "DistributionChannel",
    "userLanguage": "UserLanguage",
}
# what older exports call these in their second row
_OLD_TITLES = {
    "ResponseID": "ResponseId",
    "ExternalDataReference": "ExternalReference",
    "EmailAddress": "RecipientEmail",
    "RecipientEmail": "RecipientEmail",
    "IPAddress": "IPAddress",
    "Status": "Status",
    "StartDate": "StartDate",
    "EndDate": "EndDate",
    "Finished": "Finished",
    "LocationLatitude": "LocationLatitude",
    "LocationLongitude": "LocationLongitude",
}


def qualtrics_header(source: Source, place: str, rows: Sequence[Sequence[str]]) -> Header:
    """Return the header of an export: the survey's own columns under their English names, all under the file's names, too.

    Raises InputError where the first rows are not those of an export.
    """
    names = [name.strip() for name in rows[0]]
    for number, row in enumerate(rows[1:3], start=2):
        ids = [_found(_IMPORT_ID, cell) for cell in row]
        if any(ids) and len(row) == len(names):
            zones = {column: zone for column, cell in enumerate(row) if (zone := _found(_ZONE, cell))}
            return _header(names, {column: _NAMES[one] for column, one in enumerate(ids) if one in _NAMES}, number, zones)
    titles = [title.strip() for title in rows[1]] if len(rows) > 1 else []
    if len(titles) != len(names) or not {"ResponseID", "ResponseId", "Response ID"} & {*titles}:
        raise InputError(
            f"source {source.id!r}: {place} is no Qualtrics export, for neither its second nor its third row holds import ids; "
            "export it again, or read it with csv."
        )
    renamed = {column: _OLD_TITLES.get(titles[column], titles[column]) for column, name in enumerate(names) if _OLD_NAME.fullmatch(name)}
    return _header(names, renamed | {column: "ResponseId" for column, title in enumerate(titles) if title == "ResponseID"}, 2, {}, titles)


def _header(
    names: Sequence[str], renamed: Mapping[int, str], row_count: int, zones: Mapping[int, str], titles: Sequence[str] = ()
) -> Header:
    final = tuple(renamed.get(column, name) for column, name in enumerate(names))
    others = {title: column for column, title in enumerate(titles) if column in renamed and titles.count(title) == 1}
    others |= {name: column for column, name in enumerate(names) if names.count(name) == 1}
    zone_names = {name: zone for column, zone in zones.items() for name in (final[column], names[column])}
    return Header(final, row_count, others, zone_names)


def _found(pattern: re.Pattern[str], cell: str) -> str:
    match = pattern.search(cell)
    return match[1] if match else ""
