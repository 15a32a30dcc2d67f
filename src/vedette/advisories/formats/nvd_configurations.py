"""Which products a CVE is about, by NVD's configurations (https://nvd.nist.gov/vuln/vulnerability-detail-pages, "CPE applicability").

Applications only: what is an operating system or hardware is judged by nobody here. A product that is affected together with another one
only (an application on a certain system) keeps the other as a condition.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from vedette.errors import ParseError
from vedette.model.advisory import Affected, FixState, Range
from vedette.model.cpe import ANY, NA, Cpe, parse_cpe
from vedette.model.package import SchemeName

ECOSYSTEM = "CPE:a"
"""Of rows whose name is `vendor:product`."""

_MOST = 5_000
_DEEPEST = 8
_CONDITIONS = 3


class _Match(msgspec.Struct, rename="camel"):
    vulnerable: bool
    criteria: str = ""
    cpe23_uri: str = ""
    version_start_including: str | None = None
    version_start_excluding: str | None = None
    version_end_including: str | None = None
    version_end_excluding: str | None = None


class _Node(msgspec.Struct, rename="camel"):
    operator: str = "OR"
    negate: bool = False
    matches: list[_Match] = msgspec.field(name="cpeMatch", default_factory=list)
    old_matches: list[_Match] = msgspec.field(name="cpe_match", default_factory=list)
    children: list["_Node"] = []
    nodes: list["_Node"] = []


class _Row(msgspec.Struct, frozen=True, order=True):
    name: str
    note: str
    low: str
    fixed: str
    last: str
    version: str


def products_of(nodes: Any, problems: list[str]) -> tuple[Affected, ...]:
    """The applications of a CVE, one entry for each product and condition; sorted.

    Args:
        nodes: `configurations` of a 2.0 record, or `configurations.nodes` of a 1.1 one.
        problems: what cannot be read is added here; the rest counts.
    """
    try:
        roots = msgspec.convert(nodes, list[_Node])
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        problems.append(f"configurations: {error}")
        return ()
    rows: set[_Row] = set()
    for root in roots:
        try:
            rows.update(_rows(root, (), 0))
        except ParseError as error:
            problems.append(f"configurations: {error}")
    if len(rows) > _MOST:
        problems.append(f"configurations: {len(rows)} products; the first {_MOST} are kept")
    return tuple(_entries(sorted(rows)[:_MOST]))


def _rows(node: _Node, conditions: tuple[str, ...], depth: int) -> Iterator[_Row]:
    if depth > _DEEPEST or node.negate:
        raise ParseError("a negated node" if node.negate else "nodes in nodes without end")
    inner = [*node.children, *node.nodes]
    for number, child in enumerate(inner):
        others = (one for place, one in enumerate(inner) if place != number)
        more = _conditions(others) if node.operator == "AND" else ()
        yield from _rows(child, (*conditions, *more), depth + 1)
    for one in (*node.matches, *node.old_matches):
        if one.vulnerable:
            yield from _row(one, conditions)


def _conditions(nodes: Iterable[_Node]) -> tuple[str, ...]:
    """Of other parts of an AND, the names without versions; some of them, sorted."""
    found = set()
    for node in nodes:
        for one in (*node.matches, *node.old_matches):
            cpe = _parsed(one)
            found.add(f"{cpe.part}:{cpe.vendor}:{cpe.product}")
        found.update(_conditions([*node.children, *node.nodes]))
    return tuple(sorted(found)[:_CONDITIONS])


def _parsed(one: _Match) -> Cpe:
    return _name(one.criteria or one.cpe23_uri)


@lru_cache(maxsize=1 << 14)
def _name(text: str) -> Cpe:
    """A name; the same products come again and again."""
    return parse_cpe(text)


def _row(one: _Match, conditions: tuple[str, ...]) -> Iterator[_Row]:
    cpe = _parsed(one)
    if cpe.part != "a" or ANY in {cpe.vendor, cpe.product} or cpe.version == NA:
        return
    after = one.version_start_excluding
    yield _Row(
        f"{cpe.vendor}:{cpe.product}",
        _note(cpe, conditions, after),
        one.version_start_including or after or "0",
        one.version_end_excluding or "",
        one.version_end_including or "",
        "" if cpe.version == ANY else _version(cpe),
    )


def _version(cpe: Cpe) -> str:
    update = "" if cpe.update in {ANY, NA} else f"-{cpe.update}"
    return f"{cpe.version}{update}".replace("\\", "")


def _note(cpe: Cpe, conditions: tuple[str, ...], after: str | None) -> str:
    """What else must be so: words without spaces, read by matching."""
    rest = (cpe.edition, cpe.language, cpe.sw_edition, cpe.target_sw, cpe.target_hw, cpe.other)
    words = [] if set(rest) <= {ANY, NA} else [":".join(rest)]
    words += [f"with={one}" for one in conditions]
    if after is not None:
        words.append(f"after={after}")
    return " ".join(words)


def _entries(rows: list[_Row]) -> Iterator[Affected]:
    grouped: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        grouped.setdefault((row.name, row.note), []).append(row)
    for (name, note), some in grouped.items():
        ranges = tuple(
            Range(introduced=one.low, fixed=one.fixed or None, last_affected=one.last or None)
            for one in some
            if not one.version
        )
        fixed = any(run.fixed for run in ranges)
        yield Affected(
            ecosystem=ECOSYSTEM,
            name=name,
            scheme=SchemeName.GENERIC,
            ranges=ranges,
            versions=tuple(one.version for one in some if one.version),
            fix=FixState.FIXED if fixed else FixState.UNKNOWN,
            note=note or None,
        )
