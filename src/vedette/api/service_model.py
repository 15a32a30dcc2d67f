"""botocore's service models, compiled once into small values: operations, routes, shapes and their constraints.

The models are those of the installed botocore; a newer one brings its new operations along. Shapes refer to one another by
name, since some contain themselves.
"""

import functools
import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec
from botocore import loaders, model

from vedette.api.patterns import compiled


class Kind(StrEnum):
    """The types of the service model; a document is JSON that the model says nothing of."""

    STRUCTURE = "structure"
    LIST = "list"
    MAP = "map"
    STRING = "string"
    INTEGER = "integer"
    LONG = "long"
    DOUBLE = "double"
    FLOAT = "float"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    BLOB = "blob"
    DOCUMENT = "document"


class Location(StrEnum):
    """Where a member of a request or an answer is."""

    BODY = "body"
    URI = "uri"
    QUERY = "querystring"
    HEADER = "header"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a structure: its name, its shape's, and how it is written.

    `wire_name` is the name in the message. `iso` is whether a timestamp in the body is text instead of a number.
    """

    name: str
    shape: str
    wire_name: str
    required: bool = False
    location: Location = Location.BODY
    iso: bool = False


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A shape: what it is made of, and what its values must be.

    `least` and `most` bound the value of a number, and the length of anything else. `iso` is as a member's. `status` is the
    HTTP status of an exception.
    """

    name: str
    kind: Kind
    members: tuple[Member, ...] = ()
    item: str = ""
    key: str = ""
    union: bool = False
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    pattern: str | None = None
    iso: bool = False
    status: int | None = None

    def matches(self, text: str) -> bool:
        """Whether a text is what the pattern asks for, in whole."""
        return self.pattern is None or compiled(self.pattern).fullmatch(text) is not None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation: its route, its input and output by shape, and the exceptions that it declares."""

    name: str
    method: str
    template: str
    status: int
    input: str | None
    output: str | None
    errors: frozenset[str]


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One service: `name` is what requests are signed for."""

    name: str
    json_target: str | None
    operations: Mapping[str, Operation]
    shapes: Mapping[str, Shape]


@functools.cache
def load_service(name: str) -> Service:
    """The model of a service that botocore knows, by its name there."""
    document = loaders.Loader().load_service_model(name, "service-2")
    source = model.ServiceModel(document, service_name=name)
    shapes = {shape: _shape(source.shape_for(shape)) for shape in source.shape_names}
    operations = {one: _operation(source.operation_model(one)) for one in source.operation_names}
    metadata = source.metadata
    return Service(
        name=name,
        json_target=metadata.get("targetPrefix") if metadata["protocol"] == "json" else None,
        operations=operations,
        shapes=shapes,
    )


_LABEL = re.compile(r"\{(\w+)\}")


def route_pattern(template: str) -> re.Pattern[str]:
    """The pattern of the raw paths that a template stands for, with a group for each label.

    A label is one segment: a slash in it arrives percent-encoded.
    """
    parts = _LABEL.split(template)
    text = "".join(
        f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    return re.compile(text)


def _operation(source: model.OperationModel) -> Operation:
    http = source.http
    return Operation(
        name=source.name,
        method=http.get("method", "POST"),
        template=http.get("requestUri", "/").split("?")[0],
        status=int(http.get("responseCode", 200)),
        input=source.input_shape.name if source.input_shape else None,
        output=source.output_shape.name if source.output_shape else None,
        errors=frozenset(shape.name for shape in source.error_shapes),
    )


def _shape(source: model.Shape) -> Shape:
    metadata = source.metadata
    least, most = metadata.get("min"), metadata.get("max")
    shape = Shape(
        name=source.name,
        kind=Kind(source.type_name),
        choices=tuple(metadata.get("enum", ())),
        least=None if least is None else float(least),
        most=None if most is None else float(most),
        pattern=metadata.get("pattern"),
        iso=source.serialization.get("timestampFormat") == "iso8601",
        status=metadata.get("error", {}).get("httpStatusCode"),
    )
    if isinstance(source, model.StructureShape):
        return msgspec.structs.replace(
            shape,
            kind=Kind.DOCUMENT if source.is_document_type else Kind.STRUCTURE,
            members=_members(source),
            union=source.is_tagged_union,
        )
    if isinstance(source, model.ListShape):
        return msgspec.structs.replace(shape, item=source.member.name)
    if isinstance(source, model.MapShape):
        return msgspec.structs.replace(shape, key=source.key.name, item=source.value.name)
    return shape


def _members(source: model.StructureShape) -> tuple[Member, ...]:
    required = set(source.required_members)
    return tuple(
        Member(
            name=name,
            shape=member.name,
            wire_name=member.serialization.get("name", name),
            required=name in required,
            location=Location(member.serialization.get("location", Location.BODY)),
            iso=member.serialization.get("timestampFormat") == "iso8601",
        )
        for name, member in source.members.items()
    )
