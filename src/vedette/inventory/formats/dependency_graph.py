"""Which packages only development needs, where a lock file has a graph and no marks."""

from collections.abc import Iterable, Mapping


def reachable(roots: Iterable[str], edges: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Everything that the roots need, directly or not, the roots included."""
    seen = set(roots)
    waiting = list(seen)
    while waiting:
        for needed in edges.get(waiting.pop(), ()):
            if needed not in seen:
                seen.add(needed)
                waiting.append(needed)
    return frozenset(seen)
