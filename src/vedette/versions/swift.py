"""SwiftPM's order: Semantic Versioning 2.0.0 of a tag, with or without a leading `v` (SwiftPM, `Version`).

Build metadata takes no part in the order.
"""

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, strict_semver


def _key(text: str) -> bytes:
    return strict_semver(_NAME, text)


_NAME = SchemeName.SWIFT
SCHEME = Scheme(name=_NAME, key=_key)
