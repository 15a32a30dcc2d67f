"""What findings are searched by and only their resource says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from vedette.findings.fields import resource_texts
from vedette.findings.layers import only_layer, told_apart
from vedette.model.filter import NumberField, TextField, TimeField
from vedette.model.resource import ContainerImage, LambdaFunction, Resource
from vedette.store import schema
from vedette.store.bulk import insert_many
from vedette.store.codec import micros, ref_key
from vedette.store.pieces import chunks
from vedette.store.schema import HEAD

TAG = "tag"
"""What tags are called among the fields."""

LAYER_OF_DIGEST = "layer_of_digest"
LAYER_OF_REST = "layer_of_rest"
"""What tells the Lambda layer of a function's file, among the fields: the value is its ARN, and the head the digest that the file
has, or that it has not (the code's; empty where that is none)."""

FIELDS = (
    TextField.EC2_IMAGE_ID,
    TextField.EC2_PLATFORM,
    TextField.EC2_SUBNET_ID,
    TextField.EC2_VPC_ID,
    TextField.ECR_ARCHITECTURE,
    TextField.ECR_DIGEST,
    TextField.ECR_TAG,
    TextField.LAMBDA_LAYER,
    TextField.LAMBDA_NAME,
    TextField.LAMBDA_ROLE,
    TextField.LAMBDA_RUNTIME,
)
"""Text fields that are their resource's."""


def tag_text(key: str, value: str = "") -> str:
    """A tag as one text. The key's length comes first: no other key's tag begins so."""
    return f"{len(key)}:{key}{value}"


def write_searched_resources(connection: Connection, resources: Iterable[Resource]) -> None:
    """Replace the rows of resources whose facts are new or have changed."""
    several = {ref_key(resource.ref): resource for resource in resources}
    for some in chunks(sorted(several)):
        forget_resources(connection, some)
        pieces = [(ref, several[ref]) for ref in some]
        insert_many(
            connection,
            schema.resource_texts,
            [row for ref, resource in pieces for row in _texts(ref, resource)],
        )
        amounts = {ref: _amounts(resource) for ref, resource in pieces}
        insert_many(
            connection,
            schema.resource_amounts,
            [
                {"ref": ref, "field": field, "amount": amount}
                for ref, known in amounts.items()
                for field, amount in known.items()
            ],
        )
        for ref, resource in pieces:
            if isinstance(resource.facts, ContainerImage):
                _push(connection, ref, amounts[ref].get(TimeField.ECR_PUSHED_AT))


def forget_resources(connection: Connection, refs: Sequence[str]) -> None:
    """Remove the rows of resources."""
    for table in (schema.resource_texts, schema.resource_amounts):
        connection.execute(delete(table).where(table.c.ref.in_(refs)))


def changed(
    connection: Connection, resources: Iterable[tuple[Resource, bytes]]
) -> Iterator[Resource]:
    """The resources that are not stored just so, each once."""
    several = {ref_key(resource.ref): (resource, value) for resource, value in resources}
    table = schema.resources
    for some in chunks(sorted(several)):
        query = select(table.c.ref, table.c.value).where(table.c.ref.in_(some))
        known = {row.ref: bytes(row.value) for row in connection.execute(query)}
        yield from (several[ref][0] for ref in some if known.get(ref) != several[ref][1])


def _push(connection: Connection, ref: str, pushed: int | None) -> None:
    table = schema.finding_resources
    connection.execute(
        update(table)
        .where(table.c.ref == ref, table.c.ecr_pushed_at.is_distinct_from(pushed))
        .values(ecr_pushed_at=pushed)
    )


def _texts(ref: str, resource: Resource) -> Iterator[Mapping[str, Any]]:
    found = {
        (str(field), value)
        for field in FIELDS
        for value in resource_texts(field, resource)
        if value is not None
    }
    found |= {(TAG, tag_text(tag.key, tag.value)) for tag in resource.tags}
    for field, value in sorted(found):
        yield {"ref": ref, "field": field, "head": value[:HEAD], "value": value}
    if isinstance(resource.facts, LambdaFunction):
        for field, digest, arn in _layers(resource.facts):
            yield {"ref": ref, "field": field, "head": digest, "value": arn}


def _layers(facts: LambdaFunction) -> Iterator[tuple[str, str, str]]:
    only = only_layer(facts)
    if only is not None:
        code, arn = only
        yield LAYER_OF_REST, code or "", arn
    for digest, arn in sorted(told_apart(facts).items()):
        yield LAYER_OF_DIGEST, digest, arn


def _amounts(resource: Resource) -> Mapping[str, int]:
    match resource.facts:
        case ContainerImage() as facts:
            return _known(
                {
                    TimeField.ECR_PUSHED_AT: _moment(facts.pushed_at),
                    TimeField.LAST_IN_USE_AT: _moment(facts.last_in_use_at),
                    NumberField.IN_USE_COUNT: facts.in_use_count,
                }
            )
        case LambdaFunction() as facts:
            return _known({TimeField.LAMBDA_MODIFIED_AT: _moment(facts.last_modified_at)})
        case _:
            return {}


def _known(amounts: Mapping[str, int | None]) -> Mapping[str, int]:
    return {field: amount for field, amount in amounts.items() if amount is not None}


def _moment(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)
