import pytest

from vedette.sources.oci_documents import Descriptor, Platform
from vedette.sources.platforms import choose, fits, parse_platform, platform_here, shown

ARM = Platform(os="linux", architecture="arm64", variant="v8")


@pytest.mark.parametrize("text", ["linux/amd64", "linux/arm/v7", "Linux/AMD64"])
def test_platforms_are_shown_as_they_are_written(text: str) -> None:
    assert shown(parse_platform(text)) == text.lower()


def test_unknown_platforms() -> None:
    assert shown(None) == shown(Platform(os="linux")) == "unknown"
    assert platform_here().os == "linux"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("linux/arm64", True),
        ("linux/arm64/v8", True),
        ("linux/arm64/v9", False),
        ("linux/arm", False),
        ("windows/arm64", False),
    ],
)
def test_what_fits(wanted: str, *, expected: bool) -> None:
    assert fits(ARM, parse_platform(wanted)) is expected


def test_the_only_platform_there_is_will_do() -> None:
    other = Descriptor(digest="a", platform=Platform(os="linux", architecture="s390x"))
    assert choose([other], None) == [other]
