"""Which of a function's layers a file is of."""

import base64
from typing import Any

import msgspec
import pytest

from tests.findings.make import FUNCTION, IMAGE
from vedette.findings.layers import layer_arn, only_layer, told_apart
from vedette.model.arn import Arn
from vedette.model.digest import Digest, digest_of
from vedette.model.package import Location
from vedette.model.resource import LambdaFunction, Resource

_CODE, _ONE, _TWO = (digest_of(name) for name in (b"code", b"one", b"two"))
_FIRST, _SECOND = (
    Arn(f"arn:aws:lambda:eu-west-1:111122223333:layer:deps:{number}") for number in (1, 2)
)
_CODE_SHA256 = base64.b64encode(bytes.fromhex(_CODE.removeprefix("sha256:"))).decode()


def _function(**changes: Any) -> Resource:
    known = {"code_sha256": _CODE_SHA256, "layers": (_FIRST,)} | changes
    return msgspec.structs.replace(FUNCTION, facts=msgspec.structs.replace(FUNCTION.facts, **known))


def _facts(resource: Resource) -> LambdaFunction:
    assert isinstance(resource.facts, LambdaFunction)
    return resource.facts


_ALONE = _function()
_BOTH = _function(layers=(_FIRST, _SECOND), layer_digests=(_ONE, _TWO))


@pytest.mark.parametrize(
    ("resource", "path", "layer", "expected"),
    [
        (_ALONE, "opt/a", _ONE, _FIRST),
        (_ALONE, "opt/a", _CODE, None),
        (_ALONE, "opt/a", None, None),
        (_ALONE, "var/task/opt/a", _ONE, None),
        (_function(code_sha256="%"), "opt/a", _CODE, _FIRST),
        (_function(layers=()), "opt/a", _ONE, None),
        (_BOTH, "opt/a", _ONE, _FIRST),
        (_BOTH, "opt/a", _TWO, _SECOND),
        (_BOTH, "opt/a", _CODE, None),
        (_BOTH, "a", _ONE, None),
        (_function(layers=(_FIRST, _SECOND)), "opt/a", _ONE, None),
        (
            _function(layers=(_FIRST, _SECOND), layer_digests=(None, _TWO)),
            "opt/a",
            _ONE,
            None,
        ),
        (
            _function(layers=(_FIRST, _SECOND), layer_digests=(_ONE, _ONE)),
            "opt/a",
            _ONE,
            _SECOND,
        ),
        (IMAGE, "opt/a", _ONE, None),
        (None, "opt/a", _ONE, None),
    ],
)
def test_the_layer_of_a_file(
    resource: Resource | None, path: str, layer: Digest | None, expected: Arn | None
) -> None:
    assert layer_arn(resource, Location(path=path, layer=layer)) == expected


def test_one_layer_is_told_from_the_code_and_several_by_their_digests() -> None:
    assert only_layer(_facts(_ALONE)) == (_CODE, _FIRST)
    assert told_apart(_facts(_ALONE)) == {}
    assert only_layer(_facts(_BOTH)) is None
    assert told_apart(_facts(_BOTH)) == {_ONE: _FIRST, _TWO: _SECOND}
