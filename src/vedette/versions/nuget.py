"""NuGet's order: one to four numbers, then SemVer's pre-release without regard to case (NuGet.Versioning, `VersionComparer`).

Missing numbers are zeros. As in .NET, a pre-release identifier is a number only where it fits 32 bits with sign; longer
digit runs are words. Build metadata takes no part in the order.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import PRERELEASE, Scheme, matched, number

_VERSION = re.compile(
    rf"\s*([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-({PRERELEASE}))?(?:\+{PRERELEASE})?\s*",
    re.ASCII,
)
_INTEGER = re.compile(r"-?[0-9]+")
_LOWEST, _HIGHEST = -(2**31), 2**31 - 1
_PRERELEASE_FOLLOWS, _RELEASE = "\x02", "\x03"
_NUMBER, _WORD, _END_OF_WORD = "\x10", "\xc0", "\x01"


def _identifier(text: str) -> str:
    if _INTEGER.fullmatch(text) and _LOWEST <= (value := int(text)) <= _HIGHEST:
        return _NUMBER + (value - _LOWEST).to_bytes(4, "big").decode("latin-1")
    return _WORD + text.lower() + _END_OF_WORD


def _key(text: str) -> bytes:
    *numbers, prerelease = matched(_NAME, _VERSION, text).groups("")
    key = "".join(map(number, numbers))
    if not prerelease:
        return (key + _RELEASE).encode("latin-1")
    identifiers = "".join(map(_identifier, prerelease.split(".")))
    return (key + _PRERELEASE_FOLLOWS + identifiers).encode("latin-1")


_NAME = SchemeName.NUGET
SCHEME = Scheme(name=_NAME, key=_key)
