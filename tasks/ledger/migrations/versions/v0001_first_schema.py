"""The first schema; events can be added, and neither changed nor removed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQLITE = """
CREATE TRIGGER events_no_{verb} BEFORE {verb} ON events
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
"""
_POSTGRESQL = """
CREATE FUNCTION events_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$ LANGUAGE plpgsql
"""
_POSTGRESQL_TRIGGER = """
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION events_append_only()
"""
_POSTGRESQL_NO_TRUNCATE = """
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION events_append_only()
"""


def upgrade() -> None:
    """Create all tables, and the triggers that keep events as they were written."""
    _create_tables()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL)
        op.execute(_POSTGRESQL_TRIGGER)
        op.execute(_POSTGRESQL_NO_TRUNCATE)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(verb=verb))


def downgrade() -> None:
    """Drop everything."""
    op.drop_table("steps")
    op.drop_table("objects")
    op.drop_table("mails")
    op.drop_table("inputs")
    op.drop_table("findings")
    op.drop_table("locks")
    op.drop_table("follow_ups")
    op.drop_table("events")
    op.drop_table("cycles")
    op.drop_table("chains")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION events_append_only()")


def _create_tables() -> None:
    op.create_table(
        "chains",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("programme", name=op.f("pk_chains")),
    )
    op.create_table(
        "cycles",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("cycle", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_draft", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("as_of", sa.String(), nullable=False),
        sa.Column("frozen", sa.Text(), nullable=False),
        sa.Column("programme_sha256", sa.String(), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("closed_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("programme", "edition", name=op.f("pk_cycles")),
    )
    op.create_table(
        "events",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("programme", "seq", name=op.f("pk_events")),
    )
    op.create_table(
        "follow_ups",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme", "id", name=op.f("pk_follow_ups")),
    )
    op.create_table(
        "locks",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("process_started", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("taken_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("programme", name=op.f("pk_locks")),
    )
    op.create_table(
        "findings",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"], name=op.f("fk_findings_cycles")),
        sa.PrimaryKeyConstraint("programme", "edition", "finding", name=op.f("pk_findings")),
    )
    op.create_table(
        "inputs",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("cycle", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("filtered", sa.Integer(), nullable=False),
        sa.Column("outside_period", sa.Integer(), nullable=False),
        sa.Column("collapsed", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"], name=op.f("fk_inputs_cycles")),
        sa.PrimaryKeyConstraint("programme", "edition", "attempt", "source", "cycle", name=op.f("pk_inputs")),
    )
    op.create_table(
        "mails",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"], name=op.f("fk_mails_cycles")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_mails")),
    )
    op.create_table(
        "objects",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"], name=op.f("fk_objects_cycles")),
        sa.PrimaryKeyConstraint("programme", "edition", "key", name=op.f("pk_objects")),
    )
    op.create_table(
        "steps",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("started_at", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"], name=op.f("fk_steps_cycles")),
        sa.PrimaryKeyConstraint("programme", "edition", "attempt", "name", name=op.f("pk_steps")),
    )
