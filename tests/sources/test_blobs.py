"""Images of which a registry gives the parts."""

import io
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.sources.build import ImageBuilder, encoded, failures, files, gz, items_of, sha256, tar
from vedette.errors import ServiceError, SourceError
from vedette.model.digest import Digest
from vedette.sources.blobs import image_from_manifest
from vedette.sources.layer import Verify
from vedette.sources.limits import Limits

BASE = tar({"a": b"base"})
TOP = tar({"b": b"top"})
BLOBS = {sha256(gz(data)): gz(data) for data in (BASE, TOP)}
MANIFEST = ImageBuilder().manifest([BASE, TOP])
CONFIG = ImageBuilder().config([BASE, TOP])


def test_blobs_as_streams_and_as_files(tmp_path: Path) -> None:
    def stream(digest: Digest) -> BinaryIO:
        return io.BytesIO(BLOBS[digest])

    def file(digest: Digest) -> Path:
        path = tmp_path / digest
        path.write_bytes(BLOBS[digest])
        return path

    for blob in (stream, file):
        tree = image_from_manifest(MANIFEST, CONFIG, blob, "team/app", Limits())
        assert [files(items_of(layer)) for layer in tree.layers] == [{"a": b"base"}, {"b": b"top"}]
        assert [layer.digest for layer in tree.layers] == [sha256(BASE), sha256(TOP)]
        assert (tree.name, tree.digest, tree.architecture, tree.failures) == (
            "team/app",
            sha256(CONFIG),
            "amd64",
            (),
        )


def test_nothing_is_fetched_before_a_layer_is_walked() -> None:
    asked: list[Digest] = []

    def blob(digest: Digest) -> BinaryIO:
        asked.append(digest)
        return io.BytesIO(BLOBS[digest])

    tree = image_from_manifest(MANIFEST, CONFIG, blob, "app", verify=Verify.STORED)
    assert asked == []
    items_of(tree.layers[1])
    assert asked == [sha256(gz(TOP))]


def test_a_blob_that_cannot_be_fetched_is_a_failure_of_its_layer() -> None:
    def blob(digest: Digest) -> BinaryIO:
        if digest == sha256(gz(TOP)):
            raise ServiceError("slow down", service="ecr", operation="Get", code="Throttled")
        return io.BytesIO(BLOBS[digest])

    lower, upper = image_from_manifest(MANIFEST, CONFIG, blob, "app").layers
    assert files(items_of(lower)) == {"a": b"base"}
    name = sha256(gz(TOP))
    assert failures(items_of(upper)) == [("", f"{name}: ecr:Get: Throttled: slow down")]


def test_what_is_no_image() -> None:
    def blob(_digest: Digest) -> BinaryIO:
        return io.BytesIO()

    chart = {"config": {"digest": "x", "mediaType": "application/helm"}, "layers": []}
    cases = {
        "the manifest of app: ": b"nonsense",
        "app: no container image but 'application/helm'": encoded(chart),
        "app: the config is": MANIFEST,
    }
    for reason, manifest in cases.items():
        with pytest.raises(SourceError) as error:
            image_from_manifest(manifest, b"{}", blob, "app")
        assert str(error.value).startswith(reason)
