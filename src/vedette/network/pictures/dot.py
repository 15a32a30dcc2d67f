"""The pictures in Graphviz's language, one cluster for each VPC."""

from collections.abc import Iterable, Iterator

from vedette.network.pictures.graph import Picture
from vedette.network.pictures.words import listed, shown

_SHOWN_LOADS = 3


def dot(pictures: Iterable[Picture]) -> str:
    """A directed graph; every name is a quoted string (DOT language, "ID")."""
    lines = ["digraph exposure {", "  rankdir=LR;", "  node [shape=box, style=rounded];"]
    for number, picture in enumerate(pictures):
        lines += _cluster(number, picture)
    return "\n".join((*lines, "}", ""))


def _cluster(number: int, picture: Picture) -> Iterator[str]:
    heading = quoted((picture.title, picture.caption))
    yield f"  subgraph cluster_{number} {{"
    yield f"    label={heading};"
    for index, node in enumerate(picture.nodes):
        label = quoted((node.kind.rsplit("::", 1)[-1], node.name))
        tooltip = quoted(node.reasons or (node.name,))
        yield f"    n{number}_{index} [label={label}, tooltip={tooltip}];"
    for link in picture.links:
        label = quoted((listed(link.loads, _SHOWN_LOADS),))
        yield f"    n{number}_{link.start} -> n{number}_{link.end} [label={label}];"
    yield "  }"


def quoted(lines: Iterable[str]) -> str:
    r"""A quoted string; a backslash would start an escape (`\N` is the node's name), so that it is doubled."""
    escaped = (shown(line, 120).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
