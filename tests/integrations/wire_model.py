"""Whether a value is what a shape of an AWS service model says: botocore's own check leaves out enums, patterns and greatest lengths."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (float, int),
    "boolean": (bool,),
}


@cache
def service_model(service: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(service)


def problems(value: Any, service: str, shape: str) -> list[str]:
    """Every place that is not as the model has it."""
    return list(_problems(value, service_model(service).shape_for(shape), shape))


def _problems(value: Any, shape: Shape, place: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _of_structure(value, shape, place)
    elif isinstance(shape, ListShape):
        yield from _size(len(value), shape, place)
        for number, one in enumerate(value):
            yield from _problems(one, shape.member, f"{place}[{number}]")
    elif isinstance(shape, MapShape):
        for name, one in value.items():
            yield from _problems(name, shape.key, f"{place} key {name!r}")
            yield from _problems(one, shape.value, f"{place}.{name}")
    elif shape.type_name == "timestamp":
        if not isinstance(value, datetime) or value.tzinfo is None:
            yield f"{place}: no aware time: {value!r}"
    else:
        yield from _of_scalar(value, shape, place)


def _of_structure(value: Any, shape: StructureShape, place: str) -> Iterator[str]:
    yield from (f"{place}: no member {name}" for name in value if name not in shape.members)
    yield from (
        f"{place}: {name} is missing" for name in shape.required_members if name not in value
    )
    for name, one in value.items():
        if name in shape.members:
            yield from _problems(one, shape.members[name], f"{place}.{name}")


def _of_scalar(value: Any, shape: Shape, place: str) -> Iterator[str]:
    if type(value) not in _TYPES[shape.type_name]:
        yield f"{place}: {value!r} is no {shape.type_name}"
        return
    if isinstance(shape, StringShape):
        if shape.enum and value not in shape.enum:
            yield f"{place}: {value!r} is not one of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            yield f"{place}: {value!r} is not like {pattern}"
        yield from _size(len(value), shape, place)
    else:
        yield from _size(value, shape, place)


def _size(size: float, shape: Shape, place: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", size), shape.metadata.get("max", size)
    if not least <= size <= most:
        yield f"{place}: {size} is not in {least}..{most}"
