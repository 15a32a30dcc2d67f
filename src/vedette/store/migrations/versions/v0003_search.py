"""Everything that findings are searched by, in columns and tables of its own."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "number": sa.BigInteger(),
    "place": sa.BigInteger(),
    "partition": _TEXT,
    "suppressed_by": _TEXT,
    "fix_available": _TEXT,
    "exploit_available": _TEXT,
    "edge": _TEXT,
    "protocol": _TEXT,
    "port_begin": sa.Integer(),
    "port_end": sa.Integer(),
    "component_type": _TEXT,
    "ecr_registry": _TEXT,
    "ecr_repository": _TEXT,
    "ecr_pushed_at": sa.BigInteger(),
    "resource": sa.BigInteger(),
    "heading": sa.BigInteger(),
}
_WHOLE = (
    "first_observed_at",
    "last_observed_at",
    "resource_type",
    "risk",
    "severity_rank",
    "status",
    "type",
    "updated_at",
)
_SOMETIMES = (
    "account",
    "component_type",
    "ecr_pushed_at",
    "ecr_registry",
    "epss",
    "protocol",
    "region",
    "score",
)
_LONG = ("resource_id", "title")
_LONG_SOMETIMES = (
    "ecr_repository",
    "suppressed_by",
    "vendor_severity",
    "vulnerability_id",
    "vulnerability_source",
)
_INDEXES = {
    "finding_texts": (("finding", "field"), ("field", "head", "finding")),
    "affected_packages": (("head",),),
    "affected_places": (("package",), ("head",), ("layer",)),
    "finding_packages": (("package", "finding"),),
    "resource_texts": (("ref", "field"), ("field", "head")),
    "resource_amounts": (("field", "amount"),),
}


def upgrade() -> None:
    """Add the columns and tables, and index them; 0005 makes them anew, and fills them in."""
    for name, kind in _COLUMNS.items():
        op.add_column("findings", sa.Column(name, kind))
    _of_findings()
    _of_resources()
    _of_counts()
    op.create_index("uq_findings_number", "findings", ["number"], unique=True)
    op.create_index("ix_changes_at", "changes", ["at", "finding", "seq"])
    for table, indexes in _INDEXES.items():
        for columns in indexes:
            op.create_index(f"ix_{table}_{columns[0]}", table, list(columns))
    for name in _WHOLE:
        op.create_index(f"ix_findings_by_{name}", "findings", [name, "place"])
    for name in _LONG:
        op.create_index(f"ix_findings_by_{name}", "findings", [_head(name), "place"])
    for name in (*_SOMETIMES, *_LONG_SOMETIMES):
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_findings_by_{name}",
            "findings",
            [_head(name) if name in _LONG_SOMETIMES else name, "place"],
            postgresql_where=there,
            sqlite_where=there,
        )
    _partial(
        "ix_findings_active_resource",
        "findings",
        ["status", "resource", "type", "severity_rank", "exploit_available", "fix_available"],
        "status = 'ACTIVE'",
    )
    _partial(
        "ix_findings_active_heading",
        "findings",
        ["status", "heading", "account", "resource", "severity_rank", "type"],
        "status = 'ACTIVE'",
    )
    _partial(
        "ix_finding_packages_counted",
        "finding_packages",
        ["counted", "package", "account", "resource", "severity_rank"],
        "counted IS " + ("true" if op.get_bind().dialect.name == "postgresql" else "1"),
    )


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, postgresql_where=condition, sqlite_where=condition)


def _head(name: str) -> sa.TextClause:
    return sa.text(f"substr({name}, 1, 64)")


def _of_findings() -> None:
    op.create_table(
        "finding_texts",
        sa.Column("finding", sa.BigInteger, nullable=False),
        sa.Column("field", _TEXT, nullable=False),
        sa.Column("head", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
    )
    op.create_table(
        "affected_packages",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("head", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("version", _TEXT, nullable=False),
        sa.Column("release", _TEXT, nullable=False),
        sa.Column("arch", _TEXT, nullable=False),
        sa.UniqueConstraint("key", name="uq_affected_packages_key"),
    )
    op.create_table(
        "affected_places",
        sa.Column("package", sa.BigInteger, nullable=False),
        sa.Column("head", _TEXT, nullable=False),
        sa.Column("path", _TEXT, nullable=False),
        sa.Column("layer", _TEXT),
    )
    op.create_table(
        "finding_packages",
        sa.Column("finding", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("package", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("resource", sa.BigInteger),
        sa.Column("account", _TEXT),
        sa.Column("severity_rank", sa.Integer),
        sa.Column("counted", sa.Boolean),
        sqlite_with_rowid=False,
    )


def _of_counts() -> None:
    op.create_table(
        "finding_resources",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("ref", _TEXT, nullable=False),
        sa.Column("account", _TEXT),
        sa.Column("region", _TEXT),
        sa.Column("partition", _TEXT, nullable=False),
        sa.Column("resource_type", _TEXT, nullable=False),
        sa.Column("resource_id", _TEXT, nullable=False),
        sa.Column("ecr_registry", _TEXT),
        sa.Column("ecr_repository", _TEXT),
        sa.UniqueConstraint("ref", name="uq_finding_resources_ref"),
    )
    op.create_table(
        "finding_headings",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("title", _TEXT, nullable=False),
        sa.Column("vulnerability_id", _TEXT),
        sa.UniqueConstraint("key", name="uq_finding_headings_key"),
    )


def _of_resources() -> None:
    op.create_table(
        "resource_texts",
        sa.Column("ref", _TEXT, nullable=False),
        sa.Column("field", _TEXT, nullable=False),
        sa.Column("head", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
    )
    op.create_table(
        "resource_amounts",
        sa.Column("ref", _TEXT, primary_key=True),
        sa.Column("field", _TEXT, primary_key=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for name in (*_LONG_SOMETIMES, *_LONG, *_SOMETIMES, *_WHOLE):
        op.drop_index(f"ix_findings_by_{name}", "findings")
    for name in ("active_heading", "active_resource"):
        op.drop_index(f"ix_findings_{name}", "findings")
    op.drop_index("uq_findings_number", "findings")
    op.drop_index("ix_changes_at", "changes")
    for name in ("finding_headings", "finding_resources"):
        op.drop_table(name)
    for table in reversed(_INDEXES):
        op.drop_table(table)
    for name in reversed(_COLUMNS):
        op.drop_column("findings", name)
