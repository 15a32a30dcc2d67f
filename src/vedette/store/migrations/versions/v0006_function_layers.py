"""Rows that tell which Lambda layer a function's file is of."""

from alembic import op

from vedette.store.refill import refill_resources

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write what resources say anew."""
    refill_resources(op.get_bind())


def downgrade() -> None:
    """Nothing: who does not know the rows does not ask for them."""
