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
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _resource() -> "sa.Column[int]":
    owner = sa.ForeignKey("resources.id", ondelete="CASCADE")
    return sa.Column("resource", _ID, owner, primary_key=True)


def _estate() -> None:
    op.create_table(
        "resources",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("ref", _TEXT, nullable=False),
        sa.Column("type", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("region", _TEXT, nullable=False),
        sa.Column("first_seen_at", sa.BigInteger, nullable=False),
        sa.Column("last_seen_at", sa.BigInteger, nullable=False),
        sa.Column("gone_at", sa.BigInteger),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("ref", name="uq_resources_ref"),
    )
    op.create_index("ix_resources_scope", "resources", ["account", "region", "type"])
    op.create_index("ix_resources_gone_at", "resources", ["gone_at"])
    op.create_table(
        "inventories",
        _resource(),
        sa.Column("fingerprint", _TEXT, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "evaluations",
        _resource(),
        sa.Column("fingerprint", _TEXT, nullable=False),
        sa.Column("evaluated_at", sa.BigInteger, nullable=False),
    )


def _packages() -> None:
    op.create_table(
        "package_versions",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("name_key", sa.LargeBinary, nullable=False),
        sa.Column("version_key", sa.LargeBinary, nullable=False),
        sa.Column("ecosystem", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("version", _TEXT, nullable=False),
        sa.UniqueConstraint("name_key", "version_key", name="uq_package_versions_name_key"),
    )
    op.create_table(
        "package_resources",
        sa.Column("package", _ID, sa.ForeignKey("package_versions.id"), primary_key=True),
        _resource(),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_package_resources_resource", "package_resources", ["resource"])


def _states() -> None:
    op.create_table(
        "coverage",
        sa.Column("ref", _TEXT, primary_key=True),
        sa.Column("scan_type", _TEXT, primary_key=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
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
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("ref", _TEXT, nullable=False),
        sa.Column("type", _TEXT, nullable=False),
        sa.Column("account", _TEXT),
        sa.Column("region", _TEXT),
        sa.Column("resource_id", _TEXT, nullable=False),
        sa.Column("resource_type", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("severity", _TEXT, nullable=False),
        sa.Column("severity_rank", sa.Integer, nullable=False),
        sa.Column("title", _TEXT, nullable=False),
        sa.Column("vulnerability_id", _TEXT),
        sa.Column("vulnerability_source", _TEXT),
        sa.Column("vendor_severity", _TEXT),
        sa.Column("epss", sa.Float),
        sa.Column("score", sa.Float),
        sa.Column("risk", sa.Float, nullable=False),
        sa.Column("first_observed_at", sa.BigInteger, nullable=False),
        sa.Column("last_observed_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
    )
    op.create_index("ix_findings_ref", "findings", ["ref"])
    op.create_index("ix_findings_closed_at", "findings", ["closed_at"])
    owner = sa.ForeignKey("findings.id", ondelete="CASCADE")
    op.create_table(
        "finding_values",
        sa.Column("id", _TEXT, owner, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )


def _log() -> None:
    op.create_table(
        "changes",
        sa.Column("seq", _ID, primary_key=True, autoincrement=True),
        sa.Column("finding", _TEXT, nullable=False),
        sa.Column("account", _TEXT),
        sa.Column("region", _TEXT),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("before", sa.LargeBinary),
        sa.Column("after", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_place", "changes", ["account", "region", "seq"])
    op.create_table(
        "cursors",
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("account", _TEXT, primary_key=True),
        sa.Column("region", _TEXT, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )


def upgrade() -> None:
    """Make the tables."""
    _estate()
    _packages()
    _states()
    _findings()
    _log()


def downgrade() -> None:
    """There is nothing before the first tables."""
    for name in (
        "cursors",
        "changes",
        "finding_values",
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
