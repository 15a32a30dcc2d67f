"""Long lists of paths as a layer's result keeps them: compressed, since they are rarely looked at.

Which OS package owns a program, and which files of an upper layer take a program's place, can be asked only for
the few programs that are found, after layers are joined.
"""

from collections.abc import Iterable

from vedette.inventory.found import OwnedFiles, PackedFiles

_LEVEL = 1


def pack_files(owned: OwnedFiles) -> PackedFiles:
    """The same, compressed."""
    return PackedFiles(
        kind=owned.kind,
        package=owned.package,
        packed=_pack(owned.listing),
        version=owned.version,
        arch=owned.arch,
    )


def owned_among(files: PackedFiles, paths: frozenset[bytes]) -> frozenset[bytes]:
    """Those of the absolute paths that the package owns."""
    return paths.intersection(_lines(files.packed))


def pack_paths(paths: Iterable[str]) -> bytes:
    """A list of paths; no line break can be in one of them that matters."""
    return _pack("\n".join(paths).encode("utf-8", "surrogateescape"))


def packed_among(packed: bytes, paths: Iterable[str]) -> frozenset[str]:
    """Those of the paths that are in a packed list."""
    if not packed:
        return frozenset()
    wanted = {path.encode("utf-8", "surrogateescape"): path for path in paths}
    found = frozenset(wanted).intersection(_lines(packed)) if wanted else ()
    return frozenset(wanted[line] for line in found)


def _pack(data: bytes) -> bytes:
    if not data:
        return b""
    from isal import igzip_lib  # noqa: PLC0415 - a source repository has no such lists

    return bytes(igzip_lib.compress(data, _LEVEL))


def _lines(packed: bytes) -> list[bytes]:
    if not packed:
        return []
    from isal import igzip_lib  # noqa: PLC0415 - as above

    return igzip_lib.decompress(packed).split(b"\n")
