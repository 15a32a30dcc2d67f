"""Small targets for scans, made here."""

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

DPKG = """\
Package: openssl
Status: install ok installed
Architecture: amd64
Version: 3.0.11-1~deb12u1
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>

Package: libnghttp2-14
Status: install ok installed
Architecture: amd64
Source: nghttp2
Version: 1.52.0-1
Maintainer: Tomasz Buchert <tomasz@debian.org>
"""
OS_RELEASE = """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION_CODENAME=bookworm
ID=debian
"""
DJANGO = "Metadata-Version: 2.1\nName: Django\nVersion: 3.2.0\n"


def rootfs(folder: Path) -> Path:
    """A Debian 12 with two packages and a Django."""
    for name, text in {
        "etc/os-release": OS_RELEASE,
        "var/lib/dpkg/status": DPKG,
        "usr/lib/python3/site-packages/Django-3.2.0.dist-info/METADATA": DJANGO,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def _layer(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def _sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def oci_layout(folder: Path, layers: list[dict[str, str]]) -> Path:
    """An OCI layout with gzip layers."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, media_type: str) -> dict[str, object]:
        (blobs / _sha(data)[7:]).write_bytes(data)
        return {"mediaType": media_type, "digest": _sha(data), "size": len(data)}

    tars = [_layer(files) for files in layers]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [_sha(data) for data in tars]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": put(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [
            put(gzip.compress(data, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")
            for data in tars
        ],
    }
    entry = put(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return folder


def docker_archive(path: Path, layers: list[dict[str, str]]) -> Path:
    """What `docker save` writes."""
    tars = [_layer(files) for files in layers]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [_sha(data) for data in tars]},
    }
    members: dict[str, bytes] = {f"{_sha(data)[7:]}/layer.tar": data for data in tars}
    encoded = json.dumps(config).encode()
    members[f"{_sha(encoded)[7:]}.json"] = encoded
    manifest = [
        {
            "Config": f"{_sha(encoded)[7:]}.json",
            "RepoTags": ["example/app:1"],
            "Layers": [f"{_sha(data)[7:]}/layer.tar" for data in tars],
        }
    ]
    members["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(path, "w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def lambda_zip(path: Path) -> Path:
    """A function with a Django."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Django-3.2.0.dist-info/METADATA", DJANGO)
        archive.writestr("handler.py", "def handler(event, context): ...\n")
    return path
