"""An order for software that has no scheme of its own: what CPEs and vendors' pages write (`1.0.2k`, `9.0.0-M1`, `8u292`).

vedette's own definition. Runs of digits and runs of letters are compared in turn, case and separators set aside. At one place
a word for what comes before a release (alpha, beta, rc…) sorts below the end, the end below any other word, words below
numbers. Zeros before the end or a word are dropped: `1.0` = `1`, `1.0rc1` = `1rc1`. A text without a digit is no version.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, matched, number

_VERSION = re.compile(r"[vV]?((?=[^0-9]*[0-9])[0-9A-Za-z.+_~:,()/ -]+)")
_TOKEN = re.compile(r"[0-9]+|[a-z]+")
_BEFORE = (
    ("dev", "nightly"),
    ("snapshot",),
    ("alpha",),
    ("beta",),
    ("milestone", "m"),
    ("pre", "preview", "prerelease"),
    ("rc", "cr"),
)
_PRERELEASES = {word: chr(0x10 + rank) for rank, words in enumerate(_BEFORE) for word in words}
_END, _WORD, _END_OF_WORD = "\x20", "\x21", "\x01"
_ZERO = number("0")


def _key(text: str) -> bytes:
    tokens = _TOKEN.findall(matched(_NAME, _VERSION, text)[1].lower())
    key = ""
    for token in tokens:
        if token[0].isdecimal():
            key += number(token)
        else:
            key = key.rstrip(_ZERO)
            key += _PRERELEASES.get(token) or _WORD + token + _END_OF_WORD
    return (key.rstrip(_ZERO) + _END).encode("latin-1")


_NAME = SchemeName.GENERIC
SCHEME = Scheme(name=_NAME, key=_key)
