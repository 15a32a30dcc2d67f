"""Indexes for what few findings have: an exploit, a part of a fix, a port."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = ("exploit_available", "fix_available", "port_begin")


def upgrade() -> None:
    """Add them."""
    for name in _COLUMNS:
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_findings_of_{name}",
            "findings",
            [name],
            postgresql_where=there,
            sqlite_where=there,
        )


def downgrade() -> None:
    """Drop them."""
    for name in _COLUMNS:
        op.drop_index(f"ix_findings_of_{name}", "findings")
