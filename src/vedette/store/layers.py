"""Lambda layers in SQL: `vedette.findings.layers` in the engine's language."""

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from vedette.findings.layers import LAYERS
from vedette.model.filter import TextField, TextOperator, TextTest
from vedette.store import schema
from vedette.store.columns import ExactText
from vedette.store.resource_rows import LAYER_OF_DIGEST, LAYER_OF_REST
from vedette.store.text_tests import compared, stored


def of_layer(places: FromClause, texts: FromClause) -> ColumnElement[bool]:
    """A place is of the layer that a row of the function's texts tells; never where the place has none."""
    start = func.substr(places.c.head, literal_column("1"), len(LAYERS), type_=ExactText)
    return and_(
        start == LAYERS,
        or_(
            and_(texts.c.field == LAYER_OF_DIGEST, texts.c.head == places.c.layer),
            and_(texts.c.field == LAYER_OF_REST, texts.c.head != places.c.layer),
        ),
    )


def in_layers(links: FromClause, test: TextTest) -> ColumnElement[bool]:
    """The layers of a package's places in a finding's function pass a test; `links` names both."""
    if test.operator is not TextOperator.NOT_EQUALS:
        return and_(_has_layers(links, test), _placed(links, test))
    same = TextTest(operator=TextOperator.EQUALS, value=test.value)
    return ~_placed(links, same)


def _placed(links: FromClause, test: TextTest) -> ColumnElement[bool]:
    findings, owners = schema.findings.alias(), schema.finding_resources.alias()
    places, texts = schema.affected_places.alias(), schema.resource_texts.alias()
    return exists().where(
        findings.c.number == links.c.finding,
        owners.c.id == findings.c.resource,
        texts.c.ref == owners.c.ref,
        places.c.package == links.c.package,
        of_layer(places, texts),
        compared(texts.c.value, test),
    )


def _has_layers(links: FromClause, test: TextTest) -> ColumnElement[bool]:
    """The function has such a layer: few have, so that only theirs are looked at."""
    findings, owners = schema.findings.alias(), schema.finding_resources.alias()
    texts = schema.resource_texts.alias()
    theirs = (
        select(findings.c.number)
        .join(owners, owners.c.id == findings.c.resource)
        .join(texts, texts.c.ref == owners.c.ref)
        .where(
            texts.c.field == TextField.LAMBDA_LAYER,
            compared(texts.c.value, test, stored(texts.c.head)),
        )
    )
    return links.c.finding.in_(theirs)
