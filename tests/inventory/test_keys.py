"""What layers' results are kept under, and who may use them."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tests.simulators.tree import SimulatedLayer, layer_of, tree
from vedette.inventory.cache import DirectoryCache
from vedette.inventory.catalogue.installed import INSTALLED
from vedette.inventory.collect import collect
from vedette.inventory.extractors._base import Extractor
from vedette.model.inventory import Inventory
from vedette.model.resource import ResourceRef, ResourceType

_REF = ResourceRef(type=ResourceType.LOCAL, id="shared")
_ROOT = Path(__file__).parents[2]
_GEM = (
    b"# -*- encoding: utf-8 -*-\nGem::Specification.new do |s|\n"
    b'  s.name = "rake".freeze\n  s.version = "13.0.6"\nend\n'
)


def _layers() -> tuple[SimulatedLayer, SimulatedLayer]:
    ruby = layer_of({"usr/lib/ruby/gems/3.0.0/specifications/rake-13.0.6.gemspec": _GEM})
    node = layer_of({"app/node_modules/a/package.json": b'{"name":"a","version":"1.0.0"}'})
    return ruby, node


def _raised(*names: str) -> tuple[Extractor, ...]:
    return tuple(
        msgspec.structs.replace(one, version=one.version + (one.name in names)) for one in INSTALLED
    )


def _taken(
    cache: DirectoryCache, layers: Sequence[SimulatedLayer], extractors: Sequence[Extractor]
) -> tuple[Inventory, list[int]]:
    """The inventory, and how often each layer has been walked by now."""
    found = collect(tree(*layers), extractors, resource=_REF, cache=cache)
    return found, [layer.walks for layer in layers]


def test_a_changed_extractor_reads_again_only_what_it_touches(tmp_path: Path) -> None:
    cache, layers = DirectoryCache(tmp_path), _layers()
    first, walks = _taken(cache, layers, INSTALLED)
    assert sorted(package.name for package in first.packages) == ["a", "rake"]
    assert walks == [1, 1]
    assert _taken(cache, layers, INSTALLED) == (first, [1, 1])
    assert _taken(cache, layers, _raised("gemspec")) == (first, [2, 1])
    assert _taken(cache, layers, _raised("gemspec")) == (first, [2, 1])
    assert _taken(cache, layers, _raised("gemspec", "apk", "dpkg")) == (first, [2, 1])
    assert _taken(cache, layers, _raised("node", "gemspec")) == (first, [2, 2])
    assert _taken(cache, layers, INSTALLED) == (first, [2, 2])  # an older one is there still


def test_who_reads_programs_reads_every_layer_again(tmp_path: Path) -> None:
    cache, layers = DirectoryCache(tmp_path), _layers()
    _taken(cache, layers, INSTALLED)
    assert _taken(cache, layers, _raised("go_binary"))[1] == [2, 2]


def test_other_patterns_and_limits_read_everything_again(tmp_path: Path) -> None:
    cache, layers = DirectoryCache(tmp_path), _layers()
    _taken(cache, layers, INSTALLED)
    first, *rest = INSTALLED
    for change in ({"limit": first.limit + 1}, {"patterns": (*first.patterns, "**/other")}):
        before = [layer.walks for layer in layers]
        changed = (msgspec.structs.replace(first, **change), *rest)
        assert _taken(cache, layers, changed)[1] == [walks + 1 for walks in before]
    fewer = [layer.walks + 1 for layer in layers]
    assert _taken(cache, layers, rest)[1] == fewer


@pytest.mark.parametrize("damage", ["cut", "turned", "empty", "noise"])
def test_damaged_entries_are_noticed_and_made_anew(tmp_path: Path, damage: str) -> None:
    cache, layers = DirectoryCache(tmp_path), _layers()
    first, _ = _taken(cache, layers, INSTALLED)
    for entry in tmp_path.iterdir():
        data = bytearray(entry.read_bytes())
        match damage:
            case "cut":
                del data[len(data) // 2 :]
            case "turned":
                data[-1] ^= 1
            case "empty":
                data.clear()
            case _:
                data = bytearray(b"\xc1" * len(data))
        entry.write_bytes(data)
    assert _taken(cache, layers, INSTALLED) == (first, [2, 2])
    assert _taken(cache, layers, INSTALLED) == (first, [2, 2])
    assert _taken(cache, layers, _raised("apk")) == (first, [2, 2])


def test_entries_of_another_shape_are_made_anew(tmp_path: Path) -> None:
    """Such as a cache of a version that wrote them otherwise would hold under the same key."""
    cache, layers = DirectoryCache(tmp_path), _layers()
    first, _ = _taken(cache, layers, INSTALLED)
    keys = [entry.stem for entry in tmp_path.iterdir()]
    for data in (b"\xc1", b"\x93\x01\x02\x03", msgspec.msgpack.encode("x")):
        for key in keys:
            cache.put(key, data)
        found, _ = _taken(cache, layers, INSTALLED)
        assert found == first
        for key in keys:
            cache.put(key, data)
        assert _taken(cache, layers, _raised("apk"))[0] == first


def test_two_processes_share_a_cache_at_the_same_time(tmp_path: Path) -> None:
    """Both read many layers of which half are the other's too, over and over; nothing is wrong, lost or left."""
    script = [sys.executable, "-m", "tests.inventory.sharing", str(tmp_path / "cache")]
    both = [
        subprocess.Popen([*script, mark], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for mark in ("a", "b")
    ]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == b"ready\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=120)[0].decode().split() for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert said[0][0] == said[1][0]  # the same inventories
    assert sum(int(one[1]) for one in said) > 0  # and some of what the other has kept
    names = [entry.name for entry in (tmp_path / "cache").iterdir()]
    assert [name for name in names if name.startswith(".")] == []
