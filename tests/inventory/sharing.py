"""One of two processes that share a cache: `python -m tests.inventory.sharing FOLDER NAME`.

Waits for a line, reads images that both read, in another order, from a cache that is too small for all of them; prints a digest of
the inventories, and how many layers it got from the cache.
"""

import hashlib
import random
import sys
from pathlib import Path

import msgspec

from tests.simulators.tree import layer_of, tree
from vedette.inventory.cache import DirectoryCache
from vedette.inventory.collect import collect
from vedette.inventory.walks import LayerDone
from vedette.model.resource import ResourceRef, ResourceType

_IMAGES = 40
_SMALL = 60_000


def main() -> None:
    folder, mark = sys.argv[1:]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    cache = DirectoryCache(Path(folder), most_bytes=_SMALL)
    chance = random.Random(mark)
    digests: dict[int, str] = {}
    cached = 0

    def count(done: LayerDone) -> None:
        nonlocal cached
        cached += done.cached

    for number in chance.sample(range(_IMAGES), _IMAGES) * 3:
        layers = [
            layer_of(
                {
                    f"app/node_modules/p{at}/package.json": f'{{"name":"p{at}","version":"1.{shared}.0"}}'.encode()
                    for at in range(20)
                }
            )
            for shared in (number % 4, number)
        ]
        ref = ResourceRef(type=ResourceType.LOCAL, id=str(number))
        found = collect(tree(*layers), resource=ref, cache=cache, progress=count)
        digest = hashlib.sha256(msgspec.json.encode(found)).hexdigest()
        if digests.setdefault(number, digest) != digest:
            raise SystemExit("the same image gave two inventories")
    whole = hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()
    sys.stdout.write(f"{whole} {cached}\n")


if __name__ == "__main__":
    main()
