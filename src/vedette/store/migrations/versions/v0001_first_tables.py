"""The first tables.

A migration is frozen: it does not import the schema, which goes on changing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _estate() -> None:
    op.create_table(
        "resources",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("account", sa.String(12), nullable=False),
        sa.Column("region", sa.String(32), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger, nullable=False),
        sa.Column("last_seen_at", sa.BigInteger, nullable=False),
        sa.Column("gone_at", sa.BigInteger),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("ref", name="uq_resources_ref"),
    )
    op.create_index("ix_resources_scope", "resources", ["account", "region", "type"])
    op.create_table(
        "inventories",
        sa.Column(
            "resource", _ID, sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "evaluations",
        sa.Column(
            "resource", _ID, sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("evaluated_at", sa.BigInteger, nullable=False),
    )


def _packages() -> None:
    op.create_table(
        "package_versions",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("ecosystem", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.UniqueConstraint("ecosystem", "name", "version", name="uq_package_versions_ecosystem"),
    )
    op.create_table(
        "package_resources",
        sa.Column("package", _ID, sa.ForeignKey("package_versions.id"), primary_key=True),
        sa.Column(
            "resource", _ID, sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_package_resources_resource", "package_resources", ["resource"])


def _states() -> None:
    op.create_table(
        "coverage",
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("scan_type", sa.String(10), primary_key=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    for name in ("scope_failures", "unreached"):
        op.create_table(
            name,
            sa.Column("id", _ID, primary_key=True, autoincrement=True),
            sa.Column("value", sa.LargeBinary, nullable=False),
        )


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("account", sa.String(12), nullable=False),
        sa.Column("region", sa.String(32), nullable=False),
        sa.Column("resource_type", sa.String(40), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("severity_rank", sa.Integer, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("risk", sa.Float, nullable=False),
        sa.Column("first_observed_at", sa.BigInteger, nullable=False),
        sa.Column("last_observed_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_findings_ref", "findings", ["ref"])
    op.create_index("ix_findings_subject", "findings", ["subject"])
    op.create_index("ix_findings_status_risk", "findings", ["status", "risk", "id"])
    op.create_index("ix_findings_status_severity", "findings", ["status", "severity_rank", "id"])
    op.create_table(
        "changes",
        sa.Column("seq", _ID, primary_key=True, autoincrement=True),
        sa.Column("finding", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("before", sa.LargeBinary),
        sa.Column("after", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )


def upgrade() -> None:
    """Make the tables."""
    _estate()
    _packages()
    _states()
    _findings()


def downgrade() -> None:
    """There is nothing before the first tables."""
    for name in (
        "cursors",
        "changes",
        "findings",
        "unreached",
        "scope_failures",
        "coverage",
        "package_resources",
        "package_versions",
        "evaluations",
        "inventories",
        "resources",
    ):
        op.drop_table(name)
