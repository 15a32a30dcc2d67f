r"""Composer's order: versions as `Composer\Semver\VersionParser` normalises them, compared by PHP's `version_compare`.

`1.0` is `1.0.0.0`; `dev < alpha < beta < RC < the release < patch`. Branches of numbers (`2.x-dev`) stand above all that they
may become; branches by name (`dev-main`) have no place in the order.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, invalid, matched, number

_FLAGS = re.ASCII | re.IGNORECASE
_MODIFIER = (
    r"[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]++)*+))?([.-]?dev)?"
    r"(?:@(?:stable|rc|beta|alpha|dev))?(?:\+\S+)?"
)
_CLASSIC = re.compile(
    rf"v?([0-9]{{1,5}})(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.([0-9]+))?{_MODIFIER}", _FLAGS
)
_DATE = re.compile(
    rf"v?([0-9]{{4}}(?:[.:-]?[0-9]{{2}}){{1,6}}(?:[.:-]?[0-9]{{1,3}}){{0,2}}){_MODIFIER}",
    _FLAGS,
)
_BRANCH = re.compile(
    r"v?([0-9]+)(?:\.([0-9]+|[xX*]))?(?:\.([0-9]+|[xX*]))?(?:\.([0-9]+|[xX*]))?[.-]?dev",
    _FLAGS,
)
_NAMED_BRANCH = re.compile(r"(?i:dev)-.*|master|trunk|default")
_NOT_A_DIGIT = re.compile("[^0-9]+")
_ANY = "9999999"
"""What Composer puts for `x` and for the numbers that a branch leaves open."""
_DEV, _END = "\x10", "\x20"
_STABILITIES = {
    "stable": "\x0f",  # only in another case: Composer then leaves a word that PHP does not know
    "alpha": "\x11",
    "a": "\x11",
    "beta": "\x12",
    "b": "\x12",
    "rc": "\x13",
    "patch": "\xf0",
    "pl": "\xf0",
    "p": "\xf0",
}


def _modifier(stability: str | None, counts: str | None, dev: str | None) -> str:
    if stability == "stable":
        return _END
    key = ""
    if stability:
        key = _STABILITIES[stability.lower()]
        key += "".join(number(n) for n in _NOT_A_DIGIT.split(counts or "") if n)
    return key + (_DEV if dev else "") + _END


def _branch(name: str) -> str | None:
    match = _BRANCH.fullmatch(name)
    if match is None:
        return None
    parts = (_ANY if part in (None, "x", "X", "*") else part for part in match.groups())
    return "".join(map(number, parts)) + _DEV + _END


def _normalised(text: str) -> str | None:
    if match := _CLASSIC.fullmatch(text):
        first, *others = match.group(1, 2, 3, 4)
        numbers = [first, *(n or "0" for n in others)]
        return "".join(map(number, numbers)) + _modifier(*match.group(5, 6, 7))
    if match := _DATE.fullmatch(text):
        numbers = _NOT_A_DIGIT.split(match[1])
        return "".join(map(number, numbers)) + _modifier(*match.group(2, 3, 4))
    return _branch(text)


def _key(text: str) -> bytes:
    version = matched(_NAME, _PRINTABLE, text)[1]
    if _NAMED_BRANCH.fullmatch(version):
        raise invalid(_NAME, text, "a branch by name has no place in the order")
    key = _normalised(version)
    if key is None:
        raise invalid(_NAME, text)
    return key.encode("latin-1")


_PRINTABLE = re.compile(r"\s*([!-~]+)\s*", re.ASCII)
_NAME = SchemeName.COMPOSER
SCHEME = Scheme(name=_NAME, key=_key)
