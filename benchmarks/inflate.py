"""The limit of reading compressed layers: inflating them and looking at nothing.

`python -m benchmarks.inflate THREADS FILE…` inflates every file, gzip or zstd, in pieces as the scanner does, the largest first.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import zstandard
from isal import igzip_lib

_FEED = 1 << 18
_PIECE = 1 << 20


def inflate(path: Path) -> int:
    """Gives how many bytes it comes to."""
    with path.open("rb", buffering=0) as file:
        return sum(_zstd(file) if path.suffix == ".zst" else _gzip(file))


def _gzip(file: BinaryIO) -> Iterator[int]:
    inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    while not inflater.eof:
        data = file.read(_FEED) if inflater.needs_input else b""
        yield len(inflater.decompress(data, _PIECE))


def _zstd(file: BinaryIO) -> Iterator[int]:
    with zstandard.ZstdDecompressor().stream_reader(file, read_size=_FEED) as stream:
        while piece := stream.read(_PIECE):
            yield len(piece)


def main() -> None:
    """Inflate all files."""
    files = sorted(map(Path, sys.argv[2:]), key=lambda path: -path.stat().st_size)
    with ThreadPoolExecutor(int(sys.argv[1])) as pool:
        print(sum(pool.map(inflate, files)))


if __name__ == "__main__":
    main()
