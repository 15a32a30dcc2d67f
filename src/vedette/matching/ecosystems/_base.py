"""What an ecosystem's rule is: which look-ups a package gives, and which packages are not judged."""

from collections.abc import Callable

import msgspec

from vedette.model.match import MatchKind
from vedette.model.package import Package, SchemeName, SourcePackage


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule may know beside the package.

    Args:
        ecosystems: those that the index has advisories for.
        repositories: ecosystems of the additional repositories that are enabled; None where nobody knows.
        running_kernel: `uname -r`, where an installed package bears it out.
    """

    ecosystems: frozenset[str]
    repositories: frozenset[str] | None = None
    running_kernel: str | None = None


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """One question to the index, and the version to compare with the answers.

    Args:
        by_source: whether rows for source packages or for binary packages are meant.
        doubt: why the rows may not concern this package at all: what they say is then `Undecided`.
        upto: where the version is not one but any from `version` to this one: the last of them.
        unless: ecosystems of other look-ups: of an advisory whose rows these find, this one's rows do not count.
        scheme: the order of the rows' versions, where it is not the package's own.
        channel: the rows are one of several channels for the same fixes: a fix reached in one counts for all.
    """

    ecosystem: str
    name: str
    version: str
    kind: MatchKind = MatchKind.EXACT_DIRECT
    by_source: bool = False
    doubt: str | None = None
    upto: str | None = None
    unless: tuple[str, ...] = ()
    scheme: SchemeName | None = None
    channel: bool = False


class Ecosystem(msgspec.Struct, frozen=True, kw_only=True):
    """How packages of some ecosystems are looked up.

    Args:
        name: for people and documentation.
        covers: ecosystems without their releases.
        lookups: the questions that a package gives.
        exempt: why the package is not judged at all; None where it is.
    """

    name: str
    covers: tuple[str, ...]
    lookups: Callable[[Package, Host], tuple[Lookup, ...]]
    exempt: Callable[[Package, Host], str | None]


def by_name(package: Package, ecosystem: str) -> Lookup:
    """The look-up of a package by its own name."""
    return Lookup(ecosystem=ecosystem, name=package.name, version=package.version)


def by_source(ecosystem: str, source: SourcePackage, package: Package) -> Lookup:
    """The look-up by source package, with the source's version; it is direct where both are the binary's own."""
    same = (source.name, source.version) == (package.name, package.version)
    return Lookup(
        ecosystem=ecosystem,
        name=source.name,
        version=source.version,
        kind=MatchKind.EXACT_DIRECT if same else MatchKind.EXACT_INDIRECT,
        by_source=True,
    )


def source_of(package: Package) -> SourcePackage:
    """The package's source; a package that names none is its own."""
    return package.source or SourcePackage(name=package.name, version=package.version)


def no_exemption(_package: Package, _host: Host) -> None:
    """Every package is judged."""
