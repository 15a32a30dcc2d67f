"""RPM's order: `[epoch:]version[-release]` (rpm-version(7), rpmvercmp of rpm 4.15 and later).

Version and release are compared as runs of digits and runs of letters; other characters only separate. At one place a tilde
sorts below the end, the end below a caret, a caret below letters, letters below digits. A missing epoch equals `0`; a missing
release sorts below every release.
"""

import re
from functools import lru_cache

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, invalid, matched, number

_VERSION = re.compile(r"(?>(?:([0-9]*):)?)([^\s-]\S*?)(?:-([^\s-]*))?")
_MAX_EPOCH = 2**32 - 1
_TOKEN = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_TILDE, _END, _CARET, _END_OF_WORD = "\x01", "\x02", "\x03", "\x01"
_CACHED = 8192


@lru_cache(maxsize=_CACHED)
def _token(text: str) -> str:
    if text == "~":
        return _TILDE
    if text == "^":
        return _CARET
    return text + _END_OF_WORD if text.isalpha() else number(text)


def _part(text: str) -> str:
    return "".join(map(_token, _TOKEN.findall(text))) + _END


def _key(text: str) -> bytes:
    epoch, version, release = matched(_NAME, _VERSION, text).groups()
    if epoch and (len(epoch) > len(str(_MAX_EPOCH)) or int(epoch) > _MAX_EPOCH):
        raise invalid(_NAME, text, f"the epoch is over {_MAX_EPOCH}")
    key = number(epoch or "") + _part(version)
    if release is not None:
        key += _part(release)
    return key.encode("latin-1")


_NAME = SchemeName.RPM
SCHEME = Scheme(name=_NAME, key=_key)
