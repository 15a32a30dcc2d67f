"""CycloneDX documents that Trivy and vedette both read: packages of one distribution, or of languages."""

import random
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vedette.advisories.database import AdvisoryDatabase

SYSTEMS = {
    "Alpine": ("alpine", "apk"),
    "Amazon Linux": ("amazon", "rpm"),
    "Chainguard": ("chainguard", "apk"),
    "Debian": ("debian", "deb"),
    "Ubuntu": ("ubuntu", "deb"),
    "Wolfi": ("wolfi", "apk"),
}
LANGUAGES = {
    "Go": "golang",
    "Hex": "hex",
    "Maven": "maven",
    "NuGet": "nuget",
    "Packagist": "composer",
    "Pub": "pub",
    "PyPI": "pypi",
    "RubyGems": "gem",
    "crates.io": "cargo",
    "npm": "npm",
}
_PROPERTY = "aquasecurity:trivy:"


def document(ecosystem: str, components: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The document; an ecosystem of a distribution also says which system it is."""
    listed = list(components)
    if ecosystem not in LANGUAGES:
        distribution, _, release = ecosystem.partition(":")
        number = f"{release.removeprefix('v')}.0" if release.startswith("v") else release
        name = SYSTEMS[distribution][0]
        listed.append({"type": "operating-system", "name": name, "version": number})
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": listed}


def component(
    ecosystem: str,
    name: str,
    version: str,
    *,
    source: tuple[str, str] | None = None,
    arch: str = "x86_64",
) -> dict[str, Any]:
    """One package; `source` is the name and version of what it was built from, where they differ."""
    properties: dict[str, str] = {}
    if ecosystem in LANGUAGES:
        place = f"{LANGUAGES[ecosystem]}/{quote(name.replace(':', '/'), safe='/')}"
        upstream, qualifiers = version, ""
    else:
        distribution, _, release = ecosystem.partition(":")
        namespace, kind = SYSTEMS[distribution]
        place = f"{kind}/{namespace}/{quote(name)}"
        epoch, colon, rest = version.partition(":")
        upstream = rest if colon else version
        number = release.removeprefix("v")
        qualifiers = f"?arch={arch}&distro={namespace}-{number}{f'&epoch={epoch}' * bool(colon)}"
        properties = _source(*(source or (name, version)))
    purl = f"pkg:{place}@{quote(upstream)}{qualifiers}"
    return {
        "type": "library",
        "bom-ref": f"{purl} {properties}",
        "name": name,
        "version": version,
        "purl": purl,
        "properties": [
            {"name": _PROPERTY + key, "value": text} for key, text in properties.items()
        ],
    }


def made_up(database: Path, ecosystem: str, count: int) -> dict[str, Any]:
    """A document of packages that the database has advisories for, each at an end of one of its ranges."""
    chance = random.Random(ecosystem)  # noqa: S311 - the same packages every time
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT DISTINCT name FROM name WHERE ecosystem = ? ORDER BY 1", (ecosystem,)
            )
        ]
    finally:
        connection.close()
    with AdvisoryDatabase.open(database) as index:
        chosen = sorted(chance.sample(names, min(count, len(names))))
        return document(ecosystem, _at_ends(index, ecosystem, chosen, chance))


def _at_ends(
    index: AdvisoryDatabase, ecosystem: str, names: Iterable[str], chance: random.Random
) -> Iterator[dict[str, Any]]:
    for name in names:
        ends = {
            end
            for one in index.candidates(ecosystem, name)
            for run in one.affected.ranges
            for end in (run.introduced, run.fixed, run.last_affected)
            if end and end != "0"
        }
        if ends:
            yield component(ecosystem, name, chance.choice(sorted(ends)))


def _source(name: str, version: str) -> dict[str, str]:
    epoch, colon, rest = version.rpartition(":")
    upstream, dash, release = rest.rpartition("-")
    found = {"SrcName": name, "SrcVersion": upstream if dash else rest}
    if dash:
        found["SrcRelease"] = release
    if colon:
        found["SrcEpoch"] = epoch
    return found
