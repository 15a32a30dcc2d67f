"""Reads the labelled facts and the advisories that they are judged by."""

import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from tests.findings.make import NOW
from tests.matching.memory import MemoryIndex, advisory, affected, package, scheme_of
from vedette.matching.aliases import group
from vedette.matching.match import MatchResult
from vedette.matching.names import names_of
from vedette.model.advisory import Advisory
from vedette.model.inventory import Inventory
from vedette.model.package import Package
from vedette.model.resource import ResourceRef, ResourceType

_FOLDER = Path(__file__).parent
_GIVEN = ("arch", "module", "owner", "scheme", "vendor")
_RESOURCE = ResourceRef(type=ResourceType.LOCAL, id="corpus")
_EXTRAS = "Amazon Linux:2:extras/"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the labels."""

    line: int
    label: str
    ecosystem: str
    name: str
    version: str
    flaw: str
    words: tuple[str, ...]
    why: str

    @property
    def classes(self) -> tuple[str, ...]:
        """The ways to be wrong that it stands for."""
        return _split(list(self.words), "class")


def lines_of(name: str) -> list[tuple[int, str]]:
    numbered = enumerate((_FOLDER / name).read_text().splitlines(), start=1)
    return [(number, line) for number, line in numbered if line and not line.startswith("#")]


def facts() -> list[Fact]:
    found = []
    for number, line in lines_of("labels.txt"):
        left, bar, why = line.partition(" | ")
        assert bar, f"line {number}: a fact needs its reason"
        label, ecosystem, name, version, flaw, *words = shlex.split(left)
        found.append(
            Fact(
                line=number,
                label=label,
                ecosystem=ecosystem,
                name=name,
                version=version,
                flaw=flaw,
                words=tuple(words),
                why=why,
            )
        )
    return found


def _values(words: list[str], key: str) -> tuple[str, ...]:
    return tuple(word.partition("=")[2] for word in words if word.startswith(f"{key}="))


def _split(words: list[str], key: str) -> tuple[str, ...]:
    return tuple(one for value in _values(words, key) for one in value.split(","))


def index() -> MemoryIndex:
    records: dict[tuple[str, str], Advisory] = {}
    for _, line in lines_of("advisories.txt"):
        identifier, ecosystem, name, *words = shlex.split(line)
        entry = affected(
            ecosystem,
            name,
            *(word for word in words if word.startswith("[")),
            by_source="source" in words,
            status="".join(_values(words, "status")) or "affected",
            versions=_values(words, "version"),
            arches=_split(words, "arch"),
            module="".join(_values(words, "module")) or None,
            note="".join(_values(words, "note")) or None,
            scheme="".join(_values(words, "scheme")) or scheme_of(ecosystem),
        )
        feed = "".join(_values(words, "feed")) or "feed"
        moment = "".join(_values(words, "on"))
        known = records.get((feed, identifier))
        records[feed, identifier] = advisory(
            identifier,
            *(known.affected if known else ()),
            entry,
            aliases=_values(words, "alias"),
            related=_split(words, "mends"),
            withdrawn=NOW if "withdrawn" in words else None,
            feed=feed,
            modified=datetime.fromisoformat(f"{moment}T00:00:00+00:00") if moment else None,
        )
    return MemoryIndex(records.values())


def inventory_of(fact: Fact) -> Inventory:
    words = dict(word.split("=", 1) for word in fact.words)
    more: dict[str, Any] = {key: words[key] for key in _GIVEN if key in words}
    if "cpe" in words:
        more["cpes"] = (words["cpe"],)
    if "source" in words:
        more["source"] = words["source"].split("@")
    others = [words["beside"].split("@")] if "beside" in words else []
    arch = words.get("arch")
    beside = tuple(package(fact.ecosystem, name, version, arch=arch) for name, version in others)
    topics = words.get("repositories")
    enabled = () if topics in (None, "none") else tuple(map(_repository, topics.split(",")))
    return Inventory(
        resource=_RESOURCE,
        distro=None,
        packages=(package(fact.ecosystem, fact.name, fact.version, **more), *beside),
        running_kernel=words.get("running"),
        repositories=None if topics is None else enabled,
    )


def _repository(text: str) -> str:
    """A topic of Amazon Linux 2, or an ecosystem."""
    return text if ":" in text else _EXTRAS + text


def answer(fact: Fact, result: MatchResult) -> str:
    about = (one for one in result.matches if _is(one.package, fact))
    if any(flaw.id == fact.flaw for flaw in group(about, result.denials)):
        return "+"
    undecided = (one for one in result.undecided if _is(one.package, fact))
    doubts = (flaw for one in undecided for flaw in names_of(one.advisory))
    return "?" if fact.flaw in doubts else "-"


def _is(judged: Package, fact: Fact) -> bool:
    return (judged.name, judged.version) == (fact.name, fact.version)
