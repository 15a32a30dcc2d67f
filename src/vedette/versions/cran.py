"""R's order: integers between dots or hyphens (`package_version` in R's base package).

Compared one by one as numbers; of two where one continues the other, the shorter sorts first.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, matched, number

_VERSION = re.compile(r"[0-9]+(?:[.-][0-9]+)*")


def _key(text: str) -> bytes:
    numbers = matched(_NAME, _VERSION, text)[0].replace("-", ".").split(".")
    return "".join(map(number, numbers)).encode("latin-1")


_NAME = SchemeName.CRAN
SCHEME = Scheme(name=_NAME, key=_key)
