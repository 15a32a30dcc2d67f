"""Python's order: `[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]` (PEP 440; PyPA version specifiers).

All spellings that the specification normalises are read (`1.0-ALPHA.1`, `v1.0`, `1.0-1` for a post-release). What came before
PEP 440 (`2004d`, `0.9-dodo`) has no place in the order, so it is a VersionError.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, matched, number

_VERSION = re.compile(
    r"v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)"
    r"(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]*))?"
    r"(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?"
    r"(?:[-_.]?(dev)[-_.]?([0-9]*))?"
    r"(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?",
)
_LOCAL_SEPARATOR = re.compile(r"[-_.]")
_WHITESPACE = " \t\n\r\f\v"
_ZERO = number("0")
_RELEASE_ENDS, _END_OF_WORD = "\x01", "\x01"
_DEV_ONLY, _NO_PRE = "\x02", "\x06"
_PHASES = {
    "a": "\x03",
    "alpha": "\x03",
    "b": "\x04",
    "beta": "\x04",
    "c": "\x05",
    "rc": "\x05",
    "pre": "\x05",
    "preview": "\x05",
}
_NO_POST, _POST = "\x02", "\x03"
_DEV, _NO_DEV = "\x02", "\x03"
_FINAL = f"{_RELEASE_ENDS}{_NO_PRE}{_NO_POST}{_NO_DEV}"


def _phases(match: re.Match[str]) -> str:
    word, pre, dash, post_word, post, dev_word, dev = match.group(3, 4, 5, 6, 7, 8, 9)
    has_post = dash is not None or post_word is not None
    if word is not None:
        key = _PHASES[word] + number(pre)
    else:
        key = _DEV_ONLY if dev_word is not None and not has_post else _NO_PRE
    key += _POST + number(dash or post or "") if has_post else _NO_POST
    return key + (_NO_DEV if dev_word is None else _DEV + number(dev))


def _local(text: str) -> str:
    parts = _LOCAL_SEPARATOR.split(text)
    return "".join(number(p) if p.isdecimal() else p + _END_OF_WORD for p in parts)


def _key(text: str) -> bytes:
    # lowering could turn some non-ASCII letters into ASCII ones, so those are kept from matching first
    lowered = text.strip(_WHITESPACE).lower() if text.isascii() else text
    match = matched(_NAME, _VERSION, lowered)
    release = "".join(map(number, match[2].split("."))).rstrip(_ZERO)
    key = number(match[1] or "") + release
    key += _FINAL if match.end(2) == match.end() else _RELEASE_ENDS + _phases(match)
    if match[10] is not None:
        key += _local(match[10])
    return key.encode("latin-1")


_NAME = SchemeName.PEP440
SCHEME = Scheme(name=_NAME, key=_key)
