"""Package URLs: https://github.com/package-url/purl-spec."""

from collections.abc import Mapping
from typing import NewType

from packageurl import PackageURL

from vedette.errors import ParseError

Purl = NewType("Purl", str)
"""A package URL in canonical form; made only by `make_purl` and `parse_purl`."""


def make_purl(
    kind: str,
    name: str,
    version: str | None,
    *,
    namespace: str | None = None,
    qualifiers: Mapping[str, str] | None = None,
) -> Purl:
    """Build a canonical purl.

    Args:
        kind: the purl type, for example `deb`.
        name: the package's name as its ecosystem writes it.
        version: the version, or None where it is not known.
        namespace: for example the distribution's id, an npm scope, a Maven group.
        qualifiers: for example `{"arch": "amd64"}`; empty values are dropped.

    Raises:
        ParseError: where the parts do not make a purl (an empty name).
    """
    try:
        url = PackageURL(
            type=kind,
            namespace=namespace,
            name=name,
            version=version,
            qualifiers=dict(qualifiers or {}),
        )
    except ValueError as error:
        raise ParseError(f"not a package URL: {error}") from error
    return _text(url)


def parse_purl(text: str) -> Purl:
    """Check and normalise a purl.

    Raises:
        ParseError: where the text is not a purl.
    """
    try:
        url = PackageURL.from_string(text)
    except ValueError as error:
        raise ParseError(f"not a package URL: {error}") from error
    return _text(url)


def _text(url: PackageURL) -> Purl:
    # the library takes a name of blanks, and only stumbles over it here
    if not url.name:
        raise ParseError("not a package URL: the name is blank")
    return Purl(url.to_string())


def bare(purl: Purl) -> Purl:
    """The purl without qualifiers and subpath: the same package whatever its architecture."""
    return Purl(str(purl).partition("?")[0].partition("#")[0])
