"""Alpine's order: `digits{.digits}[letter]{_suffix[digits]}[~hash][-rN]` (apk-package(5), apk-tools `src/version.c`).

The first number is compared as a number. A later one with a leading zero is compared as text, and so sorts below those
without. Pre-release suffixes sort below the end; then, upwards: the end, `-r`, `~`, a suffix's number, the other suffixes, a
letter, a further number. apk-tools 2 differs from 3 in parts with two leading zeros and more, where 3 is followed, and in
digits after the letter (`1.9.5p2`), which 3 refuses: they are read, since Alpine's older releases have them.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, matched, number

_PRE = ("alpha", "beta", "pre", "rc")
_POST = ("cvs", "svn", "git", "hg", "p")
_VERSION = re.compile(
    r"([0-9]+)((?:\.[0-9]+)*)(?:([a-z])([0-9]*))?"
    rf"((?:_(?:{'|'.join(_PRE + _POST)})[0-9]*)*)(?:~([0-9a-f]+))?(?:-r([0-9]+))?",
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_END, _REVISION, _HASH, _SUFFIX_NUMBER, _LEADING_ZERO = "\x20", "\x21", "\x22", "\x23", "\x7b"
_END_OF_TEXT = "\x01"
_SUFFIXES = {word: chr(0x10 + i) for i, word in enumerate(_PRE)} | {
    word: chr(0x24 + i) for i, word in enumerate(_POST)
}


def _component(digits: str) -> str:
    return _LEADING_ZERO + digits + _END_OF_TEXT if digits[0] == "0" else number(digits)


def _suffixes(text: str) -> str:
    key = ""
    for word, digits in _SUFFIX.findall(text):
        key += _SUFFIXES[word]
        if digits:
            key += _SUFFIX_NUMBER + number(digits)
    return key


def _key(text: str) -> bytes:
    first, components, letter, count, suffixes, commit, revision = matched(
        _NAME, _VERSION, text
    ).groups()
    key = number(first)
    if components:
        key += "".join(map(_component, components[1:].split(".")))
    if letter:
        key += letter + number(count) if count else letter
    if suffixes:
        key += _suffixes(suffixes)
    if commit:
        key += _HASH + commit + _END_OF_TEXT
    if revision:
        key += _REVISION + number(revision)
    return (key + _END).encode("latin-1")


_NAME = SchemeName.APK
SCHEME = Scheme(name=_NAME, key=_key)
