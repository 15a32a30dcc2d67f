"""Cargo's order: Semantic Versioning (https://doc.rust-lang.org/cargo/reference/semver.html; crate `semver`).

The crate's `Ord` breaks ties by build metadata so that its sort is stable; requirements and RustSec's ranges ignore it
(`cmp_precedence`), and so do keys.
"""

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, strict_semver


def _key(text: str) -> bytes:
    return strict_semver(_NAME, text)


_NAME = SchemeName.CARGO
SCHEME = Scheme(name=_NAME, key=_key)
