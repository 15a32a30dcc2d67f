"""Dart's order: pub_semver (https://pub.dev/packages/pub_semver), SemVer with build metadata as a last tie-break.

A version without build metadata sorts below the same version with it. Leading zeros are read as zeros. Identifiers that
Dart's `int.parse` would take for a hexadecimal or negative number are refused.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import PRERELEASE, Scheme, identifier, invalid, matched, precedence

_VERSION = re.compile(
    rf"[vV]?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-({PRERELEASE}))?(?:\+({PRERELEASE}))?"
)
_ODD_NUMBER = re.compile(r"(?:^|\.)-?(?:-[0-9]+|0[xX][0-9A-Fa-f]+)(?:\.|$)")
_END = "\x01"


def _key(text: str) -> bytes:
    major, minor, patch, prerelease, build = matched(_NAME, _VERSION, text).groups()
    for identifiers in (prerelease, build):
        if identifiers is not None and _ODD_NUMBER.search(identifiers):
            raise invalid(_NAME, text, "an identifier is a hexadecimal or negative number")
    key = precedence((major, minor or "", patch or ""), prerelease) + _END
    if build is not None:
        key += "".join(map(identifier, build.split(".")))
    return key.encode("latin-1")


_NAME = SchemeName.PUB
SCHEME = Scheme(name=_NAME, key=_key)
