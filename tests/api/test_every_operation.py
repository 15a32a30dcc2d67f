"""Every operation of every service, asked with random requests that the model allows: answered or refused as modelled."""

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest
from botocore import awsrequest, loaders, serialize
from botocore.model import ServiceModel

from tests.api.clients import NOW, request_of
from tests.api.operations import estate, found
from tests.api.values import Values
from vedette.api.access import changes_nothing
from vedette.api.call import Caller, Role, Services
from vedette.api.operations import NOTES, SERVICES
from vedette.api.service_model import load_service
from vedette.api.wire import Asking, handle
from vedette.store.store import SqlStore

_TURNS = 3


def _operations() -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        for operation in sorted(load_service(service).operations):
            yield service, operation


@pytest.fixture(scope="module")
def settled(_migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    path = tmp_path_factory.mktemp("every") / "store.db"
    path.write_bytes(_migrated)
    with SqlStore.open(f"sqlite:///{path}") as opened:
        estate.settle(opened)
        found.settle(opened)
        yield opened


def _models(service: str) -> ServiceModel:
    return ServiceModel(loaders.Loader().load_service_model(service, "service-2"), service)


_MODELS = {service: _models(service) for service in SERVICES}


@pytest.mark.parametrize(("name", "operation"), list(_operations()))
def test_answered_or_refused_as_modelled(settled: SqlStore, name: str, operation: str) -> None:
    service = load_service(name)
    modelled = service.operations[operation]
    model = _MODELS[name].operation_model(operation)
    serializer: Any = serialize.create_serializer(str(_MODELS[name].metadata["protocol"]))
    account = str(estate.ADMIN)
    caller = Caller(access_key="VDTA" + "A" * 16, account=account, role=Role.ADMIN, accounts=None)
    for seed in range(_TURNS):
        random = Random(f"{name} {operation} {seed}")
        values = Values(service, random).of(modelled.input) if modelled.input else {}
        written = serializer.serialize_to_request(values, model)
        awsrequest.prepare_request_dict(written, endpoint_url="http://127.0.0.1", context={})
        request = request_of(awsrequest.create_request_object(written).prepare())
        asking = Asking(
            service=name,
            caller=caller,
            region="us-east-1",
            now=NOW,
            request_id=f"{operation}-{seed}",
            services=Services(store=settled),
        )
        response = handle(request, asking)  # raises what would be an internal error
        if response.status >= 300:
            _check_refusal(name, modelled.errors, response.headers, response.body)


def _check_refusal(
    name: str, declared: frozenset[str], headers: tuple[tuple[str, str], ...], body: bytes
) -> None:
    told = msgspec.json.decode(body)
    code = dict(headers).get("x-amzn-errortype") or told["__type"]
    assert told["message"]
    shape = load_service(name).shapes[code]
    assert all(one.name in told for one in shape.members if one.required)
    # whoever has no right to ask is told so by AWS as well, whether that is declared or not
    undeclared = code not in declared and code != "AccessDeniedException"
    assert not undeclared, f"{code} is not declared: {told['message']}"


def test_every_operation_of_the_catalogues_is_modelled() -> None:
    for name, handlers in SERVICES.items():
        assert set(handlers) <= set(load_service(name).operations)
        assert set(NOTES[name]) <= set(load_service(name).operations)


@pytest.mark.parametrize("name", list(SERVICES))
def test_every_operation_has_a_handler(name: str) -> None:
    assert set(SERVICES[name]) == set(load_service(name).operations)


_CHANGING = (
    "Add",
    "Associate",
    "BatchAssociate",
    "BatchDisassociate",
    "BatchUpdate",
    "Cancel",
    "Create",
    "Delete",
    "Disable",
    "Disassociate",
    "Enable",
    "Register",
    "Remove",
    "Reset",
    "Send",
    "Set",
    "Start",
    "Stop",
    "Subscribe",
    "Tag",
    "Unsubscribe",
    "Untag",
    "Update",
)


@pytest.mark.parametrize(("name", "operation"), list(_operations()))
def test_readers_may_do_what_is_not_named_as_a_change(name: str, operation: str) -> None:
    assert changes_nothing(name, operation) is not operation.startswith(_CHANGING)
