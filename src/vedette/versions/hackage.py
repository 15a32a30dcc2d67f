"""Hackage's order: integers between dots (Haskell PVP; Cabal's `Distribution.Types.Version`).

Compared one by one as numbers; of two where one continues the other, the shorter sorts first (`1.0` before `1.0.0`).
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, matched, number

_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def _key(text: str) -> bytes:
    numbers = matched(_NAME, _VERSION, text)[0].split(".")
    return "".join(map(number, numbers)).encode("latin-1")


_NAME = SchemeName.HACKAGE
SCHEME = Scheme(name=_NAME, key=_key)
