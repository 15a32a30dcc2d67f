"""How fast layers and zips are walked, against `tarfile`, `zipfile` and inflating alone.

Builds its own archives in a temporary directory. CPU seconds and their ratios; run as `python -m benchmarks sources`.
"""

import gzip
import io
import os
import sysconfig
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from isal import igzip_lib

from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.inventory.index import compile_index
from vedette.sources.archive import open_lambda
from vedette.sources.directory import open_directory
from vedette.sources.layer import ImageLayer, Verify
from vedette.sources.limits import Limits
from vedette.sources.regions import region_of

_MOST = 100 << 20
_ROUNDS = 3

_Files = dict[str, bytes]


def _installed() -> _Files:
    """Files of the packages that are installed here, up to a bound."""
    root = Path(sysconfig.get_paths()["purelib"])
    found: _Files = {}
    size = 0
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.stat().st_size < _MOST // 50:
            found[f"usr/lib/python3/dist-packages/{path.relative_to(root)}"] = path.read_bytes()
            size += path.stat().st_size
        if size > _MOST:
            break
    return found


def _write_tar(path: Path, files: _Files) -> int:
    """Gives the number of headers: as container engines write them, with a pax header for a long name alone."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_700_000_000
            archive.addfile(info, io.BytesIO(data))
    return len(files) + sum(len(name) > tarfile.LENGTH_NAME for name in files)


def _write_zip(path: Path, files: _Files) -> int:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return len(files)


def _layer(path: Path) -> ImageLayer:
    return ImageLayer(
        digest=None,
        blob=None,
        name=path.name,
        stored=lambda: region_of(path),
        limits=Limits(),
        verify=Verify.NOTHING,
    )


def _inflate(path: Path) -> int:
    inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    size = 0
    with path.open("rb") as file:
        while not inflater.eof:
            size += len(
                inflater.decompress(file.read(1 << 18) if inflater.needs_input else b"", 1 << 18)
            )
    return size


def _count(items: Iterable[object]) -> int:
    return sum(1 for _ in items)


def _tarfile(path: Path) -> int:
    with tarfile.open(path) as archive:
        return _count(archive)


def _zipfile(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return len(archive.namelist())


def _seconds(work: Callable[[], int]) -> float:
    times = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print one line for each comparison."""
    index = compile_index(EXTRACTORS)
    asked = index.wanted, index.peek, index.sieve
    files = _installed()
    with tempfile.TemporaryDirectory() as made:
        plain, packed, zipped = (Path(made, name) for name in ("plain", "packed", "zipped"))
        headers = _write_tar(plain, files)
        packed.write_bytes(gzip.compress(plain.read_bytes(), 6))
        entries = _write_zip(zipped, files)
        walk = _seconds(lambda: _count(_layer(plain).walk(*asked)))
        other = _seconds(lambda: _tarfile(plain))
        print(f"tar headers     {headers / walk / 1e3:7.0f} k/s, {other / walk:5.1f} times tarfile")
        walk = _seconds(lambda: _count(_layer(packed).walk(*asked)))
        floor = _seconds(lambda: _inflate(packed))
        size = plain.stat().st_size / 1e6
        print(f"gzip layer      {size / walk:7.0f} MB/s, {walk / floor:5.2f} times inflating alone")
        (layer,) = open_lambda(zipped).layers
        walk = _seconds(lambda: _count(layer.walk(*asked)))
        other = _seconds(lambda: _zipfile(zipped))
        print(f"zip entries     {entries / walk / 1e3:7.0f} k/s, {other / walk:5.1f} times zipfile")
    (root,) = open_directory(Path("/usr")).layers
    entries = sum(len(folders) + len(names) for _, folders, names in os.walk("/usr"))
    walk = _seconds(lambda: _count(root.walk(*asked)))
    other = _seconds(lambda: _count(os.walk("/usr")))
    print(f"names of /usr   {entries / walk / 1e3:7.0f} k/s, {other / walk:5.1f} times os.walk")


if __name__ == "__main__":
    main()
