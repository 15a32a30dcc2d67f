"""CycloneDX in: JSON and XML, 1.2 to 1.6 (https://cyclonedx.org/specification/overview/).

Components are read by their purl, those within others too. The operating system is a component of that type.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.inventory.formats.json_document import decode
from vedette.inventory.formats.xml_document import Element, child, children, read_xml, text_of
from vedette.inventory.sbom.distribution import distro_of
from vedette.inventory.sbom.facts import HASHES
from vedette.inventory.sbom.properties import Properties, facts_of
from vedette.inventory.sbom.stated import Stated, Statement, failure
from vedette.inventory.sockets import PROPERTY, sockets_of
from vedette.model.distro import Distro
from vedette.model.inventory import FileFailure

_VERSIONS = frozenset({"1.2", "1.3", "1.4", "1.5", "1.6"})
_MOST = 500_000
_OS = "operating-system"
_SOFTWARE = frozenset({"library", "framework", "application"})
_NAMESPACE = "http://cyclonedx.org/schema/bom/"


class _Property(msgspec.Struct, frozen=True):
    name: str = ""
    value: str | None = None


class _Named(msgspec.Struct, frozen=True):
    id: str | None = None
    name: str | None = None


class _License(msgspec.Struct, frozen=True):
    license: _Named | None = None
    expression: str | None = None


class _Hash(msgspec.Struct, frozen=True):
    alg: str = ""
    content: str = ""


class _Component(msgspec.Struct, frozen=True):
    name: str = ""
    type: str = ""
    version: str | None = None
    group: str | None = None
    publisher: str | None = None
    purl: str | None = None
    cpe: str | None = None
    hashes: tuple[_Hash, ...] | None = ()
    licenses: tuple[_License, ...] | None = ()
    properties: tuple[_Property, ...] | None = ()
    components: tuple[msgspec.Raw, ...] | None = ()


class _Metadata(msgspec.Struct, frozen=True):
    component: msgspec.Raw = msgspec.Raw(b"null")
    properties: tuple[_Property, ...] | None = ()


class _Document(msgspec.Struct, frozen=True, rename="camel"):
    bom_format: str
    spec_version: str
    metadata: _Metadata | None = None
    components: tuple[msgspec.Raw, ...] | None = ()


_KINDS = {title: kind for kind, title in HASHES.items()}
_HEX = re.compile("[0-9A-Fa-f]{40,128}")
_DOCUMENT = msgspec.json.Decoder(_Document)
_COMPONENT = msgspec.json.Decoder(_Component)


def read_cyclonedx_json(data: bytes) -> Statement:
    """What a JSON document states.

    Raises:
        ParseError: where it is no CycloneDX document, or of a version that is not read.
    """
    document = decode(_DOCUMENT, data, "a CycloneDX document")
    if document.bom_format != "CycloneDX":
        raise ParseError(f"not CycloneDX: {document.bom_format[:80]!r}")
    _check(document.spec_version)
    metadata = document.metadata or _Metadata()
    gathered = _Gathered()
    waiting = list(reversed(document.components or ()))
    if bytes(metadata.component) != b"null":
        waiting += _below(metadata.component, gathered)
    while waiting:
        component = gathered.decoded(waiting.pop())
        if component:
            gathered.add(component)
            waiting += reversed(component.components or ())
    return gathered.statement(metadata.properties or ())


def read_cyclonedx_xml(data: bytes) -> Statement:
    """What an XML document states.

    Raises:
        ParseError: where it is no CycloneDX document, or of a version that is not read.
    """
    at = data.find(_NAMESPACE.encode()) + len(_NAMESPACE)
    root = read_xml(data)
    if root.tag != "bom" or at < len(_NAMESPACE):
        raise ParseError(f"not CycloneDX: <{root.tag[:80]}>")
    _check(data[at : at + 3].decode("ascii", "replace"))
    gathered = _Gathered()
    metadata = child(root, "metadata")
    target = child(metadata, "component")
    waiting = [*_elements(root)][::-1] + [*_elements(target)][::-1]
    while waiting:
        element = waiting.pop()
        gathered.add(_component(element))
        waiting += [*_elements(element)][::-1]
    return gathered.statement(_properties(metadata))


class _Gathered:
    """What has been read so far."""

    def __init__(self) -> None:
        self._packages: list[Stated] = []
        self._failures: list[FileFailure] = []
        self._distro: Distro | None = None
        self._sockets: list[tuple[str, str | None]] = []
        self._read = 0

    def decoded(self, raw: msgspec.Raw) -> _Component | None:
        try:
            return decode(_COMPONENT, raw, "a component")
        except ParseError as error:
            self._failures.append(failure(f"component {self._read + 1}", str(error)))
            self._read += 1
            return None

    def add(self, component: _Component) -> None:
        self._read += 1
        if self._read > _MOST:
            raise LimitError(f"more than {_MOST} components")
        if component.type == _OS:
            self._distro = self._distro or _distro(component)
        elif component.purl:
            self._packages.append(_stated(component, self._read))
            self._sockets += _listening(component.properties or (), component.name)
        elif component.type in _SOFTWARE and (component.version or component.type != "application"):
            self._failures.append(failure(_place(component, self._read), "no purl"))

    def statement(self, properties: tuple[_Property, ...]) -> Statement:
        told = {one.name: one.value for one in properties}
        kernel = told.get("vedette:running_kernel")
        sockets = None
        try:
            sockets = sockets_of([*_listening(properties, None), *self._sockets])
        except ParseError as error:
            self._failures.append(failure(PROPERTY, str(error)))
        return Statement(
            packages=tuple(self._packages),
            distro=self._distro,
            failures=tuple(self._failures),
            running_kernel=kernel,
            sockets=sockets,
        )


def _listening(
    properties: Iterable[_Property], package: str | None
) -> Iterator[tuple[str, str | None]]:
    return ((one.value or "", package) for one in properties if one.name == PROPERTY)


def _check(version: str) -> None:
    if version not in _VERSIONS:
        raise ParseError(f"CycloneDX {version[:80]!r} is not read; 1.2 to 1.6 are")


def _below(raw: msgspec.Raw, gathered: _Gathered) -> list[msgspec.Raw]:
    """The parts of the document's own subject, which is no package itself."""
    target = gathered.decoded(raw)
    return list(reversed(target.components or ())) if target else []


def _distro(component: _Component) -> Distro:
    told = {one.name: one.value for one in component.properties or ()}
    name = told.get("syft:distro:id") or component.name
    return distro_of(name, told.get("syft:distro:versionID") or component.version)


def _stated(component: _Component, number: int) -> Stated:
    properties: Properties = tuple(
        (one.name, one.value) for one in component.properties or () if one.value is not None
    )
    facts = facts_of(properties)
    further = (value for name, value in properties if name == "syft:cpe23")
    return Stated(
        place=_place(component, number),
        purl=component.purl or "",
        version=component.version,
        source=facts.source,
        module=facts.module,
        vendor=component.publisher,
        held=facts.held,
        manager=facts.manager,
        dev=facts.dev,
        licenses=tuple(_licenses(component)),
        cpes=tuple(filter(None, (component.cpe, *further))),
        checksums=(*facts.checksums, *_checksums(component)),
    )


def _checksums(component: _Component) -> Iterator[str]:
    for one in component.hashes or ():
        if one.alg in _KINDS and _HEX.fullmatch(one.content):
            yield f"{_KINDS[one.alg]}:{one.content.lower()}"


def _place(component: _Component, number: int) -> str:
    return component.purl or component.name or f"component {number}"


def _licenses(component: _Component) -> Iterator[str]:
    for choice in component.licenses or ():
        named = choice.license or _Named()
        if text := choice.expression or named.id or named.name:
            yield text


def _elements(parent: Element | None) -> Iterator[Element]:
    return children(child(parent, "components"), "component")


def _component(element: Element) -> _Component:
    listed = child(element, "licenses")
    named = children(listed, "license")
    expressions = children(listed, "expression")
    return _Component(
        name=text_of(element, "name"),
        type=element.attributes.get("type", ""),
        version=text_of(element, "version") or None,
        group=text_of(element, "group") or None,
        publisher=text_of(element, "publisher") or None,
        purl=text_of(element, "purl") or None,
        cpe=text_of(element, "cpe") or None,
        hashes=tuple(
            _Hash(one.attributes.get("alg", ""), one.text.strip())
            for one in children(child(element, "hashes"), "hash")
        ),
        licenses=(
            *(_License(license=_Named(text_of(o, "id"), text_of(o, "name"))) for o in named),
            *(_License(expression=one.text.strip()) for one in expressions),
        ),
        properties=_properties(element),
    )


def _properties(element: Element | None) -> tuple[_Property, ...]:
    listed = children(child(element, "properties"), "property")
    return tuple(_Property(one.attributes.get("name", ""), one.text.strip()) for one in listed)
