"""Debian's order: `[epoch:]upstream[-revision]` (Debian Policy 5.6.12, deb-version(7)).

Upstream and revision are compared as runs of non-digits and digits in turn. Among non-digits a tilde sorts below the end,
the end below letters, letters below all else. A missing revision equals revision `0`, a missing epoch equals `0`.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, invalid, matched, number

_VERSION = re.compile(
    r"(?:([0-9]+):)?([0-9A-Za-z.+:~-]+?)(?:-([0-9A-Za-z.+~]+))?",
)
_MAX_EPOCH = 2**31 - 1
_DIGITS = re.compile(r"([0-9]+)")
_RUN_ENDS = "\x02"
_RANKED = str.maketrans({"~": "\x01", "+": "{", "-": "|", ".": "}", ":": "\x7f"})
"""Letters stay; the others move above them in their own order, the tilde below the end of a run."""


def _part(text: str) -> str:
    runs = _DIGITS.split(text.translate(_RANKED))
    runs[1::2] = [_RUN_ENDS + number(digits) for digits in runs[1::2]]
    if runs[-1] or len(runs) == 1:
        runs.append(_RUN_ENDS + number(""))
    runs.append(_RUN_ENDS)
    return "".join(runs)


def _key(text: str) -> bytes:
    epoch, upstream, revision = matched(_NAME, _VERSION, text).groups("")
    if not epoch and ":" in upstream:
        raise invalid(_NAME, text, "the epoch is not a number")
    if not revision and "-" in upstream:
        raise invalid(_NAME, text, "the revision is empty or has a colon")
    if epoch and int(epoch) > _MAX_EPOCH:
        raise invalid(_NAME, text, f"the epoch is over {_MAX_EPOCH}")
    return f"{number(epoch)}{_part(upstream)}{_part(revision)}".encode("latin-1")


_NAME = SchemeName.DEB
SCHEME = Scheme(name=_NAME, key=_key)
