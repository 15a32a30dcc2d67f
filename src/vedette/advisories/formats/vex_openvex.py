"""OpenVEX 0.0.1 to 0.2.0: https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md."""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.advisories.formats.vex_document import VexDocument, collected, time_of, word_of
from vedette.model.advisory import AffectedStatus
from vedette.model.vex import Justification, VexProduct, VexStatement


class _Component(msgspec.Struct):
    id: str = msgspec.field(name="@id", default="")
    identifiers: dict[str, str] = {}
    subcomponents: "list[_Component | str] | None" = None


class _Vulnerability(msgspec.Struct):
    id: str = msgspec.field(name="@id", default="")
    name: str = ""
    aliases: list[str] = []


class _Statement(msgspec.Struct):
    vulnerability: _Vulnerability | str
    status: str
    products: list[_Component | str] | None = None
    subcomponents: list[_Component | str] | None = None
    justification: str | None = None
    impact_statement: str | None = None
    action_statement: str | None = None
    status_notes: str | None = None
    timestamp: str | None = None
    last_updated: str | None = None


class _Document(msgspec.Struct):
    statements: list[_Statement]
    id: str = msgspec.field(name="@id", default="")
    author: str = ""
    timestamp: str | None = None
    last_updated: str | None = None


_DECODER = msgspec.json.Decoder(_Document)


def read_openvex(data: bytes, name: str) -> VexDocument:
    """The statements of one document; `name` is its id where it gives none.

    Raises:
        ParseError: where there are too many statements.
        msgspec.MsgspecError: where it is not OpenVEX.
    """
    document = _DECODER.decode(data)
    problems: list[str] = []
    return collected(_statements(document, name, problems), problems)


def _statements(document: _Document, name: str, problems: list[str]) -> Iterator[VexStatement]:
    """A statement inherits the document's moment where it has none ("Inheritance flow")."""
    common = document.last_updated or document.timestamp
    for one in document.statements:
        status = word_of(one.status, AffectedStatus, problems)
        flaw, aliases = _flaw(one.vulnerability)
        if status is None or not flaw:
            problems.extend(() if flaw else ("a statement about no vulnerability",))
            continue
        reasons = (one.impact_statement, one.action_statement, one.status_notes)
        yield VexStatement(
            vulnerability=flaw,
            aliases=aliases,
            products=tuple(_products(one)),
            status=status,
            justification=word_of(one.justification, Justification, problems),
            reason="; ".join(filter(None, reasons)),
            document=document.id or name,
            author=document.author,
            at=time_of(one.last_updated or one.timestamp or common, problems),
        )


def _flaw(given: _Vulnerability | str) -> tuple[str, tuple[str, ...]]:
    if isinstance(given, str):
        return given, ()
    return given.name or given.id, tuple(sorted(set(given.aliases)))


def _products(statement: _Statement) -> Iterator[VexProduct]:
    for product in statement.products or ():
        parts = [] if isinstance(product, str) else product.subcomponents or []
        identifiers = _identifiers([product])
        if identifiers:
            yield VexProduct(
                identifiers=identifiers,
                parts=_identifiers([*parts, *(statement.subcomponents or ())]),
            )


def _identifiers(components: Iterable[_Component | str]) -> tuple[str, ...]:
    found: set[str] = set()
    for one in components:
        if isinstance(one, str):
            found.add(one)
        else:
            found.update((one.id, *one.identifiers.values()))
    return tuple(sorted(found - {""}))
