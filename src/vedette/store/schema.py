"""The tables. One schema for SQLite and PostgreSQL; Alembic's migrations make the same.

Whole values are kept as msgpack beside the columns that are searched by. Times are microseconds since 1970, UTC:
both engines compare them the same way.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

resources = Table(
    "resources",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("ref", Text, nullable=False, unique=True),
    Column("type", String(40), nullable=False),
    Column("account", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("gone_at", BigInteger),
    Column("value", LargeBinary, nullable=False),
    Index("ix_resources_scope", "account", "region", "type"),
)

inventories = Table(
    "inventories",
    metadata,
    Column("resource", _ID, ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

package_versions = Table(
    "package_versions",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("ecosystem", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    UniqueConstraint("ecosystem", "name", "version"),
)

package_resources = Table(
    "package_resources",
    metadata,
    Column("package", _ID, ForeignKey("package_versions.id"), primary_key=True),
    Column(
        "resource",
        _ID,
        ForeignKey("resources.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    sqlite_with_rowid=False,
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("resource", _ID, ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("evaluated_at", BigInteger, nullable=False),
)

coverage = Table(
    "coverage",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("scan_type", String(10), primary_key=True),
    Column("active", Boolean, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("value", LargeBinary, nullable=False),
)

scope_failures = Table(
    "scope_failures",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("value", LargeBinary, nullable=False),
)

unreached = Table(
    "unreached",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("value", LargeBinary, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("ref", Text, nullable=False, index=True),
    Column("subject", Text, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("account", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("resource_type", String(40), nullable=False),
    Column("status", String(12), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("severity_rank", Integer, nullable=False),
    Column("score", Float),
    Column("risk", Float, nullable=False),
    Column("first_observed_at", BigInteger, nullable=False),
    Column("last_observed_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Index("ix_findings_status_risk", "status", "risk", "id"),
    Index("ix_findings_status_severity", "status", "severity_rank", "id"),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", _ID, primary_key=True, autoincrement=True),
    Column("finding", String(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("before", LargeBinary),
    Column("after", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # a number is never used twice: cursors rely on it
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
