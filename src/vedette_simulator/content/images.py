"""OCI images from the estate's layers (OCI image spec 1.1: config.md, manifest.md, layer.md)."""

import json
from typing import Any

import msgspec

from vedette_simulator.blobs import digest_of
from vedette_simulator.content.archives import compress, tar
from vedette_simulator.content.trees import layer_files
from vedette_simulator.estate.model import Image

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_CREATED = "2023-03-28T10:40:00Z"


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """An image as bytes: its manifest's text, and the blobs that the manifest names."""

    manifest: str
    blobs: tuple[bytes, ...]


def build(image: Image) -> Built:
    """The image with all its content."""
    layers: list[bytes] = []
    described: list[dict[str, Any]] = []
    diff_ids: list[str] = []
    for layer in image.layers:
        plain = tar(layer_files(layer))
        packed = compress(plain, layer.compression)
        layers.append(packed)
        diff_ids.append(digest_of(plain))
        described.append(_descriptor(f"{_LAYER}+{layer.compression}", packed))
    config = _json(
        {
            "architecture": image.architecture,
            "os": "linux",
            "created": _CREATED,
            "author": image.author,
            "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": ["/bin/sh"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [
                {"created": _CREATED, "created_by": layer.comment, "comment": "vedette_simulator"}
                for layer in image.layers
            ],
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(_CONFIG, config),
            "layers": described,
        }
    )
    return Built(manifest=manifest.decode(), blobs=(config, *layers))


def _descriptor(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
