"""Which of a Lambda function's layers a file is of (Lambda Developer Guide, "Packaging your layer content": layers are below /opt)."""

import base64
from collections.abc import Mapping

from vedette.model.arn import Arn
from vedette.model.digest import Digest
from vedette.model.package import Location
from vedette.model.resource import LambdaFunction, Resource

LAYERS = "opt/"
"""What all files of layers are below."""


def layer_arn(resource: Resource | None, place: Location) -> Arn | None:
    """The Lambda layer that a file is of: the only one, or of several the one whose zip has the digest; the upper of two equal ones."""
    if resource is None or not isinstance(resource.facts, LambdaFunction):
        return None
    if place.layer is None or not place.path.startswith(LAYERS):
        return None
    only = only_layer(resource.facts)
    if only is None:
        return told_apart(resource.facts).get(place.layer)
    code, arn = only
    return None if place.layer == code else arn


def only_layer(facts: LambdaFunction) -> tuple[Digest | None, Arn] | None:
    """Of a function with one layer: the digest of its code, which is what the layer's files do not have, and the layer."""
    if len(facts.layers) != 1:
        return None
    return _digest_of(facts.code_sha256), facts.layers[0]


def told_apart(facts: LambdaFunction) -> Mapping[Digest, Arn]:
    """Of a function with several layers: those whose digest is known."""
    if len(facts.layers) <= 1:
        return {}
    known = zip(facts.layer_digests, facts.layers, strict=False)
    return {digest: arn for digest, arn in known if digest is not None}


def _digest_of(code_sha256: str) -> Digest | None:
    """Lambda's `CodeSha256`, which is base64, as layers are named; None where it is none."""
    try:
        return Digest(f"sha256:{base64.b64decode(code_sha256, validate=True).hex()}")
    except ValueError:
        return None
