"""The tables. One schema for SQLite and PostgreSQL; Alembic's migrations make the same.

Whole values are kept as msgpack beside the columns that are searched by. Times are microseconds since 1970, UTC:
both engines compare them the same way. Nothing that a stranger may have made long is indexed as it is: PostgreSQL's
indexes hold at most 2.7 kB of a row.
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
    Table,
    UniqueConstraint,
)

from vedette.store.columns import ExactText

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
    Column("ref", ExactText, nullable=False, unique=True),
    Column("type", ExactText, nullable=False),
    Column("account", ExactText, nullable=False),
    Column("region", ExactText, nullable=False),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("gone_at", BigInteger, index=True),
    Column("value", LargeBinary, nullable=False),
    Index("ix_resources_scope", "account", "region", "type"),
)

inventories = Table(
    "inventories",
    metadata,
    Column("resource", _ID, ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    Column("fingerprint", ExactText, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

package_versions = Table(
    "package_versions",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("name_key", LargeBinary, nullable=False),
    Column("version_key", LargeBinary, nullable=False),
    Column("ecosystem", ExactText, nullable=False),
    Column("name", ExactText, nullable=False),
    Column("version", ExactText, nullable=False),
    UniqueConstraint("name_key", "version_key"),
)
"""`name_key` and `version_key` are 16 bytes of the SHA-256 of ecosystem and name, and of the version."""

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
    Column("fingerprint", ExactText, nullable=False),
    Column("evaluated_at", BigInteger, nullable=False),
)

coverage = Table(
    "coverage",
    metadata,
    Column("ref", ExactText, primary_key=True),
    Column("scan_type", ExactText, primary_key=True),
    Column("active", Boolean, nullable=False),
    Column("reason", ExactText, nullable=False),
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
    Column("id", ExactText, primary_key=True),
    Column("ref", ExactText, nullable=False, index=True),
    Column("type", ExactText, nullable=False),
    Column("account", ExactText),
    Column("region", ExactText),
    Column("resource_id", ExactText, nullable=False),
    Column("resource_type", ExactText, nullable=False),
    Column("status", ExactText, nullable=False),
    Column("severity", ExactText, nullable=False),
    Column("severity_rank", Integer, nullable=False),
    Column("title", ExactText, nullable=False),
    Column("vulnerability_id", ExactText),
    Column("vulnerability_source", ExactText),
    Column("vendor_severity", ExactText),
    Column("epss", Float),
    Column("score", Float),
    Column("risk", Float, nullable=False),
    Column("first_observed_at", BigInteger, nullable=False),
    Column("last_observed_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger, index=True),
)
"""What findings are searched and sorted by; narrow, so that all of it is read in a moment."""

finding_values = Table(
    "finding_values",
    metadata,
    Column("id", ExactText, ForeignKey("findings.id", ondelete="CASCADE"), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", _ID, primary_key=True, autoincrement=True),
    Column("finding", ExactText, nullable=False),
    Column("account", ExactText),
    Column("region", ExactText),
    Column("at", BigInteger, nullable=False),
    Column("before", LargeBinary),
    Column("after", LargeBinary, nullable=False),
    Index("ix_changes_place", "account", "region", "seq"),
    sqlite_autoincrement=True,  # a number is never used twice: cursors rely on it
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", ExactText, primary_key=True),
    Column("account", ExactText, primary_key=True),
    Column("region", ExactText, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
"""`account` and `region` are empty for a reader of the whole log."""

records = Table(
    "records",
    metadata,
    Column("kind", ExactText, primary_key=True),
    Column("account", ExactText, primary_key=True),
    Column("region", ExactText, primary_key=True),
    Column("id", ExactText, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
"""Small documents; whoever keeps them bounds the length of their ids."""
