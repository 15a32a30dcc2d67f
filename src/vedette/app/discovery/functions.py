"""Lambda functions, with their tags and, where they have several layers, the layers' digests."""

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from vedette.app.discovery.scope import Place
from vedette.clients.aws import Account, Response
from vedette.errors import ParseError, ServiceError
from vedette.model.arn import Arn, parse_arn
from vedette.model.digest import Digest, parse_digest
from vedette.model.resource import LambdaFunction, Resource, ResourceType, Tag

_GONE = "ResourceNotFoundException"
_X86_64 = ("x86_64",)  # what Lambda means where it does not say


class _Layer(msgspec.Struct, rename="pascal"):
    arn: str


class _Content(msgspec.Struct):
    code_sha256: str = msgspec.field(name="CodeSha256")


class _LayerVersion(msgspec.Struct, rename="pascal"):
    content: _Content


class _Function(msgspec.Struct, rename="pascal"):
    function_arn: str
    function_name: str
    code_sha256: str = msgspec.field(name="CodeSha256")
    version: str
    package_type: str = "Zip"
    runtime: str | None = None
    role: str | None = None
    architectures: tuple[str, ...] = _X86_64
    layers: tuple[_Layer, ...] = ()
    last_modified: str | None = None


def function_from(item: Response, place: Place, tags: tuple[Tag, ...]) -> Resource:
    """One item of `ListFunctions` as a resource; its id is Inspector's: the ARN with `$LATEST`.

    Raises:
        ParseError: where the item lacks what every function has, or an ARN or the time is not one.
    """
    name = str(item.get("FunctionName", "a function"))
    try:
        function = msgspec.convert(item, _Function)
        return _resource(function, place, tags)
    except msgspec.ValidationError as error:
        raise ParseError(str(error), name) from error
    except ParseError as error:
        raise error.within(name) from error


def _resource(function: _Function, place: Place, tags: tuple[Tag, ...]) -> Resource:
    arn = parse_arn(function.function_arn)
    return Resource(
        ref=place.ref(ResourceType.LAMBDA_FUNCTION, f"{arn}:{function.version}"),
        facts=LambdaFunction(
            name=function.function_name,
            runtime=function.runtime or None,
            architectures=function.architectures,
            code_sha256=function.code_sha256,
            version=function.version,
            layers=tuple(parse_arn(layer.arn) for layer in function.layers),
            package_type=function.package_type,
            last_modified_at=_modified(function.last_modified),
            execution_role_arn=parse_arn(function.role) if function.role else None,
        ),
        tags=tags,
    )


def _modified(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        # Lambda writes `2024-05-01T12:00:00.000+0000`
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)
    except ValueError as error:
        raise ParseError(f"not a time: {text[:40]!r}", "LastModified") from error


def list_functions(account: Account, place: Place) -> Iterator[Resource | ParseError]:
    """The newest version of every function; an error for each item that cannot be understood.

    Raises:
        ServiceError: where Lambda refuses.
    """
    known: dict[Arn, Digest | None] = {}
    for item in account.listing("lambda", "list_functions", "Functions", place.region):
        try:
            tags = _tags(account, place, item)
            if tags is not None:
                found = function_from(item, place, tags)
                yield _with_digests(found, account, place, known)
        except ParseError as error:
            yield error


def _with_digests(
    resource: Resource, account: Account, place: Place, known: dict[Arn, Digest | None]
) -> Resource:
    """With what tells the layers' files apart; of one layer alone nothing has to be asked."""
    facts = resource.facts
    if not isinstance(facts, LambdaFunction) or len(facts.layers) <= 1:
        return resource
    for arn in facts.layers:
        if arn not in known:
            known[arn] = _layer_digest(account, place, arn)
    digests = tuple(known[arn] for arn in facts.layers)
    return msgspec.structs.replace(
        resource, facts=msgspec.structs.replace(facts, layer_digests=digests)
    )


def _layer_digest(account: Account, place: Place, arn: Arn) -> Digest | None:
    """The digest of a layer version's zip; None where Lambda does not tell it, as of another account's that is not shared."""
    try:
        answer = account.call("lambda", "get_layer_version_by_arn", place.region, Arn=arn)
        content = msgspec.convert(answer, _LayerVersion).content
        return parse_digest(f"sha256:{base64.b64decode(content.code_sha256, validate=True).hex()}")
    except (ServiceError, ParseError, msgspec.ValidationError, binascii.Error):
        return None


def _tags(account: Account, place: Place, item: Response) -> tuple[Tag, ...] | None:
    """A function's tags; None where it has been deleted meanwhile."""
    arn = item.get("FunctionArn")
    if not isinstance(arn, str):
        raise ParseError("there is no FunctionArn", str(item.get("FunctionName", "a function")))
    try:
        answer = account.call("lambda", "list_tags", place.region, Resource=arn)
    except ServiceError as error:
        if error.code == _GONE:
            return None
        raise
    return tuple(sorted(Tag(key=key, value=value) for key, value in answer.get("Tags", {}).items()))
