"""Go's order: module versions (https://go.dev/ref/mod#versions) and versions of the toolchain.

Module versions are SemVer with or without the leading `v`; pseudo-versions are pre-releases, `+incompatible` is build
metadata. A toolchain version (`go1.21.3`, `1.21rc1`) is read as the Go vulnerability database writes it (`1.21.0-rc.1`);
what follows a space or a hyphen (`go1.21.3 X:nocoverageredesign`, `go1.21.3-vendor`) takes no part.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import (
    STRICT_NUMBER as _N,
    Scheme,
    invalid,
    matched,
    precedence,
    strict_semver,
)

_TOOLCHAIN = re.compile(
    rf"(?:go)?({_N})(?:\.({_N}))?(?:\.({_N}))?(?:(alpha|beta|rc)({_N}))?(?:[ -].*)?"
)
_TOOLCHAIN_PRERELEASE = re.compile(rf"{_N}\.{_N}(?:\.{_N})?(?:alpha|beta|rc){_N}")
_UNVERSIONED = ("(devel)", "devel", "unknown")


def _toolchain(text: str) -> bytes:
    major, minor, patch, kind, count = matched(_NAME, _TOOLCHAIN, text).groups()
    prerelease = f"{kind}.{count}" if kind else None
    return precedence((major, minor or "", patch or ""), prerelease).encode("latin-1")


def _key(text: str) -> bytes:
    if text.startswith(_UNVERSIONED):
        raise invalid(_NAME, text, "a build from a work tree has no version")
    if text.startswith("go") or _TOOLCHAIN_PRERELEASE.fullmatch(text):
        return _toolchain(text)
    return strict_semver(_NAME, text)


_NAME = SchemeName.GO
SCHEME = Scheme(name=_NAME, key=_key)
