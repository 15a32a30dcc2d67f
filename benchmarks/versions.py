"""How fast versions become keys, and how keys compare with `packaging.Version`.

Run alone: `python benchmarks/versions.py [COUNT]`. Each scheme's versions are its tests' seeded ones, all different texts
in turn, so nothing but the small cache of numbers is warm.
"""

import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from packaging.version import Version

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.versions.generate import versions
from vedette.versions import SCHEMES

_ROUNDS = 5


def _best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of several rounds."""
    times = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def _encode(texts: Sequence[str], make: Callable[[str], object]) -> float:
    return len(texts) / _best(lambda: list(map(make, texts)))


def _plain(count: int) -> list[str]:
    """Plain versions of three numbers, which most real ones are."""
    return [f"{i % 40}.{i % 97}.{i % 211}" for i in range(count)]


def _compare(values: Sequence[object]) -> float:
    pairs = list(pairwise(values))
    return len(pairs) / _best(lambda: [a < b for a, b in pairs])  # type: ignore[operator]  # each list is of one ordered type


def main(count: int) -> None:
    """Print the table of schemes, then the ratios to `packaging`."""
    print(f"{'scheme':10} {'keys/s':>10} {'plain/s':>10} {'key/text':>9}  exact")
    plain = _plain(count)
    for name, scheme in SCHEMES.items():
        texts = versions(name, count)
        keys = list(map(scheme.key, texts))
        size = sum(map(len, keys)) / sum(map(len, texts))
        exact = sum(map(scheme.exact, texts)) / len(texts)
        rates = _encode(texts, scheme.key), _encode(plain, scheme.key)
        print(f"{name:10} {rates[0]:10,.0f} {rates[1]:10,.0f} {size:9.2f} {exact:6.1%}")
    texts = versions("pep440", count)
    key = SCHEMES["pep440"].key
    encode = _encode(texts, key), _encode(texts, Version)
    print(f"pep440 key / packaging.Version(), encoding: {encode[0] / encode[1]:.2f}")
    compare = _compare(list(map(key, texts))), _compare(list(map(Version, texts)))
    print(f"pep440 key / packaging.Version, comparing: {compare[0] / compare[1]:.1f}")
    print(f"keys compared per second: {compare[0]:,.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
