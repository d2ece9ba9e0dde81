"""Alembic's entry: runs on the connection that ``hub.store.schema`` hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from hub.store.tables import Instant, metadata


def _render(kind: str, value: object, autogen: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(value, Instant):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_item=_render,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
