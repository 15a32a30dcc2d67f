r"""CPE names: what a product is called in NVD (NIST IR 7695: naming, NIST IR 7696: matching).

Values are kept as the formatted string writes them, in lower case and with their escapes (`c\+\+`); `*` is any, `-` not applicable.
"""

import re
from enum import StrEnum

import msgspec

from vedette.errors import ParseError

ANY, NA = "*", "-"
_LONGEST = 1000
_PART = re.compile(r"(?:\\.|[^:\\])*")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_SPECIAL = re.compile(r"([^A-Za-z0-9_.\-~])")
_URI_PARTS, _EDITION, _PACKED = 7, 5, 6
"""NIST IR 7695, section 6.1: a URI has seven parts, of which the edition may hold five attributes, each after a tilde."""


class Relation(StrEnum):
    """What a name's set of products is to another's (NIST IR 7696, table 6-1)."""

    EQUAL = "equal"
    SUBSET = "subset"
    SUPERSET = "superset"
    DISJOINT = "disjoint"
    UNDEFINED = "undefined"


class Cpe(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A well-formed name."""

    part: str
    vendor: str = ANY
    product: str = ANY
    version: str = ANY
    update: str = ANY
    edition: str = ANY
    language: str = ANY
    sw_edition: str = ANY
    target_sw: str = ANY
    target_hw: str = ANY
    other: str = ANY

    @property
    def text(self) -> str:
        """The formatted string: `cpe:2.3:a:…`."""
        return "cpe:2.3:" + ":".join(msgspec.structs.astuple(self))


def parse_cpe(text: str) -> Cpe:
    """A name from its formatted string (`cpe:2.3:…`) or its URI (`cpe:/…`).

    Raises:
        ParseError: it is neither.
    """
    if len(text) <= _LONGEST and text.startswith("cpe:2.3:"):
        values = _split(text[8:])
    elif len(text) <= _LONGEST and text[:5].lower() == "cpe:/":
        values = _of_uri(text[5:])
    else:
        raise ParseError(f"not a CPE: {text[:80]!r}")
    if len(values) != len(Cpe.__struct_fields__) or values[0] not in {"a", "o", "h", ANY}:
        raise ParseError(f"not a CPE: {text[:80]!r}")
    if not all(values):
        raise ParseError(f"an empty part in the CPE {text[:80]!r}")
    return Cpe(**dict(zip(Cpe.__struct_fields__, values, strict=True)))


def compare(source: Cpe, target: Cpe) -> Relation:
    """How two names relate (NIST IR 7696, section 6.2), all attributes together."""
    found = {
        relation(mine, theirs)
        for mine, theirs in zip(
            msgspec.structs.astuple(source), msgspec.structs.astuple(target), strict=True
        )
    }
    if Relation.DISJOINT in found:
        return Relation.DISJOINT
    return _together(found)


def relation(source: str, target: str) -> Relation:
    """How one attribute of two names relates (NIST IR 7696, table 6-2)."""
    if _has_wildcards(target):
        return Relation.UNDEFINED
    if source == target:
        return Relation.EQUAL
    if source == ANY:
        return Relation.SUPERSET
    if target == ANY:
        return Relation.SUBSET
    if NA not in {source, target} and _has_wildcards(source) and _covers(source, target):
        return Relation.SUPERSET
    return Relation.DISJOINT


def _together(found: set[Relation]) -> Relation:
    for one in (Relation.SUPERSET, Relation.SUBSET):
        if one in found and found <= {one, Relation.EQUAL}:
            return one
    return Relation.EQUAL if found == {Relation.EQUAL} else Relation.UNDEFINED


def _split(text: str) -> list[str]:
    if "\\" not in text:  # as of nearly all
        return text.lower().split(":")
    values, place = [], 0
    while True:
        found = _PART.match(text, place)
        end = place if found is None else found.end()
        values.append(text[place:end].lower())
        if end >= len(text) or text[end] != ":":
            return values if end >= len(text) else []
        place = end + 1


def _of_uri(text: str) -> list[str]:
    parts = text.split(":")
    parts += [""] * (_URI_PARTS - len(parts))
    if len(parts) > _URI_PARTS:
        return []
    values = [_of_uri_part(part) for part in parts]
    packed = parts[_EDITION].split("~") if parts[_EDITION].startswith("~") else []
    more = [ANY] * 4
    if packed:
        if len(packed) != _PACKED:
            return []
        values[_EDITION], *more = [_of_uri_part(part) for part in packed[1:]]
    return [*values, *more]


def _of_uri_part(part: str) -> str:
    if not part:
        return ANY
    if part == NA:
        return NA
    plain = _ENCODED.sub(lambda found: chr(int(found[1], 16)), part)
    return _SPECIAL.sub(r"\\\1", plain).lower()


def _has_wildcards(value: str) -> bool:
    return value != ANY and re.search(r"(?<!\\)[*?]", value) is not None


def _covers(source: str, target: str) -> bool:
    """Wildcards stand at the ends only: `*` for any text, each `?` for one character or none."""
    start, body, end = re.fullmatch(r"([*?]*)(.*?)((?<!\\)[*?]*)", source, re.DOTALL).groups()  # type: ignore[union-attr] # it matches everything
    return re.fullmatch(_wild(start) + re.escape(body) + _wild(end), target, re.DOTALL) is not None


def _wild(marks: str) -> str:
    return ".*" if "*" in marks else f".{{0,{len(marks)}}}"
