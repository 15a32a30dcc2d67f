"""Version orders: `SCHEMES[name].key(text)` gives bytes whose order is the order of versions."""

from collections.abc import Mapping
from types import MappingProxyType

from vedette.versions import apk, deb, npm, pep440, rpm, semver
from vedette.versions._base import Scheme

_LISTED: tuple[Scheme, ...] = (
    apk.SCHEME,
    deb.SCHEME,
    npm.SCHEME,
    pep440.SCHEME,
    rpm.SCHEME,
    semver.SCHEME,
)

SCHEMES: Mapping[str, Scheme] = MappingProxyType({scheme.name: scheme for scheme in _LISTED})
"""Every scheme by its name; a `SchemeName` serves as well as its text."""

__all__ = ["SCHEMES", "Scheme"]
