"""The pictures as a Mermaid flowchart, one subgraph for each VPC."""

from collections.abc import Iterable, Iterator

from vedette.network.pictures.graph import Picture
from vedette.network.pictures.words import listed, shown

_SHOWN_LOADS = 3
_PLAIN = frozenset(" .,:/_-→…")


def mermaid(pictures: Iterable[Picture]) -> str:
    """A flowchart; every name is a quoted text with entity codes (Mermaid, "Flowcharts", "Entity codes to escape characters")."""
    lines = ["flowchart LR"]
    for number, picture in enumerate(pictures):
        lines += _subgraph(number, picture)
    return "\n".join((*lines, ""))


def _subgraph(number: int, picture: Picture) -> Iterator[str]:
    yield f"  subgraph s{number} [{_quoted((f'{picture.title}: {picture.caption}',))}]"
    for index, node in enumerate(picture.nodes):
        yield f"    n{number}x{index}[{_quoted((node.kind.rsplit('::', 1)[-1], node.name))}]"
    for link in picture.links:
        label = _quoted((listed(link.loads, _SHOWN_LOADS),))
        yield f"    n{number}x{link.start} -->|{label}| n{number}x{link.end}"
    yield "  end"


def _quoted(lines: Iterable[str]) -> str:
    return '"' + "<br/>".join(_escaped(shown(line, 120)) for line in lines) + '"'


def _escaped(text: str) -> str:
    """Everything but letters, digits and harmless signs as a decimal code."""
    return "".join(one if one.isalnum() or one in _PLAIN else f"#{ord(one)};" for one in text)
