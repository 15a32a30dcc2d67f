import pytest

from vedette.errors import LimitError
from vedette.sources.limits import Limits
from vedette.sources.symlinks import Symlinks


def links(targets: dict[str, str], **limits: int) -> Symlinks:
    made = Symlinks(Limits(**limits))
    for path, target in targets.items():
        made.put(path, target)
    return made


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("etc/os-release", "usr/lib/os-release"),
        ("lib/x/y", "usr/lib/x/y"),
        ("a/b", "opt/b"),
        ("up", "outside"),
        ("d/e/absolute/x", "opt/x"),
        ("none/at/all", "none/at/all"),
        ("chain", "end"),
    ],
)
def test_following(path: str, meant: str) -> None:
    made = links(
        {
            "etc/os-release": "../usr/lib/os-release",
            "lib": "usr/lib",
            "a": "/opt/./",
            "up": "../../outside",
            "d/e/absolute": "/opt",
            "chain": "chain2",
            "chain2": "/chain3",
            "chain3": "end",
        }
    )
    assert made.followed(path) == meant


@pytest.mark.parametrize("targets", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "/a/b"}])
def test_circles(targets: dict[str, str]) -> None:
    with pytest.raises(LimitError, match="over 40 links in a row, perhaps in a circle"):
        links(targets).followed("a")


def test_all_together_are_bounded() -> None:
    made = links({"a": "x/" * 100}, entries=250)
    for _ in range(2):
        made.followed("a")
    with pytest.raises(LimitError, match="too many links over too many folders"):
        made.followed("a")
