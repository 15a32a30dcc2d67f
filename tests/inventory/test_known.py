"""What is known of whole targets: only of the same content, by the same code, without failures."""

from pathlib import Path

import pytest

from tests.simulators.tree import SimulatedLayer, layer_of, live, tree
from vedette.bootstrap.layers import code_name
from vedette.inventory.cache import DirectoryCache
from vedette.inventory.collect import collect
from vedette.inventory.known import Known
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.resource import ResourceRef, ResourceType
from vedette.sources.archive import open_lambda
from vedette.sources.tree import FileTree

_REF = ResourceRef(type=ResourceType.LOCAL, id="here")
_OTHER = ResourceRef(type=ResourceType.LOCAL, id="there")
_FILES = {"etc/os-release": b"ID=alpine\nVERSION_ID=3.18.4\n"}


@pytest.fixture
def cache(tmp_path: Path) -> DirectoryCache:
    return DirectoryCache(tmp_path / "cache")


def _known(cache: DirectoryCache, target: FileTree, code: str = "1") -> Known:
    return Known(cache, target, _REF, code=code)


def _taken(target: FileTree) -> Inventory:
    return collect(target, resource=_REF)


def test_an_inventory_is_known_again(cache: DirectoryCache) -> None:
    target = tree(_FILES)
    inventory = _taken(target)
    assert _known(cache, target).inventory() is None
    _known(cache, target).keep_inventory(inventory)
    assert _known(cache, tree(_FILES)).inventory() == inventory


def test_a_document_is_known_by_its_format(cache: DirectoryCache) -> None:
    target = tree(_FILES)
    _known(cache, target).keep_document("one", b"1")
    assert _known(cache, target).document("one") == b"1"
    assert _known(cache, target).document("two") is None
    assert _known(cache, target).inventory() is None


def test_other_content_names_and_code_are_not_known(cache: DirectoryCache) -> None:
    target = tree(_FILES)
    _known(cache, target).keep_document("one", b"1")
    assert _known(cache, target, "2").document("one") is None
    assert _known(cache, tree(_FILES, _FILES)).document("one") is None
    assert _known(cache, tree({**_FILES, "a": b""})).document("one") is None
    assert Known(cache, target, _OTHER, code="1").document("one") is None


def test_what_has_failures_is_taken_anew(cache: DirectoryCache) -> None:
    failure = FileFailure(extractor="source", path="x", reason="gone")
    target = tree(layer_of(_FILES))
    inventory = Inventory(resource=_REF, distro=None, packages=(), failures=(failure,))
    _known(cache, target).keep_inventory(inventory)
    assert _known(cache, target).inventory() is None
    partial = FileTree(layers=target.layers, name=target.name, failures=(failure,))
    _known(cache, partial).keep_document("one", b"1")
    assert _known(cache, partial).document("one") is None


def test_what_has_no_name_is_never_known(cache: DirectoryCache, tmp_path: Path) -> None:
    for target in (live(_FILES), FileTree(layers=(), name="empty")):
        _known(cache, target).keep_document("one", b"1")
        assert _known(cache, target).document("one") is None
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_is_written_to_meanwhile_is_not_kept(cache: DirectoryCache, tmp_path: Path) -> None:
    path = tmp_path / "code.zip"
    path.write_bytes(b"PK\5\6" + bytes(18))
    known = _known(cache, open_lambda(path, is_hashed=False))
    path.write_bytes(b"more" + b"PK\5\6" + bytes(18))
    known.keep_document("one", b"1")
    assert _known(cache, open_lambda(path, is_hashed=False)).document("one") is None
    known = _known(cache, open_lambda(path, is_hashed=False))
    known.keep_document("one", b"1")
    assert _known(cache, open_lambda(path, is_hashed=False)).document("one") == b"1"


def test_a_damaged_entry_is_taken_anew(cache: DirectoryCache) -> None:
    target = tree(SimulatedLayer(_FILES, digest=layer_of(_FILES).digest))
    known = _known(cache, target)
    known._put(("inventory",), b"\xc1")
    assert known.inventory() is None


def test_the_code_has_one_name() -> None:
    assert code_name() == code_name()
    assert "inventory/collect.py" in code_name()
    assert "__pycache__" not in code_name()
