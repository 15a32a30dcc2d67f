"""What has broken other readers, end to end: each ends in a clear failure, and the rest is read."""

import io
import os
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.sources.build import (
    ImageBuilder,
    blob_path,
    docker_archive,
    everything,
    failures,
    files,
    gz,
    items_of,
    only,
    sha256,
    tar,
    zipped,
)
from vedette.errors import SourceError
from vedette.sources.archive import open_lambda
from vedette.sources.directory import open_directory
from vedette.sources.image import open_image
from vedette.sources.limits import Limits

GOOD = tar({"good": b"1"})
GIB = 1 << 30


def image(path: Path, *layers: bytes) -> Path:
    path.write_bytes(tar(docker_archive(layers)))
    return path


def reports(
    path: Path, limits: Limits | None = None
) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    items = [item for layer in open_image(path, limits).layers for item in items_of(layer)]
    return files(items), failures(items)


def test_an_unreadable_layer(tmp_path: Path) -> None:
    name = f"{0:064x}/layer.tar"
    seen = reports(image(tmp_path / "i", b"noise" * 999, GOOD))
    assert seen == (
        {"good": b"1"},
        [("", f"{name}: offset 0: a header with a bad checksum")],
    )


def test_a_layer_that_is_a_bomb(tmp_path: Path) -> None:
    builder = ImageBuilder()
    bomb = tar({"zeros": bytes(64 << 20), "after": b"never seen"})
    limits = Limits(ratio_from=16 << 20)
    members = builder.layout(builder.image([bomb, GOOD]))
    (tmp_path / "i").write_bytes(tar(members))
    found, said = reports(tmp_path / "i", limits)
    assert found == {"good": b"1"}
    assert said[0] == ("zeros", "not read to its end")
    ((_, reason),) = said[1:]
    assert reason.startswith(f"{sha256(gz(bomb))}: offset ")
    assert reason.endswith(": inflates over 300 times")


def test_a_zip_bomb() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("bomb/METADATA", "w") as file:
            for _ in range(30):
                file.write(bytes(1 << 20))
        archive.writestr("good/METADATA", b"1")
    (layer,) = open_lambda(out.getvalue(), limits=Limits(file=20 << 20)).layers
    items = items_of(layer)
    assert files(items) == {"good/METADATA": b"1"}
    assert failures(items) == [("bomb/METADATA", f"{30 << 20} bytes, more than {20 << 20}")]


def test_names_that_lead_out_of_an_image(tmp_path: Path) -> None:
    layer = tar([("../../etc/passwd", b"1"), ("/etc/shadow", b"2"), ("etc/group", b"3")])
    found, said = reports(image(tmp_path / "i", layer))
    assert found == {"etc/shadow": b"2", "etc/group": b"3"}
    assert said == [
        ("../../etc/passwd", "a name with `..`"),
        ("/etc/shadow", "1 absolute names, taken as below the root"),
    ]


def test_circles_of_links_in_an_image(tmp_path: Path) -> None:
    layer = tar([("a", "-> b"), ("b", "-> a"), ("c", "=> d"), ("d", "=> c"), ("good", b"1")])
    found, said = reports(image(tmp_path / "i", layer))
    assert found == {"good": b"1"}
    assert sorted(path for path, _ in said) == ["a", "b", "c", "d"]


def test_circles_of_links_in_a_directory(tmp_path: Path) -> None:
    (tmp_path / "status").symlink_to("status")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/up").symlink_to("..")
    (tmp_path / "folder/good").write_bytes(b"1")
    (layer,) = open_directory(tmp_path).layers
    items = items_of(layer)
    assert files(items) == {"folder/good": b"1"}
    assert failures(items) == [("status", "over 40 links in a row, perhaps in a circle")]


def sparse(name: str, size: int) -> Any:
    info = tarfile.TarInfo(name)
    info.pax_headers = {"GNU.sparse.size": str(size), "GNU.sparse.map": f"{size},0"}
    return info


def test_ten_gigabytes_of_holes(tmp_path: Path) -> None:
    layer = tar({"var/log/lastlog": sparse("var/log/lastlog", 10 * GIB), "good": b"1"})
    path = image(tmp_path / "i", layer)
    tracemalloc.start()
    try:
        seen = reports(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen == (
        {"good": b"1"},
        [("var/log/lastlog", f"{10 * GIB} bytes, more than {512 << 20}")],
    )
    assert peak < 4 << 20
    (unread,) = open_image(path).layers
    assert [*unread.walk(only("good"))] == [*unread.walk(everything)][1:]


def test_memory_stays_bounded_by_what_is_wanted(tmp_path: Path) -> None:
    builder = ImageBuilder()
    members = builder.layout(builder.image([tar({"noise": os.urandom(20 << 20), "good": b"1"})]))
    (tmp_path / "i").write_bytes(tar(members))
    del members, builder
    (read,) = open_image(tmp_path / "i").layers
    tracemalloc.start()
    try:
        items = list(read.walk(only("good")))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert files(items) == {"good": b"1"}
    assert peak < 4 << 20


def test_a_lambda_layer_that_is_cut_off() -> None:
    tree = open_lambda(zipped({"good": b"1"}), [zipped({"lost": b"2"})[:-1]])
    assert [files(items_of(layer)) for layer in tree.layers] == [{"good": b"1"}]
    assert [failure.path for failure in tree.failures] == ["layer 1"]


def test_a_blob_that_is_a_folder(tmp_path: Path) -> None:
    builder = ImageBuilder()
    members = builder.layout(builder.image([GOOD]))
    blob = blob_path(sha256(gz(GOOD)))
    del members[blob]
    (tmp_path / "i" / blob).mkdir(parents=True)
    for name, data in members.items():
        (tmp_path / "i" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "i" / name).write_bytes(data)
    _, ((_, reason),) = reports(tmp_path / "i")
    assert reason.endswith("the blob is missing: incomplete")


LAYERS = [tar({"a": b"1" * 900, "hard": "=> a"}), GOOD]


def _layout() -> bytes:
    builder = ImageBuilder()
    return tar(builder.layout(builder.image(LAYERS)))


ARCHIVES = {"docker": tar(docker_archive(LAYERS)), "oci": _layout(), "gzip": gz(_layout())}


@given(st.sampled_from(sorted(ARCHIVES)), st.data())
@settings(max_examples=200)
def test_images_with_any_byte_wrong_or_cut_off_anywhere(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    archive = bytearray(ARCHIVES[kind])
    place = data.draw(st.integers(0, len(archive) - 1))
    if data.draw(st.booleans()):
        archive[place] ^= data.draw(st.integers(1, 255))
    else:
        del archive[place:]
    path = tmp_path_factory.getbasetemp() / "hostile"
    path.write_bytes(archive)
    try:
        tree = open_image(path)
    except SourceError:
        return
    for layer, content in zip(tree.layers, LAYERS, strict=False):
        items = items_of(layer)
        trusted = not failures(items) and layer.digest == sha256(content)
        assert not trusted or files(items) in [
            {"a": b"1" * 900, "hard": b"1" * 900},
            {"good": b"1"},
        ]
