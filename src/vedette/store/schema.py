"""The tables. One schema for SQLite and PostgreSQL; Alembic's migrations make the same.

Whole values are kept as msgpack beside the columns that are searched by. Times are microseconds since 1970, UTC:
both engines compare them the same way. Nothing that a stranger may have made long is indexed as it is: PostgreSQL's
indexes hold at most 2.7 kB of a row.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    func,
    literal_column,
)

from vedette.findings.query import ORDERED_TEXT
from vedette.store.columns import ExactText
from vedette.store.estate_schema import (
    ID,
    coverage,
    evaluations,
    inventories,
    metadata,
    package_resources,
    package_versions,
    resources,
    scope_failures,
    unreached,
)

__all__ = [
    "HEAD",
    "LONG",
    "SORTED",
    "affected_packages",
    "affected_places",
    "changes",
    "coverage",
    "cursors",
    "evaluations",
    "finding_headings",
    "finding_packages",
    "finding_resources",
    "finding_texts",
    "finding_values",
    "findings",
    "head",
    "inventories",
    "metadata",
    "package_resources",
    "package_versions",
    "records",
    "resource_amounts",
    "resource_texts",
    "resources",
    "scope_failures",
    "unreached",
]

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
    # since 0003: empty only between adding them and filling them in
    Column("number", BigInteger),
    Column("place", BigInteger),
    Column("partition", ExactText),
    Column("suppressed_by", ExactText),
    Column("fix_available", ExactText),
    Column("exploit_available", ExactText),
    Column("edge", ExactText),
    Column("protocol", ExactText),
    Column("port_begin", Integer),
    Column("port_end", Integer),
    Column("component_type", ExactText),
    Column("ecr_registry", ExactText),
    Column("ecr_repository", ExactText),
    Column("ecr_pushed_at", BigInteger),
    Column("resource", BigInteger),
    Column("heading", BigInteger),
    Index("uq_findings_number", "number", unique=True),
)
"""What findings are searched and sorted by.

`number` is never given twice, and names the finding in other tables. `place` is the first 60 bits of the id: it orders findings
that are otherwise equal, in eight bytes instead of 32. `resource` and `heading` are rows of `finding_resources` and `finding_headings`.
"""

_active = findings.c.status == literal_column("'ACTIVE'")
Index(
    "ix_findings_active_resource",
    findings.c.status,  # always the same; SQLite must find it here to leave the row alone
    findings.c.resource,
    findings.c.type,
    findings.c.severity_rank,
    findings.c.exploit_available,
    findings.c.fix_available,
    postgresql_where=_active,
    sqlite_where=_active,
)
Index(
    "ix_findings_active_heading",
    findings.c.status,
    findings.c.heading,
    findings.c.account,
    findings.c.resource,
    findings.c.severity_rank,
    findings.c.type,
    postgresql_where=_active,
    sqlite_where=_active,
)

finding_resources = Table(
    "finding_resources",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=True),
    Column("ref", ExactText, nullable=False, unique=True),
    Column("account", ExactText),
    Column("region", ExactText),
    Column("partition", ExactText, nullable=False),
    Column("resource_type", ExactText, nullable=False),
    Column("resource_id", ExactText, nullable=False),
    Column("ecr_registry", ExactText),
    Column("ecr_repository", ExactText),
)
"""Resources that have, or had, findings: what counting by resource needs of them."""

finding_headings = Table(
    "finding_headings",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=True),
    Column("key", LargeBinary, nullable=False, unique=True),
    Column("title", ExactText, nullable=False),
    Column("vulnerability_id", ExactText),
)
"""Titles with their flaws, each once; `key` is 16 bytes of the SHA-256 of both."""

HEAD = ORDERED_TEXT
"""Characters of a text that are indexed: PostgreSQL's indexes hold at most 2.7 kB of a row."""

SORTED = (
    "account",
    "component_type",
    "ecr_pushed_at",
    "ecr_registry",
    "epss",
    "first_observed_at",
    "last_observed_at",
    "protocol",
    "region",
    "resource_type",
    "risk",
    "score",
    "severity_rank",
    "status",
    "type",
    "updated_at",
)
"""Columns that findings are sorted by and whose values are short, or as long as AWS allows."""

LONG = (
    "ecr_repository",
    "resource_id",
    "suppressed_by",
    "title",
    "vendor_severity",
    "vulnerability_id",
    "vulnerability_source",
)
"""Columns whose values may be of any length."""


def head(column: ColumnElement[str]) -> ColumnElement[str]:
    """The beginning of a text, as the index has it."""
    # literals: an index on an expression is used only for the same expression
    start: ColumnElement[str] = func.substr(
        column, literal_column("1"), literal_column(str(HEAD)), type_=ExactText
    )
    return start


for _name in (*SORTED, *LONG):
    _column = findings.c[_name]
    Index(
        f"ix_findings_by_{_name}",
        head(_column) if _name in LONG else _column,
        findings.c.place,
        postgresql_where=_column.is_not(None) if _column.nullable else None,
        sqlite_where=_column.is_not(None) if _column.nullable else None,
    )

for _name in ("exploit_available", "fix_available", "port_begin"):
    Index(
        f"ix_findings_of_{_name}",
        findings.c[_name],
        postgresql_where=findings.c[_name].is_not(None),
        sqlite_where=findings.c[_name].is_not(None),
    )

finding_texts = Table(
    "finding_texts",
    metadata,
    Column("finding", BigInteger, nullable=False),
    Column("field", ExactText, nullable=False),
    Column("head", ExactText, nullable=False),
    Column("value", ExactText, nullable=False),
    Index("ix_finding_texts_finding", "finding", "field"),
    Index("ix_finding_texts_field", "field", "head", "finding"),
)
"""Fields of which a finding may have several values."""

affected_packages = Table(
    "affected_packages",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=True),
    Column("key", LargeBinary, nullable=False, unique=True),
    Column("head", ExactText, nullable=False),
    Column("name", ExactText, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("version", ExactText, nullable=False),
    Column("release", ExactText, nullable=False),
    Column("arch", ExactText, nullable=False),
    Index("ix_affected_packages_head", "head"),
)
"""Packages that findings name, each once; `key` is 16 bytes of the SHA-256 of everything else, its places included."""

affected_places = Table(
    "affected_places",
    metadata,
    Column("package", BigInteger, nullable=False),
    Column("head", ExactText, nullable=False),
    Column("path", ExactText, nullable=False),
    Column("layer", ExactText),
    Index("ix_affected_places_package", "package"),
    Index("ix_affected_places_head", "head"),
    Index("ix_affected_places_layer", "layer"),
)

finding_packages = Table(
    "finding_packages",
    metadata,
    Column("finding", BigInteger, primary_key=True, autoincrement=False),
    Column("package", BigInteger, primary_key=True, autoincrement=False),
    Column("resource", BigInteger),
    Column("account", ExactText),
    Column("severity_rank", Integer),
    Column("counted", Boolean),
    Index("ix_finding_packages_package", "package", "finding"),
    sqlite_with_rowid=False,
)
"""`counted`: the finding is active, and no package before this one has the same name."""

_counted = finding_packages.c.counted.is_(True)
Index(
    "ix_finding_packages_counted",
    finding_packages.c.counted,
    finding_packages.c.package,
    finding_packages.c.account,
    finding_packages.c.resource,
    finding_packages.c.severity_rank,
    postgresql_where=_counted,
    sqlite_where=_counted,
)

resource_texts = Table(
    "resource_texts",
    metadata,
    Column("ref", ExactText, nullable=False),
    Column("field", ExactText, nullable=False),
    Column("head", ExactText, nullable=False),
    Column("value", ExactText, nullable=False),
    Index("ix_resource_texts_ref", "ref", "field"),
    Index("ix_resource_texts_field", "field", "head"),
)
"""Fields of findings that are their resource's; a tag is one text."""

resource_amounts = Table(
    "resource_amounts",
    metadata,
    Column("ref", ExactText, primary_key=True),
    Column("field", ExactText, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Index("ix_resource_amounts_field", "field", "amount"),
)

finding_values = Table(
    "finding_values",
    metadata,
    Column("id", ExactText, ForeignKey("findings.id", ondelete="CASCADE"), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", ID, primary_key=True, autoincrement=True),
    Column("finding", ExactText, nullable=False),
    Column("account", ExactText),
    Column("region", ExactText),
    Column("at", BigInteger, nullable=False),
    Column("before", LargeBinary),
    Column("after", LargeBinary, nullable=False),
    Index("ix_changes_place", "account", "region", "seq"),
    Index("ix_changes_at", "at", "finding", "seq"),
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
