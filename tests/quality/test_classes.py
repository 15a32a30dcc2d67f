"""Every way to be wrong that users of scanners have reported has at least five facts, in one of the three corpora."""

import shlex
from collections import Counter

import pytest

from tests.matching.memory import package
from tests.quality.corpus import facts, index, lines_of
from tests.quality.targets import TARGETS
from vedette.findings.severity import choose_rating, severity_of, vendors_of
from vedette.inventory.collect import collect
from vedette.matching.aliases import group
from vedette.matching.match import match_inventory
from vedette.matching.names import names_of
from vedette.model.advisory import Rating
from vedette.model.cvss import CvssVector
from vedette.model.package import Package
from vedette.model.resource import ResourceRef, ResourceType

_LEAST = 5
_CLASSES = {
    "al2023": "a release whose name is a year, or a year and a day",
    "amazon-repositories": "extras, kernel streams and live patches of Amazon Linux",
    "archives": "shaded, nested and repeated libraries",
    "cpe": "product names that others have too",
    "epoch": "an epoch that is missing or counts",
    "fixed-in-0": "a publisher's denial, and whoever says otherwise",
    "go": "main modules, pseudo-versions, the standard library",
    "headers": "packages of the kernel's source without its code",
    "hidden": "what upper layers removed",
    "maven-qualifiers": "words in Maven's versions",
    "modules": "streams of one package",
    "npm-prerelease": "pre-releases in ranges",
    "oracle-flavours": "Oracle's FIPS and Ksplice builds, architectures, kernels",
    "os-owned": "language packages that the operating system brought",
    "running-kernel": "kernels that are installed and do not run",
    "several-updates": "several updates for one flaw, in branches and streams",
    "severity": "whose rating counts",
    "source": "binaries with names or versions other than their source's",
    "third-party": "packages that somebody else built",
    "twice": "the same package found twice",
    "ubuntu-pro": "fixes that not everybody has",
    "withdrawn": "advisories and numbers that are none any more",
}
_VECTORS = {
    "N": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "H": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
    "M": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
    "L": "CVSS:3.1/AV:L/AC:H/PR:H/UI:N/S:U/C:L/I:N/A:N",
    "2": "AV:N/AC:L/Au:N/C:C/I:C/A:C",
    "4": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
}
_HERE = ResourceRef(type=ResourceType.LOCAL, id="here")


def _rows(name: str) -> list[tuple[str, list[str]]]:
    rows = []
    for number, line in lines_of(name):
        left, bar, _ = line.partition(" | ")
        assert bar, f"{name}:{number}: a fact needs its reason"
        rows.append((f"{name}:{number}", shlex.split(left)))
    return rows


def test_every_class_has_its_facts() -> None:
    count = Counter(one for fact in facts() for one in fact.classes)
    count.update(words[1] for _, words in _rows("targets.txt"))
    count["severity"] = len(_rows("severities.txt"))
    assert set(count) == set(_CLASSES)
    assert {name: number for name, number in count.items() if number < _LEAST} == {}


@pytest.mark.parametrize("name", TARGETS)
def test_targets(name: str) -> None:
    inventory = collect(TARGETS[name](), resource=_HERE)
    spelt = [(one.ecosystem, one.name.lower(), one.version) for one in inventory.packages]
    assert sorted(set(spelt)) == sorted(spelt)
    result = match_inventory(inventory, index())

    def answer(judged: tuple[str, str, str], wanted: str) -> str:
        about = [one for one in result.matches if _place(one.package) == judged]
        flaws = [flaw for flaw in group(about, result.denials) if flaw.id == wanted]
        if flaws:
            # one finding: everything that matched is about one package, wherever it lies
            return "+" if len({one.package for one in flaws[0].matches}) == 1 else "twice"
        doubts = [one for one in result.undecided if _place(one.package) == judged]
        return "?" if any(wanted in names_of(one.advisory) for one in doubts) else "-"

    wrong = [
        (place, found, label)
        for place, (label, _, target, ecosystem, package_, version, flaw) in _rows("targets.txt")
        if target == name and (found := answer((ecosystem, package_, version), flaw)) != label
    ]
    assert wrong == []


def test_targets_are_those_of_the_facts() -> None:
    assert {words[2] for _, words in _rows("targets.txt")} == set(TARGETS)


def _place(judged: Package) -> tuple[str, str, str]:
    return judged.ecosystem, judged.name, judged.version


@pytest.mark.parametrize(
    "words", [pytest.param(words, id=place) for place, words in _rows("severities.txt")]
)
def test_severities(words: list[str]) -> None:
    severity, source, ecosystem, *given = words
    ratings = [
        Rating(source=by, vector=CvssVector(_VECTORS[letter]))
        for by, letter in (
            one.removeprefix("rating=").rsplit(":", 1) for one in given if one.startswith("rating=")
        )
    ]
    word = "".join(one.removeprefix("word=") for one in given if one.startswith("word="))
    chosen = choose_rating(ratings, vendors_of([package(ecosystem, "a", "1")]))
    assert (severity_of(chosen, word), chosen.source if chosen else "-") == (severity, source)
