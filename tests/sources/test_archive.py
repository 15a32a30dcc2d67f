"""Lambda functions."""

import zipfile
from pathlib import Path

import pytest

from tests.sources.build import failures, files, items_of, sha256, zipped
from vedette.errors import SourceError
from vedette.model.inventory import FileFailure
from vedette.sources.archive import ZipLayer, open_lambda
from vedette.sources.limits import Limits

CODE = zipped({"handler.py": b"code", "lib/METADATA": b"top"})
ONE = zipped({"python/a": b"one", "python/b": b"one"})
TWO = zipped({"python/b": b"two"}, zipfile.ZIP_STORED)


def test_a_function_on_top_of_its_layers() -> None:
    tree = open_lambda(CODE, [ONE, TWO], Limits(), name="function")
    assert [layer.digest for layer in tree.layers] == [sha256(data) for data in (ONE, TWO, CODE)]
    assert [files(items_of(layer)) for layer in tree.layers] == [
        {"opt/python/a": b"one", "opt/python/b": b"one"},
        {"opt/python/b": b"two"},
        {"handler.py": b"code", "lib/METADATA": b"top"},
    ]
    assert (tree.name, tree.digest, tree.failures) == ("function", sha256(CODE), ())


def test_files_are_read_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "code.zip"
    path.write_bytes(CODE)
    tree = open_lambda(path, [path])
    assert tree.layers == (
        ZipLayer(digest=tree.digest, source=path, prefix="opt/", limits=Limits()),
        ZipLayer(digest=tree.digest, source=path, prefix="", limits=Limits()),
    )
    assert (tree.name, tree.digest) == (str(path), sha256(CODE))
    assert [files(items_of(layer)) for layer in tree.layers] == [
        {"opt/handler.py": b"code", "opt/lib/METADATA": b"top"},
        {"handler.py": b"code", "lib/METADATA": b"top"},
    ]


def test_code_that_is_no_zip(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the zip: offset 10: no end of a central directory"):
        open_lambda(CODE[:10])
    with pytest.raises(SourceError, match=r"none\.zip: No such file or directory"):
        open_lambda(tmp_path / "none.zip")


def test_layers_that_are_no_zips_are_failures(tmp_path: Path) -> None:
    path = tmp_path / "none.zip"
    tree = open_lambda(CODE, [ONE, path, b"nonsense", TWO])
    assert [layer.digest for layer in tree.layers] == [sha256(data) for data in (ONE, TWO, CODE)]
    assert tree.failures == (
        FileFailure(
            extractor="lambda", path=str(path), reason=f"{path}: No such file or directory"
        ),
        FileFailure(
            extractor="lambda",
            path="layer 3",
            reason="the zip: offset 8: no end of a central directory: no zip file, or cut off",
        ),
    )


def test_files_that_change_after_they_are_opened(tmp_path: Path) -> None:
    path = tmp_path / "code.zip"
    path.write_bytes(CODE)
    (layer,) = open_lambda(path).layers
    path.write_bytes(CODE[:-5])
    ((_, reason),) = failures(items_of(layer))
    assert "no end of a central directory" in reason
    path.unlink()
    assert failures(items_of(layer)) == [("", "No such file or directory")]


def test_real_functions(shared: Path) -> None:
    """Files are named as the `zipfile` module sees them."""
    for path in sorted((shared / "fixtures/lambda").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            expected = {
                name: archive.read(name) for name in archive.namelist() if not name.endswith("/")
            }
        (layer,) = open_lambda(path).layers
        items = items_of(layer)
        assert (files(items), failures(items)) == (expected, [])
