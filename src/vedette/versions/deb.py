"""Debian's order: `[epoch:]upstream[-revision]` (Debian Policy 5.6.12, deb-version(7)).

Upstream and revision are compared as runs of non-digits and digits in turn. Among non-digits a tilde sorts below the end,
the end below letters, letters below all else. A missing revision equals revision `0`, a missing epoch equals `0`.
"""

import re
from functools import lru_cache

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, invalid, matched, number

_VERSION = re.compile(r"(?:([0-9]+):)?(?:([0-9A-Za-z.+:~-]+)-([0-9A-Za-z.+~]+)|([0-9A-Za-z.+:~]+))")
_MAX_EPOCH = 2**31 - 1
_RUN = re.compile(r"[0-9]+|[^0-9]+")
_CACHED = 8192
_WORD_ENDS = "\x02"
_RANKED = str.maketrans({"~": "\x01", "+": "{", "-": "|", ".": "}", ":": "\x7f"})
"""Letters stay; the others move above them in their own order, the tilde below the end of a word."""
_NO_NUMBER = _WORD_ENDS + number("")


@lru_cache(maxsize=_CACHED)
def _run(text: str) -> str:
    return _WORD_ENDS + number(text) if text[0].isdecimal() else text.translate(_RANKED)


def _part(text: str) -> str:
    """Words and numbers in turn, either of which may be empty at the ends; a last empty word closes the part."""
    key = "".join(map(_run, _RUN.findall(text)))
    return key + _WORD_ENDS if text[-1:].isdecimal() else key + _NO_NUMBER + _WORD_ENDS


def _key(text: str) -> bytes:
    epoch, upstream, revision, whole = matched(_NAME, _VERSION, text).groups("")
    upstream = upstream or whole
    if not epoch and ":" in upstream:
        raise invalid(_NAME, text, "the epoch is not a number")
    if epoch and int(epoch) > _MAX_EPOCH:
        raise invalid(_NAME, text, f"the epoch is over {_MAX_EPOCH}")
    return f"{number(epoch)}{_part(upstream)}{_part(revision)}".encode("latin-1")


_NAME = SchemeName.DEB
SCHEME = Scheme(name=_NAME, key=_key)
