"""What SBOM formats have no field for, as names below `vedette:` and values; `properties` reads them back."""

from collections.abc import Iterator

from vedette.model.package import Package


def facts(package: Package) -> Iterator[tuple[str, str]]:
    """Names without the prefix, and values; a path's layer comes after it."""
    yield "ecosystem", package.ecosystem
    yield "manager", package.manager.value
    if package.extractor:
        yield "extractor", package.extractor
    if package.source:
        yield "source:name", package.source.name
        yield "source:version", package.source.version
    if package.module:
        yield "module", package.module
    if package.dev:
        yield "dev", "true"
    if package.owner:
        yield "owner", package.owner
    for location in package.locations:
        yield "path", location.path
        if location.layer:
            yield "layer", location.layer
