"""Archives and images made for tests."""

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from vedette.errors import ParseError
from vedette.model.inventory import FileFailure
from vedette.sources.limits import Limits, Meter
from vedette.sources.tar import walk_tar
from vedette.sources.tree import File, Hiding, HidingKind, Layer
from vedette.sources.window import StreamWindow, Window

Content = bytes | str | tarfile.TarInfo
"""A file's bytes; `-> target` a symbolic link, `=> target` a hard link, `/` a directory; or a whole header."""


def header(name: str, content: Content) -> tuple[tarfile.TarInfo, bytes]:
    if isinstance(content, tarfile.TarInfo):
        return content, b""
    info = tarfile.TarInfo(name)
    if isinstance(content, bytes):
        info.size = len(content)
        return info, content
    kinds = {"->": tarfile.SYMTYPE, "=>": tarfile.LNKTYPE, "/": tarfile.DIRTYPE}
    mark, _, target = content.partition(" ")
    info.type = kinds[mark]
    info.linkname = target
    return info, b""


def tar(
    members: Mapping[str, Any] | Iterable[tuple[str, Any]],  # contents are `Content`
    format: int = tarfile.PAX_FORMAT,  # noqa: A002 - the name that tarfile has for it
) -> bytes:
    out = io.BytesIO()
    pairs = members.items() if isinstance(members, Mapping) else members
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, content in pairs:
            info, data = header(name, content)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(
    members: Mapping[str, bytes] | Iterable[tuple[str, bytes]],
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    out = io.BytesIO()
    pairs = members.items() if isinstance(members, Mapping) else members
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in pairs:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return out.getvalue()


def gz(data: bytes) -> bytes:
    """The same bytes at any time."""
    return gzip.compress(data, mtime=0)


def everything(_path: str) -> int:
    return 1 << 40


def only(*paths: str, most: int = 1 << 40) -> Callable[[str], int]:
    return lambda path: most if path in paths else 0


def walk(
    data: bytes | Iterable[bytes],
    wanted: Callable[[str], int] = everything,
    limits: Limits | None = None,
    *,
    whiteouts: bool = True,
) -> list[File | Hiding | FileFailure]:
    """The items of a tar archive, a failure of the whole at the end as a layer reports it."""
    pieces = [data] if isinstance(data, bytes) else list(data)
    meter = Meter(limits or Limits(), extractor="tar")

    def opened() -> AbstractContextManager[Window]:
        return nullcontext(StreamWindow(iter(pieces)))

    items: list[File | Hiding | FileFailure] = []
    try:
        items.extend(walk_tar(opened, wanted, meter, whiteouts=whiteouts))
    except ParseError as error:
        items.extend(meter.failure("", str(error)))
    return items


def files(items: Iterable[File | Hiding | FileFailure]) -> dict[str, bytes]:
    return {item.path: item.data for item in items if isinstance(item, File)}


def failures(items: Iterable[File | Hiding | FileFailure]) -> list[tuple[str, str]]:
    return [(item.path, item.reason) for item in items if isinstance(item, FileFailure)]


def hidings(items: Iterable[File | Hiding | FileFailure]) -> list[tuple[str, HidingKind]]:
    return [(item.path, item.kind) for item in items if isinstance(item, Hiding)]


def items_of(layer: Layer) -> list[File | Hiding | FileFailure]:
    return list(layer.walk(everything))


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def blob_path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def encoded(document: object) -> bytes:
    return json.dumps(document).encode()


class ImageBuilder:
    """Documents and blobs of one image or several, as files by name."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def blob(self, data: bytes, media_type: str = "", **more: Any) -> dict[str, Any]:
        """Keep a blob and describe it."""
        digest = sha256(data)
        self.files[blob_path(digest)] = data
        return {"mediaType": media_type, "digest": digest, "size": len(data), **more}

    def config(self, layers: Sequence[bytes], architecture: str = "amd64", **more: Any) -> bytes:
        return encoded(
            {
                "architecture": architecture,
                "os": "linux",
                "rootfs": {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]},
                **more,
            }
        )

    def manifest(
        self,
        layers: Sequence[bytes],
        architecture: str = "amd64",
        compress: Callable[[bytes], bytes] = gz,
        **config: Any,
    ) -> bytes:
        described = self.blob(
            self.config(layers, architecture, **config),
            "application/vnd.oci.image.config.v1+json",
        )
        blobs = [
            self.blob(compress(layer), "application/vnd.oci.image.layer.v1.tar+gzip")
            for layer in layers
        ]
        return encoded({"schemaVersion": 2, "config": described, "layers": blobs})

    def image(self, layers: Sequence[bytes], architecture: str = "amd64", **more: Any) -> Any:
        """Keep an image and describe it."""
        manifest = self.manifest(layers, architecture)
        return self.blob(manifest, "application/vnd.oci.image.manifest.v1+json", **more)

    def index(self, *descriptors: Any) -> bytes:
        return encoded({"schemaVersion": 2, "manifests": descriptors})

    def layout(self, *descriptors: Any) -> dict[str, bytes]:
        return {
            "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
            "index.json": self.index(*descriptors),
            **self.files,
        }


def docker_archive(
    layers: Sequence[bytes], tags: Sequence[str] | None = ("team/app:1",), **config: Any
) -> dict[str, bytes]:
    """What `docker save` wrote before version 25."""
    made = ImageBuilder().config(layers, **config)
    name = sha256(made)[7:] + ".json"
    names = [f"{position:064x}/layer.tar" for position, _ in enumerate(layers)]
    manifest = [{"Config": name, "RepoTags": tags, "Layers": names}]
    return {
        name: made,
        **dict(zip(names, layers, strict=True)),
        "manifest.json": encoded(manifest),
    }


def write_tree(root: Path, members: Mapping[str, bytes]) -> Path:
    for name, data in members.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def open_files() -> int:
    """How many files this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
