"""What botocore writes we read as it was, and what we write botocore reads as it was: for every operation of every service."""

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

import pytest
from botocore import awsrequest, loaders, parsers, serialize
from botocore.model import OperationModel, ServiceModel

from tests.api.clients import request_of
from tests.api.values import BY_SHAPE, SAMPLES, Values
from vedette.api.messages import Request
from vedette.api.parse import parse
from vedette.api.serialise import serialise
from vedette.api.service_model import Kind, Service, load_service
from vedette.api.wire import route

SERVICES = ("inspector2", "inspector-scan", "inspector")
_TURNS = 4


def _operations() -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        for operation in sorted(load_service(service).operations):
            yield service, operation


def _model(service: str) -> ServiceModel:
    return ServiceModel(loaders.Loader().load_service_model(service, "service-2"), service)


_MODELS = {service: _model(service) for service in SERVICES}


def _sent(model: OperationModel, values: dict[str, Any]) -> Request:
    protocol = str(model.service_model.metadata["protocol"])
    serializer: Any = serialize.create_serializer(protocol)
    written = serializer.serialize_to_request(values, model)
    awsrequest.prepare_request_dict(written, endpoint_url="http://127.0.0.1:8440", context={})
    return request_of(awsrequest.create_request_object(written).prepare())


def _read(service: Service, operation: str, request: Request) -> Any:
    routed = route(service, request)
    assert routed.operation.name == operation
    return parse(service, routed.operation.input, request, routed.labels)


@pytest.mark.parametrize(("name", "operation"), list(_operations()))
def test_requests_are_read_as_they_were_written(name: str, operation: str) -> None:
    service = load_service(name)
    shape = service.operations[operation].input
    for seed in range(_TURNS):
        values = Values(service, Random(f"{operation} {seed}")).of(shape) if shape else {}
        request = _sent(_MODELS[name].operation_model(operation), values)
        assert _read(service, operation, request) == values


@pytest.mark.parametrize(("name", "operation"), list(_operations()))
def test_answers_are_read_as_they_were_meant(name: str, operation: str) -> None:
    service = load_service(name)
    modelled = service.operations[operation]
    model = _MODELS[name].operation_model(operation)
    parser: Any = parsers.create_parser(str(_MODELS[name].metadata["protocol"]))
    for seed in range(_TURNS):
        values = (
            Values(service, Random(f"{operation} {seed}")).of(modelled.output)
            if modelled.output
            else {}
        )
        response = serialise(service, modelled.output, values, modelled.status)
        document = {
            "status_code": response.status,
            "headers": awsrequest.HeadersDict(dict(response.headers)),
            "body": response.body,
        }
        parsed = parser.parse(document, model.output_shape)
        del parsed["ResponseMetadata"]
        assert parsed == values


def test_every_pattern_has_a_text_that_it_allows() -> None:
    for name in SERVICES:
        for shape in load_service(name).shapes.values():
            if shape.kind is Kind.STRING and shape.pattern is not None:
                text = BY_SHAPE.get(shape.name) or SAMPLES[shape.pattern]
                assert shape.matches(text), (shape.name, shape.pattern)
                assert not shape.matches(text + "\n"), (shape.name, shape.pattern)


def test_times_are_numbers_but_for_those_that_are_texts() -> None:
    service = load_service("inspector2")
    at = datetime.fromisoformat("2026-01-02T03:04:05.678+00:00")
    connectors = [
        one.name
        for one in service.shapes["Connector"].members
        if service.shapes[one.shape].kind is Kind.TIMESTAMP and one.iso
    ]
    assert connectors == ["createdAt", "updatedAt"]
    values = Values(service, Random(1)).of("Filter") | {"createdAt": at, "updatedAt": at}
    body = serialise(service, "ListFiltersResponse", {"filters": [values]}, 200).body
    assert b'"createdAt":1767323045.678' in body
    scan = Values(service, Random(1)).of("OnDemandScan") | {"startedAt": at}
    response = serialise(service, "ListOnDemandScansResponse", {"items": [scan]}, 200)
    assert b'"startedAt":"2026-01-02T03:04:05.678Z"' in response.body
