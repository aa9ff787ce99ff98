"""Which objects of the vault the ledger's rows refer to, and which its events name as gone with customers' words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from tasks.ledger.connection import Ledger
from tasks.ledger.models import Admission, Event, Mail, Step
from tasks.results import Ref

EXPIRED, REMOVED, REPUBLISHED = "words.expired", "words.removed", "words.republished"
WORDS_EVENTS = frozenset({EXPIRED, REMOVED, REPUBLISHED})
GONE = "gone"  # the detail of such an event that lists the keys of objects
MAIL, ADMISSION = "mail", "admission"


@dataclass(frozen=True)
class Holder:
    """The row that refers to an object: a step of an edition, one of its mails, or a record let out of quarantine."""

    programme: str
    edition: str
    what: str  # the step's name, MAIL or ADMISSION


def refs_in(value: object) -> Iterator[Ref]:
    """Yield every reference in a value read from JSON."""
    if isinstance(value, dict):
        if value.keys() == Ref.model_fields.keys():
            yield Ref.model_validate(value)
        else:
            for item in value.values():
                yield from refs_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from refs_in(item)


def with_refs(value: Any, new: Mapping[str, Ref]) -> Any:
    """Return a value read from JSON with those references replaced for whose keys there is a new one."""
    if isinstance(value, dict):
        if value.keys() == Ref.model_fields.keys():
            return new[value["uri"]].model_dump() if value["uri"] in new else value
        return {key: with_refs(item, new) for key, item in value.items()}
    return [with_refs(item, new) for item in value] if isinstance(value, list) else value


def references(ledger: Ledger) -> Iterator[tuple[Holder, Ref]]:
    """Yield every reference in the rows of all programmes: in what steps gave, whatever their attempt, in mails and in admissions."""
    with ledger.transaction() as session:
        steps = session.execute(select(Step.programme, Step.edition, Step.name, Step.output).where(Step.output != ""))
        mails = session.execute(select(Mail.programme, Mail.edition, Mail.body))
        found = [(Holder(*row[:3]), ref) for row in steps for ref in refs_in(json.loads(row.output))]
        admissions = session.execute(select(Admission.programme, Admission.cycle, Admission.object))
        found += [(Holder(row.programme, row.edition, MAIL), ref) for row in mails for ref in refs_in(json.loads(row.body))]
        found += [(Holder(row.programme, row.cycle, ADMISSION), ref) for row in admissions for ref in refs_in(json.loads(row.object))]
    yield from found


def gone(ledger: Ledger, programme: str) -> frozenset[str]:
    """Return the keys of all objects that were given up: their words expired or were removed."""
    query = select(Event.payload).where(Event.programme == programme, Event.kind.in_((EXPIRED, REMOVED)))
    with ledger.transaction() as session:
        return frozenset(key for payload in session.scalars(query) for key in json.loads(payload)["detail"][GONE])
