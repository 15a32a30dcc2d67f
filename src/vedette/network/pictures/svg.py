"""A picture of its own as SVG 1.1: no scripts, no fonts or files from elsewhere, one heading for each VPC."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from vedette.network.pictures.graph import Link, Node, Picture
from vedette.network.pictures.layout import Layout, Place, layout
from vedette.network.pictures.words import listed, shown

_BOX = (190, 38)
_STEP = (270, 62)
_MARGIN = 20
_HEAD = 58
_SHOWN_LOADS = 3
_LONGEST_NAME = 30
_COLOURS = {
    "edge": ("#fdecea", "#b71c1c"),
    "AWS::EC2::InternetGateway": ("#fff4e5", "#b26500"),
    "AWS::EC2::NetworkAcl": ("#eef4ff", "#1f4f9e"),
    "AWS::EC2::SecurityGroup": ("#e9f7ef", "#1b6e3c"),
}
_OTHERWISE = ("#f4f4f4", "#555555")
_NOTHING = "nothing is exposed and nothing is unknown"


def svg(pictures: Iterable[Picture]) -> str:
    """The document; valid XML whatever the names are."""
    parts: list[str] = []
    width, top = 420, _MARGIN
    for picture in pictures:
        placed = layout(len(picture.nodes), [(one.start, one.end) for one in picture.links])
        parts += _picture(picture, placed, top)
        width = max(width, 2 * _MARGIN + len(placed.sizes) * _STEP[0])
        top += _HEAD + max(placed.sizes, default=0) * _STEP[1] + _MARGIN
    if not parts:
        parts = [_text(_MARGIN, top + 20, _NOTHING, "caption")]
        top += _HEAD
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{top}"'
        f' viewBox="0 0 {width} {top}" role="img" font-family="sans-serif">\n'
        "<title>Network exposure</title>\n"
        "<style>.name{font-size:12px}.kind{font-size:10px;fill:#555}.load{font-size:10px;fill:#333}"
        ".heading{font-size:16px;font-weight:bold}.caption{font-size:12px;fill:#555}</style>\n"
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
        ' orient="auto"><path d="M0 0 8 4 0 8z" fill="#777"/></marker></defs>\n'
    )
    return head + "\n".join(parts) + "\n</svg>\n"


def _picture(picture: Picture, placed: Layout, top: int) -> Iterator[str]:
    yield _text(_MARGIN, top + 18, shown(picture.title), "heading")
    yield _text(_MARGIN, top + 36, picture.caption, "caption")
    tallest = max(placed.sizes, default=0)
    under = top + _HEAD

    def corner(place: Place) -> tuple[int, int]:
        """The upper left corner of a box; layers are centred."""
        above = (tallest - placed.sizes[place.layer]) * _STEP[1] // 2
        return _MARGIN + place.layer * _STEP[0], under + above + place.slot * _STEP[1]

    for link, route in zip(picture.links, placed.routes, strict=True):
        yield from _link(picture, link, [corner(place) for place in route])
    for node, place in zip(picture.nodes, placed.places, strict=True):
        yield _node(node, *corner(place))


def _link(picture: Picture, link: Link, corners: list[tuple[int, int]]) -> Iterator[str]:
    width, height = _BOX
    middle = height // 2
    ahead = corners[-1][0] > corners[0][0]
    out, into = (width, 0) if ahead else (0, width)
    points = [(corners[0][0] + out, corners[0][1] + middle)]
    for x, y in corners[1:-1]:
        points += [(x + into, y + middle), (x + out, y + middle)]
    points.append((corners[-1][0] + into, corners[-1][1] + middle))
    path = [f"M{points[0][0]} {points[0][1]}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        half = (x1 + x2) // 2
        path.append(f"C{half} {y1} {half} {y2} {x2} {y2}")
    names = f"{picture.nodes[link.start].name} → {picture.nodes[link.end].name}"
    title = escape(f"{shown(names, 160)}: {listed(link.loads, 20)}")
    yield (
        f'<path d="{" ".join(path)}" fill="none" stroke="#777" marker-end="url(#arrow)">'
        f"<title>{title}</title></path>"
    )
    (x1, y1), (x2, y2) = points[:2]
    text = listed(link.loads, _SHOWN_LOADS)
    yield _text((x1 + x2) // 2, (y1 + y2) // 2 - 4, text, "load", middle=True)


def _node(node: Node, x: int, y: int) -> str:
    fill, stroke = _COLOURS.get(node.kind, _OTHERWISE)
    width, height = _BOX
    title = "\n".join((shown(node.name, 300), *(shown(one, 300) for one in node.reasons)))
    return (
        f"<g><title>{escape(title)}</title>"
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" fill="{fill}"'
        f' stroke="{stroke}"/>'
        f"{_text(x + 8, y + 15, shown(kind_text(node.kind), _LONGEST_NAME), 'kind')}"
        f"{_text(x + 8, y + 30, shown(node.name, _LONGEST_NAME), 'name')}</g>"
    )


def kind_text(kind: str) -> str:
    """CloudFormation's type without the service: `SecurityGroup`."""
    return kind.rsplit("::", 1)[-1]


def _text(x: int, y: int, text: str, style: str, *, middle: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text x="{x}" y="{y}" class={quoteattr(style)}{anchor}>{escape(text)}</text>'
