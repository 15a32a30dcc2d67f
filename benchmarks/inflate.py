"""The limit of reading gzip layers: inflating them and looking at nothing.

`python -m benchmarks.inflate THREADS FILE…` inflates every file in pieces as the scanner does, the largest first.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from isal import igzip_lib

_BLOCK = 1 << 18


def inflate(path: Path) -> int:
    """Gives how many bytes it comes to."""
    inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    size = 0
    with path.open("rb", buffering=0) as file:
        while not inflater.eof:
            data = file.read(_BLOCK) if inflater.needs_input else b""
            size += len(inflater.decompress(data, _BLOCK))
    return size


def main() -> None:
    """Inflate all files."""
    files = sorted(map(Path, sys.argv[2:]), key=lambda path: -path.stat().st_size)
    with ThreadPoolExecutor(int(sys.argv[1])) as pool:
        print(sum(pool.map(inflate, files)))


if __name__ == "__main__":
    main()
