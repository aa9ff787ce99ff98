"""Runs migrations on the connection that tasks.ledger.connection hands over."""

from alembic import context

from tasks.ledger.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata, transactional_ddl=False)
context.run_migrations()
