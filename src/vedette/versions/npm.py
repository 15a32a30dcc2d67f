"""npm's order: node-semver (https://github.com/npm/node-semver), read loosely.

Loose forms are those that installed packages have: `v1.2.3`, `=1.2.3`, `1.2.3beta`, leading zeros. Fewer than three numbers
(`1`, `1.2`, from advisories) are padded with zeros. Build metadata takes no part in the order. node-semver refuses numbers above
2^53; they are ordered here.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import PRERELEASE, Scheme, matched, precedence

_N = "[0-9]+"
_VERSION = re.compile(
    rf"[v=\s]*({_N})(?:(?:\.({_N}))?(?:-({PRERELEASE}))?|\.({_N})\.({_N})(?:-?({PRERELEASE}))?)"
    rf"(?:\+{PRERELEASE})?\s*",
    re.ASCII,
)


def _key(text: str) -> bytes:
    major, padded_minor, padded_pre, minor, patch, prerelease = matched(
        _NAME, _VERSION, text
    ).groups()
    numbers = (major, minor or padded_minor or "", patch or "")
    return precedence(numbers, prerelease or padded_pre).encode("latin-1")


_NAME = SchemeName.NPM
SCHEME = Scheme(name=_NAME, key=_key)
