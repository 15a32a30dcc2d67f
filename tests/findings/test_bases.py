"""Base images by their layers."""

import random

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from vedette.findings.bases import Base, ImageLayers, Origin, bases, origin_of
from vedette.model.arn import AccountId
from vedette.model.digest import Digest, digest_of
from vedette.model.package import Location, Package, PackageManager, SchemeName
from vedette.model.purl import Purl
from vedette.model.resource import ResourceRef, ResourceType


def _ref(name: str) -> ResourceRef:
    return ResourceRef(
        type=ResourceType.ECR_CONTAINER_IMAGE,
        id=name,
        account=AccountId("111122223333"),
        region="eu-west-1",
    )


def _layers(names: str) -> tuple[Digest, ...]:
    return tuple(digest_of(name.encode()) for name in names)


def _image(name: str, layers: str) -> ImageLayers:
    return ImageLayers(image=_ref(name), layers=_layers(layers))


def test_the_base_is_the_highest_image_that_one_stands_on() -> None:
    images = [_image("app", "abcd"), _image("debian", "a"), _image("python", "abc")]
    assert bases(images) == {
        _ref("app"): Base(image=_ref("python"), layers=_layers("abc")),
        _ref("python"): Base(image=_ref("debian"), layers=_layers("a")),
    }


@pytest.mark.parametrize(
    "others",
    [
        [_image("twin", "abcd")],
        [_image("above", "abcde")],
        [_image("beside", "abx")],
        [_image("inside", "bc")],
        [_image("empty", "")],
        [],
    ],
    ids=lambda others: others[0].image.id if others else "none",
)
def test_what_is_no_base(others: list[ImageLayers]) -> None:
    assert _ref("app") not in bases([_image("app", "abcd"), *others])


def test_of_equal_bases_the_first_counts_whatever_the_order() -> None:
    images = [_image("b", "a"), _image("c", "a"), _image("app", "ab")]
    for _ in range(5):
        random.shuffle(images)
        assert bases(images)[_ref("app")].image == _ref("b")


_STACKS = st.lists(st.text("abc", max_size=5), max_size=8)


@settings(max_examples=100)
@given(_STACKS)
def test_bases_are_what_the_definition_says(stacks: list[str]) -> None:
    images = [_image(str(number), stack) for number, stack in enumerate(stacks)]
    expected = {}
    for one, mine in zip(images, stacks, strict=True):
        below = [
            (-len(stack), other.image)
            for other, stack in zip(images, stacks, strict=True)
            if stack and len(stack) < len(mine) and mine.startswith(stack)
        ]
        if below:
            height, image = min(below)
            expected[one.image] = Base(image=image, layers=one.layers[:-height])
    assert bases(images) == expected


def _package(*layers: str | None) -> Package:
    return Package(
        purl=Purl("pkg:generic/a@1"),
        ecosystem="generic",
        name="a",
        version="1",
        scheme=SchemeName.GENERIC,
        manager=PackageManager.OTHER,
        locations=tuple(
            Location(path=str(number), layer=None if layer is None else _layers(layer)[0])
            for number, layer in enumerate(layers)
        ),
    )


@pytest.mark.parametrize(
    ("layers", "origin"),
    [
        (("a",), Origin.BASE),
        (("a", "b"), Origin.BASE),
        (("c",), Origin.OWN),
        (("a", "c"), Origin.BOTH),
        ((None,), Origin.UNKNOWN),
        (("a", None), Origin.UNKNOWN),
        ((), Origin.UNKNOWN),
    ],
)
def test_where_a_package_came_from(layers: tuple[str | None, ...], origin: Origin) -> None:
    base = Base(image=_ref("base"), layers=_layers("ab"))
    assert origin_of(_package(*layers), base) is origin
    assert origin_of(_package(*layers), None) is Origin.UNKNOWN
    assert msgspec.json.encode(origin) == f'"{origin.value}"'.encode()
