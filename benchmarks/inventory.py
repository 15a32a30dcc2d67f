"""How fast layers become an inventory: files as in a large image, in memory, so that only this package is measured.

    python -m benchmarks inventory [packages]

Prints CPU seconds for looking up paths, for reading everything anew, from the cache, and for the SBOM.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from vedette.inventory.cache import DirectoryCache
from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.inventory.collect import collect
from vedette.inventory.index import compile_index
from vedette.inventory.sbom import SBOM_FORMATS
from vedette.model.digest import Digest, digest_of
from vedette.model.inventory import FileFailure
from vedette.model.resource import ResourceRef, ResourceType
from vedette.sources.tree import File, FileTree, Hiding, Peek, Sieve, Wanted

_PATHS_A_PACKAGE = 60


class _Layer(msgspec.Struct, frozen=True):
    digest: Digest
    files: tuple[File, ...]
    size: int = 0
    runs_beside: bool = False

    def content(self) -> tuple[str, ...]:
        return (self.digest,)

    def walk(
        self, wanted: Wanted, _peek: Peek | None = None, _sieve: Sieve | None = None
    ) -> Iterator[File | Hiding | FileFailure]:
        for file in self.files:
            if wanted(file.path):
                yield file


def _layer(files: dict[str, str]) -> _Layer:
    digest = digest_of(repr(sorted(files)).encode())
    return _Layer(digest, tuple(File(path=p, data=d.encode()) for p, d in files.items()))


def _tree(count: int) -> FileTree:
    status = "".join(
        f"Package: lib{n}\nStatus: install ok installed\nMaintainer: Nobody <n@example.org>\nArchitecture: amd64\n"
        f"Source: source{n // 3}\nVersion: 1.{n}-1\nDescription: text\n"
        + " more text\n" * 20
        + "\n"
        for n in range(count)
    )
    listing = "".join(f"/usr/share/doc/x/file{n}\n" for n in range(_PATHS_A_PACKAGE))
    base = {
        "etc/os-release": "ID=debian\nVERSION_ID=12\n",
        "var/lib/dpkg/status": status,
        **{f"var/lib/dpkg/info/lib{n}.list": listing for n in range(count)},
    }
    python = {
        f"app/lib/python3.11/site-packages/p{n}-1.0.dist-info/METADATA": (
            f"Metadata-Version: 2.1\nName: p{n}\nVersion: 1.{n}\n"
            + "Classifier: x\n" * 20
            + "\n"
            + "text\n" * 500
        )
        for n in range(count // 3)
    }
    node = {
        f"app/node_modules/n{n}/package.json": f'{{"name":"n{n}","version":"1.0.{n}","license":"MIT"}}'
        for n in range(count * 3)
    }
    return FileTree(layers=(_layer(base), _layer(python), _layer(node)), name="benchmark")


def _timed(name: str, work: Callable[[], object]) -> None:
    times = []
    for _ in range(5):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    print(f"{name:28} {sorted(times)[2]:8.3f} s")


def main() -> None:
    """Build the tree and time each step."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    tree = _tree(count)
    resource = ResourceRef(type=ResourceType.LOCAL, id="benchmark")
    index = compile_index(EXTRACTORS)
    paths = [f"usr/share/doc/package{n % 997}/file{n}.html" for n in range(100_000)]
    inventory = collect(tree, resource=resource)
    print(f"{len(inventory.packages)} packages")
    _timed("100,000 paths looked up", lambda: [index.wanted(path) for path in paths])
    _timed("read anew", lambda: collect(tree, resource=resource))
    with tempfile.TemporaryDirectory() as folder:
        cache = DirectoryCache(Path(folder))
        collect(tree, resource=resource, cache=cache)
        _timed("from the cache", lambda: collect(tree, resource=resource, cache=cache))
    _timed("CycloneDX", lambda: SBOM_FORMATS[0].write(inventory))


if __name__ == "__main__":
    main()
