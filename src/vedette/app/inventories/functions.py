"""Lambda functions: the code's zip and the layers' zips from the URLs that Lambda signs."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from vedette.app.inventories.scratch import Fetch
from vedette.app.inventories.taken import (
    FunctionJob,
    Prepared,
    Reading,
    Unread,
    Workbench,
    fingerprint,
)
from vedette.clients.aws import Account
from vedette.errors import ServiceError, SourceError
from vedette.inventory.collect import collect
from vedette.model.arn import AccountId, Arn
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.resource import LambdaFunction, Resource
from vedette.sources.archive import open_lambda
from vedette.sources.limits import Limits

_LARGEST_ZIP = 512 << 20  # Lambda allows 250 MB unpacked, code and layers together
_SHA256 = 32

_Kind = TypeVar("_Kind")


class _Content(msgspec.Struct):
    """Where a zip is, and what it must be."""

    location: str = msgspec.field(name="Location")
    sha256: str = msgspec.field(name="CodeSha256", default="")


class _Layer(msgspec.Struct, rename="pascal"):
    content: _Content


class _Function(msgspec.Struct, rename="pascal"):
    code: _Content


def prepare_function(resource: Resource, facts: LambdaFunction) -> Prepared:
    """The hash of the code and the layers' versions are the content: both never change behind their names."""
    if facts.package_type != "Zip":
        return Unread(
            reason="UNSUPPORTED_CODE_ARTIFACTS",
            detail="the function runs a container image; the image is scanned in ECR",
        )
    job = FunctionJob(ref=resource.ref, code_sha256=facts.code_sha256, layers=facts.layers)
    return Reading(
        fingerprint=fingerprint(
            resource.ref, facts.code_sha256, facts.runtime or "", *facts.layers
        ),
        read=lambda extract: extract(job),
    )


def read_function(job: FunctionJob, bench: Workbench) -> Inventory:
    """Fetch the code and the layers, and say what is in the function.

    Raises:
        ServiceError: where Lambda refuses the code; a layer that it refuses is a failure of the inventory.
        SourceError: where what it gives is no zip.
    """
    ref = job.ref
    account = bench.account(AccountId(str(ref.account)))
    with bench.scratch.lease() as fetch:
        store = _Code(account, str(ref.region), fetch)
        code = store.function(ref.id.rsplit(":", 1)[0], job.code_sha256)
        layers: dict[Path, Arn] = {}
        failures: list[FileFailure] = []
        for arn in job.layers:
            try:
                layers[store.layer(arn)] = arn
            except ServiceError as error:
                failures.append(FileFailure(extractor="lambda-layer", path=arn, reason=str(error)))
        names = {str(code): ref.id, **{str(path): arn for path, arn in layers.items()}}
        try:
            tree = open_lambda(code, tuple(layers), Limits(), name=ref.id)
        except SourceError as error:
            raise SourceError(_named(str(error), names)) from error
        inventory = collect(tree, resource=ref, cache=bench.cache)
        return _with_failures(inventory, failures, names)


def _named(text: str, names: Mapping[str, str]) -> str:
    """What a file is in AWS, in place of where it was put here for a moment."""
    for path, name in names.items():
        text = text.replace(path, name)
    return text


class _Code:
    """The zips of one Region, as Lambda's API shows them."""

    def __init__(self, account: Account, region: str, fetch: Fetch) -> None:
        self._account = account
        self._region = region
        self._fetch = fetch

    def function(self, arn: str, sha256: str) -> Path:
        answer = self._account.call("lambda", "get_function", self._region, FunctionName=arn)
        code = _converted(answer, _Function, "get_function").code
        return self._fetch(
            lambda: code.location, sha256=_hex(sha256, "get_function"), limit=_LARGEST_ZIP
        )

    def layer(self, arn: Arn) -> Path:
        operation = "get_layer_version_by_arn"
        answer = self._account.call("lambda", "get_layer_version_by_arn", self._region, Arn=arn)
        content = _converted(answer, _Layer, operation).content
        return self._fetch(
            lambda: content.location, sha256=_hex(content.sha256, operation), limit=_LARGEST_ZIP
        )


def _converted(answer: object, kind: type[_Kind], operation: str) -> _Kind:
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:
        raise ServiceError(
            str(error), service="lambda", operation=operation, code="Malformed"
        ) from error


def _hex(sha256: str, operation: str) -> str:
    """Lambda writes hashes in base64."""
    try:
        digest = base64.b64decode(sha256, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != _SHA256:
        raise ServiceError(
            f"not a hash: {sha256[:60]!r}", service="lambda", operation=operation, code="Malformed"
        )
    return digest.hex()


def _with_failures(
    inventory: Inventory, failures: Iterable[FileFailure], names: Mapping[str, str]
) -> Inventory:
    found = [
        msgspec.structs.replace(
            failure, path=_named(failure.path, names), reason=_named(failure.reason, names)
        )
        for failure in inventory.failures
    ]
    return msgspec.structs.replace(
        inventory, failures=tuple(sorted((*found, *failures), key=_place))
    )


def _place(failure: FileFailure) -> tuple[str, str, str, str]:
    return failure.extractor, failure.path, failure.reason, failure.layer or ""
