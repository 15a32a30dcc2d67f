"""Which VEX statement speaks of a package, and what it changes.

Purls are compared as OpenVEX says: what the statement's purl names (version, qualifiers) must be the package's, what it leaves out
may be anything (https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md, "Product matching").
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
from packageurl import PackageURL

from vedette.model.advisory import AffectedStatus
from vedette.model.vex import Justification, VexProduct, VexStatement

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_CPE = "cpe:"
_IMAGES = frozenset({"docker", "oci"})
_REMEMBERED = 65_536
_CLEARING = frozenset({AffectedStatus.FIXED, AffectedStatus.NOT_AFFECTED})
_STATED = re.compile(
    rf"VEX .*?: (?P<status>{'|'.join(sorted(_CLEARING))})(?:, (?P<why>{'|'.join(Justification)}))?(?:, .*)?"
)


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What sets a package aside, in the words of VEX; of a rule of one's own only the sentence is known."""

    status: AffectedStatus
    justification: Justification | None


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at: the target's own names and the purls of all its packages."""

    names: frozenset[str]
    purls: tuple[str, ...]


class VexIndex:
    """Statements by vulnerability, for one target.

    Args:
        statements: of all documents.
        scope: the target: a statement on parts of a product counts only where the product is the target or in it.
    """

    def __init__(self, statements: Iterable[VexStatement], scope: Scope) -> None:
        self._scope = scope
        self._by_id: dict[str, list[VexStatement]] = {}
        for one in statements:
            for name in {one.vulnerability, *one.aliases}:
                self._by_id.setdefault(name, []).append(one)

    def statement(self, purl: str, vulnerabilities: Iterable[str]) -> VexStatement | None:
        """The statement that counts for a package and a flaw, which goes by any of the ids; None where nobody says a thing.

        The newest counts; of the same moment the one that claims more.
        """
        found = [
            one
            for name in sorted(set(vulnerabilities))
            for one in self._by_id.get(name, ())
            if any(self._speaks_of(product, purl) for product in one.products)
        ]
        return max(found, key=_weight, default=None)

    def _speaks_of(self, product: VexProduct, purl: str) -> bool:
        if not product.parts:
            return any(is_named(name, purl) for name in product.identifiers)
        return any(is_named(part, purl) for part in product.parts) and any(
            self._is_here(name) for name in product.identifiers
        )

    def _is_here(self, identifier: str) -> bool:
        return is_target(identifier, self._scope.names) or any(
            is_named(identifier, purl) for purl in self._scope.purls
        )


def clears(statement: VexStatement) -> bool:
    """Whether the statement says that the flaw is not there."""
    return statement.status in _CLEARING


def is_named(identifier: str, purl: str) -> bool:
    """Whether a statement's identifier names the package: type, namespace and name, and all else that it gives."""
    if identifier == purl:
        return True
    wanted, given = _parsed(identifier), _parsed(purl)
    if wanted is None or given is None:
        return False
    if _name(wanted) != _name(given) or (wanted.version and wanted.version != given.version):
        return False
    return all(given.qualifiers.get(key) == value for key, value in wanted.qualifiers.items())


def is_target(identifier: str, names: Iterable[str]) -> bool:
    """Whether an identifier names the target: literally, as an image's purl by digest or repository, or as a CPE's beginning."""
    known = frozenset(names)
    if identifier in known:
        return True
    if identifier.startswith(_CPE):
        return any(name.startswith(f"{identifier}:") for name in known)
    image = _parsed(identifier)
    if image is None or image.type not in _IMAGES:
        return False
    if image.version:
        return any(name.endswith(image.version) for name in known)
    return any(_repository(name) == image.name for name in known)


def _repository(name: str) -> str:
    """`app` of `registry.example:5000/team/app:1.0@sha256:…`."""
    return name.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _weight(one: VexStatement) -> tuple[datetime, bool]:
    return one.at or _BEGINNING, not clears(one)


def _name(purl: PackageURL) -> tuple[str, str | None, str]:
    return purl.type, purl.namespace, purl.name


@lru_cache(maxsize=_REMEMBERED)
def _parsed(text: str) -> PackageURL | None:
    try:
        return PackageURL.from_string(text)
    except ValueError:
        return None


def why(statement: VexStatement) -> str:
    """The statement in a line: who says what, and why."""
    parts: Sequence[str] = tuple(
        filter(None, (statement.justification or "", " ".join(statement.reason.split())))
    )
    said = f"VEX {statement.document}: {statement.status.value}"
    return ", ".join((said, *parts))


def stated(text: str) -> Stated:
    """What `why` made a line of, or what a rule that is no VEX statement says."""
    found = _STATED.fullmatch(text)
    if found is None:
        return Stated(status=AffectedStatus.NOT_AFFECTED, justification=None)
    return Stated(
        status=AffectedStatus(found["status"]),
        justification=Justification(found["why"]) if found["why"] else None,
    )
