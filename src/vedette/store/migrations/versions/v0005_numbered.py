"""Findings by number: indexes that grow at one end, what findings share kept apart, counts of resources."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

from vedette.store.refill import refill

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BIG = sa.BigInteger()
_DROPPED = (
    "finding_values",
    "finding_texts",
    "finding_packages",
    "affected_places",
    "affected_packages",
    "finding_headings",
    "finding_resources",
    "findings",
)
_SEARCHED_RESOURCES = ("resource_texts", "resource_amounts")
_COLUMNS: tuple[tuple[str, sa.types.TypeEngine[Any], bool], ...] = (
    ("id", _TEXT, False),
    ("resource", _BIG, False),
    ("heading", _BIG, False),
    ("text_set", _BIG, False),
    ("content", _BIG, False),
    ("type", _TEXT, False),
    ("account", _TEXT, True),
    ("resource_type", _TEXT, False),
    ("ecr_registry", _TEXT, True),
    ("status", _TEXT, False),
    ("suppressed_by", _TEXT, True),
    ("severity_rank", sa.Integer(), False),
    ("score", sa.Float(), True),
    ("risk", sa.Float(), False),
    ("epss", sa.Float(), True),
    ("vulnerability_source", _TEXT, True),
    ("vendor_severity", _TEXT, True),
    ("fix_available", _TEXT, True),
    ("exploit_available", _TEXT, True),
    ("edge", _TEXT, True),
    ("protocol", _TEXT, True),
    ("port_begin", sa.Integer(), True),
    ("port_end", sa.Integer(), True),
    ("component_type", _TEXT, True),
    ("first_observed_at", _BIG, False),
    ("last_observed_at", _BIG, False),
    ("updated_at", _BIG, False),
    ("closed_at", _BIG, True),
)
_OPTIONAL = frozenset(name for name, _, optional in _COLUMNS if optional)
_BY = (
    "account",
    "component_type",
    "ecr_registry",
    "epss",
    "first_observed_at",
    "last_observed_at",
    "protocol",
    "resource_type",
    "risk",
    "score",
    "severity_rank",
    "status",
    "suppressed_by",
    "type",
    "updated_at",
    "vendor_severity",
    "vulnerability_source",
)
_OF = ("closed_at", "port_begin")
_RARE = {"exploit_available": "= 'YES'", "fix_available": "!= 'YES'"}
_SHARED = (
    ("finding_resources", "ecr_pushed_at", True),
    ("finding_resources", "ecr_repository", True),
    ("finding_resources", "region", True),
    ("finding_resources", "resource_id", False),
    ("finding_headings", "title", False),
    ("finding_headings", "vulnerability_id", True),
)
_LONG = frozenset(
    {
        "ecr_repository",
        "resource_id",
        "suppressed_by",
        "title",
        "vendor_severity",
        "vulnerability_id",
        "vulnerability_source",
    }
)
_AMOUNTS = ("total", "critical", "high", "medium", "low", "informational", "untriaged")


def upgrade() -> None:
    """Keep the findings as they are packed, make everything else anew, fill it in, then index it."""
    connection = op.get_bind()
    op.execute("CREATE TABLE finding_values_0004 AS SELECT id, value FROM finding_values")
    op.create_index("ix_finding_values_0004", "finding_values_0004", ["id"])
    for name in _DROPPED:
        op.drop_table(name)
    for name in _SEARCHED_RESOURCES:
        op.execute(sa.delete(sa.table(name)))
    _of_findings()
    _of_packages()
    _of_what_is_shared()
    old = sa.Table(
        "finding_values_0004",
        sa.MetaData(),
        sa.Column("id", _TEXT),
        sa.Column("value", sa.LargeBinary),
    )
    refill(connection, old)
    op.drop_table("finding_values_0004")
    _index()
    if connection.dialect.name == "postgresql":
        _compressed_already()


def _compressed_already() -> None:
    """PostgreSQL need neither compress values nor keep them elsewhere."""
    op.execute("ALTER TABLE changes SET (toast_tuple_target = 8160)")
    for table, column in (("finding_values", "value"), ("changes", "before"), ("changes", "after")):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")


def _of_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("number", _ID, primary_key=True, autoincrement=False),
        *(sa.Column(name, kind, nullable=optional) for name, kind, optional in _COLUMNS),
        sa.UniqueConstraint("id", name="uq_findings_id"),
    )
    op.create_table(
        "finding_values",
        sa.Column("number", _ID, primary_key=True, autoincrement=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        postgresql_with={"fillfactor": 80, "toast_tuple_target": 8160},
    )
    op.create_table(
        "finding_counts",
        sa.Column("resource", _BIG, primary_key=True, autoincrement=False),
        sa.Column("type", _TEXT, primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in (*_AMOUNTS, "exploits", "fixes")),
    )


def _of_packages() -> None:
    op.create_table(
        "affected_packages",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("head", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("epoch", _BIG, nullable=False),
        sa.Column("version", _TEXT, nullable=False),
        sa.Column("release", _TEXT, nullable=False),
        sa.Column("arch", _TEXT, nullable=False),
        sa.UniqueConstraint("key", name="uq_affected_packages_key"),
    )
    op.create_table(
        "affected_places",
        sa.Column("package", _BIG, nullable=False),
        sa.Column("head", _TEXT, nullable=False),
        sa.Column("path", _TEXT, nullable=False),
        sa.Column("layer", _TEXT),
    )
    op.create_table(
        "finding_packages",
        sa.Column("finding", _BIG, primary_key=True, autoincrement=False),
        sa.Column("package", _BIG, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )


def _of_what_is_shared() -> None:
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
        sa.Column("ecr_pushed_at", _BIG),
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
    op.create_table(
        "text_sets",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("key", name="uq_text_sets_key"),
    )
    op.create_table(
        "set_texts",
        sa.Column("text_set", _BIG, nullable=False),
        sa.Column("field", _TEXT, nullable=False),
        sa.Column("head", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
    )


def _index() -> None:
    columns = ["heading", "account", "status", "severity_rank", "type", "resource"]
    op.create_index("ix_findings_heading", "findings", columns)
    op.create_index("ix_findings_resource", "findings", ["resource"])
    op.create_index("ix_findings_text_set", "findings", ["text_set"])
    op.drop_index("ix_changes_at", "changes")
    op.create_index("ix_changes_at", "changes", ["at"])
    for name in _BY:
        _partial(f"ix_findings_by_{name}", "findings", [_head(name), "number"], name)
    for name in _OF:
        _partial(f"ix_findings_of_{name}", "findings", [name], name)
    for name, few in _RARE.items():
        where = sa.text(f"{name} {few}")
        op.create_index(
            f"ix_findings_of_{name}", "findings", [name], postgresql_where=where, sqlite_where=where
        )
    for table, name, optional in _SHARED:
        index = f"ix_{table}_by_{name}"
        if optional:
            _partial(index, table, [_head(name), "id"], name)
        else:
            op.create_index(index, table, [_head(name), "id"])
    op.create_index("ix_set_texts_text_set", "set_texts", ["text_set", "field"])
    op.create_index("ix_set_texts_field", "set_texts", ["field", "head", "text_set"])
    op.create_index("ix_affected_packages_head", "affected_packages", ["head"])
    for name in ("package", "head", "layer"):
        op.create_index(f"ix_affected_places_{name}", "affected_places", [name])
    op.create_index("ix_finding_packages_package", "finding_packages", ["package", "finding"])


def _partial(name: str, table: str, columns: list[str | sa.TextClause], column: str) -> None:
    there = sa.text(f"{column} IS NOT NULL")
    where = there if table != "findings" or column in _OPTIONAL else None
    op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)


def _head(name: str) -> str | sa.TextClause:
    return sa.text(f"substr({name}, 1, 64)") if name in _LONG else name


def downgrade() -> None:
    """Refused: what 0004 searches by is not kept any more.

    Raises:
        CommandError: always.
    """
    raise CommandError("there is no way back to 0004: take the copy that was made before")
