"""The layers of a target, read at the same time."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from vedette.inventory.cache import LayerCache
from vedette.inventory.extractors._base import Extractor
from vedette.inventory.index import compile_index
from vedette.inventory.keys import Edition, edition_of
from vedette.inventory.layers import LayerReading, read_layer
from vedette.model.digest import Digest
from vedette.sources.tree import FileTree, Layer

_SWITCH = 0.0005  # seconds


class LayerDone(msgspec.Struct, frozen=True, kw_only=True):
    """Progress: one more of so many layers is read."""

    done: int
    layers: int
    digest: Digest | None
    cached: bool


def read_layers(
    tree: FileTree,
    extractors: Sequence[Extractor],
    *,
    cache: LayerCache | None,
    workers: int,
    progress: Callable[[LayerDone], None] | None,
) -> list[LayerReading]:
    """Read every layer of a tree, in its order, in up to `workers` threads.

    The largest are begun first, so that none of them is left over when the others are done.
    """
    index = compile_index(extractors)
    known: list[Edition] = []

    def edition() -> Edition:
        if not known:
            known.append(edition_of(extractors))
        return known[0]

    def read(layer: Layer) -> LayerReading:
        return read_layer(layer, index, edition=edition, cache=cache)

    layers = tree.layers
    order = sorted(range(len(layers)), key=lambda at: (-layers[at].size, at))
    readings: dict[int, LayerReading] = {}
    for at, reading in _each(read, [(at, layers[at]) for at in order], workers):
        readings[at] = reading
        if progress:
            progress(
                LayerDone(
                    done=len(readings),
                    layers=len(layers),
                    digest=layers[at].digest,
                    cached=reading.cached,
                )
            )
    return [readings[at] for at in range(len(layers))]


def _each(
    read: Callable[[Layer], LayerReading], layers: Sequence[tuple[int, Layer]], workers: int
) -> Iterator[tuple[int, LayerReading]]:
    """Every layer's reading as it comes, with the layer's position."""
    workers = min(workers, sum(layer.runs_beside for _, layer in layers))
    if (
        len(layers) == 1 or workers <= 1
    ):  # in several threads the others would only get in each other's way
        for at, layer in layers:
            yield at, read(layer)
        return
    # one layer is the usual case of what must start at once, and needs no pool
    from concurrent.futures import ThreadPoolExecutor, as_completed  # noqa: PLC0415

    with _quick_switches(), ThreadPoolExecutor(max_workers=workers) as pool:
        futures = {pool.submit(read, layer): at for at, layer in layers}
        for future in as_completed(futures):
            yield futures[future], future.result()


@contextmanager
def _quick_switches() -> Iterator[None]:
    """Hand the interpreter's lock over sooner: a thread that inflates needs it for microseconds at a time.

    By default it waits up to 5 ms for a thread that does not give it up by itself.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _SWITCH))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
