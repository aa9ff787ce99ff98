"""The ledger's tables. Times are ISO 8601 texts in UTC, so that a row hashes alike in every database."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {"pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(referred_table_name)s"}


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=_NAMES)


class Chain(Base):
    """The head of one programme's hash chain; locked while an event is appended."""

    __tablename__ = "chains"
    programme: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]
    head: Mapped[str]


class Event(Base):
    """One link of a programme's chain: who did what, when, and the hashes of the rows it wrote."""

    __tablename__ = "events"
    programme: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    edition: Mapped[str]
    at: Mapped[str]
    actor: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[str] = mapped_column(Text)
    previous: Mapped[str]
    hash: Mapped[str]


class Lock(Base):
    """Who runs a programme now: a lease, and no record of anything."""

    __tablename__ = "locks"
    programme: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    process_started: Mapped[str]
    actor: Mapped[str]
    edition: Mapped[str]
    taken_at: Mapped[str]
    expires_at: Mapped[str]


class Cycle(Base):
    """One edition of a cycle: the first publication, a revision, or a draft."""

    __tablename__ = "cycles"
    programme: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[str] = mapped_column(primary_key=True)
    cycle: Mapped[str]
    revision: Mapped[int]
    is_draft: Mapped[bool]
    attempt: Mapped[int]
    status: Mapped[str]
    as_of: Mapped[str]
    frozen: Mapped[str] = mapped_column(Text)
    programme_sha256: Mapped[str]
    versions: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    error: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[str]
    closed_at: Mapped[str]


class Step(Base):
    """One step of one attempt at an edition, with its output as JSON."""

    __tablename__ = "steps"
    programme: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    output: Mapped[str] = mapped_column(Text)
    error: Mapped[str] = mapped_column(Text)
    started_at: Mapped[str]
    ended_at: Mapped[str]
    __table_args__ = (ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"]),)


class Input(Base):
    """What one source gave for one quarter, and where each of its rows went."""

    __tablename__ = "inputs"
    programme: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    cycle: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str]
    sha256: Mapped[str]
    read: Mapped[int]
    filtered: Mapped[int]
    outside_period: Mapped[int]
    collapsed: Mapped[int]
    duplicates: Mapped[int]
    quarantined: Mapped[int]
    accepted: Mapped[int]
    __table_args__ = (ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"]),)


class Finding(Base):
    """One finding of Check: a standard at a place, or a cause, with its verdict and figures as JSON."""

    __tablename__ = "findings"
    programme: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[str] = mapped_column(primary_key=True)
    finding: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[str]
    figures: Mapped[str] = mapped_column(Text)
    __table_args__ = (ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"]),)


class FollowUpRow(Base):
    """A follow-up as it stands, as JSON; its history is in the events."""

    __tablename__ = "follow_ups"
    programme: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    edition: Mapped[str]
    content: Mapped[str] = mapped_column(Text)


class Mail(Base):
    """A mail in the outbox; its bytes are in the vault."""

    __tablename__ = "mails"
    message_id: Mapped[str] = mapped_column(primary_key=True)
    programme: Mapped[str]
    edition: Mapped[str]
    audience: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[str]
    detail: Mapped[str] = mapped_column(Text)
    __table_args__ = (ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"]),)


class Approval(Base):
    """What a person was asked to approve, by its hash, and what was decided; `typed_name` is the name that was typed, and proves nobody."""

    __tablename__ = "approvals"
    programme: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    status: Mapped[str]
    requested_at: Mapped[str]
    decided_at: Mapped[str]
    typed_name: Mapped[str]
    note: Mapped[str] = mapped_column(Text)
    __table_args__ = (ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"]),)


class Removal(Base):
    """Whose words were removed on request: `subject` is `customer:<pseudonym>` or `record:<source>/<record_id>`."""

    __tablename__ = "removals"
    programme: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    removed_at: Mapped[str]
    typed_name: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)


class Admission(Base):
    """A record that was let out of quarantine: later cycles count its masked rows, which are an object of the vault."""

    __tablename__ = "admissions"
    programme: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(primary_key=True)
    cycle: Mapped[str]
    how: Mapped[str]
    rules: Mapped[str] = mapped_column(Text)
    object: Mapped[str] = mapped_column(Text)
    admitted_at: Mapped[str]
    typed_name: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)


class DecisionRow(Base):
    """A decision that the figures propose, or that a person made, as JSON; `status` is proposed, refused, or what was decided."""

    __tablename__ = "decisions"
    programme: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[str]
    status: Mapped[str]
    content: Mapped[str] = mapped_column(Text)


class PublishedObject(Base):
    """A file that a cycle published, by its key in the store."""

    __tablename__ = "objects"
    programme: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    __table_args__ = (ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"]),)


RECORDED: tuple[type[Base], ...] = (
    Cycle,
    Step,
    Input,
    Finding,
    FollowUpRow,
    DecisionRow,
    Mail,
    Approval,
    Removal,
    Admission,
    PublishedObject,
)
