"""Why a package that only a peer lists is not listed by us, by what the peer itself says of it; docs/explanation/differences-from-syft.md tells each at length."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

UNEXPLAINED = "not explained"

_LOCKS = re.compile(
    r"(?:^|/)(?:[^/]*lock(?:\.json|\.yaml|\.toml)?|Gemfile\.lock|[^/]*requirements[^/]*\.txt|[^/]*\.lock|setup\.py)$"
)
_ROOT_OF_A_PACKAGE = re.compile(
    r"(?:^|/)(?:node_modules|usr/(?:share|lib(?:/[^/]+)?)/nodejs)/(?:@[^/]+/)?[^/@]+/package\.json$"
)


class Listed(NamedTuple):
    """A package as a peer lists it: its type, name and version, and the files that it was seen in."""

    kind: str
    name: str
    version: str
    paths: tuple[str, ...]


def listed(component: Mapping[str, Any], bare: str) -> Listed:
    """What a component of a peer's CycloneDX document says; `bare` is its purl without qualifiers."""
    kind, _, rest = bare.removeprefix("pkg:").partition("/")
    name, _, version = rest.rpartition("@") if "@" in rest[1:] else (rest, "", "")
    properties = component.get("properties", ())
    paths = tuple(
        str(one.get("value", "")).lstrip("/")
        for one in properties
        if re.fullmatch(r"syft:location:\d+:path|.*:FilePath", one["name"])
    )
    return Listed(kind, name, version, paths)


def _all(pattern: str) -> Callable[[Listed], bool]:
    found = re.compile(pattern)
    return lambda one: bool(one.paths) and all(found.search(path) for path in one.paths)


_REASONS: tuple[tuple[str, Callable[[Listed], bool]], ...] = (
    ("states no version", lambda one: not one.version),
    ("lock file: declared, not installed", lambda one: bool(one.paths) and all(map(_LOCKS.search, one.paths))),
    ("workflow of a package", lambda one: one.kind == "github"),
    ("program known by its bytes, of a listed package", lambda one: one.kind == "generic"),
    ("program without a module", lambda one: one.kind == "golang" and one.name != "stdlib"),
    ("vendored copy", lambda one: one.kind == "pypi" and _all(r"/_vendor/")(one)),
    (
        "copy within a package",
        lambda one: one.kind == "npm"
        and bool(one.paths)
        and not any(map(_ROOT_OF_A_PACKAGE.search, one.paths)),
    ),
    ("note in a library", lambda one: one.kind == "deb" and _all(r"\.so[.0-9]*$")(one)),
)  # fmt: skip


def reason(one: Listed, ours: frozenset[str]) -> str:
    """The reason, or `UNEXPLAINED`.

    Args:
        one: what only the peer lists.
        ours: purls of the same type that we list.
    """
    if one.kind == "maven":
        artifact = one.name.rpartition("/")[2]
        # the same archive under the group that it is published under
        same = re.compile(rf"pkg:maven/(?:[^/]+/)?{re.escape(artifact)}@{re.escape(one.version)}")
        if any(map(same.fullmatch, ours)):
            return "another group for the same archive"
    return next((name for name, holds in _REASONS if holds(one)), UNEXPLAINED)
