"""Whether an answer is within the bounds of the service model: choices, lengths, values, patterns."""

from collections.abc import Iterator
from typing import Any

from vedette.api.service_model import Kind, Service, Shape

_SIZED = frozenset({Kind.STRING, Kind.LIST, Kind.MAP})
_KNOWN = frozenset(
    {
        # AWS answers with the group's value, whatever its model says (AWS CLI, examples of list-coverage-statistics)
        "GroupKey",
        # of AWS's partitions `aws-gov` only, for which there is no such ARN
        "CisFindingArn",
    }
)


def out_of_bounds(service: Service, name: str, value: Any, path: str = "") -> Iterator[str]:
    """A line for each part of an answer that is not as the model has it; an empty list may be where one has been promised."""
    shape = service.shapes[name]
    if shape.kind is Kind.STRUCTURE:
        for member in shape.members:
            if member.wire_name in value:
                place = f"{path}.{member.name}"
                yield from out_of_bounds(service, member.shape, value[member.wire_name], place)
        return
    yield from (f"{path}: {told}" for told in _faults(shape, value))
    if shape.kind is Kind.LIST:
        for number, item in enumerate(value):
            yield from out_of_bounds(service, shape.item, item, f"{path}[{number}]")
    if shape.kind is Kind.MAP:
        for key, item in value.items():
            yield from out_of_bounds(service, shape.key, key, f"{path}.{key}")
            yield from out_of_bounds(service, shape.item, item, f"{path}.{key}")


def _faults(shape: Shape, value: Any) -> Iterator[str]:
    if shape.name in _KNOWN:
        return
    if shape.choices and value not in shape.choices:
        yield f"{value!r} is no choice"
    size = len(value) if shape.kind in _SIZED else value
    if isinstance(size, int | float):
        if shape.least is not None and size < shape.least and value != []:
            yield f"{value!r} is below {shape.least}"
        if shape.most is not None and size > shape.most:
            yield f"{value!r} is above {shape.most}"
    if isinstance(value, str) and not shape.matches(value):
        yield f"{value!r} does not match {shape.pattern}"
