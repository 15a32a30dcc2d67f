"""CSAF 2.0, profile VEX: https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html, sections 3.2.2, 3.2.3 and 4.5."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from vedette.advisories.formats.vex_document import VexDocument, collected, time_of, word_of
from vedette.errors import ParseError
from vedette.model.advisory import AffectedStatus
from vedette.model.vex import Justification, VexProduct, VexStatement

_DEEPEST = 64
_STATUSES = (
    ("known_affected", AffectedStatus.AFFECTED),
    ("first_affected", AffectedStatus.AFFECTED),
    ("last_affected", AffectedStatus.AFFECTED),
    ("known_not_affected", AffectedStatus.NOT_AFFECTED),
    ("fixed", AffectedStatus.FIXED),
    ("first_fixed", AffectedStatus.FIXED),
    ("under_investigation", AffectedStatus.UNDER_INVESTIGATION),
)


class _Helper(msgspec.Struct):
    cpe: str = ""
    purl: str = ""
    purls: list[str] = []


class _Product(msgspec.Struct):
    product_id: str
    name: str = ""
    product_identification_helper: _Helper | None = None


class _Branch(msgspec.Struct):
    branches: "list[_Branch] | None" = None
    product: _Product | None = None


class _Relationship(msgspec.Struct):
    full_product_name: _Product
    product_reference: str
    relates_to_product_reference: str


class _Group(msgspec.Struct):
    group_id: str
    product_ids: list[str]


class _Tree(msgspec.Struct):
    branches: list[_Branch] | None = None
    full_product_names: list[_Product] | None = None
    relationships: list[_Relationship] | None = None
    product_groups: list[_Group] | None = None


class _Flag(msgspec.Struct):
    label: str
    product_ids: list[str] = []
    group_ids: list[str] = []


class _Threat(msgspec.Struct):
    category: str
    details: str = ""
    product_ids: list[str] = []
    group_ids: list[str] = []


class _Id(msgspec.Struct):
    text: str


class _Vulnerability(msgspec.Struct):
    cve: str = ""
    ids: list[_Id] = []
    product_status: dict[str, list[str]] = {}
    flags: list[_Flag] = []
    threats: list[_Threat] = []


class _Publisher(msgspec.Struct):
    name: str = ""


class _Tracking(msgspec.Struct):
    id: str = ""
    current_release_date: str | None = None


class _Meta(msgspec.Struct):
    publisher: _Publisher = msgspec.field(default_factory=_Publisher)
    tracking: _Tracking = msgspec.field(default_factory=_Tracking)


class _Document(msgspec.Struct):
    document: _Meta
    product_tree: _Tree = msgspec.field(default_factory=_Tree)
    vulnerabilities: list[_Vulnerability] = []


_DECODER = msgspec.json.Decoder(_Document)
_Products = Mapping[str, VexProduct]
_Why = tuple[Justification | None, str]


def read_csaf(data: bytes, name: str) -> VexDocument:
    """The statements of one document; `name` is its id where it gives none.

    Raises:
        ParseError: where it is too deep or has too many statements.
        msgspec.MsgspecError: where it is not CSAF.
    """
    document = _DECODER.decode(data)
    problems: list[str] = []
    return collected(_statements(document, name, problems), problems)


def _statements(document: _Document, name: str, problems: list[str]) -> Iterator[VexStatement]:
    meta = document.document
    products = _products(document.product_tree)
    groups = {
        group.group_id: group.product_ids for group in document.product_tree.product_groups or ()
    }
    at = time_of(meta.tracking.current_release_date, problems)
    for flaw in document.vulnerabilities:
        ids = list(dict.fromkeys(filter(None, (flaw.cve, *(one.text for one in flaw.ids)))))
        if not ids:
            problems.append("a vulnerability without an id")
            continue
        for status, (justification, reason), found in _groups(flaw, products, groups, problems):
            yield VexStatement(
                vulnerability=ids[0],
                aliases=tuple(sorted(ids[1:])),
                products=found,
                status=status,
                justification=justification,
                reason=reason,
                document=meta.tracking.id or name,
                author=meta.publisher.name,
                at=at,
            )


def _groups(
    flaw: _Vulnerability,
    products: _Products,
    groups: Mapping[str, list[str]],
    problems: list[str],
) -> Iterator[tuple[AffectedStatus, _Why, tuple[VexProduct, ...]]]:
    """The products of each status, those with the same reasons together."""
    labels = _by_product(
        ((one.label, one.product_ids, one.group_ids) for one in flaw.flags), groups
    )
    impacts = _by_product(
        (
            (one.details, one.product_ids, one.group_ids)
            for one in flaw.threats
            if one.category == "impact"
        ),
        groups,
    )
    for word, status in _STATUSES:
        found: dict[_Why, list[VexProduct]] = {}
        for product_id in dict.fromkeys(flaw.product_status.get(word, ())):
            if (product := products.get(product_id)) is None:
                problems.append(f"{product_id[:80]!r} has neither purl nor CPE")
                continue
            label = word_of(labels.get(product_id), Justification, problems)
            found.setdefault((label, impacts.get(product_id, "")), []).append(product)
        for why, listed in found.items():
            yield status, why, tuple(listed)


def _by_product(
    given: Iterable[tuple[str, list[str], list[str]]], groups: Mapping[str, list[str]]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for text, products, named in given:
        members = (member for name in named for member in groups.get(name, ()))
        for product in (*products, *members):
            found.setdefault(product, text)
    return found


def _products(tree: _Tree) -> dict[str, VexProduct]:
    """Every product by its id; one that is a part of another names both."""
    plain = {
        product.product_id: identifiers
        for product in (*(tree.full_product_names or ()), *_leaves(tree.branches or (), 0))
        if (identifiers := _identifiers(product))
    }
    found = {name: VexProduct(identifiers=known) for name, known in plain.items()}
    for one in tree.relationships or ():
        whole = plain.get(one.relates_to_product_reference)
        part = plain.get(one.product_reference)
        own = _identifiers(one.full_product_name)
        if part and whole:
            found[one.full_product_name.product_id] = VexProduct(identifiers=whole, parts=part)
        elif part or own:
            found[one.full_product_name.product_id] = VexProduct(identifiers=part or own)
    return found


def _leaves(branches: Iterable[_Branch], depth: int) -> Iterator[_Product]:
    if depth > _DEEPEST:
        raise ParseError(f"product_tree: deeper than {_DEEPEST} branches")
    for branch in branches:
        if branch.product is not None:
            yield branch.product
        yield from _leaves(branch.branches or (), depth + 1)


def _identifiers(product: _Product) -> tuple[str, ...]:
    helper = product.product_identification_helper
    if helper is None:
        return ()
    return tuple(sorted({helper.purl, helper.cpe, *helper.purls} - {""}))
