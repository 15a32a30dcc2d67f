"""Layers: what is inflated, compared with digests, and what of it is reported."""

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest
import zstandard

from tests.sources.build import everything, failures, files, gz, items_of, open_files, sha256, tar
from vedette.errors import SourceError
from vedette.model.digest import Digest, digest_of
from vedette.model.inventory import FileFailure
from vedette.sources.layer import ImageLayer, Stored, Verify
from vedette.sources.limits import Limits
from vedette.sources.regions import Spool, region_of

CONTENT = tar({"a": b"1", "link": "=> a", "z": bytes(5000)})
WHOLE = {"a": b"1", "link": b"1", "z": bytes(5000)}
WRONG = Digest("sha256:" + "0" * 64)


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def layer(
    stored: bytes | Path,
    *,
    digest: str | None = None,
    blob: str | None = None,
    verify: Verify = Verify.NOTHING,
) -> ImageLayer:
    def opened() -> Stored:
        return region_of(stored) if isinstance(stored, Path) else io.BytesIO(stored)

    return ImageLayer(
        digest=Digest(digest) if digest else None,
        blob=Digest(blob) if blob else None,
        name="layer.tar",
        stored=opened,
        limits=Limits(),
        verify=verify,
    )


Place = Callable[[bytes], bytes | Path]


@pytest.fixture(params=["stream", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    def put(data: bytes) -> bytes | Path:
        if request.param == "stream":
            return data
        (tmp_path / "blob").write_bytes(data)
        return tmp_path / "blob"

    return put


@pytest.mark.parametrize("verify", list(Verify))
@pytest.mark.parametrize("compress", [bytes, gz, zstd])
def test_a_layer_is_read_whole(place: Place, compress: type[bytes], verify: Verify) -> None:
    data = compress(CONTENT)
    made = layer(place(data), digest=sha256(CONTENT), blob=sha256(data), verify=verify)
    for _ in range(2):
        items = items_of(made)
        assert (files(items), failures(items)) == (WHOLE, [])


@pytest.mark.parametrize("compress", [bytes, gz, zstd])
def test_content_is_compared_with_the_diff_id(place: Place, compress: type[bytes]) -> None:
    data = compress(CONTENT)
    made = layer(place(data), digest=WRONG, blob=sha256(data), verify=Verify.CONTENT)
    items = items_of(made)
    assert files(items) == WHOLE
    (failure,) = [item for item in items if isinstance(item, FileFailure)]
    assert failure.layer == WRONG
    assert failure.reason == (
        f"layer.tar: the content is {sha256(CONTENT)}, not {WRONG}; nothing of it can be trusted"
    )


@pytest.mark.parametrize("verify", [Verify.STORED, Verify.CONTENT])
def test_stored_bytes_are_compared_with_the_manifest(place: Place, verify: Verify) -> None:
    data = gz(CONTENT)
    digest = WRONG if verify is Verify.STORED else None  # without a DiffID the blob's must do
    items = items_of(layer(place(data), digest=digest, blob=WRONG, verify=verify))
    assert failures(items) == [
        (
            "",
            f"layer.tar: the blob is {sha256(data)}, not {WRONG}; nothing of it can be trusted",
        )
    ]


def test_plain_layers_in_files_are_only_read_in_part(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(CONTENT)
    made = layer(path, digest=WRONG, blob=WRONG, verify=Verify.STORED)
    assert failures(items_of(made)) == []


def test_sha512() -> None:
    wrong = "sha512:" + "0" * 128
    made = layer(CONTENT, digest=wrong, verify=Verify.CONTENT)
    ((_, reason),) = failures(items_of(made))
    assert reason.startswith("layer.tar: the content is sha512:")


def test_what_follows_the_archive_belongs_to_the_content() -> None:
    data = CONTENT + b"more" * 200_000
    made = layer(gz(data), digest=sha256(data), verify=Verify.CONTENT)
    assert failures(items_of(made)) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gz(CONTENT)[:-9], "gzip: ends early"),
        (b"not a tar archive" * 99, "offset 0: a header with a bad checksum"),
        (b"BZh91AY&SY", "compressed with bzip2, which container images do not use"),
        (gz(CONTENT[:1500]), "offset 1500: ends within a header"),
    ],
)
def test_damage(place: Place, data: bytes, reason: str) -> None:
    ((path, said),) = failures(items_of(layer(place(data))))
    assert path == ""
    assert reason in said


def test_a_blob_that_nobody_gives() -> None:
    def missing() -> BinaryIO:
        raise SourceError("the blob is missing")

    made = ImageLayer(
        digest=None,
        blob=None,
        name="sha256:…",
        stored=missing,
        limits=Limits(),
        verify=Verify.NOTHING,
    )
    assert failures(items_of(made)) == [("", "sha256:…: the blob is missing")]


def test_files_that_are_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert failures(items_of(layer(tmp_path / "pipe"))) == [("", "layer.tar: not a regular file")]
    ((_, reason),) = failures(items_of(layer(tmp_path / "none")))
    assert "No such file" in reason


def test_walks_are_independent(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(gz(tar({str(n): bytes([n]) * 9000 for n in range(200)})))
    made = layer(path)
    results: list[dict[str, bytes]] = []
    threads = [
        threading.Thread(target=lambda: results.append(files(made.walk(everything))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {str(n): bytes([n]) * 9000 for n in range(200)}
    assert results == [expected] * 4


def test_an_open_file_is_closed_when_a_walk_is_left(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(gz(CONTENT))
    before = open_files()
    walk = layer(path, digest=sha256(CONTENT), verify=Verify.CONTENT).walk(everything)
    next(walk)
    walk.close()  # type: ignore[attr-defined]  # it is a generator
    assert open_files() == before


def test_a_spool_goes_away() -> None:
    spool = Spool()
    descriptor = spool.descriptor
    os.fstat(descriptor)
    del spool
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


@pytest.mark.parametrize(
    ("data", "verify", "runs"),
    [
        (tar({"a": b"1"}), Verify.NOTHING, False),
        (tar({"a": b"1"}), Verify.CONTENT, True),
        (gz(tar({"a": b"1"})), Verify.NOTHING, True),
    ],
)
def test_what_runs_beside_other_layers(
    data: bytes, verify: Verify, tmp_path: Path, *, runs: bool
) -> None:
    path = tmp_path / "layer"
    path.write_bytes(data)
    plain = ImageLayer(
        digest=digest_of(tar({"a": b"1"})),
        blob=None,
        name="layer",
        stored=lambda: region_of(path),
        limits=Limits(),
        verify=verify,
        is_local=True,
    )
    assert plain.runs_beside is runs
    fetched = msgspec.structs.replace(plain, stored=lambda: path.open("rb"), is_local=False)
    assert fetched.runs_beside
    path.unlink()
    assert plain.runs_beside is (verify is Verify.CONTENT)
