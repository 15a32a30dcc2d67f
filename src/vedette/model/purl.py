"""Package URLs: https://github.com/package-url/purl-spec.

`packageurl` says what is canonical. Plain parts, which nearly all are, are put together here without it: an image has
thousands of packages, and the library takes longer for them than their files take to read. A property test compares both.
"""

import re
from collections.abc import Callable, Mapping
from typing import NewType

from vedette.errors import ParseError

Purl = NewType("Purl", str)
"""A package URL in canonical form; made only by `make_purl`, `parse_purl` and `with_qualifier`."""

_KEPT = frozenset(
    [
        "deb",
        "rpm",
        "opkg",
        "maven",
        "golang",
        "gem",
        "cargo",
        "nuget",
        "cran",
        "swift",
        "conan",
        "cocoapods",
        "julia",
        "conda",
        "generic",
    ]
)
"""Types whose names are spelled as they are."""
_LOWER_NAME = frozenset(["pypi", "npm", "apk", "composer", "github", "hex", "bitnami"])
_LOWER_NAMESPACE = frozenset(["pypi", "apk", "composer", "github", "hex"])

_ASIS = re.compile(r"[A-Za-z0-9._~:-]+")
_SOON = re.compile(r"[A-Za-z0-9._~:+@-]+")  # of these, `+` and `@` are to be encoded
_LONG = re.compile(r"[A-Za-z0-9._~:+@/-]+")
_KEY = re.compile(r"[a-z_]+")


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
    plain = _plain(kind, name, version, namespace, qualifiers)
    if plain is not None:
        return Purl(plain)
    from packageurl import PackageURL  # noqa: PLC0415 - see above

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
    return _written(url.name, url.to_string)


def parse_purl(text: str) -> Purl:
    """Check and normalise a purl.

    Raises:
        ParseError: where the text is not a purl.
    """
    from packageurl import PackageURL  # noqa: PLC0415 - see above

    try:
        url = PackageURL.from_string(text)
    except ValueError as error:
        raise ParseError(f"not a package URL: {error}") from error
    return _written(url.name, url.to_string)


def _written(name: str, write: Callable[[], str]) -> Purl:
    """The library takes a name of blanks, and only stumbles over it when it is to be written."""
    if not name:
        raise ParseError("not a package URL: the name is blank")
    return Purl(write())


def bare(purl: Purl) -> Purl:
    """The purl without qualifiers and subpath: the same package whatever its architecture."""
    return Purl(str(purl).partition("?")[0].partition("#")[0])


def with_qualifier(purl: Purl, key: str, value: str) -> Purl:
    """The purl with one more qualifier, or another value of it; the key is of lower-case letters, the value not blank."""
    if not _LONG.fullmatch(value):
        from packageurl import PackageURL  # noqa: PLC0415 - see above

        url = PackageURL.from_string(purl)
        return Purl(url._replace(qualifiers={**url.qualifiers, key: value}).to_string())
    before, hash_, subpath = purl.partition("#")
    base, _, stated = before.partition("?")
    pairs = [pair for pair in stated.split("&") if pair and not pair.startswith(f"{key}=")]
    pairs.append(f"{key}={_encoded(value)}")
    return Purl(f"{base}?{'&'.join(sorted(pairs, key=_key_of))}{hash_}{subpath}")


def _key_of(pair: str) -> str:
    return pair.partition("=")[0]


def _encoded(value: str) -> str:
    """Of plain text."""
    return value.replace("+", "%2B").replace("@", "%40")


def _plain(
    kind: str,
    name: str,
    version: str | None,
    namespace: str | None,
    qualifiers: Mapping[str, str] | None,
) -> str | None:
    """The purl where every part is plain, else None."""
    shown = _plain_name(kind, name)
    above = _plain_namespace(kind, namespace) if namespace else ""
    if shown is None or above is None or (version and not _LONG.fullmatch(version)):
        return None
    text = f"pkg:{kind}/{above}{shown}"
    if version:
        text += "@" + _encoded(version)
    if not qualifiers:
        return text
    pairs = []
    for key, value in qualifiers.items():
        if value:
            if not (_KEY.fullmatch(key) and _LONG.fullmatch(value)):
                return None
            pairs.append(f"{key}={_encoded(value)}")
    return f"{text}?{'&'.join(sorted(pairs, key=_key_of))}" if pairs else text


def _plain_name(kind: str, name: str) -> str | None:
    if kind in _KEPT:
        return _encoded(name) if _SOON.fullmatch(name) else None
    if kind in _LOWER_NAME and _ASIS.fullmatch(name):
        lower = name.lower()
        return lower.replace("_", "-") if kind == "pypi" else lower
    return None


def _plain_namespace(kind: str, namespace: str) -> str | None:
    """With a `/` at its end."""
    if not _LONG.fullmatch(namespace) or "//" in namespace or "/" in (namespace[0], namespace[-1]):
        return None
    if kind in _LOWER_NAMESPACE:
        namespace = namespace.lower()
    return _encoded(namespace) + "/"
