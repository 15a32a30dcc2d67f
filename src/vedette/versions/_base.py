r"""What a version scheme is, and the pieces that keys are made of.

A key is built as text of code points below 256 and encoded as Latin-1, so that comparing keys is comparing bytes. Numbers
take the codes from `\x80` up: a number therefore sorts above any ASCII text, and the codes below are free for marks such as
"the text ends here" or "a pre-release follows". Two keys of one scheme are compared at one position only when everything
before was equal, so a mark needs to be ordered only among those that may stand at the same place.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from vedette.errors import VersionError
from vedette.model.package import SchemeName

MAX_LENGTH = 1024
"""Longer texts are no versions; the bound also holds for every digit run within."""

_SHOWN = 80
_CACHED = 8192
_FIRST_TAG = 0x80
_ESCAPED = 40
"""Numbers with this many digits or more carry a length of four digits."""

PRERELEASE = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
"""Dot-separated identifiers; also the form of SemVer's build metadata."""
STRICT_NUMBER = r"(?:0|[1-9][0-9]*)"
"""A number without leading zeros (SemVer 2.0.0, item 2)."""
_STRICT_IDENTIFIER = rf"(?:{STRICT_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
STRICT_PRERELEASE = rf"{_STRICT_IDENTIFIER}(?:\.{_STRICT_IDENTIFIER})*"
"""SemVer 2.0.0, item 9: numeric identifiers have no leading zeros."""

_END_OF_WORD = "\x01"
_PRERELEASE_FOLLOWS = "\x02"
_RELEASE = "\x03"
_WORD = "\xc0"


def _always(_text: str) -> bool:
    return True


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """How one ecosystem orders its versions.

    Args:
        name: the scheme's name.
        key: a version's key. Byte order of keys is the order of versions and equal keys are equal versions,
            wherever `exact` holds for both. Raises VersionError for a text that is no version of this scheme.
        exact: whether the key says all that the scheme says of this version. Takes what `key` takes.
        compare: for schemes without a total order, the scheme's own answer for two versions (negative, zero or
            positive), to be asked where `exact` fails for either. Raises VersionError as `key` does.
    """

    name: SchemeName
    key: Callable[[str], bytes]
    exact: Callable[[str], bool] = _always
    compare: Callable[[str, str], int] | None = None


def invalid(name: SchemeName, text: str, why: str = "") -> VersionError:
    """The error for a text that is no version of the scheme; long texts are shown cut."""
    shown = repr(text[:_SHOWN]) + ("…" if len(text) > _SHOWN else "")
    return VersionError(f"not a version of scheme {name}: {shown}" + (f": {why}" if why else ""))


def matched(name: SchemeName, pattern: re.Pattern[str], text: str) -> re.Match[str]:
    """Match the whole text.

    Raises:
        VersionError: where the text does not match or is longer than MAX_LENGTH.
    """
    if len(text) > MAX_LENGTH:
        raise invalid(name, text, f"longer than {MAX_LENGTH} characters")
    match = pattern.fullmatch(text)
    if match is None:
        raise invalid(name, text)
    return match


@lru_cache(maxsize=_CACHED)
def number(digits: str) -> str:
    """Encode a run of ASCII digits: its length without leading zeros, then the digits. Empty is zero."""
    significant = digits.lstrip("0")
    size = len(significant)
    if size < _ESCAPED:
        return chr(_FIRST_TAG + size) + significant
    return f"{chr(_FIRST_TAG + _ESCAPED)}{size:04d}{significant}"


@lru_cache(maxsize=_CACHED)
def identifier(text: str) -> str:
    """Encode one SemVer identifier: numbers below words, words in ASCII order (SemVer 2.0.0, item 11.4)."""
    return number(text) if text.isdecimal() else f"{_WORD}{text}{_END_OF_WORD}"


def precedence(release: Iterable[str], prerelease: str | None) -> str:
    """Encode SemVer's precedence (SemVer 2.0.0, item 11).

    Args:
        release: the numbers, always as many for one scheme.
        prerelease: the dot-separated identifiers, or None for a release.
    """
    numbers = "".join(map(number, release))
    if prerelease is None:
        return numbers + _RELEASE
    return numbers + _PRERELEASE_FOLLOWS + "".join(map(identifier, prerelease.split(".")))


_STRICT = re.compile(
    rf"[vV]?({STRICT_NUMBER})(?:\.({STRICT_NUMBER}))?(?:\.({STRICT_NUMBER}))?"
    rf"(?:-({STRICT_PRERELEASE}))?(?:\+{PRERELEASE})?",
)


def strict_semver(name: SchemeName, text: str) -> bytes:
    """The key of a SemVer 2.0.0 version; a leading `v` and fewer than three numbers (zeros follow) are allowed.

    Raises:
        VersionError: where the text is none.
    """
    major, minor, patch, prerelease = matched(name, _STRICT, text).groups()
    return precedence((major, minor or "", patch or ""), prerelease).encode("latin-1")
