"""CSAF 2.0 documents in the publishers' words (https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html).

What a product id means differs from publisher to publisher: `redhat_vex` and `suse_csaf` say it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from vedette.advisories.formats.times import parse_time
from vedette.errors import ParseError

_DEPTH_LIMIT = 20
_REFERENCES_LIMIT = 50


class Helper(msgspec.Struct):
    """How a product is identified elsewhere."""

    cpe: str | None = None


class Product(msgspec.Struct):
    """A product; the id is the publisher's own and is unique in its document."""

    product_id: str
    product_identification_helper: Helper | None = None


class Branch(msgspec.Struct):
    """A part of the tree of products."""

    product: Product | None = None
    branches: list["Branch"] | None = None


class Relationship(msgspec.Struct):
    """A product that is a component of another: both by id, and the id of the two together."""

    full_product_name: Product
    product_reference: str
    relates_to_product_reference: str


class Tree(msgspec.Struct):
    """The products that a document speaks of."""

    branches: list[Branch] | None = None
    relationships: list[Relationship] | None = None


class Text(msgspec.Struct):
    """A note, or a severity."""

    category: str = ""
    text: str = ""


class Threat(msgspec.Struct):
    """An estimate of the impact."""

    category: str = ""
    details: str = ""


class Remediation(msgspec.Struct):
    """What helps some products, or why nothing does."""

    category: str = ""
    details: str = ""
    url: str = ""
    product_ids: list[str] | None = None


class Vector(msgspec.Struct, rename="camel"):
    """A CVSS score; its vector holds it."""

    vector_string: str | None = None


class Score(msgspec.Struct):
    """Scores by CVSS version."""

    cvss_v2: Vector | None = None
    cvss_v3: Vector | None = None
    cvss_v4: Vector | None = None


class Weakness(msgspec.Struct):
    """A CWE."""

    id: str = ""


class Reference(msgspec.Struct):
    """A link."""

    url: str = ""


class Vulnerability(msgspec.Struct):
    """One flaw; `product_status` gives ids of products by status (section 3.2.3.9)."""

    cve: str = ""
    title: str = ""
    cwe: Weakness | None = None
    notes: list[Text] | None = None
    product_status: dict[str, list[str]] | None = None
    remediations: list[Remediation] | None = None
    scores: list[Score] | None = None
    threats: list[Threat] | None = None
    references: list[Reference] | None = None
    release_date: str | None = None


class Tracking(msgspec.Struct):
    """The document's name and dates."""

    current_release_date: str
    id: str = ""
    initial_release_date: str | None = None
    status: str = ""


class Meta(msgspec.Struct):
    """What the document is."""

    tracking: Tracking
    category: str = ""
    title: str = ""
    notes: list[Text] | None = None
    references: list[Reference] | None = None
    aggregate_severity: Text | None = None


class CsafDocument(msgspec.Struct):
    """A whole document."""

    document: Meta
    product_tree: Tree | None = None
    vulnerabilities: list[Vulnerability] | None = None


_DECODER = msgspec.json.Decoder(CsafDocument)


def decode_csaf(data: bytes) -> CsafDocument:
    """A document.

    Raises:
        ParseError: where it is none.
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not a CSAF document: {error}") from error


def cpes_of(tree: Tree) -> dict[str, str]:
    """Product id → CPE, of the products that have one.

    Raises:
        ParseError: the tree is over 20 deep.
    """
    return dict(_cpes(tree.branches or (), 0))


def _cpes(branches: Iterable[Branch], depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH_LIMIT:
        raise ParseError(f"branches more than {_DEPTH_LIMIT} deep")
    for branch in branches:
        product = branch.product
        helper = product.product_identification_helper if product else None
        if product is not None and helper is not None and helper.cpe:
            yield product.product_id, helper.cpe
        yield from _cpes(branch.branches or (), depth + 1)


def vectors_of(vulnerability: Vulnerability) -> Iterator[str]:
    """The texts of its CVSS vectors."""
    for score in vulnerability.scores or ():
        for vector in (score.cvss_v2, score.cvss_v3, score.cvss_v4):
            if vector is not None and vector.vector_string:
                yield vector.vector_string


def note_of(notes: Iterable[Text] | None, category: str) -> str:
    """The first note of a category; empty where there is none."""
    return next((note.text for note in notes or () if note.category == category), "")


def urls_of(references: Iterable[Reference] | None) -> tuple[str, ...]:
    """The first 50 links, each once."""
    return tuple(dict.fromkeys(one.url for one in references or () if one.url))[:_REFERENCES_LIMIT]


def moment_of(text: str | None, problems: list[str]) -> datetime | None:
    """A moment; one that cannot be read is a problem and says nothing."""
    try:
        return parse_time(text) if text else None
    except ParseError as error:
        problems.append(str(error))
        return None
