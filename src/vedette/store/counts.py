"""Counting active findings in SQL; `vedette.findings.counting` says what is asked.

By resource, and by what resources share, the counts are kept. By title and by package nothing of a finding is read but entries of one
narrow index; what they name is looked up for each group, not for each finding.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    and_,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)

from vedette.findings.aggregate import SeverityCounts
from vedette.findings.counting import GROUP_PARTS, CountBy, Counted, Counting
from vedette.findings.derived import FindingType
from vedette.model.filter import All, TextField, TextOperator, TextTest
from vedette.model.finding import FindingStatus
from vedette.model.resource import ResourceType
from vedette.model.severity import Severity
from vedette.store import schema
from vedette.store.columns import hidden
from vedette.store.database import Database
from vedette.store.filters import condition_of
from vedette.store.finding_rows import PACKAGE
from vedette.store.layers import of_layer
from vedette.store.schema import AMOUNTS
from vedette.store.text_tests import compared

_findings = schema.findings
_owners = schema.finding_resources
_kept = schema.finding_counts
_texts = schema.set_texts
_SEVERITIES = tuple(severity.value.lower() for severity in Severity)
_MORE = ("exploits", "fixes", "network", "resources")
_AMOUNTS = ("total", *_SEVERITIES, *_MORE)
_SINGLE = frozenset(
    {
        CountBy.FUNCTION_LAYER,
        CountBy.IMAGE_LAYER,
        CountBy.PACKAGE,
        CountBy.RESOURCE,
        CountBy.TITLE,
    }
)
"""What has one row for each group."""
_ACTIVE = _findings.c.status == FindingStatus.ACTIVE

Parts = Mapping[str, ColumnElement[Any]]


class Counts:
    """Counting."""

    _database: Database

    def count_by(self, asked: Counting, *, limit: int, offset: int = 0) -> tuple[Counted, ...]:
        """The groups, from the one after `offset` on."""
        parts = GROUP_PARTS[asked.by]
        query = (
            _first_titles(asked, limit, offset)
            if asked.by is CountBy.TITLE and not asked.tests and asked.order.value not in _MORE
            else _groups(asked).limit(limit).offset(offset)
        )
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return tuple(_counted(row, len(parts)) for row in found)


def _groups(asked: Counting) -> Select[Any]:
    """The groups, in their order."""
    rows = _SOURCES[asked.by](asked).subquery()
    parts = GROUP_PARTS[asked.by]
    named = [rows.c[name] for name in parts]
    amounts = {name: _sum(rows.c[name], asked.by) for name in _AMOUNTS}
    query = select(*named, *(amount.label(name) for name, amount in amounts.items()))
    if asked.by not in _SINGLE:
        query = query.group_by(*named)
    for name, tests in asked.tests:
        query = query.where(_all(rows.c[name], tests))
    rest = [func.coalesce(one, "") for one in named]
    return query.order_by(_first(amounts[asked.order.value], asked), *rest)


def _first(amount: ColumnElement[int], asked: Counting) -> ColumnElement[int]:
    return amount.desc() if asked.descending else amount.asc()


def _first_titles(asked: Counting, limit: int, offset: int) -> Select[Any]:
    """Titles are looked up only for those that may be told: nearly every finding may have one of its own."""
    each = _of_headings(asked).cte()
    amount = each.c[asked.order.value]
    last = select(amount).order_by(_first(amount, asked)).limit(1).offset(offset + limit - 1)
    least = last.scalar_subquery()
    in_time = amount >= least if asked.descending else amount <= least
    some = select(each).where(or_(least.is_(None), in_time)).subquery()
    named = _titled(some).subquery()
    names = GROUP_PARTS[CountBy.TITLE]
    rest = [func.coalesce(named.c[name], "") for name in names]
    query = select(*(named.c[name] for name in (*names, *_AMOUNTS)))
    first = _first(named.c[asked.order.value], asked)
    return query.order_by(first, *rest).limit(limit).offset(offset)


def _of_resources(asked: Counting) -> Select[Any]:
    """A row for each resource."""
    network = case((_kept.c.type == FindingType.NETWORK_REACHABILITY, _kept.c.total), else_=0)
    typed = true() if asked.finding_type is None else _kept.c.type == asked.finding_type
    each = (
        select(
            _kept.c.resource,
            *(func.sum(_kept.c[name]).label(name) for name in AMOUNTS),
            func.sum(network).label("network"),
        )
        .where(typed, _kept.c.total > 0)
        .group_by(_kept.c.resource)
        .subquery()
    )
    return _named(each, asked)


def _named(each: FromClause, asked: Counting) -> Select[Any]:
    amounts = [each.c[name] for name in _AMOUNTS[:-1]]
    return (
        select(
            _owners.c.account,
            _owners.c.ecr_repository.label("repository"),
            _owners.c.resource_id,
            _owners.c.ref,
            *amounts,
            literal_column("1", Integer).label("resources"),
        )
        .select_from(each.join(_owners, _owners.c.id == each.c.resource))
        .where(condition_of(asked.resources, _owners))
    )


def _of_repositories(asked: Counting) -> Select[Any]:
    return _of_resources(asked).where(_owners.c.ecr_repository.is_not(None))


def _of_machine_images(asked: Counting) -> Select[Any]:
    texts = schema.resource_texts.alias()  # filters of resources ask the table itself
    mine = and_(texts.c.ref == _owners.c.ref, texts.c.field == TextField.EC2_IMAGE_ID)
    return _of_resources(asked).add_columns(texts.c.value.label("image")).join(texts, mine)


def _of_titles(asked: Counting) -> Select[Any]:
    """A row for each heading and account."""
    return _titled(_of_headings(asked).subquery())


def _of_headings(asked: Counting) -> Select[Any]:
    return (
        select(_findings.c.heading, _findings.c.account, *_severities(_findings.c.severity_rank))
        .where(_ACTIVE, _typed(asked), _owned(_findings.c.resource, asked))
        .group_by(_findings.c.heading, _findings.c.account)
    )


def _titled(each: FromClause) -> Select[Any]:
    headings = schema.finding_headings
    return select(
        each.c.account,
        headings.c.title,
        headings.c.vulnerability_id,
        *_amounts_of(each),
    ).select_from(each.join(headings, headings.c.id == each.c.heading))


def _of_packages(asked: Counting) -> Select[Any]:
    """A row for each package and account."""
    each = (
        select(
            _findings.c.account,
            _texts.c.value.label("package"),
            *_severities(_findings.c.severity_rank),
        )
        .select_from(_findings.join(_texts, _texts.c.text_set == _findings.c.text_set))
        .where(_ACTIVE, _texts.c.field == PACKAGE, _owned(_findings.c.resource, asked))
        .group_by(_findings.c.account, _texts.c.value)
        .subquery()
    )
    return select(each.c.account, each.c.package, *_amounts_of(each))


def _of_image_layers(asked: Counting) -> Select[Any]:
    """A row for each image and layer; a finding counts once for each layer that it is in."""
    places = schema.affected_places
    placed = _placed(ResourceType.ECR_CONTAINER_IMAGE, places.c.layer)
    query = _of_layers(asked, placed.where(hidden(places.c.layer).is_not(None)))
    return query.add_columns(_owners.c.ecr_repository.label("repository"))


def _of_function_layers(asked: Counting) -> Select[Any]:
    """A row for each function and layer; a finding counts once for each layer that it is in."""
    texts, names = schema.resource_texts.alias(), schema.resource_texts.alias()
    of = and_(texts.c.ref == _owners.c.ref, of_layer(schema.affected_places, texts))
    placed = _placed(ResourceType.LAMBDA_FUNCTION, texts.c.value).join(texts, of)
    called = and_(names.c.ref == _owners.c.ref, names.c.field == TextField.LAMBDA_NAME)
    query = _of_layers(asked, placed).add_columns(names.c.value.label("function"))
    return query.join(names, called)


def _placed(kind: ResourceType, layer: ColumnElement[str]) -> Select[Any]:
    """A row for each place of each package of an active finding."""
    places, links = schema.affected_places, schema.finding_packages
    return (
        select(
            _findings.c.number,
            _findings.c.resource,
            _findings.c.severity_rank,
            layer.label("layer"),
        )
        .select_from(_owners)
        .join(_findings, _findings.c.resource == _owners.c.id)
        .join(links, links.c.finding == _findings.c.number)
        .join(places, places.c.package == links.c.package)
        .where(
            _owners.c.resource_type == kind,
            # else SQLite starts with all that are active, or all that have a layer
            hidden(_findings.c.status) == FindingStatus.ACTIVE,
        )
    )


def _of_layers(asked: Counting, placed: Select[Any]) -> Select[Any]:
    single = placed.distinct().subquery()
    each = (
        select(single.c.resource, single.c.layer, *_severities(single.c.severity_rank))
        .group_by(single.c.resource, single.c.layer)
        .subquery()
    )
    return (
        select(_owners.c.account, _owners.c.resource_id, each.c.layer, *_amounts_of(each))
        .select_from(each.join(_owners, _owners.c.id == each.c.resource))
        .where(condition_of(asked.resources, _owners))
    )


_SOURCES: Mapping[CountBy, Callable[[Counting], Select[Any]]] = {
    CountBy.ACCOUNT: _of_resources,
    CountBy.FUNCTION_LAYER: _of_function_layers,
    CountBy.IMAGE_LAYER: _of_image_layers,
    CountBy.MACHINE_IMAGE: _of_machine_images,
    CountBy.PACKAGE: _of_packages,
    CountBy.REPOSITORY: _of_repositories,
    CountBy.RESOURCE: _of_resources,
    CountBy.TITLE: _of_titles,
}


def _sum(column: ColumnElement[int], by: CountBy) -> ColumnElement[int]:
    return column if by in _SINGLE else func.sum(column)


def _typed(asked: Counting) -> ColumnElement[bool]:
    return true() if asked.finding_type is None else _findings.c.type == asked.finding_type


def _owned(resource: ColumnElement[int], asked: Counting) -> ColumnElement[bool]:
    """The resource passes; where every one does, none is looked up."""
    if asked.resources == All(parts=()):
        return true()
    passing = select(_owners.c.id).where(condition_of(asked.resources, _owners))
    return resource.in_(passing)


def _severities(rank: ColumnElement[int]) -> list[ColumnElement[Any]]:
    counts = [
        _how_many(rank == severity.rank).label(name)
        for severity, name in zip(Severity, _SEVERITIES, strict=True)
    ]
    return [func.count().label("total"), *counts]


def _amounts_of(each: FromClause) -> list[ColumnElement[Any]]:
    nothing = [literal_column("0", Integer).label(name) for name in _MORE]
    return [*(each.c[name] for name in ("total", *_SEVERITIES)), *nothing]


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _all(part: ColumnElement[str], tests: tuple[TextTest, ...]) -> ColumnElement[bool]:
    wanted = [
        compared(part, test) for test in tests if test.operator is not TextOperator.NOT_EQUALS
    ]
    unwanted = [compared(part, test) for test in tests if test.operator is TextOperator.NOT_EQUALS]
    return and_(true(), *unwanted, or_(false(), *wanted) if wanted else true())


def _counted(row: Row[Any], parts: int) -> Counted:
    amounts = {name: int(value) for name, value in zip(_AMOUNTS, row[parts:], strict=True)}
    severities = {name: amounts[name] for name in _SEVERITIES}
    return Counted(
        parts=tuple(row[:parts]),
        counts=SeverityCounts(all=amounts["total"], **severities),
        **{name: amounts[name] for name in _MORE},
    )
