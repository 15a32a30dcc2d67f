"""An advisory index in memory, and short forms of its content."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from vedette.advisories.keys import keyed
from vedette.errors import VersionError
from vedette.matching.names import names_of
from vedette.matching.ranges import keyed_range
from vedette.model.advisory import (
    Advisory,
    AdvisoryId,
    Affected,
    AffectedStatus,
    CveRecord,
    EndOfLife,
    Epss,
    Exploit,
    FixState,
    Kev,
    Range,
)
from vedette.model.candidate import Candidate, Question
from vedette.model.package import Package, PackageManager, SchemeName, SourcePackage
from vedette.model.purl import Purl, make_purl
from vedette.versions import SCHEMES

_SCHEMES = {
    "Alpine": SchemeName.APK,
    "Wolfi": SchemeName.APK,
    "apk": SchemeName.APK,
    "Debian": SchemeName.DEB,
    "Ubuntu": SchemeName.DEB,
    "deb": SchemeName.DEB,
    "generic": SchemeName.GENERIC,
    "Chainguard": SchemeName.APK,
    "PyPI": SchemeName.PEP440,
    "npm": SchemeName.NPM,
    "GitHub Actions": SchemeName.SEMVER,
    "Go": SchemeName.GO,
    "Hex": SchemeName.HEX,
    "Maven": SchemeName.MAVEN,
    "NuGet": SchemeName.NUGET,
    "Packagist": SchemeName.COMPOSER,
    "Pub": SchemeName.PUB,
    "RubyGems": SchemeName.GEM,
    "crates.io": SchemeName.CARGO,
}
_MANAGERS = {
    SchemeName.PEP440: PackageManager.PYTHONPKG,
    SchemeName.NPM: PackageManager.NODEPKG,
    SchemeName.GO: PackageManager.GOBINARY,
    SchemeName.MAVEN: PackageManager.JAR,
}


def scheme_of(ecosystem: str) -> SchemeName:
    """The scheme that the ecosystems of these tests use; rpm where nothing else is said."""
    return _SCHEMES.get(ecosystem.partition(":")[0], SchemeName.RPM)


def package(ecosystem: str, name: str, version: str, **more: Any) -> Package:
    """A package; `source` may be a pair of name and version, `owner` a purl."""
    scheme = SchemeName(more.pop("scheme", scheme_of(ecosystem)))
    source = more.pop("source", None)
    return Package(
        purl=make_purl(ecosystem.partition(":")[0].lower().replace(" ", "-"), name, version),
        ecosystem=ecosystem,
        name=name,
        version=version,
        scheme=scheme,
        manager=more.pop("manager", _MANAGERS.get(scheme, PackageManager.OS)),
        source=SourcePackage(name=source[0], version=source[1]) if source else None,
        owner=Purl(more.pop("owner")) if "owner" in more else None,
        **more,
    )


def run(text: str) -> Range:
    """A range from `[1.0, 2.0)`, `[1.0, 2.0]` or `[1.0, )`; a left end of 0 is the beginning."""
    introduced, _, end = text[1:-1].partition(",")
    end = end.strip()
    if not end:
        return Range(introduced=introduced)
    if text.endswith("]"):
        return Range(introduced=introduced, last_affected=end)
    return Range(introduced=introduced, fixed=end)


def affected(ecosystem: str, name: str, *ranges: str, **more: Any) -> Affected:
    """One entry; the scheme follows from the ecosystem."""
    return Affected(
        ecosystem=ecosystem,
        name=name,
        scheme=SchemeName(more.pop("scheme", scheme_of(ecosystem))),
        ranges=tuple(map(run, ranges)),
        status=AffectedStatus(more.pop("status", "affected")),
        fix=FixState(more.pop("fix", "unknown")),
        versions=tuple(more.pop("versions", ())),
        arches=tuple(more.pop("arches", ())),
        **more,
    )


def advisory(identifier: str, *entries: Affected, **more: Any) -> Advisory:
    """One advisory of a feed called `feed`."""
    return Advisory(
        id=AdvisoryId(identifier),
        feed=more.pop("feed", "feed"),
        modified=more.pop("modified", None),
        affected=entries,
        **more,
    )


def candidate(record: Advisory, entry: Affected) -> Candidate:
    """The entry with its keys, as the database gives it."""
    scheme = SCHEMES.get(entry.scheme)
    keyed = [(one, keyed_range(one, entry.scheme)) for one in entry.ranges]
    keys: set[bytes] = set()
    unparsed = [f"a range up to {one.fixed!r}" for one, known in keyed if known is None]
    for text in entry.versions:
        try:
            keys.add(scheme.key(text) if scheme else b"")
        except VersionError as error:
            unparsed.append(str(error))
    return Candidate(
        advisory=msgspec.structs.replace(record, affected=()),
        affected=entry,
        ranges=tuple(known for _, known in keyed if known is not None),
        version_keys=tuple(sorted(keys)) if scheme else (),
        unparsed=tuple(unparsed),
    )


class MemoryIndex:
    """The port `AdvisoryIndex` over what a test gives it."""

    digest = "sha256:memory"

    def __init__(
        self,
        advisories: Iterable[Advisory] = (),
        *,
        cves: Iterable[CveRecord] = (),
        epss: Iterable[Epss] = (),
        kev: Iterable[Kev] = (),
        exploits: Iterable[Exploit] = (),
        ends: Iterable[EndOfLife] = (),
    ) -> None:
        self.records = tuple(sorted(advisories, key=lambda one: (one.feed, one.id)))
        self.by_name: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
        for record in self.records:
            for entry in record.affected:
                self.by_name[entry.ecosystem, entry.name].append(candidate(record, entry))
        self.cves = list(cves)
        self.scores = {one.cve: one for one in epss}
        self.exploited = {one.cve: one for one in kev}
        self.evidence = tuple(sorted(exploits))
        self.ends = {(one.product, one.cycle): one for one in ends}

    def ecosystems(self) -> frozenset[str]:
        return frozenset(ecosystem for ecosystem, _ in self.by_name)

    def telling(self, questions: Collection[Question]) -> frozenset[Question]:
        return frozenset(one for one in questions if self._tells(one))

    def _tells(self, question: Question) -> bool:
        ecosystem, name, scheme, key = question
        for one in self.by_name.get((ecosystem, name), ()):
            hull = keyed(one.affected)
            if one.affected.scheme is not scheme or (
                hull.low <= key and (hull.high is None or key < hull.high)
            ):
                return True
        return False

    def whole(self, advisory: Advisory) -> Advisory:
        return advisory

    def candidates(self, ecosystem: str, name: str) -> tuple[Candidate, ...]:
        return tuple(self.by_name.get((ecosystem, name), ()))

    def advisories(self, identifier: str) -> tuple[Advisory, ...]:
        return tuple(
            record
            for record in self.records
            if identifier in names_of(record) or identifier in record.related
        )

    def cve(self, cve: str) -> tuple[CveRecord, ...]:
        return tuple(record for record in self.cves if record.id == cve)

    def epss(self, cve: str) -> Epss | None:
        return self.scores.get(cve)

    def exploits(self, cve: str) -> tuple[Exploit, ...]:
        return tuple(one for one in self.evidence if one.cve == cve)

    def kev(self, cve: str) -> Kev | None:
        return self.exploited.get(cve)

    def end_of_life(self, product: str, cycle: str) -> EndOfLife | None:
        return self.ends.get((product, cycle))
