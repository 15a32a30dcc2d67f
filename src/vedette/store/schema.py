"""The tables. One schema for SQLite and PostgreSQL; Alembic's migrations make the same.

Whole values are kept as msgpack beside the columns that are searched by. Times are microseconds since 1970, UTC:
both engines compare them the same way. Nothing that a stranger may have made long is indexed as it is: PostgreSQL's
indexes hold at most 2.7 kB of a row.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    func,
    literal_column,
)

from vedette.findings.query import ORDERED_TEXT
from vedette.model.severity import Severity
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
    "AMOUNTS",
    "HEAD",
    "LONG",
    "SHARED",
    "SORTED",
    "affected_packages",
    "affected_places",
    "changes",
    "coverage",
    "cursors",
    "evaluations",
    "finding_counts",
    "finding_headings",
    "finding_packages",
    "finding_resources",
    "finding_values",
    "findings",
    "head",
    "inventories",
    "metadata",
    "package_resources",
    "package_versions",
    "rare",
    "records",
    "resource_amounts",
    "resource_texts",
    "resources",
    "scope_failures",
    "set_texts",
    "text_sets",
    "unreached",
]

AMOUNTS = ("total", *(one.value.lower() for one in Severity), "exploits", "fixes")
"""What is counted of each resource's active findings."""

findings = Table(
    "findings",
    metadata,
    Column("number", ID, primary_key=True, autoincrement=False),
    Column("id", ExactText, nullable=False, unique=True),
    Column("resource", BigInteger, nullable=False),
    Column("heading", BigInteger, nullable=False),
    Column("text_set", BigInteger, nullable=False),
    Column("content", BigInteger, nullable=False),
    Column("type", ExactText, nullable=False),
    Column("account", ExactText),
    Column("resource_type", ExactText, nullable=False),
    Column("ecr_registry", ExactText),
    Column("status", ExactText, nullable=False),
    Column("suppressed_by", ExactText),
    Column("severity_rank", Integer, nullable=False),
    Column("score", Float),
    Column("risk", Float, nullable=False),
    Column("epss", Float),
    Column("vulnerability_source", ExactText),
    Column("vendor_severity", ExactText),
    Column("fix_available", ExactText),
    Column("exploit_available", ExactText),
    Column("edge", ExactText),
    Column("protocol", ExactText),
    Column("port_begin", Integer),
    Column("port_end", Integer),
    Column("component_type", ExactText),
    Column("first_observed_at", BigInteger, nullable=False),
    Column("last_observed_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
)
"""What findings are searched and sorted by, apart from what they share with others.

`number` grows: findings that came together are beside one another in every index that ends with it, which is what makes
adding to twenty indexes cheap (docs/adr/0129-indexes-that-grow-at-one-end.md). `resource`, `heading` and `text_set` are rows of
`finding_resources`, `finding_headings` and `text_sets`. `content` tells one state of the finding from another.
"""

Index(
    "ix_findings_heading",
    findings.c.heading,
    findings.c.account,
    findings.c.status,
    findings.c.severity_rank,
    findings.c.type,
    findings.c.resource,
)
Index("ix_findings_resource", findings.c.resource)
Index("ix_findings_text_set", findings.c.text_set)

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
    Column("ecr_pushed_at", BigInteger),
)
"""Resources that have, or had, findings."""

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

SHARED: Mapping[str, tuple[Table, Column[int]]] = {
    **dict.fromkeys(
        ("ecr_pushed_at", "ecr_repository", "partition", "region", "resource_id"),
        (finding_resources, findings.c.resource),
    ),
    **dict.fromkeys(("title", "vulnerability_id"), (finding_headings, findings.c.heading)),
}
"""Columns that are not the findings' own: the table that has them, and the column of findings that names its row."""


def head(column: ColumnElement[str]) -> ColumnElement[str]:
    """The beginning of a text, as the index has it."""
    # literals: an index on an expression is used only for the same expression
    start: ColumnElement[str] = func.substr(
        column, literal_column("1"), literal_column(str(HEAD)), type_=ExactText
    )
    return start


def _there(column: Column[Any]) -> ColumnElement[bool] | None:
    return column.is_not(None) if column.nullable else None


for _name in (*SORTED, "suppressed_by", "vendor_severity", "vulnerability_source"):
    _column = findings.c[_name]
    Index(
        f"ix_findings_by_{_name}",
        head(_column) if _name in LONG else _column,
        findings.c.number,
        postgresql_where=_there(_column),
        sqlite_where=_there(_column),
    )

for _name in ("closed_at", "port_begin"):
    _column = findings.c[_name]
    Index(
        f"ix_findings_of_{_name}",
        _column,
        postgresql_where=_there(_column),
        sqlite_where=_there(_column),
    )


def rare(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """What few findings have: an exploit, or no fix. Written out: an index of a part is used only for the same condition."""
    yes: ColumnElement[str] = literal_column("'YES'")
    return column == yes if column.key == "exploit_available" else column != yes


for _name in ("exploit_available", "fix_available"):
    _column = findings.c[_name]
    Index(
        f"ix_findings_of_{_name}",
        _column,
        postgresql_where=rare(_column),
        sqlite_where=rare(_column),
    )

for _name in (
    "ecr_pushed_at",
    "ecr_repository",
    "region",
    "resource_id",
    "title",
    "vulnerability_id",
):
    _column = SHARED[_name][0].c[_name]
    Index(
        f"ix_{_column.table.name}_by_{_name}",
        head(_column) if _name in LONG else _column,
        _column.table.c.id,
        postgresql_where=_there(_column),
        sqlite_where=_there(_column),
    )

text_sets = Table(
    "text_sets",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=True),
    Column("key", LargeBinary, nullable=False, unique=True),
)
"""What many findings have several of alike, each once; `key` is 16 bytes of the SHA-256 of the texts."""

set_texts = Table(
    "set_texts",
    metadata,
    Column("text_set", BigInteger, nullable=False),
    Column("field", ExactText, nullable=False),
    Column("head", ExactText, nullable=False),
    Column("value", ExactText, nullable=False),
    Index("ix_set_texts_text_set", "text_set", "field"),
    Index("ix_set_texts_field", "field", "head", "text_set"),
)
"""Fields of which a finding may have several values, and the names of its packages."""

finding_counts = Table(
    "finding_counts",
    metadata,
    Column("resource", BigInteger, primary_key=True, autoincrement=False),
    Column("type", ExactText, primary_key=True),
    *(Column(_name, Integer, nullable=False) for _name in AMOUNTS),
)
"""How many active findings a resource has, kept in step with them in the transaction that changes them."""

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
    Index("ix_finding_packages_package", "package", "finding"),
    sqlite_with_rowid=False,
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
    Column("number", ID, primary_key=True, autoincrement=False),
    Column("value", LargeBinary, nullable=False),
    postgresql_with={"fillfactor": 80, "toast_tuple_target": 8160},
)
"""Whole findings, compressed. There is no foreign key: PostgreSQL would look each up as it is written."""

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
    Index("ix_changes_at", "at"),
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
