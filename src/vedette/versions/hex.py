"""Hex's order: Elixir's `Version` (https://hexdocs.pm/elixir/Version.html), which is Semantic Versioning 2.0.0.

Build metadata takes no part in the order.
"""

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, strict_semver


def _key(text: str) -> bytes:
    return strict_semver(_NAME, text)


_NAME = SchemeName.HEX
SCHEME = Scheme(name=_NAME, key=_key)
