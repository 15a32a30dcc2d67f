"""Architectures, modules and flavours: does a row speak of this build of the package?"""

from vedette.matching.builds import Objection, other_build
from vedette.matching.products import other_product
from vedette.model.candidate import Candidate
from vedette.model.package import Package, SchemeName

_ANY = frozenset({"all", "any", "noarch"})
_SAME = {
    "amd64": "x86_64",
    "x64": "x86_64",
    "arm64": "aarch64",
    "i386": "x86",
    "i486": "x86",
    "i586": "x86",
    "i686": "x86",
    "ppc64el": "ppc64le",
}
_LABEL_PARTS = 2
_NONE = "no module"
_UNNAMED = "a module without a name"


def out_of_scope(package: Package, candidate: Candidate) -> Objection | None:
    """Why the row is about another build of the package; None where it is about this one."""
    return (
        _other_architecture(package, candidate)
        or _other_module(package, candidate)
        or other_build(package, candidate.affected)
        or other_product(package, candidate.affected)
    )


def _other_architecture(package: Package, candidate: Candidate) -> Objection | None:
    """A package without an architecture, or for every one, is met by every row, and the other way round."""
    arches = candidate.affected.arches
    if not arches or package.arch is None or package.arch in _ANY:
        return None
    named = {_SAME.get(arch, arch) for arch in arches}
    if named & _ANY:
        return None
    if _SAME.get(package.arch, package.arch) in named:
        return None
    return Objection(
        reason=f"the advisory is for {', '.join(candidate.affected.arches)}, not for {package.arch}"
    )


def _other_module(package: Package, candidate: Candidate) -> Objection | None:
    """Modular builds (Fedora's modularity) are named by `NAME:STREAM`.

    The same name without a module is another package. The release of a modular build carries `.module`, so that an inventory
    or a feed without labels still shows that there is one.
    """
    affected = candidate.affected
    if affected.scheme is not SchemeName.RPM:
        return None
    wanted = _module(affected.module, tuple(entry.fixed or "" for entry in affected.ranges))
    installed = _module(package.module, (package.version,))
    if wanted == installed != _UNNAMED:
        return None
    return Objection(
        reason=f"the advisory is for {wanted}, the package from {installed}",
        doubtful=_UNNAMED in {wanted, installed} and _NONE not in {wanted, installed},
    )


def _module(label: str | None, versions: tuple[str, ...]) -> str:
    if label:
        return ":".join(label.split(":")[:_LABEL_PARTS])
    return _UNNAMED if any(".module" in version for version in versions) else _NONE
