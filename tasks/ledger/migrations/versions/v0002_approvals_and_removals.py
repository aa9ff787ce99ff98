"""Approvals that cycles wait for, and removals of customers' words."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "approvals",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("requested_at", sa.String(), nullable=False),
        sa.Column("decided_at", sa.String(), nullable=False),
        sa.Column("typed_name", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["programme", "edition"], ["cycles.programme", "cycles.edition"], name=op.f("fk_approvals_cycles")),
        sa.PrimaryKeyConstraint("programme", "edition", "attempt", "subject", name=op.f("pk_approvals")),
    )
    op.create_table(
        "removals",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("removed_at", sa.String(), nullable=False),
        sa.Column("typed_name", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme", "subject", name=op.f("pk_removals")),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("removals")
    op.drop_table("approvals")
