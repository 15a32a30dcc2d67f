"""pacman's order: `[epoch:]pkgver[-pkgrel]` (vercmp(8); pacman `lib/libalpm/version.c`).

Runs of digits and runs of letters are compared as in RPM's older order; besides, a longer separator sorts above a shorter one,
and letters straight after a number sort below the end (`1.0rc` < `1.0`). pkgrel counts only where both have one, which
is no total order (`1-1` = `1` = `1-2`); nor is it one with separators at the end. Such versions are not `exact`.
"""

import re

import msgspec

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, matched, number

_PART = r"[!-,./;-@\[-`{-~]*[0-9A-Za-z][!-,.-9;-~]*"
_VERSION = re.compile(rf"(?:([0-9]+):)?({_PART})(?:-({_PART}))?")
_SEGMENT = re.compile(r"([^0-9A-Za-z]*)([0-9]+|[A-Za-z]+)")
_WORD, _END_OF_WORD, _END = "\x10", "\x01", "\x20"
_ONE_SEPARATOR, _MORE_SEPARATORS = "\xb0", "\xb1"


class _Part(msgspec.Struct, frozen=True):
    """Each segment with the length of the separator before it, and the length of what follows the last."""

    segments: tuple[tuple[int, str], ...]
    trailing: int


def _part(text: str) -> _Part:
    found = list(_SEGMENT.finditer(text))
    return _Part(
        tuple((len(segment[1]), segment[2]) for segment in found), len(text) - found[-1].end()
    )


def _parse(text: str) -> tuple[str, _Part, _Part | None]:
    epoch, version, release = matched(_NAME, _VERSION, text).groups()
    return epoch or "", _part(version), None if release is None else _part(release)


def _separator(length: int) -> str:
    if length > 1:
        return _MORE_SEPARATORS + chr(length >> 8) + chr(length & 0xFF)
    return _ONE_SEPARATOR if length else ""


def _encode(part: _Part) -> str:
    codes = (
        _separator(length) + (number(s) if s.isdecimal() else _WORD + s + _END_OF_WORD)
        for length, s in part.segments
    )
    return "".join(codes) + _END


def _key(text: str) -> bytes:
    epoch, version, release = _parse(text)
    key = number(epoch) + _encode(version)
    return (key if release is None else key + _encode(release)).encode("latin-1")


def _exact(text: str) -> bool:
    _, version, release = _parse(text)
    return release is not None and not version.trailing and not release.trailing


def _compare_segments(a: str, b: str) -> int:
    if a.isdecimal() != b.isdecimal():
        return 1 if a.isdecimal() else -1
    x, y = (number(a), number(b)) if a.isdecimal() else (a, b)
    return (x > y) - (x < y)


def _end_against(trailing: int, rest: tuple[int, str] | None, rest_trailing: int) -> int:
    """How a part that ends here, perhaps with a separator, compares with one that may go on."""
    if rest is None:
        return (trailing > 0) - (rest_trailing > 0)
    length, segment = rest
    starts_with_letter = segment[0].isalpha() and (trailing > 0 or length == 0)
    return 1 if starts_with_letter else -1


def _compare_parts(a: _Part, b: _Part) -> int:
    for (a_length, a_segment), (b_length, b_segment) in zip(a.segments, b.segments, strict=False):
        if a_length != b_length:
            return 1 if a_length > b_length else -1
        if verdict := _compare_segments(a_segment, b_segment):
            return verdict
    common = min(len(a.segments), len(b.segments))
    if common == len(a.segments):
        rest = b.segments[common] if len(b.segments) > common else None
        return _end_against(a.trailing, rest, b.trailing)
    return -_end_against(b.trailing, a.segments[common], a.trailing)


def _compare(left: str, right: str) -> int:
    """`alpm_pkg_vercmp`."""
    (epoch, version, release), (other_epoch, other_version, other_release) = (
        _parse(left),
        _parse(right),
    )
    verdict = _compare_segments(epoch or "0", other_epoch or "0")
    verdict = verdict or _compare_parts(version, other_version)
    if verdict or release is None or other_release is None:
        return verdict
    return _compare_parts(release, other_release)


_NAME = SchemeName.ALPM
SCHEME = Scheme(name=_NAME, key=_key, exact=_exact, compare=_compare)
