"""The tables of the estate: what is known of every resource. `vedette.store.schema` has all tables."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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

ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

resources = Table(
    "resources",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=True),
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
    Column("resource", ID, ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    Column("fingerprint", ExactText, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

package_versions = Table(
    "package_versions",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=True),
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
    Column("package", ID, ForeignKey("package_versions.id"), primary_key=True),
    Column(
        "resource",
        ID,
        ForeignKey("resources.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    sqlite_with_rowid=False,
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("resource", ID, ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
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
    Column("id", ID, primary_key=True, autoincrement=True),
    Column("value", LargeBinary, nullable=False),
)

unreached = Table(
    "unreached",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=True),
    Column("value", LargeBinary, nullable=False),
)
