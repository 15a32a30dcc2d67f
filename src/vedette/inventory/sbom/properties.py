"""Facts that tools put beside a package, under names of their own: vedette's, Trivy's, syft's, Inspector's and npm's.

Trivy: `pkg/sbom/core` (`aquasecurity:trivy:…`); syft: `syft/format/internal/cyclonedxutil` (`syft:…`); Inspector:
https://docs.aws.amazon.com/inspector/latest/user/cyclonedx-namespace.html.
"""

import re
from collections.abc import Iterable

import msgspec

from vedette.errors import ParseError
from vedette.inventory.sbom.facts import INSPECTOR, named
from vedette.model.digest import Digest, parse_digest
from vedette.model.package import Location, SourcePackage

_SYFT_PLACE = re.compile(r"syft:location:(\d+):(path|layerID)")
_TRIVY = "aquasecurity:trivy:"
_PATHS = (f"{_TRIVY}FilePath", f"{INSPECTOR}source_path", "amazon:inspector:sbom_scanner:path")
_LAYERS = (f"{_TRIVY}LayerDiffID", f"{INSPECTOR}layer_diff_id", f"{_TRIVY}LayerDigest")
_OWN = "vedette:"  # every package of our own documents has properties of that name
_OWNERS = ("vedette:owner", named("owner"))
_OWN_PATHS = ("vedette:path", named("path"))
_DEV = ("vedette:dev", "cdx:npm:package:development")

Properties = tuple[tuple[str, str], ...]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Places of a package that belong to one OS package, or (None) to none."""

    owner: str | None = None
    locations: tuple[Location, ...] = ()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What properties say; None or empty where they do not. `held` has at least one entry, one for each owner."""

    held: tuple[Held, ...]
    source: SourcePackage | None = None
    module: str | None = None
    manager: str | None = None
    dev: bool = False
    checksums: tuple[str, ...] = ()


def facts_of(properties: Properties) -> Facts:
    """The facts among a package's properties."""
    by_name = dict(reversed(properties))  # of several the first counts
    return Facts(
        held=tuple(_held(by_name, properties)),
        source=_source(by_name),
        module=by_name.get("vedette:module") or by_name.get(f"{_TRIVY}Modularitylabel"),
        manager=by_name.get("vedette:manager"),
        checksums=tuple(value for name, value in properties if name == "vedette:checksum"),
        dev=any(by_name.get(name) == "true" for name in _DEV),
    )


def _held(by_name: dict[str, str], properties: Properties) -> Iterable[Held]:
    """Vedette writes places without an owner first, then each owner and its places; Inspector one owner of them all."""
    if not any(name.startswith(_OWN) for name in by_name):
        owner = next((by_name[name] for name in _OWNERS if name in by_name), None)
        yield Held(owner=owner, locations=tuple(sorted(set(_places(by_name, properties)))))
        return
    starts = [n for n, (name, _) in enumerate(properties) if name in _OWNERS]
    free = properties[: starts[0]] if starts else properties
    places = set(_own_places(free))
    if places or not starts:
        yield Held(locations=tuple(sorted(places)))
    ends = [*starts, len(properties)][1:]
    for start, end in zip(starts, ends, strict=True):
        own = _own_places(properties[start:end])
        yield Held(owner=properties[start][1], locations=tuple(sorted(set(own))))


def _source(by_name: dict[str, str]) -> SourcePackage | None:
    if name := by_name.get("vedette:source:name"):
        version = by_name.get("vedette:source:version", "")
    elif name := by_name.get(f"{_TRIVY}SrcName"):
        version = by_name.get(f"{_TRIVY}SrcVersion", "")
        if release := by_name.get(f"{_TRIVY}SrcRelease"):
            version = f"{version}-{release}"
        if epoch := by_name.get(f"{_TRIVY}SrcEpoch"):
            version = f"{epoch}:{version}"
    else:
        return None
    return SourcePackage(name=name, version=version) if version else None


def _own_places(properties: Properties) -> Iterable[Location]:
    """Vedette writes each path, and its layer after it."""
    path: str | None = None
    for name, value in (*properties, ("vedette:path", "")):
        if name in _OWN_PATHS:
            if path:
                yield Location(path=path)
            path = value
        elif name == "vedette:layer" and path:
            yield Location(path=path, layer=_layer(value))
            path = None


def _places(by_name: dict[str, str], properties: Properties) -> Iterable[Location]:
    layer = next((_layer(by_name[name]) for name in _LAYERS if name in by_name), None)
    for name in _PATHS:
        if path := by_name.get(name):
            yield Location(path=path.removeprefix("/"), layer=layer)
    for name, value in properties:
        match = _SYFT_PLACE.fullmatch(name)
        if match and match[2] == "path" and value:
            own = by_name.get(f"syft:location:{match[1]}:layerID")
            yield Location(path=value.removeprefix("/"), layer=_layer(own or ""))


def _layer(text: str) -> Digest | None:
    """A layer is told by a digest; anything else names none."""
    try:
        return parse_digest(text)
    except ParseError:
        return None
