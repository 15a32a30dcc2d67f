"""Lambda functions: the code's zip and the layers' zips from the URLs that Lambda signs."""

import base64
import binascii
from pathlib import Path

from vedette.app.inventories.taken import Prepared, Reading, Tools, Unread, fingerprint
from vedette.clients.aws import Account, Response
from vedette.errors import ServiceError
from vedette.inventory.collect import collect
from vedette.model.arn import AccountId, Arn
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.resource import LambdaFunction, Resource
from vedette.sources.archive import open_lambda
from vedette.sources.limits import Limits

_LARGEST_ZIP = 512 << 20  # Lambda allows 250 MB unpacked, code and layers together


def prepare_function(resource: Resource, facts: LambdaFunction, tools: Tools) -> Prepared:
    """The hash of the code and the layers' versions are the content: both never change behind their names."""
    if facts.package_type != "Zip":
        return Unread(
            reason="UNSUPPORTED_CODE_ARTIFACTS",
            detail="the function runs a container image; the image is scanned in ECR",
        )
    return Reading(
        fingerprint=fingerprint(
            resource.ref, facts.code_sha256, facts.runtime or "", *facts.layers
        ),
        read=lambda: _read(resource, facts, tools),
    )


def _read(resource: Resource, facts: LambdaFunction, tools: Tools) -> Inventory:
    account = tools.accounts[AccountId(str(resource.ref.account))]
    region = str(resource.ref.region)
    answer = account.call(
        "lambda", "get_function", region, FunctionName=resource.ref.id.rsplit(":", 1)[0]
    )
    code = _fetch(tools, answer["Code"], facts.code_sha256)
    layers: list[Path] = []
    failures: list[FileFailure] = []
    for arn in facts.layers:
        try:
            layers.append(_layer(account, region, arn, tools))
        except ServiceError as error:
            failures.append(FileFailure(extractor="lambda-layer", path=arn, reason=str(error)))
    tree = open_lambda(code, layers, Limits())
    inventory = collect(tree, resource=resource.ref, cache=tools.cache, taken_at=tools.now)
    return _with_failures(inventory, failures)


def _layer(account: Account, region: str, arn: Arn, tools: Tools) -> Path:
    answer = account.call("lambda", "get_layer_version_by_arn", region, Arn=arn)
    content = answer["Content"]
    return _fetch(tools, content, content["CodeSha256"])


def _fetch(tools: Tools, content: Response, sha256: str) -> Path:
    # Lambda writes hashes in base64
    try:
        digest = base64.b64decode(sha256, validate=True).hex()
    except binascii.Error as error:
        raise ServiceError(
            f"not a hash: {sha256[:60]!r}", service="lambda", operation="get_function", code="Hash"
        ) from error
    return tools.scratch.fetch(lambda: str(content["Location"]), sha256=digest, limit=_LARGEST_ZIP)


def _with_failures(inventory: Inventory, failures: list[FileFailure]) -> Inventory:
    if not failures:
        return inventory
    return Inventory(
        resource=inventory.resource,
        distro=inventory.distro,
        packages=inventory.packages,
        failures=(*inventory.failures, *failures),
        running_kernel=inventory.running_kernel,
        taken_at=inventory.taken_at,
    )
