"""Version orders: `SCHEMES[name].key(text)` gives bytes whose order is the order of versions."""

from collections.abc import Mapping
from types import MappingProxyType

from vedette.versions import (
    alpm,
    apk,
    cargo,
    composer,
    conan,
    cran,
    deb,
    gem,
    generic,
    go,
    hackage,
    hex as elixir,
    maven,
    npm,
    nuget,
    pep440,
    pub,
    rpm,
    semver,
    swift,
)
from vedette.versions._base import Scheme

_LISTED: tuple[Scheme, ...] = (
    alpm.SCHEME,
    apk.SCHEME,
    cargo.SCHEME,
    composer.SCHEME,
    conan.SCHEME,
    cran.SCHEME,
    deb.SCHEME,
    gem.SCHEME,
    generic.SCHEME,
    go.SCHEME,
    hackage.SCHEME,
    elixir.SCHEME,
    maven.SCHEME,
    npm.SCHEME,
    nuget.SCHEME,
    pep440.SCHEME,
    pub.SCHEME,
    rpm.SCHEME,
    semver.SCHEME,
    swift.SCHEME,
)

SCHEMES: Mapping[str, Scheme] = MappingProxyType({scheme.name: scheme for scheme in _LISTED})
"""Every scheme by its name; a `SchemeName` serves as well as its text."""

__all__ = ["SCHEMES", "Scheme"]
